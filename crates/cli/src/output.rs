//! How results reach standard output: as a table for people, as JSON or CSV for scripts.

use crate::Global;
use crate::table::Table;
use anyhow::Result;
use std::io::{IsTerminal, Write};

/// How to print results.
#[derive(Clone, Copy, Debug, PartialEq, clap::ValueEnum)]
pub enum Format {
    /// Aligned columns and sentences, for reading
    Table,
    /// One JSON document
    Json,
    /// Comma-separated values with a header
    Csv,
}

/// What a command prints: plain data with two ways to see it.
pub trait Report: serde::Serialize {
    /// The rows, for CSV and for the table.
    fn table(&self) -> Table;

    /// What a person reads. The table alone, unless there is more to say.
    fn text(&self) -> String {
        self.table().to_string()
    }
}

impl Global {
    /// The format asked for, or what suits where the output goes.
    pub fn chosen_format(&self) -> Format {
        self.format.unwrap_or(match std::io::stdout().is_terminal() {
            true => Format::Table,
            false => Format::Json,
        })
    }

    /// Prints a report to standard output.
    pub fn print(&self, report: &impl Report) -> Result<()> {
        let mut out = std::io::stdout().lock();
        match self.chosen_format() {
            Format::Table => out.write_all(report.text().as_bytes())?,
            Format::Json => {
                serde_json::to_writer_pretty(&mut out, report)?;
                writeln!(out)?;
            }
            Format::Csv => report.table().write_csv(&mut out)?,
        }
        out.flush()?;
        Ok(())
    }

    /// Prints a remark to standard error, unless told to be quiet.
    pub fn note(&self, text: impl AsRef<str>) {
        if !self.quiet {
            eprintln!("{}", text.as_ref());
        }
    }
}

/// Whether whoever read our output has gone, as `| head` does. Not a failure.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        let json =
            cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(std::io::ErrorKind::BrokenPipe)
    })
}
