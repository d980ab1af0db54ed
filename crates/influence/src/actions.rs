//! Who did what, when: the rows of a snapshot as numbers in order of time, for what ties can't tell.
//!
//! Ties forget order. What came first, what followed, and through whom it came is read from this table: virality, lead and
//! wake. It holds every row in the window with a declared visibility, whether or not its verb makes ties and whether or
//! not it has a target, but for `follow` and `unfollow`: those become spans of following, from all time up to the as-of
//! time. Rows taken back or superseded are not among them.
//!
//! **People.** Actors and targets have the snapshot's numbers. Those without a tie have none there, and yet what they do may
//! be the effect of what others did, so they are numbered after the people of the snapshot, by key. Columns of signals are
//! over the snapshot's people alone.
//!
//! **Order.** Rows are sorted by all that they hold: time, actor, kind, visibility, target, post, parent, own key. Two rows that are equal
//! in all of it can't be told apart, so the table does not depend on the order of arrival.
//!
//! Memory: 48 bytes a row while rows are collected, then 31 bytes an action, 8 a post, 24 a follow and 1 a person. A snapshot keeps the
//! table only where it is asked for ([`crate::Projector::with_actions`]).

use crate::error::{Error, Kind};
use crate::events::Follow;
use crate::people::{Accounts, Membership};
use crate::sieve::{Seen, Sight};
use crate::snapshot::feed;
use rayon::prelude::*;
use std::collections::BTreeMap;
use xxhash_rust::xxh3::Xxh3;

/// The target of an action toward nobody, and the post of one about none.
pub const NONE: u32 = u32::MAX;

/// Actions in order of time. Columns have one entry an action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actions {
    /// Microseconds since 1970, ascending.
    pub at: Vec<i64>,
    /// Number of the person who acted; see [`Actions::people`].
    pub actor: Vec<u32>,
    /// Number of the person toward whom, who may be the actor; [`NONE`] for nobody.
    pub target: Vec<u32>,
    /// Index into [`Actions::kinds`].
    pub kind: Vec<u16>,
    /// The post concerned, as an index into [`Actions::posts`]; [`NONE`] for none.
    pub object: Vec<u32>,
    /// The post replied to or quoted, likewise.
    pub parent: Vec<u32>,
    /// A reshare as a post, where others name it as their parent, likewise.
    pub own: Vec<u32>,
    /// Code of [`model::Visibility`].
    pub visibility: Vec<u8>,
    /// Verbs on networks, by network, then verb.
    pub kinds: Vec<ActionKind>,
    /// Keys of all posts named, ascending.
    pub posts: Vec<u64>,
    /// Spans of following, by follower, then followed, then time.
    pub follows: Vec<Following>,
    /// Keys of people who have no tie, ascending. The first has the number after the snapshot's last person.
    pub others: Vec<u64>,
    /// By number of the person: whether what they do credits nobody, as with the firm's logo and its systems.
    pub mute: Vec<bool>,
    /// People of the snapshot.
    inside: usize,
}

/// A verb on a network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActionKind {
    /// The network.
    pub network: String,
    /// The verb.
    pub verb: String,
}

/// One person following another from a time until another; a person with several accounts may do so more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Following {
    /// Number of the person who follows.
    pub follower: u32,
    /// Number of the person followed, who is somebody else.
    pub followed: u32,
    /// Since when.
    pub from: i64,
    /// Until when, exclusive; `i64::MAX` if it lasts.
    pub until: i64,
}

impl Actions {
    /// Number of actions.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// People numbered: those of the snapshot, then [`Actions::others`].
    pub fn people(&self) -> usize {
        self.inside + self.others.len()
    }

    /// The verb of an action.
    pub fn verb(&self, action: usize) -> &str {
        &self.kinds[self.kind[action] as usize].verb
    }

    /// The spans in which `follower` follows, by whom they follow, then time.
    pub fn follows_of(&self, follower: u32) -> &[Following] {
        let start = self.follows.partition_point(|span| span.follower < follower);
        let rest = &self.follows[start..];
        &rest[..rest.partition_point(|span| span.follower == follower)]
    }

    /// Bytes held in memory, names of networks and verbs aside.
    pub fn bytes(&self) -> usize {
        self.len() * (8 + 4 + 4 + 2 + 4 + 4 + 4 + 1)
            + (self.posts.len() + self.others.len()) * 8
            + self.mute.len()
            + self.follows.len() * size_of::<Following>()
    }

