//! How the PageRank system is solved: sweeps in 32 bits, then refinement in 64. The method and its bounds are those of
//! [`pagerank`](mod@crate::pagerank); sweeps are in `sweep.rs`.

use crate::error::{Error, ErrorKind};
use crate::memory::Buffer;
use crate::order;
use crate::pagerank::{Options, Ranks};
use crate::pull::{Ones, Strengths};
use crate::sweep::{Blocks, Rows, System, place, short_rows};
use crate::ties::{Ties, split};
use rayon::prelude::*;

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
/// Part of the whole below which a value is not looked at by itself: 32 bits could not tell corrections of it.
const LEAST: f64 = 1e-20;
/// Share of the residual which sweeps leave at most, before short rows are relaxed more often.
const SLOW: f64 = 1.0 / 3.0;
/// Share of the residual which sweeps leave at least, where the multiple of b is taken to swing.
const SWINGING: f64 = 0.8;
/// How often they are relaxed then before each sweep; once, until then.
const ROUNDS: usize = 4;
/// Vertices below which the vector fits into a cache in any order.
const SMALL: usize = 1 << 16;

/// PageRank of a graph of at least one vertex, by options that were checked.
pub(crate) fn solve(ties: &Ties, options: &Options<'_>) -> Result<Ranks, Error> {
    let n = ties.vertices();
    let into = ties.into();
    let weighted = !ties.shares_are_equal();
    let reorder = !options.in_order && options.tolerance < COARSE && n > SMALL;
    let places = reorder.then(|| order::by_degree(&ties.out().degrees()));
    let moved = places.as_ref().map(|places| order::look_up(places, into.ids()));
    let total = match options.teleport {
        Some(weights) => sum(n, |v| weights[v]),
        None => n as f64,
    };
    let mut walk = Walk {
        ties,
        options,
        blocks: Blocks::new(into.offsets()),
        base: Base { unit: (1.0 - options.damping) * n as f64 / total, teleport: options.teleport },
        out_sums: weighted.then(|| ties.out().sums()),
        places: places.as_deref(),
        uneven: false,
        short: short_rows(into.offsets()),
        sweeps: 0,
    };
    let (offsets, ids) = (into.offsets(), moved.as_deref().unwrap_or(into.ids()));
    let (values, residual) = if weighted {
        let strengths = into.weights();
        walk.run(Rows { offsets, ids, strengths })
    } else {
        walk.run(Rows { offsets, ids, strengths: Ones })
    }?;
    Ok(Ranks { values, residual, sweeps: walk.sweeps })
}

/// What balances the mass of a system.
struct Balance {
    /// What rows with in-edges get from elsewhere but for the multiple of b.
    given: f64,
    /// What they get from elsewhere out of b.
    outside: f64,
    /// What rows without in-edges have out of b.
    alone: f64,
    /// What the residual is relative to; `None` for the sum of y.
    mass: Option<f64>,
}

/// The constant part of the system: the teleport vector times `(1 - d) n`.
#[derive(Clone, Copy)]
struct Base<'a> {
    /// What a teleport weight of 1 adds.
    unit: f64,
    teleport: Option<&'a [f64]>,
}

impl Base<'_> {
    #[inline(always)]
    fn at(self, v: usize) -> f64 {
        self.unit * self.teleport.map_or(1.0, |weights| weights[v])
    }
}

/// A vector divided by its sum.
fn normalized(mut values: Vec<f64>) -> Vec<f64> {
    let total = sum(values.len(), |v| values[v]);
    values.par_iter_mut().with_min_len(1 << 14).for_each(|value| *value /= total);
    values
}

/// A vector of `n` values, each a function of its index.
fn collect<T: Send>(n: usize, value: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    (0..n).into_par_iter().with_min_len(1 << 14).map(value).collect()
}

/// Indices whose terms are added up in one go: 64 bits would drift by 1e-11 over millions of like terms.
const RUN: usize = 1 << 10;

/// Sets every value of `vector` to a function of its index, and adds up the numbers that come with each.
fn fill<T: Send, const K: usize>(
    vector: &mut [T],
    value: impl Fn(usize) -> (T, [f64; K]) + Sync + Send,
) -> [f64; K] {
    let add = |mut sums: [f64; K], more: [f64; K]| {
        sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        sums
    };
    let run = |(k, places): (usize, &mut [T])| {
        let mut sums = [0.0; K];
        for (v, place) in (k * RUN..).zip(places) {
            let more;
            (*place, more) = value(v);
            sums = add(sums, more);
        }
        sums
    };
    let runs = vector.par_chunks_mut(RUN).with_min_len(1 << 4).enumerate().map(run);
    runs.collect::<Vec<_>>().into_iter().fold([0.0; K], add)
}

