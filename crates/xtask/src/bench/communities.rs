//! Communities against NetworKit's ParallelLeiden and igraph's Leiden: the whole Higgs network, and LFR graphs of mixing 0.4 and 0.6.
//!
//! Time and modularity belong together: less of one is easily bought with the other. Networks that are not at hand are left out.

use super::kernels::{Example, Run, higgs, lines, middle, once, ours, seconds, shares};
use super::row;
use crate::flags::Flags;
use crate::process;
use crate::repo::Repo;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

/// Our time over NetworKit's, at most, at the same modularity or more.
const BAR: f64 = 1.0;

/// All on the same files, rounds alternating.
pub fn bench(repo: &Repo, flags: &Flags) -> Result<Value> {
    let rounds: usize = flags.get("runs", 3)?;
    let script = repo.root.join("bench/peer_communities.py");
    let mut graphs: Vec<(&str, PathBuf)> =
        higgs(repo)?.map(|path| ("Higgs", path)).into_iter().collect();
    for (label, mixing) in [("LFR, mixing 0.4", "0.4"), ("LFR, mixing 0.6", "0.6")] {
        let path = repo.scratch("bench")?.join(format!("lfr-{mixing}.el"));
        once(&path, |part| {
            let mut make = Command::new(repo.python()?);
            process::capture(make.arg(&script).args(["--lfr", mixing]).arg(part)).map(|_| ())
        })?;
        graphs.push((label, path));
    }
    let mut found = Vec::new();
    for (label, path) in graphs {
        let (mut mine, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds.max(1) {
            let graph = path.to_string_lossy();
            let arguments = [&*graph, "--repeat", "1", "--kernels", "communities"];
            mine.extend(ours(repo, Example::Kernels, &arguments)?);
            let mut peers = Command::new(repo.python()?);
            theirs.extend(lines(&process::capture(peers.arg(&script).arg(&path))?)?);
        }
        row(&format!("{label}: tertius"), &figures(&mine, "communities")?);
        for peer in ["networkit", "igraph"] {
            row(&format!("  {peer}"), &figures(&theirs, peer)?);
            let (one, other) = (middle(&mine, "communities")?, middle(&theirs, peer)?);
            row("", &shares(one, other, BAR));
        }
        found.push(json!({"graph": label, "tertius": mine, "peers": theirs}));
    }
    Ok(json!(found))
}

/// Times and the middle modularity: igraph's is drawn.
fn figures(runs: &[Run], kernel: &str) -> Result<Vec<(&'static str, String)>> {
    let of = runs.iter().filter(|run| run.kernel == kernel);
    let mut found: Vec<f64> = of.filter_map(|run| run.modularity).collect();
    found.sort_by(f64::total_cmp);
    let middle_one = found
        .get(found.len().saturating_sub(1) / 2)
        .with_context(|| format!("{kernel} told no modularity"))?;
    let mut figures = seconds(middle(runs, kernel)?);
    figures.push(("modularity", format!("{middle_one:.4}")));
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_modularity_stands_beside_the_times() {
        let printed = "{\"kernel\":\"a\",\"seconds\":1,\"modularity\":0.3}\n{\"kernel\":\"a\",\"seconds\":1,\"modularity\":0.1}\n\
                       {\"kernel\":\"a\",\"seconds\":1,\"modularity\":0.2}\n{\"kernel\":\"b\",\"seconds\":1}\n";
        let runs = lines(printed).unwrap();
        assert!(figures(&runs, "a").unwrap().contains(&("modularity", "0.2000".to_owned())));
        assert!(figures(&runs, "b").is_err());
    }
}
