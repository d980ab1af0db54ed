//! Who looked: a row for each question that was answered about people, so that they can be told.
//!
//! A question about one person is kept with that person's number; one that shows many, such as a ranking or an export,
//! is kept once, without a number, and concerns everybody. Programs that ask by the thousand are counted ([`super::look_counts`]). Kept for a span that the operator sets, then removed with the next question. Answers of a workspace
//! that can't be written leave no row.

use super::{People, look_counts, register};
use crate::catalogue::Catalogue;
use crate::error::Error;
use model::{Span, Time};
use rusqlite::params;
use std::path::Path;

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS looks (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    person INTEGER,
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    source TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS looks_person ON looks(person);
CREATE INDEX IF NOT EXISTS looks_at ON looks(at);
DROP TABLE IF EXISTS counted_looks;
";

/// A question that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// When; the beginning of the day where it was counted.
    pub at: Time,
    /// How often: 1, or as counted that day.
    pub times: u64,
    /// What was asked, such as `who` or `rank helpers`.
    pub what: String,
    /// Who asked.
    pub source: String,
    /// Whether it showed many people, this one perhaps among them.
    pub of_many: bool,
}

impl People {
    /// Notes that a question about `person`, or about many, was answered; forgets what is older than `keep`.
    pub fn looked(
        &mut self,
        person: Option<u64>,
        what: &str,
        source: &str,
        at: Time,
        keep: Span,
    ) -> Result<(), Error> {
        let write = self.catalogue.transaction()?;
        write
            .prepare_cached("DELETE FROM looks WHERE at < ?1")?
            .execute([at.0.saturating_sub(keep)])?;
        write
            .prepare_cached("INSERT INTO looks (person, at, what, source) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![person.map(|person| person as i64), at.0, what, source])?;
        Ok(write.commit()?)
    }

    /// The questions about a person, given by all the keys that may name them, and those about many; oldest first.
    pub fn looks(dir: &Path, keys: &[u64]) -> Result<Vec<Look>, Error> {
        let catalogue = Catalogue::read(dir)?;
        let read = catalogue.connection();
        if !register::has_table(read, "looks")? {
            return Ok(Vec::new());
        }
        let mut looks = register::all(
            read,
            "SELECT person, at, what, source FROM looks ORDER BY at, sequence",
            |row| {
                let person: Option<i64> = row.get(0)?;
                let look = Look {
                    at: Time(row.get(1)?),
                    what: row.get(2)?,
                    source: row.get(3)?,
                    times: 1,
                    of_many: person.is_none(),
                };
                Ok((person.map(|person| person as u64), look))
            },
        )?;
        look_counts::of(&catalogue, keys, &mut looks)?;
        looks.sort_by_key(|(_, look)| look.at);
        let concerns = |person: &Option<u64>| person.is_none_or(|person| keys.contains(&person));
        Ok(looks.into_iter().filter(|(person, _)| concerns(person)).map(|(_, look)| look).collect())
    }
}
