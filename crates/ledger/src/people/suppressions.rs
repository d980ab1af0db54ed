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
use arc_swap::ArcSwap;
use model::Time;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Who must not be scored or shown, as of now.
#[derive(Debug)]
pub struct Suppressions {
    asking: Mutex<Asking>,
    known: ArcSwap<Known>,
    /// When it was last asked whether anything changed: microseconds since `begun`.
    asked: AtomicU64,
    begun: Instant,
}

/// What tells of changes.
#[derive(Debug)]
struct Asking {
    catalogue: Catalogue,
    version: i64,
    changes: i64,
    day: i64,
}

/// Where everybody stood when it was read; never changed, so that no answer waits for another.
#[derive(Debug)]
struct Known {
    register: Arc<Register>,
    consents: Consents,
    generation: u64,
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
        let known = Known { register: Arc::new(register), consents, generation: 1 };
        Ok(Suppressions {
            asking: Mutex::new(Asking { catalogue, version, changes, day: day(now) }),
            known: ArcSwap::from_pointee(known),
            asked: AtomicU64::new(0),
            begun: Instant::now(),
        })
    }

    /// Where the holder of an account stands; any account's key, or a person's number.
    pub fn consent(&self, account: u64, now: Time) -> Result<Consent, Error> {
        self.ask(|| now, Duration::ZERO, |standing| Ok(standing.of(account).1.clone()))
    }

    /// Answers any number of questions of one moment, for the price of one; and for less where it may be that of a moment ago, of `late` at
    /// most.
    pub fn ask<T>(
        &self,
        now: impl FnOnce() -> Time,
        late: Duration,
        questions: impl FnOnce(Standings<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let asked = Duration::from_micros(self.asked.load(Ordering::Acquire));
        if late.is_zero() || self.begun.elapsed().saturating_sub(asked) > late {
            self.refresh(now())?;
        }
        questions(Standings(&self.known.load()))
    }

    /// A number that grows whenever somebody may have begun to refuse: what was computed under an older one must be
    /// asked again.
    pub fn generation(&self, now: Time) -> Result<u64, Error> {
        self.refresh(now)?;
        Ok(self.known.load().generation)
    }

    fn refresh(&self, now: Time) -> Result<(), Error> {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        // What is committed from here on may be missed, and what was before is not.
        let begun = self.begun.elapsed();
        let version = version(&asking.catalogue)?;
        let mut changes = asking.changes;
        if version != asking.version {
            changes = objections::generation(asking.catalogue.connection())?;
        }
        // People come of age at the turn of a day.
        if changes != asking.changes || day(now) != asking.day {
            let known = self.known.load();
            let register = match changes == asking.changes {
                true => known.register.clone(),
                false => Arc::new(read(&asking.catalogue)?),
            };
            let consents = register.consents(now);
            let next = Known { register, consents, generation: known.generation + 1 };
            self.known.store(Arc::new(next));
        }
        (asking.version, asking.changes, asking.day) = (version, changes, day(now));
        self.asked.store(begun.as_micros() as u64, Ordering::Release);
        Ok(())
    }
}

/// Where everybody stands at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Standings<'a>(&'a Known);

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
