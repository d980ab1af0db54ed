//! Reading interactions into the ledger: connectors on one side, commits on the other, acknowledgements in between.

use crate::error::{Error, ErrorKind, Result};
use crate::rejects::Rejects;
use crate::workspace::Workspace;
use model::{Reject, Rules, Time};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::time::Instant;

/// How to read, where the content does not say it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A connector's name, instead of recognising by content.
    pub connector: Option<String>,
    /// The network of rows that name none.
    pub network: Option<String>,
    /// Which columns mean what, as in `source=from,target=to`.
    pub columns: Option<String>,
    /// The time of rows that have none.
    pub at: Option<Time>,
    /// What times without an offset mean.
    pub timezone: Option<String>,
    /// Threads that parse; all processors by default.
    pub threads: Option<usize>,
}

/// What happens while reading.
#[derive(Debug, serde::Serialize)]
#[serde(untagged)]
pub enum Event<'a> {
    /// Rows are on the disk: `committed` new ones since the beginning of this run, among them all that stand
    /// in `file` before `offset` (uncompressed bytes, or rows where the format has no bytes of its own).
    Committed {
        /// New rows stored in this run.
        committed: u64,
        /// The file that was being read.
        file: &'a str,
        /// How far it is stored.
        offset: u64,
    },
    /// How far reading has come, in bytes as they lie on the disk.
    Progress {
        /// The file.
        file: &'a str,
        /// Bytes read.
        done: u64,
        /// Bytes in all, where that is known.
        total: Option<u64>,
    },
    /// Another process is writing to this workspace.
    Waiting {
        /// Who, such as `process 4711`.
        writer: &'a str,
    },
}

/// What came of it. `read = accepted + duplicates + rejected`.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Summary {
    /// Rows read.
    pub read: u64,
    /// Rows stored that were not known.
    pub accepted: u64,
    /// Rows whose identity was known.
    pub duplicates: u64,
    /// Duplicates whose content differed; the later one holds.
    pub conflicts: u64,
    /// Rows that could not be used, or are refused because somebody in them was erased or they are too old.
    pub rejected: u64,
    /// Those of the rejected in which somebody was erased. They are in no rejects file.
    pub erased: u64,
    /// Those of the rejected that are older than what is retained. They are in no rejects file.
    pub expired: u64,
    /// Where the others are, with file, line, field and reason.
    pub rejects_file: Option<PathBuf>,
    /// Time taken.
    pub seconds: f64,
    /// What was read, by which connector.
    pub files: Vec<FileSummary>,
    /// What a person should know.
    #[serde(skip)]
    pub notes: Vec<String>,
    /// What stopped a file before its end. What was read until then is stored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<String>,
}

/// One file of a [`Summary`].
#[derive(Clone, Debug, serde::Serialize)]
pub struct FileSummary {
    /// As it was named.
    pub file: String,
    /// The connector that read it.
    pub connector: Option<String>,
    /// Rows read.
    pub read: u64,
    /// Rows rejected by the connector.
    pub rejected: u64,
}

impl Workspace {
    /// Reads `paths` one after the other into the ledger.
    ///
    /// A file that can't be read to its end is a failure in the summary, and the others are still read.
    /// Fails only where nothing can be stored any more; what was acknowledged stays.
    pub fn ingest(
        &self,
        paths: &[PathBuf],
        options: &Options,
        tell: &mut dyn FnMut(Event<'_>),
    ) -> Result<Summary> {
        let started = Instant::now();
        let options = self.connect_options(options)?;
        let rejects = Rejects::new(self.dir());
        // Commits run on a thread of their own; what they wait for is told from here.
        let (wait, waited) = mpsc::channel();
        let waiting = Arc::new(move |holder: &str| drop(wait.send(format!("process {holder}"))));
        let mut run = Run {
            writer: self
                .writing()?
                .writer(ledger::Options { waiting, ..ledger::Options::default() })?,
            waited,
            pending: VecDeque::new(),
            first: 0,
            summary: Summary::default(),
            redacted: 0,
            rejects,
        };
        for path in paths {
            run.file(path, &options, tell)?;
        }
        run.finish(tell)?;
        let mut summary = run.summary;
        let told = [
            (summary.erased, "refused because somebody in them was erased"),
            (summary.expired, "refused because they are older than what is retained"),
            (run.redacted, "read without a name that was erased, or a text that is too old"),
        ];
        for (count, what) in told.into_iter().filter(|(count, _)| *count > 0) {
            summary.notes.push(format!("{count} rows: {what}"));
        }
        summary.notes.extend(run.rejects.summary());
        summary.rejects_file = run.rejects.finish()?;
        summary.seconds = started.elapsed().as_secs_f64();
        Ok(summary)
    }

    pub(crate) fn connect_options(&self, options: &Options) -> Result<connect::Options> {
        let zone = options.timezone.as_ref().or(self.settings().timezone.as_ref());
        let timezone = zone.map(|name| {
            jiff::tz::TimeZone::get(name).map_err(|_| {
                let message = format!(
                    "--timezone {name:?} is unknown; use a name such as Europe/Berlin or UTC"
                );
                Error::new(ErrorKind::Usage, message)
            })
        });
        let threads = options.threads.or(self.settings().threads);
        Ok(connect::Options {
            connector: options.connector.clone(),
            network: options.network.clone(),
            columns: options.columns.clone(),
            timezone: timezone.transpose()?,
            at: options.at,
            threads: threads
                .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)),
            progress: Some(Arc::default()),
            ..connect::Options::new(Rules::at(Time::now()))
        })
    }
}

