//! Trailers: lines such as `Reviewed-by: Name <address>`, with who is meant.
//!
//! They are taken wherever a line after the subject begins with one, because squashed commits have them in the middle. A person without an
//! address can't be told from others of that name, and is counted as an unknown field instead.

use crate::pipeline::Parsed;

/// What a trailer says of a person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Said {
    Coauthored,
    Reviewed,
    Approved,
    Thanked,
}

/// A trailer that was understood.
#[derive(Debug, PartialEq)]
pub(super) struct Trailer {
    pub said: Said,
    pub name: String,
    /// Lower case.
    pub address: String,
}

const KEYS: &[(&str, Said)] = &[
    ("co-authored-by", Said::Coauthored),
    ("co-developed-by", Said::Coauthored),
    ("reviewed-by", Said::Reviewed),
    ("tested-by", Said::Reviewed),
    ("reviewed-and-tested-by", Said::Reviewed),
    ("acked-by", Said::Approved),
    ("approved-by", Said::Approved),
    ("reported-by", Said::Thanked),
    ("reported-and-tested-by", Said::Thanked),
    ("suggested-by", Said::Thanked),
    ("requested-by", Said::Thanked),
    ("helped-by", Said::Thanked),
    ("mentored-by", Said::Thanked),
    ("inspired-by", Said::Thanked),
    ("diagnosed-by", Said::Thanked),
    ("debugged-by", Said::Thanked),
    ("noticed-by", Said::Thanked),
    ("thanks-to", Said::Thanked),
];

/// The trailers of a commit message.
pub(super) fn read(message: &str, out: &mut Parsed) -> Vec<Trailer> {
    let lines = message.lines().skip_while(|line| line.trim().is_empty());
    let mut trailers = Vec::new();
    for line in lines.skip(1) {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let known = KEYS.iter().find(|(known, _)| key.trim_end().eq_ignore_ascii_case(known));
        let Some((key, said)) = known else { continue };
        match person(value) {
            Some((name, address)) => trailers.push(Trailer { said: *said, name, address }),
            None => out.unknown(&format!("{key} without an e-mail address")),
        }
    }
    trailers
}

/// `Name <address>`, whatever follows.
fn person(value: &str) -> Option<(String, String)> {
    let (name, rest) = value.split_once('<')?;
    let (address, _) = rest.split_once('>')?;
    let address = address.trim().to_lowercase();
    let whole = address.contains('@') && !address.contains(char::is_whitespace);
    let name = name.trim().trim_matches('"').to_owned();
    whole.then_some((name, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(message: &str) -> Vec<(Said, String)> {
        read(message, &mut Parsed::default())
            .into_iter()
            .map(|trailer| (trailer.said, trailer.address))
            .collect()
    }

    #[test]
    fn trailers_are_read_after_the_subject_only() {
        assert!(keys("Reviewed-by: A <a@x>").is_empty());
        assert_eq!(
            keys("\nS\n\nReviewed-by: A <a@x>\n\ntext\nHelped-by : \"B\" <B@x> (irc)\n"),
            [(Said::Reviewed, "a@x".to_owned()), (Said::Thanked, "b@x".to_owned())]
        );
    }

    #[test]
    fn nobody_is_made_of_half_an_address() {
        for value in ["A", "A <a>", "A <a@x", "A a@x", "A <a b@x>", "> a@x <"] {
            assert_eq!(person(value), None, "{value}");
        }
    }

    #[test]
    fn a_person_without_an_address_is_counted() {
        let mut out = Parsed::default();
        assert!(read("S\n\nReported-by: robot\n", &mut out).is_empty());
        assert_eq!(out.unknown["reported-by without an e-mail address"], 1);
    }
}
