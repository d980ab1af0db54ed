//! Writes a world's files: `cargo run --release -p simulate --example world -- DIR [PEOPLE] [SEED] [PAIRS]`.

use simulate::{Config, World, write};
use std::path::PathBuf;

fn main() -> Result<(), simulate::Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: u64| {
        words.get(place).and_then(|word| word.parse().ok()).unwrap_or(default)
    };
    let dir = PathBuf::from(words.first().map_or("world", String::as_str));
    let config =
        Config { people: number(1, 5_000) as usize, seed: number(2, 1), ..Config::default() };
    let world = World::new(config)?;
    let written = write::files(&world, &dir, number(3, 0) as u32)?;
    for source in &written.sources {
        print!("tertius ingest --connector {} {}", source.connector, source.path.display());
        for (option, value) in [("--network", source.network), ("--columns", source.columns)] {
            if let Some(value) = value {
                print!(" {option} {value}");
            }
        }
        println!("  # {} rows", source.rows);
    }
    println!("tertius people import {}", written.people.display());
    Ok(())
}
