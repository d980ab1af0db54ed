//! What is too old goes, and does not come back.

mod common;

use common::*;
use ledger::people::People;
use ledger::retain::{self, Ages};
use ledger::{Kind, Ledger, Options, View};
use model::{Account, ProfileField, Time};
use std::path::Path;

fn rows() -> Vec<Row> {
    (0..100i64)
        .map(|i| {
            let id = if i % 2 == 0 { format!("i{i}") } else { String::new() };
            let actor = if i < 10 { "early".to_owned() } else { format!("a{}", i % 7) };
            Row::new(i, &id, "like", &actor, "bo").saying(&format!("words {i}"))
        })
        .collect()
}

fn texts(dir: &Path) -> Vec<(i64, bool)> {
    let mut all = Vec::new();
    let view = View::open(dir).unwrap();
    view.sorted_rows(&mut |row| {
        all.push((row.at.0, row.text.is_some()));
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    all
}

fn profiled(dir: &Path) {
    let mut batch = batch(&rows()[..20]);
    batch.profile("n", "early", ProfileField::Handle, "earlybird", Time(3), &rules());
    let mut writer = Ledger::open(dir).unwrap().writer(Options::default()).unwrap();
    writer.push(batch).unwrap();
    finish(writer);
    store(dir, &rows()[20..60]);
    store(dir, &rows()[60..]);
}

#[test]
fn rows_and_texts_go_by_their_ages_and_stay_away() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    profiled(dir);
    // Whom an operator named stays known.
    let account = |id: &str| Account { network: "n".into(), id: id.into() };
    People::open(dir).unwrap().merge(&account("a1"), &account("a2"), Time(5)).unwrap();
    let ages = Ages { rows: Some(80), texts: Some(40) };
    let plan = retain::plan(dir, ages, Time(110)).unwrap();
    assert_eq!((plan.interactions, plan.texts, plan.of), (30, 40, 100));
    assert_eq!(texts(dir).len(), 100);
    let done = retain::retain(dir, ages, Time(110), false, &Options::default()).unwrap();
    assert_eq!((done.counts.interactions, done.counts.redacted, done.counts.accounts), (30, 40, 1));
    let expected: Vec<(i64, bool)> = (30..100).map(|at| (at, at >= 70)).collect();
    assert_eq!(texts(dir), expected);
    assert_sound(dir);
    let view = View::open(dir).unwrap();
    assert_eq!(view.find(&account("early")), None);
    assert_eq!(view.find_handle("n", "earlybird").unwrap(), None);
    let digest = view.digest();
    drop(view);
    // The source again: old rows are refused, and what lost its text is known without it.
    let commit = store(dir, &rows());
    assert_eq!((commit.expired, commit.duplicates, commit.redacted), (30, 70, 40));
    assert_eq!((commit.accepted, commit.conflicts), (0, 0));
    assert_eq!(View::open(dir).unwrap().digest(), digest);
    // The same again removes nothing; a clock that runs backwards brings nothing back.
    let again = retain::retain(dir, ages, Time(90), false, &Options::default()).unwrap();
    assert_eq!(
        (again.counts.interactions, again.counts.redacted, again.counts.segments),
        (0, 0, 0)
    );
    assert_eq!(store(dir, &rows()).expired, 30);
    // A longer age lets older rows in again, if a source still has them.
    let longer = Ages { rows: Some(90), texts: Some(40) };
    retain::retain(dir, longer, Time(110), false, &Options::default()).unwrap();
    let commit = store(dir, &rows());
    assert_eq!((commit.expired, commit.accepted), (20, 10));
    assert_sound(dir);
    assert!(retain::stop(dir).unwrap());
    assert_eq!(store(dir, &rows()[..20]).accepted, 20);
}

#[test]
fn a_run_that_would_leave_nothing_asks_first() {
    let dir = tempfile::tempdir().unwrap();
    store(dir.path(), &rows());
    let ages = Ages { rows: Some(10), texts: None };
    let options = Options::default();
    let error = retain::retain(dir.path(), ages, Time(10_000), false, &options).unwrap_err();
    assert_eq!(error.kind(), Kind::Refused);
    assert!(error.to_string().contains("--everything"), "{error}");
    assert_eq!(store(dir.path(), &rows()).expired, 0);
    retain::retain(dir.path(), ages, Time(10_000), true, &options).unwrap();
    assert_eq!(View::open(dir.path()).unwrap().rows(), 0);
    assert_sound(dir.path());
    assert_eq!(store(dir.path(), &rows()).expired, 100);
}
