//! Who follows whom: the paths on which posts travel. It stays the same in every draw.
//!
//! Most of whom somebody follows is in their own group, by popularity; some are followed by those they follow (so that
//! triangles close), some are anywhere. Some who are planted have more followers than others. The number followed and the popularity have Pareto tails. Some are followed back.
//! Brokers follow and are followed in several groups. House accounts and news desks are followed by many.
//! Cost and memory: 8 bytes a tie while it is built, 4 after.

use crate::alias::Alias;
use crate::chance::{Chance, hash, unit};
use crate::config::Config;
use crate::groups::Group;
use crate::people::{Person, Planted, Role};
use crate::purpose;
use rayon::prelude::*;

/// Followers of everybody, in order of number.
#[derive(Clone, Debug, Default)]
pub struct Follows {
    offsets: Vec<u32>,
    followers: Vec<u32>,
}

impl Follows {
    /// Who follows `person`, ascending.
    #[inline]
    pub fn of(&self, person: u32) -> &[u32] {
        &self.followers[self.range(person)]
    }

    /// Places of somebody's followers among all ties.
    #[inline]
    pub(crate) fn range(&self, person: u32) -> std::ops::Range<usize> {
        let place = person as usize;
        self.offsets[place] as usize..self.offsets[place + 1] as usize
    }

    /// Number of ties.
    pub fn len(&self) -> usize {
        self.followers.len()
    }

    /// Whether nobody follows anybody.
    pub fn is_empty(&self) -> bool {
        self.followers.is_empty()
    }

    /// Whether `follower` follows `person`.
    pub fn has(&self, person: u32, follower: u32) -> bool {
        self.of(person).binary_search(&follower).is_ok()
    }

    /// Every tie as (followed, follower), in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let people = 0..self.offsets.len().saturating_sub(1) as u32;
        people.flat_map(|person| self.of(person).iter().map(move |follower| (person, *follower)))
    }

    fn from(mut ties: Vec<u64>, people: usize) -> Follows {
        ties.par_sort_unstable();
        ties.dedup();
        let mut offsets = vec![0u32; people + 1];
        for tie in &ties {
            offsets[(tie >> 32) as usize + 1] += 1;
        }
        for person in 0..people {
            offsets[person + 1] += offsets[person];
        }
        Follows { offsets, followers: ties.into_iter().map(|tie| tie as u32).collect() }
    }
}

const TAIL: f64 = 2.2;
const MOST: f64 = 500.0;

/// Ties among all; `extra` are further ones as (followed, follower), from the schemes.
pub(crate) fn follows(
    config: &Config,
    groups: &[Group],
    people: &[Person],
    extra: &[(u32, u32)],
) -> Follows {
    let real = config.people;
    let popularity: Vec<f32> = people[..real].iter().map(|person| person.popularity).collect();
    let near =
        Alias::by_range(&popularity, groups.iter().map(|g| g.start as usize..g.end as usize));
    let far = Alias::new(&popularity);
    let pack = |followed: u32, follower: u32| u64::from(followed) << 32 | u64::from(follower);
    // First the friends that everybody chooses, as lists in order of who chooses.
    let mut chosen: Vec<u32> = Vec::new();
    let mut offsets = vec![0usize];
    for me in 0..real as u32 {
        let mut chance = Chance::of(config.seed, purpose::FOLLOWS, u64::from(me));
        let mean = config.follows * (TAIL - 1.0) / TAIL;
        let count = (mean * chance.pareto(TAIL, MOST) + chance.unit()) as usize;
        let group = &groups[people[me as usize].group as usize];
        for _ in 0..count {
            let friend = match chance.unit() {
                ..0.8 => near.pick_in(group.start as usize, group.end as usize, &mut chance),
                _ => far.pick(&mut chance),
            };
            if friend != me {
                chosen.push(friend);
            }
        }
        offsets.push(chosen.len());
    }
    let of = |me: u32| &chosen[offsets[me as usize]..offsets[me as usize + 1]];
    let mut ties: Vec<u64> = Vec::with_capacity(chosen.len() * 2);
    for me in 0..real as u32 {
        let mut chance = Chance::of(config.seed, purpose::TIES, u64::from(me));
        for friend in of(me) {
            ties.push(pack(*friend, me));
            let theirs = of(*friend);
            if !theirs.is_empty() && chance.is(0.35) {
                let friend = theirs[chance.below(theirs.len())];
                if friend != me {
                    ties.push(pack(friend, me));
                }
            }
        }
        let planted = people[me as usize].planted;
        let mut tie = |followed: u32, follower: u32| ties.push(pack(followed, follower));
        if config.follows > 0.0 && planted.has(Planted::BROKER) {
            bridge(me, groups, &mut chance, &mut tie);
        }
        if config.follows > 0.0 && planted.0 & (HEARD_ABROAD | HEARD_AT_HOME) != 0 {
            let own = &groups[people[me as usize].group as usize];
            for _ in 0..if planted.0 & HEARD_ABROAD == 0 { 32 } else { 18 } {
                let follower = match planted.0 & HEARD_ABROAD {
                    0 => own.start + chance.below(own.len()) as u32,
                    _ => chance.below(real) as u32,
                };
                if follower != me {
                    tie(me, follower);
                }
            }
        }
    }
    for place in 0..ties.len() {
        let (friend, me) = ((ties[place] >> 32) as u32, ties[place] as u32);
        // The more followers somebody has, the fewer of them they follow back.
        let back = 0.5 / (1.0 + f64::from(popularity[friend as usize]) / 6.0);
        if unit(hash(hash(config.seed, purpose::FOLLOW_BACK), ties[place])) < back {
            ties.push(pack(me, friend));
        }
    }
    if config.follows > 0.0 {
        crowd(config, people, |followed, follower| ties.push(pack(followed, follower)));
        ties.extend(extra.iter().map(|(followed, follower)| pack(*followed, *follower)));
    }
    Follows::from(ties, people.len())
}

/// Who has followers all over: whoever speaks of the brand, well or ill.
const HEARD_ABROAD: u16 = Planted::ADVOCATE.0 | Planted::DETRACTOR.0;
/// Who has as many in their own group: so that the number of followers alone tells neither from brokers.
const HEARD_AT_HOME: u16 = Planted::LOUD.0 | Planted::CHATTERER.0 | Planted::HASTY.0;

/// Ties of a broker into groups other than their own.
fn bridge(me: u32, groups: &[Group], chance: &mut Chance, mut tie: impl FnMut(u32, u32)) {
    for _ in 0..4 {
        let group = &groups[chance.below(groups.len())];
        let mut member = || group.start + chance.below(group.len()) as u32;
        for _ in 0..(group.len() / 2).min(9) {
            let (followed, follower) = (member(), member());
            if followed != me {
                tie(followed, me);
            }
            if follower != me {
                tie(me, follower);
            }
        }
    }
}

/// Followers of house accounts and news desks.
fn crowd(config: &Config, people: &[Person], mut tie: impl FnMut(u32, u32)) {
    for (account, owner) in people.iter().enumerate().skip(config.people) {
        if !matches!(owner.role, Role::House | Role::Media) {
            continue;
        }
        let world = hash(config.seed, account as u64);
        for (me, person) in people[..config.people].iter().enumerate() {
            let share = match (owner.role, person.role) {
                (Role::House, Role::Employee | Role::Partner) => 0.6,
                (Role::House, Role::Customer) => 0.3,
                (Role::House, _) => 0.02,
                _ => 0.05,
            };
            if Chance::of(world, purpose::FOLLOWED, me as u64).is(share) {
                tie(account as u32, me as u32);
            }
        }
    }
}
