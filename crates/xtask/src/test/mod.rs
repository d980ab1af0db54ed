//! `cargo xtask test`: every check that a change must pass, each a step that also runs alone.
//!
//! A step that fails doesn't stop the others, so that one run names all that is wrong. A step that can't run
//! here says why and counts as skipped.

mod clients;
mod crash;
mod licences;
mod pages;
mod peers;
mod schema;
mod tools;
mod tour;

use crate::bench::ingest::EVENTS;
use crate::repo::Repo;
use crate::{docs, process, tidy};
use anyhow::{Result, bail};
use std::process::ExitCode;
use std::time::Instant;

/// How a step that didn't fail ended.
pub enum Outcome {
    /// It ran and found no fault.
    Passed,
    /// It could not run here, for this reason.
    Skipped(String),
}

/// One step.
pub struct Step {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it does, for the help.
    pub about: &'static str,
    run: fn(&Repo) -> Result<Outcome>,
}

/// The steps, in the order in which they run.
pub const STEPS: &[Step] = &[
    step(
        "tools",
        "install what the tests need: .venv with the peers; Debian packages when it may",
        tools::run,
    ),
    step("fmt", "formatting", fmt),
    step(
        "tidy",
        "crate arrows, file sizes, headers, no machine paths, documented dependencies",
        tidy::run,
    ),
    step("licences", "every dependency's licence against the list in deny.toml", licences::run),
    step(
        "advisories",
        "known vulnerabilities of dependencies, where cargo-deny and its database are at hand",
        licences::advisories,
    ),
    step("clippy", "lints of all targets, warnings refused", clippy),
    step("rustdoc", "the API's documentation, warnings refused", rustdoc),
    step("units", "unit and integration tests of the workspace", units),
    step("build", "the release binary", build),
    step("whole", "tests on whole data sets, in release", whole),
    step("docs", "the reference pages say what the binary's registries say", docs::check),
    step("peers", "exports against networkx, igraph, networkit, scipy and DuckDB", peers::run),
    step(
        "schema",
        "Schemathesis: whatever the API's description allows, and much that it does not",
        schema::run,
    ),
    step("clients", "Klout clients as they were published, against our server", clients::run),
    step(
        "pages",
        "every page in headless Chromium with axe-core, where these are at hand",
        pages::run,
    ),
    step(
        "kills",
        "small form of the crash test: kill -9 at random moments of an ingest",
        crash::run,
    ),
    step(
        "disk",
        "a disk that fills up under posts and during an ingest, where mounting is allowed",
        crash::disk,
    ),
    step("tour", "the README's commands print what the README shows", tour::run),
];

const fn step(name: &'static str, about: &'static str, run: fn(&Repo) -> Result<Outcome>) -> Step {
    Step { name, about, run }
}

/// Runs the named steps, or all; prints how each ended and a closing count.
pub fn run(repo: &Repo, names: &[String]) -> Result<ExitCode> {
    for name in names {
        if !STEPS.iter().any(|step| step.name == name) {
            let all: Vec<_> = STEPS.iter().map(|step| step.name).collect();
            bail!("there is no step {name:?}; there are: {}", all.join(", "));
        }
    }
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    let mut lines = Vec::new();
    for step in STEPS {
        if !names.is_empty() && !names.iter().any(|name| name == step.name) {
            continue;
        }
        println!("\n== {}: {}", step.name, step.about);
        let start = Instant::now();
        let (word, reason) = match (step.run)(repo) {
            Ok(Outcome::Passed) => {
                passed += 1;
                // What a failed step leaves helps to see why; the rest would add up to gigabytes.
                for folder in [step.name, EVENTS] {
                    repo.discard(folder)?;
                }
                ("passed", String::new())
            }
            Ok(Outcome::Skipped(reason)) => {
                skipped += 1;
                ("skipped", reason)
            }
            Err(error) => {
                failed += 1;
                println!("{error:#}");
                ("FAILED", first_line(&format!("{error:#}")))
            }
        };
        let line =
            format!("{:<12}{word:<8}{:>7.1} s  {reason}", step.name, start.elapsed().as_secs_f64());
        println!("-- {}", line.trim_end());
        lines.push(line);
    }
    println!("\n== summary");
    for line in lines {
        println!("{}", line.trim_end());
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn fmt(repo: &Repo) -> Result<Outcome> {
    process::run(&mut repo.cargo(&["fmt", "--all", "--", "--check", "-l"]))?;
    Ok(Outcome::Passed)
}

fn clippy(repo: &Repo) -> Result<Outcome> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
    process::run(&mut repo.cargo(&arguments))?;
    Ok(Outcome::Passed)
}

fn rustdoc(repo: &Repo) -> Result<Outcome> {
    let mut command = repo.cargo(&["doc", "--workspace", "--no-deps", "--quiet"]);
    process::run(command.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::Passed)
}

fn units(repo: &Repo) -> Result<Outcome> {
    process::run(&mut repo.cargo(&["test", "--workspace", "--quiet"]))?;
    Ok(Outcome::Passed)
}

fn build(repo: &Repo) -> Result<Outcome> {
    process::run(&mut repo.cargo(&["build", "--release", "--package", "cli", "--quiet"]))?;
    Ok(Outcome::Passed)
}

/// Tests on much data are marked `#[ignore = "big: ..."]` and run here, optimised.
fn whole(repo: &Repo) -> Result<Outcome> {
    let marker = concat!("#[ignore = ", "\"big");
    let mut packages = Vec::new();
    for package in repo.metadata.members() {
        let folder = format!("crates/{}/", package.name);
        for file in repo.files()? {
            if file.starts_with(&folder)
                && file.extension().is_some_and(|kind| kind == "rs")
                && std::fs::read_to_string(repo.root.join(&file))?.contains(marker)
            {
                packages.extend(["--package", &package.name]);
                break;
            }
        }
    }
    if packages.is_empty() {
        return Ok(Outcome::Skipped("no test is marked as big".to_owned()));
    }
    let mut command = repo.cargo(&["test", "--release", "--quiet"]);
    process::run(command.args(packages).args(["--", "--ignored"]))?;
    Ok(Outcome::Passed)
}
