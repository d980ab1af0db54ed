//! `tertius export`.

use crate::output::Report;
use crate::table::Table;
use crate::{Global, Outcome};
use anyhow::Result;
use std::path::PathBuf;
use tertius::export::{Exported, SegmentFile, What};

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius export scores --to scores.csv
         tertius export interactions --to all.parquet
         tertius export ties --definition general --to ties.graphml
         tertius export --list interactions

The ending of the file chooses the format. Rows are sorted: equal content is an equal file.")]
pub struct Args {
    /// What to write
    #[arg(value_enum, required_unless_present = "list", conflicts_with = "list")]
    what: Option<Kind>,
    /// The file to write, ending in .parquet, .csv or .graphml
    #[arg(long, value_name = "FILE", required_unless_present = "list")]
    to: Option<PathBuf>,
    /// The definition whose ties, signals or scores to write
    #[arg(long, value_name = "DEF")]
    definition: Option<String>,
    /// The moment to export as of [default: the newest interaction]
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    as_of: Option<tertius::Time>,
    /// List the live files of the ledger instead of writing anything
    #[arg(long, value_enum, value_name = "WHAT")]
    list: Option<Listed>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    Interactions,
    Ties,
    People,
    Signals,
    Scores,
    Snapshot,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Listed {
    Interactions,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let workspace = global.open()?;
    let (Some(kind), Some(to)) = (args.what, args.to) else {
        global.print(&Files(workspace.segment_files()?))?;
        return Ok(Outcome::Done);
    };
    let what = match kind {
        Kind::Interactions => What::Interactions,
        Kind::Ties => What::Ties,
        Kind::People => What::People,
        Kind::Signals => What::Signals,
        Kind::Scores => What::Scores,
        Kind::Snapshot => What::Snapshot,
    };
    let exported = workspace.export(what, &to, args.definition.as_deref(), args.as_of)?;
    global.print(&exported)?;
    Ok(Outcome::Done)
}

impl Report for Exported {
    fn table(&self) -> Table {
        let mut table = Table::new(&["file", "rows", "bytes"]);
        table.row([self.file.display().to_string(), self.rows.to_string(), self.bytes.to_string()]);
        table
    }
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Files(Vec<SegmentFile>);

impl Report for Files {
    fn table(&self) -> Table {
        let mut table = Table::new(&["interactions", "accounts", "rows"]);
        for file in &self.0 {
            let accounts =
                file.accounts.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
            table.row([file.interactions.display().to_string(), accounts, file.rows.to_string()]);
        }
        table
    }
}
