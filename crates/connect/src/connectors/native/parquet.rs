//! Native interactions as Parquet, through the parquet crate's own column readers.
//!
//! Columns are found by name and must be flat. Text is a byte array, ids may be integers, `at` is a timestamp, an integer or real number of seconds,
//! or text. Unknown columns are counted and never decoded. Rows are decoded a thousand at a time, so memory is bounded by the file's
//! pages. A stream is spooled to a temporary file without a name first, because Parquet is read from its end.
//!
//! The decoder runs behind a guard: a panic in it is an error of this file.

use super::{Given, csv};
use crate::deliver::Deliver;
use crate::fields::{
    self, ACTOR, AT, COLUMNS, ID, IN_REPLY_TO, OBJECT, TARGET, VISIBILITY, WEIGHT,
};
use crate::pipeline::not_text;
use crate::source::{Body, Source, broken};
use crate::{Error, Kind, Options};
use ::parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{ByteArray, DataType};
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use ::parquet::schema::types::ColumnDescriptor;
use model::{Batch, Fault, Reject, Time};
use std::io::{Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Rows decoded at a time.
const STEP: usize = 1024;
/// A chunk is handed on at so many rows or bytes of text.
const CHUNK_ROWS: usize = 32 << 10;
const CHUNK_TEXT: usize = 4 << 20;

pub(super) fn read(
    source: Source,
    options: &Options,
    deliver: &mut Deliver<'_>,
) -> Result<(), Error> {
    let file = source.sample.name.clone();
    let spooled = matches!(source.body, Body::Stream(_));
    let reader: Box<dyn FileReader> = match source.body {
        Body::File(content) => Box::new(open(&file, move || SerializedFileReader::new(content))?),
        Body::Bytes(content) => Box::new(open(&file, move || SerializedFileReader::new(content))?),
        _ => {
            let content = spool(source, &file)?;
            Box::new(open(&file, move || SerializedFileReader::new(content))?)
        }
    };
    let plan = Plan::new(&file, &*reader, options, deliver)?;
    let rows = reader.metadata().file_metadata().num_rows().max(0) as u64;
    let mut run = Run { options, batch: Batch::default(), record: 0 };
    for group in 0..reader.num_row_groups() {
        let group = guard(&file, || reader.get_row_group(group))?;
        let mut columns = plan.open(&file, &*group)?;
        while guard(&file, || Column::read_all(&mut columns))? > 0 {
            let more = run.rows(&mut columns, deliver);
            if let (Some(progress), false) = (&options.progress, spooled) {
                progress.share(run.record, rows);
            }
            if !more {
                return Ok(());
            }
        }
    }
    deliver.chunk(run.batch, run.record);
    for name in plan.unknown {
        deliver.unknown([(name, run.record)].into());
    }
    Ok(())
}

fn open<R>(file: &str, make: impl FnOnce() -> Result<R, ParquetError>) -> Result<R, Error> {
    guard(file, make)
}

/// Runs a step of the decoder; its errors and panics are errors of the file. Needs a build that unwinds.
fn guard<T>(file: &str, step: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, Error> {
    let message = match catch_unwind(AssertUnwindSafe(step)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(ParquetError::External(error))) if error.is::<std::io::Error>() => {
            return Err(Error::new(Kind::Io, file, format!("reading failed: {error}; try again")));
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the decoder gave up on it".to_owned(),
    };
    Err(Error::new(
        Kind::Corrupt,
        file,
        format!("it is no sound Parquet file ({message}); write it again"),
    ))
}

fn spool(source: Source, file: &str) -> Result<std::fs::File, Error> {
    let mut reader = source.reader()?;
    let failed = |error: std::io::Error| {
        Error::new(
            Kind::Io,
            file,
            format!(
                "no temporary copy could be made ({error}); free some space, or give the file itself"
            ),
        )
    };
    let mut copy = tempfile::tempfile().map_err(failed)?;
    let mut piece = vec![0; 1 << 20];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => break,
            Ok(n) => copy.write_all(&piece[..n]).map_err(failed)?,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(broken(file, &error)),
        }
    }
    copy.rewind().map_err(failed)?;
    Ok(copy)
}

