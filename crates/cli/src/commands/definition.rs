//! `tertius definition`.

use crate::output::Report;
use crate::table::Table;
use crate::{Global, Outcome};
use anyhow::Result;
use std::path::PathBuf;
use tertius::definitions::Checked;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Write a commented definition to start from
    #[command(after_help = "Example: tertius definition new welcomers.toml")]
    New {
        /// The file to write; it must not exist
        file: PathBuf,
    },
    /// Name everything that is wrong with a definition, with line numbers
    #[command(after_help = "Example: tertius definition check welcomers.toml")]
    Check {
        /// The definition's file
        file: PathBuf,
    },
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    match args.command {
        Command::New { file } => {
            tertius::definitions::write_template(&file)?;
            global.note(format!(
                "wrote {}; edit it, then: tertius definition check {0}",
                file.display()
            ));
            Ok(Outcome::Done)
        }
        Command::Check { file } => {
            let checked = tertius::definitions::check(&file)?;
            global.print(&checked)?;
            Ok(if checked.ok { Outcome::Done } else { Outcome::Failed })
        }
    }
}

impl Report for Checked {
    fn table(&self) -> Table {
        faults(self.problems.iter())
    }

    fn text(&self) -> String {
        if self.ok {
            return format!(
                "{}: ok, {} asks {:?}\n",
                self.file.display(),
                self.definition,
                self.question
            );
        }
        self.problems.iter().map(|problem| format!("{problem}\n")).collect()
    }
}

/// The faults of a file that a person wrote.
pub fn faults<'a>(problems: impl Iterator<Item = &'a tertius::definitions::Problem>) -> Table {
    let mut table = Table::new(&["file", "line", "column", "field", "message"]);
    for problem in problems {
        table.row([
            problem.file.clone(),
            problem.line.to_string(),
            problem.column.to_string(),
            problem.field.clone(),
            format!("{}; {}", problem.message, problem.remedy),
        ]);
    }
    table
}
