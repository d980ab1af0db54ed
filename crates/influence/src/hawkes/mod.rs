//! R3: how many further events one event sets off, by a self-exciting point process (Hawkes 1971).
//!
//! ```text
//! intensity_k(t) = rate_k x profile(hour of the week) x (1 + surge) + sum over events j before t of n_(mark j, k) g(t - t_j)
//! ```
//!
//! `n` is the matrix of mean offspring by network, and R3 its largest eigenvalue: with one network the mean number of events
//! that an event sets off by itself. `g` is an exponential or a power law, whichever fits better ([`Kernel`]). What the steps leave to each other:
//!
//! | | |
//! |---|---|
//! | `observed` | hours, outages (left out in whole hours), equal times spread in the order given |
//! | `design` | baseline cells: the week in 24, 48 or 168 bins, whichever Akaike's criterion picks; burn-in of twice the mean delay |
//! | `surges` | stretches of news, kept by Schwarz's criterion |
//! | `kernel`, `em` | maximum likelihood, from three starts for either law, to 1e-8, with the right edge |
//! | `interval` | profile likelihood, calibrated by draws |
//! | `draw` | parametric bootstrap: drawn, fitted again with profile and surges' heights, compared with the offspring counted in the draw |
//! | `goodness` | Kolmogorov-Smirnov on rescaled time, with its chance level from the same draws |
//!
//! **Interval and value.** The value is the fit. The 90 % interval holds the ratios under which the data are not much less likely; how much, the draws say.
//! Bins, surges' places and the kind of kernel are held.
//!
//! **No value** for fewer than [`FEWEST`] events, or where the mean delay is beyond a tenth of the window: a slow rise can't be told
//! from slow excitation. Cost: a pass over the events is linear, and beyond 100,000 no longer grows, because
//! they are counted by minutes (`observed`); a fit takes some dozens of passes, an estimate [`Options::draws`] fits. Only to draw goes on growing, and is little.

mod chance;
mod design;
mod draw;
mod em;
mod goodness;
mod interval;
mod kernel;
mod observed;
mod surges;

use chance::Chance;
use design::{Design, Surge, Week};
use em::{Fitted, Params, Passes};
use kernel::Law;
use observed::Observed;
use rayon::prelude::*;

/// Events without which there is no value.
pub const FEWEST: usize = 200;
/// Networks that are told apart at most.
pub const MOST_NETWORKS: usize = 4;

/// What happened, in order of time; of equal times in an order that does not depend on arrival.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stream {
    /// When, in microseconds since 1970.
    pub times: Vec<i64>,
    /// On which network, below `networks`.
    pub marks: Vec<u8>,
    /// Number of networks, 1 to [`MOST_NETWORKS`].
    pub networks: usize,
    /// The window's first moment, in microseconds.
    pub from: i64,
    /// The first moment after it.
    pub until: i64,
    /// Networks of which nothing was recorded, since when and until when.
    pub outages: Vec<(u8, i64, i64)>,
}

/// How to estimate.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Draws of the bootstrap, at least [`FEWEST_DRAWS`]; without a number [`draws`] says how many.
    pub draws: Option<usize>,
    /// Of everything random.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options { draws: None, seed: 1 }
    }
}

/// Draws without which nothing can be said at 1 in 20.
pub const FEWEST_DRAWS: usize = 39;

/// How many draws there are where nobody says it: 199 up to 20,000 events, then fewer, so that they cost no more in all, down to [`FEWEST_DRAWS`].
pub fn draws(events: usize) -> usize {
    (199 * 20_000 / events.max(1)).clamp(FEWEST_DRAWS, 199)
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    why: String,
}

impl Refused {
    fn new(why: impl Into<String>) -> Refused {
        Refused { why: why.into() }
    }

    /// The reason, as a sentence without a full stop.
    pub fn why(&self) -> &str {
        &self.why
    }
}

