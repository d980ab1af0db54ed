//! How many vertices are two steps away, against the direction of credit: distinct k with `k -> j -> i`, without i.
//!
//! They are counted exactly where that is affordable, else estimated by HyperLogLog (Flajolet and others 2007; the estimator
//! without bias of Ertl 2017), as HyperBall does for every distance (Boldi, Vigna 2013). The choice is made once a graph, so that all values of
//! one graph are of one kind: **exact if the wedges `sum_j in(j) out(j)` are at most [`WEDGES`] times the vertices and edges**, since
//! that is what counting takes.
//!
//! **Estimate.** 4,096 registers of a byte, standard error 1.04 / 64 = 1.6 %. A vertex with more than `SKETCHED` in-neighbors has
//! a sketch of them; the others' in-neighbors are put in one by one. So a graph costs at most `SKETCHED` steps an edge, and its sketches 16 bytes an
//! edge. Whether i itself got into a sketch is known, and then taken off.
//!
//! **Cost.** Exact: O(wedges), 4 bytes a vertex and thread. Estimated: O(`SKETCHED` m).

use crate::crew;
use crate::mix::mix;
use crate::ties::Ties;

/// Wedges for each vertex and edge up to which vertices are counted one by one.
pub const WEDGES: u64 = 256;
/// In-neighbors from which on a vertex has a sketch of them.
const SKETCHED: usize = 256;
/// Bits of a hash that choose the register.
const BITS: u32 = 12;
const REGISTERS: usize = 1 << BITS;
/// The largest value of a register.
const MOST: usize = 64 - BITS as usize + 1;

/// Vertices two steps away.
#[derive(Clone, Debug, PartialEq)]
pub struct TwoSteps {
    /// A count for each vertex: whole numbers, or estimates of at least 0.
    pub values: Vec<f64>,
    /// Standard error of an estimate, as a part of it; 0 where the values are exact.
    pub standard_error: f64,
}

/// Counts or estimates, as the module says, the vertices two steps up from each.
pub fn two_steps(ties: &Ties) -> TwoSteps {
    let n = ties.vertices();
    let wedges: u64 =
        (0..n).map(|j| ties.into().degree(j) as u64 * ties.out().degree(j) as u64).sum();
    if wedges <= WEDGES * (n + ties.edges()) as u64 {
        TwoSteps { values: counted(ties), standard_error: 0.0 }
    } else {
        TwoSteps { values: estimated(ties), standard_error: 1.04 / (REGISTERS as f64).sqrt() }
    }
}

/// The two-step neighbors of one vertex with how many ways lead to each, in order of discovery.
///
/// Cost: its wedges. Panics if there is no vertex `v`.
pub fn reached(ties: &Ties, v: usize) -> std::collections::BTreeMap<u32, u32> {
    let mut ways = std::collections::BTreeMap::new();
    for j in ties.into().row(v).0 {
        for k in ties.into().row(*j as usize).0.iter().filter(|k| **k as usize != v) {
            *ways.entry(*k).or_insert(0) += 1;
        }
    }
    ways
}

fn counted(ties: &Ties) -> Vec<f64> {
    let into = ties.into();
    // Whoever was last seen from i carries i; the number after the last vertex is nobody.
    let make = || vec![ties.vertices() as u32; ties.vertices()];
    crew::each_vertex(into.offsets(), make, |seen, i| {
        seen[i] = i as u32;
        let mut count = 0u64;
        for j in into.row(i).0 {
            for k in into.row(*j as usize).0 {
                let seen = &mut seen[*k as usize];
                count += u64::from(*seen != i as u32);
                *seen = i as u32;
            }
        }
        count as f64
    })
}

/// A HyperLogLog sketch.
#[derive(Clone)]
struct Sketch([u8; REGISTERS]);

impl Sketch {
    const EMPTY: Sketch = Sketch([0; REGISTERS]);

    fn add(&mut self, vertex: u32) {
        let hash = mix(u64::from(vertex));
        let register = &mut self.0[(hash >> (64 - BITS)) as usize];
        // The bit set below keeps the rank within MOST.
        let rank = ((hash << BITS) | (1 << (BITS - 1))).leading_zeros() as u8 + 1;
        *register = rank.max(*register);
    }

    fn join(&mut self, other: &Sketch) {
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own = (*own).max(*other);
        }
    }

    /// Ertl 2017, "New cardinality estimation algorithms for HyperLogLog sketches", algorithm 6.
    fn estimate(&self) -> f64 {
        let mut counts = [0u32; MOST + 1];
        for register in self.0 {
            counts[register as usize] += 1;
        }
        let m = REGISTERS as f64;
        let part = |k: usize| f64::from(counts[k]) / m;
        let mut z = m * tau(1.0 - part(MOST));
        for k in (1..MOST).rev() {
            z = 0.5 * (z + f64::from(counts[k]));
        }
        z += m * sigma(part(0));
        m * m / (2.0 * std::f64::consts::LN_2 * z)
    }
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

