//! Time and memory of a snapshot and its signals as ties grow; one JSON line for each step.
//!
//! `cargo run --release -p influence --example growth -- [TIES] [SIGNAL...]` makes about TIES ties (default 1,000,000)
//! between a tenth as many accounts, each from one interaction, with actors drawn evenly and targets unevenly. Where a signal reads actions, an interaction
//! is about a post that its target makes each week, a reshare may come through another one, and a tenth as many rows are posts. `all` is every signal there is; one
//! account in a thousand is a seed. CPU seconds and memory are the process's own, from `/proc`, and absent elsewhere:
//! `extra_bytes` is by how much the peak during a signal is above what was held before it, what it leaves to later ones included.

use influence::signals::{self, Options};
use influence::{Membership, Projection, Projector};
use model::{Acts, Time};
use std::time::Instant;

const CHUNK: usize = 1 << 17;
/// The attribute of those trusted beforehand.
const SEED: &str = "seed";
const AS_OF: Time = Time(1_700_000_000_000_000);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let ties: usize = arguments.next().as_deref().unwrap_or("1000000").parse()?;
    let mut signals: Vec<String> = arguments.collect();
    if signals == ["all"] {
        let names = signals::REGISTRY.iter().map(|signal| signal.about().name);
        signals = names.map(|name| name.replace("NAME", SEED)).collect();
    }
    let in_order =
        signals.iter().filter_map(|name| signals::find(name)).any(|one| one.needs_actions());
    let accounts = (ties as u64 / 10).max(100);

    let alone = Membership::default();
    let mut projector = Projector::new(&Projection::standard(), AS_OF, &alone)?;
    if in_order {
        projector = projector.with_actions();
    }
    let mut taken = Clock::default();
    for chunk in 0..ties.div_ceil(CHUNK) {
        let rows = CHUNK.min(ties - chunk * CHUNK);
        let mut acts = rows_of(chunk * CHUNK, rows, accounts);
        if in_order {
            name_posts(&mut acts);
        }
        let clock = Clock::start();
        projector.add(&acts)?;
        taken.add(&clock.stop());
    }
    report("add", ties, &taken);
    let clock = Clock::start();
    let mut snapshot = projector.finish()?;
    report("finish", ties, &clock.stop());
    let edges = snapshot.ties().edges();
    println!(
        "{{\"step\":\"snapshot\",\"people\":{},\"ties\":{edges},\"bytes_per_tie\":{:.1},\"peak_bytes_per_tie\":{:.1},\"id\":\"{}\"}}",
        snapshot.people().len(),
        snapshot.bytes() as f64 / edges as f64,
        peak_bytes() / edges as f64,
        snapshot.id(),
    );
    let seeds = snapshot.people().iter().copied().filter(|key| mix(*key).is_multiple_of(1000));
    let seeds: Vec<(u64, f64)> = seeds.map(|key| (key, 1.0)).collect();
    snapshot.attach(SEED, seeds)?;
    let grouped = signals.iter().filter_map(|name| signals::find(name));
    if grouped.into_iter().any(|signal| signal.needs_communities()) {
        // They belong to the fit, and are found once for all signals.
        measured("communities", edges, || Ok(snapshot.communities().people()))?;
    }
    for name in signals {
        measured(&name, edges, || {
            let column = signals::compute(&name, &snapshot, &Options::default())?;
            Ok(column.values.iter().filter(|value| !value.is_nan()).count())
        })?;
    }
    Ok(())
}

/// Runs a step, which tells how many people it has something of.
fn measured(
    step: &str,
    ties: usize,
    run: impl FnOnce() -> Result<usize, influence::Error>,
) -> Result<(), influence::Error> {
    let held = begin_peak();
    let clock = Clock::start();
    let values = run()?;
    let taken = clock.stop();
    let extra = (peak_bytes() - held).max(0.0);
    let more = format!(",\"values\":{values},\"extra_bytes\":{extra:.0}");
    report_with(step, ties, &taken, &more);
    Ok(())
}

