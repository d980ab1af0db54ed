use super::*;
use crate::combine::tests::tree;
use crate::combine::{Combine, Group};
use crate::definition::{SignalUse, check, shipped};
use crate::explain::explain;
use crate::normal;
use crate::normalise::{Direction, Normalise};
use crate::scorecard::ScorecardRef;
use proptest::prelude::*;

/// A definition of the shipped frame with other signals.
fn definition(signals: &[(&str, Normalise, Direction)], root: Group) -> Definition {
    Definition {
        signals: signals
            .iter()
            .map(|(name, normalise, direction)| SignalUse {
                name: (*name).to_owned(),
                normalise: *normalise,
                direction: *direction,
                options: Vec::new(),
                why: "A reason.".to_owned(),
            })
            .collect(),
        root,
        ..shipped("general").unwrap()
    }
}

/// People with columns, all of them with evidence, admitted and willing, until changed.
#[derive(Clone, Debug)]
struct World {
    people: Vec<u64>,
    columns: Vec<Vec<f64>>,
    engagers: Vec<u32>,
    interactions: Vec<u64>,
    admitted: Vec<bool>,
    barred: Vec<bool>,
}

impl World {
    fn new(columns: Vec<Vec<f64>>) -> World {
        let n = columns.first().map_or(0, Vec::len);
        World {
            people: (0..n as u64).map(|i| 1_000 - 7 * i).collect(),
            columns,
            engagers: vec![3; n],
            interactions: vec![9; n],
            admitted: vec![true; n],
            barred: vec![false; n],
        }
    }

