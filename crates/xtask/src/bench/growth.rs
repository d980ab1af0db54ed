//! Growth: time and bytes per tie of projection and signals at 1, 10 and 100 million ties, in one table.
//!
//! The work is done by the example `growth` of crate `influence`, a process for each size, so that peaks are told apart.

use super::row;
use crate::flags::Flags;
use crate::process::{self, measure};
use crate::repo::Repo;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::process::Command;

/// What the example prints: a line a stage.
#[derive(Deserialize, Serialize)]
struct Stage {
    stage: String,
    ties: u64,
    people: u64,
    seconds: f64,
}

/// One size after the other.
pub fn bench(repo: &Repo, flags: &Flags) -> Result<Value> {
    let most: u64 = flags.get("most", 100_000_000)?;
    process::run(&mut repo.cargo(&[
        "build",
        "--release",
        "--quiet",
        "--package",
        "influence",
        "--example",
        "growth",
    ]))?;
    let program = repo.metadata.target_directory.join("release/examples/growth");
    let mut table = Vec::new();
    for ties in [1_000_000u64, 10_000_000, 100_000_000].into_iter().filter(|ties| *ties <= most) {
        let mut command = Command::new(&program);
        command.arg(ties.to_string());
        let usage = measure(repo, &command)?;
        let stages = usage
            .stdout
            .lines()
            .map(|line| {
                serde_json::from_str(line).with_context(|| format!("the example printed {line:?}"))
            })
            .collect::<Result<Vec<Stage>>>()?;
        for stage in &stages {
            let each = stage.seconds * 1e9 / stage.ties.max(1) as f64;
            row(
                &format!("{} M ties, {}", ties / 1_000_000, stage.stage),
                &[
                    ("wall", format!("{:.3} s", stage.seconds)),
                    ("per tie", format!("{each:.1} ns")),
                ],
            );
        }
        let bytes = usage.peak as f64 / ties as f64;
        row(
            &format!("{} M ties, peak", ties / 1_000_000),
            &[("per tie", format!("{bytes:.0} bytes"))],
        );
        table.push(json!({"asked": ties, "stages": stages, "peak": usage.peak, "cpu": usage.cpu}));
    }
    Ok(json!(table))
}
