//! `tertius compare`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use tertius::compare::{Compared, Matrix, Mover, Pair};

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius compare helpers openers
         tertius compare helpers@1 helpers@2
         tertius compare

Without definitions it compares all that were scored, each with each.")]
pub struct Args {
    /// Two definitions, each as name, name@version or file [default: all that were scored]
    #[arg(value_name = "DEF", num_args = 0..=2)]
    definitions: Vec<String>,
    /// The scores stored for this moment [default: the newest]
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    as_of: Option<tertius::Time>,
    /// How many of the people who differ most to list
    #[arg(long, default_value_t = 10, value_name = "K")]
    limit: usize,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let workspace = global.open()?;
    let notes = match args.definitions.as_slice() {
        [] => {
            let matrix = workspace.compare_all(args.as_of, args.limit)?;
            global.print(&matrix)?;
            matrix.notes
        }
        [a, b] => {
            let pair = workspace.compare([a, b], args.as_of, args.limit)?;
            global.print(&pair)?;
            pair.notes
        }
        _ => {
            let message = "name two definitions to compare, or none to compare all";
            return Err(tertius::Error::new(tertius::ErrorKind::Usage, message).into());
        }
    };
    for note in notes {
        global.note(note);
    }
    Ok(Outcome::Done)
}

fn name(one: &Compared) -> String {
    format!("{}@{}", one.definition, one.version)
}

/// A coefficient to three digits; nothing where there is none.
pub fn coefficient(value: Option<f64>) -> String {
    value.map(|value| format!("{value:.3}")).unwrap_or_default()
}

fn score_under(mover: &Mover, one: &Compared) -> Option<f64> {
    let under = mover
        .scores
        .iter()
        .find(|score| score.definition == one.definition && score.version == one.version);
    under.map(|score| score.score)
}

/// The people who differ most, with a column for each definition.
fn movers(movers: &[Mover], definitions: &[Compared]) -> String {
    if movers.is_empty() {
        return String::new();
    }
    let names: Vec<String> = definitions.iter().map(name).collect();
    let mut header = vec!["who", "accounts"];
    header.extend(names.iter().map(String::as_str));
    header.push("difference");
    let mut table = Table::new(&header);
    for mover in movers {
        let mut cells =
            vec![mover.person.display_name().to_owned(), mover.person.accounts().join(" ")];
        let score = |one| score_under(mover, one).map(|score| format!("{score:.1}"));
        cells.extend(definitions.iter().map(|one| score(one).unwrap_or_default()));
        cells.push(format!("{:.1}", mover.difference));
        table.cells(cells);
    }
    format!("\nWho differ most, in points\n{table}")
}

impl Report for Pair {
    fn table(&self) -> Table {
        let header = ["person", "name", "accounts", "first", "second", "difference"];
        let mut table = Table::new(&header);
        for mover in &self.movers {
            let score = |one| score_under(mover, one).map(|score| format!("{score:.3}"));
            table.row([
                mover.person.id().to_string(),
                mover.person.name().unwrap_or_default().to_owned(),
                mover.person.accounts().join(" "),
                score(&self.definitions[0]).unwrap_or_default(),
                score(&self.definitions[1]).unwrap_or_default(),
                format!("{:.3}", mover.difference),
            ]);
        }
        table
    }

    fn text(&self) -> String {
        let [a, b] = &self.definitions;
        let mut text = String::new();
        for one in [a, b] {
            text.push_str(&format!("{}: {}\n", name(one), printable(&one.question)));
        }
        let both = self.agreement.people;
        text.push_str(&format!(
            "\n{} have both scores ({} and {} are scored)\n",
            if both == 1 { "1 person".to_owned() } else { format!("{both} people") },
            a.scored,
            b.scored
        ));
        match (self.agreement.kendall_tau, self.agreement.spearman) {
            (Some(tau), Some(rho)) => text.push_str(&format!(
                "Kendall's tau-b {tau:.3}, Spearman's rho {rho:.3} (1 is the same order, 0 no relation, -1 the reverse)\n"
            )),
            _ => text.push_str(&format!(
                "how far they agree can't be said: {}\n",
                self.agreement.reason.unwrap_or_default()
            )),
        }
        text + &movers(&self.movers, &self.definitions)
    }
}

impl Report for Matrix {
    fn table(&self) -> Table {
        let mut table = Table::new(&["first", "second", "people", "kendall_tau", "spearman"]);
        for i in 0..self.definitions.len() {
            for j in 0..self.definitions.len() {
                table.row([
                    name(&self.definitions[i]),
                    name(&self.definitions[j]),
                    self.people[i][j].to_string(),
                    coefficient(self.kendall_tau[i][j]),
                    coefficient(self.spearman[i][j]),
                ]);
            }
        }
        table
    }

    fn text(&self) -> String {
        let names: Vec<String> = self.definitions.iter().map(name).collect();
        let mut header = vec!["Kendall's tau-b"];
        header.extend(names.iter().map(String::as_str));
        let mut table = Table::new(&header);
        for (name, row) in names.iter().zip(&self.kendall_tau) {
            let mut cells = vec![name.clone()];
            cells.extend(row.iter().map(|tau| coefficient(*tau)));
            table.cells(cells);
        }
        format!("{table}\n1 is the same order, 0 no relation, -1 the reverse.\n")
            + &movers(&self.movers, &self.definitions)
    }
}
