//! Parquet files, written page by page.
//!
//! Pages are encoded here rather than by the parquet crate's value writers: numbers are copied as they lie, texts
//! straight from a batch's buffer, without an object for each value. The crate keeps the file's frame: headers,
//! metadata and footer. What comes out is plain Parquet: data pages of version 1, encodings PLAIN and RLE_DICTIONARY.

use crate::error::{Error, Kind};
use crate::files::{Disk, Sink, Written};
use crate::hybrid;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, EncodingMask, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::properties::WriterProperties;
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnDescPtr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How hard texts are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// LZ4: what a commit writes.
    Fast,
    /// Zstandard: what a compaction writes, since it is read more often than written.
    Small,
    /// Not at all: keys, whose bits are random.
    None,
}

impl Packing {
    fn compression(self) -> Compression {
        match self {
            Packing::Fast => Compression::LZ4_RAW,
            Packing::Small => Compression::ZSTD(ZstdLevel::default()),
            Packing::None => Compression::UNCOMPRESSED,
        }
    }
}

/// Where one page of texts ends and the next begins, in bytes.
const PAGE: usize = 1 << 20;

/// A Parquet file being written, row group by row group.
pub struct FileWriter {
    writer: SerializedFileWriter<Sink>,
    path: PathBuf,
}

/// One column of one row group, encoded.
pub struct Chunk {
    bytes: Bytes,
    close: ColumnCloseResult,
}

impl FileWriter {
    /// Begins the file with the columns of `schema`, a Parquet message type.
    pub fn create(disk: &Disk, path: &Path, schema: &str) -> Result<FileWriter, Error> {
        let failed = |e| parquet_error("write", path, e);
        let schema = parse_message_type(schema).map_err(failed)?;
        let properties = WriterProperties::builder()
            .set_created_by(concat!("tertius ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer =
            SerializedFileWriter::new(disk.create(path)?, Arc::new(schema), Arc::new(properties))
                .map_err(failed)?;
        Ok(FileWriter { writer, path: path.to_owned() })
    }

    /// Begins the encoding of column `index` in a row group.
    pub fn column(&self, index: usize, packing: Packing) -> Column {
        Column {
            out: TrackedWrite::new(Vec::new()),
            descr: self.writer.schema_descr().column(index),
            packing,
            scratch: Vec::new(),
            values: 0,
            plain_bytes: 0,
            dictionary: None,
            data: None,
            dictionary_coded: false,
        }
    }

    /// Where it is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a row group of all the columns, in order.
    pub fn group(&mut self, columns: Vec<Chunk>) -> Result<(), Error> {
        let write = || {
            let mut group = self.writer.next_row_group()?;
            for Chunk { bytes, close } in columns {
                group.append_column(&bytes, close)?;
            }
            group.close()
        };
        write().map(|_| ()).map_err(|e| parquet_error("write", &self.path, e))
    }

    /// Writes a row group of another file with the same columns as it is, without decoding it.
    pub fn copy_group(&mut self, file: &Bytes, group: &RowGroupMetaData) -> Result<(), Error> {
        let mut write = || {
            let mut writer = self.writer.next_row_group()?;
            for column in group.columns() {
                let close = ColumnCloseResult {
                    bytes_written: column.compressed_size() as u64,
                    rows_written: column.num_values() as u64,
                    metadata: column.clone(),
                    bloom_filter: None,
                    column_index: None,
                    offset_index: None,
                };
                writer.append_column(file, close)?;
            }
            writer.close()
        };
        write().map(|_| ()).map_err(|e| parquet_error("write", &self.path, e))
    }

    /// Writes the footer and waits for the disk.
    pub fn finish(self) -> Result<Written, Error> {
        let failed = |e| parquet_error("write", &self.path, e);
        let sink = self.writer.into_inner().map_err(failed)?;
        let written = sink.finish()?;
        crate::files::sync(&self.path)?;
        Ok(written)
    }
}

/// The error of the parquet crate as ours; what the disk said goes first.
pub fn parquet_error(doing: &str, path: &Path, error: ParquetError) -> Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(io) => Error::io(doing, path, *io),
            Err(other) => {
                Error::new(Kind::Io, format!("cannot {doing} {}: {other}", path.display()))
            }
        },
        other if doing == "read" => Error::damaged(path, other),
        other => Error::new(Kind::Io, format!("cannot {doing} {}: {other}", path.display())),
    }
}

/// One column of one row group, being encoded.
pub struct Column {
    out: TrackedWrite<Vec<u8>>,
    descr: ColumnDescPtr,
    packing: Packing,
    scratch: Vec<u8>,
    values: i64,
    plain_bytes: i64,
    dictionary: Option<i64>,
    data: Option<i64>,
    dictionary_coded: bool,
}

type Outcome<T> = Result<T, ParquetError>;

impl Column {
    /// Required 8-byte values, given as their bits.
    pub fn fixed(mut self, values: &[u64], statistics: Option<Statistics>) -> Outcome<Chunk> {
        self.page(bytemuck::cast_slice(values), values.len(), Encoding::PLAIN, false)?;
        self.close(statistics)
    }

    /// Optional 8-byte values, given as their bits; 0 is no value.
    pub fn fixed_or_none(mut self, values: &[u64]) -> Outcome<Chunk> {
        let mut page = levels(values.iter().map(|value| *value != 0));
        for value in values.iter().filter(|value| **value != 0) {
            page.extend_from_slice(&value.to_le_bytes());
        }
        self.page(&page, values.len(), Encoding::PLAIN, false)?;
        self.close(None)
    }

