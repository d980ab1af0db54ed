//! The E-I index: how far ties of an organization, and of its teams, go across their boundary, and how far chance alone would take them.
//!
//! `(E - I) / (E + I)`, with E the ties across the boundary and I those within (Krackhardt, Stern 1988): -1 where all stay within, 1 where all go across.
//! Ties are contacts, each counted once, or summed by strength. For the whole, what is across leads to vertices without a label; for a team,
//! other teams are across too. Without any tie there is no value.
//!
//! **Chance.** A large organization in a small world has little outside to tie to, so the index alone says nothing. Labels are dealt anew among
//! vertices of the same class, which the caller makes of those that could as well have had them, many times; each class keeps as many of each label. Told are the
//! mean and standard deviation over the draws, `z`, and both tails, `(1 + draws at most as large) / (1 + draws)`. Without variance there is no z.
//!
//! **Cost.** O(n + m), and each draw the contacts of as many vertices as have labels. Memory: 12 bytes a vertex and thread.

use crate::contacts::Contacts;
use crate::crew;
use crate::mix::mix;
use std::sync::Mutex;

/// The label of a vertex outside.
pub const OUTSIDE: u32 = u32::MAX;

/// Ties across a boundary and within it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Boundary {
    /// E.
    pub external: f64,
    /// I.
    pub internal: f64,
}

impl Boundary {
    /// The index, -1 to 1; nothing without ties.
    pub fn index(&self) -> Option<f64> {
        let all = self.external + self.internal;
        (all > 0.0).then(|| (self.external - self.internal) / all)
    }
}

/// What chance alone would do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chance {
    /// Mean index over the draws.
    pub mean: f64,
    /// Its standard deviation.
    pub deviation: f64,
    /// How many standard deviations the index lies above the mean, where there is any.
    pub z: Option<f64>,
    /// Share of draws with an index as low, the real one counted as a draw.
    pub as_low: f64,
    /// Share of draws with an index as high.
    pub as_high: f64,
}

/// The boundary of all labelled vertices, and then of each label below `labels`.
#[derive(Clone, Debug, PartialEq)]
pub struct Boundaries {
    /// All labels together.
    pub whole: Boundary,
    /// By label.
    pub parts: Vec<Boundary>,
}

/// Who stands where.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    /// The label of each vertex, or [`OUTSIDE`].
    pub of: &'a [u32],
    /// Labels are below this.
    pub count: usize,
    /// Whether ties count by strength, and not each as one.
    pub weighted: bool,
}

