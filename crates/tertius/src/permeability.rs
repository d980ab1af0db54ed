//! How permeable the firm is: how far its ties go across its boundary, who carries that, and how fast answers come.
//!
//! * **E-I index** of the firm and of its teams, with what chance alone would do ([`graph::boundary`]): sides and teams are dealt anew among people of the
//!   same networks and the same decile of contacts.
//! * **Brokerage roles** of the people inside ([`graph::roles`](mod@graph::roles)), where the firm is one group and every organisation that a roster names is another;
//!   people of no recorded organisation are left out of these.
//! * **Bridges**: how unequally contacts outside are spread over the people inside, and whom and which organisations the firm
//!   would lose with one person.
//! * **Answers** across the boundary, both ways ([`crate::replies`]).
//!
//! All of it for the window, and for the one before. Sides are those at the end of each. Counted are public and community exchanges alone; the
//! logo, systems and whoever refuses are in none of it. Nobody is named: see [`crate::teams`].

use crate::error::Result;
use crate::moment::Moment;
use crate::replies::{Answers, answers};
use crate::scope::{Focus, Scope};
use crate::standings::Standings;
use crate::teams::{NO_TEAM, PURPOSE, Teams};
use crate::workspace::Workspace;
use graph::boundary::{Boundary, Chance, Labels, OUTSIDE, gini};
use graph::roles::{NO_GROUP, Roles, roles};
use graph::{Contacts, Pairing, Ties};
use influence::definition::Side;
use influence::orders::End;
use influence::projection::Levels;
use influence::{Projection, Snapshot};
use model::{Time, Visibility};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What to report on.
#[derive(Clone, Debug)]
pub struct Options {
    /// The firm and the window.
    pub scope: Scope,
    /// Whether ties count by strength, and not each as one.
    pub weighted: bool,
    /// How often sides are dealt anew.
    pub draws: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options { scope: Scope::default(), weighted: false, draws: 1000 }
    }
}

/// The report.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Permeability {
    /// The firm; empty where the workspace has none.
    pub firm: String,
    /// Whether ties count by strength.
    pub weighted: bool,
    /// The window asked for.
    pub now: Period,
    /// The one before, if anything is known of it.
    pub before: Option<Period>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// One window.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Period {
    /// Later than this.
    pub from: Time,
    /// Up to this.
    pub to: Time,
    /// The firm as a whole, if there are people enough to show it.
    pub whole: Option<Membrane>,
    /// Its teams, the largest first.
    pub teams: Vec<Membrane>,
    /// What the people inside are between organisations.
    pub roles: Option<Brokers>,
    /// Who is reached through how many.
    pub bridges: Option<Bridges>,
    /// How fast answers come across the boundary.
    pub answers: Option<Answers>,
}

/// The boundary of the firm or of a team.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Membrane {
    /// The team; the firm's name for the whole.
    pub name: String,
    /// People with a tie in the window.
    pub people: usize,
    /// Ties across.
    pub external: f64,
    /// Ties within.
    pub internal: f64,
    /// -1 to 1, nothing without ties.
    pub ei: Option<f64>,
    /// What chance alone would do.
    pub chance: Option<ByChance>,
}

/// The index under chance.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ByChance {
    /// Its mean.
    pub mean: f64,
    /// Its standard deviation.
    pub deviation: f64,
    /// By how many of them the real index is higher; nothing where chance has no choice.
    pub z: Option<f64>,
    /// Share of draws as low as the real one.
    pub as_low: f64,
    /// Share of draws as high.
    pub as_high: f64,
}

impl ByChance {
    fn of(chance: Chance) -> ByChance {
        let Chance { mean, deviation, z, as_low, as_high } = chance;
        ByChance { mean, deviation, z, as_low, as_high }
    }
}

/// Open paths of credit that people inside stand on, by role.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub struct Brokers {
    /// From inside to inside.
    pub coordinator: u64,
    /// Between two of another organisation.
    pub consultant: u64,
    /// From another organisation to the inside.
    pub gatekeeper: u64,
    /// From the inside to another organisation.
    pub representative: u64,
    /// Between two other organisations.
    pub liaison: u64,
}

