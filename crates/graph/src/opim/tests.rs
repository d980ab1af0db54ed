use super::*;
use crate::reach::Reach;
use crate::ties::Ties;

/// Edges (influencer, influenced, chance).
fn chances(n: usize, edges: &[(u32, u32, f32)]) -> Chances {
    let mut edges = edges.to_vec();
    edges.sort_by_key(|(i, j, _)| (*j, *i));
    let ties = Ties::from_sorted(
        n,
        edges.iter().map(|edge| edge.1).collect(),
        edges.iter().map(|edge| edge.0).collect(),
        edges.iter().map(|edge| edge.2).collect(),
    );
    Chances::given(&ties.unwrap()).unwrap()
}

/// Expected reach by going through every world of live and dead edges.
fn exactly(n: usize, edges: &[(u32, u32, f32)], seeds: &[u32]) -> f64 {
    (0..1u32 << edges.len())
        .map(|world| {
            let mut chance = 1.0;
            for (e, edge) in edges.iter().enumerate() {
                chance *= f64::from(if world >> e & 1 == 1 { edge.2 } else { 1.0 - edge.2 });
            }
            let mut active = vec![false; n];
            seeds.iter().for_each(|v| active[*v as usize] = true);
            for _ in 0..n {
                for (e, (i, j, _)) in edges.iter().enumerate() {
                    active[*j as usize] |= world >> e & 1 == 1 && active[*i as usize];
                }
            }
            chance * active.iter().filter(|a| **a).count() as f64
        })
        .sum()
}

const EDGES: &[(u32, u32, f32)] = &[
    (0, 1, 0.9),
    (0, 2, 0.5),
    (1, 2, 0.3),
    (2, 3, 0.8),
    (3, 0, 0.2),
    (4, 5, 0.7),
    (5, 6, 0.6),
    (6, 4, 0.1),
    (4, 3, 0.4),
    (7, 5, 0.9),
    (1, 7, 0.25),
];

fn wanted(allowed: &[bool], budget: f64) -> Wanted<'_> {
    Wanted { budget, allowed, costs: None, epsilon: 0.05, delta: 0.001, seen: 0, seed: 1 }
}

/// The best of all sets of two, by going through them.
fn best_pair(allowed: &[bool]) -> (f64, [u32; 2]) {
    let mut best = (0.0, [0, 0]);
    for a in 0..8u32 {
        for b in a + 1..8 {
            if allowed[a as usize] && allowed[b as usize] {
                let reach = exactly(8, EDGES, &[a, b]);
                if reach > best.0 {
                    best = (reach, [a, b]);
                }
            }
        }
    }
    best
}

#[test]
fn the_choice_and_its_bounds_hold_beside_every_choice_there_is() {
    for allowed in [[true; 8], [false, true, true, true, false, true, true, true]] {
        let chosen = opim(&chances(8, EDGES), &wanted(&allowed, 2.0)).unwrap();
        let (best, _) = best_pair(&allowed);
        let reach = exactly(8, EDGES, &chosen.vertices);
        assert!(chosen.vertices.iter().all(|v| allowed[*v as usize]) && chosen.vertices.len() == 2);
        assert!(
            chosen.at_least <= reach + 1e-9 && best <= chosen.best_at_most + 1e-9,
            "{chosen:?}"
        );
        assert!(reach >= chosen.ratio * best && chosen.ratio >= 0.58, "{chosen:?} {best}");
        assert!((chosen.reach - reach).abs() < 0.15 * reach, "{chosen:?} {reach}");
    }
}

#[test]
fn cascades_reach_as_many_as_every_world_together() {
    let graph = chances(8, EDGES);
    for seeds in [vec![0], vec![4, 1], vec![7, 7]] {
        let Reach { mean, half, .. } = graph.reach(&seeds, 40_000, 3);
        let exact = exactly(8, EDGES, &seeds);
        assert!((mean - exact).abs() < 3.0 * half.max(0.01), "{seeds:?}: {mean} {exact}");
    }
}

#[test]
fn long_rows_have_their_live_edges_as_often_as_their_chances_say() {
    // A row of 400 unequal chances: jumped through.
    let edges: Vec<(u32, u32, f32)> =
        (0..400).map(|i| (i, 400, 0.0005 + 0.00002 * i as f32)).collect();
    let mut edges = edges;
    edges.extend((0..300).map(|j| (500, 401 + j % 99, 0.01)).take(99));
    let graph = chances(501, &edges);
    let all: Vec<u32> = (0..400).collect();
    let alive: f64 = 1.0 - edges[..400].iter().map(|edge| 1.0 - f64::from(edge.2)).product::<f64>();
    let Reach { mean, half, .. } = graph.reach(&all, 20_000, 1);
    assert!((mean - 400.0 - alive).abs() < 3.0 * half, "{mean} {alive}");
    let allowed = vec![true; 501];
    let mut sets = Sets::default();
    sets.extend(&graph, &allowed, 5, 400_000);
    let of_root = sets.len() as f64 / 501.0;
    let held = sets.members.len() as f64 - sets.len() as f64;
    let expected = of_root * edges.iter().map(|edge| f64::from(edge.2)).sum::<f64>();
    assert!((held - expected).abs() < 5.0 * expected.sqrt(), "{held} {expected}");
    let Reach { mean, half, .. } = graph.reach(&[500], 20_000, 1);
    assert!((mean - 1.99).abs() < 4.0 * half, "{mean}");
}