/// The law of the delay from an event to one that it sets off.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kernel {
    /// Exponential.
    Exponential,
    /// A power law, with this exponent of its tail and this scale in hours.
    PowerLaw {
        /// The share of delays beyond t falls as `t^-exponent`.
        exponent: f64,
        /// Hours until it begins to fall.
        scale: f64,
    },
}

/// A stretch of news.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct News {
    /// Since when, in microseconds.
    pub from: i64,
    /// Until when.
    pub until: i64,
    /// By how many times it raised the rate of what nothing excites, beyond the usual one.
    pub rise: f64,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct R3 {
    /// How many events one event sets off; 0 and more.
    pub value: f64,
    /// Its 90 % interval.
    pub interval: [f64; 2],
    /// Mean offspring by network of the parent, then of the child.
    pub offspring: Vec<Vec<f64>>,
    /// The law of delays.
    pub kernel: Kernel,
    /// Mean delay in hours.
    pub mean_delay_hours: f64,
    /// Events that count.
    pub events: usize,
    /// Minutes within which exchanges were counted as one, where there were too many to look at each: what one sets off sooner is not seen.
    pub counted_by_minutes: Option<u32>,
    /// Hours left out at the beginning, whose events excite and do not count.
    pub burn_in_hours: usize,
    /// Bins of the week's profile.
    pub profile_bins: usize,
    /// News that was told apart.
    pub news: Vec<News>,
    /// How often such a model fits no better than this one: the p of the test of fit.
    pub fit_p: f64,
}

/// Estimates R3.
///
/// # Errors
/// There are too few events, delays are too long for the window, or the stream does not fit together. The reason says which.
pub fn estimate(stream: &Stream, options: &Options) -> Result<R3, Refused> {
    if stream.times.is_empty() {
        enough(0)?;
    }
    let data = Observed::new(stream)?;
    let events = data.events();
    enough(events)?;
    let window = data.end;
    let (week, first) = profile(&data);
    let surges = news(&data, week, &first);
    let (near, far) = (reach(window, SOON), reach(window, LATE));
    let design = |start, reach| Design::new(&data, week, surges.clone(), start, reach);
    let mut chosen = (near, both_laws(&data, &design(0, near)));
    // Slow excitation looks like any slow rise, so it has to explain clearly more.
    let slow = both_laws(&data, &design(0, far));
    if slow.likelihood > chosen.1.likelihood + libm::log(events as f64) {
        chosen = (far, slow);
    }
    let (reach, whole) = chosen;
    // Twice the mean delay is burnt in, on the left.
    let mean = whole.params.law.mean(reach);
    let excited = radius(&whole.params.offspring, data.networks) > 0.01;
    if excited && mean > window / 10.0 {
        return Err(Refused::new(format!(
            "the mean delay, {:.1} days, is more than a tenth of the window, so that excitation can't be told from a slow rise; look at a longer window",
            mean / 24.0
        )));
    }
    let start = if excited { (2.0 * mean).ceil() as usize } else { 0 };
    let design = design(start, reach);
    enough(design.counted)?;
    let fitted = Passes::new(&data, &design).fit(whole.params, CLOSE, LONG);
    let value = radius(&fitted.params.offspring, data.networks);
    let misfit = goodness::distance(&data, &design, &fitted.params);
    let count = options.draws.unwrap_or_else(|| draws(events)).max(FEWEST_DRAWS);
    let draws = bootstrap(&data, &design, &fitted.params, count, options.seed);
    let worse = draws.iter().filter(|draw| draw.1 >= misfit).count();
    let falls = draws.iter().map(|draw| draw.0).collect();
    let interval = interval::interval(&data, &design, &fitted, falls, options.seed);
    let d = data.networks;
    let origin = (stream.from + observed::HOUR - 1).div_euclid(observed::HOUR);
    let time = |slot: usize| (origin + slot as i64) * observed::HOUR;
    Ok(R3 {
        value,
        interval,
        offspring: fitted.params.offspring.chunks(d).map(<[f64]>::to_vec).collect(),
        kernel: match fitted.params.law {
            Law::Exponential(_) => Kernel::Exponential,
            Law::PowerLaw(exponent, scale) => Kernel::PowerLaw { exponent, scale },
        },
        mean_delay_hours: fitted.params.law.mean(reach),
        events: design.counted,
        counted_by_minutes: (data.width > 0.0).then(|| (60.0 * data.width).round() as u32),
        burn_in_hours: design.start,
        profile_bins: week.bins(),
        news: (design.surges.iter().zip(&fitted.params.surges))
            .map(|((a, b), rise)| News { from: time(*a), until: time(*b), rise: *rise })
            .collect(),
        fit_p: (worse + 1) as f64 / (draws.len() + 1) as f64,
    })
}

