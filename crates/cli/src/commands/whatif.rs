//! `tertius whatif`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use std::fmt::Write as _;
use tertius::permeability::Membrane;
use tertius::whatif::{Options, State, What, WhatIf};

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius whatif leave --team support
         tertius whatif join \"Basel AG\" --team services
         tertius whatif merge-teams sales marketing --into growth

Nothing is predicted: the exchange of the window is looked at as if it had been so. Fewer than five people are
asked about only if each agreed to it, or the firm's file says why. How to read it: docs/whatif.md.")]
pub struct Args {
    #[command(subcommand)]
    what: Change,
}

#[derive(clap::Subcommand)]
enum Change {
    /// Take people out of the firm, with all their ties
    #[command(after_help = "Example: tertius whatif leave --team support")]
    Leave {
        /// Accounts
        #[arg(value_name = "ACCOUNT", required_unless_present = "team")]
        accounts: Vec<String>,
        /// Everybody of this team; may be repeated
        #[arg(long, value_name = "TEAM")]
        team: Vec<String>,
        #[command(flatten)]
        about: About,
    },
    /// Put people inside the firm, with the ties that they have
    #[command(after_help = "Example: tertius whatif join \"Basel AG\" --team services")]
    Join {
        /// Accounts, or names of organisations: everybody known there
        #[arg(value_name = "WHOM", required = true)]
        whom: Vec<String>,
        /// Which team they join
        #[arg(long, value_name = "TEAM")]
        team: Option<String>,
        #[command(flatten)]
        about: About,
    },
    /// Make one team of several
    #[command(after_help = "Example: tertius whatif merge-teams sales marketing --into growth")]
    MergeTeams {
        /// The teams, as the roster names them
        #[arg(value_name = "TEAM", required = true, num_args = 2..)]
        teams: Vec<String>,
        /// What the one is called [default: as the first]
        #[arg(long, value_name = "TEAM")]
        into: Option<String>,
        #[command(flatten)]
        about: About,
    },
}

#[derive(clap::Args)]
struct About {
    #[command(flatten)]
    scope: super::scope::Args,
    /// How often sides are dealt anew to see what chance would do
    #[arg(long, value_name = "K", default_value_t = 200, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(0..=100_000))]
    draws: usize,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let (what, about) = match args.what {
        Change::Leave { accounts, team, about } => (What::Leave { accounts, teams: team }, about),
        Change::Join { whom, team, about } => (What::Join { whom, team }, about),
        Change::MergeTeams { teams, into, about } => (What::Merge { teams, into }, about),
    };
    let options = Options { scope: about.scope.into(), draws: about.draws };
    let found = global.open()?.whatif(&what, &options)?;
    for note in &found.notes {
        global.note(note);
    }
    global.print(&Shown(&found))?;
    Ok(Outcome::Done)
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Shown<'a>(&'a WhatIf);

impl Report for Shown<'_> {
    fn table(&self) -> Table {
        let mut table = Table::new(&["measure", "before", "after"]);
        let WhatIf { before, after, .. } = self.0;
        let mut row = |name: String, of: &dyn Fn(&State) -> Option<String>| {
            let [was, would] = [before, after].map(|state| of(state).unwrap_or("-".to_owned()));
            if was != "-" || would != "-" {
                table.row([name, was, would]);
            }
        };
        let index = |one: &Membrane| one.ei.map(|ei| format!("{ei:.3}"));
        let count = |count: usize| Some(count.to_string());
        row("people inside".to_owned(), &|state| count(state.whole.as_ref()?.people));
        row("E-I of the firm".to_owned(), &|state| index(state.whole.as_ref()?));
        row("E-I by chance".to_owned(), &|state| {
            Some(format!("{:.3}", state.whole.as_ref()?.chance.as_ref()?.mean))
        });
        let mut teams: Vec<&str> = Vec::new();
        for team in before.teams.iter().chain(&after.teams) {
            if !teams.contains(&team.name.as_str()) {
                teams.push(&team.name);
            }
        }
        for team in teams {
            row(format!("E-I of {}", printable(team)), &|state| {
                index(state.teams.iter().find(|one| one.name == team)?)
            });
        }
        row("with contacts outside".to_owned(), &|state| count(state.bridges.as_ref()?.spanning));
        row("people outside in contact".to_owned(), &|state| {
            count(state.bridges.as_ref()?.outside)
        });
        row("of them through one alone".to_owned(), &|state| {
            count(state.bridges.as_ref()?.through_one)
        });
        row("organisations in contact".to_owned(), &|state| {
            count(state.bridges.as_ref()?.organisations.len())
        });
        row("in third order".to_owned(), &|state| count(state.third_order?.people));
        row("of them known inside".to_owned(), &|state| count(state.third_order?.known));
        row("known through one".to_owned(), &|state| count(state.third_order?.through_one));
        row("out of reach".to_owned(), &|state| count(state.third_order?.out_of_reach));
        table
    }

    fn text(&self) -> String {
        let found = self.0;
        let mut text = format!("If {}:\n\n{}", printable(&found.change), self.table());
        for (words, names) in [("lost", &found.lost), ("gained", &found.gained)] {
            if !names.is_empty() {
                let shown: Vec<String> =
                    names.iter().take(10).map(|name| printable(name)).collect();
                let more = names.len() - shown.len();
                let more = if more > 0 { format!(", and {more} more") } else { String::new() };
                _ = writeln!(text, "\nOrganisations {words}: {}{more}.", shown.join(", "));
            }
        }
        text
    }
}
