//! What the kernels' benchmarks share: runs as JSON lines, the middle one of several, a share held to its bar.

use crate::process;
use crate::repo::Repo;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// One measured run of a kernel, ours or another's.
#[derive(Deserialize, Serialize)]
pub struct Run {
    /// Which kernel.
    pub kernel: String,
    /// Wall seconds.
    pub seconds: f64,
    /// CPU seconds of all threads, where they are known.
    pub cpu_seconds: Option<f64>,
}

/// Wall and CPU seconds.
#[derive(Clone, Copy)]
pub struct Took {
    /// Wall seconds.
    pub wall: f64,
    /// CPU seconds.
    pub cpu: Option<f64>,
}

/// Reads the lines that are JSON objects; others are remarks.
pub fn lines(printed: &str) -> Result<Vec<Run>> {
    printed
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| {
            serde_json::from_str(line).with_context(|| format!("a benchmark printed {line:?}"))
        })
        .collect()
}

/// The middle wall and the middle CPU time of a kernel's runs.
pub fn middle(runs: &[Run], kernel: &str) -> Result<Took> {
    let of = || runs.iter().filter(|run| run.kernel == kernel);
    let wall = median(of().map(|run| run.seconds).collect())
        .with_context(|| format!("nobody measured {kernel}"))?;
    Ok(Took { wall, cpu: median(of().filter_map(|run| run.cpu_seconds).collect()) })
}

fn median(mut seconds: Vec<f64>) -> Option<f64> {
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len().saturating_sub(1) / 2).copied()
}

/// Runs our kernels by the example `pagerank` of crate `graph`.
pub fn ours(repo: &Repo, arguments: &[&str]) -> Result<Vec<Run>> {
    let cargo =
        ["run", "--release", "--quiet", "--package", "graph", "--example", "pagerank", "--"];
    lines(&process::capture(repo.cargo(&cargo).args(arguments))?)
}

/// Makes a file by `make` under a passing name, unless it is there.
pub fn once(path: &Path, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    if path.is_file() {
        return Ok(());
    }
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    let part = path.with_extension(format!("part.{ending}"));
    make(&part)?;
    std::fs::rename(&part, path).with_context(|| format!("cannot name {}", path.display()))
}

/// Seconds as a figure of a row.
pub fn seconds(took: Took) -> Vec<(&'static str, String)> {
    let mut figures = vec![("wall", format!("{:.3} s", took.wall))];
    figures.extend(took.cpu.map(|cpu| ("CPU", format!("{cpu:.3} s"))));
    figures
}

/// Our time over another's, the bar held against CPU time where both are known: that holds still on a busy machine.
pub fn shares(ours: Took, theirs: Took, bar: f64) -> Vec<(&'static str, String)> {
    let verdict = |ratio: f64| {
        let word = if ratio <= bar { "meets" } else { "MISSES" };
        format!("{ratio:.3} ({word} the bar of {bar})")
    };
    let wall = ours.wall / theirs.wall;
    match ours.cpu.zip(theirs.cpu) {
        Some((ours, theirs)) => {
            vec![("our share of CPU", verdict(ours / theirs)), ("of wall", format!("{wall:.3}"))]
        }
        None => vec![("our share of wall", verdict(wall))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_no_json_are_not_measurements() {
        let printed = "building\n{\"kernel\": \"a\", \"seconds\": 2}\n\
                       {\"kernel\": \"a\", \"seconds\": 1, \"cpu_seconds\": 3}\n{\"kernel\": \"a\", \"seconds\": 9}\n";
        let took = middle(&lines(printed).unwrap(), "a").unwrap();
        assert_eq!((took.wall, took.cpu), (2.0, Some(3.0)));
        assert!(lines("{\"kernel\": 3}").is_err());
        assert!(middle(&[], "a").is_err());
    }

    #[test]
    fn the_bar_is_held_against_cpu_time_where_both_know_it() {
        let took = |cpu| Took { wall: 1.0, cpu };
        let found = shares(took(Some(1.0)), took(Some(4.0)), 0.5);
        assert_eq!(found[0], ("our share of CPU", "0.250 (meets the bar of 0.5)".to_owned()));
        let found = shares(took(Some(1.0)), took(None), 0.5);
        assert_eq!(found, [("our share of wall", "1.000 (MISSES the bar of 0.5)".to_owned())]);
    }
}
