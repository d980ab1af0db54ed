//! Corrections: what somebody says is wrong about them, and what was decided.
//!
//! A case is opened, and accepted or declined once, with a reason. What an accepted one says holds against whatever
//! arrives later, because nothing that was imported is changed; it is applied where things are read:
//!
//! | a case says | accepted, it |
//! |---|---|
//! | [`Wrong::NotMine`] | is a claim that sets the account apart, which no roster overrides ([`super::claims`]) |
//! | [`Wrong::Left`] | ends the person's roles at that organisation which began before that day |
//! | [`Wrong::NotPraise`] | keeps the interaction, by its identity, out of everything that is computed or shown |

use super::claims::Says as Claims;
use super::{OPERATOR, People, append, objections, register, remember};
use crate::error::{Error, Kind};
use crate::suppressed::{ERASED, Suppressed};
use model::{Account, Time};
use rusqlite::{Connection, Row, params};
use std::collections::BTreeSet;

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS cases (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    says TEXT NOT NULL,
    other INTEGER NOT NULL,
    organisation TEXT NOT NULL,
    since INTEGER NOT NULL,
    network TEXT NOT NULL,
    interaction TEXT NOT NULL,
    source TEXT NOT NULL,
    opened INTEGER NOT NULL,
    decision TEXT NOT NULL,
    decided INTEGER NOT NULL,
    why TEXT NOT NULL
);
";

/// What somebody says is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The account with this key is somebody else's.
    NotMine(u64),
    /// They no longer belong to an organisation.
    Left {
        /// As rosters write it, in whatever case.
        organisation: String,
        /// From when on.
        since: Time,
    },
    /// An interaction that touches them does not speak for anybody.
    NotPraise {
        /// Its network.
        network: String,
        /// Its id there, or the derived one.
        id: String,
    },
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// By which it is decided.
    pub id: i64,
    /// Account key of whoever it is about.
    pub account: u64,
    /// What is wrong.
    pub says: Wrong,
    /// Who says so: `self` or `operator`.
    pub source: String,
    /// When it was opened.
    pub opened: Time,
    /// What was decided, if it was.
    pub decision: Option<Decision>,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it was accepted.
    pub accepted: bool,
    /// When.
    pub at: Time,
    /// Why.
    pub why: String,
}

impl Case {
    /// Whether what it says holds.
    pub fn is_accepted(&self) -> bool {
        self.decision.as_ref().is_some_and(|decision| decision.accepted)
    }
}

impl People {
    /// Opens a case about the holder of `account`. The same again, while it is open, is the same case.
    pub fn open_case(
        &mut self,
        account: &Account,
        says: &Wrong,
        source: &str,
        at: Time,
    ) -> Result<Case, Error> {
        let write = self.catalogue.transaction()?;
        let key = remember(&write, account, model::keys::account)?.0;
        let open = all(&write)?
            .into_iter()
            .find(|case| case.account == key && case.says == *says && case.decision.is_none());
        if let Some(case) = open {
            return Ok(case);
        }
        let (word, other, organisation, since, network, id) = match says {
            Wrong::NotMine(other) => ("not mine", *other, "", 0, "", ""),
            Wrong::Left { organisation, since } => {
                ("left", 0, organisation.as_str(), since.0, "", "")
            }
            Wrong::NotPraise { network, id } => {
                ("not praise", 0, "", 0, network.as_str(), id.as_str())
            }
        };
        write.execute(
            "INSERT INTO cases (account, says, other, organisation, since, network, interaction, source, opened, decision, decided, why)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '', 0, '')",
            params![key as i64, word, other as i64, organisation, since, network, id, source, at.0],
        )?;
        let id = write.last_insert_rowid();
        write.commit()?;
        Ok(Case {
            id,
            account: key,
            says: says.clone(),
            source: source.to_owned(),
            opened: at,
            decision: None,
        })
    }

