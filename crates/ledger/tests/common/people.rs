//! A world of people for tests, changed as an operator would.

use ledger::people::{Import, Imported, Mapping, People, Register};
use model::{Account, Time};

/// A workspace in which time passes.
pub struct World {
    pub people: People,
    pub now: i64,
    pub dir: tempfile::TempDir,
}

pub fn day(text: &str) -> Time {
    Time::parse(&format!("{text}T00:00:00Z"), None).unwrap()
}

pub fn account(text: &str) -> Account {
    Account::parse(text).unwrap()
}

pub fn key(text: &str) -> u64 {
    account(text).key().0
}

impl World {
    pub fn new() -> World {
        let dir = tempfile::tempdir().unwrap();
        World { people: People::open(dir.path()).unwrap(), now: day("2026-11-01").0, dir }
    }

    /// Time passes between any two things that are said.
    pub fn tick(&mut self) -> Time {
        self.now += 1;
        Time(self.now)
    }

    pub fn try_import(
        &mut self,
        source: &str,
        mapping: &str,
        csv: &[u8],
    ) -> Result<Imported, ledger::Error> {
        let mapping = Mapping::parse(mapping)?;
        let now = self.tick();
        self.people.import(csv, &Import::new(source, &mapping, now))
    }

    pub fn import(&mut self, source: &str, csv: &str) -> Imported {
        self.try_import(source, "", csv.as_bytes()).unwrap()
    }

    pub fn merge(&mut self, a: &str, b: &str) -> Option<i64> {
        let now = self.tick();
        self.people.merge(&account(a), &account(b), now).unwrap()
    }

    pub fn split(&mut self, a: &str) -> Option<i64> {
        let now = self.tick();
        self.people.split(&account(a), now).unwrap()
    }

    pub fn register(&self) -> Register {
        self.people.register().unwrap()
    }

    /// The person of an account, as the accounts they have, in the order of their names.
    pub fn accounts_of(&self, of: &str) -> Vec<String> {
        let register = self.register();
        let mut accounts: Vec<String> = register
            .membership()
            .members(key(of))
            .iter()
            .map(|key| register.accounts()[key].to_string())
            .collect();
        accounts.sort();
        accounts
    }
}

pub fn counts(imported: &Imported) -> (u64, u64, u64, u64, u64, usize) {
    let i = imported;
    (i.read, i.created, i.updated, i.unchanged, i.claims, i.rejects.len())
}
