//! Gould and Fernandez's brokerage roles: between which groups somebody stands, on paths of credit of two steps.
//!
//! For every path `a -> i -> c` with `a != c` and no tie `a -> c`, the broker i plays one role (Gould, Fernandez 1989; `sna::brokerage` of R):
//!
//! | role | groups |
//! |---|---|
//! | coordinator | all three the same |
//! | consultant | a and c the same, i another (sna: itinerant broker) |
//! | gatekeeper | i and c the same, a another: what comes in |
//! | representative | a and i the same, c another: what goes out |
//! | liaison | all different |
//!
//! Vertices without a group are left out, as brokers and as ends. Strengths are not looked at.
//!
//! **Method.** All pairs of an in-neighbor and an out-neighbor are counted by group, and those that are no open path taken away: pairs of one vertex with itself, and
//! closed triads, of which each belongs to a triangle of the undirected graph. Triangles are listed from the vertex of least degree.
//!
//! **Cost.** O(m log m) and the triangles' listing, at most m^1.5. Memory: 5 bytes for each pair of neighbors, 40 bytes a vertex, and 1 a vertex and thread.

use crate::crew;
use crate::sweep::Blocks;
use crate::ties::Ties;
use std::sync::atomic::{AtomicU64, Ordering};

/// The group of a vertex that has none.
pub const NO_GROUP: u32 = u32::MAX;

/// How many open paths somebody brokers in each role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// Within the own group.
    pub coordinator: u64,
    /// Between two of another group.
    pub consultant: u64,
    /// From another group into the own.
    pub gatekeeper: u64,
    /// Out of the own group into another.
    pub representative: u64,
    /// Between two other groups.
    pub liaison: u64,
}

impl Roles {
    /// All roles together.
    pub fn total(&self) -> u64 {
        self.coordinator + self.consultant + self.gatekeeper + self.representative + self.liaison
    }
}

/// Place of a role in counts.
fn role(a: u32, i: u32, c: u32) -> usize {
    match (a == i, i == c, a == c) {
        (true, true, _) => 0,
        (false, false, true) => 1,
        (false, true, _) => 2,
        (true, false, _) => 3,
        (false, false, false) => 4,
    }
}

/// The roles of every vertex; `groups[v]` is the group of v, or [`NO_GROUP`]. Panics if there are fewer groups than vertices.
pub fn roles(ties: &Ties, groups: &[u32]) -> Vec<Roles> {
    let n = ties.vertices();
    let counts: Vec<[AtomicU64; 5]> = (0..n).map(|_| Default::default()).collect();
    let neighbors = Neighbors::new(ties, groups);
    let pieces = Blocks::new(&neighbors.offsets).pieces;
    crew::each(
        pieces.iter(),
        || vec![0u8; n],
        |marks, piece| {
            for u in piece.clone() {
                for (w, way) in neighbors.row(u) {
                    marks[w as usize] = way;
                }
                for (v, uv) in neighbors.row(u) {
                    for (w, vw) in neighbors.row(v as usize) {
                        let uw = marks[w as usize];
                        if uw != 0 {
                            for [a, i, c] in closed([u as u32, v, w], [uv, uw, vw]) {
                                let place = role(groups[a], groups[i], groups[c]);
                                counts[i][place].fetch_add(1, Ordering::Relaxed);
                            }
                        }
                    }
                }
                for (w, _) in neighbors.row(u) {
                    marks[w as usize] = 0;
                }
            }
        },
    );
    let role_of = |v: usize| {
        if groups[v] == NO_GROUP {
            return Roles::default();
        }
        let all = pairs(ties, groups, v);
        let closed = counts[v].each_ref().map(|count| count.load(Ordering::Relaxed));
        let [coordinator, consultant, gatekeeper, representative, liaison] =
            std::array::from_fn(|k| all[k] - closed[k]);
        Roles { coordinator, consultant, gatekeeper, representative, liaison }
    };
    (0..n).map(role_of).collect()
}

