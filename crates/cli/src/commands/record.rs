//! `tertius record` and `tertius assessment`.

use crate::output::Report;
use crate::table::{Table, printable};
use crate::{Global, Outcome};
use anyhow::Result;
use tertius::record::Paper;

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius record --format table > record.md

From what is configured and stored; what only you can know is marked [fill in]. It is no legal advice.")]
pub struct Record {}

#[derive(clap::Args)]
#[command(after_help = "\
Example: tertius assessment --format table > assessment.md

From what is configured and stored; what only you can know is marked [fill in]. It is no legal advice.")]
pub struct Assessment {}

pub fn record(global: &Global, _: Record) -> Result<Outcome> {
    global.print(&global.open()?.record()?)?;
    Ok(Outcome::Done)
}

pub fn assessment(global: &Global, _: Assessment) -> Result<Outcome> {
    global.print(&global.open()?.assessment()?)?;
    Ok(Outcome::Done)
}

impl Report for Paper {
    fn table(&self) -> Table {
        let mut table = Table::new(&["section", "point"]);
        for section in &self.sections {
            for point in &section.points {
                table.row([section.heading.clone(), point.clone()]);
            }
        }
        table
    }

    fn text(&self) -> String {
        self.to_string().lines().map(|line| format!("{}\n", printable(line))).collect()
    }
}
