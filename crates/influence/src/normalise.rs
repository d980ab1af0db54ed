//! From a signal's own unit to a number between 0 and 1.
//!
//! | name | value |
//! |---|---|
//! | `log` | `ln(1 + x) / ln(1 + max)`; 0 where max is 0 |
//! | `rank` | mid-rank: the share below and half of those at the same value; 0.5 for one person |
//! | `zscore` | normal distribution at `(x - mean) / sd`; 0.5 where sd is 0 |
//! | `share` | `x / total`; 0 where the total is 0 |
//! | `none` | x itself |
//!
//! Maximum, ranks, mean, standard deviation (of a population, not of a sample) and total are those of the people scored
//! when the fit was made, and belong to it; a value beyond them counts as the nearest end. `direction = "low"` is 1 minus the value. Whoever has no value
//! gets 0 after direction. `log` and `share` refuse negative numbers.

use crate::reference::{Reference, exact};
use crate::{Error, Kind, normal};
use serde::{Deserialize, Serialize};

/// How far a thinned rank may be off.
pub const TOLERANCE: f64 = 1e-5;

/// How a signal is brought into 0..1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Normalise {
    /// Logarithm over that of the largest value.
    Log,
    /// Mid-rank among the people scored.
    #[default]
    Rank,
    /// Normal distribution of the standardised value.
    Zscore,
    /// Share of the total.
    Share,
    /// Left as it is.
    None,
}

impl Normalise {
    /// Every way with its name in definitions.
    pub const ALL: [(&'static str, Normalise); 5] = [
        ("log", Normalise::Log),
        ("rank", Normalise::Rank),
        ("zscore", Normalise::Zscore),
        ("share", Normalise::Share),
        ("none", Normalise::None),
    ];

    /// Whether negative values make no sense to it.
    pub fn refuses_negative(self) -> bool {
        matches!(self, Normalise::Log | Normalise::Share)
    }

    /// Whether `direction = "low"` makes sense with it: one minus a share, or minus a raw number, has no meaning of its own.
    pub fn has_low(self) -> bool {
        !matches!(self, Normalise::Share | Normalise::None)
    }

    /// What is to be remembered of the values of the people scored; not-a-number is no value.
    /// The values must be finite. The result does not depend on their order.
    pub fn fit(self, values: &[f64]) -> Result<Normaliser, Error> {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
        if sorted.is_empty() {
            return Ok(Normaliser::Absent);
        }
        sorted.sort_unstable_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let fitted = match self {
            Normalise::Log => Normaliser::Log { max: sorted.last().copied().unwrap_or(0.0) },
            Normalise::Rank => Normaliser::Rank {
                reference: Reference::new(&sorted, Reference::mid_share, TOLERANCE),
            },
            Normalise::Zscore => {
                let mean = sorted.iter().sum::<f64>() / n;
                let squares: f64 = sorted.iter().map(|x| (x - mean) * (x - mean)).sum();
                // Rounding gives equal values a tiny spread of their own.
                let equal = sorted.first() == sorted.last();
                let sd = if equal { 0.0 } else { libm::sqrt(squares / n) };
                Normaliser::Zscore { mean, sd }
            }
            Normalise::Share => Normaliser::Share { total: sorted.iter().sum() },
            Normalise::None => Normaliser::None,
        };
        let finite = match &fitted {
            Normaliser::Zscore { mean, sd } => mean.is_finite() && sd.is_finite(),
            Normaliser::Share { total } => total.is_finite(),
            _ => true,
        };
        if !finite {
            return Err(Error::new(
                Kind::Signal,
                "the values are too large to add up; normalise them by rank",
            ));
        }
        Ok(fitted)
    }
}

/// Which end of a signal is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// More is more.
    #[default]
    High,
    /// Less is more.
    Low,
}

impl Direction {
    /// Both with their names in definitions.
    pub const ALL: [(&'static str, Direction); 2] =
        [("high", Direction::High), ("low", Direction::Low)];
}

/// A normalisation with what it learned from the people scored when the fit was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Normaliser {
    /// Nobody had a value; the signal is left out.
    Absent,
    /// The largest value.
    Log {
        /// In the signal's unit.
        #[serde(with = "exact")]
        max: f64,
    },
    /// Where people stand.
    Rank {
        /// In the signal's unit.
        reference: Reference,
    },
    /// Mean and standard deviation.
    Zscore {
        /// In the signal's unit.
        #[serde(with = "exact")]
        mean: f64,
        /// In the signal's unit.
        #[serde(with = "exact")]
        sd: f64,
    },
    /// The sum.
    Share {
        /// In the signal's unit.
        #[serde(with = "exact")]
        total: f64,
    },
    /// Nothing to remember.
    None,
}

impl Normaliser {
    /// Whether this is what `normalise` fits.
    pub fn fits(&self, normalise: Normalise) -> bool {
        matches!(
            (self, normalise),
            (Normaliser::Absent, _)
                | (Normaliser::Log { .. }, Normalise::Log)
                | (Normaliser::Rank { .. }, Normalise::Rank)
                | (Normaliser::Zscore { .. }, Normalise::Zscore)
                | (Normaliser::Share { .. }, Normalise::Share)
                | (Normaliser::None, Normalise::None)
        )
    }

