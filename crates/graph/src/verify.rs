//! Slow, plain computations from the definitions, which the tests compare the kernels with, and graphs to do so on.

use crate::contacts::Pairing;
use crate::ties::Ties;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The graph of edges in any order; of doubles the last one holds, and self-ties are dropped.
pub fn ties(n: usize, edges: impl IntoIterator<Item = (u32, u32, f32)>) -> Ties {
    let edges: BTreeMap<(u32, u32), f32> = edges
        .into_iter()
        .filter(|(source, target, _)| source != target)
        .map(|(source, target, strength)| ((source, target), strength))
        .collect();
    let sources = edges.keys().map(|(source, _)| *source).collect();
    let targets = edges.keys().map(|(_, target)| *target).collect();
    Ties::from_sorted(n, sources, targets, edges.into_values().collect()).unwrap()
}

/// The edges of a graph as (source, target, strength).
pub fn edges(ties: &Ties) -> Vec<(u32, u32, f32)> {
    let row = |v: usize| {
        let (ids, strengths) = ties.out().row(v);
        let source = v as u32;
        ids.iter().zip(strengths).map(move |(id, s)| (source, *id, *s))
    };
    (0..ties.vertices()).flat_map(row).collect()
}

/// Graphs of at most so many vertices and edges: with isolated vertices, sinks and hubs, of equal strengths or not.
pub fn graph(vertices: u32, edges: usize) -> impl Strategy<Value = Ties> {
    (1..=vertices, any::<bool>()).prop_flat_map(move |(n, equal)| {
        // The product of two draws leans toward small ids, which become hubs.
        let end = (0..n, 0..n)
            .prop_map(move |(a, b)| (u64::from(a) * u64::from(b) / u64::from(n)) as u32);
        let strength = (1u32..=800).prop_map(move |s| if equal { 1.0 } else { s as f32 / 100.0 });
        prop::collection::vec((end.clone(), end, strength), 0..=edges)
            .prop_map(move |edges| ties(n as usize, edges))
    })
}

/// A fixed graph of `n` vertices and about `m` edges with hubs, for tests that need several blocks.
pub fn large(n: u64, m: u64) -> Ties {
    let mut state = 1u64;
    let mut draw = move |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let edges: Vec<_> = (0..m)
        .map(|_| {
            let (source, a, b) = (draw(n), draw(n), draw(n));
            (source as u32, (a * b / n) as u32, 1.0 + draw(1000) as f32 / 250.0)
        })
        .collect();
    ties(n as usize, edges)
}

/// Runs `work` in a pool of so many threads.
pub fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(work)
}

/// Equal within `tolerance`, relative to the larger; no value only where none is expected.
#[track_caller]
pub fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (v, (a, b)) in found.iter().zip(expected).enumerate() {
        let close = (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * a.abs().max(b.abs());
        assert!(close, "vertex {v}: {a:e} instead of {b:e}");
    }
}

/// One step of the walk from the list of edges: `d P x + (d q(x) + 1 - d) t`.
pub fn step(ties: &Ties, damping: f64, teleport: &[f64], x: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; x.len()];
    for (source, _, s) in edges(ties) {
        sums[source as usize] += f64::from(s);
    }
    let lost: f64 = x.iter().zip(&sums).filter(|(_, sum)| **sum == 0.0).map(|(x, _)| x).sum();
    let total: f64 = teleport.iter().sum();
    let mut next: Vec<f64> =
        teleport.iter().map(|t| (damping * lost + 1.0 - damping) * t / total).collect();
    for (source, target, s) in edges(ties) {
        let source = source as usize;
        next[target as usize] += damping * x[source] * f64::from(s) / sums[source];
    }
    next
}

/// PageRank by 1,500 steps from the teleport vector.
pub fn pagerank(ties: &Ties, damping: f64, teleport: &[f64]) -> Vec<f64> {
    let mut x = teleport.to_vec();
    let total: f64 = x.iter().sum();
    x.iter_mut().for_each(|x| *x /= total);
    for _ in 0..1500 {
        x = step(ties, damping, teleport, &x);
    }
    x
}

/// Burt's constraint as it is written, on a dense matrix.
pub fn constraint(ties: &Ties, pairing: Pairing) -> Vec<f64> {
    let n = ties.vertices();
    let mut s = vec![vec![0.0; n]; n];
    for (source, target, strength) in edges(ties) {
        s[source as usize][target as usize] = f64::from(strength);
    }
    let a = |i: usize, j: usize| match pairing {
        Pairing::Either => s[i][j] + s[j][i],
        Pairing::Returned => 2.0 * f64::min(s[i][j], s[j][i]),
        Pairing::Mean => (s[i][j] * s[j][i]).sqrt(),
    };
    let b = |i: usize, j: usize| match a(i, j) {
        0.0 => 0.0,
        a_ij => a_ij / (0..n).map(|k| a(i, k)).sum::<f64>(),
    };
    let b: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| b(i, j)).collect()).collect();
    let of = |i: usize| {
        let alters: Vec<usize> = (0..n).filter(|j| b[i][*j] > 0.0).collect();
        let part = |j: usize| {
            let through = (0..n).filter(|q| *q != i && *q != j).map(|q| b[i][q] * b[q][j]);
            (b[i][j] + through.sum::<f64>()).powi(2)
        };
        if alters.is_empty() { f64::NAN } else { alters.iter().map(|j| part(*j)).sum() }
    };
    (0..n).map(of).collect()
}
