//! How the values of a row are read, the same in every form of input.
//!
//! A time is RFC 3339, or a number of seconds since 1970 (UTC), which may have a fraction. An account, post or interaction id is
//! text or a whole number of any length. Nothing stands for "no value".

use model::{Fault, Time, Visibility};

/// The columns of a native interaction, in the order of exports.
pub(crate) const COLUMNS: [&str; 13] = [
    "id",
    "at",
    "network",
    "verb",
    "actor",
    "target",
    "object",
    "in_reply_to",
    "text",
    "lang",
    "url",
    "weight",
    "visibility",
];

pub(crate) const ID: usize = 0;
pub(crate) const AT: usize = 1;
pub(crate) const NETWORK: usize = 2;
pub(crate) const VERB: usize = 3;
pub(crate) const ACTOR: usize = 4;
pub(crate) const TARGET: usize = 5;
pub(crate) const OBJECT: usize = 6;
pub(crate) const IN_REPLY_TO: usize = 7;
pub(crate) const TEXT: usize = 8;
pub(crate) const LANG: usize = 9;
pub(crate) const URL: usize = 10;
pub(crate) const WEIGHT: usize = 11;
pub(crate) const VISIBILITY: usize = 12;

/// Beyond this many seconds lies the year 5138: somebody counts in a finer unit.
const NOT_SECONDS: f64 = 1e11;

/// A time from whole seconds since 1970.
pub(crate) fn seconds(seconds: i64) -> Result<Time, String> {
    if (seconds as f64).abs() > NOT_SECONDS {
        return Err(finer_unit(&seconds.to_string()));
    }
    Ok(Time::from_unix(seconds))
}

/// A time from seconds since 1970, rounded to the microsecond.
pub(crate) fn seconds_real(seconds: f64) -> Result<Time, String> {
    if !seconds.is_finite() || seconds.abs() > NOT_SECONDS {
        // Debug, because Display writes 1e308 with all its 309 digits.
        return Err(finer_unit(&format!("{seconds:?}")));
    }
    Ok(Time((seconds * 1e6).round() as i64))
}

fn finer_unit(number: &str) -> String {
    format!(
        "{number} is no number of seconds since 1970; if it counts milliseconds or microseconds, divide it, or write 2026-01-31T09:30:00Z"
    )
}

/// A time as text.
pub(crate) fn time(text: &str, zone: Option<&jiff::tz::TimeZone>) -> Result<Time, String> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    if digits.len() == 8 && digits.iter().all(u8::is_ascii_digit) && text.starts_with(['1', '2']) {
        return Err(format!(
            "{text:?} could be a date or a number of seconds; write a date as 2026-01-31T00:00:00Z"
        ));
    }
    let number = !digits.is_empty() && digits.iter().all(|b| b.is_ascii_digit() || *b == b'.');
    if !number {
        return Time::parse(text, zone);
    }
    if let Ok(whole) = text.parse::<i64>() {
        return seconds(whole);
    }
    match text.parse::<f64>() {
        Ok(real) => seconds_real(real),
        Err(_) => Time::parse(text, zone),
    }
}

/// A weight as text.
pub(crate) fn weight(text: &str) -> Result<f64, Fault> {
    text.trim().parse().map_err(|_| {
        Fault::new(
            "weight",
            format!("{:?} is no number; write it as 1 or 0.5", model::time::shorten(text)),
        )
    })
}

/// A visibility as text.
pub(crate) fn visibility(text: &str) -> Result<Visibility, Fault> {
    Visibility::parse(text).ok_or_else(|| {
        Fault::new(
            "visibility",
            format!("{:?} is none; use public, community or private", model::time::shorten(text)),
        )
    })
}

/// The fault of a field that must be there.
pub(crate) fn missing(field: &str) -> Fault {
    let remedy = match field {
        "network" => "is missing; write it, or say --network",
        "at" => "is missing; write when it happened, such as 2026-01-31T09:30:00Z",
        "verb" => "is missing; write what was done, such as reshare",
        "actor" => "is missing; name who acted",
        "target" => "is missing; name whom it was toward",
        _ => "is missing",
    };
    Fault::new(field, remedy)
}

/// An id that is a number in its file, from the digits that stand there.
pub(crate) fn whole_number<'a>(field: &str, digits: &'a str) -> Result<&'a str, Fault> {
    let bare = digits.strip_prefix('-').unwrap_or(digits);
    if !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(digits);
    }
    Err(Fault::new(
        field,
        format!(
            "{} has a fraction or an exponent; write ids as text or whole numbers",
            model::time::shorten(digits)
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_seconds_since_1970() {
        for (text, micros) in [
            ("0", 0),
            ("1341100972", 1_341_100_972_000_000),
            ("1289241911.72836", 1_289_241_911_728_360),
            ("-1", -1_000_000),
            ("1970-01-01T00:00:01Z", 1_000_000),
        ] {
            assert_eq!(time(text, None), Ok(Time(micros)), "{text}");
        }
    }

    #[test]
    fn times_in_doubt_are_refused() {
        for text in [
            "20260131",
            "1341100972000",
            "2026-01-31T00:00:00",
            "",
            "-",
            ".",
            "1.2.3",
            "99999-01-01T00:00:00Z",
            "99999999999999999999",
        ] {
            assert!(time(text, None).is_err(), "{text}");
        }
        assert!(seconds_real(f64::NAN).is_err());
    }

    #[test]
    fn ids_that_lost_their_form_are_refused() {
        assert_eq!(
            whole_number("actor", "123456789012345678901234567890"),
            Ok("123456789012345678901234567890")
        );
        for digits in ["88.0", "1e30", "-", ""] {
            assert!(whole_number("actor", digits).is_err(), "{digits}");
        }
    }
}
