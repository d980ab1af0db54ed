//! `authority.trust`: the walk of `authority.rank`, started and started again from people who are trusted beforehand.
//!
//! `x_i = 0.85 (sum_j p_ji x_j + q t_i) + 0.15 t_i`, with t the seeds' weights over their sum, and q the mass of those who credit nobody: PageRank with
//! the teleport vector t (EigenTrust; Kamvar, Schlosser, Garcia-Molina 2003). Attention counts only as far as it began with a seed. A farm of
//! accounts that credit each other has none, however many they are, until somebody who has some credits one of them.
//!
//! **Seeds** are the people with a number above 0 in the column `seed` of an imported list of people; the number is the weight. Whom to trust beforehand is a
//! decision of people, and one that can be read, dated and taken back; the ties can't make it. Without seeds there is no value:
//! a walk from everybody would be `authority.rank` under another name. It ignores trust that ended, and distrust.

use super::{About, Carrier, Column, Options, Resampled, Signal, rank};
use crate::draws::{Draw, Lanes};
use crate::error::{Error, Kind};
use crate::snapshot::Snapshot;

/// The attribute that makes somebody a seed.
const SEED: &str = "seed";

pub(super) struct Trust;

impl Signal for Trust {
    fn about(&self) -> &About {
        &About {
            name: "authority.trust",
            question: "Is this person credited by people whom trusted people credit?",
            formula: "x_i = 0.85 (sum_j p_ji x_j + q t_i) + 0.15 t_i, where p_ji = s_ji / sum_k s_jk, q is the sum of x_j over people j who \
                      credit nobody, and t_i is i's number in the imported column seed, if above 0, over the sum of all; sums to 1",
            source: "EigenTrust: Kamvar, Schlosser, Garcia-Molina 2003; PageRank: Brin, Page 1998.",
            unit: "of the attention that begins with seeds",
            range: (0.0, 1.0),
            ignores: "All attention that does not lead back to a seed, and distrust.",
            needs: "Interactions with a target, and a column seed of numbers in an imported list of people, above 0 for those trusted beforehand.",
            options: &[],
            more_is_more: true,
            resampled: Resampled::Linearised,
        }
    }

    fn compute(&self, name: &str, snapshot: &Snapshot, options: &Options) -> Result<Column, Error> {
        Ok(match walk(snapshot, options)? {
            Some(values) => Column::new(name, values),
            None => Column::new(name, vec![f64::NAN; snapshot.people().len()]).noted(
                "Nobody here is trusted beforehand; import a list of people with a column seed that is above 0 for those who are.",
            ),
        })
    }

    /// As for `authority.rank`, with the seeds held.
    fn resample(
        &self,
        draw: &Draw<'_>,
        values: &[f64],
        _: &Options,
    ) -> Result<Option<Vec<Lanes>>, Error> {
        Ok(Some(rank::moved(values, &rank::changes_of(draw, values))))
    }

    fn carriers(
        &self,
        snapshot: &Snapshot,
        person: u32,
        options: &Options,
    ) -> Result<Vec<Carrier>, Error> {
        Ok(match walk(snapshot, options)? {
            Some(values) => rank::carried(snapshot, &values, person),
            None => Vec::new(),
        })
    }
}

/// The walk from the seeds, if there are any.
fn walk(snapshot: &Snapshot, options: &Options) -> Result<Option<Vec<f64>>, Error> {
    let Some(given) = snapshot.attributes().get(SEED) else {
        return Ok(None);
    };
    let most = given.iter().copied().fold(0.0, f64::max);
    if most <= 0.0 {
        return Ok(None);
    }
    // Of the largest, so that no sum overflows; no number is none.
    let weight = |seed: &f64| if *seed > 0.0 { seed / most } else { 0.0 };
    let teleport: Vec<f64> = given.iter().map(weight).collect();
    let walk = graph::Options {
        tolerance: options.residual,
        in_order: true,
        teleport: Some(&teleport),
        ..graph::Options::default()
    };
    let ranks = graph::pagerank(snapshot.ties(), &walk)
        .map_err(|error| Error::new(Kind::Signal, format!("authority.trust: {error}")))?;
    let reached = reached(snapshot, &teleport);
    let value = |(value, reached): (f64, bool)| if reached { value } else { 0.0 };
    Ok(Some(ranks.values.into_iter().zip(reached).map(value).collect()))
}

