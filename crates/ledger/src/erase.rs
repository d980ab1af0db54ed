//! Erasing people: a job that is begun in one transaction, and finished whatever happens in between.
//!
//! | stage | what is done | from then on |
//! |---|---|---|
//! | begin | one transaction: keyed hashes of all their names, their rows in the tables of people, the job with their keys | no source brings them back, and no reader sees them |
//! | `segments` | each segment that holds or names them is rewritten, each in a transaction of its own | |
//! | `files` | rejects that may name them are blanked, exports inside the workspace that hold them are removed | |
//! | `vacuum` | the keys leave the job, the catalogue is written anew and its log emptied | no byte of the workspace has a name of theirs |
//!
//! The lease is taken for a segment at a time. Two processes may work on a job at once; a stage is left once. Whoever opens the workspace for writing goes on with what was broken off,
//! before anything else. What a segment is searched for are keys and keyed hashes, so the job needs no names.
//!
//! `retain` is the same job with horizons in place of keys, and without `files`.

use crate::catalogue::Catalogue;
use crate::error::{Error, Kind};
use crate::journal;
use crate::lease::Lease;
use crate::people::{self, has_table};
use crate::rewrite::{Sweep, Swept};
use crate::screen::Screen;
use crate::secrets::{ERASURE, Ring};
use crate::store::Store;
use crate::strays;
use crate::suppressed::{Names, Suppressed};
use crate::writer::Options;
use model::{AccountKey, Time};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// `erasures`: the jobs, and what came of them, without anything that says of whom. `reserved`: up to which number files of
/// segments may have been written that no catalogue names yet.
pub const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS erasures (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    stage TEXT NOT NULL,
    begun INTEGER NOT NULL,
    done INTEGER,
    keys BLOB,
    counts TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS reserved (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    last INTEGER NOT NULL
);
";

/// What a job did. It names nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Accounts that were erased.
    pub accounts: u64,
    /// Interactions that were removed.
    pub interactions: u64,
    /// Interactions of others that stay, without a name that was in them or a text that was too old.
    pub redacted: u64,
    /// Segments that were written anew.
    pub segments: u64,
    /// Rows that were removed from the tables of people.
    pub people_rows: u64,
    /// Rejected rows whose content was blanked.
    pub rejects: u64,
    /// Files inside the workspace that held a name and were removed.
    pub files: u64,
    /// Files inside the workspace that can't be searched, or that the operator must change: written relative to it.
    pub look_at: Vec<PathBuf>,
}

/// A job as the catalogue holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Its number.
    pub number: i64,
    /// `forget`, `retain` or `restore`.
    pub kind: String,
    /// When it was begun.
    pub begun: Time,
    /// When it was done.
    pub done: Option<Time>,
    /// What was done.
    pub counts: Counts,
}

/// What readers must leave out while somebody is being erased.
#[derive(Debug)]
pub struct Erasing {
    /// Keys of their accounts, ascending.
    pub keys: Vec<u64>,
    /// What of others' rows may be shown.
    pub screen: Screen,
}

impl Erasing {
    /// What a catalogue, which may be open for reading only, says of jobs that are not done.
    pub fn read(catalogue: &Catalogue) -> Result<Option<Erasing>, Error> {
        let read = catalogue.connection();
        if !has_table(read, "erasures")? {
            return Ok(None);
        }
        let mut keys = Vec::new();
        let mut statement = read.prepare("SELECT keys FROM erasures WHERE keys IS NOT NULL")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            keys.extend(unpack(&row.get::<_, Vec<u8>>(0)?));
        }
        if keys.is_empty() {
            return Ok(None);
        }
        keys.sort_unstable();
        keys.dedup();
        Ok(Some(Erasing { keys, screen: Screen::read(read, catalogue.dir())? }))
    }
}

/// How many jobs began so far, and how many ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    begun: u64,
    done: u64,
}

impl Steps {
    /// As the catalogue has them.
    pub fn read(catalogue: &Catalogue) -> Result<Steps, Error> {
        let connection = catalogue.connection();
        if !has_table(connection, "erasures")? {
            return Ok(Steps::default());
        }
        let mut ask = connection.prepare_cached("SELECT count(*), count(done) FROM erasures")?;
        let count = |row: &rusqlite::Row<'_>, i| row.get::<_, i64>(i).map(|v| v.max(0) as u64);
        Ok(ask.query_row([], |row| Ok(Steps { begun: count(row, 0)?, done: count(row, 1)? }))?)
    }

