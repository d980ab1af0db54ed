//! People: which accounts are one person's, what they were to whom and when, and who may be scored.
//!
//! Everything here is small beside the interactions and lives in the catalogue, in tables of this module's own:
//!
//! | table | a row is |
//! |---|---|
//! | `people_accounts` | an account that a roster or an operator named, which the interactions may not know |
//! | `claims` | one claim of identity; appended, never changed ([`claims`]) |
//! | `consents` | one statement about being scored; appended, never changed ([`consent`]) |
//! | `objecting` | an account of somebody who objected to everything, of whom nothing else is kept (`objections.rs`) |
//! | `refusals` | the one row of a counter by which a running process sees that somebody may have begun to refuse |
//! | `cases` | what somebody says is wrong, and what was decided (`cases.rs`) |
//! | `looks` | a question about people that was answered (`looks.rs`) |
//! | `look_runs`, `look_pages`, `look_labels` | how often programs asked about a person in a day (`look_counts.rs`) |
//! | `told` | an account whose holder was told that data is held (`told.rs`) |
//! | `roster_keys` | which account stands for a row of a roster |
//! | `roster_people`, `births`, `roles`, `attributes` | what a roster says of an account; a later import updates it |
//!
//! [`People`] writes, [`Register`] is everything as read in one moment, with the answers as plain functions of it.
//! What a surface shows to whom is decided by its caller, from [`Consents`].

pub(crate) mod cases;
pub mod claims;
pub mod consent;
pub mod erase;
mod import;
mod look_counts;
mod looks;
mod mapping;
pub(crate) mod objections;
mod protection;
mod register;
pub mod roster;
mod stating;
pub mod suggest;
mod suppressions;
mod told;

pub use cases::{Case, Decision, Wrong};
pub use claims::{Claim, Membership, Says};
pub use consent::{Consent, Consents, Said, Standing, Statement};
pub use import::{Contradiction, Import, Imported};
pub use look_counts::LookCounts;
pub use looks::Look;
pub use mapping::{FIELDS, Mapping};
pub(crate) use register::has_table;
pub use register::{Naming, Register, Role};
pub use roster::Ignored;
pub use stating::Stated;
pub use suggest::{Evidence, Suggester, Suggestion};
pub use suppressions::{Standings, Suppressions};

use crate::catalogue::Catalogue;
use crate::error::{Error, Kind};
use model::{Account, AccountKey, Time};
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;

/// The source of what an operator says.
pub const OPERATOR: &str = "operator";
/// The source of what scored people say of themselves.
pub const SELF: &str = "self";
/// The network of rows that name no account: `roster:<source>/<row key>`.
pub const ROSTER: &str = "roster";

