//! An order of vertices in which those that are read most often lie together.
//!
//! Pulling along edges reads the value of vertex j once for every edge that leaves j. With the vertices of largest
//! out-degree first in the vector that is read, most reads fall into a few cache lines. Only that vector is put in order: rows
//! stay where they are, which saves moving them, and in any other order than by degree they also converge faster.

use crate::memory::Buffer;
use rayon::prelude::*;

/// The place of each vertex by out-degree descending, then its number ascending. A counting sort: O(n + largest degree).
pub(crate) fn by_degree(degrees: &[u32]) -> Buffer<u32> {
    let largest = degrees.iter().max().map_or(0, |degree| *degree as usize);
    let mut starts = vec![0u32; largest + 2];
    for degree in degrees {
        starts[largest - *degree as usize + 1] += 1;
    }
    for k in 0..=largest {
        starts[k + 1] += starts[k];
    }
    let mut places = Buffer::zeros(degrees.len());
    for (place, degree) in places.iter_mut().zip(degrees) {
        let start = &mut starts[largest - *degree as usize];
        *place = *start;
        *start += 1;
    }
    places
}

/// The place of each of `ids`. Memory: 4 bytes an edge.
pub(crate) fn look_up(places: &[u32], ids: &[u32]) -> Buffer<u32> {
    const RUN: usize = 1 << 16;
    let mut found = Buffer::zeros(ids.len());
    found.par_chunks_mut(RUN).zip(ids.par_chunks(RUN)).for_each(|(found, ids)| {
        for (found, id) in found.iter_mut().zip(ids) {
            *found = places[*id as usize];
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn larger_degrees_come_first_and_equal_ones_keep_their_order() {
        let places = by_degree(&[1, 3, 0, 3, 1]);
        assert_eq!(*places, [2, 0, 4, 1, 3]);
        assert_eq!(*look_up(&places, &[2, 2, 0]), [4, 4, 2]);
        assert!(by_degree(&[]).is_empty());
    }
}
