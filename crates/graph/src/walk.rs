//! How the PageRank system is solved: sweeps in 32 bits, then refinement in 64. The method and its bounds are those of
//! [`pagerank`](mod@crate::pagerank); sweeps are in `sweep.rs`.

use crate::error::{Error, ErrorKind};
use crate::memory::Buffer;
use crate::order;
use crate::pagerank::{Options, Ranks};
use crate::pull::{Ones, Strengths};
use crate::sweep::{self, Blocks, Rows, System, place};
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
/// Share of the residual which sweeps leave at most, before short rows get more attention.
const SLOW: f64 = 1.0 / 3.0;
/// Share of the residual which sweeps leave at least, where the multiple of b is taken to swing.
const SWINGING: f64 = 0.8;
/// How often short rows are swept then for each time that all are.
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
        unit: (1.0 - options.damping) * n as f64 / total,
        out_sums: weighted.then(|| ties.out().sums()),
        places: places.as_deref(),
        uneven: false,
        short: None,
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
    /// What the residual is relative to; the sum of y, if it is not given.
    mass: Option<f64>,
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
    ties: &'a Ties,
    options: &'a Options<'a>,
    blocks: Blocks,
    /// The place of each vertex; its number, if there are none.
    places: Option<&'a [u32]>,
    /// What a teleport weight of 1 adds: weights times this sum to `(1 - d) n`.
    unit: f64,
    /// What leaves each vertex in all; its degree, if there are none.
    out_sums: Option<Vec<f64>>,
    /// Whether sweeps alone are slow, so that short rows are swept more often.
    uneven: bool,
    /// Those rows, once they were needed.
    short: Option<Vec<u32>>,
    sweeps: usize,
}

