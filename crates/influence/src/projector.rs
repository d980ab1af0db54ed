//! From rows to a snapshot: the fast form of `docs/projection.sql`.
//!
//! Rows are kept in 32 bytes each, in buckets by the number of who acted. At the end every bucket is sorted and folded by
//! itself: its rows become ties of 32 bytes in the same memory. Then people are numbered by (ties touching them
//! descending, key ascending), and the ties are gathered in that order. No pass is worse than a sort of a bucket.
//!
//! Memory: 32 bytes a row that counts (24 a follow, 24 a post, 16 a reshare of a post); then 32 bytes a tie beside the
//! snapshot's own. The table of actions, where it is asked for, comes on top ([`crate::actions`]). Results do not depend on the order of rows, their chunking, or the number of threads.

use crate::actions::Collector;
use crate::clusters::{Clusters, Links};
use crate::error::{Error, Kind};
use crate::events::{Events, Follow, Post};
use crate::fold::{Folder, Layers, Record, Sum};
use crate::people::{Accounts, Membership};
use crate::projection::Projection;
use crate::sieve::{Role, Sieve};
use crate::snapshot::{Parts, Snapshot};
use crate::stakes::{Book, Held, Stake, Stakes};
use model::{Acts, Time};
use rayon::prelude::*;

/// Buckets of rows by who acted; a power of two. At 10 million rows a bucket fits a second-level cache.
const BUCKETS: usize = 1 << 10;

/// Rows whose accounts are looked up together.
const AHEAD: usize = 32;

/// Takes rows in any order and makes a snapshot of them.
#[derive(Debug)]
pub struct Projector<'a> {
    sieve: Sieve,
    membership: &'a Membership,
    accounts: Accounts,
    buckets: Vec<Vec<Record>>,
    events: Events,
    actions: Option<Collector>,
    /// Replies, where the snapshot is to keep what intervals draw again.
    links: Option<Links>,
}

