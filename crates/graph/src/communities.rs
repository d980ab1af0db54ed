//! Communities: the partition of contacts that Leiden finds by modularity.
//!
//! `Q = sum_C (I_C / M - (K_C / M)^2)`, with `I_C` twice the strength inside C, `K_C` the strength of its members and `M` that of all
//! (Newman, Girvan 2004; resolution 1). Leiden (Traag, Waltman, van Eck 2019) repeats three steps over smaller and smaller graphs: vertices move to
//! where they gain most; each community is refined into parts that hold together; the parts become the vertices of the next
//! graph, which begin in the communities that were found (`leiden.rs`). The whole is repeated from the communities found until a round adds less
//! than `LEAST_GAIN` to Q. At last single vertices are moved, and communities that are not connected are parted, until there is neither to do.
//!
//! Then every community is connected, and no vertex gains by moving (beyond 1e-9 of its strength). The best partition is
//! not promised: nobody can. Rounds until nothing moves would add 0.00001 to Q on the Higgs network and 0.0004 on an LFR graph of mixing 0.6, at two
//! and three times the cost; where there is nothing to find they would go on for dozens of rounds.
//!
//! **Chance.** The reference draws the part that a vertex joins in refinement; here it joins the best, and what is drawn is an order, from a
//! fixed hash. So the result is a function of the graph. Moving is sequential: all of it runs on one thread.
//!
//! **Cost.** O(m) a pass, some twenty passes a round, and 2 to 10 rounds, at most one for each `LEAST_GAIN` that Q has. Memory: 60 bytes a vertex,
//! and at most 12 bytes for each contact in each direction for the graph of parts.

use crate::contacts::Contacts;
use crate::leiden::{Gathered, Level, renumber, shuffled};

/// What a round adds to modularity at least, or else it is the last.
const LEAST_GAIN: f64 = 5e-4;

/// A community for each vertex.
#[derive(Clone, Debug, PartialEq)]
pub struct Communities {
    /// The community of each vertex. Numbered from 0: by size, the largest first, then by the least vertex.
    pub labels: Vec<u32>,
    /// How many vertices each community has.
    pub sizes: Vec<u32>,
    /// `Q`, from -0.5 to 1; 0 without contacts.
    pub modularity: f64,
}

/// The communities of `contacts`. Vertices without contacts are communities of one.
pub fn communities(contacts: &Contacts) -> Communities {
    let mut labels: Vec<u32> = (0..contacts.vertices() as u32).collect();
    let ground = contacts.level();
    if ground.total > 0.0 {
        let mut gathered = Gathered::new(ground.vertices());
        while round(&ground, &mut labels, &mut gathered) >= LEAST_GAIN {}
        settle(&ground, &mut labels, &mut gathered);
    }
    let sizes = in_order_of_size(&mut labels);
    Communities { modularity: modularity(contacts, &labels), labels, sizes }
}

/// Moves, refines and joins until every vertex of the joined graph is a community. Returns by how much modularity rose.
fn round(ground: &Level<'_>, labels: &mut [u32], gathered: &mut Gathered) -> f64 {
    let mut gain = ground.move_vertices(0..labels.len() as u32, labels, gathered);
    renumber(labels);
    let mut parts = ground.refine(labels, gathered);
    let mut vertices = renumber(&mut parts);
    // The vertex of the joined graph that each vertex is in.
    let mut inside = parts;
    let mut level = ground.join(&inside, vertices, gathered);
    let mut above = pick(vertices, &inside, labels);
    loop {
        gain += level.move_vertices(shuffled(vertices), &mut above, gathered);
        if renumber(&mut above) == level.vertices() {
            break;
        }
        let mut parts = level.refine(&above, gathered);
        vertices = renumber(&mut parts);
        if vertices == level.vertices() {
            // Nothing holds together; a community of several would not be known to be connected.
            above = parts;
            break;
        }
        inside.iter_mut().for_each(|vertex| *vertex = parts[*vertex as usize]);
        above = pick(vertices, &parts, &above);
        level = level.join(&parts, vertices, gathered);
    }
    for (label, vertex) in labels.iter_mut().zip(&inside) {
        *label = above[*vertex as usize];
    }
    gain
}

/// Moves single vertices, and parts communities that are not connected, until there is nothing of either to do. Both raise modularity,
/// so it ends; after a round there is little left of either.
fn settle(ground: &Level<'_>, labels: &mut [u32], gathered: &mut Gathered) {
    loop {
        let gain = ground.move_vertices(0..labels.len() as u32, labels, gathered);
        // Totals change for vertices beyond the neighbors too, so only a pass in which nobody moved shows that nobody gains.
        if !ground.part(labels) && gain == 0.0 {
            break;
        }
    }
}

