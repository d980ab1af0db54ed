//! Writing tables to open formats: Parquet with a data dictionary in its metadata, or CSV with one beside it.
//!
//! A file appears under its name when it is whole, never before. Equal rows make an equal file.
//! In CSV a text that a spreadsheet would compute has an apostrophe before it ([`model::cell`]). For CSV the dictionary is `NAME.csv-metadata.json`, as W3C's "CSV on the Web" names it.

use crate::error::{Error, ErrorKind, Result};
use bytes::Bytes;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A column's name, kind and meaning.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub kind: Kind,
    /// One sentence for the data dictionary: what it is, its unit, what an empty cell means.
    pub meaning: String,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Text,
    /// A person id, written as text: its decimal digits.
    Id,
    Integer,
    Number,
    Time,
}

/// The values of one column for a run of rows.
#[derive(Clone, Debug)]
pub enum Values {
    Text(Vec<Option<String>>),
    Id(Vec<u64>),
    Integer(Vec<Option<i64>>),
    Number(Vec<Option<f64>>),
    /// Microseconds since 1970.
    Time(Vec<Option<i64>>),
}

impl Field {
    /// A column of the table.
    pub fn new(name: &str, kind: Kind, meaning: &str) -> Field {
        Field { name: name.to_owned(), kind, meaning: meaning.to_owned() }
    }
}

/// What an export says of itself: snapshot, definition, as-of, and whatever else belongs to it.
pub type About = Vec<(&'static str, String)>;

/// A table being written.
pub struct TableWriter {
    path: PathBuf,
    part: PathBuf,
    fields: Vec<Field>,
    about: About,
    rows: u64,
    sink: Sink,
}

enum Sink {
    Parquet(Box<SerializedFileWriter<BufWriter<File>>>),
    Csv(Box<csv::Writer<BufWriter<File>>>),
}

impl TableWriter {
    /// Begins a table at `path`; its ending chooses the format.
    pub fn create(path: &Path, fields: Vec<Field>, about: About) -> Result<TableWriter> {
        let part = part_of(path);
        let file = || {
            File::create(&part)
                .map(BufWriter::new)
                .map_err(|error| Error::io(&part, "can't write", error))
        };
        let sink = match path.extension().and_then(|ending| ending.to_str()) {
            Some("parquet") => Sink::Parquet(Box::new(parquet_writer(file()?, &fields, &about)?)),
            Some("csv") => {
                let mut csv = csv::Writer::from_writer(file()?);
                csv.write_record(fields.iter().map(|field| &field.name))
                    .map_err(|error| failed(path, error))?;
                Sink::Csv(Box::new(csv))
            }
            _ => {
                let message =
                    format!("{}: end the file's name in .parquet or .csv", path.display());
                return Err(Error::new(ErrorKind::Usage, message));
            }
        };
        Ok(TableWriter { path: path.to_owned(), part, fields, about, rows: 0, sink })
    }

    /// Adds rows: one [`Values`] a field, all of one length. For Parquet each call is a row group.
    pub fn write(&mut self, columns: &[Values]) -> Result<()> {
        let rows = columns.first().map_or(0, Values::len);
        if rows == 0 {
            return Ok(());
        }
        self.rows += rows as u64;
        match &mut self.sink {
            Sink::Parquet(writer) => {
                write_row_group(writer, columns).map_err(|error| failed(&self.path, error))
            }
            Sink::Csv(writer) => (0..rows)
                .try_for_each(|row| {
                    writer.write_record(columns.iter().map(|column| column.cell(row)))
                })
                .map_err(|error| failed(&self.path, error)),
        }
    }

    /// Finishes the file and gives it its name.
    pub fn finish(self) -> Result<super::Exported> {
        let TableWriter { path, part, fields, about, rows, sink } = self;
        let file = match sink {
            Sink::Parquet(writer) => writer.into_inner().map_err(|error| failed(&path, error))?,
            Sink::Csv(writer) => {
                let dictionary = path.with_extension("csv-metadata.json");
                write_whole(&dictionary, csv_dictionary(&path, &fields, &about).as_bytes())?;
                writer.into_inner().map_err(|error| failed(&path, error.into_error()))?
            }
        };
        let file = file.into_inner().map_err(|error| failed(&path, error.into_error()))?;
        publish(file, &part, &path)?;
        let bytes =
            std::fs::metadata(&path).map_err(|error| Error::io(&path, "can't read", error))?.len();
        Ok(super::Exported { file: path, rows, bytes })
    }
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Values::Text(values) => values.len(),
            Values::Id(values) => values.len(),
            Values::Integer(values) | Values::Time(values) => values.len(),
            Values::Number(values) => values.len(),
        }
    }

    fn cell(&self, row: usize) -> String {
        let text = match self {
            Values::Text(values) => {
                let text = values[row].as_deref().unwrap_or_default();
                return model::cell::written(text).into_owned();
            }
            Values::Id(values) => return values[row].to_string(),
            Values::Integer(values) => values[row].map(|value| value.to_string()),
            // Rust prints the shortest digits that read back as the same number.
            Values::Number(values) => values[row].map(|value| value.to_string()),
            Values::Time(values) => values[row].map(|at| model::Time(at).to_string()),
        };
        text.unwrap_or_default()
    }
}