/// What the numbers of a column mean.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    Plain,
    Unsigned,
    /// A timestamp: how many of its unit make a microsecond, or how many microseconds make one.
    Timestamp {
        multiply: i64,
        divide: i64,
        local: bool,
    },
}

/// Which column of the file holds which native column.
struct Plan {
    /// Number of the leaf in the file, of the native column, and its meaning.
    columns: Vec<(usize, usize, Meaning)>,
    unknown: Vec<String>,
}

impl Plan {
    fn new(
        file: &str,
        reader: &dyn FileReader,
        options: &Options,
        deliver: &mut Deliver<'_>,
    ) -> Result<Plan, Error> {
        let schema = reader.metadata().file_metadata().schema_descr();
        let mut plan = Plan { columns: Vec::new(), unknown: Vec::new() };
        let mut wrong = Vec::new();
        let mut names = Vec::new();
        for (leaf, descriptor) in schema.columns().iter().enumerate() {
            let parts = descriptor.path().parts();
            let root = parts.first().map_or("", String::as_str);
            if names.last().is_none_or(|last| last != root) || parts.len() == 1 {
                names.push(root.to_owned());
            }
            let Some(column) = csv::column(root) else {
                plan.unknown.push(root.to_owned());
                continue;
            };
            match meaning(column, descriptor, options) {
                Ok(meaning) => plan.columns.push((leaf, column, meaning)),
                Err(reason) => wrong.push(reason),
            }
        }
        csv::check_header(file, &names, options)?;
        if !wrong.is_empty() {
            return Err(Error::new(Kind::Format, file, wrong.join("; ")));
        }
        plan.unknown.dedup();
        if reader.num_row_groups() == 0 {
            let note = format!("{file} has no rows.");
            deliver.summary.notes.push(note);
        }
        Ok(plan)
    }

    fn open(&self, file: &str, group: &dyn RowGroupReader) -> Result<Vec<Column>, Error> {
        let open = |&(leaf, column, meaning): &(usize, usize, Meaning)| {
            Ok(Column {
                column,
                meaning,
                values: Values::new(guard(file, || group.get_column_reader(leaf))?),
                present: Vec::new(),
                optional: guard(file, || {
                    Ok(group.metadata().column(leaf).column_descr().max_def_level() > 0)
                })?,
                rows: 0,
            })
        };
        self.columns.iter().map(open).collect()
    }
}

