//! `tertius serve`: the HTTP API.

use crate::{Global, Outcome};
use anyhow::Result;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius serve --listen 127.0.0.1:8080
It ends on SIGTERM or SIGINT, after the requests that are under way.")]
pub struct Args {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR")]
    listen: SocketAddr,
    /// Append a line of JSON for each request to this file; it names neither people nor accounts
    #[arg(long, value_name = "FILE")]
    access_log: Option<PathBuf>,
    /// The definition that clients of the old Klout API are answered from
    #[arg(long, default_value = "general", value_name = "DEF")]
    klout: String,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let options = server::Options {
        listen: args.listen,
        access_log: args.access_log,
        klout: args.klout,
        ..server::Options::default()
    };
    server::serve(&global.open()?, &options, |address| {
        // Scripts wait for this line, also where notes are not wanted.
        eprintln!("listening on http://{address}");
    })?;
    Ok(Outcome::Done)
}
