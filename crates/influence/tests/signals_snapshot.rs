//! The projector against the projection's meaning written out slowly, in any order, chunking and number of threads.

use influence::events::SETTLED;
use influence::projection::{Layer, Levels};
use influence::{Membership, Projection, Projector, Snapshot};
use model::time::{DAY, HOUR};
use model::{Acts, Time, Visibility, verb};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const AS_OF: Time = Time(1_700_000_000_000_000);
const NETWORKS: [&str; 2] = ["forum", "chat"];
const VERBS: [&str; 9] =
    ["reply", "mention", "reshare", "like", "meet", "post", "follow", "unfollow", "wave"];

#[derive(Clone, Debug, PartialEq)]
struct Row {
    at: i64,
    network: usize,
    verb: usize,
    actor: u64,
    target: u64,
    object: u64,
    weight: f64,
    visibility: u8,
}

/// Accounts differ between networks, as hashes of `network:id` do.
fn key(network: usize, account: u64) -> u64 {
    if account == 0 { 0 } else { account * 10 + network as u64 }
}

fn acts(rows: &[Row]) -> Acts {
    let mut acts = Acts {
        networks: NETWORKS.map(str::to_owned).to_vec(),
        verbs: VERBS.map(str::to_owned).to_vec(),
        ..Acts::default()
    };
    for row in rows {
        acts.at.push(row.at);
        acts.network.push(row.network as u16);
        acts.verb.push(row.verb as u16);
        acts.actor.push(key(row.network, row.actor));
        acts.target.push(key(row.network, row.target));
        // Posts of one network are other posts than those of another.
        acts.object.push(if row.object == 0 { 0 } else { row.object * 10 + row.network as u64 });
        acts.parent.push(0);
        acts.weight.push(row.weight);
        acts.visibility.push(row.visibility);
    }
    acts
}

fn project(rows: &[Row], projection: &Projection, membership: &Membership) -> Snapshot {
    let mut projector = Projector::new(projection, AS_OF, membership).unwrap();
    projector.add(&acts(rows)).unwrap();
    projector.finish().unwrap()
}

fn projection(half_life: Option<i64>) -> Projection {
    let layers = [("reply", 0.5), ("mention", 0.5), ("reshare", 1.0), ("like", 0.25)];
    let layers =
        layers.into_iter().chain([("meet", 2.0), ("chat:mention", 3.0), ("chat:like", 0.0)]);
    Projection {
        name: "test".into(),
        window: 100 * DAY,
        half_life,
        returned: Vec::new(),
        layers: layers.map(|(key, weight)| Layer::parse(key, weight).unwrap()).collect(),
        visibility: Levels::of(&[Visibility::Public, Visibility::Community]),
    }
}

fn membership() -> Membership {
    // One account alone and a person of two are the firm's own.
    Membership::new([(11, 10), (10, 10), (30, 21), (21, 21)]).muting([41, 30])
}

fn row() -> impl Strategy<Value = Row> {
    let at = prop_oneof![
        4 => (0i64..5).prop_map(|hours| AS_OF.0 - hours * HOUR),
        4 => (0i64..120).prop_map(|days| AS_OF.0 - days * DAY),
        1 => Just(AS_OF.0 + 1),
        1 => Just(AS_OF.0 - 100 * DAY + 1),
    ];
    let weight = prop_oneof![6 => Just(1.0), 1 => Just(0.0), 2 => 0.0f64..50.0];
    let who = (0usize..2, 0usize..VERBS.len(), 1u64..7, 0u64..7);
    (at, who, 0u64..4, weight, 0u8..3).prop_map(
        |(at, (network, verb, actor, target), object, weight, visibility)| Row {
            at,
            network,
            verb,
            actor,
            target,
            object,
            weight,
            visibility,
        },
    )
}

/// Verbs that count only where something goes the other way.
fn returned() -> impl Strategy<Value = Vec<String>> {
    let words = ["reply", "mention"].map(str::to_owned).to_vec();
    prop_oneof![Just(Vec::new()), Just(words), Just(vec!["like".to_owned()])]
}

/// Strength bits, interactions, first, last, visibilities.
type Facts = (u32, u32, i64, i64, u8);

