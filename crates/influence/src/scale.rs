//! From a combined value to a score between 1 and 100.
//!
//! The reference is the N people scored when the fit was made; u is the mid-rank share of it below a value, u' the share
//! at or above, at least 1/N.
//!
//! | scale | score, clamped to 1..100 |
//! |---|---|
//! | `standard` | `50 + 10 Phi^-1(u)`, u within 1/2N..1 - 1/2N: the T-score of psychometrics. The median is 50, ten points are one standard deviation |
//! | `percentile` | `100 u` |
//! | `rarity` | `1 + 99 ln(1/u') / ln(10^6)`: one in a million is 100 |
//! | `linear` | `1 + 99 x`; needs no reference |
//!
//! Scores are multiples of 2^-40 (about 1e-12), so that parts that are multiples of it too add up exactly, in any order.
//! With more than [`crate::reference::EXACT`] different values the reference is thinned so that no score moves by more than
//! [`TOLERANCE`] points; see [`crate::reference`].

use crate::normal;
use crate::reference::Reference;
use serde::{Deserialize, Serialize};

/// The lowest and the highest score.
pub const RANGE: (f64, f64) = (1.0, 100.0);
/// How far a thinned reference may move a score, in points.
pub const TOLERANCE: f64 = 1e-3;
/// Scores and points are multiples of this.
pub const GRAIN: f64 = 1.0 / (1u64 << 40) as f64;

/// How a combined value becomes a score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Standard scores with mean 50 and standard deviation 10.
    #[default]
    Standard,
    /// Share of the reference below, in percent.
    Percentile,
    /// How rare it is to stand as high, on a logarithm.
    Rarity,
    /// The combined value itself, stretched.
    Linear,
}

