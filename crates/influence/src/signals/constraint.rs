//! `brokerage.constraint`: `sum_j (b_ij + sum_{q not i, j} b_iq b_qj)^2` over j with `a_ij > 0`.
//!
//! `a_ij = s_ij + s_ji`, or with `ties = "returned"` `2 min(s_ij, s_ji)`, and `b_ij = a_ij / sum_k a_ik`. It is high
//! where one's contacts are few and know each other, so that nothing reaches one but what all of them know; low for
//! those who connect people who don't know each other. It may exceed 1. It ignores who acted, and everything more than two
//! steps away. Who has no contact has no value: the isolated broker nothing.

use super::contacted::{self, Missed, Of};
use super::{About, Carrier, Choice, Column, Options, Resampled, Signal};
use crate::draws::{Draw, Lanes};
use crate::error::Error;
use crate::snapshot::Snapshot;
use graph::{Contacts, Pairing};

pub(super) struct Constraint;

/// The option that says who is a contact.
pub(super) const TIES: Choice = Choice {
    key: "ties",
    values: &["either", "returned"],
    meaning: "Who is a contact: whoever has a tie either way, or only those with ties both ways, so that \
              writing to a thousand strangers makes no broker.",
};

/// Why nobody has a value under `ties = "returned"`.
pub(super) const NONE: &str = "No tie here is returned, so nobody has contacts; ties = \"either\" counts ties one way as well.";

/// Shares of the contacts of a person, each of whom adds a part.
pub(super) fn carried(contacts: &Contacts, person: u32, parts: Vec<f64>) -> Vec<Carrier> {
    let sum: f64 = parts.iter().sum();
    let share = |part: f64| if sum > 0.0 { part / sum } else { 0.0 };
    let ids = contacts.row(person as usize).0.iter();
    ids.zip(parts).map(|(j, part)| Carrier { person: *j, share: share(part) }).collect()
}

impl Signal for Constraint {
    fn about(&self) -> &About {
        &About {
            name: "brokerage.constraint",
            question: "How much are this person's contacts in touch with each other, or few? (low: opens doors)",
            formula: "sum_j (b_ij + sum_{q not i, j} b_iq b_qj)^2 over contacts j, where b_ij = a_ij / sum_k a_ik and \
                      a_ij = s_ij + s_ji (ties = \"returned\": 2 min(s_ij, s_ji)); no value without a contact",
            source: "Burt 1992, Structural Holes, chapter 2.",
            unit: "constraint by contacts who know each other",
            range: (0.0, f64::INFINITY),
            ignores: "Who acted and who is credited, and whatever is more than two steps away.",
            needs: "Interactions with a target; with ties = \"returned\", in both directions.",
            options: &[TIES],
            more_is_more: false,
            resampled: Resampled::Linearised,
        }
    }

    fn compute(&self, name: &str, snapshot: &Snapshot, options: &Options) -> Result<Column, Error> {
        let contacts = Contacts::new(snapshot.ties(), options.ties);
        let column = Column::new(name, graph::constraint(&contacts));
        Ok(match options.ties {
            Pairing::Returned if !column.has_values() => column.noted(NONE),
            _ => column,
        })
    }

    /// Without contact k, `c = (sum_j m_j^2 - m_k^2 - 2 m_k W_k) / (A - a_k)^2`, where `m = a + W`: what goes through k to the
    /// others is taken to be as much as what goes through them to k.
    fn resample(
        &self,
        draw: &Draw<'_>,
        values: &[f64],
        options: &Options,
    ) -> Result<Option<Vec<Lanes>>, Error> {
        let parts = |contacts: &Contacts| graph::constraint::all_parts(contacts);
        let without = |one: &Missed| {
            let m = one.part.sqrt();
            let rest = one.value - one.part - 2.0 * m * (m - one.share).max(0.0);
            rest.max(0.0) / (1.0 - one.share).powi(2)
        };
        Ok(Some(contacted::resample(
            draw,
            self.about().name,
            values,
            options,
            Of::Strength,
            parts,
            without,
        )))
    }

    fn carriers(
        &self,
        snapshot: &Snapshot,
        person: u32,
        options: &Options,
    ) -> Result<Vec<Carrier>, Error> {
        let contacts = Contacts::new(snapshot.ties(), options.ties);
        let parts = graph::constraint::parts(&contacts, person as usize);
        Ok(carried(&contacts, person, parts))
    }
}

#[cfg(test)]
mod tests {
    use super::super::verify::{World, any_edges, close, compute_with, world};
    use graph::Pairing;
    use proptest::prelude::*;

    fn constraint(world: &World, ties: Pairing) -> Vec<f64> {
        compute_with("brokerage.constraint", world, ties)
    }

    /// The formula over a dense matrix, three loops deep.
    fn slowly(s: &[Vec<f64>], ties: Pairing) -> Vec<f64> {
        let n = s.len();
        let a = |i: usize, j: usize| match ties {
            Pairing::Returned => 2.0 * s[i][j].min(s[j][i]),
            _ => s[i][j] + s[j][i],
        };
        let total: Vec<f64> = (0..n).map(|i| (0..n).map(|k| a(i, k)).sum()).collect();
        let b = |i: usize, j: usize| if total[i] > 0.0 { a(i, j) / total[i] } else { 0.0 };
        (0..n)
            .map(|i| {
                if total[i] == 0.0 {
                    return f64::NAN;
                }
                let through = |j: usize| -> f64 {
                    let others = (0..n).filter(|q| *q != i && *q != j);
                    others.map(|q| b(i, q) * b(q, j)).sum()
                };
                let contacts = (0..n).filter(|j| a(i, *j) > 0.0);
                contacts.map(|j| (b(i, j) + through(j)).powi(2)).sum()
            })
            .collect()
    }

    proptest! {
        #[test]
        fn constraint_is_that_of_a_dense_matrix(edges in any_edges()) {
            let world = world(&edges);
            for ties in [Pairing::Either, Pairing::Returned] {
                prop_assert!(close(&constraint(&world, ties), &slowly(&world.strengths(), ties)));
            }
        }
    }

    #[test]
    fn closed_forms_hold_for_a_pair_a_star_and_a_triangle() {
        let either = |edges: &[(u64, u64, f64)]| constraint(&world(edges), Pairing::Either);
        assert!(close(&either(&[(1, 2, 3.0)]), &[1.0, 1.0]));
        let star: Vec<_> = (2..=6).map(|leaf| (leaf, 1, 1.0)).collect();
        assert!(close(&either(&star), &[0.2, 1.0, 1.0, 1.0, 1.0, 1.0]));
        // Each of two contacts: a half, and a quarter through the other.
        assert!(close(&either(&[(1, 2, 1.0), (2, 3, 1.0), (3, 1, 1.0)]), &[1.125; 3]));
    }

    #[test]
    fn under_returned_ties_one_way_is_no_contact() {
        let world = world(&[(1, 2, 1.0), (2, 1, 1.0), (1, 3, 1.0)]);
        let values = constraint(&world, Pairing::Returned);
        assert!(close(&values[..2], &[1.0, 1.0]) && values[2].is_nan());
    }
}
