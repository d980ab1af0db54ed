//! Communities: which people belong together, by whom they are in contact with.
//!
//! Leiden on the contacts of a snapshot (`a_ij = s_ij + s_ji`, modularity, resolution 1; [`graph::communities`](mod@graph::communities)). They belong to
//! the fit of a definition that uses them, so that nobody's score moves because others are grouped otherwise. Whoever comes later
//! joins the community with which they have most contact, in strength, among those of the fit; whoever has none there is alone. Equal strengths
//! go to the larger community of the fit.
//!
//! As bytes: the line `HEAD`, the number n of people, n person keys of 64 bits in ascending order, n labels of 32 bits, and a
//! 128-bit XXH3 of all that, which is the hash; numbers are little-endian. That is 12 bytes a person.
//!
//! Where they are stored is left to the facade.

use crate::error::{Error, Kind};
use crate::snapshot::Snapshot;
use graph::{Contacts, Pairing};
use std::collections::BTreeMap;
use std::fmt;
use xxhash_rust::xxh3::xxh3_128;

/// The first line of the bytes.
const HEAD: &[u8] = b"communities 1\n";

/// A community for each of some people.
#[derive(Clone, PartialEq, Eq)]
pub struct Communities {
    /// Person keys, ascending.
    people: Vec<u64>,
    /// The community of each, from 0: the largest first.
    labels: Vec<u32>,
    hash: u128,
}

impl Communities {
    /// Those of a snapshot.
    pub(crate) fn of(snapshot: &Snapshot) -> Communities {
        let contacts = Contacts::new(snapshot.ties(), Pairing::Either);
        let found = graph::communities(&contacts).labels;
        let people = snapshot.by_key().iter().map(|number| snapshot.people()[*number as usize]);
        let labels = snapshot.by_key().iter().map(|number| found[*number as usize]);
        Communities::new(people.collect(), labels.collect())
    }

    fn new(people: Vec<u64>, labels: Vec<u32>) -> Communities {
        let hash = xxh3_128(&content(&people, &labels));
        Communities { people, labels, hash }
    }

    /// How many people are in them.
    pub fn people(&self) -> usize {
        self.people.len()
    }

    /// The community of a person, by key.
    pub fn find(&self, person: u64) -> Option<u32> {
        self.people.binary_search(&person).ok().map(|place| self.labels[place])
    }

    /// The community of each person of a snapshot, by number; new people join or are alone, with labels of their own.
    pub fn on(&self, snapshot: &Snapshot) -> Vec<u32> {
        let mut labels = vec![u32::MAX; snapshot.people().len()];
        let mut known = self.people.iter().zip(&self.labels).peekable();
        for number in snapshot.by_key() {
            let person = &snapshot.people()[*number as usize];
            while known.next_if(|(key, _)| *key < person).is_some() {}
            if let Some((_, label)) = known.next_if(|(key, _)| *key == person) {
                labels[*number as usize] = *label;
            }
        }
        let new: Vec<usize> = (0..labels.len()).filter(|i| labels[*i] == u32::MAX).collect();
        let joined: Vec<_> = new.iter().map(|i| nearest(snapshot, &labels, *i)).collect();
        let mut next = self.labels.iter().max().map_or(0, |most| most + 1);
        for (i, label) in new.into_iter().zip(joined) {
            labels[i] = label.unwrap_or(next);
            next += u32::from(label.is_none());
        }
        labels
    }

    /// Hash over all of it, in 32 hexadecimal digits.
    pub fn hash(&self) -> String {
        format!("{:032x}", self.hash)
    }

    /// Its bytes, as the module says.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = content(&self.people, &self.labels);
        bytes.extend_from_slice(&self.hash.to_le_bytes());
        bytes
    }

    /// Reads its bytes.
    ///
    /// # Errors
    /// They are no communities, or not as they were written.
    pub fn from_bytes(bytes: &[u8]) -> Result<Communities, Error> {
        let damaged =
            || Error::new(Kind::Fit, "the communities of a fit are not as they were written");
        let (content, hash) = bytes.split_last_chunk::<16>().ok_or_else(damaged)?;
        let rest = content.strip_prefix(HEAD).ok_or_else(damaged)?;
        let (count, rest) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
        let hash = u128::from_le_bytes(*hash);
        let count = usize::try_from(u64::from_le_bytes(*count)).map_err(|_| damaged())?;
        if xxh3_128(content) != hash || count.checked_mul(12) != Some(rest.len()) {
            return Err(damaged());
        }
        let (people, labels) = rest.split_at(8 * count);
        let people: Vec<u64> =
            people.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        let labels: Vec<u32> =
            labels.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
        let ascending = people.is_sorted_by(|a, b| a < b);
        // Labels above the number of people would leave none for those who come later.
        match ascending && labels.iter().all(|label| (*label as usize) < count) {
            true => Ok(Communities { people, labels, hash }),
            false => Err(damaged()),
        }
    }
}