/// Who outside is reached through how many inside.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Bridges {
    /// People inside with a tie in the window.
    pub inside: usize,
    /// Those with a contact outside.
    pub spanning: usize,
    /// How unequally contacts outside are spread over the people inside, 0 to 1.
    pub gini: Option<f64>,
    /// Share of these contacts that the busiest tenth inside has.
    pub top_tenth: Option<f64>,
    /// People outside with a contact inside.
    pub outside: usize,
    /// Those of them with one alone.
    pub through_one: usize,
    /// Organisations with a contact inside, those through one person first, then the largest.
    pub organisations: Vec<Reached>,
}

/// An organisation that the firm is in contact with.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Reached {
    /// Its name.
    pub organisation: String,
    /// Its people with a contact inside.
    pub people: usize,
    /// People inside whom they are in contact with.
    pub through: usize,
}

impl Workspace {
    /// How permeable the firm is.
    ///
    /// Fails with `NotFound` where nothing is stored, and with `Usage` on a firm's file with faults.
    pub fn permeability(&self, options: &Options) -> Result<Permeability> {
        let reading = self.reading()?;
        let mut notes = BTreeSet::new();
        let change = Change::default();
        let period = |focus: &Focus<'_>, notes: &mut BTreeSet<String>| {
            let snapshot = seen(focus)?;
            let measured = Measured::new(focus, &snapshot, options, &change)?;
            let mut period = measured.period(notes)?;
            if period.whole.is_some() {
                period.answers = measured.answers()?;
            }
            Ok::<_, crate::Error>(period)
        };
        let focus = reading.focus(&options.scope)?;
        let now: Period = period(&focus, &mut notes)?;
        // What there is to say of the window before is said of this one too, or of no use.
        let earlier = Scope { as_of: Some(focus.from), ..options.scope.clone() };
        let before = period(&reading.focus(&earlier)?, &mut BTreeSet::new())?;
        // Of what nothing is known, there is nothing to compare with.
        let before = before.whole.is_some().then_some(before);
        let notes = notes.into_iter().collect();
        Ok(Permeability { firm: focus.firm.name, weighted: options.weighted, now, before, notes })
    }
}

/// The exchange that is looked at: public and among members, in the window up to a time.
pub(crate) fn seen(focus: &Focus<'_>) -> Result<Rc<Snapshot>> {
    let mut projection = Projection::standard();
    projection.visibility = Levels::of(&[Visibility::Public, Visibility::Community]);
    projection.window = focus.as_of.0.saturating_sub(focus.from.0);
    Moment::new(focus.reading, focus.as_of)?.snapshot(&projection)
}

/// What may be otherwise than it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    /// Who is not there any more, with all ties.
    pub gone: BTreeSet<u64>,
    /// Who is inside besides, and in which team.
    pub joined: BTreeMap<u64, String>,
    /// Teams that go by another name.
    pub renamed: BTreeMap<String, String>,
}

/// What one window is computed from.
pub(crate) struct Measured<'a> {
    focus: &'a Focus<'a>,
    options: &'a Options,
    change: &'a Change,
    /// People by number, without the logo, systems, and whoever refuses.
    people: Vec<u64>,
    ties: Ties,
}

