//! Keeping what a roster says: rows become accounts, claims, roles, attributes and statements, in one transaction.
//!
//! Rows about one person are known by their *row key*: the email, or, where a row has neither email nor account, the
//! name. The first import of a row key decides the account that stands for it, its anchor: the smallest key among the
//! accounts listed, or `roster:<source>/<row key>` where there is none. Names, roles, attributes and consent hang on
//! the anchor; refusals and dates of birth hang on every account of the row, so that they outlive a split.
//! One file says one thing: of several rows about one person the name, email and numbers of the row with the latest
//! `since` hold (then the larger), the later birth, and a refusal before a consent. So the order of rows has no
//! meaning, and reading a file again finds everything said already. A row that is a reject says nothing of anybody but
//! the refusal or the birth under 18 that can be read in it.

use super::claims::Says;
use super::consent::Said;
use super::protection::{protections, write_protection};
use super::roster::{Ignored, Roster, Row};
use super::{Mapping, ROSTER, append, collision, objections, register, remember, remembered};
use crate::catalogue::Catalogue;
use crate::error::{Error, Kind};
use crate::suppressed::Suppressed;
use model::{Account, Fault, Reject, Time};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

/// How a roster is to be read.
#[derive(Clone, Copy)]
pub struct Import<'a> {
    /// The roster's name; the same name again is the same roster, said anew.
    pub source: &'a str,
    /// Which columns are which fields.
    pub mapping: &'a Mapping,
    /// The time of reading: what statements of consent are dated with.
    pub now: Time,
    /// Another account that the interactions know under the key of this one, so that a collision with it is seen.
    pub holder: &'a dyn Fn(&Account) -> Option<Account>,
    /// Hash of an account. Tests pass a weak one to meet collisions; everybody else [`model::keys::account`].
    pub account_hash: fn(&str, &str) -> u128,
}

impl fmt::Debug for Import<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Import")
            .field("source", &self.source)
            .field("mapping", &self.mapping)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl<'a> Import<'a> {
    /// A roster of that name, read at `now`, whose accounts the interactions need not know.
    pub fn new(source: &'a str, mapping: &'a Mapping, now: Time) -> Import<'a> {
        Import { source, mapping, now, holder: &|_| None, account_hash: model::keys::account }
    }

    /// The name that a file's roster has unless another is given: the file's name without its ending.
    pub fn source_of(path: &Path) -> Option<&str> {
        path.file_stem().and_then(|stem| stem.to_str())
    }
}

/// What an import did. `read = created + updated + unchanged + rejects + erased`.
#[derive(Debug, Default)]
pub struct Imported {
    /// Rows of the file, without its header.
    pub read: u64,
    /// Rows that brought a person or a role that this roster had not named before.
    pub created: u64,
    /// Rows that changed what this roster had said.
    pub updated: u64,
    /// Rows that said nothing new.
    pub unchanged: u64,
    /// Rows that were left out because they are about somebody who was erased.
    pub erased: u64,
    /// Claims of identity that were added.
    pub claims: u64,
    /// Rows that could not be used.
    pub rejects: Vec<Reject>,
    /// Columns that were left out.
    pub ignored: Vec<Ignored>,
    /// Where the file says two things of one account's consent; the refusal holds.
    pub contradictions: Vec<Contradiction>,
    /// Consents that changed nothing, because something newer was said before.
    pub outdated: u64,
}

/// Two rows, or one, that say opposite things about consent for one account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contradiction {
    /// Line of the consent.
    pub given: u64,
    /// Line of the refusal, which holds.
    pub refused: u64,
    /// The purpose of the consent; empty for all.
    pub purpose: String,
}

/// What a row did; of several effects the largest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    Unchanged,
    Updated,
    Created,
}

/// A row whose accounts have keys.
struct Keyed {
    row: Row,
    key: Option<String>,
    accounts: Vec<u64>,
    /// Whether the row names no account, so that it has one of its own.
    own: bool,
    /// Whether the row is a reject, of which only what protects is kept.
    rejected: bool,
    anchor: u64,
}