/// The sum of a value over all indices, in runs.
fn sum(n: usize, value: impl Fn(usize) -> f64 + Sync + Send) -> f64 {
    let run = |k: usize| -> f64 { (k * RUN..n.min((k + 1) * RUN)).map(&value).sum() };
    let runs: Vec<f64> =
        (0..n.div_ceil(RUN)).into_par_iter().with_min_len(1 << 4).map(run).collect();
    runs.into_iter().sum()
}

/// One computation. Vectors go by vertex, but for those that are read along edges: they go by place.
struct Walk<'a> {
    ties: &'a Ties,
    options: &'a Options<'a>,
    blocks: Blocks,
    /// The place of each vertex; its number, if there are none.
    places: Option<&'a [u32]>,
    base: Base<'a>,
    /// What leaves each vertex in all; its degree, if there are none.
    out_sums: Option<Vec<f64>>,
    /// Whether sweeps are slow, so that short rows are relaxed more often.
    uneven: bool,
    /// Rows that are relaxed before each sweep.
    short: Vec<u32>,
    sweeps: usize,
}

/// What [`Walk::settle`] came to.
struct Settled {
    /// The multiple of b that y solves the system for.
    multiple: f64,
    /// A bound of the residual.
    bound: f64,
    /// The sum of y over rows with in-edges.
    held: f64,
}

