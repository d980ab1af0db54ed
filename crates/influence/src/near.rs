//! With whom people of a scorecard have their strongest ties, either way: what a page or an answer shows without a snapshot.
//!
//! Little-endian, in the same envelope as [`crate::scorecard`]:
//!
//! | bytes | what |
//! |---|---|
//! | 0 | `TERTNEAR` |
//! | 8 | format (u32), now 1; neighbors on each side, 5 (u32) |
//! | 16 | length of the file (u64) |
//! | 24 | XXH3 over all other bytes (u64) |
//! | 32 | tag of the scorecard (u64); its rows (u64) |
//! | then | for each row: how many influence the person, and how many they influence (u32 each) |
//! | then | for each row: 5 rows of the strongest of the former, 5 of the latter (u32); `u32::MAX` where there are fewer |
//!
//! Whoever is credited by a person influences them: i influences j where j's ties go out to i. Only people with a score are among the five, by strength and
//! then by number; the counts are of all. It holds rows and no ids, so that nobody can be read from it without the card. 48 bytes a person.

use crate::scorecard::Scorecard;
use crate::sections::{CHECKSUM, FIXED, Writer, checksum, word};
use crate::{Error, Kind, Snapshot};

const MAGIC: &[u8; 8] = b"TERTNEAR";
const FORMAT: u32 = 1;
/// Neighbors on each side.
pub const EACH: usize = 5;
const NONE: u32 = u32::MAX;
const START: usize = FIXED + 16;

/// The neighbors of the people of one card, over bytes that are owned, borrowed or mapped.
#[derive(Clone, Debug)]
pub struct Near<B = Vec<u8>> {
    bytes: B,
    rows: usize,
}

/// The neighbors of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Neighbors {
    /// Rows of those who influence the person most.
    pub influencers: Vec<usize>,
    /// Rows of those whom the person influences most.
    pub influenced: Vec<usize>,
    /// How many influence the person.
    pub influencers_count: u32,
    /// How many the person influences.
    pub influenced_count: u32,
}

impl Near {
    /// The neighbors in the snapshot that the card was computed from.
    pub fn of<B: AsRef<[u8]>>(card: &Scorecard<B>, snapshot: &Snapshot) -> Near {
        let row_of = |person: &u64| {
            let row = card.find(*person).filter(|row| card.score(*row).is_some());
            row.and_then(|row| u32::try_from(row).ok()).unwrap_or(NONE)
        };
        let rows: Vec<u32> = snapshot.people().iter().map(row_of).collect();
        let number = |row: usize| card.person(row).and_then(|person| snapshot.number(person));
        let ties = snapshot.ties();
        let sides = |row: usize| {
            let number = number(row).map(|number| number as usize);
            [ties.out(), ties.into()]
                .map(|side| number.map_or((&[][..], &[][..]), |number| side.row(number)))
        };
        let mut out = Writer { bytes: vec![0; FIXED] };
        out.section([card.tag().to_le_bytes(), (card.len() as u64).to_le_bytes()].into_iter());
        let count = |ids: &[u32]| u32::try_from(ids.len()).unwrap_or(u32::MAX).to_le_bytes();
        out.section((0..card.len()).flat_map(|row| sides(row).map(|(ids, _)| count(ids))));
        out.section((0..card.len()).flat_map(|row| {
            let [from, to] = sides(row).map(|side| strongest(side, &rows));
            from.into_iter().chain(to).map(u32::to_le_bytes)
        }));
        let mut bytes = out.bytes;
        let total = bytes.len() as u64;
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[12..16].copy_from_slice(&(EACH as u32).to_le_bytes());
        bytes[16..24].copy_from_slice(&total.to_le_bytes());
        let sum = checksum(&bytes);
        bytes[CHECKSUM].copy_from_slice(&sum.to_le_bytes());
        Near { bytes, rows: card.len() }
    }

    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The rows of the strongest ties whose other end has a score.
fn strongest((ids, strengths): (&[u32], &[f32]), rows: &[u32]) -> [u32; EACH] {
    let mut best: [(f32, u32); EACH] = [(f32::NEG_INFINITY, NONE); EACH];
    for (id, strength) in ids.iter().zip(strengths) {
        let row = rows[*id as usize];
        if row == NONE {
            continue;
        }
        // Equal ones stay in the order of their numbers.
        let place = best.iter().position(|(other, _)| strength > other);
        if let Some(place) = place {
            best[place..].rotate_right(1);
            best[place] = (*strength, row);
        }
    }
    best.map(|(_, row)| row)
}

impl<B: AsRef<[u8]>> Near<B> {
    /// Opens the file that belongs to a card, without reading its rows.
    ///
    /// # Errors
    /// The bytes are no such file, belong to another card, or were written by a newer version. Arbitrary bytes never panic.
    pub fn trusting<C: AsRef<[u8]>>(bytes: B, card: &Scorecard<C>) -> Result<Near<B>, Error> {
        let refuse = |what: &str| {
            let message = format!("the stored neighbors can't be used: {what}; score again");
            Err(Error::new(Kind::Scorecard, message))
        };
        let all = bytes.as_ref();
        if !all.starts_with(MAGIC) {
            return refuse("they are none");
        }
        let number = |at: usize| u32::from_le_bytes(word(all, at));
        if (number(8), number(12)) != (FORMAT, EACH as u32) {
            return refuse("another version wrote them");
        }
        let rows = card.len();
        let long = |at: usize| u64::from_le_bytes(word(all, at));
        if (long(FIXED), long(FIXED + 8)) != (card.tag(), rows as u64) {
            return refuse("they belong to another scorecard");
        }
        if all.len() != START + 8 * rows + 8 * EACH * rows || long(16) != all.len() as u64 {
            return refuse("their length is not what their rows take");
        }
        Ok(Near { bytes, rows })
    }

    /// The neighbors of whoever stands in a row of the card.
    pub fn neighbors(&self, row: usize) -> Neighbors {
        if row >= self.rows {
            return Neighbors::default();
        }
        let number = |at: usize| u32::from_le_bytes(word(self.bytes.as_ref(), at));
        let first = START + 8 * self.rows + 8 * EACH * row;
        let side = |side: usize| {
            let found = (0..EACH).map(|place| number(first + 4 * (side * EACH + place)) as usize);
            found.filter(|row| *row < self.rows).collect()
        };
        Neighbors {
            influencers: side(0),
            influenced: side(1),
            influencers_count: number(START + 8 * row),
            influenced_count: number(START + 8 * row + 4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EACH, NONE, strongest};

    #[test]
    fn the_strongest_with_a_score_come_first_and_equal_ones_by_number() {
        let rows: Vec<u32> = vec![10, 11, NONE, 13, 14, 15, 16, 17];
        let strengths = [1.0, 3.0, 9.0, 3.0, 2.0, 0.5, 4.0, 0.1];
        let ids: Vec<u32> = (0..8).collect();
        assert_eq!(strongest((&ids, &strengths), &rows), [16, 11, 13, 14, 10]);
        assert_eq!(strongest((&ids[..3], &strengths[..3]), &rows), [11, 10, NONE, NONE, NONE]);
        assert_eq!(strongest((&[], &[]), &rows), [NONE; EACH]);
    }
}
