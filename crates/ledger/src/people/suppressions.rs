//! Who refuses, for a process that goes on running: asked at every look-up, read anew when somebody changed it.
//!
//! A question costs one `PRAGMA data_version`, which SQLite answers from the shared index of its log. It moves with
//! every commit of another connection, in this process or another; then the counter in `refusals` is looked at, and where
//! that moved as well, claims, statements and ages are read again, which takes time in proportion to the people that rosters
//! and operators named, and not to the interactions. So a refusal is obeyed from the first question after the command that
//! recorded it has returned.
//!
//! A workspace that can't be written, and whose catalogue is read as a file that nobody changes, is read once.

use super::consent::{Consent, Consents};
use super::{Register, named, objections};
use crate::catalogue::Catalogue;
use crate::error::Error;
use model::Time;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Who must not be scored or shown, as of now.
#[derive(Debug)]
pub struct Suppressions {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    catalogue: Catalogue,
    version: i64,
    changes: i64,
    day: i64,
    register: Register,
    consents: Consents,
    generation: u64,
    refreshed: Instant,
}

impl Suppressions {
    /// Reads who refuses in the workspace `dir` at the time `now`. Makes nothing.
    pub fn open(dir: &Path, now: Time) -> Result<Suppressions, Error> {
        let catalogue = Catalogue::read(dir)?;
        // First the numbers, then what they stand for: a change between the two is read twice and never missed.
        let version = version(&catalogue)?;
        let changes = objections::generation(catalogue.connection())?;
        let register = read(&catalogue)?;
        let consents = register.consents(now);
        let day = day(now);
        let state = State {
            catalogue,
            version,
            changes,
            day,
            register,
            consents,
            generation: 1,
            refreshed: Instant::now(),
        };
        Ok(Suppressions { state: Mutex::new(state) })
    }

    /// Where the holder of an account stands; any account's key, or a person's number.
    pub fn consent(&self, account: u64, now: Time) -> Result<Consent, Error> {
        self.ask(now, Duration::ZERO, |standing| Ok(standing.of(account).1.clone()))
    }

    /// Answers any number of questions of one moment, for the price of one; and for less where it may be that of a moment ago, of `late` at
    /// most.
    pub fn ask<T>(
        &self,
        now: Time,
        late: Duration,
        questions: impl FnOnce(Standings<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if late.is_zero() || state.refreshed.elapsed() > late {
            state.refresh(now)?;
            state.refreshed = Instant::now();
        }
        questions(Standings(&state))
    }

    /// A number that grows whenever somebody may have begun to refuse: what was computed under an older one must be
    /// asked again.
    pub fn generation(&self, now: Time) -> Result<u64, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.refresh(now)?;
        Ok(state.generation)
    }
}

/// Where everybody stands at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Standings<'a>(&'a State);

impl<'a> Standings<'a> {
    /// The person behind an account, and where they stand; any account's key, or a person's number.
    pub fn of(self, account: u64) -> (u64, &'a Consent) {
        let person = self.0.register.membership().person_of(account);
        (person, self.0.consents.of(person))
    }

    /// The keys of a person's accounts.
    pub fn members(self, person: u64) -> Vec<u64> {
        self.0.register.membership().members(person)
    }
}

impl State {
    fn refresh(&mut self, now: Time) -> Result<(), Error> {
        let version = version(&self.catalogue)?;
        let mut changes = self.changes;
        if version != self.version {
            changes = objections::generation(self.catalogue.connection())?;
        }
        if changes != self.changes {
            self.register = read(&self.catalogue)?;
        } else if day(now) == self.day {
            self.version = version;
            return Ok(());
        }
        // People come of age at the turn of a day.
        (self.version, self.changes, self.day) = (version, changes, day(now));
        self.consents = self.register.consents(now);
        self.generation += 1;
        Ok(())
    }
}

fn read(catalogue: &Catalogue) -> Result<Register, Error> {
    match named(catalogue.connection())? {
        true => Register::of_refusals(catalogue.connection()),
        false => Ok(Register::default()),
    }
}

fn version(catalogue: &Catalogue) -> Result<i64, Error> {
    let mut ask = catalogue.connection().prepare_cached("PRAGMA data_version")?;
    Ok(ask.query_row([], |row| row.get(0))?)
}

fn day(now: Time) -> i64 {
    now.0.div_euclid(model::time::DAY)
}
