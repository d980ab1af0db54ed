//! Wake against credit written out forward, person by person, and against what can be said by hand.

use super::super::acted::{Act, any_acts, drawn, snapshot, snapshot_with, value_with};
use super::super::compute;
use super::*;
use crate::people::Membership;
use model::time::{DAY, HOUR};
use proptest::prelude::*;
use std::collections::BTreeMap;

const NAME: &str = "advocacy.wake";
const REST: f64 = 1.0 - UNEXPLAINED;

/// Credit forward, as Goyal et al. define it: what each person has of each action, in order of time.
fn slowly(snapshot: &Snapshot, options: &Options) -> Vec<f64> {
    let actions = snapshot.actions().unwrap();
    let authors = authors(actions);
    let makes = kinds(actions, makes_a_post);
    let roots = roots(actions, &makes);
    let mut cascades: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for i in 0..actions.len() {
        let post = if actions.object[i] == NONE { actions.parent[i] } else { actions.object[i] };
        if post == NONE {
            continue;
        }
        let cascade = cascades.entry(roots[post as usize]).or_default();
        if cascade.iter().all(|first| actions.actor[*first] != actions.actor[i]) {
            cascade.push(i);
        }
    }
    let mut wake = vec![0.0; actions.people()];
    for cascade in cascades.values() {
        let mut credit: BTreeMap<usize, BTreeMap<u32, f64>> = BTreeMap::new();
        for i in cascade {
            let (u, at) = (actions.actor[*i], actions.at[*i]);
            let verb = actions.verb(*i);
            let above = match (actions.parent[*i], verb) {
                (NONE, "post" | "quote" | "reply" | "mention") => NONE,
                (NONE, _) => actions.object[*i],
                (parent, _) => parent,
            };
            let exposed = |v: &&usize| {
                let (v, then) = (actions.actor[**v], actions.at[**v]);
                let follows = actions.follows.iter().any(|span| {
                    span.follower == u && span.followed == v && span.from < at && at <= span.until
                });
                let engaged = snapshot
                    .each_tie()
                    .any(|tie| tie.source == u && tie.target == v && tie.first.0 < at);
                let parent = above != NONE && authors[above as usize] == v && u != v;
                then < at && (parent || (follows || engaged) && at - then <= options.horizon)
            };
            let exposures: Vec<&usize> = cascade.iter().filter(exposed).collect();
            let weight =
                |v: &usize| 2f64.powf((actions.at[*v] - at) as f64 / options.half_life as f64);
            let sum: f64 = exposures.iter().map(|v| weight(v)).sum();
            let mut of: BTreeMap<u32, f64> = BTreeMap::new();
            if !actions.mute[u as usize] {
                for v in exposures {
                    let share = REST * weight(v) / sum;
                    *of.entry(actions.actor[*v]).or_default() += share;
                    for (person, part) in &credit[v] {
                        *of.entry(*person).or_default() += share * part;
                    }
                }
                let counts = options.effects.as_ref().is_none_or(|effects| effects.has(*i));
                let kind = &actions.kinds[actions.kind[*i] as usize];
                let weight = match (counts, verb) {
                    (false, _) => 0.0,
                    (_, "post") => 1.0,
                    _ => snapshot.projection().weight(&kind.network, verb),
                };
                for (person, part) in &of {
                    wake[*person as usize] += weight * part;
                }
            }
            credit.insert(*i, of);
        }
    }
    wake.truncate(snapshot.people().len());
    wake
}

