//! `brokerage.betweenness`: the share of ordered pairs of people whose shortest path leads through i, a pair's shortest paths counting
//! alike: `1 / (n (n - 1)) sum_{s, t} sigma_st(i) / sigma_st`.
//!
//! Paths follow credit and count ties, not their strength. Exact up to 2,000 people. Beyond, sampled so that with probability 0.9 every
//! value is within 0.005 of the true one; values below that can't be told from 0, and those people are tied at 0. The draws are named by the snapshot's
//! content, so that the same snapshot has the same values ([`graph::betweenness`](mod@graph::betweenness)).
//!
//! It ignores strength and every way round that is longer by a step. In a large network nearly everybody is at 0: it tells those few apart
//! through whom a noticeable part of all paths leads, and `brokerage.constraint` the others. Nobody carries it: it rests on pairs of
//! people far from i.

use super::{About, Column, Options, Resampled, Signal};
use crate::error::Error;
use crate::snapshot::Snapshot;

pub(super) struct Betweenness;

impl Signal for Betweenness {
    fn about(&self) -> &About {
        &About {
            name: "brokerage.betweenness",
            question: "Do the shortest ways between other people lead through this person?",
            formula: "1 / (n (n - 1)) sum over people s, t of sigma_st(i) / sigma_st, the shortest paths from s to t through i by all of \
                      them; exact up to 2,000 people, else sampled: within 0.005 for all at once with probability 0.9, and 0 below",
            source: "Freeman 1977; Brandes 2001; Riondato, Kornaropoulos 2016; KADABRA: Borassi, Natale 2016.",
            unit: "of all pairs connected through this person",
            range: (0.0, 1.0),
            ignores: "How strong ties are, and all ways that are not the shortest.",
            needs: "Interactions with a target.",
            options: &[],
            more_is_more: true,
            resampled: Resampled::Held,
        }
    }

    fn compute(&self, name: &str, snapshot: &Snapshot, _: &Options) -> Result<Column, Error> {
        let found = graph::betweenness(snapshot.ties(), snapshot.seed());
        let column = Column::new(name, found.values);
        Ok(match found.error {
            0.0 => column,
            error => column.noted(format!(
                "Sampled by {} paths: all values are within {error} with probability 0.9, and those below are 0.",
                found.draws
            )),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::verify::{any_edges, close, compute, world};
    use proptest::prelude::*;

    /// Every path of fewest ties between every two people, followed one by one.
    fn slowly(s: &[Vec<f64>]) -> Vec<f64> {
        let n = s.len();
        let mut values = vec![0.0; n];
        for from in 0..n {
            let mut paths = vec![vec![from]];
            let mut reached = vec![false; n];
            reached[from] = true;
            while !paths.is_empty() {
                let mut longer: Vec<Vec<usize>> = Vec::new();
                for path in &paths {
                    let last = path[path.len() - 1];
                    let next = (0..n).filter(|to| s[last][*to] > 0.0 && !reached[*to]);
                    longer.extend(next.map(|to| path.iter().copied().chain([to]).collect()));
                }
                for (to, reached) in reached.iter_mut().enumerate() {
                    let of: Vec<_> =
                        longer.iter().filter(|path| path[path.len() - 1] == to).collect();
                    for path in &of {
                        for between in &path[1..path.len() - 1] {
                            values[*between] += 1.0 / of.len() as f64;
                        }
                    }
                    *reached |= !of.is_empty();
                }
                paths = longer;
            }
        }
        let pairs = (n * (n - 1)) as f64;
        values.into_iter().map(|value| value / pairs).collect()
    }

    proptest! {
        #[test]
        fn betweenness_is_that_of_following_every_path(edges in any_edges()) {
            let world = world(&edges);
            let found = compute("brokerage.betweenness", &world);
            prop_assert!(close(&found, &slowly(&world.strengths())));
        }
    }

    #[test]
    fn strength_is_no_matter() {
        let of = |x| compute("brokerage.betweenness", &world(&[(1, 2, x), (2, 3, 1.0), (3, 4, x)]));
        assert_eq!(of(1.0), of(7.0));
    }

    #[test]
    fn in_a_large_network_it_is_sampled_and_says_so() {
        // A ring of 2,100 through one hub: everybody credits the hub and is credited by it.
        let edges: Vec<_> = (2..2100u64).flat_map(|k| [(k, 1, 1.0), (1, k, 1.0)]).collect();
        let world = world(&edges);
        let column =
            super::super::compute("brokerage.betweenness", &world.snapshot, &Default::default())
                .unwrap();
        let hub = column.values[world.snapshot.number(1).unwrap() as usize];
        let exact = 2098.0 * 2097.0 / (2099.0 * 2098.0);
        assert!((hub - exact).abs() <= 0.005, "{hub}");
        assert!(column.values.iter().filter(|value| **value > 0.0).count() == 1);
        assert!(column.note.is_some_and(|note| note.contains("Sampled")));
    }
}