/// Rows `from..from + rows` of an endless stream that is the same in every run.
fn rows_of(from: usize, rows: usize, accounts: u64) -> Acts {
    let mut acts = Acts {
        networks: vec!["example".into()],
        verbs: vec!["reshare".into(), "reply".into(), "like".into()],
        network: vec![0; rows],
        object: vec![0; rows],
        parent: vec![0; rows],
        weight: vec![1.0; rows],
        visibility: vec![0; rows],
        ..Acts::default()
    };
    for row in (from..from + rows).map(|row| row as u64) {
        let uneven = (mix(row * 4) >> 11) as f64 / (1u64 << 53) as f64;
        acts.actor.push(mix(u64::MAX - mix(row * 4 + 1) % accounts));
        acts.target.push(mix(u64::MAX - (uneven * uneven * accounts as f64) as u64));
        acts.at.push(AS_OF.0 - (mix(row * 4 + 2) % 15_000_000_000_000) as i64);
        acts.verb.push((mix(row * 4 + 3) % 3) as u16);
    }
    acts
}

/// Lets rows be about weekly posts of their targets, and adds a row for every tenth of those posts.
fn name_posts(acts: &mut Acts) {
    const WEEK: i64 = 7 * 24 * 3_600 * 1_000_000;
    const POST: u16 = 3;
    acts.verbs.push("post".into());
    for row in 0..acts.len() {
        let (at, target) = (acts.at[row], acts.target[row]);
        let week = at.div_euclid(WEEK);
        let post = mix(target ^ mix(week as u64));
        let chance = mix(post ^ acts.actor[row]);
        // Reshares of a post have one of eight keys, and name one of them as where they come from.
        let through = |which: u64| mix(post ^ (which % 8 + 1));
        let reshare = acts.verb[row] == 0;
        acts.own.push(if reshare { through(chance) } else { 0 });
        match acts.verb[row] {
            0 => {
                acts.object[row] = post;
                acts.parent[row] = if chance.is_multiple_of(3) { through(chance >> 8) } else { 0 };
            }
            1 => (acts.object[row], acts.parent[row]) = (chance, post),
            _ => acts.object[row] = post,
        }
        if chance % 10 == 1 {
            acts.at.push(week * WEEK);
            acts.network.push(0);
            acts.verb.push(POST);
            acts.actor.push(target);
            acts.target.push(0);
            acts.object.push(post);
            acts.parent.push(0);
            acts.weight.push(1.0);
            acts.visibility.push(0);
        }
    }
    acts.own.resize(acts.len(), 0);
}

/// SplitMix64.
fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Wall and CPU seconds.
#[derive(Default)]
struct Clock {
    wall: f64,
    cpu: f64,
    started: Option<Instant>,
}

impl Clock {
    fn start() -> Clock {
        Clock { wall: 0.0, cpu: cpu_seconds(), started: Some(Instant::now()) }
    }

    fn stop(self) -> Clock {
        Clock {
            wall: self.started.map_or(0.0, |at| at.elapsed().as_secs_f64()),
            cpu: cpu_seconds() - self.cpu,
            started: None,
        }
    }

    fn add(&mut self, other: &Clock) {
        self.wall += other.wall;
        self.cpu += other.cpu;
    }
}

fn report(step: &str, per: usize, taken: &Clock) {
    report_with(step, per, taken, "");
}

/// A line with more fields, each after a comma.
fn report_with(step: &str, per: usize, taken: &Clock, more: &str) {
    println!(
        "{{\"step\":\"{step}\",\"ties\":{per},\"seconds\":{:.3},\"cpu_seconds\":{:.3},\"ns_per_tie\":{:.1}{more}}}",
        taken.wall,
        taken.cpu,
        taken.cpu * 1e9 / per as f64,
    );
}

/// User and system time of this process.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: f64 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

/// The peak of memory since the process or [`begin_peak`] began.
fn peak_bytes() -> f64 {
    status("VmHWM:")
}

/// Lets the peak begin with what is held now, and tells how much that is.
fn begin_peak() -> f64 {
    // Where the system does not let it, extra bytes stay 0 or count the peak so far.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    status("VmRSS:")
}

fn status(field: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix(field))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or(f64::NAN) * 1024.0
}
