//! Reverse-reachable sets of the independent-cascade model: who could have moved a vertex drawn at random.
//!
//! Vertex i, once active, activates j once with chance `P(i -> j)`. A reverse-reachable set is drawn by choosing a root, letting each edge into it be live with
//! its chance, and going on from the ends of live edges (Borgs, Brautbar, Chayes, Lucier 2014). The chance that a set of vertices meets it, times the number of
//! vertices, is their expected reach.
//!
//! Set number r is drawn from a hash of (seed, r) alone, so sets are the same whatever the threads. In a row of many edges the next live one is found by a
//! geometric jump at the row's largest chance and kept in proportion, so that the cost follows live edges. Memory: 4 bytes a member, twice, and 8 bytes a set and vertex.

use crate::error::Error;
use crate::mix::mix;
use crate::ties::{Adjacency, Ties};
use rayon::prelude::*;

/// Chances along ties, both ways.
///
/// A tie j -> i says that j credited i, so i may move j: `P(i -> j)` belongs to it.
#[derive(Clone, Debug)]
pub struct Chances {
    /// A row for each j: those who may move it.
    movers: Rows,
    /// A row for each i: those whom it may move.
    moved: Rows,
}

/// Ids with chances, by vertex.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    offsets: Vec<u64>,
    ids: Vec<u32>,
    chances: Vec<f32>,
    /// The largest chance of each row, and what turns an exponential number into a jump.
    most: Vec<(f32, f32)>,
}

/// Rows longer than this are jumped through.
const SHORT: usize = 12;

impl Rows {
    fn new(rows: &Adjacency, chance: impl Fn(usize, u32, f32) -> f32 + Sync) -> Rows {
        let offsets = rows.offsets().to_vec();
        let each = |v: usize| {
            let (ids, weights) = rows.row(v);
            ids.iter()
                .zip(weights)
                .map(|(id, weight)| chance(v, *id, *weight))
                .collect::<Vec<f32>>()
        };
        let chances: Vec<f32> =
            (0..rows.vertices()).into_par_iter().with_min_len(512).flat_map_iter(each).collect();
        let most = (0..rows.vertices())
            .into_par_iter()
            .with_min_len(512)
            .map(|v| {
                let most = chances[rows.range(v)].iter().copied().fold(0.0, f32::max);
                let scale = if most < 1.0 { -1.0 / libm::log1p(-f64::from(most)) } else { 0.0 };
                (most, scale as f32)
            })
            .collect();
        Rows { offsets, ids: rows.ids().to_vec(), chances, most }
    }

    /// The ends of live edges of `v`.
    #[inline]
    pub(crate) fn live(&self, v: u32, draw: &mut Draw, mut each: impl FnMut(u32)) {
        let v = v as usize;
        let range = self.offsets[v] as usize..self.offsets[v + 1] as usize;
        let (most, scale) = self.most[v];
        if range.len() <= SHORT || most >= 0.5 {
            for place in range {
                if draw.unit() < self.chances[place] {
                    each(self.ids[place]);
                }
            }
            return;
        }
        if most <= 0.0 {
            return;
        }
        let mut place = range.start;
        loop {
            place = place.saturating_add((draw.exponential() * f64::from(scale)) as usize);
            if place >= range.end {
                return;
            }
            let chance = self.chances[place];
            if chance >= most || draw.unit() * most < chance {
                each(self.ids[place]);
            }
            place += 1;
        }
    }
}

/// Numbers of one set or cascade.
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64, number: u64) -> Draw {
        Draw(mix(mix(seed) ^ number.wrapping_mul(0xD134_2543_DE82_EF95)))
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// In [0, 1), in steps of 2^-24.
    fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1u32 << 24) as f32
    }

    fn exponential(&mut self) -> f64 {
        -libm::log(((self.bits() >> 12) as f64 + 0.5) / (1u64 << 52) as f64)
    }

    fn below(&mut self, n: usize) -> u32 {
        ((u128::from(self.bits()) * n as u128) >> 64) as u32
    }
}

