//! Times: microseconds since 1970, UTC, read from RFC 3339 and written as it.

use std::fmt;

/// A moment: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Time(pub i64);

/// A length of time in microseconds.
pub type Span = i64;

/// One second, in microseconds.
pub const SECOND: Span = 1_000_000;
/// One hour, in microseconds.
pub const HOUR: Span = 3_600 * SECOND;
/// One day, in microseconds.
pub const DAY: Span = 24 * HOUR;

impl Time {
    /// Whole seconds since 1970, as many archives write them. Out of range becomes the nearest end.
    pub fn from_unix(seconds: i64) -> Time {
        Time(seconds.saturating_mul(SECOND))
    }

    /// Reads RFC 3339, or a date and time without offset where `zone` says what it means.
    ///
    /// The error is a sentence for the person who wrote the file.
    pub fn parse(text: &str, zone: Option<&jiff::tz::TimeZone>) -> Result<Time, String> {
        if let Some(time) = parse_plain_utc(text.as_bytes()) {
            return Ok(time);
        }
        if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
            return Ok(Time(timestamp.as_microsecond()));
        }
        let Ok(civil) = text.parse::<jiff::civil::DateTime>() else {
            return Err(format!(
                "{:?} is not a time; write it as 2026-01-31T09:30:00Z",
                shorten(text)
            ));
        };
        let Some(zone) = zone else {
            return Err(format!(
                "{:?} has no offset from UTC; add one (such as Z or +02:00), or say --timezone",
                shorten(text)
            ));
        };
        match zone.to_ambiguous_timestamp(civil).compatible() {
            Ok(timestamp) => Ok(Time(timestamp.as_microsecond())),
            Err(_) => Err(format!("{:?} is out of range", shorten(text))),
        }
    }

    /// This machine's clock. For checking input and measuring, never for a result.
    pub fn now() -> Time {
        Time(jiff::Timestamp::now().as_microsecond())
    }
}

/// `2026-01-31T09:30:00[.ffffff]Z`, the commonest form by far, without the general parser.
fn parse_plain_utc(text: &[u8]) -> Option<Time> {
    if text.len() < 20 || text.len() > 27 || text[text.len() - 1] != b'Z' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| {
        text[range]
            .iter()
            .try_fold(0i64, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
    };
    if [text[4], text[7], text[10], text[13], text[16]] != [b'-', b'-', b'T', b':', b':'] {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || day > days || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let fraction = &text[19..text.len() - 1];
    let micros = match fraction {
        [] => 0,
        [b'.', digits @ ..] if !digits.is_empty() => {
            let value = digits
                .iter()
                .try_fold(0i64, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))?;
            value * 10i64.pow(6 - digits.len() as u32)
        }
        _ => return None,
    };
    // Days from the civil date, after Hinnant; March is the first month of the shifted year.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let of_year = (153 * m + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(Time(((days * 24 + hour) * 60 + minute) * 60 * SECOND + second * SECOND + micros))
}

/// The first characters of `text`, for a message.
pub fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(timestamp) => timestamp.fmt(f),
            Err(_) => write!(f, "{} microseconds", self.0),
        }
    }
}

impl serde::Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads a length of time: `90m`, `48h`, `180d`, `26w`.
pub fn parse_span(text: &str) -> Option<Span> {
    let unit = match text.as_bytes().last()? {
        b'm' => 60 * SECOND,
        b'h' => HOUR,
        b'd' => DAY,
        b'w' => 7 * DAY,
        _ => return None,
    };
    let count: i64 = text[..text.len() - 1].parse().ok()?;
    (count > 0).then(|| count.checked_mul(unit)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_reads_what_the_general_parser_reads() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2026-11-22T21:15:36Z",
            "2024-02-29T23:59:59.5Z",
            "2000-02-29T00:00:00.123456Z",
            "1999-12-31T23:59:59.000001Z",
            "2100-03-01T12:00:00Z",
            "9999-12-30T00:00:00Z",
            "0001-01-01T00:00:00Z",
        ] {
            let general: jiff::Timestamp = text.parse().unwrap();
            assert_eq!(
                parse_plain_utc(text.as_bytes()),
                Some(Time(general.as_microsecond())),
                "{text}"
            );
        }
    }

    #[test]
    fn impossible_dates_are_no_times() {
        for text in [
            "2023-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-10T00:00:00Z",
            "99999-01-01T00:00:00Z",
            "yesterday",
            "",
        ] {
            assert!(Time::parse(text, None).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_without_offset_needs_a_zone() {
        assert!(Time::parse("2026-01-31T09:30:00", None).unwrap_err().contains("--timezone"));
        let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(2));
        let time = Time::parse("2026-01-31T09:30:00", Some(&zone)).unwrap();
        assert_eq!(time.to_string(), "2026-01-31T07:30:00Z");
        assert_eq!(Time::parse("2026-01-31T09:30:00+02:00", None).unwrap(), time);
    }

    #[test]
    fn spans_have_a_unit() {
        assert_eq!(parse_span("180d"), Some(180 * DAY));
        assert_eq!(parse_span("48h"), Some(2 * DAY));
        for text in ["", "d", "0d", "-3d", "180", "1y", "99999999999999999d"] {
            assert_eq!(parse_span(text), None, "{text}");
        }
    }
}
