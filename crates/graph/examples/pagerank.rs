//! Measures the kernels of this crate, on a graph that other programs can read too.
//!
//! `pagerank kron SCALE [options]` makes a Kronecker graph with the parameters of the GAP benchmark suite (A 0.57, B and C
//! 0.19, 16 edges a vertex, both directions, no doubles or self-ties, vertices in random order; its own random numbers, so
//! not GAP's very graph). `pagerank FILE.el [options]` reads lines `source target [strength]`, `pagerank FILE.sg [options]`
//! GAP's serialized form. Options:
//!
//! * `--write FILE` writes the graph, as `.sg` or else as lines, and measures nothing
//! * `--repeat N` measures each kernel so often (5)
//! * `--kernels A,B` only those: `unit-1e-4`, `unit-1e-9`, `weighted-1e-4`, `weighted-1e-9`, `sorted-1e-4`, `sorted-1e-9` (vertices in
//!   order of degree before the clock starts, as a snapshot has them), `constraint`, `build`
//! * `--values FILE` writes `vertex rank constraint` lines (tolerance 1e-12), to be compared with other programs
//!
//! Prints a line of JSON for each measurement: kernel, graph, vertices, edges, seconds (wall), cpu_seconds (of all threads, where
//! the system tells), sweeps, residual, ns_per_edge (CPU, per edge and sweep). What is measured starts from the built graph and
//! includes every reordering.

use graph::{Contacts, Options, Pairing, Ties, constraint, pagerank};
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::time::Instant;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A graph before it is built: sorted edges.
struct Edges {
    vertices: usize,
    sources: Vec<u32>,
    targets: Vec<u32>,
    strengths: Vec<f32>,
}

struct Request {
    graph: String,
    write: Option<String>,
    values: Option<String>,
    repeat: usize,
    kernels: Option<Vec<String>>,
}

fn main() -> Outcome<()> {
    let (mut words, mut request) = (
        Vec::new(),
        Request { graph: String::new(), write: None, values: None, repeat: 5, kernels: None },
    );
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--write" => request.write = Some(value()?),
            "--values" => request.values = Some(value()?),
            "--repeat" => request.repeat = value()?.parse()?,
            "--kernels" => request.kernels = Some(value()?.split(',').map(str::to_owned).collect()),
            _ => words.push(arg),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let edges = match words[..] {
        ["kron", scale] => {
            request.graph = format!("kron{scale}");
            kron(scale.parse()?)
        }
        [path] => {
            request.graph = path.to_owned();
            if path.ends_with(".sg") { read_serialized(path)? } else { read_lines(path)? }
        }
        _ => return Err("usage: pagerank (kron SCALE | FILE.el | FILE.sg) [options]".into()),
    };
    match &request.write {
        Some(path) if path.ends_with(".sg") => write_serialized(&edges, path),
        Some(path) => write_lines(&edges, path),
        None => measure_all(edges, &request),
    }
}

fn measure_all(edges: Edges, request: &Request) -> Outcome<()> {
    let wanted = |kernel: &str| match &request.kernels {
        Some(kernels) => kernels.iter().any(|name| name == kernel),
        None => true,
    };
    let clock = Clock::start();
    let given = build(edges)?;
    if wanted("build") {
        report(request, "build", &given, clock.stop(), None);
    }
    if let Some(path) = &request.values {
        return write_values(&given, path);
    }
    let n = given.vertices();
    let unit = with_strengths(&given, |_, _| 1.0)?;
    let rank = |ties: &Ties, kernel: &str, tolerance: f64, in_order: bool| -> Outcome<()> {
        let options = Options { tolerance, in_order, ..Options::default() };
        for _ in 0..request.repeat {
            let clock = Clock::start();
            let ranks = pagerank(ties, &options)?;
            report(request, kernel, ties, clock.stop(), Some((ranks.sweeps, ranks.residual)));
        }
        Ok(())
    };
    let tolerances = [("1e-4", 1e-4), ("1e-9", 1e-9)];
    for (name, tolerance) in tolerances {
        if wanted(&format!("unit-{name}")) {
            rank(&unit, &format!("pagerank-unit-{name}"), tolerance, false)?;
        }
    }
    if tolerances.iter().any(|(name, _)| wanted(&format!("sorted-{name}"))) {
        let sorted = by_degree(&unit)?;
        for (name, tolerance) in tolerances {
            if wanted(&format!("sorted-{name}")) {
                rank(&sorted, &format!("pagerank-sorted-{name}"), tolerance, true)?;
            }
        }
    }
    if tolerances.iter().any(|(name, _)| wanted(&format!("weighted-{name}"))) {
        let weighted = with_strengths(&given, |i, j| {
            1.0 + (mix(u64::from(i) << 32 | u64::from(j)) % 255) as f32
        })?;
        for (name, tolerance) in tolerances {
            if wanted(&format!("weighted-{name}")) {
                rank(&weighted, &format!("pagerank-weighted-{name}"), tolerance, false)?;
            }
        }
    }
    if wanted("constraint") {
        for _ in 0..request.repeat {
            let clock = Clock::start();
            let values = constraint(&Contacts::new(&given, Pairing::Either));
            let took = clock.stop();
            if values.len() != n {
                return Err("constraint did not give one value a vertex".into());
            }
            report(request, "constraint", &given, took, None);
        }
    }
    Ok(())
}

