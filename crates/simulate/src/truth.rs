//! The truth about a world, as written beside its data: what was planted, and what each person's doing brings on average.
//!
//! People are numbers, as in [`World::people`]; those that are planted, take part in a scheme or were sampled are listed with names,
//! accounts, traits and, in worlds of up to [`LARGEST`] people, expectations.

use crate::chance::hash;
use crate::event::{AccountRef, Event, Network, Verb};
use crate::expected::Expected;
use crate::groups::BRAND_TOPICS;
use crate::people::{Planted, Role};
use crate::purpose;
use crate::words::topic_words;
use crate::world::World;
use model::Time;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Largest world for which expectations are worked out.
pub const LARGEST: usize = 20_000;
/// How many people are listed beside those who are planted.
pub const SAMPLED: usize = 500;

/// Everything that is true of a world and that its data do not say.
#[derive(Clone, Debug, Serialize)]
pub struct Truth {
    /// Always true: none of these people exists.
    pub simulated: bool,
    /// What the world was made from.
    pub config: crate::Config,
    /// First moment of the window.
    pub start: Time,
    /// Draws behind the expectations; 0 if there are none.
    pub pairs: u32,
    /// Who is planted as what, by number.
    pub planted: BTreeMap<&'static str, Vec<u32>>,
    /// Employees who know a topic of the firm's products, by the topic's first word.
    pub experts: BTreeMap<&'static str, Vec<u32>>,
    /// Who takes part in which scheme.
    pub schemes: SchemesTruth,
    /// Self-excitation of brand talk.
    pub branching: Branching,
    /// Shocks: since when, until when, topic.
    pub shocks: Vec<(Time, Time, u8)>,
    /// Outages: network, since when, until when.
    pub outages: Vec<(&'static str, Time, Time)>,
    /// Everybody planted, everybody in a scheme, and a sample of others.
    pub people: Vec<PersonTruth>,
}

/// The schemes, by person number and account.
#[derive(Clone, Debug, Serialize)]
pub struct SchemesTruth {
    /// The firm's own accounts.
    pub house: Vec<String>,
    /// Its bots.
    pub systems: Vec<String>,
    /// News desks.
    pub media: Vec<String>,
    /// Members of the paid praise ring who say that they are paid.
    pub ring_disclosed: Vec<u32>,
    /// Members who do not.
    pub ring_undisclosed: Vec<u32>,
    /// Members of the engagement pod.
    pub pod: Vec<u32>,
    /// People who bought followers, and the followers.
    pub bought_followers: Vec<(u32, Vec<String>)>,
    /// People whom fresh accounts push, and the accounts.
    pub farms: Vec<(u32, Vec<String>)>,
    /// Who is smeared, and the accounts that do it.
    pub smear: Option<(u32, Vec<String>)>,
    /// Who is set upon, and by whom.
    pub pile_on: Option<(u32, Vec<u32>)>,
    /// People who post the same praise.
    pub copied: Vec<u32>,
    /// People with two accounts on one network, these accounts, and how good the evidence is.
    pub second_accounts: Vec<(u32, [String; 2], &'static str)>,
    /// Pairs who look like one person and are two.
    pub lookalikes: Vec<(u32, u32)>,
}

/// How far brand talk among outsiders carries itself, in draw 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Branching {
    /// Posts that one post excites, as planted.
    pub planted: f64,
    /// Posts of brand talk.
    pub posts: u64,
    /// Of these, posts that another excited.
    pub excited: u64,
    /// `excited / posts`: the planted ratio as counted.
    pub ratio: f64,
    /// Posts, reshares, quotes, replies and mentions about the brand by outsiders, as recorded.
    pub voice: u64,
    /// Of these, those that go back to another outsider's.
    pub with_parent: u64,
    /// `with_parent / voice`: the ratio with cascades, which is what R3 of voice estimates.
    pub ratio_with_cascades: f64,
}

/// One person.
#[derive(Clone, Debug, Serialize)]
pub struct PersonTruth {
    /// Number.
    pub person: u32,
    /// Name.
    pub name: String,
    /// Role at the end of the window.
    pub role: Role,
    /// Employer, where it is the firm or a partner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// As `network:id`.
    pub accounts: Vec<String>,
    /// Number of the group.
    pub group: u32,
    /// What was planted.
    pub planted: Vec<&'static str>,
    /// Whether the person was drawn for the sample, by lot and not for what they are.
    pub sampled: bool,
    /// Share of the posts, relative to others; the median is about 1.
    pub activity: f32,
    /// How much the posts move whoever sees them; the median is 1.
    pub pull: f32,
    /// The same for brand talk.
    pub brand_pull: f32,
    /// Chance to be of help in an own topic.
    pub competence: f32,
    /// How late things are taken up; the median is 1.
    pub lateness: f32,
    /// Followers.
    pub followers: usize,
    /// Expected outcomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
}

impl World {
    /// The truth, with expectations over so many pairs of worlds where it has at most `LARGEST` people; 0 leaves them out.
    pub fn truth(&self, pairs: u32) -> Truth {
        let pairs = if self.real() <= LARGEST { pairs } else { 0 };
        let expected = if pairs > 0 { self.expected(pairs) } else { Vec::new() };
        let planted: BTreeMap<&str, Vec<u32>> = Planted::ALL
            .iter()
            .map(|(name, kind)| (*name, self.planted(*kind).collect()))
            .collect();
        let sample = self.sample();
        let mut listed: BTreeSet<u32> = planted.values().flatten().copied().collect();
        listed.extend(self.in_schemes());
        listed.extend(&sample);
        let clock = &self.clock;
        Truth {
            simulated: true,
            config: self.config.clone(),
            start: self.config.start(),
            pairs,
            planted,
            experts: (0..BRAND_TOPICS as u8)
                .map(|topic| (topic_words(topic)[0], self.experts(topic).collect()))
                .collect(),
            schemes: self.schemes_truth(),
            branching: self.branching(),
            shocks: clock.shocks.iter().map(|s| (Time(s.0), Time(s.1), s.2)).collect(),
            outages: clock.outages.iter().map(|o| (o.0.name(), Time(o.1), Time(o.2))).collect(),
            people: listed
                .iter()
                .map(|person| self.person_truth(*person, &sample, expected.get(*person as usize)))
                .collect(),
        }
    }

