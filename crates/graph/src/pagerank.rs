//! PageRank.
//!
//! `x = d P x + (d q(x) + 1 - d) t`, where `P_ij = s_ji / sum_k s_jk`, `t` is the teleport vector, which sums to 1, and
//! `q(x) = sum of x_j over vertices j without out-edges`: their mass goes to `t` as well (Brin, Page 1998).
//!
//! **Method.** The bracket is a number, so x is the solution y of `y = b + d P y`, for any positive multiple b of t, divided
//! by its sum. That system has no term that couples everything, and it is solved by block Gauss-Seidel in 32 bits
//! (`sweep.rs`). Sweeps begin with what everybody would have if each edge brought the same. After each the multiple of t
//! is set so that mass is in balance, that is, what rows hold beyond what they give each other equals what
//! comes from elsewhere; without it the total alone would converge as slowly as 0.72 a sweep.
//!
//! What is slow then is local: a leaf and its center hand mass to and fro, hardly noticed by the rest. So the shortest rows, a few hundredths of
//! all edges, are relaxed before each sweep, and four times as soon as a sweep leaves more than a third of the residual. A Kronecker graph of 31
//! million edges takes 3 sweeps to 1e-4 and 12 to 1e-9 with that.
//!
//! Below a tolerance of 1e-5 the residual r is computed in 64 bits, `(I - d P) delta = r` is solved
//! in 32 bits in the same way, and delta is added, until r is small enough in L1; below 1e-10 also, a hundred times less strictly, for each value
//! relative to itself (iterative refinement, Wilkinson 1963). The result is one more step `y + r`.
//!
//! **Error.** Let r be the residual of y, and S the sum of y. Since F keeps mass, `F(x) - x = (r - t sum(r)) / S` at `x = y / S`.
//! * In 64 bits this is evaluated as it stands; the step after it multiplies its L1 norm by at most d.
//! * In 32 bits it is bounded: after a sweep that changed y by D, r is d times the part of P that had read old values,
//!   applied to D, so `|r| <= d |D|`; another multiple c of b instead of the one that was read adds at most
//!   `|c| |b|`; rounding adds at most 64 units of 2^-24, relative to 1,
//!   because all terms are positive and sums are short (`pull.rs`). What is reported includes all three.
//!
//! In both cases x is within `residual / (1 - d)` of the solution, in L1.
//!
//! **Cost.** O(m) a sweep: 4 bytes an edge, or 8 where strengths differ within a row, and one read in a vector of 4 n
//! bytes. Below 1e-5 that vector is put in order of degree first, unless vertices are in that order already. It takes 4 bytes an edge and the
//! time of two or three sweeps, and makes each a quarter to a third cheaper, so it does not pay for the 3 or 4 sweeps that Kronecker graphs
//! take to 1e-4. Memory beside these: 24 bytes a vertex, 56 below 1e-5, 8 more where strengths differ.

use crate::error::Error;
use crate::ties::Ties;
use crate::walk::solve;

/// What to compute, and how closely.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Probability of going on along a tie, from 0 to 0.99.
    pub damping: f64,
    /// Largest L1 residual `|F(x) - x|` of the result, 1e-14 or more. From 1e-5 on it is computed in 32 bits.
    pub tolerance: f64,
    /// Passes over the edges after which it gives up.
    pub sweeps: usize,
    /// Where the walk goes otherwise, and from a vertex without out-edges: n finite weights of at least 0, not all 0,
    /// in any scale. `None` is the same for all.
    pub teleport: Option<&'a [f64]>,
    /// Whether vertices are numbered by descending degree already, about: then they are not put in that order, which
    /// saves time. It has no bearing on what is computed but for rounding.
    pub in_order: bool,
}

impl Default for Options<'_> {
    /// Damping 0.85, tolerance 1e-9, at most 1,000 sweeps, uniform teleport, any order.
    fn default() -> Self {
        Options { damping: 0.85, tolerance: 1e-9, sweeps: 1000, teleport: None, in_order: false }
    }
}

/// A PageRank vector.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranks {
    /// A value from 0 to 1 for each vertex; they sum to 1.
    pub values: Vec<f64>,
    /// An upper bound of the L1 residual `|F(x) - x|`, at most the tolerance.
    pub residual: f64,
    /// How often the edges were read.
    pub sweeps: usize,
}

/// PageRank of `ties`. Fails with [`ErrorKind::Argument`](crate::ErrorKind::Argument) on options out of range, and with
/// [`ErrorKind::NotConverged`](crate::ErrorKind::NotConverged) if the sweeps run out.
pub fn pagerank(ties: &Ties, options: &Options<'_>) -> Result<Ranks, Error> {
    let n = ties.vertices();
    check(n, options)?;
    if n == 0 {
        return Ok(Ranks { values: Vec::new(), residual: 0.0, sweeps: 0 });
    }
    // Inside a scope the caller is a thread of the pool, and need not be woken after every block.
    rayon::scope(|_| solve(ties, options))
}