/// How a column's values are to be taken, or what is wrong with its type.
fn meaning(
    column: usize,
    descriptor: &ColumnDescriptor,
    options: &Options,
) -> Result<Meaning, String> {
    let name = COLUMNS[column];
    let logical = descriptor.logical_type_ref();
    let physical = descriptor.physical_type();
    let wanted = match column {
        AT => "a TIMESTAMP, an integer (seconds since 1970) or text",
        WEIGHT => "a DOUBLE, FLOAT or integer",
        ID | ACTOR | TARGET | OBJECT | IN_REPLY_TO => "text (a UTF8 BYTE_ARRAY) or an integer",
        _ => "text (a UTF8 BYTE_ARRAY)",
    };
    let found = match logical {
        Some(logical) => format!("{physical} ({logical:?})"),
        None if descriptor.converted_type() != ConvertedType::NONE => {
            format!("{physical} ({})", descriptor.converted_type())
        }
        None => physical.to_string(),
    };
    let wrong = || format!("the column `{name}` has the type {found}; wanted is {wanted}");
    if descriptor.max_rep_level() > 0 || descriptor.path().parts().len() > 1 {
        return Err(format!("the column `{name}` is nested or a list; wanted is {wanted}"));
    }
    let text = physical == Physical::BYTE_ARRAY
        && !matches!(logical, Some(LogicalType::Decimal(_) | LogicalType::Bson))
        && !matches!(descriptor.converted_type(), ConvertedType::DECIMAL | ConvertedType::BSON);
    let whole = matches!(physical, Physical::INT32 | Physical::INT64);
    let integer = whole
        && matches!(logical, None | Some(LogicalType::Integer(_)))
        && (logical.is_some()
            || !matches!(
                descriptor.converted_type(),
                ConvertedType::DECIMAL
                    | ConvertedType::DATE
                    | ConvertedType::TIME_MILLIS
                    | ConvertedType::TIME_MICROS
                    | ConvertedType::TIMESTAMP_MILLIS
                    | ConvertedType::TIMESTAMP_MICROS
            ));
    let unsigned = matches!(logical, Some(LogicalType::Integer(int)) if !int.is_signed)
        || matches!(descriptor.converted_type(), ConvertedType::UINT_64 | ConvertedType::UINT_32);
    let number = if unsigned { Meaning::Unsigned } else { Meaning::Plain };
    let real = matches!(physical, Physical::DOUBLE | Physical::FLOAT);
    match column {
        AT if text || integer || physical == Physical::DOUBLE => Ok(number),
        AT if physical == Physical::INT64 => {
            let (multiply, divide, utc) = match (logical, descriptor.converted_type()) {
                (Some(LogicalType::Timestamp(stamp)), _) => match stamp.unit {
                    TimeUnit::MILLIS => (1000, 1, stamp.is_adjusted_to_u_t_c),
                    TimeUnit::MICROS => (1, 1, stamp.is_adjusted_to_u_t_c),
                    TimeUnit::NANOS => (1, 1000, stamp.is_adjusted_to_u_t_c),
                },
                (None, ConvertedType::TIMESTAMP_MILLIS) => (1000, 1, true),
                (None, ConvertedType::TIMESTAMP_MICROS) => (1, 1, true),
                _ => return Err(wrong()),
            };
            if !utc && options.timezone.is_none() {
                return Err(format!(
                    "the column `{name}` has times without an offset from UTC; say --timezone, or write it adjusted to UTC"
                ));
            }
            Ok(Meaning::Timestamp { multiply, divide, local: !utc })
        }
        WEIGHT if real || integer => Ok(number),
        ID | ACTOR | TARGET | OBJECT | IN_REPLY_TO if integer => Ok(number),
        AT | WEIGHT => Err(wrong()),
        _ if text => Ok(Meaning::Plain),
        _ => Err(wrong()),
    }
}

enum Values {
    Text(ColumnReaderImpl<::parquet::data_type::ByteArrayType>, Vec<ByteArray>),
    Int32(ColumnReaderImpl<::parquet::data_type::Int32Type>, Vec<i32>),
    Int64(ColumnReaderImpl<::parquet::data_type::Int64Type>, Vec<i64>),
    Float(ColumnReaderImpl<::parquet::data_type::FloatType>, Vec<f32>),
    Double(ColumnReaderImpl<::parquet::data_type::DoubleType>, Vec<f64>),
    /// A type that the plan refuses.
    Other,
}

impl Values {
    fn new(reader: ColumnReader) -> Values {
        match reader {
            ColumnReader::ByteArrayColumnReader(reader) => Values::Text(reader, Vec::new()),
            ColumnReader::Int32ColumnReader(reader) => Values::Int32(reader, Vec::new()),
            ColumnReader::Int64ColumnReader(reader) => Values::Int64(reader, Vec::new()),
            ColumnReader::FloatColumnReader(reader) => Values::Float(reader, Vec::new()),
            ColumnReader::DoubleColumnReader(reader) => Values::Double(reader, Vec::new()),
            _ => Values::Other,
        }
    }
}

/// A column of the current row group, with the rows decoded last.
struct Column {
    column: usize,
    meaning: Meaning,
    values: Values,
    /// By row, 0 where there is no value; unused where there always is one.
    present: Vec<i16>,
    optional: bool,
    rows: usize,
}

/// A value as it stands in the file.
enum Cell<'a> {
    Bytes(&'a [u8]),
    Whole(i64),
    Whole32(i32),
    Real(f64),
}

