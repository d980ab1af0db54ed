//! Who moves whom, by simulation: what each person's posts bring on average, and what would be missing without them.
//!
//! For each person, over a number of draws:
//!
//! - **gross**: reactions to their posts of the window, and to what was passed on of those;
//! - **net**: all reactions in the draw minus all reactions in the same draw without their posts. What their posts of brand
//!   talk excited others to post is missing then too; and since attention is limited, others' posts draw more: net may be negative.
//!
//! Both worlds of a pair share every random number, named by (seed, post, viewer). So they differ only where the person's silence
//! matters, and that is counted for everybody in one pass over the draw (see [`crate::cascade`]): a draw with all its
//! counterfactuals costs about twice a draw. [`World::reactions_without`] plays the second world of a pair in full, and a test holds both ways equal.
//! Attention is judged by what people are expected to post, so a viewer's own load does not move with each draw.
//!
//! What else the definitions ask for is counted in the same draws. No score and no graph measure takes part.

use crate::event::Event;
use crate::people::Viewer;
use crate::play::{Player, Watch};
use crate::world::World;
use rayon::prelude::*;

/// A mean over draws, with its standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Mean {
    /// Per window.
    pub mean: f64,
    /// Standard error of the mean; 0 for a single draw.
    pub se: f64,
}

/// What is counted of each person, in order of [`Expected`]'s fields.
const KINDS: usize = 8;
const NET: usize = 0;
const GROSS: usize = 1;
const NEWCOMERS: usize = 2;
const HELPED: usize = 3;
const DOORS: usize = 4;
const SPOTTED: usize = 5;
const MISJUDGED: usize = 6;
const HOSTED: usize = 7;

/// Expected outcomes of one person's doing, over the draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Expected {
    /// Reactions that would be missing from the world without this person's posts.
    pub net: Mean,
    /// Reactions in the cascades of this person's posts.
    pub gross: Mean,
    /// Newcomers whom this person brought to the firm.
    pub newcomers: Mean,
    /// Questions that this person's answer settled.
    pub helped: Mean,
    /// Times that a group first got to know something because this person passed it on.
    pub doors: Mean,
    /// Items taken up before at least five others of the group, among its first quarter.
    pub spotted: Mean,
    /// Items taken up that at most one other of the group took up afterwards, and none before.
    pub misjudged: Mean,
    /// Of employees: outsiders with whom there was an exchange both ways.
    pub hosted: Mean,
}

impl World {
    /// Expected outcomes of everybody, from draws 1 to `draws`; see the module for their cost.
    pub fn expected(&self, draws: u32) -> Vec<Expected> {
        let people = self.people.len();
        let friends = Friends::new(self);
        // Sums are integers, so the order in which draws are added does not matter.
        let sums = (1..=draws)
            .into_par_iter()
            .fold(
                || vec![[(0i64, 0i64); KINDS]; people],
                |mut sums, draw| {
                    let counts = self.count(u64::from(draw), &friends);
                    for (sum, count) in sums.iter_mut().zip(counts) {
                        for (sum, count) in sum.iter_mut().zip(count) {
                            *sum = (
                                sum.0 + i64::from(count),
                                sum.1 + i64::from(count) * i64::from(count),
                            );
                        }
                    }
                    sums
                },
            )
            .reduce(
                || vec![[(0, 0); KINDS]; people],
                |mut sums, others| {
                    for (sum, other) in sums.iter_mut().flatten().zip(others.iter().flatten()) {
                        *sum = (sum.0 + other.0, sum.1 + other.1);
                    }
                    sums
                },
            );
        let of = |sums: [(i64, i64); KINDS]| {
            let m = sums.map(|sum| mean(sum, draws));
            Expected {
                net: m[NET],
                gross: m[GROSS],
                newcomers: m[NEWCOMERS],
                helped: m[HELPED],
                doors: m[DOORS],
                spotted: m[SPOTTED],
                misjudged: m[MISJUDGED],
                hosted: m[HOSTED],
            }
        };
        sums.into_iter().map(of).collect()
    }

    /// Counts of everybody in one draw.
    fn count(&self, draw: u64, friends: &Friends) -> Vec<[i32; KINDS]> {
        let tally = Tally { counts: vec![[0; KINDS]; self.people.len()], exchanges: Vec::new() };
        let mut player = Player::new(self, draw, tally);
        player.cascade.friends = Some(friends);
        player.play();
        let mut tally = player.watch;
        tally.exchanges.sort_unstable();
        tally.exchanges.dedup();
        for pair in tally.exchanges.windows(2) {
            if pair[0].0 == pair[1].0 && pair[0].1 == pair[1].1 {
                tally.counts[pair[0].0 as usize][HOSTED] += 1;
            }
        }
        tally.counts
    }

