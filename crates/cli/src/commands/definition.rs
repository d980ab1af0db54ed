//! `tertius definition`: write, check, preview and publish definitions.

mod preview;

use crate::output::Report;
use crate::table::Table;
use crate::{Global, Outcome};
use anyhow::Result;
use std::path::PathBuf;
use tertius::definitions::Checked;
use tertius::preview::Wanted;
use tertius::publish::Published;

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
    /// Say who would move under a new version, and why; nothing is stored
    #[command(after_help = "\
Example: tertius definition preview helpers-2.toml
         tertius definition preview welcomers.toml --against helpers@1")]
    Preview {
        /// The definition's file
        file: PathBuf,
        /// What to compare it with: name, name@version or file [default: the newest version of its name]
        #[arg(long, value_name = "DEF")]
        against: Option<String>,
        /// The moment to score both as of [default: the newest interaction]
        #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
        as_of: Option<tertius::Time>,
        /// How many people to list who rise, who fall, who are new and who are dropped
        #[arg(long, default_value_t = 10, value_name = "K")]
        limit: usize,
    },
    /// Keep a version in the workspace for ever, score it, and make it the default of its name
    #[command(after_help = "Example: tertius definition publish helpers-2.toml")]
    Publish {
        /// The definition's file
        file: PathBuf,
        /// The moment to score as of [default: the newest interaction]
        #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
        as_of: Option<tertius::Time>,
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
        Command::Preview { file, against, as_of, limit } => {
            let wanted = Wanted { against: against.as_deref(), as_of, limit };
            let preview = global.open()?.preview(&file, &wanted)?;
            global.print(&preview)?;
            for note in &preview.notes {
                global.note(note);
            }
            Ok(Outcome::Done)
        }
        Command::Publish { file, as_of } => {
            let published = global.open()?.publish_definition(&file, as_of)?;
            global.print(&published)?;
            for note in &published.scored.notes {
                global.note(note);
            }
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

impl Report for Published {
    fn table(&self) -> Table {
        let mut table =
            Table::new(&["definition", "version", "replaces", "people", "scored", "file"]);
        table.row([
            self.scored.definition.clone(),
            self.scored.version.to_string(),
            self.replaces.clone().unwrap_or_default(),
            self.scored.people.to_string(),
            self.scored.scored.to_string(),
            self.file.display().to_string(),
        ]);
        table
    }

    fn text(&self) -> String {
        let one = &self.scored;
        let name = format!("{}@{}", one.definition, one.version);
        let mut text = format!(
            "{name} is published as {} and scores {} of {} people as of {}\n",
            self.file.display(),
            one.scored,
            one.people,
            one.as_of
        );
        if let Some(before) = &self.replaces {
            text.push_str(&format!(
                "{} now means {name}; the old one stays as {before}\n",
                one.definition
            ));
        }
        text
    }
}
