//! How far scores would spread if the window's interactions were drawn again: the 90 % intervals.
//!
//! For each person and replicate r ([`crate::draws`]) the definition is worked out again under the same fit, with the values that its signals have
//! in r: `z_r`, on a scale on which people differ evenly ([`crate::scale::Scale::spread_out`]). Only the spread is taken from the replicates, since
//! their mean is off where a score bends:
//!
//! `low, high = scale(z +- 1.70 sd)`, within 1..100, `sd^2 = (31 var(z_r) + 4 mean of var(z_r) over like people) / 35`.
//!
//! Few cascades tell a variance badly, and whoever had uneventful ones this time would have too short an interval. So it is moderated: people who
//! stand next to each other, 20 on either side, are as good as [`LIKE`] replicates more. That is how variances of many small samples are
//! estimated (Smyth 2004, limma; in surveys: generalized variance functions, Wolter 2007). What it is worth was chosen on
//! simulated worlds of seeds 1 to 4 and 7, which are none of those that docs/intervals.md reports.
//!
//! 1.70, and not the 1.645 of the normal distribution, because 32 replicates tell the standard deviation to one part in eight (it is the quantile of
//! Student's t with 31 degrees of freedom). Held: the fit, communities, who is scored, and signals that say so of themselves.
//! A score that no replicate moves has no interval, rather than one without width: so it is where all signals are held, and for whoever lacks
//! what a geometric mean can't do without, since nothing that is drawn again would give it to them.

use crate::draws::{BATCHES, Draw, Draws, LANES, Lanes, REPLICATES};
use crate::normalise::Normaliser;
use crate::plan::Plan;
use crate::signals::Options;
use crate::snapshot::Snapshot;
use crate::{Error, Fit};
use rayon::prelude::*;

/// Standard deviations on either side: 90 % of a normal distribution, with a spread known from 32 replicates.
pub const REACH: f64 = 1.70;

/// How many replicates the variances of like people are worth.
pub const LIKE: f64 = 4.0;
/// How many people on either side are like somebody.
const BESIDE: usize = 20;

/// The spread of each person scored.
#[derive(Clone, Debug)]
pub struct Spread(Vec<f64>);

impl Spread {
    /// How far the interval of the `place`th person scored reaches either way; nothing where no replicate moves the score.
    pub(crate) fn reach(&self, place: usize) -> Option<f64> {
        self.0.get(place).filter(|sd| **sd > 0.0).map(|sd| REACH * sd)
    }
}

impl Plan<'_> {
    /// How far the scores under `fit` spread over replicates of `snapshot`, with the options of each signal; nothing if
    /// nobody is scored, if all signals are held, or if the snapshot was made without
    /// [`crate::Projector::with_clusters`].
    ///
    /// Memory: a number of 32 bits for each signal, replicate of a batch and person, and while ranks are carried on 3 more.
    ///
    /// # Errors
    /// A signal can't be computed.
    pub fn spread(
        &self,
        fit: &Fit,
        snapshot: &Snapshot,
        options: &[Options],
    ) -> Result<Option<Spread>, Error> {
        fit.belongs_to(self.definition)?;
        let normalisers: Vec<&Normaliser> = fit.normalisers().collect();
        let used = self.used(&normalisers);
        let normalised = self.normalise(&normalisers);
        let Some(raw) = self.combine(&normalised, &used) else {
            return Ok(None);
        };
        let point = Point { normalisers, used, normalised, raw, reference: fit.scale() };
        let Some(draws) = Draws::new(snapshot) else {
            return Ok(None);
        };
        let mut sums = vec![(0.0, 0.0); self.scored.len()];
        // One batch after the other: what is computed for everybody is held once.
        for batch in 0..BATCHES {
            let Some(more) = self.batch(&point, &draws.batch(batch), options)? else {
                return Ok(None);
            };
            for (sum, more) in sums.iter_mut().zip(more) {
                *sum = (sum.0 + more.0, sum.1 + more.1);
            }
        }
        let n = REPLICATES as f64;
        let variance = |(sum, squares): &(f64, f64)| (squares - sum * sum / n).max(0.0) / (n - 1.0);
        let variances: Vec<f64> = sums.iter().map(variance).collect();
        let moderated = moderate(&variances, &point.raw);
        Ok(Some(Spread(moderated.into_iter().map(libm::sqrt).collect())))
    }

    /// Sums of `z_r - z` and of its squares, over one batch.
    fn batch(
        &self,
        point: &Point<'_>,
        draw: &Draw<'_>,
        options: &[Options],
    ) -> Result<Option<Vec<(f64, f64)>>, Error> {
        let definition = self.definition;
        let mut columns: Vec<Option<Vec<Lanes>>> = Vec::with_capacity(options.len());
        for (k, (signal, options)) in definition.signals.iter().zip(options).enumerate() {
            let column = match point.used[k] {
                true => draw.resample(&signal.name, self.inputs.columns[k], options)?,
                false => None,
            };
            // Of the scored alone, so that the others' values are not kept.
            columns.push(column.map(|column| self.scored.iter().map(|i| column[*i]).collect()));
        }
        if columns.iter().all(Option::is_none) {
            return Ok(None);
        }
        let sums = (0..self.scored.len()).into_par_iter().map_init(Vec::new, |values, place| {
            let z = definition.scale.spread_out(point.reference, point.raw[place]);
            let (mut sum, mut squares) = (0.0, 0.0);
            for lane in 0..LANES {
                values.clear();
                values.extend(
                    (0..columns.len()).map(|k| self.value(point, &columns, k, place, lane)),
                );
                let raw = definition.root.value(values, &point.used).unwrap_or(point.raw[place]);
                let off = definition.scale.spread_out(point.reference, raw) - z;
                sum += off;
                squares += off * off;
            }
            (sum, squares)
        });
        Ok(Some(sums.collect()))
    }

    /// The normalised value of a signal in one replicate, for one of the scored.
    fn value(
        &self,
        point: &Point<'_>,
        columns: &[Option<Vec<Lanes>>],
        signal: usize,
        place: usize,
        lane: usize,
    ) -> f64 {
        let known = !self.inputs.columns[signal][self.scored[place]].is_nan();
        match &columns[signal] {
            Some(column) if known => {
                let x = f64::from(column[place][lane]);
                point.normalisers[signal].apply(x, self.definition.signals[signal].direction)
            }
            _ => point.normalised[signal][place],
        }
    }
}

