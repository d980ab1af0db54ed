//! Whether intervals hold what they promise: the share that contains the truth, and how wide they are.
//!
//! The truth of a person's score is its mean over many draws of the window, with the same people, ties and rates, under the fit of draw 0. Who is looked at
//! is chosen by that truth, never by a score observed: a sample of those with a mean evidence of at least twice the
//! definition's floor, and all of the top 1 %. (Chosen by observed scores, whoever was lucky would be looked at too often.) Each
//! looked-at person has an interval in each of the first draws; an interval covers if the true mean is in it.

use crate::Stage;
use influence::{Definition, Error, Fit, Scorecard};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// Draws that the truth is the mean of; at least 2.
    pub draws: u64,
    /// How many of them have intervals.
    pub intervals: u64,
    /// People in the sample.
    pub people: usize,
}

/// What came of it for one definition and one group of people.
#[derive(Clone, Debug, Serialize)]
pub struct Covered {
    /// The definition.
    pub definition: String,
    /// `all`, `sample` or `top`; `few` and `many` are those of `all` with a mean count of engagers below and from 10.
    pub group: &'static str,
    /// How many people.
    pub people: usize,
    /// How many intervals.
    pub intervals: usize,
    /// Share of the intervals that hold the true mean.
    pub covered: f64,
    /// Share that lies above it.
    pub above: f64,
    /// Share that lies below it.
    pub below: f64,
    /// Median width, over the 3.29 true standard deviations that a 90 % interval of a known normal distribution has.
    pub width: f64,
    /// Median of the true standard deviations, in points.
    pub deviation: f64,
}

/// What was seen of one person.
#[derive(Clone, Debug, Default)]
struct Seen {
    scores: Vec<f64>,
    engagers: f64,
    intervals: Vec<[f64; 2]>,
}

impl Seen {
    fn mean(&self) -> f64 {
        self.scores.iter().sum::<f64>() / self.scores.len() as f64
    }

    fn deviation(&self) -> f64 {
        let mean = self.mean();
        let squares: f64 = self.scores.iter().map(|score| (score - mean).powi(2)).sum();
        (squares / (self.scores.len() as f64 - 1.0)).sqrt()
    }

    fn count(&self) -> f64 {
        self.engagers / self.scores.len() as f64
    }
}

/// Whether the intervals of each of the definitions cover, in that order.
///
/// # Errors
/// A definition can't be computed.
pub fn coverage(
    stage: &Stage,
    definitions: &[Definition],
    trial: Trial,
) -> Result<Vec<Covered>, Error> {
    let mut fits: Vec<Option<Fit>> = vec![None; definitions.len()];
    let mut seen: Vec<BTreeMap<u64, Seen>> = vec![BTreeMap::new(); definitions.len()];
    let score = |draw: u64, fits: &mut [Option<Fit>]| -> Result<Vec<Scorecard>, Error> {
        let acts = stage.world().acts(draw, false);
        let each = definitions.iter().zip(fits);
        each.map(|(one, fit)| stage.score(one, &acts, fit, draw < trial.intervals)).collect()
    };
    score(0, &mut fits)?.iter().zip(&mut seen).for_each(|(card, seen)| take(card, seen));
    let numbers: Vec<u64> = (1..trial.draws).collect();
    // A few at a time, so that scores of many draws are not held at once.
    for numbers in numbers.chunks(8) {
        let cards = numbers.par_iter().map(|draw| score(*draw, &mut fits.clone()));
        for cards in cards.collect::<Result<Vec<_>, _>>()? {
            cards.iter().zip(&mut seen).for_each(|(card, seen)| take(card, seen));
        }
    }
    Ok(definitions.iter().zip(seen).flat_map(|(one, seen)| groups(one, trial, seen)).collect())
}

fn take(card: &Scorecard, seen: &mut BTreeMap<u64, Seen>) {
    for row in card.ranked() {
        let (Some(person), Some(score)) = (card.person(row), card.score(row)) else { continue };
        let one = seen.entry(person).or_default();
        one.scores.push(score);
        one.engagers += f64::from(card.evidence(row).0);
        one.intervals.extend(card.interval(row));
    }
}

fn groups(definition: &Definition, trial: Trial, seen: BTreeMap<u64, Seen>) -> Vec<Covered> {
    // Whoever is rarely scored has no mean to speak of.
    let mut people: Vec<(u64, Seen)> = seen
        .into_iter()
        .filter(|(_, one)| 2 * one.scores.len() as u64 >= trial.draws.max(3))
        .collect();
    people.sort_by(|a, b| b.1.mean().total_cmp(&a.1.mean()).then(a.0.cmp(&b.0)));
    let top: Vec<&(u64, Seen)> = people.iter().take(people.len().div_ceil(100)).collect();
    let enough = 2.0 * definition.evidence.min_engagers as f64;
    let mut sample: Vec<&(u64, Seen)> =
        people.iter().filter(|(_, one)| one.count() >= enough).collect();
    // Keys are hashes: those with the smallest are a sample that owes nothing to scores.
    sample.sort_by_key(|(person, _)| person.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    sample.truncate(trial.people);
    let mut all = [sample.clone(), top.clone()].concat();
    all.sort_by_key(|(person, _)| *person);
    all.dedup_by_key(|(person, _)| *person);
    let (few, many): (Vec<_>, Vec<_>) = all.iter().partition(|(_, one)| one.count() < 10.0);
    [("all", all), ("few", few), ("many", many), ("sample", sample), ("top", top)]
        .into_iter()
        .map(|(group, people)| covered(definition, group, &people))
        .collect()
}

fn covered(definition: &Definition, group: &'static str, people: &[&(u64, Seen)]) -> Covered {
    let (mut intervals, mut above, mut below) = (0, 0, 0);
    let (mut widths, mut deviations) = (Vec::new(), Vec::new());
    for (_, one) in people {
        let (mean, deviation) = (one.mean(), one.deviation());
        for [low, high] in &one.intervals {
            above += usize::from(*low > mean);
            below += usize::from(*high < mean);
            widths.push((high - low) / (3.29 * deviation));
        }
        intervals += one.intervals.len();
        deviations.push(deviation);
    }
    let share = |count: usize| count as f64 / intervals.max(1) as f64;
    Covered {
        definition: definition.name.clone(),
        group,
        people: people.len(),
        intervals,
        covered: share(intervals - above - below),
        above: share(above),
        below: share(below),
        width: median(widths),
        deviation: median(deviations),
    }
}

/// The middle value; 0 of none.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
