//! Removing people from every table that holds accounts.
//!
//! [`TABLES`] lists every table of the catalogue and every column in it, so that a new table or column fails a test until
//! it is said here how somebody is removed from it.

use super::claims::Membership;
use super::register::has_table;
use super::{OPERATOR, Says, append, look_counts, register};
use crate::error::Error;
use model::Time;
use rusqlite::Connection;
use std::collections::BTreeSet;

/// How a table holds accounts.
#[derive(Clone, Copy, Debug)]
pub enum Holds {
    /// A row about an account of which one of these columns holds the key.
    Keys(&'static [&'static str]),
    /// A row about an account of which this column holds the hash, a blob of 16 bytes whose first half is the key.
    Hash(&'static str),
    /// Rows that are pages of records about accounts (`look_counts.rs`).
    Records(&'static str),
    /// No account.
    Nobody,
}

/// A table, how it holds accounts, and its other columns.
pub type Table = (&'static str, Holds, &'static [&'static str]);

/// Every table of the catalogue.
pub const TABLES: &[Table] = &[
    ("people_accounts", Holds::Keys(&["key"]), &["low", "network", "id"]),
    // A withdrawal holds the number of another claim where others hold an account.
    ("claims", Holds::Keys(&["a", "b"]), &["sequence", "says", "source", "at"]),
    ("consents", Holds::Keys(&["account"]), &["sequence", "said", "purpose", "source", "at"]),
    ("objecting", Holds::Keys(&["account"]), &[]),
    // What others' cases say in words is redacted by [`super::cases::redact`].
    (
        "cases",
        Holds::Keys(&["account", "other"]),
        &[
            "id",
            "says",
            "organisation",
            "since",
            "network",
            "interaction",
            "source",
            "opened",
            "decision",
            "decided",
            "why",
        ],
    ),
    ("looks", Holds::Keys(&["person"]), &["sequence", "at", "what", "source"]),
    ("look_labels", Holds::Nobody, &["label", "what", "source"]),
    ("look_runs", Holds::Nobody, &["run", "day", "level"]),
    ("look_pages", Holds::Records("records"), &["page", "run", "first"]),
    ("told", Holds::Keys(&["account"]), &["at"]),
    ("roster_keys", Holds::Keys(&["account"]), &["source", "row_key"]),
    ("roster_people", Holds::Keys(&["account"]), &["source", "name", "email"]),
    ("births", Holds::Keys(&["account"]), &["source", "born"]),
    (
        "roles",
        Holds::Keys(&["account"]),
        &["source", "organisation", "role", "since", "until", "team", "title"],
    ),
    ("attributes", Holds::Keys(&["account"]), &["source", "name", "value"]),
    (
        "profiles",
        Holds::Hash("account"),
        &["field", "value", "network", "id", "first_at", "last_at"],
    ),
    // Copies of `profiles` and `roster_people`, whose rows take these with them.
    ("called", Holds::Nobody, &["id", "whose", "roster", "value"]),
    ("called_words", Holds::Nobody, &["value", "called_words", "rank"]),
    ("called_terms", Holds::Nobody, &["term", "doc", "col", "offset"]),
    ("called_words_config", Holds::Nobody, &["k", "v"]),
    ("called_words_data", Holds::Nobody, &["id", "block"]),
    ("called_words_docsize", Holds::Nobody, &["id", "sz"]),
    ("called_words_idx", Holds::Nobody, &["segid", "term", "pgno"]),
    (
        "segments",
        Holds::Nobody,
        &[
            "sequence",
            "name",
            "rows",
            "accounts",
            "earliest",
            "newest",
            "digest",
            "data_bytes",
            "data_hash",
            "accounts_bytes",
            "accounts_hash",
        ],
    ),
    ("superseded", Holds::Nobody, &["segment", "rows", "digest"]),
    ("suppressed", Holds::Nobody, &["hash", "key", "length"]),
    ("refusals", Holds::Nobody, &["one", "generation"]),
    ("retention", Holds::Nobody, &["one", "rows_before", "texts_before", "rows_age", "texts_age"]),
    // Hashes of what programs called their requests, for a day.
    (
        "once",
        Holds::Nobody,
        &["key", "body", "at", "accepted", "duplicates", "refused", "not_kept"],
    ),
    (
        "published",
        Holds::Nobody,
        &[
            "sequence",
            "definition",
            "version",
            "as_of",
            "number",
            "purpose",
            "card",
            "people",
            "scored",
            "at",
        ],
    ),
    ("reserved", Holds::Nobody, &["one", "last"]),
    // Cleared when the erasure is done.
    ("erasures", Holds::Nobody, &["number", "kind", "stage", "begun", "done", "keys", "counts"]),
];

/// Removes the accounts, whose keys ascend, from every table that is there; how many rows went. Who else belongs
/// together stays together.
pub fn erase(write: &Connection, keys: &[u64], at: Time) -> Result<u64, Error> {
    let mut removed = 0;
    for (table, holds, _) in TABLES {
        if !has_table(write, table)? {
            continue;
        }
        if *table == "claims" {
            removed += erase_claims(write, keys, at)?;
            continue;
        }
        match holds {
            Holds::Nobody => {}
            Holds::Records(_) => removed += look_counts::erase(write, keys)?,
            Holds::Keys(columns) => {
                for column in *columns {
                    let sql = format!("DELETE FROM {table} WHERE {column} = ?1");
                    let mut delete = write.prepare(&sql)?;
                    for key in keys {
                        removed += delete.execute([*key as i64])? as u64;
                    }
                }
            }
            Holds::Hash(column) => {
                let sql = format!("DELETE FROM {table} WHERE {column} BETWEEN ?1 AND ?2");
                let mut delete = write.prepare(&sql)?;
                for key in keys {
                    let first = u128::from(*key) << 64;
                    let last = first | u128::from(u64::MAX);
                    removed += delete.execute([first.to_be_bytes(), last.to_be_bytes()])? as u64;
                }
            }
        }
    }
    Ok(removed)
}

fn erase_claims(write: &Connection, keys: &[u64], at: Time) -> Result<u64, Error> {
    let claims = register::claims(write)?;
    let is_gone = |key: &u64| keys.binary_search(key).is_ok();
    let mut gone: BTreeSet<i64> = BTreeSet::new();
    for claim in &claims {
        let goes = match claim.says {
            Says::Same(a, b) => is_gone(&a) || is_gone(&b),
            Says::Apart(a) => is_gone(&a),
            Says::Withdrawn(earlier) => gone.contains(&earlier),
        };
        if goes {
            gone.insert(claim.sequence);
        }
    }
    let mut delete = write.prepare_cached("DELETE FROM claims WHERE sequence = ?1")?;
    for sequence in &gone {
        delete.execute([sequence])?;
    }
    // Others may have been one person by way of an account that is gone now.
    let before = Membership::of(&claims);
    let after = Membership::of(&register::claims(write)?);
    let others = before.pairs().iter().filter(|(account, _)| !is_gone(account));
    let mut first: Option<(u64, u64)> = None;
    let mut people: Vec<(u64, u64)> = others.map(|(account, person)| (*person, *account)).collect();
    people.sort_unstable();
    for (person, account) in people {
        match first {
            Some((same, anchor)) if same == person => {
                if after.person_of(anchor) != after.person_of(account) {
                    append(
                        write,
                        Says::Same(anchor.min(account), anchor.max(account)),
                        OPERATOR,
                        at,
                    )?;
                }
            }
            _ => first = Some((person, account)),
        }
    }
    Ok(gone.len() as u64)
}
