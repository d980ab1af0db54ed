//! `tertius verify`.

use crate::output::Report;
use crate::table::Table;
use crate::{Global, Outcome};
use anyhow::Result;
use tertius::verify::Verdict;

#[derive(clap::Args)]
#[command(after_help = "Example: tertius verify --format json")]
pub struct Args {}

pub fn run(global: &Global, _: Args) -> Result<Outcome> {
    let verdict = global.open()?.verify()?;
    global.print(&verdict)?;
    for note in &verdict.notes {
        global.note(note);
    }
    Ok(if verdict.ok { Outcome::Done } else { Outcome::Failed })
}

impl Report for Verdict {
    fn table(&self) -> Table {
        let mut table = Table::new(&["ok", "segments", "interactions", "problems"]);
        table.row([
            self.ok.to_string(),
            self.segments.to_string(),
            self.interactions.to_string(),
            self.problems.len().to_string(),
        ]);
        table
    }

    fn text(&self) -> String {
        let state = if self.ok { "ok" } else { "not ok" };
        let segments = if self.segments == 1 { "segment" } else { "segments" };
        let mut text = format!(
            "{state}: {} interactions in {} {segments}
",
            self.interactions, self.segments
        );
        for problem in &self.problems {
            text.push_str(&format!("- {problem}\n"));
        }
        text
    }
}
