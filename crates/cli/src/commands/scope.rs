//! The arguments that every report on the firm takes: which firm, up to when, how far back.

use std::path::PathBuf;
use tertius::scope::Scope;

/// The firm and the window of a report.
#[derive(clap::Args)]
#[group(skip)]
pub struct Args {
    /// An organisation in the place of the workspace's firm
    #[arg(long, conflicts_with = "firm")]
    organisation: Option<String>,
    /// A firm's file in the place of the workspace's firm
    #[arg(long, value_name = "FILE")]
    firm: Option<PathBuf>,
    /// Up to this moment [default: the newest interaction]
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    as_of: Option<tertius::Time>,
    /// How far back to look
    #[arg(long, value_name = "SPAN", default_value = "180d", value_parser = super::parse_span)]
    window: i64,
}

impl From<Args> for Scope {
    fn from(args: Args) -> Scope {
        let Args { organisation, firm, as_of, window } = args;
        Scope { organisation, firm, as_of, window }
    }
}
