//! The warmest chains of returned ties from some vertices to others: who can introduce whom.
//!
//! A step between i and j is as warm as `w_ij = m / (1 + m)`, `m = sqrt(s_ij s_ji)`, 0 where the tie is not returned. A path is as
//! warm as the product of its steps. Every step is below 1, so a longer path is never warmer at equal ties, and the warmest
//! path visits nobody twice. Of equally warm paths the one with fewer steps holds, then the one whose vertices have the smaller keys,
//! from the source on.
//!
//! **Method.** From the targets outward, for k = 1, 2, ... steps: the warmest way of exactly k steps from each vertex reached. Only
//! sources are asked for the last step. **Cost.** The ties of those within `steps - 1` steps of a target and of the sources, each looked at
//! once a step; no contact is computed that is not met. Memory: 16 bytes a vertex and step, of which only what is reached is touched.

use crate::contacts::{Pairing, merge};
use crate::error::Error;
use crate::ties::Ties;

/// What to look for.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Steps of a path at most, 1 or more.
    pub steps: usize,
    /// A key for each vertex, which settles ties.
    pub keys: &'a [u64],
    /// Which vertices no path may touch.
    pub closed: &'a [bool],
}

/// A chain of returned ties.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// From the source to the target, both included.
    pub vertices: Vec<u32>,
    /// The product of its steps, above 0 and below 1.
    pub warmth: f64,
}

/// How warm a step is.
pub fn warmth(mean: f64) -> f64 {
    mean / (1.0 + mean)
}

/// The best way of so many steps from each vertex reached.
pub(crate) struct Level {
    /// By vertex, 0 where it is not reached.
    pub warmth: Vec<f64>,
    /// By vertex, where its way goes on.
    pub next: Vec<u32>,
    /// In no particular order.
    pub reached: Vec<u32>,
}

impl Level {
    pub fn new(n: usize) -> Level {
        Level { warmth: vec![0.0; n], next: vec![0; n], reached: Vec::new() }
    }

    pub fn offer(&mut self, v: u32, warmth: f64, next: u32, keys: &[u64]) {
        let (held, through) = (&mut self.warmth[v as usize], &mut self.next[v as usize]);
        if *held == 0.0 {
            self.reached.push(v);
        }
        let better =
            warmth > *held || warmth == *held && keys[next as usize] < keys[*through as usize];
        if better {
            (*held, *through) = (warmth, next);
        }
    }
}

/// Who is where: the ends of paths, and whom no path may touch.
pub(crate) struct Ground<'a> {
    pub ties: &'a Ties,
    pub keys: &'a [u64],
    pub closed: &'a [bool],
    pub is_source: Vec<bool>,
    pub is_target: Vec<bool>,
    /// Those that are open and no targets, ascending.
    pub sources: Vec<u32>,
}

impl<'a> Ground<'a> {
    pub fn new(
        ties: &'a Ties,
        sources: &[u32],
        targets: &[u32],
        options: &Options<'a>,
    ) -> Result<Ground<'a>, Error> {
        let n = ties.vertices();
        let Options { steps, keys, closed } = *options;
        if steps == 0 || keys.len() != n || closed.len() != n {
            return Err(Error::argument(
                "paths of 0 steps, or keys and closed vertices of another graph; give one of each a vertex",
            ));
        }
        if let Some(v) = sources.iter().chain(targets).find(|v| **v as usize >= n) {
            return Err(Error::argument(format!("a path from or to vertex {v} of {n}")));
        }
        let marked = |list: &[u32]| {
            let mut marks = vec![false; n];
            list.iter().for_each(|v| marks[*v as usize] = true);
            marks
        };
        let (is_target, mut is_source) = (marked(targets), marked(sources));
        for v in 0..n {
            is_source[v] &= !is_target[v] && !closed[v];
        }
        let sources = (0..n as u32).filter(|v| is_source[*v as usize]).collect();
        Ok(Ground { ties, keys, closed, is_source, is_target, sources })
    }

    /// Whether a path may lead through a vertex.
    pub fn is_between(&self, v: u32) -> bool {
        let v = v as usize;
        !self.is_source[v] && !self.is_target[v] && !self.closed[v]
    }

    /// The warmest ways to a target of 0, 1, ... `steps` steps, each at least as warm as `floor`. Sources are reached, but nothing through them.
    pub fn outward(&self, steps: usize, floor: f64) -> Vec<Level> {
        let n = self.ties.vertices();
        let mut levels = vec![Level::new(n)];
        for v in (0..n as u32).filter(|v| self.is_target[*v as usize] && !self.closed[*v as usize])
        {
            levels[0].warmth[v as usize] = 1.0;
            levels[0].reached.push(v);
        }
        for step in 1..=steps {
            let mut level = Level::new(n);
            let before = &levels[step - 1];
            for u in before.reached.iter().filter(|u| !self.is_source[**u as usize]) {
                let so_far = before.warmth[*u as usize];
                merge(self.ties, *u as usize, Pairing::Mean, |v, mean| {
                    let step = warmth(mean);
                    if !self.is_target[v as usize] && !self.closed[v as usize] && step >= floor {
                        level.offer(v, so_far * step, *u, self.keys);
                    }
                });
            }
            levels.push(level);
        }
        levels
    }
}

