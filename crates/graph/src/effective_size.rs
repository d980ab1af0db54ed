//! Burt's effective size: how many of a vertex's contacts are not redundant.
//!
//! `e_i = sum_j (1 - sum_{q not i,j} b_iq m_jq)` over the contacts j of i, where `b_iq = a_iq / A_i`, `A_i = sum_k a_ik` and
//! `m_jq = a_jq / M_j`, `M_j = max_k a_jk` (Burt 1992, "Structural Holes"; so too networkx). From above 0 to the number of contacts, which
//! it is where no two of them are in contact. Vertices without contacts have no value, which is NaN here.
//!
//! With `W_ij = sum_q a_iq a_jq` over common contacts, which is symmetric and summed once a pair (`closure.rs`),
//!
//! `e_i = d_i - 1/A_i sum_j W_ij / M_j`, with d_i contacts.
//!
//! **Cost.** That of [`constraint`](mod@crate::constraint): O(sum over contacts i-j of min(degree i, degree j)), 8 bytes for each pair.
//! The difference loses digits where nearly all contacts are redundant: the absolute error is about d_i times 2^-50.

use crate::closure::{self, Closure};
use crate::contacts::Contacts;

/// The effective size of every vertex: n values above 0, NaN for those without contacts.
pub fn effective_size(contacts: &Contacts) -> Vec<f64> {
    let n = contacts.vertices();
    let largest: Vec<f64> = (0..n).map(|j| most(contacts, j)).collect();
    let mut redundant = vec![0.0; n];
    Closure::new(contacts, |a, _| a).each(contacts, |i, j, _, link| {
        redundant[i] += link / largest[j];
        redundant[j] += link / largest[i];
    });
    let size = |(i, redundant): (usize, f64)| match contacts.degree(i) {
        0 => f64::NAN,
        degree => degree as f64 - redundant / contacts.total(i),
    };
    redundant.into_iter().enumerate().map(size).collect()
}

/// [`parts`] of every vertex, row after row, at the cost of [`effective_size`] and 8 bytes more for each contact.
pub fn all_parts(contacts: &Contacts) -> Vec<f64> {
    let largest: Vec<f64> = (0..contacts.vertices()).map(|j| most(contacts, j)).collect();
    let links = Closure::new(contacts, |a, _| a);
    links.rows(contacts, |ego, j, _, link| 1.0 - link / (contacts.total(ego) * largest[j]))
}

/// What each contact of `ego` adds to its effective size, in the order of [`Contacts::row`]: above 0, at most 1.
///
/// Cost: the sum of the degrees of ego's contacts. Panics if there is no vertex `ego`.
pub fn parts(contacts: &Contacts, ego: usize) -> Vec<f64> {
    let ids = contacts.row(ego).0.iter();
    let links = closure::of_one(contacts, ego, |a, _| a);
    let part =
        |(j, link): (&u32, f64)| 1.0 - link / (contacts.total(ego) * most(contacts, *j as usize));
    ids.zip(links).map(part).collect()
}

/// `M_j`, 0 without contacts.
fn most(contacts: &Contacts, j: usize) -> f64 {
    contacts.row(j).1.iter().fold(0.0, |most, a| f64::max(most, *a))
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
            assert_close(&all_parts(&contacts), &each, 1e-9);
        }
    }

    fn of(n: usize, pairs: &[(u32, u32)]) -> Vec<f64> {
        let ties = verify::ties(n, pairs.iter().map(|(i, j)| (*i, *j, 1.0)));
        effective_size(&Contacts::new(&ties, Pairing::Either))
    }

    /// The formula as it is written, on a dense matrix.
    fn slowly(ties: &Ties, pairing: Pairing) -> Vec<f64> {
        let n = ties.vertices();
        let mut s = vec![vec![0.0; n]; n];
        for (i, j, strength) in verify::edges(ties) {
            s[i as usize][j as usize] = f64::from(strength);
        }
        let a = |i: usize, j: usize| match pairing {
            Pairing::Either => s[i][j] + s[j][i],
            Pairing::Returned => 2.0 * f64::min(s[i][j], s[j][i]),
            Pairing::Mean => (s[i][j] * s[j][i]).sqrt(),
        };
        let b = |i: usize, q: usize| a(i, q) / (0..n).map(|k| a(i, k)).sum::<f64>();
        let m = |j: usize, q: usize| a(j, q) / (0..n).map(|k| a(j, k)).fold(0.0, f64::max);
        let of = |i: usize| {
            let contacts: Vec<usize> = (0..n).filter(|j| a(i, *j) > 0.0).collect();
            let part = |j: &usize| {
                let others = (0..n).filter(|q| *q != i && q != j);
                1.0 - others.map(|q| b(i, q) * m(*j, q)).sum::<f64>()
            };
            if contacts.is_empty() { f64::NAN } else { contacts.iter().map(part).sum() }
        };
        (0..n).map(of).collect()
    }

    #[test]
    fn in_a_star_nobody_is_redundant_and_in_a_clique_all_but_one_are() {
        let star: Vec<_> = (1..=6u32).map(|leaf| (0, leaf)).collect();
        assert_eq!(of(7, &star), [6.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
        for k in 2u32..9 {
            let pairs: Vec<_> = (0..k).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
            // k - 1 contacts, each redundant by the k - 2 others at 1 / (k - 1).
            let each = f64::from(k - 1) - f64::from(k - 2);
            assert_close(&of(k as usize, &pairs), &vec![each; k as usize], 1e-13);
        }
    }

    #[test]
    fn those_without_contacts_have_no_value() {
        let found = of(3, &[(0, 1)]);
        assert!(found[0] == 1.0 && found[2].is_nan());
        assert!(of(0, &[]).is_empty());
    }

    proptest! {
        #[test]
        fn it_equals_the_definition_and_its_parts_add_up(graph in graph(30, 250), returned: bool) {
            let pairing = if returned { Pairing::Returned } else { Pairing::Either };
            let contacts = Contacts::new(&graph, pairing);
            let found = effective_size(&contacts);
            assert_close(&found, &slowly(&graph, pairing), 1e-11);
            for (ego, value) in found.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
                let parts = parts(&contacts, ego);
                prop_assert!(parts.iter().all(|part| *part > 0.0 && *part <= 1.0));
                prop_assert!((parts.iter().sum::<f64>() - value).abs() <= 1e-11);
            }
        }
    }

    #[test]
    fn it_has_the_same_bits_for_any_number_of_threads() {
        let ties = verify::large(3000, 40_000);
        let of = |threads| {
            verify::with_threads(threads, || {
                let values = effective_size(&Contacts::new(&ties, Pairing::Either));
                values.into_iter().map(f64::to_bits).collect::<Vec<_>>()
            })
        };
        assert!(of(1) == of(2) && of(1) == of(5));
    }
}
