//! The beginning of an input, by which connectors recognise it.

use std::path::PathBuf;

/// As much of the beginning, decompressed, as is looked at.
pub const SAMPLE: usize = 64 << 10;

/// The beginning of an input.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// The name for messages: the path as given, or `stdin`.
    pub name: String,
    /// The directory, where the input is one. Then there is no text.
    pub directory: Option<PathBuf>,
    /// Up to [`SAMPLE`] bytes, decompressed, without a byte-order mark.
    pub head: Vec<u8>,
    /// Whether that is all there is.
    pub whole: bool,
}

impl Sample {
    /// The first whole lines that are not blank, at most 50, without line ends, each with its number from 1.
    pub fn lines(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let end = match memchr::memrchr(b'\n', &self.head) {
            _ if self.whole => self.head.len(),
            Some(last) => last,
            None => 0,
        };
        (1..)
            .zip(self.head[..end].split(|b| *b == b'\n'))
            .map(|(number, line)| (number, line.strip_suffix(b"\r").unwrap_or(line)))
            .filter(|(_, line)| !line.trim_ascii().is_empty())
            .take(50)
    }

    /// The lines that carry data: no comment of the `#` or `%` kind.
    pub fn data_lines(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.lines().filter(|(_, line)| !matches!(line.first(), Some(b'#' | b'%')))
    }

    /// Whether there is nothing but white space.
    pub fn is_blank(&self) -> bool {
        self.directory.is_none() && self.whole && self.head.trim_ascii().is_empty()
    }

    /// What the content looks like, for a message to someone whose input nobody recognised.
    pub fn describe(&self) -> String {
        let head = &self.head;
        let starts = |magic: &[u8]| head.starts_with(magic);
        if self.directory.is_some() {
            return "it is a directory without a git repository".to_owned();
        }
        let known = if starts(b"PK\x03\x04") {
            "it is a zip archive; unpack it first"
        } else if starts(b"BZh") {
            "it is compressed with bzip2; decompress it, or use gzip or zstd"
        } else if starts(b"\xFD7zXZ\0") {
            "it is compressed with xz; decompress it, or use gzip or zstd"
        } else if starts(b"\xFF\xFE") || starts(b"\xFE\xFF") {
            "it is text in UTF-16; convert it to UTF-8 first"
        } else if starts(b"PAR1") {
            "it is a Parquet file"
        } else if starts(b"PARE") {
            "it is an encrypted Parquet file; decrypt it first"
        } else if starts(b"SQLite format 3\0") {
            "it is an SQLite database"
        } else if starts(b"[") {
            "it begins with `[`; if it is a JSON array, write one object a line (jq -c '.[]')"
        } else if head.iter().take(4096).any(|b| *b == 0) {
            "it is binary data"
        } else {
            ""
        };
        if !known.is_empty() {
            return known.to_owned();
        }
        match self.lines().next() {
            Some((number, line)) => {
                let line = String::from_utf8_lossy(&line[..line.len().min(400)]);
                format!("line {number} is {:?}", model::time::shorten(&line))
            }
            None => format!("it has no line end in its first {} KiB", SAMPLE >> 10),
        }
    }
}
