//! Rao-Stirling diversity of a vertex's contacts over groups: how many, how evenly, and how far apart.
//!
//! `D_i = sum_{a != b} d_ab f_a f_b` over ordered pairs of groups, with f_a the share of the strength of i's contacts that goes to group a (Rao
//! 1982; Stirling 2007). From 0, where all contacts are of one group, to below 1. Vertices without contacts have no value, NaN.
//!
//! **Distance.** `d_ab = 1 - S_ab / sqrt(T_a T_b)`: S_ab is the strength between a and b, T_a all strength of the members of a, within the group too.
//! That is Salton's cosine, the usual measure where diversity is taken over a network of the groups themselves (Porter, Rafols
//! 2009). It is symmetric, within 0..1 because S_ab is at most T_a and T_b, and in no unit; and unlike `S_ab / min(T_a, T_b)` it does not
//! call a few people near to a multitude that hardly knows them. What i itself brings to S_ab is not taken out.
//!
//! **Cost.** O(m), and for each vertex of k groups at most k times the smaller of k and the groups that a group has strength with; in all at most m^1.5.
//! Sums run in order of group. Memory: 16 bytes for each two groups in contact, 8 a group and thread.

use crate::contacts::Contacts;
use crate::crew;
use crate::leiden::Gathered;

/// Strength between groups, normalised.
#[derive(Clone, Debug)]
pub struct Nearness {
    /// The group of each vertex, renumbered without gaps.
    groups: Vec<u32>,
    /// For each group the others that it has strength with, ascending, and `1 - d_ab`.
    rows: Vec<Vec<(u32, f64)>>,
}

/// Shares of groups, gathered for one vertex at a time.
struct Shares {
    /// For every group; 0 for those not met.
    of: Vec<f64>,
    /// The groups met, ascending.
    met: Vec<u32>,
}

impl Nearness {
    /// How near the groups are; `labels[v]` is the group of vertex v. Panics if there are fewer labels than vertices.
    ///
    /// Memory while it is made: 4 bytes for each number up to the largest label.
    pub fn new(contacts: &Contacts, labels: &[u32]) -> Nearness {
        let mut names = vec![u32::MAX; labels.iter().max().map_or(0, |most| *most as usize + 1)];
        let mut count = 0u32;
        let mut name = |label: &u32| {
            let name = &mut names[*label as usize];
            if *name == u32::MAX {
                *name = count;
                count += 1;
            }
            *name
        };
        let groups: Vec<u32> = labels[..contacts.vertices()].iter().map(&mut name).collect();
        let mut gathered = Gathered::new(count as usize);
        let joined = contacts.level().join(&groups, count as usize, &mut gathered);
        let row = |a: usize| {
            let near = |(b, strength): (u32, f64)| {
                let all = joined.strengths[a].sqrt() * joined.strengths[b as usize].sqrt();
                (b, (strength / all).min(1.0))
            };
            let mut row: Vec<_> = joined.row(a).map(near).collect();
            row.sort_unstable_by_key(|(b, _)| *b);
            row
        };
        Nearness { rows: (0..count as usize).map(row).collect(), groups }
    }

    /// `d_ab` of the groups of two vertices: 0 to 1, and 0 within a group. Panics if there is no such vertex.
    pub fn distance_between(&self, v: u32, w: u32) -> f64 {
        let (a, b) = (self.groups[v as usize], self.groups[w as usize]);
        if a == b {
            return 0.0;
        }
        let row = &self.rows[a as usize];
        match row.binary_search_by_key(&b, |(b, _)| *b) {
            Ok(place) => 1.0 - row[place].1,
            Err(_) => 1.0,
        }
    }

    fn shares(&self) -> Shares {
        Shares { of: vec![0.0; self.rows.len()], met: Vec::new() }
    }

    /// `sum_{b != a} d_ab f_b`.
    fn distance(&self, a: u32, shares: &Shares) -> f64 {
        let row = &self.rows[a as usize];
        let near: f64 = if row.len() <= shares.met.len() {
            row.iter().map(|(b, near)| near * shares.of[*b as usize]).sum()
        } else {
            let found = shares.met.iter().filter_map(|b| {
                let place = row.binary_search_by_key(b, |(b, _)| *b).ok()?;
                Some(row[place].1 * shares.of[*b as usize])
            });
            found.sum()
        };
        (1.0 - shares.of[a as usize] - near).max(0.0)
    }
}

impl Shares {
    fn gather(&mut self, contacts: &Contacts, nearness: &Nearness, v: usize) {
        for b in self.met.drain(..) {
            self.of[b as usize] = 0.0;
        }
        let (ids, weights) = contacts.row(v);
        for (j, a) in ids.iter().zip(weights) {
            let group = nearness.groups[*j as usize];
            if self.of[group as usize] == 0.0 {
                self.met.push(group);
            }
            self.of[group as usize] += a;
        }
        self.met.sort_unstable();
        let total: f64 = self.met.iter().map(|group| self.of[*group as usize]).sum();
        self.met.iter().for_each(|group| self.of[*group as usize] /= total);
    }
}

