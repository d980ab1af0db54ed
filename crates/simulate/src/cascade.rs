//! A post, who reacts to it, and to whom it is passed on.
//!
//! A follower v of a carrier c reacts to a post of a with chance
//!
//! ```text
//! weight(post, c) x closeness(c, v) x fit(post, v) x susceptibility(v) x attention(v) / (attention(v) + load(v))
//! ```
//!
//! where `weight(post, a) = pull(a) spark(post)`, and `0.6 sqrt(min(pull(a) spark(post), 6) pull(c))` of who passes on. `load(v)` is what those whom v follows
//! are expected to post, so attention is a competition that can be judged for each viewer alone. Which followers come into
//! question is drawn by geometric skipping at the largest possible chance, so the cost grows with reactions, not with followers.
//! Whoever reacts does so once to a post; how depends on post and viewer alone, not on the path.
//! All numbers are named by (post, carrier) or (post, viewer): without somebody, everything that does not touch them is the same.
//!
//! **Silence.** Without a person i, each follower's load is smaller by i's rate, and some who let a post of another pass would have
//! reacted. Who that is can be told from the same random number: the viewer whose number lies between the two chances. The reactions
//! that this *frees*, and what follows from them, are counted for every i in the same pass (see [`crate::expected`]).

use crate::chance::{Chance, hash, unit};
use crate::event::{AccountRef, Event, Network, Verb, Wording};
use crate::expected::Friends;
use crate::people::{Planted, Role, Viewer};
use crate::play::{LONGEST_DELAY, Player, Watch, topic};
use crate::purpose;
use crate::world::World;
use model::time::{DAY, HOUR, SECOND};

/// A post that travels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Post {
    pub id: u64,
    pub author: u32,
    pub account: AccountRef,
    pub at: i64,
    pub network: Network,
    pub topic: u8,
    pub brand: bool,
    pub tone: i8,
    /// How good it is: multiplies every chance.
    pub spark: f32,
}

/// Who shows a post to followers.
#[derive(Clone, Copy, Debug)]
struct Carrier {
    person: u32,
    at: i64,
    /// The post that is shown: the first one, or a quote of it.
    shown: u64,
    owner: AccountRef,
    /// The reshare that brought it; 0 for the post itself and for quotes.
    via: u64,
}

/// What is needed while one post travels, kept between posts.
pub(crate) struct Cascade<'w> {
    pub friends: Option<&'w Friends>,
    epoch: u32,
    reacted: Vec<u32>,
    carriers: Vec<Carrier>,
    freed_epoch: u32,
    freed: Vec<u32>,
    missed: Vec<(u32, u32)>,
    reached: Vec<(i64, u32, u32)>,
    groups: Vec<u32>,
}

impl<'w> Cascade<'w> {
    pub fn new(world: &World) -> Cascade<'w> {
        Cascade {
            friends: None,
            epoch: 0,
            reacted: vec![0; world.people.len()],
            carriers: Vec::new(),
            freed_epoch: 0,
            freed: Vec::new(),
            missed: Vec::new(),
            reached: Vec::new(),
            groups: vec![0; world.groups.len() + 1],
        }
    }

    fn next(&mut self) {
        if self.epoch == u32::MAX {
            self.epoch = 0;
            self.reacted.fill(0);
            self.groups.fill(0);
        }
        self.epoch += 1;
        self.carriers.clear();
        self.missed.clear();
        self.reached.clear();
    }
}

/// Followers of a carrier who come into question, each with the random number that decides: the viewer reacts if it lies
/// below the chance. Most are ruled out by the bound that is stored with the tie, before anything of theirs is read.
struct Hearers<'w> {
    followers: &'w [u32],
    bounds: &'w [u8],
    /// Chance of the follower with the largest bound, and of each unit of a bound.
    most: f32,
    unit: f32,
    /// Turns an exponential number into a gap.
    scale: f64,
    numbers: Chance,
    place: usize,
}

impl<'w> Hearers<'w> {
    fn new(world: &'w World, post: &Post, carrier: u32, weight: f32) -> Hearers<'w> {
        let chance = weight * world.caps[carrier as usize];
        let most = chance.min(1.0);
        let scale = -1.0 / libm::log1p(-f64::from(most));
        let (mut followers, mut bounds) = (world.follows.of(carrier), world.bounds_of(carrier));
        if most <= 0.0 {
            (followers, bounds) = (&[], &[]);
        }
        let numbers = Chance::of(post.id, purpose::CARRY, u64::from(carrier));
        Hearers { followers, bounds, most, unit: chance / 255.0, scale, numbers, place: 0 }
    }
}

impl Iterator for Hearers<'_> {
    type Item = (u32, f32);