    /// Decides a case, once. Fails with [`Kind::Refused`] on one that is unknown or decided already.
    pub fn decide(&mut self, id: i64, accepted: bool, why: &str, at: Time) -> Result<Case, Error> {
        let refused = |message: String| Err(Error::new(Kind::Refused, message));
        let write = self.catalogue.transaction()?;
        let Some(mut case) = all(&write)?.into_iter().find(|case| case.id == id) else {
            return refused(format!(
                "there is no case {id}; they are listed by: tertius correct list"
            ));
        };
        if let Some(decision) = &case.decision {
            let word = if decision.accepted { "accepted" } else { "declined" };
            return refused(format!(
                "case {id} was {word} at {}; a decision stands, open another case to change it",
                decision.at
            ));
        }
        if why.trim().is_empty() {
            return refused("a decision needs its reason; say why".to_owned());
        }
        let word = if accepted { "accepted" } else { "declined" };
        write.execute(
            "UPDATE cases SET decision = ?2, decided = ?3, why = ?4 WHERE id = ?1",
            params![id, word, at.0, why],
        )?;
        if let (true, Wrong::NotMine(other)) = (accepted, &case.says) {
            append(&write, Claims::Apart(*other), OPERATOR, at)?;
            objections::settle(&write, at)?;
        }
        write.commit()?;
        case.decision = Some(Decision { accepted, at, why: why.to_owned() });
        Ok(case)
    }
}

/// Every case, in the order in which they were opened; none where there never was one.
pub(super) fn all(read: &Connection) -> Result<Vec<Case>, Error> {
    if !register::has_table(read, "cases")? {
        return Ok(Vec::new());
    }
    let mut query = read.prepare(
        "SELECT id, account, says, other, organisation, since, network, interaction, source, opened, decision, decided, why
         FROM cases ORDER BY id",
    )?;
    query.query_and_then([], case)?.collect()
}

/// Identities of the interactions that count for nothing, by decision.
pub(crate) fn excluded(read: &Connection) -> Result<BTreeSet<u128>, Error> {
    let excluded = all(read)?.into_iter().filter(Case::is_accepted);
    Ok(excluded
        .filter_map(|case| match case.says {
            Wrong::NotPraise { network, id } => Some(model::keys::identity(&network, &id)),
            _ => None,
        })
        .collect())
}

/// Takes the names of people who were erased out of what the cases of others say.
pub(crate) fn redact(write: &Connection, set: &Suppressed) -> Result<(), Error> {
    let text = |text: &str| set.text("", text).unwrap_or_else(|| text.to_owned());
    for case in all(write)? {
        // A reason names people of any network; one that may name somebody goes as a whole.
        let why = match case.decision.as_ref().map(|decision| decision.why.as_str()) {
            Some(why) if set.raw(why) => ERASED.to_owned(),
            why => why.unwrap_or_default().to_owned(),
        };
        let (organisation, id) = match &case.says {
            Wrong::Left { organisation, .. } => (text(organisation), String::new()),
            Wrong::NotPraise { network, id } => {
                (String::new(), set.id(network, id).unwrap_or_else(|| id.clone()))
            }
            Wrong::NotMine(_) => (String::new(), String::new()),
        };
        write
            .prepare_cached(
                "UPDATE cases SET organisation = ?2, interaction = ?3, why = ?4 WHERE id = ?1
                 AND (organisation <> ?2 OR interaction <> ?3 OR why <> ?4)",
            )?
            .execute(params![case.id, organisation, id, why])?;
    }
    Ok(())
}

fn case(row: &Row<'_>) -> Result<Case, Error> {
    let (id, word): (i64, String) = (row.get(0)?, row.get(2)?);
    let unknown = |word: &str| {
        Error::new(
            Kind::Damaged,
            format!(
                "catalogue.sqlite: case {id} says {word:?}, which has no meaning here; restore the workspace from a copy"
            ),
        )
    };
    let says = match word.as_str() {
        "not mine" => Wrong::NotMine(register::key(row, 3)?),
        "left" => Wrong::Left { organisation: row.get(4)?, since: Time(row.get(5)?) },
        "not praise" => Wrong::NotPraise { network: row.get(6)?, id: row.get(7)? },
        other => return Err(unknown(other)),
    };
    let decided = |accepted| -> Result<Option<Decision>, Error> {
        Ok(Some(Decision { accepted, at: Time(row.get(11)?), why: row.get(12)? }))
    };
    let decision = match row.get::<_, String>(10)?.as_str() {
        "" => None,
        "accepted" => decided(true)?,
        "declined" => decided(false)?,
        other => return Err(unknown(other)),
    };
    Ok(Case {
        id,
        account: register::key(row, 1)?,
        says,
        source: row.get(8)?,
        opened: Time(row.get(9)?),
        decision,
    })
}