fn estimated(ties: &Ties) -> Vec<f64> {
    let (into, n) = (ties.into(), ties.vertices());
    let wanted = |j: &usize| into.degree(*j) > SKETCHED && ties.out().degree(*j) > 0;
    let hubs: Vec<usize> = (0..n).filter(wanted).collect();
    let mut sketches = vec![Sketch::EMPTY; hubs.len()];
    crew::each(
        hubs.iter().zip(&mut sketches),
        || (),
        |(), (hub, sketch)| {
            into.row(*hub).0.iter().for_each(|k| sketch.add(*k));
        },
    );
    crew::each_vertex(
        into.offsets(),
        || (),
        |(), i| {
            let (mut all, mut itself) = (Sketch::EMPTY, false);
            for j in into.row(i).0 {
                let theirs = into.row(*j as usize).0;
                match hubs.binary_search(&(*j as usize)) {
                    Ok(hub) => {
                        all.join(&sketches[hub]);
                        itself |= theirs.binary_search(&(i as u32)).is_ok();
                    }
                    Err(_) => theirs.iter().filter(|k| **k as usize != i).for_each(|k| all.add(*k)),
                }
            }
            (all.estimate() - f64::from(u8::from(itself))).clamp(0.0, n as f64)
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::{self, graph};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn on_a_path_everybody_but_the_first_two_has_one() {
        let ties = verify::ties(5, (0..4).map(|v| (v, v + 1, 1.0)));
        assert_eq!(two_steps(&ties).values, [0.0, 0.0, 1.0, 1.0, 1.0]);
    }

    #[test]
    fn nobody_counts_as_two_steps_from_themselves() {
        let ties = verify::ties(3, [(0, 1, 1.0), (1, 0, 1.0)]);
        assert_eq!(two_steps(&ties).values, [0.0; 3]);
        assert!(two_steps(&verify::ties(0, [])).values.is_empty());
    }

    proptest! {
        #[test]
        fn counts_are_those_of_sets_and_estimates_are_near(graph in graph(60, 500)) {
            let graph: &Ties = &graph;
            let into = |v: u32| graph.into().row(v as usize).0.iter().copied();
            let sets: Vec<BTreeSet<u32>> = (0..graph.vertices() as u32)
                .map(|i| into(i).flat_map(into).filter(|k| *k != i).collect())
                .collect();
            let expected: Vec<f64> = sets.iter().map(|set| set.len() as f64).collect();
            let found = two_steps(graph);
            prop_assert_eq!(&found.values, &expected);
            prop_assert_eq!(found.standard_error, 0.0);
            for (v, estimate) in estimated(graph).into_iter().enumerate() {
                // 60 in 4,096 registers hardly collide.
                prop_assert!((estimate - expected[v]).abs() <= 2.0, "{estimate} for {}", expected[v]);
                let ways = reached(graph, v);
                prop_assert!(ways.keys().eq(sets[v].iter()));
            }
        }
    }

    #[test]
    fn estimates_err_by_as_much_as_they_say() {
        // Hubs of 10 to 20,000 in-neighbors, each crediting one vertex.
        let mut edges = Vec::new();
        let (first, hubs) = (40_000u32, 60u32);
        for hub in 0..hubs {
            let size = 10 + hub * hub * 5;
            edges.extend(
                (0..size).map(|k| (mix(u64::from(k * 64 + hub)) as u32 % first, first + hub, 1.0)),
            );
            edges.push((first + hub, first + hubs + hub, 1.0));
        }
        let ties = verify::ties((first + 2 * hubs) as usize, edges);
        let (exact, estimates) = (counted(&ties), estimated(&ties));
        let errors: Vec<f64> = (0..hubs)
            .map(|hub| (first + hubs + hub) as usize)
            .map(|v| (estimates[v] - exact[v]) / exact[v])
            .collect();
        let rms = (errors.iter().map(|e| e * e).sum::<f64>() / f64::from(hubs)).sqrt();
        let stated = 1.04 / (REGISTERS as f64).sqrt();
        assert!(rms > 0.1 * stated && rms < 1.3 * stated, "{rms} against {stated}");
    }

    #[test]
    fn a_graph_of_too_many_wedges_is_estimated() {
        // 700 credit one vertex each of 700 others through a single hub pair: wedges 700 x 700 x 2.
        let edges = (0..1500u32).flat_map(|v| [(v, 3000, 1.0), (3000, v + 1500, 1.0)]);
        let ties = verify::ties(3001, edges);
        let found = two_steps(&ties);
        assert!(found.standard_error > 0.016 && found.standard_error < 0.017);
        assert!((found.values[2000] / 1500.0 - 1.0).abs() < 5.0 * found.standard_error);
    }

    #[test]
    fn they_are_the_same_for_any_number_of_threads() {
        let ties = verify::large(3000, 40_000);
        let of = |threads| verify::with_threads(threads, || (two_steps(&ties), estimated(&ties)));
        assert!(of(1) == of(2) && of(1) == of(5));
    }
}