impl Chances {
    /// `P(i -> j) = share s_ji / sum_k s_jk`: chances go by attention. `share` is from 0 to 1.
    pub fn by_attention(ties: &Ties, share: f64) -> Result<Chances, Error> {
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::argument(format!("the share {share} is not between 0 and 1")));
        }
        let sums = ties.out().sums();
        let of = |j: usize, weight: f32| (share * f64::from(weight) / sums[j]) as f32;
        Ok(Chances {
            movers: Rows::new(ties.out(), |j, _, weight| of(j, weight)),
            moved: Rows::new(ties.into(), |_, j, weight| of(j as usize, weight)),
        })
    }

    /// The strengths of ties are the chances: the tie j -> i has `P(i -> j)`, at most 1.
    pub fn given(ties: &Ties) -> Result<Chances, Error> {
        if let Some(wrong) = ties.out().weights().iter().find(|chance| **chance > 1.0) {
            return Err(Error::argument(format!("the chance {wrong} is above 1")));
        }
        Ok(Chances {
            movers: Rows::new(ties.out(), |_, _, weight| weight),
            moved: Rows::new(ties.into(), |_, _, weight| weight),
        })
    }

    /// Number of vertices.
    pub fn vertices(&self) -> usize {
        self.movers.most.len()
    }

    /// A row for each vertex: those whom it may move.
    pub(crate) fn moved(&self) -> &Rows {
        &self.moved
    }
}

/// Sets that one task draws.
const BATCH: usize = 512;

/// Sets that were drawn, of which only vertices that may be chosen are kept.
#[derive(Debug, Default)]
pub(crate) struct Sets {
    pub starts: Vec<usize>,
    pub members: Vec<u32>,
    /// Vertices that were met in drawing them, kept or not.
    pub met: u64,
}

impl Sets {
    /// Draws sets up to number `until`, after those that there are.
    pub fn extend(&mut self, chances: &Chances, allowed: &[bool], seed: u64, until: usize) {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        let (n, from) = (chances.vertices(), self.len());
        let drawn: Vec<(Vec<u32>, Vec<u32>, u64)> = (0..(until - from).div_ceil(BATCH))
            .into_par_iter()
            .map_init(
                || (vec![0u32; n], 0u32, Vec::new()),
                |(seen, epoch, queue), batch| {
                    let (mut sizes, mut members) = (Vec::with_capacity(BATCH), Vec::new());
                    let mut met = 0;
                    for number in from + batch * BATCH..until.min(from + (batch + 1) * BATCH) {
                        if *epoch == u32::MAX {
                            seen.fill(0);
                            *epoch = 0;
                        }
                        *epoch += 1;
                        let epoch = *epoch;
                        let mut draw = Draw::new(seed, number as u64);
                        let root = draw.below(n);
                        queue.clear();
                        queue.push(root);
                        seen[root as usize] = epoch;
                        let mut next = 0;
                        while let Some(v) = queue.get(next).copied() {
                            next += 1;
                            chances.movers.live(v, &mut draw, |id| {
                                if std::mem::replace(&mut seen[id as usize], epoch) != epoch {
                                    queue.push(id);
                                }
                            });
                        }
                        met += queue.len() as u64;
                        let before = members.len();
                        members.extend(queue.iter().copied().filter(|v| allowed[*v as usize]));
                        sizes.push((members.len() - before) as u32);
                    }
                    (sizes, members, met)
                },
            )
            .collect();
        for (sizes, members, met) in drawn {
            self.met += met;
            for size in sizes {
                let last = self.starts[self.starts.len() - 1];
                self.starts.push(last + size as usize);
            }
            self.members.extend(members);
        }
    }

    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub fn of(&self, set: usize) -> &[u32] {
        &self.members[self.starts[set]..self.starts[set + 1]]
    }
}
