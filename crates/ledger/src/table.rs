//! Parquet files of the ledger, read column by column from the mapped file.
//!
//! Reads what `pages` writes, and refuses anything else as damage. A column comes as a plain vector, one entry for
//! each row of a row group; a page that was not packed is read where it lies.

use crate::error::Error;
use crate::files;
use crate::hybrid;
use crate::pages::{FileWriter, parquet_error};
use bytes::Bytes;
use model::Strings;
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::file::statistics::Statistics;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An open Parquet file.
#[derive(Clone, Debug)]
pub struct Table {
    path: PathBuf,
    bytes: Arc<Bytes>,
    metadata: Arc<ParquetMetaData>,
    /// First row of each row group, and the number of rows at the end.
    starts: Arc<Vec<u32>>,
}

/// A column of few distinct strings.
#[derive(Clone, Debug, Default)]
pub struct Codes {
    /// A code for each row; [`model::Symbols::NONE`] is no value.
    pub codes: Vec<u16>,
    /// What the codes point into.
    pub names: Vec<String>,
}

impl Codes {
    /// The value in `row`.
    pub fn get(&self, row: usize) -> Option<&str> {
        let code = *self.codes.get(row)?;
        self.names.get(usize::from(code)).map(String::as_str)
    }
}

impl Table {
    /// Opens a file that must have `columns` columns and `rows` rows.
    pub fn open(path: &Path, columns: usize, rows: u64) -> Result<Table, Error> {
        let bytes = files::map(path)?;
        let metadata = ParquetMetaDataReader::new()
            .parse_and_finish(&bytes)
            .map_err(|e| parquet_error("read", path, e))?;
        let mut starts = vec![0u32];
        let mut total = 0u64;
        for group in metadata.row_groups() {
            if group.num_columns() != columns {
                return Err(Error::damaged(path, "it has other columns"));
            }
            total += u64::try_from(group.num_rows()).unwrap_or(u64::MAX / 2);
            starts.push(
                u32::try_from(total).map_err(|_| Error::damaged(path, "it has too many rows"))?,
            );
        }
        if total != rows {
            return Err(Error::damaged(
                path,
                format!("it has {total} rows where the catalogue says {rows}"),
            ));
        }
        Ok(Table {
            path: path.to_owned(),
            bytes: Arc::new(bytes),
            metadata: Arc::new(metadata),
            starts: Arc::new(starts),
        })
    }

    /// Number of row groups.
    pub fn groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    /// The rows of a row group.
    pub fn rows(&self, group: usize) -> Range<u32> {
        self.starts[group]..self.starts[group + 1]
    }

    /// The row group that holds `row`.
    pub fn group_of(&self, row: u32) -> usize {
        self.starts.partition_point(|start| *start <= row) - 1
    }

