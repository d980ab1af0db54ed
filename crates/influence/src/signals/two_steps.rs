//! `reach.two_steps`: the number of distinct people k along k -> j -> i, without i.
//!
//! Those whom i reached at second hand: they credit somebody who credits i. Exact, or where a snapshot has too many such ways estimated by HyperLogLog
//! with a standard error of 1.6 % ([`graph::two_steps`](mod@graph::two_steps)); the column says which. It ignores by how many ways and how strongly,
//! and counts whoever also credits i directly.
//!
//! Carried by the people j in between; a k with several ways is split evenly among them.

use super::{About, Carrier, Column, Options, Resampled, Signal};
use crate::draws::{Draw, LANES, Lanes, all};
use crate::error::Error;
use crate::snapshot::Snapshot;

pub(super) struct TwoSteps;

impl Signal for TwoSteps {
    fn about(&self) -> &About {
        &About {
            name: "reach.two_steps",
            question: "How many different people engaged with those who engaged with this person?",
            formula: "number of distinct people k, without i, with s_kj > 0 and s_ji > 0 for some j; exact where the ways k -> j -> i in all \
                      are at most 256 times people and ties, else HyperLogLog with a standard error of 1.6 %",
            source: "HyperBall: Boldi, Vigna 2013; HyperLogLog: Flajolet and others 2007, estimator of Ertl 2017.",
            unit: "people at second hand",
            range: (0.0, f64::INFINITY),
            ignores: "How often, how strongly and by how many ways, and what is further away.",
            needs: "Interactions with a target.",
            options: &[],
            more_is_more: true,
            resampled: Resampled::Linearised,
        }
    }

    fn compute(&self, name: &str, snapshot: &Snapshot, _: &Options) -> Result<Column, Error> {
        let found = graph::two_steps(snapshot.ties());
        let column = Column::new(name, found.values);
        Ok(match found.standard_error {
            0.0 => column,
            error => column.noted(format!(
                "Estimated, since there are too many ways to follow each: the standard error is {:.1} %.",
                100.0 * error
            )),
        })
    }

    /// Each engager carries people in proportion to engagers of their own, and counts as in `reach.engagers`; those further away
    /// change with whoever carries them.
    fn resample(
        &self,
        draw: &Draw<'_>,
        values: &[f64],
        _: &Options,
    ) -> Result<Option<Vec<Lanes>>, Error> {
        let ties = draw.snapshot().ties();
        let engagers = |i: usize| ties.into().row(i).0;
        let ways =
            |i: usize| engagers(i).iter().map(|j| ties.into().degree(*j as usize)).sum::<usize>();
        // People at second hand for each way to them.
        let each: Vec<f32> = values
            .iter()
            .enumerate()
            .map(|(i, value)| (*value / ways(i).max(1) as f64) as f32)
            .collect();
        let mut near: Vec<Lanes> = vec![[0.0; LANES]; values.len()];
        let mut counts: Vec<Lanes> = values.iter().map(|value| all(*value)).collect();
        let out = ties.out();
        for source in 0..values.len() {
            for place in out.range(source) {
                if let Some(change) = draw.presence(draw.held(source, place)) {
                    let target = out.ids()[place] as usize;
                    let carried = each[target] * ties.into().degree(source) as f32;
                    (0..LANES).for_each(|l| near[target][l] += change[l]);
                    (0..LANES).for_each(|l| counts[target][l] += carried * change[l]);
                }
            }
        }
        for (i, count) in counts.iter_mut().enumerate() {
            for j in engagers(i) {
                (0..LANES).for_each(|l| count[l] += each[i] * near[*j as usize][l]);
            }
            *count = count.map(|one| one.max(0.0));
        }
        Ok(Some(counts))
    }

    fn carriers(
        &self,
        snapshot: &Snapshot,
        person: u32,
        _: &Options,
    ) -> Result<Vec<Carrier>, Error> {
        let into = snapshot.ties().into();
        let ways = graph::two_steps::reached(snapshot.ties(), person as usize);
        let carried = |j: &u32| {
            let beyond = into.row(*j as usize).0.iter();
            let parts = beyond.filter_map(|k| ways.get(k)).map(|ways| 1.0 / f64::from(*ways));
            Carrier { person: *j, share: parts.sum::<f64>() / ways.len().max(1) as f64 }
        };
        Ok(into.row(person as usize).0.iter().map(carried).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::verify::{any_edges, compute, world};
    use super::super::{Options, Signal};
    use super::TwoSteps;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_count_is_that_of_a_dense_matrix_and_its_carriers_share_it(edges in any_edges()) {
            let world = world(&edges);
            let s = world.strengths();
            let n = s.len();
            let leads = |k: usize, i: usize| k != i && (0..n).any(|j| s[k][j] > 0.0 && s[j][i] > 0.0);
            let slowly: Vec<f64> =
                (0..n).map(|i| (0..n).filter(|k| leads(*k, i)).count() as f64).collect();
            prop_assert_eq!(&compute("reach.two_steps", &world), &slowly);
            for (i, count) in slowly.iter().enumerate() {
                let carriers = TwoSteps.carriers(&world.snapshot, i as u32, &Options::default()).unwrap();
                let sum: f64 = carriers.iter().map(|carrier| carrier.share).sum();
                prop_assert!((sum - f64::from(u8::from(*count > 0.0))).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_hub_in_between_carries_what_it_brings() {
        // 1 is credited by 2 and 3; 2 by 4, 5 and 6; 3 by 6.
        let world =
            world(&[(2, 1, 1.0), (3, 1, 1.0), (4, 2, 1.0), (5, 2, 1.0), (6, 2, 1.0), (6, 3, 1.0)]);
        let number = |key| world.snapshot.number(key).unwrap();
        assert_eq!(compute("reach.two_steps", &world)[number(1) as usize], 3.0);
        let carriers = TwoSteps.carriers(&world.snapshot, number(1), &Options::default()).unwrap();
        let share = |key| carriers.iter().find(|one| one.person == number(key)).unwrap().share;
        assert!((share(2) - 2.5 / 3.0).abs() < 1e-12 && (share(3) - 0.5 / 3.0).abs() < 1e-12);
    }
}
