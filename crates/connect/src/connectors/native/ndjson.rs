//! Native interactions, one JSON object a line.
//!
//! Strings are borrowed from the line unless they hold escapes. `null` is no value. A field given twice is a fault, because
//! nobody knows which was meant.

use super::{Given, flat};
use crate::Options;
use crate::fields::{self, AT, COLUMNS, VISIBILITY, WEIGHT};
use crate::pipeline::{Block, Parsed, Parser, each_line};
use crate::split::Framing;
use model::{Fault, Rules};
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

pub(super) struct Ndjson {
    network: Option<String>,
    timezone: Option<jiff::tz::TimeZone>,
    rules: Rules,
}

impl Ndjson {
    pub(super) fn new(options: &Options) -> Ndjson {
        Ndjson {
            network: options.network.clone(),
            timezone: options.timezone.clone(),
            rules: options.rules,
        }
    }

    fn row(&self, line: &str, out: &mut Parsed) -> Result<(), Fault> {
        let mut row = Row::default();
        if !flat::read(line, &mut row) {
            row = sonic_rs::from_str(line).map_err(|error| no_json(&error))?;
        }
        let mut given = Given::default();
        // Ids that are numbers become text here, and live as long as the row.
        let mut digits: Vec<(usize, String)> = Vec::new();
        for (column, value) in row.values.iter().enumerate() {
            match (column, value) {
                (_, Value::Absent) => {}
                (AT, Value::Text(text)) => given.at = Some(self.time(text)?),
                (AT, Value::Int(seconds)) => {
                    given.at = Some(fields::seconds(*seconds).map_err(at)?);
                }
                (AT, Value::Real(seconds)) => {
                    given.at = Some(fields::seconds_real(*seconds).map_err(at)?);
                }
                (WEIGHT, Value::Text(text)) => given.weight = Some(fields::weight(text)?),
                (WEIGHT, Value::Int(weight)) => given.weight = Some(*weight as f64),
                (WEIGHT, Value::Real(weight)) => given.weight = Some(*weight),
                (VISIBILITY, Value::Text(text)) => {
                    given.visibility = Some(fields::visibility(text)?);
                }
                (_, Value::Text(text)) => given.text[column] = Some(text),
                (_, Value::Int(number)) => digits.push((column, number.to_string())),
                (_, Value::Real(_)) => digits.push((column, exact(line, COLUMNS[column])?)),
            }
        }
        for (column, number) in &digits {
            given.text[*column] = Some(number);
        }
        given.push(self.network.as_deref(), &self.rules, &mut out.batch)?;
        for name in &row.unknown {
            out.unknown(name);
        }
        Ok(())
    }

    fn time(&self, text: &str) -> Result<model::Time, Fault> {
        fields::time(text, self.timezone.as_ref()).map_err(at)
    }
}

fn at(reason: String) -> Fault {
    Fault::new("at", reason)
}

impl Parser for Ndjson {
    fn framing(&self) -> Framing {
        Framing::Lines
    }

    fn parse(&self, block: &Block, out: &mut Parsed) {
        each_line(block, out, |_, line, out| self.row(line, out));
    }
}

/// Whether the line is a JSON object with all these fields.
pub(super) fn has_fields<const N: usize>(line: &[u8], needed: [&str; N]) -> bool {
    let Ok(line) = std::str::from_utf8(line) else {
        return false;
    };
    let Ok(row) = sonic_rs::from_str::<Row<'_>>(line) else {
        return false;
    };
    needed.iter().all(|name| {
        let column = COLUMNS.iter().position(|known| known == name);
        column.is_some_and(|column| !matches!(row.values[column], Value::Absent))
    })
}

/// The digits of a number too large for 64 bits, as they stand in the line.
fn exact(line: &str, field: &str) -> Result<String, Fault> {
    match sonic_rs::get(line, [field]) {
        Ok(value) => fields::whole_number(field, value.as_raw_str().trim()).map(str::to_owned),
        Err(_) => Err(Fault::new(field, "is a number; write it as text")),
    }
}

