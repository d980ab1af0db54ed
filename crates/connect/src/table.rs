//! Delimited text: which delimiter, the header, and its records one by one.

use crate::pipeline::{Block, not_text};
use crate::sample::Sample;
use model::Fault;
use std::collections::BTreeMap;

/// The beginning of delimited text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Opening {
    pub delimiter: u8,
    /// The cells of the first record, trimmed.
    pub first: Vec<String>,
    /// The line on which it begins.
    pub line: u64,
}

/// Reads the first record that is neither blank nor a comment, if the sample holds it.
///
/// The delimiter is the first of tab, comma and semicolon that occurs in it, else a space.
pub(crate) fn opening(sample: &Sample) -> Option<Opening> {
    let (line, text) = sample.data_lines().next()?;
    let delimiter =
        [b'\t', b',', b';'].into_iter().find(|delimiter| text.contains(delimiter)).unwrap_or(b' ');
    let first = if delimiter == b' ' {
        let text = std::str::from_utf8(text).ok()?;
        text.split_ascii_whitespace().map(str::to_owned).collect()
    } else {
        let mut record = csv::ByteRecord::new();
        let read = reader(text, delimiter).read_byte_record(&mut record);
        if !read.ok()? {
            return None;
        }
        record
            .iter()
            .map(|cell| Some(std::str::from_utf8(cell).ok()?.trim().to_owned()))
            .collect::<Option<_>>()?
    };
    Some(Opening { delimiter, first, line })
}

/// Names that occur more than once among the cells, without case, each with its column numbers.
pub(crate) fn doubles(header: &[String]) -> Vec<String> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (number, name) in (1..).zip(header) {
        let columns = places.entry(name.to_ascii_lowercase()).or_default();
        columns.push(format!("{number}"));
    }
    places
        .into_iter()
        .filter(|(name, columns)| columns.len() > 1 && !name.is_empty())
        .map(|(name, columns)| format!("`{name}` (columns {})", columns.join(" and ")))
        .collect()
}

fn reader(bytes: &[u8], delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(64 << 10)
        .from_reader(bytes)
}

/// Hands the records of a block of quoted text to `each`: line, cells, raw bytes. A record that is no UTF-8 goes to
/// `bad`.
pub(crate) fn records(
    block: &Block,
    delimiter: u8,
    mut each: impl FnMut(u64, &csv::StringRecord, &[u8]),
    mut bad: impl FnMut(u64, Fault, &[u8]),
) {
    let mut reader = reader(&block.bytes, delimiter);
    let mut record = csv::ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                // From memory, in flexible mode, nothing can fail; if it does, it is said.
                bad(block.first, Fault::new("", error.to_string()), &[]);
                return;
            }
        }
        let (line, start) = record.position().map_or((1, 0), |at| (at.line(), at.byte() as usize));
        let end = reader.position().byte() as usize;
        let raw = block.bytes.get(start..end).unwrap_or_default();
        // The position may lie before blank lines.
        let blank = raw.iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
        let before = raw[..blank].iter().filter(|b| **b == b'\n').count() as u64;
        let line = block.first + line - 1 + before;
        let raw = raw[blank..].trim_ascii_end();
        match csv::StringRecord::from_byte_record(record) {
            Ok(text) => {
                if text.iter().any(|cell| !cell.trim().is_empty()) {
                    each(line, &text, raw);
                }
                record = text.into_byte_record();
            }
            Err(error) => {
                record = error.into_byte_record();
                bad(line, not_text(raw), raw);
            }
        }
    }
}
