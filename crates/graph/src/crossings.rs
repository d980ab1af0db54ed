//! The least expected chains of returned ties: those that cross between the most distant groups, where each step is warm enough.
//!
//! A path is as unexpected as its widest step is wide: the largest distance between the groups of two who stand next to each other in it. Of paths that are
//! equally unexpected the warmest holds (see [`crate::paths`] for warmth, and for where paths may lead). For each step that can be the widest of a path, the
//! warmest such path is found, so that a list of them names different crossings; a path of which two steps are as wide stands there once. (Granovetter 1973: weak ties between unlike worlds carry what is new.)
//!
//! **Method.** The warmest ways of 0, 1, ... steps from the targets outward, and from the sources to whoever those reach; then every tie between the two is tried
//! as the crossing. The best path is exact up to 3 steps, where no path can meet itself; of longer ones, those that would visit somebody twice are left out.
//!
//! **Cost.** The ties of the sources and of those within `steps - 1` steps of a target, each looked at twice a step. Memory: 12 bytes a vertex and step each way, of which
//! only what is reached is touched, and 40 for each tie tried.

use crate::contacts::{Pairing, merge};
use crate::error::Error;
use crate::paths::{Ground, Level, Options, Path, warmth};
use crate::ties::Ties;
use std::collections::BTreeSet;

/// A path over a crossing.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossing {
    /// From the source to the target.
    pub path: Path,
    /// Which of its steps is the widest, from 0.
    pub step: usize,
    /// The distance between the groups of that step's ends, above 0.
    pub distance: f64,
}

/// A tie tried as the crossing: after `before` steps, `after` steps follow.
struct Tried {
    distance: f64,
    warmth: f64,
    from: u32,
    to: u32,
    before: usize,
    after: usize,
}

/// At most `most` paths, the least expected first; a crossing occurs once, and a path. Each step is at least as warm as `floor`. `distance(v, w)` is how far the groups
/// of v and w are apart, the same both ways and 0 within a group.
///
/// Fails as [`crate::paths::warmest`] does.
pub fn crossings(
    ties: &Ties,
    [sources, targets]: [&[u32]; 2],
    options: &Options<'_>,
    floor: f64,
    most: usize,
    distance: impl Fn(u32, u32) -> f64,
) -> Result<Vec<Crossing>, Error> {
    let ground = Ground::new(ties, sources, targets, options)?;
    let (steps, keys) = (options.steps, options.keys);
    let back = ground.outward(steps - 1, floor);
    let forth = inward(&ground, &back, steps, floor);
    let mut tried: Vec<Tried> = Vec::new();
    let mut try_tie = |from: u32, to: u32, mean: f64, before: usize, after: usize| {
        let so_far = [forth[before].warmth[from as usize], back[after].warmth[to as usize]];
        let step = warmth(mean);
        // The distance is looked up last: few ties get so far.
        if step < floor || so_far.contains(&0.0) {
            return;
        }
        let (distance, warmth) = (distance(from, to), so_far[0] * step * so_far[1]);
        if distance > 0.0 {
            tried.push(Tried { distance, warmth, from, to, before, after });
        }
    };
    for from in &ground.sources {
        merge(ties, *from as usize, Pairing::Mean, |to, mean| {
            for after in 0..steps {
                if !ground.is_source[to as usize] {
                    try_tie(*from, to, mean, 0, after);
                }
            }
        });
    }
    for before in 1..steps {
        for (after, level) in back.iter().enumerate().take(steps - before) {
            for to in level.reached.iter().filter(|to| !ground.is_source[**to as usize]) {
                merge(ties, *to as usize, Pairing::Mean, |from, mean| {
                    if ground.is_between(from) {
                        try_tie(from, *to, mean, before, after);
                    }
                });
            }
        }
    }
    tried.sort_unstable_by(|a, b| {
        let ends = |one: &Tried| [keys[one.from as usize], keys[one.to as usize]];
        let length = |one: &Tried| (one.before + one.after, one.before);
        let wider = b.distance.total_cmp(&a.distance);
        let warmer = b.warmth.total_cmp(&a.warmth);
        wider.then(warmer).then(length(a).cmp(&length(b))).then(ends(a).cmp(&ends(b)))
    });
    let (mut crossed, mut paths) = (BTreeSet::new(), BTreeSet::new());
    let mut found = Vec::new();
    for one in &tried {
        if found.len() == most {
            break;
        }
        if crossed.contains(&(one.from, one.to)) {
            continue;
        }
        let vertices = vertices(&forth, &back, one);
        let widest = vertices.windows(2).all(|pair| distance(pair[0], pair[1]) <= one.distance);
        let distinct: BTreeSet<u32> = vertices.iter().copied().collect();
        if widest && distinct.len() == vertices.len() {
            crossed.insert((one.from, one.to));
            if !paths.insert(vertices.clone()) {
                continue;
            }
            let path = Path { vertices, warmth: one.warmth };
            found.push(Crossing { path, step: one.before, distance: one.distance });
        }
    }
    Ok(found)
}

