//! Sums over rows: the inner loop of every kernel that pulls values along edges.
//!
//! `sum_k w_k z[ids_k]`, in eight lanes of the vector's own precision over at most [`RUN`] terms, and over runs in 64
//! bits. The lanes hide the latency of the reads. No sum in the vector's precision has more than about 48 terms, which keeps a
//! hub's row as exact as any in 32 bits. All this is fixed, so the sum depends on the row alone.

use std::ops::{AddAssign, Mul};

/// Terms that are added up before their sum moves on to 64 bits.
const RUN: usize = 256;
const LANES: usize = 8;
/// Rows up to this length are added term after term: most are, and lanes would cost more than they hide.
const SHORT: usize = 32;

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
    if ids.len() <= SHORT {
        return plain(ids, strengths, z).into();
    }
    let mut total = 0.0;
    for (run, ids) in ids.chunks(RUN).enumerate() {
        let strengths = strengths.part(run * RUN, run * RUN + ids.len());
        let whole = ids.len() / LANES * LANES;
        let mut lanes = [V::default(); LANES];
        for (c, ids) in ids.chunks_exact(LANES).enumerate() {
            let strengths = strengths.part(c * LANES, c * LANES + LANES);
            for lane in 0..LANES {
                lanes[lane] += V::from(strengths.at(lane)) * z[ids[lane] as usize];
            }
        }
        let mut rest = plain(&ids[whole..], strengths.part(whole, ids.len()), z);
        lanes.into_iter().for_each(|lane| rest += lane);
        total += rest.into();
    }
    total
}

/// The same, term after term.
#[inline(always)]
fn plain<V: Real, S: Strengths>(ids: &[u32], strengths: S, z: &[V]) -> V {
    let mut total = V::default();
    for (k, id) in ids.iter().enumerate() {
        total += V::from(strengths.at(k)) * z[*id as usize];
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
