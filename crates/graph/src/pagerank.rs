//! PageRank.
//!
//! `x = d P x + (d q(x) + 1 - d) t`, where `P_ij = s_ji / sum_k s_jk`, `t` is the teleport vector, which sums to 1, and
//! `q(x) = sum of x_j over vertices j without out-edges`: their mass goes to `t` as well (Brin, Page 1998).
//!
//! **Method.** The bracket is a number, so x is the solution y of `y = b + d P y`, for any positive multiple b of t, divided
//! by its sum. That system has no term that couples everything, and it is solved by block Gauss-Seidel in 32 bits
//! (`sweep.rs`). After each sweep y is scaled so that its mass is in balance, that is, what rows hold beyond
//! what they give each other equals what comes from elsewhere; without it the total alone would converge as slowly as 0.72 a sweep.
//! Below a tolerance of 1e-5 the residual r is then computed in 64 bits, `(I - d P) delta = r` is solved
//! in 32 bits, and delta is added, until r is small enough in L1; below 1e-10 also, a hundred times less strictly, for each value
//! relative to itself (iterative refinement, Wilkinson 1963). The result is one more step `y + r`.
//!
//! **Error.** Let r be the residual of y, and S the sum of y. Since F keeps mass, `F(x) - x = (r - t sum(r)) / S` at `x = y / S`.
//! * In 64 bits this is evaluated as it stands; the step after it multiplies its L1 norm by at most d.
//! * In 32 bits it is bounded: after a sweep that changed y by D, r is d times the part of P that had read old values,
//!   applied to D, so `|r| <= d |D|`; scaling by 1 + c adds at most `|c| |b|`; rounding adds at most 64 units of 2^-24, relative to 1,
//!   because all terms are positive and sums are short (`pull.rs`). What is reported includes all three.
//!
//! In both cases x is within `residual / (1 - d)` of the solution, in L1.
//!
//! **Cost.** O(m) a sweep: 4 bytes an edge, or 8 where strengths differ within a row, and one read in a vector of 4 n
//! bytes. That vector is put in order of degree first, which takes about two sweeps and 4 bytes an edge, unless vertices are in
//! that order already. Kronecker graphs take 5 sweeps to 1e-4. Memory beside these: 38 bytes a vertex, 70 below 1e-5.

use crate::error::{Error, ErrorKind};
use crate::memory::Buffer;
use crate::order;
use crate::pull::{Ones, Strengths};
use crate::sweep::{Blocks, Rows, System, place};
use crate::ties::{Ties, split};
use rayon::prelude::*;

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

/// Tolerance from which 32 bits are enough.
const COARSE: f64 = 1e-5;
/// Bound of the rounding error in the residual of a vector in 32 bits that sums to 1.
const ROUNDING: f64 = 64.0 / (1 << 24) as f64;
/// By how much one round of refinement makes the residual smaller at most; 32 bits give no more.
const ROUND: f64 = 1e-4;
/// Tolerance below which values are looked at one by one, because somebody means to compare them.
const FINE: f64 = 1e-10;
/// There, at most two more rounds are made while a value misses its equation by more than so many tolerances of itself: an
/// L1 norm alone leaves the least of a million values a thousand times less exact than the rest.
const EACH: f64 = 100.0;
/// Vertices below which the vector fits into a cache in any order.
const SMALL: usize = 1 << 16;

/// PageRank of `ties`. Fails with [`ErrorKind::Argument`] on options out of range, and with
/// [`ErrorKind::NotConverged`] if the sweeps run out.
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

fn solve(ties: &Ties, options: &Options<'_>) -> Result<Ranks, Error> {
    let n = ties.vertices();
    let (out, into) = (ties.out(), ties.into());
    let weighted = !ties.shares_are_equal();
    let places = (!options.in_order && n > SMALL).then(|| order::by_degree(&out.degrees()));
    let moved = places.as_ref().map(|places| order::look_up(places, into.ids()));
    let out_sums = if weighted { out.sums() } else { collect(n, |v| out.degree(v) as f64) };
    let total = match options.teleport {
        Some(weights) => sum(n, |v| weights[v]),
        None => n as f64,
    };
    let unit = (1.0 - options.damping) * n as f64;
    let mut walk = Walk {
        options,
        blocks: Blocks::new(into.offsets()),
        b: collect(n, |v| unit * (options.teleport.map_or(1.0, |weights| weights[v]) / total)),
        out_sums,
        credited: collect(n, |v| into.degree(v) > 0),
        places: places.as_deref(),
        sweeps: 0,
    };
    let (offsets, ids) = (into.offsets(), moved.as_deref().unwrap_or(into.ids()));
    let (y, residual) = if weighted {
        let strengths = into.weights();
        walk.run(Rows { offsets, ids, strengths })
    } else {
        walk.run(Rows { offsets, ids, strengths: Ones })
    }?;
    let mass = sum(n, |v| y[v]);
    Ok(Ranks { values: collect(n, |v| y[v] / mass), residual, sweeps: walk.sweeps })
}

