//! A roster as text: CSV rows about people, read and checked, nothing stored.
//!
//! Columns `name, email, role, organisation, team, title, since, until (exclusive), born, consent, accounts`, in any
//! order, separated by comma, semicolon or tab, found by [`super::Mapping`]; `accounts` is a list of `network:id`
//! separated by `;` or spaces. A column that nothing names is an attribute if at least half of its values are
//! numbers, otherwise it is left out and that is said. An apostrophe before what a spreadsheet would compute, as our exports
//! write it ([`model::cell`]), is taken away. A row with a fault is a reject, and the others are kept; but a
//! refusal or a birth under 18 that can be read in it counts, with whoever can be read beside it.
//! What rows mean together, and what is already stored, is left to [`super::Import`].

use super::consent::{self, Said};
use super::mapping::{Mapping, Part, Plan};
use crate::error::{Error, Kind};
use csv::ByteRecord;
use model::batch::LONGEST_ID;
use model::time::shorten;
use model::{Account, Fault, Reject, Time, cell};

/// A roster that was read.
#[derive(Debug, Default)]
pub struct Roster {
    /// Rows that can be used.
    pub rows: Vec<Row>,
    /// Rows that can't.
    pub rejects: Vec<Reject>,
    /// What protects people in rows that can't: who it is about, refusals and a birth under 18, and nothing else.
    pub protecting: Vec<Row>,
    /// Names of the attributes, sorted; [`Row::values`] is in this order.
    pub attributes: Vec<String>,
    /// Columns that were left out, and why.
    pub ignored: Vec<Ignored>,
}

/// A column that was left out.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Ignored {
    /// Its name in the file.
    pub column: String,
    /// Why.
    pub reason: String,
}

/// One row, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Line of the file on which it starts, from 1.
    pub line: u64,
    /// As shown, with single spaces.
    pub name: Option<String>,
    /// In lower case.
    pub email: Option<String>,
    /// `YYYY-MM-DD`.
    pub born: Option<String>,
    /// What was said, for which purpose; an empty purpose means all.
    pub consent: Vec<(Said, String)>,
    /// As listed.
    pub accounts: Vec<Account>,
    /// The role, if the row names any part of one.
    pub role: Option<RoleFields>,
    /// A value for each of [`Roster::attributes`].
    pub values: Vec<Option<f64>>,
    /// The row as it came, cut at [`Reject::RAW`] bytes.
    pub raw: Vec<u8>,
}

/// A role as a row gives it. Texts may be empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleFields {
    /// In lower case.
    pub role: String,
    /// As written.
    pub organisation: String,
    /// When it began; none if always.
    pub since: Option<Time>,
    /// From when it no longer held; none if it still does.
    pub until: Option<Time>,
    /// As written.
    pub team: String,
    /// As written.
    pub title: String,
}

impl Roster {
    /// Reads a roster. `now` bounds dates of birth.
    ///
    /// Fails with [`Kind::Refused`] where the file as a whole can't be used: no header, doubled columns, nothing that
    /// says who a row is about, or not text at all.
    pub fn parse(bytes: &[u8], mapping: &Mapping, now: Time) -> Result<Roster, Error> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        refuse_other_formats(bytes)?;
        let delimiter = delimiter(bytes);
        let mut lines = Lines::new(bytes, delimiter);
        let header = lines.next().ok_or_else(|| {
            refused("the file is empty; its first line names the columns, such as name,email,role")
        })?;
        let header: Vec<String> = header
            .fields
            .iter()
            .map(|name| clean(cell::read(&String::from_utf8_lossy(name))))
            .collect();
        let mut plan = mapping.bind(&header)?;
        let mut roster = Roster::default();
        if !plan.open.is_empty() {
            let open = std::mem::take(&mut plan.open);
            for (column, judged) in judge(&open, Lines::new(bytes, delimiter).skip(1)) {
                let name = header.get(column).cloned().unwrap_or_default();
                match judged {
                    Ok(()) if !name.is_empty() => {
                        plan.attributes.insert(name, column);
                    }
                    Ok(()) => roster
                        .ignored
                        .push(Ignored { column: name, reason: "has no name".to_owned() }),
                    Err(reason) => roster.ignored.push(Ignored { column: name, reason }),
                }
            }
        }
        roster.attributes = plan.attributes.keys().cloned().collect();
        for line in lines {
            let cells = Cells { fields: &line.fields, plan: &plan };
            match cells.row(&line, header.len(), now) {
                Ok(row) => roster.rows.push(row),
                Err(fault) => {
                    roster.protecting.extend(cells.protecting(&line, now));
                    roster.rejects.push(Reject::new(line.number, fault, line.raw));
                }
            }
        }
        Ok(roster)
    }
}

