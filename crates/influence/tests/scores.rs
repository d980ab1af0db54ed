//! From a definition's file and rows to an explained score, through the public surface only.

use influence::definition::{check, shipped};
use influence::explain::explain;
use influence::plan::Inputs;
use influence::signals;
use influence::{Definition, Fit, Membership, Plan, Projector, Scorecard, ScorecardRef, Snapshot};
use model::{Acts, Time};

const TEXT: &str = r#"
name = "fixed"
version = 3
question = "Who is in this test?"
purpose = "community"
projection = { window = "30d", layers = { reply = 1 } }
evidence = { min_engagers = 2 }
combine = "geometric"
[[signal]]
name = "reach.engagers"
weight = 2
normalise = "log"
why = "Distinct people."
[[signal]]
name = "brokerage.constraint"
normalise = "zscore"
direction = "low"
ties = "returned"
why = "Between groups."
"#;

fn definition() -> Definition {
    check(TEXT, "fixed.toml").0.expect("the text has no faults")
}

/// Scores columns that are written down here, so that no kernel can change them.
fn fixed() -> (Fit, Scorecard) {
    let definition = definition();
    // Signals are in order of name.
    let constraint = [0.25, 1.0, f64::NAN, 0.5, 0.125, 0.75];
    let engagers = [40.0, 3.0, 5.0, 12.0, 7.0, 1.0];
    let inputs = Inputs {
        snapshot: "0123456789abcdef0123456789abcdef",
        as_of: Time(1_600_000_000_000_000),
        people: &[50, 10, 40, 20, 30, 60],
        columns: &[&constraint, &engagers],
        engagers: &engagers.map(|count| count as u32),
        interactions: &[90, 3, 5, 20, 9, 1],
        admitted: &[true, true, true, true, false, true],
        barred: &[false; 6],
    };
    let plan = Plan::bind(&definition, inputs).unwrap();
    let fit = plan.fit().unwrap();
    let card = plan.score(&fit).unwrap();
    (fit, card)
}

#[test]
fn what_is_stored_keeps_its_form() {
    // These hashes lie in workspaces. A change here needs a new format number, and a way to read the old one.
    let (fit, card) = fixed();
    let found = [definition().hash(), fit.hash(), card.id()];
    assert_eq!(
        found,
        [
            "caf3fe2744114818412878057a4e80bf",
            "ea0b6cad200efcb5a39ef1eca337a1fc",
            "7b5fcac51f46cfbdec446ac19fe0d17e"
        ]
    );
}

#[test]
fn a_card_from_before_there_were_intervals_opens_without_them() {
    let (_, card) = fixed();
    let old = ScorecardRef::from_bytes(include_bytes!("fixtures/scorecard-1.card")).unwrap();
    assert_eq!(old.header(), card.header());
    for row in 0..card.len() {
        assert_eq!((old.score(row), old.rank(row)), (card.score(row), card.rank(row)));
        assert_eq!(explain(&old, row), explain(&card, row));
        assert_eq!(old.interval(row), None);
    }
}

#[test]
fn a_stored_card_and_fit_give_the_same_answers() {
    let (fit, card) = fixed();
    assert_eq!(Fit::from_json(&fit.to_json(), &definition()).unwrap(), fit);
    let stored = card.bytes().to_vec();
    let back = ScorecardRef::from_bytes(&stored).unwrap();
    let ranked: Vec<_> = back.ranked().filter_map(|row| back.person(row)).collect();
    assert_eq!(ranked, [50, 20, 10, 40]);
    assert_eq!(back.header(), card.header());
    assert_eq!(explain(&back, 4), explain(&card, 4));
}

/// Two circles of people who respond to each other, and person 7 who stands in both.
fn snapshot(definition: &Definition) -> Snapshot {
    let mut acts = Acts {
        networks: vec!["forum".into()],
        verbs: vec!["reshare".into(), "reply".into(), "answer".into()],
        ..Acts::default()
    };
    let circles = [[1, 2, 3, 4, 7], [7, 11, 12, 13, 14]];
    for (i, circle) in circles.iter().enumerate() {
        for (k, (actor, target)) in
            circle.iter().flat_map(|a| circle.iter().map(move |t| (a, t))).enumerate()
        {
            if actor != target && (k + i) % 4 != 1 {
                acts.at.push(1_600_000_000_000_000 + k as i64);
                acts.network.push(0);
                acts.verb.push((k % 3) as u16);
                acts.actor.push(*actor);
                acts.target.push(*target);
                acts.object.push(0);
                acts.parent.push(0);
                acts.weight.push(1.0);
                acts.visibility.push(0);
            }
        }
    }
    let alone = Membership::default();
    let mut projector =
        Projector::new(&definition.projection, Time(1_600_000_100_000_000), &alone).unwrap();
    projector.add(&acts).unwrap();
    projector.finish().unwrap()
}

fn score(definition: &Definition) -> Scorecard {
    let snapshot = snapshot(definition);
    let columns: Vec<Vec<f64>> = definition
        .signals
        .iter()
        .map(|signal| {
            signals::compute(&signal.name, &snapshot, &signal.options().unwrap()).unwrap().values
        })
        .collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let people = snapshot.people().len();
    let inputs = Inputs {
        snapshot: &snapshot.id(),
        as_of: snapshot.as_of(),
        people: snapshot.people(),
        columns: &columns,
        engagers: snapshot.engagers(),
        interactions: snapshot.received(),
        admitted: &vec![true; people],
        barred: &vec![false; people],
    };
    let plan = Plan::bind(definition, inputs).unwrap();
    plan.score(&plan.fit().unwrap()).unwrap()
}

#[test]
fn whoever_stands_in_both_circles_opens_doors() {
    // The shipped definition asks for what happened in time as well, which these rows do not hold.
    let place = "name = \"place\"\nversion = 1\nquestion = \"Who stands between?\"\npurpose = \"test\"\ncombine = \"geometric\"\n\
                 [[signal]]\nname = \"brokerage.constraint\"\nweight = 3.0\ndirection = \"low\"\nties = \"returned\"\nwhy = \"Between.\"\n\
                 [[signal]]\nname = \"reach.engagers\"\nwhy = \"Not in a tiny circle.\"\n";
    let (definition, problems) = check(place, "place.toml");
    assert!(problems.is_empty(), "{problems:?}");
    let card = score(&definition.unwrap());
    let first = card.ranked().next().and_then(|row| card.person(row));
    assert_eq!(first, Some(7));
}

#[test]
fn every_shipped_definition_scores_and_explains_with_points_that_add_up() {
    for name in ["general", "helpers", "openers"] {
        let card = score(&shipped(name).unwrap());
        assert!(card.header().scored > 0, "{name}");
        for row in card.ranked() {
            let explanation = explain(&card, row);
            let points: f64 = explanation.parts.iter().map(|part| part.points).sum();
            assert_eq!(Some(points), explanation.score, "{name}");
            assert!(
                explanation
                    .parts
                    .iter()
                    .all(|part| !part.because.is_empty() && !part.why.is_empty())
            );
        }
    }
}

#[test]
fn the_number_of_threads_reaches_no_byte() {
    let cards: Vec<Vec<u8>> = [1, 2, 5]
        .into_iter()
        .map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| score(&shipped("general").unwrap()).bytes().to_vec())
        })
        .collect();
    assert!(cards.windows(2).all(|pair| pair[0] == pair[1]));
}
