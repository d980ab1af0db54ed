//! The table of actions against its meaning written out slowly, in any order, chunking and number of threads.

use influence::actions::{Following, NONE};
use influence::{Actions, Membership, Projection, Projector, Snapshot};
use model::time::{DAY, HOUR};
use model::{Acts, Time, Visibility};
use proptest::prelude::*;
use std::collections::BTreeSet;

const AS_OF: Time = Time(1_700_000_000_000_000);
const NETWORKS: [&str; 2] = ["forum", "chat"];
const VERBS: [&str; 7] = ["reply", "like", "post", "follow", "unfollow", "reshare", "wave"];

#[derive(Clone, Debug, PartialEq)]
struct Row {
    at: i64,
    network: usize,
    verb: usize,
    actor: u64,
    target: u64,
    object: u64,
    parent: u64,
    own: u64,
    visibility: u8,
}

fn key(row: &Row, account: u64) -> u64 {
    if account == 0 { 0 } else { account * 10 + row.network as u64 }
}

/// Networks and verbs have other codes in every run of rows.
fn acts(rows: &[Row], turn: usize) -> Acts {
    let turned = |names: &[&str]| -> Vec<String> {
        let names = names.iter().cycle().skip(turn % names.len()).take(names.len());
        names.map(|name| (*name).to_owned()).collect()
    };
    let code =
        |names: &[String], name: &str| names.iter().position(|one| one == name).unwrap() as u16;
    let (networks, verbs) = (turned(&NETWORKS), turned(&VERBS));
    Acts {
        at: rows.iter().map(|row| row.at).collect(),
        network: rows.iter().map(|row| code(&networks, NETWORKS[row.network])).collect(),
        verb: rows.iter().map(|row| code(&verbs, VERBS[row.verb])).collect(),
        actor: rows.iter().map(|row| key(row, row.actor)).collect(),
        target: rows.iter().map(|row| key(row, row.target)).collect(),
        object: rows.iter().map(|row| row.object).collect(),
        parent: rows.iter().map(|row| row.parent).collect(),
        own: rows.iter().map(|row| row.own).collect(),
        weight: vec![1.0; rows.len()],
        visibility: rows.iter().map(|row| row.visibility).collect(),
        networks,
        verbs,
    }
}

fn projection() -> Projection {
    use influence::projection::Levels;
    Projection {
        window: 100 * DAY,
        visibility: Levels::of(&[Visibility::Public, Visibility::Community]),
        ..Projection::standard()
    }
}

/// The chat account of 1 belongs to its forum account, and the forum account of 3 to that of 2.
fn membership() -> Membership {
    Membership::new([(11, 10), (10, 10), (30, 20), (20, 20)])
}

fn project(runs: &[&[Row]], actions: bool) -> Snapshot {
    let (projection, membership) = (projection(), membership());
    let mut projector = Projector::new(&projection, AS_OF, &membership).unwrap();
    if actions {
        projector = projector.with_actions();
    }
    for (turn, rows) in runs.iter().enumerate() {
        projector.add(&acts(rows, turn)).unwrap();
    }
    projector.finish().unwrap()
}

fn row() -> impl Strategy<Value = Row> {
    let at = prop_oneof![
        4 => (0i64..5).prop_map(|hours| AS_OF.0 - hours * HOUR),
        3 => (0i64..120).prop_map(|days| AS_OF.0 - days * DAY),
        1 => Just(AS_OF.0 + 1),
    ];
    (at, (0usize..2, 0usize..VERBS.len(), 1u64..7, 0u64..7), 0u64..4, 0u64..4, 0u64..6, 0u8..3)
        .prop_map(|(at, (network, verb, actor, target), object, parent, own, visibility)| Row {
            at,
            network,
            verb,
            actor,
            target,
            object,
            parent,
            own,
            visibility,
        })
}

/// The key of whoever has that number.
fn person(snapshot: &Snapshot, number: u32) -> u64 {
    let people = snapshot.people();
    match people.get(number as usize) {
        Some(key) => *key,
        None => snapshot.actions().unwrap().others[number as usize - people.len()],
    }
}

/// What one action says: time, network, verb, actor, target, object, parent, own key, visibility.
type Told = (i64, String, String, u64, u64, u64, u64, u64, u8);

fn told(snapshot: &Snapshot) -> Vec<Told> {
    let actions = snapshot.actions().unwrap();
    let post = |number: u32| if number == NONE { 0 } else { actions.posts[number as usize] };
    let one = |i: usize| {
        let kind = &actions.kinds[actions.kind[i] as usize];
        let target = match actions.target[i] {
            NONE => 0,
            target => person(snapshot, target),
        };
        (
            actions.at[i],
            kind.network.clone(),
            kind.verb.clone(),
            person(snapshot, actions.actor[i]),
            target,
            post(actions.object[i]),
            post(actions.parent[i]),
            post(actions.own[i]),
            actions.visibility[i],
        )
    };
    (0..actions.len()).map(one).collect()
}

