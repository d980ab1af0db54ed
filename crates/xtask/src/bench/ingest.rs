//! Ingest: durable, deduplicated, with ties, against DuckDB doing equal work; and known rows against new ones.
//!
//! DuckDB (`bench/duckdb_ingest.py`) parses the same file with declared columns, keeps one row an id, writes all columns to
//! Parquet, then groups by actor, target and verb. The start of its interpreter is measured apart and subtracted.
//! CPU seconds are compared, because they hold still on a machine that does other things too.

use super::events::Events;
use super::product::{Tertius, ingested};
use super::{mebibytes, row, verdict};
use crate::flags::Flags;
use crate::process::{self, Usage, measure, median};
use crate::repo::Repo;
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

/// Bar on CPU time against DuckDB.
const BAR: f64 = 1.5;
/// Bar on memory, in bytes, from ten million events on.
const MEMORY: u64 = 2 << 30;
/// Bar on known rows against new ones.
const REPEAT_BAR: f64 = 2.0;

/// Files of more rows are compressed, or a hundred million events would take 42 GB.
const PLAIN: u64 = 20_000_000;

/// The folder of the files of events, which are large and can be made again.
pub const EVENTS: &str = "events";

/// The file of `rows` events, written if it isn't there.
pub fn file(repo: &Repo, events: &Events) -> Result<PathBuf> {
    let doubles = if events.doubles { "doubles" } else { "distinct" };
    let packed = if events.rows > PLAIN { ".zst" } else { "" };
    let name = format!("events-{}-{}-{doubles}.ndjson{packed}", events.rows, events.seed);
    let path = repo.scratch(EVENTS)?.join(name);
    events.write(&path)?;
    Ok(path)
}

fn asked(flags: &Flags) -> Result<Events> {
    Ok(Events { rows: flags.get("events", 2_000_000)?, seed: 1, doubles: true })
}

/// Only writes the file.
pub fn generate(repo: &Repo, flags: &Flags) -> Result<Value> {
    let events = asked(flags)?;
    let path = match flags.text("to") {
        Some(path) => {
            events.write(path.as_ref())?;
            PathBuf::from(path)
        }
        None => file(repo, &events)?,
    };
    let bytes = std::fs::metadata(&path)?.len();
    row(
        "events",
        &[
            ("rows", events.rows.to_string()),
            ("bytes each", (bytes / events.rows.max(1)).to_string()),
        ],
    );
    Ok(json!({"rows": events.rows, "bytes": bytes}))
}

struct Ours {
    ingest: Usage,
    ties: Usage,
    repeat: Usage,
    stored: u64,
}

fn ours(repo: &Repo, events: &Events) -> Result<Ours> {
    let path = file(repo, events)?;
    let tertius = Tertius::fresh(repo, "bench-ours")?;
    let ingest = measure(repo, &tertius.ingest(&path))?;
    let first = ingested(&ingest.stdout)?;
    ensure!(
        first.accepted == events.distinct(),
        "{first:?}, but {} rows are distinct",
        events.distinct()
    );
    let to = tertius.workspace.with_file_name("ties.parquet");
    let to = to.to_string_lossy();
    let ties = measure(repo, &tertius.command(&["export", "ties", "--to", &to]))?;
    let stored = tertius.bytes()?;
    let repeat = measure(repo, &tertius.ingest(&path))?;
    let second = ingested(&repeat.stdout)?;
    ensure!(second.accepted == 0, "a second ingest accepted rows: {second:?}");
    Ok(Ours { ingest, ties, repeat, stored })
}

/// The script on the file, less the start of its interpreter.
fn duckdb(repo: &Repo, events: &Events) -> Result<Usage> {
    let path = file(repo, events)?;
    let out = repo.fresh("bench-duckdb")?;
    let script = repo.root.join("bench/duckdb_ingest.py");
    let mut whole = Command::new(repo.python()?);
    whole.arg(&script).arg(&path).arg(&out);
    let whole = measure(repo, &whole)?;
    let mut start = Command::new(repo.python()?);
    start.arg(&script);
    let start = measure(repo, &start)?;
    let counts: Value = serde_json::from_str(&whole.stdout)?;
    ensure!(counts["rows"] == events.distinct(), "DuckDB kept {} rows", counts["rows"]);
    Ok(Usage { wall: whole.wall - start.wall, cpu: whole.cpu - start.cpu, ..whole })
}

