//! Who influences a person most, and whom they influence, as a running server tells it: out of a file beside the scorecard.
//!
//! `scorecards/NAME@VERSION/TAG.near` ([`influence::near`]) is written before its card is published and read with it, so that both are of one moment. There is one
//! for definitions of public interactions alone, since third parties are named here. Whoever refuses, or may not be shown to the reader, is left out when it is asked.

use crate::cards::{card_files, map_card};
use crate::disclosure::{Reader, may_see};
use crate::error::{Error, Result};
use crate::export::table::write_new;
use crate::lookup::{Board, LATE, Lookups, Served};
use crate::shown::Shown;
use influence::Snapshot;
use influence::near::Near;
use influence::scorecard::Scorecard;
use model::{PersonId, Time, Visibility};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The neighbors of a person.
#[derive(Debug, Default)]
pub struct Circle<'b> {
    /// Who influences them most, the highest scores first.
    pub influencers: Vec<(PersonId, Shown<'b>)>,
    /// Whom they influence most, the highest scores first.
    pub influenced: Vec<(PersonId, Shown<'b>)>,
    /// How many influence them.
    pub influencers_count: u32,
    /// How many they influence.
    pub influenced_count: u32,
}

fn path(dir: &Path, tag: u64) -> PathBuf {
    dir.join(format!("{tag:016x}.near"))
}

/// Writes the neighbors of a card that is about to be published, where they may be told.
pub(crate) fn write(dir: &Path, card: &Scorecard, snapshot: &Snapshot) -> Result<()> {
    let public = card.header().visibility.iter().all(|level| *level == Visibility::Public);
    let path = path(dir, card.tag());
    if !public || path.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(dir).map_err(|error| Error::io(dir, "can't make", error))?;
    write_new(&path, Near::of(card, snapshot).bytes())?;
    Ok(())
}

/// Removes the neighbors of cards that are no longer whole. Those of a card that somebody else is about to publish at this moment may go as well; then they are
/// not told until it is scored again.
pub(crate) fn sweep(dir: &Path) -> Result<()> {
    let mut kept = Vec::new();
    for file in card_files(dir)?.iter().filter(|file| file.whole) {
        if let Ok(card) = map_card(&file.path) {
            kept.push(path(dir, card.tag()));
        }
    }
    let entries = std::fs::read_dir(dir).map_err(|error| Error::io(dir, "can't read", error))?;
    for entry in entries {
        let found = entry.map_err(|error| Error::io(dir, "can't read", error))?.path();
        let is_near = found.extension().is_some_and(|ending| ending == "near");
        if is_near && !kept.contains(&found) {
            // Somebody else may have removed it.
            let _gone = std::fs::remove_file(&found);
        }
    }
    Ok(())
}

/// The neighbors that belong to a card, mapped; nothing where there are none.
pub(crate) fn open(dir: &Path, card: &Scorecard<bytes::Bytes>) -> Option<Near<bytes::Bytes>> {
    let path = path(dir, card.tag());
    if !path.is_file() {
        return None;
    }
    let near = ledger::map(&path).map_err(Error::from);
    match near.and_then(|bytes| Ok(Near::trusting(bytes, card)?)) {
        Ok(near) => Some(near),
        Err(error) => {
            log::warn!("{}: {error}", path.display());
            None
        }
    }
}

impl Lookups {
    /// The neighbors of a person under a definition, as the reader may see them; nothing where they may not see the person's score, or nothing is known.
    pub fn circle<'b>(
        &self,
        board: &'b Board,
        account: &str,
        definition: &str,
        reader: Reader<'_>,
    ) -> Result<Option<(PersonId, Circle<'b>)>> {
        let seen =
            self.scores(board, account, Some(definition), reader, |seen| seen.scores.len())?;
        let named = |one: &&Arc<Served>| one.card.header().definition == definition;
        let (Some((person, 1..)), Some(served)) = (seen, board.cards.iter().find(named)) else {
            return Ok(None);
        };
        let (Some(near), Some(row)) = (&served.near, served.card.find(person.0)) else {
            return Ok(Some((person, Circle::default())));
        };
        let found = near.neighbors(row);
        let header = served.card.header();
        let circle = self.suppressions.ask(Time::now, LATE, |standings| {
            let shown = |rows: &[usize]| {
                let mut people: Vec<(PersonId, Shown<'b>)> = Vec::new();
                for row in rows {
                    let Some(key) = served.card.person(*row) else { continue };
                    let (other, consent) = standings.of(key);
                    // Merged since, with each other or with the person: nobody stands twice or influences themselves.
                    let new = other != person.0 && people.iter().all(|(one, _)| one.0 != other);
                    if new
                        && may_see(reader, consent, &header.purpose, &header.visibility, board.open)
                    {
                        people.push((PersonId(other), served.shown(key, standings)));
                    }
                }
                let points = |shown: &Shown<'_>| shown.score.unwrap_or(0.0);
                people.sort_by(|(_, a), (_, b)| points(b).total_cmp(&points(a)));
                people
            };
            Ok(Circle {
                influencers: shown(&found.influencers),
                influenced: shown(&found.influenced),
                influencers_count: found.influencers_count,
                influenced_count: found.influenced_count,
            })
        })?;
        Ok(Some((person, circle)))
    }
}