/// What the file as a whole says of one person.
#[derive(Default)]
pub(super) struct Draft {
    /// The first line that is kept; 0 if all are rejects.
    first_line: u64,
    name: Option<(Time, String)>,
    email: Option<(Time, String)>,
    pub(super) born: Option<String>,
    pub(super) consent: BTreeMap<String, Said>,
    values: Vec<Option<(Time, f64)>>,
    pub(super) accounts: BTreeSet<u64>,
}

type RoleKey = (u64, String, String, i64);
type RoleRest = (i64, String, String);

/// A role without beginning began before all times.
const ALWAYS: Time = Time(i64::MIN);
/// A role without end ends after all times.
const NEVER: Time = Time(i64::MAX);

pub(super) fn run(
    catalogue: &mut Catalogue,
    bytes: &[u8],
    import: &Import<'_>,
) -> Result<Imported, Error> {
    let name = import.source.trim();
    if name.is_empty() || name.len() > 256 {
        return Err(Error::new(
            Kind::Refused,
            "the roster has no name of 1 to 256 bytes; give one with --source",
        ));
    }
    let source = &format!("{ROSTER}:{name}");
    let mut roster = Roster::parse(bytes, import.mapping, import.now)?;
    let erased = Suppressed::read(catalogue.connection(), catalogue.dir())?
        .map_or(0, |set| leave_out(&mut roster, name, &set));
    let mut imported = Imported {
        read: (roster.rows.len() + roster.rejects.len()) as u64 + erased,
        erased,
        rejects: roster.rejects,
        ignored: roster.ignored,
        ..Imported::default()
    };
    let write = catalogue.transaction()?;
    let mut rows = key_rows(&write, name, roster.rows, import, &mut imported.rejects)?;
    let mut collided = Vec::new();
    for mut keyed in key_rows(&write, name, roster.protecting, import, &mut collided)? {
        keyed.rejected = true;
        say_recorded(&mut imported.rejects, &keyed.row);
        rows.push(keyed);
    }
    let rows = settle_anchors(&write, source, import, rows)?;

    let mut drafts: BTreeMap<u64, Draft> = BTreeMap::new();
    let mut roles: BTreeMap<RoleKey, RoleRest> = BTreeMap::new();
    let mut claims = BTreeSet::new();
    for keyed in &rows {
        let draft = drafts.entry(keyed.anchor).or_default();
        draft.add(keyed);
        for account in &keyed.accounts {
            if *account != keyed.anchor && !keyed.rejected {
                claims.insert((keyed.anchor.min(*account), keyed.anchor.max(*account)));
            }
        }
        if let Some((key, rest)) = role_of(keyed) {
            let held = roles.entry(key).or_insert_with(|| rest.clone());
            *held = rest.max(held.clone());
        }
    }
    for (a, b) in claims {
        imported.claims += u64::from(claim_once(&write, source, a, b, import.now)?);
    }
    imported.contradictions = contradictions(&rows);
    let mut of_accounts = BTreeMap::new();
    let objected = objections::accounts(&write)?;
    for (account, mut protection) in protections(&drafts) {
        if objected.contains(&account) {
            protection.born = protection.born.filter(|born| objections::protects(born, import.now));
        }
        let (effect, outdated) =
            write_protection(&write, source, account, &protection, import.now)?;
        imported.outdated += outdated;
        of_accounts.insert(account, effect);
    }
    // Of whoever objects nothing is kept but what was just written.
    let objecting = objections::settle(&write, import.now)?;
    let objects = |account: &u64| objecting.contains(account);
    roles.retain(|(account, ..), _| !objects(account));
    let mut of_people = BTreeMap::new();
    for (anchor, draft) in drafts.iter().filter(|(_, draft)| draft.first_line > 0) {
        let values = match objects(anchor) {
            true => objections::protecting(&roster.attributes, &draft.values, import.now),
            false => draft.values.clone(),
        };
        let mut effect = write_values(&write, source, *anchor, &roster.attributes, &values)?;
        if !objects(anchor) {
            effect = effect.max(write_person(&write, source, *anchor, draft)?);
        }
        for account in &draft.accounts {
            effect = effect.max(of_accounts.get(account).copied().unwrap_or(Effect::Unchanged));
        }
        of_people.insert(*anchor, effect);
    }
    let mut of_roles = BTreeMap::new();
    for (key, rest) in &roles {
        of_roles.insert(key, write_role(&write, source, key, rest)?);
    }
    for keyed in rows.iter().filter(|keyed| !keyed.rejected) {
        let first =
            drafts.get(&keyed.anchor).is_some_and(|draft| draft.first_line == keyed.row.line);
        // What changed about a person as a whole counts once, for the first row about them.
        let of_person =
            of_people.get(&keyed.anchor).filter(|_| first).copied().unwrap_or(Effect::Unchanged);
        let of_role = role_of(keyed)
            .and_then(|(key, _)| of_roles.get(&key).copied())
            .unwrap_or(Effect::Unchanged);
        match of_person.max(of_role) {
            Effect::Created => imported.created += 1,
            Effect::Updated => imported.updated += 1,
            Effect::Unchanged => imported.unchanged += 1,
        }
    }
    write.commit()?;
    imported.rejects.sort_by_key(|reject| reject.line);
    Ok(imported)
}

