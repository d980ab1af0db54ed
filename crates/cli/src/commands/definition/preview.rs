//! How `tertius definition preview` is printed.

use super::super::compare::coefficient;
use crate::output::Report;
use crate::table::{Table, printable};
use tertius::preview::{Crossing, GroupMoves, Moved, Moves, Preview};

/// So many reasons are shown in words.
const REASONS: usize = 3;
/// So many groups of a kind are shown.
const GROUPS: usize = 10;

impl Report for Preview {
    fn table(&self) -> Table {
        let header = ["person", "name", "accounts", "before", "after", "moved", "because"];
        let mut table = Table::new(&header);
        for moved in self.up.iter().chain(&self.down) {
            let reasons: Vec<&str> = moved.because.iter().map(|one| one.text.as_str()).collect();
            table.row([
                moved.person.id().to_string(),
                moved.person.name().unwrap_or_default().to_owned(),
                moved.person.accounts().join(" "),
                format!("{:.3}", moved.before),
                format!("{:.3}", moved.after),
                format!("{:+.3}", moved.moved),
                reasons.join("; "),
            ]);
        }
        table
    }

    fn text(&self) -> String {
        let name = format!("{}@{}", self.definition, self.version);
        let mut text = format!("{name} beside {}, as of {}\n", self.against, self.as_of);
        for difference in &self.differences {
            text.push_str(&format!("  {}\n", printable(difference)));
        }
        text.push_str(&format!(
            "\n{} people have scores now, {} would; {} newly, {} no longer\n",
            self.scored[0], self.scored[1], self.newly_scored.count, self.dropped.count
        ));
        text.push_str(&match (self.moves.mean, self.moves.large) {
            (Some(mean), Some(large)) => format!(
                "Of the {} with both, {} move by more than 5 points; {:+.1} in the mean\n",
                self.moves.people,
                percent(large),
                rounded(mean)
            ),
            _ => "Nobody has both scores\n".to_owned(),
        });
        text.push_str(&match self.agreement.reason {
            None => format!(
                "Kendall's tau-b {}, Spearman's rho {} (1 is the same order)\n",
                coefficient(self.agreement.kendall_tau),
                coefficient(self.agreement.spearman)
            ),
            Some(reason) => format!("How far the orders agree can't be said: {reason}\n"),
        });
        text.push_str(&movers("Rise most", &self.up));
        text.push_str(&movers("Fall most", &self.down));
        text.push_str(&crossing("Newly scored", &self.newly_scored));
        text.push_str(&crossing("No longer scored", &self.dropped));
        text + &groups(&self.groups)
    }
}

fn movers(title: &str, moved: &[Moved]) -> String {
    if moved.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{title}\n");
    for one in moved {
        let (name, accounts) = (one.person.display_name(), one.person.accounts().join(" "));
        text.push_str(&format!(
            "  {}  {}  {:.1} to {:.1}\n",
            printable(name),
            printable(&accounts),
            one.before,
            one.after
        ));
        for reason in one.because.iter().take(REASONS) {
            text.push_str(&format!("      {}\n", printable(&reason.text)));
        }
        let rest: Vec<f64> = one.because.iter().skip(REASONS).map(|one| one.points).collect();
        if !rest.is_empty() {
            let sum: f64 = rest.iter().sum();
            text.push_str(&format!(
                "      {} more signals: {:+.1} points\n",
                rest.len(),
                rounded(sum)
            ));
        }
    }
    text
}

fn crossing(title: &str, crossing: &Crossing) -> String {
    if crossing.people.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["  who", "accounts", "score"]);
    for one in &crossing.people {
        table.row([
            format!("  {}", one.person.display_name()),
            one.person.accounts().join(" "),
            format!("{:.1}", one.score),
        ]);
    }
    format!("\n{title}\n{table}")
}

fn groups(groups: &[GroupMoves]) -> String {
    let mut table = Table::new(&["  by", "group", "people", "mean", "more than 5 points"]);
    let mut any = false;
    for kind in groups.chunk_by(|a, b| a.by == b.by) {
        for group in kind.iter().take(GROUPS) {
            any = true;
            let Moves { people, mean, large } = group.moves;
            table.row([
                format!("  {}", group.by),
                group.group.clone().unwrap_or_else(|| "none recorded".to_owned()),
                people.to_string(),
                mean.map(|mean| format!("{:+.1}", rounded(mean))).unwrap_or_default(),
                large.map(percent).unwrap_or_default(),
            ]);
        }
    }
    match any {
        true => {
            format!("\nGroups of at least {} people\n{table}", tertius::preview::SMALLEST_GROUP)
        }
        false => String::new(),
    }
}

/// To a tenth; never -0.
fn rounded(points: f64) -> f64 {
    (points * 10.0).round() / 10.0 + 0.0
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}
