//! What the kernels' benchmarks share: runs as JSON lines, ours and those of the GAP benchmark suite, the middle one of several, a share held to its bar.

use crate::process::{self, measure};
use crate::repo::Repo;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::Command;

/// One measured run of a kernel, ours or another's.
#[derive(Deserialize, Serialize)]
pub struct Run {
    /// Which kernel.
    pub kernel: String,
    /// Wall seconds.
    pub seconds: f64,
    /// CPU seconds of all threads, where they are known.
    pub cpu_seconds: Option<f64>,
    /// Of the communities that were found.
    pub modularity: Option<f64>,
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

/// The examples of crate `graph` that measure kernels.
#[derive(Clone, Copy)]
pub enum Example {
    /// Takes graphs in the order given, and makes Kronecker graphs.
    Pagerank,
    /// Puts vertices in order of degree first.
    Kernels,
}

/// Runs our kernels.
pub fn ours(repo: &Repo, example: Example, arguments: &[&str]) -> Result<Vec<Run>> {
    let example = match example {
        Example::Pagerank => "pagerank",
        Example::Kernels => "kernels",
    };
    let cargo = ["run", "--release", "--quiet", "--package", "graph", "--example", example, "--"];
    lines(&process::capture(repo.cargo(&cargo).args(arguments))?)
}

/// A kernel of a built checkout of the GAP benchmark suite, as `gap-KERNEL`: one trial for the wall time; the CPU time of three more is
/// what four trials cost beyond one.
pub fn gap_run(
    repo: &Repo,
    folder: &Path,
    kernel: &str,
    graph: &Path,
    options: &[&str],
) -> Result<Vec<Run>> {
    let program = folder.join(kernel);
    ensure!(
        program.is_file(),
        "there is no {}; run make {kernel} in that folder",
        program.display()
    );
    let threads = std::thread::available_parallelism().map_or(2, usize::from).to_string();
    let run = |trials: &str| {
        let mut command = Command::new(&program);
        command.arg("-f").arg(graph).args(["-n", trials]).args(options);
        // Threads that wait don't burn the time that is counted.
        command.env("OMP_NUM_THREADS", &threads).env("OMP_WAIT_POLICY", "passive");
        measure(repo, &command)
    };
    let (one, four) = (run("1")?, run("4")?);
    let mut runs = trials(&format!("gap-{kernel}"), &four.stdout)?;
    for run in &mut runs {
        run.cpu_seconds = Some((four.cpu - one.cpu) / 3.0);
    }
    Ok(runs)
}

/// GAP prints `Trial Time: SECONDS` for each run.
fn trials(kernel: &str, printed: &str) -> Result<Vec<Run>> {
    printed
        .lines()
        .filter_map(|line| line.strip_prefix("Trial Time:"))
        .map(|text| {
            let seconds = text.trim().parse().context("GAP printed a time that is no number")?;
            Ok(Run { kernel: kernel.to_owned(), seconds, cpu_seconds: None, modularity: None })
        })
        .collect()
}

/// The whole Higgs network as lines `source target strength`, if the data is at hand.
pub fn higgs(repo: &Repo) -> Result<Option<PathBuf>> {
    let source = repo.data().join("higgs-twitter/higgs-activity_time.txt.gz");
    if !source.is_file() {
        return Ok(None);
    }
    let path = repo.scratch("bench")?.join("higgs.el");
    once(&path, |part| {
        let mut make = Command::new(repo.python()?);
        make.arg(repo.root.join("bench/igraph_constraint.py")).args([&source, part]);
        process::capture(&mut make).map(|_| ())
    })?;
    Ok(Some(path))
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
    fn the_middle_of_gaps_trials_is_taken() {
        let printed = "Read Time: 3\nTrial Time:  0.3\nTrial Time:  0.1\nTrial Time: 0.2\nAverage Time: 0.2\n";
        assert_eq!(middle(&trials("gap-pr", printed).unwrap(), "gap-pr").unwrap().wall, 0.2);
        assert!(trials("gap-pr", "Trial Time: soon\n").is_err());
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
