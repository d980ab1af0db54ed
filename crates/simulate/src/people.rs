//! Who lives in a world, and what nobody can see of them: the hidden traits.
//!
//! Traits are drawn independently of each other, so that much activity says nothing about pull:
//!
//! | trait | law |
//! |---|---|
//! | activity | lognormal, sigma 1.2: share of the posts |
//! | pull | lognormal, sigma 0.9: how much an exposed person's chance to react rises |
//! | susceptibility | uniform on 0.1 to 1, squared |
//! | attention | lognormal, sigma 0.6, in loads of the average feed |
//! | competence | uniform on 0 to 1 in own topics, a third of it in others |
//!
//! Some people are *planted*: a customer whose talk of the brand moves others, one who helps, one who sees things early,
//! and so on; [`Planted`] says what each means. Planting changes traits; no measure's formula takes part.

use crate::chance::Chance;
use crate::config::Config;
use crate::groups::{BRAND_TOPICS, Bond, Group, TOPICS};
use crate::purpose;
use model::time::DAY;

/// Where a person stands toward the firm at the end of the window, or what an account is that is nobody's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Works for the firm.
    Employee,
    /// Works for one of its partners.
    Partner,
    /// Buys from it.
    Customer,
    /// Might.
    Prospect,
    /// Anybody else.
    Public,
    /// The firm's own brand account.
    House,
    /// The firm's help-desk bot.
    System,
    /// A news desk, whose posts are the items that people take up.
    Media,
    /// An account made for a scheme; nobody is behind it.
    Fake,
}

impl Role {
    /// Whether a person is behind it.
    pub fn is_person(self) -> bool {
        self <= Role::Public
    }
}

/// What was planted in a person, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planted(pub u16);

