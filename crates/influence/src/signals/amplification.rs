//! `amplification.rate`: `(r + a) / (n + a + b)`.
//!
//! n counts the rated posts of i and r those that another person reshared ([`crate::events`] says which posts are
//! rated). a and b are those of the beta-binomial distribution that make the counts of all people with n >= 1 most
//! likely, so that one lucky post does not outrank a thousand good ones, and who has none stands at the common rate.
//!
//! With `p = a / (a + b)` and `t = 1 / (a + b)` the log-likelihood is, up to a constant,
//! `sum_k A_k ln(p + k t) + sum_k B_k ln(1 - p + k t) - sum_k N_k ln(1 + k t)`, where A_k, B_k and N_k count the people
//! with r > k, n - r > k and n > k: finite sums, no gamma function. For a given t it is concave in p (Newton, held in a
//! bracket); the best p of each t leaves a function of t alone, which is searched on a grid of decades and then bisected
//! on the sign of its derivative. If that is not above 0 at t = 0, people differ no more than chance lets them, and
//! everybody has the pooled rate. Cost: about 400 passes over 1..max n.

use super::{About, Column, Options, Resampled, Signal};
use crate::error::Error;
use crate::snapshot::Snapshot;

pub(super) struct Rate;

impl Signal for Rate {
    fn about(&self) -> &About {
        &About {
            name: "amplification.rate",
            question: "How likely is a post of this person to be passed on by somebody else?",
            formula: "(r + a) / (n + a + b): n posts in the window older than 48 h, r of them reshared by another \
                      person; a and b by maximum likelihood over people with n >= 1, and the pooled rate r / n of \
                      everybody where people differ no more than chance lets them",
            source: "Beta-binomial empirical Bayes: Skellam 1948; Casella 1985.",
            unit: "of the posts passed on",
            range: (0.0, 1.0),
            ignores: "How often one post is reshared and by whom, quotes, and posts younger than 48 hours.",
            needs: "Posts recorded as such (verb post), and reshares that name the post, on the same network.",
            options: &[],
            more_is_more: true,
            resampled: Resampled::Held,
        }
    }

    fn compute(&self, name: &str, snapshot: &Snapshot, _: &Options) -> Result<Column, Error> {
        let counts: Vec<_> = snapshot.posts().iter().flatten().copied().collect();
        let none = |note: &str| {
            let values = vec![f64::NAN; snapshot.people().len()];
            Ok(Column::new(name, values).noted(note))
        };
        let Some(prior) = fit(&counts) else {
            return none(
                "No network here has both posts older than 48 hours and reshares that name them, so there is no rate.",
            );
        };
        let value = |count: &Option<(u32, u32)>| match count {
            Some((posts, reshared)) => prior.rate(*posts, *reshared),
            None => f64::NAN,
        };
        let values = snapshot.posts().iter().map(value).collect();
        Ok(Column::new(name, values).noted(match prior {
            Prior::Pooled(rate) => format!(
                "People differ no more than chance lets them: everybody has the pooled rate {rate:.4}."
            ),
            Prior::Beta { a, b } => format!("Fitted prior: a = {a:.6}, b = {b:.6}."),
        }))
    }
}

/// What is known of a person's rate before seeing their posts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Prior {
    /// Everybody has this rate.
    Pooled(f64),
    /// Rates are spread like Beta(a, b).
    Beta { a: f64, b: f64 },
}

impl Prior {
    fn rate(self, posts: u32, reshared: u32) -> f64 {
        match self {
            Prior::Pooled(rate) => rate,
            Prior::Beta { a, b } => (f64::from(reshared) + a) / (f64::from(posts) + a + b),
        }
    }
}

/// The grid of t = 1 / (a + b) that is searched before bisecting; its end is where a prior is as good as none.
const DECADES: std::ops::RangeInclusive<i32> = -9..=6;
/// Halvings of a decade until t is exact to the last digits.
const HALVINGS: usize = 50;

