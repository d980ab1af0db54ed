//! Who looked, noted in memory and written down once a second.
//!
//! A process that is killed loses what it noted since, at most a second. The workspace's own rule holds for how long it is kept, and an erasure removes
//! it. What can't be written is written the next time; where a workspace can't be written at all, answers leave no note, and the log says so.

use crate::shards::Shards;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tertius::{LookCounts, Result, Workspace};

/// More answers than that are not kept of each thread, 32 MB: while nothing can be written, memory must not grow.
const MOST: usize = 2_000_000;

/// What was asked and by whom, as its place in a list of them.
#[derive(Clone, Copy, Debug)]
pub struct Label(u32);

/// What was answered since the last writing.
#[derive(Default)]
pub struct Looks {
    seen: Shards<Vec<(u64, u32)>>,
    labels: RwLock<Labels>,
    counts: Mutex<Option<LookCounts>>,
}

#[derive(Default)]
struct Labels {
    list: Vec<(&'static str, Arc<str>)>,
    places: HashMap<Arc<str>, Vec<(&'static str, u32)>>,
}

impl Labels {
    fn place(&self, what: &str, source: &str) -> Option<u32> {
        let known = self.places.get(source)?;
        known.iter().find(|(asked, _)| *asked == what).map(|(_, place)| *place)
    }
}

impl Looks {
    /// What to note answers with.
    pub fn label(&self, what: &'static str, source: &Arc<str>) -> Label {
        let known = self.labels.read().unwrap_or_else(PoisonError::into_inner).place(what, source);
        if let Some(place) = known {
            return Label(place);
        }
        let mut labels = self.labels.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = labels.place(what, source) {
            return Label(place);
        }
        let place = labels.list.len() as u32;
        labels.list.push((what, source.clone()));
        labels.places.entry(source.clone()).or_default().push((what, place));
        Label(place)
    }

    /// Notes an answer about a person.
    pub fn note(&self, person: u64, what: &'static str, source: &Arc<str>) {
        self.note_all(&[person], self.label(what, source));
    }

    /// Notes an answer about each of some people.
    pub fn note_all(&self, people: &[u64], label: Label) {
        keep(&mut self.seen.mine(), people.iter().map(|person| (*person, label.0)));
    }

    /// Writes down what was noted, and goes on with putting together what was written before.
    pub fn flush(&self, workspace: &Workspace) -> Result<()> {
        let seen: Vec<(u64, u32)> =
            self.seen.each().flat_map(|mut part| std::mem::take(&mut *part)).collect();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = match &mut *counts {
            Some(counts) => counts,
            None if seen.is_empty() => return Ok(()),
            // What it knows of erasures begins here: answers from before it could be opened are not kept for it.
            None => counts.insert(workspace.look_counts()?),
        };
        if !seen.is_empty() {
            let list = self.labels.read().unwrap_or_else(PoisonError::into_inner).list.clone();
            let labels: Vec<(&str, &str)> =
                list.iter().map(|(what, source)| (*what, &**source)).collect();
            if let Err(error) = counts.add(&seen, &labels) {
                keep(&mut self.seen.mine(), seen.into_iter());
                return Err(error);
            }
        }
        counts.merge()
    }
}

/// Adds what there is room for.
fn keep(seen: &mut Vec<(u64, u32)>, more: impl Iterator<Item = (u64, u32)>) {
    seen.extend(more.take(MOST.saturating_sub(seen.len())));
}
