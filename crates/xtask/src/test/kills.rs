//! The crash test in a size that fits a test run; `cargo xtask bench kills` is the full one.

use super::Outcome;
use crate::bench::kills::{self, Plan};
use crate::repo::Repo;
use anyhow::Result;

pub fn run(repo: &Repo) -> Result<Outcome> {
    let plan = Plan { kills: 3, rows: 200_000, seed: 1 };
    kills::carry_out(repo, &plan)?;
    Ok(Outcome::Passed)
}
