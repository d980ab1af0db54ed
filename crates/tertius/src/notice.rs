//! Notice: who has not been told that data about them is held which did not come from them (Article 14 GDPR).
//!
//! Whoever said something about being scored knows; so does whoever was marked as told. Everybody else of whom a network
//! or a roster brought something is to be told, within a month. Whoever refuses or is under 18 is counted and not listed.

use crate::correct::day;
use crate::disclosure::Named;
use crate::error::{Error, ErrorKind, Result};
use crate::workspace::{Reading, Workspace};
use ledger::people::People;
use model::{Account, AccountKey, Time};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Who is to be told.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Notice {
    /// People who have not been told.
    pub untold: u64,
    /// People who were marked as told.
    pub told: u64,
    /// People who said something about being scored, and so know.
    pub spoke: u64,
    /// Those of the untold who are not listed, because they are under 18.
    pub unlisted: u64,
    /// The untold, by number, as many as were asked for.
    pub people: Vec<Untold>,
}

/// Somebody who has not been told.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Untold {
    /// Who.
    #[serde(flatten)]
    pub person: Named,
    /// Where data about them came from: networks and `roster:<name>`.
    pub sources: Vec<String>,
}

/// What came of a list of people who were told.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Marked {
    /// Lines read.
    pub read: u64,
    /// People who had not been told before.
    pub told: u64,
    /// Lines that name nobody who is known here.
    pub unknown: Vec<u64>,
}

impl Workspace {
    /// Who has not been told, with at most `limit` of them listed.
    pub fn notice(&self, limit: usize) -> Result<Notice> {
        let reading = self.reading()?;
        let now = Time::now();
        let disclosure = reading.disclosure(now);
        let membership = reading.register.membership();
        let mute: BTreeSet<u64> = reading.mute(&disclosure)?.into_iter().collect();
        let told = People::told(self.dir())?;
        let told: BTreeSet<u64> = told.keys().map(|key| membership.person_of(*key)).collect();
        let said = reading.register.statements().iter();
        let spoke: BTreeSet<u64> = said.map(|one| membership.person_of(one.account)).collect();
        let mut people: Vec<u64> = Vec::new();
        reading.view.each_account(|key, _, _| people.push(membership.person_of(key.0)))?;
        people.extend(reading.register.sources().keys().map(|key| membership.person_of(*key)));
        people.sort_unstable();
        people.dedup();
        people.retain(|person| !mute.contains(person));
        let all = people.len() as u64;
        let knows = |person: &u64| spoke.contains(person);
        let counted = people.iter().filter(|person| knows(person)).count() as u64;
        people.retain(|person| !knows(person) && !told.contains(person));
        let untold = people.len() as u64;
        let refuses = disclosure.refusal("");
        people.retain(|person| !refuses(*person));
        let unlisted = untold - people.len() as u64;
        people.truncate(limit);
        let mut listed = Vec::with_capacity(people.len());
        let sources = reading.register.sources();
        for (person, named) in people.iter().zip(disclosure.people(&people, "")?) {
            if let Some(named) = named {
                let sources = sources_of(&reading, &sources, &disclosure.members(*person))?;
                listed.push(Untold { person: named, sources });
            }
        }
        self.looked(None, "notice")?;
        Ok(Notice {
            untold,
            told: all - untold - counted,
            spoke: counted,
            unlisted,
            people: listed,
        })
    }