/// When a fit is done, and after how many passes it is given up.
const CLOSE: f64 = 1e-8;
const LONG: usize = 1_000;
/// The same for fits that are compared with each other, or that a bootstrap makes.
const NEAR: f64 = 1e-6;
const SHORT: usize = 400;

/// Mean delays up to these parts of the window are looked for: soon ones, and late ones, a little beyond the tenth that is allowed, so that it shows. The window holds at least 200
/// of a soon one; of fewer stretches chance alone makes several hundredths of a ratio.
const SOON: f64 = 0.005;
const LATE: f64 = 0.11;

fn reach(window: f64, part: f64) -> f64 {
    (window * part).max(1.0)
}

fn enough(events: usize) -> Result<(), Refused> {
    match events < FEWEST {
        true => Err(Refused::new(format!(
            "{events} events count, and fewer than {FEWEST} say too little; look at a longer window"
        ))),
        false => Ok(()),
    }
}

/// The profile of the week that the data ask for, with a fit.
fn profile(data: &Observed) -> (Week, Fitted) {
    let fits = Week::ALL.map(|week| {
        let design = Design::new(data, week, Vec::new(), 0, reach(data.end, SOON));
        let start = Params::start(data, &design, 0.5, Law::Exponential(0.2));
        let fitted = Passes::new(data, &design).fit(start, NEAR, SHORT);
        // Akaike's: what a profile misses is read as excitation, while what it has too much is corrected by the bootstrap.
        let free = design.seen.iter().filter(|seen| seen[0] > 0.0).count();
        (fitted.likelihood - free as f64, week, fitted)
    });
    let mut best: Option<(f64, Week, Fitted)> = None;
    for (worth, week, fitted) in fits {
        if best.as_ref().is_none_or(|(most, ..)| worth > *most) {
            best = Some((worth, week, fitted));
        }
    }
    let (_, week, fitted) = best.expect("there are three profiles");
    (week, fitted)
}

/// The stretches of news that make the whole more likely.
fn news(data: &Observed, week: Week, first: &Fitted) -> Vec<Surge> {
    let (mut kept, mut best): (Vec<Surge>, Fitted) = (Vec::new(), first.clone());
    let mut missed = 0;
    for candidate in surges::candidates(data, week) {
        let mut tried = kept.clone();
        tried.push(candidate);
        tried.sort_unstable();
        let design = Design::new(data, week, tried.clone(), 0, reach(data.end, SOON));
        let start = Params { surges: vec![0.5; tried.len()], ..best.params.clone() };
        let fitted = Passes::new(data, &design).fit(start, NEAR, SHORT);
        if fitted.likelihood > best.likelihood + surges::cost(data.events()) {
            (kept, best, missed) = (tried, fitted, 0);
        } else {
            missed += 1;
            if missed == 4 {
                break;
            }
        }
    }
    kept
}

