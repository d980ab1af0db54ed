//! PageRank on a Kronecker graph: ours, NetworKit's, and `pr` of the GAP benchmark suite where a built checkout is given.
//!
//! Our kernel is run by the example `pagerank` of crate `graph`, which makes the graph (GAP's parameters), writes it for the peers and
//! prints a JSON line a run. All times are of the kernel alone, from a built graph, ours with reordering.

use super::row;
use crate::flags::Flags;
use crate::process;
use crate::repo::Repo;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

#[derive(Deserialize, Serialize)]
struct Run {
    kernel: String,
    seconds: f64,
    #[serde(default)]
    iterations: Option<f64>,
}

/// Bars: our time over theirs, at most.
fn gap_bar(scale: u32) -> f64 {
    if scale >= 22 { 0.4 } else { 0.6 }
}
const NETWORKIT_BAR: f64 = 0.15;

/// Runs all that are at hand on one graph.
pub fn bench(repo: &Repo, flags: &Flags) -> Result<Value> {
    let scale: u32 = flags.get("scale", 20)?;
    let runs: usize = flags.get("runs", 3)?;
    let graph = repo.scratch("bench")?.join(format!("kron-{scale}.sg"));
    let ours = ours(repo, scale, runs, &graph)?;
    let loose = middle(&ours, "pagerank 1e-4")?;
    let tight = middle(&ours, "pagerank 1e-9")?;
    row("tertius, to 1e-4", &[("seconds", format!("{loose:.3}"))]);
    row("tertius, to 1e-9", &[("seconds", format!("{tight:.3}"))]);

    let mut peer = Command::new(repo.python()?);
    peer.arg(repo.root.join("bench/networkit_pagerank.py")).arg(&graph).arg(runs.to_string());
    let networkit = lines(&process::capture(&mut peer)?)?;
    let theirs = middle(&networkit, "networkit 1e-9")?;
    row(
        "NetworKit, to 1e-9",
        &[("seconds", format!("{theirs:.3}")), ("our share", share(tight / theirs, NETWORKIT_BAR))],
    );

    let gap = match flags.text("gap") {
        None => {
            row("GAP, to 1e-4", &[("skipped", "no checkout given; use --gap DIR".to_owned())]);
            Vec::new()
        }
        Some(folder) => {
            let gap = gap(Path::new(folder), runs, &graph)?;
            let theirs = middle(&gap, "gap 1e-4")?;
            row(
                "GAP, to 1e-4",
                &[
                    ("seconds", format!("{theirs:.3}")),
                    ("our share", share(loose / theirs, gap_bar(scale))),
                ],
            );
            gap
        }
    };
    Ok(json!({"scale": scale, "tertius": ours, "networkit": networkit, "gap": gap}))
}

fn ours(repo: &Repo, scale: u32, runs: usize, graph: &Path) -> Result<Vec<Run>> {
    let (scale, runs, graph) = (scale.to_string(), runs.to_string(), graph.to_string_lossy());
    let arguments = [
        "run",
        "--release",
        "--quiet",
        "--package",
        "graph",
        "--example",
        "pagerank",
        "--",
        "--scale",
        &scale,
        "--runs",
        &runs,
        "--write",
        &graph,
    ];
    lines(&process::capture(&mut repo.cargo(&arguments))?)
}

fn gap(folder: &Path, runs: usize, graph: &Path) -> Result<Vec<Run>> {
    let program = folder.join("pr");
    ensure!(program.is_file(), "there is no {}; run make in that folder", program.display());
    let mut command = Command::new(program);
    command.arg("-f").arg(graph).args(["-n", &runs.to_string(), "-i", "1000", "-t", "1e-4"]);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    trials(&process::capture(command.env("OMP_NUM_THREADS", threads.to_string()))?)
}

/// GAP prints `Trial Time: SECONDS` for each run.
fn trials(printed: &str) -> Result<Vec<Run>> {
    printed
        .lines()
        .filter_map(|line| line.strip_prefix("Trial Time:"))
        .map(|text| {
            let seconds = text.trim().parse().context("GAP printed a time that is no number")?;
            Ok(Run { kernel: "gap 1e-4".to_owned(), seconds, iterations: None })
        })
        .collect()
}

fn lines(printed: &str) -> Result<Vec<Run>> {
    printed
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| {
            serde_json::from_str(line).with_context(|| format!("a benchmark printed {line:?}"))
        })
        .collect()
}

fn middle(runs: &[Run], kernel: &str) -> Result<f64> {
    let mut seconds: Vec<f64> =
        runs.iter().filter(|run| run.kernel == kernel).map(|run| run.seconds).collect();
    seconds.sort_by(f64::total_cmp);
    let middle = seconds.len().saturating_sub(1) / 2;
    seconds.get(middle).copied().with_context(|| format!("nobody measured {kernel}"))
}

fn share(ratio: f64, bar: f64) -> String {
    format!("{ratio:.2} ({} the bar of {bar})", if ratio <= bar { "meets" } else { "MISSES" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_gaps_trials_is_taken() {
        let runs = trials("Read Time: 3\nTrial Time:  0.3\nTrial Time:  0.1\nTrial Time: 0.2\nAverage Time: 0.2\n").unwrap();
        assert_eq!(middle(&runs, "gap 1e-4").unwrap(), 0.2);
        assert!(middle(&runs, "other").is_err());
        assert!(trials("Trial Time: soon\n").is_err());
    }

    #[test]
    fn lines_that_are_no_json_are_not_measurements() {
        let runs =
            lines("building\n{\"kernel\": \"a\", \"graph\": \"g\", \"seconds\": 2}\n").unwrap();
        assert_eq!(middle(&runs, "a").unwrap(), 2.0);
        assert!(lines("{\"kernel\": 3}").is_err());
    }
}
