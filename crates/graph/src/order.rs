//! An order of vertices in which those that are read most often lie together.
//!
//! Pulling along edges reads the value of vertex j once for every edge that leaves j. With the vertices of largest
//! out-degree first, most reads fall into a few cache lines.

use crate::memory::Buffer;
use crate::sweep::Blocks;
use crate::ties::{Adjacency, split};
use rayon::prelude::*;

/// A renumbering of vertices.
pub(crate) struct Order {
    /// New number of each old vertex.
    pub rank: Buffer<u32>,
    /// Old vertex of each new number.
    pub old: Buffer<u32>,
}

impl Order {
    /// Out-degree descending, then the old number ascending. A counting sort: O(n + largest degree).
    pub fn by_degree(degrees: &[u32]) -> Order {
        let largest = degrees.iter().max().map_or(0, |degree| *degree as usize);
        let mut starts = vec![0u32; largest + 2];
        for degree in degrees {
            starts[largest - *degree as usize + 1] += 1;
        }
        for k in 0..=largest {
            starts[k + 1] += starts[k];
        }
        let mut rank = Buffer::zeros(degrees.len());
        let mut old = Buffer::zeros(degrees.len());
        for (v, degree) in degrees.iter().enumerate() {
            let start = &mut starts[largest - *degree as usize];
            rank[v] = *start;
            old[*start as usize] = v as u32;
            *start += 1;
        }
        Order { rank, old }
    }

    /// The rows of `rows` in this order and with its numbers; strengths only if `weighted`.
    ///
    /// Within a row the edges stay as they were, so ids no longer ascend. Memory: 4 or 8 bytes an edge.
    pub fn apply(&self, rows: &Adjacency, weighted: bool) -> Reordered {
        let mut offsets = Vec::with_capacity(self.old.len() + 1);
        let mut end = 0;
        offsets.push(end);
        offsets.extend(self.old.iter().map(|v| {
            end += rows.degree(*v as usize) as u64;
            end
        }));
        let pieces = Blocks::new(&offsets).pieces;
        let ends: Vec<usize> = pieces.iter().map(|piece| offsets[piece.end] as usize).collect();
        let mut ids = Buffer::zeros(end as usize);
        let mut weights = Buffer::zeros(if weighted { end as usize } else { 0 });
        let parts = split(&mut ids, ends.iter().copied());
        let weight_parts =
            split(&mut weights, ends.iter().map(|end| if weighted { *end } else { 0 }));
        pieces.par_iter().zip(parts).zip(weight_parts).for_each(
            |((piece, mut ids), mut weights)| {
                for v in &self.old[piece.clone()] {
                    let (old_ids, old_weights) = rows.row(*v as usize);
                    for (new, old) in take(&mut ids, old_ids.len()).iter_mut().zip(old_ids) {
                        *new = self.rank[*old as usize];
                    }
                    if weighted {
                        take(&mut weights, old_weights.len()).copy_from_slice(old_weights);
                    }
                }
            },
        );
        Reordered { offsets, ids, weights }
    }
}

/// Rows in another order.
pub(crate) struct Reordered {
    pub offsets: Vec<u64>,
    pub ids: Buffer<u32>,
    /// Empty where no strengths were asked for.
    pub weights: Buffer<f32>,
}

/// Takes `count` values off the front of `slice`.
fn take<'a, T>(slice: &mut &'a mut [T], count: usize) -> &'a mut [T] {
    let (head, tail) = std::mem::take(slice).split_at_mut(count);
    *slice = tail;
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn larger_degrees_come_first_and_equal_ones_keep_their_order() {
        let order = Order::by_degree(&[1, 3, 0, 3, 1]);
        assert_eq!(*order.old, [1, 3, 0, 4, 2]);
        assert_eq!(*order.rank, [2, 0, 4, 1, 3]);
        assert!(Order::by_degree(&[]).old.is_empty());
    }
}
