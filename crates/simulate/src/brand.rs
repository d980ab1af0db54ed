//! Brand talk among outsiders, which excites itself: a Hawkes process built from its clusters (Hawkes, Oakes 1974).
//!
//! Posts that nothing excited come with the rhythm of the clock. Each post of brand talk excites a Poisson number of further posts
//! with mean [`crate::Config::branching`], by followers of its author (or any outsider who talks of the brand, where nobody
//! follows), after a delay of [`Kernel`]'s law. The number depends on nobody's pull, so the branching ratio is exactly the
//! planted one. Each post also travels as any other does; the reactions it draws there come on top.

use crate::cascade::Post;
use crate::chance::Chance;
use crate::config::Kernel;
use crate::event::Wording;
use crate::people::Role;
use crate::play::{Player, Watch, brand_topic};
use crate::purpose;
use model::time::{DAY, HOUR};

/// Bound on one cluster. At the largest branching ratio the mean is 10.
const MOST: usize = 100_000;

/// One post of a cluster.
struct Talk {
    person: u32,
    at: i64,
    id: u64,
    /// Place of the post that excited it; its own for the first.
    parent: usize,
}

impl<W: Watch> Player<'_, W> {
    /// Somebody talks of the brand unprompted, and others take it up.
    pub fn talk(&mut self, at: i64, mut chance: Chance) {
        let person = self.world.tables.talk.pick(&mut chance);
        let zone = self.viewers[person as usize].zone;
        if !self.world.clock.keeps(at, zone, false, &mut chance) {
            return;
        }
        let mut cluster = vec![Talk { person, at, id: chance.bits() | 1, parent: 0 }];
        let mut lineage: Vec<u32> = Vec::new();
        let mut next = 0;
        while let Some(&Talk { person, at, id, parent }) = cluster.get(next) {
            let place = next;
            next += 1;
            if self.without == Some(person) {
                continue;
            }
            lineage.clear();
            let mut up = place;
            loop {
                if !lineage.contains(&cluster[up].person) {
                    lineage.push(cluster[up].person);
                }
                if cluster[up].parent == up {
                    break;
                }
                up = cluster[up].parent;
            }
            let mut chance = Chance::of(id, purpose::BRAND, 0);
            let cause = if parent == place { 0 } else { cluster[parent].id };
            self.speak(person, at, id, cause, &lineage, &mut chance);
            for child in 0..chance.poisson(self.world.config.branching) {
                let mut chance = Chance::of(id, purpose::BRAND, 1 + child as u64);
                // Not a hash of post and number: that is how reactions are named.
                let own = chance.bits() | 1;
                let at = at + self.excitement(&mut chance);
                if at >= self.world.clock.end || cluster.len() >= MOST {
                    continue;
                }
                let talker = self.talker(person, &mut chance);
                cluster.push(Talk { person: talker, at, id: own, parent: place });
            }
        }
    }

    fn speak(
        &mut self,
        person: u32,
        at: i64,
        id: u64,
        cause: u64,
        lineage: &[u32],
        chance: &mut Chance,
    ) {
        let who = &self.world.people[person as usize];
        // Most friends of the brand are neutral at times; who is set against it is so always.
        let tone = if who.tone < 0 || chance.is(0.85) { who.tone } else { 0 };
        let network = self.network(person, chance);
        let post = Post {
            id,
            author: person,
            account: self.account(person, network, id),
            at,
            network,
            topic: brand_topic(self.viewers[person as usize].topics, chance),
            brand: true,
            tone,
            spark: chance.lognormal(0.8, 20.0) as f32,
        };
        if W::COUNTS && self.in_window(at) {
            self.watch.talk(cause != 0);
        }
        self.publish(&post, lineage, cause, if tone < 0 { Wording::Hostile } else { Wording::Own });
    }

    /// Who is excited to talk: an outsider who follows, or any who talks of the brand.
    fn talker(&self, person: u32, chance: &mut Chance) -> u32 {
        let followers = self.world.follows.of(person);
        for _ in 0..6 {
            if followers.is_empty() {
                break;
            }
            let follower = followers[chance.below(followers.len())];
            let role = self.world.people[follower as usize].role;
            if role.is_person() && role != Role::Employee {
                return follower;
            }
        }
        self.world.tables.talk.pick(chance)
    }

    fn excitement(&self, chance: &mut Chance) -> i64 {
        let hours = match self.world.config.kernel {
            Kernel::Exponential => 8.0 * chance.exponential(),
            Kernel::PowerLaw => 2.0 * (libm::pow(chance.unit(), -1.0 / 1.5) - 1.0),
        };
        ((hours * HOUR as f64) as i64).min(30 * DAY)
    }
}
