//! Items: what a news desk posts and many take up, some sooner than others.
//!
//! A quarter of the items spread; the others are taken up by few, and nobody can see beforehand which is which, but for early
//! adopters. Each group that an item comes to takes it up by itself: adopters are drawn from its people, and how late each is
//! depends on their lateness and on chance. Early adopters take up much of what will spread and little of the rest; hasty ones are
//! as fast and take up both. All of an item's adoptions bear its key as `object`.

use crate::cascade::delay;
use crate::chance::{Chance, hash};
use crate::event::{AccountRef, Event, Network, Verb};
use crate::people::Planted;
use crate::play::{Player, Watch, topic};
use model::time::{HOUR, SECOND};

const SPREADS: f64 = 0.25;

impl<W: Watch> Player<'_, W> {
    /// A news desk posts an item, and groups take it up.
    pub fn item(&mut self, at: i64, mut chance: Chance) {
        let world = self.world;
        let desks = &world.schemes.media;
        let desk = desks.start + chance.below(desks.len()) as u32;
        if !world.clock.keeps(at, 0, true, &mut chance) {
            return;
        }
        let id = chance.bits() | 1;
        let topic = topic(0, &mut chance);
        let target = AccountRef::new(desk, Network::Twitter);
        let base = Event { topic, ..Event::blank(Network::Twitter) };
        self.emit(&Event { at, actor: target, id, object: id, ..base });
        let spreads = chance.is(SPREADS);
        let groups = if spreads { 3 + chance.poisson(5.0) } else { 1 + chance.poisson(1.5) };
        let mut adopted: Vec<(i64, u32)> = Vec::new();
        let mut visited: Vec<usize> = Vec::new();
        for _ in 0..groups {
            // By a random person, so that large groups are met more often.
            let member = chance.below(world.real());
            let group = world.people[member].group as usize;
            if visited.contains(&group) {
                continue;
            }
            visited.push(group);
            let start = at + chance.between(0, 48 * HOUR);
            adopted.clear();
            self.adopters(group, id, start, spreads, &mut chance, &mut adopted);
            for (at, person) in &adopted {
                let mut own = Chance::of(id, crate::purpose::ITEM, u64::from(*person));
                let row = hash(id, u64::from(*person)) | 1;
                let actor = self.account(*person, Network::Twitter, row);
                let verb = if own.is(0.7) { Verb::Reshare } else { Verb::Like };
                self.emit(&Event { at: *at, verb, actor, target, id: row, object: id, ..base });
                self.remark(*person, actor, row, *at, topic, &mut own);
            }
            if W::COUNTS {
                adopted.sort_unstable();
                for (place, (at, person)) in adopted.iter().enumerate() {
                    if self.in_window(*at) {
                        let after = adopted.len() - 1 - place;
                        self.watch.took_up(*person, place as u32, after as u32);
                    }
                }
            }
        }
    }

    /// Who of a group takes an item up, and when; each once.
    fn adopters(
        &self,
        group: usize,
        id: u64,
        start: i64,
        spreads: bool,
        chance: &mut Chance,
        adopted: &mut Vec<(i64, u32)>,
    ) {
        let world = self.world;
        let range = &world.groups[group];
        let late = |person: u32, chance: &mut Chance| {
            let hours =
                30.0 * f64::from(world.people[person as usize].lateness) * chance.exponential();
            start + ((hours * HOUR as f64) as i64).clamp(SECOND, 12 * 24 * HOUR)
        };
        let on = |person: u32| world.is_on(person, Network::Twitter);
        let crowd = if spreads { 5.0 + (0.05 * range.len() as f64).min(40.0) } else { 1.5 };
        let count = chance.poisson(crowd);
        let mut picked: Vec<u32> =
            (0..count).map(|_| range.start + chance.below(range.len()) as u32).collect();
        // In the largest groups an item does not get round to everybody.
        let keen_people = world.keen_of(group);
        let heard = (60.0 / keen_people.len() as f64).min(1.0);
        picked.extend(keen_people.iter().filter(|person| {
            let keen = world.people[**person as usize].planted;
            let eager = if keen.has(Planted::HASTY) || spreads { 0.4 } else { 0.03 };
            Chance::of(id, crate::purpose::KEEN, u64::from(**person)).is(eager * heard)
        }));
        picked.sort_unstable();
        picked.dedup();
        for person in picked.into_iter().filter(|person| on(*person)) {
            adopted.push((late(person, chance), person));
        }
    }

    /// Somebody who follows an adopter may say something to them about it.
    fn remark(
        &mut self,
        person: u32,
        actor: AccountRef,
        row: u64,
        at: i64,
        topic: u8,
        chance: &mut Chance,
    ) {
        let followers = self.world.follows.of(person);
        if followers.is_empty() || !chance.is(0.3) {
            return;
        }
        let follower = followers[chance.below(followers.len())];
        if !self.world.people[follower as usize].role.is_person()
            || !self.world.is_on(follower, Network::Twitter)
        {
            return;
        }
        let id = hash(row, 6) | 1;
        self.emit(&Event {
            at: at + delay(chance),
            verb: Verb::Mention,
            actor: self.account(follower, Network::Twitter, id),
            target: actor,
            id,
            object: id,
            topic,
            ..Event::blank(Network::Twitter)
        });
    }
}
