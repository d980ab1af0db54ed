//! What people and operators say about being scored, and which time it is said to have.
//!
//! The newest statement holds, so times decide, and clocks err. A refusal takes effect at once in every case: where
//! something newer is on record it is dated as that. A consent, or a refusal taken back, has effect where nothing newer
//! was said. Said *now* it is newer than all before it, also where the clock stands behind them; said *of a day in
//! the past* it is kept with that day, and the answer tells what outdates it.

use super::consent::{self, Said, Statement};
use super::protection::append_statement;
use super::{People, objections, register, remember};
use crate::error::{Error, Kind};
use model::{Account, Time};
use std::time::Duration;

/// How a statement was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stated {
    /// The time that it has.
    pub at: Time,
    /// The time of what was said later and holds instead, where there is such a thing.
    pub outdated_by: Option<Time>,
    /// Whether the clock stood before what was said earlier, so that the statement was dated after that.
    pub clock_was_behind: bool,
}

impl People {
    /// Records what somebody said about being scored, for `purpose` or, where that is empty, for all purposes, as said
    /// at `at`. `source` is [`super::OPERATOR`] or [`super::SELF`].
    ///
    /// Fails with [`Kind::Refused`] on a purpose that is none.
    pub fn state(
        &mut self,
        account: &Account,
        said: Said,
        purpose: &str,
        source: &str,
        at: Time,
    ) -> Result<Stated, Error> {
        self.keep(account, said, purpose, source, at, false)
    }

    /// The same, as said now: after all that was said before. `clock` is the time of day.
    pub fn state_now(
        &mut self,
        account: &Account,
        said: Said,
        purpose: &str,
        source: &str,
        clock: Time,
    ) -> Result<Stated, Error> {
        self.keep(account, said, purpose, source, clock, true)
    }

    fn keep(
        &mut self,
        account: &Account,
        said: Said,
        purpose: &str,
        source: &str,
        at: Time,
        now: bool,
    ) -> Result<Stated, Error> {
        if !(purpose.is_empty() || consent::is_purpose(purpose)) {
            let purpose = model::time::shorten(purpose);
            return Err(Error::new(
                Kind::Refused,
                format!("{purpose:?} is no purpose; use 1 to 64 of a-z 0-9 . - _"),
            ));
        }
        let write = self.catalogue.transaction()?;
        let key = remember(&write, account, model::keys::account)?.0;
        let before = register::statements_of(&write, key)?;
        let latest = before.iter().map(|statement| statement.at).max();
        let mut stated =
            Stated { at, outdated_by: None, clock_was_behind: now && latest > Some(at) };
        match latest {
            Some(latest) if said.refuses() => stated.at = at.max(latest),
            // At equal times a refusal holds, so that what takes one back has to be later.
            Some(latest) if now => stated.at = at.max(Time(latest.0.saturating_add(1))),
            _ => {}
        }
        stated.outdated_by = outdated_by(&before, said, purpose, stated.at);
        append_statement(&write, key, said, purpose, source, stated.at)?;
        objections::settle(&write, at)?;
        write.commit()?;
        if said.refuses() {
            // Who reads meanwhile keeps the log alive; then the next checkpoint empties it.
            self.catalogue.empty_log(PATIENCE)?;
        }
        Ok(stated)
    }
}

/// How long a refusal waits for readers to let go of what was removed.
const PATIENCE: Duration = Duration::from_millis(200);

/// The newest statement that holds instead of one that is about to be made.
fn outdated_by(before: &[Statement], said: Said, purpose: &str, at: Time) -> Option<Time> {
    let concerns =
        |statement: &&Statement| statement.purpose.is_empty() || statement.purpose == purpose;
    let later = |statement: &&Statement| {
        statement.at > at || statement.at == at && statement.said.refuses() && !said.refuses()
    };
    before.iter().filter(concerns).filter(later).map(|statement| statement.at).max()
}
