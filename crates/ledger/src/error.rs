//! The one error of this crate: what was wrong, where, and what to do.

use std::fmt;
use std::path::Path;

/// Why the ledger could not do what was asked.
///
/// The message names the file or the field and the remedy; [`Error::kind`] is for programs.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A file could not be read or written.
    Io,
    /// The disk is full. What was committed before stays.
    Full,
    /// A file of the workspace is not what the catalogue says it is.
    Damaged,
    /// The workspace was written by a newer Tertius.
    Newer,
    /// The catalogue refused a statement.
    Catalogue,
    /// What was asked for contradicts itself or what is stored.
    Refused,
}

impl Error {
    /// An error with a message: what was wrong, where, and what to do.
    pub fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into(), source: None }
    }

    /// A failure of the file system on `path`; `doing` is a verb such as "write".
    pub fn io(doing: &str, path: &Path, source: std::io::Error) -> Error {
        let full = matches!(
            source.kind(),
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
        );
        let (kind, remedy) = match source.kind() {
            _ if full => (
                Kind::Full,
                "; free some space and run it again, what was committed before is kept",
            ),
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                (Kind::Io, "; check who may read and write it, or run it as that user")
            }
            _ => (Kind::Io, ""),
        };
        Error {
            kind,
            message: format!("cannot {doing} {}: {source}{remedy}", path.display()),
            source: Some(Box::new(source)),
        }
    }

    /// A file that is not as it was written; `what` says how it differs.
    pub fn damaged(path: &Path, what: impl fmt::Display) -> Error {
        Error::new(
            Kind::Damaged,
            format!(
                "{} is damaged: {what}; restore the workspace from a copy, or build it anew from the sources",
                path.display()
            ),
        )
    }

    /// The kind, for programs.
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as &(dyn std::error::Error + 'static))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(source: rusqlite::Error) -> Error {
        let (kind, remedy) = match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => (
                Kind::Full,
                "; free some space and run it again, what was committed before is kept",
            ),
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                (Kind::Catalogue, "; another process holds it, try again when that is done")
            }
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => (
                Kind::Damaged,
                "; restore the workspace from a copy, or build it anew from the sources",
            ),
            _ => (Kind::Catalogue, ""),
        };
        Error {
            kind,
            message: format!("catalogue.sqlite: {source}{remedy}"),
            source: Some(Box::new(source)),
        }
    }
}