impl Walk<'_> {
    /// The PageRank vector, and a bound of its L1 residual.
    fn run<S: Strengths>(&mut self, rows: Rows<'_, S>) -> Result<(Vec<f64>, f64), Error> {
        let (n, d) = (self.ties.vertices(), self.options.damping);
        let mut share = Buffer::<f32>::zeros(n);
        fill(&mut share, |v| match self.out_sum(v) {
            0.0 => 0.0,
            sum => (1.0 / sum) as f32,
        });
        let mut b = Buffer::<f32>::zeros(n);
        fill(&mut b, |v| self.b(v) as f32);
        let mut y = Buffer::<f32>::zeros(n);
        // Everybody has 1 on average, so this is what an edge brings on average.
        let passed = sum(n, |v| if self.ties.out().degree(v) > 0 { self.b(v) } else { 0.0 });
        let edge = d / (1.0 - d) * passed / self.ties.edges().max(1) as f64;
        self.start(&mut y, &b, edge);
        let mut z = Buffer::<f32>::zeros(n);
        place(&mut z, self.places, 0..n, (0..n).map(|v| y[v] * share[v]));

        let coarse = self.options.tolerance >= COARSE;
        let goal = if coarse { self.options.tolerance - ROUNDING } else { COARSE };
        let balance = Balance { given: 0.0, outside: self.outside(&b), mass: None };
        let system =
            System { damping: d, share: &share, y: &mut y, z: &mut z, places: self.places };
        let (multiple, bound) =
            self.settle(system, rows, |v, multiple| multiple * b[v], 1.0, &balance, goal)?;
        let into = self.ties.into();
        let y = collect(n, |v| match into.degree(v) {
            0 => self.b(v),
            _ => f64::from(y[v]) / multiple,
        });
        if coarse {
            return Ok((normalized(y), bound + ROUNDING));
        }
        self.refine(rows, y, [b, share, z])
    }

    /// Sweeps until a bound of the residual is at most `goal`, with a constant that depends on a multiple of b, at first
    /// `multiple`. Returns the multiple that y solves the system for, and the bound.
    fn settle<S: Strengths>(
        &mut self,
        mut system: System<'_>,
        rows: Rows<'_, S>,
        constant: impl Fn(usize, f32) -> f32 + Sync,
        mut multiple: f64,
        balance: &Balance,
        goal: f64,
    ) -> Result<(f64, f64), Error> {
        let mut bound = f64::INFINITY;
        while bound > goal {
            self.count(bound)?;
            let constant = |v: usize| constant(v, multiple as f32);
            if self.uneven {
                let short = self.short.get_or_insert_with(|| sweep::short_rows(rows.offsets));
                for _ in 0..ROUNDS {
                    system.relax(short, rows, constant);
                }
            }
            let totals = system.sweep(&self.blocks, rows, constant);
            // What underflows in 32 bits has no balance; whole systems have a positive one.
            let balanced = match (totals.surplus - balance.given) / balance.outside {
                c if c.is_finite() && (c > 0.0 || balance.mass.is_some()) => c,
                _ => multiple,
            };
            let mass = balance.mass.unwrap_or_else(|| totals.mass * (balanced / multiple).min(1.0));
            let before = bound;
            bound = (system.damping * totals.change
                + (balanced - multiple).abs() * balance.outside)
                / mass;
            // Where what a multiple brings comes back only sweeps later, balances swing, and the middle of two is nearer.
            let swings = bound > goal && bound > SWINGING * before;
            multiple = if swings { 0.5 * (balanced + multiple) } else { balanced };
            self.uneven |= bound > SLOW * before;
        }
        Ok((multiple, bound))
    }

    /// Where sweeps begin: with b, and `edge` for every edge in. Two who credit each other alone get their solution,
    /// because they come to it last: nothing leaves them, so each sweep takes but `1 - d^2` of the error off.
    fn start(&self, y: &mut [f32], b: &[f32], edge: f64) {
        let (d, into, out) = (self.options.damping, self.ties.into(), self.ties.out());
        let only = |v: usize| match (into.row(v).0, out.row(v).0) {
            ([from], [to]) if from == to => Some(*from as usize),
            _ => None,
        };
        let b = |v: usize| f64::from(b[v]);
        fill(y, |v| match only(v).filter(|other| only(*other) == Some(v)) {
            Some(other) => ((b(v) + d * b(other)) / (1.0 - d * d)) as f32,
            None => (b(v) + edge * into.degree(v) as f64) as f32,
        });
    }

    /// From a vector in 32 bits on to the tolerance. `parts` are b and shares in 32 bits, and a vector to be read along edges.
    fn refine<S: Strengths>(
        &mut self,
        rows: Rows<'_, S>,
        mut y: Vec<f64>,
        [b, share, mut z]: [Buffer<f32>; 3],
    ) -> Result<(Vec<f64>, f64), Error> {
        let (n, d) = (y.len(), self.options.damping);
        let constant = sum(n, |v| self.b(v));
        let outside = self.outside(&b);
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
                        *r = self.b(v) + d * rows.sum(v, &wide_z) - y[v];
                    }
                });
            // Without its part along the constant the residual does not see by what factor y is too large.
            let excess = sum(n, |v| r[v]) / constant;
            let r_balanced = |v: usize| r[v] - excess * self.b(v);
            let mass = sum(n, |v| y[v]);
            let residual = sum(n, |v| r_balanced(v).abs()) / mass;
            // By how much a single value misses its equation, at worst; the smallest add nothing to a sum.
            let misses = |v: usize| r_balanced(v).abs() / y[v].max(LEAST * mass);
            let worst = if extra > 0 { (0..n).map(misses).fold(0.0, f64::max) } else { 0.0 };
            if residual <= self.options.tolerance && worst <= EACH * self.options.tolerance {
                let next = collect(n, |v| y[v] + r_balanced(v));
                return Ok((normalized(next), d * residual));
            }

            fill(&mut narrow, |v| r_balanced(v) as f32);
            self.start(&mut delta, &narrow, 0.0);
            place(&mut z, self.places, 0..n, (0..n).map(|v| delta[v] * share[v]));
            let goal = if residual > self.options.tolerance {
                (0.5 * self.options.tolerance).max(ROUND * residual)
            } else {
                extra -= 1;
                residual * (0.5 * EACH * self.options.tolerance / worst).max(ROUND)
            };
            let balance = Balance { given: self.outside(&narrow), outside, mass: Some(mass) };
            let system =
                System { damping: d, share: &share, y: &mut delta, z: &mut z, places: self.places };
            let constant = |v: usize, multiple: f32| narrow[v] + multiple * b[v];
            (_, bound) = self.settle(system, rows, constant, 0.0, &balance, goal)?;
            y.par_iter_mut()
                .zip(&*delta)
                .with_min_len(1 << 14)
                .for_each(|(y, delta)| *y += f64::from(*delta));
        }
    }

    /// The constant part: the teleport vector times `(1 - d) n`.
    fn b(&self, v: usize) -> f64 {
        self.unit * self.options.teleport.map_or(1.0, |weights| weights[v])
    }

    /// What leaves `v` in all.
    fn out_sum(&self, v: usize) -> f64 {
        match &self.out_sums {
            Some(sums) => sums[v],
            None => self.ties.out().degree(v) as f64,
        }
    }

    /// What rows with in-edges get from elsewhere: their constants, and d times what rows without in-edges pass on.
    fn outside(&self, b: &[f32]) -> f64 {
        let (into, out) = (self.ties.into(), self.ties.out());
        let part = |v: usize| {
            let b = f64::from(b[v]);
            if into.degree(v) > 0 {
                b
            } else if out.degree(v) > 0 {
                self.options.damping * b
            } else {
                0.0
            }
        };
        sum(b.len(), part)
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
