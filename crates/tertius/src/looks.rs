//! Who looked: every answer about people leaves a note, which `access` shows to them.
//!
//! The rule stands here and not in a surface: the functions that answer call [`Workspace::looked`]. A question about
//! one person is noted with that person, one that shows many once. That costs one small transaction. Where the workspace
//! can't be written, or somebody else has been writing for a minute, answers are given all the same, and leave no note: what is read
//! must not hang on what is written.

use crate::error::Result;
use crate::workspace::Workspace;
use ledger::people::{Look, People};
use model::{Span, Time};

impl Workspace {
    /// Notes that `what` was answered, about one person or about many.
    pub(crate) fn looked(&self, person: Option<u64>, what: &str) -> Result<()> {
        if !self.exists() {
            return Ok(());
        }
        let by = self.settings().operator.as_deref().unwrap_or(ledger::people::OPERATOR);
        let noted = People::open(self.dir()).and_then(|mut people| {
            people.looked(person, what, by, Time::now(), self.settings().keep_looks())
        });
        match noted {
            Err(error) if matches!(error.kind(), ledger::Kind::Io | ledger::Kind::Catalogue) => {
                Ok(())
            }
            noted => Ok(noted?),
        }
    }

    /// For a process that goes on answering: counts who looked. Fails where the workspace can't be written.
    pub fn look_counts(&self) -> Result<LookCounts> {
        let counts = ledger::people::LookCounts::open(self.dir())?;
        Ok(LookCounts { counts, keep: self.settings().keep_looks() })
    }

    /// The answers about a person and those about many, oldest first.
    pub(crate) fn looks_of(&self, accounts: &[u64]) -> Result<Vec<Look>> {
        Ok(People::looks(self.dir(), accounts)?)
    }
}

/// Counts who looked, for a process that goes on running.
#[derive(Debug)]
pub struct LookCounts {
    counts: ledger::people::LookCounts,
    keep: Span,
}

/// So many steps of merging at most after a writing, so that it has an end.
const STEPS: usize = 8;

impl LookCounts {
    /// Writes down answers: persons, each with the place in `labels` of what was asked and by whom. Whoever was erased meanwhile is left out.
    pub fn add(&mut self, answers: &[(u64, u32)], labels: &[(&str, &str)]) -> Result<()> {
        Ok(self.counts.add(answers, labels, Time::now(), self.keep)?)
    }

    /// Goes on with putting together what was written, for a while.
    pub fn merge(&mut self) -> Result<()> {
        for _ in 0..STEPS {
            if !self.counts.merge(Time::now())? {
                break;
            }
        }
        Ok(())
    }
}
