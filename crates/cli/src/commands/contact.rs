//! `tertius contact`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use std::fmt::Write as _;
use tertius::contact::{Contact, Options};

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius contact --topic-text \"how do I reset the boiler\"
         tertius contact --topic-text \"webhook fails\" --from discourse:lena --limit 5

Whoever has answered outsiders on it, well and soon, is near to who asks and has not more than their share.
Only people who agreed to the purpose contact are listed. How to read it: docs/contact.md.")]
pub struct Args {
    /// What it is about, in any words
    #[arg(long, value_name = "TEXT")]
    topic_text: String,
    /// Who asks, so that it counts who is near to them
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
    #[command(flatten)]
    scope: super::scope::Args,
    /// People at most
    #[arg(long, value_name = "K", default_value_t = 3)]
    limit: usize,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let Args { topic_text, from, scope, limit } = args;
    let options = Options { scope: scope.into(), from, limit };
    let found = global.open()?.contact_for(&topic_text, &options)?;
    for note in &found.notes {
        global.note(note);
    }
    global.print(&Shown(&found))?;
    Ok(Outcome::Done)
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Shown<'a>(&'a Contact);

impl Report for Shown<'_> {
    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "who",
            "score",
            "knowledge",
            "speed",
            "nearness",
            "share",
            "answers",
            "taken up",
            "hours",
            "lately",
        ]);
        for one in &self.0.people {
            table.row([
                one.person.display_name().to_owned(),
                format!("{:.3}", one.score),
                format!("{:.2}", one.knowledge),
                format!("{:.2}", one.speed),
                one.nearness.map_or("-".to_owned(), |near| format!("{near:.2}")),
                format!("{:.2}", one.share),
                one.answers.to_string(),
                one.taken_up.to_string(),
                format!("{:.1}", one.median_hours),
                one.lately.to_string(),
            ]);
        }
        table
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (place, one) in self.0.people.iter().enumerate() {
            _ = write!(
                text,
                "{}. {}: answered outsiders {} on this, {} of it taken up, half within {:.1} hours",
                place + 1,
                printable(one.person.display_name()),
                times(one.answers),
                one.taken_up,
                one.median_hours
            );
            text += match one.nearness {
                Some(near) if near > 0.0 => "; knows who asks, or somebody who does",
                _ => "",
            };
            if one.share < 1.0 {
                _ = write!(
                    text,
                    "; has answered {} in the last week, more than others",
                    times(one.lately)
                );
            }
            text += ".\n";
        }
        if !text.is_empty() {
            _ = write!(text, "\n{}", self.table());
        }
        text
    }
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}
