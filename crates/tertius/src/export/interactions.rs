//! `export interactions`: every row that holds, sorted by (at, network, id), in the columns that `ingest` reads.
//!
//! Rows of whoever withdrew, objected or is under 18 are left out: no surface names them. So are those that a decision
//! on a correction excludes, so that ties computed from the export are the program's.

use super::table::{Field, Kind, TableWriter, Values};
use crate::error::Result;
use crate::workspace::Workspace;
use model::{Interaction, Time};
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::Path;

pub(super) fn export(
    workspace: &Workspace,
    to: &Path,
    as_of: Option<Time>,
) -> Result<super::Exported> {
    let reading = workspace.reading()?;
    let disclosure = reading.disclosure(reading.as_of(as_of)?);
    let refusing = disclosure.refusing().into_iter().flat_map(|person| disclosure.members(person));
    let refusing: HashSet<u64> = refusing.collect();
    // No snapshot and no definition is behind it: its content names it.
    let moment = reading.as_of(as_of)?;
    let about = vec![
        ("snapshot", format!("{:032x}", reading.view.digest())),
        ("as_of", moment.to_string()),
        ("definition_hash", "none".to_owned()),
    ];
    let mut table = TableWriter::create(to, fields(), about)?;
    let mut slice = Slice::default();
    let mut outcome = Ok(());
    reading.view.sorted_rows(&mut |row| {
        if as_of.is_some_and(|until| row.at > until) {
            return ControlFlow::Break(());
        }
        let key = |id: &str| (model::keys::account(row.network, id) >> 64) as u64;
        let refuses = |id: &str| !refusing.is_empty() && refusing.contains(&key(id));
        let excluded = reading.view.excluded();
        let corrected = || {
            let identity = row.id.map(|id| model::keys::identity(row.network, id));
            identity.is_some_and(|identity| excluded.contains(&identity))
        };
        if refuses(row.actor)
            || row.target.is_some_and(refuses)
            || !excluded.is_empty() && corrected()
        {
            return ControlFlow::Continue(());
        }
        slice.push(row);
        if slice.at.len() == super::SLICE {
            outcome = table.write(&std::mem::take(&mut slice).columns());
        }
        if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    outcome?;
    table.write(&slice.columns())?;
    table.finish()
}

fn fields() -> Vec<Field> {
    let text = |name, meaning| Field::new(name, Kind::Text, meaning);
    vec![
        text("id", "The network's id, or derived:HASH of all other columns where it gave none."),
        Field::new("at", Kind::Time, "When it happened, UTC."),
        text("network", "The network."),
        text("verb", "What was done."),
        text("actor", "Who acted, as network:id."),
        text(
            "target",
            "Toward whom, as network:id; empty for nobody. Credit flows from actor to target.",
        ),
        text("object", "The post concerned, or the id that an undo takes back."),
        text("in_reply_to", "The post replied to or quoted."),
        text("text", "The words."),
        text("lang", "Language tag."),
        text("url", "Where it can be read."),
        Field::new(
            "weight",
            Kind::Number,
            "How much it counts before layers, 0 to 1,000,000; usually 1.",
        ),
        text("visibility", "Who was meant to see it: public, community or private."),
    ]
}

/// Rows that are written together.
#[derive(Default)]
struct Slice {
    texts: [Vec<Option<String>>; 11],
    at: Vec<Option<i64>>,
    weight: Vec<Option<f64>>,
}

impl Slice {
    fn push(&mut self, row: &Interaction<'_>) {
        let account = |id: &str| format!("{}:{id}", row.network);
        let own = |text: Option<&str>| text.map(str::to_owned);
        let texts = [
            own(row.id),
            Some(row.network.to_owned()),
            Some(row.verb.to_owned()),
            Some(account(row.actor)),
            row.target.map(account),
            own(row.object),
            own(row.in_reply_to),
            own(row.text),
            own(row.lang),
            own(row.url),
            Some(row.visibility.name().to_owned()),
        ];
        for (column, text) in self.texts.iter_mut().zip(texts) {
            column.push(text);
        }
        self.at.push(Some(row.at.0));
        self.weight.push(Some(row.weight));
    }

    /// The columns in the order of [`fields`].
    fn columns(self) -> Vec<Values> {
        let mut columns: Vec<Values> = self.texts.into_iter().map(Values::Text).collect();
        columns.insert(1, Values::Time(self.at));
        columns.insert(11, Values::Number(self.weight));
        columns
    }
}
