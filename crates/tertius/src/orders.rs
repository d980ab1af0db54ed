//! How the firm engages through people: the orders of engagement, counted, over time, and with examples.
//!
//! What an order is stands in [`influence::orders`], what is looked at in `engaged.rs`. Counts are of everything stored, private
//! exchanges included; examples are of public interactions between people who may be named. An example's order tells who works for the firm, so to a reader
//! from outside those who do are named in one only if they agreed. Small teams are counted together ([`crate::teams`]).
//!
//! Memory: what `engaged.rs` says, and 8 bytes for each person an order.

use crate::disclosure::{Disclosure, Named};
use crate::engaged::{Row, read};
use crate::error::Result;
use crate::firm::Sides;
use crate::scope::{Focus, Scope};
use crate::teams::{NO_TEAM, SMALLER_TEAMS, Teams};
use crate::workspace::{Reading, Workspace};
use influence::Firm;
use influence::definition::Side;
use influence::orders::{End, Order};
use ledger::Between;
use model::time::DAY;
use model::{Account, Interaction, Time, Visibility, keys};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Characters of an example's words.
const WORDS: usize = 140;

/// What to report on.
#[derive(Clone, Debug)]
pub struct Options {
    /// The firm and the window.
    pub scope: Scope,
    /// Examples of each order.
    pub examples: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options { scope: Scope::default(), examples: 2 }
    }
}

/// The report.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Orders {
    /// The firm; empty where the workspace has none.
    pub firm: String,
    /// Later than this.
    pub from: Time,
    /// Up to this.
    pub as_of: Time,
    /// Interactions counted.
    pub interactions: u64,
    /// Every order, the ambient rest at the end.
    pub orders: Vec<Counted>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// One order.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Counted {
    /// `first`, `second-people`, ...; see [`Order::ALL`].
    pub order: &'static str,
    /// How many.
    pub interactions: u64,
    /// Their share of all, 0 to 1.
    pub share: f64,
    /// Distinct people who took part.
    pub people: u64,
    /// By week, every week of the window from the first with any interaction on.
    pub weeks: Vec<Week>,
    /// By network.
    pub networks: Vec<Part>,
    /// By the team of those inside.
    pub teams: Vec<Part>,
    /// So that a reader can check.
    pub examples: Vec<Example>,
}

/// Interactions of a week.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Week {
    /// Its Monday, UTC.
    pub begins: Time,
    /// How many.
    pub interactions: u64,
}

/// Interactions of a part.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// How many.
    pub interactions: u64,
}

/// A public interaction.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Example {
    /// When.
    pub at: Time,
    /// Where.
    pub network: String,
    /// What was done.
    pub verb: String,
    /// Who acted.
    pub actor: Named,
    /// Toward whom.
    pub target: Option<Named>,
    /// The words, shortened.
    pub text: Option<String>,
    /// Where it can be read.
    pub url: Option<String>,
}

impl Workspace {
    /// The orders of engagement of the firm.
    ///
    /// Fails with `NotFound` where nothing is stored, and with `Usage` on a firm's file with faults.
    pub fn orders(&self, options: &Options) -> Result<Orders> {
        let reading = self.reading()?;
        let focus = reading.focus(&options.scope)?;
        let (rows, networks, threads) = read(&focus)?;
        let Focus { firm, from, as_of, disclosure, sides, .. } = focus;
        let mut tally = Tally::default();
        for row in &rows {
            let (order, ends) = row.judged(|person, at| sides.end(person, at), &threads);
            let may_be_example =
                [row.actor, row.target].into_iter().zip(ends).all(|(person, end)| {
                    let of_firm = matches!(end, End::Person(side) if side != Side::Outside);
                    !of_firm || disclosure.has_agreed(person)
                });
            let examples = if may_be_example { options.examples } else { 0 };
            tally.add(order, row, ends, &sides, examples);
        }
        let mut examples = tally.examples(&reading, &disclosure, options.examples)?;
        let weeks = tally.weeks();
        let teams = tally.teams(&Teams::new(&firm, &disclosure));
        let all = rows.len() as u64;
        let orders = Order::ALL.map(|(name, order)| {
            let place = order as usize;
            let of = &tally.orders[place];
            Counted {
                order: name,
                interactions: of.interactions,
                share: if all > 0 { of.interactions as f64 / all as f64 } else { 0.0 },
                people: of.people.len() as u64,
                weeks: weeks.iter().map(|week| of.week(*week)).collect(),
                networks: parts(
                    of.networks.iter().map(|(n, count)| (networks[*n as usize].as_str(), *count)),
                ),
                teams: teams[place].clone(),
                examples: std::mem::take(&mut examples[place]),
            }
        });
        self.looked(None, "orders")?;
        Ok(Orders {
            notes: notes(&firm, &orders, all),
            firm: firm.name,
            from,
            as_of,
            interactions: all,
            orders: orders.into(),
        })
    }
}

