//! `tertius ingest`.

use crate::output::{Format, Report};
use crate::table::Table;
use crate::{Global, Outcome, progress};
use anyhow::Result;
use std::path::PathBuf;
use tertius::ingest::{Event, Options, Summary};

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius ingest events.ndjson.gz
         tertius ingest ties.csv --connector edges --network office --columns source=from,target=to,at=when
         tertius ingest path/to/a/git/repository

The connector is recognised by content. Reading the same file again adds nothing.
Rows that can't be used go to a rejects file with line, field and reason.")]
pub struct Args {
    /// Files (also .gz and .zst), git repositories, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Read as this, whatever the content looks like (see `tertius connectors`)
    #[arg(long, value_name = "NAME")]
    connector: Option<String>,
    /// The network that rows belong to where the file does not say
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
    /// Which columns mean what: source=..,target=..,at=..
    #[arg(long, value_name = "MAPPING")]
    columns: Option<String>,
    /// The time of rows that have none, such as 2026-01-31T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    at: Option<tertius::Time>,
    /// What times without an offset mean: a name such as Europe/Berlin, or UTC
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Exit with 3 if a row was rejected
    #[arg(long)]
    strict: bool,
    /// Threads that parse [default: all processors]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let workspace = global.open()?;
    let options = Options {
        connector: args.connector,
        network: args.network,
        columns: args.columns,
        at: args.at,
        timezone: args.timezone,
        threads: args.threads,
    };
    let acknowledge = global.chosen_format() == Format::Json;
    let bar = progress::bytes(!global.quiet);
    let summary = workspace.ingest(&args.paths, &options, &mut |event| match event {
        Event::Committed { .. } if acknowledge => {
            // The one line that scripts may rely on: these rows are on disk.
            if let Ok(line) = serde_json::to_string(&event) {
                eprintln!("{line}");
            }
        }
        Event::Committed { .. } => {}
        Event::Progress { file, done, total } => {
            bar.set_message(crate::table::printable(file));
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(done);
        }
        Event::Waiting { writer } => bar.suspend(|| {
            global.note(format!("waiting for {writer}, which is writing to this workspace"))
        }),
    })?;
    bar.finish_and_clear();
    global.print(&summary)?;
    for note in &summary.notes {
        global.note(note);
    }
    for failure in &summary.failures {
        eprintln!("tertius: {failure}");
    }
    Ok(match () {
        () if !summary.failures.is_empty() => Outcome::Failed,
        () if args.strict && summary.rejected > summary.erased + summary.expired => {
            Outcome::Rejected
        }
        () => Outcome::Done,
    })
}

impl Report for Summary {
    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "read",
            "accepted",
            "duplicates",
            "conflicts",
            "rejected",
            "rejects_file",
            "seconds",
        ]);
        let counts = [self.read, self.accepted, self.duplicates, self.conflicts, self.rejected]
            .map(|count| count.to_string());
        let [read, accepted, duplicates, conflicts, rejected] = counts;
        let file =
            self.rejects_file.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        table.row([
            read,
            accepted,
            duplicates,
            conflicts,
            rejected,
            file,
            format!("{:.2}", self.seconds),
        ]);
        table
    }
}
