//! What accounts were called: dated handles and names, in the catalogue.
//!
//! For each (account, field, value) the first and the last time that the network said so. The current value is the
//! one said last, and of several at the same time the largest: in whatever order they arrived. Of whoever objected to
//! everything none is kept.

use crate::error::Error;
use crate::people::objections;
use crate::suppressed::Suppressed;
use model::{Batch, ProfileField};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// Account hash, field and value; network, id, first and last time.
pub type Gathered<'a> = BTreeMap<(u128, ProfileField, &'a str), (&'a str, &'a str, i64, i64)>;

/// The profiles of a commit, each value once, without those of whoever was erased.
pub fn gather<'a>(batches: &'a [Batch], erased: Option<&Suppressed>) -> Gathered<'a> {
    let mut gathered = Gathered::new();
    for profile in batches.iter().flat_map(|batch| &batch.profiles) {
        let at = profile.at.0;
        gathered
            .entry((profile.account, profile.field, &profile.value))
            .and_modify(|(_, _, first, last)| {
                *first = at.min(*first);
                *last = at.max(*last);
            })
            .or_insert((&profile.network, &profile.id, at, at));
    }
    if let Some(erased) = erased {
        gathered.retain(|_, (network, id, ..)| !erased.account(network, id));
    }
    gathered
}

/// Adds them to the catalogue.
pub fn store(connection: &Connection, profiles: &Gathered<'_>) -> Result<(), Error> {
    if profiles.is_empty() {
        return Ok(());
    }
    let objecting = objections::accounts(connection)?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO profiles (account, field, value, network, id, first_at, last_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (account, field, value) DO UPDATE SET
             first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)
         WHERE excluded.first_at < first_at OR excluded.last_at > last_at",
    )?;
    let kept =
        profiles.iter().filter(|((account, ..), _)| !objecting.contains(&((account >> 64) as u64)));
    for ((account, field, value), (network, id, first, last)) in kept {
        statement.execute(params![
            account.to_be_bytes(),
            field.name(),
            value,
            network,
            id,
            first,
            last
        ])?;
    }
    Ok(())
}
