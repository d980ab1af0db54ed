//! Ties: a weighted directed graph as compressed sparse rows, both ways.
//!
//! An edge j -> i of strength `s_ji > 0` says that j acted and i is credited. [`Ties::out`] has a row for each j with
//! its i in ascending order; [`Ties::into`] a row for each i with its j in ascending order.
//!
//! Memory: 8 bytes an edge and 8 a vertex, each way. While the transpose is made there are 12 bytes an edge more.
//! Cost: O(n + m); the transpose is a two-level counting sort by target. The first level keeps the cursors of a chunk of
//! edges in cache, the second those of a bucket of targets; both are stable, so rows come out sorted.
//!
//! What vertices are, and how strengths come about, is left to others.

use crate::error::Error;
use rayon::prelude::*;

/// Rows of neighbors with strengths. Row v is `ids[offsets[v]..offsets[v + 1]]`, ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Adjacency {
    offsets: Vec<u64>,
    ids: Vec<u32>,
    weights: Vec<f32>,
}

impl Adjacency {
    /// Where each row begins, and at the end the number of edges: n + 1 values.
    pub fn offsets(&self) -> &[u64] {
        &self.offsets
    }

    /// The neighbors of all rows, one after the other.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// The strengths, aligned with [`Adjacency::ids`].
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Number of vertices.
    pub fn vertices(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Where row `v` lies in `ids` and `weights`. Panics if there is no vertex `v`.
    pub fn range(&self, v: usize) -> std::ops::Range<usize> {
        self.offsets[v] as usize..self.offsets[v + 1] as usize
    }

    /// Neighbors and strengths of `v`. Panics if there is no vertex `v`.
    pub fn row(&self, v: usize) -> (&[u32], &[f32]) {
        let range = self.range(v);
        (&self.ids[range.clone()], &self.weights[range])
    }

    /// Number of neighbors of `v`. Panics if there is no vertex `v`.
    pub fn degree(&self, v: usize) -> usize {
        self.range(v).len()
    }

    /// Number of neighbors of every vertex.
    pub fn degrees(&self) -> Vec<u32> {
        self.offsets.par_windows(2).map(|ends| (ends[1] - ends[0]) as u32).collect()
    }

    /// Sum of the strengths of every row, added in the order of the row in 64 bits.
    pub fn sums(&self) -> Vec<f64> {
        (0..self.vertices())
            .into_par_iter()
            .with_min_len(1024)
            .map(|v| self.row(v).1.iter().map(|w| f64::from(*w)).sum())
            .collect()
    }
}

/// A weighted directed graph: rows by who acted, and rows by who is credited.
#[derive(Clone, Debug, PartialEq)]
pub struct Ties {
    out: Adjacency,
    into: Adjacency,
    equal: bool,
}

/// Strengths outside this range are refused: beyond it a share `s_ji / sum_k s_jk` could leave the range of `f32`.
pub const STRENGTHS: std::ops::RangeInclusive<f32> = 1e-20..=1e20;

/// Edges in one piece of the first level of the transpose.
const CHUNK: usize = 1 << 21;
/// Targets in one bucket: their cursors fit into the first cache.
const BUCKET: usize = 1 << 13;

impl Ties {
    /// The graph on `n` vertices of the edges `sources[k] -> targets[k]` with `strengths[k]`.
    ///
    /// Edges are sorted by (source, target), no two are the same and none leads to its own source. The vectors of targets
    /// and strengths become the rows of [`Ties::out`] as they are, so whatever is aligned with the edges stays
    /// aligned with them. Fails with [`crate::ErrorKind::Edges`], naming the first edge that breaks a rule.
    pub fn from_sorted(
        n: usize,
        sources: Vec<u32>,
        targets: Vec<u32>,
        strengths: Vec<f32>,
    ) -> Result<Ties, Error> {
        check(n, &sources, &targets, &strengths)?;
        let offsets = (0..n + 1)
            .into_par_iter()
            .with_min_len(1024)
            .map(|v| sources.partition_point(|source| (*source as usize) < v) as u64)
            .collect();
        drop(sources);
        let out = Adjacency { offsets, ids: targets, weights: strengths };
        let equal = (0..n).into_par_iter().with_min_len(1024).all(|v| {
            let weights = out.row(v).1;
            weights.iter().all(|w| *w == weights[0])
        });
        let into = transpose(&out);
        Ok(Ties { out, into, equal })
    }

    /// A row for each vertex with those that it gave credit to.
    pub fn out(&self) -> &Adjacency {
        &self.out
    }

    /// A row for each vertex with those that it got credit from.
    pub fn into(&self) -> &Adjacency {
        &self.into
    }

    /// Number of vertices.
    pub fn vertices(&self) -> usize {
        self.out.vertices()
    }