impl<'a> Projector<'a> {
    /// A projector for the state as of `as_of`.
    ///
    /// # Errors
    /// The projection holds what it must not: see [`Projection::check`].
    pub fn new(
        projection: &Projection,
        as_of: Time,
        membership: &'a Membership,
    ) -> Result<Projector<'a>, Error> {
        Ok(Projector {
            sieve: Sieve::new(projection, as_of)?,
            membership,
            accounts: Accounts::new(),
            buckets: vec![Vec::new(); BUCKETS],
            events: Events::default(),
            actions: None,
            links: None,
        })
    }

    /// The same, with a snapshot that keeps the table of actions. Ask before adding rows.
    pub fn with_actions(self) -> Projector<'a> {
        Projector { actions: Some(Collector::new()), ..self }
    }

    /// Lets the snapshot keep what intervals draw again: at most 60 bytes more a tie, 12 where one cluster makes it.
    pub fn with_clusters(self) -> Projector<'a> {
        Projector { links: Some(Links::default()), ..self }
    }

    /// Adds rows. Those that do not count are passed over, so that whole segments can be given.
    ///
    /// Rows with `follow` and `unfollow` count from all time up to the as-of time, all others in the window.
    /// A row must be given once: what is added twice counts twice.
    ///
    /// # Errors
    /// Columns that do not fit together, a weight out of range, or more networks, layers or accounts than fit.
    pub fn add(&mut self, acts: &Acts) -> Result<(), Error> {
        let mut sight = self.sieve.sight(acts)?;
        if let Some(actions) = &mut self.actions {
            actions.begin(&sight);
        }
        for row in 0..acts.len() {
            if row % AHEAD == 0 {
                let ahead = row..acts.len().min(row + AHEAD);
                let warm = self.accounts.warm(&acts.actor[ahead.clone()])
                    ^ self.accounts.warm(&acts.target[ahead]);
                std::hint::black_box(warm);
            }
            let Some(seen) = self.sieve.seen(&sight, row) else {
                continue;
            };
            let follows = matches!(seen.role, Role::Follow | Role::Unfollow);
            if let Some(actions) = &mut self.actions
                && seen.recent
                && !follows
            {
                actions.add(&sight, row, seen, self.membership)?;
            }
            match seen.role {
                _ if follows && acts.target[row] != 0 => {
                    let actor = self.find(acts.actor[row], seen.network)?.account;
                    let target = self.find(acts.target[row], seen.network)?.account;
                    self.events.follows.push(Follow {
                        pair: u64::from(actor) << 32 | u64::from(target),
                        at: seen.at,
                        over: seen.role == Role::Unfollow,
                    });
                    continue;
                }
                _ if !seen.recent => continue,
                _ => {}
            }
            if let Some(links) = &mut self.links {
                match seen.role {
                    // Of a reshare, the parent is another reshare; what both pass on is the object.
                    Role::Reshare => {
                        links.note(acts.own.get(row).copied().unwrap_or(0), acts.object[row]);
                    }
                    _ => links.note(acts.object[row], acts.parent[row]),
                }
            }
            match seen.role {
                Role::Post if acts.object[row] != 0 => {
                    let author = self.find(acts.actor[row], seen.network)?.person;
                    self.events.posts.push(Post {
                        key: acts.object[row],
                        at: seen.at,
                        author,
                        network: seen.network,
                    });
                    continue;
                }
                Role::Reshare if acts.object[row] != 0 => {
                    let actor = self.find(acts.actor[row], seen.network)?.person;
                    if !self.accounts.mute[actor as usize] {
                        self.events.reshares.push((acts.object[row], actor));
                    }
                }
                _ => {}
            }
            let Some((layer, fixed)) = self.sieve.weigh(&mut sight, row, seen.at)? else {
                continue;
            };
            let source = self.find(acts.actor[row], seen.network)?.person;
            let target = self.find(acts.target[row], seen.network)?.person;
            if source != target && !self.accounts.mute[source as usize] {
                if let Some(links) = &mut self.links
                    && acts.object[row] == 0
                    && acts.parent[row] != 0
                    && seen.role != Role::Reshare
                {
                    links.note_bare(
                        u64::from(source) << 32 | u64::from(target),
                        seen.at,
                        acts.parent[row],
                    );
                }
                self.buckets[source as usize % BUCKETS].push(Record::new(
                    source,
                    target,
                    seen.at,
                    acts.object[row],
                    layer,
                    acts.visibility[row].min(2),
                    fixed,
                ));
            }
        }
        Ok(())
    }

    #[inline]
    fn find(&mut self, key: u64, network: u16) -> Result<crate::people::Found, Error> {
        self.accounts.find(key, network, self.membership)
    }

    /// Makes the snapshot. Uses the threads of the `rayon` pool in which it is called.
    ///
    /// # Errors
    /// Weights whose sum does not fit; see the bound in `docs/projection.sql`.
    pub fn finish(self) -> Result<Snapshot, Error> {
        let Projector { sieve, membership, accounts, mut buckets, events, actions, links } = self;
        let follows = actions.as_ref().map(|_| events.follows.clone()).unwrap_or_default();
        let clusters = links.map(Links::finish);
        let layers = sieve.layers();
        let people = accounts.people.len();
        if !sieve.projection().returned.is_empty() {
            keep_returned(&mut buckets, &layers);
        }
        let (starts, stakes): (Vec<Vec<u32>>, Vec<Vec<Stake>>) = buckets
            .par_iter_mut()
            .enumerate()
            .map(|(number, bucket)| {
                let drawn =
                    clusters.as_ref().map(|clusters| Drawn { clusters, people: &accounts.people });
                let stakes = fold(bucket, &layers, drawn)?;
                let starts = starts(bucket, people.saturating_sub(number).div_ceil(BUCKETS))?;
                if clusters.is_some() {
                    mark(bucket, &stakes)?;
                }
                Ok((starts, stakes))
            })
            .collect::<Result<Vec<_>, Error>>()?
            .into_iter()
            .unzip();
        let tallies = events.tally(&accounts, sieve.networks.len(), sieve.as_of());

        let mut ties = Folded { buckets, starts };
        let order = order(&ties, &accounts.people);
        let mut number = vec![NOBODY; people];
        for (new, old) in order.iter().enumerate() {
            number[old.person as usize] = new as u32;
        }
        renumber(&mut ties, &number);
        let by_person = order.iter().map(|old| old.person as usize);
        let people: Vec<u64> = order.iter().map(|old| old.key).collect();
        let parts = Parts {
            as_of: Time(sieve.as_of()),
            projection: sieve.projection().clone(),
            actions: actions.map(|actions| {
                actions.finish(&people, &sieve.networks, follows, &accounts, membership)
            }),
            people,
            posts: by_person.clone().map(|old| tallies.posts[old]).collect(),
            audience: by_person.map(|old| tallies.audience[old]).collect(),
            stakes: clusters.map(|_| stakes_of(&ties, &order, stakes)),
            columns: gather(ties, &order),
        };
        Snapshot::new(parts)
    }
}