/// One record with where it stands.
struct Line<'a> {
    number: u64,
    fields: ByteRecord,
    raw: &'a [u8],
}

struct Lines<'a> {
    bytes: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
}

impl<'a> Lines<'a> {
    fn new(bytes: &'a [u8], delimiter: u8) -> Lines<'a> {
        Lines {
            bytes,
            reader: csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .delimiter(delimiter)
                .from_reader(bytes),
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let mut fields = ByteRecord::new();
        // Reading bytes from memory has no error of its own; one would end the file.
        if !self.reader.read_byte_record(&mut fields).unwrap_or(false) {
            return None;
        }
        let start = fields.position().map_or(0, |p| p.byte() as usize);
        let end = (self.reader.position().byte() as usize).min(self.bytes.len());
        let raw = self.bytes.get(start..end).unwrap_or_default();
        // The reader points at the end of the record before: blank lines in between are not part of this one.
        let blank = raw.iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
        let skipped = raw[..blank].iter().filter(|b| **b == b'\n').count() as u64;
        Some(Line {
            number: fields.position().map_or(0, |p| p.line()) + skipped,
            raw: raw[blank..].trim_ascii_end(),
            fields,
        })
    }
}

/// Whether each of the open columns is one of numbers, or why not.
fn judge<'a>(
    open: &[usize],
    lines: impl Iterator<Item = Line<'a>>,
) -> Vec<(usize, Result<(), String>)> {
    #[derive(Clone, Default)]
    struct Seen {
        values: u64,
        numbers: u64,
        other: Option<(u64, String)>,
    }
    let mut seen = vec![Seen::default(); open.len()];
    for line in lines {
        for (column, seen) in open.iter().zip(&mut seen) {
            let value = line.fields.get(*column).unwrap_or_default().trim_ascii();
            if value.is_empty() {
                continue;
            }
            seen.values += 1;
            if number(value).is_some() {
                seen.numbers += 1;
            } else if seen.other.is_none() {
                let value = shorten(&String::from_utf8_lossy(value));
                seen.other = Some((line.number, value));
            }
        }
    }
    open.iter()
        .zip(seen)
        .map(|(column, seen)| {
            let judged = match seen.other {
                _ if seen.values == 0 => Err("is empty".to_owned()),
                Some((line, value)) if seen.numbers * 2 < seen.values => {
                    Err(format!("is no column of numbers: line {line} has {value:?}"))
                }
                _ => Ok(()),
            };
            (*column, judged)
        })
        .collect()
}

struct Cells<'a> {
    fields: &'a ByteRecord,
    plan: &'a Plan,
}