    /// Number of edges.
    pub fn edges(&self) -> usize {
        self.out.ids.len()
    }

    /// Whether each vertex splits its credit into equal shares, so that strengths need not be read for them.
    pub fn shares_are_equal(&self) -> bool {
        self.equal
    }

    /// Number of distinct others that each vertex has an edge to or from.
    pub fn degrees(&self) -> Vec<u32> {
        (0..self.vertices())
            .into_par_iter()
            .with_min_len(256)
            .map(|v| {
                let (out, into) = (self.out.row(v).0, self.into.row(v).0);
                (out.len() + into.len() - common(out, into)) as u32
            })
            .collect()
    }
}

/// How many values two ascending rows share.
fn common(a: &[u32], b: &[u32]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        i += usize::from(x <= y);
        j += usize::from(y <= x);
        count += usize::from(x == y);
    }
    count
}

fn check(n: usize, sources: &[u32], targets: &[u32], strengths: &[f32]) -> Result<(), Error> {
    let m = targets.len();
    if sources.len() != m || strengths.len() != m {
        return Err(Error::edges(format!(
            "{} sources, {m} targets and {} strengths; give one of each for every edge",
            sources.len(),
            strengths.len()
        )));
    }
    if n > u32::MAX as usize {
        return Err(Error::edges(format!(
            "{n} vertices; ids have 32 bits, so at most {} fit",
            u32::MAX
        )));
    }
    let fault = |k: usize| -> Option<&'static str> {
        let (source, target) = (sources[k], targets[k]);
        if source as usize >= n || target as usize >= n {
            Some("has an end that is no vertex; ids go from 0 to n - 1")
        } else if source == target {
            Some("is a self-tie; drop those")
        } else if !STRENGTHS.contains(&strengths[k]) {
            Some("has a strength outside 1e-20 to 1e20; drop ties of strength 0")
        } else if k > 0 && (sources[k - 1], targets[k - 1]) >= (source, target) {
            Some(
                "does not come after the edge before it; sort by source, then target, and join doubles",
            )
        } else {
            None
        }
    };
    let first = (0..m).into_par_iter().with_min_len(1 << 14).position_first(|k| fault(k).is_some());
    match first.and_then(|k| fault(k).map(|words| (k, words))) {
        None => Ok(()),
        Some((k, words)) => Err(Error::edges(format!(
            "edge {k} ({} -> {}, strength {}) {words}",
            sources[k], targets[k], strengths[k]
        ))),
    }
}

/// An edge on its way from a row of sources to a row of targets.
#[derive(Clone, Copy, Default)]
struct Moving {
    target: u32,
    source: u32,
    weight: f32,
}

/// A piece of the edges, grouped by bucket of targets; inside a group still in the order of the input.
struct Grouped {
    edges: Vec<Moving>,
    starts: Vec<usize>,
}

impl Grouped {
    fn new(out: &Adjacency, begin: usize, end: usize, buckets: usize) -> Grouped {
        let bucket = |target: u32| target as usize / BUCKET;
        let mut starts = vec![0usize; buckets + 1];
        for target in &out.ids[begin..end] {
            starts[bucket(*target) + 1] += 1;
        }
        for b in 0..buckets {
            starts[b + 1] += starts[b];
        }
        let mut cursors = starts.clone();
        let mut edges = vec![Moving::default(); end - begin];
        let mut source = out.offsets.partition_point(|at| *at as usize <= begin) - 1;
        for k in begin..end {
            while out.offsets[source + 1] as usize <= k {
                source += 1;
            }
            let cursor = &mut cursors[bucket(out.ids[k])];
            edges[*cursor] =
                Moving { target: out.ids[k], source: source as u32, weight: out.weights[k] };
            *cursor += 1;
        }
        Grouped { edges, starts }
    }

    fn bucket(&self, b: usize) -> &[Moving] {
        &self.edges[self.starts[b]..self.starts[b + 1]]
    }
}

fn transpose(out: &Adjacency) -> Adjacency {
    let (n, m) = (out.vertices(), out.ids.len());
    let buckets = n.div_ceil(BUCKET);
    let pieces: Vec<Grouped> = (0..m.div_ceil(CHUNK))
        .into_par_iter()
        .map(|c| Grouped::new(out, c * CHUNK, m.min((c + 1) * CHUNK), buckets))
        .collect();

    let mut offsets = vec![0u64; n + 1];
    offsets[1..].par_chunks_mut(BUCKET).enumerate().for_each(|(b, counts)| {
        for edge in pieces.iter().flat_map(|piece| piece.bucket(b)) {
            counts[edge.target as usize % BUCKET] += 1;
        }
    });
    for v in 0..n {
        offsets[v + 1] += offsets[v];
    }

    let mut ids = vec![0u32; m];
    let mut weights = vec![0f32; m];
    let ends = || (1..=buckets).map(|b| offsets[n.min(b * BUCKET)] as usize);
    let rows: Vec<_> =
        split(&mut ids, ends()).into_iter().zip(split(&mut weights, ends())).collect();
    rows.into_par_iter().enumerate().for_each(|(b, (ids, weights))| {
        let first = b * BUCKET;
        let base = offsets[first];
        let mut cursors: Vec<usize> =
            offsets[first..n.min(first + BUCKET)].iter().map(|at| (at - base) as usize).collect();
        for edge in pieces.iter().flat_map(|piece| piece.bucket(b)) {
            let cursor = &mut cursors[edge.target as usize % BUCKET];
            ids[*cursor] = edge.source;
            weights[*cursor] = edge.weight;
            *cursor += 1;
        }
    });
    Adjacency { offsets, ids, weights }
}

