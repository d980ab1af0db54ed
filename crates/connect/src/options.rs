//! What a reader may be told about an input.

use model::{Rules, Time};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How to read one input. [`Options::new`] is the default for everything but the rules.
#[derive(Clone, Debug)]
pub struct Options {
    /// `--connector`: the connector's name; by default it is recognised by content.
    pub connector: Option<String>,
    /// `--network`: the network of rows that name none.
    pub network: Option<String>,
    /// `--columns`: which column means what, for connectors that take it.
    pub columns: Option<String>,
    /// `--timezone`: what times without an offset mean.
    pub timezone: Option<jiff::tz::TimeZone>,
    /// `--at`: the time of rows that have none, for connectors that take it.
    pub at: Option<Time>,
    /// What every row must obey.
    pub rules: Rules,
    /// Threads that parse; 0 and 1 parse on the caller's thread.
    pub threads: usize,
    /// Where to count bytes read, for a progress bar on another thread.
    pub progress: Option<Arc<Progress>>,
}

impl Options {
    /// Everything left to recognition, on one thread.
    pub fn new(rules: Rules) -> Options {
        Options {
            connector: None,
            network: None,
            columns: None,
            timezone: None,
            at: None,
            rules,
            threads: 1,
            progress: None,
        }
    }
}

/// How far a reader has come, in bytes of the file as it lies on disk.
#[derive(Debug, Default)]
pub struct Progress {
    read: AtomicU64,
    total: AtomicU64,
}

impl Progress {
    /// Bytes read so far.
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Bytes in all; `None` where nobody knows: standard input, a repository.
    pub fn total(&self) -> Option<u64> {
        Some(self.total.load(Ordering::Relaxed)).filter(|total| *total > 0)
    }

    pub(crate) fn begin(&self, total: u64) {
        self.read.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// For readers that jump about in a file and know only which share is done.
    pub(crate) fn share(&self, done: u64, of: u64) {
        let total = self.total.load(Ordering::Relaxed);
        let read = u128::from(total) * u128::from(done) / u128::from(of.max(1));
        self.read.store((read as u64).min(total), Ordering::Relaxed);
    }
}
