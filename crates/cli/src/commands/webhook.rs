//! `tertius webhook`: where a running server sends what is published.

use crate::output::Report;
use crate::table::Table;
use crate::{Global, Outcome};
use anyhow::Result;
use tertius::webhooks::{Dead, HookMade, HookShown};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Add a webhook; its key is shown once
    #[command(after_help = "\
Example: tertius webhook add https://crm.example/tertius --purpose sales

Events are what GET /api/v1/changes tells, from now on; a running serve sends them. How they are signed: docs/http.md.")]
    Add {
        /// Where to: HTTPS
        url: String,
        /// Which scorecards: those of this purpose
        #[arg(long, default_value = "comparison")]
        purpose: String,
        /// Lets it lie in this machine or a private network, and be without TLS
        #[arg(long)]
        allow_private: bool,
    },
    /// List the webhooks, with how much waits and how much was given up
    #[command(after_help = "Example: tertius webhook list")]
    List,
    /// List the events that were given up
    #[command(after_help = "Example: tertius webhook dead")]
    Dead,
    /// Send what was given up again
    #[command(after_help = "Example: tertius webhook retry 3f9a1c02")]
    Retry {
        /// Id of the webhook
        id: String,
    },
    /// Remove a webhook and what waits for it
    #[command(after_help = "Example: tertius webhook remove 3f9a1c02")]
    Remove {
        /// Id of the webhook
        id: String,
    },
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let workspace = global.open()?;
    match args.command {
        Command::Add { url, purpose, allow_private } => {
            global.print(&Made(workspace.add_webhook(&url, &purpose, allow_private)?))?;
            global.note("keep the key now: it can't be shown again");
        }
        Command::List => global.print(&Hooks(workspace.list_webhooks()?))?,
        Command::Dead => global.print(&DeadEvents(workspace.dead_events()?))?,
        Command::Retry { id } => {
            let count = workspace.retry_webhook(&id)?;
            global.note(format!("{count} events are sent again by the server"));
        }
        Command::Remove { id } => {
            workspace.remove_webhook(&id)?;
            global.note(format!("webhook {id} is gone, and what waited for it"));
        }
    }
    Ok(Outcome::Done)
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Made(HookMade);

impl Report for Made {
    fn table(&self) -> Table {
        let mut table = Table::new(&["id", "url", "purpose", "secret"]);
        let made = &self.0;
        table.row([made.id.clone(), made.url.clone(), made.purpose.clone(), made.secret.clone()]);
        table
    }
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Hooks(Vec<HookShown>);

impl Report for Hooks {
    fn table(&self) -> Table {
        let mut table = Table::new(&["id", "url", "purpose", "created", "waiting", "dead"]);
        for hook in &self.0 {
            table.row([
                hook.id.clone(),
                hook.url.clone(),
                hook.purpose.clone(),
                hook.created.to_string(),
                hook.waiting.to_string(),
                hook.dead.to_string(),
            ]);
        }
        table
    }
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct DeadEvents(Vec<Dead>);

impl Report for DeadEvents {
    fn table(&self) -> Table {
        let mut table = Table::new(&["webhook", "event", "attempts", "reason"]);
        for one in &self.0 {
            table.row([
                one.webhook.clone(),
                one.event.to_string(),
                one.attempts.to_string(),
                one.reason.clone(),
            ]);
        }
        table
    }
}