impl Scale {
    /// Every scale with its name in definitions.
    pub const ALL: [(&'static str, Scale); 4] = [
        ("standard", Scale::Standard),
        ("percentile", Scale::Percentile),
        ("rarity", Scale::Rarity),
        ("linear", Scale::Linear),
    ];

    /// The reference of the combined values of the people scored.
    pub fn fit(self, raw: &[f64]) -> Reference {
        Reference::new(raw, |all, below, through| self.points(all, below, through), TOLERANCE)
    }

    /// The score of the combined value `raw`, in 1..100, a multiple of [`GRAIN`].
    pub fn score(self, reference: &Reference, raw: f64) -> f64 {
        let points = match self {
            Scale::Linear => 1.0 + 99.0 * raw,
            _ => reference.at(raw, |below, through| self.points(reference, below, through)),
        };
        to_grain(points.clamp(RANGE.0, RANGE.1))
    }

    /// Where `raw` stands on a scale on which people differ evenly, before the score is clamped: points, and for `percentile`,
    /// which runs together at its ends, normal quantiles.
    pub fn spread_out(self, reference: &Reference, raw: f64) -> f64 {
        match self {
            Scale::Linear => 1.0 + 99.0 * raw,
            Scale::Percentile => {
                let least = 0.5 / reference.people().max(1) as f64;
                let u = reference.at(raw, |below, through| reference.mid_share(below, through));
                normal::quantile(u.clamp(least, 1.0 - least))
            }
            _ => reference.at(raw, |below, through| self.points(reference, below, through)),
        }
    }

    /// The interval from `reach` below to `reach` above on that scale, in points within 1..100 and around the score.
    pub fn interval(self, reference: &Reference, raw: f64, reach: f64) -> (f64, f64) {
        let (score, z) = (self.score(reference, raw), self.spread_out(reference, raw));
        let end = |z: f64| {
            let points = if self == Scale::Percentile { 100.0 * normal::cdf(z) } else { z };
            to_grain(points.clamp(RANGE.0, RANGE.1))
        };
        (end(z - reach).min(score), end(z + reach).max(score))
    }

    fn points(self, reference: &Reference, below: u64, through: u64) -> f64 {
        let u = reference.mid_share(below, through);
        match self {
            Scale::Standard => {
                let least = 0.5 / reference.people().max(1) as f64;
                50.0 + 10.0 * normal::quantile(u.clamp(least, 1.0 - least))
            }
            Scale::Percentile => 100.0 * u,
            Scale::Rarity => 1.0 - 99.0 * libm::log(reference.share_above(below)) / libm::log(1e6),
            // Only how well the share above is kept depends on it.
            Scale::Linear => 100.0 * u,
        }
    }
}

/// The share of the reference that stands as high as `raw` or higher, at least 1/N.
pub fn top_share(reference: &Reference, raw: f64) -> f64 {
    reference.at(raw, |below, _| reference.share_above(below))
}

/// The nearest multiple of [`GRAIN`].
pub(crate) fn to_grain(points: f64) -> f64 {
    (points / GRAIN).round() * GRAIN
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_standard_scale_has_its_known_places() {
        for (people, one_in, points) in
            [(1_001, 2, 50.0), (100_000, 10, 62.8), (100_000, 100, 73.3), (100_000, 1_000, 80.9)]
        {
            let raw: Vec<f64> = (0..people).map(f64::from).collect();
            let reference = Scale::Standard.fit(&raw);
            let place = f64::from(people) * (1.0 - 1.0 / f64::from(one_in));
            let score = Scale::Standard.score(&reference, place.floor());
            assert!((score - points).abs() < 0.1, "1 in {one_in}: {score}");
        }
    }

    #[test]
    fn one_person_alone_is_in_the_middle() {
        let reference = Scale::Standard.fit(&[0.3]);
        assert_eq!(Scale::Standard.score(&reference, 0.3), 50.0);
        assert_eq!(top_share(&reference, 0.3), 1.0);
    }

    #[test]
    fn a_score_follows_the_formula_for_a_small_reference() {
        let reference = Scale::Standard.fit(&[0.1, 0.2, 0.2, 0.9]);
        let score = |x| Scale::Standard.score(&reference, x);
        let expected = |u| 50.0 + 10.0 * crate::normal::quantile(u);
        for (x, u) in
            [(0.1, 0.125), (0.2, 0.5), (0.5, 0.75), (0.9, 0.875), (2.0, 0.875), (0.0, 0.125)]
        {
            assert!((score(x) - expected(u)).abs() < 1e-11, "{x}");
        }
        assert_eq!(top_share(&reference, 0.2), 0.75);
        assert_eq!(top_share(&reference, 5.0), 0.25);
        let rare = Scale::Rarity.fit(&[0.1, 0.2, 0.2, 0.9]);
        assert!(
            (Scale::Rarity.score(&rare, 0.9) - (1.0 + 99.0 * 4f64.ln() / 1e6f64.ln())).abs()
                < 1e-11
        );
        assert_eq!(Scale::Percentile.score(&rare, 0.2), 50.0);
        assert_eq!(Scale::Linear.score(&rare, 0.5), 50.5);
    }

    #[test]
    fn a_thinned_reference_moves_no_score_by_more_than_the_tolerance() {
        // More different values than are kept exactly, with long tails on both sides.
        let raw: Vec<f64> = (1..=200_000u64)
            .map(|i| {
                let u = (i * 7_919 % 200_003) as f64 / 200_003.0;
                u.powi(9) + 0.05 * (u * 40.0).sin().abs() + u * 1e-4
            })
            .collect();
        let full = {
            let mut sorted = raw.clone();
            sorted.sort_by(f64::total_cmp);
            sorted
        };
        let distinct = full.chunk_by(|a, b| a == b).count();
        assert!(distinct > crate::reference::EXACT);
        for (_, scale) in Scale::ALL {
            let reference = scale.fit(&raw);
            assert!(reference.stored() < 60_000, "{}", reference.stored());
            for (i, x) in full.iter().enumerate() {
                let exact = scale.points(&reference, i as u64, i as u64 + 1);
                if scale != Scale::Linear
                    && full.get(i + 1) != Some(x)
                    && (i == 0 || full[i - 1] != *x)
                {
                    let off = scale.score(&reference, *x) - exact.clamp(1.0, 100.0);
                    assert!(off.abs() <= TOLERANCE + 1e-9, "{scale:?} at {x}: {off}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn scores_never_fall_as_values_rise_and_stay_in_range(
            reference in prop::collection::vec(0.0f64..1.0, 1..200),
            mut x in prop::collection::vec(-0.5f64..1.5, 2..50),
        ) {
            x.extend(&reference);
            x.sort_by(f64::total_cmp);
            for (_, scale) in Scale::ALL {
                let fitted = scale.fit(&reference);
                let scores: Vec<f64> = x.iter().map(|x| scale.score(&fitted, *x)).collect();
                prop_assert!(scores.iter().all(|s| (1.0..=100.0).contains(s)));
                prop_assert!(scores.windows(2).all(|pair| pair[0] <= pair[1]));
                let shares: Vec<f64> = x.iter().map(|x| top_share(&fitted, *x)).collect();
                prop_assert!(shares.iter().all(|s| *s > 0.0 && *s <= 1.0));
                prop_assert!(shares.windows(2).all(|pair| pair[0] >= pair[1]));
            }
        }

        #[test]
        fn the_order_of_the_reference_is_no_matter(mut values in prop::collection::vec(0.0f64..1.0, 1..100)) {
            let one = Scale::Standard.fit(&values);
            values.reverse();
            values.rotate_left(1);
            prop_assert_eq!(Scale::Standard.fit(&values), one);
        }
    }
}
