//! Measures the store alone, in CPU time: storing new rows, recognising known ones, and scanning.
//!
//! `cargo run --release -p ledger --example ingest -- [ROWS [DIR]]`: ROWS (default 3,000,000) rows as long as NDJSON
//! lines of 420 bytes, with a million accounts, are made in memory; making them is not counted. Linux only.

use ledger::{Ledger, Options, Wanted};
use model::{Batch, Interaction, Rules, Time};
use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

const ACCOUNTS: u64 = 1_000_000;
const VERBS: [&str; 4] = ["reshare", "reply", "mention", "like"];
const WORDS: [&str; 16] = [
    "people", "always", "thanks", "release", "question", "works", "again", "project", "the", "for",
    "with", "really", "today", "please", "because", "better",
];

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }
}

fn make(first: u64, rows: u64, rules: &Rules) -> Batch {
    let mut batch = Batch::default();
    let [mut id, mut actor, mut target, mut post, mut parent, mut text, mut url] =
        std::array::from_fn(|_| String::new());
    for number in first..first + rows {
        let mut random = Random(number);
        for string in
            [&mut id, &mut actor, &mut target, &mut post, &mut parent, &mut text, &mut url]
        {
            string.clear();
        }
        let famous = random.next() as f64 / u64::MAX as f64;
        let at = Time::from_unix((1_700_000_000 + number / 4 + random.below(600)) as i64);
        // Writing to a string cannot fail.
        let _ = write!(id, "e{number:011}");
        let _ = write!(actor, "user-{:08}", random.below(ACCOUNTS));
        let _ = write!(target, "user-{:08}", (famous.powi(3) * ACCOUNTS as f64) as u64);
        let _ = write!(post, "p{:012x}", random.next() >> 16);
        let _ = write!(parent, "p{:012x}", random.next() >> 16);
        let _ = write!(url, "https://example.org/posts/{post}");
        let length = 115 + random.below(60) as usize;
        while text.len() < length {
            text.push_str(WORDS[random.below(16) as usize]);
            text.push(' ');
        }
        let verb = VERBS[random.below(4) as usize];
        let row = Interaction {
            id: Some(&id),
            object: Some(&post),
            in_reply_to: (verb == "reply").then_some(&*parent),
            text: Some(&text),
            lang: Some("en"),
            url: Some(&url),
            ..Interaction::new(at, "example", verb, &actor, Some(&target))
        };
        if let Err(fault) = batch.push(&row, rules) {
            eprintln!("row {number}: {} {}", fault.field, fault.reason);
        }
    }
    batch
}

/// CPU seconds of the whole process.
fn process() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let rest = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 =
        rest.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// CPU seconds of this thread.
fn thread() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split_whitespace().next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn pass(dir: &Path, rows: u64, name: &str) -> Result<(), Box<dyn Error>> {
    let rules = Rules::at(Time::now());
    let (begin, wall) = (process(), Instant::now());
    let (mut making, mut accepted, mut duplicates) = (0.0, 0, 0);
    let mut writer = Ledger::open(dir)?.writer(Options::default())?;
    let mut count = |commit: Option<ledger::Commit>| {
        let Some(commit) = commit else { return false };
        accepted += commit.accepted;
        duplicates += commit.duplicates;
        true
    };
    for first in (0..rows).step_by(50_000) {
        let before = thread();
        let batch = make(first, 50_000.min(rows - first), &rules);
        making += thread() - before;
        count(writer.push(batch)?);
    }
    while count(writer.finish()?) {}
    let cpu = process() - begin - making;
    println!(
        "{name}: {:.3} us CPU a row ({accepted} accepted, {duplicates} duplicates, {:.1} s wall, {:.1} s of CPU to make them)",
        cpu * 1e6 / rows as f64,
        wall.elapsed().as_secs_f64(),
        making
    );
    Ok(())
}

fn scan(dir: &Path) -> Result<(), Box<dyn Error>> {
    let view = Ledger::open(dir)?.view()?;
    for round in ["scan, first", "scan, again"] {
        let (begin, wall) = (process(), Instant::now());
        let (mut rows, mut sum) = (0usize, 0u64);
        for _ in 0..4 {
            view.scan(&Wanted::as_of(Time::now()), &mut |acts| {
                rows += acts.len();
                sum = sum.wrapping_add(acts.actor.last().copied().unwrap_or(0));
            })?;
        }
        let cpu = process() - begin;
        println!(
            "{round}: {:.1} M rows a CPU second ({rows} rows, {:.2} s wall, check {sum:x})",
            rows as f64 / cpu / 1e6,
            wall.elapsed().as_secs_f64()
        );
    }
    Ok(())
}

fn bytes(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|data| data.len()).sum()
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rows: u64 = arguments.next().map_or(Ok(3_000_000), |rows| rows.parse())?;
    let dir = arguments.next().map_or_else(
        || std::env::temp_dir().join(format!("ledger-ingest-{}", std::process::id())),
        PathBuf::from,
    );
    pass(&dir, rows, "new rows")?;
    pass(&dir, rows, "known rows")?;
    scan(&dir)?;
    let stored = bytes(&dir.join("segments"));
    println!("stored: {:.0} bytes a row", stored as f64 / rows as f64);
    let status = std::fs::read_to_string("/proc/self/status")?;
    for line in
        status.lines().filter(|line| line.starts_with("VmHWM") || line.starts_with("RssAnon"))
    {
        println!("{line}");
    }
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}
