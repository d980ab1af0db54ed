//! A run: the sorted keys of one segment in a mapped file, with a filter in front.
//!
//! Two kinds: *identities* (key, content hash, row, and the segment's undos) and *accounts* (key alone; the row in
//! the accounts file is the key's rank). All integers little-endian, each section aligned to 64 bytes:
//!
//! | section | an entry |
//! |---|---|
//! | header, 128 bytes | magic, format, kind, counts, a hash for each section, a hash of the header |
//! | filter | blocks of 8 words of 32 bits, about 16 bits a key |
//! | keys | 128 bits, ascending |
//! | contents | 64 bits |
//! | rows | 32 bits |
//! | undos | [`Undo`], 40 bytes |
//!
//! The filter is a split-block Bloom filter whose block is chosen by the key's *high* bits, so that keys probed in
//! order stream through it, and so that it can be written in order. Only the high half of a key enters it: an account
//! that shares another's key passes it, and the collision is seen.

use crate::error::Error;
use crate::files::{self, Disk, Sink, Written};
use bytemuck::{Pod, Zeroable};
use bytes::Bytes;
use model::hashed::{self, Directory};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

#[cfg(target_endian = "big")]
compile_error!("the ledger maps little-endian files");

const MAGIC: u64 = u64::from_le_bytes(*b"TERTRUN\0");
const FORMAT: u32 = 1;
const HEADER: usize = 128;
const ALIGN: u64 = 64;

/// What a run's keys are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum KeyKind {
    /// Identities of interactions.
    Identities = 1,
    /// Hashes of accounts.
    Accounts = 2,
}

/// A row that takes another back, found by the other's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
#[repr(C)]
pub struct Undo {
    /// High half of the identity that is taken back.
    pub high: u64,
    /// Low half of it.
    pub low: u64,
    /// Account key of who takes it back.
    pub actor: u64,
    /// From when on, in microseconds; [`i64::MIN`] for all times (a delete).
    pub from: i64,
    /// Row of the undo itself.
    pub row: u32,
    /// Zero.
    pub reserved: u32,
}

impl Undo {
    /// The identity that is taken back.
    pub fn identity(&self) -> u128 {
        u128::from(self.high) << 64 | u128::from(self.low)
    }
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Header {
    magic: u64,
    format: u32,
    kind: u32,
    keys: u64,
    undos: u64,
    sections: [[u64; 2]; SECTIONS],
    hash: u64,
    reserved: u64,
}

const SECTIONS: usize = 5;
const FILTER: usize = 0;
const KEYS: usize = 1;
const CONTENTS: usize = 2;
const ROWS: usize = 3;
const UNDOS: usize = 4;

type Block = [u32; 8];

fn blocks(keys: u64) -> u64 {
    keys.div_ceil(16).max(1)
}

fn sections(kind: KeyKind, keys: u64, undos: u64) -> [Range<u64>; SECTIONS] {
    let (contents, rows) = match kind {
        KeyKind::Identities => (8, 4),
        KeyKind::Accounts => (0, 0),
    };
    let mut at = HEADER as u64;
    [32 * blocks(keys), 16 * keys, contents * keys, rows * keys, 40 * undos].map(|length| {
        let range = at..at + length;
        at = range.end.next_multiple_of(ALIGN);
        range
    })
}

fn block_of(high: u64, blocks: u64) -> usize {
    ((u128::from(high) * u128::from(blocks)) >> 64) as usize
}

/// One bit in each of the eight words, chosen by the bits that did not choose the block.
fn bits_of(high: u64) -> Block {
    const SALTS: Block = [
        0x47b6_137b,
        0x4497_4d91,
        0x8824_ad5b,
        0xa2b7_289d,
        0x7054_95c7,
        0x2df1_424b,
        0x9efc_4947,
        0x5c6b_fb31,
    ];
    let low = high as u32 ^ (high >> 20) as u32;
    SALTS.map(|salt| 1 << (low.wrapping_mul(salt) >> 27))
}

fn may_hold(block: &Block, high: u64) -> bool {
    block.iter().zip(bits_of(high)).all(|(word, bit)| word & bit != 0)
}

/// How many keys at the beginning have this high half.
fn same(keys: &[u128], high: u64) -> usize {
    keys.iter().take_while(|key| (**key >> 64) as u64 == high).count()
}

/// Writes a run whose keys come in order.
pub struct RunWriter {
    path: PathBuf,
    kind: KeyKind,
    keys: u64,
    undos: u64,
    sinks: [Sink; SECTIONS],
    block: Block,
    block_index: usize,
    pushed: u64,
}

impl RunWriter {
    /// Begins a run of exactly `keys` keys and `undos` undos.
    pub fn create(
        disk: &Disk,
        path: &Path,
        kind: KeyKind,
        keys: u64,
        undos: u64,
    ) -> Result<RunWriter, Error> {
        disk.create(path)?.finish()?;
        let at = sections(kind, keys, undos).map(|range| range.start);
        let open = |section: usize| disk.write_at(path, at[section]);
        Ok(RunWriter {
            path: path.to_owned(),
            kind,
            keys,
            undos,
            sinks: [open(FILTER)?, open(KEYS)?, open(CONTENTS)?, open(ROWS)?, open(UNDOS)?],
            block: Block::default(),
            block_index: 0,
            pushed: 0,
        })
    }

