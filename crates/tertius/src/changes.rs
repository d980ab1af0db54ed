//! What was published, for whoever wants to hear of it.

use crate::error::Result;
use crate::lookup::Lookups;
use crate::workspace::Workspace;
use influence::Scorecard;
use ledger::published::{self, Published};
use model::Time;

/// A scorecard that was published.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Change {
    /// Its number among all that were: it only grows.
    #[serde(skip)]
    pub sequence: u64,
    /// The definition's name.
    pub definition: String,
    /// Its version.
    pub version: u32,
    /// What its scores may be used for.
    pub purpose: String,
    /// The moment.
    pub as_of: Time,
    /// Which card of its moment: above 1 where the results of that moment changed.
    pub number: u32,
    /// The scorecard's id.
    pub card: String,
    /// People in it.
    pub people: u64,
    /// People with a score.
    pub scored: u64,
    /// When it was published.
    pub published: Time,
}

impl Workspace {
    /// Notes that a scorecard was published. The card is there in any case, so that a note that can't be written is no failure; but it is said.
    pub(crate) fn note_published(&self, card: &Scorecard, number: u32) {
        let header = card.header();
        let published = Published {
            sequence: 0,
            definition: header.definition.clone(),
            version: header.version,
            as_of: header.as_of(),
            number,
            purpose: header.purpose.clone(),
            card: card.id(),
            people: header.people,
            scored: header.scored,
            at: Time::now(),
        };
        if let Err(error) = published::note(self.dir(), &published) {
            log::warn!("who listens for changes will not hear of this scoring: {error}");
        }
    }
}

impl Lookups {
    /// What was published after a number, in order.
    pub fn changes_after(&self, sequence: u64) -> Result<Vec<Change>> {
        let found = self.board().view.published_after(sequence)?;
        let change = |one: Published| Change {
            sequence: one.sequence,
            definition: one.definition,
            version: one.version,
            purpose: one.purpose,
            as_of: one.as_of,
            number: one.number,
            card: one.card,
            people: one.people,
            scored: one.scored,
            published: one.at,
        };
        Ok(found.into_iter().map(change).collect())
    }
}
