//! A world: people, traits, ties and plants, which stay the same in every draw of what happens.

use crate::alias::Alias;
use crate::cascade::closeness;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Error;
use crate::event::Network;
use crate::follows::{Follows, follows};
use crate::groups::{Bond, Group, groups};
use crate::people::{ATTENTION, Person, Planted, Role, SUSCEPTIBILITY, Viewer, people};
use crate::purpose;
use crate::schemes::{SECOND_ACCOUNT, Schemes, plan};
use std::sync::OnceLock;

/// Competence on a topic from which on an employee is an expert: that much helps nearly always.
pub const EXPERT: f64 = 0.7;

/// How often things begin, relative to each other. What follows from each decides how many interactions it makes.
pub(crate) const BEGINNINGS: [f32; 7] = [
    1.0,   // a post
    0.12,  // a post of brand talk that nothing excited
    0.16,  // a question in the firm's places
    0.20,  // an exchange between an employee and an outsider
    0.10,  // an exchange among employees
    0.012, // an item of a news desk
    0.003, // a newcomer whom nobody brought
];

/// A firm and its surroundings. Made by [`World::new`]; [`World::play`] lets a window happen in it.
#[derive(Debug)]
pub struct World {
    pub(crate) config: Config,
    pub(crate) groups: Vec<Group>,
    pub(crate) people: Vec<Person>,
    pub(crate) viewers: Vec<Viewer>,
    pub(crate) follows: Follows,
    pub(crate) schemes: Schemes,
    pub(crate) clock: Clock,
    /// Bound on how much a follower of somebody can be moved, attention that others' silence frees included.
    pub(crate) caps: Vec<f32>,
    /// For each follow tie, how much of that the follower can be moved at most: of 255.
    pub(crate) bounds: Vec<u8>,
    /// Share of the feed that somebody's posts make in a follower's.
    pub(crate) rates: Vec<f32>,
    pub(crate) tables: Tables,
    /// Account keys, filled when first asked for.
    pub(crate) keys: OnceLock<Vec<u64>>,
}

/// Who begins things, by weight.
#[derive(Debug)]
pub(crate) struct Tables {
    pub beginnings: Alias,
    pub posts: Alias,
    pub talk: Alias,
    pub asks: Alias,
    pub answers: Alias,
    pub hosting: Alias,
    /// First person that is no employee: employees come first.
    pub employees: u32,
    /// Those who take items up early, ascending.
    pub keen: Vec<u32>,
    /// Groups of teams come first, then partners' firms.
    pub partners: std::ops::Range<usize>,
}

impl World {
    /// Makes a world. Costs time and memory that grow with people and ties.
    ///
    /// # Errors
    /// [`crate::Kind::Config`] where a setting is out of its range.
    pub fn new(config: Config) -> Result<World, Error> {
        config.check()?;
        let groups = groups(&config);
        let (mut people, mut viewers) = people(&config, &groups);
        let (schemes, extra) = plan(&config, &groups, &mut people, &mut viewers);
        if let Some(house) = schemes.house {
            let all: f64 = people.iter().map(|person| f64::from(person.activity)).sum();
            people[house as usize].activity = (all * 0.01).min(60.0) as f32;
        }
        let follows = follows(&config, &groups, &people, &extra);
        let tables = tables(&people, &groups);
        let rates = rates(&people);
        attend(&config, &people, &follows, &rates, &mut viewers);
        let (caps, bounds) = bounds(&config, &follows, &viewers);
        let keys = OnceLock::new();
        let clock = Clock::new(&config);
        let mut world = World {
            config,
            groups,
            people,
            viewers,
            follows,
            schemes,
            clock,
            caps,
            bounds,
            rates,
            tables,
            keys,
        };
        let each = world.pilot();
        world.clock.set_candidates(world.config.expected() as f64 / each);
        Ok(world)
    }

