//! Interactions that are sent and not read from files: bodies of requests, checked by the same connectors and stored in groups.
//!
//! | the body | is |
//! |---|---|
//! | lines of JSON | a row each |
//! | a JSON array | a row an element |
//! | one JSON object | one row; of ActivityStreams also a collection, whose items are the rows |
//!
//! Rows are native interactions, or ActivityStreams 2.0 where the sender says so. They are never guessed to be anything else: a body is from outside, and
//! decoders of other forms have no business with it. Nesting beyond [`DEPTH`] is refused before anything is parsed.

use crate::error::{Error, ErrorKind, Result};
use crate::ingest::Options;
use crate::workspace::Workspace;
use ledger::{Disk, Once, Request, Taken};
use model::{Batch, Time};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::ops::ControlFlow;

/// Objects and arrays within each other, at most.
pub const DEPTH: usize = 32;
/// Rows of one body, at most.
pub const ROWS: usize = 50_000;
/// Rejects that an answer lists; all are counted.
pub const LISTED: usize = 100;

/// What rows look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Tertius' own columns.
    Native,
    /// Activities.
    ActivityStreams,
}

/// The rows of one body, checked and not stored.
pub struct Posted {
    batches: Vec<Batch>,
    read: u64,
    rejected: u64,
    rejects: Vec<Rejected>,
    once: Option<Once>,
}

/// A row that can't be used.
#[derive(Clone, Debug, Serialize)]
pub struct Rejected {
    /// Which line or element, from 1.
    pub row: u64,
    /// Which field; empty for the row as a whole.
    pub field: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

/// What became of a body. `read = accepted + duplicates + rejected + not_kept`, where each row makes one interaction.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// Interactions read.
    pub read: u64,
    /// Those that are new.
    pub accepted: u64,
    /// Those that were known.
    pub duplicates: u64,
    /// Those that can't be used.
    pub rejected: u64,
    /// Those that may not be kept: somebody in them was erased, or they are older than what is retained.
    pub not_kept: u64,
    /// The first of those that can't be used.
    pub rejects: Vec<Rejected>,
    /// Whether this is what was answered before, to the same request.
    #[serde(skip)]
    pub again: bool,
}

/// Stores bodies in groups.
pub struct Inbox(ledger::Inbox);

impl Workspace {
    /// The way in. Made where the workspace is missing.
    pub fn inbox(&self) -> Result<Inbox> {
        Ok(Inbox(self.writing()?.inbox(Disk::default())?))
    }

    /// Reads the rows of a body. `lines` where it is said to be lines of JSON; otherwise it may be one document. `once` are who sends it and what they
    /// call it, so that it is stored once.
    ///
    /// Fails with `Usage` on a body that is no JSON, too deep or of too many rows. A row that can't be used is counted and listed.
    pub fn read_posted(
        &self,
        body: &[u8],
        form: Form,
        lines: bool,
        once: Option<(&str, &str)>,
    ) -> Result<Posted> {
        let rows = rows(body, form, lines)?;
        let mut options = self.connect_options(&Options::default())?;
        (options.threads, options.progress) = (1, None);
        options.connector = Some(
            match form {
                Form::Native => "native",
                Form::ActivityStreams => "activitystreams",
            }
            .to_owned(),
        );
        let once = once.map(|(whose, name)| Once::of(whose, name, body));
        let mut posted =
            Posted { batches: Vec::new(), read: 0, rejected: 0, rejects: Vec::new(), once };
        let done = connect::read_bytes("the body", rows, &options, &mut |mut chunk| {
            posted.read += chunk.rows;
            for reject in std::mem::take(&mut chunk.batch.rejects) {
                posted.rejected += 1;
                if posted.rejects.len() < LISTED {
                    let (field, reason) = (reject.fault.field, reject.fault.reason);
                    posted.rejects.push(Rejected { row: reject.line, field, reason });
                }
            }
            posted.batches.push(chunk.batch);
            ControlFlow::Continue(())
        });
        done.map_err(|error| Error::new(ErrorKind::Usage, error.to_string()))?;
        Ok(posted)
    }
}

impl Posted {
    /// Bytes that it takes up, about.
    pub fn bytes(&self) -> usize {
        self.batches.iter().map(|batch| batch.text_bytes() + 200 * batch.len()).sum()
    }

    fn answer(&self, counts: ledger::Counts, again: bool) -> Answer {
        Answer {
            read: self.read,
            accepted: counts.accepted,
            duplicates: counts.duplicates,
            rejected: self.rejected + counts.refused,
            not_kept: counts.not_kept,
            rejects: self.rejects.clone(),
            again,
        }
    }
}

impl Inbox {
    /// Stores all these bodies, or none of them where it fails; they are on the disk when this returns. Nothing where the name of a body was given to
    /// another one within a day.
    pub fn take(&mut self, mut posted: Vec<Posted>) -> Result<Vec<Option<Answer>>> {
        let request = |one: &mut Posted| Request {
            batches: std::mem::take(&mut one.batches),
            once: one.once,
        };
        let requests = posted.iter_mut().map(request).collect();
        let waiting =
            |holder: &str| log::info!("requests wait for process {holder}, which is writing");
        let taken = self.0.take(requests, Time::now(), &waiting)?;
        let answer = |(posted, taken): (&Posted, Taken)| match taken {
            Taken::Now(counts) => Some(posted.answer(counts, false)),
            Taken::Before(counts) => Some(posted.answer(counts, true)),
            Taken::Another => None,
        };
        Ok(posted.iter().zip(taken).map(answer).collect())
    }
}