    /// A hash over all of it.
    pub(crate) fn digest(&self) -> u128 {
        let mut hash = Xxh3::new();
        for length in [self.len(), self.posts.len(), self.follows.len(), self.inside] {
            hash.update(&(length as u64).to_le_bytes());
        }
        for kind in &self.kinds {
            for name in [&kind.network, &kind.verb] {
                hash.update(&(name.len() as u64).to_le_bytes());
                hash.update(name.as_bytes());
            }
        }
        feed(&mut hash, &self.at, |at| at.to_le_bytes());
        for column in [&self.actor, &self.target, &self.object, &self.parent, &self.own] {
            feed(&mut hash, column, |number| number.to_le_bytes());
        }
        feed(&mut hash, &self.kind, |kind| kind.to_le_bytes());
        hash.update(&self.visibility);
        feed(&mut hash, &self.posts, |key| key.to_le_bytes());
        feed(&mut hash, &self.others, |key| key.to_le_bytes());
        feed(&mut hash, &self.mute, |mute| [u8::from(mute)]);
        feed(&mut hash, &self.follows, |span| {
            let pair = u64::from(span.follower) << 32 | u64::from(span.followed);
            let words = [pair, span.from as u64, span.until as u64].map(u64::to_le_bytes);
            let mut row = [0u8; 24];
            row.copy_from_slice(words.as_flattened());
            row
        });
        hash.digest128()
    }
}

/// One row on its way. The order of fields is the order of actions, once people and kinds have their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    at: i64,
    actor: u32,
    kind: u16,
    visibility: u8,
    target: u32,
    object: u64,
    parent: u64,
    own: u64,
}

/// Collects rows in any order.
///
/// Its accounts are numbered apart from those that make ties, so that a snapshot is the same with and without the table.
#[derive(Debug)]
pub(crate) struct Collector {
    rows: Vec<Row>,
    accounts: Accounts,
    /// Codes of network and verb, in order of arrival.
    kinds: BTreeMap<(u16, String), u16>,
    /// Codes by cell of the run that is being added; [`UNMET`] until a row asks.
    cells: Vec<u16>,
}

/// The code of no kind.
const UNMET: u16 = u16::MAX;

impl Collector {
    pub fn new() -> Collector {
        Collector {
            rows: Vec::new(),
            accounts: Accounts::new(),
            kinds: BTreeMap::new(),
            cells: Vec::new(),
        }
    }

    /// Prepares for the rows of a run.
    pub fn begin(&mut self, sight: &Sight<'_>) {
        self.cells.clear();
        self.cells.resize(sight.cells(), UNMET);
    }

    /// Adds a row of the run, which is seen and lies in the window.
    pub fn add(
        &mut self,
        sight: &Sight<'_>,
        row: usize,
        seen: Seen,
        membership: &Membership,
    ) -> Result<(), Error> {
        let acts = sight.acts;
        let cell = sight.cell(row);
        if self.cells[cell] == UNMET {
            self.cells[cell] = self.kind(seen.network, &acts.verbs[acts.verb[row] as usize])?;
        }
        let kind = self.cells[cell];
        let mut person = |key| Ok(self.accounts.find(key, seen.network, membership)?.person);
        self.rows.push(Row {
            at: seen.at,
            actor: person(acts.actor[row])?,
            kind,
            visibility: acts.visibility[row].min(2),
            target: if acts.target[row] == 0 { NONE } else { person(acts.target[row])? },
            object: acts.object[row],
            parent: acts.parent[row],
            own: acts.own.get(row).copied().unwrap_or(0),
        });
        Ok(())
    }

    fn kind(&mut self, network: u16, verb: &str) -> Result<u16, Error> {
        let next = self.kinds.len();
        if next >= UNMET as usize {
            return Err(Error::new(
                Kind::Snapshot,
                "more than 65,534 pairs of network and verb; join networks under one name when ingesting",
            ));
        }
        Ok(*self.kinds.entry((network, verb.to_owned())).or_insert(next as u16))
    }