impl<'a> Measured<'a> {
    pub(crate) fn new(
        focus: &'a Focus<'a>,
        snapshot: &Snapshot,
        options: &'a Options,
        change: &'a Change,
    ) -> Result<Measured<'a>> {
        let taken = |person: &u64| {
            matches!(focus.sides.end(*person, focus.as_of), End::Person(_))
                && !focus.disclosure.refuses(*person, PURPOSE)
                && !change.gone.contains(person)
        };
        let (people, ties) = among(snapshot, taken)?;
        Ok(Measured { focus, options, change, people, ties })
    }

    /// People by number, and whether they are inside.
    pub(crate) fn people(&self) -> impl Iterator<Item = (u64, bool)> {
        self.people.iter().map(|person| (*person, self.is_inside(*person)))
    }

    fn is_inside(&self, person: u64) -> bool {
        self.change.joined.contains_key(&person)
            || self.focus.sides.end(person, self.focus.as_of) == End::Person(Side::Inside)
    }

    fn team(&self, person: u64) -> &str {
        let joined = self.change.joined.get(&person).map(String::as_str);
        let recorded =
            || self.focus.sides.team(person, self.focus.as_of).filter(|team| !team.is_empty());
        let team = joined.or_else(recorded).unwrap_or(NO_TEAM);
        self.change.renamed.get(team).map_or(team, String::as_str)
    }

    /// Who is in contact with whom, by number.
    pub(crate) fn contacts(&self) -> Contacts {
        Contacts::new(&self.ties, Pairing::Either)
    }

    /// How fast answers come across.
    pub(crate) fn answers(&self) -> Result<Option<Answers>> {
        answers(self.focus)
    }

    /// All but the answers.
    pub(crate) fn period(&self, notes: &mut BTreeSet<String>) -> Result<Period> {
        let Focus { reading, firm, from, as_of: to, disclosure, .. } = self.focus;
        let (from, to) = (*from, *to);
        let inside: Vec<bool> = self.people().map(|(_, inside)| inside).collect();
        let mut period = Period {
            from,
            to,
            whole: None,
            teams: Vec::new(),
            roles: None,
            bridges: None,
            answers: None,
        };
        let contacts = self.contacts();
        let within: Vec<u64> = of(&self.people, &inside);
        let teams = Teams::new(firm, disclosure);
        if within.is_empty() {
            notes.insert("nobody inside has ties in the window: import a roster that says who works where with: tertius people import FILE".to_owned());
            return Ok(period);
        }
        if !teams.may_show(within.iter().copied()) {
            notes.insert(teams.remedy());
            return Ok(period);
        }
        let standings = reading.standings(to);
        (period.whole, period.teams) = self.membranes(&contacts, &inside, notes)?;
        period.roles = Some(self.brokers(&inside, &standings));
        period.bridges = Some(self.bridges(&contacts, &inside, &standings));
        if let Some(reason) = &firm.small_teams {
            notes.insert(format!("teams of any size are shown: {reason}"));
        }
        Ok(period)
    }

    /// The boundaries of the firm and of its teams.
    fn membranes(
        &self,
        contacts: &Contacts,
        inside: &[bool],
        notes: &mut BTreeSet<String>,
    ) -> Result<(Option<Membrane>, Vec<Membrane>)> {
        let team = |person: u64| self.team(person);
        let mut members: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for (person, _) in self.people.iter().zip(inside).filter(|(_, inside)| **inside) {
            members.entry(team(*person)).or_default().push(*person);
        }
        let names: Vec<&str> = members.keys().copied().collect();
        let number = |name: &str| names.binary_search(&name).unwrap_or_default() as u32;
        let label = |(person, inside): (&u64, &bool)| match inside {
            true => number(team(*person)),
            false => OUTSIDE,
        };
        let labels: Vec<u32> = self.people.iter().zip(inside).map(label).collect();
        let labels = Labels { of: &labels, count: names.len(), weighted: self.options.weighted };
        let all = labels.boundaries(contacts);
        let (chance, by_team) =
            labels.chance(contacts, &self.classes(contacts)?, self.options.draws);
        let membrane =
            |name: &str, people: usize, of: &Boundary, chance: Option<Chance>| Membrane {
                name: name.to_owned(),
                people,
                external: of.external,
                internal: of.internal,
                ei: of.index(),
                chance: chance.map(ByChance::of),
            };
        let people = members.values().map(Vec::len).sum();
        let whole = membrane(&self.focus.firm.name, people, &all.whole, chance);
        let rule = Teams::new(&self.focus.firm, &self.focus.disclosure);
        let mut teams = Vec::new();
        for ((part, chance), (name, members)) in all.parts.iter().zip(by_team).zip(&members) {
            match rule.may_show(members.iter().copied()) {
                true if *name != NO_TEAM => {
                    teams.push(membrane(name, members.len(), part, chance));
                }
                true => {}
                false => _ = notes.insert(rule.remedy()),
            }
        }
        teams.sort_by(|a, b| b.people.cmp(&a.people).then_with(|| a.name.cmp(&b.name)));
        Ok((Some(whole), teams))
    }

    /// Who could as well have stood on the other side: people of the same networks and the same decile of contacts.
    fn classes(&self, contacts: &Contacts) -> Result<Vec<u32>> {
        let networks = self.focus.disclosure.networks(&self.people)?;
        let mut degrees: Vec<usize> = (0..self.people.len()).map(|v| contacts.degree(v)).collect();
        degrees.sort_unstable();
        let decile = |v: usize| {
            let below = degrees.partition_point(|degree| *degree < contacts.degree(v));
            10 * below / degrees.len()
        };
        let mut kinds: BTreeMap<(Vec<String>, usize), u32> = BTreeMap::new();
        let classes = networks.into_iter().enumerate().map(|(v, networks)| {
            let next = kinds.len() as u32;
            *kinds.entry((networks, decile(v))).or_insert(next)
        });
        Ok(classes.collect())
    }

    fn brokers(&self, inside: &[bool], standings: &Standings<'_>) -> Brokers {
        let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
        let group =
            |(person, inside): (&u64, &bool)| match (inside, standings.organisation(*person)) {
                (true, _) => 0,
                (false, None) => NO_GROUP,
                (false, Some(name)) => {
                    let next = numbers.len() as u32 + 1;
                    *numbers.entry(name.to_lowercase()).or_insert(next)
                }
            };
        let groups: Vec<u32> = self.people.iter().zip(inside).map(group).collect();
        let mut all = Brokers::default();
        for (of, _) in roles(&self.ties, &groups).iter().zip(inside).filter(|(_, inside)| **inside)
        {
            let Roles { coordinator, consultant, gatekeeper, representative, liaison } = of;
            all.coordinator += coordinator;
            all.consultant += consultant;
            all.gatekeeper += gatekeeper;
            all.representative += representative;
            all.liaison += liaison;
        }
        all
    }

    fn bridges(&self, contacts: &Contacts, inside: &[bool], standings: &Standings<'_>) -> Bridges {
        let others = |v: usize, side: bool| {
            let ids = contacts.row(v).0.iter();
            ids.filter(move |id| inside[**id as usize] == side)
        };
        let all = 0..self.people.len();
        let mut spans: Vec<f64> =
            all.clone().filter(|v| inside[*v]).map(|v| others(v, false).count() as f64).collect();
        spans.sort_by(|a, b| b.total_cmp(a));
        let (sum, tenth) = (spans.iter().sum::<f64>(), spans.len().div_ceil(10));
        let mut reached: BTreeMap<String, (&str, usize, BTreeSet<u32>)> = BTreeMap::new();
        let (mut outside, mut through_one) = (0, 0);
        for v in all.filter(|v| !inside[*v]) {
            let through: BTreeSet<u32> = others(v, true).copied().collect();
            outside += usize::from(!through.is_empty());
            through_one += usize::from(through.len() == 1);
            let organisation = standings.organisation(self.people[v]);
            if let Some(name) = organisation.filter(|_| !through.is_empty()) {
                let entry = reached.entry(name.to_lowercase());
                let (_, people, all) = entry.or_insert((name, 0, BTreeSet::new()));
                *people += 1;
                all.extend(through);
            }
        }
        let mut organisations: Vec<Reached> = reached
            .into_values()
            .map(|(name, people, through)| Reached {
                organisation: name.to_owned(),
                people,
                through: through.len(),
            })
            .collect();
        organisations.sort_by_key(|one| (one.through > 1, std::cmp::Reverse(one.people)));
        Bridges {
            inside: spans.len(),
            spanning: spans.iter().filter(|span| **span > 0.0).count(),
            gini: gini(&spans),
            top_tenth: (sum > 0.0).then(|| spans[..tenth].iter().sum::<f64>() / sum),
            outside,
            through_one,
            organisations,
        }
    }
}

