//! Maximum likelihood of the intensity by expectation and maximization (Veen, Schoenberg 2008), with extrapolated steps.
//!
//! ```text
//! intensity_k(t) = rate_k(hour of week) (1 + surge) + sum over events j before t of n_(mark j, k) g(t - t_j)
//! ```
//!
//! The E-step gives each event its chances of being background, or offspring by network and part of the kernel; the M-step
//! divides expected numbers by what could be seen: hours of a cell, or of the offspring of each event the part that falls into recorded time before the right edge.
//! Sums over earlier events are carried along, so a pass costs O(events x networks x parts).
//! Passes converge slowly where clusters overlap, so each is started from an extrapolation of those before it (Anderson's mixing; Walker, Ni 2011), which is
//! dropped where it is less likely.

use super::design::{Design, NONE};
use super::kernel::{self, Law};
use super::observed::Observed;

/// What is estimated.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Params {
    /// Events an hour by cell.
    pub rates: Vec<f64>,
    /// By how many times the rate each surge raises it.
    pub surges: Vec<f64>,
    /// Mean offspring in network k of an event of network l, at `l * networks + k`.
    pub offspring: Vec<f64>,
    /// The law of delays.
    pub law: Law,
}

/// A fit.
#[derive(Clone, Debug)]
pub(super) struct Fitted {
    pub params: Params,
    pub likelihood: f64,
}

/// Least value of what is taken a logarithm of.
const LEAST: f64 = 1e-12;

impl Params {
    /// A start: the counted rates, of which `share` is excited.
    pub fn start(data: &Observed, design: &Design, share: f64, law: Law) -> Params {
        let d = data.networks;
        let mut counts = vec![0.0; design.seen.len()];
        let cells = design.cells.iter().map(|(cell, _)| *cell).zip(&data.weights);
        for (cell, weight) in cells.filter(|(cell, _)| *cell != NONE) {
            counts[cell as usize] += weight;
        }
        let rates = counts
            .iter()
            .zip(&design.seen)
            .map(|(count, seen)| {
                let hours: f64 = seen.iter().sum();
                if hours > 0.0 { (1.0 - share) * f64::max(*count, 0.1) / hours } else { LEAST }
            })
            .collect();
        let offspring = vec![share / d as f64; d * d];
        Params { rates, surges: vec![0.5; design.surges.len()], offspring, law }
    }

    /// Coordinates in which each has about the same error: roots of expected numbers. `scale` has the hours of cells, those of surges, and events by pair.
    fn write(&self, scale: &[f64], root: f64) -> Vec<f64> {
        let all = self.rates.iter().chain(&self.surges).chain(&self.offspring);
        let mut out: Vec<f64> = all.zip(scale).map(|(v, s)| libm::sqrt(v * s)).collect();
        let mut law = Vec::new();
        self.law.write(&mut law);
        out.extend(law.into_iter().map(|v| v * root));
        out
    }

    fn read(&self, from: &[f64], scale: &[f64], root: f64, reach: f64) -> Params {
        let squares: Vec<f64> =
            from.iter().zip(scale).map(|(v, s)| (v.max(0.0) * v.max(0.0) / s).max(LEAST)).collect();
        let (rates, rest) = squares.split_at(self.rates.len());
        let (surges, offspring) = rest.split_at(self.surges.len());
        let law: Vec<f64> = from[scale.len()..].iter().map(|v| v / root).collect();
        Params {
            rates: rates.to_vec(),
            surges: surges.to_vec(),
            offspring: offspring.to_vec(),
            law: self.law.read(&law).bounded(reach),
        }
    }
}

/// Room for passes over one stream.
pub(super) struct Passes<'a> {
    data: &'a Observed,
    design: &'a Design,
    /// What is left of each part after the gap before each event, for these rates.
    decays: (Vec<f64>, Vec<f64>),
    gaps: Vec<f64>,
    /// Whether offspring stay as they are.
    held: bool,
}

