//! Betweenness: on how many shortest paths a vertex lies, between the ends.
//!
//! `B_v = 1 / (n (n - 1)) sum_{s, t} sigma_st(v) / sigma_st` over ordered pairs s, t other than v with a path, without weights; sigma_st are the shortest
//! paths from s to t, and sigma_st(v) those through v (Freeman 1977). Along credit or against it is the same.
//!
//! **Exact**, up to [`EXACT`] vertices: Brandes 2001. From each s a search finds levels and numbers of paths; backward,
//! `delta_v = sigma_v sum_w (1 + delta_w) / sigma_w` over the successors w of v on the next level. O(n m).
//!
//! **Sampled**, beyond: with probability 0.9 *every* value is within [`EPS`] of the true one. Pairs s, t are drawn, and of their shortest paths one; v is
//! credited if it lies inside (Riondato, Kornaropoulos 2016). A path is found from both ends, the cheaper end going on
//! (KADABRA; Borassi, Natale 2016). Sampling stops when the counts allow it (`stop.rs`). Values below [`EPS`] can't be told from 0, and
//! are 0: true ones below twice that. Draw k is a hash of (seed, k), and counts are integers, so no thread has a say.
//!
//! Numbers of paths are in 64-bit floating point, and brought down level by level where they would overflow.

use crate::crew;
use crate::mix::mix;
use crate::stop::Rule;
use crate::ties::{Adjacency, Ties};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Vertices up to which it is exact.
pub const EXACT: usize = 2000;
/// Largest error of a sampled value.
pub const EPS: f64 = 0.005;
/// Probability that some value of a sample errs by more.
pub const DELTA: f64 = 0.1;

/// Sources whose dependencies are added up by one thread; sums are then added in order.
const SOURCES: usize = 64;
/// Draws that are worth a thread's while.
const DRAWS: u64 = 64;
/// Numbers of paths from which on a level is brought down, and by how much.
const LARGE: f64 = 1e150;
/// Marks a vertex that no search has met.
const UNSEEN: u32 = u32::MAX;

/// Betweenness of all vertices.
#[derive(Clone, Debug, PartialEq)]
pub struct Betweenness {
    /// A value from 0 to 1 for each vertex.
    pub values: Vec<f64>,
    /// How far a value above 0 may be off, and half of what a value of 0 may truly be: 0 if exact, else [`EPS`].
    pub error: f64,
    /// Pairs that were drawn; 0 if exact.
    pub draws: u64,
}

/// Betweenness, exact or sampled by the number of vertices. `seed` names the draws.
pub fn betweenness(ties: &Ties, seed: u64) -> Betweenness {
    if ties.vertices() <= EXACT { exact(ties) } else { sampled(ties, seed) }
}

/// Exact betweenness, whatever it costs: O(n m), and 8 bytes a vertex for each 64 sources.
pub fn exact(ties: &Ties) -> Betweenness {
    let n = ties.vertices();
    let sources: Vec<u32> = (0..n as u32).collect();
    let pairs = n as f64 * (n as f64 - 1.0);
    let mut values = dependencies(ties, &sources);
    values.iter_mut().for_each(|value| *value = if pairs > 0.0 { *value / pairs } else { 0.0 });
    Betweenness { values, error: 0.0, draws: 0 }
}