/// What tells an interaction: when, the account that acted, the person toward whom (0 for nobody), and the post.
type Key = (Time, u64, u64, u64);

/// What one order comes to.
#[derive(Default)]
struct Sum {
    interactions: u64,
    people: HashSet<u64>,
    weeks: BTreeMap<i64, u64>,
    networks: BTreeMap<u16, u64>,
    teams: BTreeMap<String, u64>,
    /// The newest public ones.
    newest: Vec<Key>,
}

impl Sum {
    fn week(&self, week: i64) -> Week {
        let begins = Time(week * 7 * DAY + MONDAY);
        Week { begins, interactions: self.weeks.get(&week).copied().unwrap_or(0) }
    }
}

/// 5 January 1970, the first Monday.
const MONDAY: i64 = 4 * DAY;

#[derive(Default)]
struct Tally {
    orders: [Sum; Order::ALL.len()],
    /// Who was seen in each team.
    members: BTreeMap<String, HashSet<u64>>,
}

impl Tally {
    fn add(&mut self, order: Order, row: &Row, ends: [End; 2], sides: &Sides<'_>, examples: usize) {
        let sum = &mut self.orders[order as usize];
        sum.interactions += 1;
        *sum.weeks.entry((row.at.0 - MONDAY).div_euclid(7 * DAY)).or_default() += 1;
        *sum.networks.entry(row.network).or_default() += 1;
        let mut teams = BTreeSet::new();
        for (person, end) in [row.actor, row.target].into_iter().zip(ends) {
            let End::Person(side) = end else { continue };
            if person == 0 {
                continue;
            }
            sum.people.insert(person);
            if side == Side::Inside {
                let team = sides.team(person, row.at).unwrap_or(NO_TEAM);
                self.members.entry(team.to_owned()).or_default().insert(person);
                teams.insert(team);
            }
        }
        for team in teams {
            *sum.teams.entry(team.to_owned()).or_default() += 1;
        }
        if row.visibility == Visibility::Public && examples > 0 {
            // Rows come in order of time. Some may turn out to name somebody who refuses.
            if sum.newest.len() == examples * 8 {
                sum.newest.remove(0);
            }
            sum.newest.push((row.at, row.actor_account, row.target, row.object));
        }
    }

    /// Every week from the first to the last.
    fn weeks(&self) -> Vec<i64> {
        let all = || self.orders.iter().flat_map(|sum| sum.weeks.keys().copied());
        match (all().min(), all().max()) {
            (Some(first), Some(last)) => (first..=last).collect(),
            _ => Vec::new(),
        }
    }

    /// The teams of each order, small ones together.
    fn teams(&self, rule: &Teams<'_>) -> Vec<Vec<Part>> {
        let shown = |team: &String| {
            let members = self.members.get(team);
            team == NO_TEAM || members.is_some_and(|all| rule.may_show(all.iter().copied()))
        };
        let of = |sum: &Sum| {
            let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
            for (team, count) in &sum.teams {
                let name = if shown(team) { team.as_str() } else { SMALLER_TEAMS };
                *counts.entry(name).or_default() += count;
            }
            parts(counts.into_iter())
        };
        self.orders.iter().map(of).collect()
    }