    /// All reactions to posts of one draw's window, without the posts of `silent`: the slow way to a net, for tests.
    pub fn reactions_without(&self, draw: u64, silent: Option<u32>) -> u64 {
        let mut viewers: Vec<Viewer> = self.viewers.clone();
        if let Some(silent) = silent {
            for follower in self.follows.of(silent) {
                let viewer = &mut viewers[*follower as usize];
                viewer.feed -= self.rates[silent as usize];
                viewer.moved = viewer.ease / viewer.feed;
            }
        }
        let mut player = Player::new(self, draw, Total(0));
        player.viewers = &viewers;
        player.without = silent;
        player.play();
        player.watch.0
    }

    /// (net, gross) of everybody in one draw: what [`World::expected`] takes the mean of.
    pub fn moved(&self, draw: u64) -> Vec<(i64, i64)> {
        let counts = self.count(draw, &Friends::new(self));
        counts.iter().map(|count| (i64::from(count[NET]), i64::from(count[GROSS]))).collect()
    }

    /// Posts of brand talk in one draw's window, and how many of them others excited.
    pub fn talk_of(&self, draw: u64) -> (u64, u64) {
        let mut player = Player::new(self, draw, Talk::default());
        player.play();
        (player.watch.posts, player.watch.excited)
    }
}

fn mean(sum: (i64, i64), draws: u32) -> Mean {
    let n = f64::from(draws.max(1));
    let mean = sum.0 as f64 / n;
    let spread = (sum.1 as f64 - n * mean * mean).max(0.0);
    Mean { mean, se: if draws > 1 { (spread / (n - 1.0) / n).sqrt() } else { 0.0 } }
}

/// Whom each person follows, those who post most first.
pub(crate) struct Friends {
    offsets: Vec<u32>,
    friends: Vec<u32>,
}

impl Friends {
    fn new(world: &World) -> Friends {
        let people = world.people.len();
        let mut offsets = vec![0u32; people + 1];
        for (_, follower) in world.follows.iter() {
            offsets[follower as usize + 1] += 1;
        }
        for person in 0..people {
            offsets[person + 1] += offsets[person];
        }
        let mut next = offsets.clone();
        let mut friends = vec![0; world.follows.len()];
        for (followed, follower) in world.follows.iter() {
            let place = &mut next[follower as usize];
            friends[*place as usize] = followed;
            *place += 1;
        }
        for person in 0..people {
            let own = &mut friends[offsets[person] as usize..offsets[person + 1] as usize];
            let rate = |friend: u32| world.rates[friend as usize];
            own.sort_unstable_by(|a, b| rate(*b).total_cmp(&rate(*a)).then(a.cmp(b)));
        }
        Friends { offsets, friends }
    }

    #[inline]
    pub fn of(&self, person: u32) -> &[u32] {
        let place = person as usize;
        &self.friends[self.offsets[place] as usize..self.offsets[place + 1] as usize]
    }
}

struct Tally {
    counts: Vec<[i32; KINDS]>,
    /// Employee, outsider, and whether the employee wrote.
    exchanges: Vec<(u32, u32, bool)>,
}

impl Tally {
    fn add(&mut self, person: u32, kind: usize, count: i32) {
        self.counts[person as usize][kind] += count;
    }
}

impl Watch for Tally {
    const COUNTS: bool = true;

    fn event(&mut self, _: &Event) {}

    fn reactions(&mut self, lineage: &[u32], count: u32) {
        for (place, person) in lineage.iter().enumerate() {
            self.add(*person, NET, count as i32);
            if place == 0 {
                self.add(*person, GROSS, count as i32);
            }
        }
    }

    fn freed(&mut self, person: u32, count: u32) {
        self.add(person, NET, -(count as i32));
    }

    fn door(&mut self, person: u32) {
        self.add(person, DOORS, 1);
    }

    fn newcomer(&mut self, person: u32) {
        self.add(person, NEWCOMERS, 1);
    }

    fn helped(&mut self, person: u32) {
        self.add(person, HELPED, 1);
    }

    fn took_up(&mut self, person: u32, before: u32, after: u32) {
        if after >= 5 && before * 4 <= before + after {
            self.add(person, SPOTTED, 1);
        } else if before == 0 && after <= 1 {
            self.add(person, MISJUDGED, 1);
        }
    }

    fn exchange(&mut self, employee: u32, outsider: u32, from_employee: bool) {
        self.exchanges.push((employee, outsider, from_employee));
    }
}

struct Total(u64);

impl Watch for Total {
    const COUNTS: bool = true;

    fn event(&mut self, _: &Event) {}

    fn reactions(&mut self, _: &[u32], count: u32) {
        self.0 += u64::from(count);
    }
}

#[derive(Default)]
struct Talk {
    posts: u64,
    excited: u64,
}

impl Watch for Talk {
    const COUNTS: bool = true;

    fn event(&mut self, _: &Event) {}

    fn talk(&mut self, excited: bool) {
        self.posts += 1;
        self.excited += u64::from(excited);
    }
}