    /// Whether something was ever removed.
    pub fn any(self) -> bool {
        self.begun > 0
    }

    /// Whether a job is under way.
    pub fn is_open(self) -> bool {
        self.begun != self.done
    }
}

/// Every job there was, oldest first.
pub fn list(catalogue: &Catalogue) -> Result<Vec<Erasure>, Error> {
    let mut statement = catalogue
        .connection()
        .prepare("SELECT number, kind, begun, done, counts FROM erasures ORDER BY number")?;
    let rows = statement.query_map([], |row| {
        Ok(Erasure {
            number: row.get(0)?,
            kind: row.get(1)?,
            begun: Time(row.get(2)?),
            done: row.get::<_, Option<i64>>(3)?.map(Time),
            counts: serde_json::from_str(&row.get::<_, String>(4)?).unwrap_or_default(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Erases everybody whom `names` are of, whose accounts have the keys `keys`, and gives what was done.
///
/// When it fails after the beginning, they are suppressed all the same, and the next writer goes on.
pub fn forget(
    dir: &Path,
    names: &[Names],
    keys: &[AccountKey],
    options: &Options,
) -> Result<Erasure, Error> {
    let ring = Ring::read_or_make(dir, ERASURE)?;
    let mut catalogue = Catalogue::open(dir)?;
    let number = {
        let _lease = Lease::take(dir, &*options.waiting)?;
        let write = catalogue.transaction()?;
        let key = ring.newest();
        for names in names {
            Suppressed::add(&write, key.number(), &names.hashes(key))?;
        }
        let number = begin(&write, "forget", keys)?;
        write.commit()?;
        number
    };
    drop(catalogue);
    finished(dir, number, options)
}

/// Puts a job on record and removes the accounts from the tables of people. The lease must be held.
pub(crate) fn begin(
    write: &Transaction<'_>,
    kind: &str,
    keys: &[AccountKey],
) -> Result<i64, Error> {
    let keys: BTreeSet<u64> = keys.iter().map(|key| key.0).collect();
    let keys: Vec<u64> = keys.into_iter().collect();
    let now = Time::now();
    let counts = Counts {
        accounts: keys.len() as u64,
        people_rows: people::erase::erase(write, &keys, now)?,
        ..Counts::default()
    };
    let packed: Vec<u8> = keys.iter().flat_map(|key| key.to_le_bytes()).collect();
    write.execute(
        "INSERT INTO erasures (kind, stage, begun, keys, counts) VALUES (?1, 'segments', ?2, ?3, ?4)",
        params![kind, now.0, (!packed.is_empty()).then_some(packed), json(&counts)?],
    )?;
    Ok(write.last_insert_rowid())
}

/// Finishes everything that is open, and gives the job `number`.
pub(crate) fn finished(dir: &Path, number: i64, options: &Options) -> Result<Erasure, Error> {
    finish(dir, options)?;
    let catalogue = Catalogue::open(dir)?;
    list(&catalogue)?.into_iter().find(|job| job.number == number).ok_or_else(|| {
        Error::new(Kind::Catalogue, format!("erasure {number} is not in the catalogue any more"))
    })
}

/// Goes on with what was broken off; how many jobs there were.
pub fn finish(dir: &Path, options: &Options) -> Result<usize, Error> {
    let mut count = 0;
    loop {
        let catalogue = Catalogue::open(dir)?;
        let open: Option<(i64, String, Option<Vec<u8>>)> = catalogue
            .connection()
            .query_row(
                "SELECT number, stage, keys FROM erasures WHERE done IS NULL ORDER BY number LIMIT 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()?;
        let Some((number, stage, keys)) = open else {
            return Ok(count);
        };
        let keys = unpack(&keys.unwrap_or_default());
        drop(catalogue);
        step(dir, number, &stage, &keys, options)?;
        count += usize::from(stage == "vacuum");
    }
}

/// One stage of a job.
fn step(
    dir: &Path,
    number: i64,
    stage: &str,
    keys: &[u64],
    options: &Options,
) -> Result<(), Error> {
    match stage {
        "segments" => segments(dir, number, keys, options),
        "files" => {
            journal::drop_keys(dir, keys)?;
            let mut catalogue = Catalogue::open(dir)?;
            let set = Suppressed::read(catalogue.connection(), dir)?;
            let swept = match &set {
                Some(set) => strays::sweep(dir, set)?,
                None => strays::Swept::default(),
            };
            let write = catalogue.transaction()?;
            if let Some(set) = &set {
                people::cases::redact(&write, set)?;
            }
            let mut counts = counts(&write, number)?;
            counts.rejects += swept.rejects;
            counts.files += swept.files;
            counts.look_at = swept.look_at;
            // From here on the job says of nobody whom it was about.
            write.execute(
                "UPDATE erasures SET stage = 'vacuum', keys = NULL, counts = ?2 WHERE number = ?1 AND stage = 'files'",
                params![number, json(&counts)?],
            )?;
            write.commit()?;
            Ok(())
        }
        "vacuum" => vacuum(dir, number),
        other => Err(Error::new(
            Kind::Newer,
            format!(
                "erasure {number} is at {other:?}, which this version does not know; use the newer tertius that began it"
            ),
        )),
    }
}

fn segments(dir: &Path, number: i64, keys: &[u64], options: &Options) -> Result<(), Error> {
    let mut store = Store::open(dir.to_owned(), options.disk.clone(), options.segments.max(2))?;
    let sql = "SELECT kind FROM erasures WHERE number = ?1";
    let kind: String = store.catalogue.connection().query_row(sql, [number], |row| row.get(0))?;
    let names = kind != "retain";
    let mut checked: BTreeSet<i64> = BTreeSet::new();
    loop {
        let _lease = Lease::take(dir, &*options.waiting)?;
        store.refresh()?;
        let of = |store: &Store| -> Vec<i64> {
            store.segments.iter().map(|segment| segment.named.sequence).collect()
        };
        let Some(next) = of(&store).into_iter().find(|sequence| !checked.contains(sequence)) else {
            store.compact_if_many()?;
            let stage = if names { "files" } else { "vacuum" };
            let write = store.catalogue.transaction()?;
            write.execute(
                "UPDATE erasures SET stage = ?2 WHERE number = ?1 AND stage = 'segments'",
                params![number, stage],
            )?;
            return Ok(write.commit()?);
        };
        let screen = Screen::read(store.catalogue.connection(), dir)?;
        let sweep = Sweep { gone: keys, names, prune: !names, screen: &screen };
        let last = store.next_sequence();
        store.sweep(next, &sweep, &|write, swept: Swept| {
            let mut counts = counts(write, number)?;
            counts.interactions += swept.removed;
            counts.redacted += swept.changed;
            counts.segments += u64::from(swept.rewritten);
            // Those who are erased were counted at the beginning.
            counts.accounts += if names { 0 } else { swept.accounts };
            write.execute(
                "UPDATE erasures SET counts = ?2 WHERE number = ?1",
                params![number, json(&counts)?],
            )?;
            Ok(())
        })?;
        checked.insert(next);
        // What came about meanwhile is ours, since the lease is.
        checked.extend(of(&store).into_iter().filter(|sequence| *sequence >= last));
    }
}

/// How often, and for how long each time, the log of the catalogue is tried to be emptied while others read it.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(200);

/// Writes the catalogue anew, so that nothing stays in free pages, and empties its log.
fn vacuum(dir: &Path, number: i64) -> Result<(), Error> {
    let catalogue = Catalogue::open(dir)?;
    let write = catalogue.connection();
    write.execute_batch("VACUUM")?;
    let mut empty = false;
    for _ in 0..TRIES {
        empty = catalogue.empty_log(PAUSE)?;
        if empty {
            break;
        }
    }
    if !empty {
        return Err(Error::new(
            Kind::Catalogue,
            format!(
                "erasure {number}: somebody goes on reading {} as it was before, so that its log can't be emptied; end that reader, and run any command that writes, such as `tertius forget --finish`",
                dir.join(crate::catalogue::FILE).display()
            ),
        ));
    }
    write.execute(
        "UPDATE erasures SET stage = 'done', done = ?2 WHERE number = ?1",
        params![number, Time::now().0],
    )?;
    Ok(())
}

fn counts(read: &Connection, number: i64) -> Result<Counts, Error> {
    let text: String =
        read.query_row("SELECT counts FROM erasures WHERE number = ?1", [number], |row| {
            row.get(0)
        })?;
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

fn json(counts: &Counts) -> Result<String, Error> {
    serde_json::to_string(counts)
        .map_err(|e| Error::new(Kind::Catalogue, format!("the counts of an erasure: {e}")))
}

pub(crate) fn unpack(packed: &[u8]) -> Vec<u64> {
    packed.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect()
}
