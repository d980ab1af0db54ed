//! How a set of people's values is spread: where a value stands among them, kept small and exact enough for ever.
//!
//! A reference keeps each distinct value with how many people lie below it and how many at or below it. A curve is a
//! rising or falling function `y(below, through)` of these two counts (a mid-rank, a z-value, a share). At a stored value the curve
//! is `y(below, through)`; between two stored values it runs straight from `y(through, through)` of the lower one to
//! `y(below, below)` of the upper one. So with every value stored, the curve is exact for every x, known or not.
//!
//! Up to [`EXACT`] distinct values all are stored. Beyond that the [`LARGEST`] largest are stored, and of the others as
//! few as leave the curve within a stated tolerance of the truth at every value of the reference (a shrinking cone:
//! walk up, keep the slopes that pass all values so far within the tolerance, and store a value when none is left).
//! Each stored value then accounts for a rise of at least the tolerance, so that they are at most
//! (range of y) / tolerance + [`LARGEST`]. That is why the steps are not equal steps of rank: those lose whole points in the
//! tails, where few people make a large difference.

use crate::{Error, Kind};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Up to as many distinct values a reference stores all of them.
pub const EXACT: usize = 65_536;
/// As many of the largest values are always stored.
pub const LARGEST: usize = 1_000;

/// A set of values, as the counts of people below and at or below each stored one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Reference {
    people: u64,
    values: Vec<f64>,
    below: Vec<u64>,
    through: Vec<u64>,
}

impl Reference {
    /// The reference of finite `values` in any order; not-a-number counts as no value.
    ///
    /// `y` is the curve that matters and `tolerance` how far it may be off at a value that is not stored.
    pub fn new(
        values: &[f64],
        y: impl Fn(&Reference, u64, u64) -> f64,
        tolerance: f64,
    ) -> Reference {
        Reference::kept(values, y, tolerance, EXACT)
    }

    fn kept(
        values: &[f64],
        y: impl Fn(&Reference, u64, u64) -> f64,
        tolerance: f64,
        exact: usize,
    ) -> Reference {
        // Adding 0 makes -0 the same value as 0.
        let mut sorted: Vec<f64> = values.iter().filter(|x| !x.is_nan()).map(|x| x + 0.0).collect();
        sorted.par_sort_unstable_by(f64::total_cmp);
        let mut all = Reference { people: sorted.len() as u64, ..Reference::default() };
        let mut below = 0;
        for run in sorted.chunk_by(|a, b| a == b) {
            let through = below + run.len() as u64;
            all.push(run[0], below, through);
            below = through;
        }
        if all.values.len() <= exact {
            return all;
        }
        let kept = all.cone(|below, through| y(&all, below, through), tolerance);
        let mut few = Reference { people: all.people, ..Reference::default() };
        for i in kept {
            few.push(all.values[i], all.below[i], all.through[i]);
        }
        few
    }

    fn push(&mut self, value: f64, below: u64, through: u64) {
        self.values.push(value);
        self.below.push(below);
        self.through.push(through);
    }

    /// Which values to store: the first, the last, the largest, and where the cone closes.
    fn cone(&self, y: impl Fn(u64, u64) -> f64, tolerance: f64) -> Vec<usize> {
        let runs = self.values.len();
        let all_from = runs.saturating_sub(LARGEST.max(1));
        let mut kept = vec![0];
        let (mut anchor, mut lowest, mut highest) = (0, f64::NEG_INFINITY, f64::INFINITY);
        for i in 1..=all_from {
            let slope = |from: usize, rise_to: f64| {
                let start = y(self.through[from], self.through[from]);
                (rise_to - start) / width(self.values[from], self.values[i])
            };
            let reached = slope(anchor, y(self.below[i], self.below[i]));
            if !(lowest..=highest).contains(&reached) {
                anchor = i - 1;
                kept.push(anchor);
                (lowest, highest) = (f64::NEG_INFINITY, f64::INFINITY);
            }
            let here = y(self.below[i], self.through[i]);
            lowest = lowest.max(slope(anchor, here - tolerance));
            highest = highest.min(slope(anchor, here + tolerance));
        }
        kept.extend(all_from..runs);
        kept.dedup();
        kept
    }

