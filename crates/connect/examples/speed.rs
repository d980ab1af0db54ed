//! Measures reading: `cargo run --release -p connect --example speed -- [ROWS]`.
//!
//! Makes native NDJSON events of about 420 bytes, a million accounts, and prints CPU microseconds a row, on one thread.

use connect::Options;
use model::{Rules, Time};
use std::ops::ControlFlow;

fn main() {
    let rows: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let mut text = String::new();
    for n in 0..rows {
        let (a, b) = (mix(n) % 1_000_000, mix(n ^ 0xABCD) % 1_000_000);
        text += &format!(
            "{{\"id\":\"evt-{n:012}\",\"at\":\"2026-01-{:02}T{:02}:{:02}:{:02}Z\",\"network\":\"twitter\",\"verb\":\"{}\",\"actor\":\"user{a:07}\",\"target\":\"user{b:07}\",\"object\":\"post-{:010}\",\"in_reply_to\":null,\"text\":\"{}\",\"lang\":\"en\",\"url\":\"https://social.example/user{b:07}/status/{n}\",\"weight\":1,\"visibility\":\"public\"}}\n",
            1 + n % 28,
            n % 24,
            n % 60,
            mix(n) % 60,
            ["reshare", "reply", "like", "mention"][(n % 4) as usize],
            mix(n) % 10_000_000,
            "the quick brown fox jumps over the lazy dog and runs away from there ".repeat(2),
        );
    }
    let bytes = text.into_bytes();
    let size = bytes.len() as f64;
    println!("{rows} rows of {:.0} bytes", size / rows as f64);
    for threads in [1, 2] {
        let options =
            Options { threads, ..Options::new(Rules::at(Time::from_unix(1_780_000_000))) };
        let input = bytes.clone();
        let (wall, cpu) = (std::time::Instant::now(), cpu_seconds());
        let mut read = 0;
        let summary = connect::read_bytes("made", input, &options, &mut |chunk| {
            read += chunk.batch.len() as u64;
            ControlFlow::Continue(())
        });
        let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        match summary {
            Ok(summary) => println!(
                "{threads} threads: {:.3} us CPU a row, {:.3} us wall a row, {:.0} MB/s; {read} rows, {} rejected",
                cpu / rows as f64 * 1e6,
                wall / rows as f64 * 1e6,
                size / wall / 1e6,
                summary.rejected
            ),
            Err(error) => println!("{error}"),
        }
    }
}

fn mix(n: u64) -> u64 {
    let n = (n ^ (n >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    n ^ (n >> 29)
}

/// User and system time of this process, as Linux states it; 0 elsewhere.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |field: usize| fields.get(field).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
