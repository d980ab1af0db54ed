//! News: hours in which more happened than rhythm and excitation explain.
//!
//! A shock from outside looks like excitation to a model that knows none: one thing comes close after the other. So the baseline may be raised for stretches of hours.
//! Stretches that stand out from the rhythm alone are candidates, by the likelihood ratio of Poisson counts (Kulldorff's scan statistic, 1997). Each is kept only if the
//! whole model, excitation included, becomes more likely by more than it costs; clusters that excitation explains don't.

use super::design::{Design, NONE, Surge, Week};
use super::observed::Observed;

/// Lengths of stretches, in hours.
const LENGTHS: [usize; 11] = [3, 6, 9, 12, 18, 24, 36, 48, 72, 96, 168];
/// Candidates at most.
pub(super) const MOST: usize = 8;

/// Stretches that stand out, the most striking first; no two overlap.
pub(super) fn candidates(data: &Observed, week: Week) -> Vec<Surge> {
    let design = Design::new(data, week, Vec::new(), 0, 1.0);
    let mut counts = vec![0.0; design.seen.len()];
    let mut happened = vec![0.0; data.slots() + 1];
    for (((cell, _), at), weight) in design.cells.iter().zip(&data.times).zip(&data.weights) {
        if *cell != NONE {
            counts[*cell as usize] += weight;
            happened[*at as usize + 1] += weight;
        }
    }
    let mut expected = vec![0.0; data.slots() + 1];
    for slot in 0..data.slots() {
        let bin = week.bin(data.hour_of_week(slot as i64));
        for k in (0..data.networks).filter(|k| !data.is_dark(*k, slot)) {
            let cell = k * week.bins() + bin;
            if design.seen[cell][0] > 0.0 {
                expected[slot + 1] += counts[cell] / design.seen[cell][0] * data.length(slot);
            }
        }
    }
    for slot in 0..data.slots() {
        happened[slot + 1] += happened[slot];
        expected[slot + 1] += expected[slot];
    }
    let mut found: Vec<(f64, Surge)> = Vec::new();
    for length in LENGTHS.into_iter().filter(|length| length * 4 < data.slots()) {
        for from in 0..=data.slots() - length {
            let (c, e) = (
                happened[from + length] - happened[from],
                expected[from + length] - expected[from],
            );
            if c > e && e > 0.0 {
                let ratio = c * libm::log(c / e) - (c - e);
                // Less is found by chance among so many stretches.
                if ratio > 8.0 {
                    found.push((ratio, (from, from + length)));
                }
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut taken: Vec<Surge> = Vec::new();
    for (_, (a, b)) in found {
        if taken.len() == MOST {
            break;
        }
        if taken.iter().all(|(c, d)| b <= *c || *d <= a) {
            taken.push((a, b));
        }
    }
    taken
}

/// How much more likely a surge must make the whole: Schwarz's criterion for its height, beginning and end.
pub(super) fn cost(events: usize) -> f64 {
    1.5 * libm::log(events as f64)
}