    /// Adds the next key; `content` and `row` are not kept for accounts.
    pub fn push(&mut self, key: u128, content: u64, row: u32) -> Result<(), Error> {
        let high = (key >> 64) as u64;
        let index = block_of(high, blocks(self.keys));
        while self.block_index < index {
            self.sinks[FILTER].put(bytemuck::bytes_of(&self.block))?;
            self.block = Block::default();
            self.block_index += 1;
        }
        for (word, bit) in self.block.iter_mut().zip(bits_of(high)) {
            *word |= bit;
        }
        self.sinks[KEYS].put(&key.to_le_bytes())?;
        if self.kind == KeyKind::Identities {
            self.sinks[CONTENTS].put(&content.to_le_bytes())?;
            self.sinks[ROWS].put(&row.to_le_bytes())?;
        }
        self.pushed += 1;
        Ok(())
    }

    /// Adds an undo.
    pub fn push_undo(&mut self, undo: &Undo) -> Result<(), Error> {
        self.sinks[UNDOS].put(bytemuck::bytes_of(undo))
    }

    /// Ends the run; it is on the disk when this returns.
    pub fn finish(mut self, disk: &Disk) -> Result<(), Error> {
        debug_assert_eq!(self.pushed, self.keys);
        while (self.block_index as u64) < blocks(self.keys) {
            self.sinks[FILTER].put(bytemuck::bytes_of(&self.block))?;
            self.block = Block::default();
            self.block_index += 1;
        }
        let mut header = Header {
            magic: MAGIC,
            format: FORMAT,
            kind: self.kind as u32,
            keys: self.keys,
            undos: self.undos,
            sections: [[0; 2]; SECTIONS],
            hash: 0,
            reserved: 0,
        };
        for (sink, hash) in self.sinks.into_iter().zip(&mut header.sections) {
            let Written { hash: value, .. } = sink.finish()?;
            *hash = [(value >> 64) as u64, value as u64];
        }
        header.hash = header_hash(&header);
        let mut sink = disk.write_at(&self.path, 0)?;
        sink.put(bytemuck::bytes_of(&header))?;
        sink.finish()?;
        files::sync(&self.path)
    }
}

fn header_hash(header: &Header) -> u64 {
    let mut plain = *header;
    plain.hash = 0;
    xxhash_rust::xxh3::xxh3_64(bytemuck::bytes_of(&plain))
}

/// An open run.
#[derive(Clone, Debug)]
pub struct Run {
    path: PathBuf,
    bytes: Bytes,
    sections: [Range<usize>; SECTIONS],
    hashes: [u128; SECTIONS],
    directory: OnceLock<Directory>,
}

impl Run {
    /// Maps a run of `keys` keys. Checks the header and the length, not the sections: see [`Run::verify`].
    pub fn open(path: &Path, kind: KeyKind, keys: u64) -> Result<Run, Error> {
        let bytes = files::map(path)?;
        let header: Header = bytes
            .get(..HEADER)
            .map(bytemuck::pod_read_unaligned)
            .ok_or_else(|| Error::damaged(path, "it has no header"))?;
        if header.magic != MAGIC || header.hash != header_hash(&header) {
            return Err(Error::damaged(path, "its header does not hold"));
        }
        if header.format != FORMAT || header.kind != kind as u32 {
            return Err(Error::damaged(path, "it is a file of another kind"));
        }
        if header.keys != keys {
            return Err(Error::damaged(
                path,
                format!("it has {} keys where the catalogue says {keys}", header.keys),
            ));
        }
        let places = sections(kind, header.keys, header.undos);
        let needed = places.iter().map(|range| range.end).max().unwrap_or(0);
        // The last section is written to its end, but may be empty and then start beyond the file.
        let filled = places
            .iter()
            .filter(|range| !range.is_empty())
            .map(|range| range.end)
            .max()
            .unwrap_or(needed);
        if (bytes.len() as u64) < filled {
            return Err(Error::damaged(
                path,
                format!("it has {} bytes where {filled} were written", bytes.len()),
            ));
        }
        Ok(Run {
            path: path.to_owned(),
            bytes,
            sections: places.map(|range| range.start as usize..range.end as usize),
            hashes: header.sections.map(|[high, low]| u128::from(high) << 64 | u128::from(low)),
            directory: OnceLock::new(),
        })
    }

