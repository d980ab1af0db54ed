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

/// What is measured when nothing else is asked for: a count, a walk, and triangles.
const SIGNALS: &str = "reach.engagers,authority.rank,brokerage.constraint";

/// What the example prints: a line a step; the snapshot's has sizes instead of times.
#[derive(Deserialize, Serialize)]
struct Step {
    step: String,
    ties: u64,
    seconds: Option<f64>,
    cpu_seconds: Option<f64>,
    bytes_per_tie: Option<f64>,
    /// Memory that a signal took beyond what was held before.
    extra_bytes: Option<f64>,
}

/// One size after the other.
pub fn bench(repo: &Repo, flags: &Flags) -> Result<Value> {
    let most: u64 = flags.get("most", 100_000_000)?;
    let signals = flags.text("signals").unwrap_or(SIGNALS);
    let sizes = [1_000_000u64, 10_000_000, 100_000_000].into_iter().filter(|ties| *ties <= most);
    table(repo, sizes, signals)
}

/// Every signal on 10 million ties between a million people.
pub fn signals(repo: &Repo, flags: &Flags) -> Result<Value> {
    table(repo, [flags.get("ties", 10_000_000)?].into_iter(), "all")
}

fn table(repo: &Repo, sizes: impl Iterator<Item = u64>, signals: &str) -> Result<Value> {
    let build = ["build", "--release", "--quiet", "--package", "influence", "--example", "growth"];
    process::run(&mut repo.cargo(&build))?;
    let program = repo.metadata.target_directory.join("release/examples/growth");
    let mut table = Vec::new();
    for ties in sizes {
        let mut command = Command::new(&program);
        command.arg(ties.to_string()).args(signals.split(','));
        // What a signal let go must not hide what the next one takes.
        command.envs([("MALLOC_MMAP_THRESHOLD_", "65536"), ("MALLOC_TRIM_THRESHOLD_", "65536")]);
        let usage = measure(repo, &command)?;
        let steps = steps(&usage.stdout)?;
        for step in &steps {
            print(&format!("{} M ties, {}", ties / 1_000_000, step.step), step);
        }
        let peak = usage.peak as f64 / ties as f64;
        row(
            &format!("{} M ties, peak", ties / 1_000_000),
            &[("per tie", format!("{peak:.0} bytes")), ("in all", super::mebibytes(usage.peak))],
        );
        table.push(json!({"asked": ties, "steps": steps, "peak": usage.peak, "cpu": usage.cpu}));
    }
    Ok(json!(table))
}

fn steps(printed: &str) -> Result<Vec<Step>> {
    printed
        .lines()
        .map(|line| {
            serde_json::from_str(line).with_context(|| format!("the example printed {line:?}"))
        })
        .collect()
}

fn print(label: &str, step: &Step) {
    let each = |seconds: f64| format!("{:.1} ns", seconds * 1e9 / step.ties.max(1) as f64);
    let mut figures = Vec::new();
    if let Some(seconds) = step.seconds {
        figures.push(("wall", format!("{seconds:.3} s")));
        figures.push(("per tie", each(seconds)));
    }
    if let Some(seconds) = step.cpu_seconds {
        figures.push(("CPU per tie", each(seconds)));
    }
    if let Some(bytes) = step.extra_bytes {
        figures.push(("beside", format!("{:.1} bytes a tie", bytes / step.ties.max(1) as f64)));
    }
    if let Some(bytes) = step.bytes_per_tie {
        figures.push(("held per tie", format!("{bytes:.1} bytes")));
    }
    row(label, &figures);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_has_times_or_sizes() {
        let printed = "{\"step\":\"add\",\"ties\":10,\"seconds\":0.5,\"cpu_seconds\":0.9}\n\
                       {\"step\":\"snapshot\",\"ties\":9,\"people\":3,\"bytes_per_tie\":8.5}\n";
        let steps = steps(printed).unwrap();
        assert_eq!((steps[0].cpu_seconds, steps[1].bytes_per_tie), (Some(0.9), Some(8.5)));
        assert!(super::steps("adding\n").is_err());
    }
}
