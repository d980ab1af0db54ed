//! People: rosters in, claims of identity, suggestions.

use crate::disclosure::Named;
use crate::error::{Error, ErrorKind, Result};
use crate::rejects::Rejects;
use crate::workspace::{Reading, Workspace};
use ledger::people::suggest::Shared;
use ledger::people::{Evidence, Import, Mapping, Suggester};
use model::{Account, ProfileField, Time};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What came of a roster.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Imported {
    /// Rows read.
    pub read: u64,
    /// People that were not known from this source.
    pub created: u64,
    /// People of whom something changed.
    pub updated: u64,
    /// Claims made.
    pub claims: u64,
    /// Rows that could not be used.
    pub rejected: u64,
    /// Where they are.
    pub rejects_file: Option<PathBuf>,
    /// What a person should know.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// What came of a merge or split.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Claimed {
    /// Whether anything changed.
    pub changed: bool,
    /// What was done, and how to take it back.
    pub said: String,
    /// The people concerned, as they are now.
    pub people: Vec<Named>,
}

/// Two people who may be one.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Suggested {
    /// One.
    pub a: Named,
    /// The other.
    pub b: Named,
    /// From 0 to 1; how telling the evidence is.
    pub strength: f64,
    /// What they share.
    pub evidence: Vec<String>,
}

impl Workspace {
    /// Reads a roster: names, roles with dates, consent, accounts, attributes. Saying it again changes nothing.
    pub fn import_people(
        &self,
        file: &Path,
        mapping: Option<&str>,
        source: Option<&str>,
    ) -> Result<Imported> {
        let source = source.or_else(|| Import::source_of(file)).unwrap_or("roster").to_owned();
        let mapping = match mapping {
            Some(path) if Path::new(path).is_file() => std::fs::read_to_string(path)
                .map_err(|error| Error::io(Path::new(path), "can't read", error))?,
            Some(text) => text.to_owned(),
            None => String::new(),
        };
        let mapping = Mapping::parse(&mapping)?;
        let ledger = self.writing()?;
        let view = ledger.view()?;
        // A failed look-up refuses nothing: it only means that no account of the interactions is known by the key.
        let holder = |account: &Account| view.collides(account).ok().flatten();
        let import = Import { holder: &holder, ..Import::new(&source, &mapping, Time::now()) };
        let imported = self.people()?.import_file(file, &import)?;
        let mut rejects = Rejects::new(self.dir());
        rejects.add(&file.display().to_string(), &imported.rejects)?;
        let told = rejects.summary();
        let rejects_file = rejects.finish()?;
        let mut notes: Vec<String> = imported
            .ignored
            .iter()
            .map(|ignored| format!("column {:?} is left out: {}", ignored.column, ignored.reason))
            .collect();
        notes.extend(imported.contradictions.iter().map(|found| {
            let purpose = match found.purpose.as_str() {
                "" => String::new(),
                purpose => format!(" for {purpose}"),
            };
            match found.given == found.refused {
                true => format!("line {} both gives and refuses consent{purpose}; the refusal holds", found.given),
                false => format!(
                    "line {} gives a consent{purpose} that line {} refuses for the same account; the refusal holds",
                    found.given, found.refused
                ),
            }
        }));
        if imported.outdated > 0 {
            notes.push(format!(
                "{} consents change nothing: something newer is on record for the same account, dated after this computer's clock",
                imported.outdated
            ));
        }
        notes.extend(told);
        if imported.erased > 0 {
            let count = imported.erased;
            notes.push(format!("{count} rows: refused because whoever they are about was erased"));
        }
        Ok(Imported {
            read: imported.read,
            created: imported.created,
            updated: imported.updated,
            claims: imported.claims,
            rejected: imported.rejects.len() as u64 + imported.erased,
            rejects_file,
            notes,
        })
    }

    /// Says that two accounts are one person's.
    pub fn merge(&self, a: &str, b: &str) -> Result<Claimed> {
        let reading = self.reading()?;
        let (a, b) = (account(&reading, a)?, account(&reading, b)?);
        let claim = self.people()?.merge(&a, &b, Time::now())?;
        let said = match claim {
            Some(_) => {
                format!("{a} and {b} are one person; take it back with: tertius people split {b}")
            }
            None => format!("{a} and {b} were one person already"),
        };
        self.claimed(claim.is_some(), said, &[a, b])
    }

