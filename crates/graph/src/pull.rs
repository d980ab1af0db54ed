//! Sums over rows: the inner loop of every kernel that pulls values along edges.
//!
//! `sum_k w_k z[ids_k]`, in four lanes of the vector's own precision over at most [`RUN`] terms, and over runs in 64
//! bits. The lanes hide the latency of the reads; the short runs keep the rounding error of a hub's row near that of a
//! row of [`RUN`] / 4 terms, which matters in 32 bits. Both are fixed, so the sum depends on the row alone.

use std::ops::{AddAssign, Mul};

/// Terms that are added up before their sum moves on to 64 bits.
const RUN: usize = 64;
const LANES: usize = 4;

/// The precision of a vector: `f32` or `f64`.
pub(crate) trait Real:
    Copy + Default + Send + Sync + AddAssign + Mul<Output = Self> + From<f32> + Into<f64>
{
}

impl Real for f32 {}
impl Real for f64 {}

/// Strengths along a row.
pub(crate) trait Strengths: Copy + Send + Sync {
    /// Those of the edges from `begin` to `end`.
    fn part(self, begin: usize, end: usize) -> Self;
    /// The strength of edge `k`.
    fn at(self, k: usize) -> f32;
}

impl Strengths for &[f32] {
    #[inline(always)]
    fn part(self, begin: usize, end: usize) -> Self {
        &self[begin..end]
    }

    #[inline(always)]
    fn at(self, k: usize) -> f32 {
        self[k]
    }
}

/// All edges have strength 1, and no memory is read to know it.
#[derive(Clone, Copy)]
pub(crate) struct Ones;

impl Strengths for Ones {
    #[inline(always)]
    fn part(self, _begin: usize, _end: usize) -> Self {
        Ones
    }

    #[inline(always)]
    fn at(self, _k: usize) -> f32 {
        1.0
    }
}

/// `sum_k strengths_k z[ids_k]`.
#[inline(always)]
pub(crate) fn row_sum<V: Real, S: Strengths>(ids: &[u32], strengths: S, z: &[V]) -> f64 {
    let whole = ids.len() / LANES * LANES;
    let mut total = 0.0;
    for (run, ids) in ids[..whole].chunks(RUN).enumerate() {
        let strengths = strengths.part(run * RUN, run * RUN + ids.len());
        let mut lanes = [V::default(); LANES];
        for (c, ids) in ids.chunks_exact(LANES).enumerate() {
            let strengths = strengths.part(c * LANES, c * LANES + LANES);
            for lane in 0..LANES {
                lanes[lane] += V::from(strengths.at(lane)) * z[ids[lane] as usize];
            }
        }
        total += lanes.iter().map(|lane| (*lane).into()).sum::<f64>();
    }
    for (k, id) in ids.iter().enumerate().skip(whole) {
        total += (V::from(strengths.at(k)) * z[*id as usize]).into();
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_every_length_are_summed_in_full() {
        let z: Vec<f32> = (0..2000).map(|k| (k % 7) as f32).collect();
        let strengths: Vec<f32> = (0..2000).map(|k| (k % 5) as f32 / 2.0).collect();
        for len in (0..40).chain([127, 128, 129, 255, 256, 300, 1999]) {
            let ids: Vec<u32> = (0..len as u32).rev().collect();
            let plain: f64 = (0..len).map(|k| f64::from(z[k])).sum();
            assert_eq!(row_sum(&ids, Ones, &z), plain, "{len}");
            let weighted: f64 =
                (0..len).map(|k| f64::from(strengths[k]) * f64::from(z[ids[k] as usize])).sum();
            assert_eq!(row_sum(&ids, &strengths[..len], &z), weighted, "{len}");
        }
    }
}
