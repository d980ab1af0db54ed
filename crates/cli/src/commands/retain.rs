//! `tertius retain`.

use super::parse_span;
use crate::output::Report;
use crate::table::Table;
use crate::{Global, Outcome};
use anyhow::Result;
use tertius::retain::Retained;

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius retain 400d --text 30d --dry-run
         tertius retain 400d --text 30d
         tertius retain

By today's clock. What is older goes, and is refused when a source has it again. The ages are kept with the workspace:
without any, the last ones hold, so that a daily `tertius retain` is all that is needed.")]
pub struct Args {
    /// Remove interactions older than this, such as 400d
    #[arg(value_name = "AGE", value_parser = parse_span)]
    age: Option<i64>,
    /// Remove the texts of interactions older than this, such as 30d
    #[arg(long, value_name = "AGE", value_parser = parse_span)]
    text: Option<i64>,
    /// Only count what would be removed
    #[arg(long)]
    dry_run: bool,
    /// Go on where no interaction would be left
    #[arg(long)]
    everything: bool,
    /// Set no limit from now on; what was removed stays removed
    #[arg(long, conflicts_with_all = ["age", "text", "dry_run", "everything"])]
    stop: bool,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let workspace = global.open()?;
    if args.stop {
        let said = match workspace.retain_everything()? {
            true => "from now on everything is kept, however old",
            false => "there was no limit",
        };
        global.note(said);
        return Ok(Outcome::Done);
    }
    let waiting = global.waiting();
    let done = workspace.retain(args.age, args.text, args.dry_run, args.everything, waiting)?;
    global.print(&done)?;
    Ok(Outcome::Done)
}

impl Report for Retained {
    fn table(&self) -> Table {
        let mut table = Table::new(&["rows_before", "texts_before", "interactions", "texts"]);
        let time = |time: Option<tertius::Time>| time.map(|t| t.to_string()).unwrap_or_default();
        table.row([
            time(self.rows_before),
            time(self.texts_before),
            self.interactions.to_string(),
            self.texts.to_string(),
        ]);
        table
    }

    fn text(&self) -> String {
        let (removed, lost) = match self.done {
            true => ("removed", "lost their text"),
            false => ("would be removed", "would lose their text"),
        };
        let mut text = String::new();
        if let Some(before) = self.rows_before {
            text += &format!("{} interactions from before {before} {removed}\n", self.interactions);
        }
        if let Some(before) = self.texts_before {
            text += &format!("{} interactions from before {before} {lost}\n", self.texts);
        }
        if let Some(accounts) = self.accounts {
            text += &format!("{accounts} accounts have nothing left and went too\n");
        }
        text
    }
}