    /// Takes an account out of its person; the others stay together.
    pub fn split(&self, text: &str) -> Result<Claimed> {
        let reading = self.reading()?;
        let account = account(&reading, text)?;
        let before = reading.register.membership().members(account.key().0);
        let claim = self.people()?.split(&account, Time::now())?;
        let said = match claim {
            Some(_) => {
                format!("{account} is a person of its own; `tertius people merge` joins it again")
            }
            None => format!("{account} was a person of its own already"),
        };
        let mut claimed = self.claimed(claim.is_some(), said, &[account])?;
        let reading = self.reading()?;
        let others = before.iter().map(|key| reading.register.membership().person_of(*key));
        claimed.people = named(&reading, others.collect())?;
        Ok(claimed)
    }

    /// Pairs that may be one person, strongest first, with the evidence. Nothing is merged.
    pub fn suggestions(&self) -> Result<Vec<Suggested>> {
        let reading = self.reading()?;
        let mut suggester = Suggester::new(&reading.register);
        let [handles, names] = [ProfileField::Handle, ProfileField::Name].map(|field| {
            Ok::<BTreeMap<u64, String>, Error>(
                reading
                    .view
                    .profiles(field)?
                    .into_iter()
                    .map(|(key, value)| (key.0, value))
                    .collect(),
            )
        });
        let (handles, names) = (handles?, names?);
        reading.view.each_account(|key, network, id| {
            let called = |list: &BTreeMap<u64, String>| list.get(&key.0).cloned();
            suggester.account(
                key.0,
                network,
                id,
                called(&handles).as_deref(),
                called(&names).as_deref(),
            );
        })?;
        let disclosure = reading.disclosure(reading.as_of(None).unwrap_or(Time::now()));
        let mut shown = Vec::new();
        for suggestion in suggester.finish() {
            let pair = disclosure.people(&[suggestion.a, suggestion.b], "")?;
            if let [Some(a), Some(b)] = pair.as_slice() {
                shown.push(Suggested {
                    a: a.clone(),
                    b: b.clone(),
                    strength: suggestion.strength,
                    evidence: suggestion.evidence.iter().map(said).collect(),
                });
            }
        }
        self.looked(None, "people suggestions")?;
        Ok(shown)
    }

    fn claimed(&self, changed: bool, said: String, accounts: &[Account]) -> Result<Claimed> {
        let reading = self.reading()?;
        let people =
            accounts.iter().map(|account| reading.register.membership().person_of(account.key().0));
        let people = named(&reading, people.collect())?;
        Ok(Claimed { changed, said, people })
    }
}

fn said(evidence: &Evidence) -> String {
    let what = match evidence.shared {
        Shared::Email => "same e-mail",
        Shared::HandleAndName => "same handle and name on two networks",
        Shared::NameAndOrganisation => "same name and organisation",
    };
    format!("{what}: {}", evidence.value)
}

/// The account that is meant; a typing error must not make a person.
fn account(reading: &Reading, text: &str) -> Result<Account> {
    let Some(account) = Account::parse(text) else {
        let message = format!("{text:?} is no account; write network:id, such as github:alice");
        return Err(Error::new(ErrorKind::Usage, message));
    };
    let disclosure = reading.disclosure(reading.as_of(None).unwrap_or(Time::now()));
    disclosure.account(&account)?.ok_or_else(|| {
        let message = format!(
            "{text} is unknown here; ingest its interactions or a roster that names it first"
        );
        Error::new(ErrorKind::NotFound, message)
    })
}

fn named(reading: &Reading, mut people: Vec<u64>) -> Result<Vec<Named>> {
    people.sort_unstable();
    people.dedup();
    let disclosure = reading.disclosure(reading.as_of(None).unwrap_or(Time::now()));
    Ok(disclosure.people(&people, "")?.into_iter().flatten().collect())
}
