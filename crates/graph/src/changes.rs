//! How a walk's ranks move, to first order, when some attention moves: many changes at once.
//!
//! Ranks solve `x = d P^T x + ...` with `p_ji = s_ji / sum_k s_jk`. If attention changes by `D`, then to first order the change of
//! ranks is `y = d D^T x + d P^T y`, whose solution is `b + d P^T b + (d P^T)^2 b + ...` with `b = d D^T x`. The caller gives b;
//! the first terms of the sum are computed here, for L changes in one pass over the ties.
//!
//! What is left out after k terms is less than `d^(k+1) / (1 - d)` of `|b|` in sum, and much less where changes have mixed signs, since each
//! term averages over more people. Changes of the mass that goes to everybody are left out: they move all alike.
//!
//! Cost: O(m) a term, reading L numbers a tie. Memory: L numbers of 32 bits a vertex, which the caller gives, and twice `PART`,
//! since so many changes are carried on at a time. Sums are in the order of rows.

use crate::ties::Ties;
use rayon::prelude::*;

/// Changes that are carried on in one pass over the ties.
const PART: usize = 4;

/// The changes of ranks that direct changes `b` come to: `terms` terms of the sum, the first being b itself.
///
/// `b` has an entry for each vertex; `damping` is that of the walk.
pub fn carried<const L: usize>(
    ties: &Ties,
    b: Vec<[f32; L]>,
    damping: f64,
    terms: usize,
) -> Vec<[f32; L]> {
    let spent = ties.out().sums();
    let mut sum = b;
    for start in (0..L).step_by(PART) {
        let lanes = start..L.min(start + PART);
        let mut term: Vec<[f32; PART]> = vec![[0.0; PART]; sum.len()];
        let given = |(term, b): (&mut [f32; PART], &[f32; L])| {
            term.iter_mut().zip(&b[lanes.clone()]).for_each(|(term, b)| *term = *b);
        };
        term.par_iter_mut().zip(&sum).for_each(given);
        for _ in 1..terms {
            term = next(ties, term, &spent, damping);
            let add = |(sum, term): (&mut [f32; L], &[f32; PART])| {
                sum[lanes.clone()].iter_mut().zip(term).for_each(|(sum, one)| *sum += one);
            };
            sum.par_iter_mut().zip(&term).for_each(add);
        }
    }
    sum
}

/// `d P^T` times `term`; `spent` are the sums of strengths that each vertex gives.
fn next(ties: &Ties, mut term: Vec<[f32; PART]>, spent: &[f64], damping: f64) -> Vec<[f32; PART]> {
    // What each gives on per unit of strength.
    term.par_iter_mut().zip(spent).for_each(|(change, spent)| {
        let part = if *spent > 0.0 { (damping / spent) as f32 } else { 0.0 };
        change.iter_mut().for_each(|one| *one *= part);
    });
    let received = |i: usize| {
        let (sources, strengths) = ties.into().row(i);
        let mut received = [0.0; PART];
        for (j, s) in sources.iter().zip(strengths) {
            let given = &term[*j as usize];
            (0..PART).for_each(|l| received[l] += s * given[l]);
        }
        received
    };
    (0..ties.vertices()).into_par_iter().with_min_len(256).map(received).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pagerank::{Options, pagerank};
    use crate::verify;

    #[test]
    fn a_small_change_of_strengths_moves_ranks_as_foretold() {
        let edges = [
            (0, 1, 1.0),
            (0, 2, 2.0),
            (1, 2, 1.0),
            (2, 0, 1.0),
            (3, 2, 1.5),
            (3, 1, 1.0),
            (1, 3, 0.5),
        ];
        let (eps, changed) = (1e-3, 0);
        let ties = verify::ties(4, edges);
        let moved = verify::ties(
            4,
            edges.map(|(j, i, s)| (j, i, if (j, i) == (0, 1) { s + eps } else { s })),
        );
        let options = Options { tolerance: 1e-13, ..Options::default() };
        let (x, y) = (pagerank(&ties, &options).unwrap(), pagerank(&moved, &options).unwrap());
        // p_01 rises from 1/3 to (1 + eps) / (3 + eps), and p_02 falls by as much.
        let rise = f64::from(1.0 + eps) / f64::from(3.0 + eps) - 1.0 / 3.0;
        let mut b = vec![[0.0f32; 2]; 4];
        let direct = (options.damping * rise * x.values[changed]) as f32;
        (b[1], b[2]) = ([direct, 0.0], [-direct, 0.0]);
        let carried = carried(&ties, b, options.damping, 100);
        for (i, change) in carried.iter().enumerate() {
            let truly = y.values[i] - x.values[i];
            assert!(
                (f64::from(change[0]) - truly).abs() < 2e-6,
                "{i}: {} is not {truly}",
                change[0]
            );
            assert_eq!(change[1], 0.0);
        }
    }
}
