//! Nothing acknowledged is lost: `kill -9` at random moments of an ingest, each time in an empty workspace.
//!
//! The time of a whole ingest is measured once and cut into as many stretches as there are kills. Then each run is
//! killed at a random moment of its stretch; the last `{"committed": N}` that reached us is what was acknowledged.
//! Afterwards `verify` finds no problem and at least N rows, the next ingest finishes, and every row is there once.

use super::events::{Events, Random};
use super::product::{Tertius, ingested};
use super::{ingest, row};
use crate::flags::Flags;
use crate::process;
use crate::repo::Repo;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often and how large.
pub struct Plan {
    /// Kills.
    pub kills: u64,
    /// Rows of the file.
    pub rows: u64,
    /// Of the moments.
    pub seed: u64,
}

/// What one killed run left.
#[derive(Clone, Copy)]
struct Killed {
    after: Duration,
    acknowledged: u64,
    stored: u64,
    finished: bool,
}

/// The full form.
pub fn bench(repo: &Repo, flags: &Flags) -> Result<Value> {
    carry_out(
        repo,
        &Plan {
            kills: flags.get("kills", 50)?,
            rows: flags.get("rows", 5_000_000)?,
            seed: flags.get("seed", 1)?,
        },
    )
}

/// Runs the plan; the first broken promise is an error.
pub fn carry_out(repo: &Repo, plan: &Plan) -> Result<Value> {
    let events = Events { rows: plan.rows, seed: plan.seed, doubles: true };
    let file = ingest::file(repo, &events)?;
    let distinct = events.distinct();

    let whole = Tertius::fresh(repo, "kills")?;
    let start = Instant::now();
    let printed = process::capture(&mut whole.ingest(&file))?;
    let duration = start.elapsed();
    ensure!(ingested(&printed)?.accepted == distinct, "the undisturbed ingest printed {printed}");
    row(
        "undisturbed",
        &[("rows", distinct.to_string()), ("seconds", format!("{:.2}", duration.as_secs_f64()))],
    );

    let mut runs = Vec::new();
    for number in 1..=plan.kills {
        // One moment in each of equal stretches, so that few kills too meet the beginning, the middle and the end.
        let within = Random::new(plan.seed, number).unit();
        let share = ((number - 1) as f64 + within) / plan.kills as f64;
        let tertius = Tertius::fresh(repo, "kills")?;
        let killed = kill(&tertius, &file, duration.mul_f64(share))?;
        row(
            &format!("kill {number}"),
            &[
                ("after", format!("{:.3} s", killed.after.as_secs_f64())),
                ("acknowledged", killed.acknowledged.to_string()),
                ("stored", killed.stored.to_string()),
                ("finished first", killed.finished.to_string()),
            ],
        );
        ensure!(
            killed.stored >= killed.acknowledged,
            "kill {number} (seed {}) lost rows: {} acknowledged, {} stored",
            plan.seed,
            killed.acknowledged,
            killed.stored
        );
        recover(repo, &tertius, &file, plan.rows, distinct, killed.stored)?;
        runs.push(json!({"after": killed.after.as_secs_f64(), "acknowledged": killed.acknowledged,
            "stored": killed.stored, "finished": killed.finished}));
    }
    Ok(
        json!({"rows": plan.rows, "seed": plan.seed, "seconds": duration.as_secs_f64(), "kills": runs}),
    )
}

fn kill(tertius: &Tertius, file: &Path, after: Duration) -> Result<Killed> {
    let mut child = tertius
        .ingest(file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start the ingest")?;
    let stream = child.stderr.take().context("the ingest has no error stream")?;
    // Read while it runs, so that a full pipe never holds an acknowledgement back.
    let reader = std::thread::spawn(move || last_acknowledged(BufReader::new(stream)));
    std::thread::sleep(after);
    let finished = child.try_wait()?.is_some();
    child.kill().context("cannot kill the ingest")?;
    child.wait()?;
    let acknowledged = reader.join().ok().context("the reader of acknowledgements failed")?;
    Ok(Killed { after, acknowledged, stored: tertius.verified()?, finished })
}

/// The largest `committed` of a stream of lines; other lines, and one cut short by the kill, say nothing.
fn last_acknowledged(lines: impl BufRead) -> u64 {
    lines
        .lines()
        .map_while(|line| line.ok())
        .filter_map(|line| serde_json::from_str::<Value>(&line).ok()?["committed"].as_u64())
        .max()
        .unwrap_or(0)
}

/// The next ingest finishes what was cut off, and nothing is there twice.
fn recover(
    repo: &Repo,
    tertius: &Tertius,
    file: &Path,
    rows: u64,
    distinct: u64,
    before: u64,
) -> Result<()> {
    let printed = process::capture(&mut tertius.ingest(file))?;
    let report = ingested(&printed)?;
    ensure!(
        report.read == rows && report.accepted + before == distinct && report.rejected == 0,
        "{before} rows were stored, {distinct} are distinct, and the next ingest printed {printed}"
    );
    let after = tertius.verified()?;
    ensure!(after == distinct, "{after} rows are stored, {distinct} are distinct");
    let mut count = Command::new(repo.python()?);
    count.arg(repo.root.join("bench/count_rows.py")).arg("--ids").args(tertius.segments()?);
    let counts: Value = serde_json::from_str(&process::capture(&mut count)?)?;
    ensure!(
        counts["rows"] == distinct && counts["distinct"] == distinct,
        "the live segments hold {counts}, {distinct} rows are distinct"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_whole_acknowledgement_counts() {
        let stream = "reading\n{\"committed\": 5, \"file\": \"a\"}\n{\"committed\": 9}\n{\"comm";
        assert_eq!(last_acknowledged(stream.as_bytes()), 9);
        assert_eq!(last_acknowledged("".as_bytes()), 0);
    }
}
