//! What was said and done, kept: an append-only, deduplicated, crash-safe store of interactions.
//!
//! A workspace is a directory: `catalogue.sqlite` names the segments that hold, `segments/` has their files,
//! `writer.lock` admits one writer at a time. [`Ledger::writer`] takes batches and acknowledges commits,
//! [`Ledger::view`] reads everything that is committed at one moment, [`verify`] checks it to the last byte.
//!
//! Invariants: nothing is acknowledged before it is on the disk. No identity holds twice. No order of arrival, no split
//! into commits and no compaction changes what a view gives. No two accounts share a key.

mod accounts;
pub mod api_keys;
pub mod backup;
pub mod called;
mod catalogue;
mod compact;
pub mod erase;
pub mod error;
mod files;
mod hybrid;
mod in_public;
mod inbox;
pub mod journal;
mod lease;
mod mentions;
pub mod operators;
mod pages;
pub mod password;
pub mod people;
mod profiles;
pub mod published;
pub mod retain;
mod rewrite;
mod rows;
mod run;
mod screen;
pub mod secrets;
mod segment;
mod settle;
mod sort;
mod sorted;
mod store;
pub mod strays;
pub mod suppressed;
mod table;
mod undo;
mod verify;
mod view;
pub mod webhooks;
mod writer;

pub use accounts::Called;
pub use called::CalledSo;
pub use catalogue::Catalogue;
pub use error::{Error, Kind};
pub use files::{Disk, map};
pub use in_public::PublicSoFar;
pub use inbox::{Inbox, Once, Request, Taken};
pub use rows::Between;
pub use store::{Commit, Counts, Refused};
pub use verify::{Report, verify};
pub use view::{SegmentFiles, View, Wanted};
pub use writer::{Options, Writer};

use std::path::{Path, PathBuf};

/// A workspace of interactions.
#[derive(Clone, Debug)]
pub struct Ledger {
    dir: PathBuf,
}

impl Ledger {
    /// Opens the workspace `dir`, making it where there is none, and goes on with an erasure that was broken off. Fails
    /// on one that a newer version wrote.
    pub fn open(dir: &Path) -> Result<Ledger, Error> {
        Catalogue::open(dir)?;
        erase::finish(dir, &Options::default())?;
        Ok(Ledger { dir: dir.to_owned() })
    }

    /// A writer. Several may be open, in one process or in many: their commits take turns.
    pub fn writer(&self, options: Options) -> Result<Writer, Error> {
        Writer::open(self.dir.clone(), options)
    }

    /// The way in for requests that wait for their answer.
    pub fn inbox(&self, disk: Disk) -> Result<Inbox, Error> {
        Inbox::open(self.dir.clone(), disk)
    }

    /// Everything that is committed now.
    pub fn view(&self) -> Result<View, Error> {
        View::open(&self.dir)
    }

    /// A connection to the catalogue.
    pub fn catalogue(&self) -> Result<Catalogue, Error> {
        Catalogue::open(&self.dir)
    }

    /// The workspace.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}