/// Takes out of a roster whoever was erased; how many rows that were. A reject that may be about them keeps its line.
fn leave_out(roster: &mut Roster, name: &str, set: &Suppressed) -> u64 {
    let is_erased = |row: &Row| {
        let name_alone = row.name.as_ref().filter(|_| row.accounts.is_empty());
        let own = row.email.clone().or_else(|| name_alone.map(|name| name.to_lowercase()));
        row.accounts.iter().any(|account| set.has(account))
            || row.email.as_ref().is_some_and(|email| set.email(email))
            || own.is_some_and(|key| set.account(ROSTER, &format!("{name}/{key}")))
    };
    let before = roster.rows.len();
    roster.rows.retain(|row| !is_erased(row));
    roster.protecting.retain(|row| !is_erased(row));
    for reject in &mut roster.rejects {
        crate::strays::blank_reject(reject, set);
    }
    (before - roster.rows.len()) as u64
}

/// Where consent and refusal stand in one file for one account: the first line of each, by account and purpose.
fn contradictions(rows: &[Keyed]) -> Vec<Contradiction> {
    let mut given: BTreeMap<(u64, &str), u64> = BTreeMap::new();
    let mut refused: BTreeMap<(u64, &str), u64> = BTreeMap::new();
    for keyed in rows {
        for account in keyed.accounts.iter().chain([&keyed.anchor]) {
            for (said, purpose) in &keyed.row.consent {
                let lines = if said.refuses() { &mut refused } else { &mut given };
                let line = lines.entry((*account, purpose)).or_insert(keyed.row.line);
                *line = keyed.row.line.min(*line);
            }
        }
    }
    let found: BTreeSet<Contradiction> = given
        .iter()
        .filter_map(|((account, purpose), line)| {
            // A refusal of one purpose beside a consent to all is an exception; the other way round none is left.
            let against = [*purpose, ""].map(|purpose| refused.get(&(*account, purpose)));
            let refused = *against.into_iter().flatten().min()?;
            Some(Contradiction { given: *line, refused, purpose: (*purpose).to_owned() })
        })
        .collect();
    found.into_iter().collect()
}

/// Says in the reject of a row what of it counts all the same.
fn say_recorded(rejects: &mut [Reject], row: &Row) {
    let what = match (row.consent.is_empty(), &row.born) {
        (false, None) => "the refusal in it was",
        (true, _) => "the date of birth in it was",
        (false, Some(_)) => "the refusal and the date of birth in it were",
    };
    for reject in rejects.iter_mut().filter(|reject| reject.line == row.line) {
        reject.fault.reason.push_str(&format!("; {what} recorded all the same"));
    }
}

