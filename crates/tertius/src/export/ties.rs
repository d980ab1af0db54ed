//! `export ties`: who is tied to whom, how strongly, and since when; sorted by (source, target).

use super::graphml::GraphWriter;
use super::snapshot::{self, Taken};
use super::table::{Field, Kind, TableWriter, Values};
use crate::error::Result;
use crate::workspace::Workspace;
use influence::{Snapshot, Tie};
use model::Time;
use std::path::Path;

pub(super) fn export(
    workspace: &Workspace,
    to: &Path,
    definition: &str,
    as_of: Option<Time>,
) -> Result<super::Exported> {
    let Taken { snapshot, about, .. } = snapshot::take(workspace, definition, as_of, false)?;
    if to.extension().is_some_and(|ending| ending == "graphml") {
        let mut graph = GraphWriter::create(to, &about, &[], EDGE)?;
        for number in snapshot.by_key() {
            graph.node(&snapshot.people()[*number as usize].to_string(), &[])?;
        }
        write_edges(&mut graph, &snapshot)?;
        return graph.finish();
    }
    let mut table = TableWriter::create(to, fields(), about)?;
    let mut slice = Vec::with_capacity(super::SLICE);
    for tie in sorted(&snapshot) {
        slice.push(tie);
        if slice.len() == super::SLICE {
            table.write(&columns(&snapshot, &slice))?;
            slice.clear();
        }
    }
    table.write(&columns(&snapshot, &slice))?;
    table.finish()
}

/// The attributes of an edge in GraphML.
pub(super) const EDGE: &[(&str, &str)] =
    &[("strength", "double"), ("interactions", "long"), ("first", "string"), ("last", "string")];

/// Writes every tie as an edge.
pub(super) fn write_edges(graph: &mut GraphWriter, snapshot: &Snapshot) -> Result<()> {
    let id = |number: u32| snapshot.people()[number as usize].to_string();
    for tie in sorted(snapshot) {
        let attributes = [
            ("strength", f64::from(tie.strength).to_string()),
            ("interactions", tie.interactions.to_string()),
            ("first", tie.first.to_string()),
            ("last", tie.last.to_string()),
        ];
        graph.edge(&id(tie.source), &id(tie.target), &attributes)?;
    }
    Ok(())
}

/// Ties by the ids of source and target: the order of numbers within a snapshot is not that of ids.
fn sorted(snapshot: &Snapshot) -> impl Iterator<Item = Tie> {
    snapshot.by_key().iter().flat_map(|source| {
        let mut ties: Vec<Tie> = snapshot.ties_from(*source).collect();
        ties.sort_unstable_by_key(|tie| snapshot.people()[tie.target as usize]);
        ties
    })
}

fn fields() -> Vec<Field> {
    vec![
        Field::new("source", Kind::Id, "Person id of who acted."),
        Field::new("target", Kind::Id, "Person id of who is credited."),
        Field::new(
            "strength",
            Kind::Number,
            "ln(1 + sum over layers of weight times interactions), the 32-bit number that is computed with.",
        ),
        Field::new("interactions", Kind::Integer, "Interactions in the window that count."),
        Field::new("first", Kind::Time, "The first of them, UTC."),
        Field::new("last", Kind::Time, "The last of them, UTC."),
    ]
}

fn columns(snapshot: &Snapshot, ties: &[Tie]) -> Vec<Values> {
    let id = |number: u32| snapshot.people()[number as usize];
    vec![
        Values::Id(ties.iter().map(|tie| id(tie.source)).collect()),
        Values::Id(ties.iter().map(|tie| id(tie.target)).collect()),
        Values::Number(ties.iter().map(|tie| Some(f64::from(tie.strength))).collect()),
        Values::Integer(ties.iter().map(|tie| Some(i64::from(tie.interactions))).collect()),
        Values::Time(ties.iter().map(|tie| Some(tie.first.0)).collect()),
        Values::Time(ties.iter().map(|tie| Some(tie.last.0)).collect()),
    ]
}
