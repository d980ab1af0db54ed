//! Reading a table of TOML key by key, noting every fault with its place and going on.

use crate::nearest::nearest;
use model::time::shorten;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A fault of a file that a person wrote: a definition, or a firm.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Problem {
    /// The file, as it was named to us.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The key, with the tables around it: `signal.weight`. Empty for the file as a whole.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl Problem {
    /// A file that is no text: `good` bytes of it are UTF-8, and the next is not.
    pub fn not_text(file: &str, bytes: &[u8], good: usize) -> Problem {
        let good = &bytes[..good.min(bytes.len())];
        let line_start = good.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        Problem {
            file: file.to_owned(),
            line: good.iter().filter(|byte| **byte == b'\n').count() + 1,
            column: String::from_utf8_lossy(&good[line_start..]).chars().count() + 1,
            field: String::new(),
            message: "is not UTF-8 text".to_owned(),
            remedy: "save the file as UTF-8".to_owned(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        write!(f, "{}; {}", self.message, self.remedy)
    }
}

/// A table and where it stands.
pub(crate) struct Table<'a, 'i> {
    pub entries: &'a DeTable<'i>,
    /// Where a missing key is reported.
    pub start: usize,
    /// What comes before its keys' names, such as `signal.`.
    pub path: String,
}

/// A value and where it stands.
pub(crate) struct Value<'a, 'i> {
    pub value: &'a DeValue<'i>,
    pub start: usize,
    pub path: String,
}

impl<'a, 'i> Table<'a, 'i> {
    pub fn get(&self, key: &str) -> Option<Value<'a, 'i>> {
        let (_, value) = self.entries.iter().find(|(name, _)| name.get_ref() == key)?;
        Some(self.value(key, value))
    }

    fn value(&self, key: &str, value: &'a Spanned<DeValue<'i>>) -> Value<'a, 'i> {
        Value {
            value: value.get_ref(),
            start: value.span().start,
            path: format!("{}{key}", self.path),
        }
    }

    /// Every key with its value, in the order of the file.
    pub fn all(&self) -> Vec<(&'a str, Value<'a, 'i>)> {
        let mut all: Vec<_> = self
            .entries
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), self.value(key.get_ref(), value)))
            .collect();
        all.sort_by_key(|(_, value)| value.start);
        all
    }
}

/// Notes faults while a file is read.
pub(crate) struct Reader<'t> {
    text: &'t str,
    file: &'t str,
    /// What the file is, as in "a definition".
    what: &'t str,
    /// Where each line starts.
    lines: Vec<usize>,
    /// Lines that are no TOML: what they were meant to say is unknown, so nothing else is reported of them.
    broken: BTreeSet<usize>,
    problems: Vec<Problem>,
}

