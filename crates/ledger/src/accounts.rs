//! Who stands behind a key: the dictionaries of all segments, and what accounts are called.

use crate::error::Error;
use crate::segment::{self, Segment};
use crate::view::View;
use model::{Account, AccountKey, ProfileField, Time, keys};
use rusqlite::{ToSql, params};

/// What a network called an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// The account.
    pub account: Account,
    /// Whether it is a handle, and not a name shown to people.
    pub is_handle: bool,
    /// The handle or the name.
    pub value: String,
    /// The last time that the network said so.
    pub last: Time,
}

impl View {
    /// The account of a key, if any row named it.
    pub fn account(&self, key: AccountKey) -> Result<Option<Account>, Error> {
        Ok(self.accounts(&[key.0])?.pop().flatten())
    }

    /// The accounts of many keys, which ascend; an entry for each.
    pub fn accounts(&self, keys: &[u64]) -> Result<Vec<Option<Account>>, Error> {
        let mut accounts = in_segments(&self.segments, keys)?;
        for (key, account) in keys.iter().zip(&mut accounts) {
            if self.is_hidden(*key) {
                *account = None;
            }
        }
        Ok(accounts)
    }

    /// The key of an account, if any row named it.
    pub fn find(&self, account: &Account) -> Option<AccountKey> {
        let hash = keys::account(&account.network, &account.id);
        let high = (hash >> 64) as u64;
        let found = self.by_accounts().any(|segment| {
            let run = &segment.files.keys;
            run.keys()[run.find(high)].contains(&hash)
        });
        (found && !self.is_hidden(high)).then_some(AccountKey(high))
    }

    /// Makes [`View::find`] and [`View::knows`] faster from now on, for a server that is asked again and again.
    pub fn index(&self) {
        self.segments.iter().for_each(|segment| segment.files.keys.index());
    }

    /// Another account that has the same key as this one, if any row named one. Touches the indexes, which hold the other half of each hash, and a dictionary only where there is one.
    pub fn collides(&self, account: &Account) -> Result<Option<Account>, Error> {
        let hash = keys::account(&account.network, &account.id);
        let high = (hash >> 64) as u64;
        let other = self.segments.iter().any(|segment| {
            let run = &segment.files.keys;
            run.keys()[run.find(high)].iter().any(|held| *held != hash)
        });
        if other { self.account(AccountKey(high)) } else { Ok(None) }
    }

    /// Whether any row named the account of a key. Touches the indexes and no dictionary.
    pub fn knows(&self, key: AccountKey) -> bool {
        let holds = |segment: &Segment| !segment.files.keys.find(key.0).is_empty();
        self.by_accounts().any(holds) && !self.is_hidden(key.0)
    }

    /// The hashes of all accounts that rows name, ascending within each segment. While something is being erased ([`View::erases`]), whoever will be gone is among them still.
    pub fn account_hashes(&self) -> impl Iterator<Item = &u128> {
        self.segments.iter().flat_map(|segment| segment.files.keys.keys())
    }

    /// The segments, those that were the first to name most accounts first: an account is in few of them, and mostly in one of the large ones.
    fn by_accounts(&self) -> impl Iterator<Item = &Segment> {
        self.by_accounts.iter().map(|place| &self.segments[*place])
    }

    /// The account that is called `handle` now. Of several the one that was last said to be.
    pub fn find_handle(&self, network: &str, handle: &str) -> Result<Option<Account>, Error> {
        let catalogue = self.catalogue();
        let mut statement = catalogue.connection().prepare_cached(
            "SELECT network, id FROM profiles AS p WHERE network = ?1 AND field = ?2 AND value = ?3
             AND NOT EXISTS (SELECT 1 FROM profiles AS q WHERE q.account = p.account AND q.field = p.field
                 AND (q.last_at > p.last_at OR q.last_at = p.last_at AND q.value > p.value))
             ORDER BY last_at DESC, account LIMIT 1",
        )?;
        let mut rows = statement.query(params![network, ProfileField::Handle.name(), handle])?;
        Ok(match rows.next()? {
            Some(row) => Some(Account { network: row.get(0)?, id: row.get(1)? }),
            None => None,
        })
    }

    /// What every account is called now, ascending by key.
    pub fn profiles(&self, field: ProfileField) -> Result<Vec<(AccountKey, String)>, Error> {
        let catalogue = self.catalogue();
        let mut statement = catalogue.connection().prepare(
            "SELECT account, value FROM profiles WHERE field = ?1 ORDER BY account, last_at, value",
        )?;
        let mut rows = statement.query([field.name()])?;
        let mut profiles: Vec<(AccountKey, String)> = Vec::new();
        while let Some(row) = rows.next()? {
            let hash = u128::from_be_bytes(row.get(0)?);
            let key = AccountKey((hash >> 64) as u64);
            let value = row.get(1)?;
            match profiles.last_mut() {
                // In order of `last_at`, so that the last one said is the one that stays.
                Some((last, current)) if *last == key => *current = value,
                _ => profiles.push((key, value)),
            }
        }
        Ok(profiles)
    }

