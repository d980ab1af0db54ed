//! Installs what the tests need and what it may install; otherwise names what is missing.
//!
//! Python packages go into `.venv` with the versions of `tests/peers/requirements.txt`. Programs come from Debian's
//! packages, where this runs as root and `apt-get` is there.

use super::Outcome;
use crate::process;
use crate::repo::Repo;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// Programs that building and testing call, and the Debian package of each.
const PROGRAMS: &[(&str, &str)] = &[
    ("cc", "build-essential"),
    ("git", "git"),
    ("python3", "python3"),
    ("curl", "curl"),
    ("openssl", "openssl"),
];

pub fn run(repo: &Repo) -> Result<Outcome> {
    programs()?;
    venv(repo)?;
    Ok(Outcome::Passed)
}

fn programs() -> Result<()> {
    let missing: Vec<_> = PROGRAMS.iter().filter(|(program, _)| !exists(program)).collect();
    let packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
    if packages.is_empty() {
        return Ok(());
    }
    install(&packages)
}

/// Installs Debian packages, where it may.
pub(super) fn install(packages: &[&str]) -> Result<()> {
    if !(is_root() && exists("apt-get")) {
        bail!("please install: {}", packages.join(" "));
    }
    process::run(Command::new("apt-get").args(["update", "-qq"]))?;
    let mut command = Command::new("apt-get");
    command.args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages);
    process::run(command.env("DEBIAN_FRONTEND", "noninteractive"))
}

fn venv(repo: &Repo) -> Result<()> {
    let wanted = std::fs::read_to_string(repo.root.join("tests/peers/requirements.txt"))
        .context("cannot read tests/peers/requirements.txt")?;
    let folder = repo.root.join(".venv");
    let stamp = folder.join("requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        println!(".venv is as tests/peers/requirements.txt wants it");
        return Ok(());
    }
    let make = |folder: &Path| {
        process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))
    };
    if make(&folder).is_err() {
        // Debian ships the module that makes environments apart from the interpreter.
        install(&["python3-venv"])?;
        make(&folder)?;
    }
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
    process::run(pip.arg(repo.root.join("tests/peers/requirements.txt")))?;
    std::fs::write(&stamp, wanted).context("cannot note what is installed in .venv")
}

/// Whether a program can be called.
pub(super) fn exists(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}

fn is_root() -> bool {
    process::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_is_missed() {
        assert!(exists("sh"));
        assert!(!exists("no-such-program-here"));
    }
}
