//! What the tests of signals share: small worlds, and the comparison that measures promise.

use super::{Options, REGISTRY, Resampled};
use crate::draws::Draws;
use crate::people::Membership;
use crate::projection::{Layer, Projection};
use crate::projector::Projector;
use crate::snapshot::Snapshot;
use graph::Pairing;
use model::{Acts, Time};
use proptest::prelude::*;

const AS_OF: Time = Time(1_700_000_000_000_000);

pub(crate) struct World {
    pub snapshot: Snapshot,
}

/// Edges between a few people, weighted.
pub(super) fn any_edges() -> impl Strategy<Value = Vec<(u64, u64, f64)>> {
    prop::collection::vec((1u64..12, 1u64..12, 0.1f64..20.0), 1..60)
        .prop_filter("somebody else", |edges| edges.iter().any(|(from, to, _)| from != to))
}

/// A snapshot of `from -> to` edges with the sums x given.
pub(crate) fn world(edges: &[(u64, u64, f64)]) -> World {
    let rows = edges.len();
    let acts = Acts {
        at: (0..rows as i64).map(|row| AS_OF.0 - row).collect(),
        actor: edges.iter().map(|edge| edge.0).collect(),
        target: edges.iter().map(|edge| edge.1).collect(),
        weight: edges.iter().map(|edge| edge.2).collect(),
        network: vec![0; rows],
        verb: vec![0; rows],
        object: vec![0; rows],
        parent: vec![0; rows],
        own: Vec::new(),
        visibility: vec![0; rows],
        networks: vec!["test".into()],
        verbs: vec!["like".into()],
    };
    let layers = vec![Layer::parse("like", 1.0).unwrap()];
    let (alone, projection) =
        (Membership::default(), Projection { layers, ..Projection::standard() });
    let mut projector = Projector::new(&projection, AS_OF, &alone).unwrap().with_clusters();
    projector.add(&acts).unwrap();
    World { snapshot: projector.finish().unwrap() }
}

impl World {
    /// The strengths as a dense matrix, row j for those who acted.
    pub fn strengths(&self) -> Vec<Vec<f64>> {
        let n = self.snapshot.people().len();
        let mut matrix = vec![vec![0.0; n]; n];
        for tie in self.snapshot.each_tie() {
            matrix[tie.source as usize][tie.target as usize] = f64::from(tie.strength);
        }
        matrix
    }
}

pub(super) fn compute(name: &str, world: &World) -> Vec<f64> {
    super::compute(name, &world.snapshot, &Options::default()).unwrap().values
}

pub(super) fn compute_with(name: &str, world: &World, ties: Pairing) -> Vec<f64> {
    let options = Options { ties, ..Options::default() };
    super::compute(name, &world.snapshot, &options).unwrap().values
}

/// Equal as the measures say: `|a - b| <= 1e-9 max(a, b) + 1e-12`, and no value where the other has none.
pub(super) fn close(a: &[f64], b: &[f64]) -> bool {
    let equal = |(a, b): (&f64, &f64)| match (a.is_nan(), b.is_nan()) {
        (false, false) => (a - b).abs() <= 1e-9 * a.max(*b) + 1e-12,
        (a, b) => a == b,
    };
    a.len() == b.len() && a.iter().zip(b).all(equal)
}

#[test]
fn every_signal_is_named_once_and_documents_itself() {
    for (place, signal) in REGISTRY.iter().enumerate() {
        let about = signal.about();
        let words =
            [about.question, about.formula, about.source, about.unit, about.ignores, about.needs];
        assert!(words.iter().all(|words| !words.trim().is_empty()), "{}", about.name);
        assert!(about.question.contains('?'), "{}", about.name);
        for words in [about.source, about.ignores, about.needs] {
            assert!(words.ends_with('.'), "{}: {words}", about.name);
        }
        assert!(about.range.0 < about.range.1, "{}", about.name);
        assert!(
            about.name.split_once('.').is_some_and(|(family, _)| !family.is_empty()),
            "{} has no family",
            about.name
        );
        assert!(REGISTRY[..place].iter().all(|other| other.about().name < about.name));
        for choice in about.options {
            for value in choice.values {
                assert_eq!(Options::default().set(choice.key, value), Ok(()));
            }
            let mut options = Options::default();
            options.set(choice.key, choice.values[0]).unwrap();
            assert_eq!(options, Options::default(), "the first value is the default");
        }
    }
}

