//! R3 of brand talk in simulated worlds in which the branching ratio is planted and every post's parent is known; one JSON line a world.
//!
//! Events are outsiders' posts of the brand over 240 days, with the world's rhythm, its two shocks of news and its outage, which is left out. The truth is the
//! share of posts that another excited.
//!
//! `cargo run --release -p judge --example r3 -- RATIO EVENTS FIRST_SEED WORLDS`

use influence::hawkes::{Options, Stream, estimate};
use serde_json::json;
use simulate::{Config, Event, Network, Role, Verb, World};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [ratio, events, first, worlds] = &arguments[..] else {
        return Err("give RATIO EVENTS FIRST_SEED WORLDS".into());
    };
    let (ratio, events): (f64, usize) = (ratio.parse()?, events.parse()?);
    let (first, worlds): (u64, u64) = (first.parse()?, worlds.parse()?);
    for seed in first..first + worlds {
        let (stream, truth) = world(seed, ratio, events)?;
        let begun = cpu();
        let line = match estimate(&stream, &Options::default()) {
            Ok(found) => json!({
                "seed": seed, "events": stream.times.len(), "truth": truth, "value": found.value,
                "interval": found.interval, "fit_p": found.fit_p, "news": found.news.len(),
                "mean_delay_hours": found.mean_delay_hours, "cpu_seconds": cpu() - begun,
            }),
            Err(refused) => {
                json!({"seed": seed, "events": stream.times.len(), "no_value": refused.why()})
            }
        };
        println!("{line}");
    }
    Ok(())
}

/// The posts of a world with at least so many of them, and the share that another excited.
fn world(
    seed: u64,
    ratio: f64,
    events: usize,
) -> Result<(Stream, f64), Box<dyn std::error::Error>> {
    let mut interactions = 30_000;
    loop {
        let config = Config {
            seed,
            people: 1_500,
            days: 240,
            branching: ratio,
            interactions: Some(interactions),
            ..Config::default()
        };
        let world = World::new(config.clone())?;
        let mut posts: Vec<(i64, u64, bool)> = Vec::new();
        let outages = world.outages();
        world.play(0, &mut |event: &Event| {
            let public = matches!(event.network, Network::Twitter | Network::Mastodon);
            let person = &world.people()[event.actor.person() as usize];
            let outside = person.role.is_person() && person.role != Role::Employee;
            if event.verb == Verb::Post && event.brand && public && outside {
                posts.push((event.at, event.id, event.cause != 0));
            }
        });
        if posts.len() < events {
            let missing = events as f64 / posts.len().max(1) as f64;
            interactions = (interactions as f64 * missing.clamp(1.05, 8.0)) as u64 + 1;
            continue;
        }
        posts.sort_unstable();
        let excited = posts.iter().filter(|post| post.2).count();
        let stream = Stream {
            times: posts.iter().map(|post| post.0).collect(),
            marks: vec![0; posts.len()],
            networks: 1,
            from: config.start().0,
            until: config.end.0,
            outages: outages.iter().map(|outage| (0, outage.1, outage.2)).collect(),
        };
        return Ok((stream, excited as f64 / posts.len() as f64));
    }
}

/// CPU seconds of this process, in hundredths as Linux counts them; 0 elsewhere.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}
