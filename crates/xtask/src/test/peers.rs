//! Calls `tests/peers/run.py`, which compares what the binary exports with what others compute.

use super::Outcome;
use crate::process;
use crate::repo::Repo;
use anyhow::Result;
use std::process::Command;

pub fn run(repo: &Repo) -> Result<Outcome> {
    let mut command = Command::new(repo.python()?);
    command
        .arg(repo.root.join("tests/peers/run.py"))
        .arg("--binary")
        .arg(repo.binary()?)
        .arg("--projection")
        .arg(repo.root.join("docs/projection.sql"))
        .arg("--data")
        .arg(repo.data())
        .arg("--scratch")
        .arg(repo.fresh("peers")?);
    process::run(&mut command)?;
    Ok(Outcome::Passed)
}
