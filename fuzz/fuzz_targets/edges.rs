//! Edge lists: anything, by a header, by the first two columns and by a mapping.
#![no_main]

mod shared;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    shared::read("edges", b"", bytes);
    shared::read("edges", b"from,to,at,weight,verb,id\n", bytes);
    if let Some(end) = bytes.iter().position(|b| *b == b'\n') {
        let (mapping, text) = bytes.split_at(end);
        let mut options = shared::options("edges");
        options.columns = Some(String::from_utf8_lossy(mapping).into_owned());
        let _ = connect::read_bytes("fuzzed", text.to_vec(), &options, &mut shared::check);
    }
});