    /// The newest public interactions of each order between people who may be named.
    fn examples(
        &self,
        reading: &Reading,
        disclosure: &Disclosure<'_>,
        most: usize,
    ) -> Result<Vec<Vec<Example>>> {
        let mut wanted: BTreeMap<Key, usize> = BTreeMap::new();
        for (place, sum) in self.orders.iter().enumerate() {
            wanted.extend(sum.newest.iter().map(|key| (*key, place)));
        }
        let mut found: Vec<Vec<Example>> = self.orders.iter().map(|_| Vec::new()).collect();
        let (Some(first), Some(last)) = (wanted.keys().next(), wanted.keys().next_back()) else {
            return Ok(found);
        };
        let mut actors: Vec<u64> = wanted.keys().map(|(_, actor, ..)| *actor).collect();
        actors.sort_unstable();
        actors.dedup();
        let from = Some(Time(first.0.0 - 1));
        let between =
            Between { targets: None, actors: Some(&actors), from, until: last.0, stored: false };
        let mut rows = Vec::new();
        let mut failed = None;
        reading.view.interactions_of(&between, &mut |row: &Interaction<'_>| {
            let account = |id: &str| (keys::account(row.network, id) >> 64) as u64;
            let membership = reading.register.membership();
            let target = row.target.map_or(0, |id| membership.person_of(account(id)));
            let object = row.object.map_or(0, |id| keys::post(row.network, id));
            let known = wanted.get(&(row.at, account(row.actor), target, object));
            if let Some(place) = known.filter(|_| row.visibility == Visibility::Public) {
                match example(row, disclosure, reading) {
                    Ok(Some(example)) => rows.push((*place, example)),
                    Ok(None) => {}
                    Err(error) => failed = Some(error),
                }
            }
            std::ops::ControlFlow::Continue(())
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        // The newest first.
        for (place, example) in rows.into_iter().rev() {
            if found[place].len() < most {
                found[place].push(example);
            }
        }
        Ok(found)
    }
}

/// A public row as it may be shown; nothing where somebody in it refuses.
fn example(
    row: &Interaction<'_>,
    disclosure: &Disclosure<'_>,
    reading: &Reading,
) -> Result<Option<Example>> {
    let named = |id: &str| {
        let account = Account { network: row.network.to_owned(), id: id.to_owned() };
        let person = reading.register.membership().person_of(account.key().0);
        disclosure.third_party(person, row.visibility, "")
    };
    let Some(actor) = named(row.actor)? else {
        return Ok(None);
    };
    let target = row.target.map(named).transpose()?;
    if matches!(target, Some(None)) {
        return Ok(None);
    }
    let text = row.text.map(|text| {
        let mut words: String = text.chars().take(WORDS).collect();
        if words.len() < text.len() {
            words.push_str("...");
        }
        words
    });
    Ok(Some(Example {
        at: row.at,
        network: row.network.to_owned(),
        verb: row.verb.to_owned(),
        actor,
        target: target.flatten(),
        text,
        url: row.url.map(str::to_owned),
    }))
}

/// The largest first, equal ones by name.
fn parts<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> Vec<Part> {
    let mut parts: Vec<Part> =
        counts.map(|(name, interactions)| Part { name: name.to_owned(), interactions }).collect();
    parts.sort_by(|a, b| b.interactions.cmp(&a.interactions).then_with(|| a.name.cmp(&b.name)));
    parts
}

fn notes(firm: &Firm, orders: &[Counted], all: u64) -> Vec<String> {
    let mut notes = Vec::new();
    let inside =
        [Order::First, Order::SecondPeople].iter().any(|o| orders[*o as usize].interactions > 0);
    if all > 0 && !inside {
        notes.push("nobody inside took part: import a roster that says who worked where, and since when, with: tertius people import FILE".to_owned());
    }
    if firm.places.is_empty() {
        notes.push(
            "the firm has no places, so no third-order use can be seen; name them in its file"
                .to_owned(),
        );
    }
    if firm.brand == influence::firm::Brand::default() {
        notes.push("the firm has no brand words, so no third-order voice can be seen; name them in its file".to_owned());
    }
    notes
}
