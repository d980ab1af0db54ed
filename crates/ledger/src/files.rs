//! Files of the workspace: written through one door, so that they are hashed, synced and can be made to fail.
//!
//! [`Disk`] is that door. A test gives it a limit, and the write that would pass it fails as on a full disk.
//! What is written is known to be on the disk only after [`Sink::finish`] and [`sync_dir`].

use crate::error::Error;
use bytes::Bytes;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use xxhash_rust::xxh3::Xxh3;

/// Where files are written; optionally a disk that is full after so many bytes.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    left: Option<Arc<AtomicU64>>,
}

impl Disk {
    /// A disk that takes `bytes` more and then is full: for tests of what happens then.
    pub fn full_after(bytes: u64) -> Disk {
        Disk { left: Some(Arc::new(AtomicU64::new(bytes))) }
    }

    /// Makes the file `path` anew.
    pub fn create(&self, path: &Path) -> Result<Sink, Error> {
        let file = File::create(path).map_err(|e| Error::io("create", path, e))?;
        Ok(self.sink(path, file))
    }

    /// Opens a file that was just made, for writing from `offset`.
    pub fn write_at(&self, path: &Path, offset: u64) -> Result<Sink, Error> {
        let open = || {
            let mut file = OpenOptions::new().write(true).open(path)?;
            file.seek(SeekFrom::Start(offset))?;
            Ok(file)
        };
        let file = open().map_err(|e| Error::io("write", path, e))?;
        Ok(self.sink(path, file))
    }

    fn sink(&self, path: &Path, file: File) -> Sink {
        Sink {
            file,
            path: path.to_owned(),
            buffer: Vec::with_capacity(BUFFER),
            hash: Xxh3::new(),
            bytes: 0,
            disk: self.clone(),
        }
    }

    fn take(&self, bytes: usize) -> io::Result<()> {
        let Some(left) = &self.left else {
            return Ok(());
        };
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(bytes as u64)
        })
        .map(|_| ())
        .map_err(|_| io::Error::from(io::ErrorKind::StorageFull))
    }
}

const BUFFER: usize = 1 << 16;

/// A file being written, with the hash of what went into it.
pub struct Sink {
    file: File,
    path: PathBuf,
    buffer: Vec<u8>,
    hash: Xxh3,
    bytes: u64,
    disk: Disk,
}

/// What a finished file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Bytes written.
    pub bytes: u64,
    /// 128-bit XXH3 of them.
    pub hash: u128,
}

impl Sink {
    /// Writes all of `bytes`, naming the file where that fails.
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.write_all(bytes).map_err(|e| Error::io("write", &self.path, e))
    }

    fn drain(&mut self) -> io::Result<()> {
        self.hash.update(&self.buffer);
        self.disk.take(self.buffer.len())?;
        self.file.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    /// Hands everything to the operating system.
    pub fn finish(mut self) -> Result<Written, Error> {
        self.drain().map_err(|e| Error::io("write", &self.path, e))?;
        Ok(Written { bytes: self.bytes, hash: self.hash.digest128() })
    }

    /// Where it is written.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() + bytes.len() > BUFFER {
            self.drain()?;
        }
        self.bytes += bytes.len() as u64;
        if bytes.len() >= BUFFER {
            self.hash.update(bytes);
            self.disk.take(bytes.len())?;
            self.file.write_all(bytes)?;
        } else {
            self.buffer.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Waits until the file's content is on the disk.
pub fn sync(path: &Path) -> Result<(), Error> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|e| Error::io("sync", path, e))
}

/// Waits until the names in `dir` are on the disk.
pub fn sync_dir(dir: &Path) -> Result<(), Error> {
    sync(dir)
}

/// Maps a file that nobody changes any more. One that is missing is [`crate::Kind::Damaged`]: the catalogue names it.
pub fn map(path: &Path) -> Result<Bytes, Error> {
    let file = File::open(path).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => Error::damaged(path, "it is missing"),
        _ => Error::io("open", path, e),
    })?;
    let length = file.metadata().map_err(|e| Error::io("open", path, e))?.len();
    if length == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: a file of the ledger is written once, before the catalogue names it, and never changed afterwards:
    // it is only ever unlinked, which leaves mappings valid. The bytes are read as plain integers, for which any
    // value is valid, so that even a damaged file is no undefined behaviour.
    let map = unsafe { memmap2::Mmap::map(&file) }.map_err(|e| Error::io("map", path, e))?;
    Ok(Bytes::from_owner(map))
}

/// Hash of a whole file, as [`Written::hash`] has it.
pub fn hash(bytes: &[u8]) -> u128 {
    xxhash_rust::xxh3::xxh3_128(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    #[test]
    fn a_full_disk_is_named_with_its_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let mut sink = Disk::full_after(10).create(&path).unwrap();
        sink.put(b"0123456789x").unwrap();
        let error = sink.finish().unwrap_err();
        assert_eq!(error.kind(), Kind::Full);
        let message = error.to_string();
        assert!(message.contains("file") && message.contains("free some space"), "{message}");
    }

    #[test]
    fn the_hash_is_that_of_the_whole_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let mut sink = Disk::default().create(&path).unwrap();
        for size in [1usize, BUFFER, 7, 3 * BUFFER, 100] {
            sink.put(&vec![size as u8; size]).unwrap();
        }
        let written = sink.finish().unwrap();
        let bytes = map(&path).unwrap();
        assert_eq!((bytes.len() as u64, hash(&bytes)), (written.bytes, written.hash));
    }
}