impl Labels<'_> {
    /// The boundaries as they are. Panics if a vertex has no entry.
    pub fn boundaries(&self, contacts: &Contacts) -> Boundaries {
        let inside = (0..contacts.vertices()).filter(|v| self.of[*v] != OUTSIDE);
        self.count_of(contacts, inside.map(|v| v as u32), self.of)
    }

    /// What chance would do with labels dealt anew `draws` times within each class; for all labels together, and for each.
    ///
    /// `classes[v]` is the class of v, any number. Nothing where there is no index. The same for the same input, whatever the number of threads.
    pub fn chance(
        &self,
        contacts: &Contacts,
        classes: &[u32],
        draws: usize,
    ) -> (Option<Chance>, Vec<Option<Chance>>) {
        let n = contacts.vertices();
        let mut order: Vec<u32> = (0..n as u32).collect();
        order.sort_by_key(|v| (classes[*v as usize], *v));
        // Places of `order` in which a class with labels begins, its size, and the labels that it deals.
        let mut decks: Vec<(usize, usize, Vec<u32>)> = Vec::new();
        let mut start = 0;
        for class in order.chunk_by(|a, b| classes[*a as usize] == classes[*b as usize]) {
            let labels = class.iter().map(|v| self.of[*v as usize]).filter(|l| *l != OUTSIDE);
            let labels: Vec<u32> = labels.collect();
            if !labels.is_empty() {
                decks.push((start, class.len(), labels));
            }
            start += class.len();
        }
        let drawn: Vec<Mutex<Vec<Option<f64>>>> = (0..draws).map(|_| Mutex::default()).collect();
        crew::each(
            drawn.iter().enumerate(),
            || (order.clone(), vec![OUTSIDE; n], Vec::new()),
            |(order, marks, swaps), (draw, result)| {
                let mut dealt = Vec::new();
                for (deck, (start, size, labels)) in decks.iter().enumerate() {
                    for (k, label) in labels.iter().enumerate() {
                        // Fisher and Yates's shuffle, as far as there are labels.
                        let hash = mix(mix(mix(draw as u64) ^ deck as u64) ^ k as u64);
                        let left = (size - k) as u128;
                        let other = k + ((u128::from(hash) * left) >> 64) as usize;
                        order.swap(start + k, start + other);
                        swaps.push((start + k, start + other));
                        let v = order[start + k];
                        marks[v as usize] = *label;
                        dealt.push(v);
                    }
                }
                let found = self.count_of(contacts, dealt.iter().copied(), marks);
                let all = std::iter::once(found.whole).chain(found.parts);
                if let Ok(mut result) = result.lock() {
                    *result = all.map(|boundary| boundary.index()).collect();
                }
                for v in dealt {
                    marks[v as usize] = OUTSIDE;
                }
                for (a, b) in swaps.drain(..).rev() {
                    order.swap(a, b);
                }
            },
        );
        let drawn: Vec<Vec<Option<f64>>> =
            drawn.into_iter().map(|one| one.into_inner().unwrap_or_default()).collect();
        let real = self.boundaries(contacts);
        let of = |k: usize, real: &Boundary| {
            let values = drawn.iter().filter_map(|draw| draw.get(k).copied().flatten());
            Chance::of(real.index()?, &values.collect::<Vec<f64>>())
        };
        let parts = real.parts.iter().enumerate().map(|(k, part)| of(k + 1, part)).collect();
        (of(0, &real.whole), parts)
    }

    fn count_of(
        &self,
        contacts: &Contacts,
        inside: impl Iterator<Item = u32>,
        label_of: &[u32],
    ) -> Boundaries {
        let mut whole = Boundary::default();
        let mut parts = vec![Boundary::default(); self.count];
        for v in inside {
            let label = label_of[v as usize];
            let part = &mut parts[label as usize];
            let (ids, strengths) = contacts.row(v as usize);
            for (other, strength) in ids.iter().zip(strengths) {
                let tie = if self.weighted { *strength } else { 1.0 };
                let theirs = label_of[*other as usize];
                // Ties within are met from both ends.
                match theirs {
                    OUTSIDE => whole.external += tie,
                    _ => whole.internal += 0.5 * tie,
                }
                match theirs == label {
                    true => part.internal += 0.5 * tie,
                    false => part.external += tie,
                }
            }
        }
        Boundaries { whole, parts }
    }
}

impl Chance {
    fn of(real: f64, drawn: &[f64]) -> Option<Chance> {
        if drawn.len() < 2 {
            return None;
        }
        let count = drawn.len() as f64;
        let mean = drawn.iter().sum::<f64>() / count;
        let squares: f64 = drawn.iter().map(|value| (value - mean) * (value - mean)).sum();
        let deviation = (squares / (count - 1.0)).sqrt();
        let share = |as_far: &dyn Fn(f64) -> bool| {
            (1.0 + drawn.iter().filter(|value| as_far(**value)).count() as f64) / (1.0 + count)
        };
        Some(Chance {
            mean,
            deviation,
            // Equal indexes differ by no more than rounding of their mean.
            z: (deviation > 1e-12).then(|| (real - mean) / deviation),
            as_low: share(&|value| value <= real),
            as_high: share(&|value| value >= real),
        })
    }
}