    /// What it was made from.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Everybody: real people first, then house accounts, bots, news desks and fakes.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// Number of real people; they are the first of [`World::people`].
    pub fn real(&self) -> usize {
        self.config.people
    }

    /// The groups of real people.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Who follows whom.
    pub fn follows(&self) -> &Follows {
        &self.follows
    }

    /// Who takes part in which scheme, and which accounts are the firm's own.
    pub fn schemes(&self) -> &Schemes {
        &self.schemes
    }

    /// Real people in whom all of `what` was planted.
    pub fn planted(&self, what: Planted) -> impl Iterator<Item = u32> + '_ {
        let planted = move |(_, person): &(usize, &Person)| person.planted.has(what);
        self.people.iter().enumerate().filter(planted).map(|(number, _)| number as u32)
    }

    /// Since when, until when, and on which topic there was news that made people post.
    pub fn shocks(&self) -> &[(i64, i64, u8)] {
        &self.clock.shocks
    }

    /// Networks of which nothing was recorded for a time: since when and until when, in microseconds.
    pub fn outages(&self) -> &[(Network, i64, i64)] {
        &self.clock.outages
    }

    /// The chance that an answer of theirs on a topic is of help, before luck: their competence in own topics, a third of it in others.
    pub fn competence(&self, person: u32, topic: u8) -> f64 {
        let own = self.viewers[person as usize].topics >> topic & 1 == 1;
        f64::from(self.people[person as usize].competence) * if own { 1.0 } else { 0.33 }
    }

    /// The employees who know a topic of the firm's products best: competence of [`EXPERT`] or more, and still there at the end.
    pub fn experts(&self, topic: u8) -> impl Iterator<Item = u32> + '_ {
        let knows = move |person: &u32| {
            let who = &self.people[*person as usize];
            who.role == Role::Employee
                && who.left == i64::MAX
                && self.competence(*person, topic) >= EXPERT
        };
        (0..self.real() as u32).filter(knows)
    }

    /// Whether somebody has an account on a network.
    pub fn is_on(&self, person: u32, network: Network) -> bool {
        self.viewers[person as usize].networks & network.bit() != 0
    }

    /// Bounds of somebody's followers, in their order.
    #[inline]
    pub(crate) fn bounds_of(&self, person: u32) -> &[u8] {
        &self.bounds[self.follows.range(person)]
    }

    /// Those of a group who take items up early.
    pub(crate) fn keen_of(&self, group: usize) -> &[u32] {
        let (group, keen) = (&self.groups[group], &self.tables.keen);
        let place = |person: u32| keen.partition_point(|other| *other < person);
        &keen[place(group.start)..place(group.end)]
    }

    /// Whether somebody has a second account on twitter.
    pub fn has_second(&self, person: u32) -> bool {
        self.viewers[person as usize].networks & SECOND_ACCOUNT != 0
    }
}

fn tables(people: &[Person], groups: &[Group]) -> Tables {
    let table =
        |weight: fn(&Person) -> f32| Alias::new(&people.iter().map(weight).collect::<Vec<f32>>());
    let posts = table(|person| person.activity);
    let talk = table(|person| person.talk);
    let asks = table(|person| person.asks);
    let answers = table(|person| person.answers);
    let hosting = table(|person| person.hosting);
    let employees = people.iter().take_while(|person| person.role == Role::Employee).count() as u32;
    let has = |table: &Alias| if table.is_empty() { 0.0 } else { 1.0 };
    let media = people.iter().any(|person| person.role == Role::Media);
    let firm = if employees > 0 { 1.0 } else { 0.0 };
    let there = [
        has(&posts),
        has(&talk),
        has(&asks),
        has(&hosting),
        firm,
        if media { 1.0 } else { 0.0 },
        firm,
    ];
    let weights: Vec<f32> =
        BEGINNINGS.iter().zip(there).map(|(weight, there)| weight * there).collect();
    let kind = |place: usize| groups.get(place).map(|group| group.bond);
    let teams = (0..).take_while(|g| matches!(kind(*g), Some(Bond::Team(_)))).count();
    let firms = (teams..).take_while(|g| matches!(kind(*g), Some(Bond::Partner(_)))).count();
    let keen = |person: &Person| person.planted.0 & (Planted::EARLY.0 | Planted::HASTY.0) != 0;
    Tables {
        keen: (0..people.len() as u32).filter(|person| keen(&people[*person as usize])).collect(),
        beginnings: Alias::new(&weights),
        posts,
        talk,
        asks,
        answers,
        hosting,
        employees,
        partners: teams..teams + firms,
    }
}

