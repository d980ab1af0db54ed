//! `tertius forget`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use tertius::forget::Receipt;

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius forget mastodon:alice@example.social
         tertius forget github:alice twitter:88 --dry-run

A person goes with all their accounts: interactions they had part in, names, roles, attributes, claims and consents;
mentions of them in what others wrote are blanked, and exports inside the workspace that name them are removed.
A keyed hash refuses them from then on, whatever is read again. There is no way back.
Several people at once are one pass. What was broken off is finished by the next command that writes.")]
pub struct Args {
    /// Whom to erase: network:id, network:handle, or a person's number
    #[arg(required_unless_present_any = ["finish", "list"], value_name = "ACCOUNT")]
    accounts: Vec<String>,
    /// Only say whose accounts would go
    #[arg(long)]
    dry_run: bool,
    /// Finish erasures that were broken off, and nothing else
    #[arg(long, conflicts_with_all = ["accounts", "dry_run"])]
    finish: bool,
    /// List the erasures there were; who it was is not known any more
    #[arg(long, conflicts_with_all = ["accounts", "dry_run", "finish"])]
    list: bool,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let workspace = global.open()?;
    let waiting = global.waiting();
    if args.list {
        global.print(&Erasures::of(workspace.erasures()?))?;
        return Ok(Outcome::Done);
    }
    if args.finish {
        let count = workspace.finish_erasures(waiting)?;
        global.print(&Finished { finished: count })?;
        return Ok(Outcome::Done);
    }
    let receipt = workspace.forget(&args.accounts, args.dry_run, waiting)?;
    let would = if args.dry_run { "would be erased" } else { "erased" };
    if !receipt.every_account.is_empty() {
        let accounts = receipt.every_account.join(" ");
        global.note(printable(&format!("{would}, as accounts of those named: {accounts}")));
    }
    match args.dry_run {
        true => global.print(&Planned { accounts: receipt.every_account })?,
        false => global.print(&receipt)?,
    }
    Ok(Outcome::Done)
}

#[derive(serde::Serialize)]
struct Planned {
    accounts: Vec<String>,
}

impl Report for Planned {
    fn table(&self) -> Table {
        let mut table = Table::new(&["account"]);
        for account in &self.accounts {
            table.row([account.clone()]);
        }
        table
    }
}

#[derive(serde::Serialize)]
struct Finished {
    finished: usize,
}

impl Report for Finished {
    fn table(&self) -> Table {
        let mut table = Table::new(&["finished"]);
        table.row([self.finished.to_string()]);
        table
    }
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Erasures(Vec<Listed>);

#[derive(serde::Serialize)]
struct Listed {
    erasure: i64,
    kind: String,
    begun: tertius::Time,
    done: Option<tertius::Time>,
    accounts: u64,
    interactions: u64,
    redacted: u64,
}

impl Erasures {
    fn of(all: Vec<tertius::forget::Erasure>) -> Erasures {
        let listed = all.into_iter().map(|one| Listed {
            erasure: one.number,
            kind: one.kind,
            begun: one.begun,
            done: one.done,
            accounts: one.counts.accounts,
            interactions: one.counts.interactions,
            redacted: one.counts.redacted,
        });
        Erasures(listed.collect())
    }
}

impl Report for Erasures {
    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "erasure",
            "kind",
            "begun",
            "done",
            "accounts",
            "interactions",
            "redacted",
        ]);
        for one in &self.0 {
            table.row([
                one.erasure.to_string(),
                one.kind.clone(),
                one.begun.to_string(),
                one.done.map_or_else(|| "not yet".to_owned(), |done| done.to_string()),
                one.accounts.to_string(),
                one.interactions.to_string(),
                one.redacted.to_string(),
            ]);
        }
        table
    }
}

impl Report for Receipt {
    fn table(&self) -> Table {
        let mut table = Table::new(&["what", "count"]);
        let counts = [
            ("accounts", self.accounts),
            ("interactions removed", self.interactions),
            ("interactions of others redacted", self.redacted),
            ("segments rewritten", self.segments),
            ("rows about people removed", self.people_rows),
            ("rejected rows blanked", self.rejects),
            ("files removed", self.files),
        ];
        for (what, count) in counts {
            table.row([what.to_owned(), count.to_string()]);
        }
        table
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for asked in &self.asked {
            let line = match asked.state {
                "erased before" => {
                    "had been erased before: nothing is held, and sources are refused"
                }
                _ => "erased",
            };
            text.push_str(&format!("{}: {line}\n", printable(&asked.account)));
        }
        if let (Some(number), Some(done)) = (self.erasure, self.done) {
            text.push_str(&format!("erasure {number}, done {done}\n\n{}", self.table()));
        }
        for path in &self.look_at {
            let path = printable(&path.display().to_string());
            text.push_str(&format!("\nlook at {path}: it may name them, and is yours to change\n"));
        }
        text
    }
}
