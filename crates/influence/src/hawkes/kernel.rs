//! How long excitation takes: an exponential law, or a power law as a sum of exponentials.
//!
//! | law | density of the delay t | free |
//! |---|---|---|
//! | exponential | `r e^(-r t)` | rate r |
//! | power law | `theta c^theta / (c + t)^(1 + theta)` (Lomax) | exponent theta, scale c |
//!
//! The Lomax law is an exponential law whose rate is drawn from a Gamma law. Taken at rates in steps of half a decade,
//! `w_m ~ r_m^theta e^(-c r_m)`, it needs one number a step and event, where the sum over all earlier events would be quadratic.

use super::chance::Chance;

/// Shortest mean delay in hours: a minute.
const SHORTEST: f64 = 1.0 / 60.0;

/// The law of the delay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Law {
    /// With this rate an hour.
    Exponential(f64),
    /// With this exponent, and this scale in hours.
    PowerLaw(f64, f64),
}

impl Law {
    /// Free numbers.
    pub fn freedom(self) -> usize {
        match self {
            Law::Exponential(_) => 1,
            Law::PowerLaw(..) => 2,
        }
    }

    /// Rates and weights of the exponentials that make it up whose slowest part takes so many hours.
    pub fn parts(self, reach: f64) -> (Vec<f64>, Vec<f64>) {
        match self {
            Law::Exponential(rate) => (vec![rate], vec![1.0]),
            Law::PowerLaw(exponent, scale) => {
                let rates = rates(reach);
                let logs: Vec<f64> =
                    rates.iter().map(|r| exponent * libm::log(*r) - scale * r).collect();
                let weights = softmax(&logs);
                (rates, weights)
            }
        }
    }

    /// Mean delay in hours.
    pub fn mean(self, reach: f64) -> f64 {
        let (rates, weights) = self.parts(reach);
        rates.iter().zip(&weights).map(|(rate, weight)| weight / rate).sum()
    }

    /// Within bounds: no mean delay beyond `reach` hours.
    pub fn bounded(self, reach: f64) -> Law {
        match self {
            Law::Exponential(rate) => {
                Law::Exponential(rate.clamp(1.0 / reach.max(2.0 * SHORTEST), 1.0 / SHORTEST))
            }
            Law::PowerLaw(exponent, scale) => {
                Law::PowerLaw(exponent.clamp(0.05, 8.0), scale.clamp(1e-3, 1e3))
            }
        }
    }

    /// Coordinates in which steps are taken.
    pub fn write(self, out: &mut Vec<f64>) {
        match self {
            Law::Exponential(rate) => out.push(libm::log(rate)),
            Law::PowerLaw(exponent, scale) => out.extend([exponent, libm::log(scale)]),
        }
    }

    /// The law of the same kind at these coordinates.
    pub fn read(self, from: &[f64]) -> Law {
        match (self, from) {
            (Law::Exponential(_), [rate, ..]) => Law::Exponential(libm::exp(*rate)),
            (Law::PowerLaw(..), [exponent, scale, ..]) => {
                Law::PowerLaw(*exponent, libm::exp(scale.min(50.0)))
            }
            _ => self,
        }
    }
}

/// By how much an exponential part is higher where events are counted by so many hours: what would come within them comes later.
pub(super) fn lift(rate: f64, width: f64) -> f64 {
    match width > 0.0 {
        true => libm::expm1(rate * width) / (rate * width),
        false => 1.0,
    }
}

/// The rate at which so many offspring have that sum of delays; where they are counted by so many hours, that of a geometric law.
pub(super) fn exponential(offspring: f64, delays: f64, width: f64) -> f64 {
    let rate = offspring / delays;
    match width > 0.0 {
        true if rate * width < 1.0 => -libm::log1p(-rate * width) / width,
        true => 1.0 / SHORTEST,
        false => rate,
    }
}

fn rates(reach: f64) -> Vec<f64> {
    let slowest = reach.max(2.0 * SHORTEST);
    let step = core::f64::consts::LN_10 / 2.0;
    let steps = (libm::log(slowest / SHORTEST) / step) as usize;
    (0..=steps).map(|m| libm::exp(step * m as f64) / slowest).collect()
}

fn softmax(logs: &[f64]) -> Vec<f64> {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let raw: Vec<f64> = logs.iter().map(|log| libm::exp(log - most)).collect();
    let sum: f64 = raw.iter().sum();
    raw.into_iter().map(|w| w / sum).collect()
}

