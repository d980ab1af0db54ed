//! `tertius object`.

use super::consent::{Source, record};
use crate::{Global, Outcome};
use anyhow::Result;
use tertius::consent::{Said, Saying};

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius object twitter:88
         tertius object twitter:88 --purpose sales
         tertius object twitter:88 --lift

No reason is asked for. Names, roles, attributes and profiles of whoever objects to everything are removed, and not
kept again when they arrive anew. `forget` erases what is left.")]
pub struct Args {
    /// An account, such as twitter:88, or a person's number
    account: String,
    /// Object to this purpose only, as definitions name theirs [default: to all]
    #[arg(long)]
    purpose: Option<String>,
    /// Take the objection back, at the person's own wish
    #[arg(long)]
    lift: bool,
    /// Who says so
    #[arg(long, value_enum, default_value_t = Source::Person)]
    source: Source,
    /// Record it also for an account of which nothing is known yet
    #[arg(long, conflicts_with = "lift")]
    unknown: bool,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let saying = Saying {
        said: if args.lift { Said::Lifted } else { Said::Objected },
        purpose: args.purpose.as_deref(),
        by: args.source.into(),
        at: None,
        unknown: args.unknown,
    };
    record(global, &global.open()?, &args.account, &saying)?;
    Ok(Outcome::Done)
}