impl<'a> Passes<'a> {
    pub fn new(data: &'a Observed, design: &'a Design) -> Passes<'a> {
        let mut last = 0.0;
        let gaps = data.times.iter().map(|at| at - std::mem::replace(&mut last, *at)).collect();
        Passes { data, design, decays: (Vec::new(), Vec::new()), gaps, held: false }
    }

    /// Passes that leave offspring as they are, and fit the rest.
    pub fn holding_offspring(data: &'a Observed, design: &'a Design) -> Passes<'a> {
        Passes { held: true, ..Passes::new(data, design) }
    }

    /// The logarithm of the likelihood of `params`, and what a step of expectation and maximization makes of them.
    pub fn pass(&mut self, params: &Params) -> (f64, Params) {
        let (data, design) = (self.data, self.design);
        let (d, reach) = (data.networks, design.reach);
        let (rates, weights) = params.law.parts(reach);
        let parts = rates.len();
        if self.decays.0 != rates {
            let decay = |gap: &f64| rates.iter().map(|r| libm::exp(-r * gap)).collect::<Vec<_>>();
            self.decays.1 = match parts {
                1 => self.gaps.iter().map(|gap| libm::exp(-rates[0] * gap)).collect(),
                _ => self.gaps.iter().flat_map(decay).collect(),
            };
            self.decays.0.clone_from(&rates);
        }
        let lift = |rate: f64| kernel::lift(rate, data.width);
        let heights: Vec<f64> = rates.iter().zip(&weights).map(|(r, w)| r * w * lift(*r)).collect();
        // What happened at the present time, which excites nothing of it.
        let mut now: Vec<(usize, f64)> = Vec::new();
        // By network and part: what earlier events still excite; for one part also how long ago, as a sum.
        let mut left = vec![0.0; d * parts];
        let mut ages = vec![0.0; d];
        // What could be seen of the offspring of all events, by pair and part, and how it changes with the rate.
        let mut shown = vec![0.0; d * d * parts];
        let mut change = vec![0.0; d * d];
        let mut background = vec![0.0; params.rates.len()];
        let mut surged = vec![0.0; params.surges.len()];
        let mut offspring = vec![0.0; d * d];
        let mut of_part = vec![0.0; parts];
        let (mut likelihood, mut delays, mut last) = (0.0, 0.0, 0.0);
        let (mut product, mut factors) = (1.0, 0);
        let mut edge = 0;
        for i in 0..=data.times.len() {
            while let Some(at) = design.edges.get(edge).filter(|at| at.before == i) {
                // What is counted together stands in the middle, and excites from its end on.
                let since = (at.at - last - 0.5 * data.width).max(0.0);
                for l in 0..d {
                    for m in 0..parts {
                        let now = left[l * parts + m] * libm::exp(-rates[m] * since);
                        shown[(l * d + at.network) * parts + m] += at.sign * now;
                    }
                    if parts == 1 {
                        let aged = libm::exp(-rates[0] * since) * (ages[l] + since * left[l]);
                        change[l * d + at.network] -= at.sign * aged;
                    }
                }
                edge += 1;
            }
            let Some(at) = data.times.get(i) else { break };
            let decay = &self.decays.1[i * parts..(i + 1) * parts];
            if parts == 1 {
                let gap = self.gaps[i];
                for l in 0..d {
                    ages[l] = decay[0] * (ages[l] + gap * left[l]);
                    left[l] *= decay[0];
                }
            } else {
                for of_network in left.chunks_exact_mut(parts) {
                    of_network.iter_mut().zip(decay).for_each(|(left, decay)| *left *= decay);
                }
            }
            let k = usize::from(data.marks[i]);
            let weight = data.weights[i];
            let (cell, surge) = design.cells[i];
            if cell != NONE {
                let cell = cell as usize;
                let own = params.rates[cell];
                let raised = if surge == NONE { 0.0 } else { own * params.surges[surge as usize] };
                let mut total = own + raised;
                for l in 0..d {
                    let n = params.offspring[l * d + k];
                    let row = &left[l * parts..(l + 1) * parts];
                    total += n * row.iter().zip(&heights).map(|(a, b)| a * b).sum::<f64>();
                }
                let total = total.clamp(1e-30, 1e30);
                if weight == 1.0 {
                    // A logarithm for eight at once.
                    product *= total;
                    factors += 1;
                    if factors == 8 {
                        likelihood += libm::log(product);
                        (product, factors) = (1.0, 0);
                    }
                } else {
                    likelihood += weight * libm::log(total);
                }
                let per = weight / total;
                background[cell] += (own + raised) * per;
                if surge != NONE {
                    surged[surge as usize] += raised * per;
                }
                for l in 0..d {
                    let n = params.offspring[l * d + k] * per;
                    for m in 0..parts {
                        let part = n * heights[m] * left[l * parts + m];
                        offspring[l * d + k] += part;
                        of_part[m] += part;
                    }
                    if parts == 1 {
                        delays += n * heights[0] * ages[l];
                    }
                }
            }
            now.push((k, weight));
            if data.times.get(i + 1) != Some(at) {
                for (k, weight) in now.drain(..) {
                    left[k * parts..(k + 1) * parts].iter_mut().for_each(|left| *left += weight);
                }
            }
            last = *at;
        }
        likelihood += libm::log(product);
        for (pair, seen) in design.while_seen.iter().enumerate() {
            shown[pair * parts..(pair + 1) * parts].iter_mut().for_each(|part| *part += seen);
        }
        let fully = |pair: usize| -> f64 {
            let of_pair = &shown[pair * parts..(pair + 1) * parts];
            of_pair.iter().zip(&weights).map(|(a, b)| a * b).sum()
        };
        let expected: f64 = params.offspring.iter().enumerate().map(|(p, n)| n * fully(p)).sum();
        let hours = |cell: usize, surges: &[f64]| -> f64 {
            let seen = &design.seen[cell];
            seen[0] + seen[1..].iter().zip(surges).map(|(h, s)| h * (1.0 + s)).sum::<f64>()
        };
        let base: f64 =
            params.rates.iter().enumerate().map(|(c, r)| r * hours(c, &params.surges)).sum();
        likelihood -= base + expected;

        let ratio = |a: f64, b: f64| if b > 0.0 { (a / b).max(LEAST) } else { LEAST };
        let new_rates: Vec<f64> = background
            .iter()
            .enumerate()
            .map(|(cell, count)| ratio(*count, hours(cell, &params.surges)))
            .collect();
        let surges = surged
            .iter()
            .enumerate()
            .map(|(s, count)| {
                let could: f64 =
                    new_rates.iter().zip(&design.seen).map(|(r, seen)| r * seen[s + 1]).sum();
                ratio(*count, could)
            })
            .collect();
        let law = match params.law {
            Law::Exponential(rate) => {
                let slope = |pair: usize| {
                    let all = shown[pair];
                    if all > 0.0 { offspring[pair] * change[pair] / all } else { 0.0 }
                };
                let pull: f64 = delays + (0..d * d).map(slope).sum::<f64>();
                let sum: f64 = offspring.iter().sum();
                Law::Exponential(match pull > 0.0 && sum > 0.0 {
                    true => kernel::exponential(sum, pull, data.width),
                    false => rate,
                })
            }
            Law::PowerLaw(exponent, scale) => {
                let pairs: Vec<(f64, &[f64])> = offspring
                    .iter()
                    .enumerate()
                    .map(|(pair, n)| (*n, &shown[pair * parts..(pair + 1) * parts]))
                    .collect();
                kernel::power_law((exponent, scale), reach, &of_part, &pairs)
            }
        };
        let means = match self.held {
            true => params.offspring.clone(),
            false => offspring.iter().enumerate().map(|(p, n)| ratio(*n, fully(p))).collect(),
        };
        (likelihood, Params { rates: new_rates, surges, offspring: means, law: law.bounded(reach) })
    }

    /// What makes numbers of events of the coordinates, and the root of how many are excited.
    fn scale(&self, params: &Params) -> (Vec<f64>, f64) {
        let (design, d) = (self.design, self.data.networks);
        let mut scale: Vec<f64> =
            design.seen.iter().map(|seen| seen.iter().sum::<f64>().max(1e-3)).collect();
        scale.extend((0..params.surges.len()).map(|s| {
            let expected = params.rates.iter().zip(&design.seen).map(|(r, seen)| r * seen[s + 1]);
            expected.sum::<f64>().max(1e-3)
        }));
        scale.extend((0..d * d).map(|pair| design.while_seen[pair].max(1.0)));
        let offspring = params.offspring.iter().zip(&design.while_seen);
        let excited: f64 = offspring.map(|(n, seen)| n * seen).sum();
        (scale, libm::sqrt(excited.max(1.0)))
    }

    /// The most likely values near a start: until a step moves neither offspring nor mean delay by more than `tolerance`, or ten raise
    /// the logarithm of the likelihood by less. Where offspring are held, only the latter says that it is done.
    pub fn fit(&mut self, start: Params, tolerance: f64, most: usize) -> Fitted {
        let tolerance = if self.data.times.len() > FINE { COARSER * tolerance } else { tolerance };
        let reach = self.design.reach;
        let mut now = start;
        let (mut likelihood, mut next) = self.pass(&now);
        let (scale, root) = self.scale(&next);
        let mut ahead = Ahead::default();
        let mut passes = 1;
        // Where the likelihood is flat, steps may go on for ever without changing anything that data can tell.
        let (mut mark, mut marked) = (f64::NEG_INFINITY, 0);
        while passes < most && (self.held || moved(&now, &next, reach) >= tolerance) {
            if passes >= marked + FLAT {
                if likelihood - mark < tolerance {
                    break;
                }
                (mark, marked) = (likelihood, passes);
            }
            let tried = ahead
                .step(&now.write(&scale, root), &next.write(&scale, root))
                .map(|far| next.read(&far, &scale, root, reach))
                .map(|far| match self.held {
                    true => Params { offspring: now.offspring.clone(), ..far },
                    false => far,
                });
            let mut step = None;
            if let Some(far) = tried {
                let (there, after) = self.pass(&far);
                passes += 1;
                if there.is_finite() && there >= likelihood {
                    step = Some((there, far, after));
                } else {
                    ahead = Ahead::default();
                }
            }
            (likelihood, now, next) = match step {
                Some(step) => step,
                None => {
                    let (there, after) = self.pass(&next);
                    passes += 1;
                    (there, next, after)
                }
            };
        }
        Fitted { params: now, likelihood }
    }
}

