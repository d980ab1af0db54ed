//! Whom to begin with: k vertices of largest expected joint reach under independent cascades (OPIM-C; Tang, Tang, Xiao, Yuan 2018).
//!
//! Two collections of reverse-reachable sets. On the first, greedy cover picks the vertices and bounds what any choice could cover; on the second, which did not help to
//! choose, their cover bounds their reach from below. The collections double until the bounds' ratio is `1 - 1/e - epsilon`, and then, where [`Wanted::seen`] asks for it, until
//! the chosen are seen in so many sets: the guarantee is met long before the greedy tells near equals apart, and a choice on few sets reaches up to a tenth less than one on many.
//!
//! With probability `1 - delta`, **given the chances**, the reach is at least [`Chosen::ratio`] of the best possible by vertices that may be chosen. With costs the greedy goes by
//! cover for cost, and the best possible is bounded by a knapsack that may be cut; the ratio holds as printed, but may stay below `1 - 1/e - epsilon`.
//!
//! Cost: members of sets, and for a step of the bound the number of vertices (64 steps at most).

use crate::error::Error;
use crate::rr_sets::{Chances, Sets};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What may be spent; without costs the number of vertices.
    pub budget: f64,
    /// Who may be chosen.
    pub allowed: &'a [bool],
    /// What each costs, above 0; without it 1.
    pub costs: Option<&'a [f64]>,
    /// By how much the ratio may stay below 1 - 1/e.
    pub epsilon: f64,
    /// Chance that the bounds fail.
    pub delta: f64,
    /// In how many sets a chosen vertex is to be seen in the mean, if that takes no more than about 20 million vertices met in drawing a collection; 0 for the guarantee alone.
    pub seen: usize,
    /// Of everything random.
    pub seed: u64,
}

/// Whom to begin with.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// In the order in which they were picked.
    pub vertices: Vec<u32>,
    /// What they cost.
    pub cost: f64,
    /// Their expected joint reach, themselves included, as the second collection has it.
    pub reach: f64,
    /// What it is at least.
    pub at_least: f64,
    /// What no choice exceeds.
    pub best_at_most: f64,
    /// `at_least / best_at_most`.
    pub ratio: f64,
    /// Sets in each collection.
    pub sets: usize,
}

/// Members in memory at most: beyond that the ratio reached is the answer.
const MOST_MEMBERS: usize = 400_000_000;
/// Vertices met in drawing a collection, beyond which it is not doubled for [`Wanted::seen`].
const MOST_MET: u64 = 10_000_000;
/// Steps of the greedy after which the bound is looked at.
const LOOKS: usize = 64;

