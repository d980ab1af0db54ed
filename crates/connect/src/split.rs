//! Cuts a stream into blocks of whole records, in constant memory.
//!
//! A record is a line, a CSV record (a quoted field may hold line breaks) or a fixed number of NUL-ended fields. One that is
//! longer than [`MAX_RECORD`] is rejected without being kept, and the records after it are read. What counts as a
//! record depends on the bytes alone, never on how they arrive or where blocks end.
//!
//! A quote that is never closed would swallow the rest of a file. So where a quoted record is too long or meets the end
//! of the file, its first line alone is rejected, and reading goes on at the next line.

use crate::pipeline::Block;
use model::{Fault, Reject};
use std::io::{self, Read};

/// Longest record, in bytes, its end not counted.
pub const MAX_RECORD: usize = 8 << 20;

/// The byte-order mark of UTF-8, which is no part of the first record.
pub(crate) const BOM: &[u8] = b"\xEF\xBB\xBF";

/// A block is handed on once it has this many bytes.
const BLOCK: usize = 1 << 20;

/// How records end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Framing {
    /// At every line feed.
    Lines,
    /// At a line feed outside quotes; quotes open at the start of a field only, as the `csv` crate reads them.
    Quoted {
        /// Between fields.
        delimiter: u8,
    },
    /// After so many NUL bytes.
    Nul {
        /// Fields of a record.
        fields: usize,
    },
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Field,
    Unquoted,
    Quoted,
    QuoteInQuoted,
}

/// Reads blocks of whole records.
pub(crate) struct Splitter<R> {
    reader: R,
    framing: Framing,
    max: usize,
    block: usize,
    /// From the start of the first record that was not handed on.
    buffer: Vec<u8>,
    /// How far in `buffer` records were looked for.
    scanned: usize,
    /// Where in `buffer` the last whole record ends, and how many there are before it (not counted for quoted ones).
    whole: usize,
    records: u64,
    state: State,
    /// Pieces seen of the record under way.
    pieces: usize,
    /// Records (NUL framing) or lines handed on, and bytes.
    number: u64,
    offset: u64,
    rejects: Vec<Reject>,
    begun: bool,
    ended: bool,
    broken: Option<io::Error>,
}

/// What the buffer holds at its start.
enum Found {
    /// Whole records up to `whole`, and maybe the beginning of another.
    Fine,
    /// A record that is too long.
    Long,
}

impl<R: Read> Splitter<R> {
    pub(crate) fn new(reader: R, framing: Framing) -> Splitter<R> {
        Splitter::sized(reader, framing, MAX_RECORD, BLOCK)
    }

    /// With other sizes, for tests.
    pub(crate) fn sized(reader: R, framing: Framing, max: usize, block: usize) -> Splitter<R> {
        Splitter {
            reader,
            framing,
            max,
            block,
            buffer: Vec::new(),
            scanned: 0,
            whole: 0,
            records: 0,
            state: State::Field,
            pieces: 0,
            number: 0,
            offset: 0,
            rejects: Vec::new(),
            begun: false,
            ended: false,
            broken: None,
        }
    }

    /// The next block, `None` at the end. `hungry` is asked whether somebody waits for rows: then a short block is
    /// better than a full one. `spare` is a buffer to use again. An error comes after every whole record before it.
    pub(crate) fn next(
        &mut self,
        hungry: &dyn Fn() -> bool,
        spare: Vec<u8>,
    ) -> Result<Option<Block>, io::Error> {
        loop {
            match self.scan() {
                Found::Long => {
                    self.reject_long();
                    continue;
                }
                Found::Fine => {}
            }
            let done = self.ended || self.broken.is_some();
            if self.whole > 0 && (done || self.buffer.len() >= self.block || hungry()) {
                return Ok(Some(self.emit(self.whole, spare)));
            }
            if done {
                if let Some(error) = self.broken.take() {
                    self.buffer.clear();
                    self.ended = true;
                    if self.rejects.is_empty() {
                        return Err(error);
                    }
                    self.broken = Some(error);
                    return Ok(Some(self.emit(0, spare)));
                }
                if self.buffer.is_empty() && self.rejects.is_empty() {
                    return Ok(None);
                }
                match self.remainder() {
                    Some(length) => return Ok(Some(self.emit(length, spare))),
                    None => continue,
                }
            }
            self.fill();
        }
    }

