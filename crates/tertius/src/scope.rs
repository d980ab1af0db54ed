//! What a report is about: which firm, up to when, and how far back. Every report on the firm takes these four.

use crate::error::Result;
use crate::firm::read;
use crate::workspace::Reading;
use influence::Firm;
use model::time::DAY;
use model::{Span, Time};
use std::path::PathBuf;

/// The firm and the window of a report.
#[derive(Clone, Debug)]
pub struct Scope {
    /// An organisation in the place of the workspace's firm.
    pub organisation: Option<String>,
    /// A firm's file in the place of the workspace's; an organisation goes before it.
    pub firm: Option<PathBuf>,
    /// Up to when; without it the newest interaction.
    pub as_of: Option<Time>,
    /// How far back.
    pub window: Span,
}

impl Default for Scope {
    fn default() -> Scope {
        Scope { organisation: None, firm: None, as_of: None, window: 180 * DAY }
    }
}

impl Scope {
    /// The beginning of a window that ends at `to`.
    pub fn from(&self, to: Time) -> Time {
        Time(to.0.saturating_sub(self.window))
    }
}

impl Reading {
    /// The firm to report on: an organisation, or that of a file, or the workspace's.
    ///
    /// Fails with `Usage` on a firm's file with faults.
    pub(crate) fn focal(&self, scope: &Scope) -> Result<Firm> {
        match (&scope.organisation, &scope.firm) {
            (Some(organisation), _) => Ok(Firm::of_organisation(organisation)),
            (None, Some(file)) => read(file),
            (None, None) => Ok(self.firm.clone()),
        }
    }
}
