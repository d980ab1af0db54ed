//! Burt's constraint: how far a vertex's contacts are tied up with each other.
//!
//! `c_i = sum_j (b_ij + sum_{q not i,j} b_iq b_qj)^2` over the contacts j of i, where `b_ij = a_ij / A_i` and
//! `A_i = sum_k a_ik` (Burt 1992, "Structural Holes"; so too igraph and networkx). Low is open, high is enclosed; it may
//! exceed 1. Vertices without contacts have no value, which is NaN here.
//!
//! Since `b_iq b_qj = a_iq a_qj / (A_i A_q)`, with `W_ij = sum_q a_iq a_qj / A_q` over common contacts q
//!
//! `c_i = sum_j (a_ij + W_ij)^2 / A_i^2`,
//!
//! and W is symmetric: it is summed over closed wedges alone, once a pair (`closure.rs`).
//!
//! **Cost.** O(sum over contacts i-j of min(degree i, degree j)), at most m^1.5. Memory: 8 bytes for each pair, and 8 a vertex and thread.

use crate::closure::{self, Closure};
use crate::contacts::Contacts;

/// The constraint of every vertex: n values above 0, NaN for those without contacts.
pub fn constraint(contacts: &Contacts) -> Vec<f64> {
    let mut squares = vec![0.0; contacts.vertices()];
    Closure::new(contacts, |a, q| a / contacts.total(q)).each(contacts, |i, j, a, link| {
        let square = (a + link) * (a + link);
        squares[i] += square;
        squares[j] += square;
    });
    for (i, square) in squares.iter_mut().enumerate() {
        *square = match contacts.total(i) {
            0.0 => f64::NAN,
            total => *square / (total * total),
        };
    }
    squares
}

/// [`parts`] of every vertex, row after row, at the cost of [`constraint`] and 8 bytes more for each contact.
pub fn all_parts(contacts: &Contacts) -> Vec<f64> {
    let links = Closure::new(contacts, |a, q| a / contacts.total(q));
    links.rows(contacts, |ego, _, a, link| ((a + link) / contacts.total(ego)).powi(2))
}

/// What each contact of `ego` adds to its constraint, in the order of [`Contacts::row`]; the sum is the constraint.
///
/// Cost: the sum of the degrees of ego's contacts. Panics if there is no vertex `ego`.
pub fn parts(contacts: &Contacts, ego: usize) -> Vec<f64> {
    let total = contacts.total(ego);
    let links = closure::of_one(contacts, ego, |a, q| a / contacts.total(q));
    contacts.row(ego).1.iter().zip(links).map(|(a, link)| ((a + link) / total).powi(2)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contacts::Pairing;
    use crate::ties::Ties;
    use crate::verify::{self, assert_close, graph};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_parts_of_all_are_those_of_each(graph in graph(30, 120)) {
            let contacts = Contacts::new(&graph, Pairing::Either);
            let each: Vec<f64> = (0..contacts.vertices()).flat_map(|i| parts(&contacts, i)).collect();
            assert_close(&all_parts(&contacts), &each, 1e-12);
        }
    }

    /// The constraint of every vertex of an undirected graph with equal strengths.
    fn of(n: usize, pairs: &[(u32, u32)]) -> Vec<f64> {
        let ties = verify::ties(n, pairs.iter().map(|(i, j)| (*i, *j, 1.0)));
        constraint(&Contacts::new(&ties, Pairing::Either))
    }

    #[test]
    fn a_star_leaves_its_center_free_and_its_leaves_bound() {
        for leaves in [1u32, 2, 7, 100] {
            let pairs: Vec<_> = (1..=leaves).map(|leaf| (0, leaf)).collect();
            let found = of(leaves as usize + 1, &pairs);
            let mut expected = vec![1.0; leaves as usize + 1];
            expected[0] = 1.0 / f64::from(leaves);
            assert_close(&found, &expected, 1e-14);
        }
    }

    #[test]
    fn a_clique_has_the_closed_form() {
        for k in 2u32..9 {
            let pairs: Vec<_> = (0..k).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
            let b = 1.0 / f64::from(k - 1);
            let each = f64::from(k - 1) * (b + f64::from(k - 2) * b * b).powi(2);
            assert_close(&of(k as usize, &pairs), &vec![each; k as usize], 1e-14);
        }
    }

    #[test]
    fn those_without_contacts_have_no_value() {
        let found = of(4, &[(0, 1)]);
        assert!(found[2].is_nan() && found[3].is_nan());
        assert!(of(0, &[]).is_empty());
    }

    #[test]
    fn a_tie_that_is_not_returned_is_no_contact_among_returned_ones() {
        let ties = verify::ties(3, [(0, 1, 2.0), (1, 0, 3.0), (0, 2, 5.0)]);
        let contacts = Contacts::new(&ties, Pairing::Returned);
        assert_eq!(contacts.row(0), (&[1][..], &[4.0][..]));
        let found = constraint(&contacts);
        assert_eq!(found[..2], [1.0, 1.0]);
        assert!(found[2].is_nan());
    }

    #[test]
    fn strength_may_push_it_above_one() {
        let ties = verify::ties(3, [(0, 1, 1.0), (0, 2, 1.0), (1, 2, 100.0)]);
        let found = constraint(&Contacts::new(&ties, Pairing::Either));
        assert_close(&found, &verify::constraint(&ties, Pairing::Either), 1e-14);
        assert!(found[0] > 1.0);
    }

    proptest! {
        #[test]
        fn it_equals_the_definition(graph in graph(40, 300), returned: bool) {
            let pairing = if returned { Pairing::Returned } else { Pairing::Either };
            let contacts = Contacts::new(&graph, pairing);
            let found = constraint(&contacts);
            assert_close(&found, &verify::constraint(&graph, pairing), 1e-12);
            for (ego, value) in found.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
                let parts = parts(&contacts, ego);
                prop_assert!((parts.iter().sum::<f64>() - value).abs() <= 1e-12 * value);
            }
        }

        #[test]
        fn it_is_the_same_in_every_unit_of_strength(graph in graph(30, 200)) {
            let (n, edges) = (graph.vertices(), verify::edges(&graph));
            let other = verify::ties(n, edges.iter().map(|(i, j, s)| (*i, *j, s * 4.0)));
            let of = |ties: &Ties| constraint(&Contacts::new(ties, Pairing::Either));
            assert_close(&of(&other), &of(&graph), 1e-15);
        }
    }

    #[test]
    fn it_has_the_same_bits_for_any_number_of_threads() {
        let ties = verify::large(3000, 40_000);
        let of = |threads| {
            verify::with_threads(threads, || {
                let values = constraint(&Contacts::new(&ties, Pairing::Either));
                values.into_iter().map(f64::to_bits).collect::<Vec<_>>()
            })
        };
        let one = of(1);
        assert_eq!(one, of(2));
        assert_eq!(one, of(5));
    }
}
