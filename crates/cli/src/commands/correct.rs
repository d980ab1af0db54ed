//! `tertius correct`.

use super::consent::Source;
use crate::output::Report;
use crate::table::Table;
use crate::{Global, Outcome};
use anyhow::Result;
use tertius::correct::{CaseShown, Correction};

#[derive(clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Example: tertius correct discourse:ann not-mine github:ann
         tertius correct discourse:ann left Wexford --since 2026-03-01
         tertius correct discourse:ann not-praise discourse:p17
         tertius correct list
         tertius correct decide 1 accept --why \"Confirmed by Wexford\"

Each is a case. Accepted, it holds against every later import; scores go by it from the next `score` on."
)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    open: Option<Open>,
}

#[derive(clap::Args)]
struct Open {
    /// An account, such as twitter:88, or a person's number
    account: String,
    /// What is wrong
    #[arg(value_enum)]
    wrong: Word,
    /// The other account, the organisation, or the interaction as network:id
    what: String,
    /// The day that they left [default: today]
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    since: Option<tertius::Time>,
    /// Who says so
    #[arg(long, value_enum, default_value_t = Source::Person)]
    by: Source,
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Word {
    /// An account is somebody else's
    NotMine,
    /// They left an organisation
    Left,
    /// An interaction does not speak for anybody
    NotPraise,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List the cases that wait for a decision
    #[command(after_help = "Example: tertius correct list --all")]
    List {
        /// Also those that were decided
        #[arg(long)]
        all: bool,
    },
    /// Decide a case, once
    #[command(after_help = "Example: tertius correct decide 1 decline --why \"It is praise\"")]
    Decide {
        /// Its number
        case: i64,
        /// How
        #[arg(value_enum)]
        decision: Ruling,
        /// The reason, which the person will read
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Ruling {
    Accept,
    Decline,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let workspace = global.open()?;
    match (args.command, args.open) {
        (Some(Command::List { all }), _) => global.print(&Cases(workspace.cases(all)?))?,
        (Some(Command::Decide { case, decision, why }), _) => {
            let accept = decision == Ruling::Accept;
            global.print(&Cases(vec![workspace.decide(case, accept, &why)?]))?;
            if accept {
                global.note("scores go by it from the next `tertius score` on");
            }
        }
        (None, Some(open)) => {
            if open.since.is_some() && open.wrong != Word::Left {
                let message = "--since says when somebody left; leave it out here";
                return Err(tertius::Error::new(tertius::ErrorKind::Usage, message).into());
            }
            let correction = match open.wrong {
                Word::NotMine => Correction::NotMine(&open.what),
                Word::Left => Correction::Left(&open.what, open.since),
                Word::NotPraise => Correction::NotPraise(&open.what),
            };
            let case = workspace.correct(&open.account, &correction, open.by.into())?;
            global.print(&Cases(vec![case]))?;
        }
        (None, None) => unreachable!("clap asks for one of the two"),
    }
    Ok(Outcome::Done)
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Cases(Vec<CaseShown>);

impl Report for Cases {
    fn table(&self) -> Table {
        let mut table = Table::new(&["case", "who", "says", "by", "opened", "decision", "why"]);
        for case in &self.0 {
            table.row([
                case.case.to_string(),
                case.who.as_ref().map_or("", |who| who.display_name()).to_owned(),
                case.says.clone(),
                case.source.clone(),
                case.opened.to_string(),
                case.decision.clone(),
                case.why.clone().unwrap_or_default(),
            ]);
        }
        table
    }
}
