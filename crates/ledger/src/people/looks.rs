//! Who looked: a row for each question that was answered about people, so that they can be told.
//!
//! A question about one person is kept with that person's number; one that shows many, such as a ranking or an export,
//! is kept once, without a number, and concerns everybody. Programs that ask by the thousand are counted: one row a person, day (UTC), key and
//! kind of question. Kept for a span that the operator sets, then removed with the next question. Answers of a workspace
//! that can't be written leave no row.

use super::{People, register};
use crate::catalogue::Catalogue;
use crate::error::Error;
use model::time::DAY;
use model::{Span, Time};
use rusqlite::{Connection, params};
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
CREATE TABLE IF NOT EXISTS counted_looks (
    day INTEGER NOT NULL,
    person INTEGER NOT NULL,
    what TEXT NOT NULL,
    source TEXT NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (day, person, what, source)
) WITHOUT ROWID;
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

    /// Notes answers that were counted: person, what was asked, by whom, how often since the last time.
    pub fn counted(
        &mut self,
        answers: &[(u64, &str, &str, u64)],
        at: Time,
        keep: Span,
    ) -> Result<(), Error> {
        let day = at.0.div_euclid(DAY);
        let write = self.catalogue.transaction()?;
        write
            .prepare_cached("DELETE FROM counted_looks WHERE day < ?1")?
            .execute([at.0.saturating_sub(keep).div_euclid(DAY)])?;
        let mut insert = write.prepare_cached(
            "INSERT INTO counted_looks (person, day, what, source, times) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (day, person, what, source) DO UPDATE SET times = times + excluded.times",
        )?;
        for (person, what, source, times) in answers {
            insert.execute(params![*person as i64, day, what, source, *times as i64])?;
        }
        drop(insert);
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
        if register::has_table(read, "counted_looks")? {
            for day in days(read)? {
                for key in keys {
                    counted(read, day, *key, &mut looks)?;
                }
            }
            looks.sort_by_key(|(_, look)| look.at);
        }
        let concerns = |person: &Option<u64>| person.is_none_or(|person| keys.contains(&person));
        Ok(looks.into_iter().filter(|(person, _)| concerns(person)).map(|(_, look)| look).collect())
    }
}

/// The days on which something was counted. Rows are in order of day, so that a second's answers are written close together; so a person is
/// looked for day by day.
fn days(read: &Connection) -> Result<Vec<i64>, Error> {
    register::all(
        read,
        "WITH RECURSIVE days(day) AS (
             SELECT min(day) FROM counted_looks
             UNION ALL
             SELECT (SELECT min(day) FROM counted_looks WHERE day > days.day) FROM days WHERE days.day IS NOT NULL
         ) SELECT day FROM days WHERE day IS NOT NULL",
        |row| row.get(0),
    )
}

fn counted(
    read: &Connection,
    day: i64,
    key: u64,
    looks: &mut Vec<(Option<u64>, Look)>,
) -> Result<(), Error> {
    let mut ask = read.prepare_cached(
        "SELECT what, source, times FROM counted_looks WHERE day = ?1 AND person = ?2",
    )?;
    let mut rows = ask.query(params![day, key as i64])?;
    while let Some(row) = rows.next()? {
        let look = Look {
            at: Time(day.saturating_mul(DAY)),
            times: row.get::<_, i64>(2)? as u64,
            what: row.get(0)?,
            source: row.get(1)?,
            of_many: false,
        };
        looks.push((Some(key), look));
    }
    Ok(())
}