fn print(label: &str, usage: &Usage, rows: u64) {
    row(
        label,
        &[
            ("CPU", format!("{:.2} s", usage.cpu)),
            ("wall", format!("{:.2} s", usage.wall)),
            ("events per CPU second", format!("{:.2} M", rows as f64 / usage.cpu / 1e6)),
            ("peak", mebibytes(usage.peak)),
        ],
    );
}

/// Us against DuckDB, runs alternating.
pub fn against_duckdb(repo: &Repo, flags: &Flags) -> Result<Value> {
    let events = asked(flags)?;
    let runs: usize = flags.get("runs", 3)?;
    let (mut mine, mut theirs, mut again) = (Vec::new(), Vec::new(), Vec::new());
    let (mut parts, mut ties) = (Vec::new(), Vec::new());
    for _ in 0..runs.max(1) {
        let ours = ours(repo, &events)?;
        mine.push(Usage {
            wall: ours.ingest.wall + ours.ties.wall,
            cpu: ours.ingest.cpu + ours.ties.cpu,
            peak: ours.ingest.peak.max(ours.ties.peak),
            stdout: String::new(),
        });
        again.push(ours.repeat);
        parts.push(ours.ingest);
        ties.push(ours.ties);
        theirs.push(duckdb(repo, &events)?);
    }
    let raw = json!({"tertius": mine, "ingest": parts, "ties": ties, "duckdb": theirs,
        "repeat": again});
    let (mine, theirs, again) = (median(mine)?, median(theirs)?, median(again)?);
    print("tertius, ingest and ties", &mine, events.rows);
    print("  ingest alone", &median(parts)?, events.rows);
    print("  export ties alone", &median(ties)?, events.rows);
    print("tertius, known rows", &again, events.rows);
    print("DuckDB, equal work", &theirs, events.rows);
    row("CPU, DuckDB to tertius", &[("ratio", verdict(theirs.cpu / mine.cpu, BAR))]);
    row("wall, DuckDB to tertius", &[("ratio", format!("{:.2}", theirs.wall / mine.wall))]);
    if events.rows >= 10_000_000 {
        let word = if mine.peak <= MEMORY { "meets" } else { "MISSES" };
        row("peak", &[("tertius", format!("{} ({word} the bar of 2 GiB)", mebibytes(mine.peak)))]);
    }
    Ok(json!({"events": events.rows, "runs": raw, "cpu_ratio": theirs.cpu / mine.cpu,
        "wall_ratio": theirs.wall / mine.wall}))
}

/// Known rows against new ones, and what a row and a tie take.
pub fn repeated(repo: &Repo, flags: &Flags) -> Result<Value> {
    let events = asked(flags)?;
    let runs: usize = flags.get("runs", 3)?;
    let (mut first, mut second, mut ties, mut stored) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for _ in 0..runs.max(1) {
        let ours = ours(repo, &events)?;
        first.push(ours.ingest);
        second.push(ours.repeat);
        ties.push(ours.ties);
        stored = ours.stored;
    }
    let raw = json!({"new": first, "known": second, "ties": ties});
    let (first, second, ties) = (median(first)?, median(second)?, median(ties)?);
    let counted = count_ties(repo)?;
    print("new rows", &first, events.rows);
    print("known rows", &second, events.rows);
    print("ties", &ties, events.rows);
    row("CPU, new to known", &[("ratio", verdict(first.cpu / second.cpu, REPEAT_BAR))]);
    row(
        "memory and disk",
        &[
            (
                "peak per event at ingest",
                format!("{:.0} bytes", first.peak as f64 / events.rows as f64),
            ),
            ("stored per event", format!("{:.0} bytes", stored as f64 / events.rows as f64)),
            ("ties", counted.to_string()),
            (
                "peak per tie at export",
                format!("{:.0} bytes", ties.peak as f64 / counted.max(1) as f64),
            ),
        ],
    );
    Ok(
        json!({"events": events.rows, "runs": raw, "ratio": first.cpu / second.cpu, "stored_bytes": stored,
        "ties": counted}),
    )
}

fn count_ties(repo: &Repo) -> Result<u64> {
    let file = repo.scratch("bench-ours")?.join("ties.parquet");
    let mut count = Command::new(repo.python()?);
    count.arg(repo.root.join("bench/count_rows.py")).arg(file);
    let counts: Value = serde_json::from_str(&process::capture(&mut count)?)?;
    Ok(counts["rows"].as_u64().unwrap_or(0))
}
