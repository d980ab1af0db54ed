//! Single requests are stored like rows of a file, once each, and each is told what became of it.

mod common;

use common::*;
use ledger::{Counts, Disk, Inbox, Kind, Ledger, Once, Request, Taken};
use model::Time;
use model::time::DAY;
use std::path::Path;

fn inbox(dir: &Path) -> Inbox {
    Ledger::open(dir).unwrap().inbox(Disk::default()).unwrap()
}

fn request(rows: &[Row], name: Option<u8>) -> Request {
    let body = [rows.len() as u8; 32];
    Request {
        batches: rows.chunks(2).map(batch).collect(),
        once: name.map(|name| Once { key: [name; 32], body }),
    }
}

fn take(inbox: &mut Inbox, requests: Vec<Request>, now: i64) -> Vec<Taken> {
    inbox.take(requests, Time(now), &|_| {}).unwrap()
}

fn like(number: u32) -> Row {
    Row::new(i64::from(number), &format!("i{number}"), "like", &format!("a{number}"), "b")
}

fn counts(accepted: u64, duplicates: u64) -> Counts {
    Counts { accepted, duplicates, ..Counts::default() }
}

#[test]
fn every_request_of_a_group_is_told_of_its_own_rows() {
    let dir = tempfile::tempdir().unwrap();
    let mut inbox = inbox(dir.path());
    let first = take(&mut inbox, vec![request(&[like(1), like(2)], None)], 0);
    assert_eq!(first, [Taken::Now(counts(2, 0))]);
    let later = Row { at: 9, ..like(1) };
    let group = vec![
        request(&[like(2), like(3)], None),
        request(&[], None),
        request(&[like(3), like(4), like(4)], None),
        // Another content of a stored row: it replaces it, and is none that is new.
        request(&[later], None),
    ];
    let taken = take(&mut inbox, group, 0);
    let expected = [counts(1, 1), counts(0, 0), counts(1, 2), counts(0, 1)].map(Taken::Now);
    assert_eq!(taken, expected);
    assert_eq!(assert_sound(dir.path()).interactions, 4);
    let whole = tempfile::tempdir().unwrap();
    store(whole.path(), &[like(4), like(3), like(2), like(1), Row { at: 9, ..like(1) }]);
    assert_eq!(exported(dir.path()), exported(whole.path()));
}

#[test]
fn a_name_is_good_for_one_body_in_every_process_for_a_day() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (inbox(dir.path()), inbox(dir.path()));
    let (rows, others) = ([like(1), like(2)], [like(1), like(2), like(3)]);
    let now = 10 * DAY;
    let group = vec![
        request(&rows, Some(1)),
        request(&rows, Some(1)),
        request(&others, Some(1)),
        request(&others, Some(2)),
    ];
    let taken = take(&mut one, group, now);
    assert_eq!(
        taken,
        [
            Taken::Now(counts(2, 0)),
            Taken::Before(counts(2, 0)),
            Taken::Another,
            Taken::Now(counts(1, 2))
        ]
    );
    let again = || vec![request(&rows, Some(1)), request(&others, Some(1))];
    let expected = [Taken::Before(counts(2, 0)), Taken::Another];
    assert_eq!(take(&mut two, again(), now + DAY - 1), expected);
    // A clock that is set back a year finds the name, and one that is a day on has forgotten it; the rows are known all the same.
    assert_eq!(take(&mut two, again(), now - 365 * DAY), expected);
    let taken = take(&mut one, vec![request(&rows, Some(1))], now + DAY);
    assert_eq!(taken, [Taken::Now(counts(0, 2))]);
    assert_eq!(assert_sound(dir.path()).interactions, 3);
}

#[test]
fn a_full_disk_takes_all_of_a_group_or_nothing() {
    let mut kept = 0;
    for bytes in (0..12_000).step_by(600) {
        let dir = tempfile::tempdir().unwrap();
        take(&mut inbox(dir.path()), vec![request(&[like(1)], Some(9))], 0);
        let ledger = Ledger::open(dir.path()).unwrap();
        let mut small = ledger.inbox(Disk::full_after(bytes)).unwrap();
        let group = || vec![request(&[like(2)], Some(1)), request(&[like(3), like(4)], None)];
        match small.take(group(), Time(0), &|_| {}) {
            Err(error) => {
                assert_eq!(error.kind(), Kind::Full, "{error}");
                assert_eq!(assert_sound(dir.path()).interactions, 1);
                // With room it is as if nothing had been sent before.
                let taken = take(&mut inbox(dir.path()), group(), 0);
                assert_eq!(taken, [Taken::Now(counts(1, 0)), Taken::Now(counts(2, 0))]);
            }
            Ok(taken) => {
                kept += 1;
                assert_eq!(taken[1], Taken::Now(counts(2, 0)));
            }
        }
        assert_eq!(assert_sound(dir.path()).interactions, 4);
    }
    assert!(kept > 0 && kept < 20, "{kept}");
}

#[test]
fn requests_and_files_take_turns() {
    let dir = tempfile::tempdir().unwrap();
    Ledger::open(dir.path()).unwrap();
    let path = dir.path();
    std::thread::scope(|scope| {
        for part in 0..3u32 {
            scope.spawn(move || {
                let mut inbox = inbox(path);
                for k in 0..40 {
                    // Every row comes twice, by two ways.
                    let row = like(1 + (40 * part + k) / 2);
                    match part {
                        2 => drop(store(path, &[row])),
                        _ => drop(take(&mut inbox, vec![request(&[row], None)], 0)),
                    }
                }
            });
        }
    });
    let report = assert_sound(path);
    assert_eq!(report.interactions, 60);
    assert!(report.segments <= 32);
}
