//! Who was told that data about them is held which did not come from them (Article 14 GDPR).

use super::{People, register, remember};
use crate::catalogue::Catalogue;
use crate::error::Error;
use model::{Account, Time};
use rusqlite::params;
use std::collections::BTreeMap;
use std::path::Path;

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS told (
    account INTEGER PRIMARY KEY,
    at INTEGER NOT NULL
);
";

impl People {
    /// Notes that the holders of these accounts were told at `at`; how many had not been before.
    pub fn mark_told(&mut self, accounts: &[Account], at: Time) -> Result<u64, Error> {
        let write = self.catalogue.transaction()?;
        let mut news = 0;
        for account in accounts {
            let key = remember(&write, account, model::keys::account)?.0;
            // The first time stays: it shows that it was in time.
            news += write
                .prepare_cached("INSERT OR IGNORE INTO told (account, at) VALUES (?1, ?2)")?
                .execute(params![key as i64, at.0])? as u64;
        }
        write.commit()?;
        Ok(news)
    }

    /// Accounts whose holders were told, and when.
    pub fn told(dir: &Path) -> Result<BTreeMap<u64, Time>, Error> {
        let catalogue = Catalogue::read(dir)?;
        let read = catalogue.connection();
        if !register::has_table(read, "told")? {
            return Ok(BTreeMap::new());
        }
        let told = register::all(read, "SELECT account, at FROM told", |row| {
            Ok((register::key(row, 0)?, Time(row.get(1)?)))
        })?;
        Ok(told.into_iter().collect())
    }
}