    fn fill(&mut self) {
        let before = self.buffer.len();
        let wanted = (self.block / 4).max(1);
        self.buffer.resize(before + wanted, 0);
        let read = self.reader.read(&mut self.buffer[before..]);
        let n = match read {
            Ok(n) => n.min(wanted),
            Err(_) => 0,
        };
        self.buffer.truncate(before + n);
        match read {
            Ok(0) => self.ended = true,
            Err(error) if error.kind() != io::ErrorKind::Interrupted => self.broken = Some(error),
            _ => {}
        }
        if !self.begun && (self.buffer.len() >= BOM.len() || self.ended) {
            self.begun = true;
            if self.buffer.starts_with(BOM) {
                self.buffer.drain(..BOM.len());
                self.offset += BOM.len() as u64;
            }
        }
    }

    /// Looks for record ends in what is new.
    fn scan(&mut self) -> Found {
        if !self.begun {
            return Found::Fine;
        }
        match self.framing {
            Framing::Lines => self.scan_ends(b'\n', 1),
            Framing::Quoted { delimiter } => self.scan_quoted(delimiter),
            Framing::Nul { fields } => self.scan_ends(0, fields),
        }
    }

    /// Records of `fields` pieces, each ended by the byte `end`.
    fn scan_ends(&mut self, end: u8, fields: usize) -> Found {
        for at in memchr::memchr_iter(end, &self.buffer[self.scanned..]) {
            self.pieces += 1;
            if self.pieces == fields {
                let length = self.scanned + at - self.whole;
                if length > self.max {
                    self.scanned += at + 1;
                    return self.long();
                }
                self.pieces = 0;
                self.whole += length + 1;
                self.records += 1;
            }
        }
        self.scanned = self.buffer.len();
        self.long()
    }

