//! Why a score is what it is: its parts, which add up to it.
//!
//! `points = share x score`, where shares recurse through groups as [`crate::combine`] says. A score is a whole number of grains of
//! 2^-40; so are its points: each part's are rounded down, and the largest part takes what is left, at most one grain for each part.
//! Sums of such numbers are exact, so the points add up to the score in any order. `without` is the score that the
//! person would have if the signal were left out and the weights of the others counted among themselves, under the same stored scale.
//!
//! This goes down to each signal's value. Which ties and interactions made the value, and the words for them, are added by whoever
//! holds the snapshot and may show it.

use crate::scale::GRAIN;
use crate::scorecard::{Scorecard, State};
use crate::signals;
use serde::Serialize;

/// One person's score, taken apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Name of the definition.
    pub definition: String,
    /// Its version.
    pub version: u32,
    /// The question that it answers.
    pub question: String,
    /// Whether there is a score, and if not, why.
    pub state: State,
    /// The score, 1 to 100.
    pub score: Option<f64>,
    /// The 90 % interval, where one was computed.
    pub interval: Option<[f64; 2]>,
    /// The combined value before the scale, 0 to 1.
    pub raw: Option<f64>,
    /// The share of the reference that stands as high or higher.
    pub top_share: Option<f64>,
    /// How many people the reference has.
    pub reference_people: u64,
    /// What the evidence floor looked at.
    pub evidence: Found,
    /// A part for each signal in use, the most points first. Empty without a score.
    pub parts: Vec<Part>,
    /// Adjustments by integrity policies. No policy exists yet, so there are none.
    pub discounts: Vec<String>,
    /// Signals that count for nobody, because nobody has a value.
    pub left_out: Vec<String>,
}

/// The counts that the evidence floor looks at, and the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Distinct people who engaged the person.
    pub engagers: u32,
    /// Interactions toward the person.
    pub interactions: u32,
    /// So many distinct people are asked for.
    pub min_engagers: u64,
    /// So many interactions are asked for.
    pub min_interactions: u64,
}

/// What one signal carries of a score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// Name of the signal.
    pub signal: String,
    /// Its value in its own unit; nothing where there is no data.
    pub value: Option<f64>,
    /// Normalised, after direction, 0 to 1; 0 without data.
    pub normalised: f64,
    /// Weight in the whole; for a signal in a group its part of the group's weight.
    pub weight: f64,
    /// Part of the score, 0 to 1. All together are 1.
    pub share: f64,
    /// Points of the score. All together are the score.
    pub points: f64,
    /// The score without this signal; nothing if it is the only one.
    pub without: Option<f64>,
    /// Why the definition has this signal.
    pub why: String,
    /// What the value means for this person, in sentences.
    pub because: Vec<String>,
}

/// Explains the score in `row` of a scorecard; see [`Scorecard::find`].
pub fn explain<B: AsRef<[u8]>>(card: &Scorecard<B>, row: usize) -> Explanation {
    let header = card.header();
    let (engagers, interactions) = card.evidence(row);
    let score = card.score(row);
    Explanation {
        definition: header.definition.clone(),
        version: header.version,
        question: header.question.clone(),
        state: card.state(row),
        score,
        interval: card.interval(row),
        raw: card.raw(row),
        top_share: card.top_share(row),
        reference_people: header.reference_people,
        evidence: Found {
            engagers,
            interactions,
            min_engagers: header.evidence.min_engagers,
            min_interactions: header.evidence.min_interactions,
        },
        parts: score.map_or_else(Vec::new, |score| parts(card, row, score)),
        discounts: Vec::new(),
        left_out: header.left_out.clone(),
    }
}

fn parts<B: AsRef<[u8]>>(card: &Scorecard<B>, row: usize, score: f64) -> Vec<Part> {
    let header = card.header();
    let signals = header.signals.len();
    let normalised: Vec<f64> =
        (0..signals).map(|i| card.normalised(i, row).unwrap_or(0.0)).collect();
    let mut used = header.used();
    let weights = header.root.weights(&used);
    let shares = header.root.shares(&normalised, &used);
    let points = points(score, &shares);
    let mut parts = Vec::with_capacity(signals);
    for i in 0..signals {
        if !used[i] {
            continue;
        }
        used[i] = false;
        let without = header.root.value(&normalised, &used);
        used[i] = true;
        let signal = &header.signals[i];
        let value = card.value(i, row);
        parts.push(Part {
            signal: signal.name.clone(),
            value,
            normalised: normalised[i],
            weight: weights[i],
            share: shares[i],
            points: points[i],
            without: without.map(|raw| header.scale.score(card.scale(), raw)),
            why: signal.why.clone(),
            because: vec![sentence(&signal.name, value)],
        });
    }
    parts.sort_by(|a, b| b.points.total_cmp(&a.points).then_with(|| a.signal.cmp(&b.signal)));
    parts
}

/// Divides a score by shares that add up to 1, in whole grains.
fn points(score: f64, shares: &[f64]) -> Vec<f64> {
    let grains = score / GRAIN;
    let mut points: Vec<f64> = shares.iter().map(|share| (share * grains).floor()).collect();
    let rest = grains - points.iter().sum::<f64>();
    let largest = (0..shares.len()).max_by(|a, b| shares[*a].total_cmp(&shares[*b]).then(b.cmp(a)));
    if let Some(largest) = largest {
        points[largest] += rest;
    }
    points.into_iter().map(|grains| grains * GRAIN).collect()
}

/// What a signal's value says, in a sentence without a full stop: "214 people engaged".
pub fn sentence(signal: &str, value: Option<f64>) -> String {
    let about = signals::find(signal).map(|signal| signal.about());
    match (value, about) {
        (Some(value), Some(about)) => format!("{} {}", number(value), about.unit),
        (Some(value), None) => number(value),
        (None, Some(about)) => format!("no data; it needs: {}", about.needs.trim_end_matches('.')),
        (None, None) => "no data".to_owned(),
    }
}

/// A number for people: whole numbers whole, others with four digits.
pub(crate) fn number(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e15 {
        return format!("{value:.0}");
    }
    let digits = (3 - libm::floor(libm::log10(value.abs())) as i32).clamp(0, 12);
    format!("{value:.*}", digits as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_short_enough_to_read() {
        for (value, text) in [
            (214.0, "214"),
            (0.123456, "0.1235"),
            (1234.5678, "1235"),
            (0.00012345, "0.0001234"),
            (-0.5, "-0.5000"),
            (1e300, &format!("{:.0}", 1e300)),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_sentence_says_the_value_or_that_there_is_none() {
        let counted = sentence("reach.engagers", Some(214.0));
        assert!(counted.starts_with("214 people"), "{counted}");
        assert!(sentence("reach.engagers", None).starts_with("no data"));
    }

    proptest! {
        #[test]
        fn points_add_up_in_any_order(grains in (1u64 << 40)..=(100u64 << 40), weights in prop::collection::vec(0.0f64..1.0, 1..12)) {
            let sum: f64 = weights.iter().sum();
            prop_assume!(sum > 0.0);
            let shares: Vec<f64> = weights.iter().map(|w| w / sum).collect();
            let score = grains as f64 * GRAIN;
            let points = points(score, &shares);
            prop_assert_eq!(points.iter().sum::<f64>(), score);
            prop_assert_eq!(points.iter().rev().sum::<f64>(), score);
            for (points, share) in points.iter().zip(&shares) {
                prop_assert!(*points >= 0.0 && (points - share * score).abs() < 1e-10);
            }
        }
    }
}
