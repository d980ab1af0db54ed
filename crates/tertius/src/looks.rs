//! Who looked: every answer about people leaves a note, which `access` shows to them.
//!
//! The rule stands here and not in a surface: the functions that answer call [`Workspace::looked`]. A question about
//! one person is noted with that person, one that shows many once. That costs one small transaction. Where the workspace
//! can't be written, or somebody else has been writing for a minute, answers are given all the same, and leave no note: what is read
//! must not hang on what is written.

use crate::error::Result;
use crate::workspace::Workspace;
use ledger::people::{Look, People};
use model::Time;

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

    /// Notes answers that a server counted: person, what was asked, by whom, how often. A workspace that can't be
    /// written is none of the caller's business.
    pub fn count_looks(&self, answers: &[(u64, &str, &str, u64)]) -> Result<()> {
        let noted = People::open(self.dir()).and_then(|mut people| {
            people.counted(answers, Time::now(), self.settings().keep_looks())
        });
        match noted {
            Err(error) if matches!(error.kind(), ledger::Kind::Io | ledger::Kind::Catalogue) => {
                log::warn!("who looked could not be noted: {error}");
                Ok(())
            }
            noted => Ok(noted?),
        }
    }

    /// The answers about a person and those about many, oldest first.
    pub(crate) fn looks_of(&self, accounts: &[u64]) -> Result<Vec<Look>> {
        Ok(People::looks(self.dir(), accounts)?)
    }
}