fn report(
    request: &Request,
    kernel: &str,
    ties: &Ties,
    took: (f64, Option<f64>),
    ranks: Option<(usize, f64)>,
) {
    let mut line = format!(
        "{{\"kernel\":\"{kernel}\",\"graph\":{:?},\"vertices\":{},\"edges\":{},\"seconds\":{:.6}",
        request.graph,
        ties.vertices(),
        ties.edges(),
        took.0
    );
    if let Some(cpu) = took.1 {
        line += &format!(",\"cpu_seconds\":{cpu:.6}");
    }
    if let Some((sweeps, residual)) = ranks {
        let per_edge = took.1.unwrap_or(took.0) * 1e9 / (ties.edges() * sweeps).max(1) as f64;
        line += &format!(
            ",\"sweeps\":{sweeps},\"residual\":{residual:e},\"ns_per_edge\":{per_edge:.3}"
        );
    }
    println!("{line}}}");
}

/// Wall and CPU time since a moment.
struct Clock(Instant, Option<f64>);

impl Clock {
    fn start() -> Clock {
        Clock(Instant::now(), cpu_seconds())
    }

    fn stop(self) -> (f64, Option<f64>) {
        let cpu = cpu_seconds().zip(self.1).map(|(end, start)| end - start);
        (self.0.elapsed().as_secs_f64(), cpu)
    }
}

/// CPU time of all threads that are alive, from Linux's `/proc`.
fn cpu_seconds() -> Option<f64> {
    let mut total = 0.0;
    for task in std::fs::read_dir("/proc/self/task").ok()? {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        total += text.split(' ').next()?.parse::<f64>().ok()?;
    }
    Some(total * 1e-9)
}

fn build(edges: Edges) -> Outcome<Ties> {
    Ok(Ties::from_sorted(edges.vertices, edges.sources, edges.targets, edges.strengths)?)
}

/// The same edges with other strengths.
fn with_strengths(ties: &Ties, strength: impl Fn(u32, u32) -> f32) -> Outcome<Ties> {
    let sources = sources(ties);
    let targets = ties.out().ids().to_vec();
    let strengths = sources.iter().zip(&targets).map(|(i, j)| strength(*i, *j)).collect();
    Ok(Ties::from_sorted(ties.vertices(), sources, targets, strengths)?)
}

fn sources(ties: &Ties) -> Vec<u32> {
    let mut sources = Vec::with_capacity(ties.edges());
    for v in 0..ties.vertices() {
        sources.resize(sources.len() + ties.out().degree(v), v as u32);
    }
    sources
}

/// The same graph with vertices numbered by degree, descending, as a snapshot numbers people.
fn by_degree(ties: &Ties) -> Outcome<Ties> {
    let degrees = ties.degrees();
    let mut old: Vec<u32> = (0..ties.vertices() as u32).collect();
    old.sort_by_key(|v| (std::cmp::Reverse(degrees[*v as usize]), *v));
    let mut new = vec![0; old.len()];
    for (rank, v) in old.iter().enumerate() {
        new[*v as usize] = rank as u32;
    }
    let mut keys = Vec::with_capacity(ties.edges());
    for v in 0..ties.vertices() {
        let source = u64::from(new[v]) << 32;
        keys.extend(ties.out().row(v).0.iter().map(|id| source | u64::from(new[*id as usize])));
    }
    keys.sort_unstable();
    build(from_keys(ties.vertices(), &keys))
}

/// Edges from sorted, distinct values `source << 32 | target`, each of strength 1.
fn from_keys(vertices: usize, keys: &[u64]) -> Edges {
    Edges {
        vertices,
        sources: keys.iter().map(|key| (key >> 32) as u32).collect(),
        targets: keys.iter().map(|key| *key as u32).collect(),
        strengths: vec![1.0; keys.len()],
    }
}

