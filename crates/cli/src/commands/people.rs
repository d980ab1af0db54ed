//! `tertius people`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use std::path::PathBuf;
use tertius::people::{Claimed, Imported, Suggested};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Read a roster or a CRM export: names, roles with dates, consent, accounts
    #[command(after_help = "\
Example: tertius people import roster.csv
         tertius people import contacts.csv --mapping name=full_name,email=work_email

Columns: name, email, role, organisation, team, title, since, until (exclusive), born, consent, accounts.
Any other column of numbers becomes an attribute.")]
    Import {
        /// A CSV file with a header
        file: PathBuf,
        /// Which of the file's columns mean what: ours=theirs,.. or a TOML file of such lines
        #[arg(long, value_name = "M")]
        mapping: Option<String>,
        /// What to call the source of these claims [default: the file's name]
        #[arg(long)]
        source: Option<String>,
    },
    /// Say that two accounts are one person's; `split` takes it back
    #[command(
        after_help = "Example: tertius people merge mastodon:alice@example.social github:alice"
    )]
    Merge {
        /// One account
        a: String,
        /// The other
        b: String,
    },
    /// Take an account out of its person; `merge` takes it back
    #[command(after_help = "Example: tertius people split github:alice")]
    Split {
        /// The account
        account: String,
    },
    /// List pairs that may be one person, with the evidence
    #[command(after_help = "Example: tertius people suggestions")]
    Suggestions,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let workspace = global.open()?;
    match args.command {
        Command::Import { file, mapping, source } => {
            let imported = workspace.import_people(&file, mapping.as_deref(), source.as_deref())?;
            global.print(&imported)?;
            for note in &imported.notes {
                global.note(note);
            }
        }
        Command::Merge { a, b } => global.print(&workspace.merge(&a, &b)?)?,
        Command::Split { account } => global.print(&workspace.split(&account)?)?,
        Command::Suggestions => global.print(&Suggestions(workspace.suggestions()?))?,
    }
    Ok(Outcome::Done)
}

impl Report for Imported {
    fn table(&self) -> Table {
        let mut table = Table::new(&["read", "created", "updated", "claims", "rejected"]);
        table.row(
            [self.read, self.created, self.updated, self.claims, self.rejected]
                .map(|count| count.to_string()),
        );
        table
    }
}

impl Report for Claimed {
    fn table(&self) -> Table {
        let mut table = Table::new(&["person", "name", "accounts"]);
        for person in &self.people {
            table.row([
                person.id().to_string(),
                person.name().unwrap_or_default().to_owned(),
                person.accounts().join(" "),
            ]);
        }
        table
    }

    fn text(&self) -> String {
        format!("{}\n{}", printable(&self.said), self.table())
    }
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Suggestions(Vec<Suggested>);

impl Report for Suggestions {
    fn table(&self) -> Table {
        let mut table = Table::new(&["a", "b", "strength", "evidence"]);
        for one in &self.0 {
            table.row([
                one.a.accounts().join(" "),
                one.b.accounts().join(" "),
                format!("{:.2}", one.strength),
                one.evidence.join("; "),
            ]);
        }
        table
    }
}
