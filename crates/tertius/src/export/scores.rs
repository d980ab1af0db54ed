//! `export scores`: a row for each of a snapshot's people and each definition, sorted by (definition, version, person).
//!
//! Below the evidence floor the score is empty. Whoever must not be scored has a row without account and score.

use super::table::{Field, Kind, TableWriter, Values};
use crate::disclosure::Disclosure;
use crate::error::{Error, ErrorKind, Result};
use crate::workspace::Workspace;
use influence::Scorecard;
use model::Time;
use std::path::Path;

pub(super) fn export(
    workspace: &Workspace,
    to: &Path,
    definition: Option<&str>,
    as_of: Option<Time>,
) -> Result<super::Exported> {
    let cards = match definition {
        Some(wanted) => vec![workspace.card(wanted, as_of)?],
        None => workspace.newest_cards(None)?,
    };
    let Some(first) = cards.first() else {
        return Err(Error::new(
            ErrorKind::NotFound,
            "there are no scores yet; make them with: tertius score",
        ));
    };
    let list = |get: fn(&Scorecard) -> String| cards.iter().map(get).collect::<Vec<_>>().join(" ");
    let about = vec![
        ("snapshot", list(|card| card.header().snapshot.clone())),
        ("as_of", first.header().as_of().to_string()),
        (
            "definition",
            list(|card| format!("{}@{}", card.header().definition, card.header().version)),
        ),
        ("definition_hash", list(|card| card.header().hash.clone())),
        ("fit", list(|card| card.header().fit.clone())),
    ];
    let mut table = TableWriter::create(to, fields(), about)?;
    let reading = workspace.reading()?;
    for card in &cards {
        let disclosure = reading.disclosure(card.header().as_of());
        let rows: Vec<usize> = (0..card.len()).collect();
        for slice in rows.chunks(super::SLICE) {
            table.write(&columns(card, slice, &disclosure)?)?;
        }
    }
    table.finish()
}

fn fields() -> Vec<Field> {
    vec![
        Field::new("person", Kind::Id, "Person id."),
        Field::new(
            "account",
            Kind::Text,
            "The first of the person's accounts, as network:id; empty where they refuse.",
        ),
        Field::new("definition", Kind::Text, "The definition's name."),
        Field::new("version", Kind::Integer, "Its version."),
        Field::new(
            "score",
            Kind::Number,
            "1 to 100; empty where there is not enough evidence, or no question about the person.",
        ),
        Field::new(
            "low",
            Kind::Number,
            "Lower end of the 90 % interval; empty without a score, or where none was computed.",
        ),
        Field::new(
            "high",
            Kind::Number,
            "Upper end of the 90 % interval; empty without a score, or where none was computed.",
        ),
        Field::new(
            "top_share",
            Kind::Number,
            "Share of the people whom the scale was made on who stand as high or higher.",
        ),
        Field::new("snapshot", Kind::Text, "The snapshot's id."),
    ]
}

fn columns(card: &Scorecard, rows: &[usize], disclosure: &Disclosure<'_>) -> Result<Vec<Values>> {
    let header = card.header();
    let ids: Vec<u64> = rows.iter().map(|row| card.person(*row).unwrap_or_default()).collect();
    let shown = disclosure.people(&ids, &header.purpose)?;
    let number = |get: &dyn Fn(usize) -> Option<f64>| {
        Values::Number(
            rows.iter()
                .zip(&shown)
                .map(|(row, shown)| shown.as_ref().and_then(|_| get(*row)))
                .collect(),
        )
    };
    let same = |value: &str| Values::Text(vec![Some(value.to_owned()); rows.len()]);
    Ok(vec![
        Values::Id(ids.clone()),
        Values::Text(
            shown
                .iter()
                .map(|one| one.as_ref().and_then(|one| one.accounts().first().cloned()))
                .collect(),
        ),
        same(&header.definition),
        Values::Integer(vec![Some(i64::from(header.version)); rows.len()]),
        number(&|row| card.score(row)),
        number(&|row| card.interval(row).map(|[low, _]| low)),
        number(&|row| card.interval(row).map(|[_, high]| high)),
        number(&|row| card.top_share(row)),
        same(&header.snapshot),
    ])
}