    /// What one account is called now.
    pub fn profile(&self, key: AccountKey, field: ProfileField) -> Result<Option<String>, Error> {
        let catalogue = self.catalogue();
        let mut statement = catalogue.connection().prepare_cached(
            "SELECT value FROM profiles WHERE account BETWEEN ?1 AND ?2 AND field = ?3
             ORDER BY last_at DESC, value DESC LIMIT 1",
        )?;
        let first = u128::from(key.0) << 64;
        let last = first | u128::from(u64::MAX);
        let mut rows =
            statement.query(params![first.to_be_bytes(), last.to_be_bytes(), field.name()])?;
        Ok(match rows.next()? {
            Some(row) => Some(row.get(0)?),
            None => None,
        })
    }

    /// Everything that networks ever called one account, with the last time that they did: network, id, field, value.
    pub fn called(&self, key: AccountKey) -> Result<Vec<Called>, Error> {
        let first = u128::from(key.0) << 64;
        let last = first | u128::from(u64::MAX);
        self.profiles_where(
            "account BETWEEN ?1 AND ?2",
            params![first.to_be_bytes(), last.to_be_bytes()],
        )
    }

    /// Every account that was ever called `handle`, whoever is called so now; the last one first.
    pub fn ever_called(&self, network: &str, handle: &str) -> Result<Vec<Called>, Error> {
        self.profiles_where(
            "network = ?1 AND field = ?2 AND value = ?3",
            params![network, ProfileField::Handle.name(), handle],
        )
    }

    fn profiles_where(&self, which: &str, values: &[&dyn ToSql]) -> Result<Vec<Called>, Error> {
        let catalogue = self.catalogue();
        let sql = format!(
            "SELECT network, id, field, value, last_at FROM profiles WHERE {which}
             ORDER BY last_at DESC, account, field, value"
        );
        let mut statement = catalogue.connection().prepare(&sql)?;
        let rows = statement.query_map(values, |row| {
            let field: String = row.get(2)?;
            Ok(Called {
                account: Account { network: row.get(0)?, id: row.get(1)? },
                is_handle: field == ProfileField::Handle.name(),
                value: row.get(3)?,
                last: Time(row.get(4)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Everything that one account was ever called: field, value, and the first and last time that the network said so.
    pub fn profiles_of(&self, key: AccountKey) -> Result<Vec<(String, String, Time, Time)>, Error> {
        let catalogue = self.catalogue();
        let mut statement = catalogue.connection().prepare_cached(
            "SELECT field, value, first_at, last_at FROM profiles WHERE account BETWEEN ?1 AND ?2
             ORDER BY field, first_at, value",
        )?;
        let first = u128::from(key.0) << 64;
        let last = first | u128::from(u64::MAX);
        let rows = statement
            .query_map(params![first.to_be_bytes(), last.to_be_bytes()], |row| {
                Ok((row.get(0)?, row.get(1)?, Time(row.get(2)?), Time(row.get(3)?)))
            })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every account that a row named, in no particular order: key, network, id.
    pub fn each_account(&self, mut each: impl FnMut(AccountKey, &str, &str)) -> Result<(), Error> {
        for segment in &self.segments {
            let ranks: Vec<u32> = (0..segment.named.accounts as u32).collect();
            let mut keys = segment.files.keys.keys().iter();
            each_of(segment, &ranks, |network, id| {
                if let Some(key) = keys.next().map(|key| (key >> 64) as u64)
                    && !self.is_hidden(key)
                {
                    each(AccountKey(key), network, id);
                }
            })?;
        }
        Ok(())
    }
}

/// The accounts of many keys, which ascend, in the dictionaries of some segments; an entry for each key.
pub fn in_segments(segments: &[Segment], keys: &[u64]) -> Result<Vec<Option<Account>>, Error> {
    let mut accounts = vec![None; keys.len()];
    for segment in segments {
        let mut found = Vec::new();
        // Most accounts occur in many segments; one tells.
        let probes = keys.iter().copied().enumerate().filter(|(i, _)| accounts[*i].is_none());
        segment.files.keys.probe(probes, |i, ranks| found.push((i, ranks.start as u32)));
        let ranks: Vec<u32> = found.iter().map(|(_, rank)| *rank).collect();
        let mut places = found.iter().map(|(i, _)| *i);
        each_of(segment, &ranks, |network, id| {
            if let Some(i) = places.next() {
                accounts[i] = Some(Account { network: network.to_owned(), id: id.to_owned() });
            }
        })?;
    }
    Ok(accounts)
}

/// Network and id of some ranks of a segment's dictionary, which ascend.
fn each_of(
    segment: &Segment,
    ranks: &[u32],
    mut each: impl FnMut(&str, &str),
) -> Result<(), Error> {
    let table = &segment.files.accounts;
    for (group, places) in table.by_group(ranks) {
        let networks = table.codes(group, segment::ACCOUNT_NETWORK)?;
        let ids = table.texts_at(group, segment::ACCOUNT_ID, &places)?;
        for (i, place) in places.iter().enumerate() {
            each(networks.get(*place as usize).unwrap_or_default(), ids.get(i).unwrap_or_default());
        }
    }
    Ok(())
}
