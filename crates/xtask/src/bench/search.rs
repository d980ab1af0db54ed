//! Search over HTTP: the page `/?q=` by beginnings of names and handles, among millions of people.
//!
//! Names are of syllables: 3,000 first names, of which few are very common, and 200,000 last names. One handle in four is of the sort that a network gives to whoever
//! chooses none, `member00000042`, since beginnings that millions of different words share are the hardest to search. Everybody may be shown.

use super::events::{Civil, Random};
use super::product::Tertius;
use super::served::Server;
use super::{row, verdict};
use crate::flags::Flags;
use crate::process::{self, capture};
use crate::repo::Repo;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Bar on a search, in milliseconds.
const BAR: f64 = 50.0;

pub fn bench(repo: &Repo, flags: &Flags) -> Result<Value> {
    let (people, each) = (flags.get("people", 1_000_000)?, flags.get("each", 20)?);
    let tertius = named(repo, people)?;
    let server = Server::start(&mut tertius.command(&["serve", "--listen", "127.0.0.1:0"]))?;
    let mut found = Vec::new();
    let mut worst: f64 = 0.0;
    for words in searches(people) {
        let mut took = Vec::new();
        let mut shown = 0;
        for _ in 0..each {
            let (ms, count) = ask(&server, &words)?;
            took.push(ms);
            shown = count;
        }
        ensure!(shown > 0 || !first_name(0).starts_with(&words), "nobody is shown for {words:?}");
        let first = took[0];
        took.sort_by(f64::total_cmp);
        let median = took[took.len() / 2];
        worst = worst.max(median);
        row(
            &words,
            &[
                ("found", shown.to_string()),
                ("first", format!("{first:.1} ms")),
                ("median", format!("{median:.1}")),
                ("most", format!("{:.1}", took[took.len() - 1])),
            ],
        );
        found.push(json!({"search": words, "found": shown, "first": first, "ms": took}));
    }
    row(
        "worst",
        &[("median", format!("{worst:.1} ms")), ("of the bar", verdict(BAR / worst, 1.0))],
    );
    Ok(json!({"people": people, "searches": found}))
}

/// Beginnings of every length, common and rare, together and alone, and an account.
fn searches(people: u64) -> Vec<String> {
    let (common, rare) = (first_name(0), last_name(199_999));
    let mut all: Vec<String> =
        (1..=common.len()).map(|length| common[..length].to_owned()).collect();
    all.extend((1..=rare.len()).map(|length| rare[..length].to_owned()));
    all.extend([
        format!("{common} {rare}"),
        format!("{} {}", &common[..1], &rare[..1]),
        format!("{} {}", &common[..2], &rare[..rare.len() - 1]),
        format!("{common} {}", last_name(7)),
        "m".to_owned(),
        "member".to_owned(),
        "member0".to_owned(),
        "member000".to_owned(),
        format!("member{:08}", people / 8 * 4),
        format!("{rare} member0"),
        "nobody is called so".to_owned(),
        format!("activitypub:{}", uri(people / 2)),
    ]);
    all
}

/// Milliseconds to the last byte, and how many people the page shows.
fn ask(server: &Server, words: &str) -> Result<(f64, usize)> {
    let begun = Instant::now();
    let page = capture(
        Command::new("curl")
            .args(["-s", "--fail", "--get", "--data-urlencode"])
            .arg(format!("q={words}"))
            .args(["-w", "\n%{time_total}"])
            .arg(format!("http://{}/", server.address)),
    )
    .with_context(|| format!("curl on {words:?}, after {:?}", begun.elapsed()))?;
    let (page, seconds) = page.trim_end().rsplit_once('\n').context("curl gave no time")?;
    let seconds: f64 = seconds.parse().context("curl gave an odd time")?;
    let shown = page.matches("<li><a href=\"/p/").count();
    Ok((1_000.0 * seconds, shown))
}

/// A workspace with so many people who are called something.
fn named(repo: &Repo, people: u64) -> Result<Tertius> {
    Tertius::kept(repo, "bench-search", people, |tertius, folder| {
        let file = folder.join("activities.ndjson");
        write(&file, people)?;
        std::fs::create_dir_all(&tertius.workspace)?;
        let settings = tertius.workspace.join("tertius.toml");
        std::fs::write(settings, "anonymous = \"public\"\n")?;
        let begun = Instant::now();
        process::capture(tertius.ingest(&file).args(["--connector", "activitystreams"]))?;
        row("ingest", &[("seconds", format!("{:.0}", begun.elapsed().as_secs_f64()))]);
        std::fs::remove_file(&file)?;
        process::capture(&mut tertius.command(&["score", "general"])).map(drop)
    })
}

/// A public activity of each person toward the one before: of others strangers are told nobody.
fn write(path: &Path, people: u64) -> Result<()> {
    let file =
        std::fs::File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    for person in 0..people {
        let mut random = Random::new(11, person);
        let first = first_name((3_000.0_f64.powf(random.unit()) - 1.0) as u64);
        let last = last_name(random.below(200_000));
        let handle = match person % 4 {
            0 => format!("member{person:08}"),
            _ => format!("{first}{last}{}", random.below(1_000)),
        };
        writeln!(
            out,
            r#"{{"type":"Follow","id":"https://social.example/f/{person}","published":"{}","actor":{{"type":"Person","id":"{}","preferredUsername":"{handle}","name":"{first} {last}"}},"object":"{}","to":"https://www.w3.org/ns/activitystreams#Public"}}"#,
            Civil(1_767_225_600 + person),
            uri(person),
            uri(person.saturating_sub(1)),
        )?;
    }
    out.into_inner().map_err(|error| error.into_error())?;
    Ok(())
}

fn uri(person: u64) -> String {
    format!("https://social.example/users/{person}")
}

fn first_name(number: u64) -> String {
    name(number, 2)
}

fn last_name(number: u64) -> String {
    name(number ^ 0x5eed, 3)
}

/// Syllables that the number stands for, some more than `least`.
fn name(number: u64, least: u64) -> String {
    const SYLLABLES: [&str; 26] = [
        "an", "be", "co", "da", "el", "fi", "go", "ha", "in", "jo", "ka", "lu", "ma", "no", "or",
        "pe", "qu", "ro", "sa", "ti", "ur", "vi", "wo", "xe", "yo", "zu",
    ];
    let mut random = Random::new(7, number);
    let count = least + random.below(2);
    (0..count).map(|_| SYLLABLES[random.below(26) as usize]).collect()
}