impl Column {
    /// Decodes the next rows of every column; all have the same number of them.
    fn read_all(columns: &mut [Column]) -> Result<usize, ParquetError> {
        for column in columns.iter_mut() {
            column.present.clear();
            let present = &mut column.present;
            column.rows = match &mut column.values {
                Values::Text(reader, out) => step(reader, present, out)?,
                Values::Int32(reader, out) => step(reader, present, out)?,
                Values::Int64(reader, out) => step(reader, present, out)?,
                Values::Float(reader, out) => step(reader, present, out)?,
                Values::Double(reader, out) => step(reader, present, out)?,
                Values::Other => 0,
            };
        }
        let rows = columns.first().map_or(0, |column| column.rows);
        if columns.iter().any(|column| column.rows != rows) {
            let message = "its columns have different numbers of rows".to_owned();
            return Err(ParquetError::General(message));
        }
        Ok(rows)
    }

    /// The value of a row, given how many values came before it; the count moves on.
    fn cell(&self, row: usize, next: &mut usize) -> Option<Cell<'_>> {
        if self.optional && self.present.get(row).is_none_or(|level| *level == 0) {
            return None;
        }
        let at = *next;
        *next += 1;
        match &self.values {
            Values::Text(_, values) => values.get(at).map(|value| Cell::Bytes(value.data())),
            Values::Int32(_, values) => values.get(at).map(|value| Cell::Whole32(*value)),
            Values::Int64(_, values) => values.get(at).map(|value| Cell::Whole(*value)),
            Values::Float(_, values) => values.get(at).map(|value| Cell::Real((*value).into())),
            Values::Double(_, values) => values.get(at).map(|value| Cell::Real(*value)),
            Values::Other => None,
        }
    }
}

fn step<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    present: &mut Vec<i16>,
    out: &mut Vec<T::T>,
) -> Result<usize, ParquetError> {
    out.clear();
    let (rows, _, _) = reader.read_records(STEP, Some(present), None, out)?;
    Ok(rows)
}

struct Run<'a> {
    options: &'a Options,
    batch: Batch,
    /// Records read so far.
    record: u64,
}

