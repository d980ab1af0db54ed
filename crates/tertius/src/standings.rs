//! Who stood where at one moment: the roles of each person, and the people of each organisation.
//!
//! Made in one pass over the roles; asked in the logarithm of their number. Memory: 16 bytes a role, and for organisations, made when first asked for, 8 bytes a role.

use crate::error::{Error, ErrorKind, Result};
use crate::workspace::Reading;
use ledger::people::Role;
use model::Time;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// The roles that held at one moment.
pub(crate) struct Standings<'a> {
    of: BTreeMap<u64, Vec<&'a Role>>,
    /// People by organisation in lower case.
    organisations: OnceCell<BTreeMap<String, BTreeSet<u64>>>,
}

impl Reading {
    /// Who stood where at a moment.
    pub(crate) fn standings(&self, at: Time) -> Standings<'_> {
        let membership = self.register.membership();
        let mut of: BTreeMap<u64, Vec<&Role>> = BTreeMap::new();
        for role in self.register.roles_at(at) {
            of.entry(membership.person_of(role.account)).or_default().push(role);
        }
        Standings { of, organisations: OnceCell::new() }
    }
}

impl<'a> Standings<'a> {
    /// The roles of a person.
    pub fn of(&self, person: u64) -> &[&'a Role] {
        self.of.get(&person).map_or(&[], Vec::as_slice)
    }

    /// The organisation of a person; of several the first by name.
    pub fn organisation(&self, person: u64) -> Option<&'a str> {
        let names = self.of(person).iter().map(|role| role.organisation.as_str());
        names.filter(|name| !name.is_empty()).min()
    }

    /// Everybody at an organisation, by person; however its name is capitalized.
    ///
    /// Fails with `NotFound` where nobody is.
    pub fn at(&self, organisation: &str) -> Result<&BTreeSet<u64>> {
        let all = self.organisations.get_or_init(|| {
            let mut all: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
            for (person, roles) in &self.of {
                for role in roles.iter().filter(|role| !role.organisation.is_empty()) {
                    let name = role.organisation.to_lowercase();
                    all.entry(name).or_default().insert(*person);
                }
            }
            all
        });
        all.get(&organisation.to_lowercase()).ok_or_else(|| {
            let message = format!(
                "nobody is known at {organisation}; write an account as network:id, or an organisation as rosters write it"
            );
            Error::new(ErrorKind::NotFound, message)
        })
    }
}
