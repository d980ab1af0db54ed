//! Whether the fit could have made the data: under the true intensity, time measured by what was expected runs evenly.
//!
//! Between events of a network its integrated intensity grows by exponential steps of mean 1 (Papangelou's theorem; Ogata 1988). Kolmogorov and Smirnov's
//! distance of these steps from that law, over all networks, times the square root of their number. Its chance level comes from draws that are fitted
//! again, because the textbook table assumes that nothing was fitted. Events that are counted as one entry share what was expected before it evenly.

use super::design::{Design, NONE};
use super::em::Params;
use super::observed::Observed;

/// The distance times the root of the number of steps; 0 without steps.
pub(super) fn distance(data: &Observed, design: &Design, params: &Params) -> f64 {
    let d = data.networks;
    let (rates, weights) = params.law.parts(design.reach);
    let parts = rates.len();
    let sums: Vec<Vec<f64>> = (0..d).map(|k| expected(data, design, params, k)).collect();
    let until = |k: usize, at: f64| {
        let slot = (at as usize).min(data.slots().saturating_sub(1));
        sums[k][slot]
            + (sums[k][slot + 1] - sums[k][slot]) * (at - slot as f64) / data.length(slot).max(1e-9)
    };
    let mut left = vec![0.0; d * parts];
    let mut on = vec![false; d];
    let mut grown = vec![0.0; d];
    let mut steps: Vec<(f64, f64)> = Vec::with_capacity(data.times.len());
    let (mut last, mut edge) = (0.0, 0);
    let mut advance = |to: f64, left: &mut [f64], on: &[bool], grown: &mut [f64]| {
        let mut spent = vec![0.0; d];
        for l in 0..d {
            for m in 0..parts {
                let part = &mut left[l * parts + m];
                let rest = *part * libm::exp(-rates[m] * (to - last));
                spent[l] += weights[m] * (*part - rest);
                *part = rest;
            }
        }
        for k in (0..d).filter(|k| on[*k]) {
            grown[k] += until(k, to) - until(k, last);
            grown[k] += (0..d).map(|l| params.offspring[l * d + k] * spent[l]).sum::<f64>();
        }
        last = to;
    };
    for i in 0..=data.times.len() {
        while let Some(at) = design.edges.get(edge).filter(|at| at.before == i) {
            advance(at.at, &mut left, &on, &mut grown);
            on[at.network] = at.sign > 0.0;
            edge += 1;
        }
        let Some(at) = data.times.get(i) else { break };
        advance(*at, &mut left, &on, &mut grown);
        let k = usize::from(data.marks[i]);
        let weight = data.weights[i];
        if design.cells[i].0 != NONE {
            let step = std::mem::take(&mut grown[k]) / weight;
            steps.push((1.0 - libm::exp(-step), weight));
        }
        left[k * parts..(k + 1) * parts].iter_mut().for_each(|part| *part += weight);
    }
    steps.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let n = steps.iter().map(|step| step.1).sum::<f64>();
    let mut before = 0.0;
    let gap = |(u, weight): &(f64, f64)| {
        let from = before;
        before += weight;
        f64::max(before / n - u, u - from / n)
    };
    steps.iter().map(gap).fold(0.0, f64::max) * libm::sqrt(n)
}

/// Expected background of a network before each hour.
fn expected(data: &Observed, design: &Design, params: &Params, k: usize) -> Vec<f64> {
    let mut sums = vec![0.0];
    let mut sum = 0.0;
    for slot in 0..data.slots() {
        if !data.is_dark(k, slot) {
            let bin = design.week.bin(data.hour_of_week(slot as i64));
            let surge = design.surges.iter().position(|(a, b)| (*a..*b).contains(&slot));
            let raised = surge.map_or(1.0, |surge| 1.0 + params.surges[surge]);
            sum += params.rates[k * design.week.bins() + bin] * raised * data.length(slot);
        }
        sums.push(sum);
    }
    sums
}
