//! `tertius firm`.

use crate::output::Report;
use crate::table::Table;
use crate::{Global, Outcome};
use anyhow::Result;
use std::path::PathBuf;
use tertius::firm::{Checked, Firm};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Name everything that is wrong with a firm's file, with line numbers
    #[command(after_help = "Example: tertius firm check firm.toml")]
    Check {
        /// The firm's file
        file: PathBuf,
    },
    /// Show a firm as it is understood
    #[command(after_help = "Example: tertius firm show firm.toml")]
    Show {
        /// The firm's file [default: the workspace's firm]
        file: Option<PathBuf>,
    },
    /// Make a firm that of the workspace: its sides, logo and systems then hold for scores and reports
    #[command(after_help = "Example: tertius firm use firm.toml")]
    Use {
        /// The firm's file, which is copied
        file: PathBuf,
    },
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    match args.command {
        Command::Check { file } => {
            let checked = tertius::firm::check(&file)?;
            global.print(&Faults(&checked))?;
            Ok(if checked.ok { Outcome::Done } else { Outcome::Failed })
        }
        Command::Show { file: Some(file) } => {
            global.print(&Shown(&tertius::firm::read(&file)?))?;
            Ok(Outcome::Done)
        }
        Command::Show { file: None } => {
            match global.open()?.firm()? {
                Some(firm) => global.print(&Shown(&firm))?,
                None => {
                    let message =
                        "the workspace has no firm; give it one with: tertius firm use FILE";
                    return Err(tertius::Error::new(tertius::ErrorKind::NotFound, message).into());
                }
            }
            Ok(Outcome::Done)
        }
        Command::Use { file } => {
            let firm = global.open()?.use_firm(&file)?;
            global.note(format!(
                "{} is the workspace's firm now; scores made from here on know its people from its logo",
                firm.name
            ));
            Ok(Outcome::Done)
        }
    }
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Faults<'a>(&'a Checked);

impl Report for Faults<'_> {
    fn table(&self) -> Table {
        super::definition::faults(self.0.problems.iter())
    }

    fn text(&self) -> String {
        match &self.0.firm {
            Some(firm) => format!("{}: ok, {}\n", self.0.file.display(), firm.name),
            None => self.0.problems.iter().map(|problem| format!("{problem}\n")).collect(),
        }
    }
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Shown<'a>(&'a Firm);

impl Report for Shown<'_> {
    fn table(&self) -> Table {
        let firm = self.0;
        let mut table = Table::new(&["what", "is"]);
        let mut row = |what: &str, is: String| {
            if !is.is_empty() {
                table.row([what.to_owned(), is]);
            }
        };
        row("name", firm.name.clone());
        row("organisations", firm.organisations.join(", "));
        for (name, side) in tertius::firm::Side::ALL {
            let roles = firm.sides.iter().filter(|(_, of)| *of == side);
            let roles: Vec<&str> = roles.map(|(role, _)| role.as_str()).collect();
            row(name, roles.join(", "));
        }
        row("house", firm.house.join(", "));
        row("systems", firm.systems.join(", "));
        row("names", firm.brand.names.join(", "));
        row("products", firm.brand.products.join(", "));
        row("hashtags", firm.brand.hashtags.join(", "));
        row("links", firm.brand.links.join(", "));
        let places = firm.places.iter().map(ToString::to_string).collect::<Vec<_>>();
        row("places", places.join(", "));
        table
    }
}
