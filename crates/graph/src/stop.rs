//! When a sample of hits is large enough that every share of hits is near its probability.
//!
//! Of T draws, c hit a vertex whose true probability is b. By Chernoff, `P(c/T <= x) <= exp(-T kl(x, b))` for x below b, and likewise above, with
//! `kl(x, b) = x ln(x/b) + (1-x) ln((1-x)/(1-b))`. So with probability 1 - delta, for all vertices v and at all K checks, b is among the values with
//! `T kl(c/T, b) <= L_v`, `L_v = ln(2 K / delta_v)`, where the delta_v add up to at most delta. The rule is met once, for every vertex, none of
//! these is further than eps from c/T.
//!
//! **Shares of delta.** Vertices come in an order in which the first are likely to be hit most, settled before anything is drawn. The
//! k-th group of 2^k has `delta / ((k + 1) (k + 2))`, in equal parts. So the few with shares near 1/2, which decide how long it takes, pay little for
//! the multitude that is hardly ever hit, and the multitude pays with draws that are made anyhow.
//!
//! That holds without any bound on paths, unlike the rules of Riondato and Kornaropoulos and of KADABRA, which need one on the diameter;
//! and where all shares are small it takes L / eps draws and not L / (2 eps^2), a hundred times as many at eps = 0.005. By Pinsker's inequality
//! the latter is always enough, so the last check is always met.

/// By how much draws grow from check to check.
const GROWTH: f64 = 1.2;

/// A rule for one sample.
#[derive(Debug)]
pub(crate) struct Rule {
    eps: f64,
    /// `L_v` of each group.
    bounds: Vec<f64>,
    checks: Vec<u64>,
}

impl Rule {
    /// For `vertices` values, errors up to `eps` (below 0.5) and a probability `delta` of a larger one.
    pub fn new(vertices: usize, eps: f64, delta: f64) -> Rule {
        // The number of checks has a say in the bounds, so they are counted first.
        let (mut count, mut factor) = (1, 1.0);
        while factor < 1.0 / (2.0 * eps) {
            factor *= GROWTH;
            count += 1;
        }
        let groups = (vertices + 1).next_power_of_two().ilog2().max(1);
        let bound = |k: u32| {
            let parts = f64::from((k + 1) * (k + 2)) * (1u64 << k) as f64;
            libm::log(2.0 * f64::from(count) * parts / delta)
        };
        let bounds: Vec<f64> = (0..groups).map(bound).collect();
        let mut draws = bounds.iter().copied().fold(0.0, f64::max) / eps;
        let mut checks = Vec::new();
        for _ in 0..count {
            checks.push(draws.ceil() as u64);
            draws *= GROWTH;
        }
        Rule { eps, bounds, checks }
    }

    /// Numbers of draws after which to ask.
    pub fn checks(&self) -> impl Iterator<Item = u64> + '_ {
        self.checks.iter().copied()
    }

    /// Whether so many draws were enough, given how many of them hit each vertex, in the order settled before.
    pub fn is_met(&self, draws: u64, mut hits: impl Iterator<Item = u64>) -> bool {
        // What a count allows worsens toward half of all draws, up to eps; so in each group only the count nearest to it is looked at.
        let half = |hits: &u64| (2 * hits).min(2 * (draws - hits.min(&draws)));
        self.bounds.iter().enumerate().all(|(k, bound)| {
            let worst = hits.by_ref().take(1 << k).max_by_key(half).unwrap_or(0);
            let total = draws as f64;
            let share = worst as f64 / total;
            let enough =
                |b: f64| !(0.0..=1.0).contains(&b) || total * divergence(share, b) >= *bound;
            enough(share + self.eps) && enough(share - self.eps)
        })
    }
}

/// `kl(x, b)`: infinite where b rules x out.
fn divergence(x: f64, b: f64) -> f64 {
    let term = |x: f64, b: f64| match x {
        0.0 => 0.0,
        _ if b == 0.0 => f64::INFINITY,
        x => x * libm::log(x / b),
    };
    term(x, b) + term(1.0 - x, 1.0 - b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_check_is_always_met() {
        let rule = Rule::new(1000, 0.01, 0.1);
        let draws = rule.checks().last().unwrap();
        for hits in [0, 1, draws / 3, draws / 2, draws - 1, draws] {
            assert!(rule.is_met(draws, [hits].into_iter()), "{hits} of {draws}");
        }
        let first = rule.checks().next().unwrap();
        assert!(rule.is_met(first, [0, 0].into_iter()));
        assert!(!rule.is_met(first, [0, first / 2, 0].into_iter()));
    }

    #[test]
    fn it_is_met_only_where_each_vertex_by_itself_meets_it() {
        let rule = Rule::new(50, 0.02, 0.1);
        for draws in rule.checks() {
            let at = |place: usize, hits: u64| {
                let before = std::iter::repeat_n(0, place);
                rule.is_met(draws, before.chain([hits]))
            };
            for hits in (0..=draws).step_by((draws / 40) as usize) {
                let all = rule.is_met(draws, [0, draws / 9, hits].into_iter());
                assert_eq!(all, at(0, 0) && at(1, draws / 9) && at(2, hits), "{hits} of {draws}");
                // Later ones have to be known as well, by a smaller part of delta.
                assert!(at(0, hits) || !at(40, hits));
            }
        }
    }

    #[test]
    fn the_parts_of_delta_add_up_to_no_more() {
        let rule = Rule::new(5000, 0.005, 0.1);
        let count = rule.checks().count() as f64;
        let parts = (0..5000usize).map(|place| {
            let group = (place + 1).ilog2() as usize;
            2.0 * count * libm::exp(-rule.bounds[group])
        });
        let sum: f64 = parts.sum();
        assert!(sum <= 0.1 && sum > 0.08, "{sum}");
    }

    #[test]
    fn a_divergence_is_0_at_itself_and_grows() {
        assert_eq!(divergence(0.3, 0.3), 0.0);
        assert!(divergence(0.3, 0.4) > divergence(0.3, 0.35));
        assert_eq!(divergence(0.0, 0.5), libm::log(2.0));
        assert_eq!(divergence(0.2, 0.0), f64::INFINITY);
    }
}