impl fmt::Debug for Communities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Communities({})", self.hash())
    }
}

fn content(people: &[u64], labels: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD.len() + 24 + 12 * people.len());
    bytes.extend_from_slice(HEAD);
    bytes.extend_from_slice(&(people.len() as u64).to_le_bytes());
    people.iter().for_each(|person| bytes.extend_from_slice(&person.to_le_bytes()));
    labels.iter().for_each(|label| bytes.extend_from_slice(&label.to_le_bytes()));
    bytes
}

/// The label with most strength among the contacts of person `i` that have one; of equal ones the smallest.
fn nearest(snapshot: &Snapshot, labels: &[u32], i: usize) -> Option<u32> {
    let mut strengths: BTreeMap<u32, f64> = BTreeMap::new();
    for (ids, strength) in [snapshot.ties().out().row(i), snapshot.ties().into().row(i)] {
        for (id, s) in ids.iter().zip(strength) {
            let label = labels[*id as usize];
            if label != u32::MAX {
                *strengths.entry(label).or_default() += f64::from(*s);
            }
        }
    }
    let mut best = None;
    for (label, strength) in strengths {
        if best.is_none_or(|(_, most)| strength > most) {
            best = Some((label, strength));
        }
    }
    best.map(|(label, _)| label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::verify::world;

    /// Two triangles with one tie between them.
    const TRIANGLES: [(u64, u64, f64); 7] =
        [(1, 2, 3.0), (2, 3, 3.0), (3, 1, 3.0), (3, 4, 1.0), (4, 5, 3.0), (5, 6, 3.0), (6, 4, 3.0)];

    fn of(snapshot: &Snapshot, communities: &Communities) -> Vec<(u64, u32)> {
        let labels = communities.on(snapshot);
        let by_key = snapshot.by_key().iter().map(|number| *number as usize);
        by_key.map(|i| (snapshot.people()[i], labels[i])).collect()
    }

    #[test]
    fn people_belong_together_who_are_in_contact() {
        let world = world(&TRIANGLES);
        let found = Communities::of(&world.snapshot);
        let mine = |person| found.find(person).unwrap();
        assert!(mine(1) == mine(2) && mine(2) == mine(3));
        assert!(mine(4) == mine(5) && mine(5) == mine(6) && mine(4) != mine(3));
        assert_eq!(found.find(7), None);
        let all = (1..=6).map(|person| (person, mine(person)));
        assert_eq!(of(&world.snapshot, &found), all.collect::<Vec<_>>());
    }

    #[test]
    fn new_people_join_where_they_have_most_contact_and_move_nobody() {
        let old = Communities::of(&world(&TRIANGLES).snapshot);
        let mut later = TRIANGLES.to_vec();
        // 7 leans to the first triangle, 8 knows 7 alone, and 9 and 10 only each other.
        later.extend([(7, 1, 2.0), (2, 7, 2.0), (7, 4, 3.0), (8, 7, 9.0), (9, 10, 1.0)]);
        let found = of(&world(&later).snapshot, &old);
        let label = |person: u64| found.iter().find(|one| one.0 == person).unwrap().1;
        for person in 1..=6 {
            assert_eq!(Some(label(person)), old.find(person));
        }
        assert_eq!(label(7), label(1));
        let mut alone = [label(8), label(9), label(10)];
        alone.sort_unstable();
        assert_eq!(alone, [2, 3, 4]);
    }

    #[test]
    fn bytes_come_back_as_they_were_and_no_others_do() {
        let found = Communities::of(&world(&TRIANGLES).snapshot);
        let bytes = found.to_bytes();
        assert_eq!(bytes.len(), HEAD.len() + 8 + 6 * 12 + 16);
        let back = Communities::from_bytes(&bytes).unwrap();
        assert!(back == found && back.hash() == found.hash());
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(Communities::from_bytes(&changed).is_err(), "byte {at}");
            assert!(Communities::from_bytes(&bytes[..at]).is_err());
        }
        assert!(!format!("{found:?}").contains("people"));
    }
}
