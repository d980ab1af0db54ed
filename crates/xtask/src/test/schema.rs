//! Calls `tests/clients/schema.py`, which lets Schemathesis ask a server of ours for whatever its description allows, and much that it does not.

use super::Outcome;
use crate::process;
use crate::repo::Repo;
use anyhow::Result;
use std::process::Command;

/// From PyPI; into an environment of its own, since it pins much that the peers pin otherwise.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

pub fn run(repo: &Repo) -> Result<Outcome> {
    let (python, scratch) = (repo.python()?, repo.fresh("schema")?);
    let tools = scratch.join("venv");
    process::run(Command::new(&python).args(["-m", "venv"]).arg(&tools))?;
    let mut install = Command::new(tools.join("bin/python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", SCHEMATHESIS]);
    process::run(&mut install)?;
    let mut asked = Command::new(&python);
    asked
        .arg(repo.root.join("tests/clients/schema.py"))
        .arg("--binary")
        .arg(repo.binary()?)
        .arg("--scratch")
        .arg(&scratch)
        .arg("--schemathesis")
        .arg(tools.join("bin/st"));
    process::run(&mut asked)?;
    Ok(Outcome::Passed)
}
