//! `authority.engagers`: `sum_j s_ji rank_j / sum_j s_ji`.
//!
//! The mean authority of those who engage with i, by strength of tie. It ignores how many they are: one respected
//! engager is as good as ten. Who has no engager has no value.

use super::{About, Carrier, Column, Options, Resampled, Signal, rank};
use crate::draws::{Draw, LANES, Lanes};
use crate::error::{Error, Kind};
use crate::snapshot::Snapshot;

pub(super) struct Engagers;

impl Signal for Engagers {
    fn about(&self) -> &About {
        &About {
            name: "authority.engagers",
            question: "How much authority do the people have who engage with this person?",
            formula: "sum_j s_ji rank_j / sum_j s_ji, where rank is authority.rank; no value without an engager",
            source: "Mean neighbor value, weighted: Barrat et al. 2004, with PageRank in place of degree.",
            unit: "of all attention, in the mean of the engagers",
            range: (0.0, 1.0),
            ignores: "How many engage.",
            needs: "Interactions with a target.",
            options: &[],
            more_is_more: true,
            resampled: Resampled::Full,
        }
    }

    fn compute(&self, name: &str, snapshot: &Snapshot, options: &Options) -> Result<Column, Error> {
        let ranks = rank::ranks(snapshot, options)?;
        let means = graph::mean_over_sources(snapshot.ties(), &ranks)
            .map_err(|error| Error::new(Kind::Signal, format!("{name}: {error}")))?;
        Ok(Column::new(name, means))
    }

    /// The mean over the ties of the replicate, of ranks that moved to first order; as it is where no tie is left.
    fn resample(
        &self,
        draw: &Draw<'_>,
        values: &[f64],
        options: &Options,
    ) -> Result<Option<Vec<Lanes>>, Error> {
        let snapshot = draw.snapshot();
        let (ranks, changes) = (rank::ranks(snapshot, options)?, rank::changes(draw, options)?);
        let out = snapshot.ties().out();
        let (mut sums, mut totals) =
            (vec![[0.0; LANES]; values.len()], vec![[0.0; LANES]; values.len()]);
        for source in 0..values.len() {
            let moved = changes[source].map(|change| ranks[source] as f32 + change);
            for place in out.range(source) {
                let (s, change) = (out.weights()[place], draw.change(draw.held(source, place)));
                let target = out.ids()[place] as usize;
                let (sum, total) = (&mut sums[target], &mut totals[target]);
                for l in 0..LANES {
                    let left = 1.0 + change[l];
                    let s = if left > GONE { s * left } else { 0.0 };
                    sum[l] += s * moved[l];
                    total[l] += s;
                }
            }
        }
        for ((sum, total), value) in sums.iter_mut().zip(&totals).zip(values) {
            for l in 0..LANES {
                let known = total[l] > 0.0;
                sum[l] = if known { (sum[l] / total[l]).max(0.0) } else { *value as f32 };
            }
        }
        Ok(Some(sums))
    }

    fn carriers(
        &self,
        snapshot: &Snapshot,
        person: u32,
        options: &Options,
    ) -> Result<Vec<Carrier>, Error> {
        let ranks = rank::ranks(snapshot, options)?;
        let (engagers, strengths) = snapshot.ties().into().row(person as usize);
        let parts = engagers.iter().zip(strengths).map(|(j, s)| f64::from(*s) * ranks[*j as usize]);
        let sum: f64 = parts.clone().sum();
        Ok(engagers
            .iter()
            .zip(parts)
            .map(|(j, part)| Carrier { person: *j, share: part / sum })
            .collect())
    }
}

/// Part of a tie that is as good as nothing: rounding leaves it where all clusters are gone.
const GONE: f32 = 1e-5;

#[cfg(test)]
mod tests {
    use super::super::verify::{any_edges, close, compute, world};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_mean_is_that_of_a_dense_matrix(edges in any_edges()) {
            let world = world(&edges);
            let (strengths, ranks) = (world.strengths(), compute("authority.rank", &world));
            let n = strengths.len();
            let slowly: Vec<f64> = (0..n)
                .map(|i| {
                    let all: f64 = (0..n).map(|j| strengths[j][i]).sum();
                    (0..n).map(|j| strengths[j][i] / all * ranks[j]).sum()
                })
                .collect();
            prop_assert!(close(&compute("authority.engagers", &world), &slowly));
        }
    }

    #[test]
    fn whom_nobody_engages_with_has_no_value() {
        let world = world(&[(1, 2, 1.0), (3, 2, 1.0)]);
        let ranks = compute("authority.rank", &world);
        let values = compute("authority.engagers", &world);
        assert!(close(&values[..1], &[(ranks[1] + ranks[2]) / 2.0]));
        assert!(values[1].is_nan() && values[2].is_nan());
    }
}
