//! Chooses vertices to begin with and measures how far choices reach, on a file that other programs of influence maximization read too.
//!
//! The first line is `VERTICES EDGES`, each other `FROM TO CHANCE`. Prints a line of JSON for each choice or reach.
//!
//! * `seeds FILE choose EPSILON DELTA SEEN K...`: OPIM-C, `{"k", "seconds", "cpu_seconds", "ratio", "sets", "seeds"}`
//! * `seeds FILE greedy CASCADES K...`: greedy choice by as many cascades a look (CELF; Leskovec and others 2007), for small graphs
//! * `seeds FILE reach CASCADES A,B,C...`: `{"mean", "half"}`, a line for each list of vertices
//!
//! Vertices are put in order of degree first, as a snapshot has them, before the clock starts.

use graph::{Chances, Ties, Wanted, opim};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::time::Instant;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, task, rest @ ..] = &arguments[..] else {
        return Err("usage: seeds FILE choose EPSILON DELTA SEEN K... | greedy CASCADES K... | reach CASCADES A,B...".into());
    };
    let graph = Graph::read(file)?;
    match (&task[..], rest) {
        ("choose", [epsilon, delta, seen, sizes @ ..]) => {
            let allowed = vec![true; graph.chances.vertices()];
            for k in sizes {
                let wanted = Wanted {
                    budget: k.parse()?,
                    allowed: &allowed,
                    costs: None,
                    epsilon: epsilon.parse()?,
                    delta: delta.parse()?,
                    seen: seen.parse()?,
                    seed: 1,
                };
                let (begun, cpu) = (Instant::now(), cpu_seconds());
                let chosen = opim(&graph.chances, &wanted)?;
                println!(
                    "{{\"k\":{k},\"seconds\":{:.4},\"cpu_seconds\":{:.2},\"ratio\":{:.4},\"sets\":{},\"seeds\":{:?}}}",
                    begun.elapsed().as_secs_f64(),
                    cpu_seconds() - cpu,
                    chosen.ratio,
                    chosen.sets,
                    graph.given(&chosen.vertices)
                );
            }
        }
        ("greedy", [cascades, sizes @ ..]) => {
            for k in sizes {
                let chosen = greedy(&graph.chances, k.parse()?, cascades.parse()?);
                println!("{{\"k\":{k},\"seeds\":{:?}}}", graph.given(&chosen));
            }
        }
        ("reach", [cascades, lists @ ..]) => {
            for list in lists {
                let ids: Vec<u32> = list.split(',').map(str::parse).collect::<Result<_, _>>()?;
                let reach = graph.chances.reach(&graph.held(&ids)?, cascades.parse()?, 99);
                println!("{{\"mean\":{},\"half\":{}}}", reach.mean, reach.half);
            }
        }
        _ => return Err(format!("{task:?} is no task with these arguments").into()),
    }
    Ok(())
}

/// Chances between vertices in order of degree, and where each stands that the file names.
struct Graph {
    chances: Chances,
    places: Vec<u32>,
}

impl Graph {
    fn read(path: &str) -> Outcome<Graph> {
        let mut lines = BufReader::new(std::fs::File::open(path)?).lines();
        let head = lines.next().ok_or("the file is empty")??;
        let vertices: usize = head.split_whitespace().next().ok_or("no VERTICES")?.parse()?;
        let mut edges: Vec<(u32, u32, f32)> = Vec::new();
        for line in lines {
            let line = line?;
            let words: Vec<&str> = line.split_whitespace().collect();
            let [from, to, chance] = words[..] else {
                return Err(format!("{line:?} is not FROM TO CHANCE").into());
            };
            edges.push((to.parse()?, from.parse()?, chance.parse()?));
        }
        let mut degrees = vec![0u32; vertices];
        for (to, from, _) in &edges {
            for v in [to, from] {
                *degrees.get_mut(*v as usize).ok_or("a vertex is not below VERTICES")? += 1;
            }
        }
        let mut order: Vec<u32> = (0..vertices as u32).collect();
        order.sort_by_key(|v| Reverse(degrees[*v as usize]));
        let mut places = vec![0; vertices];
        order.iter().enumerate().for_each(|(place, v)| places[*v as usize] = place as u32);
        for edge in &mut edges {
            *edge = (places[edge.0 as usize], places[edge.1 as usize], edge.2);
        }
        edges.sort_unstable_by_key(|edge| (edge.0, edge.1));
        let ends = |of: fn(&(u32, u32, f32)) -> u32| edges.iter().map(of).collect();
        let weights = edges.iter().map(|edge| edge.2).collect();
        // A tie goes from who is moved to who moves: they credit them.
        let ties = Ties::from_sorted(vertices, ends(|edge| edge.0), ends(|edge| edge.1), weights)?;
        Ok(Graph { chances: Chances::given(&ties)?, places })
    }

    /// Vertices as the file names them.
    fn given(&self, vertices: &[u32]) -> Vec<u32> {
        let mut names = vec![0; self.places.len()];
        self.places.iter().enumerate().for_each(|(v, place)| names[*place as usize] = v as u32);
        vertices.iter().map(|place| names[*place as usize]).collect()
    }

    fn held(&self, ids: &[u32]) -> Outcome<Vec<u32>> {
        let place = |v: &u32| self.places.get(*v as usize).copied();
        Ok(ids.iter().map(place).collect::<Option<_>>().ok_or("a vertex is not below VERTICES")?)
    }
}

/// The greedy choice by cascades: what one more vertex adds can only become less, so a stale gain that is not the largest need not be looked at.
fn greedy(chances: &Chances, k: usize, cascades: usize) -> Vec<u32> {
    // Thousandths, so that they have an order.
    let reach = |seeds: &[u32]| (1e3 * chances.reach(seeds, cascades, 5).mean) as i64;
    let mut chosen: Vec<u32> = Vec::new();
    let mut now = 0;
    let mut heap: BinaryHeap<(i64, Reverse<u32>, usize)> =
        (0..chances.vertices() as u32).map(|v| (reach(&[v]), Reverse(v), 0)).collect();
    while chosen.len() < k
        && let Some((gain, Reverse(v), looked)) = heap.pop()
    {
        chosen.push(v);
        if looked + 1 < chosen.len() {
            let fresh = reach(&chosen) - now;
            chosen.pop();
            heap.push((fresh, Reverse(v), chosen.len()));
        } else {
            now += gain;
        }
    }
    chosen
}

/// User and system time of this process, 0 where it is not known.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