    /// Splits ascending rows by row group: the group, and places within it.
    pub fn by_group(&self, rows: &[u32]) -> Vec<(usize, Vec<u32>)> {
        rows.chunk_by(|a, b| self.group_of(*a) == self.group_of(*b))
            .map(|rows| {
                let group = self.group_of(rows[0]);
                let start = self.starts[group];
                (group, rows.iter().map(|row| row - start).collect())
            })
            .collect()
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes a row group to another file as it is.
    pub fn copy_group(&self, group: usize, into: &mut FileWriter) -> Result<(), Error> {
        into.copy_group(&self.bytes, self.metadata.row_group(group))
    }

    /// Smallest and largest value of a column of signed 64-bit numbers in a row group, where they were stored.
    pub fn bounds(&self, group: usize, column: usize) -> Option<(i64, i64)> {
        match self.metadata.row_group(group).columns().get(column)?.statistics()? {
            Statistics::Int64(values) => Some((*values.min_opt()?, *values.max_opt()?)),
            _ => None,
        }
    }

    /// 8-byte values as their bits; 0 where there is none.
    pub fn fixed(&self, group: usize, column: usize) -> Result<Vec<u64>, Error> {
        let mut out = Vec::with_capacity(self.rows(group).len());
        self.pages(group, column, |page, optional| {
            let (mut buf, count, _) = data(&page)?;
            if !optional {
                extend(&mut out, buf.get(..count * 8)?);
                return Some(());
            }
            let levels = take_levels(&mut buf)?;
            match hybrid::single(levels, count) {
                Some(0) => out.resize(out.len() + count, 0),
                Some(_) => extend(&mut out, buf.get(..count * 8)?),
                None => {
                    let mut values = buf.chunks_exact(8);
                    for present in hybrid::decode(levels, 1, count)? {
                        out.push(match present {
                            0 => 0,
                            _ => u64::from_le_bytes(values.next()?.try_into().ok()?),
                        });
                    }
                }
            }
            Some(())
        })?;
        self.complete(group, column, out.len())?;
        Ok(out)
    }

    /// A column of few distinct strings.
    pub fn codes(&self, group: usize, column: usize) -> Result<Codes, Error> {
        let mut names = Vec::new();
        let mut codes: Vec<u16> = Vec::with_capacity(self.rows(group).len());
        self.pages(group, column, |page, optional| {
            if let Page::DictionaryPage { buf, num_values, .. } = &page {
                let mut rest: &[u8] = buf;
                for _ in 0..*num_values {
                    names.push(std::str::from_utf8(take_text(&mut rest)?).ok()?.to_owned());
                }
                return (names.len() < usize::from(u16::MAX)).then_some(());
            }
            let (mut buf, count, encoding) = data(&page)?;
            let levels = match optional {
                true => Some(take_levels(&mut buf)?),
                false => None,
            };
            if count == 0 {
                return Some(());
            }
            if encoding != Encoding::RLE_DICTIONARY {
                return None;
            }
            let (width, buf) = buf.split_first()?;
            let width = u32::from(*width);
            let single = levels.map(|levels| hybrid::single(levels, count));
            match (levels, single) {
                (Some(_), Some(Some(0))) => {
                    codes.resize(codes.len() + count, model::Symbols::NONE);
                }
                (Some(levels), Some(None)) => {
                    let present = hybrid::decode(levels, 1, count)?;
                    let there = present.iter().filter(|bit| **bit != 0).count();
                    let mut values = hybrid::decode(buf, width, there)?.into_iter();
                    for bit in present {
                        codes.push(match bit {
                            0 => model::Symbols::NONE,
                            _ => values.next()?,
                        });
                    }
                }
                _ => codes.append(&mut hybrid::decode(buf, width, count)?),
            }
            Some(())
        })?;
        self.complete(group, column, codes.len())?;
        let known = |code: &u16| usize::from(*code) < names.len() || *code == model::Symbols::NONE;
        if !codes.iter().all(known) {
            return Err(self.broken(group, column));
        }
        Ok(Codes { codes, names })
    }

    /// Texts of a whole row group.
    pub fn texts(&self, group: usize, column: usize) -> Result<Strings, Error> {
        let mut out = Strings::default();
        self.pages(group, column, |page, optional| {
            each_text(&page, optional, |text| out.push(text))
        })?;
        self.complete(group, column, out.len())?;
        Ok(out)
    }

    /// Texts of some rows, given as ascending places within the row group. Pages that hold none of them are passed over as they are.
    pub fn texts_at(&self, group: usize, column: usize, wanted: &[u32]) -> Result<Strings, Error> {
        let failed = |e| parquet_error("read", &self.path, e);
        let (mut reader, optional) = self.reader(group, column)?;
        let mut out = Strings::default();
        let mut place = 0;
        let mut next = wanted.iter().map(|place| *place as usize).peekable();
        while let Some(first) = next.peek() {
            let Some(page) = reader.peek_next_page().map_err(failed)? else { break };
            let rows = page.num_rows.or(page.num_levels).filter(|_| !page.is_dict);
            if let Some(rows) = rows.filter(|rows| place + rows <= *first) {
                reader.skip_next_page().map_err(failed)?;
                place += rows;
                continue;
            }
            let Some(page) = reader.get_next_page().map_err(failed)? else { break };
            let read = each_text(&page, optional, |text| {
                if next.next_if_eq(&place).is_some() {
                    out.push(text);
                }
                place += 1;
            });
            read.ok_or_else(|| self.broken(group, column))?;
        }
        match out.len() == wanted.len() {
            true => Ok(out),
            false => Err(self.broken(group, column)),
        }
    }

    /// Hands each page of a column to `each`, which returns nothing for a page that it cannot read.
    fn pages(
        &self,
        group: usize,
        column: usize,
        mut each: impl FnMut(Page, bool) -> Option<()>,
    ) -> Result<(), Error> {
        let failed = |e| parquet_error("read", &self.path, e);
        let (mut reader, optional) = self.reader(group, column)?;
        while let Some(page) = reader.get_next_page().map_err(failed)? {
            if each(page, optional).is_none() {
                return Err(self.broken(group, column));
            }
        }
        Ok(())
    }

    /// The pages of a column, and whether values may be missing in it.
    fn reader(
        &self,
        group: usize,
        column: usize,
    ) -> Result<(SerializedPageReader<Bytes>, bool), Error> {
        let chunk = self.metadata.row_group(group).column(column);
        let optional = chunk.column_descr().max_def_level() > 0;
        let rows = self.rows(group).len();
        let reader = SerializedPageReader::new(self.bytes.clone(), chunk, rows, None)
            .map_err(|e| parquet_error("read", &self.path, e))?;
        Ok((reader, optional))
    }

    fn complete(&self, group: usize, column: usize, values: usize) -> Result<(), Error> {
        match values == self.rows(group).len() {
            true => Ok(()),
            false => Err(self.broken(group, column)),
        }
    }

    fn broken(&self, group: usize, column: usize) -> Error {
        let name = self.metadata.row_group(group).column(column).column_path();
        Error::damaged(
            &self.path,
            format!("column {} of row group {group} cannot be read", name.string()),
        )
    }
}

/// Goes through the texts of a page; nothing where it can't be read.
fn each_text(page: &Page, optional: bool, mut each: impl FnMut(Option<&str>)) -> Option<()> {
    let (mut buf, count, encoding) = data(page)?;
    if encoding != Encoding::PLAIN {
        return None;
    }
    let levels = match optional {
        true => Some(take_levels(&mut buf)?),
        false => None,
    };
    let single = levels.and_then(|levels| hybrid::single(levels, count));
    let present = match (levels, single) {
        (Some(levels), None) => Some(hybrid::decode(levels, 1, count)?),
        _ => None,
    };
    for i in 0..count {
        let there = present.as_ref().map_or(single != Some(0), |bits| bits[i] != 0);
        each(match there {
            true => Some(std::str::from_utf8(take_text(&mut buf)?).ok()?),
            false => None,
        });
    }
    Some(())
}

fn data(page: &Page) -> Option<(&[u8], usize, Encoding)> {
    match page {
        Page::DataPage { buf, num_values, encoding, .. } => {
            Some((buf, *num_values as usize, *encoding))
        }
        _ => None,
    }
}

fn extend(out: &mut Vec<u64>, bytes: &[u8]) {
    let (values, _) = bytes.as_chunks::<8>();
    out.extend(values.iter().map(|value| u64::from_le_bytes(*value)));
}

fn take_levels<'a>(buf: &mut &'a [u8]) -> Option<&'a [u8]> {
    take_text(buf)
}