/// The targets to which any path leads at all, ascending; paths are those of [`crate::paths::warmest`].
///
/// Fails as that does.
pub fn reached(
    ties: &Ties,
    sources: &[u32],
    targets: &[u32],
    options: &Options<'_>,
) -> Result<Vec<u32>, Error> {
    let ground = Ground::new(ties, sources, targets, options)?;
    let back = ground.outward(options.steps - 1, 0.0);
    let forth = inward(&ground, &back, options.steps, 0.0);
    let leads = |target: &u32| {
        let mut leads = false;
        merge(ties, *target as usize, Pairing::Mean, |v, _| {
            let open = ground.is_source[v as usize] || ground.is_between(v);
            leads |= open && forth.iter().any(|level| level.warmth[v as usize] > 0.0);
        });
        leads
    };
    let mut found: Vec<u32> = back[0].reached.iter().copied().filter(leads).collect();
    found.sort_unstable();
    Ok(found)
}

/// The warmest ways of 0 to `steps - 1` steps from a source, to those who are near enough to a target.
fn inward(ground: &Ground<'_>, back: &[Level], steps: usize, floor: f64) -> Vec<Level> {
    let n = ground.ties.vertices();
    let mut levels = vec![Level::new(n)];
    for v in &ground.sources {
        levels[0].warmth[*v as usize] = 1.0;
    }
    for step in 1..steps {
        let mut level = Level::new(n);
        let before = &levels[step - 1];
        if step == 1 {
            for u in &ground.sources {
                merge(ground.ties, *u as usize, Pairing::Mean, |v, mean| {
                    if ground.is_between(v) && warmth(mean) >= floor {
                        level.offer(v, warmth(mean), *u, ground.keys);
                    }
                });
            }
        } else {
            let near = back.iter().take(steps - step + 1).skip(1);
            let near: BTreeSet<u32> =
                near.flat_map(|level| level.reached.iter().copied()).collect();
            for v in near.into_iter().filter(|v| ground.is_between(*v)) {
                merge(ground.ties, v as usize, Pairing::Mean, |u, mean| {
                    let so_far = before.warmth[u as usize];
                    if so_far > 0.0 && ground.is_between(u) && warmth(mean) >= floor {
                        level.offer(v, so_far * warmth(mean), u, ground.keys);
                    }
                });
            }
        }
        levels.push(level);
    }
    levels
}