/// A body's rows, one a line.
fn rows(body: &[u8], form: Form, lines: bool) -> Result<Vec<u8>> {
    let wrong = |what: String| Error::new(ErrorKind::Usage, what);
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let document = match first {
        Some(b'[') => true,
        Some(b'{') => !lines,
        Some(_) => {
            return Err(wrong(
                "the body is no JSON; send objects, one a line, or an array".to_owned(),
            ));
        }
        None => return Err(wrong("the body is empty; send at least one interaction".to_owned())),
    };
    check_depth(body, document)?;
    let items = match document {
        false => None,
        // An object may be the first of several lines all the same.
        true if first == Some(&b'{') => match serde_json::from_slice::<&RawValue>(body) {
            Ok(one) => Some(items(one, form)),
            Err(_) => None,
        },
        true => {
            let items = serde_json::from_slice::<Vec<&RawValue>>(body)
                .map_err(|error| wrong(format!("the body is no JSON array: {error}")))?;
            if let Some(place) = items.iter().position(|item| !item.get().starts_with('{')) {
                let message = format!("element {} of the array is no object", place + 1);
                return Err(wrong(message));
            }
            Some(items)
        }
    };
    let rows: Vec<u8> = match items {
        // Blank lines would shift the numbers of the others.
        None => {
            let lines = body.split(|byte| *byte == b'\n');
            let rows = lines.filter(|line| !line.trim_ascii().is_empty());
            rows.flat_map(|row| [row, b"\n"]).flatten().copied().collect()
        }
        Some(items) => {
            let mut rows: Vec<u8> = Vec::with_capacity(body.len());
            for item in items {
                // Between tokens a line break is white space; within a text there can be none.
                rows.extend(item.get().bytes().map(|byte| if byte < b' ' { b' ' } else { byte }));
                rows.push(b'\n');
            }
            rows
        }
    };
    if rows.iter().filter(|byte| **byte == b'\n').count() > ROWS {
        return Err(wrong(format!("more than {ROWS} rows in one body; send them in several")));
    }
    Ok(rows)
}

/// The items of a collection; anything else is one row.
fn items(document: &RawValue, form: Form) -> Vec<&RawValue> {
    #[derive(Deserialize)]
    struct Collection<'a> {
        #[serde(borrow, default)]
        items: Option<Vec<&'a RawValue>>,
        #[serde(borrow, default, rename = "orderedItems")]
        ordered: Option<Vec<&'a RawValue>>,
    }
    let collection = match form {
        Form::Native => None,
        Form::ActivityStreams => serde_json::from_str::<Collection<'_>>(document.get()).ok(),
    };
    collection.and_then(|found| found.ordered.or(found.items)).unwrap_or_else(|| vec![document])
}

/// Refuses what is nested too deep, without parsing it: parsers go down as deep as they are led.
fn check_depth(body: &[u8], document: bool) -> Result<()> {
    let (mut depth, mut text, mut escaped) = (0usize, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if text => escaped = true,
            b'"' => text = !text,
            b'{' | b'[' if !text => depth += 1,
            b'}' | b']' if !text => depth = depth.saturating_sub(1),
            // No text holds a line break.
            b'\n' => {
                text = false;
                depth = if document { depth } else { 0 };
            }
            _ => {}
        }
        if depth > DEPTH {
            let message = format!("the body is nested deeper than {DEPTH}; interactions are flat");
            return Err(Error::new(ErrorKind::Usage, message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str, form: Form, lines: bool) -> String {
        match rows(body.as_bytes(), form, lines) {
            Ok(rows) => String::from_utf8(rows).unwrap().trim_end().to_owned(),
            Err(error) => format!("refused: {error}"),
        }
    }

    #[test]
    fn lines_arrays_and_collections_become_rows() {
        use Form::*;
        for (body, form, lines, expected) in [
            ("{\"a\":1}\n\n {\"a\":2}\r\n", Native, true, "{\"a\":1}\n {\"a\":2}"),
            ("{\"a\":1}\n{\"a\":2}", Native, false, "{\"a\":1}\n{\"a\":2}"),
            ("[{\"a\":\n1}, {}]", Native, true, "{\"a\": 1}\n{}"),
            ("{\n\"a\": 1\n}", Native, false, "{ \"a\": 1 }"),
            ("{\"orderedItems\":[{\"a\":1},\"x\"]}", ActivityStreams, false, "{\"a\":1}\n\"x\""),
            ("{\"items\":[1]}", Native, false, "{\"items\":[1]}"),
            ("[]", Native, false, ""),
        ] {
            assert_eq!(text(body, form, lines), expected, "{body}");
        }
        let deep = "[".repeat(40);
        for (body, why) in [
            ("", "empty"),
            ("  \n", "empty"),
            ("PAR1", "no JSON"),
            ("\u{1f}\u{8b}", "no JSON"),
            ("[1,", "no JSON array"),
            ("[{}, null]", "element 2"),
            (deep.as_str(), "deeper"),
            ("{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "deeper"),
        ] {
            let refused = text(body, Native, false);
            assert!(refused.contains("refused") && refused.contains(why), "{body}: {refused}");
        }
        // Brackets in texts are no nesting, nor are lines within each other.
        let flat = format!("{{\"a\":\"{}\\\"{}\"}}", "[".repeat(50), "{".repeat(50));
        assert_eq!(text(&flat, Native, true), flat);
        let open = ["{\"a\":{"; 50].join("\n");
        assert!(!text(&open, Native, true).contains("refused"));
    }
}