    /// A column of few distinct strings: `codes` point into `names`; codes beyond it are no value, for which the
    /// column must be optional.
    pub fn codes(mut self, codes: &[u16], names: &[&str]) -> Outcome<Chunk> {
        let mut dictionary = Vec::new();
        for name in names {
            put_text(&mut dictionary, name.as_bytes());
        }
        self.page(&dictionary, names.len(), Encoding::PLAIN, true)?;
        self.dictionary_coded = true;
        let known = |code: &u16| usize::from(*code) < names.len();
        let mut page = Vec::new();
        let width = hybrid::width(names.len());
        if self.descr.max_def_level() > 0 {
            page = levels(codes.iter().map(known));
            page.push(width as u8);
            let present: Vec<u16> = codes.iter().copied().filter(known).collect();
            hybrid::encode(&present, width, &mut page);
        } else {
            page.push(width as u8);
            hybrid::encode(codes, width, &mut page);
        }
        self.page(&page, codes.len(), Encoding::RLE_DICTIONARY, false)?;
        self.close(None)
    }

    /// Optional (or, if the schema says so, required) texts, in pages of about a megabyte.
    pub fn texts<'a>(mut self, values: impl Iterator<Item = Option<&'a [u8]>>) -> Outcome<Chunk> {
        let optional = self.descr.max_def_level() > 0;
        let mut present: Vec<bool> = Vec::new();
        let mut body: Vec<u8> = Vec::with_capacity(PAGE + PAGE / 8);
        let mut values = values.peekable();
        while values.peek().is_some() {
            present.clear();
            body.clear();
            while body.len() < PAGE
                && let Some(value) = values.next()
            {
                present.push(value.is_some());
                if let Some(text) = value {
                    put_text(&mut body, text);
                }
            }
            if optional {
                let mut page = levels(present.iter().copied());
                page.extend_from_slice(&body);
                self.page(&page, present.len(), Encoding::PLAIN, false)?;
            } else {
                self.page(&body, present.len(), Encoding::PLAIN, false)?;
            }
        }
        self.close(None)
    }

    fn page(
        &mut self,
        plain: &[u8],
        values: usize,
        encoding: Encoding,
        dictionary: bool,
    ) -> Outcome<()> {
        let packed = match self.packing {
            Packing::None => Bytes::copy_from_slice(plain),
            Packing::Fast => {
                self.scratch.resize(lz4_flex::block::get_maximum_output_size(plain.len()), 0);
                let length = lz4_flex::block::compress_into(plain, &mut self.scratch)
                    .map_err(|e| ParquetError::General(e.to_string()))?;
                Bytes::copy_from_slice(&self.scratch[..length])
            }
            Packing::Small => Bytes::from(zstd::bulk::compress(plain, 1)?),
        };
        let offset = self.out.bytes_written() as i64;
        let num_values = u32::try_from(values)
            .map_err(|_| ParquetError::General("a page of more than 2^32 values".to_owned()))?;
        let page = if dictionary {
            self.dictionary = Some(offset);
            Page::DictionaryPage { buf: packed, num_values, encoding, is_sorted: false }
        } else {
            self.data.get_or_insert(offset);
            self.values += values as i64;
            Page::DataPage {
                buf: packed,
                num_values,
                encoding,
                def_level_encoding: Encoding::RLE,
                rep_level_encoding: Encoding::RLE,
                statistics: None,
            }
        };
        let spec = SerializedPageWriter::new(&mut self.out)
            .write_page(CompressedPage::new(page, plain.len()))?;
        self.plain_bytes += spec.uncompressed_size as i64;
        Ok(())
    }

    fn close(mut self, statistics: Option<Statistics>) -> Outcome<Chunk> {
        if self.data.is_none() {
            // A column chunk has at least one page, also of a row group without rows.
            let empty = if self.descr.max_def_level() > 0 {
                levels(std::iter::empty())
            } else {
                Vec::new()
            };
            self.page(&empty, 0, Encoding::PLAIN, false)?;
        }
        let mut encodings = vec![Encoding::PLAIN];
        if self.descr.max_def_level() > 0 {
            encodings.push(Encoding::RLE);
        }
        if self.dictionary_coded {
            encodings.push(Encoding::RLE_DICTIONARY);
        }
        let bytes = self.out.into_inner()?;
        let mut metadata = ColumnChunkMetaData::builder(self.descr)
            .set_compression(self.packing.compression())
            .set_encodings_mask(EncodingMask::new_from_encodings(encodings.iter()))
            .set_total_compressed_size(bytes.len() as i64)
            .set_total_uncompressed_size(self.plain_bytes)
            .set_num_values(self.values)
            .set_data_page_offset(self.data.unwrap_or(0))
            .set_dictionary_page_offset(self.dictionary);
        if let Some(statistics) = statistics {
            metadata = metadata.set_statistics(statistics);
        }
        Ok(Chunk {
            close: ColumnCloseResult {
                bytes_written: bytes.len() as u64,
                rows_written: self.values as u64,
                metadata: metadata.build()?,
                bloom_filter: None,
                column_index: None,
                offset_index: None,
            },
            bytes: Bytes::from(bytes),
        })
    }
}

fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text);
}

/// Which values are there: the length of what follows, then one bit a value.
fn levels(present: impl Iterator<Item = bool>) -> Vec<u8> {
    let bits: Vec<u16> = present.map(u16::from).collect();
    let mut out = vec![0; 4];
    hybrid::encode(&bits, 1, &mut out);
    let length = (out.len() - 4) as u32;
    out[..4].copy_from_slice(&length.to_le_bytes());
    out
}
