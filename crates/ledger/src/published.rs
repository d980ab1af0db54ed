//! What was published, in order: a row for each scorecard, so that whoever listens can go on where they stopped.
//!
//! The newest [`KEPT`] rows are kept; the newest of all never goes, so that numbers only grow.

use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::people::has_table;
use crate::view::View;
use model::Time;
use rusqlite::params;
use std::path::Path;

/// Its table.
pub const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS published (
    sequence INTEGER PRIMARY KEY,
    definition TEXT NOT NULL,
    version INTEGER NOT NULL,
    as_of INTEGER NOT NULL,
    number INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    card TEXT NOT NULL,
    people INTEGER NOT NULL,
    scored INTEGER NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (definition, version, as_of, number)
);
";

/// Rows that are kept.
pub const KEPT: usize = 10_000;

/// A scorecard that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its number among all that were.
    pub sequence: u64,
    /// The definition's name.
    pub definition: String,
    /// Its version.
    pub version: u32,
    /// The moment.
    pub as_of: Time,
    /// Which card of its moment.
    pub number: u32,
    /// What its scores may be used for.
    pub purpose: String,
    /// The card's id.
    pub card: String,
    /// People in it.
    pub people: u64,
    /// People with a score.
    pub scored: u64,
    /// When.
    pub at: Time,
}

/// Notes a scorecard, once; its own number is given here.
pub fn note(dir: &Path, card: &Published) -> Result<(), Error> {
    let mut catalogue = Catalogue::open(dir)?;
    let write = catalogue.transaction()?;
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    write.execute(
        "INSERT OR IGNORE INTO published (definition, version, as_of, number, purpose, card, people, scored, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            card.definition,
            card.version,
            card.as_of.0,
            card.number,
            card.purpose,
            card.card,
            number(card.people),
            number(card.scored),
            card.at.0,
        ],
    )?;
    write.execute(
        "DELETE FROM published WHERE sequence <= (SELECT max(sequence) FROM published) - ?1",
        [KEPT as i64],
    )?;
    write.commit()?;
    Ok(())
}

impl View {
    /// What was published after a number, in order, up to now and not only up to this reading.
    pub fn published_after(&self, sequence: u64) -> Result<Vec<Published>, Error> {
        let catalogue = self.catalogue();
        let read = catalogue.connection();
        // A workspace that nobody has written to since an earlier version has none.
        if !has_table(read, "published")? {
            return Ok(Vec::new());
        }
        let mut ask =
            read.prepare_cached("SELECT * FROM published WHERE sequence > ?1 ORDER BY sequence")?;
        let rows = ask.query_map([i64::try_from(sequence).unwrap_or(i64::MAX)], |row| {
            let count = |column: &str| row.get::<_, i64>(column).map(|count| count.max(0) as u64);
            Ok(Published {
                sequence: count("sequence")?,
                definition: row.get("definition")?,
                version: row.get("version")?,
                as_of: Time(row.get("as_of")?),
                number: row.get("number")?,
                purpose: row.get("purpose")?,
                card: row.get("card")?,
                people: count("people")?,
                scored: count("scored")?,
                at: Time(row.get("at")?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