/// Verb and network.
type Layered = (&'static str, &'static str);
/// Layer weight, fixed-point sum, and the rest.
type Sum = (f64, i64, Facts);

/// `docs/projection.sql`, clause by clause.
fn slowly(rows: &[Row], p: &Projection, membership: &Membership) -> BTreeMap<(u64, u64), Facts> {
    let person = |row: &Row, account| membership.person_of(key(row.network, account));
    let weight = |row: &Row| p.weight(NETWORKS[row.network], VERBS[row.verb]);
    let rows: Vec<&Row> = rows
        .iter()
        .filter(|row| row.at <= AS_OF.0 && row.at > AS_OF.0 - p.window)
        .filter(|row| row.visibility < 2 && row.target != 0 && weight(row) > 0.0)
        .filter(|row| person(row, row.actor) != person(row, row.target))
        .filter(|row| !membership.is_mute(person(row, row.actor)))
        .collect();
    let back = |row: &Row, other: &Row| {
        let (ends, back) = ((row.actor, row.target), (other.target, other.actor));
        (person(row, ends.0), person(row, ends.1)) == (person(other, back.0), person(other, back.1))
            && (other.weight * p.decay(AS_OF.0 - other.at) * 4294967296.0).round() > 0.0
    };
    let asked = |row: &Row| p.returned.iter().any(|verb| verb == VERBS[row.verb]);
    let rows: Vec<&Row> = (rows.iter().copied())
        .filter(|row| !asked(row) || rows.iter().any(|other| back(row, other)))
        .collect();
    let record = |row: &Row| {
        (row.network, person(row, row.actor), person(row, row.target), row.at, row.object)
    };
    let stronger = |a: &Row, b: &Row| {
        weight(a) > weight(b) || weight(a) == weight(b) && VERBS[a.verb] < VERBS[b.verb]
    };
    let stated = |row: &Row| verb::stated_by_post(VERBS[row.verb]);
    let counts = |row: &&&Row| {
        !stated(row)
            || !rows
                .iter()
                .any(|other| stated(other) && record(other) == record(row) && stronger(other, row))
    };
    let mut sums: BTreeMap<(u64, u64), BTreeMap<Layered, Sum>> = BTreeMap::new();
    for row in rows.iter().filter(counts) {
        let pair = (person(row, row.actor), person(row, row.target));
        let layer = (VERBS[row.verb], NETWORKS[row.network]);
        let fresh = (weight(row), 0, (0, 0, i64::MAX, i64::MIN, 0));
        let (_, x, facts) = sums.entry(pair).or_default().entry(layer).or_insert(fresh);
        *x += (row.weight * p.decay(AS_OF.0 - row.at) * 4294967296.0).round() as i64;
        facts.1 += 1;
        facts.2 = facts.2.min(row.at);
        facts.3 = facts.3.max(row.at);
        facts.4 |= 1 << row.visibility;
    }
    let mut ties = BTreeMap::new();
    for (pair, layers) in sums {
        let mut total = 0.0;
        let mut facts: Facts = (0, 0, i64::MAX, i64::MIN, 0);
        for (w, x, layer) in layers.values() {
            total += w * (*x as f64 / 4294967296.0);
            facts.1 += layer.1;
            facts.2 = facts.2.min(layer.2);
            facts.3 = facts.3.max(layer.3);
            facts.4 |= layer.4;
        }
        let strength = libm::log(1.0 + total) as f32;
        facts.0 = strength.to_bits();
        if strength > 0.0 {
            ties.insert(pair, facts);
        }
    }
    ties
}

