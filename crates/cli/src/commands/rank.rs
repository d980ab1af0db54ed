//! `tertius rank`.

use super::registries::Known;
use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use tertius::rank::{Filter, Ranked};

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius rank
         tertius rank helpers --role customer --limit 20

Without a definition it lists the questions that can be asked.")]
pub struct Args {
    /// A definition: name, name@version or file
    #[arg(value_name = "DEF")]
    definition: Option<String>,
    /// Only people who have this role at that moment
    #[arg(long)]
    role: Option<String>,
    /// Only people at this organisation at that moment
    #[arg(long)]
    organisation: Option<String>,
    /// Only people with an account on this network
    #[arg(long)]
    network: Option<String>,
    /// The scores stored for this moment [default: the newest]
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    as_of: Option<tertius::Time>,
    /// How many people to list
    #[arg(long, default_value_t = 10, value_name = "K")]
    limit: usize,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let workspace = global.open()?;
    let Some(definition) = args.definition else {
        if args.role.is_some() || args.organisation.is_some() || args.network.is_some() {
            let message = "name the definition to list people by, as in: tertius rank helpers --role customer";
            return Err(tertius::Error::new(tertius::ErrorKind::Usage, message).into());
        }
        global.print(&Known(workspace.definitions()?))?;
        global.note("Ask one with: tertius rank NAME");
        return Ok(Outcome::Done);
    };
    let filter = Filter {
        role: args.role,
        organisation: args.organisation,
        network: args.network,
        as_of: args.as_of,
        limit: args.limit,
    };
    let list = workspace.rank(&definition, &filter)?;
    global.print(&List(&list.people))?;
    global.note(list.heading());
    for note in &list.notes {
        global.note(note);
    }
    Ok(Outcome::Done)
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct List<'a>(&'a [Ranked]);

impl Report for List<'_> {
    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "rank",
            "person",
            "name",
            "accounts",
            "score",
            "low",
            "high",
            "top_share",
        ]);
        for row in self.0 {
            let bound = |end: usize| {
                row.interval.map(|ends| format!("{:.1}", ends[end])).unwrap_or_default()
            };
            table.row([
                row.rank.to_string(),
                row.person.id().to_string(),
                row.person.name().unwrap_or_default().to_owned(),
                row.person.accounts().join(" "),
                format!("{:.3}", row.score),
                bound(0),
                bound(1),
                format!("{:.6}", row.top_share),
            ]);
        }
        table
    }

    fn text(&self) -> String {
        let mut table = Table::new(&["rank", "who", "accounts", "score", "interval", "top share"]);
        for row in self.0 {
            table.row([
                row.rank.to_string(),
                row.person.display_name().to_owned(),
                row.person
                    .accounts()
                    .iter()
                    .map(|account| printable(account))
                    .collect::<Vec<_>>()
                    .join(" "),
                format!("{:.1}", row.score),
                row.interval.map(super::who::interval).unwrap_or_default(),
                super::who::share(row.top_share),
            ]);
        }
        table.to_string()
    }
}
