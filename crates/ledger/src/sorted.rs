//! Sorting whole rows by (at, network, id) in bounded memory: sorted stretches in a scratch file, then merged.
//!
//! A record is its length, the numbers, the lengths of ten texts, and the texts. The scratch file has no name once it
//! is open, so that nothing is left of it whatever happens.

use crate::error::Error;
use model::{Interaction, Time, Visibility};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::ops::{ControlFlow, Range};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering as Memory};

/// Bytes of records sorted in memory at a time.
const STRETCH: usize = 128 << 20;
/// Bytes read at a time from each stretch.
const WINDOW: usize = 1 << 18;
const TEXTS: usize = 10;
const HEAD: usize = 4 + 8 + 8 + 1 + 4 * TEXTS;
const NONE: u32 = u32::MAX;

/// Collects rows and gives them back in order.
pub struct Sorter {
    dir: PathBuf,
    stretch: usize,
    buffer: Vec<u8>,
    index: Vec<(i64, usize)>,
    scratch: Option<(File, PathBuf)>,
    written: u64,
    stretches: Vec<Range<u64>>,
}

impl Sorter {
    /// A sorter whose scratch file, if it needs one, lies in `dir`, or in the system's temporary folder where `dir`
    /// can't be written.
    pub fn new(dir: &Path) -> Sorter {
        Sorter::with_stretch(dir, STRETCH)
    }

    fn with_stretch(dir: &Path, stretch: usize) -> Sorter {
        Sorter {
            dir: dir.to_owned(),
            stretch,
            buffer: Vec::new(),
            index: Vec::new(),
            scratch: None,
            written: 0,
            stretches: Vec::new(),
        }
    }

    /// Adds a row, which has an id.
    pub fn push(&mut self, row: &Interaction<'_>) -> Result<(), Error> {
        self.index.push((row.at.0, self.buffer.len()));
        pack(row, &mut self.buffer);
        if self.buffer.len() >= self.stretch {
            self.spill()?;
        }
        Ok(())
    }

    fn sort(&mut self) {
        let buffer = &self.buffer;
        self.index.sort_unstable_by(|(at, a), (other, b)| {
            at.cmp(other).then_with(|| order(&buffer[*a..], &buffer[*b..]))
        });
    }

    fn spill(&mut self) -> Result<(), Error> {
        self.sort();
        let (file, path) = match &mut self.scratch {
            Some(scratch) => scratch,
            None => self.scratch.insert(scratch(&self.dir)?),
        };
        let start = self.written;
        let write = || {
            let mut out = BufWriter::with_capacity(WINDOW, &*file);
            for (_, at) in &self.index {
                out.write_all(record(&self.buffer[*at..]))?;
            }
            out.flush()
        };
        write().map_err(|e| Error::io("write", path, e))?;
        self.written += self.buffer.len() as u64;
        self.stretches.push(start..self.written);
        self.buffer.clear();
        self.index.clear();
        Ok(())
    }

    /// Gives the rows in order until `each` breaks off.
    pub fn finish(
        mut self,
        each: &mut dyn FnMut(&Interaction<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        if self.stretches.is_empty() {
            self.sort();
            for (_, at) in &self.index {
                if each(&unpack(record(&self.buffer[*at..]))).is_break() {
                    break;
                }
            }
            return Ok(());
        }
        if !self.index.is_empty() {
            self.spill()?;
        }
        self.buffer = Vec::new();
        let Some((file, path)) = &self.scratch else {
            return Ok(());
        };
        let failed = |e| Error::io("read", path, e);
        let mut heap = BinaryHeap::new();
        for stretch in self.stretches {
            let mut cursor = Cursor { file, rest: stretch, window: Vec::new(), at: 0 };
            if cursor.load().map_err(failed)? {
                heap.push(Reverse(cursor));
            }
        }
        while let Some(mut first) = heap.peek_mut() {
            if each(&unpack(first.0.current())).is_break() {
                break;
            }
            if !first.0.next().map_err(failed)? {
                std::collections::binary_heap::PeekMut::pop(first);
            }
        }
        Ok(())
    }
}

/// A file that exists only while it is open: in `dir`, or where that can't be written in the system's temporary folder.
fn scratch(dir: &Path) -> Result<(File, PathBuf), Error> {
    match scratch_in(dir) {
        Err((error, _)) if is_denied(&error) => scratch_in(&std::env::temp_dir()),
        other => other,
    }
    .map_err(|(error, path)| Error::io("create", &path, error))
}

fn is_denied(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
}

fn scratch_in(dir: &Path) -> Result<(File, PathBuf), (std::io::Error, PathBuf)> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    loop {
        let number = NUMBER.fetch_add(1, Memory::Relaxed);
        let path = dir.join(format!("tertius-scratch.{}.{number}", std::process::id()));
        // New and private: others may write the temporary folder, and rows are not for them to read.
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(0o600);
        let opened = options.open(&path).and_then(|file| {
            std::fs::remove_file(&path)?;
            Ok(file)
        });
        match opened {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err((error, path)),
        }
    }
}

/// A place in one sorted stretch.
struct Cursor<'a> {
    file: &'a File,
    rest: Range<u64>,
    window: Vec<u8>,
    at: usize,
}