/// A vector of `n` values, each a function of its index.
fn collect<T: Send>(n: usize, value: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    (0..n).into_par_iter().with_min_len(1 << 14).map(value).collect()
}

/// Sets every value of `vector` to a function of its index.
fn fill<T: Send>(vector: &mut [T], value: impl Fn(usize) -> T + Sync + Send) {
    vector
        .par_iter_mut()
        .with_min_len(1 << 14)
        .enumerate()
        .for_each(|(v, place)| *place = value(v));
}

/// The sum of a value over all indices, in runs: 64 bits would drift by 1e-11 over millions of like terms in one go.
fn sum(n: usize, value: impl Fn(usize) -> f64 + Sync + Send) -> f64 {
    const RUN: usize = 1 << 10;
    let run = |k: usize| -> f64 { (k * RUN..n.min((k + 1) * RUN)).map(&value).sum() };
    let runs: Vec<f64> = (0..n.div_ceil(RUN)).into_par_iter().map(run).collect();
    runs.into_iter().sum()
}

/// One computation. Vectors go by vertex, but for those that are read along edges: they go by place.
struct Walk<'a> {
    options: &'a Options<'a>,
    blocks: Blocks,
    /// The place of each vertex; its number, if there are none.
    places: Option<&'a [u32]>,
    /// Which vertices have in-edges.
    credited: Vec<bool>,
    /// The constant part: the teleport vector times `(1 - d) n`.
    b: Vec<f64>,
    /// What leaves each vertex in all.
    out_sums: Vec<f64>,
    sweeps: usize,
}

