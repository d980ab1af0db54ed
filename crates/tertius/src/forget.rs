//! Erasing people: who is meant, everything by which they are called, and the receipt.
//!
//! A person is erased with all their accounts: whoever asks to be forgotten does not mean one login. What is done is in
//! [`ledger::erase`]; this module finds out of whom. Somebody who refuses to be scored can be erased like everybody else.

use crate::error::{Error, ErrorKind, Result};
use crate::workspace::{Reading, Workspace, note_suppressions};
use ledger::erase;
pub use ledger::erase::Erasure;
use ledger::suppressed::{Names, Suppressed};
use model::{Account, AccountKey, Time};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// What was erased. It holds no name but those that the operator typed.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Receipt {
    /// Number of the erasure; none if there was nothing to do.
    pub erasure: Option<i64>,
    /// When it was begun.
    pub begun: Option<Time>,
    /// When it was done.
    pub done: Option<Time>,
    /// As the operator typed it: who was erased now, and who had been before.
    pub asked: Vec<Asked>,
    /// Accounts erased.
    pub accounts: u64,
    /// Interactions removed: those in which they acted or were acted toward.
    pub interactions: u64,
    /// Interactions of others that stay, without their names.
    pub redacted: u64,
    /// Segments that were written anew.
    pub segments: u64,
    /// Rows removed from the tables of people: names, roles, attributes, claims, consents.
    pub people_rows: u64,
    /// Rejected rows whose content was blanked.
    pub rejects: u64,
    /// Files inside the workspace that named them and were removed, such as exports.
    pub files: u64,
    /// Files inside the workspace that somebody should look at: packed ones, and settings that name them.
    pub look_at: Vec<PathBuf>,
    /// Every account that is erased, for the operator's eyes and not for the record.
    #[serde(skip)]
    pub every_account: Vec<String>,
}

/// One of those who were asked for.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Asked {
    /// As it was typed.
    pub account: String,
    /// `erased`, or `erased before`.
    pub state: &'static str,
}

impl Workspace {
    /// Erases the people whose accounts, handles or numbers are given, with all their accounts. With `dry` nothing is done, and
    /// the receipt says whose accounts would go.
    ///
    /// Fails with [`ErrorKind::NotFound`] for somebody unknown, before anything is done for the others.
    pub fn forget(
        &self,
        asked: &[String],
        dry: bool,
        waiting: Arc<dyn Fn(&str) + Send + Sync>,
    ) -> Result<Receipt> {
        let options = ledger::Options { waiting, ..ledger::Options::default() };
        let reading = self.reading()?;
        let suppressed = Suppressed::of(self.dir())?;
        let mut people: BTreeSet<u64> = BTreeSet::new();
        let mut receipt = Receipt::empty();
        for text in asked {
            let state = match find(&reading, text)? {
                Found::Person(person) => {
                    people.insert(person);
                    "erased"
                }
                Found::Nobody(account) => {
                    if !suppressed.as_ref().is_some_and(|set| set.has(&account)) {
                        return Err(unknown(text));
                    }
                    "erased before"
                }
            };
            receipt.asked.push(Asked { account: text.clone(), state });
        }
        let mut names = Vec::new();
        let mut keys = Vec::new();
        for person in &people {
            let members = reading.register.membership().members(*person);
            let called = names_of(&reading, &members)?;
            let written = called.accounts.iter().map(|(network, id)| format!("{network}:{id}"));
            receipt.every_account.extend(written);
            names.push(called);
            keys.extend(members.into_iter().map(AccountKey));
        }
        receipt.every_account.sort();
        receipt.accounts = keys.len() as u64;
        // A reader of the log as it was would keep it from being emptied.
        drop(reading);
        if dry || people.is_empty() {
            return Ok(receipt);
        }
        let erasure = erase::forget(self.dir(), &names, &keys, &options);
        // Whether or not it is finished, they are suppressed.
        note_suppressions(self.dir());
        Ok(receipt.of(erasure?))
    }

    /// Goes on with erasures that were broken off; how many there were.
    pub fn finish_erasures(&self, waiting: Arc<dyn Fn(&str) + Send + Sync>) -> Result<usize> {
        match self.exists() {
            true => {
                let options = ledger::Options { waiting, ..ledger::Options::default() };
                let count = erase::finish(self.dir(), &options)?;
                note_suppressions(self.dir());
                Ok(count)
            }
            false => Ok(0),
        }
    }

    /// Everything that was ever erased, without anything that says of whom; oldest first.
    pub fn erasures(&self) -> Result<Vec<Erasure>> {
        Ok(match self.exists() {
            true => erase::list(&ledger::Catalogue::read(self.dir())?)?,
            false => Vec::new(),
        })
    }
}