/// Variances, each drawn toward the mean of those of people beside in order of `raw`. 0 stays 0, and is nobody's
/// neighbor. The order of people is no matter.
fn moderate(variances: &[f64], raw: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..raw.len()).filter(|i| variances[*i] > 0.0).collect();
    let place = |i: &usize| (raw[*i], variances[*i]);
    order.par_sort_unstable_by(|a, b| {
        let ((a, of_a), (b, of_b)) = (place(a), place(b));
        a.total_cmp(&b).then(of_a.total_cmp(&of_b))
    });
    let own = REPLICATES as f64 - 1.0;
    let mut moderated = vec![0.0; raw.len()];
    for (place, i) in order.iter().enumerate() {
        let beside = &order[place.saturating_sub(BESIDE)..order.len().min(place + BESIDE + 1)];
        let sum: f64 = beside.iter().map(|other| variances[*other]).sum();
        moderated[*i] = (own * variances[*i] + LIKE * sum / beside.len() as f64) / (own + LIKE);
    }
    moderated
}

/// What the snapshot itself comes to.
struct Point<'a> {
    normalisers: Vec<&'a Normaliser>,
    used: Vec<bool>,
    /// By signal, of the scored.
    normalised: Vec<Vec<f64>>,
    raw: Vec<f64>,
    reference: &'a crate::reference::Reference,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variance_is_drawn_toward_those_of_the_people_beside() {
        let raw: Vec<f64> = (0..100).map(f64::from).collect();
        let mut variances = vec![1.0; 100];
        variances[50] = 5.1;
        let moderated = moderate(&variances, &raw);
        let near = |i: usize, expected: f64| (moderated[i] - expected).abs() < 1e-12;
        assert!(near(50, (31.0 * 5.1 + 4.0 * 1.1) / 35.0), "{}", moderated[50]);
        assert!(near(30, (31.0 + 4.0 * 1.1) / 35.0) && near(29, 1.0) && near(0, 1.0));
    }

    #[test]
    fn whom_no_replicate_moves_has_no_spread_and_lends_none() {
        let moderated = moderate(&[0.0, 2.0, 0.0, 4.0], &[1.0, 1.0, 2.0, 3.0]);
        assert_eq!((moderated[0], moderated[2]), (0.0, 0.0));
        assert!((moderated[1] - (62.0 + 12.0) / 35.0).abs() < 1e-12);
        assert!(moderate(&[], &[]).is_empty());
    }

    #[test]
    fn the_order_of_people_changes_no_bit() {
        let raw: Vec<f64> = (0..300).map(|i| f64::from(i * 7 % 50)).collect();
        let variances: Vec<f64> = (0..300).map(|i| 0.1 + f64::from(i * 13 % 37)).collect();
        let mut turned = [raw.clone(), variances.clone()];
        turned.iter_mut().for_each(|column| column.rotate_left(113));
        let mut back = moderate(&turned[1], &turned[0]);
        back.rotate_right(113);
        assert_eq!(moderate(&variances, &raw), back);
    }
}
