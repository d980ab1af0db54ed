//! Reasons for a move under another version name what was changed, and add up to the move.

use influence::definition::check;
use influence::moved::why;
use influence::plan::Inputs;
use influence::{Definition, Plan, Scorecard};
use model::Time;
use proptest::prelude::*;

fn definition(signals: &[(&str, &str)]) -> Definition {
    let mut text = "name = \"one\"\nversion = 1\nquestion = \"Who?\"\npurpose = \"test\"\nevidence = { min_engagers = 1 }\n".to_owned();
    for (name, rest) in signals {
        text += &format!("[[signal]]\nname = \"{name}\"\nwhy = \"A test.\"\n{rest}\n");
    }
    check(&text, "one.toml").0.unwrap()
}

/// A card of people 0, 1, 2 and so on; a column for each signal, in order of name.
fn card(definition: &Definition, columns: &[Vec<f64>]) -> Scorecard {
    let people: Vec<u64> = (0..columns[0].len() as u64).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let inputs = Inputs {
        snapshot: "5a",
        as_of: Time(1),
        people: &people,
        columns: &columns,
        engagers: &vec![3; people.len()],
        interactions: &vec![3; people.len()],
        admitted: &vec![true; people.len()],
        barred: &vec![false; people.len()],
    };
    let plan = Plan::bind(definition, inputs).unwrap();
    plan.score(&plan.fit().unwrap()).unwrap()
}

/// Whom the reasons of the person in a row speak of, and in which words.
fn texts(before: &Scorecard, after: &Scorecard, row: usize) -> Vec<String> {
    why((before, row), (after, row)).into_iter().map(|reason| reason.text).collect()
}

#[test]
fn what_was_changed_is_named() {
    let columns = |n: usize| {
        vec![vec![0.1, 0.4, 0.2, 0.3], vec![3.0, 10.0, 5.0, 40.0], vec![1.0, 2.0, 3.0, 4.0]][..n]
            .to_vec()
    };
    let signals = [("authority.rank", ""), ("reach.engagers", "")];
    let before = card(&definition(&signals), &columns(2));
    for (after, rows, expected) in [
        (
            vec![signals[0], ("reach.engagers", "weight = 2")],
            columns(2),
            "reach.engagers now weighs 2 instead of 1: ",
        ),
        (
            vec![signals[0], ("reach.engagers", "weight = 2")],
            columns(2),
            "authority.rank makes up 33 % of the weight instead of 50 %: ",
        ),
        (
            vec![signals[0], ("reach.engagers", "normalise = \"log\"")],
            columns(2),
            "reach.engagers is normalised by log instead of rank: ",
        ),
        (vec![signals[0]], columns(1), "reach.engagers no longer counts: -"),
        (
            vec![signals[0], ("brokerage.constraint", ""), signals[1]],
            columns(3),
            "brokerage.constraint counts now, with weight 1: +",
        ),
        (
            signals.to_vec(),
            vec![columns(1)[0].clone(), vec![3.0, 10.0, 5.0, 41.0]],
            "reach.engagers is 41 instead of 40: ",
        ),
        (
            signals.to_vec(),
            vec![columns(1)[0].clone(), vec![f64::NAN; 4]],
            "reach.engagers has no values any more: -",
        ),
        (
            signals.to_vec(),
            columns(2),
            "reach.engagers is as it was, among others that are not: +0.0",
        ),
    ] {
        let said = texts(&before, &card(&definition(&after), &rows), 3);
        assert!(said.iter().any(|text| text.starts_with(expected)), "{expected}: {said:?}");
    }
}

#[test]
fn without_both_scores_there_is_no_move() {
    let one = definition(&[("reach.engagers", "")]);
    let card = card(&one, &[vec![1.0, 2.0]]);
    assert!(why((&card, 0), (&card, 9)).is_empty() && why((&card, 9), (&card, 0)).is_empty());
}

proptest! {
    #[test]
    fn reasons_add_up_to_the_move_bit_for_bit(
        values in prop::collection::vec((0.0f64..1.0, 0.0f64..40.0, 0.0f64..1.0), 2..20),
        weights in prop::collection::vec(0.1f64..9.0, 5),
    ) {
        let column = |get: fn(&(f64, f64, f64)) -> f64| values.iter().map(get).collect::<Vec<_>>();
        let all = [column(|v| v.0), column(|v| v.1), column(|v| v.2)];
        let weigh: Vec<String> = weights.iter().map(|weight| format!("weight = {weight:.6}")).collect();
        let before = definition(&[("authority.rank", &weigh[0]), ("reach.engagers", &weigh[1])]);
        let after = definition(&[("authority.rank", &weigh[2]), ("brokerage.constraint", &weigh[3]), ("reach.engagers", &weigh[4])]);
        let before = card(&before, &[all[0].clone(), all[1].clone()]);
        let after = card(&after, &[all[0].clone(), all[2].clone(), all[1].clone()]);
        for row in 0..values.len() {
            let reasons = why((&before, row), (&after, row));
            let moved = after.score(row).unwrap() - before.score(row).unwrap();
            prop_assert_eq!(reasons.iter().map(|reason| reason.points).sum::<f64>(), moved);
            prop_assert_eq!(reasons.iter().rev().map(|reason| reason.points).sum::<f64>(), moved);
            prop_assert!(reasons.is_sorted_by(|a, b| a.points.abs() >= b.points.abs()));
        }
    }
}