/// The values where `keep` says so.
fn of(people: &[u64], keep: &[bool]) -> Vec<u64> {
    people.iter().zip(keep).filter(|(_, keep)| **keep).map(|(person, _)| *person).collect()
}

/// The people that are taken, and the ties among them.
pub(crate) fn among(snapshot: &Snapshot, taken: impl Fn(&u64) -> bool) -> Result<(Vec<u64>, Ties)> {
    let taken: Vec<bool> = snapshot.people().iter().map(taken).collect();
    let people = of(snapshot.people(), &taken);
    let mut numbers = Vec::with_capacity(taken.len());
    let mut next = 0u32;
    for taken in &taken {
        numbers.push(next);
        next += u32::from(*taken);
    }
    let (mut sources, mut targets, mut strengths) = (Vec::new(), Vec::new(), Vec::new());
    for v in (0..taken.len()).filter(|v| taken[*v]) {
        let (ids, row) = snapshot.ties().out().row(v);
        for (id, strength) in ids.iter().zip(row).filter(|(id, _)| taken[**id as usize]) {
            sources.push(numbers[v]);
            targets.push(numbers[*id as usize]);
            strengths.push(*strength);
        }
    }
    let ties = Ties::from_sorted(people.len(), sources, targets, strengths).map_err(|error| {
        crate::error::Error::new(crate::error::ErrorKind::Invalid, error.to_string())
    })?;
    Ok((people, ties))
}
