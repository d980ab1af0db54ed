//! Calls `tests/clients/run.py`, which asks a server of ours with the Klout clients that were published, unmodified.

use super::Outcome;
use crate::process;
use crate::repo::Repo;
use anyhow::Result;
use std::process::Command;

/// From PyPI. The second one installs only where names of Python 2 are known, which `tests/clients/python2` has.
const PYTHON: [&str; 2] = ["klout==0.1.3", "pyklout==0.2"];
/// From npm.
const NODE: &str = "node_klout@0.3.1";

pub fn run(repo: &Repo) -> Result<Outcome> {
    let (python, scratch) = (repo.python()?, repo.fresh("clients")?);
    let names = repo.root.join("tests/clients");
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    let mut tools = Command::new(&python);
    process::run(tools.args(pip).args(["setuptools==80.9.0", "wheel==0.45.1"]))?;
    let mut install = Command::new(&python);
    install.args(pip).args(["--no-build-isolation", "--no-deps", "--target"]);
    install.arg(scratch.join("python")).args(PYTHON).env("PYTHONPATH", names.join("python2"));
    process::run(&mut install)?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
        .arg(scratch.join("node"))
        .arg(NODE);
    if npm.status().is_ok_and(|status| !status.success()) {
        println!("npm could not install {NODE}");
    }
    let mut clients = Command::new(&python);
    clients
        .arg(names.join("run.py"))
        .arg("--binary")
        .arg(repo.binary()?)
        .arg("--scratch")
        .arg(&scratch);
    process::run(&mut clients)?;
    Ok(Outcome::Passed)
}
