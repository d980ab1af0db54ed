//! What `git log` prints: anything.
#![no_main]

mod shared;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let options = shared::options("git");
    let _ = connect::connectors::git::read_log(bytes, &options, &mut shared::check);
});
