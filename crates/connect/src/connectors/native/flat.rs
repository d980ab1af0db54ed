//! The short way through a line of native NDJSON: most lines are flat objects without escapes, written by machines.
//!
//! It takes a line only if all of it is plain: native fields once each, strings without escapes, whole numbers that fit, `null`, and spaces
//! as the only white space. Every other line, good or bad, is left to the general parser, so nothing is decided here. It takes a
//! third of the general parser's time.

use super::ndjson::{Row, Value, column};
use std::borrow::Cow;

/// Digits that always fit 64 bits.
const DIGITS: usize = 18;

/// Fills an empty `row` from `line`; false, with `row` to be thrown away, if the line is not that plain.
pub(super) fn read<'a>(line: &'a str, row: &mut Row<'a>) -> bool {
    // Inside strings control characters are no JSON, and outside they are rare. Looking at every byte is faster than
    // stopping at the first, because it is done many bytes at a time.
    let control = line.bytes().fold(false, |control, b| control | (b < b' '));
    !control && fill(line, row).is_some()
}

fn fill<'a>(line: &'a str, row: &mut Row<'a>) -> Option<()> {
    let bytes = line.as_bytes();
    let mut seen = 0u16;
    let mut at = past(bytes, 0, b'{')?;
    loop {
        let name = past(bytes, at, b'"')?;
        let length = bytes.get(name..)?.iter().take(12).position(|b| *b == b'"')?;
        let column = column(line.get(name..name + length)?)?;
        if seen & (1 << column) != 0 {
            return None;
        }
        seen |= 1 << column;
        at = spaces(bytes, past(bytes, name + length + 1, b':')?);
        match *bytes.get(at)? {
            b'"' => {
                let start = at + 1;
                let end = start + memchr::memchr2(b'"', b'\\', bytes.get(start..)?)?;
                if bytes[end] == b'\\' {
                    return None;
                }
                row.values[column] = Value::Text(Cow::Borrowed(line.get(start..end)?));
                at = end + 1;
            }
            b'n' => {
                if !bytes[at..].starts_with(b"null") {
                    return None;
                }
                at += 4;
            }
            b'0'..=b'9' => {
                let digits = bytes[at..].iter().take_while(|b| b.is_ascii_digit());
                let (mut number, mut length) = (0i64, 0);
                for digit in digits.take(DIGITS) {
                    number = number * 10 + i64::from(digit - b'0');
                    length += 1;
                }
                // A further digit, a fraction or an exponent makes what follows neither a comma nor the end.
                if bytes[at] == b'0' && length > 1 {
                    return None;
                }
                row.values[column] = Value::Int(number);
                at += length;
            }
            _ => return None,
        }
        at = spaces(bytes, at);
        match *bytes.get(at)? {
            b',' => at += 1,
            b'}' => return (spaces(bytes, at + 1) == bytes.len()).then_some(()),
            _ => return None,
        }
    }
}

fn spaces(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at) == Some(&b' ') {
        at += 1;
    }
    at
}

/// The place after `wanted`, if only spaces come before it.
fn past(bytes: &[u8], at: usize, wanted: u8) -> Option<usize> {
    let at = spaces(bytes, at);
    (bytes.get(at) == Some(&wanted)).then_some(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(line: &str) -> bool {
        let mut row = Row::default();
        let plain = read(line, &mut row);
        if plain {
            let general: Row<'_> = sonic_rs::from_str(line).expect(line);
            assert_eq!(row.values, general.values, "{line}");
            assert!(general.unknown.is_empty());
        }
        plain
    }

    #[test]
    fn plain_lines_take_the_short_way() {
        for line in [
            r#"{"at":1}"#,
            r#" { "at" : 0 , "actor" : "a b" , "target" : null } "#,
            r#"{"id":"","in_reply_to":"é","weight":123456789012345678}"#,
        ] {
            assert!(same(line), "{line}");
        }
    }

    #[test]
    fn other_lines_take_the_general_way() {
        for line in [
            "",
            "{",
            "{}",
            r#"{"at":1"#,
            r#"{"at":1}}"#,
            r#"{"at":1,}"#,
            r#"{"at":01}"#,
            r#"{"at":1.5}"#,
            r#"{"at":1e5}"#,
            r#"{"at":-1}"#,
            r#"{"at":1234567890123456789}"#,
            r#"{"at":nul}"#,
            r#"{"at":nullnull}"#,
            r#"{"at":1,"at":1}"#,
            r#"{"odd":1}"#,
            r#"{"actor":"a\n"}"#,
            r#"{"actor":["a"]}"#,
            "{\"actor\":\"a\tb\"}",
        ] {
            assert!(!same(line), "{line}");
        }
    }

    proptest! {
        #[test]
        fn the_short_way_reads_what_the_general_one_reads(
            line in "[{]( ?\"(at|actor|text|odd)\" ?: ?(\"[a\u{e9}\\\\n\"]{0,3}\"|[0-9.e-]{1,20}|null|true|[{][}]),?){0,4}[}]?"
        ) {
            same(&line);
        }
    }
}
