//! How well values foretell an outcome: AUC, NDCG and lift, with intervals from people drawn again.
//!
//! - AUC: the chance that somebody with y > 0 has the larger value than somebody with y = 0; ties a half.
//! - NDCG with gain log2(1 + y) and discount 1 / log2(1 + rank); people with equal values share the mean of their ranks' discounts.
//! - Lift: mean y of the hundredth part of people with the largest values over the mean y of all; equal values fractionally.
//!
//! Intervals are the 2.5th and 97.5th of a hundred over draws of as many people with replacement. Every draw is the same for all
//! columns, so that differences from the first column are paired.

/// What came of one column.
pub struct Judged {
    pub auc: Figure,
    pub ndcg: Figure,
    pub lift: Figure,
}

/// A value, its interval, and the interval of the first column's value less this one.
pub struct Figure {
    pub value: f64,
    pub interval: (f64, f64),
    pub behind: (f64, f64),
}

/// The part of people whose mean outcome is the lift's.
const TOP: f64 = 0.01;

/// Judges columns of values against outcomes `y`, over the people `who`; NaN comes last.
pub fn judge(columns: &[Vec<f64>], y: &[f64], who: &[usize], draws: u64) -> Vec<Judged> {
    let y: Vec<f64> = who.iter().map(|i| y[*i]).collect();
    let discounts = discounts(who.len());
    let ranked: Vec<Ranked> = columns
        .iter()
        .map(|column| Ranked::new(who.iter().map(|i| column[*i]).collect(), &y))
        .collect();
    let ideal = Ranked::new(y.clone(), &y);
    let measure = |weights: &[u32]| -> Vec<[f64; 3]> {
        let best = ideal.gain(weights, &discounts);
        ranked
            .iter()
            .map(|one| [one.auc(weights), one.gain(weights, &discounts) / best, one.lift(weights)])
            .collect()
    };
    let found = measure(&vec![1; who.len()]);
    let drawn: Vec<Vec<[f64; 3]>> =
        (0..draws).map(|draw| measure(&again(who.len(), draw))).collect();
    (0..columns.len())
        .map(|c| {
            let figure = |what: usize| Figure {
                value: found[c][what],
                interval: middle(drawn.iter().map(|draw| draw[c][what]).collect()),
                behind: middle(drawn.iter().map(|draw| draw[0][what] - draw[c][what]).collect()),
            };
            Judged { auc: figure(0), ndcg: figure(1), lift: figure(2) }
        })
        .collect()
}

/// People from the largest value to the smallest, in runs of equal ones.
struct Ranked {
    /// Place among the people judged, and outcome.
    order: Vec<(u32, f64)>,
    /// Where each run ends.
    ends: Vec<usize>,
}

impl Ranked {
    fn new(values: Vec<f64>, y: &[f64]) -> Ranked {
        let value = |i: usize| if values[i].is_nan() { f64::NEG_INFINITY } else { values[i] };
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| value(*b).total_cmp(&value(*a)));
        let mut end = 0;
        let runs = order.chunk_by(|a, b| value(*a) == value(*b));
        let ends = runs
            .map(|run| {
                end += run.len();
                end
            })
            .collect();
        Ranked { ends, order: order.into_iter().map(|i| (i as u32, y[i])).collect() }
    }

    /// Calls `each` with the weight of every run and the sum of `of` over it.
    fn runs(&self, weights: &[u32], of: impl Fn(f64) -> f64, mut each: impl FnMut(f64, f64)) {
        let mut start = 0;
        for end in &self.ends {
            let (mut weight, mut sum) = (0.0, 0.0);
            for (i, y) in &self.order[start..*end] {
                let times = f64::from(weights[*i as usize]);
                weight += times;
                sum += times * of(*y);
            }
            each(weight, sum);
            start = *end;
        }
    }

    fn auc(&self, weights: &[u32]) -> f64 {
        let (mut above, mut won, mut all) = (0.0, 0.0, 0.0);
        self.runs(
            weights,
            |y| f64::from(u8::from(y > 0.0)),
            |weight, hits| {
                let misses = weight - hits;
                won += misses * (above + hits / 2.0);
                above += hits;
                all += misses;
            },
        );
        won / (above * all)
    }

    fn gain(&self, weights: &[u32], discounts: &[f64]) -> f64 {
        let (mut rank, mut sum) = (0usize, 0.0);
        self.runs(
            weights,
            |y| (1.0 + y).log2(),
            |weight, gain| {
                let end = rank + weight as usize;
                if weight > 0.0 {
                    sum += gain / weight * (discounts[end] - discounts[rank]);
                }
                rank = end;
            },
        );
        sum
    }

    fn lift(&self, weights: &[u32]) -> f64 {
        let people: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        let (mut left, mut top, mut all) = (TOP * people, 0.0, 0.0);
        self.runs(
            weights,
            |y| y,
            |weight, sum| {
                if weight > 0.0 {
                    let taken = left.min(weight);
                    top += sum * taken / weight;
                    left -= taken;
                }
                all += sum;
            },
        );
        (top / (TOP * people)) / (all / people)
    }
}

/// Sums of discounts of the first 0, 1, 2, ... ranks.
fn discounts(people: usize) -> Vec<f64> {
    let mut sums = vec![0.0];
    for rank in 1..=people {
        sums.push(sums[rank - 1] + 1.0 / (rank as f64 + 1.0).log2());
    }
    sums
}

/// How often each of so many people is drawn.
fn again(people: usize, draw: u64) -> Vec<u32> {
    let mut times = vec![0; people];
    for k in 0..people as u64 {
        times[(super::mix(super::mix(draw) ^ k) % people as u64) as usize] += 1;
    }
    times
}

fn middle(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = (share * (values.len() as f64 - 1.0)).round() as usize;
        values.get(place).copied().unwrap_or(f64::NAN)
    };
    (at(0.025), at(0.975))
}
