//! `tertius notice`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use std::path::PathBuf;
use tertius::notice::{Marked, Notice};

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius notice --limit 1000 --format csv
         tertius notice --letter twitter:88 --format table
         tertius notice --told told.txt

Whoever has not said anything about being scored and was not marked as told has a right to be, within a month.
told.txt holds an account a line.")]
pub struct Args {
    /// List at most so many people
    #[arg(long, default_value_t = 50, conflicts_with_all = ["letter", "told"])]
    limit: usize,
    /// Write a letter to this person, with brackets where something is to be filled in
    #[arg(long, value_name = "ACCOUNT", conflicts_with = "told")]
    letter: Option<String>,
    /// Mark those as told whose accounts stand in this file, one a line
    #[arg(long, value_name = "FILE")]
    told: Option<PathBuf>,
    /// When they were told [default: now]
    #[arg(long, value_name = "TIME", requires = "told", value_parser = super::parse_time)]
    at: Option<tertius::Time>,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let workspace = global.open()?;
    match (args.letter, args.told) {
        (Some(account), _) => global.print(&Letter { letter: workspace.letter(&account)? })?,
        (None, Some(file)) => {
            let marked = workspace.mark_told(&file, args.at)?;
            global.print(&marked)?;
            for line in &marked.unknown {
                global.note(format!("{}:{line}: nobody known here", file.display()));
            }
        }
        (None, None) => global.print(&workspace.notice(args.limit)?)?,
    }
    Ok(Outcome::Done)
}

#[derive(serde::Serialize)]
struct Letter {
    letter: String,
}

impl Report for Letter {
    fn table(&self) -> Table {
        let mut table = Table::new(&["letter"]);
        table.row([self.letter.clone()]);
        table
    }

    fn text(&self) -> String {
        self.letter.lines().map(|line| format!("{}\n", printable(line))).collect()
    }
}

impl Report for Marked {
    fn table(&self) -> Table {
        let mut table = Table::new(&["read", "told", "unknown"]);
        let unknown = self.unknown.len().to_string();
        table.row([self.read.to_string(), self.told.to_string(), unknown]);
        table
    }
}

impl Report for Notice {
    fn table(&self) -> Table {
        let mut table = Table::new(&["person", "who", "accounts", "sources"]);
        for one in &self.people {
            table.row([
                one.person.id().to_string(),
                one.person.display_name().to_owned(),
                one.person.accounts().join(" "),
                one.sources.join(" "),
            ]);
        }
        table
    }

    fn text(&self) -> String {
        let mut text = format!(
            "{} people have not been told that data about them is held; {} were told, {} said something themselves\n",
            self.untold, self.told, self.spoke
        );
        if self.unlisted > 0 {
            text.push_str(&format!(
                "{} of them are under 18 and not listed: tell whoever cares for them\n",
                self.unlisted
            ));
        }
        if !self.people.is_empty() {
            text.push_str(&self.table().to_string());
        }
        text
    }
}
