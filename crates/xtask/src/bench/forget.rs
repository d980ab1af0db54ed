//! Erasure: what it costs to erase one person and a hundred at once, and what a screen costs whoever ingests afterwards.
//!
//! The events are those of `ingest`; the persons act in lines that are spread evenly over the file, so that they are in
//! most segments. Nobody is named in the texts, but every text is searched.

use super::events::Events;
use super::product::{Tertius, ingested};
use super::{ingest, mebibytes, row};
use crate::flags::Flags;
use crate::process::{Usage, measure};
use crate::repo::Repo;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// People who are erased in one pass.
const MANY: u64 = 100;

pub fn bench(repo: &Repo, flags: &Flags) -> Result<Value> {
    let events = Events { rows: flags.get("events", 1_000_000)?, seed: 1, doubles: true };
    let file = ingest::file(repo, &events)?;
    let tertius = Tertius::fresh(repo, "bench-forget")?;
    let before = measure(repo, &tertius.ingest(&file))?;
    let stored = ingested(&before.stdout)?.accepted;
    let segments = tertius.segments()?.len();
    print("ingest", &before, "");
    let one = erase(repo, &tertius, &[account(&events, 1)])?;
    let many: Vec<String> = (2..MANY + 2).map(|number| account(&events, number)).collect();
    let hundred = erase(repo, &tertius, &many)?;
    let again = measure(repo, &tertius.ingest(&file))?;
    print("ingest again, screened", &again, "");
    let second = ingested(&again.stdout)?;
    ensure!(second.accepted == 0, "a source that was read again brought rows: {second:?}");
    let left = tertius.verified()?;
    let removed = count(&one.1, "interactions")? + count(&hundred.1, "interactions")?;
    ensure!(left + removed == stored, "{stored} stored, {removed} removed, {left} left");
    Ok(json!({"events": events.rows, "stored": stored, "segments": segments, "ingest": before,
        "one": {"usage": one.0, "receipt": one.1}, "hundred": {"usage": hundred.0, "receipt": hundred.1},
        "again": again}))
}

/// Who acts in one of a hundred and two lines, evenly spread over the file.
fn account(events: &Events, number: u64) -> String {
    events.actor(events.rows / (MANY + 2) * number)
}

fn erase(repo: &Repo, tertius: &Tertius, accounts: &[String]) -> Result<(Usage, Value)> {
    let mut arguments = vec!["forget"];
    arguments.extend(accounts.iter().map(String::as_str));
    let usage = measure(repo, &tertius.command(&arguments))?;
    let receipt: Value =
        serde_json::from_str(&usage.stdout).context("forget printed no receipt")?;
    ensure!(!receipt["done"].is_null(), "the erasure is not done: {receipt}");
    let what = format!(
        "{} interactions in {} segments",
        count(&receipt, "interactions")?,
        count(&receipt, "segments")?
    );
    print(&format!("erase {}", accounts.len()), &usage, &what);
    Ok((usage, receipt))
}

fn count(receipt: &Value, field: &str) -> Result<u64> {
    receipt[field].as_u64().with_context(|| format!("the receipt lacks {field}: {receipt}"))
}

fn print(label: &str, usage: &Usage, what: &str) {
    row(
        label,
        &[
            ("CPU", format!("{:.2} s", usage.cpu)),
            ("wall", format!("{:.2} s", usage.wall)),
            ("peak", mebibytes(usage.peak)),
            ("", what.to_owned()),
        ],
    );
}
