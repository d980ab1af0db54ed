//! `brokerage.constraint`: `sum_j (b_ij + sum_{q not i, j} b_iq b_qj)^2` over j with `a_ij > 0`.
//!
//! `a_ij = s_ij + s_ji`, or with `ties = "returned"` `2 min(s_ij, s_ji)`, and `b_ij = a_ij / sum_k a_ik`. It is high
//! where one's contacts are few and know each other, so that nothing reaches one but what all of them know; low for
//! those who connect people who don't know each other. It may exceed 1. It ignores who acted, and everything more than two
//! steps away. Who has no contact has no value: the isolated broker nothing.

use super::{About, Carrier, Choice, Column, Options, Resampled, Signal};
use crate::draws::{Draw, LANES, Lanes, all};
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

    /// To first order: each contact's absence counts as often as the clusters say that make its ties.
    fn resample(
        &self,
        draw: &Draw<'_>,
        values: &[f64],
        options: &Options,
    ) -> Result<Option<Vec<Lanes>>, Error> {
        let snapshot = draw.snapshot();
        let made = || {
            let contacts = Contacts::new(snapshot.ties(), options.ties);
            let losses = graph::constraint::losses(&contacts);
            (options.ties, contacts, losses)
        };
        // Two uses of the signal with other ties are rare enough to compute the second anew.
        let held = draw.contacts().get_or_init(made);
        let other;
        let (pairing, contacts, losses) = match held.0 == options.ties {
            true => held,
            false => {
                other = made();
                &other
            }
        };
        let mut constraints: Vec<Lanes> = values.iter().map(|value| all(*value)).collect();
        for i in 0..values.len() {
            for (k, j) in contacts.range(i).zip(contacts.row(i).0).filter(|(_, j)| **j > i as u32) {
                let j = *j as usize;
                let back = contacts.row(j).0.binary_search(&(i as u32)).unwrap_or_default();
                let change = change(draw, *pairing, i, j);
                for (ego, place) in [(i, k), (j, contacts.range(j).start + back)] {
                    let (constraint, loss) = (&mut constraints[ego], losses[place] as f32);
                    (0..LANES).for_each(|l| constraint[l] += loss * change[l]);
                }
            }
        }
        let positive = |one: f32| one.max(f32::MIN_POSITIVE);
        constraints.iter_mut().for_each(|lanes| *lanes = lanes.map(positive));
        Ok(Some(constraints))
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

/// By how much the strength of the contact i-j changes, as a part of it: the sum over clusters of `W - 1` times what would
/// be gone without each.
fn change(draw: &Draw<'_>, pairing: Pairing, i: usize, j: usize) -> Lanes {
    let out = draw.snapshot().ties().out();
    let tie = |from: usize, to: usize| {
        let (ids, strengths) = out.row(from);
        let place = ids.binary_search(&(to as u32)).ok()?;
        Some((from, out.range(from).start + place, f64::from(strengths[place])))
    };
    let ties = [tie(i, j), tie(j, i)];
    let [to, from] = ties.map(|tie| tie.map_or(0.0, |tie| tie.2));
    let whole = pairing.strength(to, from);
    let mut change = [0.0; LANES];
    for ((source, place, strength), other) in
        ties.iter().zip([from, to]).filter_map(|(tie, other)| Some(((*tie)?, other)))
    {
        for (seed, share) in draw.held(source, place).iter() {
            let left = pairing.strength(strength * (1.0 - f64::from(share)), other);
            let (gone, chances) = ((1.0 - left / whole) as f32, draw.chances(seed));
            (0..LANES).for_each(|l| change[l] += gone * chances[l]);
        }
    }
    change
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
