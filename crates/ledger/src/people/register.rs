//! Everything known of people, read in one moment, and the answers that follow from it.
//!
//! Nothing here depends on the order in which rosters came: where two say different things of one person, the one
//! whose name sorts last holds (`contacts-2026-02` before `contacts-2026-01`), then the smallest account; what one
//! roster says twice is settled when it is imported. Consent alone goes by time, see [`super::consent`].

use super::cases::{self, Case, Wrong};
use super::claims::{Claim, Membership, Says};
use super::consent::{self, Consents, Said, Standing, Statement};
use crate::error::{Error, Kind};
use model::{Account, Time};
use rusqlite::{Connection, Row};
use std::collections::{BTreeMap, BTreeSet};

/// A role that somebody held.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Role {
    /// Account key on which it hangs; its person is [`Membership::person_of`] this.
    pub account: u64,
    /// Empty if not given.
    pub organisation: String,
    /// In lower case; empty if not given.
    pub role: String,
    /// When it began; `i64::MIN` if always.
    pub since: Time,
    /// From when it no longer held; `i64::MAX` if it still does.
    pub until: Time,
    /// Empty if not given.
    pub team: String,
    /// Empty if not given.
    pub title: String,
    /// `roster:<name>`.
    pub source: String,
}

impl Role {
    /// Whether it held at that moment.
    pub fn holds_at(&self, time: Time) -> bool {
        self.since <= time && time < self.until
    }
}

/// What somebody is called by a roster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Naming {
    /// The full name.
    pub name: Option<String>,
    /// The address.
    pub email: Option<String>,
}

/// The people of a workspace at one moment.
#[derive(Clone, Debug, Default)]
pub struct Register {
    accounts: BTreeMap<u64, Account>,
    claims: Vec<Claim>,
    membership: Membership,
    /// (source, account, naming), sorted.
    names: Vec<(String, u64, Naming)>,
    /// (account, email), of every row that had one.
    emails: Vec<(u64, String)>,
    roles: Vec<Role>,
    /// (account, born), sorted.
    births: Vec<(u64, String)>,
    /// (name, source, account, value), sorted.
    attributes: Vec<(String, String, u64, f64)>,
    statements: Vec<Statement>,
    cases: Vec<Case>,
}

impl Register {
    pub(super) fn read(connection: &Connection) -> Result<Register, Error> {
        // One transaction, so that all tables are of one moment.
        let read = connection.unchecked_transaction()?;
        let claims = claims(&read)?;
        let mut register = Register {
            membership: Membership::of(&claims),
            claims,
            accounts: all(&read, "SELECT key, network, id FROM people_accounts", |row| {
                let account = Account { network: row.get(1)?, id: row.get(2)? };
                Ok((key(row, 0)?, account))
            })?
            .into_iter()
            .collect(),
            names: all(&read, "SELECT source, account, name, email FROM roster_people", |row| {
                let naming = Naming { name: row.get(2)?, email: row.get(3)? };
                Ok((row.get(0)?, key(row, 1)?, naming))
            })?,
            emails: all(&read, "SELECT account, row_key FROM roster_keys", |row| {
                Ok((key(row, 0)?, row.get::<_, String>(1)?))
            })?,
            roles: all(
                &read,
                "SELECT account, organisation, role, since, until, team, title, source FROM roles",
                |row| {
                    Ok(Role {
                        account: key(row, 0)?,
                        organisation: row.get(1)?,
                        role: row.get(2)?,
                        since: Time(row.get(3)?),
                        until: Time(row.get(4)?),
                        team: row.get(5)?,
                        title: row.get(6)?,
                        source: row.get(7)?,
                    })
                },
            )?,
            births: all(&read, "SELECT account, born FROM births", |row| {
                Ok((key(row, 0)?, row.get(1)?))
            })?,
            attributes: all(&read, "SELECT name, source, account, value FROM attributes", |row| {
                Ok((row.get(0)?, row.get(1)?, key(row, 2)?, row.get(3)?))
            })?,
            statements: statements(&read)?,
            cases: cases::all(&read)?,
        };
        register.end_roles();
        register.names.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        register.emails.retain(|(_, key)| key.contains('@'));
        register.emails.sort();
        register.roles.sort();
        register.births.sort();
        register.attributes.sort_by(|a, b| (&a.0, &a.1, a.2).cmp(&(&b.0, &b.1, b.2)));
        Ok(register)
    }