fn facts(snapshot: &Snapshot) -> BTreeMap<(u64, u64), Facts> {
    let people = snapshot.people();
    let facts = snapshot.each_tie().map(|tie| {
        let pair = (people[tie.source as usize], people[tie.target as usize]);
        (pair, (tie.strength.to_bits(), tie.interactions, tie.first.0, tie.last.0, tie.seen))
    });
    facts.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn ties_are_what_the_statement_says(
        rows in prop::collection::vec(row(), 0..120),
        half_life in prop_oneof![Just(None), Just(Some(20 * DAY))],
        returned in returned(),
    ) {
        let (p, membership) = (Projection { returned, ..projection(half_life) }, membership());
        let snapshot = project(&rows, &p, &membership);
        prop_assert_eq!(facts(&snapshot), slowly(&rows, &p, &membership));
    }

    #[test]
    fn order_chunking_and_threads_change_no_bit(
        (rows, shuffled) in prop::collection::vec(row(), 0..120)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        chunk in 1usize..40,
        threads in 1usize..4,
    ) {
        let (p, membership) = (projection(Some(30 * DAY)), membership());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let other = pool.install(|| {
            let mut projector = Projector::new(&p, AS_OF, &membership).unwrap();
            for chunk in shuffled.chunks(chunk) {
                projector.add(&acts(chunk)).unwrap();
            }
            projector.finish().unwrap()
        });
        let one = project(&rows, &p, &membership);
        prop_assert_eq!(one.id(), other.id());
        prop_assert_eq!(one.people(), other.people());
        prop_assert_eq!(one.ties(), other.ties());
        prop_assert_eq!(one.posts(), other.posts());
        prop_assert_eq!(one.audience(), other.audience());
    }

    #[test]
    fn people_are_numbered_by_ties_and_key(rows in prop::collection::vec(row(), 0..120)) {
        let membership = membership();
        let snapshot = project(&rows, &projection(None), &membership);
        let mut touched: BTreeMap<u64, usize> = BTreeMap::new();
        for tie in slowly(&rows, &projection(None), &membership).keys() {
            *touched.entry(tie.0).or_default() += 1;
            *touched.entry(tie.1).or_default() += 1;
        }
        let mut expected: Vec<_> = touched.into_iter().collect();
        expected.sort_by_key(|(key, count)| (std::cmp::Reverse(*count), *key));
        let expected: Vec<u64> = expected.into_iter().map(|(key, _)| key).collect();
        prop_assert_eq!(snapshot.people(), &expected[..]);
        for (number, key) in expected.iter().enumerate() {
            prop_assert_eq!(snapshot.number(*key), Some(number as u32));
        }
        prop_assert_eq!(snapshot.number(9_999), None);
    }

    #[test]
    fn followers_are_those_whose_last_word_is_follow(rows in prop::collection::vec(row(), 0..150)) {
        let membership = membership();
        let snapshot = project(&rows, &projection(None), &membership);
        let follows: Vec<_> = rows
            .iter()
            .filter(|row| matches!(VERBS[row.verb], "follow" | "unfollow"))
            .filter(|row| row.target != 0 && row.visibility < 2 && row.at <= AS_OF.0)
            .collect();
        for (number, person) in snapshot.people().iter().enumerate() {
            let mut followers = BTreeSet::new();
            for row in &follows {
                let same = |other: &&&Row| {
                    (other.network, other.actor, other.target) == (row.network, row.actor, row.target)
                };
                let last = follows.iter().filter(same).map(|other| other.at).max().unwrap();
                let over = follows.iter().filter(same).any(|other| {
                    other.at == last && VERBS[other.verb] == "unfollow"
                });
                let (from, to) = (key(row.network, row.actor), key(row.network, row.target));
                let (from, to) = (membership.person_of(from), membership.person_of(to));
                if !over && to == *person && from != to {
                    followers.insert(from);
                }
            }
            match snapshot.audience()[number] {
                Some(count) => prop_assert_eq!(count as usize, followers.len()),
                None => prop_assert!(followers.is_empty()),
            }
        }
    }
}

fn public(at: i64, verb: &str, actor: u64, target: u64, object: u64) -> Row {
    let verb = VERBS.iter().position(|known| *known == verb).unwrap();
    Row { at, network: 0, verb, actor, target, object, weight: 1.0, visibility: 0 }
}