/// Gives every row its accounts' keys; rows whose accounts collide become rejects. Anchors are settled later.
fn key_rows(
    write: &Connection,
    name: &str,
    rows: Vec<Row>,
    import: &Import<'_>,
    rejects: &mut Vec<Reject>,
) -> Result<Vec<Keyed>, Error> {
    let mut keyed = Vec::with_capacity(rows.len());
    for mut row in rows {
        let key = match (&row.email, &row.name) {
            (Some(email), _) => Some(email.clone()),
            (None, Some(name)) if row.accounts.is_empty() => Some(name.to_lowercase()),
            _ => None,
        };
        let mut accounts = Vec::with_capacity(row.accounts.len());
        // A row without an account has one of its own, unless another row or import gave its key an account.
        let own = key.as_ref().filter(|_| row.accounts.is_empty());
        let listed = match own {
            Some(key) => vec![Account { network: ROSTER.to_owned(), id: format!("{name}/{key}") }],
            None => std::mem::take(&mut row.accounts),
        };
        let mut fault = None;
        for account in &listed {
            let hash = (import.account_hash)(&account.network, &account.id);
            let (high, low) = ((hash >> 64) as u64, hash as u64);
            let other = match remembered(write, high)? {
                Some((known, other)) => (known != low).then_some(other),
                None => (import.holder)(account).filter(|other| other != account),
            };
            if let Some(other) = other {
                fault = Some(Fault::new("accounts", collision(account, &other)));
                break;
            }
            accounts.push(high);
        }
        if let Some(fault) = fault {
            rejects.push(Reject::new(row.line, fault, &row.raw));
            continue;
        }
        if own.is_none() {
            // An own account is kept only once it turns out to be needed.
            for account in &listed {
                remember(write, account, import.account_hash)?;
            }
        }
        row.accounts = listed;
        let own = own.is_some();
        keyed.push(Keyed { row, own, rejected: false, key, accounts, anchor: 0 });
    }
    Ok(keyed)
}

fn settle_anchors(
    write: &Connection,
    source: &str,
    import: &Import<'_>,
    mut rows: Vec<Keyed>,
) -> Result<Vec<Keyed>, Error> {
    let mut listed: BTreeMap<String, u64> = BTreeMap::new();
    for keyed in rows.iter().filter(|keyed| !keyed.own) {
        if let (Some(key), Some(least)) = (&keyed.key, keyed.accounts.iter().min()) {
            let held = listed.entry(key.clone()).or_insert(*least);
            *held = (*held).min(*least);
        }
    }
    for keyed in &mut rows {
        let least = keyed.accounts.iter().copied().min().unwrap_or_default();
        let Some(key) = &keyed.key else {
            // Known to this roster by one of its accounts, or else by the smallest.
            let mut known = Vec::new();
            for account in &keyed.accounts {
                if names(write, source, *account)?.is_some() {
                    known.push(*account);
                }
            }
            keyed.anchor = known.into_iter().min().unwrap_or(least);
            continue;
        };
        let known: Option<i64> = write
            .prepare_cached("SELECT account FROM roster_keys WHERE source = ?1 AND row_key = ?2")?
            .query_row(params![source, key], |row| row.get(0))
            .optional()?;
        keyed.anchor = match known {
            Some(known) => known as u64,
            None => {
                let anchor = listed.get(key).copied().unwrap_or(least);
                write
                    .prepare_cached(
                        "INSERT INTO roster_keys (source, row_key, account) VALUES (?1, ?2, ?3)",
                    )?
                    .execute(params![source, key, anchor as i64])?;
                anchor
            }
        };
        if keyed.own && !keyed.accounts.contains(&keyed.anchor) {
            // Another row or an earlier import gave this key an account; one of its own is not needed.
            keyed.accounts.clear();
        } else if keyed.own {
            for account in &keyed.row.accounts {
                remember(write, account, import.account_hash)?;
            }
        }
    }
    Ok(rows)
}

impl Draft {
    fn add(&mut self, keyed: &Keyed) {
        let row = &keyed.row;
        let since = row.role.as_ref().and_then(|role| role.since);
        let since = since.unwrap_or(ALWAYS);
        if !keyed.rejected && (self.first_line == 0 || row.line < self.first_line) {
            self.first_line = row.line;
        }
        let latest = |held: &mut Option<(Time, String)>, value: &Option<String>| {
            if let Some(value) = value {
                let new = Some((since, value.clone()));
                if new > *held {
                    *held = new;
                }
            }
        };
        if !keyed.rejected {
            latest(&mut self.name, &row.name);
            latest(&mut self.email, &row.email);
        }
        self.born = self.born.take().max(row.born.clone());
        for (said, purpose) in &row.consent {
            let held = self.consent.entry(purpose.clone()).or_insert(*said);
            *held = (*held).max(*said);
        }
        self.values.resize(row.values.len(), None);
        for (held, value) in self.values.iter_mut().zip(&row.values) {
            if let Some(value) = value {
                let larger = held.is_none_or(|(at, known)| {
                    (since.cmp(&at)).then(value.total_cmp(&known)).is_gt()
                });
                if larger {
                    *held = Some((since, *value));
                }
            }
        }
        self.accounts.insert(keyed.anchor);
        self.accounts.extend(&keyed.accounts);
    }
}

