//! Who refuses, for a process that goes on running: a refusal is obeyed from the first question after it was recorded.

use crate::disclosure::refuses;
use crate::error::Result;
use crate::workspace::Workspace;
use model::Time;

/// Asked before every answer about a person. It may be shared between threads; see [`ledger::people::Suppressions`]
/// for what a question costs.
#[derive(Debug)]
pub struct Suppressions(ledger::people::Suppressions);

impl Workspace {
    /// Who refuses here. Makes nothing.
    pub fn suppressions(&self) -> Result<Suppressions> {
        Ok(Suppressions(ledger::people::Suppressions::open(self.dir(), Time::now())?))
    }
}

impl Suppressions {
    /// Whether a person, given by number or by an account's key, must be neither scored nor shown for `purpose` now; an
    /// empty purpose stands for any.
    pub fn refuses(&self, person: u64, purpose: &str) -> Result<bool> {
        Ok(refuses(&self.0.consent(person, Time::now())?, purpose))
    }

    /// Grows whenever somebody may have begun to refuse: answers kept from before must be asked for again.
    pub fn generation(&self) -> Result<u64> {
        Ok(self.0.generation(Time::now())?)
    }
}