impl Walk<'_> {
    /// The PageRank vector, and a bound of its L1 residual.
    fn run<S: Strengths>(&mut self, rows: Rows<'_, S>) -> Result<(Vec<f64>, f64), Error> {
        let (n, d, base) = (self.ties.vertices(), self.options.damping, self.base);
        let mut share = Buffer::<f32>::zeros(n);
        let [passed] = fill(&mut share, |v| match self.out_sum(v) {
            0.0 => (0.0, [0.0]),
            sum => ((1.0 / sum) as f32, [base.at(v)]),
        });
        // Everybody has 1 on average, so this is what an edge brings on average.
        let edge = d / (1.0 - d) * passed / self.ties.edges().max(1) as f64;
        let mut y = Buffer::<f32>::zeros(n);
        let [outside, alone] = self.start(&mut y, &share, |v| base.at(v) as f32, edge);
        let mut z = Buffer::<f32>::zeros(n);
        place(&mut z, self.places, 0..n, y.iter().zip(&*share).map(|(y, share)| y * share));

        let coarse = self.options.tolerance >= COARSE;
        let goal = if coarse { self.options.tolerance - ROUNDING } else { COARSE };
        let balance = Balance { given: 0.0, outside, alone, mass: None };
        let system =
            System { damping: d, share: &share, y: &mut y, z: &mut z, places: self.places };
        let constant = |v: usize, multiple: f32| multiple * base.at(v) as f32;
        let Settled { multiple, bound, held } =
            self.settle(system, rows, constant, 1.0, &balance, goal)?;
        let into = self.ties.into();
        let scale = if coarse { multiple * alone + held } else { multiple };
        let y = collect(n, |v| match into.degree(v) {
            0 => base.at(v) * (multiple / scale),
            _ => f64::from(y[v]) / scale,
        });
        if coarse {
            return Ok((y, bound + ROUNDING));
        }
        self.refine(rows, y, outside, [share, z])
    }

    /// Sweeps until a bound of the residual is at most `goal`, with a constant that depends on a multiple of b, at first
    /// `multiple`.
    fn settle<S: Strengths>(
        &mut self,
        mut system: System<'_>,
        rows: Rows<'_, S>,
        constant: impl Fn(usize, f32) -> f32 + Sync,
        mut multiple: f64,
        balance: &Balance,
        goal: f64,
    ) -> Result<Settled, Error> {
        let (mut bound, mut held) = (f64::INFINITY, 0.0);
        while bound > goal {
            self.count(bound)?;
            let constant = |v: usize| constant(v, multiple as f32);
            for _ in 0..if self.uneven { ROUNDS } else { 1 } {
                system.relax(&self.short, rows, constant);
            }
            let totals = system.sweep(&self.blocks, rows, constant);
            // What underflows in 32 bits has no balance; whole systems have a positive one.
            let balanced = match (totals.surplus - balance.given) / balance.outside {
                c if c.is_finite() && (c > 0.0 || balance.mass.is_some()) => c,
                _ => multiple,
            };
            held = totals.held;
            let mass = balance.mass.unwrap_or(held + balanced * balance.alone);
            let before = bound;
            bound = (system.damping * totals.change
                + (balanced - multiple).abs() * balance.outside)
                / mass;
            // Where what a multiple brings comes back only sweeps later, balances swing, and the middle of two is nearer.
            let swings = bound > goal && bound > SWINGING * before;
            multiple = if swings { 0.5 * (balanced + multiple) } else { balanced };
            self.uneven |= bound > SLOW * before;
        }
        Ok(Settled { multiple, bound, held })
    }

    /// Where sweeps begin: with b, and `edge` for every edge in. Two who credit each other alone get their solution,
    /// because they come to it last: nothing leaves them, so each sweep takes but `1 - d^2` of the error off.
    ///
    /// Returns what rows with in-edges get out of b from elsewhere, which is their own and d times what rows without pass on,
    /// and what rows without have.
    fn start(
        &self,
        y: &mut [f32],
        share: &[f32],
        b: impl Fn(usize) -> f32 + Sync + Send,
        edge: f64,
    ) -> [f64; 2] {
        let (d, into, out) = (self.options.damping, self.ties.into(), self.ties.out());
        let b = |v: usize| f64::from(b(v));
        let only = |v: usize| match (into.row(v).0, out.row(v).0) {
            ([from], [to]) if from == to => Some(*from as usize),
            _ => None,
        };
        fill(y, |v| match into.degree(v) {
            0 => (b(v) as f32, [if share[v] > 0.0 { d * b(v) } else { 0.0 }, b(v)]),
            degree => {
                let other = if degree == 1 { only(v) } else { None };
                let first = match other.filter(|other| only(*other) == Some(v)) {
                    Some(other) => (b(v) + d * b(other)) / (1.0 - d * d),
                    None => b(v) + edge * degree as f64,
                };
                (first as f32, [b(v), 0.0])
            }
        })
    }

    /// From a vector in 32 bits on to the tolerance. `parts` are shares in 32 bits, and a vector to be read along
    /// edges; `outside` is what rows with in-edges get from elsewhere out of b.
    fn refine<S: Strengths>(
        &mut self,
        rows: Rows<'_, S>,
        mut y: Vec<f64>,
        outside: f64,
        [share, mut z]: [Buffer<f32>; 2],
    ) -> Result<(Vec<f64>, f64), Error> {
        let (n, d, base) = (y.len(), self.options.damping, self.base);
        let constant = sum(n, |v| base.at(v));
        let mut narrow = Buffer::<f32>::zeros(n);
        let mut delta = Buffer::<f32>::zeros(n);
        let mut wide_z = Buffer::<f64>::zeros(n);
        let mut r = Buffer::<f64>::zeros(n);
        let mut bound = COARSE;
        let mut extra = if self.options.tolerance < FINE { 2 } else { 0 };
        loop {
            self.count(bound)?;
            let passed = |v: usize| match self.out_sum(v) {
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
                        *r = base.at(v) + d * rows.sum(v, &wide_z) - y[v];
                    }
                });
            // Without its part along the constant the residual does not see by what factor y is too large.
            let excess = sum(n, |v| r[v]) / constant;
            let r_balanced = |v: usize| r[v] - excess * base.at(v);
            let mass = sum(n, |v| y[v]);
            let residual = sum(n, |v| r_balanced(v).abs()) / mass;
            // By how much a single value misses its equation, at worst; the smallest add nothing to a sum.
            let misses = |v: usize| r_balanced(v).abs() / y[v].max(LEAST * mass);
            let worst = if extra > 0 { (0..n).map(misses).fold(0.0, f64::max) } else { 0.0 };
            if residual <= self.options.tolerance && worst <= EACH * self.options.tolerance {
                let next = collect(n, |v| y[v] + r_balanced(v));
                return Ok((normalized(next), d * residual));
            }

            fill(&mut narrow, |v| (r_balanced(v) as f32, []));
            let [given, alone] = self.start(&mut delta, &share, |v| narrow[v], 0.0);
            place(&mut z, self.places, 0..n, delta.iter().zip(&*share).map(|(y, share)| y * share));
            let goal = if residual > self.options.tolerance {
                (0.5 * self.options.tolerance).max(ROUND * residual)
            } else {
                extra -= 1;
                residual * (0.5 * EACH * self.options.tolerance / worst).max(ROUND)
            };
            let balance = Balance { given, outside, alone, mass: Some(mass) };
            let system =
                System { damping: d, share: &share, y: &mut delta, z: &mut z, places: self.places };
            let constant = |v: usize, multiple: f32| narrow[v] + multiple * base.at(v) as f32;
            bound = self.settle(system, rows, constant, 0.0, &balance, goal)?.bound;
            y.par_iter_mut()
                .zip(&*delta)
                .with_min_len(1 << 14)
                .for_each(|(y, delta)| *y += f64::from(*delta));
        }
    }

    /// What leaves `v` in all.
    fn out_sum(&self, v: usize) -> f64 {
        match &self.out_sums {
            Some(sums) => sums[v],
            None => self.ties.out().degree(v) as f64,
        }
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