    #[inline]
    fn next(&mut self) -> Option<(u32, f32)> {
        loop {
            if self.most < 1.0 {
                self.place += (self.numbers.exponential() * self.scale) as usize;
            }
            let bound = f32::from(*self.bounds.get(self.place)?);
            let number = self.numbers.unit() as f32 * self.most;
            self.place += 1;
            if number < self.unit * bound {
                return Some((self.followers[self.place - 1], number));
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Like,
    Reshare,
    Quote,
    Reply,
    Mention,
}

impl Kind {
    fn carries(self) -> bool {
        matches!(self, Kind::Reshare | Kind::Quote)
    }
}

impl<W: Watch> Player<'_, W> {
    /// Somebody posts about one of their topics.
    pub fn post(&mut self, at: i64, mut chance: Chance) {
        let author = self.world.tables.posts.pick(&mut chance);
        let viewer = self.viewers[author as usize];
        if self.without == Some(author)
            || !self.world.clock.keeps(at, viewer.zone, false, &mut chance)
        {
            return;
        }
        let house = self.world.people[author as usize].role == Role::House;
        let shock = self.world.clock.shock(at).filter(|_| chance.is(0.45));
        let topic = match shock {
            Some(topic) => topic,
            None if house => chance.below(crate::BRAND_TOPICS) as u8,
            None => topic(viewer.topics, &mut chance),
        };
        let id = chance.bits() | 1;
        let network = self.network(author, &mut chance);
        let post = Post {
            id,
            author,
            account: self.account(author, network, id),
            at,
            network,
            topic,
            brand: house,
            tone: i8::from(house),
            spark: chance.lognormal(1.0, 30.0) as f32,
        };
        self.publish(&post, &[author], 0, Wording::Own);
    }

    /// Publishes a post and lets it travel.
    pub fn publish(&mut self, post: &Post, lineage: &[u32], cause: u64, wording: Wording) {
        self.emit(&Event {
            at: post.at,
            actor: post.account,
            id: post.id,
            object: post.id,
            topic: post.topic,
            brand: post.brand,
            tone: post.tone,
            wording,
            cause,
            ..Event::blank(post.network)
        });
        let count = self.travel(post, lineage);
        if W::COUNTS && self.in_window(post.at) {
            self.watch.reactions(lineage, count);
        }
    }

    /// The number of reactions to a post.
    fn travel(&mut self, post: &Post, lineage: &[u32]) -> u32 {
        let world = self.world;
        let counted = W::COUNTS && self.in_window(post.at);
        self.cascade.next();
        let epoch = self.cascade.epoch;
        self.cascade.reacted[post.author as usize] = epoch;
        let root = Carrier {
            person: post.author,
            at: post.at,
            shown: post.id,
            owner: post.account,
            via: 0,
        };
        self.cascade.carriers.push(root);
        let mut count = 0;
        let mut next = 0;
        while let Some(&carrier) = self.cascade.carriers.get(next) {
            next += 1;
            let weight = weight(world, post, carrier.person);
            for (viewer, number) in Hearers::new(world, post, carrier.person, weight) {
                let seen = &self.viewers[viewer as usize];
                let Some(open) = open(post, carrier.person, viewer, seen, weight, world) else {
                    continue;
                };
                if self.cascade.reacted[viewer as usize] == epoch {
                    continue;
                }
                if number < open * seen.moved {
                    self.cascade.reacted[viewer as usize] = epoch;
                    count += 1;
                    self.react(post, &carrier, viewer);
                } else if counted && let Some(friends) = self.cascade.friends {
                    let more = |rate: f32| number < open * (seen.ease / (seen.feed - rate));
                    if more(seen.heaviest) {
                        let missed = friends
                            .of(viewer)
                            .iter()
                            .take_while(|i| more(world.rates[**i as usize]));
                        self.cascade.missed.extend(missed.map(|friend| (*friend, viewer)));
                    }
                }
            }
        }
        if counted {
            self.free(post, lineage);
            self.doors(post);
        }
        count
    }

    /// Somebody reacts.
    fn react(&mut self, post: &Post, carrier: &Carrier, viewer: u32) {
        let mut chance = Chance::of(post.id, purpose::REACT, u64::from(viewer));
        let kind = self.kind(post, viewer, &mut chance);
        let zone = self.viewers[viewer as usize].zone;
        let at = rested(carrier.at + delay(&mut chance), zone, &mut chance);
        let id = hash(post.id, u64::from(viewer)) | 1;
        let actor = self.account(viewer, post.network, id);
        let base = Event {
            at,
            actor,
            target: carrier.owner,
            id,
            topic: post.topic,
            brand: post.brand,
            tone: post.tone,
            wording: if post.tone < 0 { Wording::Hostile } else { Wording::Own },
            ..Event::blank(post.network)
        };
        let next = Carrier { person: viewer, at, ..*carrier };
        let event = match kind {
            Kind::Like => Event { verb: Verb::Like, object: carrier.shown, ..base },
            Kind::Reshare => {
                self.cascade.carriers.push(Carrier { via: id, ..next });
                Event { verb: Verb::Reshare, object: carrier.shown, parent: carrier.via, ..base }
            }
            Kind::Quote => {
                self.cascade.carriers.push(Carrier { shown: id, owner: actor, via: 0, ..next });
                Event { verb: Verb::Quote, object: id, parent: carrier.shown, ..base }
            }
            Kind::Reply => Event { verb: Verb::Reply, object: id, parent: carrier.shown, ..base },
            Kind::Mention => Event { verb: Verb::Mention, object: id, ..base },
        };
        self.emit(&event);
        match kind {
            Kind::Like if chance.is(0.01) => {
                let back = Event {
                    at: at + chance.between(SECOND, DAY),
                    verb: Verb::Undo,
                    object: id,
                    ..base
                };
                self.emit(&Event { target: AccountRef::NOBODY, id: hash(id, 3) | 1, ..back });
            }
            Kind::Reply => self.talk_back(&event, &mut chance),
            _ => {}
        }
        if W::COUNTS {
            let group = self.viewers[viewer as usize].group;
            self.cascade.reached.push((at, carrier.person, group));
        }
        if post.brand && post.tone >= 0 {
            self.may_join(post, carrier.person, viewer, at, &mut chance);
        }
    }

    /// What else comes with a reply: a mention in the same post, and maybe words back.
    fn talk_back(&mut self, reply: &Event, chance: &mut Chance) {
        if chance.is(0.25) {
            self.emit(&Event {
                verb: Verb::Mention,
                parent: 0,
                id: hash(reply.id, 1) | 1,
                ..*reply
            });
        }
        let owner = reply.target.person();
        if self.world.people[owner as usize].role.is_person() && chance.is(0.3) {
            let id = hash(reply.id, 2) | 1;
            let at = reply.at + delay(chance);
            let (actor, target) = (reply.target, reply.actor);
            self.emit(&Event { at, actor, target, id, object: id, parent: reply.object, ..*reply });
        }
    }

    /// How somebody who reacts does so. It takes one number of `chance`, and depends on post and viewer only.
    fn kind(&self, post: &Post, viewer: u32, chance: &mut Chance) -> Kind {
        let broker = self.world.people[viewer as usize].planted.has(Planted::BROKER);
        let [like, reshare, quote, reply] = match (broker, post.tone < 0) {
            // Brokers pass on, mostly in words that the others understand.
            (true, _) => [0.25, 0.42, 0.90, 0.97],
            (_, true) => [0.25, 0.33, 0.48, 0.93],
            _ => [0.58, 0.74, 0.79, 0.93],
        };
        match chance.unit() {
            u if u < like => Kind::Like,
            u if u < reshare => Kind::Reshare,
            u if u < quote => Kind::Quote,
            u if u < reply => Kind::Reply,
            _ => Kind::Mention,
        }
    }

    /// Counts what the silence of each friend of those who let the post pass would have brought it.
    fn free(&mut self, post: &Post, lineage: &[u32]) {
        let mut missed = std::mem::take(&mut self.cascade.missed);
        missed.sort_unstable();
        missed.dedup();
        for of_one in missed.chunk_by(|a, b| a.0 == b.0) {
            let silent = of_one[0].0;
            if !lineage.contains(&silent) {
                let count = self.free_of(post, silent, of_one);
                self.watch.freed(silent, count);
            }
        }
        self.cascade.missed = missed;
    }

    fn free_of(&mut self, post: &Post, silent: u32, missed: &[(u32, u32)]) -> u32 {
        let world = self.world;
        let rate = world.rates[silent as usize];
        self.cascade.freed.resize(self.viewers.len(), 0);
        if self.cascade.freed_epoch == u32::MAX {
            self.cascade.freed.fill(0);
            self.cascade.freed_epoch = 0;
        }
        self.cascade.freed_epoch += 1;
        let (epoch, freed_epoch) = (self.cascade.epoch, self.cascade.freed_epoch);
        let mut carriers: Vec<u32> = Vec::new();
        let mut count = 0;
        let mut add = |player: &mut Self, viewer: u32, carriers: &mut Vec<u32>| {
            let place = viewer as usize;
            if player.cascade.reacted[place] == epoch || player.cascade.freed[place] == freed_epoch
            {
                return;
            }
            player.cascade.freed[place] = freed_epoch;
            count += 1;
            let mut chance = Chance::of(post.id, purpose::REACT, u64::from(viewer));
            if player.kind(post, viewer, &mut chance).carries() {
                carriers.push(viewer);
            }
        };
        for (_, viewer) in missed {
            add(self, *viewer, &mut carriers);
        }
        while let Some(carrier) = carriers.pop() {
            let weight = weight(world, post, carrier);
            for (viewer, number) in Hearers::new(world, post, carrier, weight) {
                let seen = &self.viewers[viewer as usize];
                let Some(open) = open(post, carrier, viewer, seen, weight, world) else {
                    continue;
                };
                let moved = match world.follows.has(silent, viewer) {
                    true => seen.ease / (seen.feed - rate),
                    false => seen.moved,
                };
                if number < open * moved {
                    add(self, viewer, &mut carriers);
                }
            }
        }
        count
    }

    /// Who let groups know first.
    fn doors(&mut self, post: &Post) {
        let epoch = self.cascade.epoch;
        let mut reached = std::mem::take(&mut self.cascade.reached);
        reached.sort_unstable();
        self.cascade.groups[self.viewers[post.author as usize].group as usize] = epoch;
        for (_, carrier, group) in &reached {
            let known =
                std::mem::replace(&mut self.cascade.groups[*group as usize], epoch) == epoch;
            if !known && *carrier != post.author {
                self.watch.door(*carrier);
            }
        }
        self.cascade.reached = reached;
    }
}

/// How much a post moves those to whom this person shows it.
fn weight(world: &World, post: &Post, carrier: u32) -> f32 {
    let pull = |person: u32| {
        let person = &world.people[person as usize];
        if post.brand { person.brand_pull } else { person.pull }
    };
    match carrier == post.author {
        true => pull(post.author) * post.spark,
        // Bounded, so that no post takes over the whole world: what is passed on seldom excites more than it cost.
        false => 0.6 * ((pull(post.author) * post.spark).min(6.0) * pull(carrier)).sqrt(),
    }
}

/// All of the chance but what the viewer brings; none if they are not on the network.
#[inline]
fn open(
    post: &Post,
    carrier: u32,
    viewer: u32,
    seen: &Viewer,
    weight: f32,
    world: &World,
) -> Option<f32> {
    if seen.networks & post.network.bit() == 0 {
        return None;
    }
    let near = seen.group == world.people[carrier as usize].group;
    let fit = if seen.topics >> post.topic & 1 == 1 { 1.0 } else { 0.4 };
    Some(weight * closeness(world.config.seed, carrier, viewer, near) * fit)
}

/// How close somebody is to whom they follow, 0.2 to 1: fixed for each pair, closer within a group.
pub(crate) fn closeness(seed: u64, followed: u32, follower: u32, near: bool) -> f32 {
    let pair = hash(seed ^ u64::from(followed), u64::from(follower));
    (if near { 1.0 } else { 0.7 }) * (0.3 + 0.7 * unit(pair) as f32)
}

/// Lomax with exponent 1 and scale 40 minutes, cut: most react soon, some days later.
pub(crate) fn delay(chance: &mut Chance) -> i64 {
    let minutes = 40.0 * (1.0 / chance.unit() - 1.0);
    SECOND + ((minutes * 60.0 * SECOND as f64) as i64).min(LONGEST_DELAY - 8 * HOUR)
}

/// A time of day at which people are awake: what falls into the night comes in the morning.
fn rested(at: i64, zone: i8, chance: &mut Chance) -> i64 {
    let hour = (at + i64::from(zone) * HOUR).rem_euclid(DAY);
    if hour < 6 * HOUR && chance.is(0.8) {
        at - hour + 6 * HOUR + chance.between(0, 2 * HOUR)
    } else {
        at
    }
}