fn is_follow(row: &Row) -> bool {
    matches!(VERBS[row.verb], "follow" | "unfollow")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_row_in_the_window_is_an_action(rows in prop::collection::vec(row(), 0..100)) {
        let snapshot = project(&[&rows], true);
        let membership = membership();
        let acting: Vec<&Row> = rows
            .iter()
            .filter(|row| row.at <= AS_OF.0 && row.at > AS_OF.0 - 100 * DAY)
            .filter(|row| row.visibility < 2 && !is_follow(row))
            .collect();
        // What a row is as a post is of interest only where another row names it.
        let named = |post: u64| acting.iter().any(|row| row.object == post || row.parent == post);
        let mut expected: Vec<Told> = acting
            .iter()
            .map(|row| {
                let whose = |account| match key(row, account) {
                    0 => 0,
                    key => membership.person_of(key),
                };
                (
                    row.at,
                    NETWORKS[row.network].to_owned(),
                    VERBS[row.verb].to_owned(),
                    whose(row.actor),
                    whose(row.target),
                    row.object,
                    row.parent,
                    if named(row.own) { row.own } else { 0 },
                    row.visibility,
                )
            })
            .collect();
        let mut found = told(&snapshot);
        prop_assert!(found.is_sorted_by_key(|told| told.0));
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn order_chunking_and_threads_change_nothing(
        (rows, shuffled) in prop::collection::vec(row(), 0..100)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        chunk in 1usize..40,
        threads in 1usize..4,
    ) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let chunks: Vec<&[Row]> = shuffled.chunks(chunk).collect();
        let other = pool.install(|| project(&chunks, true));
        let one = project(&[&rows], true);
        prop_assert_eq!(one.actions(), other.actions());
        prop_assert_eq!(one.id_of(true), other.id_of(true));
    }

    #[test]
    fn keeping_actions_changes_nothing_else(rows in prop::collection::vec(row(), 0..100)) {
        let (with, without) = (project(&[&rows], true), project(&[&rows], false));
        prop_assert_eq!(with.id(), without.id());
        prop_assert_eq!(with.audience(), without.audience());
        prop_assert_eq!(with.posts(), without.posts());
        prop_assert!(without.actions().is_none());
        prop_assert_eq!(without.id_of(true), without.id());
        prop_assert_ne!(with.id_of(true), with.id());
    }

    #[test]
    fn whoever_has_no_tie_is_numbered_after_the_people(rows in prop::collection::vec(row(), 0..100)) {
        let snapshot = project(&[&rows], true);
        let actions = snapshot.actions().unwrap();
        prop_assert!(actions.others.is_sorted());
        let inside: BTreeSet<u64> = snapshot.people().iter().copied().collect();
        prop_assert!(actions.others.iter().all(|key| !inside.contains(key)));
        prop_assert_eq!(actions.people(), inside.len() + actions.others.len());
        for number in actions.actor.iter().chain(&actions.target).filter(|number| **number != NONE) {
            prop_assert!((*number as usize) < actions.people());
        }
    }

    #[test]
    fn somebody_follows_exactly_where_the_last_word_says_so(rows in prop::collection::vec(row(), 0..100)) {
        let snapshot = project(&[&rows], true);
        let actions = snapshot.actions().unwrap();
        prop_assert!(actions.follows.is_sorted());
        let membership = membership();
        let words: Vec<&Row> = rows
            .iter()
            .filter(|row| is_follow(row) && row.target != 0 && row.visibility < 2 && row.at <= AS_OF.0)
            .collect();
        let pairs: BTreeSet<(u64, u64)> =
            words.iter().map(|row| (key(row, row.actor), key(row, row.target))).collect();
        for time in words.iter().flat_map(|row| [row.at, row.at + 1]) {
            let mut expected = BTreeSet::new();
            for (from, to) in &pairs {
                let said = words.iter().filter(|row| (key(row, row.actor), key(row, row.target)) == (*from, *to));
                let last = said.filter(|row| row.at <= time).max_by_key(|row| (row.at, row.verb));
                let (from, to) = (membership.person_of(*from), membership.person_of(*to));
                if last.is_some_and(|row| VERBS[row.verb] == "follow") && from != to {
                    expected.insert((from, to));
                }
            }
            let holds = |span: &&Following| span.from <= time && time < span.until;
            let found: BTreeSet<(u64, u64)> = actions
                .follows
                .iter()
                .filter(holds)
                .map(|span| (person(&snapshot, span.follower), person(&snapshot, span.followed)))
                .collect();
            prop_assert_eq!(found, expected);
        }
        let mut spans = 0;
        for number in 0..actions.people() as u32 {
            spans += actions.follows_of(number).len();
            prop_assert!(actions.follows_of(number).iter().all(|span| span.follower == number));
        }
        prop_assert_eq!(spans, actions.follows.len());
    }
}

#[test]
fn a_snapshot_of_nothing_has_no_actions() {
    let snapshot = project(&[], true);
    let actions = snapshot.actions().unwrap();
    assert!(actions.is_empty() && actions.people() == 0);
    assert_eq!(actions, &Actions::default());
}

#[test]
fn whoever_is_no_person_acts_and_is_marked() {
    let row = |actor, target| Row {
        at: AS_OF.0,
        network: 0,
        verb: 1,
        actor,
        target,
        object: 1,
        parent: 0,
        own: 0,
        visibility: 0,
    };
    let (projection, membership) = (projection(), membership().muting([30, 50]));
    let mut projector = Projector::new(&projection, AS_OF, &membership).unwrap().with_actions();
    projector.add(&acts(&[row(1, 4), row(3, 4), row(5, 0)], 0)).unwrap();
    let snapshot = projector.finish().unwrap();
    let actions = snapshot.actions().unwrap();
    assert_eq!(actions.len(), 3);
    for number in 0..actions.people() as u32 {
        let mute = [20, 50].contains(&person(&snapshot, number));
        assert_eq!(actions.mute[number as usize], mute);
    }
}

#[test]
fn an_action_takes_as_many_bytes_as_stated() {
    let like = |at| Row {
        at: AS_OF.0 - at,
        network: 0,
        verb: 1,
        actor: 1 + at as u64 % 3,
        target: 5,
        object: 1,
        parent: 0,
        own: 0,
        visibility: 0,
    };
    let rows: Vec<Row> = (0..1000).map(like).collect();
    let snapshot = project(&[&rows], true);
    assert_eq!(snapshot.actions().unwrap().bytes(), 1000 * 31 + 8 + 3);
}
