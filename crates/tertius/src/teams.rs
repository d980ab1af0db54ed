//! Which teams a report may show by themselves: it must be no tool to watch employees.
//!
//! A team is shown where it has [`SMALLEST_TEAM`] people, or where each of them agreed to the purpose [`PURPOSE`] by its name, or where the
//! firm's file records why smaller ones are shown (`small_teams = "reason"`).

use crate::disclosure::Disclosure;
use influence::Firm;

/// People whom a team must have, in what is reported on, to be shown by itself.
pub const SMALLEST_TEAM: usize = 5;
/// What people agree to who let themselves be seen in reports on the firm.
pub const PURPOSE: &str = "firm";
/// What smaller teams are called together.
pub(crate) const SMALLER_TEAMS: &str = "smaller teams";
/// What those are called for whom no team is recorded.
pub(crate) const NO_TEAM: &str = "no team recorded";

/// The rule for one firm.
pub(crate) struct Teams<'a> {
    firm: &'a Firm,
    disclosure: &'a Disclosure<'a>,
}

impl<'a> Teams<'a> {
    pub fn new(firm: &'a Firm, disclosure: &'a Disclosure<'a>) -> Teams<'a> {
        Teams { firm, disclosure }
    }

    /// Whether a group of these people may be shown by itself. Nobody is no group.
    pub fn may_show(&self, members: impl ExactSizeIterator<Item = u64>) -> bool {
        let mut members = members;
        match members.len() {
            0 => false,
            SMALLEST_TEAM.. => true,
            _ => {
                self.firm.small_teams.is_some()
                    || members.all(|person| self.disclosure.agrees_exactly(person, PURPOSE))
            }
        }
    }

    /// What to say where a group was not shown.
    pub fn remedy(&self) -> String {
        format!(
            "groups of fewer than {SMALLEST_TEAM} people are not shown by themselves, unless each of them agreed to the purpose {PURPOSE:?} or the firm's file says why with small_teams = \"reason\""
        )
    }
}
