//! Suppressions outside the workspace: what a copy of before must obey when it is restored.
//!
//! `NAME.suppressions` lies beside the workspace `NAME`, so that it is neither in a backup nor lost with the folder.
//! Mode 0600. It is lines of JSON:
//!
//! ```text
//! {"tertius_suppressions":1}
//! {"erased":"HASH","key":1,"length":7}                          a row of `suppressed`
//! {"account":"KEY","said":"objected","purpose":"","source":"self","at":0}   a statement about an account that refuses
//! {"rows_before":0,"texts_before":0,"rows_age":0,"texts_age":0} the horizons of `retain`
//! ```
//!
//! It is written from the catalogue, whole, whenever it would say something else, and nothing that it says is lost by
//! that: what the catalogue does not know stays, so that a workspace that was copied back by hand takes nothing from it.
//! Only what was said by somebody who is erased goes. It names nobody; the key of an account is a hash of its name.

use crate::catalogue::Catalogue;
use crate::erase;
use crate::error::{Error, Kind};
use crate::people::{has_table, objections};
use crate::secrets::write_private;
use crate::suppressed::{Hash, Suppressed};
use crate::view::View;
use crate::writer::Options;
use model::{AccountKey, Time};
use rusqlite::{Connection, Transaction, params};
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    erased: BTreeMap<String, (u32, u32)>,
    said: BTreeSet<Said>,
    horizons: Option<Horizons>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    account: String,
    said: String,
    purpose: String,
    source: String,
    at: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Horizons {
    rows_before: i64,
    texts_before: i64,
    rows_age: Option<i64>,
    texts_age: Option<i64>,
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Erased {
    erased: String,
    key: u32,
    length: u32,
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Line {
    Erased(Erased),
    Said(Said),
    Horizons(Horizons),
}

const FIRST_LINE: &str = "{\"tertius_suppressions\":1}";

/// Where the suppressions of the workspace `dir` are kept.
pub fn path(dir: &Path) -> PathBuf {
    let whole = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    let mut name = whole.file_name().unwrap_or_default().to_owned();
    name.push(".suppressions");
    whole.with_file_name(name)
}

impl Journal {
    /// Reads the file; nothing where there is none.
    pub fn read(path: &Path) -> Result<Option<Journal>, Error> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", path, error)),
        };
        let broken = |number: usize| {
            Error::new(
                Kind::Damaged,
                format!(
                    "{} line {number}: these are no suppressions of a workspace; name the file that lies beside it",
                    path.display()
                ),
            )
        };
        let mut lines = (1..).zip(text.lines());
        if lines.next().is_none_or(|(_, line)| line != FIRST_LINE) {
            return Err(broken(1));
        }
        let mut journal = Journal::default();
        for (number, line) in lines {
            match serde_json::from_str(line).map_err(|_| broken(number))? {
                Line::Erased(Erased { erased, key, length }) => {
                    unhex(&erased).ok_or_else(|| broken(number))?;
                    journal.erased.insert(erased, (key, length));
                }
                Line::Said(said) => {
                    said.account.parse::<u64>().map_err(|_| broken(number))?;
                    journal.said.insert(said);
                }
                Line::Horizons(horizons) => journal.horizons = Some(horizons),
            }
        }
        Ok(Some(journal))
    }

    /// What a catalogue knows.
    fn of(read: &Connection) -> Result<Journal, Error> {
        let mut journal = Journal::default();
        if has_table(read, "suppressed")? {
            let mut statement = read.prepare("SELECT hash, key, length FROM suppressed")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                journal.erased.insert(hex(&row.get::<_, Hash>(0)?), (row.get(1)?, row.get(2)?));
            }
        }
        if has_table(read, "consents")? {
            let mut statement = read.prepare(
                "SELECT account, said, purpose, source, at FROM consents WHERE account IN
                 (SELECT account FROM consents WHERE said <> 'given')",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                journal.said.insert(Said {
                    account: (row.get::<_, i64>(0)? as u64).to_string(),
                    said: row.get(1)?,
                    purpose: row.get(2)?,
                    source: row.get(3)?,
                    at: row.get(4)?,
                });
            }
        }
        if has_table(read, "retention")? {
            let mut statement = read
                .prepare("SELECT rows_before, texts_before, rows_age, texts_age FROM retention")?;
            let mut rows = statement.query([])?;
            if let Some(row) = rows.next()? {
                journal.horizons = Some(Horizons {
                    rows_before: row.get(0)?,
                    texts_before: row.get(1)?,
                    rows_age: row.get(2)?,
                    texts_age: row.get(3)?,
                });
            }
        }
        Ok(journal)
    }

    /// How many keyed hashes and how many statements it has.
    pub fn counts(&self) -> (usize, usize) {
        (self.erased.len(), self.said.len())
    }

    fn write(&self, path: &Path) -> Result<(), Error> {
        let mut text = format!("{FIRST_LINE}\n");
        let mut line = |line: serde_json::Result<String>| {
            let line =
                line.map_err(|e| Error::new(Kind::Io, format!("{}: {e}", path.display())))?;
            text.push_str(&line);
            text.push('\n');
            Ok::<(), Error>(())
        };
        for (erased, (key, length)) in &self.erased {
            let erased = Erased { erased: erased.clone(), key: *key, length: *length };
            line(serde_json::to_string(&erased))?;
        }
        for said in &self.said {
            line(serde_json::to_string(said))?;
        }
        if let Some(horizons) = &self.horizons {
            line(serde_json::to_string(horizons))?;
        }
        write_private(path, text.as_bytes())
    }
}