fn check(n: usize, options: &Options<'_>) -> Result<(), Error> {
    if !(0.0..=0.99).contains(&options.damping) {
        return Err(Error::argument(format!(
            "a damping of {}; choose one from 0 to 0.99",
            options.damping
        )));
    }
    if !(1e-14..=1.0).contains(&options.tolerance) {
        return Err(Error::argument(format!(
            "a tolerance of {}; choose one from 1e-14 to 1",
            options.tolerance
        )));
    }
    let Some(teleport) = options.teleport else {
        return Ok(());
    };
    if teleport.len() != n {
        return Err(Error::argument(format!(
            "{} teleport weights for {n} vertices; give one for each",
            teleport.len()
        )));
    }
    if let Some(v) = teleport.iter().position(|w| !w.is_finite() || *w < 0.0) {
        return Err(Error::argument(format!(
            "the teleport weight of vertex {v} is {}; weights are finite and at least 0",
            teleport[v]
        )));
    }
    let sum: f64 = teleport.iter().sum();
    if n > 0 && !(sum.is_finite() && sum >= f64::MIN_POSITIVE) {
        return Err(Error::argument(format!(
            "teleport weights sum to {sum}; give at least one vertex a weight above 0"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::verify::{self, assert_close, graph};
    use proptest::prelude::*;

    fn to(tolerance: f64) -> Options<'static> {
        Options { tolerance, ..Options::default() }
    }

    fn distance(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum()
    }

    #[test]
    fn a_cycle_gives_everyone_the_same() {
        for n in [2u32, 3, 10, 1000] {
            let ties = verify::ties(n as usize, (0..n).map(|v| (v, (v + 1) % n, 0.5)));
            let ranks = pagerank(&ties, &to(1e-12)).unwrap();
            assert_close(&ranks.values, &vec![1.0 / f64::from(n); n as usize], 1e-12);
        }
    }

    #[test]
    fn a_star_has_the_closed_form() {
        // Leaves point to the center, which points nowhere: its mass goes to all.
        let (leaves, d) = (9u32, 0.85);
        let ties = verify::ties(10, (1..=leaves).map(|leaf| (leaf, 0, 1.0)));
        let ranks = pagerank(&ties, &to(1e-13)).unwrap();
        let leaf = 1.0 / (f64::from(leaves) * (1.0 + d) + 1.0);
        let mut expected = vec![leaf; 10];
        expected[0] = leaf * (1.0 + d * f64::from(leaves));
        assert_close(&ranks.values, &expected, 1e-12);
    }

    #[test]
    fn without_ties_the_teleport_vector_is_the_answer() {
        let ties = verify::ties(4, []);
        let ranks = pagerank(&ties, &to(1e-9)).unwrap();
        assert_close(&ranks.values, &[0.25; 4], 1e-15);
        let teleport = [1.0, 0.0, 2.0, 1.0];
        let options = Options { teleport: Some(&teleport), ..to(1e-9) };
        let ranks = pagerank(&ties, &options).unwrap();
        assert_close(&ranks.values, &[0.25, 0.0, 0.5, 0.25], 1e-15);
        assert!(pagerank(&verify::ties(0, []), &to(1e-9)).unwrap().values.is_empty());
    }

    #[test]
    fn options_out_of_range_are_refused() {
        let ties = verify::ties(2, [(0, 1, 1.0)]);
        let weights: [&[f64]; 4] = [&[1.0], &[0.0, 0.0], &[1.0, f64::NAN], &[-1.0, 2.0]];
        let teleports =
            weights.map(|weights| Options { teleport: Some(weights), ..Options::default() });
        let numbers = [(1.0, 1e-9), (-0.1, 1e-9), (f64::NAN, 1e-9), (0.85, 0.0), (0.85, f64::NAN)];
        let numbers = numbers.map(|(damping, tolerance)| Options { damping, ..to(tolerance) });
        for options in teleports.iter().chain(&numbers) {
            let error = pagerank(&ties, options).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
        }
    }

    #[test]
    fn it_says_so_when_the_sweeps_run_out() {
        let options = Options { sweeps: 3, ..to(1e-12) };
        let error = pagerank(&verify::large(500, 4000), &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotConverged);
    }

    #[test]
    fn it_has_the_same_bits_for_any_number_of_threads() {
        let ties = verify::large(70_000, 300_000);
        for tolerance in [1e-4, 1e-10] {
            let of = |threads| {
                verify::with_threads(threads, || pagerank(&ties, &to(tolerance)).unwrap())
            };
            let one = of(1);
            assert_eq!(one, of(2));
            assert_eq!(one, of(5));
        }
    }

    #[test]
    fn a_walk_from_one_end_of_a_chain_comes_to_rest() {
        // All that is teleported enters a chain at its begin, and the rest of the graph has none: balances come late.
        for length in 2..9u32 {
            let mut edges: Vec<_> = (0..length).map(|v| (v, v + 1, 1.0)).collect();
            for k in length + 1..length + 31 {
                edges.extend([(k, k + 1, 4.0), (k + 1, k, 4.0), (k, length + 32, 4.0)]);
            }
            let n = length as usize + 33;
            let ties = verify::ties(n, edges);
            let mut teleport = vec![0.0; n];
            teleport[0] = 3.0;
            for tolerance in [1e-4, 1e-9, 1e-13] {
                let options = Options { teleport: Some(&teleport), ..to(tolerance) };
                let ranks = pagerank(&ties, &options).unwrap();
                assert!(ranks.sweeps < 200, "{} sweeps", ranks.sweeps);
                let expected = verify::pagerank(&ties, 0.85, &teleport);
                assert!(distance(&ranks.values, &expected) <= tolerance / 0.15 + 1e-12);
            }
        }
    }

    #[test]
    fn leaves_and_pairs_do_not_hold_up_the_rest() {
        // A core of 400 who know many others, 2,100 leaves in stars of 1 to 5 around 700 who hang on it by one tie each,
        // and 100 pairs: without short rows it takes 65 sweeps.
        let mut edges: Vec<(u32, u32, f32)> = Vec::new();
        let mut tie = |a: u32, b: u32| edges.extend([(a, b, 1.0), (b, a, 1.0)]);
        for v in 0..400 {
            (1..40).for_each(|k| tie(v, (v + k * k) % 400));
        }
        let mut next = 1100;
        for center in 400..1100 {
            tie(center, center % 400);
            for _ in 0..center % 5 + 1 {
                tie(center, next);
                next += 1;
            }
        }
        for _ in 0..100 {
            tie(next, next + 1);
            next += 2;
        }
        let ties = verify::ties(next as usize, edges);
        let ranks = pagerank(&ties, &to(1e-9)).unwrap();
        assert!(ranks.sweeps <= 30, "{} sweeps", ranks.sweeps);
    }

    #[test]
    fn the_order_of_degree_changes_rounding_alone() {
        let ties = verify::large(70_000, 300_000);
        let in_order = Options { in_order: true, ..to(1e-13) };
        let a = pagerank(&ties, &to(1e-13)).unwrap();
        let b = pagerank(&ties, &in_order).unwrap();
        assert_close(&a.values, &b.values, 1e-11);
        let uniform = vec![1.0; 70_000];
        let next = verify::step(&ties, 0.85, &uniform, &a.values);
        assert_close(&a.values, &next, 1e-11);
    }

    proptest! {
        #[test]
        fn it_equals_the_plain_iteration(
            graph in graph(60, 400),
            damping in 0.0..0.97,
            weights in prop::collection::vec(0.0..1.0, 60),
            uniform: bool,
        ) {
            let mut weights = weights[..graph.vertices()].to_vec();
            weights[0] += 0.1;
            if uniform {
                weights.fill(1.0);
            }
            let options = Options {
                damping,
                teleport: (!uniform).then_some(&weights),
                ..to(1e-14)
            };
            // The smallest tolerance may lie below what rounding leaves; one above it must be reached.
            let ranks = pagerank(&graph, &options)
                .or_else(|_| pagerank(&graph, &Options { tolerance: 1e-13, ..options }))
                .unwrap();
            let expected = verify::pagerank(&graph, damping, &weights);
            prop_assert!(distance(&ranks.values, &expected) <= 1e-11);
            prop_assert!((ranks.values.iter().sum::<f64>() - 1.0).abs() <= 1e-12);
        }

        #[test]
        fn the_residual_it_reports_bounds_the_true_one(
            graph in graph(60, 400),
            digits in 1i32..12,
            weights in prop::collection::vec(0.0..1.0, 60),
            uniform: bool,
        ) {
            let tolerance = 10f64.powi(-digits);
            let mut weights = weights[..graph.vertices()].to_vec();
            weights[0] += 0.1;
            if uniform {
                weights.fill(1.0);
            }
            let options = Options { teleport: (!uniform).then_some(&weights), ..to(tolerance) };
            let ranks = pagerank(&graph, &options).unwrap();
            let next = verify::step(&graph, 0.85, &weights, &ranks.values);
            let residual = distance(&ranks.values, &next);
            // What the verifier itself rounds: up to 60 terms a sum, of values that sum to 1.
            let rounding = 32.0 * f64::EPSILON;
            let bound = ranks.residual + rounding;
            prop_assert!(residual <= bound, "{residual} above {}", ranks.residual);
            prop_assert!(ranks.residual <= tolerance);
        }
    }
}
