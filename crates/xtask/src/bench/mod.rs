//! `cargo xtask bench`: measures the bars, each as a ratio between us and a peer in one run.
//!
//! Every benchmark prints its rows and keeps them, with the machine and the commit, in `bench/results`.

mod betweenness;
mod build;
mod communities;
mod constraint;
mod coverage;
mod definitions;
pub mod disk;
mod early;
mod events;
mod firm;
mod forget;
mod growth;
pub mod ingest;
mod kernels;
pub mod kills;
mod lookups;
mod pagerank;
pub mod posts;
mod product;
mod r3;
mod reports;
mod search;
mod seeds;
mod served;

use crate::flags::Flags;
use crate::process;
use crate::repo::Repo;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// One benchmark.
pub struct Bench {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it measures.
    pub about: &'static str,
    /// Its options, with what each takes.
    pub options: &'static [(&'static str, &'static str)],
    run: fn(&Repo, &Flags) -> Result<Value>,
}

const EVENTS: (&str, &str) = ("events", "N       events of about 420 bytes [2000000]");
const GAP: (&str, &str) = ("gap", "DIR        a built checkout of the GAP benchmark suite");
const PEOPLE: (&str, &str) = ("people", "N       people of the world [1000000]");
const TIES: (&str, &str) = ("ties", "N         ties between them [10000000]");
const RUNS: (&str, &str) = ("runs", "N         repetitions; the middle one counts [3]");

/// The benchmarks.
pub const BENCHES: &[Bench] = &[
    Bench {
        name: "generate",
        about: "writes the events that the others read",
        options: &[EVENTS, ("to", "FILE        where to [the build folder]")],
        run: ingest::generate,
    },
    Bench {
        name: "ingest",
        about: "ingest and ties against DuckDB doing equal work; memory; rows of known content",
        options: &[EVENTS, RUNS],
        run: ingest::against_duckdb,
    },
    Bench {
        name: "repeat",
        about: "ingest of known rows against new ones; bytes per event and tie",
        options: &[EVENTS, RUNS],
        run: ingest::repeated,
    },
    Bench {
        name: "forget",
        about: "erasing one person and a hundred, and ingesting behind the screen",
        options: &[("events", "N       events of about 420 bytes [1000000]")],
        run: forget::bench,
    },
    Bench {
        name: "lookups",
        about: "lookups over HTTP, against axum alone with an answer of the same size",
        options: &[
            ("people", "N       people who are scored, at least 1000000 [1000000]"),
            ("runs", "N         rounds; the middle one counts [3]"),
            ("seconds", "N      length of a round [10]"),
            ("fixed", "N        seconds at 12,000 requests a second [60]"),
        ],
        run: lookups::bench,
    },
    Bench {
        name: "search",
        about: "the page that finds people by the beginnings of names, among millions",
        options: &[
            ("people", "N       people with a name and a handle [1000000]"),
            ("each", "N         times that each search is asked [20]"),
        ],
        run: search::bench,
    },
    Bench {
        name: "kills",
        about: "kill -9 at random moments of an ingest; what was acknowledged must be there",
        options: &[
            ("kills", "N        how many [50]"),
            ("rows", "N         rows of the file [5000000]"),
            ("seed", "N         of the moments [1]"),
        ],
        run: kills::bench,
    },
    Bench {
        name: "disk",
        about: "a disk that fills up during an ingest (needs the right to mount)",
        options: &[
            ("rows", "N         rows of the file [2000000]"),
            ("megabytes", "N    size of the disk [240]"),
        ],
        run: disk::bench,
    },
    Bench {
        name: "pagerank",
        about: "PageRank against the GAP benchmark suite and NetworKit",
        options: &[("scale", "N        Kronecker graph of 2^N nodes [20]"), GAP, RUNS],
        run: pagerank::bench,
    },
    Bench {
        name: "constraint",
        about: "Burt's constraint of the whole Higgs network against igraph",
        options: &[RUNS],
        run: constraint::bench,
    },
    Bench {
        name: "communities",
        about: "communities of the Higgs network and of LFR graphs against NetworKit and igraph: time and modularity",
        options: &[RUNS],
        run: communities::bench,
    },
    Bench {
        name: "betweenness",
        about: "sampled betweenness against NetworKit, and a source's time against the GAP benchmark suite",
        options: &[GAP, RUNS],
        run: betweenness::bench,
    },
    Bench {
        name: "coverage",
        about: "whether 90 % intervals hold the truth in simulated worlds",
        options: &[
            ("seeds", "N        worlds [5]"),
            ("people", "N       people of each [20000]"),
            ("draws", "N        draws of the window that the truth is the mean of [400]"),
            ("intervals", "N    how many of them have intervals [10]"),
            ("definitions", "A,B  which [all shipped ones]"),
        ],
        run: coverage::bench,
    },
    Bench {
        name: "early",
        about: "who carries news into a new community in days held back: early.lead beside betweenness and in-degree",
        options: &[],
        run: early::bench,
    },
    Bench {
        name: "definitions",
        about: "whether each shipped definition finds whom it asks for, in simulated worlds",
        options: &[
            ("seeds", "N        how many worlds [20]"),
            ("people", "N       people of each [5000]"),
            ("interactions", "N interactions of each, about [40 a person]"),
        ],
        run: definitions::bench,
    },
    Bench {
        name: "reports",
        about: "the reports on a firm, on a million people and 10 million ties: time and memory",
        options: &[PEOPLE, TIES, ("only", "NAME      what begins so [all]")],
        run: reports::bench,
    },
    Bench {
        name: "introductions",
        about: "queries for introductions, once all is loaded",
        options: &[PEOPLE, TIES, ("queries", "N      people to ask for [200]")],
        run: reports::introductions,
    },
    Bench {
        name: "r3",
        about: "whether R3's interval holds the planted ratio in simulated worlds, and is near 0 where nothing is planted",
        options: &[
            ("worlds", "N       of each ratio [20]"),
            ("events", "N       at least, over 240 days [6000]"),
            ("first", "N        first seed [1]"),
        ],
        run: r3::bench,
    },
    Bench {
        name: "seeds",
        about: "reach of the people to invite first, against the public reference of OPIM-C or greedy choice by cascades",
        options: &[
            ("opim", "DIR       a checkout of github.com/tangj90/OPIM"),
            ("sizes", "A,B      how many people [10,50]"),
            ("scale", "N        also a Kronecker graph of 2^N nodes [0: none]"),
        ],
        run: seeds::bench,
    },
    Bench {
        name: "growth",
        about: "time and bytes per tie at 1, 10 and 100 million ties",
        options: &[
            ("most", "N         largest number of ties [100000000]"),
            (
                "signals",
                "A,B      which signals [reach.engagers, authority.rank, brokerage.constraint]",
            ),
        ],
        run: growth::bench,
    },
    Bench {
        name: "signals",
        about: "seconds and bytes of every signal, in one table",
        options: &[("ties", "N         ties, between a tenth as many people [10000000]")],
        run: growth::signals,
    },
    Bench {
        name: "build",
        about: "a cold release build, and what costs most in it",
        options: &[],
        run: build::bench,
    },
];

