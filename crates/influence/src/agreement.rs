//! How far two measures agree on who stands higher: Kendall's tau-b and Spearman's rho.
//!
//! ```text
//! tau = (concordant - discordant) / sqrt((pairs - ties in a) (pairs - ties in b)),   pairs = n (n - 1) / 2
//! rho = Pearson's correlation of the mid-ranks
//! ```
//!
//! Both run from -1 to 1; 1 is the same order, 0 no relation. Ties count as no preference: two lists with the same order of
//! groups have tau 1. Counted in whole numbers in O(n log n), so that the order in which pairs are given changes no bit: tau by Knight's merge
//! sort, rho by twice the mid-ranks. Kendall 1945, The treatment of ties in ranking problems; Knight 1966, A computer method for
//! calculating Kendall's tau; Spearman 1904, The proof and measurement of association between two things.
//!
//! Which people are compared, and what they are called, is left to the caller.

use serde::Serialize;

/// How far two measures agree.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// How many people have both values.
    pub people: u64,
    /// Kendall's tau-b, -1 to 1; nothing where `reason` says why.
    pub kendall_tau: Option<f64>,
    /// Spearman's rank correlation, -1 to 1; nothing where `reason` says why.
    pub spearman: Option<f64>,
    /// Why there is no number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
}

impl Agreement {
    /// The agreement of two values of each person, in any order of people. A pair with not-a-number is left out.
    pub fn of(pairs: &[(f64, f64)]) -> Agreement {
        let mut pairs: Vec<(f64, f64)> = pairs
            .iter()
            .filter(|(a, b)| !a.is_nan() && !b.is_nan())
            // Adding 0 makes -0 the same value as 0.
            .map(|(a, b)| (a + 0.0, b + 0.0))
            .collect();
        pairs.sort_unstable_by(|x, y| x.0.total_cmp(&y.0).then(x.1.total_cmp(&y.1)));
        let none = |reason| Agreement {
            people: pairs.len() as u64,
            kendall_tau: None,
            spearman: None,
            reason: Some(reason),
        };
        if pairs.len() < 2 {
            return none("fewer than two people have both scores");
        }
        let mut second: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
        let discordant = inversions(&mut second);
        let first = Ties::of(pairs.iter().map(|pair| pair.0));
        // Counting the inversions has sorted them.
        let other = Ties::of(second.iter().copied());
        if first.groups == 1 || other.groups == 1 {
            return none("one of the two gives everybody the same score");
        }
        let both: i128 = pairs.chunk_by(|x, y| x == y).map(|run| choose(run.len())).sum();
        let all = choose(pairs.len());
        let balance = all - first.pairs - other.pairs + both - 2 * i128::from(discordant);
        let whole = |x: i128| x as f64;
        let tau = whole(balance) / (whole(all - first.pairs) * whole(all - other.pairs)).sqrt();

        let centred = |ties: &Ties, x: f64| i128::from(ties.centred(x));
        let (mut joint, mut spread) = (0i128, [0i128; 2]);
        for (a, b) in &pairs {
            let (a, b) = (centred(&first, *a), centred(&other, *b));
            joint += a * b;
            spread[0] += a * a;
            spread[1] += b * b;
        }
        let rho = whole(joint) / (whole(spread[0]) * whole(spread[1])).sqrt();
        Agreement {
            people: pairs.len() as u64,
            kendall_tau: Some(tau.clamp(-1.0, 1.0)),
            spearman: Some(rho.clamp(-1.0, 1.0)),
            reason: None,
        }
    }
}

/// Number of pairs among `n`.
fn choose(n: usize) -> i128 {
    let n = n as i128;
    n * (n - 1) / 2
}

/// The groups of equal values in a sorted list.
struct Ties {
    groups: usize,
    /// Pairs of equal values.
    pairs: i128,
    /// Each value that there is, with twice its mid-rank less (n + 1): how far from the middle it stands.
    centred: Vec<(f64, i64)>,
}

impl Ties {
    fn of(sorted: impl Iterator<Item = f64>) -> Ties {
        let sorted: Vec<f64> = sorted.collect();
        let (mut pairs, mut centred, mut below) = (0, Vec::new(), 0);
        for run in sorted.chunk_by(|a, b| a == b) {
            let through = below + run.len();
            pairs += choose(run.len());
            // The ranks below + 1 ..= through have the mean (below + 1 + through) / 2.
            centred.push((run[0], (below + through) as i64 - sorted.len() as i64));
            below = through;
        }
        Ties { groups: centred.len(), pairs, centred }
    }

    fn centred(&self, value: f64) -> i64 {
        let at = self.centred.partition_point(|(known, _)| known.total_cmp(&value).is_lt());
        self.centred.get(at).map_or(0, |(_, centred)| *centred)
    }
}

/// Sorts, and counts the pairs that stood in falling order.
fn inversions(values: &mut [f64]) -> u64 {
    let mut spare = values.to_vec();
    let mut count = 0;
    let mut width = 1;
    while width < values.len() {
        for (run, out) in values.chunks(2 * width).zip(spare.chunks_mut(2 * width)) {
            count += merge(run, width.min(run.len()), out);
        }
        values.copy_from_slice(&spare);
        width *= 2;
    }
    count
}

