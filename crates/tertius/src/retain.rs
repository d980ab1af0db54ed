//! How long interactions and texts are kept.

use crate::error::{Error, ErrorKind, Result};
use crate::workspace::{Workspace, note_suppressions};
use ledger::retain::{self, Ages, Plan};
use model::{Span, Time};
use std::sync::Arc;

/// What a run did, or would do.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Retained {
    /// Whether it was done, or only counted.
    pub done: bool,
    /// Interactions from before it are not kept; none for any age.
    pub rows_before: Option<Time>,
    /// Texts from before it are not kept; none for any age.
    pub texts_before: Option<Time>,
    /// Interactions removed.
    pub interactions: u64,
    /// Interactions that lost their text.
    pub texts: u64,
    /// Accounts of which nothing is left; not known beforehand.
    pub accounts: Option<u64>,
}

impl Workspace {
    /// Removes interactions older than `rows` and texts older than `texts`; without either, those older than the ages of the
    /// last run. With `dry` they are only counted.
    pub fn retain(
        &self,
        rows: Option<Span>,
        texts: Option<Span>,
        dry: bool,
        everything: bool,
        waiting: Arc<dyn Fn(&str) + Send + Sync>,
    ) -> Result<Retained> {
        drop(self.reading()?);
        let ages = match (rows, texts) {
            (None, None) => {
                let stored = retain::stored(&ledger::Catalogue::read(self.dir())?)?;
                stored.map(|(ages, _)| ages).ok_or_else(|| {
                    let message = "nothing was said yet of how long to keep; say it, such as: tertius retain 400d --text 30d";
                    Error::new(ErrorKind::Usage, message)
                })?
            }
            (rows, texts) => Ages { rows, texts },
        };
        let now = Time::now();
        let plan: Plan = retain::plan(self.dir(), ages, now)?;
        let set = |horizon: Time| (horizon.0 > i64::MIN).then_some(horizon);
        let planned = Retained {
            done: false,
            rows_before: set(plan.horizons.rows),
            texts_before: set(plan.horizons.texts),
            interactions: plan.interactions,
            texts: plan.texts,
            accounts: None,
        };
        if dry {
            return Ok(planned);
        }
        let options = ledger::Options { waiting, ..ledger::Options::default() };
        let erasure = retain::retain(self.dir(), ages, now, everything, &options)?;
        note_suppressions(self.dir());
        Ok(Retained {
            done: true,
            interactions: erasure.counts.interactions,
            texts: erasure.counts.redacted,
            accounts: Some(erasure.counts.accounts),
            ..planned
        })
    }

    /// Lets everything be stored again, however old; whether there was a limit.
    pub fn retain_everything(&self) -> Result<bool> {
        drop(self.reading()?);
        Ok(retain::stop(self.dir())?)
    }
}
