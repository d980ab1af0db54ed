//! The same people under every definition: what each question makes of whom the others put first.

use crate::disclosure::Named;
use crate::error::{Error, ErrorKind, Result};
use crate::workspace::Workspace;
use influence::Scorecard;
use influence::scorecard::State;

/// People as rows, definitions as columns.
#[derive(Clone, Debug, serde::Serialize)]
pub struct SideBySide {
    /// Names of the definitions that were scored, in order.
    pub definitions: Vec<String>,
    /// The people: the first of each definition, then the second of each, and so on.
    pub people: Vec<Row>,
}

/// A person under every definition.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Row {
    /// Who.
    #[serde(flatten)]
    pub person: Named,
    /// What each definition says of them, in order.
    pub cells: Vec<Cell>,
}

/// What a definition says of a person.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// 1 to 100.
    Score(f64),
    /// Below the evidence floor, or without a tie.
    NotEnoughEvidence,
    /// The definition does not ask about this person.
    NotAskedAbout,
}

impl Workspace {
    /// The people who stand first under the definitions, at most so many, under all of them. Whoever refuses is left out.
    pub fn side_by_side(&self, most: usize) -> Result<SideBySide> {
        let cards: Vec<Scorecard> =
            self.newest_cards(None)?.into_iter().filter(|card| card.header().scored > 0).collect();
        let Some(newest) = cards.iter().map(|card| card.header().as_of()).max() else {
            let message = "there are no scores yet; make them with: tertius score";
            return Err(Error::new(ErrorKind::NotFound, message));
        };
        let reading = self.reading()?;
        let disclosure = reading.disclosure(newest);
        let membership = reading.register.membership();
        let mut lists: Vec<_> = cards.iter().map(Scorecard::ranked).collect();
        let mut people: Vec<Row> = Vec::new();
        let mut left = true;
        while left && people.len() < most {
            left = false;
            for (card, list) in cards.iter().zip(&mut lists) {
                // The next of this list who is not there yet and may be shown.
                for row in list {
                    let id = membership.person_of(card.person(row).unwrap_or_default());
                    if people.iter().any(|known| known.person.id().0 == id) {
                        continue;
                    }
                    let Some(person) = disclosure.person(id, &card.header().purpose)? else {
                        continue;
                    };
                    let cells = cards.iter().map(|card| cell(card, id)).collect();
                    people.push(Row { person, cells });
                    left = true;
                    break;
                }
                if people.len() == most {
                    break;
                }
            }
        }
        let definitions = cards.iter().map(|card| card.header().definition.clone()).collect();
        Ok(SideBySide { definitions, people })
    }
}

fn cell(card: &Scorecard, person: u64) -> Cell {
    let Some(row) = card.find(person) else {
        return Cell::NotEnoughEvidence;
    };
    match (card.state(row), card.score(row)) {
        (State::Scored, Some(score)) => Cell::Score(score),
        (State::OutsidePopulation | State::Refused, _) => Cell::NotAskedAbout,
        _ => Cell::NotEnoughEvidence,
    }
}
