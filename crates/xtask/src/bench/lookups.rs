//! Lookups over HTTP: with keys, quotas, suppression, access log and the record of who looked, against axum alone with an answer of the same size.
//!
//! `wrk` (Debian) asks on the same cores, on 64 connections, for random people; the two servers take turns and the middle round counts. The same by Klout's second API. Then 12,000 a second are asked at a fixed
//! rate (example `pace` of crate `server`), and 1,000 people at once.

use super::events::{Events, Random};
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
/// People whom Klout's clients ask for.
const NUMBERS: u64 = 200_000;

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
    let scratch = repo.scratch("bench-lookups")?;
    let log = scratch.join("access.log");

    let begun = Instant::now();
    let mut serve = tertius.command(&["serve", "--listen", "127.0.0.1:0", "--access-log"]);
    let ours = Server::start(serve.arg(&log))?;
    let ready = begun.elapsed().as_secs_f64();
    let resident = ours.resident()?;
    let example = asked(&ours, &key, "/api/v1/people/example:user-00000001/scores", None)?;
    row(
        "start",
        &[
            ("listening after", format!("{ready:.2} s")),
            ("resident", mebibytes(resident)),
            ("answer", format!("{} bytes", example.len())),
        ],
    );

    let script = scratch.join("ask.lua");
    let turns = Turns { ours: &ours, bare: &examples.join("bare"), rounds, seconds };
    std::fs::write(&script, one_by_one(people, &key))?;
    let native = turns.saturated("saturated", &script, example.len())?;
    let numbers = scratch.join("numbers.txt");
    let one = write_numbers(&ours, &key, people, &numbers)?;
    let path = format!("/v2/user.json/{one}/score?key={key}");
    let example = asked(&ours, &key, &path, None)?;
    std::fs::write(&script, klout_ids(&numbers, &key))?;
    let klout = turns.saturated("the same, Klout v2", &script, example.len())?;

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
        json!({"people": people, "ready": ready, "resident": [resident, resident_after], "native": of_both(native), "klout": of_both(klout), "paced": paced, "many": many}),
    )
}

/// How two servers take turns.
struct Turns<'a> {
    ours: &'a Server,
    bare: &'a Path,
    rounds: usize,
    seconds: u64,
}

impl Turns<'_> {
    /// Requests a second, ours and those of axum alone with answers of so many bytes.
    fn saturated(&self, what: &str, script: &Path, bytes: usize) -> Result<[f64; 2]> {
        let bare = Server::start(Command::new(self.bare).args(["0", &bytes.to_string()]))?;
        let (mut of_ours, mut of_bare) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds.max(1) {
            of_bare.push(wrk(&bare, script, self.seconds)?);
            of_ours.push(wrk(self.ours, script, self.seconds)?);
        }
        let (of_ours, of_bare) = (median(of_ours), median(of_bare));
        row(
            what,
            &[
                ("answer", format!("{bytes} bytes")),
                ("ours", format!("{of_ours:.0} a second")),
                ("bare axum", format!("{of_bare:.0}")),
                ("ratio", verdict(of_ours / of_bare, BAR)),
            ],
        );
        Ok([of_ours, of_bare])
    }
}

/// What the server answers.
fn asked(server: &Server, key: &str, path: &str, body: Option<&str>) -> Result<String> {
    let mut curl = Command::new("curl");
    curl.args(["-s", "--fail", "-H"]).arg(format!("Authorization: Bearer {key}"));
    if let Some(body) = body {
        curl.args(["--data-binary", body]);
    }
    let answer = capture(curl.arg(format!("http://{}{path}", server.address)));
    answer.with_context(|| format!("curl on {path} (Debian's package curl)"))
}

/// Writes the numbers of some people, one a line, as Klout's clients ask by number; gives one of them.
fn write_numbers(server: &Server, key: &str, people: u64, to: &Path) -> Result<String> {
    let mut random = Random::new(3, people);
    let mut lines = String::new();
    let mut one = None;
    for _ in 0..NUMBERS / 1_000 {
        let accounts: Vec<String> =
            (0..1_000).map(|_| format!("example:user-{:08}", random.below(people))).collect();
        let body = json!({ "accounts": accounts }).to_string();
        let found: Value =
            serde_json::from_str(&asked(server, key, "/api/v1/people/lookup", Some(&body))?)?;
        for person in found["people"].as_array().context("no list of people")? {
            if let Some(number) = person["person"].as_str()
                && person["scores"][0]["score"].is_number()
            {
                one = Some(number.to_owned());
                lines.push_str(number);
                lines.push('\n');
            }
        }
    }
    std::fs::write(to, lines)?;
    one.context("nobody has a score")
}

fn of_both([ours, bare]: [f64; 2]) -> Value {
    json!({"ours": ours, "bare": bare})
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

fn klout_ids(numbers: &Path, key: &str) -> String {
    format!(
        "local numbers = {{}}\nfor line in io.lines({:?}) do\n  numbers[#numbers + 1] = line\nend\n\
         request = function()\n  return wrk.format(\"GET\", \"/v2/user.json/\" .. numbers[math.random(#numbers)] .. \"/score?key={key}\")\nend\n",
        numbers.display().to_string()
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
    let counted = |what: &str| -> u64 {
        let line = printed.lines().find(|line| line.contains(what));
        let words = line.into_iter().flat_map(str::split_whitespace);
        words.filter_map(|word| word.parse().ok()).next().unwrap_or(0)
    };
    // Few people of so many never wrote nor were written to: they are unknown.
    let (all, other) = (counted("requests in"), counted("Non-2xx or 3xx responses:"));
    ensure!(other <= all / 100, "{other} of {all} answers were no answers:\n{printed}");
    let rate = printed.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    rate.and_then(|rate| rate.trim().parse().ok())
        .with_context(|| format!("wrk printed no rate:\n{printed}"))
}