/// Runs one benchmark and keeps what it found.
pub fn run(repo: &Repo, arguments: &[String]) -> Result<()> {
    let names: Vec<_> = BENCHES.iter().map(|bench| bench.name).collect();
    let Some((name, rest)) = arguments.split_first() else {
        bail!("name a benchmark: {}", names.join(", "));
    };
    let Some(bench) = BENCHES.iter().find(|bench| bench.name == name) else {
        bail!("there is no benchmark {name:?}; there are: {}", names.join(", "));
    };
    let flags = Flags::parse(rest, bench.options)?;
    let found = (bench.run)(repo, &flags)?;
    keep(repo, bench.name, arguments, found)
}

fn keep(repo: &Repo, name: &str, arguments: &[String], found: Value) -> Result<()> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let commit =
        process::capture(Command::new("git").args(["rev-parse", "HEAD"]).current_dir(&repo.root))
            .unwrap_or_default();
    let record = json!({
        "bench": name,
        "arguments": arguments,
        "unix_time": seconds,
        "commit": commit.trim(),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "processor": processor(),
        "found": found,
    });
    let folder = repo.root.join("bench/results");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{name}-{seconds}.json"));
    std::fs::write(&path, serde_json::to_string_pretty(&record)? + "\n")
        .with_context(|| format!("cannot write {}", path.display()))?;
    println!("kept in bench/results/{name}-{seconds}.json");
    Ok(())
}

fn processor() -> String {
    std::fs::read_to_string("/proc/cpuinfo")
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or_else(|| "unknown".to_owned(), |(_, name)| name.trim().to_owned())
}

/// One printed row: a label and figures with their units.
fn row(label: &str, figures: &[(&str, String)]) {
    let figures: Vec<String> =
        figures.iter().map(|(name, value)| format!("{name} {value}")).collect();
    println!("{label:<36}{}", figures.join(", "));
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20))
}

/// Whether a measured ratio meets its bar, in words.
fn verdict(ratio: f64, bar: f64) -> String {
    format!("{ratio:.2} ({} the bar of {bar})", if ratio >= bar { "meets" } else { "MISSES" })
}
