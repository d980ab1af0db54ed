//! `tertius r3`.

use crate::output::Report;
use crate::table::Table;
use crate::{Global, Outcome};
use anyhow::Result;
use std::fmt::Write as _;
use tertius::r3::{Kind, Options};

#[derive(clap::Args)]
// The more events, the narrower the interval.
#[command(mut_arg("window", |window| window.default_value("365d")))]
#[command(after_help = "\
Example: tertius r3
         tertius r3 --organisation \"Basel AG\" --window 240d --format json

Use: customers and partners among themselves in the firm's places. Voice: those who speak of the firm. R3 is how many
further exchanges one exchange sets off; at 1 engagement would sustain itself. How to read it: docs/r3.md.")]
pub struct Args {
    #[command(flatten)]
    scope: super::scope::Args,
    /// How often the process is drawn again, for the interval and the test of fit [default: 199, of more than 20,000 exchanges fewer, at least 39]
    #[arg(long, value_name = "K", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(39..=10_000))]
    draws: Option<usize>,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let Args { scope, draws } = args;
    let report = global.open()?.r3(&Options { scope: scope.into(), draws })?;
    for note in &report.notes {
        global.note(note);
    }
    global.print(&Shown(&report))?;
    Ok(Outcome::Done)
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Shown<'a>(&'a tertius::r3::Report);

impl Report for Shown<'_> {
    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "kind",
            "exchanges",
            "R3",
            "low",
            "high",
            "mean delay h",
            "fit p",
            "self-sustaining",
        ]);
        for (name, kind) in [("use", &self.0.r#use), ("voice", &self.0.voice)] {
            let of = |get: fn(&tertius::r3::R3) -> f64, digits: usize| {
                let value = kind.r3.as_ref().map(get);
                value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
            };
            table.row([
                name.to_owned(),
                kind.exchanges.to_string(),
                of(|r3| r3.value, 2),
                of(|r3| r3.interval[0], 2),
                of(|r3| r3.interval[1], 2),
                of(|r3| r3.mean_delay_hours, 1),
                of(|r3| r3.fit_p, 2),
                kind.self_sustaining.to_owned(),
            ]);
        }
        table
    }

    fn text(&self) -> String {
        let report = self.0;
        let mut text = String::new();
        for (name, kind) in [("Use", &report.r#use), ("Voice", &report.voice)] {
            _ = writeln!(text, "{name}: {}", kind.words);
            text += &told(kind);
        }
        _ = write!(text, "\n{} to {}\n\n{}", day(report.from), day(report.as_of), self.table());
        text
    }
}

/// What was told apart from excitation.
fn told(kind: &Kind) -> String {
    let mut text = String::new();
    if let Some(minutes) = kind.r3.as_ref().and_then(|r3| r3.counted_by_minutes) {
        _ = writeln!(
            text,
            "  There are so many that they were counted by {minutes} minutes: what sets others off sooner is not seen."
        );
    }
    for news in kind.r3.iter().flat_map(|r3| &r3.news) {
        let hours = (news.until - news.from) / 3_600_000_000;
        _ = writeln!(
            text,
            "  News: {hours} hours from {}, {:.1} times as much as usual.",
            tertius::Time(news.from),
            1.0 + news.rise
        );
    }
    for outage in &kind.outages {
        _ = writeln!(
            text,
            "  Nothing from {} between {} and {}: left out.",
            crate::table::printable(&outage.network),
            outage.from,
            outage.until
        );
    }
    text
}

fn day(time: tertius::Time) -> String {
    let text = time.to_string();
    text.get(..10).unwrap_or(&text).to_owned()
}
