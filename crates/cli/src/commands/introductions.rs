//! `tertius introductions`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::io::Read;
use tertius::introductions::{Best, Company, Introduction, Introductions, Options, targets};

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius introductions --to mastodon:enzo@garden.example
         tertius introductions --to \"Basel AG\" --from discourse:lena
         tertius introductions --targets accounts.csv --format csv

A step is warm where both turned to each other, often; a chain is as warm as the product of its steps.
Public interactions count, and those that a colleague shares. How to read it: docs/introductions.md.")]
pub struct Args {
    /// An account, or the name of an organisation
    #[arg(long, value_name = "WHOM", required_unless_present = "targets")]
    to: Option<String>,
    /// CSV with a column account or organisation: the best chain to each (- is standard input)
    #[arg(long, value_name = "FILE", conflicts_with = "to")]
    targets: Option<String>,
    /// Who asks [default: everybody inside the firm]
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
    #[command(flatten)]
    scope: super::scope::Args,
    /// Steps of a chain at most
    #[arg(long, value_name = "K", default_value_t = 3, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=6))]
    steps: usize,
    /// Entries of each list at most
    #[arg(long, value_name = "K", default_value_t = 5)]
    limit: usize,
    /// Least expected chains at most; 0 leaves them out, which is faster
    #[arg(long, value_name = "K", default_value_t = 3)]
    unexpected: usize,
    /// How warm each step of the least expected chains must be
    #[arg(long, value_name = "W", default_value_t = tertius::introductions::FLOOR, value_parser = share)]
    floor: f64,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..1.0).contains(share));
    share.ok_or_else(|| "write a number from 0 to below 1".to_owned())
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let Args { to, targets: list, from, scope, steps, limit, unexpected, floor } = args;
    let options = Options { scope: scope.into(), from, steps, limit, unexpected, floor };
    let workspace = global.open()?;
    if let Some(file) = list {
        let mut bytes = Vec::new();
        match file.as_str() {
            "-" => _ = std::io::stdin().read_to_end(&mut bytes)?,
            _ => bytes = std::fs::read(&file).with_context(|| format!("can't read {file}"))?,
        }
        let best = workspace.introductions_to_each(&targets(&file, &bytes)?, &options)?;
        if best.is_empty() {
            global.note(format!("{file} lists nobody"));
        }
        global.print(&Each(&best))?;
        return Ok(Outcome::Done);
    }
    let found = workspace.introductions(to.as_deref().unwrap_or_default(), &options)?;
    for note in &found.notes {
        global.note(note);
    }
    global.print(&Shown(&found))?;
    Ok(Outcome::Done)
}

/// The chains, as this command and the demo show them.
#[derive(serde::Serialize)]
#[serde(transparent)]
pub struct Shown<'a>(pub &'a Introductions);

impl Report for Shown<'_> {
    fn table(&self) -> Table {
        let mut table = Table::new(&["list", "warmth", "steps", "ask"]);
        let mut row = |list: &str, one: &Introduction| {
            let steps = one.steps.len().to_string();
            table.row([list.to_owned(), format!("{:.3}", one.warmth), steps, one.ask.clone()]);
        };
        self.0.introductions.iter().for_each(|one| row("warmest", one));
        self.0.unexpected.iter().for_each(|one| row("least expected", &one.chain));
        for one in &self.0.someone {
            table.row(["not shared".to_owned(), String::new(), String::new(), one.ask.clone()]);
        }
        table
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for one in &self.0.introductions {
            chain(&mut text, one);
        }
        if !self.0.unexpected.is_empty() {
            text += "\nLeast expected\n";
        }
        for one in &self.0.unexpected {
            chain(&mut text, &one.chain);
            _ = writeln!(
                text,
                "          Step {} leads between groups that are {:.2} apart (1 is not at all in touch).",
                one.crossing, one.distance
            );
        }
        for (place, one) in self.0.someone.iter().enumerate() {
            text += if place == 0 { "\n" } else { "" };
            _ = writeln!(text, "{} They do not share whom they know.", printable(&one.ask));
        }
        if let Some(company) = &self.0.company {
            text += &view(&self.0.to, company);
        }
        text
    }
}

fn chain(text: &mut String, one: &Introduction) {
    _ = writeln!(text, "{} Warmth {:.2}.", printable(&one.ask), one.warmth);
    for step in &one.steps {
        _ = writeln!(text, "    {:.2}  {}", step.warmth, printable(&step.why));
    }
}

fn view(name: &str, company: &Company) -> String {
    let mut text = format!(
        "\n{}: {} people known; {} known to somebody inside, {} more reached by a chain, {} by none.\n",
        printable(name),
        company.people,
        company.known,
        company.by_chain,
        company.missing_in_all
    );
    match company.through {
        0 => text += "Nobody inside knows anybody there.\n",
        1 => text += "All of that hangs on one person inside.\n",
        count => _ = writeln!(text, "{count} people inside know somebody there."),
    }
    for step in &company.bridges {
        let [from, to] = [&step.from, &step.to].map(|named| printable(named.display_name()));
        _ = writeln!(text, "    {:.2}  {from} - {to}", step.warmth);
    }
    if !company.missing.is_empty() {
        let names = company.missing.iter().map(|named| printable(named.display_name()));
        let names = names.collect::<Vec<_>>().join(", ");
        let more = company.missing_in_all - company.missing.len();
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        _ = writeln!(text, "No chain leads to {names}{more}.");
    }
    text
}

/// The best chain to each of a list.
#[derive(serde::Serialize)]
#[serde(transparent)]
struct Each<'a>(&'a [Best]);

impl Report for Each<'_> {
    fn table(&self) -> Table {
        let mut table = Table::new(&["to", "warmth", "steps", "ask", "note"]);
        for one in self.0 {
            let chain = one.chain.as_ref();
            table.row([
                one.to.clone(),
                chain.map_or(String::new(), |chain| format!("{:.3}", chain.warmth)),
                chain.map_or(String::new(), |chain| chain.steps.len().to_string()),
                chain.map_or(String::new(), |chain| chain.ask.clone()),
                one.note.clone().unwrap_or_default(),
            ]);
        }
        table
    }
}
