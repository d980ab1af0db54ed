//! The way in: batches are collected into commits, which run beside the reading of the next batches.

use crate::error::{Error, Kind};
use crate::files::Disk;
use crate::store::{Commit, Store};
use model::Batch;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// When a commit is made, and how.
#[derive(Clone)]
pub struct Options {
    /// Rows after which a commit is made.
    pub rows: usize,
    /// Bytes of text after which a commit is made.
    pub bytes: usize,
    /// Time since the first row not yet committed, after which a commit is made.
    pub every: Duration,
    /// Segments that may live at a time; more are merged.
    pub segments: usize,
    /// Told when another process holds the lease, with its number.
    pub waiting: Arc<dyn Fn(&str) + Send + Sync>,
    /// Where the files are written: a test gives a disk that fills up.
    pub disk: Disk,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            rows: 500_000,
            bytes: 128 << 20,
            every: Duration::from_secs(5),
            segments: 32,
            waiting: Arc::new(|holder| {
                log::info!("waiting for process {holder} to finish writing")
            }),
            disk: Disk::default(),
        }
    }
}

/// Collects batches and commits them, one commit at a time in the background.
///
/// What was pushed is durable when a [`Commit`] that counts it is returned, not before. Dropping a writer
/// without [`Writer::finish`] loses what was not acknowledged, and nothing else.
pub struct Writer {
    options: Options,
    dir: PathBuf,
    store: Option<Store>,
    running: Option<JoinHandle<(Store, Result<Commit, Error>)>>,
    pending: Vec<Batch>,
    rows: usize,
    bytes: usize,
    since: Option<Instant>,
}

impl Writer {
    /// A writer for the workspace `dir`.
    pub(crate) fn open(dir: PathBuf, options: Options) -> Result<Writer, Error> {
        let store = Store::open(dir.clone(), options.disk.clone(), options.segments.max(2))?;
        Ok(Writer {
            options,
            dir,
            store: Some(store),
            running: None,
            pending: Vec::new(),
            rows: 0,
            bytes: 0,
            since: None,
        })
    }

    /// Adds a batch; gives a commit that was completed meanwhile. Waits while one commit runs and another is due.
    ///
    /// After an error everything not acknowledged is lost; the writer can go on, and so can another.
    pub fn push(&mut self, batch: Batch) -> Result<Option<Commit>, Error> {
        self.rows += batch.len();
        self.bytes += batch.text_bytes();
        self.since.get_or_insert_with(Instant::now);
        self.pending.push(batch);
        let due = self.rows >= self.options.rows
            || self.bytes >= self.options.bytes
            || self.since.is_some_and(|since| since.elapsed() >= self.options.every);
        if due {
            let done = self.wait()?;
            self.start()?;
            return Ok(done);
        }
        match &self.running {
            Some(running) if running.is_finished() => self.wait(),
            _ => Ok(None),
        }
    }

    /// Commits what is left. Gives one commit at a time: call it until it gives nothing.
    pub fn finish(&mut self) -> Result<Option<Commit>, Error> {
        if let Some(done) = self.wait()? {
            return Ok(Some(done));
        }
        if self.pending.is_empty() {
            return Ok(None);
        }
        self.start()?;
        self.wait()
    }

    fn wait(&mut self) -> Result<Option<Commit>, Error> {
        let Some(running) = self.running.take() else {
            return Ok(None);
        };
        let Ok((store, outcome)) = running.join() else {
            return Err(Error::new(
                Kind::Io,
                "a commit broke off; what was committed before is kept, run it again",
            ));
        };
        self.store = Some(store);
        outcome.map(Some)
    }

    fn start(&mut self) -> Result<(), Error> {
        let mut store = match self.store.take() {
            Some(store) => store,
            None => Store::open(
                self.dir.clone(),
                self.options.disk.clone(),
                self.options.segments.max(2),
            )?,
        };
        let batches = std::mem::take(&mut self.pending);
        (self.rows, self.bytes, self.since) = (0, 0, None);
        let waiting = self.options.waiting.clone();
        let run = move || {
            let outcome = store.commit(batches, &*waiting);
            (store, outcome)
        };
        let running = std::thread::Builder::new()
            .name("commit".to_owned())
            .spawn(run)
            .map_err(|e| Error::io("start a commit in", &self.dir, e))?;
        self.running = Some(running);
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // The commit under way is completed, so that the lease is not held by a thread nobody knows.
        if let Some(running) = self.running.take() {
            let _ = running.join();
        }
    }
}
