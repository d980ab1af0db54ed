//! People to invite first: those whose joint reach is largest under a budget, among who agreed to be invited.
//!
//! The model is the independent cascade ([`graph::opim`](mod@graph::opim)). A person who takes something up moves each of those who credit them, once, with chance `share x p`: `p` is the part of
//! the other's attention that they have. Attention is told by the public and community ties of the window. Or chances are given as a file. Choosing and its bound are OPIM-C's; beside it stands
//! the reach of as many people of the highest scores under a definition, by cascades drawn one by one.
//!
//! Only people who gave consent, to everything or to [`Options::purpose`], can be chosen. Whoever refuses, the logo and systems are in none of it.

use crate::disclosure::{Disclosure, Named};
use crate::error::{Error, ErrorKind, Result};
use crate::firm::Sides;
use crate::moment::Moment;
use crate::permeability::among;
use crate::workspace::{Reading, Workspace};
use graph::{Chances, Ties, Wanted, opim};
use influence::Projection;
use influence::orders::End;
use influence::projection::Levels;
use ledger::people::Standing;
use model::{Account, Span, Time, Visibility};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What to look for.
#[derive(Clone, Debug)]
pub struct Options {
    /// What may be spent; without costs, so many people.
    pub budget: f64,
    /// A file of costs: `account,cost`. Who is not in it costs 1.
    pub costs: Option<PathBuf>,
    /// A file of chances in the place of ties: `from,to,probability`.
    pub probabilities: Option<PathBuf>,
    /// The chance that somebody is moved who has attention for nobody else, 0 to 1.
    pub share: f64,
    /// What people agreed to who may be chosen.
    pub purpose: String,
    /// With whose highest scores to compare.
    pub definition: String,
    /// Up to when; without it the newest interaction.
    pub as_of: Option<Time>,
    /// How far back.
    pub window: Span,
    /// How far below 1 - 1/e the guarantee may stay.
    pub epsilon: f64,
    /// Chance that the guarantee fails.
    pub delta: f64,
    /// Cascades drawn at most for each reach that is compared.
    pub cascades: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            budget: 10.0,
            costs: None,
            probabilities: None,
            share: 0.5,
            purpose: "community".to_owned(),
            definition: "general".to_owned(),
            as_of: None,
            window: 180 * model::time::DAY,
            epsilon: 0.1,
            delta: 0.001,
            cascades: 10_000,
        }
    }
}

/// Whom to invite first.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Seeds {
    /// As of when.
    pub as_of: Time,
    /// What may be spent.
    pub budget: f64,
    /// What is spent.
    pub spent: f64,
    /// In the order in which they were picked.
    pub people: Vec<Seed>,
    /// People in the network.
    pub network: usize,
    /// Those of them who may be chosen.
    pub consenting: usize,
    /// How many the people reach together, themselves included.
    pub reach: Reach,
    /// What their expected reach is at least.
    pub at_least: f64,
    /// What nobody's choice among the consenting exceeds.
    pub best_at_most: f64,
    /// `at_least / best_at_most`: the guarantee.
    pub guarantee: f64,
    /// What it rests on.
    pub condition: String,
    /// The same for the highest scores.
    pub highest_scores: Option<Highest>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// A person to invite.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Seed {
    /// The person.
    #[serde(flatten)]
    pub person: Named,
    /// What they cost.
    pub cost: f64,
}

/// Cascades are drawn until half the interval is within this share of the mean.
const NARROW: f64 = 0.005;

/// How many people are reached in the mean.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Reach {
    /// The mean of the cascades drawn.
    pub people: f64,
    /// Its 90 % interval.
    pub interval: [f64; 2],
    /// Cascades drawn: no more than it takes for the interval to reach 0.5 % of the mean either way, or than would move 200 million people in all.
    pub cascades: usize,
}

/// The consenting people of the highest scores for the same budget.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Highest {
    /// The definition, with its version.
    pub definition: String,
    /// How many the budget pays for.
    pub people: usize,
    /// How many they reach together.
    pub reach: Reach,
}

/// Who is in the network, and the chances between them.
struct Web {
    people: Vec<u64>,
    chances: Chances,
}

