//! Lets a window happen: goes through the numbered beginnings in order of time and follows each to its end.
//!
//! Draw 0 is the world's own window, others are the same window drawn again: people, traits, ties and rates stay, and
//! everything that happens is new. There is a burn-in of one window, of which only what can reach into the window is
//! worked out: brand talk from its beginning on, everything else for [`REACH`].
//! What follows from one beginning comes together, so events are in order of when their beginning was, not of their own time;
//! [`World::play_in_order`] puts them in order. Memory is a few numbers a person, whatever the number of events.

use crate::chance::{Chance, hash};
use crate::event::{AccountRef, Event, Network, Verb, Wording};
use crate::people::Viewer;
use crate::purpose;
use crate::schemes::SECOND_ACCOUNT;
use crate::world::World;
use model::time::{DAY, HOUR, SECOND};
use std::collections::BTreeMap;

/// Longest delay from a post to one reaction.
pub(crate) const LONGEST_DELAY: i64 = 3 * DAY;
/// How long before the window beginnings matter: seven reactions in a row at the longest delay.
const REACH: i64 = 7 * LONGEST_DELAY;

/// Who looks on while a window happens. Everything but events is hidden from those who only see data.
pub(crate) trait Watch {
    /// Whether what is hidden is wanted.
    const COUNTS: bool;
    /// Something begins: all that is still to come is at this time or later.
    fn begins(&mut self, _at: i64) {}
    /// Something happened that is recorded.
    fn event(&mut self, event: &Event);
    /// A post drew reactions; `lineage` are its author and those whose posts it goes back to, each once.
    fn reactions(&mut self, _lineage: &[u32], _count: u32) {}
    /// Reactions to others that only silence of this person would bring.
    fn freed(&mut self, _person: u32, _count: u32) {}
    /// A group first got to know something because this person passed it on.
    fn door(&mut self, _person: u32) {}
    /// This person brought a newcomer.
    fn newcomer(&mut self, _person: u32) {}
    /// This person's answer helped.
    fn helped(&mut self, _person: u32) {}
    /// This person took an item up, after so many of their group and before so many.
    fn took_up(&mut self, _person: u32, _before: u32, _after: u32) {}
    /// An employee wrote to an outsider, or was written to.
    fn exchange(&mut self, _employee: u32, _outsider: u32, _from_employee: bool) {}
    /// A post of brand talk, and whether another excited it.
    fn talk(&mut self, _excited: bool) {}
}

/// Passes events on.
pub(crate) struct Sink<F>(pub F);

impl<F: FnMut(&Event)> Watch for Sink<F> {
    const COUNTS: bool = false;

    #[inline]
    fn event(&mut self, event: &Event) {
        (self.0)(event);
    }
}

impl World {
    /// Streams the events of one draw of the window; follows are apart, see [`World::follow_events`].
    ///
    /// The same draw gives the same events in the same order.
    pub fn play(&self, draw: u64, sink: &mut impl FnMut(&Event)) {
        Player::new(self, draw, Sink(sink)).play();
    }

    /// Streams who followed whom when: most of it before the window. The same in every draw.
    pub fn follow_events(&self, sink: &mut impl FnMut(&Event)) {
        let world = hash(self.config.seed, purpose::FOLLOWED);
        let window = self.clock.end - self.clock.start;
        for (followed, follower) in self.follows.iter() {
            let both =
                self.viewers[followed as usize].networks & self.viewers[follower as usize].networks;
            if both & Network::Twitter.bit() == 0 {
                continue;
            }
            let mut chance = Chance::of(world, u64::from(followed), u64::from(follower));
            let fake = !self.people[follower as usize].role.is_person();
            let at = if fake {
                // Bought followers come at once.
                self.clock.end - window / 4 + chance.between(0, 6 * HOUR)
            } else if chance.is(0.9) {
                self.clock.start - chance.between(1, 2 * window)
            } else {
                chance.between(self.clock.start, self.clock.end)
            };
            let id = chance.bits() | 1;
            sink(&Event {
                at: at - at.rem_euclid(SECOND),
                id,
                verb: Verb::Follow,
                actor: AccountRef::new(follower, Network::Twitter),
                target: AccountRef::new(followed, Network::Twitter),
                ..Event::blank(Network::Twitter)
            });
        }
    }

    /// Events that follow from one candidate, on average, of a small sample.
    pub(crate) fn pilot(&self) -> f64 {
        let sample = (self.config.people as u64 * 2).clamp(400, 8_000);
        let mut count = 0u64;
        let seed = hash(self.config.seed, purpose::PILOT);
        let mut player = Player::new(self, seed, Sink(|_: &Event| count += 1));
        let step = (self.clock.end - self.clock.start) / sample as i64;
        for number in 0..sample {
            player.begin(number, self.clock.start + step * number as i64);
        }
        drop(player);
        (count as f64 / sample as f64).max(0.05)
    }
}

