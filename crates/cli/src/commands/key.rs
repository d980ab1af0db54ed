//! `tertius key`: keys of programs that ask over HTTP.

use crate::output::Report;
use crate::table::Table;
use crate::{Global, Outcome};
use anyhow::Result;
use tertius::Time;
use tertius::api_keys::{KeyMade, KeyShown, Terms};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make a key; it is shown once and stored nowhere
    #[command(after_help = "Example: tertius key create crm --purpose sales --per-second 50")]
    Create {
        /// Whose it is; people who ask who looked are told this
        name: String,
        /// What it asks for: only definitions of this purpose are answered [default: that of `general`]
        #[arg(long, default_value = "comparison", hide_default_value = true)]
        purpose: String,
        /// Answers a second
        #[arg(long, default_value_t = 10)]
        per_second: u32,
        /// Answers a day (UTC)
        #[arg(long, default_value_t = 10_000)]
        per_day: u64,
        /// From when it is refused, as a date or an RFC 3339 time
        #[arg(long, value_parser = super::parse_time)]
        expires: Option<Time>,
        /// Lets it store interactions: POST /api/v1/interactions
        #[arg(long)]
        may_write: bool,
        /// Answers it from a simulated world beside the workspace, which is made where there is none
        #[arg(long, conflicts_with = "may_write")]
        sandbox: bool,
    },
    /// List the keys, never their text
    #[command(after_help = "Example: tertius key list")]
    List,
    /// Make a new key with the same terms; the old one goes on for a while
    #[command(after_help = "Example: tertius key rotate crm --overlap 7d")]
    Rotate {
        /// Id, or name of the only valid one
        key: String,
        /// How long the old one goes on
        #[arg(long, default_value = "7d", value_parser = super::parse_span)]
        overlap: i64,
    },
    /// Refuse a key from now on
    #[command(after_help = "Example: tertius key revoke 3f9a1c02")]
    Revoke {
        /// Id, or name of the only valid one
        key: String,
    },
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let workspace = global.open()?;
    match args.command {
        Command::Create {
            name,
            purpose,
            per_second,
            per_day,
            expires,
            may_write: writes,
            sandbox,
        } => {
            let terms = Terms { name, purpose, per_second, per_day, expires, writes, sandbox };
            if sandbox {
                super::demo::sandbox(global, &workspace.sandbox())?;
            }
            made(global, workspace.create_key(terms)?)?;
        }
        Command::Rotate { key, overlap } => made(global, workspace.rotate_key(&key, overlap)?)?,
        Command::List => global.print(&Keys(workspace.list_keys()?))?,
        Command::Revoke { key } => {
            let id = workspace.revoke_key(&key)?;
            global.note(format!("key {id} is refused from now on"));
        }
    }
    Ok(Outcome::Done)
}

fn made(global: &Global, made: KeyMade) -> Result<()> {
    global.print(&Made(made))?;
    global.note("keep the key now: it can't be shown again");
    Ok(())
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Made(KeyMade);

impl Report for Made {
    fn table(&self) -> Table {
        let mut table = Table::new(&["id", "name", "purpose", "key"]);
        let key = &self.0;
        table.row([key.id.clone(), key.name.clone(), key.purpose.clone(), key.key.clone()]);
        table
    }
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Keys(Vec<KeyShown>);

impl Report for Keys {
    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "id", "name", "purpose", "writes", "sandbox", "a second", "a day", "today", "created",
            "expires", "revoked",
        ]);
        let time = |time: Option<Time>| time.map(|time| time.to_string()).unwrap_or_default();
        for key in &self.0 {
            table.row([
                key.id.clone(),
                key.name.clone(),
                key.purpose.clone(),
                if key.writes { "yes" } else { "no" }.to_owned(),
                if key.sandbox { "yes" } else { "no" }.to_owned(),
                key.per_second.to_string(),
                key.per_day.to_string(),
                key.used_today.to_string(),
                key.created.to_string(),
                time(key.expires),
                time(key.revoked),
            ]);
        }
        table
    }
}
