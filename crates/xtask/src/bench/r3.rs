//! `bench r3`: whether R3's interval holds the planted truth, and whether rhythm and news alone are told from excitation.
//!
//! The work is done by the example `r3` of crate `judge`, which says what an event and what the truth is.

use super::row;
use crate::flags::Flags;
use crate::process;
use crate::repo::Repo;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::process::Command;

/// The bars: of 60 runs, of 20 at one ratio, the mean width, and of 20 without excitation those whose upper end lies below.
const HELD: usize = 49;
const HELD_EACH: usize = 15;
const WIDTH: f64 = 0.15;
const NOTHING: (usize, f64) = (18, 0.15);

/// All ratios, one after the other.
pub fn bench(repo: &Repo, flags: &Flags) -> Result<Value> {
    let worlds: usize = flags.get("worlds", 20)?;
    let events: usize = flags.get("events", 6_000)?;
    let first: u64 = flags.get("first", 1)?;
    let build = ["build", "--release", "--quiet", "--package", "judge", "--example", "r3"];
    process::run(&mut repo.cargo(&build))?;
    let program = repo.metadata.target_directory.join("release/examples/r3");
    let mut all = Vec::new();
    let (mut held, mut widths) = (0, Vec::new());
    for ratio in [0.3, 0.6, 0.9, 0.0] {
        let mut command = Command::new(&program);
        command.args([
            ratio.to_string(),
            events.to_string(),
            first.to_string(),
            worlds.to_string(),
        ]);
        let lines = lines(&process::capture(&mut command)?)?;
        let holds = |line: &&Value| {
            let truth = line["truth"].as_f64().unwrap_or(f64::NAN);
            end(line, 0) <= truth && truth <= end(line, 1)
        };
        let count = lines.iter().filter(holds).count();
        let width = mean(lines.iter().map(|line| end(line, 1) - end(line, 0)));
        let off = mean(lines.iter().map(|line| number(line, "value") - number(line, "truth")));
        let seconds = mean(lines.iter().map(|line| number(line, "cpu_seconds")));
        let mut figures = vec![
            ("width", format!("{width:.3}")),
            ("value less truth", format!("{off:+.3}")),
            ("CPU", format!("{seconds:.1} s")),
        ];
        if ratio == 0.0 {
            let below = lines.iter().filter(|line| end(line, 1) < NOTHING.1).count();
            let bar = if below * 20 >= NOTHING.0 * worlds { "meets" } else { "MISSES" };
            figures.insert(
                0,
                (
                    "upper end below 0.15 in",
                    format!("{below} of {worlds} ({bar} {} of 20)", NOTHING.0),
                ),
            );
        } else {
            let bar = if count * 20 >= HELD_EACH * worlds { "meets" } else { "MISSES" };
            figures.insert(0, ("held", format!("{count} of {worlds} ({bar} {HELD_EACH} of 20)")));
            held += count;
            widths.push(width);
        }
        row(&format!("ratio {ratio}"), &figures);
        all.push(json!({"ratio": ratio, "runs": lines}));
    }
    let width = mean(widths.into_iter());
    let met = held * 60 >= HELD * 3 * worlds && width <= WIDTH;
    row(
        "0.3, 0.6 and 0.9",
        &[
            ("held", format!("{held} of {}", 3 * worlds)),
            ("mean width", format!("{width:.3}")),
            ("bar", if met { "met" } else { "MISSED" }.to_owned()),
        ],
    );
    Ok(json!(all))
}

fn lines(printed: &str) -> Result<Vec<Value>> {
    let line = |line: &str| {
        serde_json::from_str(line).with_context(|| format!("the example printed {line:?}"))
    };
    printed.lines().map(line).collect()
}

/// An end of the interval; no number where there is no value.
fn end(line: &Value, place: usize) -> f64 {
    line["interval"][place].as_f64().unwrap_or(f64::NAN)
}

fn number(line: &Value, key: &str) -> f64 {
    line[key].as_f64().unwrap_or(f64::NAN)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_without_a_value_holds_nothing() {
        let lines = lines("{\"interval\":[0.1,0.3]}\n{\"no_value\":\"few\"}\n").unwrap();
        assert_eq!(end(&lines[0], 1), 0.3);
        assert!(end(&lines[1], 1).is_nan());
        assert_eq!(mean(lines.iter().map(|line| end(line, 0))), 0.1);
    }
}
