//! PageRank on a Kronecker graph: ours, NetworKit's, and `pr` of the GAP benchmark suite where a built checkout is given.
//!
//! The example `pagerank` of crate `graph` makes the graph (GAP's parameters) and all read the same file. Rounds
//! alternate between the programs, each with a few runs in one process, so that the middle one is no first run.
//! Times are of the kernel alone, from a built graph; ours include every reordering.

use super::kernels::{Run, lines, middle, once, ours, seconds, shares};
use super::row;
use crate::flags::Flags;
use crate::process::{self, measure};
use crate::repo::Repo;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Our time over GAP's, at most; larger graphs no longer fit the caches that GAP's order relies on.
fn gap_bar(scale: u32) -> f64 {
    if scale >= 22 { 0.4 } else { 0.6 }
}
/// Our time over NetworKit's, at most.
const NETWORKIT_BAR: f64 = 0.15;

/// Runs all that are at hand on one graph.
pub fn bench(repo: &Repo, flags: &Flags) -> Result<Value> {
    let scale: u32 = flags.get("scale", 20)?;
    let rounds: usize = flags.get("runs", 3)?;
    let path = repo.scratch("bench")?.join(format!("kron-{scale}.sg"));
    once(&path, |part| {
        let part = part.to_string_lossy();
        ours(repo, &["kron", &scale.to_string(), "--write", &part]).map(|_| ())
    })?;
    let graph = path.to_string_lossy();
    let folder = flags.text("gap").map(Path::new);
    let kernels = "unit-1e-4,unit-1e-9,sorted-1e-4,sorted-1e-9";
    let (mut mine, mut networkit, mut gap) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds.max(1) {
        mine.extend(ours(repo, &[&graph, "--repeat", "3", "--kernels", kernels])?);
        let mut peer = Command::new(repo.python()?);
        peer.arg(repo.root.join("bench/networkit_pagerank.py")).arg(&path).arg("2");
        networkit.extend(lines(&process::capture(&mut peer)?)?);
        if let Some(folder) = folder {
            gap.extend(gap_run(repo, folder, &path)?);
        }
    }
    let loose = middle(&mine, "pagerank-unit-1e-4")?;
    let tight = middle(&mine, "pagerank-unit-1e-9")?;
    row("tertius, to 1e-4", &seconds(loose));
    row("tertius, to 1e-9", &seconds(tight));
    let loose_in_order = middle(&mine, "pagerank-sorted-1e-4")?;
    let tight_in_order = middle(&mine, "pagerank-sorted-1e-9")?;
    row("  in order already, to 1e-4", &seconds(loose_in_order));
    row("  in order already, to 1e-9", &seconds(tight_in_order));
    let theirs = middle(&networkit, "networkit-1e-9")?;
    row("NetworKit, to 1e-9", &seconds(theirs));
    row("", &shares(tight, theirs, NETWORKIT_BAR));
    row("  in order already", &shares(tight_in_order, theirs, NETWORKIT_BAR));
    match middle(&gap, "gap-1e-4") {
        Ok(theirs) => {
            row("GAP, to 1e-4", &seconds(theirs));
            row("", &shares(loose, theirs, gap_bar(scale)));
            row("  in order already", &shares(loose_in_order, theirs, gap_bar(scale)));
        }
        Err(_) => {
            row("GAP, to 1e-4", &[("skipped:", "no checkout was given; use --gap DIR".to_owned())]);
        }
    }
    Ok(json!({"scale": scale, "tertius": mine, "networkit": networkit, "gap": gap}))
}

/// One trial for the wall time; the CPU time of three more is what four trials cost beyond one.
fn gap_run(repo: &Repo, folder: &Path, graph: &Path) -> Result<Vec<Run>> {
    let program = folder.join("pr");
    ensure!(program.is_file(), "there is no {}; run make in that folder", program.display());
    let threads = std::thread::available_parallelism().map_or(2, usize::from).to_string();
    let run = |trials: &str| {
        let mut command = Command::new(&program);
        command.arg("-f").arg(graph).args(["-n", trials, "-i", "1000", "-t", "1e-4"]);
        // Threads that wait don't burn the time that is counted.
        command.env("OMP_NUM_THREADS", &threads).env("OMP_WAIT_POLICY", "passive");
        measure(repo, &command)
    };
    let (one, four) = (run("1")?, run("4")?);
    let mut runs = trials(&four.stdout)?;
    for run in &mut runs {
        run.cpu_seconds = Some((four.cpu - one.cpu) / 3.0);
    }
    Ok(runs)
}

/// GAP prints `Trial Time: SECONDS` for each run.
fn trials(printed: &str) -> Result<Vec<Run>> {
    printed
        .lines()
        .filter_map(|line| line.strip_prefix("Trial Time:"))
        .map(|text| {
            let seconds = text.trim().parse().context("GAP printed a time that is no number")?;
            Ok(Run { kernel: "gap-1e-4".to_owned(), seconds, cpu_seconds: None })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_gaps_trials_is_taken() {
        let printed = "Read Time: 3\nTrial Time:  0.3\nTrial Time:  0.1\nTrial Time: 0.2\nAverage Time: 0.2\n";
        assert_eq!(middle(&trials(printed).unwrap(), "gap-1e-4").unwrap().wall, 0.2);
        assert!(trials("Trial Time: soon\n").is_err());
    }
}
