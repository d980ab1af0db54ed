//! Betweenness: sampled against NetworKit's KADABRA on the Higgs network, and a source's share of the exact against `bc` of the GAP benchmark
//! suite on a Kronecker graph, where a built checkout is given.
//!
//! Both samplers promise every value within 0.005 with a chance of 0.9. The exact one is measured from 16 sources that have ties; GAP draws
//! its own 16.

use super::kernels::{Example, gap_run, higgs, lines, middle, once, ours, seconds, shares};
use super::row;
use crate::flags::Flags;
use crate::process;
use crate::repo::Repo;
use anyhow::Result;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Our time over theirs, at most.
const BAR: f64 = 1.0;
/// Of the Kronecker graph: 2^17 vertices.
const SCALE: &str = "17";

/// Both comparisons, as far as what they need is at hand.
pub fn bench(repo: &Repo, flags: &Flags) -> Result<Value> {
    let rounds: usize = flags.get("runs", 3)?;
    let sampled = sampled(repo, rounds)?;
    let exact = match flags.text("gap") {
        Some(folder) => exact(repo, Path::new(folder), rounds)?,
        None => {
            row("exact", &[("skipped:", "no checkout of GAP was given; use --gap DIR".to_owned())]);
            json!({"skipped": "no GAP"})
        }
    };
    Ok(json!({"sampled": sampled, "exact": exact}))
}

fn sampled(repo: &Repo, rounds: usize) -> Result<Value> {
    let Some(edges) = higgs(repo)? else {
        row("sampled", &[("skipped:", "the Higgs network is not at hand".to_owned())]);
        return Ok(json!({"skipped": "no data"}));
    };
    let script = repo.root.join("bench/networkit_betweenness.py");
    let path = repo.scratch("bench")?.join("higgs-both.el");
    once(&path, |part| {
        let mut make = Command::new(repo.python()?);
        process::capture(make.arg(&script).arg("--both").args([&*edges, part])).map(|_| ())
    })?;
    let (mut mine, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds.max(1) {
        let graph = path.to_string_lossy();
        let arguments = [&*graph, "--repeat", "1", "--kernels", "betweenness"];
        mine.extend(ours(repo, Example::Kernels, &arguments)?);
        let mut peer = Command::new(repo.python()?);
        theirs.extend(lines(&process::capture(peer.arg(&script).arg(&path))?)?);
    }
    let (one, other) = (middle(&mine, "betweenness")?, middle(&theirs, "networkit")?);
    row("sampled: tertius", &seconds(one));
    row("  NetworKit, KADABRA", &seconds(other));
    row("", &shares(one, other, BAR));
    Ok(json!({"tertius": mine, "networkit": theirs}))
}

fn exact(repo: &Repo, folder: &Path, rounds: usize) -> Result<Value> {
    let scratch = repo.scratch("bench")?;
    let [lines_path, serialized] =
        ["el", "sg"].map(|form| scratch.join(format!("kron-{SCALE}.{form}")));
    for path in [&lines_path, &serialized] {
        once(path, |part| {
            let arguments = ["kron", SCALE, "--write", &part.to_string_lossy()];
            ours(repo, Example::Pagerank, &arguments).map(|_| ())
        })?;
    }
    let (mut mine, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds.max(1) {
        let graph = lines_path.to_string_lossy();
        let arguments = [&*graph, "--repeat", "3", "--kernels", "sources"];
        mine.extend(ours(repo, Example::Kernels, &arguments)?);
        theirs.extend(gap_run(repo, folder, "bc", &serialized, &["-i", "16"])?);
    }
    let (one, other) = (middle(&mine, "sources")?, middle(&theirs, "gap-bc")?);
    row(&format!("from 16 sources, kron {SCALE}: tertius"), &seconds(one));
    row("  GAP, bc", &seconds(other));
    row("", &shares(one, other, BAR));
    Ok(json!({"tertius": mine, "gap": theirs}))
}
