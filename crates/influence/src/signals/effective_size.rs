//! `brokerage.effective_size`: `sum_j [1 - sum_{q not i, j} b_iq m_jq]` over j with `a_ij > 0`.
//!
//! `a_ij` and `b_iq` as for `brokerage.constraint`, and `m_jq = a_jq / max_k a_jk`. The number of contacts less what is redundant in
//! them: each counts less the more i spends on others who are in touch with that contact. So it grows with the number of
//! contacts, which constraint hardly does beyond some dozens. It ignores who acted, and everything more than two steps away. Who has no contact has no
//! value.

use super::constraint::TIES;
use super::contacted::{self, Missed, Of};
use super::{About, Carrier, Column, Options, Resampled, Signal};
use crate::draws::{Draw, Lanes};
use crate::error::Error;
use crate::snapshot::Snapshot;
use graph::{Contacts, Pairing};

pub(super) struct EffectiveSize;

impl Signal for EffectiveSize {
    fn about(&self) -> &About {
        &About {
            name: "brokerage.effective_size",
            question: "How many of this person's contacts open a door that no other contact opens?",
            formula: "sum_j (1 - sum_{q not i, j} b_iq a_jq / max_k a_jk) over contacts j, where b_iq = a_iq / sum_k a_ik and \
                      a_ij = s_ij + s_ji (ties = \"returned\": 2 min(s_ij, s_ji)); no value without a contact",
            source: "Burt 1992, Structural Holes, chapter 2.",
            unit: "contacts who are not redundant",
            range: (0.0, f64::INFINITY),
            ignores: "Who acted and who is credited, and whatever is more than two steps away.",
            needs: "Interactions with a target; with ties = \"returned\", in both directions.",
            options: &[TIES],
            more_is_more: true,
            resampled: Resampled::Linearised,
        }
    }

    fn compute(&self, name: &str, snapshot: &Snapshot, options: &Options) -> Result<Column, Error> {
        let contacts = Contacts::new(snapshot.ties(), options.ties);
        let column = Column::new(name, graph::effective_size(&contacts));
        Ok(match options.ties {
            Pairing::Returned if !column.has_values() => column.noted(super::constraint::NONE),
            _ => column,
        })
    }

    /// Without contact k, `e = d - 1 - (R - 2 r_k) / (1 - b_k)`, where `r_k` is how redundant k is and R the sum of that over contacts: what k makes
    /// redundant of the others is taken to be as much as they make of k.
    fn resample(
        &self,
        draw: &Draw<'_>,
        values: &[f64],
        options: &Options,
    ) -> Result<Option<Vec<Lanes>>, Error> {
        let parts = |contacts: &Contacts| graph::effective_size::all_parts(contacts);
        let without = |one: &Missed| {
            let count = one.contacts as f64;
            let redundant = (count - one.value - 2.0 * (1.0 - one.part)).max(0.0);
            (count - 1.0 - redundant / (1.0 - one.share)).max(0.0)
        };
        Ok(Some(contacted::resample(
            draw,
            self.about().name,
            values,
            options,
            Of::Presence,
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
        let parts = graph::effective_size::parts(&contacts, person as usize);
        Ok(super::constraint::carried(&contacts, person, parts))
    }
}

#[cfg(test)]
mod tests {
    use super::super::verify::{any_edges, close, compute_with, world};
    use super::super::{Options, Signal};
    use super::EffectiveSize;
    use graph::Pairing;
    use proptest::prelude::*;

    /// The formula over a dense matrix, three loops deep.
    fn slowly(s: &[Vec<f64>], ties: Pairing) -> Vec<f64> {
        let n = s.len();
        let a = |i: usize, j: usize| match ties {
            Pairing::Returned => 2.0 * s[i][j].min(s[j][i]),
            _ => s[i][j] + s[j][i],
        };
        let total: Vec<f64> = (0..n).map(|i| (0..n).map(|k| a(i, k)).sum()).collect();
        let most: Vec<f64> = (0..n).map(|j| (0..n).map(|k| a(j, k)).fold(0.0, f64::max)).collect();
        let value = |i: usize| {
            let mut sum = 0.0;
            for j in (0..n).filter(|j| a(i, *j) > 0.0) {
                sum += 1.0;
                for q in (0..n).filter(|q| *q != i && *q != j) {
                    sum -= a(i, q) / total[i] * a(j, q) / most[j];
                }
            }
            if total[i] > 0.0 { sum } else { f64::NAN }
        };
        (0..n).map(value).collect()
    }

    proptest! {
        #[test]
        fn the_size_is_that_of_a_dense_matrix_and_its_carriers_share_it(edges in any_edges()) {
            let world = world(&edges);
            for ties in [Pairing::Either, Pairing::Returned] {
                let found = compute_with("brokerage.effective_size", &world, ties);
                prop_assert!(close(&found, &slowly(&world.strengths(), ties)));
                let options = Options { ties, ..Options::default() };
                for (i, value) in found.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
                    let carriers = EffectiveSize.carriers(&world.snapshot, i as u32, &options).unwrap();
                    let sum: f64 = carriers.iter().map(|carrier| carrier.share).sum();
                    prop_assert!((sum - 1.0).abs() < 1e-9 && *value > 0.0);
                }
            }
        }
    }

    #[test]
    fn where_no_tie_is_returned_it_says_so() {
        let world = world(&[(1, 2, 1.0)]);
        let options = Options { ties: Pairing::Returned, ..Options::default() };
        let column =
            super::super::compute("brokerage.effective_size", &world.snapshot, &options).unwrap();
        assert!(!column.has_values() && column.note.is_some());
    }
}
