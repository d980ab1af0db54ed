//! What a reader hands on, and what it sums up.

use model::Batch;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// A run of rows, in the order of the input.
#[derive(Debug)]
pub struct Chunk {
    /// The rows, and the rejects among them.
    pub batch: Batch,
    /// Rows read: accepted ones and rejects.
    pub rows: u64,
    /// How far this chunk goes: bytes of the decompressed text; for Parquet records, for git commits.
    pub offset: u64,
}

/// What was read in all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// The connector that read it; empty for an empty file that none had to recognise.
    pub connector: &'static str,
    /// Rows read: accepted ones and rejects.
    pub rows: u64,
    /// Rows rejected.
    pub rejected: u64,
    /// Where the last chunk ended; see [`Chunk::offset`].
    pub offset: u64,
    /// Fields that mean nothing to the connector, each with the number of rows that had it. At most
    /// [`Summary::UNKNOWN`] different ones are listed; the first in alphabetical order hold.
    pub unknown_fields: BTreeMap<String, u64>,
    /// What the user should know although nothing failed, in whole sentences that leave the file's name to whoever shows them.
    pub notes: Vec<String>,
    /// Whether the receiver asked to stop before the end.
    pub stopped: bool,
}

impl Summary {
    /// Most unknown fields that are listed.
    pub const UNKNOWN: usize = 64;
    /// Most verbs that the note about verbs which are not shared ones names; the first in alphabetical order.
    pub const VERBS: usize = 8;
}

/// The way from a connector to its receiver.
pub struct Deliver<'a> {
    each: &'a mut dyn FnMut(Chunk) -> ControlFlow<()>,
    pub(crate) summary: Summary,
    /// Verbs that are not shared ones, with their rows; bounded as unknown fields are.
    verbs: BTreeMap<String, u64>,
}

impl<'a> Deliver<'a> {
    pub(crate) fn new(each: &'a mut dyn FnMut(Chunk) -> ControlFlow<()>) -> Deliver<'a> {
        Deliver { each, summary: Summary::default(), verbs: BTreeMap::new() }
    }

    /// Hands on a batch; false once the receiver wants no more. A batch with nothing in it goes no further.
    pub(crate) fn chunk(&mut self, batch: Batch, offset: u64) -> bool {
        let rejected = batch.rejects.len() as u64;
        let rows = batch.len() as u64 + rejected;
        self.summary.rows += rows;
        self.summary.rejected += rejected;
        self.summary.offset = offset;
        self.verbs_of(&batch);
        if rows == 0 && batch.profiles.is_empty() {
            return true;
        }
        let chunk = Chunk { batch, rows, offset };
        if (self.each)(chunk).is_break() {
            self.summary.stopped = true;
        }
        !self.summary.stopped
    }

    fn verbs_of(&mut self, batch: &Batch) {
        for (code, name) in (0u16..).zip(batch.verb.names()) {
            if model::verb::known(name).is_none() {
                let rows = batch.verb.codes().iter().filter(|known| **known == code).count();
                // A name may be left of a row that was refused.
                if rows > 0 {
                    count(&mut self.verbs, name, rows as u64);
                }
            }
        }
    }

    /// What was read in all, with a note of the verbs that only a definition that names them counts.
    pub(crate) fn finish(mut self) -> Summary {
        let named = |(verb, rows): (&String, &u64)| {
            format!("{verb} ({rows} row{})", if *rows == 1 { "" } else { "s" })
        };
        let listed: Vec<String> = self.verbs.iter().take(Summary::VERBS).map(named).collect();
        let others = if self.verbs.len() > listed.len() { " and others" } else { "" };
        match &listed[..] {
            [] => {}
            [one] => self.summary.notes.push(format!(
                "verb {one} is not one of the shared verbs; a definition must name it in its layers to count it."
            )),
            many => self.summary.notes.push(format!(
                "verbs {}{others} are not among the shared verbs; a definition must name them in its layers to count them.",
                many.join(", ")
            )),
        }
        self.summary
    }

    pub(crate) fn unknown(&mut self, fields: BTreeMap<String, u64>) {
        for (name, rows) in fields {
            count(&mut self.summary.unknown_fields, &name, rows);
        }
    }
}

/// Counts `rows` rows that had the unknown field `name`, keeping a bounded list.
///
/// The smallest names are kept: which ones those are depends on no chunking. (A name that was pushed out stays out,
/// because whatever pushed it out is still there.)
pub(crate) fn count(fields: &mut BTreeMap<String, u64>, name: &str, rows: u64) {
    let name = &*model::time::shorten(name);
    if let Some(known) = fields.get_mut(name) {
        *known += rows;
        return;
    }
    if fields.len() >= Summary::UNKNOWN {
        match fields.last_key_value() {
            Some((last, _)) if last.as_str() > name => fields.pop_last(),
            _ => return,
        };
    }
    fields.insert(name.to_owned(), rows);
}
