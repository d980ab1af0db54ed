//! One writer at a time: a lock on `writer.lock`, which holds the number of the process that has it.
//!
//! The operating system frees the lock of a process that dies.

use crate::error::Error;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

/// The lock's name within the workspace.
pub const FILE: &str = "writer.lock";

/// The right to write; given up when dropped.
#[derive(Debug)]
pub struct Lease {
    _file: File,
}

impl Lease {
    /// Takes the lease of the workspace `dir`; where another has it, calls `waiting` with what `writer.lock` says of
    /// the holder (a process number) and waits.
    pub fn take(dir: &Path, waiting: &dyn Fn(&str)) -> Result<Lease, Error> {
        let path = dir.join(FILE);
        let failed = |e| Error::io("lock", &path, e);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(e)) => return Err(failed(e)),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who holds it is only for the message.
                let _ = file.read_to_string(&mut holder);
                waiting(holder.trim());
                file.lock().map_err(failed)?;
            }
        }
        let mut note = || {
            file.set_len(0)?;
            file.rewind()?;
            write!(file, "{}", std::process::id())
        };
        // A full disk must not keep anyone from finding that out by writing.
        if let Err(error) = note() {
            log::warn!("cannot note the holder in {}: {error}", path.display());
        }
        Ok(Lease { _file: file })
    }
}