/// `sum_s sum_t sigma_st(v) / sigma_st` over the sources given, for each vertex v. Panics if a source is no vertex.
pub fn dependencies(ties: &Ties, sources: &[u32]) -> Vec<f64> {
    let n = ties.vertices();
    let parts: Vec<Vec<f64>> = sources
        .par_chunks(SOURCES)
        .map(|sources| {
            let (mut search, mut sums) = (Search::new(n), vec![0.0; n]);
            sources
                .iter()
                .for_each(|source| search.add_dependencies(ties.out(), *source, &mut sums));
            sums
        })
        .collect();
    let mut sums = vec![0.0; n];
    for part in parts {
        sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
    sums
}

/// A search from one end, level by level.
struct Search {
    /// The level of each vertex, or [`UNSEEN`].
    levels: Vec<u32>,
    /// Shortest paths from the end, in the unit of the vertex's level; later `(1 + delta) / paths`.
    paths: Vec<f64>,
    /// Vertices in the order in which they were met.
    met: Vec<u32>,
    /// Where each level begins in `met`.
    starts: Vec<usize>,
    /// By how much the unit of each level is larger than that of the one before.
    units: Vec<f64>,
}

impl Search {
    fn new(n: usize) -> Search {
        Search {
            levels: vec![UNSEEN; n],
            paths: vec![0.0; n],
            met: Vec::new(),
            starts: Vec::new(),
            units: Vec::new(),
        }
    }

    fn begin(&mut self, end: u32) {
        self.levels[end as usize] = 0;
        self.paths[end as usize] = 1.0;
        self.met.push(end);
        self.starts.push(0);
        self.units.push(1.0);
    }

    /// The last level.
    fn front(&self) -> &[u32] {
        &self.met[self.starts.last().copied().unwrap_or(0)..]
    }

    /// Goes on by a level; whether there is one.
    fn advance(&mut self, rows: &Adjacency) -> bool {
        let level = self.starts.len() as u32;
        let (begin, end) = (self.starts.last().copied().unwrap_or(0), self.met.len());
        for at in begin..end {
            let v = self.met[at] as usize;
            let paths = self.paths[v];
            for w in rows.row(v).0 {
                let known = &mut self.levels[*w as usize];
                if *known == UNSEEN {
                    *known = level;
                    self.paths[*w as usize] = paths;
                    self.met.push(*w);
                } else if *known == level {
                    self.paths[*w as usize] += paths;
                }
            }
        }
        if self.met.len() == end {
            return false;
        }
        self.starts.push(end);
        let most = self.front().iter().fold(0.0, |most, v| f64::max(most, self.paths[*v as usize]));
        let unit = if most > LARGE { LARGE } else { 1.0 };
        if unit > 1.0 {
            for v in &self.met[end..] {
                // Not below what can be divided by.
                self.paths[*v as usize] = (self.paths[*v as usize] / unit).max(1.0 / LARGE);
            }
        }
        self.units.push(unit);
        true
    }

    fn clear(&mut self) {
        for v in self.met.drain(..) {
            self.levels[v as usize] = UNSEEN;
        }
        self.starts.clear();
        self.units.clear();
    }

    /// Adds to `sums` what of the paths from `source` depends on each vertex.
    fn add_dependencies(&mut self, out: &Adjacency, source: u32, sums: &mut [f64]) {
        self.begin(source);
        while self.advance(out) {}
        for level in (0..self.starts.len()).rev() {
            let end = self.starts.get(level + 1).copied().unwrap_or(self.met.len());
            let unit = self.units.get(level + 1).copied().unwrap_or(1.0);
            for v in self.met[self.starts[level]..end].iter().map(|v| *v as usize) {
                let next = out.row(v).0.iter().map(|w| *w as usize);
                let below = next.filter(|w| self.levels[*w] == level as u32 + 1);
                let sum: f64 = below.map(|w| self.paths[w]).sum();
                let delta = self.paths[v] / unit * sum;
                if v != source as usize {
                    sums[v] += delta;
                }
                self.paths[v] = (1.0 + delta) / self.paths[v];
            }
        }
        self.clear();
    }
}

/// Sampled betweenness, however few vertices there are. `seed` names the draws.
pub fn sampled(ties: &Ties, seed: u64) -> Betweenness {
    let n = ties.vertices();
    let passable = |v: &usize| ties.out().degree(*v) > 0 && ties.into().degree(*v) > 0;
    // Nobody else can lie inside a path.
    let mut inner: Vec<usize> = (0..n).filter(passable).collect();
    // Most ways through first: there most paths may lead.
    inner.sort_by_key(|v| {
        let ways = ties.out().degree(*v) as u64 * ties.into().degree(*v) as u64;
        std::cmp::Reverse(ways)
    });
    let counts: Vec<AtomicU64> = (0..n).map(|_| AtomicU64::new(0)).collect();
    let mut drawn = 0;
    if n >= 3 && !inner.is_empty() {
        let rule = Rule::new(inner.len(), EPS, DELTA);
        for draws in rule.checks() {
            let chunks = (drawn..draws).step_by(DRAWS as usize);
            crew::each(
                chunks,
                || [Search::new(n), Search::new(n)],
                |[from, to], first| {
                    for draw in first..draws.min(first + DRAWS) {
                        draw_path(ties, mix(seed ^ mix(draw)), from, to, &mut |v| {
                            counts[v as usize].fetch_add(1, Ordering::Relaxed);
                        });
                    }
                },
            );
            drawn = draws;
            if rule.is_met(drawn, inner.iter().map(|v| counts[*v].load(Ordering::Relaxed))) {
                break;
            }
        }
    }
    let value = |count: AtomicU64| match count.into_inner() as f64 / drawn.max(1) as f64 {
        value if value < EPS => 0.0,
        value => value,
    };
    Betweenness { values: counts.into_iter().map(value).collect(), error: EPS, draws: drawn }
}

/// Numbers from a hash, one after the other.
struct Draws(u64);

impl Draws {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = mix(self.0);
        ((u128::from(self.0) * u128::from(end)) >> 64) as u64
    }

    /// From 0 to below 1.
    fn share(&mut self) -> f64 {
        self.below(1 << 53) as f64 / (1u64 << 53) as f64
    }
}

