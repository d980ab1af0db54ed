//! `tertius introductions`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use std::fmt::Write as _;
use tertius::introductions::{Introductions, Options};

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius introductions --to mastodon:enzo@garden.example
         tertius introductions --to \"Basel AG\" --from discourse:lena

A step is warm where both turned to each other, often; a chain is as warm as the product of its steps.
Only public interactions are looked at.")]
pub struct Args {
    /// An account, or the name of an organisation
    #[arg(long, value_name = "WHOM")]
    to: String,
    /// Who asks [default: everybody inside the firm]
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
    /// As of this moment [default: the newest interaction]
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    as_of: Option<tertius::Time>,
    /// Steps of a chain at most
    #[arg(long, value_name = "K", default_value_t = 3, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=6))]
    steps: usize,
    /// Chains at most
    #[arg(long, value_name = "K", default_value_t = 5)]
    limit: usize,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let Args { to, from, as_of, steps, limit } = args;
    let found = global.open()?.introductions(&Options { to, from, as_of, steps, limit })?;
    for note in &found.notes {
        global.note(note);
    }
    global.print(&Shown(&found))?;
    Ok(Outcome::Done)
}

/// The chains, as this command and the demo show them.
#[derive(serde::Serialize)]
#[serde(transparent)]
pub struct Shown<'a>(pub &'a Introductions);

impl Report for Shown<'_> {
    fn table(&self) -> Table {
        let mut table = Table::new(&["warmth", "steps", "ask"]);
        for one in &self.0.introductions {
            table.row([format!("{:.3}", one.warmth), one.steps.len().to_string(), one.ask.clone()]);
        }
        table
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for one in &self.0.introductions {
            _ = writeln!(text, "{} Warmth {:.2}.", printable(&one.ask), one.warmth);
            for step in &one.steps {
                _ = writeln!(text, "    {:.2}  {}", step.warmth, printable(&step.why));
            }
        }
        text
    }
}
