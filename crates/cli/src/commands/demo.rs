//! `tertius demo`: a simulated firm's surroundings, from nothing to scores, and what they show.
//!
//! The world is written as files, which the ordinary connectors read. The first screen is the heart of the product: the same people
//! under every definition, one score taken apart, the orders of engagement, an introduction, and what could not be told.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::{Context, Result};
use simulate::write::Written;
use simulate::{Config, World};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tertius::acquaintances::Acquaintances;
use tertius::scope::Scope;
use tertius::side_by_side::Cell;
use tertius::{Workspace, ingest, introductions, orders};

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius demo
         tertius demo --people 20000 --seed 7

The world is simulated: none of its people exists. It is written into a new folder, with the truth about
it in truth.json, where scores can be held against it.")]
pub struct Args {
    /// How many people the world has
    #[arg(long, default_value_t = 5_000, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=1_000_000))]
    people: usize,
    /// Another world for each number
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// About how many interactions happen [default: 40 a person]
    #[arg(long, value_name = "N")]
    interactions: Option<u64>,
    /// The folder to make [default: a new one among the system's temporary files]
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

/// People shown side by side.
const SHOWN: usize = 10;
/// Pairs of worlds that the expectations in `truth.json` rest on.
const PAIRS: u32 = 50;

pub fn run(_: &Global, args: Args) -> Result<Outcome> {
    let mut out = std::io::stdout().lock();
    let started = Instant::now();
    let folder = match &args.into {
        Some(folder) => made(folder)?,
        None => fresh_folder()?,
    };
    writeln!(
        out,
        "This world is simulated: {} people around a firm called Acme. None of them exists.\n",
        args.people
    )?;
    let Args { people, seed, interactions, .. } = args;
    let world = World::new(Config { people, seed, interactions, ..Config::default() })?;
    let files = simulate::write::files(&world, &folder.join("world"), 0)?;

    let dir = folder.join("workspace");
    let workspace = Workspace::open(&dir)?;
    let Filled { read, accepted, roster, firm } = fill(&workspace, &files)?;
    writeln!(
        out,
        "Read {read} interactions of {} networks ({} came twice), and a roster of {} people.",
        files.sources.len() - 1,
        read - accepted,
        roster.read
    )?;
    if accepted == 0 {
        writeln!(out, "Nobody did anything in this world, so there is nothing to score.")?;
        return Ok(Outcome::Done);
    }
    let scored = workspace.score(&[], None)?;
    writeln!(
        out,
        "Scored under {} definitions; all this took {:.1} s.\n",
        scored.len(),
        started.elapsed().as_secs_f64()
    )?;
    for one in &scored {
        writeln!(out, "    {:<10}  {}", one.definition, one.question)?;
    }
    let best = match scored.iter().any(|one| one.scored > 0) {
        true => side_by_side(&mut out, &workspace)?,
        false => {
            writeln!(out, "\nNobody has enough evidence, so nobody gets a number.")?;
            None
        }
    };
    if let Some((id, definition)) = &best {
        let explained = workspace.explain(id, definition, None, 1)?;
        writeln!(
            out,
            "\nWhy {} stands first under {definition}\n",
            printable(explained.person.display_name())
        )?;
        writeln!(out, "{}", explained.text())?;
    }
    let options = orders::Options { examples: 0, ..orders::Options::default() };
    let engaged = workspace.orders(&options)?;
    writeln!(out, "How {} engages\n\n{}", firm.name, super::orders::Shown(&engaged).table())?;
    introduction(&mut out, &workspace)?;
    limits(&mut out, &scored)?;
    next(&mut out, &dir, best.as_ref())?;
    // Last, because it takes longer than all that was asked for.
    out.flush()?;
    simulate::write::truth(&world, &files.truth, PAIRS)?;
    writeln!(out, "\nWho really moves whom in this world stands in {}", files.truth.display())?;
    Ok(Outcome::Done)
}

/// What was read of a world.
struct Filled {
    read: u64,
    accepted: u64,
    roster: tertius::people::Imported,
    firm: tertius::firm::Firm,
}

/// Reads the files of a world by the ordinary ways.
fn fill(workspace: &Workspace, files: &Written) -> Result<Filled> {
    let (mut read, mut accepted) = (0, 0);
    for source in &files.sources {
        let options = ingest::Options {
            connector: Some(source.connector.to_owned()),
            network: source.network.map(str::to_owned),
            columns: source.columns.map(str::to_owned),
            ..ingest::Options::default()
        };
        let summary =
            workspace.ingest(std::slice::from_ref(&source.path), &options, &mut |_| {})?;
        if let Some(failure) = summary.failures.first() {
            anyhow::bail!("{failure}");
        }
        (read, accepted) = (read + summary.read, accepted + summary.accepted);
    }
    let roster = workspace.import_people(&files.people, None, None)?;
    let firm = workspace.use_firm(&files.firm)?;
    Ok(Filled { read, accepted, roster, firm })
}

/// People of the sandbox, and which world it is.
const SANDBOX: (usize, u64) = (2_000, 1);

/// Makes the simulated world that answers keys of the sandbox, where there is none. It appears whole or not at all.
pub fn sandbox(global: &Global, dir: &Path) -> Result<()> {
    if dir.exists() {
        return Ok(());
    }
    global.note(format!("making a simulated world in {}", dir.display()));
    let (people, seed) = SANDBOX;
    let world = World::new(Config { people, seed, ..Config::default() })?;
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(format!(".part-{}", std::process::id()));
    // All that comes of it stays in one folder until the workspace is whole.
    let part = dir.with_file_name(name);
    let files = simulate::write::files(&world, &part.join("world"), 0)?;
    let made = part.join("workspace");
    let workspace = Workspace::open(&made)?;
    fill(&workspace, &files)?;
    workspace.score(&[], None)?;
    drop(workspace);
    // Another process may have been first; then its world is as good, and the same.
    if let Err(error) = std::fs::rename(&made, dir)
        && !dir.is_dir()
    {
        return Err(error).context(format!("can't make {}", dir.display()));
    }
    std::fs::remove_dir_all(&part).with_context(|| format!("can't remove {}", part.display()))
}

/// The same people under every definition; gives the first of the last one, and its name.
fn side_by_side(out: &mut impl Write, workspace: &Workspace) -> Result<Option<(String, String)>> {
    let all = workspace.side_by_side(SHOWN)?;
    let mut header = vec!["who"];
    header.extend(all.definitions.iter().map(String::as_str));
    let mut table = Table::new(&header);
    for row in &all.people {
        let mut cells = vec![printable(row.person.display_name())];
        cells.extend(row.cells.iter().map(|cell| match cell {
            Cell::Score(score) => format!("{score:.0}"),
            Cell::NotEnoughEvidence => "-".to_owned(),
            Cell::NotAskedAbout => String::new(),
        }));
        table.cells(cells);
    }
    writeln!(out, "\nThe same {} people under every definition\n\n{table}", all.people.len())?;
    writeln!(
        out,
        "50 is the median of those scored, 60 one standard deviation above; - is not enough evidence, blank is not asked about."
    )?;
    let matrix = workspace.compare_all(None, 0)?;
    let mut pairs = Vec::new();
    for i in 0..matrix.definitions.len() {
        for j in i + 1..matrix.definitions.len() {
            let names = [i, j].map(|place| matrix.definitions[place].definition.as_str());
            pairs.extend(matrix.kendall_tau[i][j].map(|tau| (tau, names)));
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let (Some((low, least)), Some((high, most))) = (pairs.first(), pairs.last()) {
        let mean = pairs.iter().map(|(tau, _)| tau).sum::<f64>() / pairs.len() as f64;
        writeln!(
            out,
            "How far two definitions order people alike (1 the same, 0 not at all): {mean:.2} on average, from {low:.2} ({}) to {high:.2} ({}).",
            least.join(" and "),
            most.join(" and ")
        )?;
    }
    // A question of the business, not the number for everybody.
    let asked = all.definitions.iter().find(|name| *name == "helpers").or(all.definitions.first());
    let Some(definition) = asked else {
        return Ok(None);
    };
    let filter = tertius::rank::Filter { limit: 1, ..Default::default() };
    let first = workspace.rank(definition, &filter)?.people.into_iter().next();
    Ok(first.map(|first| (first.person.id().to_string(), definition.clone())))
}

/// One introduction, to somebody whom the firm does not know yet.
fn introduction(out: &mut impl Write, workspace: &Workspace) -> Result<()> {
    let list =
        workspace.rank("openers", &tertius::rank::Filter { limit: 30, ..Default::default() });
    let Ok(list) = list else {
        return Ok(());
    };
    let reading = workspace.reading()?;
    let known = Acquaintances::new(&reading, &Scope::default())?;
    for row in &list.people {
        let to = row.person.id().to_string();
        let options = introductions::Options { limit: 1, unexpected: 0, ..Default::default() };
        // Who refuses or works here is no goal; the next one may be.
        let Ok(found) = known.introductions(&to, &options) else {
            continue;
        };
        if found.introductions.iter().any(|one| one.steps.len() >= 2) {
            let name = printable(row.person.display_name());
            writeln!(out, "A warm way to {name}, who can open doors\n")?;
            writeln!(out, "{}", super::introductions::Shown(&found).text())?;
            return Ok(());
        }
    }
    Ok(())
}

/// What the data could not tell.
fn limits(out: &mut impl Write, scored: &[tertius::score::Scored]) -> Result<()> {
    writeln!(out, "What this could not tell\n")?;
    for one in scored {
        let asked = one.people - one.outside_population;
        write!(
            out,
            "    {:<10}  {} of the {asked} people asked about have too little evidence for a number",
            one.definition, one.not_enough_evidence
        )?;
        match one.refused {
            0 => writeln!(out)?,
            refused => writeln!(out, "; {refused} refuse one")?,
        }
        for signal in &one.left_out {
            writeln!(out, "                nobody has a value of {signal}, so it is left out")?;
        }
    }
    writeln!(
        out,
        "    A score says what happened among these people, not why, and nothing about anybody as a person.\n    Mail and chat are private, so no shipped definition counts them, and no chain leads through them.\n    Nothing guards against bought followers and rings yet: this world has both."
    )?;
    Ok(())
}

fn next(out: &mut impl Write, dir: &Path, best: Option<&(String, String)>) -> Result<()> {
    let with = format!("tertius --workspace {}", dir.display());
    writeln!(out, "\nGo on with\n")?;
    writeln!(out, "    {with} rank helpers")?;
    if let Some((id, _)) = best {
        writeln!(out, "    {with} who {id}")?;
    }
    writeln!(out, "    {with} compare")?;
    writeln!(out, "    {with} orders")?;
    Ok(())
}

/// The folder asked for, which must not be there yet: nobody's files are written over.
fn made(folder: &Path) -> Result<PathBuf> {
    let made = folder.parent().map_or(Ok(()), std::fs::create_dir_all);
    match made.and_then(|()| std::fs::create_dir(folder)) {
        Ok(()) => Ok(folder.to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let message = format!("{} exists; name a folder that does not", folder.display());
            Err(tertius::Error::new(tertius::ErrorKind::Usage, message).into())
        }
        Err(error) => Err(error).context(format!("can't make {}", folder.display())),
    }
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