/// SplitMix64's finalizer: a random number for each number.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn kron(scale: u32) -> Edges {
    let n = 1usize << scale;
    let mut names: Vec<u32> = (0..n as u32).collect();
    names.sort_unstable_by_key(|v| (mix(1 << 60 | u64::from(*v)), *v));
    let mut keys = Vec::with_capacity(32 * n);
    for edge in 0..16 * n as u64 {
        let (mut i, mut j) = (0usize, 0usize);
        for level in 0..u64::from(scale) {
            let at = mix(edge * 64 + level) as f64 / 2f64.powi(64);
            let (down, right) = match at {
                at if at < 0.57 => (0, 0),
                at if at < 0.76 => (0, 1),
                at if at < 0.95 => (1, 0),
                _ => (1, 1),
            };
            (i, j) = (i << 1 | down, j << 1 | right);
        }
        let (i, j) = (u64::from(names[i]), u64::from(names[j]));
        if i != j {
            keys.extend([i << 32 | j, j << 32 | i]);
        }
    }
    keys.sort_unstable();
    keys.dedup();
    from_keys(n, &keys)
}

fn read_lines(path: &str) -> Outcome<Edges> {
    let mut found = Vec::new();
    for (k, line) in BufReader::new(File::open(path)?).lines().enumerate() {
        let line = line?;
        let mut words = line.split_whitespace();
        let (Some(source), Some(target)) = (words.next(), words.next()) else {
            continue;
        };
        let fault = || format!("{path}:{}: expected `source target [strength]`", k + 1);
        let source: u32 = source.parse().map_err(|_| fault())?;
        let target: u32 = target.parse().map_err(|_| fault())?;
        let strength: f32 = words.next().unwrap_or("1").parse().map_err(|_| fault())?;
        if source != target {
            found.push((source, target, strength));
        }
    }
    found.sort_unstable_by_key(|(source, target, _)| (*source, *target));
    found.dedup_by_key(|(source, target, _)| (*source, *target));
    let largest = found.iter().map(|(source, target, _)| *source.max(target)).max();
    Ok(Edges {
        vertices: largest.map_or(0, |v| v as usize + 1),
        sources: found.iter().map(|edge| edge.0).collect(),
        targets: found.iter().map(|edge| edge.1).collect(),
        strengths: found.iter().map(|edge| edge.2).collect(),
    })
}

fn read_serialized(path: &str) -> Outcome<Edges> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut number = |bytes: usize| -> Outcome<usize> {
        let mut value = [0; 8];
        file.read_exact(&mut value[..bytes])?;
        Ok(usize::try_from(u64::from_le_bytes(value))?)
    };
    let (_directed, edges, vertices) = (number(1)?, number(8)?, number(8)?);
    let offsets: Vec<usize> = (0..=vertices).map(|_| number(8)).collect::<Outcome<_>>()?;
    let targets: Vec<u32> = (0..edges).map(|_| Ok(number(4)? as u32)).collect::<Outcome<_>>()?;
    let mut sources = Vec::with_capacity(edges);
    for (v, end) in offsets.iter().skip(1).enumerate() {
        sources.resize((*end).min(edges), v as u32);
    }
    Ok(Edges { vertices, sources, targets, strengths: vec![1.0; edges] })
}

fn write_lines(edges: &Edges, path: &str) -> Outcome<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for ((source, target), strength) in
        edges.sources.iter().zip(&edges.targets).zip(&edges.strengths)
    {
        writeln!(file, "{source} {target} {strength}")?;
    }
    Ok(file.flush()?)
}

/// Writes GAP's form of an undirected graph; each edge has to be there in both directions.
fn write_serialized(edges: &Edges, path: &str) -> Outcome<()> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(&[0])?;
    file.write_all(&(edges.targets.len() as u64).to_le_bytes())?;
    file.write_all(&(edges.vertices as u64).to_le_bytes())?;
    for v in 0..=edges.vertices {
        let begin = edges.sources.partition_point(|source| (*source as usize) < v);
        file.write_all(&(begin as u64).to_le_bytes())?;
    }
    for target in &edges.targets {
        file.write_all(&target.to_le_bytes())?;
    }
    Ok(file.flush()?)
}

fn write_values(ties: &Ties, path: &str) -> Outcome<()> {
    let options = Options { tolerance: 1e-12, ..Options::default() };
    let ranks = pagerank(ties, &options)?;
    let constraints = constraint(&Contacts::new(ties, Pairing::Either));
    let mut file = BufWriter::new(File::create(path)?);
    for (v, (rank, constraint)) in ranks.values.iter().zip(&constraints).enumerate() {
        writeln!(file, "{v} {rank:e} {constraint:e}")?;
    }
    Ok(file.flush()?)
}