impl Run<'_> {
    /// Takes the decoded rows; false once the receiver wants no more.
    fn rows(&mut self, columns: &mut [Column], deliver: &mut Deliver<'_>) -> bool {
        let rows = columns.first().map_or(0, |column| column.rows);
        let mut next = vec![0; columns.len()];
        for row in 0..rows {
            self.record += 1;
            let cells: Vec<(usize, Meaning, Option<Cell<'_>>)> = columns
                .iter()
                .zip(&mut next)
                .map(|(column, next)| (column.column, column.meaning, column.cell(row, next)))
                .collect();
            if let Err(fault) = self.row(&cells) {
                let reject = Reject::new(self.record, fault, raw(&cells).as_bytes());
                self.batch.rejects.push(reject);
            }
            let full = self.batch.len() + self.batch.rejects.len() >= CHUNK_ROWS
                || self.batch.text_bytes() >= CHUNK_TEXT;
            if full && !deliver.chunk(std::mem::take(&mut self.batch), self.record) {
                return false;
            }
        }
        true
    }

    fn row(&mut self, cells: &[(usize, Meaning, Option<Cell<'_>>)]) -> Result<(), Fault> {
        let mut digits: [Option<String>; 13] = Default::default();
        let mut given = Given::default();
        for (column, meaning, cell) in cells {
            let name = COLUMNS[*column];
            let Some(cell) = cell else { continue };
            let text = match cell {
                Cell::Bytes(bytes) => Some(
                    std::str::from_utf8(bytes)
                        .map_err(|_| Fault::new(name, not_text(bytes).reason))?,
                ),
                _ => None,
            };
            match (*column, text) {
                (AT, _) => given.at = Some(self.time(cell, text, *meaning)?),
                (WEIGHT, Some(text)) => given.weight = Some(fields::weight(text)?),
                (WEIGHT, None) => {
                    given.weight = Some(match cell {
                        Cell::Whole(n) if *meaning == Meaning::Unsigned => *n as u64 as f64,
                        Cell::Whole(n) => *n as f64,
                        Cell::Whole32(n) => f64::from(*n),
                        Cell::Real(x) => *x,
                        Cell::Bytes(_) => 1.0,
                    });
                }
                (VISIBILITY, Some(text)) => given.visibility = Some(fields::visibility(text)?),
                (_, Some(text)) => given.text[*column] = Some(text),
                (_, None) => digits[*column] = Some(number(cell, *meaning)),
            }
        }
        for (text, digits) in given.text.iter_mut().zip(&digits) {
            *text = text.or(digits.as_deref());
        }
        let network = self.options.network.as_deref();
        given.push(network, &self.options.rules, &mut self.batch)
    }

    fn time(&self, cell: &Cell<'_>, text: Option<&str>, meaning: Meaning) -> Result<Time, Fault> {
        let zone = self.options.timezone.as_ref();
        let time = match (cell, meaning, text) {
            (_, _, Some(text)) => fields::time(text, zone),
            (Cell::Whole(count), Meaning::Timestamp { multiply, divide, local }, _) => {
                let micros = count.saturating_mul(multiply).div_euclid(divide);
                match zone.filter(|_| local) {
                    None => Ok(Time(micros)),
                    Some(zone) => local_time(micros, zone),
                }
            }
            (Cell::Whole(count), Meaning::Unsigned, _) => {
                fields::seconds(i64::try_from(*count as u64).unwrap_or(i64::MAX))
            }
            (Cell::Whole(count), ..) => fields::seconds(*count),
            (Cell::Whole32(count), Meaning::Unsigned, _) => fields::seconds((*count as u32).into()),
            (Cell::Whole32(count), ..) => fields::seconds((*count).into()),
            (Cell::Real(count), ..) => fields::seconds_real(*count),
            (Cell::Bytes(_), ..) => Err("is no text".to_owned()),
        };
        time.map_err(|reason| Fault::new("at", reason))
    }
}

/// A wall-clock time, counted as if the wall were in UTC.
fn local_time(micros: i64, zone: &jiff::tz::TimeZone) -> Result<Time, String> {
    let wrong = |_| format!("{micros} microseconds are out of range");
    let civil = jiff::Timestamp::from_microsecond(micros).map_err(wrong)?;
    let civil = civil.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let time = zone.to_ambiguous_timestamp(civil).compatible();
    Ok(Time(time.map_err(wrong)?.as_microsecond()))
}

fn number(cell: &Cell<'_>, meaning: Meaning) -> String {
    let unsigned = meaning == Meaning::Unsigned;
    match cell {
        Cell::Whole(n) if unsigned => (*n as u64).to_string(),
        Cell::Whole32(n) if unsigned => (*n as u32).to_string(),
        Cell::Whole(n) => n.to_string(),
        Cell::Whole32(n) => n.to_string(),
        Cell::Real(x) => x.to_string(),
        Cell::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The row as a JSON object, for the rejects file.
fn raw(cells: &[(usize, Meaning, Option<Cell<'_>>)]) -> String {
    let fields: Vec<String> = cells
        .iter()
        .filter_map(|(column, meaning, cell)| {
            let cell = cell.as_ref()?;
            let value = number(cell, *meaning);
            let value = match cell {
                Cell::Bytes(_) => sonic_rs::to_string(&value).ok()?,
                _ => value,
            };
            Some(format!("\"{}\":{value}", COLUMNS[*column]))
        })
        .collect();
    format!("{{{}}}", fields.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_decoder_is_an_error_of_the_file() {
        let error = guard::<()>("x.parquet", || panic!("a page shorter than it says")).unwrap_err();
        assert_eq!(error.kind(), Kind::Corrupt);
        assert!(error.to_string().starts_with("x.parquet: "), "{error}");
    }
}
