//! `tertius ladder`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use std::fmt::Write as _;
use tertius::ladder::{Ladder, Options, RUNGS};

#[derive(clap::Args)]
// Four periods of the default length.
#[command(mut_arg("window", |window| window.default_value("360d")))]
#[command(after_help = "\
Example: tertius ladder
         tertius ladder --period 60d --window 180d --format json

Customers and partners by what they did in each period: passive, engages, helps, advocates, contributes; who moved, and
what came before. How to read it: docs/ladder.md.")]
pub struct Args {
    #[command(flatten)]
    scope: super::scope::Args,
    /// Length of a period
    #[arg(long, value_name = "SPAN", default_value = "90d", value_parser = super::parse_span)]
    period: i64,
    /// People named at most
    #[arg(long, value_name = "K", default_value_t = 20)]
    limit: usize,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let Args { scope, period, limit } = args;
    let ladder = global.open()?.ladder(&Options { scope: scope.into(), period, limit })?;
    for note in &ladder.notes {
        global.note(note);
    }
    global.print(&Shown(&ladder))?;
    Ok(Outcome::Done)
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Shown<'a>(&'a Ladder);

impl Report for Shown<'_> {
    fn table(&self) -> Table {
        let mut table = Table::new(&[&["from", "to"][..], &RUNGS].concat());
        for one in &self.0.periods {
            let mut cells = vec![day(one.from), day(one.to)];
            cells.extend(one.people.iter().map(u64::to_string));
            table.cells(cells);
        }
        table
    }

    fn text(&self) -> String {
        let ladder = self.0;
        let mut text = self.table().to_string();
        for movement in &ladder.movements {
            let mut table = Table::new(&[&["from / to"][..], &RUNGS].concat());
            for (rung, people) in RUNGS.iter().zip(&movement.people) {
                let mut cells = vec![(*rung).to_owned()];
                cells.extend(people.iter().map(u64::to_string));
                table.cells(cells);
            }
            _ = write!(text, "\nMoved at {}:\n{table}", day(movement.at));
        }
        if !ladder.preceded.is_empty() {
            _ = writeln!(
                text,
                "\nIn the period before, of {} climbs and of people on the same rungs who stayed:",
                ladder.climbs
            );
            for one in &ladder.preceded {
                _ = writeln!(
                    text,
                    "{:>4.0} % and {:>3.0} %: {}",
                    100.0 * one.climbed,
                    100.0 * one.others,
                    one.what
                );
            }
        }
        for one in &ladder.climbers {
            _ = write!(
                text,
                "\n{}: from {} to {}, {}",
                printable(one.person.display_name()),
                one.from,
                one.to,
                match one.times {
                    1 => "once".to_owned(),
                    times => format!("{times} times"),
                }
            );
        }
        text.push('\n');
        text
    }
}

fn day(time: tertius::Time) -> String {
    let text = time.to_string();
    text.get(..10).unwrap_or(&text).to_owned()
}