macro_rules! planted {
    ($($(#[$doc:meta])* $name:ident = $bit:expr, $word:expr;)*) => {
        impl Planted {
            $($(#[$doc])* pub const $name: Planted = Planted(1 << $bit);)*
            /// Every kind with its name in `truth.json`.
            pub const ALL: &[(&str, Planted)] = &[$(($word, Planted::$name)),*];
        }
    };
}

planted! {
    /// A customer with high pull on the brand's topics, whom prospects follow to the firm.
    ADVOCATE = 0, "advocates";
    /// A customer whose answers help.
    HELPER = 1, "helpers";
    /// Tied into several groups, and passes things on between them.
    BROKER = 2, "brokers";
    /// Takes up early what will spread, and leaves the rest.
    EARLY = 3, "early_adopters";
    /// Takes up everything early, what will spread and what will not: fast, but no judge.
    HASTY = 4, "hasty_adopters";
    /// A customer with pull who speaks ill of the brand.
    DETRACTOR = 5, "detractors";
    /// Posts much and moves few.
    LOUD = 6, "loud";
    /// An employee who keeps up personal exchange with many outsiders.
    HOST = 7, "hosts";
    /// An employee who writes to many outsiders and is rarely answered.
    MAILER = 8, "mass_mailers";
    /// The employee to whom outsiders turn, and who passes it on to the team.
    GATEKEEPER = 9, "gatekeepers";
    /// The employee who speaks for the team to outsiders.
    REPRESENTATIVE = 10, "representatives";
    /// An employee who is the only tie to a partner's firm, and leaves in the window.
    CUT_BRIDGE = 11, "cut_bridges";
    /// A customer who climbs from listening over asking and answering to contributing.
    CLIMBER = 12, "climbers";
    /// Answers many questions, and helps few.
    CHATTERER = 13, "chatterers";
}

impl Planted {
    /// Whether all of `other` is in it.
    pub fn has(self, other: Planted) -> bool {
        self.0 & other.0 == other.0
    }

    /// Adds what `other` holds.
    pub fn add(&mut self, other: Planted) {
        self.0 |= other.0;
    }
}

/// A person with the hidden traits.
#[derive(Clone, Debug)]
pub struct Person {
    /// Where they stand at the end of the window.
    pub role: Role,
    /// What was planted in them.
    pub planted: Planted,
    /// Number of the group; for accounts that are nobody's own one past the last.
    pub group: u32,
    /// Share of the posts, relative to others.
    pub activity: f32,
    /// Share of the posts of brand talk that nothing excited, relative to others.
    pub talk: f32,
    /// How much an exposed person's chance to react rises; the median is 1.
    pub pull: f32,
    /// The same when the brand is talked about.
    pub brand_pull: f32,
    /// Tone of brand talk: -1, 0 or 1.
    pub tone: i8,
    /// Share of the questions asked in the firm's places.
    pub asks: f32,
    /// Share of the attempts to answer there.
    pub answers: f32,
    /// Chance to be of help in an own topic, 0 to 1.
    pub competence: f32,
    /// Of employees: share of the exchange with outsiders.
    pub hosting: f32,
    /// Of employees: how many outsiders they write to.
    pub contacts: u32,
    /// Of employees: chance that an outsider answers them.
    pub warmth: f32,
    /// How late they take things up; the median is 1.
    pub lateness: f32,
    /// Drawn for building the follow graph: how much they are followed.
    pub(crate) popularity: f32,
    /// From when an employee no longer worked there, in microseconds; `i64::MAX` if they still do.
    pub left: i64,
}

/// What a reaction depends on, close together in memory. For all people and accounts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Viewer {
    /// Susceptibility times the share of the feed that is seen.
    pub moved: f32,
    /// The same if nobody competed for attention: `moved * (attention + load)`.
    pub ease: f32,
    /// Attention plus load.
    pub feed: f32,
    /// Largest share of the load that one followed person makes.
    pub heaviest: f32,
    pub group: u32,
    pub topics: u16,
    /// Bits of [`crate::Network`].
    pub networks: u8,
    /// Hours that the day is shifted.
    pub zone: i8,
}

pub(crate) const SUSCEPTIBILITY: u64 = 1;
pub(crate) const ATTENTION: u64 = 2;

/// The real people of a world, in order of group.
pub(crate) fn people(config: &Config, groups: &[Group]) -> (Vec<Person>, Vec<Viewer>) {
    let mut people = Vec::with_capacity(config.people);
    let mut viewers = Vec::with_capacity(config.people);
    for (number, group) in groups.iter().enumerate() {
        let mut chance = Chance::of(config.seed, purpose::ROLES, number as u64);
        let customers = chance.unit() * 0.8;
        for member in group.start..group.end {
            let mut chance = Chance::of(config.seed, purpose::TRAITS, u64::from(member));
            let mut person = person(number as u32, group, customers, &mut chance);
            plant(&mut person, group, member, config, &mut chance);
            viewers.push(viewer(&person, group, &mut chance));
            people.push(person);
        }
    }
    (people, viewers)
}

fn person(number: u32, group: &Group, customers: f64, chance: &mut Chance) -> Person {
    let role = match group.bond {
        Bond::Team(_) => Role::Employee,
        Bond::Partner(_) => Role::Partner,
        Bond::Community => {
            let u = chance.unit();
            if u < customers {
                Role::Customer
            } else if u < customers + 0.2 {
                Role::Prospect
            } else {
                Role::Public
            }
        }
    };
    let activity = chance.lognormal(1.2, 60.0) as f32;
    let pull = chance.lognormal(0.9, 12.0) as f32;
    let chatty = chance.lognormal(0.8, 10.0) as f32;
    let asks = chance.lognormal(0.7, 8.0) as f32;
    let answers = chance.lognormal(1.1, 20.0) as f32;
    let of_customer = |share: f32| if role == Role::Customer { share } else { 0.0 };
    Person {
        role,
        planted: Planted::default(),
        group: number,
        activity,
        talk: chatty * [0.0, 0.3, 1.0, 0.15, 0.1][(role as usize).min(4)],
        pull,
        brand_pull: pull * chance.lognormal(0.4, 4.0) as f32,
        tone: if chance.is(0.15) { 0 } else { 1 },
        asks: of_customer(asks) + if role == Role::Partner { asks * 0.5 } else { 0.0 },
        answers: of_customer(answers),
        competence: chance.unit() as f32,
        hosting: 0.0,
        contacts: 0,
        warmth: 0.0,
        lateness: chance.lognormal(0.6, 6.0) as f32,
        popularity: chance.pareto(1.6, 3_000.0) as f32,
        left: i64::MAX,
    }
}

/// Plants what the role allows; see [`Planted`].
fn plant(person: &mut Person, group: &Group, member: u32, config: &Config, chance: &mut Chance) {
    let mut lucky = |share: f64| chance.is(share);
    match person.role {
        Role::Customer => {
            if lucky(0.04) {
                person.planted.add(Planted::ADVOCATE);
                person.brand_pull = person.pull.max(1.0) * 6.0;
                person.talk = person.talk.max(1.0) * 3.0;
                person.tone = 1;
            } else if lucky(0.03) {
                person.planted.add(Planted::DETRACTOR);
                person.brand_pull = person.pull.max(1.0) * 6.0;
                person.talk = person.talk.max(1.0) * 3.0;
                person.tone = -1;
            }
            if lucky(0.05) {
                person.planted.add(Planted::HELPER);
                person.competence = 0.75 + 0.25 * person.competence;
                person.answers = person.answers.max(2.0) * 4.0;
            } else if lucky(0.05) {
                person.planted.add(Planted::CHATTERER);
                person.competence *= 0.15;
                person.answers = person.answers.max(2.0) * 4.0;
            } else if lucky(0.02) {
                person.planted.add(Planted::CLIMBER);
                person.competence = 0.5 + 0.5 * person.competence;
            }
        }
        Role::Employee => {
            let eagerness = match group.bond {
                Bond::Team(0) => 3.0, // sales
                Bond::Team(1) => 2.5, // support
                Bond::Team(2) => 3.0, // community
                Bond::Team(4) => 1.5, // marketing
                _ => 0.4,
            };
            person.hosting = eagerness * person.activity.sqrt();
            person.contacts = 3 + (2.0 * person.pull) as u32;
            person.warmth = 0.15 + 0.35 * person.competence;
            person.answers = if matches!(group.bond, Bond::Team(1 | 2)) { 3.0 } else { 0.2 };
            let place = member - group.start;
            if lucky(0.10) {
                person.planted.add(Planted::HOST);
                person.hosting = person.hosting.max(2.0) * 2.0;
                person.contacts = person.contacts.max(30) + 20;
                person.warmth = 0.75;
            } else if lucky(0.07) {
                person.planted.add(Planted::MAILER);
                person.hosting = person.hosting.max(2.0) * 4.0;
                person.contacts = 400;
                person.warmth = 0.03;
            }
            match place {
                0 if group.len() >= 3 => person.planted.add(Planted::GATEKEEPER),
                1 if group.len() >= 3 => person.planted.add(Planted::REPRESENTATIVE),
                2 if matches!(group.bond, Bond::Team(0)) => {
                    person.planted.add(Planted::CUT_BRIDGE);
                    person.contacts = 12;
                    person.hosting = person.hosting.max(2.0);
                    person.warmth = 0.6;
                    person.left = config.end.0 - i64::from(config.days) * DAY / 4;
                }
                _ => {}
            }
        }
        _ => {}
    }
    if matches!(group.bond, Bond::Community) {
        // Where few meet, there is no sooner and later.
        let crowd = group.len() >= 25;
        if crowd && lucky(0.04) {
            person.planted.add(Planted::EARLY);
            person.lateness = 0.12;
        } else if crowd && lucky(0.04) {
            person.planted.add(Planted::HASTY);
            person.lateness = 0.12;
        }
        if lucky(0.015) {
            person.planted.add(Planted::BROKER);
        }
    }
    let stands_out = Planted::ADVOCATE.0 | Planted::DETRACTOR.0;
    if person.planted.0 & stands_out == 0 && lucky(0.06) {
        person.planted.add(Planted::LOUD);
        person.activity = person.activity.max(1.0) * 6.0;
        person.pull *= 0.15;
        person.brand_pull = person.pull;
    }
}

fn viewer(person: &Person, group: &Group, chance: &mut Chance) -> Viewer {
    use crate::event::Network;
    let mut topics = group.topics | 1 << chance.below(TOPICS);
    let of_brand = Planted::ADVOCATE.0 | Planted::DETRACTOR.0 | Planted::HELPER.0;
    if person.role <= Role::Customer || person.planted.0 & of_brand != 0 {
        topics |= 1 << chance.below(BRAND_TOPICS);
    }
    let mut networks = Network::Discourse.bit() | Network::Mail.bit();
    if chance.is(0.85) {
        networks |= Network::Twitter.bit();
    }
    if chance.is(0.25) || networks & Network::Twitter.bit() == 0 {
        networks |= Network::Mastodon.bit();
    }
    if person.role == Role::Employee {
        networks |= Network::Slack.bit();
    }
    let zone = [0, 1, 1, 1, -3][usize::from(group.language).min(4)];
    Viewer { group: person.group, topics, networks, zone, ..Viewer::default() }
}