#[test]
fn costs_are_kept_to_and_a_costly_best_is_not_passed_by() {
    // A star that costs the whole budget, and cheap ones that reach nobody.
    let edges: Vec<(u32, u32, f32)> = (1..20).map(|j| (0, j, 0.9)).collect();
    let graph = chances(40, &edges);
    let (allowed, mut costs) = (vec![true; 40], vec![1.0; 40]);
    costs[0] = 5.0;
    let spend = |budget| {
        let wanted = Wanted { costs: Some(&costs), ..wanted(&allowed, budget) };
        opim(&graph, &wanted).unwrap()
    };
    assert_eq!(spend(5.0).vertices, [0]);
    let less = spend(4.0);
    assert!(
        less.cost <= 4.0 && !less.vertices.contains(&0) && less.vertices.len() == 4,
        "{less:?}"
    );
    assert!(less.at_least <= 4.0 && less.best_at_most >= 4.0, "{less:?}");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let edges: Vec<(u32, u32, f32)> = (0..2_000u32)
        .map(|k| (k * 7 % 500, (k * 13 + k / 500 + 1) % 500, 0.15))
        .filter(|e| e.0 != e.1)
        .collect();
    let mut edges = edges;
    edges.sort_by_key(|e| (e.0, e.1));
    edges.dedup_by_key(|e| (e.0, e.1));
    let graph = chances(500, &edges);
    let allowed = vec![true; 500];
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let within = graph.reach_within(&[1, 2], 0.01, 20_000, 2);
            let chosen = opim(&graph, &wanted(&allowed, 10.0)).unwrap();
            (chosen, graph.reach(&[1, 2], 3_000, 2), within)
        })
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn what_is_out_of_range_is_refused() {
    let graph = chances(8, EDGES);
    let allowed = [true; 8];
    let refused = |wanted: Wanted<'_>| opim(&graph, &wanted).is_err();
    assert!(refused(wanted(&[false; 8], 2.0)) && refused(wanted(&allowed[..7], 2.0)));
    assert!(refused(wanted(&allowed, 0.5)) && refused(wanted(&allowed, f64::NAN)));
    assert!(refused(Wanted { epsilon: 0.0, ..wanted(&allowed, 1.0) }));
    assert!(refused(Wanted { costs: Some(&[0.0; 8]), ..wanted(&allowed, 1.0) }));
    assert!(Chances::given(&Ties::from_sorted(2, vec![0], vec![1], vec![1.5]).unwrap()).is_err());
    // More budget than people: all of those who may be chosen and reach somebody not reached yet.
    assert!(opim(&graph, &wanted(&allowed, 100.0)).unwrap().vertices.len() <= 8);
}

#[test]
fn members_of_congress_are_chosen_better_than_by_the_number_of_their_followers() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/congress-twitter/congress.edgelist");
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("skipped: {} is absent", file.display());
        return;
    };
    let edge = |line: &str| -> Option<(u32, u32, f32)> {
        let mut words = line.split(|c: char| c.is_whitespace() || c == '}');
        let (i, j) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some((i, j, words.rfind(|word| !word.is_empty())?.parse().ok()?))
    };
    let edges: Vec<(u32, u32, f32)> =
        text.lines().filter_map(edge).filter(|edge| edge.0 != edge.1 && edge.2 > 0.0).collect();
    assert!(edges.len() > 13_000, "{} edges were read", edges.len());
    let graph = chances(475, &edges);
    let allowed = vec![true; 475];
    let chosen = opim(&graph, &wanted(&allowed, 10.0)).unwrap();
    let mut degrees = vec![0u32; 475];
    edges.iter().for_each(|edge| degrees[edge.0 as usize] += 1);
    let mut by_degree: Vec<u32> = (0..475).collect();
    by_degree.sort_by_key(|v| (Reverse(degrees[*v as usize]), *v));
    let Reach { mean: ours, half, .. } = graph.reach(&chosen.vertices, 20_000, 1);
    let theirs = graph.reach(&by_degree[..10], 20_000, 1).mean;
    assert!(ours > theirs + half, "{ours} {theirs}");
    assert!((ours - chosen.reach).abs() < 0.1 * ours && chosen.ratio >= 0.58, "{chosen:?} {ours}");
}