/// The prior that makes (posts, reshared) most likely; `None` where nothing was reshared.
fn fit(counts: &[(u32, u32)]) -> Option<Prior> {
    let total = |of: fn(&(u32, u32)) -> u32| counts.iter().map(|c| u64::from(of(c))).sum::<u64>();
    let (posts, reshared) = (total(|c| c.0), total(|c| c.1));
    if reshared == 0 {
        return None;
    }
    let pooled = reshared as f64 / posts as f64;
    let likelihood = Likelihood {
        reshared: exceeding(counts.iter().map(|c| c.1)),
        not: exceeding(counts.iter().map(|c| c.0.saturating_sub(c.1))),
        posts: exceeding(counts.iter().map(|c| c.0)),
    };
    if reshared >= posts || likelihood.slope(pooled, 0.0) <= 0.0 {
        return Some(Prior::Pooled(pooled));
    }
    let mut p = pooled;
    let mut best = (f64::NEG_INFINITY, 0.0, 0.0, p);
    for decade in DECADES {
        let t = libm::exp10(f64::from(decade));
        p = likelihood.best_p(p, t);
        let value = likelihood.value(p, t);
        if value > best.0 {
            best = (value, t, likelihood.slope(p, t), p);
        }
    }
    let (_, t, slope, p) = best;
    // The largest value lies where the slope changes sign: above the best point of the grid, or below it.
    let (mut low, mut high) = if slope > 0.0 { (t, t * 10.0) } else { (t / 10.0, t) };
    let mut p = p;
    for _ in 0..HALVINGS {
        let middle = libm::sqrt(low * high);
        p = likelihood.best_p(p, middle);
        if likelihood.slope(p, middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    let t = libm::sqrt(low * high);
    p = likelihood.best_p(p, t);
    Some(Prior::Beta { a: p / t, b: (1.0 - p) / t })
}

/// How many of `counts` exceed k, for k = 0, 1, ... until none does.
fn exceeding(counts: impl Iterator<Item = u32> + Clone) -> Vec<f64> {
    let most = counts.clone().max().unwrap_or(0) as usize;
    let mut exceeding = vec![0.0; most];
    for count in counts.filter(|count| *count > 0) {
        exceeding[count as usize - 1] += 1.0;
    }
    for k in (1..most).rev() {
        exceeding[k - 1] += exceeding[k];
    }
    exceeding
}

struct Likelihood {
    reshared: Vec<f64>,
    not: Vec<f64>,
    posts: Vec<f64>,
}

fn sum(counts: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    let terms = counts.iter().enumerate();
    terms.map(|(k, count)| count * term(k as f64)).sum()
}

impl Likelihood {
    fn value(&self, p: f64, t: f64) -> f64 {
        sum(&self.reshared, |k| libm::log(p + k * t))
            + sum(&self.not, |k| libm::log(1.0 - p + k * t))
            - sum(&self.posts, |k| libm::log(1.0 + k * t))
    }

    /// The derivative with respect to t.
    fn slope(&self, p: f64, t: f64) -> f64 {
        sum(&self.reshared, |k| k / (p + k * t)) + sum(&self.not, |k| k / (1.0 - p + k * t))
            - sum(&self.posts, |k| k / (1.0 + k * t))
    }

    /// The p that is best for t: the root of a falling function, by Newton from `start`, held in a bracket.
    fn best_p(&self, start: f64, t: f64) -> f64 {
        let (mut low, mut high, mut p) = (0.0, 1.0, start);
        for _ in 0..100 {
            let (mut slope, mut curve) = (0.0, 0.0);
            for (counts, sign, base) in [(&self.reshared, 1.0, p), (&self.not, -1.0, 1.0 - p)] {
                for (k, count) in counts.iter().enumerate() {
                    let share = 1.0 / (base + k as f64 * t);
                    slope += sign * count * share;
                    curve += count * share * share;
                }
            }
            if slope > 0.0 {
                low = p;
            } else {
                high = p;
            }
            let newton = p + slope / curve;
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            if (next - p).abs() <= 1e-15 * p {
                return next;
            }
            p = next;
        }
        p
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The log-likelihood by gamma functions, as the textbook writes it.
    fn textbook(counts: &[(u32, u32)], a: f64, b: f64) -> f64 {
        let beta = |x: f64, y: f64| libm::lgamma(x) + libm::lgamma(y) - libm::lgamma(x + y);
        counts.iter().map(|(n, r)| beta(f64::from(*r) + a, f64::from(n - r) + b) - beta(a, b)).sum()
    }

    /// An independent search: a pattern that shrinks around the best (ln a, ln b) found so far.
    fn by_pattern(counts: &[(u32, u32)]) -> (f64, f64) {
        let value = |x: f64, y: f64| textbook(counts, x.exp(), y.exp());
        let (mut x, mut y, mut step) = (0.0f64, 0.0f64, 2.0);
        while step > 1e-9 {
            let around = (-1..=1).flat_map(|i| (-1..=1).map(move |j| (f64::from(i), f64::from(j))));
            let best = around
                .map(|(i, j)| (x + i * step, y + j * step))
                .max_by(|a, b| value(a.0, a.1).total_cmp(&value(b.0, b.1)));
            match best {
                Some(best) if value(best.0, best.1) > value(x, y) => (x, y) = best,
                _ => step /= 2.0,
            }
        }
        (x.exp(), y.exp())
    }

    /// People whose rates are spread like Beta(a, b) for whole a and b: order statistics of uniform numbers.
    fn planted(people: usize, a: usize, b: usize, posts: u32) -> Vec<(u32, u32)> {
        let mut state = 42u64;
        let mut uniform = move || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        (0..people)
            .map(|i| {
                let mut draws: Vec<f64> = (0..a + b - 1).map(|_| uniform()).collect();
                draws.sort_by(f64::total_cmp);
                let n = 1 + i as u32 % posts;
                (n, (0..n).filter(|_| uniform() < draws[a - 1]).count() as u32)
            })
            .collect()
    }

    fn beta(counts: &[(u32, u32)]) -> (f64, f64) {
        match fit(counts) {
            Some(Prior::Beta { a, b }) => (a, b),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_fit_agrees_with_a_search_of_the_textbooks_likelihood() {
        for counts in [
            vec![(10, 0), (10, 9), (5, 1), (20, 3), (1, 1)],
            planted(300, 2, 6, 12),
            planted(200, 1, 1, 30),
        ] {
            let (a, b) = beta(&counts);
            let (x, y) = by_pattern(&counts);
            assert!((a / x - 1.0).abs() < 1e-4 && (b / y - 1.0).abs() < 1e-4, "{a} {b} {x} {y}");
            assert!(textbook(&counts, a, b) >= textbook(&counts, x, y) - 1e-9);
        }
    }

    #[test]
    fn the_planted_prior_is_found() {
        let (a, b) = beta(&planted(40_000, 2, 6, 20));
        assert!((a - 2.0).abs() < 0.1 && (b - 6.0).abs() < 0.3, "{a} {b}");
    }

    #[test]
    fn both_derivatives_vanish_at_the_fit() {
        let counts = planted(500, 2, 3, 15);
        let (a, b) = beta(&counts);
        let likelihood = Likelihood {
            reshared: exceeding(counts.iter().map(|c| c.1)),
            not: exceeding(counts.iter().map(|c| c.0 - c.1)),
            posts: exceeding(counts.iter().map(|c| c.0)),
        };
        let (p, t) = (a / (a + b), 1.0 / (a + b));
        assert!(likelihood.slope(p, t).abs() < 1e-8);
        let across = sum(&likelihood.reshared, |k| 1.0 / (p + k * t))
            - sum(&likelihood.not, |k| 1.0 / (1.0 - p + k * t));
        assert!(across.abs() < 1e-8);
    }

    #[test]
    fn people_who_differ_no_more_than_chance_have_the_pooled_rate() {
        for counts in [vec![(10, 5); 20], vec![(1, 1), (1, 0), (1, 0), (1, 0)], vec![(4, 2)]] {
            let posts: u32 = counts.iter().map(|c| c.0).sum();
            let reshared: u32 = counts.iter().map(|c| c.1).sum();
            let pooled = f64::from(reshared) / f64::from(posts);
            assert_eq!(fit(&counts), Some(Prior::Pooled(pooled)));
        }
        assert_eq!(fit(&[(3, 3), (9, 9)]), Some(Prior::Pooled(1.0)));
    }

    #[test]
    fn without_a_reshare_there_is_no_rate() {
        assert_eq!(fit(&[]), None);
        assert_eq!(fit(&[(0, 0), (9, 0)]), None);
    }

    #[test]
    fn all_or_nothing_leaves_each_their_own_rate() {
        let (a, b) = beta(&[(8, 8), (8, 0), (6, 0), (4, 4)]);
        let prior = Prior::Beta { a, b };
        assert!(prior.rate(8, 8) > 0.999 && prior.rate(8, 0) < 0.001);
        assert!((prior.rate(0, 0) - 0.5).abs() < 0.1);
    }

    #[test]
    fn more_reshares_are_never_a_lower_rate() {
        let counts = planted(300, 2, 6, 12);
        let prior = fit(&counts).unwrap();
        for posts in 0..50 {
            for reshared in 0..posts {
                assert!(prior.rate(posts, reshared) < prior.rate(posts, reshared + 1));
                assert!((0.0..=1.0).contains(&prior.rate(posts, reshared)));
            }
        }
    }

    #[test]
    fn the_order_of_people_changes_no_bit() {
        let mut counts = planted(300, 2, 6, 12);
        let one = beta(&counts);
        counts.reverse();
        assert_eq!(one, beta(&counts));
    }
}
