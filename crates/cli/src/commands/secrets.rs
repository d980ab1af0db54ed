//! `tertius secrets`.

use crate::output::Report;
use crate::table::Table;
use crate::{Global, Outcome};
use anyhow::Result;
use tertius::backup::KeyShown;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List the keys: numbers and times, never the keys
    #[command(after_help = "Example: tertius secrets list")]
    List,
    /// Add a new key; what older ones hashed stays known by them
    #[command(after_help = "Example: tertius secrets rotate erasure")]
    Rotate {
        /// Which secret
        name: String,
    },
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let workspace = global.open()?;
    if let Command::Rotate { name } = &args.command {
        let number = workspace.rotate_secret(name, global.waiting())?;
        global.note(format!("{name}: key {number} is used from now on; copy the secrets anew"));
    }
    global.print(&Keys(workspace.secrets()?))?;
    Ok(Outcome::Done)
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Keys(Vec<KeyShown>);

impl Report for Keys {
    fn table(&self) -> Table {
        let mut table = Table::new(&["name", "key", "made", "purpose"]);
        for key in &self.0 {
            table.row([
                key.name.to_owned(),
                key.key.map_or_else(|| "none yet".to_owned(), |number| number.to_string()),
                key.made.map(|made| made.to_string()).unwrap_or_default(),
                key.purpose.to_owned(),
            ]);
        }
        table
    }
}
