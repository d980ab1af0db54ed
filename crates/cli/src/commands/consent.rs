//! `tertius consent`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use std::collections::BTreeMap;
use tertius::consent::{By, History, Listed, Recorded, Said, Saying, Standing};

#[derive(clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Example: tertius consent twitter:88 given --source self
         tertius consent twitter:88 withdrawn --purpose sales
         tertius consent show twitter:88
         tertius consent list --standing refused

A refusal takes effect at once, whatever the clock says. Of other statements the newest holds."
)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    say: Option<Say>,
}

#[derive(clap::Args)]
struct Say {
    /// An account, such as twitter:88, or a person's number
    account: String,
    /// What was said
    #[arg(value_enum)]
    said: Word,
    /// For this purpose only, as definitions name theirs [default: for all]
    #[arg(long)]
    purpose: Option<String>,
    /// Who says so
    #[arg(long, value_enum, default_value_t = Source::Operator)]
    source: Source,
    /// When it was said [default: now]
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    at: Option<tertius::Time>,
    /// Record a refusal also for an account of which nothing is known yet
    #[arg(long)]
    unknown: bool,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Show where a person stands, and everything that was said
    #[command(after_help = "Example: tertius consent show twitter:88")]
    Show {
        /// An account, such as twitter:88, or a person's number
        account: String,
    },
    /// List everybody of whom something was said; whoever refuses without a name
    #[command(after_help = "Example: tertius consent list --standing given --format csv")]
    List {
        /// Only those who stand so toward some purpose
        #[arg(long, value_enum)]
        standing: Option<Stand>,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Word {
    /// May be scored and shown
    Given,
    /// No longer
    Withdrawn,
}

/// Who says something.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Source {
    /// The person
    #[value(name = "self")]
    Person,
    /// The operator
    Operator,
}

impl From<Source> for By {
    fn from(source: Source) -> By {
        match source {
            Source::Person => By::Person,
            Source::Operator => By::Operator,
        }
    }
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Stand {
    Given,
    Refused,
    #[value(name = "under-18")]
    Minor,
    NeverAsked,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let workspace = global.open()?;
    match (args.command, args.say) {
        (Some(Command::Show { account }), _) => global.print(&workspace.consent(&account)?)?,
        (Some(Command::List { standing }), _) => {
            let standing = standing.map(|stand| match stand {
                Stand::Given => Standing::Given,
                Stand::Refused => Standing::Refused,
                Stand::Minor => Standing::Minor,
                Stand::NeverAsked => Standing::NeverAsked,
            });
            global.print(&List(workspace.consents(standing)?))?;
        }
        (None, Some(say)) => {
            let saying = Saying {
                said: match say.said {
                    Word::Given => Said::Given,
                    Word::Withdrawn => Said::Withdrawn,
                },
                purpose: say.purpose.as_deref(),
                by: say.source.into(),
                at: say.at,
                unknown: say.unknown,
            };
            record(global, &workspace, &say.account, &saying)?;
        }
        (None, None) => unreachable!("clap asks for one of the two"),
    }
    Ok(Outcome::Done)
}

/// Records a statement and tells what came of it.
pub fn record(
    global: &Global,
    workspace: &tertius::Workspace,
    account: &str,
    saying: &Saying<'_>,
) -> Result<()> {
    let recorded = workspace.say(account, saying)?;
    global.print(&recorded)?;
    for note in &recorded.notes {
        global.note(note);
    }
    Ok(())
}

impl Report for Recorded {
    fn table(&self) -> Table {
        let mut table = Table::new(&["account", "said", "purpose", "source", "at", "standing"]);
        table.row([
            self.account.clone(),
            self.said.clone(),
            of_purpose(&self.purpose),
            self.source.clone(),
            self.at.to_string(),
            self.standing.clone(),
        ]);
        table
    }
}

impl Report for History {
    fn table(&self) -> Table {
        let mut table = Table::new(&["at", "said", "purpose", "source"]);
        for one in &self.statements {
            table.row([
                one.at.to_string(),
                one.said.clone(),
                of_purpose(&one.purpose),
                one.source.clone(),
            ]);
        }
        table
    }

    fn text(&self) -> String {
        let account = printable(&self.account);
        let mut text = format!("{account}: {}\n", stands(&self.standing, &self.purposes));
        if self.statements.is_empty() {
            text.push_str("nothing was ever said\n");
        } else {
            text.push_str(&self.table().to_string());
        }
        text
    }
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct List(Vec<Listed>);

impl Report for List {
    fn table(&self) -> Table {
        let mut table = Table::new(&["person", "who", "standing"]);
        for one in &self.0 {
            let who = one.who.as_ref().map_or("", |who| who.display_name());
            table.row([
                one.person.to_string(),
                who.to_owned(),
                stands(&one.standing, &one.purposes),
            ]);
        }
        table
    }
}

fn of_purpose(purpose: &str) -> String {
    if purpose.is_empty() { "all".to_owned() } else { purpose.to_owned() }
}

fn stands(general: &str, purposes: &BTreeMap<String, String>) -> String {
    let others = purposes.iter().map(|(purpose, standing)| format!("{purpose}: {standing}"));
    std::iter::once(general.to_owned()).chain(others).collect::<Vec<_>>().join("; ")
}