/// Pairs of an in-neighbor and another out-neighbor of `v`, by role.
fn pairs(ties: &Ties, groups: &[u32], v: usize) -> [u64; 5] {
    let own = groups[v];
    let counted = |ids: &[u32]| -> Vec<(u32, u64)> {
        let mut of: Vec<u32> = ids.iter().map(|id| groups[*id as usize]).collect();
        of.retain(|group| *group != NO_GROUP);
        of.sort_unstable();
        of.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u64)).collect()
    };
    let (into, out) = (counted(ties.into().row(v).0), counted(ties.out().row(v).0));
    let of = |groups: &[(u32, u64)], group: u32| {
        groups.binary_search_by_key(&group, |(group, _)| *group).map_or(0, |k| groups[k].1)
    };
    let all = |groups: &[(u32, u64)]| groups.iter().map(|(_, count)| count).sum::<u64>();
    let (in_own, out_own) = (of(&into, own), of(&out, own));
    let (in_other, out_other) = (all(&into) - in_own, all(&out) - out_own);
    let both: u64 = into
        .iter()
        .filter(|(group, _)| *group != own)
        .map(|(group, count)| count * of(&out, *group))
        .sum();
    let mut pairs = [
        in_own * out_own,
        both,
        in_other * out_own,
        in_own * out_other,
        in_other * out_other - both,
    ];
    let (sources, targets) = (ties.into().row(v).0, ties.out().row(v).0);
    for same in sources.iter().filter(|id| targets.binary_search(id).is_ok()) {
        let group = groups[*same as usize];
        if group != NO_GROUP {
            pairs[role(group, own, group)] -= 1;
        }
    }
    pairs
}

/// There is a tie from the vertex of the row to the neighbor.
const OUT: u8 = 1;
/// There is a tie back.
const BACK: u8 = 2;

/// The closed triads of a triangle u, v, w, as source, broker and end, given the ways of u-v, u-w and v-w.
fn closed([u, v, w]: [u32; 3], [uv, uw, vw]: [u8; 3]) -> impl Iterator<Item = [usize; 3]> {
    let arcs = [[0, uv & OUT, uw & OUT], [uv & BACK, 0, vw & OUT], [uw & BACK, vw & BACK, 0]];
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    orders
        .into_iter()
        .filter(move |[a, i, c]| arcs[*a][*i] != 0 && arcs[*i][*c] != 0 && arcs[*a][*c] != 0)
        .map(move |order| order.map(|k| [u, v, w][k] as usize))
}

/// For each vertex its neighbors of larger degree, either way, that have groups.
struct Neighbors {
    offsets: Vec<u64>,
    ids: Vec<u32>,
    ways: Vec<u8>,
}

impl Neighbors {
    fn new(ties: &Ties, groups: &[u32]) -> Neighbors {
        let n = ties.vertices();
        let degree = |v: usize| ties.out().degree(v) + ties.into().degree(v);
        let mut neighbors = Neighbors { offsets: vec![0], ids: Vec::new(), ways: Vec::new() };
        for v in 0..n {
            if groups[v] != NO_GROUP {
                let later = |w: u32| {
                    groups[w as usize] != NO_GROUP
                        && (degree(w as usize), w) > (degree(v), v as u32)
                };
                both_ways(ties, v, |w, way| {
                    if later(w) {
                        neighbors.ids.push(w);
                        neighbors.ways.push(way);
                    }
                });
            }
            neighbors.offsets.push(neighbors.ids.len() as u64);
        }
        neighbors
    }

    fn row(&self, v: usize) -> impl Iterator<Item = (u32, u8)> {
        let range = self.offsets[v] as usize..self.offsets[v + 1] as usize;
        self.ids[range.clone()].iter().copied().zip(self.ways[range].iter().copied())
    }
}

