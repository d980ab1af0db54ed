//! What is kept, worked out another way; and nothing that must be kept is lost at any step.

use super::*;
use influence::definition::shipped;
use influence::plan::Inputs;
use influence::{Plan, Scorecard};
use proptest::prelude::*;
use std::ffi::OsString;

fn days(days: f64) -> Time {
    Time(1_779_926_400_000_000 + (days * DAY as f64) as i64)
}

#[test]
fn the_newest_by_moment_stay_whole_whatever_was_published_last() {
    let ids: Vec<Id> = (0..6).map(|i| (days(f64::from(i)), 1)).collect();
    let kept = kept(&ids, ids[0], days(5.0));
    let whole: Vec<Id> =
        kept.iter().filter(|one| *one.1 == Form::Whole).map(|one| *one.0).collect();
    assert_eq!(whole, [ids[0], ids[3], ids[4], ids[5]]);
    assert_eq!(kept.len(), 6);
}

#[test]
fn of_one_day_only_its_last_card_is_kept_once_it_is_no_longer_new() {
    let mut ids: Vec<Id> = [0.1, 0.2, 0.3].map(|day| (days(day), 1)).to_vec();
    ids.push((days(0.3), 2));
    ids.extend([3.0, 4.0, 5.0].map(|day| (days(day), 1)));
    let kept = kept(&ids, ids[6], days(5.0));
    assert_eq!(kept.keys().copied().collect::<Vec<_>>(), ids[3..]);
    assert_eq!(kept[&ids[3]], Form::PeopleAndScores);
}

#[test]
fn a_card_of_the_future_does_not_age_the_others() {
    let mut ids: Vec<Id> = (0..30).map(|i| (days(f64::from(i)), 1)).collect();
    ids.push((days(9_000.0), 1));
    assert_eq!(kept(&ids, ids[30], days(29.0)).len(), 31);
}

proptest! {
    #[test]
    fn daily_for_35_days_then_weekly(hours in prop::collection::btree_set(0i64..24 * 120, 1..90), late in 0i64..50) {
        let ids: Vec<Id> = hours.iter().map(|hour| (Time(days(0.0).0 + hour * DAY / 24), 1)).collect();
        let last = ids[ids.len() - 1];
        let kept = kept(&ids, last, Time(last.0.0 + late * DAY));
        // By looking at every other card.
        let day = |id: &Id| id.0.0.div_euclid(DAY);
        let monday = |id: &Id| (0..7).map(|back| day(id) - back).find(|day| day.rem_euclid(7) == 4);
        let old = |id: &Id| day(&last) - day(id) > 35;
        for (place, id) in ids.iter().enumerate() {
            let later = &ids[place + 1..];
            let replaced = later.iter().any(|other| match old(id) {
                true => old(other) && monday(other) == monday(id),
                false => day(other) == day(id),
            });
            let whole = later.len() < 3;
            let expected = match (whole, replaced) {
                (true, _) => Some(Form::Whole),
                (false, true) => None,
                (false, false) => Some(Form::PeopleAndScores),
            };
            prop_assert_eq!(kept.get(id).copied(), expected, "{} days back", day(&last) - day(id));
        }
    }

    #[test]
    fn thinning_day_by_day_keeps_what_thinning_at_once_keeps(hours in prop::collection::btree_set(0i64..24 * 120, 1..90)) {
        let ids: Vec<Id> = hours.iter().map(|hour| (Time(days(0.0).0 + hour * DAY / 24), 1)).collect();
        let mut there: Vec<Id> = Vec::new();
        for id in &ids {
            there.push(*id);
            there = kept(&there, *id, id.0).into_keys().collect();
        }
        let last = ids[ids.len() - 1];
        // What the last of a half week was stays until the whole week is old, so there may be more, by a card at most.
        let at_once: Vec<Id> = kept(&ids, last, last.0).into_keys().collect();
        prop_assert!(at_once.iter().all(|id| there.contains(id)), "{:?} {:?}", at_once, there);
        prop_assert!(there.len() <= at_once.len() + 1);
    }
}

