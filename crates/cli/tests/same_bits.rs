//! Same input, same file, bit for bit: in any split, order and thread count.

mod common;

use common::{World, fernhill};
use proptest::prelude::*;

const EXPORTS: &[(&str, &[&str])] = &[
    ("interactions", &["parquet", "csv"]),
    ("ties", &["parquet", "csv", "graphml"]),
    ("people", &["csv"]),
    ("signals", &["parquet", "csv"]),
    ("scores", &["parquet", "csv"]),
    ("snapshot", &["csv", "graphml"]),
];

/// Reads the files in order into a new workspace, scores, and returns every export.
fn exports(
    world: &World,
    workspace: &str,
    files: &[String],
    threads: &str,
) -> Vec<(String, Vec<u8>)> {
    let run = |args: &[&str]| {
        let ran = world.run_in(workspace, args);
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
    };
    for file in files {
        run(&["ingest", file, "--threads", threads]);
    }
    run(&["people", "import", &fernhill("people.csv")]);
    run(&["score"]);
    let mut written = Vec::new();
    for (what, endings) in EXPORTS {
        for ending in *endings {
            let to = world.path(&format!("{what}.{ending}"));
            run(&["export", what, "--to", &to.display().to_string()]);
            written.push((format!("{what}.{ending}"), std::fs::read(to).unwrap()));
        }
    }
    written
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]
    #[test]
    fn every_export_is_the_same_file_in_any_split_and_order(
        order in Just((0..568usize).collect::<Vec<_>>()).prop_shuffle(),
        cut in 1..567usize,
        threads in 1..4usize,
    ) {
        let world = World::new();
        let text = std::fs::read_to_string(fernhill("interactions.ndjson")).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let whole = exports(&world, "whole", &[fernhill("interactions.ndjson")], "1");
        let part = |rows: &[usize]| rows.iter().map(|row| format!("{}\n", lines[*row])).collect::<String>();
        let files = [world.file("a.ndjson", part(&order[..cut])), world.file("b.ndjson", part(&order[cut..]))];
        let split = exports(&world, "split", &files, &threads.to_string());
        for ((name, one), (_, other)) in whole.iter().zip(&split) {
            prop_assert!(one == other, "{name} differs");
        }
    }
}

#[test]
fn an_export_reads_back_as_duplicates_only() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    for ending in ["parquet", "csv"] {
        let to = world.path(&format!("all.{ending}")).display().to_string();
        let rows = world.json(&["export", "interactions", "--to", &to])["rows"].clone();
        let again = world.json(&["ingest", &to]);
        assert_eq!(again["accepted"], 0, "{ending}");
        assert_eq!((&again["duplicates"], &again["conflicts"]), (&rows, &0.into()), "{ending}");
        // And in a new workspace it is everything.
        let other = world.run_in(ending, &["ingest", &to, "--format", "json"]);
        assert_eq!(other.json()["accepted"], rows, "{ending}: {}", other.err);
    }
}