/// The label of each part, which all its members share.
fn pick(count: usize, parts: &[u32], labels: &[u32]) -> Vec<u32> {
    let mut picked = vec![0; count];
    for (part, label) in parts.iter().zip(labels) {
        picked[*part as usize] = *label;
    }
    picked
}

/// Renumbers communities by (size, most first; least member); their sizes.
fn in_order_of_size(labels: &mut [u32]) -> Vec<u32> {
    let count = renumber(labels);
    let mut sizes = vec![0u32; count];
    for label in labels.iter() {
        sizes[*label as usize] += 1;
    }
    let mut order: Vec<u32> = (0..count as u32).collect();
    // Stable, and labels are in the order of their least members.
    order.sort_by_key(|label| std::cmp::Reverse(sizes[*label as usize]));
    let mut places = vec![0u32; count];
    for (place, label) in order.iter().enumerate() {
        places[*label as usize] = place as u32;
    }
    labels.iter_mut().for_each(|label| *label = places[*label as usize]);
    order.iter().map(|label| sizes[*label as usize]).collect()
}

/// The modularity of a partition of `contacts`, labels below n; 0 without contacts. Panics if there are fewer labels than vertices.
pub fn modularity(contacts: &Contacts, labels: &[u32]) -> f64 {
    let n = contacts.vertices();
    let (mut inside, mut strengths) = (vec![0.0; n], vec![0.0; n]);
    for v in 0..n {
        let own = labels[v];
        let (ids, a) = contacts.row(v);
        let with = ids.iter().zip(a).filter(|(u, _)| labels[**u as usize] == own);
        inside[own as usize] += with.map(|(_, a)| a).sum::<f64>();
        strengths[own as usize] += contacts.total(v);
    }
    let total: f64 = strengths.iter().sum();
    if total == 0.0 {
        return 0.0;
    }
    inside.iter().zip(&strengths).map(|(i, k)| i / total - (k / total) * (k / total)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contacts::Pairing;
    use crate::ties::Ties;
    use crate::verify::{self, graph};
    use proptest::prelude::*;

    fn contacts(n: usize, pairs: &[(u32, u32)]) -> Contacts {
        let ties = verify::ties(n, pairs.iter().map(|(i, j)| (*i, *j, 1.0)));
        Contacts::new(&ties, Pairing::Either)
    }

    /// `a` as a dense matrix, from the list of edges.
    fn dense(ties: &Ties) -> Vec<Vec<f64>> {
        let n = ties.vertices();
        let mut a = vec![vec![0.0; n]; n];
        for (i, j, s) in verify::edges(ties) {
            a[i as usize][j as usize] += f64::from(s);
            a[j as usize][i as usize] += f64::from(s);
        }
        a
    }

    /// `1/M sum_ij (a_ij - k_i k_j / M)` over pairs of one community.
    fn slowly(a: &[Vec<f64>], labels: &[u32]) -> f64 {
        let k: Vec<f64> = a.iter().map(|row| row.iter().sum()).collect();
        let total: f64 = k.iter().sum();
        let mut sum = 0.0;
        for i in 0..a.len() {
            for j in (0..a.len()).filter(|j| labels[i] == labels[*j]) {
                sum += a[i][j] - k[i] * k[j] / total;
            }
        }
        if total > 0.0 { sum / total } else { 0.0 }
    }

    /// Whether all members of a community reach each other inside it.
    fn connected(a: &[Vec<f64>], labels: &[u32], community: u32) -> bool {
        let members: Vec<usize> = (0..a.len()).filter(|v| labels[*v] == community).collect();
        let mut reached = vec![members[0]];
        let mut next = 0;
        while let Some(v) = reached.get(next).copied() {
            let more = members.iter().filter(|u| a[v][**u] > 0.0 && !reached.contains(u));
            let more: Vec<usize> = more.copied().collect();
            reached.extend(more);
            next += 1;
        }
        reached.len() == members.len()
    }

    #[test]
    fn cliques_that_hardly_touch_are_the_communities() {
        for (count, size) in [(2u32, 3u32), (3, 4), (8, 6)] {
            let mut pairs = Vec::new();
            for c in 0..count {
                let first = c * size;
                pairs.extend((0..size).flat_map(|i| (0..i).map(move |j| (first + i, first + j))));
                pairs.push((first, (first + size + 1) % (count * size)));
            }
            let found = communities(&contacts((count * size) as usize, &pairs));
            let expected: Vec<u32> = (0..count * size).map(|v| v / size).collect();
            assert_eq!(found.labels, expected);
            assert_eq!(found.sizes, vec![size; count as usize]);
        }
    }

    #[test]
    fn disjoint_cliques_have_the_modularity_of_the_closed_form() {
        let pairs: Vec<_> = (0..5u32)
            .flat_map(|c| [(3 * c, 3 * c + 1), (3 * c, 3 * c + 2), (3 * c + 1, 3 * c + 2)])
            .collect();
        let found = communities(&contacts(15, &pairs));
        assert!((found.modularity - 0.8).abs() < 1e-15);
    }

    #[test]
    fn the_best_known_partition_of_the_karate_club_is_found() {
        // Zachary 1977; 0.4198 is the maximum (Brandes and others 2008).
        let pairs = [
            (0, 1),
            (0, 2),
            (0, 3),
            (0, 4),
            (0, 5),
            (0, 6),
            (0, 7),
            (0, 8),
            (0, 10),
            (0, 11),
            (0, 12),
            (0, 13),
            (0, 17),
            (0, 19),
            (0, 21),
            (0, 31),
            (1, 2),
            (1, 3),
            (1, 7),
            (1, 13),
            (1, 17),
            (1, 19),
            (1, 21),
            (1, 30),
            (2, 3),
            (2, 7),
            (2, 8),
            (2, 9),
            (2, 13),
            (2, 27),
            (2, 28),
            (2, 32),
            (3, 7),
            (3, 12),
            (3, 13),
            (4, 6),
            (4, 10),
            (5, 6),
            (5, 10),
            (5, 16),
            (6, 16),
            (8, 30),
            (8, 32),
            (8, 33),
            (9, 33),
            (13, 33),
            (14, 32),
            (14, 33),
            (15, 32),
            (15, 33),
            (18, 32),
            (18, 33),
            (19, 33),
            (20, 32),
            (20, 33),
            (22, 32),
            (22, 33),
            (23, 25),
            (23, 27),
            (23, 29),
            (23, 32),
            (23, 33),
            (24, 25),
            (24, 27),
            (24, 31),
            (25, 31),
            (26, 29),
            (26, 33),
            (27, 33),
            (28, 31),
            (28, 33),
            (29, 32),
            (29, 33),
            (30, 32),
            (30, 33),
            (31, 32),
            (31, 33),
            (32, 33),
        ];
        let found = communities(&contacts(34, &pairs));
        assert!((found.modularity - 0.419_789_6).abs() < 1e-6, "{}", found.modularity);
        assert_eq!(found.sizes.len(), 4);
    }

    #[test]
    fn whoever_has_no_contact_is_alone_and_comes_last() {
        let found = communities(&contacts(5, &[(3, 4)]));
        assert_eq!((found.labels, found.sizes), (vec![1, 2, 3, 0, 0], vec![2, 1, 1, 1]));
        assert_eq!(communities(&contacts(2, &[])).modularity, 0.0);
        assert!(communities(&contacts(0, &[])).labels.is_empty());
        assert_eq!(communities(&contacts(1, &[])).sizes, [1]);
    }

    #[test]
    fn one_clique_is_one_community() {
        let pairs: Vec<_> = (0..9u32).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
        let found = communities(&contacts(9, &pairs));
        assert_eq!(found.sizes, [9]);
        assert_eq!(found.modularity, 0.0);
    }

    proptest! {
        #[test]
        fn communities_hold_together_and_nobody_gains_by_leaving(graph in graph(40, 160)) {
            let contacts = Contacts::new(&graph, Pairing::Either);
            let found = communities(&contacts);
            let a = dense(&graph);
            let q = slowly(&a, &found.labels);
            prop_assert!((found.modularity - q).abs() < 1e-12);
            prop_assert!(q >= 0.0 - 1e-12);
            let count = found.sizes.len() as u32;
            for (community, size) in (0..).zip(&found.sizes) {
                let members = found.labels.iter().filter(|label| **label == community).count();
                prop_assert_eq!(members, *size as usize);
                prop_assert!(connected(&a, &found.labels, community));
            }
            prop_assert!(found.sizes.is_sorted_by(|a, b| a >= b));
            for v in 0..a.len() {
                // `count` stands for a community of its own.
                for other in 0..=count {
                    let mut moved = found.labels.clone();
                    moved[v] = other;
                    prop_assert!(slowly(&a, &moved) <= q + 3e-9, "{v} to {other}");
                }
            }
        }
    }

    #[test]
    fn they_are_the_same_for_any_number_of_threads() {
        let ties = verify::large(3000, 20_000);
        let of = |threads| {
            verify::with_threads(threads, || communities(&Contacts::new(&ties, Pairing::Either)))
        };
        let one = of(1);
        assert!(one == of(2) && one == of(5));
        assert!(one.modularity > 0.1);
    }
}