impl Workspace {
    /// The people to invite first.
    ///
    /// Fails with `NotFound` where nothing is stored or nobody may be chosen, and with `Usage` on a file with faults or a number out of range.
    pub fn seeds(&self, options: &Options) -> Result<Seeds> {
        let reading = self.reading()?;
        let as_of = reading.as_of(options.as_of)?;
        let disclosure = reading.disclosure(as_of);
        let sides = Sides::new(&reading.firm, &reading.register, &disclosure)?;
        let refuses = disclosure.refusal(&options.purpose);
        let taken =
            |person: &u64| matches!(sides.end(*person, as_of), End::Person(_)) && !refuses(*person);
        let web = match &options.probabilities {
            Some(file) => given(file, &disclosure, &reading, taken)?,
            None => of_ties(&reading, as_of, options, taken)?,
        };
        if web.people.is_empty() {
            let message = match &options.probabilities {
                Some(file) => format!(
                    "{} gives nobody who may be looked at a chance above 0 to move another; write lines of from,to,probability with two different people",
                    file.display()
                ),
                None => "nobody has a tie by public or community exchange here; look at a longer --window or a later --as-of, or give chances with --probabilities".to_owned(),
            };
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        let consents = disclosure.consents();
        let agrees =
            |person: &u64| consents.of(*person).toward(&options.purpose) == Standing::Given;
        let allowed: Vec<bool> = web.people.iter().map(agrees).collect();
        let consenting = allowed.iter().filter(|allowed| **allowed).count();
        if consenting == 0 {
            let message = format!(
                "nobody of the {} people in the network gave consent to {:?}; record consent with: tertius consent ACCOUNT given, or in a roster's column consent",
                web.people.len(),
                options.purpose
            );
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        let prices = match &options.costs {
            Some(file) => Some(costs(file, &web.people, &disclosure, &reading)?),
            None => None,
        };
        let wanted = Wanted {
            budget: options.budget,
            allowed: &allowed,
            costs: prices.as_deref(),
            epsilon: options.epsilon,
            delta: options.delta,
            seen: 1_000,
            seed: 1,
        };
        let chosen = opim(&web.chances, &wanted).map_err(usage)?;
        let reach = |vertices: &[u32]| {
            let graph::Reach { mean: people, half, cascades } =
                web.chances.reach_within(vertices, NARROW, options.cascades, 7);
            Reach { people, interval: [people - half, people + half], cascades }
        };
        let cost = |v: u32| prices.as_ref().map_or(1.0, |prices| prices[v as usize]);
        let mut notes = Vec::new();
        let highest_scores = self.highest(options, &web, &reading, &allowed, &cost, &mut notes)?;
        let ids: Vec<u64> = chosen.vertices.iter().map(|v| web.people[*v as usize]).collect();
        let named = disclosure.people(&ids, &options.purpose)?;
        let people = named
            .into_iter()
            .zip(&chosen.vertices)
            .filter_map(|(named, v)| named.map(|person| Seed { person, cost: cost(*v) }));
        let people = people.collect();
        self.looked(None, "seeds")?;
        Ok(Seeds {
            as_of,
            budget: options.budget,
            spent: chosen.cost,
            people,
            network: web.people.len(),
            consenting,
            reach: reach(&chosen.vertices),
            at_least: chosen.at_least,
            best_at_most: chosen.best_at_most,
            guarantee: chosen.ratio,
            condition: format!(
                "given the chances, and with a probability of {}: no choice of consenting people for this budget reaches more than {:.1}",
                1.0 - options.delta,
                chosen.best_at_most
            ),
            highest_scores: highest_scores.map(|(definition, vertices)| Highest {
                definition,
                people: vertices.len(),
                reach: reach(&vertices),
            }),
            notes,
        })
    }

    /// The consenting people of the highest scores that the budget pays for.
    fn highest(
        &self,
        options: &Options,
        web: &Web,
        reading: &Reading,
        allowed: &[bool],
        cost: &dyn Fn(u32) -> f64,
        notes: &mut Vec<String>,
    ) -> Result<Option<(String, Vec<u32>)>> {
        let card = match self.card(&options.definition, None) {
            Ok(card) => card,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                notes.push(format!(
                    "no scores to compare with; compute them with: tertius score {}",
                    options.definition
                ));
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let numbers: BTreeMap<u64, u32> =
            web.people.iter().enumerate().map(|(v, person)| (*person, v as u32)).collect();
        let membership = reading.register.membership();
        let (mut vertices, mut left, mut seen) =
            (Vec::new(), options.budget + 1e-9, BTreeSet::new());
        for row in card.ranked() {
            let person = card.person(row).map(|person| membership.person_of(person));
            let Some(v) = person.and_then(|person| numbers.get(&person)).copied() else { continue };
            if allowed[v as usize] && cost(v) <= left && seen.insert(v) {
                left -= cost(v);
                vertices.push(v);
            }
        }
        let header = card.header();
        Ok(Some((format!("{}@{}", header.definition, header.version), vertices)))
    }
}

/// Chances by attention, from the ties of the window.
fn of_ties(
    reading: &Reading,
    as_of: Time,
    options: &Options,
    taken: impl Fn(&u64) -> bool,
) -> Result<Web> {
    let mut projection = Projection::standard();
    projection.visibility = Levels::of(&[Visibility::Public, Visibility::Community]);
    projection.window = options.window;
    let snapshot = Moment::new(reading, as_of)?.snapshot(&projection)?;
    let (people, ties) = among(&snapshot, taken)?;
    let chances = Chances::by_attention(&ties, options.share).map_err(usage)?;
    Ok(Web { people, chances })
}

/// Chances as a file gives them: `from` moves `to`.
fn given(
    file: &Path,
    disclosure: &Disclosure<'_>,
    reading: &Reading,
    taken: impl Fn(&u64) -> bool,
) -> Result<Web> {
    let mut edges: BTreeMap<(u64, u64), f64> = BTreeMap::new();
    rows(file, ["from", "to", "probability"], &mut |cells, wrong| {
        let from = person(cells[0], disclosure, reading).map_err(wrong)?;
        let to = person(cells[1], disclosure, reading).map_err(wrong)?;
        let chance =
            number(cells[2]).filter(|chance| (0.0..=1.0).contains(chance)).ok_or_else(|| {
                wrong(format!("the probability {:?} is not between 0 and 1", cells[2]))
            })?;
        if from != to && chance > 0.0 && taken(&from) && taken(&to) {
            // Several lines on one pair are chances one beside the other.
            let held = edges.entry((to, from)).or_insert(0.0);
            *held = 1.0 - (1.0 - *held) * (1.0 - chance);
        }
        Ok(())
    })?;
    let people: Vec<u64> =
        edges.keys().flat_map(|(a, b)| [*a, *b]).collect::<BTreeSet<u64>>().into_iter().collect();
    let place = |person: u64| people.binary_search(&person).unwrap_or_default() as u32;
    let sources = edges.keys().map(|(to, _)| place(*to)).collect();
    let targets = edges.keys().map(|(_, from)| place(*from)).collect();
    let strengths = edges.values().map(|chance| (*chance as f32).max(1e-20)).collect();
    let ties = Ties::from_sorted(people.len(), sources, targets, strengths).map_err(usage)?;
    let chances = Chances::given(&ties).map_err(usage)?;
    Ok(Web { people, chances })
}

/// What everybody costs.
fn costs(
    file: &Path,
    people: &[u64],
    disclosure: &Disclosure<'_>,
    reading: &Reading,
) -> Result<Vec<f64>> {
    let mut known: BTreeMap<u64, f64> = BTreeMap::new();
    rows(file, ["account", "cost", "cost"], &mut |cells, wrong| {
        let who = person(cells[0], disclosure, reading).map_err(wrong)?;
        let cost = number(cells[1])
            .filter(|cost| *cost > 0.0)
            .ok_or_else(|| wrong(format!("the cost {:?} is no number above 0", cells[1])))?;
        known.insert(who, cost);
        Ok(())
    })?;
    Ok(people.iter().map(|person| known.get(person).copied().unwrap_or(1.0)).collect())
}

fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// The person of an account, which need not be known.
fn person(
    text: &str,
    disclosure: &Disclosure<'_>,
    reading: &Reading,
) -> std::result::Result<u64, String> {
    let account = Account::parse(text)
        .ok_or_else(|| format!("{text:?} is no account; write network:id, such as twitter:88"))?;
    let known = disclosure.account(&account).map_err(|error| error.to_string())?;
    let key = known.unwrap_or(account).key().0;
    Ok(reading.register.membership().person_of(key))
}

/// Takes the cells of a row, and what makes an error of a message.
type EachRow<'a> = dyn FnMut([&str; 3], &dyn Fn(String) -> Error) -> Result<()> + 'a;

/// The rows of a CSV file by columns of these names.
fn rows(file: &Path, names: [&str; 3], each: &mut EachRow<'_>) -> Result<()> {
    let bytes = std::fs::read(file).map_err(|error| Error::io(file, "can't read", error))?;
    let fault = |line: u64, what: String| {
        Error::new(ErrorKind::Usage, format!("{}:{line}: {what}", file.display()))
    };
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader.headers().map_err(|error| fault(1, error.to_string()))?.clone();
    let mut columns = [0; 3];
    for (column, name) in columns.iter_mut().zip(names) {
        let place = header.iter().position(|held| held.trim().eq_ignore_ascii_case(name));
        *column = place.ok_or_else(|| {
            let mut wanted = names.to_vec();
            wanted.dedup();
            fault(
                1,
                format!("no column is named {name}; write the first line as {}", wanted.join(",")),
            )
        })?;
    }
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            fault(line, "the row is no CSV in UTF-8; write it anew".to_owned())
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let cells = columns.map(|column| record.get(column).unwrap_or_default().trim());
        each(cells, &|what| fault(line, what))?;
    }
    Ok(())
}

fn usage(error: graph::Error) -> Error {
    Error::new(ErrorKind::Usage, error.to_string())
}
