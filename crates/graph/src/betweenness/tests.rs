//! Betweenness against counting every shortest path, and sampling against exactness.

use super::*;
use crate::verify::{self, assert_close, graph};
use proptest::prelude::*;

/// By distances between all pairs and numbers of paths, `sigma_sv sigma_vt / sigma_st`, without any search (Floyd, Warshall).
fn slowly(ties: &Ties) -> Vec<f64> {
    let n = ties.vertices();
    let mut far = vec![vec![usize::MAX / 2; n]; n];
    let mut edge = vec![vec![false; n]; n];
    for (s, t, _) in verify::edges(ties) {
        far[s as usize][t as usize] = 1;
        edge[s as usize][t as usize] = true;
    }
    for k in 0..n {
        far[k][k] = 0;
        for s in 0..n {
            for t in 0..n {
                far[s][t] = far[s][t].min(far[s][k] + far[k][t]);
            }
        }
    }
    let mut paths = vec![vec![0.0; n]; n];
    for s in 0..n {
        paths[s][s] = 1.0;
        for length in 1..n {
            for t in (0..n).filter(|t| far[s][*t] == length) {
                let before = (0..n).filter(|v| edge[*v][t] && far[s][*v] == length - 1);
                paths[s][t] = before.map(|v| paths[s][v]).sum();
            }
        }
    }
    let mut values = vec![0.0; n];
    for s in 0..n {
        for t in (0..n).filter(|t| *t != s && far[s][*t] < n) {
            for v in (0..n).filter(|v| *v != s && *v != t) {
                if far[s][v] + far[v][t] == far[s][t] {
                    values[v] += paths[s][v] * paths[v][t] / paths[s][t];
                }
            }
        }
    }
    let pairs = (n * (n.max(1) - 1)).max(1) as f64;
    values.into_iter().map(|value| value / pairs).collect()
}

#[test]
fn closed_forms_hold_for_a_path_and_a_star() {
    let path = verify::ties(5, (0..4).map(|v| (v, v + 1, 1.0)));
    assert_close(&betweenness(&path, 1).values, &[0.0, 0.15, 0.2, 0.15, 0.0], 1e-14);
    let star = verify::ties(9, (1..9).flat_map(|leaf| [(0, leaf, 1.0), (leaf, 0, 1.0)]));
    let found = betweenness(&star, 1).values;
    assert_close(&found[..1], &[56.0 / 72.0], 1e-14);
    assert!(found[1..].iter().all(|value| *value == 0.0));
}

#[test]
fn with_fewer_than_three_vertices_or_no_ties_nobody_is_between() {
    for n in 0..4 {
        let none = verify::ties(n, []);
        assert_eq!(betweenness(&none, 1).values, vec![0.0; n]);
        assert_eq!(sampled(&none, 1).values, vec![0.0; n]);
    }
    assert_eq!(sampled(&verify::ties(2, [(0, 1, 1.0), (1, 0, 1.0)]), 1).values, [0.0; 2]);
}

#[test]
fn more_paths_than_numbers_can_hold_are_counted_all_the_same() {
    // Layers of four, each crediting all of the next: 4^598 paths from end to end.
    let (layers, width) = (300u32, 4u32);
    let edges = (0..layers - 1).flat_map(|layer| {
        (0..width * width)
            .map(move |k| (layer * width + k / width, (layer + 1) * width + k % width, 1.0))
    });
    let wide = verify::ties((layers * width) as usize, edges);
    // Each layer shares what a path's vertex has; so four times that of a path that counts pairs four by four.
    let found = betweenness(&wide, 1).values;
    let n = f64::from(layers * width);
    let expected: Vec<f64> = (0..layers * width)
        .map(|v| f64::from(v / width))
        .map(|l| 4.0 * l * 4.0 * (f64::from(layers) - 1.0 - l) / 4.0 / (n * (n - 1.0)))
        .collect();
    assert_close(&found, &expected, 1e-9);
    let far: Vec<f64> = sampled(&wide, 3).values;
    assert!(far.iter().zip(&expected).all(|(a, b)| near(*a, *b)));
}

proptest! {
    #[test]
    fn it_equals_the_count_over_all_pairs(graph in graph(25, 120)) {
        let found = betweenness(&graph, 1);
        prop_assert_eq!(found.error, 0.0);
        for (a, b) in found.values.iter().zip(slowly(&graph)) {
            prop_assert!((a - b).abs() <= 1e-12);
        }
    }
}

/// Whether a sampled value keeps what is promised of it.
fn near(sampled: f64, exact: f64) -> bool {
    if sampled == 0.0 { exact < 2.0 * EPS } else { (sampled - exact).abs() <= EPS }
}

#[test]
fn a_sample_is_as_near_as_it_promises() {
    for (n, m, seed) in [(60, 400, 1), (300, 1500, 2), (2000, 9000, 3)] {
        let ties = verify::large(n, m);
        let (exact, sample) = (exact(&ties), sampled(&ties, seed));
        assert!(sample.draws > 0 && sample.error == EPS);
        for (a, b) in sample.values.iter().zip(&exact.values) {
            assert!(near(*a, *b), "{a} for {b} of {n}");
            assert!(*a == 0.0 || *a >= EPS);
        }
        assert!(sample.values.iter().any(|value| *value > 0.0));
    }
}

#[test]
fn the_mean_of_samples_has_no_bias() {
    // What is tied at 0 would be one, so only vertices far above it are looked at.
    let ties = verify::large(60, 400);
    let exact = exact(&ties).values;
    let samples: Vec<Vec<f64>> = (0..60).map(|seed| sampled(&ties, seed).values).collect();
    for (v, expected) in exact.iter().enumerate().filter(|(_, value)| **value > 0.03) {
        let mean = samples.iter().map(|values| values[v]).sum::<f64>() / 60.0;
        // Each draw hits or misses; thousands of draws a sample.
        let sd = (expected * (1.0 - expected) / (60.0 * sampled(&ties, 0).draws as f64)).sqrt();
        assert!((mean - expected).abs() <= 5.0 * sd, "{mean} for {expected}, sd {sd}");
    }
}

#[test]
fn both_are_the_same_for_any_number_of_threads() {
    let ties = verify::large(1500, 9000);
    let of = |threads| verify::with_threads(threads, || (exact(&ties), sampled(&ties, 7)));
    let one = of(1);
    assert!(one == of(2) && one == of(5));
    assert!(one.1 != sampled(&ties, 8), "another seed draws otherwise");
}
