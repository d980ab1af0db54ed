//! Native interactions as delimited text with a header.
//!
//! The header names the columns, in any order and case; the delimiter (comma, semicolon or tab) is told by the header. An empty
//! cell is no value. A quoted cell may hold delimiters, line breaks and doubled quotes.

use super::Given;
use crate::fields::{self, AT, COLUMNS, VISIBILITY, WEIGHT};
use crate::pipeline::{Block, Parsed, Parser};
use crate::split::Framing;
use crate::table::{self, Opening};
use crate::{Error, Kind, Options};
use model::{Fault, Rules};
use std::cell::RefCell;

pub(super) struct Csv {
    delimiter: u8,
    /// The line of the header.
    header: u64,
    columns: Vec<Result<usize, String>>,
    network: Option<String>,
    timezone: Option<jiff::tz::TimeZone>,
    rules: Rules,
}

/// The number of the native column of that name.
pub(super) fn column(name: &str) -> Option<usize> {
    COLUMNS.iter().position(|known| known.eq_ignore_ascii_case(name.trim()))
}

/// Refuses a header in which a column stands twice, or one that every row needs does not stand.
pub(super) fn check_header(file: &str, header: &[String], options: &Options) -> Result<(), Error> {
    let wrong = |kind, message| Err(Error::new(kind, file, message));
    let doubles = table::doubles(header);
    if !doubles.is_empty() {
        return wrong(
            Kind::Format,
            format!(
                "its header has columns twice: {}; rename or drop one of each",
                doubles.join(", ")
            ),
        );
    }
    let absent: Vec<&str> = [fields::AT, fields::NETWORK, fields::VERB, fields::ACTOR]
        .into_iter()
        .filter(|needed| *needed != fields::NETWORK || options.network.is_none())
        .filter(|needed| !header.iter().any(|name| column(name) == Some(*needed)))
        .map(|needed| COLUMNS[needed])
        .collect();
    if !absent.is_empty() {
        let network = if absent.contains(&"network") {
            " (a network for all rows can be given with --network)"
        } else {
            ""
        };
        // Only the option is missing where it would mend all.
        let kind = if absent == ["network"] { Kind::Usage } else { Kind::Format };
        return wrong(
            kind,
            format!(
                "it has no column {}{network}; its columns are {}",
                absent.join(", "),
                model::time::shorten(&header.join(", "))
            ),
        );
    }
    Ok(())
}

impl Csv {
    pub(super) fn new(file: &str, opening: &Opening, options: &Options) -> Result<Csv, Error> {
        check_header(file, &opening.first, options)?;
        let columns = opening.first.iter();
        Ok(Csv {
            delimiter: opening.delimiter,
            header: opening.line,
            columns: columns.map(|name| column(name).ok_or_else(|| name.clone())).collect(),
            network: options.network.clone(),
            timezone: options.timezone.clone(),
            rules: options.rules,
        })
    }

    fn row(&self, record: &csv::StringRecord, out: &mut Parsed) -> Result<(), Fault> {
        if record.len() != self.columns.len() {
            return Err(Fault::new(
                "",
                format!(
                    "has {} cells where the header has {}; quote cells that hold the delimiter",
                    record.len(),
                    self.columns.len()
                ),
            ));
        }
        let mut given = Given::default();
        let cells = || self.columns.iter().zip(record).filter(|(_, cell)| !cell.is_empty());
        for (column, cell) in cells() {
            match column {
                Ok(AT) => {
                    let time = fields::time(cell.trim(), self.timezone.as_ref());
                    given.at = Some(time.map_err(|reason| Fault::new("at", reason))?);
                }
                Ok(WEIGHT) => given.weight = Some(fields::weight(cell)?),
                Ok(VISIBILITY) => given.visibility = Some(fields::visibility(cell)?),
                Ok(column) => given.text[*column] = Some(model::cell::read(cell)),
                Err(_) => {}
            }
        }
        given.push(self.network.as_deref(), &self.rules, &mut out.batch)?;
        for (column, _) in cells() {
            if let Err(name) = column {
                out.unknown(name);
            }
        }
        Ok(())
    }
}

impl Parser for Csv {
    fn framing(&self) -> Framing {
        Framing::Quoted { delimiter: self.delimiter }
    }

    fn parse(&self, block: &Block, out: &mut Parsed) {
        let out = RefCell::new(out);
        table::records(
            block,
            self.delimiter,
            |line, record, raw| {
                if line <= self.header {
                    return;
                }
                let out = &mut *out.borrow_mut();
                if let Err(fault) = self.row(record, out) {
                    out.reject(line, fault, raw);
                }
            },
            |line, fault, raw| out.borrow_mut().reject(line, fault, raw),
        );
    }
}
