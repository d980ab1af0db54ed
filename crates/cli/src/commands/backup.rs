//! `tertius backup` and `tertius restore`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use std::path::PathBuf;
use tertius::backup::{Copied, Suppressions};

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius backup /mnt/copies/2026-11-23 --with-secrets /mnt/keys/tertius.keys

Others may go on writing. The copy is checked to the last byte. Secrets are not in it, and rejects neither.")]
pub struct Args {
    /// A new folder for the copy
    #[arg(value_name = "DIR")]
    to: PathBuf,
    /// Write the secrets to a file of their own, to be kept in another place
    #[arg(long, value_name = "FILE")]
    with_secrets: Option<PathBuf>,
}

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius --workspace tertius-data restore /mnt/copies/2026-11-23 --secrets /mnt/keys/tertius.keys

Whoever was erased or objected since the copy was made stays so: that stands in WORKSPACE.suppressions, beside the workspace.
Without that file there is no restore, unless you say that there is nothing to obey.")]
pub struct RestoreArgs {
    /// The folder that `backup` made
    #[arg(value_name = "DIR")]
    from: PathBuf,
    /// The file that `backup --with-secrets` wrote
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    /// Who was erased or objected [default: the file beside the workspace]
    #[arg(long, value_name = "FILE", conflicts_with = "without_suppressions")]
    suppressions: Option<PathBuf>,
    /// Restore although nobody can tell who was erased or objected since
    #[arg(long)]
    without_suppressions: bool,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let workspace = global.open()?;
    let copied = workspace.backup(&args.to, args.with_secrets.as_deref(), global.waiting())?;
    show(global, &copied)
}

pub fn restore(global: &Global, args: RestoreArgs) -> Result<Outcome> {
    let workspace = global.open()?;
    let suppressions = match (args.suppressions, args.without_suppressions) {
        (Some(file), _) => Suppressions::File(file),
        (None, true) => Suppressions::None,
        (None, false) => Suppressions::Beside,
    };
    let waiting = global.waiting();
    let copied = workspace.restore(&args.from, args.secrets.as_deref(), &suppressions, waiting)?;
    show(global, &copied)
}

fn show(global: &Global, copied: &Copied) -> Result<Outcome> {
    global.print(copied)?;
    for note in &copied.notes {
        global.note(note);
    }
    Ok(Outcome::Done)
}

impl Report for Copied {
    fn table(&self) -> Table {
        let mut table = Table::new(&["to", "made", "interactions", "files", "bytes"]);
        table.row([
            printable(&self.to.display().to_string()),
            self.made.clone(),
            self.interactions.to_string(),
            self.files.to_string(),
            self.bytes.to_string(),
        ]);
        table
    }
}
