//! PageRank on a Kronecker graph: ours, NetworKit's, and `pr` of the GAP benchmark suite where a built checkout is given.
//!
//! The example `pagerank` of crate `graph` makes the graph (GAP's parameters) and all read the same file. Rounds
//! alternate between the programs, each with a few runs in one process, so that the middle one is no first run.
//! Times are of the kernel alone, from a built graph; ours include every reordering.

use super::kernels::{Example, gap_run, lines, middle, once, ours, seconds, shares};
use super::row;
use crate::flags::Flags;
use crate::process;
use crate::repo::Repo;
use anyhow::Result;
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
        ours(repo, Example::Pagerank, &["kron", &scale.to_string(), "--write", &part]).map(|_| ())
    })?;
    let graph = path.to_string_lossy();
    let folder = flags.text("gap").map(Path::new);
    let kernels = "unit-1e-4,unit-1e-9,sorted-1e-4,sorted-1e-9";
    let (mut mine, mut networkit, mut gap) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds.max(1) {
        mine.extend(ours(
            repo,
            Example::Pagerank,
            &[&graph, "--repeat", "3", "--kernels", kernels],
        )?);
        let mut peer = Command::new(repo.python()?);
        peer.arg(repo.root.join("bench/networkit_pagerank.py")).arg(&path).arg("2");
        networkit.extend(lines(&process::capture(&mut peer)?)?);
        if let Some(folder) = folder {
            gap.extend(gap_run(repo, folder, "pr", &path, &["-i", "1000", "-t", "1e-4"])?);
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
    match middle(&gap, "gap-pr") {
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
