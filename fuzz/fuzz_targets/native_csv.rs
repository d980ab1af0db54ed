//! Native CSV: a header with every column, then anything.
#![no_main]

mod shared;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let header =
        b"id,at,network,verb,actor,target,object,in_reply_to,text,lang,url,weight,visibility\n";
    shared::read("native", header, bytes);
});
