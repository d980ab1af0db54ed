//! `export signals`: a column per signal over the people of a definition's snapshot; no value is an empty cell.
//!
//! Whoever must not be scored has a row, because ties refer to it, and no values.

use super::snapshot::take;
use super::table::{Field, Kind, TableWriter, Values};
use crate::error::Result;
use crate::workspace::Workspace;
use influence::signals;
use model::Time;
use std::path::Path;

pub(super) fn export(
    workspace: &Workspace,
    to: &Path,
    definition: &str,
    as_of: Option<Time>,
) -> Result<super::Exported> {
    let taken = take(workspace, definition, as_of, true)?;
    let columns = taken.columns()?;
    let mut fields = vec![Field::new("person", Kind::Id, "Person id.")];
    for column in &columns {
        let about = signals::find(&column.name).map(|signal| signal.about());
        let meaning =
            about.map(|about| format!("{} {} Empty: no value.", about.question, about.formula));
        fields.push(Field::new(&column.name, Kind::Number, &meaning.unwrap_or_default()));
    }
    let mut table = TableWriter::create(to, fields, taken.about.clone())?;
    let people = taken.people();
    for slice in people.chunks(super::SLICE) {
        let id = |number: u32| taken.snapshot.people()[number as usize];
        let mut values = vec![Values::Id(slice.iter().map(|(number, _)| id(*number)).collect())];
        for column in &columns {
            let value = |(number, refuses): &(u32, bool)| {
                Some(column.values[*number as usize]).filter(|value| !refuses && !value.is_nan())
            };
            values.push(Values::Number(slice.iter().map(value).collect()));
        }
        table.write(&values)?;
    }
    table.finish()
}
