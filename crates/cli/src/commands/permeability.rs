//! `tertius permeability`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use std::fmt::Write as _;
use tertius::permeability::{Bridges, Membrane, Options, Period, Permeability};
use tertius::replies::{Answers, Waited};

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius permeability
         tertius permeability --organisation \"Basel AG\" --window 90d --format json

Compared with the window of the same length before it. E-I is -1 where all ties stay within and 1 where all go across. By chance: the same with sides dealt anew among
people of the same networks and as many contacts. How to read it: docs/permeability.md.")]
pub struct Args {
    #[command(flatten)]
    scope: super::scope::Args,
    /// Count ties by their strength, and not each as one
    #[arg(long)]
    weighted: bool,
    /// How often sides are dealt anew to see what chance would do
    #[arg(long, value_name = "K", default_value_t = 1000, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(0..=100_000))]
    draws: usize,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let Args { scope, weighted, draws } = args;
    let options = Options { scope: scope.into(), weighted, draws };
    let report = global.open()?.permeability(&options)?;
    for note in &report.notes {
        global.note(note);
    }
    global.print(&Shown(&report))?;
    Ok(Outcome::Done)
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Shown<'a>(&'a Permeability);

impl Report for Shown<'_> {
    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "boundary",
            "people",
            "across",
            "within",
            "E-I",
            "by chance",
            "z",
            "before",
        ]);
        let Permeability { now, before, .. } = self.0;
        let earlier = before.iter().flat_map(|before| before.whole.iter().chain(&before.teams));
        let earlier: Vec<&Membrane> = earlier.collect();
        for (k, one) in now.whole.iter().chain(&now.teams).enumerate() {
            let same = |before: &&&Membrane| before.name == one.name;
            // The first is the firm, whatever its name.
            let then = if k == 0 {
                before.as_ref().and_then(|before| before.whole.as_ref())
            } else {
                earlier.iter().skip(1).find(same).copied()
            };
            table.row([
                if one.name.is_empty() { "the firm".to_owned() } else { printable(&one.name) },
                one.people.to_string(),
                ties(one.external),
                ties(one.internal),
                number(one.ei),
                number(one.chance.as_ref().map(|chance| chance.mean)),
                number(one.chance.as_ref().and_then(|chance| chance.z)),
                number(then.and_then(|then| then.ei)),
            ]);
        }
        table
    }

    fn text(&self) -> String {
        let Permeability { now, before, .. } = self.0;
        if now.whole.is_none() {
            return String::new();
        }
        let mut text = format!("{} to {}\n\n{}", day(now.from), day(now.to), self.table());
        if let Some(chance) = now.whole.as_ref().and_then(|whole| whole.chance.as_ref()) {
            match chance.z {
                Some(_) => {
                    _ = writeln!(
                        text,
                        "\nChance alone would give the firm as low an index in {:.1} of 100 draws, and as high a one in {:.1}.",
                        100.0 * chance.as_low,
                        100.0 * chance.as_high
                    );
                }
                None => {
                    text += "\nChance has nothing to deal anew for the firm as a whole: nobody outside is on the same networks with about as many contacts.\n";
                }
            }
        }
        if let Some(bridges) = &now.bridges {
            text += &bridged(bridges, before.as_ref());
        }
        if let Some(roles) = &now.roles {
            _ = writeln!(
                text,
                "Between organisations, people inside stand on these open paths: coordinator {}, gatekeeper {}, representative {}, consultant {}, liaison {}.",
                roles.coordinator,
                roles.gatekeeper,
                roles.representative,
                roles.consultant,
                roles.liaison
            );
        }
        if let Some(answers) = &now.answers {
            text += &answered(answers, before.as_ref());
        }
        text
    }
}

fn bridged(bridges: &Bridges, before: Option<&Period>) -> String {
    let mut text = format!(
        "\n{} of {} people inside have contacts outside{}.",
        bridges.spanning,
        bridges.inside,
        match before.and_then(|before| before.bridges.as_ref()) {
            Some(then) => format!(", {} of {} in the window before", then.spanning, then.inside),
            None => String::new(),
        }
    );
    if let (Some(tenth), Some(gini)) = (bridges.top_tenth, bridges.gini) {
        _ = write!(
            text,
            " The busiest tenth has {:.0} % of these contacts (Gini {gini:.2}).",
            100.0 * tenth
        );
    }
    _ = writeln!(
        text,
        " {} people outside are in contact with the firm, {} of them through one person alone.",
        bridges.outside, bridges.through_one
    );
    let at_risk: Vec<String> = bridges
        .organisations
        .iter()
        .filter(|one| one.through == 1)
        .map(|one| printable(&one.organisation))
        .collect();
    if !at_risk.is_empty() {
        let more = at_risk.len().saturating_sub(10);
        _ = write!(
            text,
            "Reached through one person alone: {}",
            at_risk[..at_risk.len() - more].join(", ")
        );
        text += &if more > 0 { format!(", and {more} more.\n") } else { ".\n".to_owned() };
    }
    text
}

/// A time to wait, in the unit in which it is a number that can be read.
fn waited(hours: f64) -> String {
    let minutes = (60.0 * hours).round();
    match hours {
        _ if minutes < 2.0 => "a minute".to_owned(),
        _ if minutes < 60.0 => format!("{minutes} minutes"),
        _ => format!("{hours:.1} hours"),
    }
}

fn answered(answers: &Answers, before: Option<&Period>) -> String {
    let mut text = String::new();
    let then = before.and_then(|before| before.answers.as_ref());
    let mut line = |who: &str, now: Option<Waited>, then: Option<Waited>| {
        if let Some(now) = now {
            _ = write!(
                text,
                "{who} answered {} times, half within {} and nine of ten within {}",
                now.answers,
                waited(now.median_hours),
                waited(now.tenth_hours)
            );
            match then {
                Some(then) => {
                    _ = writeln!(text, "; before, half within {}.", waited(then.median_hours));
                }
                None => text += ".\n",
            }
        }
    };
    line("People inside", answers.by_people, then.and_then(|then| then.by_people));
    line("The logo", answers.by_house, then.and_then(|then| then.by_house));
    line("Systems", answers.by_systems, then.and_then(|then| then.by_systems));
    line("People outside", answers.by_outside, then.and_then(|then| then.by_outside));
    _ = writeln!(
        text,
        "Of {} posts turned to the firm, {} got an answer from it.",
        answers.asked, answers.answered
    );
    text
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"))
}

/// A count, or a sum of strengths.
fn ties(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value}") } else { format!("{value:.1}") }
}

fn day(time: tertius::Time) -> String {
    let text = time.to_string();
    text.get(..10).unwrap_or(&text).to_owned()
}
