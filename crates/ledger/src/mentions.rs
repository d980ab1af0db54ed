//! Where a text names somebody who was erased, found by asking a set of keyed hashes.
//!
//! A text is cut into *atoms*, runs of letters and digits, and what may be a name is one atom or several that are
//! joined by marks as they stand in names and addresses (`zara_91`, `gil@garden.example`, `did:plc:abc`). So a name is
//! found where it stands by itself, with neither letter nor digit beside it, and the same names are found whether or
//! not the name is known in the clear: at the erasure, and when a source brings the text again later.
//!
//! | a name | is *plain* when | and is found |
//! |---|---|---|
//! | `zara`, `88`, `a1` | letters alone, digits alone, or shorter than five, without marks | on its own network, after `@` or `/`; digits after `@` only; letters also anywhere in an id or address |
//! | `zara_91`, `gil@garden.example`, `twitter:88` | not plain | anywhere |
//!
//! ASCII letters are compared without case, all others as they are.

use std::ops::Range;

/// In what a name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Words, where a plain name without a mark is likely just a word.
    Text,
    /// An id or an address, whose parts are no words.
    Id,
    /// A row that could not be read, of which nothing is known: plain names count anywhere, and names may have spaces.
    Raw,
}

/// What is asked of the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// A name that is not plain, anywhere.
    Word,
    /// A plain name on a network.
    Plain,
    /// Any name, where nothing is known of the text.
    Raw,
}

/// Most atoms of a name.
const MOST_ATOMS: usize = 10;
/// Longest name, in bytes.
pub const LONGEST: usize = 255;

/// Whether a name could be a word or a number.
pub fn is_plain(name: &str) -> bool {
    name.chars().all(char::is_alphanumeric)
        && (name.len() < 5
            || name.bytes().all(|b| b.is_ascii_digit())
            || !name.bytes().any(|b| b.is_ascii_digit()))
}

/// The form in which a name is looked for: lower case, without marks at its ends.
pub fn normal(name: &str) -> String {
    name.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase()
}

/// The runs of letters and digits of a text. A run ends where ASCII meets others, since many scripts set no spaces.
fn atoms(text: &str) -> Vec<Range<usize>> {
    let mut atoms: Vec<Range<usize>> = Vec::new();
    let mut before = None;
    for (at, c) in text.char_indices() {
        let kind = c.is_alphanumeric().then(|| c.is_ascii());
        match (kind, before == Some(kind), atoms.last_mut()) {
            (None, ..) => {}
            (Some(_), true, Some(atom)) => atom.end = at + c.len_utf8(),
            (Some(_), ..) => atoms.push(at..at + c.len_utf8()),
        }
        before = Some(kind);
    }
    atoms
}

fn joins(gap: &str, place: Place) -> bool {
    let mark = |b: u8| matches!(b, b'_' | b'-' | b'.' | b'@' | b':' | b'/' | b'+' | b'~');
    (gap.len() <= 3 && gap.bytes().all(mark)) || (place == Place::Raw && gap == " ")
}

/// The parts of `text` that name somebody: `known` says whether a name is in the set. From left to right, the longest
/// at each place, apart from each other.
pub fn found(
    text: &str,
    place: Place,
    lengths: &Lengths,
    mut known: impl FnMut(Form, &str) -> bool,
) -> Vec<Range<usize>> {
    let atoms = atoms(text);
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut name = String::new();
    for (i, atom) in atoms.iter().enumerate() {
        if found.last().is_some_and(|last| atom.start < last.end) {
            continue;
        }
        let mark = text[..atom.start].trim_end_matches('_').bytes().next_back();
        let mut longest = None;
        let mut end = atom.end;
        for next in atoms[i..].iter().take(MOST_ATOMS) {
            if next.start > end && !joins(&text[end..next.start], place) {
                break;
            }
            end = next.end;
            let length = end - atom.start;
            if length > LONGEST {
                break;
            }
            if !lengths.has(length) {
                continue;
            }
            let candidate = &text[atom.start..end];
            let digits = candidate.bytes().all(|b| b.is_ascii_digit());
            let form = match (place, is_plain(candidate)) {
                (Place::Raw, _) => Form::Raw,
                (_, false) => Form::Word,
                (_, true) => match mark {
                    Some(b'@') => Form::Plain,
                    Some(b'/') if !digits => Form::Plain,
                    _ if place == Place::Id && !digits => Form::Plain,
                    _ => continue,
                },
            };
            name.clear();
            name.push_str(candidate);
            name.make_ascii_lowercase();
            if known(form, &name) {
                longest = Some(end);
            }
        }
        if let Some(end) = longest {
            found.push(atom.start..end);
        }
    }
    found
}