    /// How many people the values are of.
    pub fn people(&self) -> u64 {
        self.people
    }

    /// Number of stored values.
    pub fn stored(&self) -> usize {
        self.values.len()
    }

    /// The stored values, rising, with how many people are below each, and how many at or below it.
    pub fn knots(&self) -> (&[f64], &[u64], &[u64]) {
        (&self.values, &self.below, &self.through)
    }

    /// A reference of its parts, checked.
    pub fn from_knots(
        people: u64,
        values: Vec<f64>,
        below: Vec<u64>,
        through: Vec<u64>,
    ) -> Result<Reference, Error> {
        let n = values.len();
        let rising = values.iter().all(|x| x.is_finite())
            && values.windows(2).all(|pair| pair[0] < pair[1])
            && below.iter().zip(&through).all(|(b, t)| b < t)
            && through.iter().zip(below.iter().skip(1)).all(|(t, b)| t <= b);
        let ends = below.first().copied().unwrap_or(0) == 0
            && through.last().copied().unwrap_or(0) == people;
        if below.len() != n || through.len() != n || !rising || !ends {
            return Err(Error::new(
                Kind::Fit,
                "the stored reference is damaged: its values or counts do not rise; fit the definition again under a new version",
            ));
        }
        Ok(Reference { people, values, below, through })
    }

    /// The smallest and the largest value; nothing where there is nobody.
    pub fn range(&self) -> Option<(f64, f64)> {
        Some((*self.values.first()?, *self.values.last()?))
    }

    /// The curve `y` at `x`.
    pub fn at(&self, x: f64, y: impl Fn(u64, u64) -> f64) -> f64 {
        let next = self.values.partition_point(|value| *value < x);
        if self.values.get(next) == Some(&x) {
            return y(self.below[next], self.through[next]);
        }
        let low = next.checked_sub(1);
        let before = low.map_or(0, |i| self.through[i]);
        let after = self.below.get(next).copied().unwrap_or(self.people);
        let from = y(before, before);
        let (Some(low), Some(high)) = (low, self.values.get(next)) else {
            return from;
        };
        if before == after {
            return from;
        }
        let to = y(after, after);
        let part = width(self.values[low], x) / width(self.values[low], *high);
        from + (to - from) * part.clamp(0.0, 1.0)
    }

    /// Mid-rank share: the people below and half of those at the same place, over all; 0.5 for nobody.
    pub fn mid_share(&self, below: u64, through: u64) -> f64 {
        if self.people == 0 {
            return 0.5;
        }
        (below as f64 + through as f64) / (2.0 * self.people as f64)
    }

    /// Share of people at or above, at least one of them.
    pub fn share_above(&self, below: u64) -> f64 {
        let people = self.people.max(1);
        (self.people.saturating_sub(below)).max(1) as f64 / people as f64
    }
}

/// Half the distance between two values: half, so that it is finite for all finite values.
fn width(low: f64, high: f64) -> f64 {
    // Two neighbours below the normal range may halve to the same number.
    (high / 2.0 - low / 2.0).max(f64::MIN_POSITIVE)
}

/// The form in files: values as the hexadecimal digits of their bits, so that they come back exactly.
#[derive(Serialize, Deserialize)]
struct Stored {
    people: u64,
    values: String,
    below: Vec<u64>,
    through: Vec<u64>,
}

impl From<Reference> for Stored {
    fn from(reference: Reference) -> Stored {
        let mut values = String::with_capacity(16 * reference.values.len());
        for value in &reference.values {
            values.push_str(&bits(*value));
        }
        Stored {
            people: reference.people,
            values,
            below: reference.below,
            through: reference.through,
        }
    }
}

impl TryFrom<Stored> for Reference {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Reference, Error> {
        let values: Option<Vec<f64>> = stored
            .values
            .as_bytes()
            .chunks(16)
            .map(|digits| from_bits(std::str::from_utf8(digits).ok()?))
            .collect();
        let values = values.ok_or_else(|| {
            Error::new(
                Kind::Fit,
                "the stored reference is damaged: its values are not hexadecimal digits",
            )
        })?;
        Reference::from_knots(stored.people, values, stored.below, stored.through)
    }
}

