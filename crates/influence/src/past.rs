//! What is kept of an older scorecard: who had which score.
//!
//! Little-endian, in the same envelope as [`crate::scorecard`]:
//!
//! | bytes | what |
//! |---|---|
//! | 0 | `TERTPAST` |
//! | 8 | format (u32), now 1; length of the header (u32) |
//! | 16 | length of the file (u64) |
//! | 24 | XXH3 over all other bytes (u64) |
//! | 32 | header: JSON, padded with spaces |
//! | then | ids of the people with a score (u64), rising; their scores (f64) |
//!
//! Sixteen bytes a person. Scores keep all their bits, so that a change over time is the same number whether the earlier card is whole or
//! not. The header holds the id of the card that it was made of: scoring the moment again shows whether anything changed. When a card
//! becomes one of these, and where it lies, is the facade's business.

use crate::scorecard::Scorecard;
use crate::sections::{CHECKSUM, FIXED, Writer, checksum, word};
use crate::{Error, Kind};
use model::{Time, hashed};
use serde::{Deserialize, Serialize};

const MAGIC: &[u8; 8] = b"TERTPAST";
const FORMAT: u32 = 1;

/// What the scores are of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Name of the definition.
    pub definition: String,
    /// Its version.
    pub version: u32,
    /// Its hash.
    pub hash: String,
    /// Id of the snapshot.
    pub snapshot: String,
    /// Time of the snapshot, in microseconds since 1970.
    as_of: i64,
    /// Hash of the fit.
    pub fit: String,
    /// [`Scorecard::id`] of the card that it was made of.
    pub card: String,
    /// How many people have a score.
    pub scored: u64,
}

impl Header {
    /// Time of the snapshot.
    pub fn as_of(&self) -> Time {
        Time(self.as_of)
    }
}

/// The scores of an older card, over bytes that are owned, borrowed or mapped.
#[derive(Clone, Debug)]
pub struct Past<B = Vec<u8>> {
    bytes: B,
    header: Header,
    /// Where the ids begin.
    start: usize,
}

impl Past {
    /// The scores of a card.
    ///
    /// # Errors
    /// The header is longer than 4 GiB.
    pub fn of<B: AsRef<[u8]>>(card: &Scorecard<B>) -> Result<Past, Error> {
        let of = card.header();
        let header = Header {
            definition: of.definition.clone(),
            version: of.version,
            hash: of.hash.clone(),
            snapshot: of.snapshot.clone(),
            as_of: of.as_of().0,
            fit: of.fit.clone(),
            card: card.id(),
            scored: of.scored,
        };
        let refuse = |why: String| Error::new(Kind::Scorecard, why);
        let json = serde_json::to_vec(&header)
            .map_err(|error| refuse(format!("the header can't be written: {error}")))?;
        let scored =
            || (0..card.len()).filter_map(|row| Some((card.person(row)?, card.score(row)?)));
        let mut out = Writer::default();
        out.bytes.extend_from_slice(&[0; FIXED]);
        out.bytes.extend_from_slice(&json);
        let length = out.bytes.len().next_multiple_of(8);
        out.bytes.resize(length, b' ');
        let header_length = u32::try_from(length - FIXED)
            .map_err(|_| refuse("the definition's name is too long for a header".to_owned()))?;
        out.section(scored().map(|(person, _)| person.to_le_bytes()));
        out.section(scored().map(|(_, score)| score.to_le_bytes()));
        let mut bytes = out.bytes;
        let total = bytes.len() as u64;
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[12..16].copy_from_slice(&header_length.to_le_bytes());
        bytes[16..24].copy_from_slice(&total.to_le_bytes());
        let sum = checksum(&bytes);
        bytes[CHECKSUM].copy_from_slice(&sum.to_le_bytes());
        Past::from_bytes(bytes)
    }
}

fn refuse<T>(what: &str) -> Result<T, Error> {
    let message = format!(
        "the stored scores can't be used: {what}; restore them from a backup, or remove the file and score that moment again"
    );
    Err(Error::new(Kind::Scorecard, message))
}

impl<B: AsRef<[u8]>> Past<B> {
    /// Opens the file.
    ///
    /// # Errors
    /// The bytes are no such file, are damaged, or were written by a newer version. Arbitrary bytes never panic.
    pub fn from_bytes(bytes: B) -> Result<Past<B>, Error> {
        let past = Past::trusting(bytes)?;
        if !past.is_whole() {
            return refuse("the checksum differs");
        }
        let rising = (1..past.len()).all(|row| past.person(row - 1) < past.person(row));
        let sound = (0..past.len()).all(|row| (1.0..=100.0).contains(&past.score(row)));
        match rising && sound {
            true => Ok(past),
            false => refuse("the rows contradict each other"),
        }
    }

    /// Opens a file without reading its rows, as [`Scorecard::trusting`] does.
    ///
    /// # Errors
    /// As [`Past::from_bytes`], as far as that can be told from the header and the length.
    pub fn trusting(bytes: B) -> Result<Past<B>, Error> {
        let all = bytes.as_ref();
        if all.len() < FIXED || !all.starts_with(MAGIC) {
            return refuse("they are no file of scores");
        }
        let format = u32::from_le_bytes(word(all, 8));
        if format != FORMAT {
            let message = format!(
                "the stored scores have format {format}, and this program reads {FORMAT}; use the version that wrote them"
            );
            return Err(Error::new(Kind::Scorecard, message));
        }
        if u64::from_le_bytes(word(all, 16)) != all.len() as u64 {
            return refuse("the file is cut short or has something appended");
        }
        let start = u32::from_le_bytes(word(all, 12)) as usize + FIXED;
        let header = all.get(FIXED..start).map(serde_json::from_slice::<Header>);
        let Some(Ok(header)) = header else {
            return refuse("the header can't be read");
        };
        let end = usize::try_from(header.scored)
            .ok()
            .and_then(|people| people.checked_mul(16))
            .and_then(|bytes| bytes.checked_add(start));
        if end != Some(all.len()) {
            return refuse("the length does not fit the header");
        }
        Ok(Past { bytes, header, start })
    }

    /// What the scores are of.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The file.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// Whether the file is as it was written. Reads all of it.
    pub fn is_whole(&self) -> bool {
        u64::from_le_bytes(word(self.bytes(), CHECKSUM.start)) == checksum(self.bytes())
    }

    /// How many people have a score.
    pub fn len(&self) -> usize {
        self.header.scored as usize
    }

    /// Whether nobody has one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The score of a person, 1 to 100; nothing if there was none.
    pub fn score_of(&self, person: u64) -> Option<f64> {
        let row = hashed::first_not_below(self.len(), |row| self.person(row), person);
        (row < self.len() && self.person(row) == person).then(|| self.score(row))
    }

    fn person(&self, row: usize) -> u64 {
        u64::from_le_bytes(word(self.bytes(), self.start + 8 * row))
    }

    fn score(&self, row: usize) -> f64 {
        f64::from_le_bytes(word(self.bytes(), self.start + 8 * (self.len() + row)))
    }
}