    /// All of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn section<T: Pod>(&self, section: usize) -> &[T] {
        let bytes = self.bytes.get(self.sections[section].clone()).unwrap_or_default();
        // Sections are aligned in the file and the file is mapped at a page, so the cast holds.
        bytemuck::try_cast_slice(bytes).unwrap_or_default()
    }

    /// The keys, ascending.
    pub fn keys(&self) -> &[u128] {
        self.section(KEYS)
    }

    /// Content hash of the key of each rank; empty for accounts.
    pub fn contents(&self) -> &[u64] {
        self.section(CONTENTS)
    }

    /// Row of the key of each rank; empty for accounts.
    pub fn rows(&self) -> &[u32] {
        self.section(ROWS)
    }

    /// The undos of the segment.
    pub fn undos(&self) -> &[Undo] {
        self.section(UNDOS)
    }

    /// Makes [`Run::find`] faster from now on, for a server that is asked again and again. Takes a search for each part of a [`Directory`].
    pub fn index(&self) {
        let keys = self.keys();
        if self.directory.get().is_none()
            && let Some(directory) = Directory::of(keys.len(), |rank| (keys[rank] >> 64) as u64)
        {
            self.directory.get_or_init(|| directory);
        }
    }

    /// The ranks of keys whose *high half* is this one.
    pub fn find(&self, high: u64) -> Range<usize> {
        let keys = self.keys();
        let at = |rank: usize| (keys[rank] >> 64) as u64;
        let first = match self.directory.get() {
            // As near as the filter.
            Some(directory) => directory.first_not_below(at, high),
            None if !self.may_hold(high) => return 0..0,
            None => hashed::first_not_below(keys.len(), at, high),
        };
        first..first + same(&keys[first..], high)
    }

    fn may_hold(&self, high: u64) -> bool {
        let filter: &[Block] = self.section(FILTER);
        let block = filter.get(block_of(high, filter.len() as u64));
        block.is_some_and(|block| may_hold(block, high))
    }

