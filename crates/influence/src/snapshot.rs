//! A snapshot: people and their ties as of a time, as numbers. What every signal is computed from.
//!
//! People are numbered 0..n by (ties touching them, most first; key, smallest first), so that equal content has equal
//! numbers and the busiest lie together in memory. A person is in it who has a tie, as actor or as target.
//!
//! The id is a 128-bit XXH3 over all of it: equal ids, equal bits. Who people are, and their roles, is left to the facade.

use crate::actions::Actions;
use crate::communities::Communities;
use crate::error::{Error, Kind};
use crate::projection::Projection;
use crate::projector::Columns;
use crate::stakes::Stakes;
use graph::Ties;
use model::{Time, Visibility};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use xxhash_rust::xxh3::Xxh3;

/// People and ties as of a time. It never changes, but for attributes added before use, which change its id.
#[derive(Clone, Debug)]
pub struct Snapshot {
    id: u128,
    content: u128,
    as_of: Time,
    projection: Projection,
    people: Vec<u64>,
    by_key: Vec<u32>,
    ties: Ties,
    interactions: Vec<u32>,
    first: Vec<i64>,
    last: Vec<i64>,
    seen: Vec<u8>,
    engagers: Vec<u32>,
    received: Vec<u64>,
    posts: Vec<Option<(u32, u32)>>,
    audience: Vec<Option<u32>>,
    attributes: BTreeMap<String, Vec<f64>>,
    actions: Option<Actions>,
    /// Digest of the actions, 0 without them.
    acted: u128,
    /// What intervals draw again; no part of the content.
    stakes: Option<Stakes>,
    /// Residual and values of the ranks that were asked for first.
    ranks: OnceLock<(f64, Vec<f64>)>,
    communities: OnceLock<Arc<Communities>>,
}

/// What a snapshot is put together from.
pub(crate) struct Parts {
    pub as_of: Time,
    pub projection: Projection,
    pub people: Vec<u64>,
    pub posts: Vec<Option<(u32, u32)>>,
    pub audience: Vec<Option<u32>>,
    pub actions: Option<Actions>,
    pub columns: Columns,
    pub stakes: Option<Stakes>,
}

/// One tie with what it is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tie {
    /// Number of the person who acted.
    pub source: u32,
    /// Number of the person who is credited.
    pub target: u32,
    /// `s > 0`.
    pub strength: f32,
    /// Rows that count.
    pub interactions: u32,
    /// When the first of them happened.
    pub first: Time,
    /// When the last of them happened.
    pub last: Time,
    /// Bit `v` is set where one of them has the visibility with code `v`.
    pub seen: u8,
}

impl Tie {
    /// Whether a row of that visibility counted.
    pub fn has(&self, level: Visibility) -> bool {
        self.seen & (1 << level as u8) != 0
    }

    /// Whether it is known from private rows alone, so that neither end may be named to a third.
    pub fn is_private(&self) -> bool {
        self.seen == 1 << Visibility::Private as u8
    }
}

impl Snapshot {
    pub(crate) fn new(parts: Parts) -> Result<Snapshot, Error> {
        let Parts { as_of, projection, people, posts, audience, actions, columns, stakes } = parts;
        let Columns { sources, targets, strengths, interactions, first, last, seen } = columns;
        let mut received = vec![0u64; people.len()];
        for (target, count) in targets.iter().zip(&interactions) {
            received[*target as usize] += u64::from(*count);
        }
        let ties = Ties::from_sorted(people.len(), sources, targets, strengths)
            .map_err(|error| Error::new(Kind::Snapshot, error.to_string()))?;
        let mut by_key: Vec<u32> = (0..people.len() as u32).collect();
        by_key.par_sort_unstable_by_key(|number| people[*number as usize]);
        let mut snapshot = Snapshot {
            id: 0,
            content: 0,
            as_of,
            projection,
            people,
            by_key,
            engagers: Ties::into(&ties).degrees(),
            ties,
            interactions,
            first,
            last,
            seen,
            received,
            posts,
            audience,
            attributes: BTreeMap::new(),
            acted: actions.as_ref().map_or(0, Actions::digest),
            actions,
            stakes,
            ranks: OnceLock::new(),
            communities: OnceLock::new(),
        };
        snapshot.content = snapshot.digest();
        snapshot.id = snapshot.content;
        Ok(snapshot)
    }