#[test]
fn a_post_is_rated_when_it_has_settled_and_another_person_can_pass_it_on() {
    let old = AS_OF.0 - SETTLED - 1;
    let mut rows = vec![
        public(old, "post", 1, 0, 1),
        public(old, "post", 1, 0, 2),
        public(old + 1, "post", 1, 0, 3), // still young
        public(old, "reshare", 2, 1, 1),
        public(old, "reshare", 3, 1, 1), // once more changes nothing
        public(old, "reshare", 1, 0, 2), // one's own
        public(old, "reshare", 2, 1, 3),
        public(old + 5, "post", 4, 0, 1), // not the first to publish it
    ];
    let tally = |rows: &[Row], person| {
        let snapshot = project(rows, &projection(None), &Membership::default());
        snapshot.posts()[snapshot.number(key(0, person)).unwrap() as usize]
    };
    assert_eq!(tally(&rows, 1), Some((2, 1)));
    assert_eq!(tally(&rows, 2), Some((0, 0)));
    // Where nothing was passed on, silence says nothing.
    rows.retain(|row| VERBS[row.verb] == "post");
    rows.push(public(old, "reply", 2, 1, 9));
    assert_eq!(tally(&rows, 1), None);
}

#[test]
fn an_attribute_changes_the_id_whatever_the_order() {
    let rows = [public(AS_OF.0, "reply", 1, 2, 0)];
    let plain = project(&rows, &projection(None), &Membership::default());
    let with = |names: &[&str]| {
        let mut snapshot = plain.clone();
        for name in names {
            let value = name.len() as f64;
            snapshot.attach(name, [(10, value), (10, value - 1.0), (77, 5.0)]).unwrap();
        }
        snapshot
    };
    assert_eq!(with(&["a", "bb"]).id(), with(&["bb", "a"]).id());
    assert_ne!(with(&["a"]).id(), plain.id());
    let snapshot = with(&["bb"]);
    let column = &snapshot.attributes()["bb"];
    assert_eq!(column[snapshot.number(10).unwrap() as usize], 2.0);
    assert!(column[snapshot.number(20).unwrap() as usize].is_nan());
    assert!(plain.clone().attach("a", [(10, f64::NAN)]).is_err());
}

#[test]
fn a_tie_known_from_private_rows_alone_can_be_told() {
    let all = Projection { visibility: Levels::ALL, ..projection(None) };
    let private = Row { visibility: 2, ..public(AS_OF.0, "reply", 1, 2, 0) };
    let snapshot = project(std::slice::from_ref(&private), &all, &Membership::default());
    assert!(snapshot.tie(0).unwrap().is_private());
    let both = [private, public(AS_OF.0 - 1, "like", 1, 2, 0)];
    let snapshot = project(&both, &all, &Membership::default());
    let tie = snapshot.tie(0).unwrap();
    assert!(!tie.is_private() && tie.has(Visibility::Public) && !tie.has(Visibility::Community));
    assert_eq!(snapshot.tie(1), None);
}

#[test]
fn rows_that_do_not_fit_together_are_refused() {
    let membership = Membership::default();
    let refused = |change: fn(&mut Acts)| {
        let mut acts = acts(&[public(AS_OF.0, "reply", 1, 2, 0)]);
        change(&mut acts);
        Projector::new(&projection(None), AS_OF, &membership).unwrap().add(&acts).is_err()
    };
    assert!(!refused(|_| ()));
    assert!(refused(|acts| acts.verb[0] = 99));
    assert!(refused(|acts| acts.network[0] = 99));
    assert!(refused(|acts| acts.actor.clear()));
    assert!(refused(|acts| acts.weight[0] = f64::NAN));
    assert!(refused(|acts| acts.weight[0] = 1e7));
}

#[test]
fn nothing_makes_an_empty_snapshot() {
    let snapshot = project(&[], &projection(None), &Membership::default());
    assert!(snapshot.people().is_empty());
    assert_eq!(snapshot.ties().edges(), 0);
    assert_eq!(snapshot.id().len(), 32);
}

#[test]
fn more_layers_than_fit_are_refused_with_a_remedy() {
    let membership = Membership::default();
    let mut projector = Projector::new(&Projection::standard(), AS_OF, &membership).unwrap();
    let mut error = None;
    for network in 0..1_100 {
        let mut acts = acts(&[public(AS_OF.0, "reply", 1, 2, 0)]);
        acts.networks[0] = format!("n{network}");
        error = error.or(projector.add(&acts).err());
    }
    assert!(error.unwrap().to_string().contains("join networks"));
}
