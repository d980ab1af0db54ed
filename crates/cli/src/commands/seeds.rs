//! `tertius seeds`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use std::fmt::Write as _;
use std::path::PathBuf;
use tertius::seeds::{Options, Seeds};

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius seeds --budget 10
         tertius seeds --budget 500 --costs costs.csv --definition newcomers

The people whose joint reach is largest, among who gave consent. Costs are CSV with the columns account,cost; chances
that are known, with the columns from,to,probability. How to read it: docs/seeds.md.")]
pub struct Args {
    /// What may be spent: without costs, so many people
    #[arg(long, value_name = "AMOUNT", default_value_t = 10.0)]
    budget: f64,
    /// What people cost, as CSV; who is not in it costs 1
    #[arg(long, value_name = "FILE")]
    costs: Option<PathBuf>,
    /// Chances in the place of ties, as CSV
    #[arg(long, value_name = "FILE")]
    probabilities: Option<PathBuf>,
    /// The chance that somebody is moved who has attention for nobody else, 0 to 1
    #[arg(long, value_name = "CHANCE", default_value_t = 0.5)]
    share: f64,
    /// What people must have agreed to
    #[arg(long, default_value = "community")]
    purpose: String,
    /// With whose highest scores to compare
    #[arg(long, value_name = "DEF", default_value = "general")]
    definition: String,
    /// Up to this moment [default: the newest interaction]
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    as_of: Option<tertius::Time>,
    /// How far back to look
    #[arg(long, value_name = "SPAN", default_value = "180d", value_parser = super::parse_span)]
    window: i64,
    /// How far below 1 - 1/e the guarantee may stay
    #[arg(long, default_value_t = 0.1)]
    epsilon: f64,
    /// Chance that the guarantee fails
    #[arg(long, default_value_t = 0.001)]
    delta: f64,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let Args { budget, costs, probabilities, share, purpose, definition, .. } = args;
    let Args { as_of, window, epsilon, delta, .. } = args;
    let options = Options {
        budget,
        costs,
        probabilities,
        share,
        purpose,
        definition,
        as_of,
        window,
        epsilon,
        delta,
        ..Options::default()
    };
    let seeds = global.open()?.seeds(&options)?;
    for note in &seeds.notes {
        global.note(note);
    }
    global.print(&Shown(&seeds))?;
    Ok(Outcome::Done)
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Shown<'a>(&'a Seeds);

impl Report for Shown<'_> {
    fn table(&self) -> Table {
        let mut table = Table::new(&["who", "accounts", "cost"]);
        for seed in &self.0.people {
            table.row([
                printable(seed.person.display_name()),
                printable(&seed.person.accounts().join(" ")),
                format!("{}", seed.cost),
            ]);
        }
        table
    }

    fn text(&self) -> String {
        let seeds = self.0;
        let mut text =
            format!("People to invite first, as of {}\n\n{}\n", seeds.as_of, self.table());
        _ = writeln!(
            text,
            "Together they reach {:.1} of {} people ({:.1} to {:.1}); {} gave consent.",
            seeds.reach.people,
            seeds.network,
            seeds.reach.interval[0],
            seeds.reach.interval[1],
            seeds.consenting
        );
        if let Some(highest) = &seeds.highest_scores {
            _ = writeln!(
                text,
                "The {} highest scores of {} reach {:.1} ({:.1} to {:.1}).",
                highest.people,
                printable(&highest.definition),
                highest.reach.people,
                highest.reach.interval[0],
                highest.reach.interval[1]
            );
        }
        _ = writeln!(
            text,
            "At least {:.0} % of what the best choice would reach, {}.",
            100.0 * seeds.guarantee,
            seeds.condition
        );
        text
    }
}