/// Picks vertices.
///
/// # Errors
/// [`crate::ErrorKind::Argument`]: a length, a cost, the budget, epsilon or delta is out of range, or nobody may be chosen.
pub fn opim(chances: &Chances, wanted: &Wanted<'_>) -> Result<Chosen, Error> {
    let n = chances.vertices();
    check(n, wanted)?;
    let cost = |v: usize| wanted.costs.map_or(1.0, |costs| costs[v]);
    let mut cheapest: Vec<f64> = (0..n).filter(|v| wanted.allowed[*v]).map(cost).collect();
    cheapest.sort_by(f64::total_cmp);
    let mut left = wanted.budget;
    // No choice has more vertices than the cheapest ones that the budget pays for.
    let k = cheapest
        .iter()
        .take_while(|cost| {
            left -= **cost;
            left >= -1e-9
        })
        .count();
    if k == 0 {
        return Err(Error::argument("the budget pays for nobody who may be chosen; raise it"));
    }
    let good = 1.0 - libm::exp(-1.0);
    let choices = (0..k).map(|i| libm::log((n - i) as f64 / (i + 1) as f64)).sum::<f64>();
    let failing = libm::log(6.0 / wanted.delta);
    let root = good * libm::sqrt(failing) + libm::sqrt(good * (choices + failing));
    let most = 2.0 * n as f64 * root * root / (wanted.epsilon * wanted.epsilon * k as f64);
    let first = (most * wanted.epsilon * wanted.epsilon * k as f64 / n as f64).max(64.0);
    let rounds = libm::log2(most / first).ceil().max(1.0);
    // The bounds hold in all rounds at once, those for `seen` included.
    let seeing = libm::log2(MOST_MET as f64 / first).ceil() + 2.0;
    let looks = if wanted.seen > 0 { rounds.max(seeing) } else { rounds };
    let a = libm::log(3.0 * looks / wanted.delta);
    let (mut choosing, mut judging) = (Sets::default(), Sets::default());
    let mut sets = first.ceil() as usize;
    for round in 1.. {
        choosing.extend(chances, wanted.allowed, wanted.seed.wrapping_mul(2), sets);
        judging.extend(chances, wanted.allowed, wanted.seed.wrapping_mul(2).wrapping_add(1), sets);
        let picked = greedy(&choosing, n, k, wanted);
        let covered = cover(&judging, n, &picked.vertices) as f64;
        let scale = n as f64 / sets as f64;
        let low = libm::sqrt(covered + 2.0 * a / 9.0) - libm::sqrt(a / 2.0);
        let low = (low.max(0.0) * low.max(0.0) - a / 18.0).max(0.0) * scale;
        let high = libm::sqrt(picked.bound + a / 2.0) + libm::sqrt(a / 2.0);
        let high = (high * high * scale).min(n as f64);
        let ratio = low / high;
        let spent = choosing.members.len() + judging.members.len() > MOST_MEMBERS;
        let met = ratio >= good - wanted.epsilon || round >= rounds as usize;
        let seen =
            covered >= (wanted.seen * picked.vertices.len()) as f64 || choosing.met > MOST_MET;
        if met && seen || spent {
            return Ok(Chosen {
                cost: picked.vertices.iter().map(|v| cost(*v as usize)).sum(),
                vertices: picked.vertices,
                reach: covered * scale,
                at_least: low,
                best_at_most: high,
                ratio,
                sets,
            });
        }
        sets *= 2;
    }
    Err(Error::argument("no round was made"))
}

fn check(n: usize, wanted: &Wanted<'_>) -> Result<(), Error> {
    let lengths = wanted.allowed.len() == n && wanted.costs.is_none_or(|costs| costs.len() == n);
    let costs =
        wanted.costs.is_none_or(|costs| costs.iter().all(|cost| *cost > 0.0 && cost.is_finite()));
    let fault = match () {
        _ if !lengths => "there is not one permission, and one cost, for each vertex",
        _ if !costs => "a cost is not above 0",
        _ if !(wanted.budget > 0.0 && wanted.budget.is_finite()) => {
            "the budget is no number above 0"
        }
        _ if !(1e-4..0.63).contains(&wanted.epsilon) => "epsilon is not between 0.0001 and 0.63",
        _ if !(1e-12..0.5).contains(&wanted.delta) => "delta is not between 0 and 0.5",
        _ if !wanted.allowed.contains(&true) => "nobody may be chosen",
        _ => return Ok(()),
    };
    Err(Error::argument(fault))
}

struct Picked {
    vertices: Vec<u32>,
    /// What no choice covers more of.
    bound: f64,
}