/// Everybody's posts per beginning.
fn rates(people: &[Person]) -> Vec<f32> {
    let sum = |weight: fn(&Person) -> f32| {
        people.iter().map(|person| f64::from(weight(person))).sum::<f64>().max(1e-9) as f32
    };
    let (activity, talk) = (sum(|person| person.activity), sum(|person| person.talk));
    let of = |person: &Person| {
        BEGINNINGS[0] * person.activity / activity + BEGINNINGS[1] * person.talk / talk
    };
    people.iter().map(of).collect()
}

/// Sets what each viewer can be moved by, from attention and the load of the feed.
fn attend(
    config: &Config,
    people: &[Person],
    follows: &Follows,
    rates: &[f32],
    viewers: &mut [Viewer],
) {
    let mut load = vec![0f64; viewers.len()];
    for (followed, follower) in follows.iter() {
        let (load, rate) = (&mut load[follower as usize], rates[followed as usize]);
        *load += f64::from(rate);
        let viewer = &mut viewers[follower as usize];
        viewer.heaviest = viewer.heaviest.max(rate);
    }
    let average = (load.iter().sum::<f64>() / config.people as f64).max(1e-12);
    for (number, viewer) in viewers.iter_mut().enumerate().take(config.people) {
        let mut chance = Chance::of(config.seed ^ SUSCEPTIBILITY, purpose::TRAITS, number as u64);
        // Brokers read what they are shown: else they would have nothing to pass on.
        let broker = people[number].planted.has(Planted::BROKER);
        let susceptibility = if broker { 0.95 } else { 0.1 + 0.9 * chance.unit() };
        let mut chance =
            Chance::of(config.seed ^ (ATTENTION << 32), purpose::TRAITS, number as u64);
        let attention = chance.lognormal(0.6, 6.0).max(if broker { 3.0 } else { 0.0 }) * average;
        viewer.ease = (susceptibility * susceptibility * attention) as f32;
        viewer.feed = (attention + load[number]) as f32;
        viewer.moved = viewer.ease / viewer.feed;
    }
}

/// How much each tie can move at most, attention that others' silence frees included: the largest of each person's, and
/// each tie's share of that, of 255 and rounded up.
fn bounds(config: &Config, follows: &Follows, viewers: &[Viewer]) -> (Vec<f32>, Vec<u8>) {
    let mut caps = Vec::with_capacity(viewers.len());
    let mut bounds = Vec::with_capacity(follows.len());
    let mut moved: Vec<f32> = Vec::new();
    for (person, own) in viewers.iter().enumerate() {
        moved.clear();
        moved.extend(follows.of(person as u32).iter().map(|follower| {
            let viewer = &viewers[*follower as usize];
            let most = match viewer.ease > 0.0 {
                true => viewer.ease / (viewer.feed - viewer.heaviest),
                false => 0.0,
            };
            most * closeness(config.seed, person as u32, *follower, viewer.group == own.group)
        }));
        // Rounding must not make a bound smaller than what it bounds.
        let cap = moved.iter().copied().fold(0.0, f32::max) * 1.001;
        caps.push(cap);
        bounds.extend(moved.iter().map(|most| (most * 1.001 / cap * 255.0).ceil() as u8));
    }
    (caps, bounds)
}