impl Cursor<'_> {
    fn current(&self) -> &[u8] {
        record(&self.window[self.at..])
    }

    fn next(&mut self) -> std::io::Result<bool> {
        self.at += self.current().len();
        self.load()
    }

    /// Makes sure that a whole record is in the window; false at the end.
    fn load(&mut self) -> std::io::Result<bool> {
        loop {
            let held = &self.window[self.at..];
            if held.len() >= 4 && held.len() >= length(held) {
                return Ok(true);
            }
            if self.rest.is_empty() {
                return Ok(false);
            }
            let missing = if held.len() >= 4 { length(held) } else { 0 };
            let more = (missing.max(WINDOW) as u64).min(self.rest.end - self.rest.start) as usize;
            self.window.drain(..self.at);
            self.at = 0;
            let start = self.window.len();
            self.window.resize(start + more, 0);
            self.file.read_exact_at(&mut self.window[start..], self.rest.start)?;
            self.rest.start += more as u64;
        }
    }
}

impl Ord for Cursor<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = (self.current(), other.current());
        number(a, 4).cast_signed().cmp(&number(b, 4).cast_signed()).then_with(|| order(a, b))
    }
}

impl PartialOrd for Cursor<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Cursor<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Cursor<'_> {}

fn pack(row: &Interaction<'_>, out: &mut Vec<u8>) {
    let texts: [Option<&str>; TEXTS] = [
        Some(row.network),
        row.id,
        Some(row.verb),
        Some(row.actor),
        row.target,
        row.object,
        row.in_reply_to,
        row.text,
        row.lang,
        row.url,
    ];
    let bytes: usize = texts.iter().flatten().map(|text| text.len()).sum();
    out.extend_from_slice(&((HEAD + bytes) as u32).to_le_bytes());
    out.extend_from_slice(&row.at.0.to_le_bytes());
    out.extend_from_slice(&row.weight.to_bits().to_le_bytes());
    out.push(row.visibility as u8);
    for text in texts {
        out.extend_from_slice(&text.map_or(NONE, |text| text.len() as u32).to_le_bytes());
    }
    for text in texts.into_iter().flatten() {
        out.extend_from_slice(text.as_bytes());
    }
}

/// A record is only ever read from where `pack` put one, so that its lengths hold.
fn length(bytes: &[u8]) -> usize {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize
}

fn record(bytes: &[u8]) -> &[u8] {
    &bytes[..length(bytes)]
}

fn number(bytes: &[u8], at: usize) -> u64 {
    bytes[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn texts(bytes: &[u8]) -> [Option<&str>; TEXTS] {
    let mut at = HEAD;
    std::array::from_fn(|i| {
        let length = bytes[HEAD - 4 * (TEXTS - i)..]
            .first_chunk()
            .map_or(NONE, |bytes| u32::from_le_bytes(*bytes));
        if length == NONE {
            return None;
        }
        let start = at;
        at += length as usize;
        std::str::from_utf8(&bytes[start..at]).ok()
    })
}

/// Order by network, then id.
fn order(a: &[u8], b: &[u8]) -> Ordering {
    let key = |bytes| {
        let [network, id, ..] = texts(record(bytes));
        (network, id)
    };
    key(a).cmp(&key(b))
}

fn unpack(bytes: &[u8]) -> Interaction<'_> {
    let [network, id, verb, actor, target, object, in_reply_to, text, lang, url] = texts(bytes);
    Interaction {
        id,
        at: Time(number(bytes, 4).cast_signed()),
        network: network.unwrap_or_default(),
        verb: verb.unwrap_or_default(),
        actor: actor.unwrap_or_default(),
        target,
        object,
        in_reply_to,
        text,
        lang,
        url,
        weight: f64::from_bits(number(bytes, 12)),
        visibility: Visibility::from_code(bytes[20]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_stretches_merge_to_the_order_of_one() {
        let dir = tempfile::tempdir().unwrap();
        let ids: Vec<String> = (0..3_000u32)
            .map(|i| format!("id{:04}", i.wrapping_mul(2_654_435_761) % 5_000))
            .collect();
        let long = "word ".repeat(100_000);
        let sorted = |stretch: usize| {
            let mut sorter = Sorter::with_stretch(dir.path(), stretch);
            for (i, id) in ids.iter().enumerate() {
                let mut row = Interaction::new(Time(i as i64 % 7), "n", "like", "a", None);
                row.id = Some(id);
                row.text = (i == 1_234).then_some(&long);
                row.weight = i as f64;
                sorter.push(&row).unwrap();
            }
            let mut out = Vec::new();
            sorter
                .finish(&mut |row| {
                    out.push((row.at, row.id.unwrap().to_owned(), row.text.map(str::len)));
                    ControlFlow::Continue(())
                })
                .unwrap();
            out
        };
        let whole = sorted(usize::MAX);
        assert_eq!(whole.len(), 3_000);
        assert!(whole.is_sorted());
        assert_eq!(sorted(1_000), whole);
        assert_eq!(sorted(50_000), whole);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_cannot_be_written_leaves_the_temporary_one() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let read_only = std::fs::Permissions::from_mode(0o555);
        std::fs::set_permissions(dir.path(), read_only).unwrap();
        // Rights do not bind the superuser, but nobody makes files there.
        let denied = match File::create(dir.path().join("probe")) {
            Ok(_) => Path::new("/sys"),
            Err(_) => dir.path(),
        };
        let (error, _) = scratch_in(denied).unwrap_err();
        assert!(is_denied(&error), "{error}");
        let (file, path) = scratch(denied).unwrap();
        assert!(path.starts_with(std::env::temp_dir()) && !path.exists());
        file.write_all_at(b"row", 0).unwrap();
    }
}