/// Greedy cover by cover for cost, with the least upper bound on its way.
fn greedy(sets: &Sets, n: usize, k: usize, wanted: &Wanted<'_>) -> Picked {
    let cost = |v: u32| wanted.costs.map_or(1.0, |costs| costs[v as usize]);
    // For each vertex the sets that hold it.
    let mut starts = vec![0usize; n + 1];
    for v in &sets.members {
        starts[*v as usize + 1] += 1;
    }
    for v in 0..n {
        starts[v + 1] += starts[v];
    }
    let mut place = starts.clone();
    let mut holding = vec![0u32; sets.members.len()];
    for set in 0..sets.len() {
        for v in sets.of(set) {
            holding[place[*v as usize]] = set as u32;
            place[*v as usize] += 1;
        }
    }
    let mut gains: Vec<u32> = (0..n).map(|v| (starts[v + 1] - starts[v]) as u32).collect();
    let worth = |v: u32, gain: u32| Ordered(f64::from(gain) / cost(v));
    let mut heap: BinaryHeap<(Ordered, Reverse<u32>)> = (0..n as u32)
        .filter(|v| gains[*v as usize] > 0)
        .map(|v| (worth(v, gains[v as usize]), Reverse(v)))
        .collect();
    let mut covered = vec![false; sets.len()];
    let (mut vertices, mut count, mut left) = (Vec::new(), 0u64, wanted.budget + 1e-9);
    let mut bound = f64::INFINITY;
    let every = k.div_ceil(LOOKS);
    while let Some((stale, Reverse(v))) = heap.pop() {
        let gain = gains[v as usize];
        if gain == 0 || cost(v) > left {
            continue;
        }
        let now = worth(v, gain);
        if now < stale {
            heap.push((now, Reverse(v)));
            continue;
        }
        if vertices.len() % every == 0 {
            bound = bound.min(count as f64 + best_rest(&gains, k, wanted));
        }
        left -= cost(v);
        count += u64::from(gain);
        vertices.push(v);
        for set in &holding[starts[v as usize]..starts[v as usize + 1]] {
            if !std::mem::replace(&mut covered[*set as usize], true) {
                sets.of(*set as usize).iter().for_each(|other| gains[*other as usize] -= 1);
            }
        }
    }
    bound = bound.min(count as f64 + best_rest(&gains, k, wanted));
    if wanted.costs.is_some() {
        // One costly vertex may cover more than many cheap ones: then it is the choice.
        let size = |v: u32| (starts[v as usize + 1] - starts[v as usize]) as u64;
        let affordable = (0..n as u32).filter(|v| cost(*v) <= wanted.budget + 1e-9);
        if let Some(one) = affordable.max_by_key(|v| (size(*v), Reverse(*v)))
            && size(one) > count
        {
            vertices = vec![one];
        }
    }
    Picked { vertices, bound }
}

/// What the budget could cover beyond what is covered, if nothing overlapped and the last could be cut.
fn best_rest(gains: &[u32], k: usize, wanted: &Wanted<'_>) -> f64 {
    match wanted.costs {
        None => {
            let mut most: Vec<u32> = gains.iter().copied().filter(|gain| *gain > 0).collect();
            if most.len() > k {
                most.select_nth_unstable_by(k - 1, |a, b| b.cmp(a));
                most.truncate(k);
            }
            most.iter().map(|gain| f64::from(*gain)).sum()
        }
        Some(costs) => {
            let mut all: Vec<(f64, f64)> = gains
                .iter()
                .zip(costs)
                .filter(|(gain, _)| **gain > 0)
                .map(|(gain, cost)| (f64::from(*gain), *cost))
                .collect();
            all.sort_by(|a, b| (b.0 / b.1).total_cmp(&(a.0 / a.1)));
            let (mut left, mut sum) = (wanted.budget, 0.0);
            for (gain, cost) in all {
                if left <= 0.0 {
                    break;
                }
                sum += gain * (left / cost).min(1.0);
                left -= cost;
            }
            sum
        }
    }
}

/// How many sets hold one of the vertices.
fn cover(sets: &Sets, n: usize, vertices: &[u32]) -> usize {
    let mut chosen = vec![false; n];
    vertices.iter().for_each(|v| chosen[*v as usize] = true);
    (0..sets.len()).filter(|set| sets.of(*set).iter().any(|v| chosen[*v as usize])).count()
}

/// A number that is none of those without an order.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ordered(f64);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Ordered) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Ordered) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

#[cfg(test)]
mod tests;
