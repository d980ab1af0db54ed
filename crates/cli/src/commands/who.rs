//! `tertius who`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use tertius::history::Delta;
use tertius::who::{Neighbour, Portrait};

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius who twitter:88
         tertius who twitter:88 --definition helpers@1 --definition helpers@2")]
pub struct Args {
    /// An account, such as twitter:88, or a person's number
    account: String,
    /// Only this definition: name, name@version or file; can be repeated [default: all that were scored]
    #[arg(long, value_name = "DEF")]
    definition: Vec<String>,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let portrait = global.open()?.who(&args.account, &args.definition)?;
    global.print(&portrait)?;
    Ok(Outcome::Done)
}

impl Report for Portrait {
    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "definition",
            "score",
            "low",
            "high",
            "top_share",
            "reference_people",
            "state",
            "day",
            "week",
            "month",
        ]);
        for score in &self.scores {
            table.row([
                score.definition.clone(),
                score.score.map(|value| format!("{value:.3}")).unwrap_or_default(),
                score.interval.map(|ends| format!("{:.1}", ends[0])).unwrap_or_default(),
                score.interval.map(|ends| format!("{:.1}", ends[1])).unwrap_or_default(),
                score.top_share.map(|value| format!("{value:.6}")).unwrap_or_default(),
                score.reference_people.to_string(),
                score.state.clone(),
                change(score.delta.day, 3),
                change(score.delta.week, 3),
                change(score.delta.month, 3),
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
                    let within = score.interval.map(|ends| format!(" ({})", interval(ends)));
                    format!(
                        "{value:.1}{}, {} of {} people with evidence",
                        within.unwrap_or_default(),
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
            let versions = self.scores.iter().filter(|one| one.definition == score.definition);
            let name = match versions.count() {
                1 => score.definition.clone(),
                _ => format!("{}@{}", score.definition, score.version),
            };
            text.push_str(&format!("{name}: {}\n    {said}\n", score.question));
            if score.score.is_some_and(|value| value >= 50.0) {
                text.push_str(&changes(&score.delta));
            }
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

/// A change with its sign; nothing where there is none to tell.
fn change(points: Option<f64>, digits: usize) -> String {
    // Adding 0 makes -0 the same as 0.
    let round = |points: f64| format!("{points:.digits$}").parse().unwrap_or(points) + 0.0;
    points.map(|points| format!("{:+.digits$}", round(points))).unwrap_or_default()
}

/// A line about how the score changed, where that is known.
fn changes(delta: &Delta) -> String {
    let spans = [(delta.day, "a day"), (delta.week, "a week"), (delta.month, "a month")];
    let said: Vec<String> = spans
        .into_iter()
        .filter(|(points, _)| points.is_some())
        .map(|(points, span)| format!("{} in {span}", change(points, 1)))
        .collect();
    match said.is_empty() {
        true => String::new(),
        false => format!("    {}\n", said.join(", ")),
    }
}

/// An interval in words: "70.1 to 78.4".
pub fn interval(ends: [f64; 2]) -> String {
    format!("{:.1} to {:.1}", ends[0], ends[1])
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
    use super::{change, share};

    #[test]
    fn a_change_has_its_sign_and_nothing_is_no_change() {
        assert_eq!(
            [Some(1.26), Some(-0.04), Some(-3.0), None].map(|x| change(x, 1)),
            ["+1.3", "+0.0", "-3.0", ""]
        );
    }

    #[test]
    fn shares_are_said_in_round_numbers() {
        assert_eq!(share(0.02), "top 2 in 100");
        assert_eq!(share(0.0004), "top 4 in 10,000");
        assert_eq!(share(1.0), "top 100 in 100");
    }
}
