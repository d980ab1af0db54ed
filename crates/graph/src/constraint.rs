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

/// How much more each vertex is constrained with a contact than it would be without: `c_i - c_i without j`, mostly below 0, in the
/// order of [`Contacts::row`]; 0 for the only contact. What goes through j to others is left as it is, so that
/// `c_i without j = (sum_q (a_iq + W_iq)^2 - (a_ij + W_ij)^2) / (A_i - a_ij)^2`.
///
/// Cost: that of [`constraint`], with 8 bytes more for each contact.
pub fn losses(contacts: &Contacts) -> Vec<f64> {
    let mut squares = vec![0.0; contacts.vertices()];
    let links = Closure::new(contacts, |a, q| a / contacts.total(q));
    links.each(contacts, |i, j, a, link| {
        let square = (a + link) * (a + link);
        squares[i] += square;
        squares[j] += square;
    });
    let mut losses = vec![0.0; 2 * contacts.pairs()];
    links.each(contacts, |i, j, a, link| {
        for (ego, contact) in [(i, j), (j, i)] {
            let (total, ids) = (contacts.total(ego), contacts.row(ego).0);
            if let Ok(place) = ids.binary_search(&(contact as u32))
                && ids.len() > 1
            {
                let without =
                    (squares[ego] - (a + link) * (a + link)) / ((total - a) * (total - a));
                losses[contacts.range(ego).start + place] =
                    squares[ego] / (total * total) - without;
            }
        }
    });
    losses
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

    #[test]
    fn a_contact_who_knows_none_of_the_others_is_missed_as_the_constraint_without_it_says() {
        // A star: each leaf frees its center from 1/(n-1) to 1/n, and the center is all that a leaf has.
        let ties = verify::ties(6, (1..6).map(|leaf| (0, leaf, 1.0)));
        let contacts = Contacts::new(&ties, Pairing::Either);
        let found = losses(&contacts);
        assert_close(&found[..5], &[1.0 / 5.0 - 1.0 / 4.0; 5], 1e-14);
        assert_eq!(found[5..], [0.0; 5]);
    }

    proptest! {
        #[test]
        fn losses_are_those_of_constraint_without_the_contact_but_for_what_goes_through_it(graph in graph(12, 40)) {
            let contacts = Contacts::new(&graph, Pairing::Either);
            let (all, losses) = (constraint(&contacts), losses(&contacts));
            for i in 0..contacts.vertices() {
                let total = contacts.total(i);
                let sums: Vec<f64> = parts(&contacts, i).iter().map(|part| part.sqrt() * total).collect();
                for (k, a) in contacts.row(i).1.iter().enumerate().filter(|_| sums.len() > 1) {
                    let others = sums.iter().enumerate().filter(|(place, _)| *place != k);
                    let without = others.map(|(_, sum)| (sum / (total - a)).powi(2)).sum::<f64>();
                    let found = losses[contacts.range(i).start + k];
                    prop_assert!((found - (all[i] - without)).abs() <= 1e-9 * without.max(1.0));
                }
            }
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