    /// What names the people, ties, counts and attributes: 32 hexadecimal digits. It is the same with and without actions.
    pub fn id(&self) -> String {
        format!("{:032x}", self.id)
    }

    /// What names all that something is computed from: [`Snapshot::id`], or where that takes `actions`, the two together.
    pub fn id_of(&self, actions: bool) -> String {
        if !actions || self.actions.is_none() {
            return self.id();
        }
        let mut hash = Xxh3::new();
        hash.update(&self.id.to_le_bytes());
        hash.update(&self.acted.to_le_bytes());
        format!("{:032x}", hash.digest128())
    }

    /// The actions in order of time, where the snapshot keeps them.
    pub fn actions(&self) -> Option<&Actions> {
        self.actions.as_ref()
    }

    /// The time as of which it holds.
    pub fn as_of(&self) -> Time {
        self.as_of
    }

    /// The projection that made its ties.
    pub fn projection(&self) -> &Projection {
        &self.projection
    }

    /// Person keys by number.
    pub fn people(&self) -> &[u64] {
        &self.people
    }

    /// Numbers of people in ascending order of their keys: the order of exports.
    pub fn by_key(&self) -> &[u32] {
        &self.by_key
    }

    /// The number of a person.
    pub fn number(&self, key: u64) -> Option<u32> {
        let place = self.by_key.binary_search_by_key(&key, |number| self.people[*number as usize]);
        place.ok().map(|place| self.by_key[place])
    }

    /// The ties, both ways, by numbers of people.
    pub fn ties(&self) -> &Ties {
        &self.ties
    }

    /// The tie at `place` in the rows of `ties().out()`, if there is one.
    pub fn tie(&self, place: usize) -> Option<Tie> {
        let out = self.ties.out();
        let target = *out.ids().get(place)?;
        let row = out.offsets().partition_point(|start| *start <= place as u64);
        Some(self.tie_at(row as u32 - 1, target, place))
    }

    /// The tie from `source` to `target`, if there is one.
    pub fn tie_between(&self, source: u32, target: u32) -> Option<Tie> {
        if source as usize >= self.people.len() {
            return None;
        }
        let (ids, _) = self.ties.out().row(source as usize);
        let found = ids.binary_search(&target).ok()?;
        let place = self.ties.out().range(source as usize).start + found;
        Some(self.tie_at(source, target, place))
    }

