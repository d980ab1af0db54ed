//! The focal organisation of a workspace, and on which side of it everybody stood at any time.
//!
//! The firm is `firm.toml` in the workspace's folder, put there by `firm use`. Without it
//! [`Firm::unknown`] holds.

use crate::disclosure::Disclosure;
use crate::error::{Error, ErrorKind, Result};
use crate::export::table::part_of;
use crate::workspace::{Reading, Workspace};
use influence::definition::Problem;
use influence::orders::End;
use ledger::people::Register;
use model::{Account, Time};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

pub use influence::Firm;
pub use influence::definition::Side;

/// What `firm check` found.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Checked {
    /// Whether nothing is wrong.
    pub ok: bool,
    /// The file.
    pub file: PathBuf,
    /// The firm, where the file is right.
    pub firm: Option<Firm>,
    /// Everything that is wrong, by line.
    pub problems: Vec<Problem>,
}

/// Names everything that is wrong with the firm in `file`.
pub fn check(file: &Path) -> Result<Checked> {
    let bytes = std::fs::read(file).map_err(|error| Error::io(file, "can't read", error))?;
    let name = file.display().to_string();
    let (firm, problems) = match std::str::from_utf8(&bytes) {
        Ok(text) => Firm::check(text, &name),
        Err(error) => (None, vec![Problem::not_text(&name, &bytes, error.valid_up_to())]),
    };
    Ok(Checked { ok: problems.is_empty(), file: file.to_owned(), firm, problems })
}

/// Reads a firm's file, which must have no fault.
pub fn read(file: &Path) -> Result<Firm> {
    let checked = check(file)?;
    checked.firm.ok_or_else(|| {
        let lines: Vec<String> = checked.problems.iter().map(ToString::to_string).collect();
        Error::new(ErrorKind::Usage, lines.join("\n"))
    })
}

impl Workspace {
    /// The file of the workspace's firm, which need not be there.
    pub fn firm_file(&self) -> PathBuf {
        self.dir().join("firm.toml")
    }

    /// The workspace's firm, if it has one.
    pub fn firm(&self) -> Result<Option<Firm>> {
        let file = self.firm_file();
        match file.try_exists() {
            Ok(false) => Ok(None),
            _ => read(&file).map(Some),
        }
    }

    /// Makes the firm in `file` that of the workspace, in place of what there was.
    pub fn use_firm(&self, file: &Path) -> Result<Firm> {
        let firm = read(file)?;
        let (place, text) = (self.firm_file(), std::fs::read(file));
        let text = text.map_err(|error| Error::io(file, "can't read", error))?;
        let part = part_of(&place);
        let written = std::fs::create_dir_all(self.dir())
            .and_then(|()| std::fs::write(&part, text))
            .and_then(|()| std::fs::File::open(&part)?.sync_all())
            .and_then(|()| std::fs::rename(&part, &place));
        written.map_err(|error| {
            let _ = std::fs::remove_file(&part);
            Error::io(&place, "can't write", error)
        })?;
        Ok(firm)
    }
}

impl Reading {
    /// The accounts that are no people: the firm's own, and its systems. Named by id or by handle.
    pub(crate) fn mute(&self, disclosure: &Disclosure<'_>) -> Result<Vec<u64>> {
        let mut accounts = keys(&self.firm.house, disclosure)?;
        accounts.extend(keys(&self.firm.systems, disclosure)?);
        Ok(accounts)
    }
}

/// The keys of accounts written `network:id` or `network:handle`. One that nothing is known of yet goes by its id.
fn keys(accounts: &[String], disclosure: &Disclosure<'_>) -> Result<Vec<u64>> {
    let key = |text: &String| {
        let account =
            Account::parse(text).unwrap_or(Account { network: String::new(), id: text.clone() });
        Ok(disclosure.account(&account)?.unwrap_or(account).key().0)
    };
    accounts.iter().map(key).collect()
}

/// On which side of a firm everybody stood, at any time.
pub(crate) struct Sides<'a> {
    register: &'a Register,
    house: BTreeSet<u64>,
    systems: BTreeSet<u64>,
    /// The roles of each person on the inside or at the edge.
    roles: HashMap<u64, Vec<Stay<'a>>>,
}

struct Stay<'a> {
    side: Side,
    since: Time,
    until: Time,
    team: &'a str,
}

impl<'a> Sides<'a> {
    pub fn new(
        firm: &Firm,
        register: &'a Register,
        disclosure: &Disclosure<'_>,
    ) -> Result<Sides<'a>> {
        let membership = register.membership();
        let people = |accounts: &[String]| -> Result<BTreeSet<u64>> {
            Ok(keys(accounts, disclosure)?
                .into_iter()
                .map(|key| membership.person_of(key))
                .collect())
        };
        let mut roles: HashMap<u64, Vec<Stay<'a>>> = HashMap::new();
        for role in register.roles() {
            let side = firm.side(&role.role, &role.organisation);
            if side != Side::Outside {
                let stay = Stay { side, since: role.since, until: role.until, team: &role.team };
                roles.entry(membership.person_of(role.account)).or_default().push(stay);
            }
        }
        Ok(Sides { register, house: people(&firm.house)?, systems: people(&firm.systems)?, roles })
    }

    /// The person of an account.
    pub fn person(&self, account: u64) -> u64 {
        self.register.membership().person_of(account)
    }

    /// Where a person stood at a time. Without a role they are outside.
    pub fn end(&self, person: u64, at: Time) -> End {
        if self.systems.contains(&person) {
            return End::System;
        }
        if self.house.contains(&person) {
            return End::House;
        }
        End::Person(self.stays(person, at).map(|stay| stay.side).min().unwrap_or(Side::Outside))
    }

    /// Who was inside at a time, by person: the logo and systems are not.
    pub fn inside(&self, at: Time) -> Vec<u64> {
        let inside = |person: &u64| self.end(*person, at) == End::Person(Side::Inside);
        let mut people: Vec<u64> = self.roles.keys().copied().filter(inside).collect();
        people.sort_unstable();
        people
    }

    /// The team of somebody inside at a time, if one is recorded.
    pub fn team(&self, person: u64, at: Time) -> Option<&'a str> {
        let inside = self.stays(person, at).filter(|stay| stay.side == Side::Inside);
        inside.map(|stay| stay.team).find(|team| !team.is_empty())
    }

    fn stays(&self, person: u64, at: Time) -> impl Iterator<Item = &Stay<'a>> {
        let all = self.roles.get(&person).map_or(&[][..], Vec::as_slice);
        all.iter().filter(move |stay| stay.since <= at && at < stay.until)
    }
}
