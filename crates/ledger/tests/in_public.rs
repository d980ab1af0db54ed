//! Whoever occurs in a public interaction is known exactly, whatever was stored, replaced, merged and removed.

mod common;

use ledger::retain::{Ages, retain};
use ledger::{Ledger, Options, View};
use model::{Account, Batch, Interaction, Time, Visibility};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

/// Who acts toward whom, how visibly, and which of few ids the row has: an equal one replaces.
type Row = (u8, u8, u8, u8);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0..20u8, 0..20u8, 0..8u8, 0..200u8), 1..12)
}

fn store(dir: &Path, rows: &[Row], from: i64) {
    let mut batch = Batch::default();
    for ((actor, target, level, id), at) in rows.iter().zip(from..) {
        let (actor, target, id) = (format!("a{actor}"), format!("a{target}"), format!("{id}"));
        // Most rows are private, so that many people are in no public one.
        let level = match level {
            0 => Visibility::Public,
            1 | 2 => Visibility::Community,
            _ => Visibility::Private,
        };
        let at = Time(1_700_000_000_000_000 + at * 1_000_000);
        let row = Interaction::new(at, "n", "reply", &actor, Some(&target));
        let row = Interaction { id: Some(&id), visibility: level, ..row };
        batch.push(&row, &common::rules()).unwrap();
    }
    common::store_with(dir, batch, Options { segments: 4, ..Options::default() });
}

/// By reading every row.
fn slowly(view: &View) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    view.sorted_rows(&mut |row| {
        if row.visibility == Visibility::Public {
            named.extend([row.actor].into_iter().chain(row.target).map(str::to_owned));
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    named
}

fn quickly(view: &View) -> BTreeSet<String> {
    let is_public = |id: &String| {
        let account = Account { network: "n".to_owned(), id: id.clone() };
        view.is_in_public(account.key()).unwrap()
    };
    (0..25).map(|i| format!("a{i}")).filter(is_public).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_a_view_takes_over_is_what_reading_every_row_gives(
        commits in prop::collection::vec(rows(), 1..14),
        asked in prop::collection::vec(any::<bool>(), 14),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let mut before: Option<View> = None;
        let mut from = 0;
        for (commit, ask) in commits.iter().zip(asked) {
            store(dir, commit, from);
            from += commit.len() as i64;
            // A server may miss some commits.
            if !ask {
                continue;
            }
            let mut view = View::open(dir).unwrap();
            if let Some(before) = &before {
                view.follow(before).unwrap();
                prop_assert!(view.knows_public());
            }
            view.settle_public().unwrap();
            prop_assert_eq!(quickly(&view), slowly(&view));
            before = Some(view);
        }
        let anew = Ledger::open(dir).unwrap().view().unwrap();
        prop_assert_eq!(quickly(&anew), slowly(&anew));
    }
}

#[test]
fn who_is_left_without_a_row_is_in_no_public_one() {
    let dir = tempfile::tempdir().unwrap();
    store(dir.path(), &[(1, 2, 0, 1), (3, 4, 7, 2)], 0);
    let before = View::open(dir.path()).unwrap();
    before.settle_public().unwrap();
    assert_eq!(quickly(&before), BTreeSet::from(["a1".to_owned(), "a2".to_owned()]));
    let long_after = Time(1_700_000_000_000_000 + 1_000_000_000_000);
    let ages = Ages { rows: Some(86_400_000_000), texts: None };
    retain(dir.path(), ages, long_after, true, &Options::default()).unwrap();
    let mut after = View::open(dir.path()).unwrap();
    after.follow(&before).unwrap();
    // Until the rows were read anew, whoever was not known then might be anybody.
    let nobody = Account { network: "n".to_owned(), id: "nobody".to_owned() }.key();
    assert!(
        after.knows_public() && after.has_unseen().unwrap() && after.is_unseen(nobody).unwrap()
    );
    after.settle_public().unwrap();
    assert!(!after.has_unseen().unwrap() && !after.is_unseen(nobody).unwrap());
    assert_eq!((after.rows(), quickly(&after)), (0, BTreeSet::new()));
}
