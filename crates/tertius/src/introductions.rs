//! Who can introduce us to whom: chains of people from the firm to a person or an organisation, the warmest and the least expected.
//!
//! What may be a step stands in [`crate::acquaintances`], what a chain's warmth is in [`graph::paths`], and when one is less expected in [`graph::crossings`].
//! For an organisation there is a view of it as a whole besides: who inside knows whom there, and whom nobody reaches. To a reader from outside nobody who has not
//! agreed is told to be inside the firm, or at the organisation: such people begin and end no chain, and are counted alone.

use crate::acquaintances::{Acquaintances, Step};
use crate::disclosure::Named;
use crate::error::{Error, ErrorKind, Result};
use crate::scope::Scope;
use crate::workspace::Workspace;
use model::Time;
use std::collections::BTreeSet;

/// What to look for.
#[derive(Clone, Debug)]
pub struct Options {
    /// The firm and the window.
    pub scope: Scope,
    /// Whose acquaintances to go through; without it everybody inside the firm.
    pub from: Option<String>,
    /// Steps at most.
    pub steps: usize,
    /// Entries of each list at most.
    pub limit: usize,
    /// Least expected chains at most; with 0 no groups are looked for.
    pub unexpected: usize,
    /// How warm each step of those must be, 0 to 1.
    pub floor: f64,
}

/// A step of less warmth than this is hardly one.
pub const FLOOR: f64 = 0.25;

impl Default for Options {
    fn default() -> Options {
        let scope = Scope::default();
        Options { scope, from: None, steps: 3, limit: 5, unexpected: 3, floor: FLOOR }
    }
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
    /// The least expected first, one for each step between two groups.
    pub unexpected: Vec<Unexpected>,
    /// Colleagues who know somebody there and do not share it, as far as may be told.
    pub someone: Vec<Someone>,
    /// The organisation as a whole, where one was asked for.
    pub company: Option<Company>,
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

/// A chain across distant groups.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Unexpected {
    /// The chain.
    #[serde(flatten)]
    pub chain: Introduction,
    /// Which of its steps leads furthest, from 1.
    pub crossing: usize,
    /// How far the two groups of that step are apart, above 0 and at most 1.
    pub distance: f64,
}

/// Somebody inside who knows the goal and is not named.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Someone {
    /// Their team, where it is large enough to tell.
    pub team: Option<String>,
    /// What can be said.
    pub ask: String,
}

/// An organisation as it can be reached.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Company {
    /// People known there who do not refuse.
    pub people: usize,
    /// Those of them whom somebody inside knows.
    pub known: usize,
    /// Those of the others to whom a chain leads.
    pub by_chain: usize,
    /// People inside who know somebody there.
    pub through: usize,
    /// Who knows whom, the warmest first.
    pub bridges: Vec<Step>,
    /// To whom no chain leads, by person.
    pub missing: Vec<Named>,
    /// How many these are.
    pub missing_in_all: usize,
}

/// The best way to one of many.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Best {
    /// As the list had it.
    pub to: String,
    /// The warmest chain, if there is one.
    #[serde(flatten)]
    pub chain: Option<Introduction>,
    /// Why there is none, or who knows them besides.
    pub note: Option<String>,
}

impl Workspace {
    /// The chains to a person or an organisation.
    ///
    /// Fails with `NotFound` where nobody is inside the firm or nobody is known at the organisation, and with `Refused` where the person refuses.
    pub fn introductions(&self, to: &str, options: &Options) -> Result<Introductions> {
        let reading = self.reading()?;
        let found = Acquaintances::new(&reading, &options.scope)?.introductions(to, options)?;
        self.looked(None, "introductions")?;
        Ok(found)
    }

    /// The warmest chain to each of many, in their order; who can't be found or refuses has a note instead.
    ///
    /// Fails with `NotFound` where nobody is inside the firm.
    pub fn introductions_to_each(&self, to: &[String], options: &Options) -> Result<Vec<Best>> {
        let reading = self.reading()?;
        let known = Acquaintances::new(&reading, &options.scope)?;
        let from = known.who_asks(options.from.as_deref())?;
        let best = to.iter().map(|to| known.best(to, &from, options)).collect::<Result<_>>()?;
        self.looked(None, "introductions")?;
        Ok(best)
    }
}