/// Merges two sorted halves of `run` into `out`; how many pairs across them stood in falling order.
fn merge(run: &[f64], middle: usize, out: &mut [f64]) -> u64 {
    let (mut left, mut right, mut count) = (0, middle, 0);
    for slot in out {
        // At equal values the left one goes first: no exchange, so no inversion.
        if right == run.len() || (left < middle && run[left] <= run[right]) {
            *slot = run[left];
            left += 1;
        } else {
            *slot = run[right];
            right += 1;
            count += (middle - left) as u64;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By looking at every pair of people, as the definition says.
    fn tau_slowly(pairs: &[(f64, f64)]) -> Option<f64> {
        let (mut balance, mut a_differs, mut b_differs) = (0.0, 0.0f64, 0.0f64);
        for (i, x) in pairs.iter().enumerate() {
            for y in &pairs[..i] {
                let sign = |d: f64| if d == 0.0 { 0.0 } else { d.signum() };
                let (a, b) = (sign(x.0 - y.0), sign(x.1 - y.1));
                balance += a * b;
                a_differs += a * a;
                b_differs += b * b;
            }
        }
        let whole = (a_differs * b_differs).sqrt();
        (whole > 0.0).then(|| balance / whole)
    }

    /// Pearson's correlation of ranks, each rank found by counting.
    fn rho_slowly(pairs: &[(f64, f64)]) -> Option<f64> {
        let ranks = |get: fn(&(f64, f64)) -> f64| -> Vec<f64> {
            let count = |x: f64, test: fn(f64, f64) -> bool| {
                pairs.iter().filter(|other| test(get(other), x)).count() as f64
            };
            let rank = |x: f64| count(x, |a, b| a < b) + (count(x, |a, b| a == b) + 1.0) / 2.0;
            pairs.iter().map(|pair| rank(get(pair))).collect()
        };
        let (a, b) = (ranks(|pair| pair.0), ranks(|pair| pair.1));
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        let (mean_a, mean_b) = (mean(&a), mean(&b));
        let sum = |x: &[f64], m: f64, y: &[f64], n: f64| -> f64 {
            x.iter().zip(y).map(|(x, y)| (x - m) * (y - n)).sum()
        };
        let spread = sum(&a, mean_a, &a, mean_a) * sum(&b, mean_b, &b, mean_b);
        (spread > 0.0).then(|| sum(&a, mean_a, &b, mean_b) / spread.sqrt())
    }

    fn near(found: Option<f64>, slowly: Option<f64>) -> bool {
        match (found, slowly) {
            (Some(found), Some(slowly)) => (found - slowly).abs() < 1e-12,
            (found, slowly) => found == slowly,
        }
    }

    fn any_pairs() -> impl Strategy<Value = Vec<(f64, f64)>> {
        let value = || prop_oneof![(-3i32..4).prop_map(f64::from), -1.0f64..1.0];
        prop::collection::vec((value(), value()), 0..60)
    }

    proptest! {
        #[test]
        fn both_are_what_looking_at_every_pair_gives(pairs in any_pairs()) {
            let found = Agreement::of(&pairs);
            prop_assert_eq!(found.people, pairs.len() as u64);
            if pairs.len() > 1 {
                prop_assert!(near(found.kendall_tau, tau_slowly(&pairs)), "{:?} {:?}", found, tau_slowly(&pairs));
                prop_assert!(near(found.spearman, rho_slowly(&pairs)), "{:?} {:?}", found, rho_slowly(&pairs));
            }
            prop_assert_eq!(found.reason.is_some(), found.kendall_tau.is_none());
            prop_assert_eq!(found.reason.is_some(), found.spearman.is_none());
        }

        #[test]
        fn no_bit_depends_on_the_order_of_people(pairs in any_pairs(), by in 0usize..60) {
            let mut turned = pairs.clone();
            turned.rotate_left(by.min(pairs.len()));
            turned.reverse();
            prop_assert_eq!(Agreement::of(&pairs), Agreement::of(&turned));
        }

        #[test]
        fn exchanging_the_two_changes_nothing_and_turning_one_over_the_sign(pairs in any_pairs()) {
            let of = |change: fn(&(f64, f64)) -> (f64, f64)| {
                Agreement::of(&pairs.iter().map(change).collect::<Vec<_>>())
            };
            let found = Agreement::of(&pairs);
            prop_assert_eq!(&of(|pair| (pair.1, pair.0)), &found);
            let turned = of(|pair| (pair.0, -pair.1));
            prop_assert_eq!(turned.kendall_tau, found.kendall_tau.map(|tau| -tau));
            prop_assert_eq!(turned.spearman, found.spearman.map(|rho| -rho));
        }
    }

    #[test]
    fn the_same_order_is_1_and_the_reverse_minus_1() {
        let of = |get: fn(f64) -> f64| {
            let pairs: Vec<(f64, f64)> = (0..1000).map(f64::from).map(|x| (x, get(x))).collect();
            let found = Agreement::of(&pairs);
            (found.kendall_tau, found.spearman)
        };
        assert_eq!(of(|x| x * x), (Some(1.0), Some(1.0)));
        assert_eq!(of(|x| -x), (Some(-1.0), Some(-1.0)));
    }

    #[test]
    fn where_nothing_can_be_said_there_is_a_reason_and_no_number() {
        for (pairs, why) in [
            (vec![], "fewer than two"),
            (vec![(1.0, 2.0)], "fewer than two"),
            (vec![(1.0, f64::NAN), (1.0, 2.0)], "fewer than two"),
            (vec![(1.0, 2.0), (1.0, 3.0)], "the same score"),
            (vec![(1.0, 2.0), (2.0, 2.0)], "the same score"),
            (vec![(0.0, 2.0), (-0.0, 3.0)], "the same score"),
        ] {
            let found = Agreement::of(&pairs);
            assert!(found.reason.is_some_and(|reason| reason.contains(why)), "{found:?}");
            assert_eq!((found.kendall_tau, found.spearman), (None, None));
        }
    }
}