/// The warmest path from each source that reaches a target, the warmest first. No path leads through another source, who could be
/// asked directly, nor through another target. A source that is a target, or closed, has none.
///
/// Fails with [`crate::ErrorKind::Argument`] if a vertex is out of range, a slice has another length than there are vertices, or `steps` is 0.
pub fn warmest(
    ties: &Ties,
    sources: &[u32],
    targets: &[u32],
    options: &Options<'_>,
) -> Result<Vec<Path>, Error> {
    let ground = Ground::new(ties, sources, targets, options)?;
    let keys = options.keys;
    let mut levels = ground.outward(options.steps - 1, 0.0);
    let mut last = Level::new(ties.vertices());
    if let Some(before) = levels.last() {
        for v in &ground.sources {
            merge(ties, *v as usize, Pairing::Mean, |u, mean| {
                let so_far = before.warmth[u as usize];
                if so_far > 0.0 && !ground.is_source[u as usize] {
                    last.offer(*v, so_far * warmth(mean), u, keys);
                }
            });
        }
    }
    levels.push(last);
    let mut paths: Vec<Path> = ground.sources.iter().filter_map(|v| path(&levels, *v)).collect();
    let order = |path: &Path| path.vertices.iter().map(|v| keys[*v as usize]).collect::<Vec<_>>();
    paths.sort_by(|a, b| {
        let steps = a.vertices.len().cmp(&b.vertices.len());
        b.warmth.total_cmp(&a.warmth).then(steps).then_with(|| order(a).cmp(&order(b)))
    });
    Ok(paths)
}

