//! Everything comes out in open formats: a table each, sorted, so that equal content is an equal file.

mod graphml;
mod interactions;
mod people;
mod scores;
mod signals;
mod snapshot;
pub(crate) mod table;
mod ties;

use crate::error::{Error, ErrorKind, Result};
use crate::workspace::Workspace;
use model::Time;
use std::path::{Path, PathBuf};

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// Every interaction that holds, undos included; reads back as duplicates only.
    Interactions,
    /// The ties of a definition's snapshot.
    Ties,
    /// People with their accounts and roles.
    People,
    /// A column per signal over a snapshot's people.
    Signals,
    /// The scores of a definition, or of all.
    Scores,
    /// A snapshot: its people, and as GraphML its ties too.
    Snapshot,
}

impl What {
    /// As the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            What::Interactions => "interactions",
            What::Ties => "ties",
            What::People => "people",
            What::Signals => "signals",
            What::Scores => "scores",
            What::Snapshot => "snapshot",
        }
    }
}

/// What was written.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Exported {
    /// The file.
    pub file: PathBuf,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
}

/// The live files of a segment.
#[derive(Clone, Debug, serde::Serialize)]
pub struct SegmentFile {
    /// Parquet: interactions, with accounts by key.
    pub interactions: PathBuf,
    /// Parquet: the accounts that were new in this segment, with their keys.
    pub accounts: Option<PathBuf>,
    /// Rows, superseded ones included.
    pub rows: u64,
}

/// Rows that are written at a time.
pub(crate) const SLICE: usize = 1 << 16;

impl Workspace {
    /// Writes a file; its ending chooses the format. `definition` is `general` by default where one is needed.
    pub fn export(
        &self,
        what: What,
        to: &Path,
        definition: Option<&str>,
        as_of: Option<Time>,
    ) -> Result<Exported> {
        let ending = to.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let graph = matches!(what, What::Ties | What::Snapshot);
        if !(matches!(ending, "parquet" | "csv") || ending == "graphml" && graph) {
            let endings = if graph { ".parquet, .csv or .graphml" } else { ".parquet or .csv" };
            let message = format!("{}: end the file's name in {endings}", to.display());
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let of = definition.unwrap_or("general");
        self.looked(None, &format!("export {}", what.name()))?;
        match what {
            What::Interactions => interactions::export(self, to, as_of),
            What::People => people::export(self, to, as_of),
            What::Ties => ties::export(self, to, of, as_of),
            What::Signals => signals::export(self, to, of, as_of),
            What::Snapshot => snapshot::export(self, to, of, as_of),
            What::Scores => scores::export(self, to, definition, as_of),
        }
    }

    /// The live segment files, which DuckDB, Polars and Spark can read.
    pub fn segment_files(&self) -> Result<Vec<SegmentFile>> {
        self.looked(None, "export --list")?;
        let files = self.reading()?.view.segments().into_iter().map(|segment| SegmentFile {
            interactions: segment.interactions,
            accounts: Some(segment.accounts),
            rows: segment.rows,
        });
        Ok(files.collect())
    }
}