/// By how much a step of expectation and maximization moves what is asked for.
fn moved(from: &Params, to: &Params, reach: f64) -> f64 {
    let steps = from.offspring.iter().zip(&to.offspring).map(|(a, b)| (a - b).abs());
    // What nothing excites has no delay to be found.
    let excites = to.offspring.iter().sum::<f64>() > 1e-4;
    let slowed = from.law.mean(reach) / to.law.mean(reach) - 1.0;
    steps.fold(if excites { slowed.abs() } else { 0.0 }, f64::max)
}

/// Beyond so many entries a pass costs more than the last digits are worth: tolerances are larger by that factor.
const FINE: usize = 20_000;
const COARSER: f64 = 100.0;
/// Passes after which the likelihood must have risen by the tolerance.
const FLAT: usize = 10;
/// Earlier steps that an extrapolation is made of.
const MEMORY: usize = 6;

/// Anderson's extrapolation: the mixture of the last points whose steps cancel most, moved on by its step.
#[derive(Default)]
struct Ahead {
    /// The last point and its step.
    last: Option<(Vec<f64>, Vec<f64>)>,
    /// How point and step changed, newest at the end.
    changes: Vec<(Vec<f64>, Vec<f64>)>,
}

impl Ahead {
    /// A point beyond `mapped`, which `point` led to; nothing without a history.
    fn step(&mut self, point: &[f64], mapped: &[f64]) -> Option<Vec<f64>> {
        let minus =
            |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
        let step = minus(mapped, point);
        if let Some((before, then)) = self.last.replace((point.to_vec(), step.clone())) {
            if self.changes.len() == MEMORY {
                self.changes.remove(0);
            }
            self.changes.push((minus(point, &before), minus(&step, &then)));
        }
        let m = self.changes.len();
        if m == 0 {
            return None;
        }
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let mut matrix: Vec<Vec<f64>> = (0..m)
            .map(|i| (0..m).map(|j| dot(&self.changes[i].1, &self.changes[j].1)).collect())
            .collect();
        let mut right: Vec<f64> =
            self.changes.iter().map(|(_, change)| dot(change, &step)).collect();
        let scale: f64 = (0..m).map(|i| matrix[i][i]).fold(0.0, f64::max);
        for (i, row) in matrix.iter_mut().enumerate() {
            row[i] += 1e-12 * scale + 1e-300;
        }
        let mixture = solve(&mut matrix, &mut right)?;
        let mut far = mapped.to_vec();
        for ((points, steps), share) in self.changes.iter().zip(mixture) {
            far.iter_mut()
                .zip(points.iter().zip(steps))
                .for_each(|(far, (a, b))| *far -= share * (a + b));
        }
        far.iter().all(|v| v.is_finite()).then_some(far)
    }
}

/// Solves a small system by elimination; nothing where it is singular.
fn solve(matrix: &mut [Vec<f64>], right: &mut [f64]) -> Option<Vec<f64>> {
    let m = right.len();
    for i in 0..m {
        let pivot = (i..m).max_by(|a, b| matrix[*a][i].abs().total_cmp(&matrix[*b][i].abs()))?;
        matrix.swap(i, pivot);
        right.swap(i, pivot);
        let row = matrix[i].clone();
        if row[i].abs() < 1e-290 {
            return None;
        }
        for j in i + 1..m {
            let part = matrix[j][i] / row[i];
            matrix[j].iter_mut().zip(&row).for_each(|(a, b)| *a -= part * b);
            right[j] -= part * right[i];
        }
    }
    for i in (0..m).rev() {
        let known: f64 = (i + 1..m).map(|j| matrix[i][j] * right[j]).sum();
        right[i] = (right[i] - known) / matrix[i][i];
    }
    Some(right.to_vec())
}
