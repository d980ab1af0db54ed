//! `tertius explain`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use tertius::explain::Explained;

#[derive(clap::Args)]
#[command(after_help = "Example: tertius explain twitter:88 general")]
pub struct Args {
    /// An account, such as twitter:88, or a person's number
    account: String,
    /// A definition: name, name@version or file
    #[arg(value_name = "DEF")]
    definition: String,
    /// The scores stored for this moment [default: the newest]
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    as_of: Option<tertius::Time>,
    /// How many ties to show for each part
    #[arg(long, default_value_t = 5, value_name = "K")]
    ties: usize,
}

pub fn run(global: &Global, args: Args) -> Result<Outcome> {
    let explained =
        global.open()?.explain(&args.account, &args.definition, args.as_of, args.ties)?;
    global.print(&explained)?;
    Ok(Outcome::Done)
}

impl Report for Explained {
    fn table(&self) -> Table {
        let mut table =
            Table::new(&["signal", "value", "normalised", "weight", "share", "points", "without"]);
        let number = |value: Option<f64>, digits: usize| {
            value.map(|value| format!("{value:.digits$}")).unwrap_or_default()
        };
        for part in &self.parts {
            table.row([
                part.signal.clone(),
                part.value.map_or("no data".to_owned(), |value| format!("{value:.6}")),
                format!("{:.4}", part.normalised),
                format!("{:.3}", part.weight),
                format!("{:.4}", part.share),
                format!("{:.3}", part.points),
                number(part.without, 3),
            ]);
        }
        table
    }

    fn text(&self) -> String {
        let mut text = format!("{}: {}\n", printable(self.person.display_name()), self.question);
        match self.score {
            Some(score) => text.push_str(&format!(
                "score {score:.3}{} under {}@{}, the sum of the points below\n\n",
                self.interval
                    .map(|ends| format!(" ({})", super::who::interval(ends)))
                    .unwrap_or_default(),
                self.definition,
                self.version
            )),
            None => text.push_str(&format!(
                "{} under {}@{}\n\n",
                self.state, self.definition, self.version
            )),
        }
        if !self.parts.is_empty() {
            text.push_str(&self.table().to_string());
        }
        for part in &self.parts {
            text.push_str(&format!("\n{}: {}\n", part.signal, part.why));
            for line in &part.because {
                text.push_str(&format!("  {}\n", printable(&line.text)));
                for item in &line.interactions {
                    text.push_str(&format!("      {}\n", printable(&item.to_string())));
                }
            }
        }
        for note in &self.notes {
            text.push_str(&format!("\n{note}\n"));
        }
        text
    }
}