/// A number as the 16 hexadecimal digits of its bits.
pub(crate) fn bits(value: f64) -> String {
    format!("{:016x}", value.to_bits())
}

/// The number of 16 hexadecimal digits.
pub(crate) fn from_bits(digits: &str) -> Option<f64> {
    (digits.len() == 16).then(|| u64::from_str_radix(digits, 16).ok().map(f64::from_bits))?
}

/// Numbers as the hexadecimal digits of their bits, so that they come back exactly.
pub(crate) mod exact {
    use super::{bits, from_bits};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&bits(*value))
    }

    pub(crate) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<f64, D::Error> {
        let digits = String::deserialize(from)?;
        from_bits(&digits)
            .filter(|value| value.is_finite())
            .ok_or_else(|| serde::de::Error::custom("not the 16 hexadecimal digits of a number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mid(reference: &Reference, below: u64, through: u64) -> f64 {
        reference.mid_share(below, through)
    }

    fn true_mid(values: &[f64], x: f64) -> f64 {
        let below = values.iter().filter(|v| **v < x).count();
        let equal = values.iter().filter(|v| **v == x).count();
        (below as f64 + equal as f64 / 2.0) / values.len() as f64
    }

    proptest! {
        #[test]
        fn an_exact_reference_counts_people_at_any_value(
            values in prop::collection::vec(-20i32..20, 1..60), x in -22.0f64..22.0,
        ) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let reference = Reference::new(&values, mid, 1e-5);
            for x in values.iter().copied().chain([x, x.round()]) {
                let found = reference.at(x, |b, t| mid(&reference, b, t));
                prop_assert!((found - true_mid(&values, x)).abs() < 1e-12);
            }
        }

        #[test]
        fn a_thinned_reference_stays_within_its_tolerance_and_never_falls(
            seeds in prop::collection::vec(any::<u32>(), 1_200..4_000), power in 1.0f64..12.0,
        ) {
            let values: Vec<f64> = seeds.iter().map(|s| (f64::from(*s % 50_000) / 50_000.0).powf(power)).collect();
            let thin = Reference::kept(&values, mid, 1e-2, 10);
            let full = Reference::new(&values, mid, 1e-2);
            prop_assert!(thin.stored() <= LARGEST + 102);
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let mut last = 0.0;
            for x in sorted {
                let (a, b) = (thin.at(x, |b, t| mid(&thin, b, t)), full.at(x, |b, t| mid(&full, b, t)));
                prop_assert!((a - b).abs() <= 1e-2 + 1e-9, "{a} is not near {b}");
                prop_assert!(a >= last - 1e-15);
                last = a;
            }
        }

        #[test]
        fn a_reference_comes_back_from_its_file_bit_for_bit(values in prop::collection::vec(-1e300f64..1e300, 0..50)) {
            let reference = Reference::new(&values, mid, 1e-5);
            let text = serde_json::to_string(&reference).unwrap();
            prop_assert_eq!(serde_json::from_str::<Reference>(&text).unwrap(), reference);
        }
    }

    #[test]
    fn the_ends_of_the_number_range_are_no_trouble() {
        let values = [f64::MIN, -5e-324, 0.0, 5e-324, f64::MAX];
        let reference = Reference::kept(&values, mid, 1e-2, 2);
        for x in [f64::MIN, -1.0, 0.0, 2e-324, 1.0, f64::MAX, f64::NAN, f64::INFINITY] {
            let share = reference.at(x, |b, t| mid(&reference, b, t));
            assert!((0.0..=1.0).contains(&share), "{x}: {share}");
        }
    }

    #[test]
    fn a_damaged_reference_is_refused() {
        for text in [
            r#"{"people":1,"values":"3ff0","below":[0],"through":[1]}"#,
            r#"{"people":1,"values":"3ff0000000000000","below":[1],"through":[1]}"#,
            r#"{"people":2,"values":"3ff0000000000000","below":[0],"through":[1]}"#,
            r#"{"people":1,"values":"7ff0000000000000","below":[0],"through":[1]}"#,
            r#"{"people":1,"values":"3ff0000000000000","below":[],"through":[1]}"#,
        ] {
            assert!(serde_json::from_str::<Reference>(text).is_err(), "{text}");
        }
    }
}
