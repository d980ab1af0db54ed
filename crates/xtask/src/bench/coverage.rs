//! Coverage: whether 90 % intervals hold the truth in a simulated world, for each definition, with error bars by seed.
//!
//! The work is done by the example `coverage` of crate `judge`, which says how the truth is made and who is looked at. A process for each seed.

use super::row;
use crate::flags::Flags;
use crate::process;
use crate::repo::Repo;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::process::Command;

/// The bars: share covered, of everybody and of those with few engagers, and width.
const COVERED: (f64, f64) = (0.85, 0.95);
const COVERED_OF_FEW: (f64, f64) = (0.85, 0.97);
const WIDEST: f64 = 1.5;

/// A line of the example.
#[derive(Clone, Deserialize, Serialize)]
struct Line {
    definition: String,
    group: String,
    people: usize,
    intervals: usize,
    covered: f64,
    above: f64,
    below: f64,
    width: f64,
    deviation: f64,
}

/// One seed after the other.
pub fn bench(repo: &Repo, flags: &Flags) -> Result<Value> {
    let seeds: u64 = flags.get("seeds", 5)?;
    let people: u64 = flags.get("people", 20_000)?;
    let draws: u64 = flags.get("draws", 400)?;
    let intervals: u64 = flags.get("intervals", 10)?;
    let names =
        flags.text("definitions").unwrap_or("general,helpers,newcomers,hosts,openers,early");
    let build = ["build", "--release", "--quiet", "--package", "judge", "--example", "coverage"];
    process::run(&mut repo.cargo(&build))?;
    let program = repo.metadata.target_directory.join("release/examples/coverage");
    let mut runs = Vec::new();
    for seed in 1..=seeds.max(1) {
        let mut command = Command::new(&program);
        command.args([seed, people, draws, intervals].map(|number| number.to_string()));
        let printed = process::capture(command.args(names.split(',')))?;
        runs.push(lines(&printed)?);
    }
    for first in &runs[0] {
        let same = |line: &&Line| line.definition == first.definition && line.group == first.group;
        let of_seeds: Vec<&Line> = runs.iter().flat_map(|run| run.iter().find(same)).collect();
        print(&of_seeds);
    }
    Ok(json!({"people": people, "draws": draws, "intervals": intervals, "runs": runs}))
}

fn lines(printed: &str) -> Result<Vec<Line>> {
    let line = |line: &str| {
        serde_json::from_str(line).with_context(|| format!("the example printed {line:?}"))
    };
    printed.lines().map(line).collect()
}

fn print(of_seeds: &[&Line]) {
    let Some(first) = of_seeds.first() else { return };
    let spread = |get: fn(&Line) -> f64| {
        mean_and_error(&of_seeds.iter().map(|line| get(line)).collect::<Vec<_>>())
    };
    let (covered, error) = spread(|line| line.covered);
    let (width, width_error) = spread(|line| line.width);
    let (low, high) = if first.group == "few" { COVERED_OF_FEW } else { COVERED };
    let met = (low..=high).contains(&covered) && width <= WIDEST;
    row(
        &format!("{}, {}", first.definition, first.group),
        &[
            ("covered", format!("{:.1} +- {:.1} %", 100.0 * covered, 100.0 * error)),
            ("above", format!("{:.1} %", 100.0 * spread(|line| line.above).0)),
            ("below", format!("{:.1} %", 100.0 * spread(|line| line.below).0)),
            ("width", format!("{width:.2} +- {width_error:.2}")),
            ("true sd", format!("{:.1} points", spread(|line| line.deviation).0)),
            ("people", format!("{:.0}", spread(|line| line.people as f64).0)),
            ("bar", if met { "met".to_owned() } else { "missed".to_owned() }),
        ],
    );
}

/// Mean, and standard deviation over seeds; 0 for one seed.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0).max(1.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_bars_are_standard_deviations_over_seeds() {
        assert_eq!(mean_and_error(&[0.9]), (0.9, 0.0));
        let (mean, error) = mean_and_error(&[1.0, 2.0, 3.0]);
        assert_eq!((mean, error), (2.0, 1.0));
        assert!(lines("{\"definition\":1}").is_err());
    }
}
