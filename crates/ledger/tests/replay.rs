//! However rows are split, ordered, repeated and compacted, the ledger is the same.

mod common;

use common::*;
use ledger::{Ledger, Options, Wanted};
use model::Time;
use proptest::prelude::*;

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0i64..30, 0u8..20, 0u8..6, 0u8..5, 0u8..5, 0u8..3).prop_map(
        |(at, id, verb, actor, target, text)| {
            let id = match id {
                0..4 => String::new(),
                _ => format!("i{id}"),
            };
            let (actor, target_id) = (format!("a{actor}"), format!("a{target}"));
            let row = match verb {
                0 => Row::new(at, &id, "undo", &actor, "").of(&format!("i{}", target + 4)),
                1 => Row::new(at, &id, "delete", &actor, "").of(&format!("i{}", target + 7)),
                2 => Row::new(at, &id, "follow", &actor, &target_id),
                3 => Row::new(at, &id, "post", &actor, ""),
                _ => Row::new(at, &id, "like", &actor, &target_id).of(&format!("p{text}")),
            };
            if text == 0 { row } else { row.saying(&format!("text {text}")) }
        },
    );
    prop::collection::vec(row, 0..80)
}

type Seen = (Vec<String>, u128, Vec<Vec<(i64, String, u64, u64, u64, u64)>>);

fn seen(dir: &std::path::Path) -> Seen {
    let digest = Ledger::open(dir).unwrap().view().unwrap().digest();
    let scans = [0, 7, 15, 40].map(|at| scanned(dir, &Wanted::as_of(Time(at)))).to_vec();
    (exported(dir), digest, scans)
}

fn written(rows: &[Row], split: usize, segments: usize) -> (Seen, u64) {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { rows: split, segments, ..Options::default() };
    let mut writer = Ledger::open(dir.path()).unwrap().writer(options).unwrap();
    let mut accepted = 0;
    for part in rows.chunks(split.min(3)) {
        let done = writer.push(batch(part)).unwrap();
        accepted += done.map_or(0, |commit| commit.accepted);
    }
    for commit in finish(writer) {
        assert_eq!(commit.read, commit.accepted + commit.duplicates + commit.refused.len() as u64);
        accepted += commit.accepted;
    }
    let report = assert_sound(dir.path());
    assert_eq!(report.interactions, accepted);
    assert!(report.segments <= segments as u64);
    (seen(dir.path()), accepted)
}

/// The rules written down a second time, slowly: what holds of `rows` as of a time.
fn plainly(rows: &[Row], as_of: i64) -> Vec<(i64, String, String, String)> {
    let all = batch(rows);
    let holds = |i: usize| {
        (0..rows.len()).all(|j| {
            all.identity[i] != all.identity[j]
                || (all.at[j], all.content[j], j) <= (all.at[i], all.content[i], i)
        })
    };
    let live: Vec<usize> = (0..rows.len()).filter(|i| holds(*i)).collect();
    let mut out: Vec<_> = live
        .iter()
        .map(|i| &rows[*i])
        .filter(|row| row.at <= as_of && !matches!(row.verb, "undo" | "delete"))
        .filter(|row| {
            !live.iter().map(|i| &rows[*i]).any(|undo| {
                row.id.is_some()
                    && undo.object == row.id
                    && undo.actor == row.actor
                    && match undo.verb {
                        "undo" => undo.at <= as_of,
                        verb => verb == "delete",
                    }
            })
        })
        .map(|row| {
            let target = row.target.clone().unwrap_or_default();
            (row.at, row.verb.to_owned(), row.actor.clone(), target)
        })
        .collect();
    out.sort();
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn order_splits_repeats_and_compaction_change_nothing(
        rows in rows(), other in any::<prop::sample::Index>(), split in 1usize..40, seed in any::<u64>(),
    ) {
        let (whole, accepted) = written(&rows, usize::MAX, 32);
        let mut shuffled = rows.clone();
        let mut state = seed | 1;
        for i in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(i, (state >> 33) as usize % (i + 1));
        }
        if !rows.is_empty() {
            shuffled.extend_from_slice(&rows[other.index(rows.len())..]);
        }
        prop_assert_eq!(&written(&shuffled, split, 32), &(whole.clone(), accepted));
        prop_assert_eq!(&written(&shuffled, split, 2), &(whole, accepted));
    }

    #[test]
    fn a_scan_gives_what_the_rules_say(rows in rows(), as_of in 0i64..40, split in 1usize..40) {
        let dir = tempfile::tempdir().unwrap();
        for part in rows.chunks(split) {
            store(dir.path(), part);
        }
        let view = Ledger::open(dir.path()).unwrap().view().unwrap();
        let id = |key| {
            let account = view.account(model::AccountKey(key)).unwrap();
            account.map(|account| account.id).unwrap_or_default()
        };
        let mut given: Vec<_> = scanned(dir.path(), &Wanted::as_of(Time(as_of)))
            .into_iter()
            .map(|(at, verb, actor, target, ..)| (at, verb, id(actor), id(target)))
            .collect();
        given.sort();
        prop_assert_eq!(given, plainly(&rows, as_of));
    }
}
