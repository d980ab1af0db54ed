//! Finding people: by an account, or by the beginnings of the words of what they are called.
//!
//! Who may be found is decided by [`crate::disclosure`]: whoever the reader may know of, and by a roster's name, or that of an account in no public interaction, only where
//! that may be told, since being found by it tells it as well.

use crate::disclosure::{Named, Reader, roster_may_be_told, shown_at_all};
use crate::error::Result;
use crate::lookup::{Board, LATE, Lookups};
use ledger::CalledSo;
use model::{AccountKey, Time};
use std::ops::ControlFlow;

/// People found at most.
pub const MOST: usize = 50;
/// Names that are looked at for one search: where few of those who are called so may be shown, it ends early.
const LOOKED_AT: usize = 2_000;

impl Lookups {
    /// People as the reader may see them: first whoever has exactly this account, then those of whom every word of `text` begins a word of a name or handle, in the
    /// order in which the workspace came to know those. At most `limit`, and [`MOST`].
    pub fn search(
        &self,
        board: &Board,
        reader: Reader<'_>,
        text: &str,
        limit: usize,
    ) -> Result<Vec<Named>> {
        let (text, limit) = (text.trim(), limit.min(MOST));
        let mut ids: Vec<u64> = Vec::new();
        let exact = self.scores(board, text, Some(""), reader, |_| ())?;
        ids.extend(exact.map(|(person, ())| person.0));
        let mut looked_at = 0;
        let some_unseen = reader != Reader::Operator && board.view.has_unseen()?;
        // A name that can't be looked up is told to nobody.
        let told = |called: &CalledSo| {
            let is_unseen = || board.view.is_unseen(AccountKey(called.key)).unwrap_or(true);
            !(called.by_roster || some_unseen && is_unseen())
        };
        if ids.len() < limit {
            self.suppressions.ask(Time::now, LATE, |standings| {
                board.view.called_so(text, |called| {
                    looked_at += 1;
                    let (person, consent) = standings.of(called.key);
                    let may = shown_at_all(reader, consent, board.open)
                        && (told(&called) || roster_may_be_told(reader, consent));
                    if may && !ids.contains(&person) {
                        ids.push(person);
                    }
                    match ids.len() < limit && looked_at < LOOKED_AT {
                        true => ControlFlow::Continue(()),
                        false => ControlFlow::Break(()),
                    }
                })
            })?;
        }
        let people = self.named(board, &ids, reader)?;
        Ok(people.into_iter().flatten().collect())
    }
}
