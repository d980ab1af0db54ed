//! Words and numbers as pages show them.

use maud::{Markup, html};

/// A text from outside: apart from the direction of the text around it, and without characters that control or turn.
pub fn said(text: &str) -> Markup {
    html! { bdi { (plain(text)) } }
}

/// The same where there can be no element: in titles and attributes.
pub fn plain(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { '\u{fffd}' } else { c }).collect()
}

/// A number with its thousands apart.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A value in its own unit: whole numbers as such, others to three digits that say something.
pub fn figure(value: f64) -> String {
    let size = value.abs();
    if !size.is_finite() || size >= 1e15 || (size < 1e-6 && size > 0.0) {
        return format!("{value:.2e}");
    }
    let sign = if value < 0.0 { "-" } else { "" };
    if value.fract() == 0.0 || size >= 1_000.0 {
        return format!("{sign}{}", thousands(size.round() as u64));
    }
    // Digits after the point, so that three are left after the zeros.
    let places = (2 - size.log10().floor() as i32).clamp(0, 9) as usize;
    format!("{value:.places$}")
}

/// So many of something, in the right number.
pub fn count(number: u64, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{} {many}", thousands(number)),
    }
}

/// The day of a time in RFC 3339.
pub fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

/// Day and time of a time in RFC 3339, to the second.
pub fn moment(time: &str) -> String {
    time.get(..19).unwrap_or(time).replace('T', " ")
}

/// What a share of the reference means: `Top 2 of 100 among 5,100 people`; of few people, their very number.
pub fn standing(top_share: f64, people: u64) -> String {
    if people < 100 {
        let first = (top_share * people as f64).round().max(1.0) as u64;
        return match first {
            1 => format!("The first of {people} people with evidence"),
            _ => format!("Among the first {first} of {people} people with evidence"),
        };
    }
    let first = (top_share * 100.0).ceil().clamp(1.0, 100.0) as u64;
    format!("Top {first} of 100 among {} people with evidence", thousands(people))
}

/// A part of an address: everything but what stands for itself is encoded.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(byte as char);
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shown_to_what_it_says() {
        let shown = [14_060.0, 0.0, 0.028_13, 0.000_412_9, -3.0, 12.345, 1_234.5, 2e-9, 0.999_9];
        let shown: Vec<String> = shown.into_iter().map(figure).collect();
        let wanted =
            ["14,060", "0", "0.0281", "0.000413", "-3", "12.3", "1,235", "2.00e-9", "1.000"];
        assert_eq!(shown, wanted);
    }

    #[test]
    fn what_others_wrote_stays_text() {
        let hostile = "<script>\u{202e}\"onmouseover='\u{0}&\u{2066}";
        let shown = said(hostile).into_string();
        assert_eq!(
            shown,
            "<bdi>&lt;script&gt;\u{fffd}&quot;onmouseover='\u{fffd}&amp;\u{fffd}</bdi>"
        );
        let inside = html! { p title=(plain("\" onmouseover=\"x")) {} }.into_string();
        assert_eq!(inside, "<p title=\"&quot; onmouseover=&quot;x\"></p>");
        assert_eq!(encoded("mastodon:a b@x/\"<"), "mastodon%3Aa%20b%40x%2F%22%3C");
    }

    #[test]
    fn numbers_read_as_words_of_a_sentence() {
        assert_eq!(thousands(5_100_000), "5,100,000");
        assert_eq!(thousands(100), "100");
        assert_eq!(count(1, "person", "people"), "1 person");
        assert_eq!(standing(0.013, 5_100), "Top 2 of 100 among 5,100 people with evidence");
        assert_eq!(standing(0.00001, 5_100), "Top 1 of 100 among 5,100 people with evidence");
        assert_eq!(standing(1.0 / 3.0, 6), "Among the first 2 of 6 people with evidence");
        assert_eq!(standing(1.0 / 24.0, 24), "The first of 24 people with evidence");
        assert_eq!(moment("2026-10-31T08:56:16.123456Z"), "2026-10-31 08:56:16");
        assert_eq!(day("2026-10-31T08:56:16Z"), "2026-10-31");
    }
}
