//! The reports on a firm, each on a world of a million people and 10 million ties: time and memory.
//!
//! `introductions` measures the queries alone, once all is loaded, as a server would answer them.

use super::firm::Firm;
use super::product::Tertius;
use super::{mebibytes, row};
use crate::flags::Flags;
use crate::process::{self, measure};
use crate::repo::Repo;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::process::Command;

/// What a query for introductions may take, in seconds.
const BAR: f64 = 0.2;

/// The workspace of such a world, made where it is missing.
fn workspace(repo: &Repo, flags: &Flags) -> Result<Tertius> {
    let people: u64 = flags.get("people", 1_000_000)?;
    let pairs = flags.get("ties", 10_000_000u64)? / 2;
    let folder = repo.scratch("bench")?.join(format!("firm-{people}-{pairs}"));
    let tertius = Tertius::at(repo, folder.join("workspace"))?;
    if folder.join("whole").exists() {
        return Ok(tertius);
    }
    let _ = std::fs::remove_dir_all(&folder);
    let files = Firm { people, pairs, seed: 1 }.write(&folder)?;
    process::run(&mut tertius.ingest(&files.rows))?;
    for (words, file) in [(["people", "import"], &files.people), (["firm", "use"], &files.firm)] {
        let mut command = tertius.command(&words);
        process::capture(command.arg(file))?;
    }
    std::fs::remove_file(&files.rows)?;
    std::fs::write(folder.join("whole"), "")?;
    Ok(tertius)
}

/// Every report, one row each.
pub fn bench(repo: &Repo, flags: &Flags) -> Result<Value> {
    let tertius = workspace(repo, flags)?;
    let reports: &[(&str, &[&str])] = &[
        ("orders", &["orders"]),
        ("permeability", &["permeability"]),
        ("whatif leave", &["whatif", "leave", "--team", "team 7"]),
        ("whatif join", &["whatif", "join", "Customer 500"]),
        ("whatif merge-teams", &["whatif", "merge-teams", "team 7", "team 8"]),
        ("contact", &["contact", "--topic-text", "how does the kettle work"]),
        (
            "contact, with who asks",
            &["contact", "--topic-text", "how does the kettle work", "--from", "forum:500007"],
        ),
        ("introductions, a person", &["introductions", "--to", "forum:500007"]),
        (
            "introductions, without groups",
            &["introductions", "--to", "forum:500007", "--unexpected", "0"],
        ),
        ("introductions, a customer", &["introductions", "--to", "Customer 500"]),
        ("seeds", &["seeds", "--budget", "50", "--purpose", "introductions"]),
        ("ladder", &["ladder", "--period", "40d", "--window", "160d"]),
        ("r3", &["r3"]),
    ];
    let only = flags.text("only").unwrap_or_default();
    let mut all = Vec::new();
    for (name, call) in reports.iter().filter(|(name, _)| name.starts_with(only)) {
        let usage = measure(repo, &tertius.command(call))?;
        ensure!(!usage.stdout.contains("NaN"), "{name} prints a number that is none");
        row(
            name,
            &[
                ("CPU", format!("{:.1} s", usage.cpu)),
                ("wall", format!("{:.1} s", usage.wall)),
                ("peak", mebibytes(usage.peak)),
            ],
        );
        all.push(json!({"report": name, "usage": usage}));
    }
    Ok(json!(all))
}

/// What the example prints, in seconds; of a query by the clock and of the processor.
#[derive(Deserialize, Serialize)]
struct Times {
    load: f64,
    groups: f64,
    people: Vec<[f64; 2]>,
    organisations: Vec<[f64; 2]>,
    found: usize,
}

/// Queries for introductions, once all is loaded.
pub fn introductions(repo: &Repo, flags: &Flags) -> Result<Value> {
    let tertius = workspace(repo, flags)?;
    let build =
        ["build", "--release", "--quiet", "--package", "tertius", "--example", "introductions"];
    process::run(&mut repo.cargo(&build))?;
    let mut command =
        Command::new(repo.metadata.target_directory.join("release/examples/introductions"));
    command.arg(&tertius.workspace).arg(flags.get("queries", 200usize)?.to_string());
    command.args((0..10).map(|k| format!("Customer {}", 100 * k)));
    let usage = measure(repo, &command)?;
    let times: Times =
        serde_json::from_str(&usage.stdout).context("the example printed something else")?;
    let load = format!("{:.1} s", times.load);
    row(
        "load",
        &[
            ("wall", load),
            ("groups", format!("{:.1} s", times.groups)),
            ("peak", mebibytes(usage.peak)),
        ],
    );
    for (name, times) in [("a person", &times.people), ("an organisation", &times.organisations)] {
        for (place, what) in ["wall", "CPU"].into_iter().enumerate() {
            let mut of: Vec<f64> = times.iter().map(|time| time[place]).collect();
            of.sort_by(f64::total_cmp);
            let at = |share: f64| of.get((share * (of.len() - 1) as f64).ceil() as usize).copied();
            let (Some(half), Some(late), Some(most)) = (at(0.5), at(0.99), at(1.0)) else {
                continue;
            };
            let verdict = if most <= BAR { "meets" } else { "MISSES" };
            let bar = format!("{:.1} ms ({verdict} the bar of {:.0} ms)", 1e3 * most, 1e3 * BAR);
            let figures = [
                ("median", format!("{:.1} ms", 1e3 * half)),
                ("p99", format!("{:.1} ms", 1e3 * late)),
                ("longest", bar),
            ];
            row(&format!("introductions to {name}, {what}"), &figures);
        }
    }
    row("chains found", &[("queries", format!("{}", times.found))]);
    Ok(json!({"times": times, "usage": usage}))
}
