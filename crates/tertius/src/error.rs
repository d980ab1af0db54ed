//! The facade's error: what was wrong, where, and what to do.

use std::fmt;
use std::path::Path;

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The call itself is wrong: an unknown name, a bad option.
    Usage,
    /// What was asked for is not there.
    NotFound,
    /// The rules of privacy forbid the answer.
    Refused,
    /// A file could not be read or written.
    Io,
    /// The disk is full; what was stored before stays.
    Full,
    /// Stored or given data is not as it should be.
    Invalid,
}

/// Why something failed, in words for the person who called.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// What the facade's functions return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error that explains itself.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into() }
    }

    /// A file could not be read or written.
    pub(crate) fn io(path: &Path, doing: &str, source: std::io::Error) -> Error {
        Error::new(ErrorKind::Io, format!("{doing} {}: {source}", path.display()))
    }

    /// The person refuses; that is all that may be said.
    pub(crate) fn refused(account: &str) -> Error {
        Error::new(
            ErrorKind::Refused,
            format!("there is a refusal for {account}: nothing is computed or shown"),
        )
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

// Without a source: the message already says what a cause below would say.
impl std::error::Error for Error {}

impl From<ledger::Error> for Error {
    fn from(error: ledger::Error) -> Error {
        let kind = match error.kind() {
            ledger::Kind::Full => ErrorKind::Full,
            _ => ErrorKind::Invalid,
        };
        Error::new(kind, error.to_string())
    }
}

impl From<influence::Error> for Error {
    fn from(error: influence::Error) -> Error {
        Error::new(ErrorKind::Invalid, error.to_string())
    }
}