    fn with<T>(
        &self,
        definition: &Definition,
        then: impl FnOnce(Result<Plan<'_>, Error>) -> T,
    ) -> T {
        let columns: Vec<&[f64]> = self.columns.iter().map(Vec::as_slice).collect();
        then(Plan::bind(
            definition,
            Inputs {
                snapshot: "5a",
                as_of: Time(1_000_000),
                people: &self.people,
                columns: &columns,
                engagers: &self.engagers,
                interactions: &self.interactions,
                admitted: &self.admitted,
                barred: &self.barred,
            },
        ))
    }

    fn fit(&self, definition: &Definition) -> Fit {
        self.with(definition, |plan| plan.unwrap().fit().unwrap())
    }

    fn score(&self, definition: &Definition) -> Scorecard {
        let fit = self.fit(definition);
        self.with(definition, |plan| plan.unwrap().score(&fit).unwrap())
    }

    fn permuted(&self, order: &[usize]) -> World {
        fn pick<T: Copy>(column: &[T], order: &[usize]) -> Vec<T> {
            order.iter().map(|i| column[*i]).collect()
        }
        World {
            people: pick(&self.people, order),
            columns: self.columns.iter().map(|column| pick(column, order)).collect(),
            engagers: pick(&self.engagers, order),
            interactions: pick(&self.interactions, order),
            admitted: pick(&self.admitted, order),
            barred: pick(&self.barred, order),
        }
    }
}

use crate::combine::tests::flat;
use Direction::{High, Low};

fn by_hand() -> (Definition, World) {
    let definition = definition(
        &[
            ("authority.rank", Normalise::Rank, High),
            ("brokerage.constraint", Normalise::Zscore, Low),
            ("reach.engagers", Normalise::Log, High),
        ],
        flat(Combine::WeightedSum, &[1.0, 2.0, 3.0]),
    );
    let world = World::new(vec![
        vec![0.1, 0.4, 0.2, 0.3],
        vec![0.5, f64::NAN, 1.1, 0.3],
        vec![3.0, 10.0, 5.0, 40.0],
    ]);
    (definition, world)
}

#[test]
fn scores_are_those_worked_out_by_hand() {
    let (definition, world) = by_hand();
    let card = world.score(&definition);
    let rank = [0.125, 0.875, 0.375, 0.625];
    let mean = (0.5 + 1.1 + 0.3) / 3.0f64;
    let sd = (((0.5 - mean).powi(2) + (1.1 - mean).powi(2) + (0.3 - mean).powi(2)) / 3.0).sqrt();
    let low = |x: f64| if x.is_nan() { 0.0 } else { 1.0 - normal::cdf((x - mean) / sd) };
    let raw: Vec<f64> = (0..4)
        .map(|i| {
            let log = (1.0 + world.columns[2][i]).ln() / 41f64.ln();
            (rank[i] + 2.0 * low(world.columns[1][i]) + 3.0 * log) / 6.0
        })
        .collect();
    for i in 0..4 {
        let row = card.find(world.people[i]).unwrap();
        let below = raw.iter().filter(|x| **x < raw[i]).count() as f64;
        let score = 50.0 + 10.0 * normal::quantile((below + 0.5) / 4.0);
        assert!((card.raw(row).unwrap() - raw[i]).abs() < 1e-12);
        assert!((card.score(row).unwrap() - score).abs() < 1e-9);
        assert_eq!(card.top_share(row), Some((4.0 - below) / 4.0));
        assert_eq!(card.rank(row), Some(4 - below as u32));
    }
    assert_eq!(card.header().reference_people, 4);
}

#[test]
fn who_has_no_score_is_told_why_and_counts_for_nobody() {
    let (definition, mut world) = by_hand();
    for column in &mut world.columns {
        column.extend([1e9, 1e9, 1e9, f64::NAN]);
    }
    // The last has engagers enough, but no signal knows anything of them.
    world.people.extend([1, 2, 3, 4]);
    world.engagers.extend([2, 3, 3, 3]);
    world.interactions.extend([9; 4]);
    world.admitted.extend([true, false, true, true]);
    world.barred.extend([false, false, true, false]);
    let card = world.score(&definition);
    let state = |person| card.state(card.find(person).unwrap());
    assert_eq!(
        [1, 2, 3, 4].map(state),
        [
            State::NotEnoughEvidence,
            State::OutsidePopulation,
            State::Refused,
            State::NotEnoughEvidence
        ]
    );
    let header = card.header();
    assert_eq!(
        (
            header.people,
            header.scored,
            header.not_enough_evidence,
            header.outside_population,
            header.refused
        ),
        (8, 4, 2, 1, 1)
    );
    let (_, alone) = by_hand();
    let other = alone.score(&definition);
    for person in &alone.people {
        let (a, b) = (card.find(*person).unwrap(), other.find(*person).unwrap());
        assert_eq!(card.score(a), other.score(b));
    }
    // Of the refused, and of those whom nobody asked about, nothing is kept.
    for (person, kept) in [(1, true), (2, false), (3, false)] {
        let row = card.find(person).unwrap();
        assert_eq!(card.value(0, row).is_some(), kept);
        assert_eq!(card.evidence(row) != (0, 0), kept);
        assert_eq!(
            (card.score(row), card.raw(row), card.rank(row), card.normalised(0, row)),
            (None, None, None, None)
        );
        let explanation = explain(&card, row);
        assert!(explanation.score.is_none() && explanation.parts.is_empty());
    }
}

#[test]
fn equal_values_have_equal_scores_and_share_a_rank_in_order_of_person() {
    let definition =
        definition(&[("reach.engagers", Normalise::Log, High)], flat(Combine::WeightedSum, &[1.0]));
    let card = World::new(vec![vec![4.0, 9.0, 4.0, 1.0, 9.0]]).score(&definition);
    let ranked: Vec<(u32, u64)> =
        card.ranked().map(|row| (card.rank(row).unwrap(), card.person(row).unwrap())).collect();
    assert_eq!(ranked, [(1, 972), (1, 993), (3, 986), (3, 1_000), (5, 979)]);
}

#[test]
fn a_signal_without_any_value_is_left_out_and_said() {
    let (definition, mut world) = by_hand();
    world.columns[1] = vec![f64::NAN; 4];
    let card = world.score(&definition);
    assert_eq!(card.header().left_out, ["brokerage.constraint"]);
    let row = card.find(world.people[1]).unwrap();
    let log = 11f64.ln() / 41f64.ln();
    assert!((card.raw(row).unwrap() - (0.875 + 3.0 * log) / 4.0).abs() < 1e-12);
    let explanation = explain(&card, row);
    assert_eq!(explanation.left_out, ["brokerage.constraint"]);
    assert_eq!(explanation.parts.len(), 2);

    for column in &mut world.columns {
        *column = vec![f64::NAN; 4];
    }
    let card = world.score(&definition);
    assert_eq!((card.header().scored, card.header().not_enough_evidence), (0, 4));
    assert!(world.fit(&definition).is_empty());
}

#[test]
fn a_fit_outlives_the_people_it_was_made_on() {
    let (definition, world) = by_hand();
    let fit = world.fit(&definition);
    let fit = Fit::from_json(&fit.to_json(), &definition).unwrap();
    assert_eq!(fit, world.fit(&definition));
    let alone = World {
        people: vec![1_000],
        columns: world.columns.iter().map(|column| vec![column[0]]).collect(),
        ..World::new(vec![vec![0.0]])
    };
    let one = alone.with(&definition, |plan| plan.unwrap().score(&fit).unwrap());
    let all = world.score(&definition);
    assert_eq!(one.score(0), all.score(all.find(1_000).unwrap()));
    assert_eq!(one.header().reference_people, 4);
}

#[test]
fn a_fit_of_other_contents_is_refused() {
    let (definition, world) = by_hand();
    let fit = world.fit(&definition);
    let mut other = definition.clone();
    other.version += 1;
    let refused = world.with(&other, |plan| plan.unwrap().score(&fit)).unwrap_err();
    assert_eq!(refused.kind(), Kind::Fit);
    let json = fit.to_json();
    for damaged in [
        "",
        "{}",
        &json[..json.len() - 5],
        &json.replace("\"format\":1", "\"format\":2"),
        &json.replace("\"log\"", "\"rank\""),
    ] {
        assert!(Fit::from_json(damaged, &definition).is_err());
    }
    assert!(Fit::from_json(&json, &other).is_err());
}

#[test]
fn what_a_normalisation_refuses_names_the_person() {
    let (definition, mut world) = by_hand();
    world.columns[2][2] = -1.0;
    let error = world.with(&definition, |plan| plan.unwrap_err());
    assert_eq!(error.kind(), Kind::Signal);
    assert!(
        error.to_string().contains("person 986") && error.to_string().contains("reach.engagers"),
        "{error}"
    );
    world.columns[2][2] = f64::INFINITY;
    assert!(world.with(&definition, |plan| plan.is_err()));
    world.barred[2] = true;
    assert!(world.with(&definition, |plan| plan.is_ok()));
    world.columns[2].pop();
    assert_eq!(world.with(&definition, |plan| plan.unwrap_err()).kind(), Kind::Snapshot);
}

#[test]
fn a_person_twice_in_a_snapshot_is_refused() {
    let (definition, mut world) = by_hand();
    world.people[1] = world.people[0];
    let fit = world.fit(&definition);
    assert!(world.with(&definition, |plan| plan.unwrap().score(&fit).is_err()));
}

#[test]
fn nobody_at_all_makes_an_empty_card() {
    let (definition, _) = by_hand();
    let card = World::new(vec![vec![], vec![], vec![]]).score(&definition);
    assert!(card.is_empty() && card.find(1).is_none() && card.ranked().len() == 0);
    assert_eq!(explain(&card, 5).state, State::OutsidePopulation);
}

#[test]
fn a_card_reads_back_from_borrowed_bytes() {
    let (definition, world) = by_hand();
    let card = world.score(&definition);
    let back = ScorecardRef::from_bytes(card.bytes()).unwrap();
    assert_eq!((back.header(), back.id(), back.scale()), (card.header(), card.id(), card.scale()));
    assert_eq!(back.header().as_of(), Time(1_000_000));
    assert_eq!(explain(&back, 2), explain(&card, 2));
    assert_eq!((back.person(4), back.value(0, 4), back.value(9, 0)), (None, None, None));
}

#[test]
fn without_a_signal_is_the_score_of_the_others_on_the_same_scale() {
    let (definition, world) = by_hand();
    let card = world.score(&definition);
    let row = card.find(world.people[3]).unwrap();
    let explanation = explain(&card, row);
    let part = |signal: &str| explanation.parts.iter().find(|part| part.signal == signal).unwrap();
    let (rank, low, log) = (
        part("authority.rank").normalised,
        part("brokerage.constraint").normalised,
        part("reach.engagers").normalised,
    );
    let expected = Scale::Standard.score(card.scale(), (rank + 2.0 * low) / 3.0);
    assert_eq!(part("reach.engagers").without, Some(expected));
    let expected = Scale::Standard.score(card.scale(), (2.0 * low + 3.0 * log) / 5.0);
    assert_eq!(part("authority.rank").without, Some(expected));
    assert_eq!(part("authority.rank").weight, 1.0);
    let single =
        self::definition(&[("reach.engagers", Normalise::Log, High)], flat(Combine::Max, &[1.0]));
    let card = World::new(vec![vec![1.0, 2.0]]).score(&single);
    assert_eq!(explain(&card, 0).parts[0].without, None);
}

#[test]
fn the_json_of_an_explanation_has_the_fields_that_scripts_rely_on() {
    let (definition, world) = by_hand();
    let card = world.score(&definition);
    let json = serde_json::to_value(explain(&card, 0)).unwrap();
    for field in [
        "definition",
        "version",
        "score",
        "interval",
        "raw",
        "parts",
        "discounts",
        "left_out",
        "state",
    ] {
        assert!(json.get(field).is_some(), "{field}");
    }
    for field in
        ["signal", "value", "normalised", "weight", "share", "points", "without", "because"]
    {
        assert!(json["parts"][0].get(field).is_some(), "{field}");
    }
    assert_eq!(json["state"], "scored");
}

#[test]
fn a_definition_from_its_file_scores_to_the_end() {
    for one in crate::definition::SHIPPED {
        let definition = check(one.text, one.name).0.unwrap();
        let columns = vec![vec![1.0, 2.0, f64::NAN, 3.0, 0.5]; definition.signals.len()];
        let card = World::new(columns).score(&definition);
        // Of the third no signal has a value.
        let header = card.header();
        assert_eq!((header.scored, header.not_enough_evidence), (4, 1), "{}", one.name);
        assert_eq!(card.header().definition, one.name);
    }
}

const NAMES: [&str; 4] =
    ["authority.engagers", "authority.rank", "brokerage.constraint", "reach.engagers"];

/// A tree over at most four of the known signals, or any number of attributes, and a column for each.
fn any_world() -> impl Strategy<Value = (Definition, World)> {
    let value =
        prop_oneof![3 => (0u32..30).prop_map(f64::from), 1 => Just(f64::NAN), 2 => 0.0f64..1e6];
    (tree(), 1usize..40).prop_flat_map(move |((root, signals), people)| {
        let columns = prop::collection::vec(prop::collection::vec(value.clone(), people), signals);
        let kinds = prop::collection::vec(
            (prop::sample::select(Normalise::ALL.map(|(_, n)| n).to_vec()), any::<bool>()),
            signals,
        );
        let marks = prop::collection::vec((0u32..9, 0u8..12), people);
        let scale = prop::sample::select(Scale::ALL.map(|(_, scale)| scale).to_vec());
        (Just(root), columns, kinds, marks, scale).prop_map(
            |(root, columns, kinds, marks, scale)| {
                let names: Vec<String> = (0..kinds.len())
                    .map(|i| {
                        NAMES
                            .get(i)
                            .map_or_else(|| format!("attribute.n{i}"), |name| (*name).to_owned())
                    })
                    .collect();
                let signals: Vec<(&str, Normalise, Direction)> = names
                    .iter()
                    .zip(kinds)
                    .map(|(name, (normalise, low))| {
                        (
                            name.as_str(),
                            normalise,
                            if low && normalise.has_low() { Low } else { High },
                        )
                    })
                    .collect();
                let mut definition = definition(&signals, root);
                definition.scale = scale;
                let mut world = World::new(columns);
                world.engagers = marks.iter().map(|(engagers, _)| *engagers).collect();
                world.admitted = marks.iter().map(|(_, mark)| *mark != 0).collect();
                world.barred = marks.iter().map(|(_, mark)| *mark == 1).collect();
                (definition, world)
            },
        )
    })
}

proptest! {
    #[test]
    fn points_add_up_to_the_score_in_every_definition((definition, world) in any_world()) {
        let card = world.score(&definition);
        for row in 0..card.len() {
            let explanation = explain(&card, row);
            if let Some(score) = explanation.score {
                prop_assert!((1.0..=100.0).contains(&score));
                let sum: f64 = explanation.parts.iter().map(|part| part.points).sum();
                prop_assert_eq!(sum, score);
                let shares: f64 = explanation.parts.iter().map(|part| part.share).sum();
                prop_assert!((shares - 1.0).abs() < 1e-9);
                for part in &explanation.parts {
                    prop_assert!(part.points >= 0.0 && (0.0..=1.0).contains(&part.normalised));
                    prop_assert!(part.without.is_none_or(|without| (1.0..=100.0).contains(&without)));
                    prop_assert!((part.points - part.share * score).abs() < 1e-9);
                }
            } else {
                prop_assert!(explanation.parts.is_empty());
            }
        }
    }

    #[test]
    fn the_order_of_people_reaches_no_byte_of_a_card((definition, world) in any_world(), seed in any::<u64>()) {
        let mut order: Vec<usize> = (0..world.people.len()).collect();
        order.sort_by_key(|i| (*i as u64 + 1).wrapping_mul(seed | 1));
        let other = world.permuted(&order);
        prop_assert_eq!(world.fit(&definition).to_json(), other.fit(&definition).to_json());
        let (one, other) = (world.score(&definition), other.score(&definition));
        prop_assert_eq!(one.bytes(), other.bytes());
    }

    #[test]
    fn ranks_follow_scores_and_equal_values_have_equal_scores((definition, world) in any_world()) {
        let card = world.score(&definition);
        let rows: Vec<usize> = card.ranked().collect();
        prop_assert_eq!(rows.len() as u64, card.header().scored);
        for pair in rows.windows(2) {
            let [a, b] = [pair[0], pair[1]];
            prop_assert!(card.score(a) >= card.score(b) && card.rank(a) <= card.rank(b));
            prop_assert!(card.top_share(a) <= card.top_share(b));
            if card.raw(a) == card.raw(b) {
                prop_assert_eq!((card.score(a), card.rank(a)), (card.score(b), card.rank(b)));
                prop_assert!(card.person(a) < card.person(b));
            } else {
                prop_assert!(card.raw(a) > card.raw(b) && card.rank(a) < card.rank(b));
            }
        }
    }

    #[test]
    fn any_changed_byte_of_a_card_is_refused(
        (definition, world) in any_world(), at in any::<prop::sample::Index>(), change in 1u8..=255, cut in any::<bool>(),
    ) {
        let mut bytes = world.score(&definition).bytes().to_vec();
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] ^= change;
        }
        prop_assert!(ScorecardRef::from_bytes(&bytes).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_no_card_and_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(ScorecardRef::from_bytes(&bytes).is_err());
    }
}
