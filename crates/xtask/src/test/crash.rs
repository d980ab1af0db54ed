//! The crash tests in a size that fits a test run; `cargo xtask bench kills` and `disk` are the full ones.

use super::Outcome;
use crate::bench::disk::{self, Filled};
use crate::bench::kills::{self, Plan};
use crate::bench::posts;
use crate::repo::Repo;
use anyhow::Result;

/// `kill -9`: as many rows as make several commits, since one commit alone has little to lose.
pub fn run(repo: &Repo) -> Result<Outcome> {
    kills::carry_out(repo, &Plan { kills: 3, rows: 2_000_000, seed: 1 })?;
    Ok(Outcome::Passed)
}

/// A full disk.
pub fn disk(repo: &Repo) -> Result<Outcome> {
    for filled in [posts::fill(repo)?, disk::fill(repo, disk::ROWS, disk::MEGABYTES)?] {
        if let Filled::Refused(reason) = filled {
            return Ok(Outcome::Skipped(reason));
        }
    }
    Ok(Outcome::Passed)
}