/// How unequally `values` of at least 0 are spread: 0 where all are equal, toward 1 where one has everything. Nothing where they sum to 0.
///
/// `sum_i (2 i - n - 1) x_i / (n sum x)` over ascending x (Gini 1912).
pub fn gini(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (n, sum) = (sorted.len() as f64, sorted.iter().sum::<f64>());
    let weighted: f64 =
        sorted.iter().enumerate().map(|(i, x)| (2.0 * (i + 1) as f64 - n - 1.0) * x).sum();
    (sum > 0.0).then(|| weighted / (n * sum))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contacts::Pairing;
    use crate::verify;
    use proptest::prelude::*;

    fn contacts(n: usize, edges: &[(u32, u32)]) -> Contacts {
        let ties = verify::ties(n, edges.iter().map(|(a, b)| (*a, *b, 2.0)));
        Contacts::new(&ties, Pairing::Either)
    }

    fn labels(of: &[u32], count: usize) -> Labels<'_> {
        Labels { of, count, weighted: false }
    }

    #[test]
    fn a_tie_within_a_firm_is_across_for_its_teams() {
        // Teams 0 = {0, 1} and 1 = {2}; 3 and 4 outside. A tie both ways is one.
        let graph = contacts(5, &[(0, 1), (1, 0), (1, 2), (2, 3), (0, 3), (3, 4)]);
        let of = labels(&[0, 0, 1, OUTSIDE, OUTSIDE], 2).boundaries(&graph);
        assert_eq!(of.whole, Boundary { external: 2.0, internal: 2.0 });
        assert_eq!(of.whole.index(), Some(0.0));
        assert_eq!(of.parts[0], Boundary { external: 2.0, internal: 1.0 });
        assert_eq!(of.parts[1], Boundary { external: 2.0, internal: 0.0 });
        let weighted = Labels { weighted: true, ..labels(&[0, 0, 1, OUTSIDE, OUTSIDE], 2) };
        assert_eq!(weighted.boundaries(&graph).whole, Boundary { external: 4.0, internal: 6.0 });
    }

    #[test]
    fn without_ties_there_is_no_index() {
        let of = labels(&[0, OUTSIDE, OUTSIDE], 1);
        let graph = contacts(3, &[(1, 2)]);
        assert_eq!(of.boundaries(&graph).whole.index(), None);
        let (whole, parts) = of.chance(&graph, &[0, 0, 0], 20);
        assert_eq!((whole, parts), (None, vec![None]));
    }

    #[test]
    fn where_everybody_in_a_class_has_the_label_chance_has_no_variance() {
        let graph = contacts(4, &[(0, 1), (1, 2), (2, 3)]);
        let (whole, _) = labels(&[0, 0, OUTSIDE, OUTSIDE], 1).chance(&graph, &[5, 5, 1, 1], 100);
        let whole = whole.unwrap();
        assert_eq!((whole.z, whole.mean, whole.as_low, whole.as_high), (None, 0.0, 1.0, 1.0));
    }

    #[test]
    fn the_mean_over_draws_is_that_over_all_ways_to_deal() {
        let graph =
            contacts(6, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0), (0, 3), (1, 4), (0, 2)]);
        let of = [0, 0, OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE];
        let mut all = Vec::new();
        for a in 0..6usize {
            for b in 0..a {
                let mut dealt = [OUTSIDE; 6];
                (dealt[a], dealt[b]) = (0, 0);
                all.extend(labels(&dealt, 1).boundaries(&graph).whole.index());
            }
        }
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let spread = all.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / all.len() as f64;
        let draws = 20_000;
        let (whole, _) = labels(&of, 1).chance(&graph, &[0; 6], draws);
        let whole = whole.unwrap();
        let error = 4.0 * (spread / draws as f64).sqrt();
        assert!((whole.mean - mean).abs() < error, "{} is not {mean} within {error}", whole.mean);
        assert!((whole.deviation - spread.sqrt()).abs() < 0.02 * spread.sqrt());
        let real = labels(&of, 1).boundaries(&graph).whole.index().unwrap();
        let low = all.iter().filter(|x| **x <= real).count() as f64 / all.len() as f64;
        assert!((whole.as_low - low).abs() < 0.02, "{} is not {low}", whole.as_low);
    }

    #[test]
    fn a_closed_group_is_told_from_chance() {
        // Two circles of 40 in which everybody knows their 6 neighbors, joined by one tie.
        let mut edges = vec![(0, 40)];
        for circle in [0, 40] {
            for v in 0..40u32 {
                edges.extend((1..=3).map(|step| (circle + v, circle + (v + step) % 40)));
            }
        }
        let of: Vec<u32> = (0..80).map(|v| if v < 40 { 0 } else { OUTSIDE }).collect();
        let (whole, _) = labels(&of, 1).chance(&contacts(80, &edges), &[0; 80], 1000);
        let whole = whole.unwrap();
        assert!(whole.z.unwrap() < -5.0 && whole.as_low < 0.002 && whole.as_high > 0.99);
    }

    #[test]
    fn gini_of_equal_values_is_0_and_of_one_owner_nearly_1() {
        assert_eq!(gini(&[3.0; 5]), Some(0.0));
        assert_eq!(gini(&[0.0, 0.0, 0.0, 8.0]), Some(0.75));
        assert_eq!(gini(&[0.0; 3]), None);
        assert_eq!(gini(&[]), None);
    }

    proptest! {
        #[test]
        fn gini_is_the_mean_difference_over_twice_the_mean(
            values in prop::collection::vec(0.0f64..100.0, 1..40),
        ) {
            let n = values.len() as f64;
            let differences: f64 =
                values.iter().flat_map(|a| values.iter().map(move |b| (a - b).abs())).sum();
            let plain = differences / (2.0 * n * values.iter().sum::<f64>());
            if let Some(gini) = gini(&values) {
                prop_assert!((gini - plain).abs() < 1e-9);
            }
        }

        #[test]
        fn boundaries_are_what_the_definition_says(
            ties in verify::graph(30, 120),
            seed in 0u64..1000,
        ) {
            let n = ties.vertices();
            let of: Vec<u32> = (0..n as u64)
                .map(|v| match mix(seed * 100 + v) % 4 { 3 => OUTSIDE, label => label as u32 })
                .collect();
            let linked = |a: usize, b: usize| {
                ties.out().row(a).0.contains(&(b as u32)) || ties.out().row(b).0.contains(&(a as u32))
            };
            let found = labels(&of, 3).boundaries(&Contacts::new(&ties, Pairing::Either));
            let count = |keep: &dyn Fn(u32, u32) -> bool| {
                let pairs = (0..n).flat_map(|a| (0..a).map(move |b| (a, b)));
                pairs.filter(|(a, b)| linked(*a, *b) && keep(of[*a], of[*b])).count() as f64
            };
            let inside = |label: u32| label != OUTSIDE;
            prop_assert_eq!(found.whole.external, count(&|a, b| inside(a) != inside(b)));
            prop_assert_eq!(found.whole.internal, count(&|a, b| inside(a) && inside(b)));
            for (label, part) in (0..).zip(&found.parts) {
                prop_assert_eq!(part.internal, count(&|a, b| a == label && b == label));
                prop_assert_eq!(part.external, count(&|a, b| (a == label) != (b == label)));
            }
        }
    }

    #[test]
    fn chance_is_the_same_for_any_number_of_threads() {
        let graph = Contacts::new(&verify::large(2000, 9000), Pairing::Either);
        let of: Vec<u32> = (0..2000).map(|v| if v % 9 < 3 { v % 3 } else { OUTSIDE }).collect();
        let classes: Vec<u32> = (0..2000).map(|v| v % 10).collect();
        let all = Labels { of: &of, count: 3, weighted: true };
        let run = |threads| verify::with_threads(threads, || all.chance(&graph, &classes, 50));
        assert_eq!(run(1), run(3));
    }
}