fn no_json(error: &sonic_rs::Error) -> Fault {
    if error.is_eof() {
        return Fault::new(
            "",
            "ends in the middle of its JSON; the file was cut off, or a text holds a line break that is not written as \\n",
        );
    }
    let message = error.to_string();
    let reason = message.lines().next().unwrap_or_default();
    let reason = match reason.find(" at line ").or_else(|| reason.find(" while parsing at line ")) {
        Some(end) => &reason[..end],
        None => reason,
    };
    Fault::new(
        "",
        format!("is no JSON object with native fields: {reason}, at byte {}", error.offset() + 1),
    )
}

#[derive(Debug, Default, PartialEq)]
pub(super) enum Value<'a> {
    #[default]
    Absent,
    Text(Cow<'a, str>),
    Int(i64),
    /// Not exact: a fraction, an exponent, or beyond 64 bits.
    Real(f64),
}

#[derive(Default)]
pub(super) struct Row<'a> {
    pub values: [Value<'a>; 13],
    pub unknown: Vec<Cow<'a, str>>,
}

enum Key<'a> {
    Column(usize),
    Other(Cow<'a, str>),
}

/// The number of the native column of that name.
pub(super) fn column(name: &str) -> Option<usize> {
    // As patterns of known length, which are compared as words: this runs thirteen times a row.
    Some(match name.as_bytes() {
        b"id" => fields::ID,
        b"at" => fields::AT,
        b"network" => fields::NETWORK,
        b"verb" => fields::VERB,
        b"actor" => fields::ACTOR,
        b"target" => fields::TARGET,
        b"object" => fields::OBJECT,
        b"in_reply_to" => fields::IN_REPLY_TO,
        b"text" => fields::TEXT,
        b"lang" => fields::LANG,
        b"url" => fields::URL,
        b"weight" => fields::WEIGHT,
        b"visibility" => fields::VISIBILITY,
        _ => return None,
    })
}

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field's name")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Key<'de>, E> {
                Ok(column(name).map_or(Key::Other(Cow::Borrowed(name)), Key::Column))
            }
            fn visit_str<E>(self, name: &str) -> Result<Key<'de>, E> {
                Ok(column(name).map_or_else(|| Key::Other(name.to_owned().into()), Key::Column))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;
        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = Value<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, a number or null")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
                Ok(Value::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
                Ok(Value::Text(text.to_owned().into()))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Value<'de>, E> {
                Ok(Value::Int(number))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Value<'de>, E> {
                Ok(i64::try_from(number).map_or_else(|_| Value::Real(number as f64), Value::Int))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Value<'de>, E> {
                Ok(Value::Real(number))
            }
            fn visit_unit<E>(self) -> Result<Value<'de>, E> {
                Ok(Value::Absent)
            }
        }
        deserializer.deserialize_any(ValueVisitor)
    }
}

impl<'de> Deserialize<'de> for Row<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RowVisitor;
        impl<'de> Visitor<'de> for RowVisitor {
            type Value = Row<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row<'de>, A::Error> {
                let mut row = Row { values: [const { Value::Absent }; 13], unknown: Vec::new() };
                let mut seen = 0u16;
                while let Some(key) = map.next_key()? {
                    match key {
                        Key::Column(column) => {
                            if seen & (1 << column) != 0 {
                                let name = COLUMNS[column];
                                return Err(A::Error::custom(format_args!(
                                    "`{name}` is given twice"
                                )));
                            }
                            seen |= 1 << column;
                            row.values[column] = map.next_value()?;
                        }
                        Key::Other(name) => {
                            map.next_value::<IgnoredAny>()?;
                            row.unknown.push(name);
                        }
                    }
                }
                Ok(row)
            }
        }
        deserializer.deserialize_map(RowVisitor)
    }
}
