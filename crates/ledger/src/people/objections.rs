//! Of whoever objected to everything, nothing is kept but the refusal and what it takes to obey it.
//!
//! Removed, from every account of the person: names, addresses, roles, attributes and profiles. Kept: the accounts with
//! the claims that join them and the keys of rosters' rows, without which the next file would make a new person whom
//! nobody refuses; what was said about consent, which shows that it was obeyed; a date of birth or an age under 18,
//! which protects on its own. Interactions are what others did, too: erasing them is another right.
//!
//! The table `objecting` lists the accounts, for whoever stores what came from a network ([`accounts`]).

use super::claims::Membership;
use super::{consent, register};
use crate::error::Error;
use model::Time;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

/// Finds who objects, lists their accounts and removes what is held of whoever is new among them. Part of every transaction
/// after which somebody else may refuse: a statement, an import, a merge, a split.
///
/// Takes time in proportion to everything that was ever said and claimed.
pub(crate) fn settle(write: &Connection, now: Time) -> Result<BTreeSet<u64>, Error> {
    write.execute(
        "INSERT INTO refusals (one, generation) VALUES (1, 1)
         ON CONFLICT (one) DO UPDATE SET generation = generation + 1",
        [],
    )?;
    let membership = Membership::of(&register::claims(write)?);
    let people = consent::objecting(&register::statements(write)?, &membership);
    let accounts: BTreeSet<u64> =
        people.iter().flat_map(|person| membership.members(*person)).collect();
    let before = self::accounts(write)?;
    let mut delete = write.prepare_cached("DELETE FROM objecting WHERE account = ?1")?;
    for account in before.difference(&accounts) {
        delete.execute([*account as i64])?;
    }
    let mut insert = write.prepare_cached("INSERT INTO objecting (account) VALUES (?1)")?;
    let mut profiles =
        write.prepare_cached("DELETE FROM profiles WHERE account BETWEEN ?1 AND ?2")?;
    let mut news = false;
    for account in accounts.difference(&before) {
        insert.execute([*account as i64])?;
        let first = u128::from(*account) << 64;
        let last = first | u128::from(u64::MAX);
        profiles.execute(params![first.to_be_bytes(), last.to_be_bytes()])?;
        news = true;
    }
    if news {
        for table in ["roster_people", "roles"] {
            write.execute(
                &format!("DELETE FROM {table} WHERE account IN (SELECT account FROM objecting)"),
                [],
            )?;
        }
        remove_ages(write, now)?;
    }
    Ok(accounts)
}

/// A number that grows with every transaction after which somebody else may refuse; 0 before the first.
pub fn generation(read: &Connection) -> Result<i64, Error> {
    if !register::has_table(read, "refusals")? {
        return Ok(0);
    }
    let mut ask = read.prepare_cached("SELECT generation FROM refusals")?;
    Ok(ask.query_row([], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Removes attributes and dates of birth, but for those by which the person is under 18.
fn remove_ages(write: &Connection, now: Time) -> Result<(), Error> {
    let births = register::all(
        write,
        "SELECT source, account, born FROM births WHERE account IN (SELECT account FROM objecting)",
        |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?)),
    )?;
    for (source, account, born) in births {
        if !protects(&born, now) {
            write
                .prepare_cached("DELETE FROM births WHERE source = ?1 AND account = ?2")?
                .execute(params![source, account])?;
        }
    }
    let attributes = register::all(
        write,
        "SELECT source, account, name, value FROM attributes WHERE account IN (SELECT account FROM objecting)",
        |row| {
            let name: String = row.get(2)?;
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, name, row.get::<_, f64>(3)?))
        },
    )?;
    for (source, account, name, value) in attributes {
        if consent::of_age_by(&name, value).is_none_or(|from| from <= now) {
            write
                .prepare_cached(
                    "DELETE FROM attributes WHERE source = ?1 AND account = ?2 AND name = ?3",
                )?
                .execute(params![source, account, name])?;
        }
    }
    Ok(())
}

/// Whether a date of birth protects whoever was born then: it says that they are under 18, or nothing that can be read.
pub(super) fn protects(born: &str, now: Time) -> bool {
    consent::of_age_from(born).is_none_or(|from| now < from)
}

/// Of the values of some attributes, those that protect.
pub(super) fn protecting(
    attributes: &[String],
    values: &[Option<(Time, f64)>],
    now: Time,
) -> Vec<Option<(Time, f64)>> {
    let kept = |(name, value): (&String, &Option<(Time, f64)>)| {
        value.filter(|(_, value)| consent::of_age_by(name, *value).is_some_and(|from| now < from))
    };
    attributes.iter().zip(values).map(kept).collect()
}

/// The accounts of everybody who objected to everything; empty where nobody was ever named.
pub fn accounts(read: &Connection) -> Result<BTreeSet<u64>, Error> {
    if !register::has_table(read, "objecting")? {
        return Ok(BTreeSet::new());
    }
    let accounts =
        register::all(read, "SELECT account FROM objecting", |row| register::key(row, 0))?;
    Ok(accounts.into_iter().collect())
}
