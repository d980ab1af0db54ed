//! The one error of this crate.

use std::fmt;
use std::path::Path;

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
    /// A setting lies outside its range.
    Config,
    /// A file can't be written.
    Io,
}

impl Error {
    pub(crate) fn config(message: impl Into<String>) -> Error {
        Error { kind: Kind::Config, message: message.into() }
    }

    pub(crate) fn write(path: &Path, error: &std::io::Error) -> Error {
        Error { kind: Kind::Io, message: format!("can't write {}: {error}", path.display()) }
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
