//! Draws: the window's interactions drawn again, cluster by cluster, a batch of replicates at a time.
//!
//! In replicate r the interactions of cluster c count `W_cr` times; W is Poisson with mean 1, a hash of (cluster, replicate), so
//! that it is the same in every run, and the same for every signal. `stakes.rs` says what that does to a tie.
//! Signals say what it does to their values ([`crate::signals::Signal::resample`]), and [`crate::plan`] what to scores.

use crate::Error;
use crate::signals::{self, Options};
use crate::snapshot::Snapshot;
use crate::stakes::{Held, Stakes, chances, seed};
use graph::Contacts;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub use crate::stakes::{BATCHES, LANES, Lanes, REPLICATES};

/// Contacts, and a number for each in the order of rows.
pub(crate) type Losses = Arc<(Contacts, Vec<f64>)>;

/// All replicates of one snapshot, with what signals need for each of them.
#[derive(Debug)]
pub struct Draws<'a> {
    snapshot: &'a Snapshot,
    stakes: &'a Stakes,
    /// Contacts, and what each is to a signal, by the signal's name and whether only returned ties count.
    losses: Mutex<BTreeMap<(&'static str, bool), Losses>>,
}

impl<'a> Draws<'a> {
    /// The replicates; nothing if the snapshot was made without [`crate::Projector::with_clusters`].
    pub fn new(snapshot: &'a Snapshot) -> Option<Draws<'a>> {
        Some(Draws { snapshot, stakes: snapshot.stakes()?, losses: Mutex::default() })
    }

    /// Batch number `batch`, below [`BATCHES`].
    pub fn batch(&self, batch: u32) -> Draw<'_> {
        Draw { all: self, batch, ranks: OnceLock::new() }
    }
}

/// A batch of replicates.
#[derive(Debug)]
pub struct Draw<'a> {
    all: &'a Draws<'a>,
    batch: u32,
    /// Changes of ranks, for all signals that start from them; with the residual of the walk.
    ranks: OnceLock<(f64, Vec<Lanes>)>,
}

impl<'a> Draw<'a> {
    /// What is drawn again.
    pub fn snapshot(&self) -> &'a Snapshot {
        self.all.snapshot
    }

    /// What does not differ between batches, made by the first that asks. The lock is not held meanwhile: a thread that waited
    /// for it could be one that the making needs.
    pub(crate) fn losses(
        &self,
        key: (&'static str, bool),
        made: impl FnOnce() -> (Contacts, Vec<f64>),
    ) -> Losses {
        let held = || self.all.losses.lock().unwrap_or_else(PoisonError::into_inner);
        let known = held().get(&key).cloned();
        known.unwrap_or_else(|| {
            let made = Arc::new(made());
            held().entry(key).or_insert(made).clone()
        })
    }

    pub(crate) fn held(&self, source: usize, place: usize) -> Held<'a> {
        self.all.stakes.of(source, place)
    }

    /// `W - 1` of the cluster with that seed.
    pub(crate) fn chances(&self, seed: u32) -> Lanes {
        chances(seed, self.batch)
    }

    /// `W - 1` of the cluster whose root post has that key.
    pub(crate) fn of_post(&self, root: u64) -> Lanes {
        self.chances(seed(root))
    }

    /// By how much the strength of a tie changes, as a part of it: -1 and more.
    pub(crate) fn change(&self, held: Held<'_>) -> Lanes {
        let mut change = [0.0; LANES];
        for (seed, share) in held.iter() {
            let chances = self.chances(seed);
            (0..LANES).for_each(|l| change[l] += share * chances[l]);
        }
        change
    }

    /// By how much the number of times that a tie is there changes; nothing where several clusters make it.
    pub(crate) fn presence(&self, held: Held<'_>) -> Option<Lanes> {
        held.alone().map(|seed| self.chances(seed))
    }

    pub(crate) fn ranks(&self) -> &OnceLock<(f64, Vec<Lanes>)> {
        &self.ranks
    }

    /// The values of the signal of that name in each replicate, by person, where `values` are those of the snapshot;
    /// nothing if the signal is held.
    ///
    /// # Errors
    /// There is no such signal, or it can't be computed.
    pub fn resample(
        &self,
        name: &str,
        values: &[f64],
        options: &Options,
    ) -> Result<Option<Vec<Lanes>>, Error> {
        match signals::find(name) {
            Some(signal) => signal.resample(self, values, options),
            None => Ok(None),
        }
    }
}

/// By how much more a sum over `count` clusters spreads than the replicates show: who has k cascades in this window has
/// a rate of k + 1/2 (the mean under Jeffreys' prior of a Poisson rate), since what did not come about is not seen. It matters where
/// there are few: 1.22 for one, 1.02 for ten.
pub(crate) fn unseen(count: u64) -> f64 {
    libm::sqrt(1.0 + 0.5 / (count.max(1) as f64))
}

/// The same value in each replicate.
pub(crate) fn all(value: f64) -> Lanes {
    [value as f32; LANES]
}
