//! Coverage of the intervals of definitions on one simulated world; one JSON line for each definition and group.
//!
//! `cargo run --release -p judge --example coverage -- SEED PEOPLE DRAWS INTERVALS DEFINITION...`

use influence::definition::shipped;
use judge::{Stage, Trial, coverage};
use simulate::{Config, World};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [seed, people, draws, intervals, names @ ..] = &arguments[..] else {
        return Err("give SEED PEOPLE DRAWS INTERVALS DEFINITION...".into());
    };
    let config = Config { seed: seed.parse()?, people: people.parse()?, ..Config::default() };
    let stage = Stage::new(World::new(config)?);
    let trial = Trial { draws: draws.parse()?, intervals: intervals.parse()?, people: 200 };
    let definitions = names.iter().map(|name| shipped(name)).collect::<Result<Vec<_>, _>>()?;
    for one in coverage(&stage, &definitions, trial)? {
        println!("{}", serde_json::to_string(&one)?);
    }
    Ok(())
}
