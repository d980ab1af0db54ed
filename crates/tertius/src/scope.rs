//! What a report is about: which firm, up to when, and how far back. Every report on the firm takes these four, and begins with the same `Focus`.

use crate::disclosure::Disclosure;
use crate::error::Result;
use crate::firm::{Sides, read};
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

/// The firm in its window: who stood where, and who may be named.
pub(crate) struct Focus<'a> {
    pub reading: &'a Reading,
    /// An organisation, or that of a file, or the workspace's.
    pub firm: Firm,
    /// Later than this.
    pub from: Time,
    /// Up to this.
    pub as_of: Time,
    /// As of the same moment.
    pub disclosure: Disclosure<'a>,
    pub sides: Sides<'a>,
}

impl Reading {
    /// What a report begins with.
    ///
    /// Fails with `NotFound` where nothing is stored, and with `Usage` on a firm's file with faults.
    pub(crate) fn focus(&self, scope: &Scope) -> Result<Focus<'_>> {
        let firm = match (&scope.organisation, &scope.firm) {
            (Some(organisation), _) => Firm::of_organisation(organisation),
            (None, Some(file)) => read(file)?,
            (None, None) => self.firm.clone(),
        };
        let as_of = self.as_of(scope.as_of)?;
        let from = scope.from(as_of);
        let disclosure = self.disclosure(as_of);
        let sides = Sides::new(&firm, &self.register, &disclosure)?;
        Ok(Focus { reading: self, firm, from, as_of, disclosure, sides })
    }
}
