//! `tertius connectors`, `signals` and `definitions`: what there is, with its documentation.

use crate::output::Report;
use crate::table::Table;
use crate::{Global, Outcome};
use anyhow::Result;
use tertius::registries::{ConnectorInfo, DefinitionInfo, SignalInfo};

#[derive(clap::Args)]
#[command(after_help = "Example: tertius connectors --format json")]
pub struct Connectors {}

#[derive(clap::Args)]
#[command(after_help = "Example: tertius signals")]
pub struct Signals {}

#[derive(clap::Args)]
#[command(after_help = "Example: tertius definitions")]
pub struct Definitions {}

pub fn connectors(global: &Global, _: Connectors) -> Result<Outcome> {
    global.print(&Known(tertius::registries::connectors()))?;
    Ok(Outcome::Done)
}

pub fn signals(global: &Global, _: Signals) -> Result<Outcome> {
    global.print(&Known(tertius::registries::signals()))?;
    Ok(Outcome::Done)
}

pub fn definitions(global: &Global, _: Definitions) -> Result<Outcome> {
    global.print(&Known(global.open()?.definitions()?))?;
    Ok(Outcome::Done)
}

/// A registry's entries as a report.
#[derive(serde::Serialize)]
#[serde(transparent)]
pub struct Known<T>(pub Vec<T>);

impl Report for Known<ConnectorInfo> {
    fn table(&self) -> Table {
        let mut table = Table::new(&["name", "category", "reads"]);
        for one in &self.0 {
            table.row([one.name.clone(), one.category.clone(), one.summary.clone()]);
        }
        table
    }
}

impl Report for Known<SignalInfo> {
    fn table(&self) -> Table {
        let mut table = Table::new(&["name", "question", "formula", "source"]);
        for one in &self.0 {
            table.row([
                one.name.clone(),
                one.question.clone(),
                one.formula.clone(),
                one.source.clone(),
            ]);
        }
        table
    }

    fn text(&self) -> String {
        let entry = |one: &SignalInfo| {
            format!(
                "{}\n    {}\n    = {}\n    {}\n",
                one.name, one.question, one.formula, one.source
            )
        };
        self.0.iter().map(entry).collect()
    }
}

impl Report for Known<DefinitionInfo> {
    fn table(&self) -> Table {
        let mut table = Table::new(&["name", "version", "question", "purpose", "from"]);
        for one in &self.0 {
            table.row([
                one.name.clone(),
                one.version.to_string(),
                one.question.clone(),
                one.purpose.clone(),
                one.from.clone(),
            ]);
        }
        table
    }
}
