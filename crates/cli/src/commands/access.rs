//! `tertius access`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use std::path::PathBuf;
use tertius::access::{Access, Written};

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius access twitter:88
         tertius access twitter:88 --to ann.html
         tertius access twitter:88 --to ann.json

For the person: a refusal hides nothing of it but scores. Without --to, interactions are counted and not listed.")]
pub struct Args {
    /// An account, such as twitter:88, or a person's number
    account: String,
    /// The file to write, ending in .json or .html
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let holdings = global.open()?.access(&args.account)?;
    match args.to {
        Some(to) => {
            global.print(&holdings.write(&to)?)?;
            global.note("give it to that person alone; it is readable by you only");
        }
        None => global.print(&holdings.access)?,
    }
    Ok(Outcome::Done)
}

impl Report for Written {
    fn table(&self) -> Table {
        let mut table = Table::new(&["file", "interactions"]);
        table.row([self.file.display().to_string(), self.interactions.to_string()]);
        table
    }
}

impl Report for Access {
    fn table(&self) -> Table {
        let mut table = Table::new(&["what", "held", "from"]);
        let mut row = |what: &str, held: String, from: &str| {
            table.row([what.to_owned(), held, from.to_owned()]);
        };
        for account in &self.accounts {
            row("account", account.clone(), "");
        }
        for called in &self.names {
            row(&called.field, called.value.clone(), &called.source);
        }
        for born in &self.born {
            row("date of birth", born.clone(), "");
        }
        for held in &self.roles {
            row("role", held.role.to_string(), &held.source);
        }
        for number in &self.attributes {
            row(&number.name, number.value.to_string(), &number.source);
        }
        for claim in &self.claims {
            row("claim", claim.says.clone(), &claim.source);
        }
        row("consent", self.standing.clone(), "");
        for (purpose, standing) in &self.purposes {
            row("consent", format!("{standing} for {purpose}"), "");
        }
        for said in &self.consents {
            row("said", format!("{} {}", said.said, said.purpose), &said.source);
        }
        row("told", self.told.map_or("not recorded".to_owned(), |at| at.to_string()), "");
        for case in &self.cases {
            row("correction", format!("{}: {}", case.says, case.decision), &case.source);
        }
        for score in &self.scores {
            let value = score.score.map_or(score.state.clone(), |value| format!("{value:.1}"));
            row(&format!("{}@{}", score.definition, score.version), value, "");
        }
        for look in &self.looks {
            row("looked", format!("{} {}", look.at, look.what), &look.source);
        }
        row("interactions by", self.interactions.by.to_string(), "");
        row("interactions toward", self.interactions.toward.to_string(), "");
        table
    }

    fn text(&self) -> String {
        let mut text = self.table().to_string();
        for note in &self.notes {
            text.push_str(&format!("{}\n", printable(note)));
        }
        text
    }
}
