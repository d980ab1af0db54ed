//! Intervals through the public surface: where they are, what they hold, and that they are the same in every run.

use influence::definition::{check, shipped};
use influence::plan::Inputs;
use influence::signals::{self, Options};
use influence::{Definition, Membership, Plan, Projector, Scorecard, Snapshot};
use model::time::{DAY, HOUR};
use model::{Acts, Time};

const AS_OF: Time = Time(1_700_000_000_000_000);

/// SplitMix64, so that worlds are the same in every run.
fn hash(value: u64) -> u64 {
    let z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Posts of 60 people, each reshared by a few others and replied to, with replies to replies.
fn rows() -> Vec<[u64; 5]> {
    let mut rows = Vec::new();
    for post in 1..400u64 {
        let author = hash(post) % 60;
        for k in 0..hash(post + 1_000) % 7 {
            let who = hash(post * 10 + k) % 60;
            let (verb, object, parent) = match k % 3 {
                0 => (0, post, 0),
                1 => (1, 1_000 * post + k, post),
                _ => (1, 0, 1_000 * post + 1),
            };
            rows.push([who + 1, author + 1, verb, object, parent]);
        }
    }
    rows
}

fn acts(rows: &[[u64; 5]]) -> Acts {
    Acts {
        at: rows
            .iter()
            .map(|row| AS_OF.0 - DAY - (hash(row[3] + row[0]) % 999) as i64 * HOUR)
            .collect(),
        network: vec![0; rows.len()],
        verb: rows.iter().map(|row| row[2] as u16).collect(),
        actor: rows.iter().map(|row| row[0]).collect(),
        target: rows.iter().map(|row| row[1]).collect(),
        object: rows.iter().map(|row| row[3]).collect(),
        parent: rows.iter().map(|row| row[4]).collect(),
        own: vec![0; rows.len()],
        weight: vec![1.0; rows.len()],
        visibility: vec![0; rows.len()],
        networks: vec!["forum".into()],
        verbs: vec!["reshare".into(), "reply".into()],
    }
}

fn snapshot(definition: &Definition, runs: &[Acts], clusters: bool) -> Snapshot {
    let alone = Membership::default();
    let mut projector = Projector::new(&definition.projection, AS_OF, &alone).unwrap();
    if clusters {
        projector = projector.with_clusters();
    }
    if definition.needs_actions() {
        projector = projector.with_actions();
    }
    runs.iter().for_each(|run| projector.add(run).unwrap());
    projector.finish().unwrap()
}

fn score(definition: &Definition, snapshot: &Snapshot) -> Scorecard {
    let options: Vec<Options> =
        definition.signals.iter().map(|one| one.options().unwrap()).collect();
    let columns: Vec<Vec<f64>> = (definition.signals.iter().zip(&options))
        .map(|(one, options)| signals::compute(&one.name, snapshot, options).unwrap().values)
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
    let fit = plan.fit().unwrap();
    let spread = plan.spread(&fit, snapshot, &options).unwrap();
    plan.score_within(&fit, spread.as_ref()).unwrap()
}

#[test]
fn an_interval_holds_its_score_stays_on_the_scale_and_is_nowhere_without_a_score() {
    for name in ["general", "helpers", "openers"] {
        let definition = shipped(name).unwrap();
        let card = score(&definition, &snapshot(&definition, &[acts(&rows())], true));
        assert!(card.header().scored > 0, "{name}");
        let mut wide = 0;
        for row in 0..card.len() {
            let Some(score) = card.score(row) else {
                assert_eq!(card.interval(row), None);
                continue;
            };
            let Some([low, high]) = card.interval(row) else { continue };
            assert!(
                1.0 <= low && low <= score && score <= high && high <= 100.0,
                "{low} {score} {high}"
            );
            wide += usize::from(low < score && score < high);
        }
        assert!(2 * wide > card.header().scored as usize, "{name}: most intervals have a width");
    }
}

#[test]
fn intervals_do_not_depend_on_threads_order_or_chunks() {
    let definition = shipped("general").unwrap();
    let rows = rows();
    let cards: Vec<Vec<u8>> = [1usize, 2, 5]
        .into_iter()
        .map(|threads| {
            let mut turned = rows.clone();
            turned.rotate_left(threads * 97);
            if threads == 2 {
                turned.reverse();
            }
            let runs: Vec<Acts> = turned.chunks(threads * 131).map(acts).collect();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                score(&definition, &snapshot(&definition, &runs, true)).bytes().to_vec()
            })
        })
        .collect();
    assert!(cards.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn what_intervals_draw_again_changes_no_snapshot_and_costs_at_most_64_bytes_a_tie() {
    let definition = shipped("general").unwrap();
    // Everybody responds to everybody in many threads: as many clusters a tie as are told apart.
    let many: Vec<[u64; 5]> = (1..40_000u64)
        .map(|post| [hash(post) % 40 + 1, hash(post + 7) % 40 + 1, post % 2, post, 0])
        .collect();
    for rows in [rows(), many] {
        let runs = [acts(&rows)];
        let (with, without) =
            (snapshot(&definition, &runs, true), snapshot(&definition, &runs, false));
        assert_eq!(with.id(), without.id());
        let more = (with.bytes() - without.bytes()) as f64 / with.ties().edges() as f64;
        assert!(more > 8.0 && more <= 64.0, "{more}");
    }
}

#[test]
fn without_clusters_and_with_held_signals_alone_there_is_no_interval() {
    let definition = shipped("general").unwrap();
    let card = score(&definition, &snapshot(&definition, &[acts(&rows())], false));
    assert!(card.ranked().all(|row| card.interval(row).is_none()));

    let text = r#"
        name = "held"
        version = 1
        question = "Who is large?"
        purpose = "test"
        projection = "standard"
        [[signal]]
        name = "attribute.size"
        weight = 1
        why = "A number that nobody draws again."
    "#;
    let definition = check(text, "held.toml").0.unwrap();
    let mut snapshot = snapshot(&definition, &[acts(&rows())], true);
    snapshot.attach("size", (1..60).map(|person| (person, person as f64))).unwrap();
    let card = score(&definition, &snapshot);
    assert!(card.header().scored > 0 && card.ranked().all(|row| card.interval(row).is_none()));
}

#[test]
fn more_of_the_same_in_more_threads_is_surer_than_in_one() {
    // Two people, each reshared by 40: the one in 40 cascades of one, the other in a single cascade of 40.
    let mut rows: Vec<[u64; 5]> = Vec::new();
    for k in 0..40 {
        rows.push([100 + k, 1, 0, 5_000 + k, 0]);
        rows.push([100 + k, 2, 0, 9_000, 0]);
    }
    // And a crowd to stand among.
    for k in 0..2_000u64 {
        rows.push([
            200 + hash(k) % 300,
            500 + hash(k + 9) % (1 + hash(k + 5) % 200),
            0,
            20_000 + k,
            0,
        ]);
    }
    let definition = shipped("general").unwrap();
    let card = score(&definition, &snapshot(&definition, &[acts(&rows)], true));
    let width = |person: u64| {
        let [low, high] = card.interval(card.find(person).unwrap()).unwrap();
        high - low
    };
    assert!(width(2) > 1.5 * width(1), "{} and {}", width(1), width(2));
}
