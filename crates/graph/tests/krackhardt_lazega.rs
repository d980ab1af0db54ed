//! Brokerage on two small real networks: Krackhardt's managers and Lazega's lawyers, by friendship.
//!
//! The data is not part of the project; without it these tests say so and pass. What is expected was worked out by hand where the working stands beside it, and
//! otherwise with igraph 1.0 (constraint), networkx 3.6 asked node by node (effective size; asked for all at once, it gives seven managers too much) and plain
//! counts over all pairs and triples (the sum of effective sizes, E-I, Gould and Fernandez's roles).

use graph::boundary::Labels;
use graph::roles::{Roles, roles};
use graph::{Contacts, Pairing, Ties, constraint, effective_size};
use std::path::PathBuf;

/// The rows of a file of numbers under a header, if it is there.
fn numbers(name: &str) -> Option<Vec<Vec<f64>>> {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/krackhardt-lazega");
    let Ok(text) = std::fs::read_to_string(folder.join(name)) else {
        println!("not tested on real data: {name} is not there");
        return None;
    };
    let row = |line: &str| line.split(',').map(|cell| cell.parse().unwrap_or(f64::NAN)).collect();
    Some(text.lines().skip(1).map(row).collect())
}

/// Who credits whom, each tie as one, and the group of everybody in that column.
fn network(edges: &str, nodes: &str, column: usize) -> Option<(Ties, Vec<u32>)> {
    let (edges, nodes) = (numbers(edges)?, numbers(nodes)?);
    let mut edges: Vec<(u32, u32)> =
        edges.iter().map(|row| (row[0] as u32 - 1, row[1] as u32 - 1)).collect();
    edges.sort_unstable();
    let (sources, targets): (Vec<u32>, Vec<u32>) = edges.into_iter().unzip();
    let strengths = vec![1.0; sources.len()];
    let groups = nodes.iter().map(|row| row[column] as u32).collect();
    Some((Ties::from_sorted(nodes.len(), sources, targets, strengths).unwrap(), groups))
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn two_managers_constraint_and_effective_size_are_as_by_hand() {
    let Some((ties, _)) = network("ht_friends_edges.csv", "ht_nodes.csv", 4) else { return };
    let contacts = Contacts::new(&ties, Pairing::Either);
    let (constraint, size) = (constraint(&contacts), effective_size(&contacts));
    // Manager 13 has two contacts, x by one tie and y by two, who are tied both ways; x has 13 ties in all and y 19.
    let (x, y) = (1.0 / 3.0 + 2.0 / 3.0 * 2.0 / 19.0, 2.0 / 3.0 + 1.0 / 3.0 * 2.0 / 13.0);
    near(constraint[12], x * x + y * y);
    // The strongest tie of both is one both ways: x is worth 1 - 2/3 and y 1 - 1/3.
    near(size[12], 1.0);
    // Manager 7 has three contacts by one tie each; the second is tied to the third once and the first to it twice, of 8, 7 and 24 ties in all.
    let third = 1.0 / 3.0f64;
    let parts = [
        third + third * 2.0 / 24.0,
        third + third * 1.0 / 24.0,
        third + third * 2.0 / 8.0 + third * 1.0 / 7.0,
    ];
    near(constraint[6], parts.iter().map(|part| part * part).sum());
    // Each contact's strongest tie is one both ways: they are worth 1 - 1/3, 1 - 1/6 and 1 - 1/3 - 1/6.
    near(size[6], 2.0);
    // The others by igraph and networkx: the sum, the most open and the most enclosed.
    near(constraint[16], 0.196_208_309_855_246_1);
    near(size[16], 13.437_5);
    near(size[10], 10.210_526_315_789_473);
}

#[test]
fn departments_turn_outward_as_counted_by_hand() {
    let Some((ties, departments)) = network("ht_friends_edges.csv", "ht_nodes.csv", 4) else {
        return;
    };
    let contacts = Contacts::new(&ties, Pairing::Either);
    let labels = Labels { of: &departments, count: 5, weighted: false };
    let found = labels.boundaries(&contacts);
    // Of 79 friendships 52 lead to another department. The managing director is a department of one.
    let counts: Vec<_> = found.parts.iter().map(|part| (part.external, part.internal)).collect();
    assert_eq!(counts, [(3.0, 0.0), (30.0, 7.0), (28.0, 13.0), (24.0, 1.0), (19.0, 6.0)]);
    near(found.parts[0].index().unwrap(), 1.0);
    near(found.parts[2].index().unwrap(), 15.0 / 41.0);
    assert_eq!(found.whole.internal, 79.0);
}

#[test]
fn managers_and_lawyers_play_the_roles_that_were_counted() {
    let of = |[coordinator, consultant, gatekeeper, representative, liaison]: [u64; 5]| Roles {
        coordinator,
        consultant,
        gatekeeper,
        representative,
        liaison,
    };
    let total = |all: &[Roles]| {
        all.iter().fold(Roles::default(), |sum, one| Roles {
            coordinator: sum.coordinator + one.coordinator,
            consultant: sum.consultant + one.consultant,
            gatekeeper: sum.gatekeeper + one.gatekeeper,
            representative: sum.representative + one.representative,
            liaison: sum.liaison + one.liaison,
        })
    };
    if let Some((ties, departments)) = network("ht_friends_edges.csv", "ht_nodes.csv", 4) {
        let found = roles(&ties, &departments);
        // Manager 20 has three who name them and two whom they name: six pairs, of which two are tied themselves. Of the four left two come from and
        // lead to one other department, one leads out of their own, and one joins two others.
        assert_eq!(found[19], of([0, 2, 0, 1, 1]));
        // Nobody whom manager 7 names: nothing to broker.
        assert_eq!(found[6], Roles::default());
        assert_eq!(found[16], of([5, 4, 7, 36, 19]));
        assert_eq!(total(&found), of([26, 27, 55, 80, 68]));
    }
    if let Some((ties, offices)) = network("law_friends_edges.csv", "law_nodes.csv", 3) {
        assert_eq!(total(&roles(&ties, &offices)), of([2209, 69, 517, 503, 7]));
        let contacts = Contacts::new(&ties, Pairing::Either);
        let labels: Vec<u32> = offices.iter().map(|office| office - 1).collect();
        let found = Labels { of: &labels, count: 3, weighted: false }.boundaries(&contacts);
        let counts: Vec<_> =
            found.parts.iter().map(|part| (part.external, part.internal)).collect();
        assert_eq!(counts, [(62.0, 278.0), (59.0, 58.0), (3.0, 1.0)]);
        near(found.parts[1].index().unwrap(), 1.0 / 117.0);
        // Two lawyers have no friend there, so they have no value.
        let constraint = constraint(&contacts);
        assert_eq!(constraint.iter().filter(|value| value.is_nan()).count(), 2);
        near(constraint.iter().filter(|value| !value.is_nan()).sum(), 16.418_076_954_258_41);
        let size = effective_size(&contacts);
        near(size.iter().filter(|value| !value.is_nan()).sum(), 525.170_601_538_784_9);
    }
}
