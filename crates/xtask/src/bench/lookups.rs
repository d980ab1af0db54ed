//! Lookups over HTTP: with keys, quotas, suppression, access log and the record of who looked, against axum alone with an answer of the same size.
//!
//! `wrk` (Debian) asks on the same cores, on 64 connections, for random people; the two servers take turns and the middle round counts. Then 12,000 a second are asked at a fixed
//! rate (example `pace` of crate `server`), and 1,000 people at once.

use super::events::Events;
use super::product::Tertius;
use super::served::Server;
use super::{ingest, mebibytes, row, verdict};
use crate::flags::Flags;
use crate::process::{self, capture};
use crate::repo::Repo;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Bar on requests a second, of axum's.
const BAR: f64 = 0.7;
/// Bar on the 99th percentile at the fixed rate, in microseconds.
const LATENCY: f64 = 5_000.0;
/// Bar on people a second, a thousand at once.
const MANY: f64 = 300_000.0;

pub fn bench(repo: &Repo, flags: &Flags) -> Result<Value> {
    let people: u64 = flags.get("people", 1_000_000)?;
    let (rounds, seconds): (usize, u64) = (flags.get("runs", 3)?, flags.get("seconds", 10)?);
    let fixed: u64 = flags.get("fixed", 60)?;
    process::run(&mut repo.cargo(&[
        "build",
        "--release",
        "--quiet",
        "-p",
        "server",
        "--examples",
    ]))?;
    let tertius = scored(repo, people)?;
    let key = key(&tertius)?;
    let examples = repo.metadata.target_directory.join("release/examples");
    let log = repo.scratch("bench-lookups")?.join("access.log");

    let begun = Instant::now();
    let mut serve = tertius.command(&["serve", "--listen", "127.0.0.1:0", "--access-log"]);
    let ours = Server::start(serve.arg(&log))?;
    let ready = begun.elapsed().as_secs_f64();
    let resident = ours.resident()?;
    let example = capture(
        Command::new("curl")
            .args(["-s", "-H"])
            .arg(format!("Authorization: Bearer {key}"))
            .arg(format!("http://{}/api/v1/people/example:user-00000001/scores", ours.address)),
    )
    .context("curl is needed: Debian's package curl")?;
    row(
        "start",
        &[
            ("listening after", format!("{ready:.2} s")),
            ("resident", mebibytes(resident)),
            ("answer", format!("{} bytes", example.len())),
        ],
    );

    let mut bare = Command::new(examples.join("bare"));
    let bare = Server::start(bare.args(["0", &example.len().to_string()]))?;
    let script = repo.scratch("bench-lookups")?.join("ask.lua");
    std::fs::write(&script, one_by_one(people, &key))?;
    let (mut of_ours, mut of_bare) = (Vec::new(), Vec::new());
    for _ in 0..rounds.max(1) {
        of_bare.push(wrk(&bare, &script, seconds)?);
        of_ours.push(wrk(&ours, &script, seconds)?);
    }
    let (of_ours, of_bare) = (median(of_ours), median(of_bare));
    let ratio = of_ours / of_bare;
    row(
        "saturated",
        &[
            ("ours", format!("{of_ours:.0} a second")),
            ("bare axum", format!("{of_bare:.0}")),
            ("ratio", verdict(ratio, BAR)),
        ],
    );

    let paced = capture(Command::new(examples.join("pace")).args([
        &ours.address,
        "12000",
        &fixed.to_string(),
        "64",
        &key,
        &people.to_string(),
    ]))?;
    let paced: Value = serde_json::from_str(&paced).context("pace printed no JSON")?;
    let p99 = paced["p99_us"].as_f64().unwrap_or(f64::INFINITY);
    let met =
        if p99 < LATENCY && paced["errors"] == 0 { "meets the bar" } else { "MISSES the bar" };
    row(
        "12,000 a second",
        &[
            ("p50", format!("{} us", paced["p50_us"])),
            ("p99", format!("{p99:.0} us ({met} of {LATENCY})")),
            ("errors", paced["errors"].to_string()),
        ],
    );

    std::fs::write(&script, by_the_thousand(people, &key))?;
    let many = 1_000.0 * wrk(&ours, &script, seconds)?;
    row(
        "1,000 at once",
        &[("people", format!("{many:.0} a second")), ("of the bar", verdict(many / MANY, 1.0))],
    );
    let resident_after = ours.resident()?;
    row("end", &[("resident", mebibytes(resident_after))]);
    Ok(
        json!({"people": people, "ready": ready, "resident": [resident, resident_after], "ours": of_ours, "bare": of_bare, "paced": paced, "many": many}),
    )
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or(0.0)
}

/// A workspace with so many people, scored by `general`.
fn scored(repo: &Repo, people: u64) -> Result<Tertius> {
    let events = Events { rows: 5 * people, seed: 1, doubles: false };
    ensure!(events.accounts() == people, "give at least 1,000,000 people");
    Tertius::kept(repo, "bench-lookups", people, |tertius, _| {
        let file = ingest::file(repo, &events)?;
        process::capture(&mut tertius.ingest(&file))?;
        std::fs::remove_file(&file)?;
        process::capture(&mut tertius.command(&["score", "general"])).map(drop)
    })
}

fn key(tertius: &Tertius) -> Result<String> {
    let limits =
        ["key", "create", "bench", "--per-second", "4000000000", "--per-day", "1000000000000"];
    let made: Value = serde_json::from_str(&capture(&mut tertius.command(&limits))?)?;
    Ok(made["key"].as_str().context("key create gave no key")?.to_owned())
}

fn one_by_one(people: u64, key: &str) -> String {
    format!(
        "local headers = {{ [\"Authorization\"] = \"Bearer {key}\" }}\n\
         request = function()\n  local path = string.format(\"/api/v1/people/example:user-%08d/scores\", math.random(0, {people} - 1))\n  \
         return wrk.format(\"GET\", path, headers)\nend\n"
    )
}

fn by_the_thousand(people: u64, key: &str) -> String {
    format!(
        "local headers = {{ [\"Authorization\"] = \"Bearer {key}\" }}\n\
         local bodies = {{}}\nfor n = 1, 20 do\n  local all = {{}}\n  for i = 1, 1000 do\n    all[i] = string.format('\"example:user-%08d\"', math.random(0, {people} - 1))\n  end\n  \
         bodies[n] = '{{\"accounts\":[' .. table.concat(all, ',') .. ']}}'\nend\n\
         local n = 0\nrequest = function()\n  n = n % 20 + 1\n  return wrk.format(\"POST\", \"/api/v1/people/lookup\", headers, bodies[n])\nend\n"
    )
}

/// Requests a second; every one must have been answered.
fn wrk(server: &Server, script: &Path, seconds: u64) -> Result<f64> {
    let mut command = Command::new("wrk");
    command
        .args(["-t1", "-c64", "--timeout", "20s", &format!("-d{seconds}s"), "-s"])
        .arg(script)
        .arg(format!("http://{}", server.address));
    let printed = capture(&mut command).context("wrk is needed: Debian's package wrk")?;
    ensure!(!printed.contains("Socket errors"), "wrk saw errors:\n{printed}");
    let rate = printed.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    rate.and_then(|rate| rate.trim().parse().ok())
        .with_context(|| format!("wrk printed no rate:\n{printed}"))
}