/// The better of both laws by Schwarz's criterion, each the best of three starts.
fn both_laws(data: &Observed, design: &Design) -> Fitted {
    let laws = [
        (0.2, Law::Exponential(2.0)),
        (0.5, Law::Exponential(0.2)),
        (0.8, Law::Exponential(0.02)),
        (0.2, Law::PowerLaw(0.5, 0.2)),
        (0.5, Law::PowerLaw(1.5, 2.0)),
        (0.8, Law::PowerLaw(3.0, 10.0)),
    ];
    let fits: Vec<(f64, Fitted)> = laws
        .into_par_iter()
        .map(|(share, law)| {
            let start = Params::start(data, design, share, law.bounded(design.reach));
            let fitted = Passes::new(data, design).fit(start, CLOSE, LONG);
            let cost = 0.5 * law.freedom() as f64 * libm::log(design.counted as f64);
            (fitted.likelihood - cost, fitted)
        })
        .collect();
    let mut best = 0;
    for k in 1..fits.len() {
        if fits[k].0 > fits[best].0 {
            best = k;
        }
    }
    fits[best].1.clone()
}

/// For each draw by how much its likelihood falls from the best fit to what came about, and how far that fit is from it.
fn bootstrap(
    data: &Observed,
    design: &Design,
    params: &Params,
    count: usize,
    seed: u64,
) -> Vec<(f64, f64)> {
    let held = radius(&params.offspring, data.networks);
    // What would grow without end is drawn just below that.
    let scale = if held > MOST_DRAWN { MOST_DRAWN / held } else { 1.0 };
    let offspring = params.offspring.iter().map(|n| n * scale).collect();
    let rates = smooth(&params.rates, design.week);
    let params = Params { offspring, rates, ..params.clone() };
    (0..count as u64)
        .into_par_iter()
        .map(|number| {
            let drawn = draw::draw(data, design, &params, Chance::new(seed, number));
            let again = design.over(&drawn.data);
            // A cell in which nothing was expected may hold something now.
            let start = Params {
                rates: params.rates.iter().map(|rate| rate.max(1e-6)).collect(),
                offspring: params.offspring.iter().map(|n| n.max(0.01)).collect(),
                ..params.clone()
            };
            let fitted = Passes::new(&drawn.data, &again).fit(start, NEAR, SHORT);
            let far = goodness::distance(&drawn.data, &again, &fitted.params);
            (interval::fall(&drawn.data, &again, &fitted, drawn.truth), far)
        })
        .collect()
}

/// A profile to draw from: each hour with its neighbors of the same kind of day. A fit may leave an hour of the night nothing but offspring, by chance; draws from such a
/// profile would tell excitation from rhythm far better than the data did, and intervals come out a quarter too narrow.
fn smooth(rates: &[f64], week: Week) -> Vec<f64> {
    const WEIGHTS: [f64; 5] = [1.0, 2.0, 3.0, 2.0, 1.0];
    let round = if week == Week::Hours { 168 } else { 24 };
    let near = |(of, hour): (&[f64], usize)| -> f64 {
        let each = WEIGHTS.iter().enumerate();
        each.map(|(k, weight)| weight * of[(hour + round + k - 2) % round]).sum::<f64>() / 9.0
    };
    rates.chunks(round).flat_map(|of| (0..round).map(move |hour| near((of, hour)))).collect()
}

/// Largest radius that draws are made with.
const MOST_DRAWN: f64 = 0.98;

/// The spectral radius of a matrix of nonnegative numbers, row by row, d x d.
fn radius(matrix: &[f64], d: usize) -> f64 {
    // With the identity added there is one largest eigenvalue, whatever the cycles.
    let mut vector = vec![1.0; d];
    let mut largest = 0.0;
    for _ in 0..1_000 {
        let next: Vec<f64> = (0..d)
            .map(|l| vector[l] + (0..d).map(|k| matrix[l * d + k] * vector[k]).sum::<f64>())
            .collect();
        let most = next.iter().copied().fold(0.0, f64::max);
        let close = f64::abs(most - largest) < 1e-13;
        largest = most;
        vector = next.into_iter().map(|v| v / most).collect();
        if close {
            break;
        }
    }
    (largest - 1.0).max(0.0)
}

/// The quantile of sorted values, between neighbors in proportion.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let place = q * (sorted.len() - 1) as f64;
    let (low, part) = (place.floor() as usize, place.fract());
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + part * (sorted[high] - sorted[low])
}

#[cfg(test)]
mod tests;