    /// The ties of a person as the one who acted, by number of the target. Panics if there is no such person.
    pub fn ties_from(&self, source: u32) -> impl Iterator<Item = Tie> + '_ {
        let out = self.ties.out();
        out.range(source as usize).map(move |place| self.tie_at(source, out.ids()[place], place))
    }

    /// Every tie, by numbers of source and target.
    pub fn each_tie(&self) -> impl Iterator<Item = Tie> + '_ {
        (0..self.people.len() as u32).flat_map(|source| self.ties_from(source))
    }

    fn tie_at(&self, source: u32, target: u32, place: usize) -> Tie {
        Tie {
            source,
            target,
            strength: self.ties.out().weights()[place],
            interactions: self.interactions[place],
            first: Time(self.first[place]),
            last: Time(self.last[place]),
            seen: self.seen[place],
        }
    }

    /// Distinct people with a tie to each person.
    pub fn engagers(&self) -> &[u32] {
        &self.engagers
    }

    /// Interactions that count toward each person.
    pub fn received(&self) -> &[u64] {
        &self.received
    }

    /// Rated posts of each person and how many of them another person reshared; see [`crate::events`].
    /// `None` where no network of theirs has rated posts.
    pub fn posts(&self) -> &[Option<(u32, u32)>] {
        &self.posts
    }

    /// Distinct followers of each person; `None` where no network of theirs has follow records.
    pub fn audience(&self) -> &[Option<u32>] {
        &self.audience
    }

    /// Numbers imported with people, by name; NaN where a person has none.
    pub fn attributes(&self) -> &BTreeMap<String, Vec<f64>> {
        &self.attributes
    }

    pub(crate) fn stakes(&self) -> Option<&Stakes> {
        self.stakes.as_ref()
    }

    /// What names draws from this content.
    pub(crate) fn seed(&self) -> u64 {
        self.content as u64
    }

    pub(crate) fn ranks(&self) -> &OnceLock<(f64, Vec<f64>)> {
        &self.ranks
    }

    /// The communities of this snapshot, found when they are first asked for.
    pub fn communities(&self) -> &Arc<Communities> {
        self.communities.get_or_init(|| Arc::new(Communities::of(self)))
    }

    /// Adds an attribute from (person key, value). People outside the snapshot are passed over; of several values for one
    /// person the largest holds. The id changes with it, whatever the order in which attributes are added.
    ///
    /// # Errors
    /// A value that is not finite.
    pub fn attach(
        &mut self,
        name: &str,
        values: impl IntoIterator<Item = (u64, f64)>,
    ) -> Result<(), Error> {
        let mut column = vec![f64::NAN; self.people.len()];
        for (person, value) in values {
            if !value.is_finite() {
                return Err(Error::new(
                    Kind::Snapshot,
                    format!(
                        "attribute {name} of person {person} is {value}; give a number or nothing"
                    ),
                ));
            }
            if let Some(number) = self.number(person) {
                let held = &mut column[number as usize];
                *held = held.max(value + 0.0);
            }
        }
        self.attributes.insert(name.to_owned(), column);
        let mut hash = Xxh3::new();
        hash.update(&self.content.to_le_bytes());
        for (name, column) in &self.attributes {
            hash.update(&(name.len() as u64).to_le_bytes());
            hash.update(name.as_bytes());
            feed(&mut hash, column, |value| value.to_bits().to_le_bytes());
        }
        self.id = hash.digest128();
        Ok(())
    }

    /// Bytes held in memory.
    pub fn bytes(&self) -> usize {
        let (people, ties) = (self.people.len(), self.ties.edges());
        let a_person = 8 + 4 + 2 * 8 + 4 + 8 + size_of::<Option<(u32, u32)>>() + 8;
        let a_tie = 2 * 8 + 4 + 8 + 8 + 1;
        let actions = self.actions.as_ref().map_or(0, Actions::bytes);
        let stakes = self.stakes.as_ref().map_or(0, Stakes::bytes);
        people * (a_person + 8 * self.attributes.len()) + ties * a_tie + actions + stakes
    }

    fn digest(&self) -> u128 {
        let out = self.ties.out();
        let posts = |post: Option<(u32, u32)>| {
            let known = u64::from(post.is_some()) << 63;
            let (all, reshared) = post.unwrap_or_default();
            (known | u64::from(all) << 32 | u64::from(reshared)).to_le_bytes()
        };
        let audience = |count: Option<u32>| count.map_or(-1, i64::from).to_le_bytes();
        // Each column by itself, in parallel; then the digests in this order.
        let columns: [&(dyn Fn(&mut Xxh3) + Sync); 9] = [
            &|hash| feed(hash, &self.people, |key| key.to_le_bytes()),
            &|hash| feed(hash, out.offsets(), |offset| offset.to_le_bytes()),
            &|hash| feed(hash, out.ids(), |id| id.to_le_bytes()),
            &|hash| feed(hash, out.weights(), |weight| weight.to_bits().to_le_bytes()),
            &|hash| feed(hash, &self.interactions, |count| count.to_le_bytes()),
            &|hash| feed(hash, &self.first, |at| at.to_le_bytes()),
            &|hash| feed(hash, &self.last, |at| at.to_le_bytes()),
            &|hash| feed(hash, &self.posts, posts),
            &|hash| feed(hash, &self.audience, audience),
        ];
        let digests: Vec<u128> = columns
            .par_iter()
            .map(|column| {
                let mut hash = Xxh3::new();
                column(&mut hash);
                hash.digest128()
            })
            .collect();
        let mut hash = Xxh3::new();
        hash.update(b"snapshot 1\n");
        hash.update(&self.as_of.0.to_le_bytes());
        hash.update(self.projection.canonical().as_bytes());
        for digest in digests {
            hash.update(&digest.to_le_bytes());
        }
        hash.update(&self.seen);
        hash.digest128()
    }
}

/// Feeds values to a hash as little-endian bytes, a block at a time.
pub(crate) fn feed<T: Copy, const N: usize>(
    hash: &mut Xxh3,
    values: &[T],
    bytes: impl Fn(T) -> [u8; N],
) {
    let mut block = [[0u8; N]; 512];
    for values in values.chunks(block.len()) {
        for (out, value) in block.iter_mut().zip(values) {
            *out = bytes(*value);
        }
        hash.update(block[..values.len()].as_flattened());
    }
}
