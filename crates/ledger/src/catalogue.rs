//! The catalogue: one SQLite file that says which segments hold, and everything small that must change with them.
//!
//! WAL with `synchronous=FULL`, so that a transaction that returned is on the disk; `secure_delete`, so that what
//! was erased is gone from the file. `user_version` is the format number of the whole workspace: a newer one is refused.
//! Tables of other modules are added by [`Catalogue::ensure`].

use crate::error::{Error, Kind};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The format that this version reads and writes.
pub const FORMAT: i64 = 1;
/// The catalogue's name within the workspace.
pub const FILE: &str = "catalogue.sqlite";
/// Marks the file as ours to whoever opens it: "tert".
const APPLICATION: i64 = 0x7465_7274;

/// An open catalogue. It can move between threads but not be shared: each thread opens its own.
#[derive(Debug)]
pub struct Catalogue {
    connection: Connection,
    dir: PathBuf,
}

impl Catalogue {
    /// Opens the catalogue of the workspace `dir`, making both where they are missing.
    ///
    /// Fails with [`Kind::Newer`] on a workspace that a newer version wrote.
    pub fn open(dir: &Path) -> Result<Catalogue, Error> {
        std::fs::create_dir_all(dir).map_err(|e| Error::io("create", dir, e))?;
        let connection = Connection::open(dir.join(FILE))?;
        connection.busy_timeout(Duration::from_secs(60))?;
        let format: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if format > FORMAT {
            return Err(Error::new(
                Kind::Newer,
                format!(
                    "{} has format {format}, this version reads up to {FORMAT}; use the newer tertius that wrote it",
                    dir.join(FILE).display()
                ),
            ));
        }
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON;",
        )?;
        if format == 0 {
            connection.execute_batch(&format!(
                "PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT};"
            ))?;
        }
        connection.execute_batch(SEGMENTS)?;
        Ok(Catalogue { connection, dir: dir.to_owned() })
    }

    /// Whether `dir` holds a workspace.
    pub fn exists(dir: &Path) -> bool {
        dir.join(FILE).is_file()
    }

    /// Adds a module's tables: statements of `CREATE ... IF NOT EXISTS`.
    pub fn ensure(&self, schema: &str) -> Result<(), Error> {
        Ok(self.connection.execute_batch(schema)?)
    }

    /// The connection, for statements.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Begins a transaction that may write; it waits for others up to a minute, and rolls back unless committed.
    pub fn transaction(&mut self) -> Result<Transaction<'_>, Error> {
        Ok(self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }

    /// The workspace.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

/// `segments`: what is stored. `superseded`: rows of them that another row replaced, as packed little-endian u32.
/// A `digest` is the sum of a hash of each row named, 128 bits, so that the ledger's own is the sum of what holds.
/// `profiles`: what accounts were called, with the first and last time that the network said so.
const SEGMENTS: &str = "
CREATE TABLE IF NOT EXISTS segments (
    sequence INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    rows INTEGER NOT NULL,
    accounts INTEGER NOT NULL,
    earliest INTEGER NOT NULL,
    newest INTEGER NOT NULL,
    digest BLOB NOT NULL,
    data_bytes INTEGER NOT NULL,
    data_hash BLOB NOT NULL,
    accounts_bytes INTEGER NOT NULL,
    accounts_hash BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS superseded (
    segment INTEGER NOT NULL REFERENCES segments(sequence) ON DELETE CASCADE,
    rows BLOB NOT NULL,
    digest BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS superseded_segment ON superseded(segment);
CREATE TABLE IF NOT EXISTS profiles (
    account BLOB NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    network TEXT NOT NULL,
    id TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (account, field, value)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS profiles_value ON profiles(network, field, value);
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_format_is_refused_with_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(dir.path()).unwrap();
        catalogue.connection().execute_batch("PRAGMA user_version = 2").unwrap();
        drop(catalogue);
        let error = Catalogue::open(dir.path()).unwrap_err();
        assert_eq!(error.kind(), Kind::Newer);
        assert!(error.to_string().contains("use the newer tertius"));
    }
}
