//! `tertius demo`: the whole way on input that is at hand, in a fresh workspace.
//!
//! Until the simulated world exists, that is the history of a git repository. Where that history has too few people
//! to score anybody, the demo says so and goes on with an invented example that is built in.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::{Context, Result};
use std::io::Write;
use std::path::{Path, PathBuf};
use tertius::Workspace;
use tertius::ingest::Options;
use tertius::rank::Filter;

const INTERACTIONS: &str = include_str!("../../../../examples/fernhill/interactions.ndjson");
const ROSTER: &str = include_str!("../../../../examples/fernhill/people.csv");

#[derive(clap::Args)]
#[command(after_help = "Example: tertius demo ~/src/some-project")]
pub struct Args {
    /// A git repository
    #[arg(default_value = ".", value_name = "REPOSITORY")]
    repository: PathBuf,
}

pub fn run(_: &Global, args: Args) -> Result<Outcome> {
    let mut out = std::io::stdout().lock();
    let base = fresh_folder()?;
    let repository = &args.repository;
    writeln!(out, "1. Who moves whom in the git history of {}?\n", repository.display())?;
    if !tour(&mut out, &base.join("git"), repository, None)? {
        writeln!(
            out,
            "\n2. The same on an invented example: Fernhill, a maker of garden timers, and its customers.\n"
        )?;
        let (events, roster) = write_example(&base)?;
        tour(&mut out, &base.join("fernhill"), &events, Some(&roster))?;
    }
    Ok(Outcome::Done)
}

/// Reads, scores, lists, explains. False if nobody could be scored.
fn tour(out: &mut impl Write, dir: &Path, source: &Path, roster: Option<&Path>) -> Result<bool> {
    let workspace = Workspace::open(dir)?;
    let options =
        Options { connector: roster.is_none().then(|| "git".to_owned()), ..Options::default() };
    let summary = workspace.ingest(&[source.to_owned()], &options, &mut |_| {})?;
    if let Some(failure) = summary.failures.first() {
        writeln!(out, "{failure}")?;
        return Ok(false);
    }
    writeln!(
        out,
        "Read {} interactions, stored {}, in {:.1} s.",
        summary.read, summary.accepted, summary.seconds
    )?;
    if let Some(roster) = roster {
        let imported = workspace.import_people(roster, None, None)?;
        writeln!(
            out,
            "Read a roster of {} people, which also says which accounts are one person's.",
            imported.read
        )?;
    }
    if summary.accepted == 0 {
        writeln!(out, "There is nothing to score.")?;
        return Ok(false);
    }
    let scored = workspace.score(&[], None)?;
    if scored.iter().all(|one| one.scored == 0) {
        let people = scored.iter().map(|one| one.people).max().unwrap_or(0);
        let tied = match people {
            0 => "Nobody in it did anything toward anybody else".to_owned(),
            _ => format!("{people} people in it have ties, none of them to enough others"),
        };
        writeln!(out, "{tied}, so nobody gets a score: there is no number without evidence.")?;
        return Ok(false);
    }
    let mut best = None;
    for one in &scored {
        writeln!(out, "\n{}: {}", one.definition, one.question)?;
        if one.scored == 0 {
            writeln!(
                out,
                "    Nobody of {} people has enough evidence, so nobody gets a number.",
                one.people
            )?;
            continue;
        }
        let list = workspace.rank(&one.definition, &Filter { limit: 5, ..Filter::default() })?;
        let mut table = Table::new(&["    score", "who"]);
        for row in &list.people {
            table.row([format!("    {:.1}", row.score), printable(row.person.display_name())]);
        }
        write!(out, "{table}")?;
        writeln!(
            out,
            "    {} scored; {} without enough evidence",
            one.scored, one.not_enough_evidence
        )?;
        if let (None, Some(first)) = (&best, list.people.first()) {
            best = Some((one.definition.clone(), first.person.clone()));
        }
    }
    let Some((definition, person)) = best else {
        return Ok(false);
    };
    let id = person.id().to_string();
    let explained = workspace.explain(&id, &definition, None, 2)?;
    writeln!(out, "\nWhy {} stands first under {definition}:\n", printable(person.display_name()))?;
    writeln!(out, "{}", explained.text())?;
    let place = format!("tertius --workspace {}", dir.display());
    writeln!(
        out,
        "Go on with:\n    {place} rank\n    {place} who {id}\n    {place} explain {id} {definition}"
    )?;
    Ok(true)
}

/// A folder that did not exist before.
fn fresh_folder() -> Result<PathBuf> {
    for number in 1..10_000 {
        let path = std::env::temp_dir().join(format!("tertius-demo-{number}"));
        match std::fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).context(format!("can't make {}", path.display())),
        }
    }
    anyhow::bail!(
        "{} is full of earlier demos; remove tertius-demo-*",
        std::env::temp_dir().display()
    )
}

fn write_example(base: &Path) -> Result<(PathBuf, PathBuf)> {
    let (events, roster) = (base.join("interactions.ndjson"), base.join("people.csv"));
    std::fs::write(&events, INTERACTIONS)
        .with_context(|| format!("can't write {}", events.display()))?;
    std::fs::write(&roster, ROSTER).with_context(|| format!("can't write {}", roster.display()))?;
    Ok((events, roster))
}