/// One run of [`Workspace::ingest`].
struct Run {
    writer: ledger::Writer,
    waited: mpsc::Receiver<String>,
    /// Batches handed to the writer and not yet on the disk: the file of each, and how far it goes.
    pending: VecDeque<(Rc<str>, u64)>,
    /// Number of the first of them.
    first: u64,
    summary: Summary,
    /// Rows that were stored, or known, without something that was in them.
    redacted: u64,
    rejects: Rejects,
}

impl Run {
    fn file(
        &mut self,
        path: &Path,
        options: &connect::Options,
        tell: &mut dyn FnMut(Event<'_>),
    ) -> Result<()> {
        let name: Rc<str> = path.display().to_string().into();
        let mut stored = Ok(());
        let (mut read, mut rejected) = (0, 0);
        let outcome = connect::read(path, options, &mut |mut chunk| {
            read += chunk.rows;
            rejected += chunk.batch.rejects.len() as u64;
            if let Some(progress) = &options.progress {
                tell(Event::Progress {
                    file: &name,
                    done: progress.read(),
                    total: progress.total(),
                });
            }
            stored = self.chunk(&name, &mut chunk, tell);
            match stored {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        });
        stored?;
        let connector = match outcome {
            Ok(summary) => {
                self.summary
                    .notes
                    .extend(summary.notes.iter().map(|note| format!("{name}: {note}")));
                Some(summary.connector.to_owned())
            }
            // How it was called is wrong, and would be for every file.
            Err(error) if error.kind() == connect::Kind::Usage => {
                return Err(Error::new(ErrorKind::Usage, error.to_string()));
            }
            Err(error) => {
                self.summary.failures.push(error.to_string());
                None
            }
        };
        self.summary.files.push(FileSummary { file: name.to_string(), connector, read, rejected });
        Ok(())
    }

    fn chunk(
        &mut self,
        name: &Rc<str>,
        chunk: &mut connect::Chunk,
        tell: &mut dyn FnMut(Event<'_>),
    ) -> Result<()> {
        self.summary.read += chunk.rows;
        self.summary.rejected += chunk.batch.rejects.len() as u64;
        self.rejects.add(name, &std::mem::take(&mut chunk.batch.rejects))?;
        self.pending.push_back((name.clone(), chunk.offset));
        let done = self.writer.push(std::mem::take(&mut chunk.batch))?;
        for holder in self.waited.try_iter() {
            tell(Event::Waiting { writer: &holder });
        }
        match done {
            Some(commit) => self.settle(&commit, tell),
            None => Ok(()),
        }
    }

    fn finish(&mut self, tell: &mut dyn FnMut(Event<'_>)) -> Result<()> {
        while let Some(commit) = self.writer.finish()? {
            self.settle(&commit, tell)?;
        }
        Ok(())
    }

    /// Counts what a commit stored, notes what it refused, and says how far the files are stored.
    fn settle(&mut self, commit: &ledger::Commit, tell: &mut dyn FnMut(Event<'_>)) -> Result<()> {
        self.summary.accepted += commit.accepted;
        self.summary.duplicates += commit.duplicates;
        self.summary.conflicts += commit.conflicts;
        let refused = commit.refused.len() as u64;
        self.summary.rejected += refused + commit.erased + commit.expired;
        self.summary.erased += commit.erased;
        self.summary.expired += commit.expired;
        self.redacted += commit.redacted;
        for refused in &commit.refused {
            let (file, _) = &self.pending[(refused.batch - self.first) as usize];
            // The row's number within its batch is all that is left of where it stood.
            let reject =
                Reject::new(refused.row as u64 + 1, refused.fault.clone(), refused.raw.as_bytes());
            self.rejects.add(file, &[reject])?;
        }
        let taken = self.pending.drain(..commit.batches).next_back();
        self.first += commit.batches as u64;
        if let Some((file, offset)) = taken {
            tell(Event::Committed { committed: self.summary.accepted, file: &file, offset });
        }
        Ok(())
    }
}