    /// The table, in the numbers of a snapshot whose people have these keys.
    ///
    /// `networks` are the names behind the sieve's codes; `follows` are between accounts of `accounts`.
    pub fn finish(
        self,
        people: &[u64],
        networks: &[String],
        follows: Vec<Follow>,
        accounts: &Accounts,
        membership: &Membership,
    ) -> Actions {
        let Collector { mut rows, accounts: met, kinds, .. } = self;
        let mut inside: Vec<(u64, u32)> =
            people.iter().enumerate().map(|(number, key)| (*key, number as u32)).collect();
        inside.par_sort_unstable();
        let known = |key: u64| {
            let place = inside.binary_search_by_key(&key, |(key, _)| *key);
            place.ok().map(|place| inside[place].1)
        };
        let follows = spans(follows);
        let ends = follows.iter().flat_map(|(pair, ..)| [(pair >> 32) as u32, *pair as u32]);
        let followers =
            ends.map(|account| accounts.people[accounts.person[account as usize] as usize]);
        let mut others: Vec<u64> = met.people.iter().copied().chain(followers).collect();
        others.par_sort_unstable();
        others.dedup();
        others.retain(|key| known(*key).is_none());
        let number = |key: u64| {
            known(key).unwrap_or_else(|| {
                (people.len() + others.partition_point(|other| *other < key)) as u32
            })
        };
        let numbers: Vec<u32> = met.people.par_iter().map(|key| number(*key)).collect();
        let mute = people.iter().chain(&others).map(|key| membership.is_mute(*key)).collect();

        let mut named: Vec<(ActionKind, u16)> = kinds
            .into_iter()
            .map(|((network, verb), code)| {
                (ActionKind { network: networks[network as usize].clone(), verb }, code)
            })
            .collect();
        named.sort_unstable();
        let mut code = vec![0u16; named.len()];
        for (place, (_, arrived)) in named.iter().enumerate() {
            code[*arrived as usize] = place as u16;
        }
        rows.par_iter_mut().for_each(|row| {
            row.kind = code[row.kind as usize];
            row.actor = numbers[row.actor as usize];
            row.target = if row.target == NONE { NONE } else { numbers[row.target as usize] };
        });
        rows.par_sort_unstable();

        let mut posts: Vec<u64> =
            rows.iter().flat_map(|row| [row.object, row.parent]).filter(|key| *key != 0).collect();
        posts.par_sort_unstable();
        posts.dedup();
        posts.shrink_to_fit();
        let index = Index::new(&posts);
        let post = |key: u64| index.find(key);
        let person =
            |account: u32| number(accounts.people[accounts.person[account as usize] as usize]);
        let mut follows: Vec<Following> = follows
            .into_iter()
            .map(|(pair, from, until)| Following {
                follower: person((pair >> 32) as u32),
                followed: person(pair as u32),
                from,
                until,
            })
            .filter(|span| span.follower != span.followed)
            .collect();
        follows.par_sort_unstable();
        Actions {
            at: rows.iter().map(|row| row.at).collect(),
            actor: rows.iter().map(|row| row.actor).collect(),
            target: rows.iter().map(|row| row.target).collect(),
            kind: rows.iter().map(|row| row.kind).collect(),
            object: rows.par_iter().map(|row| post(row.object)).collect(),
            parent: rows.par_iter().map(|row| post(row.parent)).collect(),
            own: rows.par_iter().map(|row| post(row.own)).collect(),
            visibility: rows.iter().map(|row| row.visibility).collect(),
            kinds: named.into_iter().map(|(kind, _)| kind).collect(),
            posts,
            follows,
            others,
            mute,
            inside: people.len(),
        }
    }
}

/// Places in a list of ascending hashes, found by their first bits and then by bisecting the few that share them.
struct Index<'a> {
    keys: &'a [u64],
    shift: u32,
    /// Where the keys with the same first bits start, and the end.
    starts: Vec<u32>,
}

impl<'a> Index<'a> {
    fn new(keys: &'a [u64]) -> Index<'a> {
        let bits = keys.len().max(2).ilog2();
        let shift = 64 - bits;
        let mut starts = vec![0u32; (1 << bits) + 1];
        for key in keys {
            starts[(key >> shift) as usize + 1] += 1;
        }
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        Index { keys, shift, starts }
    }

    /// The place of a key; [`NONE`] if it is 0 or not among them.
    fn find(&self, key: u64) -> u32 {
        if key == 0 {
            return NONE;
        }
        let first = (key >> self.shift) as usize;
        let (start, end) = (self.starts[first], self.starts[first + 1]);
        let found = self.keys[start as usize..end as usize].binary_search(&key);
        found.map_or(NONE, |place| start + place as u32)
    }
}

/// From follows and unfollows, in any order, to spans: pair of accounts, from, until. At equal times unfollow comes last.
fn spans(mut follows: Vec<Follow>) -> Vec<(u64, i64, i64)> {
    follows.par_sort_unstable();
    let mut spans = Vec::new();
    for history in follows.chunk_by(|a, b| a.pair == b.pair) {
        let mut since = None;
        for change in history {
            match (change.over, since) {
                (false, None) => since = Some(change.at),
                (true, Some(from)) => {
                    if from < change.at {
                        spans.push((change.pair, from, change.at));
                    }
                    since = None;
                }
                _ => {}
            }
        }
        spans.extend(since.map(|from| (history[0].pair, from, i64::MAX)));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_are_found_whether_or_not_they_are_spread(
            mut keys in prop::collection::vec(prop_oneof![1u64..40, any::<u64>()], 0..200),
            others in prop::collection::vec(prop_oneof![0u64..40, any::<u64>()], 0..50),
        ) {
            keys.retain(|key| *key != 0);
            keys.sort_unstable();
            keys.dedup();
            let index = Index::new(&keys);
            for key in keys.iter().chain(&others) {
                let place = keys.binary_search(key).map_or(NONE, |place| place as u32);
                prop_assert_eq!(index.find(*key), place);
            }
        }
    }
}
