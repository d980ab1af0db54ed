//! `tertius score`.

use crate::output::Report;
use crate::table::Table;
use crate::{Global, Outcome};
use anyhow::Result;
use tertius::score::Scored;

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius score
         tertius score helpers openers --as-of 2026-06-30T00:00:00Z
         tertius score --since 2026-05-01 --every week

The first score of a definition's version fixes its scale; later scores keep it.")]
pub struct Args {
    /// Definitions by name, name@version or file [default: all]
    #[arg(value_name = "DEF")]
    definitions: Vec<String>,
    /// The moment to score as of [default: the newest interaction]
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    as_of: Option<tertius::Time>,
    /// Score earlier moments too, back to this one, so that changes can be told
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    since: Option<tertius::Time>,
    /// How far apart those moments are
    #[arg(long, value_enum, requires = "since", default_value_t = Every::Day)]
    every: Every,
}

/// Steps of `--every`.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Every {
    Day,
    Week,
}

impl Every {
    fn span(self) -> tertius::Span {
        match self {
            Every::Day => tertius::DAY,
            Every::Week => 7 * tertius::DAY,
        }
    }
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let workspace = global.open()?;
    let scored = match args.since {
        None => workspace.score(&args.definitions, args.as_of)?,
        Some(since) => {
            workspace.score_since(&args.definitions, args.as_of, since, args.every.span())?
        }
    };
    global.print(&Scorings(&scored))?;
    for note in scored.iter().flat_map(|one| &one.notes) {
        global.note(note);
    }
    Ok(Outcome::Done)
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Scorings<'a>(&'a [Scored]);

impl Report for Scorings<'_> {
    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "definition",
            "version",
            "snapshot",
            "people",
            "scored",
            "not_enough_evidence",
            "seconds",
        ]);
        for one in self.0 {
            table.row([
                one.definition.clone(),
                one.version.to_string(),
                one.snapshot.clone(),
                one.people.to_string(),
                one.scored.to_string(),
                one.not_enough_evidence.to_string(),
                format!("{:.2}", one.seconds),
            ]);
        }
        table
    }
}
