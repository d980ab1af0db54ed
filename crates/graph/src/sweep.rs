//! Sweeps of block Gauss-Seidel over the rows of `y = b + d P y`, in 32 bits.
//!
//! Rows are cut into pieces of about equal cost, and pieces are dealt to blocks like cards, all by the graph alone. Within a
//! block every row reads what was published before the block, so its pieces may run at the same time and in any order; after
//! the block its rows are published. So a sweep is a function of its input, not of the number of threads, and yet uses
//! most values of the same sweep already: half the sweeps of Jacobi's iteration, or fewer.
//!
//! Dealing matters where vertices are in order of degree. Neighbors of small degree are often of the same degree, so they would
//! share a block, and there exchange nothing: with blocks of adjacent rows a Kronecker graph took 75 sweeps to 1e-9 instead of 26.
//!
//! Short rows can be relaxed alone as well, by one thread and each from what the one before it left: a vertex with few ties and a neighbor
//! with fewer exchange most of what they have with each other, and converge the slowest.

use crate::pull::{Strengths, row_sum};
use crate::ties::split;
use rayon::prelude::*;
use std::ops::Range;

/// Blocks. More converge slightly faster and wait for each other more often.
const BLOCKS: usize = 64;
/// Edges and rows in a piece, about, of a large graph and at least.
const PIECE: std::ops::RangeInclusive<usize> = 32..=1 << 14;
/// Edges and rows that are worth a thread's while.
const TASK: usize = 1 << 14;

/// Rows as a sweep reads them.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a, S> {
    pub offsets: &'a [u64],
    pub ids: &'a [u32],
    pub strengths: S,
}

impl<S: Strengths> Rows<'_, S> {
    /// `sum_k strengths_k z[ids_k]` over row `v`.
    #[inline(always)]
    pub fn sum<V: crate::pull::Real>(&self, v: usize, z: &[V]) -> f64 {
        let (begin, end) = (self.offsets[v] as usize, self.offsets[v + 1] as usize);
        row_sum(&self.ids[begin..end], self.strengths.part(begin, end), z)
    }
}

/// The rows of a graph, cut into pieces. Block k of [`BLOCKS`] has every piece whose number leaves k.
pub(crate) struct Blocks {
    /// All pieces, in order.
    pub pieces: Vec<Range<usize>>,
    /// Pieces that are worth a thread's while.
    task: usize,
}

impl Blocks {
    pub fn new(offsets: &[u64]) -> Blocks {
        let n = offsets.len() - 1;
        let cost = |v: usize| offsets[v] as usize + v;
        let piece = (cost(n) / (BLOCKS * 16)).clamp(*PIECE.start(), *PIECE.end());
        let mut pieces = Vec::with_capacity(cost(n) / piece + 1);
        let mut row = 0;
        while row < n {
            // The row in which the cost runs out is the last of its piece, however long it is.
            let end = row + 1 + first_at_least(row + 1..n, |v| cost(v) >= cost(row) + piece);
            pieces.push(row..end);
            row = end;
        }
        Blocks { pieces, task: TASK / piece }
    }
}

/// How far into `range` the first value is for which `reached` holds; it stays true once it is.
fn first_at_least(range: Range<usize>, reached: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low + (high - low) / 2;
        if reached(middle) { high = middle } else { low = middle + 1 }
    }
    low - range.start
}

/// Edges in a short row, at most.
const SHORT: usize = 16;
/// Short rows are at most one part in so many of all rows and edges.
const PART: usize = 4;

/// A system `y = b + d P y` in 32 bits. All vectors have n values.
pub(crate) struct System<'a> {
    /// The factor d.
    pub damping: f64,
    /// 1 over the sum of what leaves each vertex; 0 where nothing does.
    pub share: &'a [f32],
    /// The unknown.
    pub y: &'a mut [f32],
    /// What is read along edges: `y_j share_j` at the place of j.
    pub z: &'a mut [f32],
    /// The place of each vertex in `z`; its number, if there are none.
    pub places: Option<&'a [u32]>,
}

/// What a sweep did, as sums in 64 bits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    /// `sum_i |change of y_i|`.
    pub change: f64,
    /// `sum_i y_i` over rows with in-edges.
    pub held: f64,
    /// `sum_i y_i - d sum_j y_j` over rows i with in-edges, and those j among them that have out-edges: what the
    /// rows hold beyond what they get from each other. In a solution it equals what they get from elsewhere.
    pub surplus: f64,
}

