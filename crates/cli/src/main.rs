//! The binary `tertius`: reads the command line, calls the facade, prints what comes back.
//!
//! Nothing is computed here. A command is one file in `commands/` and one line in [`commands::Command`].
//! Results go to standard output, everything else to standard error.

mod commands;
mod output;
mod progress;
mod table;

use clap::Parser;
use std::process::ExitCode;

/// Signals of influence that a business defines for itself.
#[derive(Parser)]
#[command(name = "tertius", version, max_term_width = 100, arg_required_else_help = true)]
#[command(
    after_help = "Example: tertius ingest interactions.ndjson && tertius score && tertius rank general"
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: commands::Command,
}

/// What every command understands.
#[derive(clap::Args)]
struct Global {
    /// The folder that holds everything
    #[arg(
        long,
        global = true,
        env = "TERTIUS_WORKSPACE",
        default_value = "tertius-data",
        value_name = "DIR"
    )]
    pub workspace: std::path::PathBuf,
    /// How to print results [default: table on a terminal, json otherwise]
    #[arg(long, global = true, value_enum)]
    pub format: Option<output::Format>,
    /// Print results only: no progress, no notes
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// How a command ended, when it did not fail.
#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    /// Everything was done.
    Done,
    /// Done, but the work as a whole failed in a way that the output says.
    Failed,
    /// Done with rejected rows, under `--strict`.
    Rejected,
}

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::new().filter_or("TERTIUS_LOG", "warn"))
        .target(env_logger::Target::Stderr)
        .init();
    let cli = Cli::parse();
    match commands::run(cli) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::from(1),
        Ok(Outcome::Rejected) => ExitCode::from(3),
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tertius: {error:#}");
            ExitCode::from(if commands::is_wrong_use(&error) { 2 } else { 1 })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_shows_an_example() {
        fn check(command: &clap::Command, path: &str) {
            for sub in command.get_subcommands() {
                let path = format!("{path} {}", sub.get_name());
                let help = sub.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(
                    help.contains("Example: tertius") || sub.has_subcommands(),
                    "{path} has no example"
                );
                check(sub, &path);
            }
        }
        check(&Cli::command(), "tertius");
    }
}