impl Walk<'_> {
    /// A multiple of the PageRank vector, and a bound of the L1 residual of what it is after it is scaled to sum 1.
    fn run<S: Strengths>(&mut self, rows: Rows<'_, S>) -> Result<(Vec<f64>, f64), Error> {
        let (n, d) = (self.b.len(), self.options.damping);
        let mut share = Buffer::<f32>::zeros(n);
        fill(&mut share, |v| match self.out_sums[v] {
            0.0 => 0.0,
            sum => (1.0 / sum) as f32,
        });
        let mut b = Buffer::<f32>::zeros(n);
        fill(&mut b, |v| self.b[v] as f32);
        let mut y = Buffer::<f32>::zeros(n);
        let start = (1.0 / (1.0 - d)) as f32;
        fill(&mut y, |v| if self.credited[v] { start * b[v] } else { b[v] });
        let mut z = Buffer::<f32>::zeros(n);
        place(&mut z, self.places, 0..n, (0..n).map(|v| y[v] * share[v]));
        let mut placed = vec![false; n];
        place(&mut placed, self.places, 0..n, self.credited.iter().copied());

        let coarse = self.options.tolerance >= COARSE;
        let goal = if coarse { self.options.tolerance - ROUNDING } else { COARSE };
        let outside = self.outside(&b);
        let mut bound = f64::INFINITY;
        while bound > goal {
            self.count(bound)?;
            let mut system = System {
                damping: d,
                b: &b,
                share: &share,
                y: &mut y,
                z: &mut z,
                places: self.places,
            };
            let totals = system.sweep(&self.blocks, rows);
            let scale = if totals.surplus > 0.0 { outside / totals.surplus } else { 1.0 };
            system.shift(scale - 1.0, [&self.credited, &placed], None);
            bound = (d * totals.change * scale + (scale - 1.0).abs() * outside)
                / (totals.mass * scale.min(1.0));
        }
        if coarse {
            return Ok((collect(n, |v| f64::from(y[v])), bound + ROUNDING));
        }
        self.refine(rows, [b, share, y, z], &placed)
    }

    /// From a vector in 32 bits on to the tolerance.
    fn refine<S: Strengths>(
        &mut self,
        rows: Rows<'_, S>,
        [mut b, share, mut along, mut z]: [Buffer<f32>; 4],
        placed: &[bool],
    ) -> Result<(Vec<f64>, f64), Error> {
        let (n, d) = (self.b.len(), self.options.damping);
        let constant = sum(n, |v| self.b[v]);
        let mut y = collect(n, |v| f64::from(along[v]));
        let mut along_z = Buffer::<f32>::zeros(n);
        let mut delta = Buffer::<f32>::zeros(n);
        let mut wide_z = Buffer::<f64>::zeros(n);
        let mut r = Buffer::<f64>::zeros(n);
        let mut bound = COARSE;
        let mut extra = if self.options.tolerance < FINE { 2 } else { 0 };
        loop {
            self.count(bound)?;
            let passed = |v: usize| match self.out_sums[v] {
                0.0 => 0.0,
                sum => y[v] / sum,
            };
            place(&mut wide_z, self.places, 0..n, (0..n).map(passed));
            self.blocks
                .pieces
                .par_iter()
                .zip(split(&mut r, self.blocks.pieces.iter().map(|piece| piece.end)))
                .for_each(|(piece, r)| {
                    for (r, v) in r.iter_mut().zip(piece.clone()) {
                        *r = self.b[v] + d * rows.sum(v, &wide_z) - y[v];
                    }
                });
            // Without its part along the constant the residual does not see by what factor y is too large.
            let excess = sum(n, |v| r[v]) / constant;
            let r_balanced = |v: usize| r[v] - excess * self.b[v];
            let mass = sum(n, |v| y[v]);
            let residual = sum(n, |v| r_balanced(v).abs()) / mass;
            // By how much a single value misses its equation, at worst; the smallest add nothing to a sum.
            let worst = (0..n)
                .map(|v| r_balanced(v).abs() / y[v].max(f64::MIN_POSITIVE))
                .fold(0.0, f64::max);
            let excused = worst <= EACH * self.options.tolerance || extra == 0;
            if residual <= self.options.tolerance && excused {
                let next = collect(n, |v| y[v] + r_balanced(v));
                return Ok((next, d * residual));
            }

            fill(&mut b, |v| r_balanced(v) as f32);
            fill(&mut along, |v| y[v] as f32);
            fill(&mut delta, |v| b[v]);
            place(&mut z, self.places, 0..n, (0..n).map(|v| delta[v] * share[v]));
            place(&mut along_z, self.places, 0..n, (0..n).map(|v| along[v] * share[v]));
            let outside = self.outside(&b);
            let surplus_along = self.surplus(&y);
            let goal = if residual > self.options.tolerance {
                (0.5 * self.options.tolerance).max(ROUND * residual)
            } else {
                extra -= 1;
                residual * (0.5 * EACH * self.options.tolerance / worst).max(ROUND)
            };
            bound = f64::INFINITY;
            while bound > goal {
                self.count(bound)?;
                let moves = [&self.credited[..], placed];
                let mut system = System {
                    damping: d,
                    b: &b,
                    share: &share,
                    y: &mut delta,
                    z: &mut z,
                    places: self.places,
                };
                let totals = system.sweep(&self.blocks, rows);
                let c = if surplus_along > 0.0 {
                    (outside - totals.surplus) / surplus_along
                } else {
                    0.0
                };
                system.shift(c, moves, Some([&along, &along_z]));
                bound = (d * totals.change + c.abs() * surplus_along) / mass;
            }
            y.par_iter_mut()
                .zip(&*delta)
                .with_min_len(1 << 14)
                .for_each(|(y, delta)| *y += f64::from(*delta));
        }
    }

    /// What rows with in-edges get from elsewhere: their constants, and d times what rows without in-edges pass on.
    fn outside(&self, b: &[f32]) -> f64 {
        let part = |v: usize| {
            let b = f64::from(b[v]);
            if self.credited[v] {
                b
            } else if self.out_sums[v] > 0.0 {
                self.options.damping * b
            } else {
                0.0
            }
        };
        sum(b.len(), part)
    }

    /// What rows with in-edges hold beyond what they pass to each other, as [`crate::sweep::Totals::surplus`].
    fn surplus(&self, y: &[f64]) -> f64 {
        let part = |v: usize| {
            if !self.credited[v] {
                0.0
            } else if self.out_sums[v] > 0.0 {
                (1.0 - self.options.damping) * y[v]
            } else {
                y[v]
            }
        };
        sum(y.len(), part)
    }

    /// Counts a pass over the edges, if one is left.
    fn count(&mut self, bound: f64) -> Result<(), Error> {
        if self.sweeps >= self.options.sweeps {
            return Err(Error::new(
                ErrorKind::NotConverged,
                format!(
                    "PageRank stands at a residual of {bound:.1e} after {} sweeps, above {:.1e}; allow more sweeps",
                    self.sweeps, self.options.tolerance
                ),
            ));
        }
        self.sweeps += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        fn the_residual_it_reports_bounds_the_true_one(graph in graph(60, 400), digits in 1i32..12) {
            let tolerance = 10f64.powi(-digits);
            let ranks = pagerank(&graph, &to(tolerance)).unwrap();
            let next = verify::step(&graph, 0.85, &vec![1.0; graph.vertices()], &ranks.values);
            let residual = distance(&ranks.values, &next);
            prop_assert!(residual <= ranks.residual + 1e-15, "{residual} above {}", ranks.residual);
            prop_assert!(ranks.residual <= tolerance);
        }
    }
}
