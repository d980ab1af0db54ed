//! `tertius orders`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use std::fmt::Write as _;
use tertius::orders::{Counted, Example, Options, Orders};

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius orders
         tertius orders --organisation \"Basel AG\" --window 90d

First order: inside with inside. Second: across the boundary, through people, the logo (house) or
systems. Third: customers and partners among themselves, using (in the firm's places) or giving
voice. Ambient: the rest.")]
pub struct Args {
    #[command(flatten)]
    scope: super::scope::Args,
    /// Examples of each order
    #[arg(long, value_name = "K", default_value_t = 2)]
    examples: usize,
    /// Write the order of each interaction to this file as CSV, to check them: no people in it
    #[arg(long, value_name = "FILE")]
    each: Option<std::path::PathBuf>,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let options = Options { scope: args.scope.into(), examples: args.examples };
    let workspace = global.open()?;
    let orders = workspace.orders(&options)?;
    if let Some(file) = &args.each {
        let count = workspace.judge_each(&options.scope, file)?;
        global.note(format!("wrote the order of {count} interactions to {}", file.display()));
    }
    for note in &orders.notes {
        global.note(note);
    }
    global.print(&Shown(&orders))?;
    Ok(Outcome::Done)
}

/// The report, as this command and the demo show it.
#[derive(serde::Serialize)]
#[serde(transparent)]
pub struct Shown<'a>(pub &'a Orders);

impl Report for Shown<'_> {
    fn table(&self) -> Table {
        let mut table =
            Table::new(&["order", "interactions", "share", "people", "recent", "before"]);
        for order in &self.0.orders {
            let [recent, before] = trend(order);
            table.row([
                order.order.to_owned(),
                order.interactions.to_string(),
                format!("{:.1} %", 100.0 * order.share),
                order.people.to_string(),
                recent.to_string(),
                before.to_string(),
            ]);
        }
        table
    }

    fn text(&self) -> String {
        let mut text = self.table().to_string();
        _ = writeln!(
            text,
            "\nrecent: the last four whole weeks before {}; before: the four before these",
            self.0.as_of
        );
        for order in &self.0.orders {
            for example in &order.examples {
                _ = writeln!(text, "{:<14} {}", order.order, line(example));
            }
        }
        text
    }
}

/// Interactions of the last four whole weeks, and of the four before.
fn trend(order: &Counted) -> [u64; 2] {
    // The last week listed is not over yet.
    let whole = &order.weeks[..order.weeks.len().saturating_sub(1)];
    let sum = |weeks: &[tertius::orders::Week]| weeks.iter().map(|week| week.interactions).sum();
    let recent = &whole[whole.len().saturating_sub(4)..];
    let before = &whole[..whole.len() - recent.len()];
    [sum(recent), sum(&before[before.len().saturating_sub(4)..])]
}

fn line(example: &Example) -> String {
    let mut line =
        format!("{} {} {}", example.at, printable(example.actor.display_name()), example.verb);
    if let Some(target) = &example.target {
        _ = write!(line, " -> {}", printable(target.display_name()));
    }
    if let Some(text) = &example.text {
        _ = write!(line, ": {}", printable(text));
    }
    line
}