/// The number of those without a tie.
const NOBODY: u32 = u32::MAX;

/// Sorted ties by bucket, and in each bucket where the ties of its people start.
struct Folded {
    buckets: Vec<Vec<Record>>,
    starts: Vec<Vec<u32>>,
}

impl Folded {
    fn of(&self, person: u32) -> &[Record] {
        let (bucket, place) = (person as usize % BUCKETS, person as usize / BUCKETS);
        let starts = &self.starts[bucket];
        &self.buckets[bucket][starts[place] as usize..starts[place + 1] as usize]
    }
}

/// Drops rows of layers that must be returned where nothing of weight goes the other way.
fn keep_returned(buckets: &mut [Vec<Record>], layers: &Layers) {
    buckets.par_iter_mut().for_each(|bucket| bucket.sort_unstable());
    let all = &*buckets;
    let answered = |row: &Record| {
        let back = u64::from(row.target()) << 32 | u64::from(row.source());
        let rows = &all[row.target() as usize % BUCKETS];
        let rows = &rows[rows.partition_point(|other| other.pair < back)..];
        rows.iter().take_while(|other| other.pair == back).any(|other| layers.part(other) > 0.0)
    };
    // All are judged before any goes: a row answers another whether or not it stays.
    let stays = |row: &&Record| !layers.list[row.layer()].returned || answered(row);
    let kept: Vec<Vec<Record>> =
        all.par_iter().map(|bucket| bucket.iter().filter(stays).copied().collect()).collect();
    buckets.iter_mut().zip(kept).for_each(|(bucket, kept)| *bucket = kept);
}

/// Ties as columns, sorted by (source, target).
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub sources: Vec<u32>,
    pub targets: Vec<u32>,
    pub strengths: Vec<f32>,
    pub interactions: Vec<u32>,
    pub first: Vec<i64>,
    pub last: Vec<i64>,
    pub seen: Vec<u8>,
}

/// A tie in the memory of one of its rows: `at` is the first time, `object` the last, `value` the rest.
fn pack(pair: u64, sum: Sum) -> Record {
    let interactions = sum.interactions.min(MOST_INTERACTIONS);
    Record {
        pair,
        at: sum.first,
        object: sum.last as u64,
        value: u64::from(sum.strength.to_bits()) << 32
            | u64::from(sum.seen & 7) << 29
            | u64::from(interactions),
    }
}

/// As many interactions of one tie as are told apart.
const MOST_INTERACTIONS: u32 = (1 << 29) - 1;

fn unpack(tie: &Record) -> Sum {
    Sum {
        strength: f32::from_bits((tie.value >> 32) as u32),
        interactions: tie.value as u32 & MOST_INTERACTIONS,
        first: tie.at,
        last: tie.object as i64,
        seen: (tie.value >> 29) as u8 & 7,
    }
}

/// What stakes are made from.
struct Drawn<'a> {
    clusters: &'a Clusters,
    /// Keys of people by number.
    people: &'a [u64],
}

