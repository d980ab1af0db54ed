//! What the tests of this crate share: reading to plain values.
#![allow(dead_code, missing_docs)] // each test binary uses a part

use connect::{Chunk, Error, Options, Summary};
use model::{Batch, Rules, Time};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// A row with everything it holds, but its key columns.
pub type Row = Vec<Option<String>>;

/// What became of an input.
#[derive(Debug, Default, PartialEq)]
pub struct Got {
    pub rows: Vec<Row>,
    /// Line, field, reason, beginning of the raw row.
    pub rejects: Vec<(u64, String, String, Vec<u8>)>,
    pub chunks: usize,
    pub offset: u64,
}

impl Got {
    /// A column of all rows, by its number among id, at, network, verb, actor, target, object, in_reply_to, text, lang, url, weight,
    /// visibility.
    pub fn column(&self, column: usize) -> Vec<&str> {
        self.rows.iter().map(|row| row[column].as_deref().unwrap_or("-")).collect()
    }

    /// Line and field of all rejects.
    pub fn faults(&self) -> Vec<(u64, &str)> {
        self.rejects.iter().map(|reject| (reject.0, &*reject.1)).collect()
    }
}

pub fn options() -> Options {
    Options::new(Rules::at(Time::parse("2026-06-01T00:00:00Z", None).unwrap()))
}

pub fn add(got: &mut Got, chunk: Chunk) {
    let batch = &chunk.batch;
    assert_eq!(chunk.rows, (batch.len() + batch.rejects.len()) as u64);
    assert!(chunk.offset >= got.offset, "offsets go up");
    got.offset = chunk.offset;
    got.chunks += 1;
    got.rows.extend((0..batch.len()).map(|row| plain(batch, row)));
    for reject in &batch.rejects {
        let fault = reject.fault.clone();
        got.rejects.push((reject.line, fault.field, fault.reason, reject.raw.clone()));
    }
}

fn plain(batch: &Batch, row: usize) -> Row {
    let own = |text: Option<&str>| text.map(str::to_owned);
    vec![
        own(batch.id.get(row)),
        Some(Time(batch.at[row]).to_string()),
        own(batch.network.get(row)),
        own(batch.verb.get(row)),
        own(batch.actor_id.get(row)),
        own(batch.target_id.get(row)),
        own(batch.object.get(row)),
        own(batch.in_reply_to.get(row)),
        own(batch.text.get(row)),
        own(batch.lang.get(row)),
        own(batch.url.get(row)),
        Some(batch.weight[row].to_string()),
        Some(model::Visibility::from_code(batch.visibility[row]).to_string()),
    ]
}

/// Reads bytes; the rows that came also where an error followed.
pub fn read(bytes: impl Into<Vec<u8>>, options: &Options) -> (Got, Result<Summary, Error>) {
    let mut got = Got::default();
    let result = connect::read_bytes("input", bytes.into(), options, &mut |chunk| {
        add(&mut got, chunk);
        ControlFlow::Continue(())
    });
    if let Ok(summary) = &result {
        assert_eq!(summary.rows, (got.rows.len() + got.rejects.len()) as u64);
        assert_eq!(summary.rejected, got.rejects.len() as u64);
    }
    (got, result)
}

/// Reads bytes that must be readable.
pub fn good(bytes: impl Into<Vec<u8>>, options: &Options) -> Got {
    let (got, result) = read(bytes, options);
    result.unwrap();
    got
}

/// The message of reading bytes that must be refused.
pub fn refused(bytes: impl Into<Vec<u8>>, options: &Options) -> (connect::Kind, String) {
    let error = read(bytes, options).1.unwrap_err();
    (error.kind(), error.to_string())
}

/// A file of the real data beside the project, if it is there.
pub fn real(path: &str) -> Option<PathBuf> {
    let full = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if full.exists() {
        return Some(full);
    }
    println!("not tested on real data: {} is not there", full.display());
    None
}
