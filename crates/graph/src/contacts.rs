//! Contacts: the undirected view of ties.
//!
//! `a_ij = s_ij + s_ji` where at least one of the two exists; or, where both do, `2 min(s_ij, s_ji)` or `sqrt(s_ij s_ji)`. Symmetric, in 64
//! bits, so that nothing is lost that the strengths held.
//!
//! Cost: O(n + m), a merge of each vertex's two rows. Memory: 12 bytes for each contact in each direction and 16 a vertex.

use crate::leiden::Level;
use crate::sweep::Blocks;
use crate::ties::{Ties, split};
use rayon::prelude::*;
use std::ops::Range;

/// When two vertices are in contact, and how strongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// A tie in either direction is enough: `s_ij + s_ji`.
    Either,
    /// Only ties that are returned count: `2 min(s_ij, s_ji)`.
    Returned,
    /// Only ties that are returned count, by their geometric mean: `sqrt(s_ij s_ji)`.
    Mean,
}

impl Pairing {
    /// `a_ij` of ties of these strengths either way, 0 for none.
    pub fn strength(self, to: f64, from: f64) -> f64 {
        match self {
            Pairing::Either => to + from,
            Pairing::Returned => 2.0 * to.min(from),
            Pairing::Mean => (to * from).sqrt(),
        }
    }
}

/// An undirected weighted graph, with a row for each vertex.
#[derive(Clone, Debug, PartialEq)]
pub struct Contacts {
    offsets: Vec<u64>,
    ids: Vec<u32>,
    weights: Vec<f64>,
    totals: Vec<f64>,
}

impl Contacts {
    /// The contacts that `ties` make.
    pub fn new(ties: &Ties, pairing: Pairing) -> Contacts {
        let n = ties.vertices();
        let counts: Vec<u64> = (0..n)
            .into_par_iter()
            .with_min_len(256)
            .map(|v| {
                let mut count = 0;
                merge(ties, v, pairing, |_, _| count += 1);
                count
            })
            .collect();
        let mut offsets = Vec::with_capacity(n + 1);
        let mut end = 0;
        offsets.push(end);
        offsets.extend(counts.iter().map(|count| {
            end += count;
            end
        }));
        let mut ids = vec![0; end as usize];
        let mut weights = vec![0.0; end as usize];
        let mut totals = vec![0.0; n];
        let pieces = Blocks::new(&offsets).pieces;
        let ends = || pieces.iter().map(|piece| offsets[piece.end] as usize);
        let (id_parts, weight_parts) = (split(&mut ids, ends()), split(&mut weights, ends()));
        let total_parts = split(&mut totals, pieces.iter().map(|piece| piece.end));
        pieces.par_iter().zip(id_parts).zip(weight_parts).zip(total_parts).for_each(
            |(((piece, ids), weights), totals)| {
                let mut places = ids.iter_mut().zip(weights);
                for (v, total) in piece.clone().zip(totals) {
                    merge(ties, v, pairing, |id, a| {
                        if let Some(place) = places.next() {
                            (*place.0, *place.1) = (id, a);
                            *total += a;
                        }
                    });
                }
            },
        );
        Contacts { offsets, ids, weights, totals }
    }

    /// Number of vertices.
    pub fn vertices(&self) -> usize {
        self.totals.len()
    }

    /// The graph as communities are found in it.
    pub(crate) fn level(&self) -> Level<'_> {
        Level {
            offsets: (&self.offsets).into(),
            ids: (&self.ids).into(),
            weights: (&self.weights).into(),
            strengths: (&self.totals).into(),
            total: self.totals.iter().sum(),
        }
    }

    /// Number of contacts, each counted once.
    pub fn pairs(&self) -> usize {
        self.ids.len() / 2
    }

    /// Where the row of each vertex begins, and at the end their whole length: n + 1 values.
    pub fn offsets(&self) -> &[u64] {
        &self.offsets
    }

    /// Where the row of `v` lies. Panics if there is no vertex `v`.
    pub fn range(&self, v: usize) -> Range<usize> {
        self.offsets[v] as usize..self.offsets[v + 1] as usize
    }

    /// The contacts of `v`, ascending, and their `a`. Panics if there is no vertex `v`.
    pub fn row(&self, v: usize) -> (&[u32], &[f64]) {
        (&self.ids[self.range(v)], &self.weights[self.range(v)])
    }

    /// Number of contacts of `v`. Panics if there is no vertex `v`.
    pub fn degree(&self, v: usize) -> usize {
        self.range(v).len()
    }

    /// `sum_k a_vk`, 0 for the isolated. Panics if there is no vertex `v`.
    pub fn total(&self, v: usize) -> f64 {
        self.totals[v]
    }
}

/// Calls `found` with each contact of `v`, ascending, and its `a`.
pub(crate) fn merge(ties: &Ties, v: usize, pairing: Pairing, mut found: impl FnMut(u32, f64)) {
    let (out, out_weights) = ties.out().row(v);
    let (into, into_weights) = ties.into().row(v);
    let (mut i, mut j) = (0, 0);
    loop {
        let (a, b) = (out.get(i).copied(), into.get(j).copied());
        let Some(id) = a.into_iter().chain(b).min() else {
            return;
        };
        let strength = |row: Option<u32>, weights: &[f32], at: &mut usize| {
            if row == Some(id) {
                *at += 1;
                f64::from(weights[*at - 1])
            } else {
                0.0
            }
        };
        let to = strength(a, out_weights, &mut i);
        let from = strength(b, into_weights, &mut j);
        let strength = pairing.strength(to, from);
        if strength > 0.0 {
            found(id, strength);
        }
    }
}