proptest! {
    #[test]
    fn every_signal_stays_in_the_range_that_it_documents(edges in any_edges()) {
        let mut world = world(&edges);
        world.snapshot.attach("NAME", [(1, 3.0)]).unwrap();
        for signal in REGISTRY {
            let about = signal.about();
            let column = signal.compute(about.name, &world.snapshot, &Options::default()).unwrap();
            prop_assert_eq!(column.values.len(), world.snapshot.people().len());
            for value in column.values.iter().filter(|value| !value.is_nan()) {
                prop_assert!(value.is_finite(), "{}", about.name);
                prop_assert!((about.range.0..=about.range.1).contains(value), "{}: {value}", about.name);
            }
        }
    }

    #[test]
    fn every_signal_is_drawn_again_as_it_says_and_has_a_number_for_whoever_has_a_value(edges in any_edges()) {
        let mut world = world(&edges);
        world.snapshot.attach("NAME", [(1, 3.0)]).unwrap();
        world.snapshot.attach("seed", [(1, 1.0), (2, 1.0)]).unwrap();
        let (draws, options) = (Draws::new(&world.snapshot).unwrap(), Options::default());
        for signal in REGISTRY.iter().filter(|signal| !signal.needs_actions()) {
            let about = signal.about();
            let values = signal.compute(about.name, &world.snapshot, &options).unwrap().values;
            let replicates = signal.resample(&draws.batch(1), &values, &options).unwrap();
            prop_assert_eq!(replicates.is_some(), about.resampled != Resampled::Held, "{}", about.name);
            for (value, lanes) in values.iter().zip(replicates.iter().flatten()) {
                let good = |lane: &f32| lane.is_finite() && f64::from(*lane) >= about.range.0;
                prop_assert!(value.is_nan() || lanes.iter().all(good), "{}: {value} {lanes:?}", about.name);
            }
        }
    }

    #[test]
    fn engagers_are_counted_once_each(edges in any_edges()) {
        let world = world(&edges);
        let people = world.snapshot.people();
        let slowly: Vec<f64> = people
            .iter()
            .map(|person| {
                let mut engagers: Vec<u64> = edges
                    .iter()
                    .filter(|edge| edge.1 == *person && edge.0 != *person)
                    .map(|edge| edge.0)
                    .collect();
                engagers.sort_unstable();
                engagers.dedup();
                engagers.len() as f64
            })
            .collect();
        prop_assert_eq!(compute("reach.engagers", &world), slowly);
    }
}

#[test]
fn a_family_is_found_by_any_member_and_nothing_else_is() {
    assert_eq!(super::find("attribute.listed").map(|s| s.about().name), Some("attribute.NAME"));
    for name in ["attribute.", "attribute", "reach", "reach.engager", ""] {
        assert!(super::find(name).is_none(), "{name}");
    }
    let world = world(&[(1, 2, 1.0)]);
    let unknown = super::compute("reach.engager", &world.snapshot, &Options::default());
    assert!(unknown.unwrap_err().to_string().contains("reach.engagers"));
    let missing = super::compute("attribute.listed", &world.snapshot, &Options::default()).unwrap();
    assert!(!missing.has_values() && missing.note.is_some_and(|note| note.contains("import")));
}

#[test]
fn what_was_never_recorded_is_no_value_rather_than_none() {
    let world = world(&[(1, 2, 1.0)]);
    for name in ["reach.audience", "amplification.rate"] {
        let column = super::compute(name, &world.snapshot, &Options::default()).unwrap();
        assert!(!column.has_values() && column.note.is_some(), "{name}");
    }
}
