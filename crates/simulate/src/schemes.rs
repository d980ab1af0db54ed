//! Schemes: how people try to look more influential than they are, or make others look less, and mistaken identities.
//!
//! None of them moves anybody who is not part of it: fakes see nothing, and members would have acted whatever was said. So
//! what schemes give and take is no influence, and the expected reactions of [`crate::expected`] leave it out.

use crate::chance::Chance;
use crate::config::Config;
use crate::event::Network;
use crate::groups::Group;
use crate::people::{Person, Planted, Role, Viewer};
use crate::purpose;
use std::ops::Range;

/// Who takes part in what. People and accounts are numbers; see [`crate::World::people`].
#[derive(Clone, Debug, Default)]
pub struct Schemes {
    /// The firm's own accounts.
    pub house: Option<u32>,
    /// The firm's help-desk bot.
    pub system: Option<u32>,
    /// News desks.
    pub media: Range<u32>,
    /// Paid to praise the firm and each other. The first half says so.
    pub ring: Vec<u32>,
    /// Real people who like and answer whatever one of them posts, within minutes.
    pub pod: Vec<u32>,
    /// Who bought followers, and the accounts that follow.
    pub bought: Vec<(u32, Range<u32>)>,
    /// Whom fresh accounts push, and those accounts.
    pub farms: Vec<(u32, Range<u32>)>,
    /// Whom fakes attack with the same words, and the fakes.
    pub smear: Option<(u32, Range<u32>)>,
    /// Who is set upon by real people for one post, and by whom.
    pub pile_on: Option<(u32, Vec<u32>)>,
    /// Real people who post the same praise.
    pub copied: Vec<u32>,
    /// People with a second account on twitter, and whether the evidence for that is strong.
    pub seconds: Vec<(u32, bool)>,
    /// Pairs of people of the same name who are two.
    pub lookalikes: Vec<(u32, u32)>,
}

/// Plans the schemes, adds the accounts that are nobody's own, and says who follows whom because of them.
pub(crate) fn plan(
    config: &Config,
    groups: &[Group],
    people: &mut Vec<Person>,
    viewers: &mut Vec<Viewer>,
) -> (Schemes, Vec<(u32, u32)>) {
    let real = config.people;
    let mut schemes = Schemes::default();
    let mut extra = Vec::new();
    let mut add = |role: Role, networks: &[Network], count: usize| -> Range<u32> {
        let start = people.len() as u32;
        for _ in 0..count {
            people.push(made(role, groups.len() as u32));
            let networks = networks.iter().fold(0, |bits, network| bits | network.bit());
            viewers.push(Viewer { group: groups.len() as u32, networks, ..Viewer::default() });
        }
        start..start + count as u32
    };
    if real >= 20 {
        let house = [Network::Twitter, Network::Mastodon, Network::Discourse];
        schemes.house = Some(add(Role::House, &house, 1).start);
        let system = [Network::Discourse, Network::Slack];
        schemes.system = Some(add(Role::System, &system, 1).start);
        schemes.media = add(Role::Media, &[Network::Twitter], (1 + real / 1_000).min(200));
    }
    if !config.schemes || real < 100 {
        return (schemes, extra);
    }
    let mut chance = Chance::of(config.seed, purpose::SCHEMES, 0);
    let fresh = |share: usize, least: usize, most: usize| (real / share).clamp(least, most);
    for _ in 0..1 + (real / 5_000).min(20) {
        schemes.bought.push((0, add(Role::Fake, &[Network::Twitter], fresh(25, 8, 400))));
        schemes.farms.push((0, add(Role::Fake, &[Network::Twitter], fresh(50, 8, 200))));
    }
    schemes.smear = Some((0, add(Role::Fake, &[Network::Twitter], fresh(400, 4, 25))));
    // Ordinary outsiders on twitter, each in one scheme at most.
    let mut free: Vec<u32> = (0..real as u32)
        .filter(|i| {
            let person = &people[*i as usize];
            let on_twitter = viewers[*i as usize].networks & Network::Twitter.bit() != 0;
            let plain = person.planted.0 & !Planted::LOUD.0 == 0;
            on_twitter && plain && matches!(person.role, Role::Customer | Role::Public)
        })
        .collect();
    let mut take = |count: usize| -> Vec<u32> {
        let count = count.min(free.len());
        (0..count).map(|_| free.swap_remove(chance.below(free.len()))).collect()
    };
    schemes.ring = take(fresh(400, 4, 14));
    schemes.pod = take(fresh(300, 4, 16));
    schemes.copied = take(fresh(500, 3, 12));
    let victims = schemes.bought.iter_mut().chain(&mut schemes.farms);
    for (person, _) in victims.chain(&mut schemes.smear) {
        *person = take(1).first().copied().unwrap_or(0);
    }
    let victim = take(1);
    schemes.pile_on = victim.first().map(|victim| (*victim, take(fresh(50, 10, 150))));
    schemes.seconds =
        take(fresh(400, 2, 20)).into_iter().zip([true, false].into_iter().cycle()).collect();
    schemes.lookalikes =
        take(2 * fresh(1_000, 1, 5)).chunks_exact(2).map(|p| (p[0], p[1])).collect();
    for (person, accounts) in schemes.bought.iter().chain(&schemes.farms) {
        extra.extend(accounts.clone().map(|account| (*person, account)));
    }
    for (person, _) in &schemes.seconds {
        viewers[*person as usize].networks |= SECOND_ACCOUNT;
    }
    (schemes, extra)
}

/// Marks, in [`Viewer::networks`], a person with a second account on twitter.
pub(crate) const SECOND_ACCOUNT: u8 = 1 << 7;

fn made(role: Role, group: u32) -> Person {
    Person {
        role,
        planted: Planted::default(),
        group,
        activity: 0.0,
        talk: 0.0,
        pull: 0.6,
        brand_pull: 0.6,
        tone: 1,
        asks: 0.0,
        answers: 0.0,
        competence: 0.0,
        hosting: 0.0,
        contacts: 0,
        warmth: 0.0,
        lateness: 1.0,
        popularity: 0.0,
        left: i64::MAX,
    }
}
