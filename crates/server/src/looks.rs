//! Who looked, counted by person, question and key in memory and written down once a second: a row a person and day, not one an answer.
//!
//! A process that is killed loses what it counted since, at most a second. The workspace's own rule holds for how long rows are kept, and an erasure removes
//! them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tertius::{Result, Workspace};

/// Person, question, source.
type Seen = (u64, &'static str, Arc<str>);

/// More than so many at once are not kept: while nothing can be written, memory must not grow.
const MOST: usize = 2_000_000;

/// What was answered since the last writing.
#[derive(Default)]
pub struct Looks(Mutex<HashMap<Seen, u64>>);

impl Looks {
    /// Counts an answer about a person.
    pub fn note(&self, person: u64, what: &'static str, source: &Arc<str>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < MOST {
            *seen.entry((person, what, source.clone())).or_default() += 1;
        }
    }

    /// Writes down what was counted.
    pub fn flush(&self, workspace: &Workspace) -> Result<()> {
        let seen = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if seen.is_empty() {
            return Ok(());
        }
        let mut rows: Vec<(u64, &str, &str, u64)> = seen
            .iter()
            .map(|((person, what, source), times)| (*person, *what, &**source, *times))
            .collect();
        // In the order of the table, which is then written page by page.
        rows.sort_unstable();
        workspace.count_looks(&rows)
    }
}