/// A card as of a moment, of three people.
fn card(as_of: Time) -> Scorecard {
    let definition = shipped("general").unwrap();
    let values = [3.0, 9.0, 4.0];
    let inputs = Inputs {
        snapshot: "5a",
        as_of,
        people: &[10, 20, 30],
        columns: &vec![&values[..]; definition.signals.len()],
        engagers: &[3, 9, 4],
        interactions: &[3, 9, 4],
        admitted: &[true; 3],
        barred: &[false; 3],
    };
    let plan = Plan::bind(&definition, inputs).unwrap();
    plan.score(&plan.fit().unwrap()).unwrap()
}

/// Two months of cards, one every fifteen hours, as if nothing had been thinned yet.
fn two_months(dir: &Path) -> Vec<Id> {
    let ids: Vec<Id> = (0..96).map(|i| (days(f64::from(i) * 0.625), 1)).collect();
    for (as_of, number) in &ids {
        std::fs::write(card_path(dir, *as_of, *number, "card"), card(*as_of).bytes()).unwrap();
    }
    ids
}

fn names(dir: &Path) -> Vec<OsString> {
    let files = card_files(dir).unwrap();
    files.iter().map(|file| file.path.file_name().unwrap().to_owned()).collect()
}

/// Holds a folder to what must be kept of `ids`.
fn holds(dir: &Path, ids: &[Id]) {
    let last = ids[ids.len() - 1];
    let files = card_files(dir).unwrap();
    for (id, form) in kept(ids, last, last.0) {
        let of_id: Vec<_> = files.iter().filter(|f| (f.as_of, f.number) == id).collect();
        assert!(of_id.iter().any(|file| form != Form::Whole || file.whole), "{id:?} {form:?}");
        let whole = card(id.0);
        for file in of_id {
            let found = Earlier::read(file).unwrap();
            let score = whole.find(20).and_then(|row| whole.score(row));
            assert!(found.score_of(20) == score && found.score_of(11).is_none());
        }
    }
}

#[test]
fn broken_off_after_any_step_nothing_is_lost_and_the_next_run_finishes() {
    let whole = tempfile::tempdir().unwrap();
    let ids = two_months(whole.path());
    let last = ids[ids.len() - 1];
    let files = card_files(whole.path()).unwrap();
    let all = steps(&files, last, last.0).len();
    thin(whole.path(), last, last.0).unwrap();
    let expected = names(whole.path());
    assert!(all > ids.len() && expected.len() < ids.len() / 2, "{all} {}", expected.len());
    for broken_after in (0..all).step_by(13) {
        let dir = tempfile::tempdir().unwrap();
        two_months(dir.path());
        let files = card_files(dir.path()).unwrap();
        for step in steps(&files, last, last.0).iter().take(broken_after) {
            assert!(step.take(dir.path()).unwrap());
        }
        holds(dir.path(), &ids);
        thin(dir.path(), last, last.0).unwrap();
        holds(dir.path(), &ids);
        assert_eq!(names(dir.path()), expected, "after {broken_after} steps");
    }
}

#[test]
fn a_second_run_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let ids = two_months(dir.path());
    let last = ids[ids.len() - 1];
    thin(dir.path(), last, last.0).unwrap();
    let before = names(dir.path());
    thin(dir.path(), last, last.0).unwrap();
    assert_eq!(names(dir.path()), before);
}

#[test]
fn a_damaged_card_is_left_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let ids = two_months(dir.path());
    let last = ids[ids.len() - 1];
    let damaged = *kept(&ids, last, last.0).iter().find(|one| *one.1 != Form::Whole).unwrap().0;
    let path = card_path(dir.path(), damaged.0, damaged.1, "card");
    std::fs::write(&path, b"TERTCARD").unwrap();
    thin(dir.path(), last, last.0).unwrap();
    assert!(path.exists() && !card_path(dir.path(), damaged.0, damaged.1, "past").exists());
}