fn parquet_writer(
    file: BufWriter<File>,
    fields: &[Field],
    about: &About,
) -> Result<SerializedFileWriter<BufWriter<File>>> {
    let columns = fields.iter().map(|field| {
        let (physical, logical) = match field.kind {
            Kind::Text | Kind::Id => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Integer => (Physical::INT64, None),
            Kind::Number => (Physical::DOUBLE, None),
            Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        };
        Type::primitive_type_builder(&field.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
            .map(Arc::new)
    });
    let describe =
        |error: parquet::errors::ParquetError| Error::new(ErrorKind::Io, error.to_string());
    let columns = columns.collect::<std::result::Result<Vec<_>, _>>().map_err(describe)?;
    let schema =
        Type::group_type_builder("tertius").with_fields(columns).build().map_err(describe)?;
    let mut metadata: Vec<KeyValue> = about
        .iter()
        .map(|(key, value)| KeyValue::new(format!("tertius.{key}"), value.clone()))
        .collect();
    metadata.push(KeyValue::new("tertius.dictionary".to_owned(), dictionary(fields).to_string()));
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("tertius".to_owned())
        .set_key_value_metadata(Some(metadata));
    for (place, field) in fields.iter().enumerate().filter(|(_, field)| field.kind != Kind::Text) {
        // Numbers, times and ids hardly repeat: a dictionary of them costs time and saves nothing.
        properties = properties.set_column_dictionary_enabled(field.name.as_str().into(), false);
        if matches!(field.kind, Kind::Id | Kind::Time) && place > 0 {
            // Nearly random: packing them takes long and saves little, but for ids in the column that rows are sorted by.
            let column = field.name.as_str().into();
            properties = properties.set_column_compression(column, Compression::UNCOMPRESSED);
        }
    }
    let properties = properties.build();
    SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)).map_err(describe)
}

fn write_row_group(
    writer: &mut SerializedFileWriter<BufWriter<File>>,
    columns: &[Values],
) -> parquet::errors::Result<()> {
    let mut group = writer.next_row_group()?;
    let mut columns = columns.iter();
    while let (Some(mut column), Some(values)) = (group.next_column()?, columns.next()) {
        match (column.untyped(), values) {
            (ColumnWriter::ByteArrayColumnWriter(typed), Values::Text(values)) => {
                let (values, levels) = present(values, |text| ByteArray::from(text.as_str()));
                typed.write_batch(&values, Some(&levels), None)?;
            }
            (ColumnWriter::ByteArrayColumnWriter(typed), Values::Id(values)) => {
                typed.write_batch(&digits(values), Some(&vec![1; values.len()]), None)?;
            }
            (
                ColumnWriter::Int64ColumnWriter(typed),
                Values::Integer(values) | Values::Time(values),
            ) => {
                let (values, levels) = present(values, |value| *value);
                typed.write_batch(&values, Some(&levels), None)?;
            }
            (ColumnWriter::DoubleColumnWriter(typed), Values::Number(values)) => {
                let (values, levels) = present(values, |value| *value);
                typed.write_batch(&values, Some(&levels), None)?;
            }
            _ => {
                return Err(parquet::errors::ParquetError::General(
                    "a column's values are not of its kind".into(),
                ));
            }
        }
        column.close()?;
    }
    group.close()?;
    Ok(())
}

