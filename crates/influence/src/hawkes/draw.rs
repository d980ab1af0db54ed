//! The process drawn again, by its clusters (Hawkes, Oakes 1974), with its parents known.

use super::chance::Chance;
use super::design::Design;
use super::em::Params;
use super::kernel::delay;
use super::observed::Observed;
use super::radius;

/// A draw.
pub(super) struct Drawn {
    pub data: Observed,
    /// Spectral radius of the offspring as counted from parents.
    pub truth: f64,
}

/// So many times the events there were are drawn at most: clusters near the critical point have no bound.
const MOST: usize = 20;

/// What these parameters let happen. Before the window there is a time for clusters to come to their length.
pub(super) fn draw(data: &Observed, design: &Design, params: &Params, mut chance: Chance) -> Drawn {
    let (d, window) = (data.networks, data.end);
    let bins = design.week.bins();
    let (rates, weights) = params.law.parts(design.reach);
    let held = radius(&params.offspring, d);
    let before =
        (10.0 * params.law.mean(design.reach) / (1.0 - held).max(0.02)).min(window).ceil() as i64;
    let most = MOST * data.events() + 1_000;
    // Time, network, and the parent's network.
    let mut all: Vec<(f64, u8, u8)> = Vec::new();
    for slot in -before..data.slots() as i64 {
        let bin = design.week.bin(data.hour_of_week(slot));
        let surge = usize::try_from(slot)
            .ok()
            .and_then(|slot| design.surges.iter().position(|(a, b)| (*a..*b).contains(&slot)));
        let raised = surge.map_or(1.0, |surge| 1.0 + params.surges[surge]);
        for k in 0..d {
            let mean = params.rates[k * bins + bin] * raised;
            for _ in 0..chance.poisson(mean) {
                all.push((slot as f64 + chance.unit(), k as u8, NOBODY));
            }
        }
    }
    let mut next = 0;
    while next < all.len() && all.len() < most {
        let (at, l, _) = all[next];
        next += 1;
        for k in 0..d {
            for _ in 0..chance.poisson(params.offspring[usize::from(l) * d + k]) {
                let at = at + delay(&rates, &weights, &mut chance);
                if at < window {
                    all.push((at, k as u8, l));
                }
            }
        }
    }
    all.retain(|(at, k, _)| {
        (0.0..window).contains(at) && !data.is_dark(usize::from(*k), *at as usize)
    });
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.dedup_by_key(|event| event.0);
    let mut counts = vec![0.0; d];
    let mut excited = vec![0.0; d * d];
    for (_, k, parent) in all.iter().filter(|event| event.0 >= design.start as f64) {
        counts[usize::from(*k)] += 1.0;
        if *parent != NOBODY {
            excited[usize::from(*parent) * d + usize::from(*k)] += 1.0;
        }
    }
    for l in 0..d {
        (0..d).for_each(|k| excited[l * d + k] /= f64::max(counts[l], 1.0));
    }
    let times = all.iter().map(|event| event.0).collect();
    let marks = all.iter().map(|event| event.1).collect();
    Drawn { truth: radius(&excited, d), data: data.with(times, marks) }
}

/// The parent of what nothing excited.
const NOBODY: u8 = u8::MAX;