/// Draws a pair of vertices and one of its shortest paths, and calls `inside` with each vertex between its ends.
fn draw_path(
    ties: &Ties,
    seed: u64,
    from: &mut Search,
    to: &mut Search,
    inside: &mut impl FnMut(u32),
) {
    let (n, mut draws) = (ties.vertices() as u64, Draws(seed));
    let s = draws.below(n);
    let t = draws.below(n - 1);
    let t = t + u64::from(t >= s);
    if ties.out().degree(s as usize) == 0 || ties.into().degree(t as usize) == 0 {
        return;
    }
    from.begin(s as u32);
    to.begin(t as u32);
    let ways = |search: &Search, rows: &Adjacency| -> usize {
        search.front().iter().map(|v| rows.degree(*v as usize)).sum()
    };
    loop {
        let (forth, back) = (ways(from, ties.out()), ways(to, ties.into()));
        // The end whose next level costs less goes on; one that can't go on has no path.
        let (going, other, rows) = match forth <= back {
            true => (&mut *from, &*to, ties.out()),
            false => (&mut *to, &*from, ties.into()),
        };
        if !going.advance(rows) {
            break;
        }
        // Whoever both have met is on the last level of both: an earlier one would have been met before.
        let is_met = |v: &&u32| other.levels[**v as usize] != UNSEEN;
        if !going.front().iter().any(|v| is_met(&v)) {
            continue;
        }
        let middle = going.front().iter().filter(is_met);
        let weigh = |v: &u32| going.paths[*v as usize] * other.paths[*v as usize];
        let Some(middle) = choose(middle.copied(), |v| weigh(&v), &mut draws) else {
            break;
        };
        if u64::from(middle) != s && u64::from(middle) != t {
            inside(middle);
        }
        walk(from, ties.into(), middle, &mut draws, inside);
        walk(to, ties.out(), middle, &mut draws, inside);
        break;
    }
    from.clear();
    to.clear();
}

/// Walks from `v` back to the end of a search, each step drawn by numbers of paths; the end itself is not called.
fn walk(
    search: &Search,
    rows: &Adjacency,
    mut v: u32,
    draws: &mut Draws,
    inside: &mut impl FnMut(u32),
) {
    while search.levels[v as usize] > 1 {
        let before = search.levels[v as usize] - 1;
        let earlier = rows.row(v as usize).0.iter().copied();
        let earlier = earlier.filter(|u| search.levels[*u as usize] == before);
        let Some(u) = choose(earlier, |u| search.paths[u as usize], draws) else {
            return;
        };
        inside(u);
        v = u;
    }
}

/// Draws one in proportion to `weigh`; the first where the weights are beyond numbers.
fn choose(
    from: impl Iterator<Item = u32> + Clone,
    weigh: impl Fn(u32) -> f64,
    draws: &mut Draws,
) -> Option<u32> {
    let total: f64 = from.clone().map(&weigh).sum();
    let mut left = draws.share() * total;
    let mut chosen = None;
    for v in from {
        let weight = weigh(v);
        if chosen.is_none() || weight > 0.0 {
            chosen = Some(v);
        }
        left -= weight;
        if left < 0.0 || left.is_nan() {
            break;
        }
    }
    chosen
}

#[cfg(test)]
mod tests;