    /// Finds the ranks of keys that have the same *high half* as a probe. The probes come in ascending order.
    pub fn probe(
        &self,
        probes: impl Iterator<Item = (usize, u64)>,
        mut found: impl FnMut(usize, Range<usize>),
    ) {
        let filter: &[Block] = self.section(FILTER);
        let keys = self.keys();
        let count = filter.len() as u64;
        let mut cursor = 0;
        for (probe, high) in probes {
            let Some(block) = filter.get(block_of(high, count)) else {
                continue;
            };
            if !may_hold(block, high) {
                continue;
            }
            cursor = gallop(keys, cursor, high);
            let same = same(&keys[cursor..], high);
            if same > 0 {
                found(probe, cursor..cursor + same);
            }
        }
    }

    /// Checks every section against its hash, and that the keys ascend.
    pub fn verify(&self) -> Result<(), Error> {
        for (range, hash) in self.sections.iter().zip(&self.hashes) {
            let bytes = self.bytes.get(range.clone()).unwrap_or_default();
            if files::hash(bytes) != *hash {
                return Err(Error::damaged(
                    &self.path,
                    "its content does not have the hash that was stored with it",
                ));
            }
        }
        if !self.keys().is_sorted_by(|a, b| a < b) {
            return Err(Error::damaged(&self.path, "its keys do not ascend"));
        }
        Ok(())
    }
}

/// The first rank at or after `from` whose key's high half is not below `high`.
fn gallop(keys: &[u128], from: usize, high: u64) -> usize {
    let below = |key: &u128| ((*key >> 64) as u64) < high;
    let mut step = 1;
    let mut low = from;
    while low + step < keys.len() && below(&keys[low + step]) {
        low += step;
        step *= 2;
    }
    let end = (low + step + 1).min(keys.len());
    low.min(keys.len()) + keys[low.min(keys.len())..end].partition_point(below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(keys: &[u128], undos: &[Undo]) -> (tempfile::TempDir, Run) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run");
        let disk = Disk::default();
        let mut writer = RunWriter::create(
            &disk,
            &path,
            KeyKind::Identities,
            keys.len() as u64,
            undos.len() as u64,
        )
        .unwrap();
        for (i, key) in keys.iter().enumerate() {
            writer.push(*key, i as u64 * 3, i as u32).unwrap();
        }
        for undo in undos {
            writer.push_undo(undo).unwrap();
        }
        writer.finish(&disk).unwrap();
        let run = Run::open(&path, KeyKind::Identities, keys.len() as u64).unwrap();
        (dir, run)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn every_key_is_found_and_no_other(
            keys in prop::collection::btree_set(any::<u128>(), 0..500),
            others in prop::collection::btree_set(any::<u64>(), 0..100),
        ) {
            let keys: Vec<u128> = keys.into_iter().collect();
            let (_dir, run) = written(&keys, &[]);
            run.verify().unwrap();
            let mut probes: Vec<u64> =
                keys.iter().map(|key| (key >> 64) as u64).chain(others).collect();
            probes.sort_unstable();
            probes.dedup();
            let mut found = Vec::new();
            run.probe(probes.iter().copied().enumerate(), |_, range| found.extend(range));
            prop_assert_eq!(found, (0..keys.len()).collect::<Vec<_>>());
            for _ in 0..2 {
                let found: Vec<usize> = probes.iter().flat_map(|high| run.find(*high)).collect();
                prop_assert_eq!(found, (0..keys.len()).collect::<Vec<_>>());
                run.index();
            }
        }
    }

    #[test]
    fn a_changed_byte_anywhere_is_noticed() {
        let keys: Vec<u128> = (1..100u128).map(|i| i << 120).collect();
        let (dir, run) = written(&keys, &[]);
        assert_eq!(run.rows()[7], 7);
        let path = dir.path().join("run");
        let bytes = std::fs::read(&path).unwrap();
        for at in [0, 9, 20, 60, 140, 600, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            let outcome = Run::open(&path, KeyKind::Identities, 99).and_then(|run| run.verify());
            assert!(outcome.is_err(), "byte {at}");
        }
        std::fs::write(&path, &bytes[..500]).unwrap();
        assert!(Run::open(&path, KeyKind::Identities, 99).is_err());
    }
}
