//! What a world costs: `cargo run --release -p simulate --example size -- PEOPLE [INTERACTIONS] [DRAWS]`.
//!
//! Prints CPU seconds and peak memory for making the world, streaming a draw, a draw as columns, and, where DRAWS is given,
//! for what everybody moves over so many draws. Linux only: times and memory come from `/proc`.

use simulate::{Config, Event, Verb, World};

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let people = numbers.first().copied().unwrap_or(5_000) as usize;
    let config = Config { people, interactions: numbers.get(1).copied(), ..Config::default() };
    let start = cpu();
    let world = World::new(config).expect("sizes within the ranges of Config");
    let made = cpu();
    println!(
        "people {people}, follow ties {}, made in {:.3} s, peak {} MB",
        world.follows().len(),
        made - start,
        peak()
    );
    let mut counts = vec![0u64; Verb::ALL.len()];
    let mut networks = [0u64; 5];
    world.play(0, &mut |event: &Event| {
        counts[event.verb as usize] += 1;
        networks[event.network as usize] += 1;
    });
    let played = cpu();
    let events: u64 = counts.iter().sum();
    let each = (played - made) * 1e9 / events as f64;
    println!(
        "{events} events played in {:.3} s, {each:.0} ns each, peak {} MB",
        played - made,
        peak()
    );
    for (verb, count) in Verb::ALL.iter().zip(&counts) {
        print!("{} {count}  ", verb.name());
    }
    println!("\nby network {networks:?}");
    if events <= 20_000_000 {
        world.acts(0, false);
        let first = cpu();
        let acts = world.acts(1, false);
        println!(
            "{} rows of draw 1 as columns in {:.3} s, peak {} MB",
            acts.len(),
            cpu() - first,
            peak()
        );
    }
    if let Some(draws) = numbers.get(2) {
        let first = cpu();
        let expected = world.expected(*draws as u32);
        println!("expected of {} over {draws} draws in {:.3} s", expected.len(), cpu() - first);
    }
}

/// CPU seconds of this process so far.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> =
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// Largest resident memory so far, in MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
}
