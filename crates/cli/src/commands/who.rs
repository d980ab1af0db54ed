//! `tertius who`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use tertius::who::{Neighbour, Portrait};

#[derive(clap::Args)]
#[command(after_help = "Example: tertius who twitter:88")]
pub struct Args {
    /// An account, such as twitter:88, or a person's number
    account: String,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let portrait = global.open()?.who(&args.account)?;
    global.print(&portrait)?;
    Ok(Outcome::Done)
}

impl Report for Portrait {
    fn table(&self) -> Table {
        let mut table =
            Table::new(&["definition", "score", "top_share", "reference_people", "state"]);
        for score in &self.scores {
            table.row([
                score.definition.clone(),
                score.score.map(|value| format!("{value:.3}")).unwrap_or_default(),
                score.top_share.map(|value| format!("{value:.6}")).unwrap_or_default(),
                score.reference_people.to_string(),
                score.state.clone(),
            ]);
        }
        table
    }

    fn text(&self) -> String {
        let mut text =
            format!("{}  (person {})\n", printable(self.person.display_name()), self.person.id());
        text.push_str(&format!("accounts: {}\n", printable(&self.person.accounts().join(", "))));
        for role in &self.roles {
            text.push_str(&format!("role: {}\n", printable(&role.to_string())));
        }
        text.push('\n');
        for score in &self.scores {
            let said = match (score.score, score.top_share) {
                // Below the median, words come first; the number is one call away.
                (Some(value), Some(top)) if value >= 50.0 => {
                    format!(
                        "{value:.1}, {} of {} people with evidence",
                        share(top),
                        grouped(score.reference_people)
                    )
                }
                (Some(_), _) => {
                    format!(
                        "below the middle of the {} people with evidence; the number is in explain",
                        grouped(score.reference_people)
                    )
                }
                _ => score.state.clone(),
            };
            text.push_str(&format!("{}: {}\n    {}\n", score.definition, score.question, said));
        }
        for (title, list) in
            [("Influences", &self.influenced), ("Is influenced by", &self.influencers)]
        {
            if !list.is_empty() {
                text.push_str(&format!("\n{title}:\n{}", neighbours(list)));
            }
        }
        text
    }
}

fn neighbours(list: &[Neighbour]) -> String {
    let mut table = Table::new(&["  who", "accounts", "interactions", "strength"]);
    for one in list {
        table.row([
            format!("  {}", one.person.display_name()),
            one.person.accounts().join(" "),
            one.interactions.to_string(),
            format!("{:.2}", one.strength),
        ]);
    }
    table.to_string()
}

/// A share as people say it: "top 2 in 100".
pub fn share(top: f64) -> String {
    let of = [100.0, 1_000.0, 10_000.0, 100_000.0, 1e6]
        .into_iter()
        .find(|of| top * of >= 1.0)
        .unwrap_or(1e6);
    format!("top {} in {}", (top * of).ceil(), grouped(of as u64))
}

/// A number with a comma every three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let parts: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|part| std::str::from_utf8(part).ok())
        .collect();
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn shares_are_said_in_round_numbers() {
        assert_eq!(share(0.02), "top 2 in 100");
        assert_eq!(share(0.0004), "top 4 in 10,000");
        assert_eq!(share(1.0), "top 100 in 100");
    }
}
