//! Native NDJSON: a good line, then anything.
#![no_main]

mod shared;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let line = b"{\"at\":1,\"verb\":\"like\",\"actor\":\"a\"}\n";
    shared::read("native", line, bytes);
});
