//! The commands, one file each, and the line that registers it.

mod access;
mod backup;
mod compare;
mod consent;
mod contact;
mod correct;
mod definition;
mod demo;
mod explain;
mod export;
mod firm;
mod forget;
mod ingest;
mod introductions;
mod key;
mod ladder;
mod notice;
mod object;
mod operator;
mod orders;
mod people;
mod permeability;
mod r3;
mod rank;
mod record;
mod registries;
mod retain;
mod scope;
mod score;
mod secrets;
mod seeds;
mod serve;
mod verify;
mod webhook;
mod whatif;
mod who;

use crate::{Cli, Global, Outcome};
use anyhow::Result;
use clap::CommandFactory;

/// What `tertius` can do.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Show the whole way on a simulated firm: from interactions to scores, and what they show
    Demo(demo::Args),
    /// Read interactions from files, standard input and git repositories; safe to repeat
    Ingest(ingest::Args),
    /// Say who is who: rosters, and which accounts belong together
    People(people::Args),
    /// Record and show what people say about being scored, for each purpose
    Consent(consent::Args),
    /// Stop scoring and showing a person at once, and keep nothing but the refusal
    Object(object::Args),
    /// Give a person everything that is held about them, as a file or a page
    Access(access::Args),
    /// Put right what is wrong about a person: cases and decisions
    Correct(correct::Args),
    /// List who has not been told that data about them is held, and write to them
    Notice(notice::Args),
    /// Write the record of processing activities, from what is configured and stored
    Record(record::Record),
    /// Draft the impact assessment, from what is configured and stored
    Assessment(record::Assessment),
    /// Compute and store scores
    Score(score::Args),
    /// List people by a definition; without one, the questions that can be asked
    Rank(rank::Args),
    /// Show one person under every definition
    Who(who::Args),
    /// Say why a score is what it is, down to ties and interactions
    Explain(explain::Args),
    /// Say how far two definitions agree, or all of them, and about whom they differ most
    Compare(compare::Args),
    /// Write everything out in open formats
    Export(export::Args),
    /// Say what the firm is: sides, logo, systems, brand, places
    Firm(firm::Args),
    /// Show how the firm engages through people: first, second and third order
    Orders(orders::Args),
    /// Show how far the firm's ties go across its boundary, who carries that, and how fast answers come
    Permeability(permeability::Args),
    /// Show whether customers' engagement sustains itself: how many exchanges one sets off
    R3(r3::Args),
    /// Show how customers become partners: who engages, helps, advocates and contributes, and who moved
    Ladder(ladder::Args),
    /// Name the people to invite first: those of largest joint reach, among who agreed
    Seeds(seeds::Args),
    /// Find who can introduce the firm to a person or an organisation
    Introductions(introductions::Args),
    /// Find who inside best answers a question
    Contact(contact::Args),
    /// Show the firm as it would be if people left or joined, or teams became one
    Whatif(whatif::Args),
    /// Erase people: everything that is held about them, for good
    Forget(forget::Args),
    /// Keep interactions and texts no longer than this
    Retain(retain::Args),
    /// Copy the workspace, while others go on writing
    Backup(backup::Args),
    /// Make a workspace of a copy; whoever was erased or objected since stays so
    Restore(backup::RestoreArgs),
    /// Make, list, rotate and revoke keys of programs that ask over HTTP
    Key(key::Args),
    /// Add, list and remove people who may sign in to the pages
    Operator(operator::Args),
    /// Send what is published to other servers, signed
    Webhook(webhook::Args),
    /// Serve scores over HTTP, to old Klout clients too
    Serve(serve::Args),
    /// List and rotate the secrets of the workspace
    Secrets(secrets::Args),
    /// Write and check definitions
    Definition(definition::Args),
    /// List the definitions that can be used
    Definitions(registries::Definitions),
    /// List the connectors: what can be read
    Connectors(registries::Connectors),
    /// List the signals: what can be measured
    Signals(registries::Signals),
    /// Check that everything stored is whole
    Verify(verify::Args),
    /// Print a completion script for a shell
    #[command(
        after_help = "Example: tertius completions bash > ~/.local/share/bash-completion/completions/tertius"
    )]
    Completions {
        /// The shell to complete for
        shell: clap_complete::Shell,
    },
}

