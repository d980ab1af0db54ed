//! Burt's constraint of everybody in the Higgs network, ours against igraph's, on the same edges and strengths.

use super::kernels::{Example, higgs, lines, middle, ours, seconds, shares};
use super::row;
use crate::flags::Flags;
use crate::process;
use crate::repo::Repo;
use anyhow::Result;
use serde_json::{Value, json};
use std::process::Command;

/// Our time over igraph's, at most.
const BAR: f64 = 0.12;

/// Both on one file, rounds alternating.
pub fn bench(repo: &Repo, flags: &Flags) -> Result<Value> {
    let Some(path) = higgs(repo)? else {
        row("constraint", &[("skipped:", "the Higgs network is not at hand".to_owned())]);
        return Ok(json!({"skipped": "no data"}));
    };
    let rounds: usize = flags.get("runs", 3)?;
    let script = repo.root.join("bench/igraph_constraint.py");
    let (mut mine, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds.max(1) {
        let graph = path.to_string_lossy();
        mine.extend(ours(
            repo,
            Example::Pagerank,
            &[&graph, "--repeat", "3", "--kernels", "constraint"],
        )?);
        theirs.extend(lines(&process::capture(
            Command::new(repo.python()?).arg(&script).arg(&path),
        )?)?);
    }
    let (one, other) = (middle(&mine, "constraint")?, middle(&theirs, "igraph")?);
    row("tertius", &seconds(one));
    row("igraph", &seconds(other));
    row("", &shares(one, other, BAR));
    Ok(json!({"tertius": mine, "igraph": theirs}))
}