/// Whether a file said so, and not a person.
fn from_roster(source: &str) -> bool {
    source.strip_prefix(ROSTER).is_some_and(|rest| rest.starts_with(':'))
}

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS people_accounts (
    key INTEGER PRIMARY KEY,
    low INTEGER NOT NULL,
    network TEXT NOT NULL,
    id TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS claims (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    says TEXT NOT NULL,
    a INTEGER NOT NULL,
    b INTEGER NOT NULL,
    source TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS claims_said ON claims(source, says, a, b);
CREATE TABLE IF NOT EXISTS consents (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    said TEXT NOT NULL,
    purpose TEXT NOT NULL,
    source TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS consents_said ON consents(account, source, purpose);
CREATE TABLE IF NOT EXISTS objecting (
    account INTEGER PRIMARY KEY
);
CREATE TABLE IF NOT EXISTS refusals (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    generation INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS roster_keys (
    source TEXT NOT NULL,
    row_key TEXT NOT NULL,
    account INTEGER NOT NULL,
    PRIMARY KEY (source, row_key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS roster_people (
    source TEXT NOT NULL,
    account INTEGER NOT NULL,
    name TEXT,
    email TEXT,
    PRIMARY KEY (source, account)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS births (
    source TEXT NOT NULL,
    account INTEGER NOT NULL,
    born TEXT NOT NULL,
    PRIMARY KEY (source, account)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS roles (
    source TEXT NOT NULL,
    account INTEGER NOT NULL,
    organisation TEXT NOT NULL,
    role TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    team TEXT NOT NULL,
    title TEXT NOT NULL,
    PRIMARY KEY (source, account, organisation, role, since)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attributes (
    source TEXT NOT NULL,
    account INTEGER NOT NULL,
    name TEXT NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (source, account, name)
) WITHOUT ROWID;
";

/// The people of a workspace, to be changed.
#[derive(Debug)]
pub struct People {
    catalogue: Catalogue,
}

impl People {
    /// Opens the people of the workspace `dir`, making it where it is missing, and goes on with an erasure that was broken
    /// off.
    pub fn open(dir: &Path) -> Result<People, Error> {
        crate::erase::finish(dir, &crate::Options::default())?;
        People::new(Catalogue::open(dir)?)
    }

    /// The people of an open catalogue.
    pub fn new(catalogue: Catalogue) -> Result<People, Error> {
        for schema in [SCHEMA, cases::SCHEMA, looks::SCHEMA, look_counts::SCHEMA, told::SCHEMA] {
            catalogue.ensure(schema)?;
        }
        crate::called::ensure_rosters(catalogue.connection())?;
        // An import goes through some twenty statements a row; with fewer places each would be compiled anew.
        catalogue.connection().set_prepared_statement_cache_capacity(64);
        Ok(People { catalogue })
    }

    /// Everything known of the people of the workspace `dir`, which need not be writable. Makes nothing.
    pub fn read(dir: &Path) -> Result<Register, Error> {
        let catalogue = Catalogue::read(dir)?;
        match named(catalogue.connection())? {
            true => Register::read(catalogue.connection()),
            false => Ok(Register::default()),
        }
    }

    /// Everything known of people, as of this moment.
    pub fn register(&self) -> Result<Register, Error> {
        Register::read(self.catalogue.connection())
    }

    /// Reads a roster from `bytes` and keeps what it says, in one transaction. Saying it again changes nothing.
    ///
    /// Rows with faults are returned as rejects. Fails with [`Kind::Refused`] where the file as a whole can't be used.
    pub fn import(&mut self, bytes: &[u8], import: &Import<'_>) -> Result<Imported, Error> {
        import::run(&mut self.catalogue, bytes, import)
    }

    /// Reads a roster from a file; the message of an error names it.
    pub fn import_file(&mut self, path: &Path, import: &Import<'_>) -> Result<Imported, Error> {
        if path.is_dir() {
            return Err(Error::new(
                Kind::Refused,
                format!("{} is a directory; name a CSV file", path.display()),
            ));
        }
        let bytes = std::fs::read(path).map_err(|e| Error::io("read", path, e))?;
        self.import(&bytes, import).map_err(|e| match e.kind() {
            Kind::Refused => Error::new(Kind::Refused, format!("{}: {e}", path.display())),
            _ => e,
        })
    }

    /// An operator says that two accounts are one person's. Returns the claim's sequence number, for
    /// [`People::withdraw`]; none if they already are.
    pub fn merge(&mut self, a: &Account, b: &Account, at: Time) -> Result<Option<i64>, Error> {
        let (x, y) = (a.key().0, b.key().0);
        if a == b {
            return Err(Error::new(
                Kind::Refused,
                format!("{a} can't be merged with itself; name two accounts"),
            ));
        }
        let write = self.catalogue.transaction()?;
        let membership = Membership::of(&register::claims(&write)?);
        if membership.person_of(x) == membership.person_of(y) {
            return Ok(None);
        }
        for account in [a, b] {
            remember(&write, account, model::keys::account)?;
        }
        let sequence = append(&write, Says::Same(x.min(y), x.max(y)), OPERATOR, at)?;
        objections::settle(&write, at)?;
        write.commit()?;
        Ok(Some(sequence))
    }

    /// An operator takes an account out of its person; the rest stay together. None if it is alone already.
    pub fn split(&mut self, account: &Account, at: Time) -> Result<Option<i64>, Error> {
        let write = self.catalogue.transaction()?;
        let key = account.key().0;
        let membership = Membership::of(&register::claims(&write)?);
        if membership.members(key).len() < 2 {
            return Ok(None);
        }
        remember(&write, account, model::keys::account)?;
        let sequence = append(&write, Says::Apart(key), OPERATOR, at)?;
        objections::settle(&write, at)?;
        write.commit()?;
        Ok(Some(sequence))
    }

    /// An operator puts an earlier claim out of force, which restores the people from before it.
    pub fn withdraw(&mut self, sequence: i64, at: Time) -> Result<i64, Error> {
        let write = self.catalogue.transaction()?;
        let known: Option<i64> = write
            .query_row("SELECT sequence FROM claims WHERE sequence = ?1", [sequence], |row| {
                row.get(0)
            })
            .optional()?;
        if known.is_none() {
            return Err(Error::new(
                Kind::Refused,
                format!(
                    "there is no claim {sequence}; the claims of a person are listed with their numbers"
                ),
            ));
        }
        let withdrawal = append(&write, Says::Withdrawn(sequence), OPERATOR, at)?;
        objections::settle(&write, at)?;
        write.commit()?;
        Ok(withdrawal)
    }
}

/// Whether anybody was ever named: whether the last table of the schema is there.
fn named(read: &Connection) -> Result<bool, Error> {
    register::has_table(read, "attributes")
}

/// The account that is stored under `key`, with the check half of its hash.
fn remembered(read: &Connection, key: u64) -> Result<Option<(u64, Account)>, Error> {
    Ok(read
        .prepare_cached("SELECT low, network, id FROM people_accounts WHERE key = ?1")?
        .query_row([key as i64], |row| {
            Ok((row.get::<_, i64>(0)? as u64, Account { network: row.get(1)?, id: row.get(2)? }))
        })
        .optional()?)
}

/// Keeps an account's name beside its key, and refuses another account under the same key.
fn remember(
    write: &Connection,
    account: &Account,
    hash: fn(&str, &str) -> u128,
) -> Result<AccountKey, Error> {
    let hash = hash(&account.network, &account.id);
    let (key, low) = ((hash >> 64) as u64, hash as u64);
    match remembered(write, key)? {
        Some((known, _)) if known == low => {}
        Some((_, other)) => return Err(Error::new(Kind::Refused, collision(account, &other))),
        None => {
            write
                .prepare_cached(
                    "INSERT INTO people_accounts (key, low, network, id) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![key as i64, low as i64, account.network, account.id])?;
        }
    }
    Ok(AccountKey(key))
}

fn collision(account: &Account, other: &Account) -> String {
    format!(
        "{account} has the same key as {other}, and the two can't be told apart; leave one of them out and report it"
    )
}

/// Appends a claim and returns its sequence number.
fn append(write: &Connection, says: Says, source: &str, at: Time) -> Result<i64, Error> {
    let (word, a, b) = register::columns_of(says);
    write
        .prepare_cached("INSERT INTO claims (says, a, b, source, at) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![word, a, b, source, at.0])?;
    Ok(write.last_insert_rowid())
}