/// The path over a crossing, from its source to its target.
fn vertices(forth: &[Level], back: &[Level], one: &Tried) -> Vec<u32> {
    let mut vertices = vec![one.from];
    let mut at = one.from;
    for step in (1..=one.before).rev() {
        at = forth[step].next[at as usize];
        vertices.push(at);
    }
    vertices.reverse();
    at = one.to;
    vertices.push(at);
    for step in (1..=one.after).rev() {
        at = back[step].next[at as usize];
        vertices.push(at);
    }
    vertices
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::{self, graph};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const FLOOR: f64 = 0.2;

    /// Every simple path that is allowed.
    fn all(ties: &Ties, ends: [&[u32]; 2], options: &Options<'_>) -> Vec<Path> {
        let strengths: BTreeMap<(u32, u32), f32> =
            verify::edges(ties).into_iter().map(|(a, b, s)| ((a, b), s)).collect();
        let edges: BTreeMap<(u32, u32), f64> = strengths
            .iter()
            .filter_map(|((a, b), s)| {
                let back = strengths.get(&(*b, *a))?;
                let step = warmth((f64::from(*s) * f64::from(*back)).sqrt());
                (step >= FLOOR).then_some(((*a, *b), step))
            })
            .collect();
        let [sources, targets] = ends;
        let open = |v: &u32| !options.closed[*v as usize];
        let mut found = Vec::new();
        let mut open_ends: Vec<Path> = sources
            .iter()
            .filter(|v| open(v) && !targets.contains(v))
            .map(|v| Path { vertices: vec![*v], warmth: 1.0 })
            .collect();
        while let Some(path) = open_ends.pop() {
            let last = path.vertices[path.vertices.len() - 1];
            if targets.contains(&last) {
                found.push(path);
                continue;
            }
            if path.vertices.len() > options.steps {
                continue;
            }
            for ((_, to), step) in edges.range((last, 0)..=(last, u32::MAX)) {
                if open(to) && !path.vertices.contains(to) && !sources.contains(to) {
                    let vertices = path.vertices.iter().copied().chain([*to]).collect();
                    open_ends.push(Path { vertices, warmth: path.warmth * step });
                }
            }
        }
        found
    }

    #[test]
    fn the_path_over_the_widest_gap_comes_first_though_it_is_cold() {
        let pairs = [(0, 1, 9.0), (1, 4, 9.0), (0, 2, 1.0), (2, 4, 1.0), (0, 3, 0.1), (3, 4, 9.0)];
        let both = pairs.iter().flat_map(|(a, b, s)| [(*a, *b, *s), (*b, *a, *s)]);
        let ties = verify::ties(5, both);
        // 0, 1 and 4 are of one world; 2 of a near one; 3 of a far one, but the tie to it is below the floor.
        let place = [0.0, 0.0, 0.5, 1.0, 0.0f64];
        let options = Options { steps: 3, keys: &[0, 1, 2, 3, 4], closed: &[false; 5] };
        let distance = |v: u32, w: u32| (place[v as usize] - place[w as usize]).abs();
        let found = crossings(&ties, [&[0], &[4]], &options, FLOOR, 9, distance).unwrap();
        let paths: Vec<_> = found.iter().map(|one| one.path.vertices.clone()).collect();
        assert_eq!(paths, [[0, 2, 4]], "both of its steps are as wide");
        assert_eq!((found[0].step, found[0].distance), (0, 0.5));
        let found = crossings(&ties, [&[0], &[4]], &options, 0.05, 1, distance).unwrap();
        assert_eq!((found[0].path.vertices.as_slice(), found.len()), (&[0, 3, 4][..], 1));
        assert!(crossings(&ties, [&[9], &[4]], &options, 0.05, 1, distance).is_err());
        assert_eq!(crossings(&ties, [&[4], &[4]], &options, 0.05, 1, distance), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn no_path_is_less_expected_nor_warmer_over_its_crossing(
            graph in graph(9, 60),
            steps in 1usize..4,
            sources in prop::collection::vec(0u32..9, 1..4),
            targets in prop::collection::vec(0u32..9, 1..3),
            closed in prop::collection::vec(prop::bool::weighted(0.1), 9),
            groups in prop::collection::vec(0usize..3, 9),
        ) {
            let n = graph.vertices();
            let inside = |list: Vec<u32>| -> Vec<u32> {
                list.into_iter().filter(|v| (*v as usize) < n).collect()
            };
            let (sources, mut targets) = (inside(sources), inside(targets));
            targets.retain(|v| !closed[*v as usize]);
            let keys: Vec<u64> = (0..n as u64).rev().collect();
            let options = Options { steps, keys: &keys, closed: &closed[..n] };
            let far = [[0.0, 0.3, 0.9], [0.3, 0.0, 0.5], [0.9, 0.5, 0.0]];
            let distance = |v: u32, w: u32| far[groups[v as usize]][groups[w as usize]];
            let found =
                crossings(&graph, [&sources, &targets], &options, FLOOR, 99, distance).unwrap();
            let width = |path: &Path| {
                let steps = path.vertices.windows(2).map(|pair| distance(pair[0], pair[1]));
                steps.fold(0.0, f64::max)
            };
            let real = sources.iter().copied().filter(|v| !targets.contains(v)).collect::<Vec<_>>();
            let all = all(&graph, [&real, &targets], &options);
            let best = all.iter().map(|path| (width(path), path.warmth)).filter(|best| best.0 > 0.0);
            let best = best.max_by(|a, b| a.partial_cmp(b).unwrap());
            let ours = found.first().map(|one| (one.distance, one.path.warmth));
            match (ours, best) {
                (Some(ours), Some(best)) => {
                    prop_assert_eq!(ours.0, best.0);
                    prop_assert!((ours.1 - best.1).abs() <= 1e-12 * best.1);
                }
                (ours, best) => prop_assert_eq!(ours, best),
            }
            let ends: BTreeSet<u32> = all.iter().filter_map(|path| path.vertices.last().copied()).collect();
            let reached = reached(&graph, &sources, &targets, &options).unwrap();
            // Those paths have warm steps alone.
            prop_assert!(ends.iter().all(|end| reached.contains(end)));
            let warm = |target: &u32| {
                let found = crate::paths::warmest(&graph, &sources, &[*target], &options).unwrap();
                !found.is_empty()
            };
            if targets.len() == 1 {
                prop_assert_eq!(reached, targets.iter().copied().filter(warm).collect::<Vec<_>>());
            }
            let paths: BTreeSet<_> = found.iter().map(|one| &one.path.vertices).collect();
            prop_assert_eq!(paths.len(), found.len());
            for one in &found {
                prop_assert!(all.iter().any(|path| path.vertices == one.path.vertices));
                prop_assert_eq!(width(&one.path), one.distance);
            }
            let sorted = found.windows(2).all(|pair| {
                let of = |one: &Crossing| (one.distance, one.path.warmth);
                of(&pair[0]) >= of(&pair[1])
            });
            prop_assert!(sorted);
        }
    }
}
