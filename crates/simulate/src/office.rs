//! Employees: whom they meet outside, and what they say among themselves.
//!
//! How often somebody writes, to how many, and how likely an answer comes are three traits: a mass mailer has much of the first
//! two and nothing of the third. Each employee has contacts of their own, the same in every draw. A gatekeeper is written to from
//! outside and tells the team; a representative hears from the team and writes outside.

use crate::cascade::delay;
use crate::chance::{Chance, hash};
use crate::event::{AccountRef, Event, Network, Verb};
use crate::people::{Planted, Role};
use crate::play::{Player, Watch};
use crate::purpose;
use crate::world::World;
use model::time::{HOUR, SECOND};

impl<W: Watch> Player<'_, W> {
    /// An employee and an outsider write to each other, or meet.
    pub fn exchange(&mut self, at: i64, mut chance: Chance) {
        let employee = self.world.tables.hosting.pick(&mut chance);
        let who = &self.world.people[employee as usize];
        if at >= who.left || !self.world.clock.keeps(at, 0, true, &mut chance) {
            return;
        }
        let contact = chance.below(who.contacts as usize);
        let Some(outsider) = contact_of(self.world, employee, contact as u64) else { return };
        let mailer = who.planted.has(Planted::MAILER);
        let outward = mailer || chance.is(0.7);
        let (network, verb) = match chance.unit() {
            u if u < 0.40 || mailer => (Network::Mail, Verb::Message),
            ..0.48 => (Network::Mail, Verb::Meet),
            ..0.62 if self.both_on(employee, outsider, Network::Twitter) => {
                (Network::Twitter, Verb::Mention)
            }
            ..0.72 => (Network::Discourse, Verb::Mention),
            ..0.90 => (Network::Discourse, Verb::Reply),
            _ => return self.gathering(employee, at, &mut chance),
        };
        let id = chance.bits() | 1;
        let (from, to) = if outward { (employee, outsider) } else { (outsider, employee) };
        let post = matches!(verb, Verb::Mention | Verb::Reply);
        let event = Event {
            at,
            verb,
            actor: AccountRef::new(from, network),
            target: AccountRef::new(to, network),
            id,
            object: if post { id } else { 0 },
            parent: if verb == Verb::Reply { hash(id, 5) | 1 } else { 0 },
            tone: 1,
            ..Event::blank(network)
        };
        self.write(&event, employee, outsider, outward);
        let answers = if outward { f64::from(who.warmth) } else { 0.9 };
        if chance.is(answers) {
            let back = hash(id, 1) | 1;
            let verb = if verb == Verb::Mention { Verb::Reply } else { verb };
            let answer = Event {
                at: at + delay(&mut chance),
                verb,
                actor: event.target,
                target: event.actor,
                id: back,
                object: if post { back } else { 0 },
                parent: if post { event.object } else { 0 },
                ..event
            };
            self.write(&answer, employee, outsider, !outward);
        }
    }

    fn write(&mut self, event: &Event, employee: u32, outsider: u32, outward: bool) {
        self.emit(event);
        if W::COUNTS && self.in_window(event.at) {
            self.watch.exchange(employee, outsider, outward);
        }
    }

    /// Some of an employee's contacts come to a meet-up: as many as the employee is warm.
    fn gathering(&mut self, employee: u32, at: i64, chance: &mut Chance) {
        let who = &self.world.people[employee as usize];
        let id = chance.bits() | 1;
        for guest in 0..chance.poisson(5.0 * f64::from(who.warmth)) {
            let contact = chance.below(who.contacts as usize);
            let Some(outsider) = contact_of(self.world, employee, contact as u64) else { continue };
            let event = Event {
                at: at + 24 * HOUR + chance.between(0, HOUR),
                verb: Verb::Attend,
                actor: AccountRef::new(outsider, Network::Discourse),
                target: AccountRef::new(employee, Network::Discourse),
                id: hash(id, guest as u64) | 1,
                object: id,
                tone: 1,
                ..Event::blank(Network::Discourse)
            };
            self.write(&event, employee, outsider, false);
        }
    }

    fn both_on(&self, a: u32, b: u32, network: Network) -> bool {
        self.world.is_on(a, network) && self.world.is_on(b, network)
    }

    /// Employees among themselves, and what passes through gatekeepers and representatives.
    pub fn desk(&mut self, at: i64, mut chance: Chance) {
        let world = self.world;
        let employee = chance.below(world.tables.employees as usize) as u32;
        if at >= world.people[employee as usize].left
            || !world.clock.keeps(at, 0, true, &mut chance)
        {
            return;
        }
        let team = &world.groups[world.people[employee as usize].group as usize];
        let mate = |place: u32| team.start + place % team.len() as u32;
        let id = chance.bits() | 1;
        let said = |at: i64, network: Network, verb: Verb, from: u32, to: u32, id: u64| Event {
            at,
            verb,
            actor: AccountRef::new(from, network),
            target: AccountRef::new(to, network),
            id,
            object: if network == Network::Slack { id } else { 0 },
            ..Event::blank(network)
        };
        let outsider = contact_of(world, employee, chance.below(40) as u64);
        match (chance.unit(), outsider) {
            (..0.22, Some(outsider)) if team.len() >= 3 => {
                let (gate, later) = (mate(0), at + delay(&mut chance));
                self.write(
                    &said(at, Network::Mail, Verb::Message, outsider, gate, id),
                    gate,
                    outsider,
                    false,
                );
                let to = mate(1 + chance.below(team.len() - 1) as u32);
                self.emit(&said(later, Network::Slack, Verb::Mention, gate, to, hash(id, 1) | 1));
            }
            (..0.40, Some(outsider)) if team.len() >= 3 => {
                let (speaker, later) = (mate(1), at + delay(&mut chance));
                if employee != speaker {
                    self.emit(&said(at, Network::Slack, Verb::Mention, employee, speaker, id));
                }
                let out =
                    said(later, Network::Mail, Verb::Message, speaker, outsider, hash(id, 1) | 1);
                self.write(&out, speaker, outsider, true);
            }
            (u, _) => {
                let near = mate(chance.below(team.len()) as u32);
                let far = chance.below(world.tables.employees as usize) as u32;
                let to = if u < 0.85 { near } else { far };
                if to != employee {
                    self.emit(&said(at, Network::Slack, Verb::Mention, employee, to, id));
                    if chance.is(0.5) {
                        let back = said(
                            at + delay(&mut chance),
                            Network::Slack,
                            Verb::Reply,
                            to,
                            employee,
                            hash(id, 1) | 1,
                        );
                        self.emit(&Event { parent: id, ..back });
                    }
                }
                if let Some(bot) = world.schemes.system
                    && chance.is(0.1)
                {
                    let canned = said(
                        at + 5 * SECOND,
                        Network::Slack,
                        Verb::Reply,
                        bot,
                        employee,
                        hash(id, 2) | 1,
                    );
                    self.emit(&Event { parent: id, wording: crate::Wording::Canned, ..canned });
                }
            }
        }
    }
}

/// The outsider behind an employee's contact of that number, the same in every draw.
fn contact_of(world: &World, employee: u32, contact: u64) -> Option<u32> {
    let mut chance =
        Chance::of(hash(world.config.seed, purpose::HOST), u64::from(employee), contact);
    if world.people[employee as usize].planted.has(Planted::CUT_BRIDGE)
        && !world.tables.partners.is_empty()
    {
        // All of them at one firm, which nobody else of the team knows.
        let firms = &world.tables.partners;
        let firm =
            firms.start + hash(world.config.seed, u64::from(employee)) as usize % firms.len();
        let group = &world.groups[firm];
        return Some(group.start + chance.below(group.len()) as u32);
    }
    (0..12).map(|_| chance.below(world.real()) as u32).find(|person| {
        matches!(
            world.people[*person as usize].role,
            Role::Partner | Role::Customer | Role::Prospect
        )
    })
}