/// Four bytes of length and that many bytes.
fn take_text<'a>(buf: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = buf.split_first_chunk::<4>()?;
    let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *buf = rest;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Disk;
    use crate::pages::{FileWriter, Packing};
    use model::Symbols;

    const SCHEMA: &str =
        "message m { required int64 a; optional int64 b; required binary c (STRING);
        optional binary d (STRING); optional binary e (STRING); }";

    #[test]
    fn every_kind_of_column_reads_back_in_every_packing() {
        for packing in [Packing::None, Packing::Fast, Packing::Small] {
            for rows in [0usize, 1, 7, 30_000] {
                let dir = tempfile::tempdir().unwrap();
                let path = dir.path().join("t.parquet");
                let a: Vec<u64> = (0..rows as u64).collect();
                let b: Vec<u64> =
                    (0..rows as u64).map(|i| if i % 3 == 1 { i } else { 0 }).collect();
                let c: Vec<u16> = (0..rows).map(|i| (i / 100 % 5) as u16).collect();
                let d: Vec<u16> =
                    (0..rows).map(|i| if i % 7 == 0 { Symbols::NONE } else { 0 }).collect();
                let e: Vec<Option<String>> =
                    (0..rows).map(|i| (i % 5 != 2).then(|| "text ".repeat(i % 40))).collect();
                let mut writer = FileWriter::create(&Disk::default(), &path, SCHEMA).unwrap();
                let column = |i| writer.column(i, packing);
                let chunks = vec![
                    column(0).fixed(&a, None).unwrap(),
                    column(1).fixed_or_none(&b).unwrap(),
                    column(2).codes(&c, &["p", "q", "r", "s", "t"]).unwrap(),
                    column(3).codes(&d, &["en"]).unwrap(),
                    column(4)
                        .texts(e.iter().map(|text| text.as_ref().map(|text| text.as_bytes())))
                        .unwrap(),
                ];
                writer.group(chunks).unwrap();
                writer.finish().unwrap();
                let table = Table::open(&path, 5, rows as u64).unwrap();
                assert_eq!(table.fixed(0, 0).unwrap(), a);
                assert_eq!(table.fixed(0, 1).unwrap(), b);
                assert_eq!(table.codes(0, 2).unwrap().codes, c);
                assert_eq!(table.codes(0, 3).unwrap().codes, d);
                let texts = table.texts(0, 4).unwrap();
                assert!((0..rows).all(|i| texts.get(i) == e[i].as_deref()));
                let some: Vec<u32> = (0..rows as u32).filter(|i| i % 11 == 3).collect();
                let texts = table.texts_at(0, 4, &some).unwrap();
                assert!(
                    some.iter().enumerate().all(|(k, i)| texts.get(k) == e[*i as usize].as_deref())
                );
            }
        }
    }
}
