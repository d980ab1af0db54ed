//! What the schemes do in a draw: planned by hand, a few rows an account, and drawn as everything is.

use crate::chance::{Chance, hash};
use crate::event::{AccountRef, Event, Network, Verb, Wording};
use crate::play::{Player, Watch};
use crate::purpose;
use model::time::{DAY, HOUR, SECOND};

const MINUTE: i64 = 60 * SECOND;

/// Rows of one draw under way.
struct Rows {
    rows: Vec<Event>,
    chance: Chance,
    start: i64,
    end: i64,
}

impl Rows {
    fn account(person: u32) -> AccountRef {
        AccountRef::new(person, Network::Twitter)
    }

    /// A time in the window with room for what follows.
    fn moment(&mut self) -> i64 {
        self.chance.between(self.start, (self.end - 3 * DAY).max(self.start + 1))
    }

    fn post(&mut self, at: i64, by: u32, wording: Wording, tone: i8) -> Event {
        let id = self.chance.bits() | 1;
        let post = Event {
            at,
            actor: Rows::account(by),
            id,
            object: id,
            brand: true,
            tone,
            wording,
            ..Event::blank(Network::Twitter)
        };
        self.rows.push(post);
        post
    }

    /// `by` acts on a post, soon after it.
    fn act(&mut self, verb: Verb, by: u32, post: &Event, within: i64) {
        let id = self.chance.bits() | 1;
        let at = post.at + self.chance.between(SECOND, within);
        let (object, parent) = match verb {
            Verb::Like | Verb::Reshare => (post.object, 0),
            Verb::Reply => (id, post.object),
            Verb::Endorse => (0, 0),
            _ => (id, 0),
        };
        let row = Event {
            at,
            verb,
            actor: Rows::account(by),
            target: post.actor,
            id,
            object,
            parent,
            ..*post
        };
        self.rows.push(row);
    }
}

impl<W: Watch> Player<'_, W> {
    /// Everything that the schemes do in this draw, in order of time.
    pub fn scheme_events(&self) -> Vec<Event> {
        let (schemes, clock) = (&self.world.schemes, &self.world.clock);
        let mut rows = Rows {
            rows: Vec::new(),
            chance: Chance::of(self.draw, purpose::SCHEMES, 1),
            start: clock.start,
            end: clock.end,
        };
        if self.world.config.expected() == 0 {
            return rows.rows;
        }
        for (place, member) in schemes.ring.iter().enumerate() {
            let open = place < schemes.ring.len() / 2;
            let wording = if open { Wording::Disclosed } else { Wording::Paid };
            for _ in 0..4 {
                let at = rows.moment();
                let post = rows.post(at, *member, wording, 1);
                for other in schemes.ring.iter().filter(|other| *other != member) {
                    match rows.chance.unit() {
                        ..0.5 => rows.act(Verb::Reshare, *other, &post, HOUR),
                        ..0.7 => rows.act(Verb::Endorse, *other, &post, 12 * HOUR),
                        _ => {}
                    }
                }
            }
        }
        for member in &schemes.pod {
            for _ in 0..12 {
                let at = rows.moment();
                let post = rows.post(at, *member, Wording::Own, 0);
                for other in schemes.pod.iter().filter(|other| *other != member) {
                    if rows.chance.is(0.8) {
                        rows.act(Verb::Like, *other, &post, 20 * MINUTE);
                    }
                    if rows.chance.is(0.4) {
                        rows.act(Verb::Reply, *other, &post, 20 * MINUTE);
                    }
                }
            }
        }
        for (person, fakes) in schemes.bought.iter().chain(&schemes.farms) {
            let farm = schemes.farms.iter().any(|farm| farm.1 == *fakes);
            let (posts, eager) = if farm { (4, 0.8) } else { (1, 0.5) };
            for _ in 0..posts {
                let recent = (clock.end - 15 * DAY).max(clock.start);
                let at = rows.chance.between(recent, clock.end);
                let post = rows.post(at, *person, Wording::Own, 0);
                for fake in fakes.clone() {
                    if rows.chance.is(eager) {
                        let verb = if farm { Verb::Reshare } else { Verb::Like };
                        rows.act(verb, fake, &post, 2 * HOUR);
                    }
                }
            }
        }
        if let Some((victim, fakes)) = &schemes.smear {
            let at = rows.moment();
            let post = rows.post(at, *victim, Wording::Own, 0);
            for fake in fakes.clone() {
                for _ in 0..3 {
                    let attack = Event { wording: Wording::Copied, tone: -1, brand: false, ..post };
                    rows.act(Verb::Mention, fake, &attack, 3 * DAY);
                }
            }
        }
        if let Some((victim, crowd)) = &schemes.pile_on {
            let at = rows.moment();
            let post = rows.post(at, *victim, Wording::Own, 0);
            let attack = Event { wording: Wording::Hostile, tone: -1, brand: false, ..post };
            for one in crowd {
                for _ in 0..1 + rows.chance.poisson(1.0) {
                    let verb = if rows.chance.is(0.7) { Verb::Reply } else { Verb::Mention };
                    rows.act(verb, *one, &attack, 2 * DAY);
                }
            }
        }
        for one in &schemes.copied {
            for _ in 0..2 {
                let at = rows.moment();
                rows.post(at, *one, Wording::Copied, 1);
            }
        }
        let mut rows = rows.rows;
        rows.sort_unstable_by_key(|row| (row.at, hash(row.id, 0)));
        rows
    }
}