fn close(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-9 * a.max(*b) + 1e-12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn credit_backward_is_credit_forward(
        acts in any_acts(),
        counts in prop::option::of(prop::collection::vec(any::<bool>(), 60)),
        hours in 1i64..20,
        horizon in 1i64..15,
        mute in prop::collection::vec(1u64..8, 0..2),
    ) {
        let snapshot = snapshot_with(&acts, &Membership::default().muting(mute));
        let options = Options {
            half_life: hours * HOUR,
            horizon: horizon * HOUR,
            effects: counts.map(Effects::new),
            ..Options::default()
        };
        let column = compute(NAME, &snapshot, &options).unwrap();
        match column.has_values() {
            true => prop_assert!(close(&column.values, &slowly(&snapshot, &options))),
            false => prop_assert!(slowly(&snapshot, &options).iter().all(|credit| *credit == 0.0)),
        }
    }

    #[test]
    fn no_more_is_credited_than_was_done(acts in any_acts()) {
        let snapshot = snapshot(&acts);
        let values = compute(NAME, &snapshot, &Options::default()).unwrap().values;
        // One action credits its chain of exposures at most 0.71 + 0.71^2 + ...
        let most = acts.len() as f64 * REST / UNEXPLAINED;
        prop_assert!(values.iter().filter(|value| !value.is_nan()).sum::<f64>() <= most);
    }

    #[test]
    fn the_order_of_rows_changes_no_bit(acts in any_acts(), turn in 1usize..50, threads in 1usize..4) {
        let bits = |acts: &[Act]| -> Vec<u64> {
            let column = compute(NAME, &snapshot(acts), &Options::default());
            column.unwrap().values.iter().map(|value| value.to_bits()).collect()
        };
        let turned: Vec<Act> = acts.iter().cycle().skip(turn).take(acts.len()).copied().collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        prop_assert_eq!(bits(&acts), pool.install(|| bits(&turned)));
    }
}

fn wake(acts: &[Act], person: u64) -> Option<f64> {
    value_with(NAME, &snapshot(acts), &Options::default(), person)
}

fn near(value: Option<f64>, expected: f64) -> bool {
    value.is_some_and(|value| (value - expected).abs() < 1e-12)
}

/// 1 posts, 2 reshares it; 3 follows 2 and reshares it a day later.
fn chain() -> Vec<Act> {
    vec![
        Act::new(0, "follow", 3).to(2),
        Act::new(1, "post", 1).of(10),
        Act::new(2, "reshare", 2).to(1).of(10),
        Act::new(26, "reshare", 3).to(1).of(10),
    ]
}

#[test]
fn credit_goes_to_those_before_and_through_them() {
    // 3 was exposed to 2 a day before and to 1 an hour earlier than that.
    let (by_2, by_1) = (0.5, 0.5f64.powf(25.0 / 24.0));
    let (to_2, to_1) = (REST * by_2 / (by_1 + by_2), REST * by_1 / (by_1 + by_2));
    assert!(near(wake(&chain(), 2), to_2));
    assert!(near(wake(&chain(), 1), REST + to_1 + to_2 * REST));
    assert!(near(wake(&chain(), 3), 0.0));
}

#[test]
fn who_is_not_followed_any_more_exposes_nobody() {
    let mut acts = chain();
    acts.push(Act::new(20, "unfollow", 3).to(2));
    assert!(near(wake(&acts, 2), 0.0) && near(wake(&acts, 1), 2.0 * REST));
}

#[test]
fn engagement_before_is_as_good_as_a_follow_and_engagement_afterwards_is_not() {
    for (hour, exposed) in [(0, true), (30, false)] {
        let mut acts = chain();
        acts[0] = Act::new(hour, "mention", 3).to(2);
        assert_eq!(wake(&acts, 2).unwrap() > 0.0, exposed);
    }
}

#[test]
fn the_same_moment_gives_no_credit() {
    let acts: Vec<Act> = chain().into_iter().map(|act| Act { at: 5, ..act }).collect();
    for person in 1..4 {
        assert!(near(wake(&acts, person), 0.0));
    }
}

#[test]
fn an_action_counts_as_much_as_its_layer() {
    let acts = [Act::new(1, "post", 1).of(10), Act::new(2, "like", 2).to(1).of(10)];
    assert!(near(wake(&acts, 1), REST * 0.05));
    let many: Vec<Act> = (2..300)
        .map(|who| Act::new(2, "reply", who).to(1).of(1000 + who).under(10))
        .chain([acts[0]])
        .collect();
    let value = wake(&many, 1).unwrap();
    assert!((value - 298.0 * 0.2 * REST).abs() < 1e-9);
}

