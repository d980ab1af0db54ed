//! Why somebody's score is another under another definition, or another version of it: signal by signal.
//!
//! ```text
//! points of a reason = points of the signal after - points of the signal before; no points where it does not count
//! ```
//!
//! Points are those of [`mod@crate::explain`], so the reasons add up to the whole move, bit for bit, in any order. The words say
//! what is otherwise with the signal: its use, its weight, its value, or, where all these are as before, its part in the whole.

use crate::definition::differences::{changes, short};
use crate::explain::{Explanation, Part, explain, number};
use crate::scorecard::Scorecard;
use serde::Serialize;
use std::collections::BTreeMap;

/// What one signal has to do with a move.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// The signal.
    pub signal: String,
    /// What it adds to the move. All together are the move.
    pub points: f64,
    /// In words.
    pub text: String,
}

/// Why the score in a row of `after` is not that in a row of `before`: the largest parts first. Empty unless both are scores.
pub fn why<B: AsRef<[u8]>>(
    (before, row_before): (&Scorecard<B>, usize),
    (after, row_after): (&Scorecard<B>, usize),
) -> Vec<Reason> {
    let (old, new) = (explain(before, row_before), explain(after, row_after));
    if old.score.is_none() || new.score.is_none() {
        return Vec::new();
    }
    let mut signals: BTreeMap<&str, [Option<&Part>; 2]> = BTreeMap::new();
    for (side, explanation) in [&old, &new].into_iter().enumerate() {
        for part in &explanation.parts {
            signals.entry(&part.signal).or_default()[side] = Some(part);
        }
    }
    let wholes = [whole(&old), whole(&new)];
    let mut reasons: Vec<Reason> = signals
        .into_iter()
        .map(|(signal, parts)| {
            let points = |part: Option<&Part>| part.map_or(0.0, |part| part.points);
            let points = points(parts[1]) - points(parts[0]);
            let words = match parts {
                [Some(old), Some(new)] => both([before, after], [old, new], wholes),
                [None, Some(_)] if uses(before, signal) => "has values now".to_owned(),
                [None, Some(new)] => format!("counts now, with weight {}", short(new.weight)),
                _ if uses(after, signal) => "has no values any more".to_owned(),
                _ => "no longer counts".to_owned(),
            };
            // Adding 0 makes -0 the same as 0.
            let rounded = (points * 10.0).round() / 10.0 + 0.0;
            let text = format!("{signal} {words}: {rounded:+.1} points");
            Reason { signal: signal.to_owned(), points, text }
        })
        .collect();
    reasons.sort_by(|a, b| {
        b.points.abs().total_cmp(&a.points.abs()).then_with(|| a.signal.cmp(&b.signal))
    });
    reasons
}

/// The weight of all signals in use.
fn whole(explanation: &Explanation) -> f64 {
    explanation.parts.iter().map(|part| part.weight).sum()
}

/// Whether the definition names the signal, though it may be left out.
fn uses<B: AsRef<[u8]>>(card: &Scorecard<B>, signal: &str) -> bool {
    card.header().signals.iter().any(|one| one.name == signal)
}

/// What is otherwise with a signal that counts in both.
fn both<B: AsRef<[u8]>>(cards: [&Scorecard<B>; 2], parts: [&Part; 2], wholes: [f64; 2]) -> String {
    let [old, new] = parts;
    let used = |card: &Scorecard<B>| {
        card.header().signals.iter().find(|one| one.name == old.signal).cloned()
    };
    let mut words = Vec::new();
    if old.weight != new.weight {
        words.push(format!("now weighs {} instead of {}", short(new.weight), short(old.weight)));
    }
    if let (Some(old), Some(new)) = (used(cards[0]), used(cards[1])) {
        words.extend(changes(&old, &new));
    }
    if old.value != new.value {
        let value = |part: &Part| part.value.map_or_else(|| "unknown".to_owned(), number);
        words.push(format!("is {} instead of {}", value(new), value(old)));
    }
    if words.is_empty() {
        let part = |part: &Part, whole: f64| format!("{:.0} %", 100.0 * part.weight / whole);
        let parts = [part(old, wholes[0]), part(new, wholes[1])];
        words.push(match parts[0] == parts[1] {
            true => "is as it was, among others that are not".to_owned(),
            false => format!("makes up {} of the weight instead of {}", parts[1], parts[0]),
        });
    }
    words.join(", ")
}
