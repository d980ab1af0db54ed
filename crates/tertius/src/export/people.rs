//! `export people`: everybody known, from interactions or a roster, sorted by person and role.
//!
//! A row for each role that somebody holds at the moment, one row without a role otherwise. Whoever refuses has a
//! row that says no more than that.

use super::table::{Field, Kind, TableWriter, Values};
use crate::error::Result;
use crate::firm::Sides;
use crate::workspace::Workspace;
use influence::orders::End;
use model::Time;
use std::path::Path;

/// A row: person id, then the text columns of [`fields`] after it.
type Row = (u64, [Option<String>; 8]);

pub(super) fn export(
    workspace: &Workspace,
    to: &Path,
    as_of: Option<Time>,
) -> Result<super::Exported> {
    let reading = workspace.reading()?;
    let moment = reading.as_of(as_of).unwrap_or(Time::now());
    let disclosure = reading.disclosure(moment);
    let sides = Sides::new(&reading.firm, &reading.register, &disclosure)?;
    let membership = reading.register.membership();
    let mut people: Vec<u64> =
        reading.register.accounts().keys().map(|key| membership.person_of(*key)).collect();
    reading.view.each_account(|key, _, _| people.push(membership.person_of(key.0)))?;
    people.sort_unstable();
    people.dedup();
    let about = vec![
        ("as_of", moment.to_string()),
        ("snapshot", format!("{:032x}", reading.register.digest())),
        ("definition_hash", "none".to_owned()),
    ];
    let mut table = TableWriter::create(to, fields(), about)?;
    for ids in people.chunks(super::SLICE) {
        let mut rows: Vec<Row> = Vec::with_capacity(ids.len());
        for (id, named) in ids.iter().zip(disclosure.people(ids, "")?) {
            let Some(named) = named else {
                rows.push((
                    *id,
                    [None, None, None, None, None, None, None, Some("refused".to_owned())],
                ));
                continue;
            };
            let name = named.name().map(str::to_owned);
            let accounts = Some(named.accounts().join(" "));
            let mute = match sides.end(*id, moment) {
                End::House => Some("house"),
                End::System => Some("system"),
                End::Person(_) => None,
            };
            let held =
                reading.register.roles_of(*id).into_iter().filter(|role| role.holds_at(moment));
            let before = rows.len();
            rows.extend(held.map(|role| {
                let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
                let side = mute.unwrap_or(reading.firm.side(&role.role, &role.organisation).name());
                let role = [
                    some(&role.role),
                    Some(side.to_owned()),
                    some(&role.organisation),
                    some(&role.team),
                    some(&role.title),
                ];
                let [role, side, organisation, team, title] = role;
                (*id, [name.clone(), accounts.clone(), role, side, organisation, team, title, None])
            }));
            if rows.len() == before {
                let side = mute.map(str::to_owned);
                rows.push((*id, [name, accounts, None, side, None, None, None, None]));
            }
        }
        let mut columns =
            vec![Values::Text(rows.iter().map(|(id, _)| Some(id.to_string())).collect())];
        columns.extend((0..8).map(|which| {
            Values::Text(rows.iter().map(|(_, cells)| cells[which].clone()).collect())
        }));
        table.write(&columns)?;
    }
    table.finish()
}

fn fields() -> Vec<Field> {
    let text = |name, meaning| Field::new(name, Kind::Text, meaning);
    vec![
        text("person", "Person id."),
        text("name", "The name that a roster or a network gives."),
        text("accounts", "All accounts as network:id, separated by spaces."),
        text("role", "A role held at the moment of export; a row for each."),
        text(
            "side",
            "On which side of the firm the role stands: inside, edge or outside; house or system for what is no person.",
        ),
        text("organisation", "Where it is held."),
        text("team", "In which team."),
        text("title", "Under which title."),
        text(
            "standing",
            "refused: the person withdrew, objected or is under 18, and nothing else is shown. Otherwise empty.",
        ),
    ]
}