/// Sorts a bucket's rows and puts the ties that they make in their place. Gives the stakes of those ties, in their order.
fn fold(
    bucket: &mut Vec<Record>,
    layers: &Layers,
    drawn: Option<Drawn<'_>>,
) -> Result<Vec<Stake>, Error> {
    bucket.sort_unstable();
    let mut folder = Folder::new(layers);
    let mut book = Book::default();
    let (mut read, mut write) = (0, 0);
    while read < bucket.len() {
        let pair = bucket[read].pair;
        let rows = &bucket[read..];
        let rows = &rows[..rows.iter().take_while(|row| row.pair == pair).count()];
        read += rows.len();
        if let Some(sum) = folder.tie(rows)? {
            if let Some(Drawn { clusters, people }) = &drawn {
                folder.counted(rows, |row| {
                    let actor = people[row.source() as usize];
                    let cluster = clusters.of_row(row.pair, row.at, row.object, actor);
                    book.row(cluster, layers.part(row));
                });
                book.tie();
            }
            bucket[write] = pack(pair, sum);
            write += 1;
        }
    }
    bucket.truncate(write);
    bucket.shrink_to_fit();
    Ok(book.finish())
}

/// Writes where the stakes of each tie of a bucket start in place of its source, which is known from where ties start.
fn mark(bucket: &mut [Record], stakes: &[Stake]) -> Result<(), Error> {
    if stakes.len() >= u32::MAX as usize {
        return Err(too_many());
    }
    let mut start = 0;
    for tie in bucket {
        tie.pair = (start as u64) << 32 | u64::from(tie.target());
        start += Held::of(&stakes[start..]).len();
    }
    Ok(())
}

fn too_many() -> Error {
    Error::new(Kind::Snapshot, "more ties than one snapshot holds; shorten the projection's window")
}

/// Where the ties of each person of a bucket start, and the end.
fn starts(bucket: &[Record], people: usize) -> Result<Vec<u32>, Error> {
    if bucket.len() >= u32::MAX as usize {
        return Err(too_many());
    }
    let mut starts = vec![0u32; people + 1];
    for tie in bucket {
        starts[tie.source() as usize / BUCKETS + 1] += 1;
    }
    for place in 0..people {
        starts[place + 1] += starts[place];
    }
    Ok(starts)
}

/// The people with a tie: by ties that touch them, most first, then by key.
fn order(ties: &Folded, keys: &[u64]) -> Vec<Placed> {
    let chunk = BUCKETS.div_ceil(rayon::current_num_threads());
    let credited: Vec<Vec<u32>> = ties
        .buckets
        .par_chunks(chunk)
        .map(|buckets| {
            let mut counts = vec![0u32; keys.len()];
            for tie in buckets.iter().flatten() {
                counts[tie.target() as usize] += 1;
            }
            counts
        })
        .collect();
    let mut order: Vec<Placed> = (0..keys.len() as u32)
        .into_par_iter()
        .map(|person| {
            let into: u32 = credited.iter().map(|counts| counts[person as usize]).sum();
            let out = ties.of(person).len() as u32;
            Placed { touched: !(out + into), key: keys[person as usize], person, ties: out }
        })
        .filter(|placed| placed.touched != !0)
        .collect();
    order.par_sort_unstable();
    order
}

/// A person with a tie. The order of fields is the order of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Placed {
    /// Complement of the number of ties that touch the person.
    touched: u32,
    key: u64,
    /// The number so far.
    person: u32,
    /// Ties as the one who acted.
    ties: u32,
}

/// Gives every target its new number and sorts the ties of each person by it.
fn renumber(ties: &mut Folded, number: &[u32]) {
    let Folded { buckets, starts } = ties;
    (buckets.par_iter_mut(), starts.par_iter()).into_par_iter().for_each(|(bucket, starts)| {
        for tie in bucket.iter_mut() {
            tie.pair = tie.pair >> 32 << 32 | u64::from(number[tie.target() as usize]);
        }
        for ends in starts.windows(2) {
            bucket[ends[0] as usize..ends[1] as usize].sort_unstable_by_key(Record::target);
        }
    });
}

