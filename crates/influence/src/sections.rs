//! Files of sections: what scorecards and the files beside them share. Little-endian; a fixed part with a checksum, a header, then sections that start at multiples of 8 bytes.

use std::ops::Range;
use xxhash_rust::xxh3::Xxh3;

/// Bytes before the header.
pub(crate) const FIXED: usize = 32;
/// Where the checksum stands.
pub(crate) const CHECKSUM: Range<usize> = 24..32;

/// A file that is put together, section by section.
#[derive(Default)]
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
}

impl Writer {
    /// Adds a section, up to a multiple of 8 bytes.
    pub(crate) fn section<const N: usize>(&mut self, entries: impl Iterator<Item = [u8; N]>) {
        for entry in entries {
            self.bytes.extend_from_slice(&entry);
        }
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
    }

    /// Adds a section of numbers.
    pub(crate) fn numbers(&mut self, values: &[f64]) {
        self.section(values.iter().map(|x| x.to_le_bytes()));
    }
}

/// XXH3 over all bytes but those that hold it.
pub(crate) fn checksum(bytes: &[u8]) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&bytes[..CHECKSUM.start]);
    hash.update(&bytes[CHECKSUM.end..]);
    hash.digest()
}

/// `N` bytes at `at`; zeros beyond the end, which an opened card never asks for.
pub(crate) fn word<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let found = at.checked_add(N).and_then(|end| bytes.get(at..end));
    found.and_then(|found| found.try_into().ok()).unwrap_or([0; N])
}