/// Decimal digits of many numbers, in one buffer.
fn digits(values: &[u64]) -> Vec<ByteArray> {
    let mut text = Vec::with_capacity(20 * values.len());
    let mut ends = Vec::with_capacity(values.len());
    for value in values {
        text.extend_from_slice(decimal(*value, &mut [0; 20]));
        ends.push(text.len());
    }
    let text = Bytes::from(text);
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(&ends).map(|(start, end)| ByteArray::from(text.slice(start..*end))).collect()
}

/// Decimal digits of one number, two at a time: this runs for both ends of every tie.
fn decimal(mut value: u64, room: &mut [u8; 20]) -> &[u8] {
    let mut at = room.len();
    while value >= 10 {
        let pair = (value % 100) as u8;
        value /= 100;
        at -= 2;
        (room[at], room[at + 1]) = (b'0' + pair / 10, b'0' + pair % 10);
    }
    if value > 0 || at == room.len() {
        at -= 1;
        room[at] = b'0' + value as u8;
    }
    &room[at..]
}

/// The values that are there, and for each row whether it has one.
fn present<T, U>(values: &[Option<T>], change: impl Fn(&T) -> U) -> (Vec<U>, Vec<i16>) {
    (
        values.iter().flatten().map(change).collect(),
        values.iter().map(|value| i16::from(value.is_some())).collect(),
    )
}

fn dictionary(fields: &[Field]) -> serde_json::Value {
    let kind = |kind| match kind {
        Kind::Text | Kind::Id => "string",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Time => "datetime",
    };
    let entry = |field: &Field| serde_json::json!({ "name": field.name, "datatype": kind(field.kind), "dc:description": field.meaning });
    fields.iter().map(entry).collect()
}

const CELLS: &str = "A text that begins with =, +, -, @, a tab or a line break has an apostrophe before it, so that no spreadsheet computes it.";

fn csv_dictionary(path: &Path, fields: &[Field], about: &About) -> String {
    let mut document = serde_json::json!({
        "@context": "http://www.w3.org/ns/csvw",
        "url": path.file_name().map(|name| name.to_string_lossy()),
        "tableSchema": { "columns": dictionary(fields) },
    });
    document["dc:description"] = CELLS.into();
    for (key, value) in about {
        document[format!("tertius:{key}")] = value.clone().into();
    }
    format!("{document:#}\n")
}

/// Writes a small file whole or not at all.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = part_of(path);
    let file = File::create(&part)
        .and_then(|mut file| std::io::Write::write_all(&mut file, bytes).map(|()| file));
    publish(file.map_err(|error| Error::io(&part, "can't write", error))?, &part, path)
}

/// Gives a finished file its name, after its bytes are on the disk.
pub fn publish(file: File, part: &Path, path: &Path) -> Result<()> {
    let named = file.sync_all().and_then(|()| std::fs::rename(part, path));
    named.map_err(|error| Error::io(path, "can't write", error))?;
    sync_parent(path);
    Ok(())
}

/// The name too should survive a power cut. Not every file system can sync a folder.
fn sync_parent(path: &Path) {
    if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty())
        && let Ok(dir) = File::open(dir)
    {
        let _ = dir.sync_all();
    }
}

/// Writes a small file whole, unless there is one of that name already; whether it did.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<bool> {
    let part = part_of(path);
    let written = File::create(&part).and_then(|mut file| {
        std::io::Write::write_all(&mut file, bytes)?;
        file.sync_all()?;
        // Unlike a rename, a link never replaces what another process published meanwhile.
        std::fs::hard_link(&part, path)
    });
    let _ = std::fs::remove_file(&part);
    match written {
        Ok(()) => sync_parent(path),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(Error::io(path, "can't write", error)),
    }
    Ok(true)
}

/// Where a file stays until it is whole; each process has its own.
pub fn part_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".part-{}", std::process::id()));
    path.with_file_name(name)
}

pub(super) fn failed(path: &Path, error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Io, format!("can't write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_that_rust_prints() {
        let powers = (0..20).map(|n| 10u64.pow(n));
        let values: Vec<u64> =
            powers.flat_map(|power| [power - 1, power, power + 1]).chain([0, u64::MAX]).collect();
        let printed: Vec<String> = values.iter().map(u64::to_string).collect();
        let written: Vec<ByteArray> = digits(&values);
        assert!(written.iter().map(ByteArray::data).eq(printed.iter().map(String::as_bytes)));
    }
}