impl Cells<'_> {
    fn row(&self, line: &Line<'_>, columns: usize, now: Time) -> Result<Row, Fault> {
        let found = self.fields.len();
        let beyond_is_empty =
            self.fields.iter().skip(columns).all(|field| field.trim_ascii().is_empty());
        if found < columns || !beyond_is_empty {
            let quotes = if line.raw.contains(&b'\n') {
                "; a quote that is never closed may have swallowed the lines after it"
            } else {
                ""
            };
            return Err(Fault::new(
                "",
                format!("has {found} fields where the header has {columns}{quotes}"),
            ));
        }
        let name = self.text("name")?.filter(|name| !name.is_empty());
        let email = self.email()?;
        let accounts = self.accounts()?;
        if name.is_none() && email.is_none() && accounts.is_empty() {
            return Err(Fault::new(
                "",
                "says nothing of who it is about; give an email, an account or a name",
            ));
        }
        let born = match self.date("born")? {
            None => None,
            Some(time) if time > now => {
                return Err(Fault::new("born", "is in the future; check the year"));
            }
            Some(time) => time.to_string().get(..10).map(str::to_owned),
        };
        let consent = consent::parse_cell(&self.text("consent")?.unwrap_or_default())
            .map_err(|reason| Fault::new("consent", reason))?;
        let values = self
            .plan
            .attributes
            .iter()
            .map(|(attribute, column)| self.number(attribute, *column))
            .collect::<Result<_, _>>()?;
        Ok(Row {
            line: line.number,
            name,
            email,
            born,
            consent,
            accounts,
            role: self.role()?,
            values,
            raw: line.raw[..line.raw.len().min(Reject::RAW)].to_vec(),
        })
    }

    /// What a row with a fault says all the same for the protection of whoever it is about, as far as it can be read.
    fn protecting(&self, line: &Line<'_>, now: Time) -> Option<Row> {
        let consent = self.text("consent").ok().flatten().unwrap_or_default();
        let mut consent = consent::parse_cell(&consent).unwrap_or_default();
        consent.retain(|(said, _)| said.refuses());
        let born = self.date("born").ok().flatten().filter(|born| *born <= now);
        let born = born
            .and_then(|born| born.to_string().get(..10).map(str::to_owned))
            .filter(|born| consent::of_age_from(born).is_some_and(|from| now < from));
        let email = self.email();
        let accounts: Vec<Account> = self.pieces().flatten().collect();
        // A name stands for a row only where it lists nothing else: a namesake is not who can't be read.
        let listed = email.is_err() || self.pieces().next().is_some();
        let name = self.text("name").ok().flatten().filter(|name| !(name.is_empty() || listed));
        let email = email.ok().flatten();
        let says = born.is_some() || !consent.is_empty();
        let of_somebody = name.is_some() || email.is_some() || !accounts.is_empty();
        (says && of_somebody).then(|| Row {
            line: line.number,
            name,
            email,
            born,
            consent,
            accounts,
            role: None,
            values: vec![None; self.plan.attributes.len()],
            raw: Vec::new(),
        })
    }

    fn cell(&self, field: &str, column: usize) -> Result<&str, Fault> {
        let bytes = self.fields.get(column).unwrap_or_default();
        let text = std::str::from_utf8(bytes)
            .map_err(|_| Fault::new(field, "is not UTF-8; save the file in that encoding"))?;
        if text.len() > LONGEST_ID && field != "accounts" {
            return Err(Fault::new(field, format!("is longer than {LONGEST_ID} bytes")));
        }
        Ok(cell::read(text.trim()).trim())
    }

    fn parts(&self, field: &str) -> &[Part] {
        self.plan.fields.get(field).map_or(&[], Vec::as_slice)
    }

    /// The text of a field with single spaces; none if the file has no such column.
    fn text(&self, field: &str) -> Result<Option<String>, Fault> {
        let parts = self.parts(field);
        if parts.is_empty() {
            return Ok(None);
        }
        let cells: Vec<&str> =
            parts.iter().map(|part| self.cell(field, part.column)).collect::<Result<_, _>>()?;
        Ok(Some(clean(&cells.join(" "))))
    }

    fn email(&self) -> Result<Option<String>, Fault> {
        let Some(email) = self.text("email")?.filter(|email| !email.is_empty()) else {
            return Ok(None);
        };
        let address =
            email.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
        // Exports made for analysis carry a hash in the address's place. A word such as "unknown" is neither,
        // and would make one person of everybody who has it.
        let hash = email.len() >= 16 && !email.contains('@');
        if email.contains(' ') || !(address || hash) {
            return Err(Fault::new(
                "email",
                format!("{:?} is no address; write one, or leave the field empty", shorten(&email)),
            ));
        }
        Ok(Some(if hash { email } else { email.to_lowercase() }))
    }

    fn accounts(&self) -> Result<Vec<Account>, Fault> {
        let mut accounts: Vec<Account> = Vec::new();
        for account in self.pieces() {
            let account = account?;
            if !accounts.contains(&account) {
                accounts.push(account);
            }
        }
        Ok(accounts)
    }

    /// The accounts as listed, each with its own fault.
    fn pieces(&self) -> impl Iterator<Item = Result<Account, Fault>> {
        self.parts("accounts").iter().flat_map(|part| {
            let (cell, fault) = match self.cell("accounts", part.column) {
                Ok(cell) => (cell, None),
                Err(fault) => ("", Some(Err(fault))),
            };
            cell.split(|c: char| c == ';' || c.is_whitespace())
                .filter(|piece| !piece.is_empty())
                .map(|piece| account(part.network.as_deref(), piece))
                .chain(fault)
        })
    }

    fn role(&self) -> Result<Option<RoleFields>, Fault> {
        let text = |field| Ok::<_, Fault>(self.text(field)?.unwrap_or_default());
        let role = RoleFields {
            role: text("role")?.to_lowercase(),
            organisation: text("organisation")?,
            since: self.date("since")?,
            until: self.date("until")?,
            team: text("team")?,
            title: text("title")?,
        };
        if let (Some(since), Some(until)) = (role.since, role.until)
            && since >= until
        {
            return Err(Fault::new(
                "until",
                format!(
                    "{until} is not after since, {since}; until is the first day on which the role no longer held"
                ),
            ));
        }
        let texts = [&role.role, &role.organisation, &role.team, &role.title];
        let says = texts.iter().any(|text| !text.is_empty());
        Ok((says || role.since.is_some() || role.until.is_some()).then_some(role))
    }

    fn date(&self, field: &str) -> Result<Option<Time>, Fault> {
        let Some(text) = self.text(field)?.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let time = if text.len() == 10 {
            Time::parse(&format!("{text}T00:00:00Z"), None)
        } else {
            Time::parse(&text, None)
        };
        time.map(Some).map_err(|_| {
            Fault::new(
                field,
                format!(
                    "{:?} is no date; write it as 2026-01-31, or with time and offset as 2026-01-31T09:30:00Z",
                    shorten(&text)
                ),
            )
        })
    }

    fn number(&self, attribute: &str, column: usize) -> Result<Option<f64>, Fault> {
        let text = self.cell(attribute, column)?;
        if text.is_empty() {
            return Ok(None);
        }
        number(text.as_bytes()).map(Some).ok_or_else(|| {
            Fault::new(
                attribute,
                format!(
                    "{:?} is no finite number; write it as 1234.5, or leave the field empty",
                    shorten(text)
                ),
            )
        })
    }
}