fn role_of(keyed: &Keyed) -> Option<(RoleKey, RoleRest)> {
    let role = keyed.row.role.as_ref()?;
    Some((
        (
            keyed.anchor,
            role.organisation.clone(),
            role.role.clone(),
            role.since.unwrap_or(ALWAYS).0,
        ),
        (role.until.unwrap_or(NEVER).0, role.team.clone(), role.title.clone()),
    ))
}

fn claim_once(write: &Connection, source: &str, a: u64, b: u64, at: Time) -> Result<bool, Error> {
    let says = Says::Same(a, b);
    let (word, x, y) = register::columns_of(says);
    let known = write
        .prepare_cached(
            "SELECT 1 FROM claims WHERE source = ?1 AND says = ?2 AND a = ?3 AND b = ?4",
        )?
        .exists(params![source, word, x, y])?;
    if !known {
        append(write, says, source, at)?;
    }
    Ok(!known)
}

type Names = (Option<String>, Option<String>);

fn names(read: &Connection, source: &str, account: u64) -> Result<Option<Names>, Error> {
    Ok(read
        .prepare_cached("SELECT name, email FROM roster_people WHERE source = ?1 AND account = ?2")?
        .query_row(params![source, account as i64], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

fn write_person(
    write: &Connection,
    source: &str,
    anchor: u64,
    draft: &Draft,
) -> Result<Effect, Error> {
    let held = names(write, source, anchor)?;
    let (name, email) = held.clone().unwrap_or_default();
    // An empty field takes nothing back.
    let new = (
        draft.name.as_ref().map(|(_, name)| name.clone()).or(name),
        draft.email.as_ref().map(|(_, email)| email.clone()).or(email),
    );
    if held.as_ref() == Some(&new) {
        return Ok(Effect::Unchanged);
    }
    write
        .prepare_cached(
            "INSERT OR REPLACE INTO roster_people (source, account, name, email) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![source, anchor as i64, new.0, new.1])?;
    Ok(match held {
        Some(_) => Effect::Updated,
        None => Effect::Created,
    })
}

/// The roster is the truth of its own columns: an empty field is no value, also where there was one.
fn write_values(
    write: &Connection,
    source: &str,
    anchor: u64,
    attributes: &[String],
    values: &[Option<(Time, f64)>],
) -> Result<Effect, Error> {
    let mut effect = Effect::Unchanged;
    for (name, value) in attributes.iter().zip(values) {
        let changed = match value {
            Some((_, value)) => write
                .prepare_cached(
                    "INSERT INTO attributes (source, account, name, value) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (source, account, name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
                )?
                .execute(params![source, anchor as i64, name, value])?,
            None => write
                .prepare_cached(
                    "DELETE FROM attributes WHERE source = ?1 AND account = ?2 AND name = ?3",
                )?
                .execute(params![source, anchor as i64, name])?,
        };
        if changed > 0 {
            effect = Effect::Updated;
        }
    }
    Ok(effect)
}

fn write_role(
    write: &Connection,
    source: &str,
    (account, organisation, role, since): &RoleKey,
    (until, team, title): &RoleRest,
) -> Result<Effect, Error> {
    let held: Option<RoleRest> = write
        .prepare_cached(
            "SELECT until, team, title FROM roles
             WHERE source = ?1 AND account = ?2 AND organisation = ?3 AND role = ?4 AND since = ?5",
        )?
        .query_row(params![source, *account as i64, organisation, role, since], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    if held.as_ref().is_some_and(|held| (&held.0, &held.1, &held.2) == (until, team, title)) {
        return Ok(Effect::Unchanged);
    }
    write
        .prepare_cached(
            "INSERT OR REPLACE INTO roles (source, account, organisation, role, since, until, team, title)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            source,
            *account as i64,
            organisation,
            role,
            since,
            until,
            team,
            title
        ])?;
    Ok(match held {
        Some(_) => Effect::Updated,
        None => Effect::Created,
    })
}