impl Acquaintances<'_> {
    /// The chains to a person or an organisation; see [`Workspace::introductions`].
    pub fn introductions(&self, to: &str, options: &Options) -> Result<Introductions> {
        let from = self.who_asks(options.from.as_deref())?;
        let (people, is_company) = self.whom(to)?;
        let all = self.numbers(&people);
        // Who was asked about by account is told nothing of by being the goal.
        let may_end = |v: &u32| !is_company || self.has_agreed(*v);
        let goals: Vec<u32> = all.iter().copied().filter(may_end).collect();
        let mut introductions = Vec::new();
        for path in self.warmest(&from, &goals, options.steps)?.iter().take(options.limit) {
            introductions.extend(self.told(&path.vertices, path.warmth)?);
        }
        let mut unexpected = Vec::new();
        if options.unexpected > 0 && !introductions.is_empty() {
            let most = options.unexpected;
            for one in self.unexpected(&from, &goals, options.steps, options.floor, most)? {
                let chain = self.told(&one.path.vertices, one.path.warmth)?;
                let (crossing, distance) = (one.step + 1, one.distance);
                unexpected.extend(chain.map(|chain| Unexpected { chain, crossing, distance }));
            }
        }
        let someone = match options.from {
            Some(_) => Vec::new(),
            None => self.anybody(to, &all)?,
        };
        let company = match is_company {
            true => Some(self.company(&people, &all, options)?),
            false => None,
        };
        let mut notes = Vec::new();
        if introductions.is_empty() {
            notes.push(format!("{} leads to {to} within {} steps", NO_CHAIN, options.steps));
        }
        let told_inside = |v: &u32| self.is_inside(*v) && self.has_agreed(*v);
        if goals.iter().all(told_inside) && !goals.is_empty() {
            notes.push(format!("{to} is inside the firm"));
        }
        if self.is_for_outside() {
            notes.push(AGREED.to_owned());
        }
        let (to, as_of) = (to.to_owned(), self.as_of());
        Ok(Introductions { to, as_of, introductions, unexpected, someone, company, notes })
    }

    fn best(&self, to: &str, from: &[u32], options: &Options) -> Result<Best> {
        let none = |note: String| Best { to: to.to_owned(), chain: None, note: Some(note) };
        let (all, is_company) = match self.whom(to) {
            Ok((people, is_company)) => (self.numbers(&people), is_company),
            Err(error) if matches!(error.kind(), ErrorKind::Io | ErrorKind::Invalid) => {
                return Err(error);
            }
            Err(error) => return Ok(none(error.to_string())),
        };
        let may_end = |v: &u32| !is_company || self.has_agreed(*v);
        let goals: Vec<u32> = all.iter().copied().filter(may_end).collect();
        let path = self.warmest(from, &goals, options.steps)?.into_iter().next();
        let chain = match path {
            Some(path) => self.told(&path.vertices, path.warmth)?,
            None => None,
        };
        let someone = match options.from {
            Some(_) => None,
            None => self.anybody(to, &all)?.into_iter().next().map(|one| one.ask),
        };
        let missing = || format!("{NO_CHAIN} leads there within {} steps", options.steps);
        let note = if chain.is_some() { someone } else { someone.or_else(|| Some(missing())) };
        Ok(Best { to: to.to_owned(), chain, note })
    }

    fn anybody(&self, to: &str, goals: &[u32]) -> Result<Vec<Someone>> {
        let named = match goals {
            // What somebody exchanges in private is told of nobody who has not agreed, and of an organisation only where that is several people.
            [one] if !self.has_agreed(*one) => return Ok(Vec::new()),
            [one] => self.shown(&[self.person(*one)])?.pop(),
            _ => None,
        };
        let whom = match &named {
            Some(named) => named.display_name().to_owned(),
            None => format!("somebody at {to}"),
        };
        let told = |one: crate::acquaintances::Someone| {
            let who =
                one.team.as_deref().map_or("inside the firm".to_owned(), |t| format!("in {t}"));
            Someone { ask: format!("Someone {who} knows {whom}."), team: one.team }
        };
        Ok(self.someone(goals)?.into_iter().map(told).collect())
    }

    fn company(&self, people: &[u64], goals: &[u32], options: &Options) -> Result<Company> {
        let inside = self.all_inside();
        let direct = self.direct(goals);
        let known: BTreeSet<u32> = direct.iter().map(|([_, to], _)| *to).collect();
        let through: BTreeSet<u32> = direct.iter().map(|([from, _], _)| *from).collect();
        let ends = self.reached(&inside, goals, options.steps)?.into_iter();
        let reached: BTreeSet<u64> =
            ends.chain(known.iter().copied()).map(|v| self.person(v)).collect();
        let missing: Vec<u64> = people.iter().copied().filter(|p| !reached.contains(p)).collect();
        let told = missing.iter().copied().filter(|person| self.person_has_agreed(*person));
        let told: Vec<u64> = told.take(options.limit).collect();
        let mut bridges = Vec::new();
        let may_be_told = |pair: &[u32; 2]| pair.iter().all(|v| self.has_agreed(*v));
        for (pair, _) in direct.iter().filter(|(pair, _)| may_be_told(pair)).take(options.limit) {
            if let Some(named) = self.named(pair)? {
                bridges.extend(self.steps(pair, &named));
            }
        }
        Ok(Company {
            people: people.len(),
            known: known.len(),
            by_chain: reached.len() - known.len(),
            through: through.len(),
            bridges,
            missing: self.shown(&told)?,
            missing_in_all: missing.len(),
        })
    }

    fn told(&self, vertices: &[u32], warmth: f64) -> Result<Option<Introduction>> {
        let Some(named) = self.named(vertices)? else { return Ok(None) };
        let names: Vec<&str> = named.iter().map(Named::display_name).collect();
        let ask = match names.as_slice() {
            [from, to] => format!("{from} knows {to}."),
            [from, middle @ .., to] => {
                format!("{from} asks {} for an introduction to {to}.", middle.join(", who asks "))
            }
            _ => String::new(),
        };
        Ok(Some(Introduction { warmth, ask, steps: self.steps(vertices, &named) }))
    }
}

