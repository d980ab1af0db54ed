//! What can be wrong with a graph or with what is asked of it.

use std::fmt;

/// A graph that is malformed, or a computation that did not come to an end.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// The class of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The edges are unsorted, repeated, out of range or without a usable strength.
    Edges,
    /// An argument other than the edges is out of range or of the wrong length.
    Argument,
    /// The tolerance was not reached within the allowed number of sweeps.
    NotConverged,
}

impl Error {
    pub(crate) fn edges(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Edges, message)
    }

    pub(crate) fn argument(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Argument, message)
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into() }
    }

    /// The class of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