impl Receipt {
    fn empty() -> Receipt {
        Receipt {
            erasure: None,
            begun: None,
            done: None,
            asked: Vec::new(),
            accounts: 0,
            interactions: 0,
            redacted: 0,
            segments: 0,
            people_rows: 0,
            rejects: 0,
            files: 0,
            look_at: Vec::new(),
            every_account: Vec::new(),
        }
    }

    /// The receipt with what was done.
    pub(crate) fn of(self, erasure: Erasure) -> Receipt {
        let counts = erasure.counts;
        Receipt {
            erasure: Some(erasure.number),
            begun: Some(erasure.begun),
            done: erasure.done,
            accounts: counts.accounts,
            interactions: counts.interactions,
            redacted: counts.redacted,
            segments: counts.segments,
            people_rows: counts.people_rows,
            rejects: counts.rejects,
            files: counts.files,
            look_at: counts.look_at,
            ..self
        }
    }
}

/// Who is meant.
enum Found {
    Person(u64),
    Nobody(Account),
}

/// By stable id first, then by current handle, then by number. Consent has no say: a refusal is no reason to be kept.
fn find(reading: &Reading, text: &str) -> Result<Found> {
    let person_of = |key: u64| reading.register.membership().person_of(key);
    let Some(account) = Account::parse(text) else {
        let number = text.parse::<u64>().map_err(|_| {
            let message = format!("{text:?} is no account; write network:id, such as twitter:88");
            Error::new(ErrorKind::Usage, message)
        })?;
        return match is_known(reading, number)? {
            true => Ok(Found::Person(person_of(number))),
            false => Err(unknown(text)),
        };
    };
    if is_known(reading, account.key().0)? {
        return Ok(Found::Person(person_of(account.key().0)));
    }
    if let Some(holder) = reading.view.find_handle(&account.network, &account.id)? {
        return Ok(Found::Person(person_of(holder.key().0)));
    }
    let former = reading.view.ever_called(&account.network, &account.id)?;
    if let Some(last) = former.first() {
        let (holder, until) = (&last.account, last.last);
        let message = format!(
            "{text} is an old handle, of {holder} until {until}, and handles change hands; if that is whom you mean: tertius forget {holder}"
        );
        return Err(Error::new(ErrorKind::NotFound, message));
    }
    Ok(Found::Nobody(account))
}

fn is_known(reading: &Reading, key: u64) -> Result<bool> {
    Ok(reading.register.accounts().contains_key(&key)
        || reading.view.account(AccountKey(key))?.is_some()
        || !reading.view.called(AccountKey(key))?.is_empty())
}

fn unknown(text: &str) -> Error {
    let message = format!(
        "{text} is unknown here: nothing is held about them, and nothing was erased; accounts are written network:id, and ids are exact"
    );
    Error::new(ErrorKind::NotFound, message)
}

/// Everything by which the holder of these accounts is called.
fn names_of(reading: &Reading, members: &[u64]) -> Result<Names> {
    let mut accounts: BTreeSet<(String, String)> = BTreeSet::new();
    // With the last time of each, since a handle may have gone to somebody else.
    let mut handles: BTreeMap<(String, String), Time> = BTreeMap::new();
    let mut full: BTreeSet<String> = BTreeSet::new();
    for (key, stored) in members.iter().zip(reading.view.accounts(members)?) {
        let imported = reading.register.accounts().get(key).cloned();
        for account in stored.into_iter().chain(imported) {
            accounts.insert((account.network, account.id));
        }
        for called in reading.view.called(AccountKey(*key))? {
            accounts.insert((called.account.network.clone(), called.account.id));
            if called.is_handle {
                let last =
                    handles.entry((called.account.network, called.value)).or_insert(called.last);
                *last = called.last.max(*last);
            } else {
                full.insert(called.value);
            }
        }
    }
    let mut kept = Vec::new();
    for ((network, handle), last) in handles {
        let others = reading.view.ever_called(&network, &handle)?;
        let gone = others
            .iter()
            .any(|other| !members.contains(&other.account.key().0) && other.last > last);
        if !gone {
            kept.push((network, handle));
        }
    }
    let mut emails: BTreeSet<String> = BTreeSet::new();
    let register = &reading.register;
    for (account, naming) in register.names() {
        if members.contains(&account) {
            full.extend(naming.name);
            emails.extend(naming.email);
        }
    }
    emails.extend(
        register.emails().iter().filter(|(a, _)| members.contains(a)).map(|(_, e)| e.clone()),
    );
    Ok(Names {
        accounts: accounts.into_iter().collect(),
        handles: kept,
        emails: emails.into_iter().collect(),
        names: full.into_iter().collect(),
    })
}
