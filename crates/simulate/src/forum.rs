//! The firm's forum: questions, attempts to answer, and whom they helped; and how newcomers arrive.
//!
//! Who answers much is one trait and who is of help another. A question is helped by the best attempt if that is good enough;
//! the asker marks the answer in six cases of ten, and otherwise likes it, thanks in words or says nothing. Those who did not
//! help are written to as well ("did not work"), so replies alone say little. A bot answers many questions at once and helps none.

use crate::cascade::{Post, delay};
use crate::chance::{Chance, hash};
use crate::event::{AccountRef, Event, Network, Verb, Wording};
use crate::people::{Planted, Role};
use crate::play::{Player, Watch, brand_topic};
use crate::purpose;
use model::time::{DAY, HOUR, SECOND};

/// An attempt that is better than this helps.
const GOOD_ENOUGH: f64 = 0.5;
/// Share of askers who contribute from the beginning, where others than climbers do.
const STEADY: f64 = 0.03;
/// How often anybody else who comes contributes there.
const BY_THE_WAY: f64 = 0.02;

impl<W: Watch> Player<'_, W> {
    /// A customer or partner asks.
    pub fn question(&mut self, at: i64, mut chance: Chance) {
        let tables = &self.world.tables;
        let asker = tables.asks.pick(&mut chance);
        let seen = self.viewers[asker as usize];
        if !self.world.clock.keeps(at, seen.zone, true, &mut chance) {
            return;
        }
        let id = chance.bits() | 1;
        let asks = AccountRef::new(asker, Network::Discourse);
        let topic = brand_topic(seen.topics, &mut chance);
        let base = Event { topic, brand: true, ..Event::blank(Network::Discourse) };
        let gives = match self.stage(asker, at) {
            Some(stage) => (stage == 2).then_some(0),
            None => self.gives(asker, at, id),
        };
        if let Some((cause, house)) = gives.zip(self.world.schemes.house) {
            // Who has climbed, or was moved, gives instead of asking.
            let target = AccountRef::new(house, Network::Discourse);
            self.emit(&Event {
                at,
                verb: Verb::Contribute,
                actor: asks,
                target,
                id,
                object: id,
                cause,
                ..base
            });
            return;
        }
        self.emit(&Event { at, actor: asks, id, object: id, wording: Wording::Question, ..base });
        let attempt = |by: u32, at: i64, wording: Wording| Event {
            at,
            verb: Verb::Reply,
            actor: AccountRef::new(by, Network::Discourse),
            target: asks,
            id: hash(id, u64::from(by)) | 1,
            object: hash(id, u64::from(by)) | 1,
            parent: id,
            wording,
            ..base
        };
        if let Some(bot) = self.world.schemes.system
            && chance.is(0.5)
        {
            self.emit(&attempt(bot, at + 20 * SECOND, Wording::Canned));
        }
        let mut tried: Vec<(u32, f64, Event)> = Vec::new();
        for _ in 0..1 + chance.poisson(1.6) {
            let by = tables.answers.pick(&mut chance);
            let late = delay(&mut chance);
            let luck = 0.15 * chance.normal();
            let idle = tables.answers.is_empty() || self.stage(by, at) == Some(0);
            if idle || by == asker || tried.iter().any(|(other, _, _)| *other == by) {
                continue;
            }
            let help = self.world.competence(by, topic);
            let event = attempt(by, at + late, Wording::Own);
            self.emit(&event);
            self.may_move(asker, &event);
            tried.push((by, help + luck, event));
        }
        let best = tried.iter().map(|(_, help, _)| *help).fold(GOOD_ENOUGH, f64::max);
        for (by, help, event) in &tried {
            let at = event.at + delay(&mut chance);
            let back =
                Event { at, actor: asks, target: event.actor, id: hash(event.id, 4) | 1, ..base };
            if *help > GOOD_ENOUGH && *help == best {
                if W::COUNTS && self.in_window(at) {
                    self.watch.helped(*by);
                }
                let said = chance.unit();
                let (verb, object) = match said {
                    ..0.6 => (Verb::Answer, event.object),
                    ..0.8 => (Verb::Like, event.object),
                    ..0.92 => (Verb::Reply, back.id),
                    _ => continue,
                };
                let parent = if verb == Verb::Reply { event.object } else { 0 };
                self.emit(&Event { verb, object, parent, ..back });
            } else if chance.is(0.3) {
                self.emit(&Event {
                    verb: Verb::Reply,
                    object: back.id,
                    parent: event.object,
                    ..back
                });
            }
        }
    }

    /// Whether somebody who is no climber contributes instead of asking, and for what answer: 0 for none.
    fn gives(&self, person: u32, at: i64, id: u64) -> Option<u64> {
        self.world.config.moved_by_answers?;
        let steady =
            Chance::of(self.world.config.seed, purpose::GIVE, u64::from(person)).is(STEADY);
        let mut chance = Chance::of(self.draw, purpose::GIVE, id);
        let moved = self.moved.get(&person).filter(|(since, _)| *since <= at);
        match moved {
            Some((_, answer)) if chance.is(0.5) => Some(*answer),
            None if chance.is(if steady { 0.4 } else { BY_THE_WAY }) => Some(0),
            _ => None,
        }
    }

    /// An employee's answer may move who asked to contribute, after a while.
    fn may_move(&mut self, asker: u32, answer: &Event) {
        let Some(chance) = self.world.config.moved_by_answers else { return };
        let inside = self.world.people[answer.actor.person() as usize].role == Role::Employee;
        if inside && Chance::of(self.draw, purpose::GIVE, answer.id).is(chance) {
            self.moved.entry(asker).or_insert((answer.at + 30 * DAY, answer.id));
        }
    }

    /// How far a climber has come: 0 asks, 1 answers as well, 2 contributes. None for others.
    fn stage(&self, person: u32, at: i64) -> Option<u8> {
        let climbs = self.world.people[person as usize].planted.has(Planted::CLIMBER);
        let clock = &self.world.clock;
        let third = (clock.end - clock.start) / 3;
        climbs.then(|| ((at - clock.start) / third.max(1)).clamp(0, 2) as u8)
    }

    /// A prospect who was moved by brand talk may come to the firm. Who showed it brought them, if an outsider did.
    pub fn may_join(
        &mut self,
        post: &Post,
        carrier: u32,
        viewer: u32,
        at: i64,
        chance: &mut Chance,
    ) {
        let openness = match self.world.people[viewer as usize].role {
            Role::Prospect => 0.6,
            Role::Public => 0.12,
            _ => return,
        };
        let outsider = |person: u32| {
            matches!(self.world.people[person as usize].role, Role::Customer | Role::Partner)
        };
        let via = [carrier, post.author].into_iter().find(|person| outsider(*person));
        let mut own = Chance::of(post.id, purpose::JOIN, u64::from(viewer));
        if let Some(via) = via
            && own.is(openness)
        {
            let at = at + chance.between(6 * HOUR, 5 * DAY);
            if self.join(viewer, at, Some(via), &mut own) && W::COUNTS {
                self.watch.newcomer(via);
            }
        }
    }

    /// A prospect comes to the firm, brought by nobody; some of them name a known face of the forum all the same.
    pub fn come_alone(&mut self, at: i64, mut chance: Chance) {
        let person = chance.below(self.world.real()) as u32;
        let zone = self.viewers[person as usize].zone;
        let open = self.world.people[person as usize].role == Role::Prospect;
        if open && self.world.clock.keeps(at, zone, false, &mut chance) {
            let answers = &self.world.tables.answers;
            let known = (!answers.is_empty() && chance.is(0.25)).then(|| answers.pick(&mut chance));
            self.join(person, at, known, &mut chance);
        }
    }

    /// The first steps of a newcomer in the firm's places. False if they are there already, or too late for the window.
    fn join(&mut self, person: u32, at: i64, named: Option<u32>, chance: &mut Chance) -> bool {
        if !self.in_window(at) || std::mem::replace(&mut self.joined[person as usize], true) {
            return false;
        }
        let id = chance.bits() | 1;
        let actor = AccountRef::new(person, Network::Discourse);
        let base = Event { actor, brand: true, tone: 1, ..Event::blank(Network::Discourse) };
        self.emit(&Event { at, id, object: id, ..base });
        let said = chance.unit();
        let named = named.filter(|_| said < 0.75);
        let named = if said < 0.05 { self.world.schemes.house } else { named };
        if let Some(named) = named {
            let verb = if chance.is(0.6) { Verb::Refer } else { Verb::Invite };
            let target = AccountRef::new(named, Network::Discourse);
            self.emit(&Event {
                at: at + 60 * SECOND,
                verb,
                target,
                id: hash(id, 1) | 1,
                object: id,
                ..base
            });
        }
        if let Some(house) = self.world.schemes.house
            && chance.is(0.3)
        {
            let at = at + chance.between(DAY, 20 * DAY);
            let target = AccountRef::new(house, Network::Discourse);
            self.emit(&Event {
                at,
                verb: Verb::Review,
                target,
                id: hash(id, 2) | 1,
                object: hash(id, 2) | 1,
                ..base
            });
        }
        true
    }
}