    fn scan_quoted(&mut self, delimiter: u8) -> Found {
        let bytes = &self.buffer;
        let mut at = self.scanned;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let (state, step, ends) = match self.state {
                State::Quoted => match memchr::memchr(b'"', rest) {
                    Some(quote) => (State::QuoteInQuoted, quote + 1, false),
                    None => (State::Quoted, rest.len(), false),
                },
                State::Field if rest[0] == b'"' => (State::Quoted, 1, false),
                State::QuoteInQuoted if rest[0] == b'"' => (State::Quoted, 1, false),
                _ => match memchr::memchr3(delimiter, b'\n', b'\r', rest) {
                    Some(end) => (State::Field, end + 1, rest[end] == b'\n'),
                    None => (State::Unquoted, rest.len(), false),
                },
            };
            self.state = state;
            at += step;
            if ends {
                if at - 1 - self.whole > self.max {
                    break;
                }
                self.whole = at;
            }
        }
        self.scanned = at;
        self.long()
    }

    /// Whether the first record not yet whole is too long. It is dealt with once it lies at the start.
    fn long(&mut self) -> Found {
        if self.scanned - self.whole <= self.max + 1 {
            return Found::Fine;
        }
        if self.whole == 0 {
            return Found::Long;
        }
        self.restart(self.whole);
        Found::Fine
    }

    /// Looks again from `at` on, where a record begins.
    fn restart(&mut self, at: usize) {
        self.scanned = at;
        self.state = State::Field;
        self.pieces = 0;
    }

    /// Rejects the too long record at the start of the buffer, and drops it with all that is still to come of it.
    fn reject_long(&mut self) {
        let line = self.number + 1;
        if let Framing::Quoted { .. } = self.framing {
            let seen = &self.buffer[..self.buffer.len().min(self.max + 1)];
            if let Some(end) = memchr::memchr(b'\n', seen) {
                return self.reject_open_quote(end + 1);
            }
        }
        let raw = self.buffer[..self.max.min(Reject::RAW)].to_vec();
        let (end, wanted) = match self.framing {
            Framing::Nul { fields } => (0, fields),
            _ => (b'\n', 1),
        };
        let (mut length, mut found) = (0, 0);
        loop {
            let cut = memchr::memchr_iter(end, &self.buffer).nth(wanted - found - 1);
            if let Some(at) = cut {
                length += at as u64;
                self.offset += at as u64 + 1;
                self.buffer.drain(..=at);
                break;
            }
            found += memchr::memchr_iter(end, &self.buffer).count();
            length += self.buffer.len() as u64;
            self.offset += self.buffer.len() as u64;
            self.buffer.clear();
            if self.ended || self.broken.is_some() {
                break;
            }
            self.fill();
        }
        self.number += 1;
        self.restart(0);
        let fault = Fault::new(
            "",
            format!(
                "is {length} bytes long, and at most {} are read; split it, or leave out what is not needed",
                self.max
            ),
        );
        self.rejects.push(Reject::new(line, fault, &raw));
    }

    fn reject_open_quote(&mut self, length: usize) {
        let line: Vec<u8> = self.buffer.drain(..length).collect();
        let fault = Fault::new(
            "",
            "has a quote that is never closed; close it, or double a quote that belongs to the text",
        );
        let raw = line.strip_suffix(b"\n").unwrap_or(&line);
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        self.rejects.push(Reject::new(self.number + 1, fault, raw));
        self.number += 1;
        self.offset += length as u64;
        self.whole = 0;
        self.restart(0);
    }

    /// What stands after the last record end when the input ends: its length if it is a record, and `None` if it was
    /// dealt with otherwise.
    fn remainder(&mut self) -> Option<usize> {
        if self.buffer.is_empty() {
            return Some(0);
        }
        match self.framing {
            Framing::Quoted { .. } if self.state == State::Quoted => {
                let end = memchr::memchr(b'\n', &self.buffer);
                self.reject_open_quote(end.map_or(self.buffer.len(), |end| end + 1));
                None
            }
            Framing::Nul { .. } => {
                let fault = Fault::new("", "ends in the middle; read it again");
                let reject = Reject::new(self.number + 1, fault, &self.buffer);
                self.rejects.push(reject);
                self.offset += self.buffer.len() as u64;
                self.number += 1;
                self.buffer.clear();
                self.restart(0);
                None
            }
            _ => Some(self.buffer.len()),
        }
    }

    /// Hands on the first `length` bytes and the rejects that are waiting.
    fn emit(&mut self, length: usize, mut spare: Vec<u8>) -> Block {
        spare.clear();
        spare.extend_from_slice(&self.buffer[length..]);
        let mut bytes = std::mem::replace(&mut self.buffer, spare);
        bytes.truncate(length);
        let first = self.number + 1;
        self.offset += length as u64;
        let count = match self.framing {
            Framing::Quoted { .. } => memchr::memchr_iter(b'\n', &bytes).count() as u64,
            _ => std::mem::take(&mut self.records),
        };
        self.number += count;
        let offset = match self.framing {
            Framing::Nul { .. } => self.number,
            _ => self.offset,
        };
        self.scanned = self.scanned.saturating_sub(length);
        self.whole = 0;
        // One more may begin without an end of its own, at the end of the input.
        Block {
            bytes,
            first,
            count: count as usize + 1,
            offset,
            rejects: std::mem::take(&mut self.rejects),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives at most so many bytes a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(self.1).min(out.len());
            out[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    type Cut = (Vec<(u64, Vec<u8>)>, Vec<(u64, Vec<u8>)>);

    /// The lines (or NUL records) with their numbers, and the rejects.
    fn cut(bytes: &[u8], framing: Framing, max: usize, step: usize, block: usize) -> Cut {
        let mut splitter = Splitter::sized(Slow(bytes, step), framing, max, block);
        let (mut rows, mut rejects, mut end) = (Vec::new(), Vec::new(), 0);
        while let Some(mut block) = splitter.next(&|| false, Vec::new()).unwrap() {
            rejects.extend(std::mem::take(&mut block.rejects).into_iter().map(|r| (r.line, r.raw)));
            assert!(block.offset >= end);
            end = block.offset;
            match framing {
                Framing::Quoted { delimiter } => rows.extend(csv_rows(&block, delimiter)),
                Framing::Lines => {
                    let lines = block.bytes.split_inclusive(|b| *b == b'\n');
                    rows.extend((block.first..).zip(lines.map(<[u8]>::to_vec)));
                }
                Framing::Nul { fields } => {
                    let pieces: Vec<&[u8]> = block.bytes.split_inclusive(|b| *b == 0).collect();
                    let records = pieces.chunks(fields).map(<[&[u8]]>::concat);
                    rows.extend((block.first..).zip(records));
                }
            }
        }
        if !matches!(framing, Framing::Nul { .. }) {
            assert_eq!(end, bytes.len() as u64);
        }
        (rows, rejects)
    }

    fn csv_rows(block: &Block, delimiter: u8) -> Vec<(u64, Vec<u8>)> {
        let mut rows = Vec::new();
        let each = |line, record: &csv::StringRecord, _: &[u8]| {
            let fields: Vec<&str> = record.iter().collect();
            rows.push((line, fields.join("|").into_bytes()));
        };
        crate::table::records(block, delimiter, each, |_, fault, _| panic!("{fault:?}"));
        rows
    }

    const QUOTED: Framing = Framing::Quoted { delimiter: b',' };

    #[test]
    fn a_long_line_is_rejected_and_its_neighbors_are_read() {
        let text = [b"a\n".as_slice(), &b"x".repeat(100), b"\nb\nc"].concat();
        let (rows, rejects) = cut(&text, Framing::Lines, 10, 7, 16);
        let expected = [(1, b"a\n".to_vec()), (3, b"b\n".to_vec()), (4, b"c".to_vec())];
        assert_eq!(rows, expected);
        assert_eq!(rejects, [(2, b"x".repeat(10))]);
    }

    #[test]
    fn a_quote_never_closed_costs_one_line() {
        let text = b"a,1\nb,\"oops\nc,3\nd,4\n";
        for max in [8, 100] {
            let (rows, rejects) = cut(text, QUOTED, max, 3, 8);
            let rows: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
            assert_eq!(rows, [1, 3, 4]);
            assert_eq!(rejects, [(2, b"b,\"oops".to_vec())]);
        }
    }

    #[test]
    fn a_quoted_line_break_ends_no_record() {
        let (rows, rejects) = cut(b"a,\"1\n2\"\nb,3\n", QUOTED, 100, 2, 1);
        assert_eq!(rows, [(1, b"a|1\n2".to_vec()), (3, b"b|3".to_vec())]);
        assert!(rejects.is_empty());
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_line() {
        let (rows, _) = cut(b"\xEF\xBB\xBFa\n", Framing::Lines, 10, 1, 1);
        assert_eq!(rows, [(1, b"a\n".to_vec())]);
    }

    proptest! {
        #[test]
        fn records_depend_on_no_chunking(
            bytes in proptest::collection::vec(proptest::sample::select(b"ab,\"\n\r\0".to_vec()), 0..200),
            max in 4usize..40,
            step in 1usize..50,
            block in 1usize..60,
        ) {
            for framing in [Framing::Lines, QUOTED, Framing::Nul { fields: 2 }] {
                prop_assert_eq!(
                    cut(&bytes, framing, max, step, block),
                    cut(&bytes, framing, max, 1000, 1000),
                    "{:?}", framing
                );
            }
        }

        #[test]
        fn short_closed_records_are_what_the_csv_crate_reads(
            bytes in proptest::collection::vec(proptest::sample::select(b"ab,\"\n\r".to_vec()), 0..200),
            step in 1usize..50,
        ) {
            let (rows, rejects) = cut(&bytes, QUOTED, 1000, step, 1);
            if rejects.is_empty() {
                let whole = Block {
                    bytes,
                    first: 1,
                    count: 0,
                    offset: 0,
                    rejects: Vec::new(),
                };
                prop_assert_eq!(rows, csv_rows(&whole, b','));
            }
        }
    }
}