    /// Only what decides who refuses: claims, statements and ages.
    pub(super) fn of_refusals(connection: &Connection) -> Result<Register, Error> {
        let read = connection.unchecked_transaction()?;
        let claims = claims(&read)?;
        let ages = "SELECT name, source, account, value FROM attributes
            WHERE lower(name) IN ('age', 'birth_year', 'birthyear', 'year_of_birth')";
        Ok(Register {
            membership: Membership::of(&claims),
            births: all(&read, "SELECT account, born FROM births", |row| {
                Ok((key(row, 0)?, row.get(1)?))
            })?,
            attributes: all(&read, ages, |row| {
                Ok((row.get(0)?, row.get(1)?, key(row, 2)?, row.get(3)?))
            })?,
            statements: statements(&read)?,
            ..Register::default()
        })
    }

    /// Ends the roles that people have left by an accepted correction, whatever rosters go on saying.
    fn end_roles(&mut self) {
        for case in self.cases.iter().filter(|case| case.is_accepted()) {
            let Wrong::Left { organisation, since } = &case.says else {
                continue;
            };
            let left = organisation.to_lowercase();
            let members = self.membership.members(case.account);
            for role in &mut self.roles {
                let theirs =
                    members.contains(&role.account) && role.organisation.to_lowercase() == left;
                // What began on that day or later is another stay.
                if theirs && role.since < *since {
                    role.until = role.until.min(*since);
                }
            }
        }
    }

    /// Every case, in the order in which they were opened.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// Which accounts are whose.
    pub fn membership(&self) -> &Membership {
        &self.membership
    }

    /// Every claim ever made, in sequence.
    pub fn claims(&self) -> &[Claim] {
        &self.claims
    }

    /// The accounts that rosters or operators named, by key.
    pub fn accounts(&self) -> &BTreeMap<u64, Account> {
        &self.accounts
    }

    /// Every role ever held, sorted.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The roles that held at that moment, sorted by account, organisation, role and beginning.
    pub fn roles_at(&self, time: Time) -> impl Iterator<Item = &Role> {
        self.roles.iter().filter(move |role| role.holds_at(time))
    }

    /// The roles of a person over all times, sorted by beginning.
    pub fn roles_of(&self, person: u64) -> Vec<&Role> {
        let mut roles: Vec<&Role> = Vec::new();
        for account in self.membership.members(person) {
            let from = self.roles.partition_point(|role| role.account < account);
            roles.extend(self.roles[from..].iter().take_while(|role| role.account == account));
        }
        roles.sort_by(|a, b| (a.since, a.until, a).cmp(&(b.since, b.until, b)));
        roles
    }

    /// What rosters call each account.
    pub fn names(&self) -> BTreeMap<u64, Naming> {
        self.name_by(|account| account)
    }

    /// What rosters call each person.
    pub fn names_of_people(&self) -> BTreeMap<u64, Naming> {
        self.name_by(|account| self.membership.person_of(account))
    }

