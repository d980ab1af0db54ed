//! The catalogue: one SQLite file that says which segments hold, and everything small that must change with them.
//!
//! WAL with `synchronous=FULL`, so that a transaction that returned is on the disk; `secure_delete`, so that what
//! was erased is gone from the file. `user_version` is the format number of the whole workspace: a newer one is refused.
//! Tables of other modules are added by [`Catalogue::ensure`].

use crate::error::{Error, Kind};
use crate::files::sync_dir;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The format that this version reads and writes.
pub const FORMAT: i64 = 1;
/// The catalogue's name within the workspace.
pub const FILE: &str = "catalogue.sqlite";
/// How long others are waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// Marks the file as ours to whoever opens it: "tert".
const APPLICATION: i64 = 0x7465_7274;
/// Folders of the workspace that hold what a catalogue must know of.
const STORED: [&str; 3] = [crate::segment::DIR, "fits", "scorecards"];

/// An open catalogue. It can move between threads but not be shared: each thread opens its own.
#[derive(Debug)]
pub struct Catalogue {
    connection: Connection,
    dir: PathBuf,
}

impl Catalogue {
    /// Opens the catalogue of the workspace `dir` for writing, making both where they are missing. What it made is on
    /// the disk when this returns.
    ///
    /// Fails with [`Kind::Newer`] on a workspace that a newer version wrote, and with [`Kind::Damaged`] on one that
    /// lost its catalogue.
    pub fn open(dir: &Path) -> Result<Catalogue, Error> {
        let made: Vec<&Path> = dir
            .ancestors()
            .take_while(|dir| !dir.as_os_str().is_empty() && !dir.exists())
            .collect();
        std::fs::create_dir_all(dir).map_err(|e| Error::io("create", dir, e))?;
        // Looked for before the catalogue is: another process that begins this workspace writes them after it.
        let stored = stored(dir);
        let path = dir.join(FILE);
        if let Some(stored) = &stored
            && !path.is_file()
        {
            return Err(lost(dir, stored));
        }
        let (connection, format) =
            connect(&path, OpenFlags::default()).map_err(|e| unwritable(dir, e))?;
        if connection.is_readonly("main")? {
            return Err(unwritable_because(dir, "its catalogue is read-only"));
        }
        refuse_newer(dir, format)?;
        if let Some(stored) = &stored
            && format == 0
        {
            return Err(lost(dir, stored));
        }
        let prepare = || {
            use_log(&connection)?;
            connection.execute_batch(
                "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON;",
            )?;
            if format == 0 {
                connection.execute_batch(&format!(
                    "PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT};"
                ))?;
            }
            connection.execute_batch(SEGMENTS)?;
            crate::called::ensure(&connection)?;
            connection.execute_batch(crate::suppressed::SCHEMA)?;
            connection.execute_batch(crate::screen::SCHEMA)?;
            connection.execute_batch(crate::inbox::SCHEMA)?;
            connection.execute_batch(crate::published::SCHEMA)?;
            connection.execute_batch(crate::erase::SCHEMA)
        };
        prepare().map_err(|e| unwritable(dir, e))?;
        if format == 0 {
            sync_dir(dir)?;
            for made in made {
                let parent = made.parent().filter(|parent| !parent.as_os_str().is_empty());
                sync_dir(parent.unwrap_or(Path::new(".")))?;
            }
        }
        Ok(Catalogue { connection, dir: dir.to_owned() })
    }

    /// Opens the catalogue of the workspace `dir` for reading, also where the folder can't be written.
    ///
    /// Makes nothing. Fails with [`Kind::Newer`] on a workspace that a newer version wrote, with [`Kind::Damaged`] on one
    /// that lost its catalogue, and with [`Kind::Refused`] where there is none.
    pub fn read(dir: &Path) -> Result<Catalogue, Error> {
        let stored = stored(dir);
        let path = dir.join(FILE);
        if !path.is_file() {
            let none =
                || format!("there is no workspace in {}; ingest a file first", dir.display());
            return Err(stored.map_or_else(|| Error::new(Kind::Refused, none()), |s| lost(dir, &s)));
        }
        let direct = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let (mut connection, format) = match connect(&path, direct) {
            Err(error) if is_denied(&error) => connect_unchanging(dir)?,
            opened => opened?,
        };
        refuse_newer(dir, format)?;
        match (format, &stored) {
            (0, Some(stored)) => return Err(lost(dir, stored)),
            // Making it was broken off: a workspace with nothing in it.
            (0, None) => {
                connection = Connection::open_in_memory()?;
                connection.execute_batch(SEGMENTS)?;
            }
            _ => {}
        }
        connection.execute_batch("PRAGMA query_only = ON;")?;
        Ok(Catalogue { connection, dir: dir.to_owned() })
    }