/// What is left out for a reader from outside.
const AGREED: &str = "whoever has not agreed to be shown is not told to be inside the firm or at an organisation, so begins or ends no chain for that";

/// What to say where nothing is found.
const NO_CHAIN: &str = "no chain of returned ties that are public or shared";

/// Reads a list of targets: CSV with a column `account` or `organisation` (or `organization`, `company`), or both; where a row has an
/// account, that is meant. In the order of the rows; empty ones are left out.
///
/// Fails with `Usage` where there is no such column or a row can't be read.
pub fn targets(file: &str, bytes: &[u8]) -> Result<Vec<String>> {
    let wrong =
        |line: u64, what: &str| Error::new(ErrorKind::Usage, format!("{file}:{line}: {what}"));
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader.headers().map_err(|error| wrong(1, &error.to_string()))?.clone();
    let column = |names: &[&str]| {
        header.iter().position(|name| names.contains(&name.trim().to_lowercase().as_str()))
    };
    let columns = [column(&["account"]), column(&["organisation", "organization", "company"])];
    if columns == [None, None] {
        let what = "no column is named account or organisation; name one of them in the first line";
        return Err(wrong(1, what));
    }
    let mut targets = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            wrong(line, "the row is no CSV in UTF-8; write it anew")
        })?;
        let cells = columns.iter().flatten().filter_map(|column| record.get(*column));
        let mut filled = cells.map(str::trim).filter(|cell| !cell.is_empty());
        targets.extend(filled.next().map(str::to_owned));
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_targets_is_read_by_the_names_of_its_columns() {
        let read =
            |text: &str| targets("t.csv", text.as_bytes()).map_err(|error| error.to_string());
        let of = |words: &[&str]| Ok(words.iter().map(|word| (*word).to_owned()).collect());
        assert_eq!(read("account\nforum:a\n\n forum:b \n"), of(&["forum:a", "forum:b"]));
        assert_eq!(
            read("n,Company,account\n1,Basel AG,\n2,X,forum:b\n3\n"),
            of(&["Basel AG", "forum:b"])
        );
        assert_eq!(read("organisation\n"), of(&[]));
        assert!(read("name\nx\n").unwrap_err().starts_with("t.csv:1: no column"));
        assert!(read("").unwrap_err().contains("t.csv:1"));
        let bad = targets("t.csv", b"account\nforum:a\n\xff\n").unwrap_err().to_string();
        assert!(bad.starts_with("t.csv:3"), "{bad}");
    }
}
