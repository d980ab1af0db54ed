//! Why an input could not be read, or not to its end.

use std::fmt;
use std::io;

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// There is nothing at that path.
    NotFound,
    /// The path may not be read.
    Permission,
    /// An option is wrong, missing or does not go with this input.
    Usage,
    /// No connector, or more than one, recognised the content.
    Unrecognised,
    /// The input is not what its connector reads: wrong columns, wrong types, no repository.
    Format,
    /// A compressed file ends in the middle. Every whole row before that was delivered.
    Truncated,
    /// Compressed data is damaged, or something else follows it. Every whole row before that was delivered.
    Corrupt,
    /// Reading failed.
    Io,
}

/// A failure, naming the file and what to do.
#[derive(Clone, Debug)]
pub struct Error {
    kind: Kind,
    file: String,
    message: String,
}

impl Error {
    pub(crate) fn new(kind: Kind, file: &str, message: impl Into<String>) -> Error {
        Error { kind, file: file.to_owned(), message: message.into() }
    }

    /// A failure of opening or reading `file` as such.
    pub(crate) fn io(file: &str, error: &io::Error) -> Error {
        let (kind, message) = match error.kind() {
            io::ErrorKind::NotFound => {
                (Kind::NotFound, "there is no such file or directory; check the path".to_owned())
            }
            io::ErrorKind::PermissionDenied => (
                Kind::Permission,
                "no permission to read it; change its mode or run as a user who may read it"
                    .to_owned(),
            ),
            _ => (Kind::Io, format!("reading failed: {error}; try again")),
        };
        Error::new(kind, file, message)
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The file or directory concerned; `stdin` for standard input.
    pub fn file(&self) -> &str {
        &self.file
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.message)
    }
}

impl std::error::Error for Error {}