/// The warmest path of any length from a source.
fn path(levels: &[Level], source: u32) -> Option<Path> {
    let warmth = |step: usize| levels[step].warmth[source as usize];
    let best = (1..levels.len())
        .fold(1, |best, step| if warmth(step) > warmth(best) { step } else { best });
    if levels.len() < 2 || warmth(best) == 0.0 {
        return None;
    }
    let mut vertices = vec![source];
    let mut at = source;
    for step in (1..=best).rev() {
        at = levels[step].next[at as usize];
        vertices.push(at);
    }
    Some(Path { vertices, warmth: warmth(best) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::{self, graph};
    use proptest::prelude::*;

    /// The warmest simple path, by trying all of them.
    fn slowly(ties: &Ties, source: u32, ends: [&[u32]; 2], options: &Options<'_>) -> Option<Path> {
        fn go(
            edges: &std::collections::BTreeMap<(u32, u32), f64>,
            path: &mut Vec<u32>,
            ends: [&[u32]; 2],
            options: &Options<'_>,
            best: &mut Option<Path>,
        ) {
            let [sources, targets] = ends;
            let last = path[path.len() - 1];
            if targets.contains(&last) {
                let steps = path.windows(2).rev();
                let warmth = steps.fold(1.0, |product, pair| product * edges[&(pair[0], pair[1])]);
                let found = Path { vertices: path.clone(), warmth };
                let keys = |path: &Path| -> Vec<u64> {
                    path.vertices.iter().map(|v| options.keys[*v as usize]).collect()
                };
                let better = best.as_ref().is_none_or(|held| {
                    (held.warmth, found.vertices.len(), keys(&found))
                        < (found.warmth, held.vertices.len(), keys(held))
                        && (found.warmth > held.warmth
                            || found.vertices.len() < held.vertices.len()
                            || found.vertices.len() == held.vertices.len()
                                && keys(&found) < keys(held))
                });
                if better {
                    *best = Some(found);
                }
                return;
            }
            if path.len() > options.steps {
                return;
            }
            let from = edges.range((last, 0)..=(last, u32::MAX)).map(|((_, to), _)| *to);
            for to in from.collect::<Vec<_>>() {
                if !path.contains(&to) && !sources.contains(&to) && !options.closed[to as usize] {
                    path.push(to);
                    go(edges, path, ends, options, best);
                    path.pop();
                }
            }
        }
        let strengths: std::collections::BTreeMap<(u32, u32), f32> =
            verify::edges(ties).into_iter().map(|(a, b, s)| ((a, b), s)).collect();
        let edges = strengths
            .iter()
            .filter_map(|((a, b), s)| {
                let back = strengths.get(&(*b, *a))?;
                Some(((*a, *b), warmth((f64::from(*s) * f64::from(*back)).sqrt())))
            })
            .collect();
        let [sources, targets] = ends;
        if targets.contains(&source) || options.closed[source as usize] {
            return None;
        }
        let others: Vec<u32> = sources.iter().copied().filter(|v| !targets.contains(v)).collect();
        let mut best = None;
        go(&edges, &mut vec![source], [&others, targets], options, &mut best);
        best
    }

    fn both_ways(n: usize, pairs: &[(u32, u32, f32)]) -> Ties {
        verify::ties(n, pairs.iter().flat_map(|(a, b, s)| [(*a, *b, *s), (*b, *a, *s)]))
    }

    #[test]
    fn a_warm_detour_beats_a_cold_shortcut() {
        let ties = both_ways(3, &[(0, 2, 0.1), (0, 1, 9.0), (1, 2, 9.0)]);
        let options = Options { steps: 3, keys: &[0, 1, 2], closed: &[false; 3] };
        let paths = warmest(&ties, &[0], &[2], &options).unwrap();
        assert_eq!(paths[0].vertices, [0, 1, 2]);
        assert!((paths[0].warmth - 0.81).abs() < 1e-6);
        let options = Options { closed: &[false, true, false], ..options };
        assert_eq!(warmest(&ties, &[0], &[2], &options).unwrap()[0].vertices, [0, 2]);
        let options = Options { steps: 1, closed: &[false; 3], ..options };
        assert_eq!(warmest(&ties, &[0], &[2], &options).unwrap()[0].vertices, [0, 2]);
    }

    #[test]
    fn a_tie_that_is_not_returned_introduces_nobody() {
        let ties = verify::ties(2, [(0, 1, 5.0)]);
        let options = Options { steps: 3, keys: &[0, 1], closed: &[false; 2] };
        assert_eq!(warmest(&ties, &[0], &[1], &options).unwrap(), []);
        assert_eq!(warmest(&ties, &[1], &[1], &options).unwrap(), []);
        assert!(warmest(&ties, &[0], &[7], &options).is_err());
        assert!(warmest(&ties, &[0], &[1], &Options { steps: 0, ..options }).is_err());
    }

    proptest! {
        #[test]
        fn no_path_is_warmer(
            graph in graph(9, 60),
            steps in 1usize..5,
            sources in prop::collection::vec(0u32..9, 1..4),
            targets in prop::collection::vec(0u32..9, 1..3),
            closed in prop::collection::vec(prop::bool::weighted(0.1), 9),
        ) {
            let n = graph.vertices();
            let inside = |list: Vec<u32>| -> Vec<u32> {
                list.into_iter().filter(|v| (*v as usize) < n).collect()
            };
            let (sources, mut targets) = (inside(sources), inside(targets));
            targets.retain(|v| !closed[*v as usize]);
            let keys: Vec<u64> = (0..n as u64).rev().collect();
            let options = Options { steps, keys: &keys, closed: &closed[..n] };
            let found = warmest(&graph, &sources, &targets, &options).unwrap();
            for source in &sources {
                let expected = slowly(&graph, *source, [&sources, &targets], &options);
                let ours = found.iter().find(|path| path.vertices[0] == *source);
                prop_assert_eq!(ours, expected.as_ref());
            }
        }

        #[test]
        fn a_longer_path_never_beats_a_shorter_one_at_equal_ties(graph in graph(12, 60)) {
            let pairs: Vec<_> = verify::edges(&graph).into_iter().map(|(a, b, _)| (a, b, 2.0)).collect();
            let ties = both_ways(graph.vertices(), &pairs);
            let keys: Vec<u64> = (0..ties.vertices() as u64).collect();
            let closed = vec![false; ties.vertices()];
            let sources: Vec<u32> = (1..ties.vertices() as u32).collect();
            for source in &sources {
                let of = |steps| {
                    let options = Options { steps, keys: &keys, closed: &closed };
                    warmest(&ties, &[*source], &[0], &options).unwrap()
                };
                let shortest = (1..=4).find_map(|steps| of(steps).pop());
                prop_assert_eq!(of(4).pop(), shortest);
            }
        }
    }
}
