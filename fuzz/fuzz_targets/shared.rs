//! What the targets share: read the bytes by the entry that everybody uses, and check what always holds.

use connect::{Chunk, Options};
use model::{Rules, Time};
use std::ops::ControlFlow;

/// Options under which every connector has what it needs.
pub fn options(connector: &str) -> Options {
    Options {
        connector: Some(connector.to_owned()),
        network: Some("n".to_owned()),
        at: Some(Time::from_unix(1_700_000_000)),
        ..Options::new(Rules::at(Time::from_unix(1_800_000_000)))
    }
}

/// Checks that columns are of one length, and that text is text.
pub fn check(chunk: Chunk) -> ControlFlow<()> {
    let batch = &chunk.batch;
    assert_eq!(chunk.rows, (batch.len() + batch.rejects.len()) as u64);
    for row in 0..batch.len() {
        assert!(batch.actor_id.get(row).is_some_and(|id| !id.is_empty()));
        assert!(batch.weight[row] >= 0.0 && batch.at[row] >= 0);
        for column in [&batch.id, &batch.target_id, &batch.object, &batch.text] {
            assert_eq!(column.get(row).is_some(), column.span(row).is_some());
        }
    }
    ControlFlow::Continue(())
}

/// Reads `bytes` with one connector. Errors are fine; panics are not.
#[allow(dead_code)] // the target for git's output has an entry of its own
pub fn read(connector: &str, prefix: &[u8], bytes: &[u8]) {
    let input = [prefix, bytes].concat();
    let _ = connect::read_bytes("fuzzed", input, &options(connector), &mut check);
}