/// The diversity of every vertex: n values from 0 to 1, NaN for those without contacts.
pub fn disparity(contacts: &Contacts, nearness: &Nearness) -> Vec<f64> {
    crew::each_vertex(
        contacts.offsets(),
        || nearness.shares(),
        |shares, v| {
            shares.gather(contacts, nearness, v);
            let part = |a: &u32| shares.of[*a as usize] * nearness.distance(*a, shares);
            if shares.met.is_empty() { f64::NAN } else { shares.met.iter().map(part).sum() }
        },
    )
}

/// What each contact of `ego` adds to its diversity, in the order of [`Contacts::row`]; the sum is the value.
///
/// Panics if there is no vertex `ego`.
pub fn parts(contacts: &Contacts, nearness: &Nearness, ego: usize) -> Vec<f64> {
    let mut shares = nearness.shares();
    shares.gather(contacts, nearness, ego);
    let (ids, weights) = contacts.row(ego);
    let part = |(j, a): (&u32, &f64)| {
        a / contacts.total(ego) * nearness.distance(nearness.groups[*j as usize], &shares)
    };
    ids.iter().zip(weights).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contacts::Pairing;
    use crate::ties::Ties;
    use crate::verify::{self, assert_close, graph};
    use proptest::prelude::*;

    fn of(ties: &Ties, labels: &[u32]) -> Vec<f64> {
        let contacts = Contacts::new(ties, Pairing::Either);
        disparity(&contacts, &Nearness::new(&contacts, labels))
    }

    /// The formula over every pair of groups, on a dense matrix.
    fn slowly(ties: &Ties, labels: &[u32]) -> Vec<f64> {
        let n = ties.vertices();
        let mut a = vec![vec![0.0; n]; n];
        for (i, j, s) in verify::edges(ties) {
            a[i as usize][j as usize] += f64::from(s);
            a[j as usize][i as usize] += f64::from(s);
        }
        let groups = 0..labels.iter().max().unwrap() + 1;
        let between = |g: u32, h: u32| -> f64 {
            let pairs = (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
            pairs.filter(|(i, j)| labels[*i] == g && labels[*j] == h).map(|(i, j)| a[i][j]).sum()
        };
        let all: Vec<f64> =
            groups.clone().map(|g| groups.clone().map(|h| between(g, h)).sum()).collect();
        let of = |i: usize| {
            let total: f64 = a[i].iter().sum();
            let share = |g: u32| -> f64 {
                (0..n).filter(|j| labels[*j] == g).map(|j| a[i][j]).sum::<f64>() / total
            };
            if total == 0.0 {
                return f64::NAN;
            }
            let mut sum = 0.0;
            for g in groups.clone().filter(|g| share(*g) > 0.0) {
                for h in groups.clone().filter(|h| *h != g && share(*h) > 0.0) {
                    let near = between(g, h) / (all[g as usize] * all[h as usize]).sqrt();
                    sum += (1.0 - near) * share(g) * share(h);
                }
            }
            sum
        };
        (0..n).map(of).collect()
    }

    #[test]
    fn contacts_of_one_group_are_not_diverse_and_strangers_are() {
        // 0 has contacts in three groups that have nothing with each other but through it.
        let ties = verify::ties(
            8,
            [(0, 1, 1.0), (0, 2, 1.0), (0, 3, 1.0), (1, 4, 1.0), (4, 5, 1.0), (2, 6, 1.0)],
        );
        let found = of(&ties, &[9, 1, 2, 3, 1, 1, 2, 3]);
        assert_close(&found[..1], &[2.0 / 3.0], 1e-14);
        assert_eq!(found[4], 0.0);
        assert!(found[7].is_nan());
        assert_eq!(of(&ties, &[5; 8])[..7], [0.0; 7]);
        assert!(of(&verify::ties(0, []), &[]).is_empty());
    }

    proptest! {
        #[test]
        fn it_equals_the_definition_and_its_parts_add_up(
            graph in graph(25, 200),
            labels in prop::collection::vec(0u32..6, 25),
        ) {
            let found = of(&graph, &labels);
            for (a, b) in found.iter().zip(slowly(&graph, &labels[..graph.vertices()])) {
                prop_assert!((a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-12, "{a} for {b}");
                prop_assert!(a.is_nan() || (0.0..1.0).contains(a));
            }
            let contacts = Contacts::new(&graph, Pairing::Either);
            let nearness = Nearness::new(&contacts, &labels);
            for (ego, value) in found.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
                let sum: f64 = parts(&contacts, &nearness, ego).iter().sum();
                prop_assert!((sum - value).abs() <= 1e-12);
            }
        }
    }

    #[test]
    fn it_has_the_same_bits_for_any_number_of_threads() {
        let ties = verify::large(3000, 40_000);
        let labels: Vec<u32> = (0..3000).map(|v| v % 97).collect();
        let bits = |threads| {
            verify::with_threads(threads, || {
                of(&ties, &labels).into_iter().map(f64::to_bits).collect::<Vec<_>>()
            })
        };
        assert!(bits(1) == bits(2) && bits(1) == bits(5));
    }
}