/// Writes beside the workspace `dir` what its catalogue says, and what the file says already. Where there is nothing to say
/// and no file, none is made, unless there is a copy now that a file must be kept for (`always`).
pub fn publish(dir: &Path, always: bool) -> Result<(), Error> {
    let mut journal = Journal::of(Catalogue::read(dir)?.connection())?;
    let path = path(dir);
    let before = Journal::read(&path)?;
    if let Some(before) = &before {
        journal.erased.extend(before.erased.clone());
        journal.said.extend(before.said.iter().cloned());
    }
    let empty = before.is_none() && journal == Journal::default() && !always;
    match before.as_ref() == Some(&journal) || empty {
        true => Ok(()),
        false => journal.write(&path),
    }
}

/// Takes out of the file what was said of accounts that are erased, if it has anything of them.
pub(crate) fn drop_keys(dir: &Path, keys: &[u64]) -> Result<(), Error> {
    let path = path(dir);
    let Some(mut journal) = Journal::read(&path)? else {
        return Ok(());
    };
    let before = journal.said.len();
    journal.said.retain(|said| !said.account.parse().is_ok_and(|key| keys.contains(&key)));
    match journal.said.len() == before {
        true => Ok(()),
        false => journal.write(&path),
    }
}

/// Makes the workspace `dir` obey a journal: whoever was erased since goes again, and refusals hold.
pub(crate) fn obey(dir: &Path, journal: &Journal, options: &Options) -> Result<(), Error> {
    drop(crate::people::People::open(dir)?);
    let mut catalogue = Catalogue::open(dir)?;
    let added = {
        let write = catalogue.transaction()?;
        let added = take_over(&write, journal)?;
        // Of whoever objected to everything, nothing is kept but that.
        objections::settle(&write, Time::now())?;
        write.commit()?;
        added
    };
    if added > 0 {
        let keys = match Suppressed::read(catalogue.connection(), dir)? {
            Some(set) => erased_in(dir, catalogue.connection(), &set)?,
            None => Vec::new(),
        };
        let write = catalogue.transaction()?;
        erase::begin(&write, "restore", &keys)?;
        write.commit()?;
    }
    drop(catalogue);
    erase::finish(dir, options)?;
    Ok(())
}

/// Adds to a catalogue what a journal says; how much of it is new.
fn take_over(write: &Transaction<'_>, journal: &Journal) -> Result<u64, Error> {
    let mut added = 0;
    for (erased, (key, length)) in &journal.erased {
        if let Some(hash) = unhex(erased) {
            added += Suppressed::add(write, *key, &BTreeMap::from([(hash, *length as usize)]))?;
        }
    }
    for said in &journal.said {
        let account = said.account.parse::<u64>().unwrap_or_default() as i64;
        added += write.execute(
            "INSERT INTO consents (account, said, purpose, source, at) SELECT ?1, ?2, ?3, ?4, ?5
             WHERE NOT EXISTS (SELECT 1 FROM consents WHERE account = ?1 AND said = ?2 AND purpose = ?3
                 AND source = ?4 AND at = ?5)",
            params![account, said.said, said.purpose, said.source, said.at],
        )? as u64;
    }
    if let Some(new) = journal.horizons {
        let known = Journal::of(write)?.horizons;
        let later = known.is_none_or(|known| {
            known.rows_before < new.rows_before || known.texts_before < new.texts_before
        });
        if later {
            write.execute("DELETE FROM retention", [])?;
            write.execute(
                "INSERT INTO retention (one, rows_before, texts_before, rows_age, texts_age) VALUES (1, ?1, ?2, ?3, ?4)",
                params![new.rows_before, new.texts_before, new.rows_age, new.texts_age],
            )?;
            added += 1;
        }
    }
    Ok(added)
}

/// The keys of all accounts that are in the workspace and in the set.
fn erased_in(dir: &Path, read: &Connection, set: &Suppressed) -> Result<Vec<AccountKey>, Error> {
    let mut keys: BTreeSet<u64> = BTreeSet::new();
    View::open(dir)?.each_account(|key, network, id| {
        if set.account(network, id) {
            keys.insert(key.0);
        }
    })?;
    let mut statement = read.prepare("SELECT key, network, id FROM people_accounts")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if set.account(&row.get::<_, String>(1)?, &row.get::<_, String>(2)?) {
            keys.insert(row.get::<_, i64>(0)? as u64);
        }
    }
    let mut statement =
        read.prepare("SELECT account, email FROM roster_people WHERE email IS NOT NULL")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if set.email(&row.get::<_, String>(1)?) {
            keys.insert(row.get::<_, i64>(0)? as u64);
        }
    }
    let mut statement = read.prepare("SELECT DISTINCT account, network, id FROM profiles")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if set.account(&row.get::<_, String>(1)?, &row.get::<_, String>(2)?) {
            let hash = u128::from_be_bytes(row.get(0)?);
            keys.insert((hash >> 64) as u64);
        }
    }
    Ok(keys.into_iter().map(AccountKey).collect())
}

fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Hash> {
    let digits = text.len() == 32 && text.is_ascii();
    u128::from_str_radix(text, 16).ok().filter(|_| digits).map(u128::to_be_bytes)
}