    fn name_by(&self, whose: impl Fn(u64) -> u64) -> BTreeMap<u64, Naming> {
        let mut names: BTreeMap<u64, Naming> = BTreeMap::new();
        // From what holds to what gives way: sources downward, accounts upward.
        let mut order: Vec<&(String, u64, Naming)> = self.names.iter().collect();
        order.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, account, naming) in order {
            let held = names.entry(whose(*account)).or_default();
            held.name = held.name.take().or_else(|| naming.name.clone());
            held.email = held.email.take().or_else(|| naming.email.clone());
        }
        names
    }

    /// What each roster calls a person: source and naming.
    pub fn namings_of(&self, person: u64) -> Vec<(&str, &Naming)> {
        let members = self.membership.members(person);
        let theirs = self.names.iter().filter(|(_, account, _)| members.contains(account));
        theirs.map(|(source, _, naming)| (source.as_str(), naming)).collect()
    }

    /// The dates of birth (`YYYY-MM-DD`) that rosters give a person, each once.
    pub fn births_of(&self, person: u64) -> Vec<&str> {
        let members = self.membership.members(person);
        let theirs = self.births.iter().filter(|(account, _)| members.contains(account));
        let mut births: Vec<&str> = theirs.map(|(_, born)| born.as_str()).collect();
        births.sort_unstable();
        births.dedup();
        births
    }

    /// The numbers that rosters give a person: attribute, source and value.
    pub fn attributes_of(&self, person: u64) -> Vec<(&str, &str, f64)> {
        let members = self.membership.members(person);
        let theirs = self.attributes.iter().filter(|(.., account, _)| members.contains(account));
        theirs.map(|(name, source, _, value)| (name.as_str(), source.as_str(), *value)).collect()
    }

    /// The rosters that named each account, sorted: what is known of it beside the interactions.
    pub fn sources(&self) -> BTreeMap<u64, BTreeSet<&str>> {
        let mut sources: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
        let named = self.names.iter().map(|(source, account, _)| (*account, source.as_str()));
        let roles = self.roles.iter().map(|role| (role.account, role.source.as_str()));
        let numbers =
            self.attributes.iter().map(|(_, source, account, _)| (*account, source.as_str()));
        for (account, source) in named.chain(roles).chain(numbers) {
            sources.entry(account).or_default().insert(source);
        }
        sources
    }

    /// The addresses that rosters gave, with their accounts.
    pub fn emails(&self) -> &[(u64, String)] {
        &self.emails
    }

    /// The numbers imported with people, by attribute: one `(person, value)` a person, sorted by person.
    pub fn attributes(&self) -> BTreeMap<String, Vec<(u64, f64)>> {
        let mut held: BTreeMap<&str, BTreeMap<u64, (&str, u64, f64)>> = BTreeMap::new();
        for (name, source, account, value) in &self.attributes {
            let person = self.membership.person_of(*account);
            let values = held.entry(name).or_default();
            let better = values.get(&person).is_none_or(|(other, than, _)| {
                other.cmp(&source.as_str()).then(account.cmp(than)).is_lt()
            });
            if better {
                values.insert(person, (source, *account, *value));
            }
        }
        held.into_iter()
            .map(|(name, values)| {
                let values = values.into_iter().map(|(person, (_, _, v))| (person, v));
                (name.to_owned(), values.collect())
            })
            .collect()
    }

    /// Everybody's consent, with minors as of `as_of`.
    pub fn consents(&self, as_of: Time) -> Consents {
        let of_age_from: Vec<(u64, Time)> = self
            .births
            .iter()
            // A date that can't be read protects: it is never reached.
            .map(|(account, born)| (*account, consent::of_age_from(born).unwrap_or(Time(i64::MAX))))
            .chain(self.attributes.iter().filter_map(|(name, _, account, value)| {
                consent::of_age_by(name, *value).map(|from| (*account, from))
            }))
            .collect();
        Consents::resolve(&self.statements, &of_age_from, &self.membership, as_of)
    }

    /// Where one person stands toward being scored for a purpose; for many, ask [`Register::consents`] once.
    pub fn standing(&self, person: u64, purpose: &str, as_of: Time) -> Standing {
        self.consents(as_of).of(self.membership.person_of(person)).toward(purpose)
    }

    /// A fingerprint of what is known: equal if the same answers follow, in whatever order it was said.
    pub fn digest(&self) -> u128 {
        let mut out = Vec::new();
        let mut text = |parts: &[&str], numbers: &[u64]| {
            for part in parts {
                out.extend_from_slice(&(part.len() as u64).to_le_bytes());
                out.extend_from_slice(part.as_bytes());
            }
            for number in numbers {
                out.extend_from_slice(&number.to_le_bytes());
            }
        };
        for (account, person) in self.membership.pairs() {
            text(&["member"], &[*account, *person]);
        }
        for (account, naming) in self.names() {
            let [name, email] = [&naming.name, &naming.email].map(|t| t.as_deref().unwrap_or(""));
            text(&["name", name, email], &[account]);
        }
        for role in &self.roles {
            text(
                &["role", &role.organisation, &role.role, &role.team, &role.title],
                &[role.account, role.since.0 as u64, role.until.0 as u64],
            );
        }
        for (name, values) in self.attributes() {
            for (person, value) in values {
                text(&["attribute", &name], &[person, value.to_bits()]);
            }
        }
        for (account, born) in &self.births {
            text(&["born", born], &[*account]);
        }
        // At the end of time nobody is a minor, so only what was said counts here.
        for (person, consent) in self.consents(Time(i64::MAX)).people() {
            text(&["consent"], &[*person, consent.general as u64]);
            for (purpose, standing) in &consent.purposes {
                text(&["purpose", purpose], &[*standing as u64]);
            }
            for purpose in &consent.exactly {
                text(&["exactly", purpose], &[]);
            }
        }
        model::keys::content(&out)
    }
}