    /// Whether `dir` holds a workspace: a catalogue, or what is left of one that lost it. Settings, definitions and
    /// rejects alone are none.
    pub fn exists(dir: &Path) -> bool {
        dir.join(FILE).is_file() || stored(dir).is_some()
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

    /// Moves the log into the catalogue and empties it, so that what was removed stands in neither. False where somebody goes on
    /// reading what was there before for as long as `patience`.
    pub fn empty_log(&self, patience: Duration) -> Result<bool, Error> {
        self.connection.busy_timeout(patience)?;
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let busy = self.connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        self.connection.busy_timeout(PATIENCE)?;
        Ok(busy? == 0)
    }

    /// The workspace.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

/// Opens a file and reads its format, 0 where it was just made.
fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<(Connection, i64)> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    let format = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok((connection, format))
}

/// Turns the write-ahead log on. Where two processes begin a workspace at once, SQLite refuses one of them on the spot,
/// without waiting as it does for every other lock.
fn use_log(connection: &Connection) -> rusqlite::Result<()> {
    let begun = Instant::now();
    loop {
        match connection.execute_batch("PRAGMA journal_mode = WAL;") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && begun.elapsed() < PATIENCE =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

/// Opens a catalogue whose folder can't be written, so that SQLite can't coordinate with writers: as a file that nobody
/// changes. Committed changes that still stand in the log would be missed that way, so then it refuses.
fn connect_unchanging(dir: &Path) -> Result<(Connection, i64), Error> {
    let path = dir.join(FILE);
    let log = dir.join(format!("{FILE}-wal"));
    if log.metadata().is_ok_and(|log| log.len() > 0) {
        return Err(Error::new(
            Kind::Io,
            format!(
                "{} holds changes that only a user who may write the folder can take in; let that user run verify once, or make the folder writable",
                log.display()
            ),
        ));
    }
    let mut address = String::from(if path.is_absolute() { "file://" } else { "file:" });
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                address.push(char::from(*byte));
            }
            // Writing to a String can't fail.
            _ => _ = write!(address, "%{byte:02X}"),
        }
    }
    address.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    connect(Path::new(&address), flags).map_err(|error| match is_denied(&error) {
        true => Error::new(
            Kind::Io,
            format!("cannot read {}: {error}; check who may read the workspace", path.display()),
        ),
        false => error.into(),
    })
}

fn is_denied(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied)
    )
}

fn unwritable(dir: &Path, error: rusqlite::Error) -> Error {
    match is_denied(&error) {
        true => unwritable_because(dir, error),
        false => error.into(),
    }
}

fn unwritable_because(dir: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(
        Kind::Io,
        format!(
            "cannot write the workspace {}: {why}; run it as a user who may write that folder and the files in it, or name another with --workspace",
            dir.display()
        ),
    )
}

fn refuse_newer(dir: &Path, format: i64) -> Result<(), Error> {
    if format <= FORMAT {
        return Ok(());
    }
    Err(Error::new(
        Kind::Newer,
        format!(
            "{} has format {format}, this version reads up to {FORMAT}; use the newer tertius that wrote it",
            dir.join(FILE).display()
        ),
    ))
}

/// A folder of the workspace that has files, if any does.
fn stored(dir: &Path) -> Option<PathBuf> {
    STORED
        .iter()
        .map(|name| dir.join(name))
        .find(|dir| std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()))
}

fn lost(dir: &Path, stored: &Path) -> Error {
    Error::new(
        Kind::Damaged,
        format!(
            "{} is missing or empty, but {} has files that mean nothing without it; restore it from a copy of the workspace, or move the folder {} away to begin anew",
            dir.join(FILE).display(),
            stored.display(),
            dir.display()
        ),
    )
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

    #[test]
    fn a_catalogue_whose_making_was_broken_off_reads_as_an_empty_one() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), b"").unwrap();
        std::fs::create_dir(dir.path().join("segments")).unwrap();
        let count = |catalogue: Catalogue| -> i64 {
            let count = "SELECT count(*) FROM segments";
            catalogue.connection().query_row(count, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(count(Catalogue::read(dir.path()).unwrap()), 0);
        assert_eq!(count(Catalogue::open(dir.path()).unwrap()), 0);
    }

    #[test]
    fn a_folder_without_a_catalogue_is_no_workspace_unless_something_is_stored_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path();
        assert!(!Catalogue::exists(&path.join("none")));
        std::fs::write(path.join("tertius.toml"), b"").unwrap();
        for name in ["definitions", "rejects", "segments"] {
            std::fs::create_dir(path.join(name)).unwrap();
        }
        std::fs::write(path.join("rejects/a.csv"), b"").unwrap();
        assert!(!Catalogue::exists(path));
        for name in STORED {
            std::fs::create_dir_all(path.join(name)).unwrap();
            std::fs::write(path.join(name).join("file"), b"").unwrap();
            assert!(Catalogue::exists(path), "{name}");
            for error in [Catalogue::open(path).unwrap_err(), Catalogue::read(path).unwrap_err()] {
                assert_eq!(error.kind(), Kind::Damaged, "{name}");
                assert!(error.to_string().contains(name), "{error}");
            }
            assert!(!path.join(FILE).exists());
            std::fs::remove_file(path.join(name).join("file")).unwrap();
        }
        Catalogue::open(path).unwrap();
    }
}