/// Whom credit leads to from somebody with a weight. The walk comes near 0 for all others; they are exactly there.
fn reached(snapshot: &Snapshot, weights: &[f64]) -> Vec<bool> {
    let mut reached: Vec<bool> = weights.iter().map(|weight| *weight > 0.0).collect();
    let mut next: Vec<usize> = (0..weights.len()).filter(|i| reached[*i]).collect();
    while let Some(i) = next.pop() {
        for j in snapshot.ties().out().row(i).0.iter().map(|j| *j as usize) {
            if !reached[j] {
                reached[j] = true;
                next.push(j);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::super::verify::{World, any_edges, close, compute, world};
    use super::super::{Options, Signal};
    use super::Trust;
    use proptest::prelude::*;

    /// Power iteration on a dense matrix, for as long as anything moves.
    fn slowly(strengths: &[Vec<f64>], seeds: &[f64]) -> Vec<f64> {
        let n = strengths.len();
        let all: f64 = seeds.iter().sum();
        let t: Vec<f64> = seeds.iter().map(|seed| seed / all).collect();
        let mut x = t.clone();
        for _ in 0..400 {
            let mut next: Vec<f64> = t.iter().map(|t| 0.15 * t).collect();
            for (j, row) in strengths.iter().enumerate() {
                let sum: f64 = row.iter().sum();
                for i in 0..n {
                    next[i] += 0.85 * x[j] * if sum > 0.0 { row[i] / sum } else { t[i] };
                }
            }
            x = next;
        }
        x
    }

    fn seeded(edges: &[(u64, u64, f64)], seeds: &[(u64, f64)]) -> World {
        let mut world = world(edges);
        world.snapshot.attach("seed", seeds.iter().copied()).unwrap();
        world
    }

    proptest! {
        #[test]
        fn trust_is_that_of_a_dense_power_iteration(edges in any_edges(), others in 0.5f64..4.0) {
            let first = world(&edges).snapshot.people()[0];
            let world = seeded(&edges, &[(first, 2.0), (7, others), (8, -1.0)]);
            let weight = |key: &u64| match *key {
                key if key == first => if key == 7 { others.max(2.0) } else { 2.0 },
                7 => others,
                _ => 0.0,
            };
            let seeds: Vec<f64> = world.snapshot.people().iter().map(weight).collect();
            let found = compute("authority.trust", &world);
            prop_assert!(close(&found, &slowly(&world.strengths(), &seeds)));
            for i in 0..found.len() {
                let carriers = Trust.carriers(&world.snapshot, i as u32, &Options::default()).unwrap();
                let sum: f64 = carriers.iter().map(|carrier| carrier.share).sum();
                prop_assert!((0.0..=1.0 + 1e-9).contains(&sum));
            }
        }
    }

    #[test]
    fn a_farm_that_no_seed_reaches_has_none_and_one_tie_lets_it_in() {
        let mut edges = vec![(1, 2, 1.0), (2, 3, 1.0)];
        edges.extend((10..40).flat_map(|k| [(k, k + 1, 50.0), (k + 1, k, 50.0), (k, 40, 50.0)]));
        let of = |edges: &[(u64, u64, f64)], key: u64| {
            let world = seeded(edges, &[(1, 1.0)]);
            compute("authority.trust", &world)[world.snapshot.number(key).unwrap() as usize]
        };
        assert_eq!(of(&edges, 40), 0.0);
        assert!(of(&edges, 3) > 0.1);
        edges.push((3, 40, 0.1));
        assert!(of(&edges, 40) > 0.0);
    }

    #[test]
    fn without_a_seed_there_is_no_value_and_the_way_to_one() {
        let edges = [(1, 2, 1.0)];
        for world in [world(&edges), seeded(&edges, &[(1, 0.0), (9, 5.0)]), seeded(&edges, &[])] {
            let column =
                super::super::compute("authority.trust", &world.snapshot, &Options::default())
                    .unwrap();
            assert!(!column.has_values() && column.note.is_some_and(|note| note.contains("seed")));
            assert_eq!(Trust.carriers(&world.snapshot, 0, &Options::default()).unwrap(), []);
        }
        let huge = seeded(&edges, &[(1, f64::MAX), (2, f64::MAX)]);
        assert!(compute("authority.trust", &huge).iter().all(|value| value.is_finite()));
    }
}