#[test]
fn only_third_order_actions_count_where_a_firm_says_which_those_are() {
    let snapshot = snapshot(&chain());
    let actions = snapshot.actions().unwrap();
    // 3's reshare alone; 2's passes credit on.
    let counts = (0..actions.len()).map(|i| i + 1 == actions.len()).collect();
    let options = Options { effects: Some(Effects::new(counts)), ..Options::default() };
    let value = |person| value_with(NAME, &snapshot, &options, person).unwrap();
    assert!((value(1) + value(2) - REST - value(2) * REST).abs() < 1e-12 && value(2) > 0.0);
    assert!(compute(NAME, &snapshot, &options).unwrap().note.unwrap().contains("third-order"));
}

#[test]
fn a_logo_takes_its_share_and_passes_nothing_on() {
    let snapshot = snapshot_with(&chain(), &Membership::default().muting([2]));
    let value = |person| value_with(NAME, &snapshot, &Options::default(), person);
    assert!(value(1).unwrap() < REST, "neither the logo's reshare nor credit through it");
}

#[test]
fn an_action_looks_at_so_many_exposures_and_no_more() {
    // 1 posts, 600 people pass it on, and 9000 follows all of them.
    let hub = 9_000;
    let mut acts = vec![Act::new(1, "post", 1).of(10)];
    for (place, who) in (1000u64..1600).enumerate() {
        acts.push(Act::new(0, "follow", hub).to(who));
        acts.push(Act::new(2 + place as i64 / 10, "reshare", who).to(1).of(10));
    }
    acts.push(Act::new(70, "reshare", hub).to(1).of(10));
    let snapshot = snapshot(&acts);
    let values = compute(NAME, &snapshot, &Options::default()).unwrap().values;
    let credited =
        (1000u64..1600).filter(|who| values[snapshot.number(*who).unwrap() as usize] > 0.0);
    // The latest; one place is the explicit parent's.
    assert_eq!(credited.count(), MOST - 1);
}

#[test]
fn few_contacts_and_few_actions_find_the_same_exposures() {
    // 2000 follows 5 of those who act: found by contacts in a long cascade, by looking back in a short one.
    let cascade = |length: u64| {
        let mut acts = vec![Act::new(1, "post", 1).of(10)];
        for who in 1000..1000 + length {
            acts.push(Act::new(2 + who as i64 % 40, "reshare", who).to(1).of(10));
        }
        for who in 1000..1005 {
            acts.push(Act::new(0, "follow", 2000).to(who));
        }
        acts.push(Act::new(60, "reshare", 2000).to(1).of(10));
        let snapshot = snapshot(&acts);
        let values = compute(NAME, &snapshot, &Options::default()).unwrap().values;
        (1000..1005u64)
            .map(|who| values[snapshot.number(who).unwrap() as usize])
            .collect::<Vec<_>>()
    };
    assert!(close(&cascade(5), &cascade(500)));
}

#[test]
fn cascades_are_drawn_again_with_their_posts() {
    let mut acts = chain();
    acts.push(Act::new(1, "post", 1).of(20));
    acts.push(Act::new(2, "quote", 2).to(1).of(21).under(20));
    let (times, values) = drawn(NAME, &snapshot(&acts), 1, &[10, 20]);
    let (one, other) = (wake(&chain(), 1).unwrap(), 0.25 * REST);
    for (lane, value) in values.into_iter().enumerate() {
        let (first, second) = (f64::from(times[0][lane]) - 1.0, f64::from(times[1][lane]) - 1.0);
        // Two cascades tell of a rate of two and a half.
        let off = 1.25f64.sqrt() * (first * one + second * other);
        assert!((f64::from(value) - (one + other + off).max(0.0)).abs() < 1e-5);
    }
}

#[test]
fn without_posts_there_is_nothing_to_credit() {
    let acts = [Act::new(1, "mention", 1).to(2), Act::new(2, "mention", 2).to(1)];
    let column = compute(NAME, &snapshot(&acts), &Options::default()).unwrap();
    assert!(!column.has_values() && column.note.is_some());
    let nothing = compute(NAME, &snapshot(&[]), &Options::default()).unwrap();
    assert!(nothing.values.is_empty());
}

#[test]
fn the_defaults_are_a_day_and_thirty() {
    let options = Options::default();
    assert_eq!((options.half_life, options.horizon), (DAY, 30 * DAY));
}
