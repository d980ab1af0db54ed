//! The crash tests in a size that fits a test run; `cargo xtask bench kills` and `disk` are the full ones.

use super::Outcome;
use crate::bench::disk::{self, Filled};
use crate::bench::kills::{self, Plan};
use crate::repo::Repo;
use anyhow::Result;

/// `kill -9`: as many rows as make several commits, since one commit alone has little to lose.
pub fn run(repo: &Repo) -> Result<Outcome> {
    kills::carry_out(repo, &Plan { kills: 3, rows: 2_000_000, seed: 1 })?;
    Ok(Outcome::Passed)
}

/// A full disk.
pub fn disk(repo: &Repo) -> Result<Outcome> {
    match disk::fill(repo, disk::ROWS, disk::MEGABYTES)? {
        Filled::Kept { .. } => Ok(Outcome::Passed),
        Filled::Refused(reason) => Ok(Outcome::Skipped(reason)),
    }
}
