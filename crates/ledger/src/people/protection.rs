//! What a roster says for people's protection: refusals and dates of birth, settled per account and kept once.

use super::consent::{self, Said, Statement};
use super::import::{Draft, Effect};
use super::register;
use crate::error::Error;
use model::Time;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// What a file says for the protection of whoever holds an account.
#[derive(Default)]
pub(super) struct Protection {
    pub(super) born: Option<String>,
    /// By purpose: what was said, and whether of this account itself rather than of another one in its row.
    said: BTreeMap<String, (Said, bool)>,
}

/// Settles what the file says of each account, also where several people's rows name the same one.
///
/// A refusal goes to every account of its row, so that it outlives a split. A consent goes to the anchor; to the
/// others only to lift what this roster refused before.
pub(super) fn protections(drafts: &BTreeMap<u64, Draft>) -> BTreeMap<u64, Protection> {
    let mut protections: BTreeMap<u64, Protection> = BTreeMap::new();
    for (anchor, draft) in drafts {
        for account in &draft.accounts {
            let held = protections.entry(*account).or_default();
            held.born = held.born.take().max(draft.born.clone());
            for (purpose, said) in &draft.consent {
                let said = (*said, *said != Said::Given || account == anchor);
                let known = held.said.entry(purpose.clone()).or_insert(said);
                *known = said.max(*known);
            }
        }
    }
    for held in protections.values_mut() {
        if held.said.get("").is_some_and(|(said, _)| *said != Said::Given) {
            // At one moment a refusal for all purposes leaves no consent for one.
            held.said.retain(|_, (said, _)| *said != Said::Given);
        }
    }
    protections
}

/// A consent that the roster gave already is not given again, so that it can't outdate what came in between. A refusal
/// takes effect whenever the account is not refused already, whoever said what in between. Also tells how many
/// consents came with an older time than what was said already, as when a clock runs backwards: they are kept, and
/// change nothing.
pub(super) fn write_protection(
    write: &Connection,
    source: &str,
    account: u64,
    protection: &Protection,
    at: Time,
) -> Result<(Effect, u64), Error> {
    let mut effect = Effect::Unchanged;
    if let Some(born) = &protection.born {
        let changed = write
            .prepare_cached(
                "INSERT INTO births (source, account, born) VALUES (?1, ?2, ?3)
                 ON CONFLICT (source, account) DO UPDATE SET born = excluded.born WHERE born <> excluded.born",
            )?
            .execute(params![source, account as i64, born])?;
        if changed > 0 {
            effect = Effect::Updated;
        }
    }
    if protection.said.is_empty() {
        return Ok((effect, 0));
    }
    let mut outdated = 0;
    let mut statements = register::statements_of(write, account)?;
    for (purpose, (said, of_itself)) in &protection.said {
        let (exact, by_source) = last_said(&statements, source, purpose);
        let news = match said {
            Said::Given => {
                by_source.is_some_and(Said::refuses) || (*of_itself && exact != Some(Said::Given))
            }
            _ => !consent::refuses(&statements, purpose) || exact != Some(*said),
        };
        if news {
            // A refusal takes effect also where the clock ran ahead when something else was said.
            let latest = statements.iter().map(|statement| statement.at).max();
            let at = if said.refuses() { at.max(latest.unwrap_or(at)) } else { at };
            outdated += u64::from(latest.is_some_and(|latest| latest > at));
            append_statement(write, account, *said, purpose, source, at)?;
            statements = register::statements_of(write, account)?;
            effect = Effect::Updated;
        }
    }
    Ok((effect, outdated))
}

/// What this source said last of an account for exactly this purpose, and what holds for it by this source alone.
fn last_said(
    statements: &[Statement],
    source: &str,
    purpose: &str,
) -> (Option<Said>, Option<Said>) {
    let of_source = statements.iter().filter(|said| said.source == source);
    let newest = |exactly: bool| {
        of_source
            .clone()
            .filter(|s| s.purpose == purpose || (!exactly && s.purpose.is_empty()))
            .max_by_key(|s| (s.at, s.said.refuses(), s.sequence))
            .map(|s| s.said)
    };
    (newest(true), newest(false))
}

pub(super) fn append_statement(
    write: &Connection,
    account: u64,
    said: Said,
    purpose: &str,
    source: &str,
    at: Time,
) -> Result<(), Error> {
    write
        .prepare_cached(
            "INSERT INTO consents (account, said, purpose, source, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![account as i64, said.name(), purpose, source, at.0])?;
    Ok(())
}