/// Which lengths the names of a set have, so that hardly anything else needs hashing.
#[derive(Clone, Debug)]
pub struct Lengths([bool; LONGEST + 1]);

impl Default for Lengths {
    fn default() -> Lengths {
        Lengths([false; LONGEST + 1])
    }
}

impl Lengths {
    /// Adds one.
    pub fn add(&mut self, length: usize) {
        if let Some(slot) = self.0.get_mut(length) {
            *slot = true;
        }
    }

    fn has(&self, length: usize) -> bool {
        self.0.get(length) == Some(&true)
    }
}

/// A text with JSON's `\uXXXX` resolved; nothing if there is none. Halves of a pair become U+FFFD: they are in no name.
pub fn unescaped(text: &str) -> Option<String> {
    let mut pieces = text.split("\\u");
    let mut out = pieces.next()?.to_owned();
    let mut any = false;
    for piece in pieces {
        let unit = piece.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match unit {
            Some(unit) => {
                any = true;
                out.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
                out.push_str(&piece[4..]);
            }
            None => {
                out.push_str("\\u");
                out.push_str(piece);
            }
        }
    }
    any.then_some(out)
}

/// A text with `%40` and the like decoded, if there is any in it.
pub fn percent_decoded(text: &str) -> Option<String> {
    text.contains('%').then(|| {
        let bytes = text.as_bytes();
        let mut out = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
            match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| *byte == b'%') {
                Some(decoded) => {
                    out.push(decoded);
                    at += 3;
                }
                None => {
                    out.push(*byte);
                    at += 1;
                }
            }
        }
        String::from_utf8_lossy(&out).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, place: Place, expected: &[&str]) {
        let names = [
            "zara",
            "88",
            "zara_91",
            "gil@garden.example",
            "did:plc:abc",
            "twitter:88",
            "zoë",
            "zara quill",
        ];
        let mut lengths = Lengths::default();
        names.iter().for_each(|name| lengths.add(name.len()));
        let known = |form: Form, name: &str| {
            names.contains(&name)
                && match form {
                    Form::Word => !is_plain(name) && name != "zara quill",
                    Form::Plain => is_plain(name),
                    Form::Raw => true,
                }
        };
        let parts: Vec<&str> =
            found(text, place, &lengths, known).into_iter().map(|range| &text[range]).collect();
        assert_eq!(parts, expected, "{text:?} {place:?}");
    }

    #[test]
    fn a_name_is_found_where_it_stands_by_itself() {
        check("thanks @zara_91!", Place::Text, &["zara_91"]);
        check("Zara_91, zara_911 and xzara_91", Place::Text, &["Zara_91"]);
        check("谢谢@zara_91你好 “zara_91”", Place::Text, &["zara_91", "zara_91"]);
        check("https://m.example/@zara_91/5", Place::Text, &["zara_91"]);
        check("cc @gil@garden.example.", Place::Text, &["gil@garden.example"]);
        check("at://did:plc:abc/post/1", Place::Id, &["did:plc:abc"]);
        check("see twitter:88", Place::Text, &["twitter:88"]);
        check("@zoë", Place::Text, &["zoë"]);
    }

    #[test]
    fn a_plain_name_needs_a_mark_among_words_and_none_in_an_id() {
        check("the zara shop, @zara, /u/zara", Place::Text, &["zara", "zara"]);
        check("zara-post-7", Place::Id, &["zara"]);
        check("88 apples for @88 at /88", Place::Text, &["88"]);
        check("post-88", Place::Id, &[]);
    }

    #[test]
    fn a_row_that_could_not_be_read_is_searched_for_everything() {
        check("88;Zara Quill;x", Place::Raw, &["88", "Zara Quill"]);
    }

    #[test]
    fn percent_signs_hide_nothing() {
        assert_eq!(percent_decoded("a%40b%2e%zz%"), Some("a@b.%zz%".to_owned()));
        assert_eq!(percent_decoded("ab"), None);
    }
}
