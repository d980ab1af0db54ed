//! The rejects file: each row that could not be used, with where it stood and why.
//!
//! NDJSON under `rejects/` in the workspace: `file`, `line`, `field`, `reason`, `raw` (the row as it came, its
//! first 4 KiB). It is made when there is something to put into it. A row that may name somebody who was erased leaves
//! its line number only.

use crate::error::{Error, Result};
use model::Reject;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Rejected rows of one run.
pub(crate) struct Rejects {
    workspace: PathBuf,
    dir: PathBuf,
    count: u64,
    first: Option<String>,
    open: Option<(PathBuf, BufWriter<File>)>,
}

#[derive(serde::Serialize)]
struct Line<'a> {
    file: &'a str,
    line: u64,
    field: &'a str,
    reason: &'a str,
    raw: &'a str,
}

impl Rejects {
    /// No file yet, in the folder of the workspace that is for them.
    pub(crate) fn new(workspace: &Path) -> Rejects {
        let dir = workspace.join("rejects");
        Rejects { workspace: workspace.to_owned(), dir, count: 0, first: None, open: None }
    }

    /// Adds rows of `file`.
    pub(crate) fn add(&mut self, file: &str, rejects: &[Reject]) -> Result<()> {
        if rejects.is_empty() {
            return Ok(());
        }
        // Asked each time, because somebody may have been erased since this run began.
        let erased = ledger::suppressed::Suppressed::of(&self.workspace)?;
        for reject in rejects {
            let mut reject = reject.clone();
            if let Some(erased) = &erased {
                ledger::strays::blank_reject(&mut reject, erased);
            }
            self.count += 1;
            self.first.get_or_insert_with(|| {
                let field = match reject.fault.field.as_str() {
                    "" => String::new(),
                    field => format!("{field} "),
                };
                format!("{file}:{}: {field}{}", reject.line, reject.fault.reason)
            });
            let raw = String::from_utf8_lossy(&reject.raw);
            let line = Line {
                file,
                line: reject.line,
                field: &reject.fault.field,
                reason: &reject.fault.reason,
                raw: &raw,
            };
            let (path, out) = self.file()?;
            serde_json::to_writer(&mut *out, &line)
                .map_err(std::io::Error::from)
                .and_then(|()| out.write_all(b"\n"))
                .map_err(|error| Error::io(path, "can't write", error))?;
        }
        // What was rejected must be on record before the rows around it are acknowledged.
        match &mut self.open {
            Some((path, out)) if !rejects.is_empty() => {
                out.flush().map_err(|error| Error::io(path, "can't write", error))
            }
            _ => Ok(()),
        }
    }

    /// How many rows were rejected, and what was wrong with the first; nothing if none was.
    pub(crate) fn summary(&self) -> Option<String> {
        let rows = if self.count == 1 { "row was" } else { "rows were" };
        let first = self.first.as_ref()?;
        Some(format!("{} {rows} rejected; the first: {first}", self.count))
    }

    /// Makes sure that everything is on the disk; where that is.
    pub(crate) fn finish(self) -> Result<Option<PathBuf>> {
        let Some((path, out)) = self.open else {
            return Ok(None);
        };
        let written =
            out.into_inner().map_err(|error| error.into_error()).and_then(|file| file.sync_all());
        written.map_err(|error| Error::io(&path, "can't write", error))?;
        Ok(Some(path))
    }

    fn file(&mut self) -> Result<(&Path, &mut BufWriter<File>)> {
        if self.open.is_none() {
            std::fs::create_dir_all(&self.dir)
                .map_err(|error| Error::io(&self.dir, "can't make", error))?;
            self.open = Some(create_numbered(&self.dir)?);
        }
        match &mut self.open {
            Some((path, out)) => Ok((path.as_path(), out)),
            None => unreachable!("opened above"),
        }
    }
}

/// The first free `rejects-N.ndjson`.
fn create_numbered(dir: &Path) -> Result<(PathBuf, BufWriter<File>)> {
    let mut number = 1u32;
    loop {
        let path = dir.join(format!("rejects-{number}.ndjson"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, BufWriter::new(file))),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(Error::io(&path, "can't write", error)),
        }
    }
}
