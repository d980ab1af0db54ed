//! The one error of this crate.

use std::fmt;

/// What could not be done, and why. The message says where and what to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    kind: Kind,
    message: String,
}

/// What sort of error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A definition has faults, or was asked for something that it does not hold.
    Definition,
    /// What makes up a snapshot does not fit together or exceeds its bounds.
    Snapshot,
    /// A signal cannot be computed, or holds a value that it must not.
    Signal,
    /// A stored fit is damaged or belongs to another definition.
    Fit,
    /// A stored scorecard is damaged or was written by a newer version.
    Scorecard,
}

impl Error {
    /// An error of that kind; `message` is a sentence without a full stop.
    pub fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into() }
    }

    /// What sort of error it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