impl Event {
    /// An event without anything but its network.
    pub(crate) fn blank(network: Network) -> Event {
        Event {
            at: 0,
            network,
            verb: Verb::Post,
            actor: AccountRef::NOBODY,
            target: AccountRef::NOBODY,
            id: 0,
            object: 0,
            parent: 0,
            topic: 0,
            brand: false,
            tone: 0,
            wording: Wording::Own,
            cause: 0,
        }
    }
}

/// One draw under way.
pub(crate) struct Player<'w, W> {
    pub world: &'w World,
    /// Names everything random of this draw.
    pub draw: u64,
    /// How people can be moved; those of the world, or of the world without somebody.
    pub viewers: &'w [Viewer],
    /// Somebody who posts nothing.
    pub without: Option<u32>,
    pub watch: W,
    pub cascade: crate::cascade::Cascade<'w>,
    /// Who became a customer in this draw.
    pub joined: Vec<bool>,
    /// From when on somebody contributes whom an employee's answer moved, and that answer; empty where answers move nobody.
    pub moved: BTreeMap<u32, (i64, u64)>,
}

impl<'w, W: Watch> Player<'w, W> {
    pub fn new(world: &'w World, draw: u64, watch: W) -> Player<'w, W> {
        Player {
            world,
            draw: hash(hash(world.config.seed, purpose::DRAW), draw),
            viewers: &world.viewers,
            without: None,
            watch,
            cascade: crate::cascade::Cascade::new(world),
            joined: vec![false; world.real()],
            moved: BTreeMap::new(),
        }
    }

    pub fn play(&mut self) {
        let schemes = self.scheme_events();
        let mut next = schemes.iter().peekable();
        for (number, at) in self.world.clock.candidates(self.draw) {
            while let Some(event) = next.next_if(|event| event.at <= at) {
                self.emit(event);
            }
            self.watch.begins(at);
            self.begin(number, at);
        }
        for event in next {
            self.emit(event);
        }
    }

    /// What follows from one candidate.
    pub fn begin(&mut self, number: u64, at: i64) {
        let mut chance = Chance::of(self.draw, purpose::POST, number);
        if self.world.tables.beginnings.is_empty() {
            return;
        }
        let kind = self.world.tables.beginnings.pick(&mut chance);
        if kind != 1 && at < self.world.clock.start - REACH {
            return;
        }
        match kind {
            0 => self.post(at, chance),
            1 => self.talk(at, chance),
            2 => self.question(at, chance),
            3 => self.exchange(at, chance),
            4 => self.desk(at, chance),
            5 => self.item(at, chance),
            _ => self.come_alone(at, chance),
        }
    }

    /// Hands an event on if it lies in the window and its network was recording. Networks give times in whole seconds.
    #[inline]
    pub fn emit(&mut self, event: &Event) {
        let at = event.at - event.at.rem_euclid(SECOND);
        if self.world.clock.records(event.network, at) {
            self.watch.event(&Event { at, ..*event });
        }
    }

    /// Whether a moment lies in the window.
    pub fn in_window(&self, at: i64) -> bool {
        (self.world.clock.start..self.world.clock.end).contains(&at)
    }

    /// Which of somebody's accounts acts in what this id names.
    #[inline]
    pub fn account(&self, person: u32, network: Network, id: u64) -> AccountRef {
        let account = AccountRef::new(person, network);
        let second = network == Network::Twitter
            && self.viewers[person as usize].networks & SECOND_ACCOUNT != 0
            && id.is_multiple_of(3);
        if second { account.second() } else { account }
    }

    /// The network that somebody posts on, where they have a choice.
    pub fn network(&self, person: u32, chance: &mut Chance) -> Network {
        let networks = self.viewers[person as usize].networks;
        let twitter = networks & Network::Twitter.bit() != 0;
        let mastodon = networks & Network::Mastodon.bit() != 0;
        match (twitter, mastodon) {
            (true, true) if chance.is(0.25) => Network::Mastodon,
            (false, true) => Network::Mastodon,
            _ => Network::Twitter,
        }
    }
}

/// One of the topics in `bits`, or any if there is none.
pub(crate) fn topic(bits: u16, chance: &mut Chance) -> u8 {
    let count = bits.count_ones() as usize;
    let place = chance.below(count);
    let mut left = bits;
    for _ in 0..place {
        left &= left - 1;
    }
    if count == 0 { chance.below(crate::TOPICS) as u8 } else { left.trailing_zeros() as u8 }
}

/// One of the firm's topics in `bits`, or any of the firm's if there is none.
pub(crate) fn brand_topic(bits: u16, chance: &mut Chance) -> u8 {
    let all = (1u16 << crate::BRAND_TOPICS) - 1;
    topic(if bits & all == 0 { all } else { bits & all }, chance)
}