/// Calls `found` with each neighbor of `v`, ascending, and which ways ties go.
fn both_ways(ties: &Ties, v: usize, mut found: impl FnMut(u32, u8)) {
    let (mut out, mut into) = (ties.out().row(v).0, ties.into().row(v).0);
    loop {
        let next = match (out.first(), into.first()) {
            (Some(a), Some(b)) => *a.min(b),
            (Some(a), None) => *a,
            (None, Some(b)) => *b,
            (None, None) => return,
        };
        let mut way = 0;
        if out.first() == Some(&next) {
            (way, out) = (way | OUT, &out[1..]);
        }
        if into.first() == Some(&next) {
            (way, into) = (way | BACK, &into[1..]);
        }
        found(next, way);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify;
    use proptest::prelude::*;

    /// From the definition, path by path.
    fn plain(ties: &Ties, groups: &[u32]) -> Vec<Roles> {
        let n = ties.vertices();
        let tie = |a: usize, b: usize| ties.out().row(a).0.contains(&(b as u32));
        let mut all = vec![Roles::default(); n];
        for (i, roles) in all.iter_mut().enumerate() {
            for a in 0..n {
                for c in 0..n {
                    let [ga, gi, gc] = [a, i, c].map(|v| groups[v]);
                    let left_out = [ga, gi, gc].contains(&NO_GROUP);
                    if a == c || left_out || !tie(a, i) || !tie(i, c) || tie(a, c) {
                        continue;
                    }
                    *(if ga == gi && gi == gc {
                        &mut roles.coordinator
                    } else if ga == gc {
                        &mut roles.consultant
                    } else if gi == gc {
                        &mut roles.gatekeeper
                    } else if ga == gi {
                        &mut roles.representative
                    } else {
                        &mut roles.liaison
                    }) += 1;
                }
            }
        }
        all
    }

    #[test]
    fn each_role_is_told_from_the_others() {
        // Everybody goes through 0; the groups of source, broker and end decide.
        for (groups, expected) in [
            ([7, 7, 7], [1, 0, 0, 0, 0]),
            ([7, 3, 3], [0, 1, 0, 0, 0]),
            ([7, 3, 7], [0, 0, 1, 0, 0]),
            ([7, 7, 3], [0, 0, 0, 1, 0]),
            ([7, 3, 5], [0, 0, 0, 0, 1]),
            ([7, 3, NO_GROUP], [0; 5]),
            ([NO_GROUP, 3, 3], [0; 5]),
        ] {
            let ties = verify::ties(3, [(1, 0, 1.0), (0, 2, 1.0)]);
            let of = roles(&ties, &groups)[0];
            let counts =
                [of.coordinator, of.consultant, of.gatekeeper, of.representative, of.liaison];
            assert_eq!(counts, expected, "{groups:?}");
            assert_eq!(of.total(), expected.iter().sum::<u64>());
        }
    }

    #[test]
    fn a_path_that_is_closed_or_leads_back_needs_no_broker() {
        let closed = verify::ties(3, [(1, 0, 1.0), (0, 2, 1.0), (1, 2, 1.0)]);
        assert_eq!(roles(&closed, &[1, 2, 3])[0].total(), 0);
        let back = verify::ties(2, [(1, 0, 1.0), (0, 1, 1.0)]);
        assert_eq!(roles(&back, &[1, 2])[0].total(), 0);
        // The way from the end to the source closes nothing: credit goes the other way.
        let other = verify::ties(3, [(1, 0, 1.0), (0, 2, 1.0), (2, 1, 1.0)]);
        assert_eq!(roles(&other, &[1, 2, 3])[0].liaison, 1);
    }

    proptest! {
        #[test]
        fn it_counts_what_the_definition_counts(
            ties in verify::graph(24, 140),
            seed in 0u64..1000,
        ) {
            let groups: Vec<u32> = (0..ties.vertices() as u64)
                .map(|v| match crate::mix::mix(seed * 100 + v) % 5 { 4 => NO_GROUP, g => g as u32 })
                .collect();
            prop_assert_eq!(roles(&ties, &groups), plain(&ties, &groups));
        }
    }

    #[test]
    fn it_is_the_same_for_any_number_of_threads() {
        let ties = verify::large(3000, 30_000);
        let groups: Vec<u32> = (0..3000).map(|v| v % 7).collect();
        let of = |threads| verify::with_threads(threads, || roles(&ties, &groups));
        assert_eq!(of(1), of(3));
    }
}