impl<'t> Reader<'t> {
    pub fn new(text: &'t str, file: &'t str, what: &'t str) -> Reader<'t> {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Reader {
            text,
            file,
            what,
            lines: std::iter::once(0).chain(breaks.map(|(i, _)| i + 1)).collect(),
            broken: BTreeSet::new(),
            problems: Vec::new(),
        }
    }

    /// All faults, in the order of the file.
    pub fn finish(mut self) -> Vec<Problem> {
        self.problems.sort();
        self.problems.dedup();
        self.problems
    }

    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// The line of a byte, from 1.
    pub fn line(&self, start: usize) -> usize {
        self.lines.partition_point(|line| *line <= start)
    }

    pub fn report(
        &mut self,
        start: usize,
        field: &str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let line = self.line(start);
        if !self.broken.contains(&line) {
            self.note(start, field, message.into(), remedy.into());
        }
    }

    fn note(&mut self, start: usize, field: &str, message: String, remedy: String) {
        let line = self.line(start);
        let line_start = self.lines.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(line_start..start.min(self.text.len()));
        self.problems.push(Problem {
            file: self.file.to_owned(),
            line,
            column: before.map_or(0, |before| before.chars().count()) + 1,
            field: field.to_owned(),
            message,
            remedy,
        });
    }

    /// A fault of the TOML itself.
    pub fn syntax(&mut self, span: Option<Range<usize>>, message: &str) {
        let start = span.map_or(0, |span| span.start.min(self.text.len()));
        let message = format!("this is not TOML: {}", message.replace('\n', ", "));
        self.note(start, "", message, "mend the line".to_owned());
        self.broken.insert(self.line(start));
    }

    /// Reports every key that is not among `known`.
    pub fn only(&mut self, table: &Table<'_, '_>, known: &[&str]) {
        for (key, span) in table.entries.iter().map(|(key, _)| (key.get_ref(), key.span())) {
            if known.contains(&key.as_ref()) {
                continue;
            }
            let remedy = match nearest(key, known.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("known here are {}", known.join(", ")),
            };
            let field = format!("{}{}", table.path, shorten(key));
            self.report(span.start, &field, format!("is no key of {}", self.what), remedy);
        }
    }

    /// Reports that `key` is missing, unless a line that is no TOML may have been it.
    pub fn missing(&mut self, table: &Table<'_, '_>, key: &str, remedy: &str) {
        let may_be_it = |line: &usize| {
            let start = self.lines.get(line - 1).copied().unwrap_or(0);
            self.text[start..].trim_start().starts_with(key)
        };
        if !self.broken.iter().any(may_be_it) {
            self.report(table.start, &format!("{}{key}", table.path), "is missing", remedy);
        }
    }

    fn wrong_type(&mut self, value: &Value<'_, '_>, expected: &str, remedy: &str) {
        let message = format!("must be {expected}, but is {}", kind(value.value));
        self.report(value.start, &value.path, message, remedy);
    }

    /// A text that is not blank and not longer than a paragraph.
    pub fn text<'a>(&mut self, value: &Value<'a, '_>, remedy: &str) -> Option<&'a str> {
        const LONGEST: usize = 2_000;
        let Some(text) = value.value.as_str() else {
            self.wrong_type(value, "a text in quotes", remedy);
            return None;
        };
        if text.trim().is_empty() {
            self.report(value.start, &value.path, "is empty", remedy);
            return None;
        }
        if text.chars().count() > LONGEST {
            self.report(
                value.start,
                &value.path,
                format!("is longer than {LONGEST} characters"),
                "shorten it",
            );
            return None;
        }
        Some(text.trim())
    }

    /// The text under a key that must be there.
    pub fn required<'a>(
        &mut self,
        table: &Table<'a, '_>,
        key: &str,
        remedy: &str,
    ) -> Option<&'a str> {
        match table.get(key) {
            Some(value) => self.text(&value, remedy),
            None => {
                self.missing(table, key, remedy);
                None
            }
        }
    }

    /// One of the named values; the default where the key is not there.
    pub fn one_of<T: Copy + Default>(
        &mut self,
        table: &Table<'_, '_>,
        key: &str,
        all: &[(&'static str, T)],
    ) -> T {
        let Some(value) = table.get(key) else {
            return T::default();
        };
        self.named(&value, all).unwrap_or_default()
    }

    /// The named value that a text says.
    pub fn named<T: Copy>(
        &mut self,
        value: &Value<'_, '_>,
        all: &[(&'static str, T)],
    ) -> Option<T> {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        let choices = format!("write {}", names.join(" or "));
        let text = self.text(value, &choices)?;
        if let Some((_, found)) = all.iter().find(|(name, _)| *name == text) {
            return Some(*found);
        }
        let remedy = match nearest(text, names) {
            Some(near) => format!("did you mean {near:?}?"),
            None => choices,
        };
        self.report(
            value.start,
            &value.path,
            format!("{:?} is none of its values", shorten(text)),
            remedy,
        );
        None
    }

    /// A whole number within `range`.
    pub fn whole(&mut self, value: &Value<'_, '_>, range: Range<u64>) -> Option<u64> {
        let remedy = format!("write a whole number from {} to {}", range.start, range.end - 1);
        let Some(integer) = value.value.as_integer() else {
            self.wrong_type(value, "a whole number", &remedy);
            return None;
        };
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let found = number.filter(|number| range.contains(number));
        if found.is_none() {
            self.report(
                value.start,
                &value.path,
                format!("{} is out of range", shorten(integer.as_str())),
                remedy,
            );
        }
        found
    }

    /// A weight: finite, 0 to `most`.
    pub fn weight(&mut self, value: &Value<'_, '_>, most: f64) -> Option<f64> {
        let remedy = format!("write a number from 0 to {most}");
        let number = match value.value {
            DeValue::Integer(integer) => {
                i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|n| n as f64)
            }
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => {
                self.wrong_type(value, "a number", &remedy);
                return None;
            }
        };
        match number {
            Some(number) if (0.0..=most).contains(&number) => Some(number + 0.0),
            Some(number) if number < 0.0 => {
                let remedy =
                    format!("{remedy}; to reward less of a signal, say direction = \"low\"");
                self.report(value.start, &value.path, format!("{number:?} is negative"), remedy);
                None
            }
            _ => {
                self.report(value.start, &value.path, "is not a finite number in range", remedy);
                None
            }
        }
    }

    /// A table.
    pub fn table<'a, 'i>(&mut self, value: &Value<'a, 'i>, remedy: &str) -> Option<Table<'a, 'i>> {
        let entries = value.value.as_table();
        if entries.is_none() {
            self.wrong_type(value, "a table", remedy);
        }
        Some(Table { entries: entries?, start: value.start, path: format!("{}.", value.path) })
    }

    /// The entries of a list; a list must not be empty.
    pub fn list<'a, 'i>(&mut self, value: &Value<'a, 'i>, remedy: &str) -> Vec<Value<'a, 'i>> {
        let Some(entries) = value.value.as_array() else {
            self.wrong_type(value, "a list", remedy);
            return Vec::new();
        };
        if entries.is_empty() {
            self.report(value.start, &value.path, "is an empty list", remedy);
        }
        entries
            .iter()
            .map(|entry| Value {
                value: entry.get_ref(),
                start: entry.span().start,
                path: value.path.clone(),
            })
            .collect()
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
