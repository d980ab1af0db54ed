//! A cold release build of the binary in an empty build folder, and the crates that cost most in it.

use super::row;
use crate::flags::Flags;
use crate::process;
use crate::repo::Repo;
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Instant;

/// Bar, in seconds of wall time on two idle cores.
const BAR: f64 = 360.0;

/// One unit of work in cargo's timing report.
#[derive(Deserialize)]
struct Unit {
    name: String,
    version: String,
    duration: f64,
}

/// Builds, then reads cargo's timing report.
pub fn bench(repo: &Repo, _flags: &Flags) -> Result<Value> {
    let target = repo.fresh("cold-build")?;
    let mut command =
        repo.cargo(&["build", "--release", "--package", "cli", "--timings", "--quiet"]);
    let start = Instant::now();
    process::run(command.env("CARGO_TARGET_DIR", &target))?;
    let wall = start.elapsed().as_secs_f64();
    let page = std::fs::read_to_string(target.join("cargo-timings/cargo-timing.html"))
        .context("cargo left no timing report")?;
    let crates = costliest(&page)?;
    let total: f64 = crates.iter().map(|(_, seconds)| seconds).sum();
    let word = if wall <= BAR { "meets" } else { "MISSES" };
    row("cold release build", &[("wall", format!("{wall:.0} s ({word} the bar of {BAR})"))]);
    row("all units", &[("time", format!("{total:.0} s"))]);
    for (name, seconds) in crates.iter().take(8) {
        row(&format!("  {name}"), &[("time", format!("{seconds:.1} s"))]);
    }
    std::fs::remove_dir_all(&target)?;
    Ok(json!({"wall": wall, "units": total, "crates": crates}))
}

/// Seconds of each crate, build scripts included, the largest first.
fn costliest(page: &str) -> Result<Vec<(String, f64)>> {
    let data = page
        .split_once("const UNIT_DATA = ")
        .and_then(|(_, rest)| rest.split_once(";\n"))
        .context("cargo's timing report has another form")?
        .0;
    let units: Vec<Unit> =
        serde_json::from_str(data).context("cargo's timing report has another form")?;
    let mut crates: Vec<(String, f64)> = Vec::new();
    for unit in units {
        let name = format!("{} {}", unit.name, unit.version);
        match crates.iter_mut().find(|(known, _)| *known == name) {
            Some((_, seconds)) => *seconds += unit.duration,
            None => crates.push((name, unit.duration)),
        }
    }
    crates.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(crates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_units_of_a_crate_are_added_up() {
        let page = "x\nconst UNIT_DATA = [\n{\"name\":\"a\",\"version\":\"1\",\"duration\":1.5,\"i\":0},\n{\"name\":\"b\",\"version\":\"1\",\"duration\":2.0},{\"name\":\"a\",\"version\":\"1\",\"duration\":1.0}];\nconst X = 1;\n";
        assert_eq!(costliest(page).unwrap(), [("a 1".to_owned(), 2.5), ("b 1".to_owned(), 2.0)]);
        assert!(costliest("<html>").is_err());
    }
}
