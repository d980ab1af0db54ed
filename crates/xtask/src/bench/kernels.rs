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

/// Our time over another's against a bar: by CPU where both are known, since that holds still on a busy machine.
pub fn share(ours: Took, theirs: Took, bar: f64) -> (&'static str, String) {
    let (what, ratio) = match (ours.cpu, theirs.cpu) {
        (Some(ours), Some(theirs)) => ("our share of CPU", ours / theirs),
        _ => ("our share of wall", ours.wall / theirs.wall),
    };
    let word = if ratio <= bar { "meets" } else { "MISSES" };
    (what, format!("{ratio:.3} ({word} the bar of {bar})"))
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
    fn a_share_is_of_cpu_time_where_both_know_it() {
        let took = |wall, cpu| Took { wall, cpu };
        let (what, text) = share(took(1.0, Some(1.0)), took(1.0, Some(4.0)), 0.5);
        assert_eq!((what, text.contains("0.250 (meets")), ("our share of CPU", true));
        let (what, text) = share(took(1.0, Some(1.0)), took(1.0, None), 0.5);
        assert_eq!((what, text.contains("1.000 (MISSES")), ("our share of wall", true));
    }
}