fn account(network: Option<&str>, piece: &str) -> Result<Account, Fault> {
    let account = match network {
        Some(network) => Some(Account { network: network.to_owned(), id: piece.to_owned() }),
        None => Account::parse(piece),
    };
    account.filter(|account| account.id.len() <= LONGEST_ID).ok_or_else(|| {
        Fault::new(
            "accounts",
            format!(
                "{:?} is no account; write network:id, such as twitter:88, several separated by ; or a space",
                shorten(piece)
            ),
        )
    })
}

fn number(bytes: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    let value: f64 = text.parse().ok()?;
    // -0 and 0 are the same number.
    value.is_finite().then_some(value + 0.0)
}

/// Trimmed, with single spaces where there were line breaks or runs of space.
pub(super) fn clean(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The separator that occurs most in the header, outside quotes.
fn delimiter(bytes: &[u8]) -> u8 {
    let mut counts = [(b',', 0u64), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in bytes.trim_ascii_start() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ => {}
        }
        for (delimiter, count) in &mut counts {
            *count += u64::from(!quoted && delimiter == byte);
        }
    }
    // The first of equals, so that a file of one column is split at commas.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter)
}

fn refuse_other_formats(bytes: &[u8]) -> Result<(), Error> {
    let what = match bytes {
        [b'P', b'K', 3, 4, ..] => "a spreadsheet or a zip archive",
        [0x1F, 0x8B, ..] | [0x28, 0xB5, 0x2F, 0xFD, ..] => "compressed",
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "UTF-16 text",
        [b'P', b'A', b'R', b'1', ..] => "a Parquet file",
        _ => return Ok(()),
    };
    Err(refused(&format!(
        "the file is {what}; a roster is CSV in UTF-8, so save or unpack it as that"
    )))
}

fn refused(message: &str) -> Error {
    Error::new(Kind::Refused, message)
}
