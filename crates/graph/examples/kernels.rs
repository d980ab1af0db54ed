//! Measures kernels on a graph of lines `source target [strength]`, put in order of degree first, as a snapshot has it.
//!
//! `kernels FILE.el [--repeat N] [--kernels A,B]`, of `communities`, `two-steps`, `effective-size`, `betweenness` (sampled), `sources`
//! (exact, from 16 vertices with ties; `ns` is per source and edge). Prints a line of JSON for each run: kernel, vertices, edges, seconds (wall),
//! cpu_seconds (of all threads, where the system tells), ns (CPU, per edge), and what was found.

use graph::{Contacts, Pairing, Ties};
use std::error::Error;
use std::time::Instant;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let (mut path, mut repeat, mut kernels) =
        (None, 3, String::from("communities,two-steps,effective-size,betweenness,sources"));
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--repeat" => repeat = value()?.parse()?,
            "--kernels" => kernels = value()?,
            _ => path = Some(arg),
        }
    }
    let path = path.ok_or("usage: kernels FILE.el [--repeat N] [--kernels A,B]")?;
    let ties = read(&path)?;
    for kernel in kernels.split(',') {
        for _ in 0..repeat {
            let (wall, cpu) = (Instant::now(), cpu_seconds());
            let (found, per) = run(&ties, kernel)?;
            let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
            println!(
                "{{\"kernel\":\"{kernel}\",\"vertices\":{},\"edges\":{},\"seconds\":{wall:.4},\"cpu_seconds\":{cpu:.2},\"ns\":{:.2},{found}}}",
                ties.vertices(),
                ties.edges(),
                cpu * 1e9 / (per * ties.edges().max(1) as f64),
            );
        }
    }
    Ok(())
}

/// Runs a kernel: what it found as JSON fields, and by how many its time is divided.
fn run(ties: &Ties, kernel: &str) -> Outcome<(String, f64)> {
    let contacts = || Contacts::new(ties, Pairing::Either);
    Ok(match kernel {
        "communities" => {
            let found = graph::communities(&contacts());
            (format!("\"count\":{},\"modularity\":{}", found.sizes.len(), found.modularity), 1.0)
        }
        "two-steps" => {
            let found = graph::two_steps(ties);
            (format!("\"standard_error\":{}", found.standard_error), 1.0)
        }
        "effective-size" => {
            let most = graph::effective_size(&contacts()).into_iter().fold(0.0, f64::max);
            (format!("\"most\":{most}"), 1.0)
        }
        "betweenness" => {
            let found = graph::betweenness::sampled(ties, 1);
            let above = found.values.iter().filter(|value| **value > 0.0).count();
            (format!("\"draws\":{},\"above\":{above}", found.draws), 1.0)
        }
        "sources" => {
            let acting: Vec<u32> = (0..ties.vertices() as u32)
                .filter(|v| ties.out().degree(*v as usize) > 0)
                .collect();
            let sources: Vec<u32> =
                acting.iter().copied().step_by(acting.len().div_ceil(16).max(1)).collect();
            let sum: f64 = graph::betweenness::dependencies(ties, &sources).iter().sum();
            (format!("\"sources\":{},\"sum\":{sum}", sources.len()), sources.len() as f64)
        }
        other => return Err(format!("there is no kernel {other:?}").into()),
    })
}

fn read(path: &str) -> Outcome<Ties> {
    let mut edges: Vec<(u32, u32, f32)> = Vec::new();
    for line in std::fs::read_to_string(path)?.lines() {
        let mut words = line.split_whitespace();
        let mut id = || {
            words
                .next()
                .ok_or(format!("{line:?} is no edge"))?
                .parse::<u32>()
                .map_err(|e| e.to_string())
        };
        let (source, target) = (id()?, id()?);
        edges.push((source, target, words.next().map_or(Ok(1.0), str::parse)?));
    }
    let given = build(edges.clone())?;
    let degrees = given.degrees();
    let mut order: Vec<u32> = (0..degrees.len() as u32).collect();
    order.sort_by_key(|v| std::cmp::Reverse(degrees[*v as usize]));
    let mut places = vec![0; order.len()];
    for (place, v) in order.iter().enumerate() {
        places[*v as usize] = place as u32;
    }
    build(edges.into_iter().map(|(i, j, s)| (places[i as usize], places[j as usize], s)).collect())
}

/// The graph of edges in any order; of doubles the first holds.
fn build(mut edges: Vec<(u32, u32, f32)>) -> Outcome<Ties> {
    edges.retain(|(source, target, _)| source != target);
    edges.sort_by_key(|(source, target, _)| (*source, *target));
    edges.dedup_by_key(|(source, target, _)| (*source, *target));
    let n = edges.iter().map(|(source, target, _)| source.max(target) + 1).max().unwrap_or(0);
    let column = |of: fn(&(u32, u32, f32)) -> u32| edges.iter().map(of).collect();
    let strengths = edges.iter().map(|edge| edge.2).collect();
    Ok(Ties::from_sorted(n as usize, column(|edge| edge.0), column(|edge| edge.1), strengths)?)
}

/// User and system time of this process, 0 where it is not known.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
