//! `export snapshot`: a snapshot's people with what is counted about them; as GraphML its ties too.

use super::graphml::GraphWriter;
use super::table::{About, Field, Kind, TableWriter, Values};
use super::ties;
use crate::error::Result;
use crate::moment::Moment;
use crate::workspace::{Reading, Workspace};

use influence::definition::Definition;
use influence::signals::{self, Column, Options};
use influence::{Communities, Snapshot};
use model::Time;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

/// A definition's snapshot with its columns, and what an export of it says of itself.
pub(super) struct Taken {
    pub definition: Definition,
    pub snapshot: Rc<Snapshot>,
    pub reading: Reading,
    /// The communities of the definition's fit.
    pub communities: Option<Arc<Communities>>,
    pub about: About,
}

/// Takes the snapshot of a definition, with all that signals need if their columns are wanted.
pub(super) fn take(
    workspace: &Workspace,
    definition: &str,
    as_of: Option<Time>,
    columns: bool,
) -> Result<Taken> {
    let definition = workspace.definition(definition)?.definition;
    let reading = workspace.reading()?;
    let as_of = reading.as_of(as_of)?;
    let mut moment = Moment::new(&reading, as_of)?;
    if columns {
        moment.keep_actions(&definition.projection);
    }
    let snapshot = moment.snapshot_of(&definition)?;
    let about = about(&definition, &snapshot);
    let communities = workspace.communities(&definition)?;
    Ok(Taken { definition, snapshot, reading, communities, about })
}

fn about(definition: &Definition, snapshot: &Snapshot) -> About {
    vec![
        ("snapshot", snapshot.id_of(definition.needs_actions())),
        ("as_of", snapshot.as_of().to_string()),
        ("definition", format!("{}@{}", definition.name, definition.version)),
        ("definition_hash", definition.hash()),
        ("projection", snapshot.projection().canonical()),
    ]
}

impl Taken {
    /// A column for every signal there is and every imported attribute, with the options that the definition sets.
    pub(super) fn columns(&self) -> Result<Vec<Rc<Column>>> {
        let mut moment = Moment::new(&self.reading, self.snapshot.as_of())?;
        let named = signals::REGISTRY.iter().map(|signal| signal.about().name.to_owned());
        let mut names: Vec<String> = named.filter(|name| name != signals::ATTRIBUTES).collect();
        let family = signals::ATTRIBUTES.trim_end_matches("NAME");
        names.extend(
            self.snapshot.attributes().keys().map(|attribute| format!("{family}{attribute}")),
        );
        let column = |name: &String| {
            let used = self.definition.signals.iter().find(|signal| signal.name == *name);
            let options = used.map(|signal| signal.options()).transpose()?.unwrap_or_default();
            let options = Options { communities: self.communities.clone(), ..options };
            moment.column(&self.snapshot, name, &options)
        };
        names.iter().map(column).collect()
    }

    /// Numbers of people in the order of exports, each with whether they refuse.
    pub(super) fn people(&self) -> Vec<(u32, bool)> {
        let disclosure = self.reading.disclosure(self.snapshot.as_of());
        let refusal = disclosure.refusal(&self.definition.purpose);
        let refuses = |number: u32| refusal(self.snapshot.people()[number as usize]);
        self.snapshot.by_key().iter().map(|number| (*number, refuses(*number))).collect()
    }
}

pub(super) fn export(
    workspace: &Workspace,
    to: &Path,
    definition: &str,
    as_of: Option<Time>,
) -> Result<super::Exported> {
    let taken = take(workspace, definition, as_of, false)?;
    let snapshot = &taken.snapshot;
    let counts = |number: u32| {
        let number = number as usize;
        let contacts = snapshot.ties().out().row(number).0.len();
        [
            i64::from(snapshot.engagers()[number]),
            snapshot.received()[number] as i64,
            contacts as i64,
        ]
    };
    if to.extension().is_some_and(|ending| ending == "graphml") {
        let node = [("engagers", "long"), ("received", "long"), ("engages", "long")];
        let mut graph = GraphWriter::create(to, &taken.about, &node, ties::EDGE)?;
        for number in snapshot.by_key() {
            let attributes: Vec<_> = node
                .iter()
                .zip(counts(*number))
                .map(|((name, _), count)| (*name, count.to_string()))
                .collect();
            graph.node(&snapshot.people()[*number as usize].to_string(), &attributes)?;
        }
        ties::write_edges(&mut graph, snapshot)?;
        return graph.finish();
    }
    let fields = vec![
        Field::new("person", Kind::Id, "Person id."),
        Field::new(
            "number",
            Kind::Integer,
            "Number within the snapshot: by contacts, most first, then by id.",
        ),
        Field::new("engagers", Kind::Integer, "Distinct people with a tie to the person."),
        Field::new("received", Kind::Integer, "Interactions toward the person that count."),
        Field::new("engages", Kind::Integer, "Distinct people to whom the person has a tie."),
    ];
    let mut table = TableWriter::create(to, fields, taken.about.clone())?;
    for slice in snapshot.by_key().chunks(super::SLICE) {
        let count = |which: usize| {
            Values::Integer(slice.iter().map(|number| Some(counts(*number)[which])).collect())
        };
        table.write(&[
            Values::Id(slice.iter().map(|number| snapshot.people()[*number as usize]).collect()),
            Values::Integer(slice.iter().map(|number| Some(i64::from(*number))).collect()),
            count(0),
            count(1),
            count(2),
        ])?;
    }
    table.finish()
}