/// Whether the catalogue has a table; one that an older version wrote lacks some.
pub(crate) fn has_table(read: &Connection, name: &str) -> Result<bool, Error> {
    Ok(read
        .prepare_cached("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1")?
        .exists([name])?)
}

pub(super) fn all<T>(
    read: &Connection,
    sql: &str,
    each: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Error> {
    Ok(read.prepare(sql)?.query_map([], each)?.collect::<Result<_, _>>()?)
}

/// An account key: SQLite's integers are signed, keys are not.
pub(super) fn key(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)? as u64)
}

/// How a claim is written: a word, and two numbers of which some stand empty as 0.
pub(super) fn columns_of(says: Says) -> (&'static str, i64, i64) {
    match says {
        Says::Same(a, b) => ("same", a as i64, b as i64),
        Says::Apart(a) => ("apart", a as i64, 0),
        Says::Withdrawn(earlier) => ("withdrawn", earlier, 0),
    }
}

pub(super) fn claims(read: &Connection) -> Result<Vec<Claim>, Error> {
    let rows = all(
        read,
        "SELECT sequence, says, a, b, source, at FROM claims ORDER BY sequence",
        |row| {
            let (a, b): (i64, i64) = (row.get(2)?, row.get(3)?);
            let says = match row.get::<_, String>(1)?.as_str() {
                "same" => Ok(Says::Same(a as u64, b as u64)),
                "apart" => Ok(Says::Apart(a as u64)),
                "withdrawn" => Ok(Says::Withdrawn(a)),
                other => Err(other.to_owned()),
            };
            Ok((row.get(0)?, says, row.get(4)?, Time(row.get(5)?)))
        },
    )?;
    rows.into_iter()
        .map(|(sequence, says, source, at)| {
            Ok(Claim {
                sequence,
                says: says.map_err(|word| unknown("claim", sequence, &word))?,
                source,
                at,
            })
        })
        .collect()
}

impl Register {
    /// Every statement about one of the person's accounts, in sequence.
    pub fn statements_of(&self, person: u64) -> Vec<&Statement> {
        let members = self.membership.members(person);
        self.statements.iter().filter(|said| members.contains(&said.account)).collect()
    }

    /// Every statement, in sequence.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }
}

const STATEMENTS: &str = "SELECT sequence, account, said, purpose, source, at FROM consents";

pub(super) fn statements(read: &Connection) -> Result<Vec<Statement>, Error> {
    let mut query = read.prepare(&format!("{STATEMENTS} ORDER BY sequence"))?;
    query.query_and_then([], statement)?.collect()
}

/// Everything that was said of one account.
pub(super) fn statements_of(read: &Connection, account: u64) -> Result<Vec<Statement>, Error> {
    let mut query =
        read.prepare_cached(&format!("{STATEMENTS} WHERE account = ?1 ORDER BY sequence"))?;
    query.query_and_then([account as i64], statement)?.collect()
}

fn statement(row: &Row<'_>) -> Result<Statement, Error> {
    let (sequence, word): (i64, String) = (row.get(0)?, row.get(2)?);
    Ok(Statement {
        sequence,
        account: key(row, 1)?,
        said: Said::parse(&word).ok_or_else(|| unknown("consent", sequence, &word))?,
        purpose: row.get(3)?,
        source: row.get(4)?,
        at: Time(row.get(5)?),
    })
}

fn unknown(what: &str, sequence: i64, word: &str) -> Error {
    Error::new(
        Kind::Damaged,
        format!(
            "catalogue.sqlite: {what} {sequence} says {word:?}, which has no meaning here; restore the workspace from a copy"
        ),
    )
}