/// The power law that fits expected numbers of offspring by part, `counts`, best. For each pair of networks there is a number of offspring, and what each
/// part would have shown of one parent's offspring (`shown`). Newton's method: the parts' weights are an exponential family in (theta, -c).
pub(super) fn power_law(
    law: (f64, f64),
    reach: f64,
    counts: &[f64],
    pairs: &[(f64, &[f64])],
) -> Law {
    let rates = rates(reach);
    let (mut exponent, mut scale) = law;
    let logs: Vec<f64> = rates.iter().map(|rate| libm::log(*rate)).collect();
    for _ in 0..4 {
        let prior: Vec<f64> =
            (0..rates.len()).map(|m| exponent * logs[m] - scale * rates[m]).collect();
        let mut gradient = [0.0; 2];
        let mut curve = [[1e-9, 0.0], [0.0, 1e-9]];
        for m in 0..rates.len() {
            gradient[0] += counts[m] * logs[m];
            gradient[1] -= counts[m] * rates[m];
        }
        for (offspring, shown) in pairs {
            let tilted: Vec<f64> =
                (0..rates.len()).map(|m| prior[m] + libm::log(shown[m].max(1e-300))).collect();
            let weights = softmax(&tilted);
            let mean = |of: &dyn Fn(usize) -> f64| -> f64 {
                weights.iter().enumerate().map(|(m, w)| w * of(m)).sum()
            };
            let (a, b) = (mean(&|m| logs[m]), mean(&|m| -rates[m]));
            gradient[0] -= offspring * a;
            gradient[1] -= offspring * b;
            curve[0][0] += offspring * mean(&|m| (logs[m] - a) * (logs[m] - a));
            curve[0][1] += offspring * mean(&|m| (logs[m] - a) * (-rates[m] - b));
            curve[1][1] += offspring * mean(&|m| (-rates[m] - b) * (-rates[m] - b));
        }
        let determinant = curve[0][0] * curve[1][1] - curve[0][1] * curve[0][1];
        if determinant <= 1e-18 {
            break;
        }
        let step = [
            (curve[1][1] * gradient[0] - curve[0][1] * gradient[1]) / determinant,
            (curve[0][0] * gradient[1] - curve[0][1] * gradient[0]) / determinant,
        ];
        // No step may leave what the bounds allow by far: the family is flat there.
        exponent = (exponent + step[0].clamp(-0.5, 0.5)).clamp(0.05, 8.0);
        scale = (scale + step[1].clamp(-0.5 * scale, scale)).clamp(1e-3, 1e3);
    }
    Law::PowerLaw(exponent, scale)
}

/// A delay from one of the parts, in hours.
pub(super) fn delay(rates: &[f64], weights: &[f64], chance: &mut Chance) -> f64 {
    let mut left = chance.unit();
    let mut rate = rates[rates.len() - 1];
    for (r, w) in rates.iter().zip(weights) {
        if left < *w {
            rate = *r;
            break;
        }
        left -= w;
    }
    chance.exponential() / rate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_exponentials_is_near_the_power_law() {
        let (exponent, scale) = (1.5, 2.0);
        let (rates, weights) = Law::PowerLaw(exponent, scale).parts(576.0);
        for t in [0.5, 1.0, 4.0, 10.0, 40.0, 100.0] {
            let exact = libm::pow(1.0 + t / scale, -exponent);
            let sum: f64 = rates.iter().zip(&weights).map(|(r, w)| w * libm::exp(-r * t)).sum();
            assert!((sum - exact).abs() < 0.02 * exact + 0.003, "{t}: {sum} {exact}");
        }
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_power_law_of_counts_is_the_one_that_they_were_made_with() {
        let reach = 576.0;
        let (rates, weights) = Law::PowerLaw(1.2, 3.0).parts(reach);
        let counts: Vec<f64> = weights.iter().map(|w| 1_000.0 * w).collect();
        let shown = vec![1.0; rates.len()];
        let mut law = (0.5, 1.0);
        for _ in 0..20 {
            let Law::PowerLaw(a, b) = power_law(law, reach, &counts, &[(1_000.0, &shown)]) else {
                unreachable!()
            };
            law = (a, b);
        }
        assert!((law.0 - 1.2).abs() < 1e-6 && (law.1 - 3.0).abs() < 1e-6, "{law:?}");
    }

    #[test]
    fn delays_have_the_laws_mean() {
        let law = Law::PowerLaw(2.5, 2.0);
        let (rates, weights) = law.parts(576.0);
        let mut chance = Chance::new(1, 2);
        let n = 200_000;
        let sum: f64 = (0..n).map(|_| delay(&rates, &weights, &mut chance)).sum();
        let mean = law.mean(576.0);
        assert!((sum / f64::from(n) - mean).abs() < 0.05 * mean, "{mean}");
    }
}
