//! `brokerage.disparity`: `sum_{a != b} d_ab f_a f_b` over pairs of communities, the Rao-Stirling diversity of i's contacts.
//!
//! f_a is the share of the strength of i's contacts that goes to community a, and `d_ab = 1 - S_ab / sqrt(T_a T_b)` how far apart two communities are: S_ab is
//! the strength between them, T_a all strength of a's members (Salton's cosine; [`graph::disparity`](mod@graph::disparity) argues it). So it asks for many communities,
//! evenly, that have little to do with each other: a bridge between two halves of one crowd has less than one between strangers.
//! Communities are those of the fit ([`crate::communities`]); a definition's scores don't move because people are grouped otherwise.
//! It ignores how many contacts there are, and who acted. Who has no contact has no value.
//!
//! Organisations and languages would be groups as well; a snapshot does not know them.

use super::constraint::TIES;
use super::contacted::{self, Missed, Of};
use super::{About, Carrier, Column, Options, Resampled, Signal};
use crate::draws::{Draw, Lanes};
use crate::error::Error;
use crate::snapshot::Snapshot;
use graph::disparity::Nearness;
use graph::{Contacts, Pairing};

pub(super) struct Disparity;

impl Signal for Disparity {
    fn about(&self) -> &About {
        &About {
            name: "brokerage.disparity",
            question: "Does this person connect communities that have little to do with each other?",
            formula: "sum over communities a != b of d_ab f_a f_b, where f_a is the share of i's contacts in a by a_ij = s_ij + s_ji (ties = \
                      \"returned\": 2 min(s_ij, s_ji)), and d_ab = 1 - S_ab / sqrt(T_a T_b) by the strength between a and b and all \
                      of each; no value without a contact",
            source: "Rao 1982; Stirling 2007, A general framework for analysing diversity; communities: Leiden, Traag and others 2019.",
            unit: "diversity of communities among the contacts",
            range: (0.0, 1.0),
            ignores: "How many contacts there are, and who acted. Communities are held as the fit found them.",
            needs: "Interactions with a target; with ties = \"returned\", in both directions.",
            options: &[TIES],
            more_is_more: true,
            resampled: Resampled::Linearised,
        }
    }

    fn needs_communities(&self) -> bool {
        true
    }

    fn compute(&self, name: &str, snapshot: &Snapshot, options: &Options) -> Result<Column, Error> {
        let (contacts, nearness) = groups(snapshot, options);
        let column = Column::new(name, graph::disparity(&contacts, &nearness));
        Ok(match options.ties {
            Pairing::Returned if !column.has_values() => column.noted(super::constraint::NONE),
            _ => column,
        })
    }

    /// Without contact k, `D = (D - 2 D_k) / (1 - b_k)^2`, where `D_k` is what k adds; distances are held.
    fn resample(
        &self,
        draw: &Draw<'_>,
        values: &[f64],
        options: &Options,
    ) -> Result<Option<Vec<Lanes>>, Error> {
        let parts = |contacts: &Contacts| {
            let nearness = Nearness::new(contacts, &options.groups(draw.snapshot()));
            let people = 0..contacts.vertices();
            people.flat_map(|i| graph::disparity::parts(contacts, &nearness, i)).collect()
        };
        let without =
            |one: &Missed| (one.value - 2.0 * one.part).max(0.0) / (1.0 - one.share).powi(2);
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
        let (contacts, nearness) = groups(snapshot, options);
        let parts = graph::disparity::parts(&contacts, &nearness, person as usize);
        Ok(super::constraint::carried(&contacts, person, parts))
    }
}

fn groups(snapshot: &Snapshot, options: &Options) -> (Contacts, Nearness) {
    let contacts = Contacts::new(snapshot.ties(), options.ties);
    let nearness = Nearness::new(&contacts, &options.groups(snapshot));
    (contacts, nearness)
}

#[cfg(test)]
mod tests {
    use super::super::verify::{any_edges, close, compute, world};
    use super::super::{Options, Signal};
    use super::Disparity;
    use proptest::prelude::*;

    /// The formula over every pair of contacts, on a dense matrix.
    fn slowly(s: &[Vec<f64>], groups: &[u32]) -> Vec<f64> {
        let n = s.len();
        let a = |i: usize, j: usize| s[i][j] + s[j][i];
        let within = |g: u32, h: Option<u32>| -> f64 {
            let mut sum = 0.0;
            for i in (0..n).filter(|i| groups[*i] == g) {
                sum += (0..n)
                    .filter(|j| h.is_none_or(|h| groups[*j] == h))
                    .map(|j| a(i, j))
                    .sum::<f64>();
            }
            sum
        };
        let value = |i: usize| {
            let total: f64 = (0..n).map(|j| a(i, j)).sum();
            let mut sum = 0.0;
            for j in 0..n {
                for k in (0..n).filter(|k| groups[*k] != groups[j]) {
                    if a(i, j) > 0.0 && a(i, k) > 0.0 {
                        let all = within(groups[j], None) * within(groups[k], None);
                        let far = 1.0 - within(groups[j], Some(groups[k])) / all.sqrt();
                        sum += a(i, j) / total * a(i, k) / total * far;
                    }
                }
            }
            if total > 0.0 { sum } else { f64::NAN }
        };
        (0..n).map(value).collect()
    }

    proptest! {
        #[test]
        fn diversity_is_that_of_every_pair_of_contacts_and_its_carriers_share_it(edges in any_edges()) {
            let world = world(&edges);
            let found = compute("brokerage.disparity", &world);
            let groups = Options::default().groups(&world.snapshot);
            prop_assert!(close(&found, &slowly(&world.strengths(), &groups)));
            for (i, value) in found.iter().enumerate() {
                let carriers = Disparity.carriers(&world.snapshot, i as u32, &Options::default()).unwrap();
                let sum: f64 = carriers.iter().map(|carrier| carrier.share).sum();
                prop_assert!(*value < 1e-12 || (sum - 1.0).abs() < 1e-9);
                prop_assert!(carriers.iter().all(|carrier| carrier.share.is_finite()));
            }
        }
    }

    #[test]
    fn communities_of_the_fit_are_taken_where_they_are_given() {
        let edges: Vec<_> = [(1, 2), (2, 3), (3, 1), (4, 5), (5, 6), (6, 4), (1, 4)]
            .map(|(from, to)| (from, to, 1.0))
            .to_vec();
        let before = world(&edges);
        // Later ties alone would group people otherwise.
        let later =
            [edges, vec![(1, 5, 9.0), (1, 6, 9.0), (4, 2, 9.0), (4, 3, 9.0), (2, 5, 9.0)]].concat();
        let after = world(&later);
        let held = Options {
            communities: Some(before.snapshot.communities().clone()),
            ..Options::default()
        };
        let of = |options: &Options| {
            super::super::compute("brokerage.disparity", &after.snapshot, options).unwrap().values
        };
        assert_ne!(of(&held), of(&Options::default()));
        let groups = held.groups(&after.snapshot);
        assert!(close(&of(&held), &slowly(&after.strengths(), &groups)));
    }
}