impl System<'_> {
    /// One sweep over `rows`, cut as `blocks`; `constant` gives b.
    pub fn sweep<S: Strengths>(
        &mut self,
        blocks: &Blocks,
        rows: Rows<'_, S>,
        constant: impl Fn(usize) -> f32 + Sync,
    ) -> Totals {
        let mut totals = Totals::default();
        let mut parts: Vec<Vec<(Range<usize>, &mut [f32])>> = Vec::new();
        parts.resize_with(BLOCKS, Vec::new);
        let y = split(self.y, blocks.pieces.iter().map(|piece| piece.end));
        for (k, (piece, y)) in blocks.pieces.iter().zip(y).enumerate() {
            parts[k % BLOCKS].push((piece.clone(), y));
        }
        for mut block in parts {
            let (z, share) = (&*self.z, self.share);
            let (damping, passed) = (self.damping as f32, 1.0 - self.damping);
            let run = |(piece, y): &mut (Range<usize>, &mut [f32])| {
                let mut totals = Totals::default();
                for (y, v) in y.iter_mut().zip(piece.clone()) {
                    let mut new = constant(v);
                    if rows.offsets[v] < rows.offsets[v + 1] {
                        new += damping * rows.sum(v, z) as f32;
                        let kept = if share[v] > 0.0 { passed } else { 1.0 };
                        totals.surplus += kept * f64::from(new);
                        totals.held += f64::from(new);
                    }
                    totals.change += f64::from((new - *y).abs());
                    *y = new;
                }
                totals
            };
            let done: Vec<Totals> = if block.len() < 2 * blocks.task {
                block.iter_mut().map(run).collect()
            } else {
                block.par_iter_mut().with_min_len(blocks.task).map(run).collect()
            };
            for part in done {
                totals.change += part.change;
                totals.held += part.held;
                totals.surplus += part.surplus;
            }
            for (piece, y) in block {
                let passed = y.iter().zip(&self.share[piece.clone()]).map(|(y, share)| y * share);
                place(self.z, self.places, piece, passed);
            }
        }
        totals
    }

    /// Gives each of `some` rows its new value, one after the other.
    pub fn relax<S: Strengths>(
        &mut self,
        some: &[u32],
        rows: Rows<'_, S>,
        constant: impl Fn(usize) -> f32,
    ) {
        for v in some.iter().map(|v| *v as usize) {
            let new = constant(v) + self.damping as f32 * rows.sum(v, self.z) as f32;
            self.y[v] = new;
            self.z[self.places.map_or(v, |places| places[v] as usize)] = new * self.share[v];
        }
    }
}

/// The rows of up to [`SHORT`] edges, or of up to as few as make them a small part of the graph.
pub(crate) fn short_rows(offsets: &[u64]) -> Vec<u32> {
    let n = offsets.len() - 1;
    let len = |v: usize| (offsets[v + 1] - offsets[v]) as usize;
    let mut counts = [0; SHORT + 1];
    (0..n).map(len).filter(|len| *len <= SHORT).for_each(|len| counts[len] += 1);
    let (mut longest, mut cost) = (0, 0);
    while longest < SHORT {
        cost += counts[longest + 1] * (longest + 2);
        if cost > (offsets[n] as usize + n) / PART {
            break;
        }
        longest += 1;
    }
    (0..n as u32).filter(|v| (1..=longest).contains(&len(*v as usize))).collect()
}

/// Puts the values of `rows` into their places in `vector`.
pub(crate) fn place<T>(
    vector: &mut [T],
    places: Option<&[u32]>,
    rows: Range<usize>,
    values: impl Iterator<Item = T>,
) {
    match places {
        None => vector[rows].iter_mut().zip(values).for_each(|(place, value)| *place = value),
        Some(places) => places[rows]
            .iter()
            .zip(values)
            .for_each(|(place, value)| vector[*place as usize] = value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_every_row_once_and_in_order() {
        for rows in [0, 1, 31, 5000, 200_000] {
            let mut offsets = vec![0u64];
            for v in 0..rows {
                offsets.push(offsets[v] + if v % 1000 == 7 { 9000 } else { v as u64 % 5 });
            }
            let pieces = Blocks::new(&offsets).pieces;
            let covered: Vec<usize> = pieces.iter().cloned().flatten().collect();
            assert!(covered.into_iter().eq(0..rows));
            assert!(pieces.iter().all(|piece| !piece.is_empty()));
        }
    }
}
