//! Who can introduce us to whom: the warmest chains of people from the firm to a person or an organisation.
//!
//! Steps are told from public interactions alone, because each end of a step is named to the other: what colleagues write to others in
//! private stays theirs. What a step's warmth is stands in [`graph::paths`]. Whoever refuses is in no chain, nor are the logo and systems.

use crate::disclosure::Named;
use crate::error::{Error, ErrorKind, Result};
use crate::firm::Sides;
use crate::moment::Moment;
use crate::workspace::Workspace;
use graph::paths::{self, Path};
use influence::definition::Side;
use influence::orders::End;
use influence::projection::Levels;
use influence::{Projection, Snapshot};
use model::{Account, Time, Visibility};

/// What introductions are for: whoever withdrew consent for it is in no chain.
const PURPOSE: &str = "sales";

/// What to look for.
#[derive(Clone, Debug)]
pub struct Options {
    /// An account, or the name of an organisation.
    pub to: String,
    /// Whose acquaintances to go through; without it everybody inside the firm.
    pub from: Option<String>,
    /// As of when; without it the newest interaction.
    pub as_of: Option<Time>,
    /// Steps at most.
    pub steps: usize,
    /// Chains at most.
    pub limit: usize,
}

/// The chains found.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Introductions {
    /// To whom.
    pub to: String,
    /// As of when.
    pub as_of: Time,
    /// The warmest first, one for each of those who could begin.
    pub introductions: Vec<Introduction>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// One chain.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Introduction {
    /// The product of its steps, 0 to 1.
    pub warmth: f64,
    /// Who asks whom.
    pub ask: String,
    /// From the firm to the person.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Step {
    /// Who is nearer to the firm.
    pub from: Named,
    /// Who is nearer to the goal.
    pub to: Named,
    /// 0 to 1.
    pub warmth: f64,
    /// Why it is warm.
    pub why: String,
}

impl Workspace {
    /// The warmest chains to a person or an organisation.
    ///
    /// Fails with `NotFound` where nobody is inside the firm or nobody is known at the organisation, and with `Refused` where the person refuses.
    pub fn introductions(&self, options: &Options) -> Result<Introductions> {
        let reading = self.reading()?;
        let as_of = reading.as_of(options.as_of)?;
        let disclosure = reading.disclosure(as_of);
        let sides = Sides::new(&reading.firm, &reading.register, &disclosure)?;
        let public = Levels::of(&[Visibility::Public]);
        let projection = Projection { visibility: public, ..Projection::standard() };
        let mut moment = Moment::new(&reading, as_of)?;
        let snapshot = moment.snapshot(&projection)?;
        let people = snapshot.people();
        let inside = |person: &u64| sides.end(*person, as_of) == End::Person(Side::Inside);
        let from: Vec<u64> = match &options.from {
            Some(account) => vec![disclosure.resolve(account)?],
            None => people.iter().copied().filter(inside).collect(),
        };
        if from.is_empty() {
            let message = "nobody inside the firm has public ties; import a roster with: tertius people import FILE, or name who asks with --from";
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        let to: Vec<u64> = match Account::parse(&options.to).is_some()
            || options.to.parse::<u64>().is_ok()
        {
            true => vec![disclosure.resolve(&options.to)?],
            false => {
                let there = |role: &&ledger::people::Role| {
                    role.organisation.to_lowercase() == options.to.to_lowercase()
                };
                let roles = reading.register.roles_at(as_of).filter(there);
                let mut people: Vec<u64> = roles.map(|role| sides.person(role.account)).collect();
                people.sort_unstable();
                people.dedup();
                people
            }
        };
        if to.is_empty() {
            let message = format!(
                "nobody is known at {}; write an account as network:id, or an organisation as rosters write it",
                options.to
            );
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        let mut closed = moment.barred(&snapshot, PURPOSE, false);
        for (closed, person) in closed.iter_mut().zip(people) {
            *closed |= !matches!(sides.end(*person, as_of), End::Person(_));
        }
        let numbers = |people: &[u64]| -> Vec<u32> {
            people.iter().filter_map(|person| snapshot.number(*person)).collect()
        };
        let wanted = paths::Options { steps: options.steps, keys: people, closed: &closed };
        let found = paths::warmest(snapshot.ties(), &numbers(&from), &numbers(&to), &wanted)
            .map_err(|error| Error::new(ErrorKind::Usage, error.to_string()))?;
        let mut introductions = Vec::new();
        for path in found.iter().take(options.limit) {
            let ids: Vec<u64> = path.vertices.iter().map(|v| people[*v as usize]).collect();
            let named: Option<Vec<Named>> = disclosure.people(&ids, PURPOSE)?.into_iter().collect();
            introductions.extend(named.map(|named| told(path, &named, &snapshot)));
        }
        let mut notes = Vec::new();
        if introductions.is_empty() {
            notes.push(format!(
                "no chain of returned public ties leads to {} within {} steps; private exchanges are not looked at",
                options.to, options.steps
            ));
        }
        self.looked(None, "introductions")?;
        Ok(Introductions { to: options.to.clone(), as_of, introductions, notes })
    }
}

fn told(path: &Path, named: &[Named], snapshot: &Snapshot) -> Introduction {
    let pairs = path.vertices.windows(2).zip(named.windows(2));
    let steps: Vec<Step> = pairs
        .filter_map(|(pair, named)| {
            let to = snapshot.tie_between(pair[0], pair[1])?;
            let back = snapshot.tie_between(pair[1], pair[0])?;
            let mean = (f64::from(to.strength) * f64::from(back.strength)).sqrt();
            let last = to.last.max(back.last).to_string();
            Some(Step {
                from: named[0].clone(),
                to: named[1].clone(),
                warmth: paths::warmth(mean),
                why: format!(
                    "{} turned to {} {}, and {} back; last on {}",
                    named[0].display_name(),
                    named[1].display_name(),
                    times(to.interactions),
                    times(back.interactions),
                    last.get(..10).unwrap_or(&last)
                ),
            })
        })
        .collect();
    let names: Vec<&str> = named.iter().map(Named::display_name).collect();
    let ask = match names.as_slice() {
        [from, to] => format!("{from} knows {to}."),
        [from, middle @ .., to] => {
            format!("{from} asks {} for an introduction to {to}.", middle.join(", who asks "))
        }
        _ => String::new(),
    };
    Introduction { warmth: path.warmth, ask, steps }
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}