/// Runs the command of a parsed command line.
pub fn run(cli: Cli) -> Result<Outcome> {
    let global = &cli.global;
    match cli.command {
        Command::Demo(args) => demo::run(global, args),
        Command::Ingest(args) => ingest::run(global, args),
        Command::People(args) => people::run(global, args),
        Command::Consent(args) => consent::run(global, args),
        Command::Object(args) => object::run(global, args),
        Command::Correct(args) => correct::run(global, args),
        Command::Access(args) => access::run(global, args),
        Command::Notice(args) => notice::run(global, args),
        Command::Record(args) => record::record(global, args),
        Command::Assessment(args) => record::assessment(global, args),
        Command::Score(args) => score::run(global, args),
        Command::Rank(args) => rank::run(global, args),
        Command::Who(args) => who::run(global, args),
        Command::Explain(args) => explain::run(global, args),
        Command::Compare(args) => compare::run(global, args),
        Command::Export(args) => export::run(global, args),
        Command::Firm(args) => firm::run(global, args),
        Command::Orders(args) => orders::run(global, args),
        Command::Permeability(args) => permeability::run(global, args),
        Command::Ladder(args) => ladder::run(global, args),
        Command::R3(args) => r3::run(global, args),
        Command::Seeds(args) => seeds::run(global, args),
        Command::Introductions(args) => introductions::run(global, args),
        Command::Contact(args) => contact::run(global, args),
        Command::Whatif(args) => whatif::run(global, args),
        Command::Forget(args) => forget::run(global, args),
        Command::Retain(args) => retain::run(global, args),
        Command::Backup(args) => backup::run(global, args),
        Command::Restore(args) => backup::restore(global, args),
        Command::Key(args) => key::run(global, args),
        Command::Operator(args) => operator::run(global, args),
        Command::Webhook(args) => webhook::run(global, args),
        Command::Serve(args) => serve::run(global, args),
        Command::Secrets(args) => secrets::run(global, args),
        Command::Definition(args) => definition::run(global, args),
        Command::Definitions(args) => registries::definitions(global, args),
        Command::Connectors(args) => registries::connectors(global, args),
        Command::Signals(args) => registries::signals(global, args),
        Command::Verify(args) => verify::run(global, args),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "tertius", &mut std::io::stdout());
            Ok(Outcome::Done)
        }
    }
}

/// Whether the error is about how the command was called.
pub fn is_wrong_use(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<tertius::Error>()
        .is_some_and(|error| error.kind() == tertius::ErrorKind::Usage)
}

impl Global {
    /// The workspace that the command works on.
    pub fn open(&self) -> Result<tertius::Workspace> {
        Ok(tertius::Workspace::open(&self.workspace)?)
    }

    /// Says for whom a command waits that wants to write.
    pub fn waiting(&self) -> std::sync::Arc<dyn Fn(&str) + Send + Sync> {
        let quiet = self.quiet;
        std::sync::Arc::new(move |holder: &str| {
            if !quiet {
                eprintln!("waiting for process {holder}, which is writing to this workspace");
            }
        })
    }
}

/// Reads a time on the command line: RFC 3339, or a date, which means its beginning in UTC.
pub fn parse_time(text: &str) -> Result<tertius::Time, String> {
    match tertius::Time::parse(&format!("{text}T00:00:00Z"), None) {
        Ok(time) if text.len() == 10 => Ok(time),
        _ => tertius::Time::parse(text, None),
    }
}

/// Reads a length of time as people write it: `48h`, `180d`, `26w`.
pub fn parse_span(text: &str) -> Result<i64, String> {
    let span = tertius::parse_span(text).filter(|span| *span > 0);
    span.ok_or_else(|| "write a length of time with its unit, such as 48h, 180d or 26w".to_owned())
}
