//! Native Parquet: anything, and a sound file with some of its bytes changed, because a footer is hard to guess.
#![no_main]

mod shared;

use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::sync::{Arc, LazyLock, Once};

/// A file of a few rows.
static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let schema = "message native { required int64 at; optional binary verb (UTF8); optional binary actor (UTF8); required int64 target; }";
    let schema = Arc::new(parse_message_type(schema).expect("a sound schema"));
    let mut out = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut out, schema, Arc::default()).expect("a writer");
    let mut group = writer.next_row_group().expect("a row group");
    let texts = ["like", "reshare", "like"].map(ByteArray::from);
    for number in 0..4 {
        let mut column = group.next_column().expect("no fault").expect("a column");
        if matches!(number, 0 | 3) {
            column.typed::<Int64Type>().write_batch(&[1, 2, 3, 4], None, None).expect("numbers");
        } else {
            let present = [1, 1, 0, 1];
            column
                .typed::<ByteArrayType>()
                .write_batch(&texts, Some(&present), None)
                .expect("texts");
        }
        column.close().expect("a column's end");
    }
    group.close().expect("a group's end");
    writer.close().expect("a file's end");
    out
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // The decoder may panic, because the connector catches that; what it does not catch ends the run all the same.
    static QUIET: Once = Once::new();
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    shared::read("native", b"PAR1", bytes);
    let mut changed = SOUND.clone();
    for change in bytes.chunks_exact(3) {
        let at = usize::from(u16::from_le_bytes([change[0], change[1]]));
        let length = changed.len();
        changed[at % length] = change[2];
    }
    shared::read("native", b"", &changed);
});