/// The ties in the new order of people, as columns.
fn gather(ties: Folded, order: &[Placed]) -> Columns {
    // Blocks of people with about as many ties each, so that threads share the work.
    let mut blocks: Vec<(std::ops::Range<usize>, usize)> = Vec::new();
    let (mut begin, mut edges) = (0, 0);
    for (place, placed) in order.iter().enumerate() {
        edges += placed.ties as usize;
        if edges >= BLOCK || place + 1 == order.len() {
            blocks.push((begin..place + 1, edges));
            (begin, edges) = (place + 1, 0);
        }
    }
    let total = blocks.iter().map(|(_, edges)| edges).sum();
    let mut columns = Columns {
        sources: vec![0; total],
        targets: vec![0; total],
        strengths: vec![0.0; total],
        interactions: vec![0; total],
        first: vec![0; total],
        last: vec![0; total],
        seen: vec![0; total],
    };
    let mut rest = Slices {
        sources: &mut columns.sources,
        targets: &mut columns.targets,
        strengths: &mut columns.strengths,
        interactions: &mut columns.interactions,
        first: &mut columns.first,
        last: &mut columns.last,
        seen: &mut columns.seen,
    };
    let mut parts = Vec::with_capacity(blocks.len());
    for (people, edges) in blocks {
        let (part, after) = rest.split(edges);
        parts.push((people, part));
        rest = after;
    }
    parts.into_par_iter().for_each(|(people, mut part)| {
        let mut at = 0;
        for place in people {
            // Runs lie anywhere in memory: a look at one ahead brings it near while this one is copied.
            if let Some(ahead) = order.get(place + RUNS_AHEAD) {
                let lines = ties.of(ahead.person).iter().step_by(2).take(16);
                std::hint::black_box(lines.fold(0, |sum, tie| sum ^ tie.at));
            }
            for tie in ties.of(order[place].person) {
                part.set(at, place as u32, tie.target(), unpack(tie));
                at += 1;
            }
        }
    });
    columns
}

/// The stakes of ties in the new order of people. They stay where they are; what is gathered is where those of each tie start.
fn stakes_of(ties: &Folded, order: &[Placed], buckets: Vec<Vec<Stake>>) -> Stakes {
    let starts = |placed: &Placed| ties.of(placed.person).iter().map(|tie| (tie.pair >> 32) as u32);
    Stakes {
        buckets,
        bucket: order.iter().map(|placed| (placed.person as usize % BUCKETS) as u16).collect(),
        starts: order.par_iter().flat_map_iter(starts).collect(),
    }
}

/// How far ahead of the run that is copied another is looked at.
const RUNS_AHEAD: usize = 4;

/// Ties gathered by one thread at a time.
const BLOCK: usize = 1 << 14;

/// A stretch of every column.
struct Slices<'a> {
    sources: &'a mut [u32],
    targets: &'a mut [u32],
    strengths: &'a mut [f32],
    interactions: &'a mut [u32],
    first: &'a mut [i64],
    last: &'a mut [i64],
    seen: &'a mut [u8],
}

impl<'a> Slices<'a> {
    fn split(self, at: usize) -> (Slices<'a>, Slices<'a>) {
        let (sources, sources_after) = self.sources.split_at_mut(at);
        let (targets, targets_after) = self.targets.split_at_mut(at);
        let (strengths, strengths_after) = self.strengths.split_at_mut(at);
        let (interactions, interactions_after) = self.interactions.split_at_mut(at);
        let (first, first_after) = self.first.split_at_mut(at);
        let (last, last_after) = self.last.split_at_mut(at);
        let (seen, seen_after) = self.seen.split_at_mut(at);
        let before = Slices { sources, targets, strengths, interactions, first, last, seen };
        let after = Slices {
            sources: sources_after,
            targets: targets_after,
            strengths: strengths_after,
            interactions: interactions_after,
            first: first_after,
            last: last_after,
            seen: seen_after,
        };
        (before, after)
    }

    fn set(&mut self, at: usize, source: u32, target: u32, sum: Sum) {
        self.sources[at] = source;
        self.targets[at] = target;
        self.strengths[at] = sum.strength;
        self.interactions[at] = sum.interactions;
        self.first[at] = sum.first;
        self.last[at] = sum.last;
        self.seen[at] = sum.seen;
    }
}