    /// The value of `x` in 0..1; 0 where there is none.
    pub fn apply(&self, x: f64, direction: Direction) -> f64 {
        if x.is_nan() {
            return 0.0;
        }
        let v = match self {
            Normaliser::Absent => return 0.0,
            Normaliser::Log { max } if *max > 0.0 => libm::log1p(x.min(*max)) / libm::log1p(*max),
            Normaliser::Log { .. } => 0.0,
            Normaliser::Rank { reference } => match reference.range() {
                Some((min, max)) => {
                    reference.at(x.clamp(min, max), |b, t| reference.mid_share(b, t))
                }
                None => 0.5,
            },
            Normaliser::Zscore { mean, sd } if *sd > 0.0 => normal::cdf((x - mean) / sd),
            Normaliser::Zscore { .. } => 0.5,
            Normaliser::Share { total } if *total > 0.0 => x / total,
            Normaliser::Share { .. } => 0.0,
            Normaliser::None => x,
        }
        .clamp(0.0, 1.0);
        match direction {
            Direction::High => v,
            Direction::Low => 1.0 - v,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Direction::{High, Low};
    use proptest::prelude::*;

    fn check(normalise: Normalise, values: &[f64], direction: Direction, expected: &[f64]) {
        let fitted = normalise.fit(values).unwrap();
        for (x, e) in values.iter().zip(expected) {
            let v = fitted.apply(*x, direction);
            assert!((v - e).abs() < 1e-12, "{normalise:?} {x}: {v} is not {e}");
        }
    }

    #[test]
    fn each_way_follows_its_formula() {
        let (l2, l4) = (2f64.ln(), 4f64.ln());
        check(Normalise::Log, &[0.0, 1.0, 3.0], High, &[0.0, l2 / l4, 1.0]);
        check(Normalise::Log, &[0.0, 1.0, 3.0], Low, &[1.0, 1.0 - l2 / l4, 0.0]);
        check(Normalise::Rank, &[5.0, 7.0, 5.0, -1.0], High, &[0.5, 0.875, 0.5, 0.125]);
        check(Normalise::Share, &[1.0, 3.0], High, &[0.25, 0.75]);
        check(Normalise::None, &[0.2, 1.4, -3.0], High, &[0.2, 1.0, 0.0]);
        let one = normal::cdf(1.0);
        check(Normalise::Zscore, &[2.0, 4.0], High, &[1.0 - one, one]);
    }

    #[test]
    fn what_tells_nobody_apart_has_its_stated_value() {
        check(Normalise::Log, &[0.0, 0.0], High, &[0.0, 0.0]);
        check(Normalise::Zscore, &[0.1, 0.1, 0.1], High, &[0.5, 0.5, 0.5]);
        check(Normalise::Rank, &[9.0], High, &[0.5]);
        check(Normalise::Share, &[0.0], High, &[0.0]);
    }

    #[test]
    fn no_value_is_nothing_after_direction_and_counts_for_nobody() {
        for (_, normalise) in Normalise::ALL {
            let fitted = normalise.fit(&[f64::NAN, 1.0, 2.0]).unwrap();
            assert_eq!(fitted, normalise.fit(&[2.0, 1.0]).unwrap());
            for direction in [High, Low] {
                assert_eq!(fitted.apply(f64::NAN, direction), 0.0, "{normalise:?}");
            }
            assert_eq!(normalise.fit(&[f64::NAN]).unwrap(), Normaliser::Absent);
        }
    }

    #[test]
    fn beyond_the_fit_a_value_counts_as_the_nearest_end() {
        for normalise in [Normalise::Log, Normalise::Rank] {
            let fitted = normalise.fit(&[1.0, 2.0, 8.0]).unwrap();
            assert_eq!(fitted.apply(100.0, High), fitted.apply(8.0, High));
        }
        let share = Normalise::Share.fit(&[1.0, 2.0]).unwrap();
        assert_eq!(share.apply(100.0, High), 1.0);
    }

    #[test]
    fn sums_beyond_the_number_range_are_refused() {
        for normalise in [Normalise::Zscore, Normalise::Share] {
            assert!(normalise.fit(&[f64::MAX, f64::MAX]).is_err());
        }
    }

    proptest! {
        #[test]
        fn values_stay_in_range_rise_and_come_back_from_a_file(
            mut values in prop::collection::vec(0.0f64..1e9, 1..60),
        ) {
            for (_, normalise) in Normalise::ALL {
                let fitted = normalise.fit(&values).unwrap();
                values.sort_by(f64::total_cmp);
                let high: Vec<f64> = values.iter().map(|x| fitted.apply(*x, High)).collect();
                prop_assert!(high.iter().all(|v| (0.0..=1.0).contains(v)));
                prop_assert!(high.windows(2).all(|pair| pair[0] <= pair[1]));
                let text = serde_json::to_string(&fitted).unwrap();
                prop_assert_eq!(serde_json::from_str::<Normaliser>(&text).unwrap(), fitted);
            }
        }
    }
}
