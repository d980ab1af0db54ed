//! Who can be scored, by the roles that a roster gives people.

use serde::{Deserialize, Serialize};

/// On which side of the firm's boundary a role stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Employees.
    Inside,
    /// Contractors, partners, alumni: bound to the firm, not part of it.
    Edge,
    /// Customers, prospects and everybody of whom no role is known.
    Outside,
}

impl Side {
    /// Every side with its name in definitions.
    pub const ALL: [(&'static str, Side); 3] =
        [("inside", Side::Inside), ("edge", Side::Edge), ("outside", Side::Outside)];

    /// Its name.
    pub fn name(self) -> &'static str {
        super::name_of(&Side::ALL, self)
    }
}

/// One role that a person has at the time of scoring.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The side of the role.
    pub side: Side,
    /// The role's name, in lower case.
    pub role: &'a str,
    /// The organisation; empty where none is recorded.
    pub organisation: &'a str,
}

/// Who can be scored. An empty list asks for nothing; with all three empty everybody can be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Population {
    /// Sides, in order.
    pub sides: Vec<Side>,
    /// Names of roles in lower case, in order.
    pub roles: Vec<String>,
    /// Names of organisations in lower case, in order.
    pub organisations: Vec<String>,
}

impl Population {
    /// Whether someone with these roles belongs to it: one role must meet every list.
    /// Someone without a role is outside: nothing makes them part of the firm.
    pub fn admits(&self, standings: &[Standing<'_>]) -> bool {
        const NO_ROLE: Standing<'_> = Standing { side: Side::Outside, role: "", organisation: "" };
        let meets = |one: &Standing<'_>| {
            (self.sides.is_empty() || self.sides.contains(&one.side))
                && (self.roles.is_empty() || self.roles.iter().any(|role| role == one.role))
                && (self.organisations.is_empty()
                    || self.organisations.contains(&one.organisation.to_lowercase()))
        };
        match standings {
            [] => meets(&NO_ROLE),
            some => some.iter().any(meets),
        }
    }

    /// The lists under the names that files use.
    pub(super) fn lists(&self) -> [(&'static str, Vec<&str>); 3] {
        let sides = self.sides.iter().map(|side| side.name());
        [
            ("side", sides.collect()),
            ("role", self.roles.iter().map(String::as_str).collect()),
            ("organisation", self.organisations.iter().map(String::as_str).collect()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_role_must_meet_every_list_and_nobody_known_is_outside() {
        let firm = crate::Firm::unknown();
        let at = |role: &'static str, organisation: &'static str| Standing {
            side: firm.side(role, organisation),
            role,
            organisation,
        };
        let everybody = Population::default();
        assert!(everybody.admits(&[]) && everybody.admits(&[at("employee", "Acme")]));
        let outside = Population { sides: vec![Side::Outside], ..Population::default() };
        assert!(outside.admits(&[]) && outside.admits(&[at("customer", "Basel AG")]));
        assert!(!outside.admits(&[at("employee", "Acme")]));
        let both = Population {
            roles: vec!["partner".into()],
            organisations: vec!["acme".into()],
            ..Population::default()
        };
        assert!(both.admits(&[at("partner", "Acme")]));
        assert!(!both.admits(&[at("partner", "Other"), at("employee", "Acme")]));
    }
}
