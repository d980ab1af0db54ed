//! Nothing acknowledged is lost: a child that writes is killed at odd moments, and what it acknowledged is there.
//!
//! The child is this test binary run again with a variable set. The full form, with 5 million rows, is a measurement
//! of its own.

mod common;

use common::*;
use ledger::{Ledger, Options};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

const CHILD: &str = "LEDGER_KILL_TEST_DIR";
const ROWS: i64 = 40_000;

fn rows(start: i64, end: i64) -> Vec<Row> {
    (start..end)
        .map(|i| {
            let actor = format!("a{}", i * 7_919 % 5_003);
            Row::new(i, &format!("i{i}"), "like", &actor, &format!("b{}", i % 1_009))
        })
        .collect()
}

/// Writes all rows; says after each commit how many are stored.
fn write(dir: &std::path::Path, mut acknowledge: impl FnMut(u64)) {
    let options = Options { rows: 1_000, segments: 6, ..Options::default() };
    let mut writer = Ledger::open(dir).unwrap().writer(options).unwrap();
    for start in (0..ROWS).step_by(500) {
        if let Some(commit) = writer.push(batch(&rows(start, start + 500))).unwrap() {
            acknowledge(commit.stored);
        }
    }
    while let Some(commit) = writer.finish().unwrap() {
        acknowledge(commit.stored);
    }
}

#[test]
fn what_was_acknowledged_survives_being_killed() {
    if let Some(dir) = std::env::var_os(CHILD) {
        write(dir.as_ref(), |stored| {
            println!("\nstored {stored}");
            std::io::stdout().flush().unwrap();
        });
        return;
    }
    let mut cut_short = 0;
    for kill in 0..5u64 {
        let dir = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "what_was_acknowledged_survives_being_killed", "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let acknowledged = |line: &str| line.strip_prefix("stored ")?.parse::<u64>().ok();
        // Wait for a commit, then for an odd part of the next ones.
        let mut last =
            lines.by_ref().map_while(Result::ok).find_map(|line| acknowledged(&line)).unwrap_or(0);
        std::thread::sleep(Duration::from_micros(kill * 17_001));
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            last = last.max(acknowledged(&line).unwrap_or(0));
        }
        let stored = assert_sound(dir.path()).interactions;
        assert!(stored >= last && last > 0, "{stored} stored, {last} acknowledged");
        cut_short += u64::from(stored < ROWS as u64);
        write(dir.path(), |_| {});
        let report = assert_sound(dir.path());
        assert_eq!(report.interactions, ROWS as u64);
        assert!(report.leftovers.is_empty());
    }
    assert!(cut_short > 0, "every child was done before it was killed");
}
