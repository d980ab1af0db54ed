//! `tertius operator`: people who may sign in to the pages.

use crate::output::Report;
use crate::table::Table;
use crate::{Global, Outcome};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, IsTerminal, Read};
use tertius::operators::{Audited, Operator, Role};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Add somebody; the password is asked for, or read from standard input
    #[command(after_help = "Example: tertius operator add ada --role analyst")]
    Add {
        /// How they sign in; people who ask who looked are told this
        name: String,
        /// What they may see: everything; people and reports on the firm; people; people and the audit trail
        #[arg(long, value_parser = parse_role, value_name = "operator|analyst|community|privacy")]
        role: Role,
    },
    /// List who may sign in
    #[command(after_help = "Example: tertius operator list")]
    List,
    /// Remove somebody, and sign them out
    #[command(after_help = "Example: tertius operator remove ada")]
    Remove {
        /// Who
        name: String,
    },
    /// Give somebody another password, and sign them out
    #[command(after_help = "Example: tertius operator password ada < new-password.txt")]
    Password {
        /// Who
        name: String,
    },
    /// Show who signed in, who failed to, and what was changed, newest first
    #[command(after_help = "Example: tertius operator audit --limit 20")]
    Audit {
        /// Lines, at most
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let workspace = global.open()?;
    match args.command {
        Command::Add { name, role } => {
            let added = workspace.add_operator(&name, role, &password()?)?;
            global.print(&People(vec![added]))?;
        }
        Command::List => global.print(&People(workspace.list_operators()?))?,
        Command::Remove { name } => {
            workspace.remove_operator(&name)?;
            global.note(format!("{name} can't sign in any more"));
        }
        Command::Password { name } => {
            workspace.set_operator_password(&name, &password()?)?;
            global.note(format!("{name} has another password, and must sign in again"));
        }
        Command::Audit { limit } => global.print(&Trail(workspace.audit(limit)?))?,
    }
    Ok(Outcome::Done)
}

fn parse_role(text: &str) -> Result<Role, String> {
    let names: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
    Role::parse(text).ok_or_else(|| format!("a role is one of {}", names.join(", ")))
}

/// From the terminal, without showing it, or the first line of standard input.
fn password() -> Result<String> {
    let input = std::io::stdin();
    if input.is_terminal() {
        let given =
            rpassword::prompt_password("Password: ").context("cannot ask for a password")?;
        if rpassword::prompt_password("Again: ")? != given {
            bail!("these are two different passwords; nothing was changed");
        }
        return Ok(given);
    }
    let mut line = String::new();
    // Nothing that long is a password.
    let read = input.lock().take(1 << 16).read_line(&mut line);
    read.context("cannot read a password from standard input")?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct People(Vec<Operator>);

impl Report for People {
    fn table(&self) -> Table {
        let mut table = Table::new(&["name", "role", "since"]);
        for one in &self.0 {
            table.row([one.name.clone(), one.role.name().to_owned(), one.created.to_string()]);
        }
        table
    }
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Trail(Vec<Audited>);

impl Report for Trail {
    fn table(&self) -> Table {
        let mut table = Table::new(&["at", "operator", "what"]);
        for one in &self.0 {
            table.row([one.at.to_string(), one.operator.clone(), one.what.clone()]);
        }
        table
    }
}
