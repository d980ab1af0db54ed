//! Access as a file: JSON for another program, a page for the person. Interactions are streamed into either.

use super::{Held, Holdings};
use crate::error::{Error, ErrorKind, Result};
use crate::export::table::{part_of, publish};
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// What was written.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Written {
    /// The file, which only its owner may read.
    pub file: PathBuf,
    /// Interactions in it.
    pub interactions: u64,
}

impl Holdings {
    /// Writes everything to `to`, whose ending, `.json` or `.html`, chooses the form. Replaces what was there.
    pub fn write(&self, to: &Path) -> Result<Written> {
        let ending = to.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let write: fn(&Holdings, &mut dyn Write) -> Result<u64> = match ending {
            "json" => json,
            "html" => super::page::html,
            _ => {
                let message = format!("{}: end the file's name in .json or .html", to.display());
                return Err(Error::new(ErrorKind::Usage, message));
            }
        };
        let part = part_of(to);
        let failed = |error| Error::io(&part, "can't write", error);
        // One that a broken run left behind may be readable by others.
        let _ = std::fs::remove_file(&part);
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(&part).map_err(failed)?;
        let written = into(file, |out| write(self, out));
        match written {
            Ok((file, interactions)) => {
                publish(file, &part, to)?;
                Ok(Written { file: to.to_owned(), interactions })
            }
            Err(error) => {
                let _ = std::fs::remove_file(&part);
                Err(error)
            }
        }
    }
}

fn into(file: File, write: impl Fn(&mut dyn Write) -> Result<u64>) -> Result<(File, u64)> {
    let mut out = BufWriter::new(file);
    let rows = write(&mut out)?;
    let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
    Ok((file, rows))
}

pub(super) fn failed(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Io, format!("can't write what is held: {error}"))
}

/// One document: all of [`super::Access`], and the interactions as a list `items`.
fn json(holdings: &Holdings, out: &mut dyn Write) -> Result<u64> {
    let head = serde_json::to_string_pretty(&holdings.access).map_err(failed)?;
    let head = head.trim_end().trim_end_matches('}').trim_end();
    write!(out, "{head},\n  \"items\": [").map_err(failed)?;
    let mut rows = 0;
    holdings.each_interaction(&mut |held: &Held<'_>| {
        let between = if rows == 0 { "\n    " } else { ",\n    " };
        rows += 1;
        out.write_all(between.as_bytes()).map_err(failed)?;
        serde_json::to_writer(&mut *out, held).map_err(failed)
    })?;
    out.write_all(b"\n  ]\n}\n").map_err(failed)?;
    Ok(rows)
}