    /// People drawn by lot, the same whatever else is asked.
    fn sample(&self) -> BTreeSet<u32> {
        let mut lots: Vec<(u64, u32)> = (0..self.real() as u32)
            .map(|person| {
                (hash(hash(self.config.seed, purpose::SAMPLE), u64::from(person)), person)
            })
            .collect();
        let count = SAMPLED.min(lots.len());
        if count < lots.len() {
            lots.select_nth_unstable(count);
        }
        lots[..count].iter().map(|(_, person)| *person).collect()
    }

    fn in_schemes(&self) -> impl Iterator<Item = u32> + '_ {
        let schemes = &self.schemes;
        let targets = schemes.bought.iter().chain(&schemes.farms).chain(&schemes.smear);
        let set_upon = schemes.pile_on.iter().map(|(person, _)| *person);
        let members = schemes.ring.iter().chain(&schemes.pod).chain(&schemes.copied).copied();
        let doubled = schemes.seconds.iter().map(|(person, _)| *person);
        let alike = schemes.lookalikes.iter().flat_map(|(one, other)| [*one, *other]);
        targets
            .map(|(person, _)| *person)
            .chain(set_upon)
            .chain(members)
            .chain(doubled)
            .chain(alike)
    }

    fn person_truth(
        &self,
        number: u32,
        sample: &BTreeSet<u32>,
        expected: Option<&Expected>,
    ) -> PersonTruth {
        let person = &self.people[number as usize];
        let (first, last) = self.name(number);
        PersonTruth {
            person: number,
            name: format!("{first} {last}"),
            role: person.role,
            organisation: self.organisation(number),
            accounts: self.accounts(number).into_iter().map(|a| self.account_name(a)).collect(),
            group: person.group,
            planted: Planted::ALL
                .iter()
                .filter(|kind| person.planted.has(kind.1))
                .map(|kind| kind.0)
                .collect(),
            sampled: sample.contains(&number),
            activity: person.activity,
            pull: person.pull,
            brand_pull: person.brand_pull,
            competence: person.competence,
            lateness: person.lateness,
            followers: self.follows.of(number).len(),
            expected: expected.copied(),
        }
    }

    fn schemes_truth(&self) -> SchemesTruth {
        let schemes = &self.schemes;
        let twitter = |person: u32| self.account_name(AccountRef::new(person, Network::Twitter));
        let range = |range: &Range<u32>| range.clone().map(twitter).collect::<Vec<String>>();
        let all = |person: Option<u32>| {
            let accounts = person.map(|person| self.accounts(person)).unwrap_or_default();
            accounts.into_iter().map(|account| self.account_name(account)).collect()
        };
        let pushed = |pushed: &[(u32, Range<u32>)]| {
            pushed.iter().map(|(p, fakes)| (*p, range(fakes))).collect()
        };
        let (disclosed, undisclosed) = schemes.ring.split_at(schemes.ring.len() / 2);
        SchemesTruth {
            house: all(schemes.house),
            systems: all(schemes.system),
            media: range(&schemes.media),
            ring_disclosed: disclosed.to_vec(),
            ring_undisclosed: undisclosed.to_vec(),
            pod: schemes.pod.clone(),
            bought_followers: pushed(&schemes.bought),
            farms: pushed(&schemes.farms),
            smear: schemes.smear.as_ref().map(|(person, fakes)| (*person, range(fakes))),
            pile_on: schemes.pile_on.clone(),
            copied: schemes.copied.clone(),
            second_accounts: schemes
                .seconds
                .iter()
                .map(|(person, strong)| {
                    let first = AccountRef::new(*person, Network::Twitter);
                    let both = [self.account_name(first), self.account_name(first.second())];
                    (*person, both, if *strong { "strong" } else { "weak" })
                })
                .collect(),
            lookalikes: schemes.lookalikes.clone(),
        }
    }

    /// Self-excitation of brand talk, counted from the parents of draw 0.
    pub fn branching(&self) -> Branching {
        let (posts, excited) = self.talk_of(0);
        let outside = |account: AccountRef| {
            account != AccountRef::NOBODY
                && matches!(
                    self.people[account.person() as usize].role,
                    Role::Partner | Role::Customer | Role::Prospect | Role::Public
                )
        };
        let (mut voice, mut with_parent) = (0u64, 0u64);
        self.play(0, &mut |event: &Event| {
            let public = matches!(event.network, Network::Twitter | Network::Mastodon);
            let says = matches!(
                event.verb,
                Verb::Post | Verb::Reshare | Verb::Quote | Verb::Reply | Verb::Mention
            );
            // The mention beside a reply is the same post once more.
            let again = event.verb == Verb::Mention && event.object != event.id;
            if public && says && !again && event.brand && outside(event.actor) {
                voice += 1;
                with_parent += u64::from(event.cause != 0 || outside(event.target));
            }
        });
        let ratio = |part: u64, of: u64| part as f64 / of.max(1) as f64;
        Branching {
            planted: self.config.branching,
            posts,
            excited,
            ratio: ratio(excited, posts),
            voice,
            with_parent,
            ratio_with_cascades: ratio(with_parent, voice),
        }
    }
}