    /// A letter to somebody who is to be told. What the operator has to fill in stands in square brackets.
    ///
    /// Fails with [`ErrorKind::Refused`] for whoever refuses: they know.
    pub fn letter(&self, text: &str) -> Result<String> {
        let reading = self.reading()?;
        let disclosure = reading.disclosure(Time::now());
        let person = disclosure.resolve(text)?;
        let Some(named) = disclosure.person(person, "")? else {
            return Err(Error::refused(text));
        };
        let members = disclosure.members(person);
        let sources = sources_of(&reading, &reading.register.sources(), &members)?;
        let held = [
            ("your name and address", !reading.register.namings_of(person).is_empty()),
            ("your role and where you held it", !reading.register.roles_of(person).is_empty()),
            ("numbers about you", !reading.register.attributes_of(person).is_empty()),
            ("what you did toward others on these networks, and others toward you", true),
        ];
        let held: Vec<&str> = held.iter().filter(|(_, is)| *is).map(|(what, _)| *what).collect();
        let purposes = self.purposes_in_use()?;
        let purposes: Vec<String> = purposes
            .into_iter()
            .map(|(purpose, questions)| format!("  - {purpose}: {}", questions.join(" ")))
            .collect();
        let controller = self.controller();
        let contact = self.contact();
        self.looked(Some(person), "notice --letter")?;
        Ok(format!(
            "{date}\n\nTo {name} ({accounts})\n\nWe hold data about you that did not come from you\n\n\
             {controller} uses Tertius, a program that works out who moves whom among the people around a firm. We hold {held}. \
             It came from {sources}.\n\n\
             We use it, on the ground of [fill in: legitimate interest, and which; or consent], for these purposes and questions:\n\n\
             {purposes}\n\n\
             For each question you may get a score from 1 to 100 with the reasons for it. A program computes it; people decide what to do \
             with it. It is not used to decide on employment, credit, housing or insurance, unless you agreed to exactly that.\n\n\
             Who receives it: [fill in: who in the firm, and anybody outside]. How long it is kept: [fill in].\n\n\
             You can ask for everything that is held about you, have it put right, or have it erased. You can object at any time, \
             without giving a reason: then nothing about you is scored or shown any more, and nothing is kept but the refusal. \
             Write to {contact}. You can also complain to [fill in: the supervisory authority].\n\n\
             {controller}\n",
            date = day(Time::now()),
            name = named.display_name(),
            accounts = named.accounts().join(", "),
            held = held.join("; "),
            sources = sources.join(", "),
            purposes = purposes.join("\n"),
        ))
    }

    /// Marks those as told whose accounts stand in `file`, one a line; empty lines and those after `#` say nothing. `at` is when,
    /// now without it.
    pub fn mark_told(&self, file: &Path, at: Option<Time>) -> Result<Marked> {
        let text =
            std::fs::read_to_string(file).map_err(|error| Error::io(file, "can't read", error))?;
        let now = Time::now();
        let at = at.unwrap_or(now);
        if at > now {
            let message = format!("{at} is to come; leave --at out for today");
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let reading = self.reading()?;
        let disclosure = reading.disclosure(now);
        let (mut accounts, mut marked) =
            (Vec::new(), Marked { read: 0, told: 0, unknown: Vec::new() });
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            marked.read += 1;
            match disclosure.holder(line) {
                Ok((_, account)) => accounts.push(account),
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Usage) => {
                    marked.unknown.push(number);
                }
                Err(error) => return Err(error),
            }
        }
        marked.told = self.people()?.mark_told(&accounts, at)?;
        Ok(marked)
    }

    /// What the data is used for: each purpose of the definitions that can be used, with their questions.
    pub(crate) fn purposes_in_use(&self) -> Result<BTreeMap<String, Vec<String>>> {
        let mut purposes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for card in self.newest_cards(None)? {
            let header = card.header();
            purposes.entry(header.purpose.clone()).or_default().push(header.question.clone());
        }
        Ok(purposes)
    }

    pub(crate) fn controller(&self) -> String {
        let fallback = "[fill in: the name of whoever is responsible]";
        self.settings().controller.clone().unwrap_or_else(|| fallback.to_owned())
    }

    pub(crate) fn contact(&self) -> String {
        let fallback = "[fill in: an address]";
        self.settings().contact.clone().unwrap_or_else(|| fallback.to_owned())
    }
}

/// Where data about a person came from: networks that know an account of theirs, and rosters.
fn sources_of(
    reading: &Reading,
    rosters: &BTreeMap<u64, BTreeSet<&str>>,
    members: &[u64],
) -> Result<Vec<String>> {
    let mut sources = BTreeSet::new();
    for key in members {
        let account: Option<Account> = reading.view.account(AccountKey(*key))?;
        sources.extend(account.map(|account| account.network));
        sources.extend(rosters.get(key).into_iter().flatten().map(|source| (*source).to_owned()));
    }
    Ok(sources.into_iter().collect())
}