/// Cuts `slice` at ascending `ends`, the last of which is its length or before it.
pub(crate) fn split<T>(
    mut slice: &mut [T],
    ends: impl IntoIterator<Item = usize>,
) -> Vec<&mut [T]> {
    let mut begin = 0;
    ends.into_iter()
        .map(|end| {
            let (head, tail) = std::mem::take(&mut slice).split_at_mut(end - begin);
            slice = tail;
            begin = end;
            head
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::verify::{self, graph};
    use proptest::prelude::*;

    #[test]
    fn edges_that_break_a_rule_are_named() {
        let check = |n, edges: &[(u32, u32, f32)], expected: &str| {
            let column = |of: fn(&(u32, u32, f32)) -> u32| edges.iter().map(of).collect();
            let strengths = edges.iter().map(|edge| edge.2).collect();
            let error =
                Ties::from_sorted(n, column(|e| e.0), column(|e| e.1), strengths).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Edges);
            assert!(error.to_string().starts_with(expected), "{error}");
        };
        check(2, &[(0, 1, 1.0), (1, 1, 1.0)], "edge 1 (1 -> 1, strength 1) is a self-tie");
        check(2, &[(0, 2, 1.0)], "edge 0 (0 -> 2, strength 1) has an end that is no vertex");
        check(3, &[(1, 0, 1.0), (0, 1, 1.0)], "edge 1 (0 -> 1, strength 1) does not come after");
        check(3, &[(0, 1, 1.0), (0, 1, 1.0)], "edge 1 (0 -> 1, strength 1) does not come after");
        for strength in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e-30] {
            check(
                2,
                &[(0, 1, strength)],
                &format!("edge 0 (0 -> 1, strength {strength}) has a strength"),
            );
        }
    }

    #[test]
    fn columns_of_different_length_are_refused() {
        assert!(Ties::from_sorted(2, vec![0], vec![1, 1], vec![1.0]).is_err());
    }

    #[test]
    fn a_transpose_of_many_buckets_and_pieces_lists_the_same_edges() {
        let n = 3 * BUCKET + 17;
        let ties = &verify::large(n as u64, CHUNK as u64 + 50_000);
        let mut expected: Vec<_> = verify::edges(ties)
            .into_iter()
            .map(|(source, target, s)| (target, source, s.to_bits()))
            .collect();
        expected.sort_unstable();
        let found: Vec<_> = (0..n)
            .flat_map(|v| {
                let (ids, strengths) = ties.into().row(v);
                let target = v as u32;
                ids.iter().zip(strengths).map(move |(id, s)| (target, *id, s.to_bits()))
            })
            .collect();
        assert!(found == expected);
    }

    #[test]
    fn shares_are_equal_only_if_they_are_at_every_vertex() {
        assert!(verify::ties(3, [(0, 1, 2.0), (0, 2, 2.0), (1, 2, 5.0)]).shares_are_equal());
        assert!(!verify::ties(3, [(0, 1, 2.0), (0, 2, 3.0), (1, 2, 5.0)]).shares_are_equal());
    }

    proptest! {
        #[test]
        fn both_ways_list_the_same_edges_and_degrees_count_others(graph in graph(50, 400)) {
            let graph = &graph;
            let mut turned = Vec::new();
            let mut others = vec![std::collections::BTreeSet::new(); graph.vertices()];
            for v in 0..graph.vertices() {
                let (ids, strengths) = graph.into().row(v);
                for (id, s) in ids.iter().zip(strengths) {
                    turned.push((*id, v as u32, *s));
                    others[v].insert(*id as usize);
                    others[*id as usize].insert(v);
                }
            }
            turned.sort_by_key(|(source, target, _)| (*source, *target));
            prop_assert_eq!(turned, verify::edges(graph));
            let expected: Vec<u32> = others.iter().map(|others| others.len() as u32).collect();
            prop_assert_eq!(graph.degrees(), expected);
        }
    }
}
