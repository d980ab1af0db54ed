//! What is stored, what counts as known, and what the ledger refuses.

mod common;

use common::*;
use ledger::{Between, Disk, Kind, Ledger, Options, View, Wanted};
use model::{Account, AccountKey, ProfileField, Time, keys};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn likes(range: std::ops::Range<i64>) -> Vec<Row> {
    range
        .map(|i| {
            let (actor, target) = (format!("a{}", i % 90), format!("b{}", i % 40));
            Row::new(1_000 + i, &format!("i{i}"), "like", &actor, &target)
                .of(&format!("p{}", i % 7))
        })
        .collect()
}

#[test]
fn rows_come_back_as_they_were_and_a_second_time_nothing_is_new() {
    let dir = tempfile::tempdir().unwrap();
    let rows = likes(0..500);
    let first = store(dir.path(), &rows);
    assert_eq!((first.read, first.accepted, first.duplicates, first.stored), (500, 500, 0, 500));
    let exported_first = exported(dir.path());
    assert!(exported_first[7].contains("\"i7\"") && exported_first[7].contains("\"p0\""));
    let again = store(dir.path(), &rows);
    assert_eq!((again.read, again.accepted, again.duplicates, again.conflicts), (500, 0, 500, 0));
    assert_eq!(exported(dir.path()), exported_first);
    assert_eq!(assert_sound(dir.path()).interactions, 500);
}

#[test]
fn an_id_that_was_derived_is_exported_and_reads_back_as_known() {
    let dir = tempfile::tempdir().unwrap();
    store(dir.path(), &[Row::new(5, "", "like", "a", "b").saying("hello")]);
    let mut again = Vec::new();
    let view = Ledger::open(dir.path()).unwrap().view().unwrap();
    view.sorted_rows(&mut |row| {
        assert!(row.id.unwrap().starts_with(keys::DERIVED));
        again.push(Row::new(5, row.id.unwrap(), "like", "a", "b").saying("hello"));
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(store(dir.path(), &again).accepted, 0);
}

#[test]
fn of_two_contents_the_later_holds_in_whatever_order_they_come() {
    let old = Row::new(10, "x", "like", "a", "b").saying("old");
    let new = Row::new(11, "x", "like", "a", "c").saying("new");
    let mut exports = Vec::new();
    for order in [[&old, &new], [&new, &old]] {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(store(dir.path(), &[order[0].clone()]).accepted, 1);
        let second = store(dir.path(), &[order[1].clone()]);
        assert_eq!(
            (second.accepted, second.duplicates, second.conflicts, second.stored),
            (0, 1, 1, 1)
        );
        exports.push((
            exported(dir.path()),
            Ledger::open(dir.path()).unwrap().view().unwrap().digest(),
        ));
        assert_sound(dir.path());
    }
    let dir = tempfile::tempdir().unwrap();
    let both = store(dir.path(), &[old.clone(), new.clone(), old]);
    assert_eq!((both.accepted, both.duplicates, both.conflicts), (1, 2, 2));
    exports
        .push((exported(dir.path()), Ledger::open(dir.path()).unwrap().view().unwrap().digest()));
    assert!(exports[0].0[0].contains("new"));
    assert_eq!(exports[0], exports[1]);
    assert_eq!(exports[0], exports[2]);
}

#[test]
fn an_undo_counts_from_its_own_time_by_the_same_actor_and_may_come_first() {
    let like = Row::new(10, "x", "like", "a", "b");
    let theirs = Row::new(12, "u1", "undo", "c", "").of("x");
    let own = Row::new(20, "u2", "undo", "a", "").of("x");
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let dir = tempfile::tempdir().unwrap();
        for i in order {
            store(dir.path(), &[[&like, &theirs, &own][i].clone()]);
        }
        assert_eq!(scanned(dir.path(), &Wanted::as_of(Time(19))).len(), 1);
        assert_eq!(scanned(dir.path(), &Wanted::as_of(Time(20))).len(), 0);
        assert_eq!(exported(dir.path()).len(), 3);
    }
}

#[test]
fn a_delete_counts_for_all_times() {
    let dir = tempfile::tempdir().unwrap();
    store(dir.path(), &[Row::new(50, "d", "delete", "a", "").of("x")]);
    store(dir.path(), &[Row::new(10, "x", "like", "a", "b"), Row::new(10, "y", "like", "a", "b")]);
    assert_eq!(scanned(dir.path(), &Wanted::as_of(Time(11))).len(), 1);
}

#[test]
fn a_scan_keeps_to_its_times_and_verbs() {
    let dir = tempfile::tempdir().unwrap();
    let mut rows = likes(0..10);
    rows.push(Row::new(1_004, "f", "follow", "a", "b"));
    store(dir.path(), &rows);
    let wanted = |from, until, verbs| Wanted {
        from,
        until: Time(until),
        as_of: Time(until),
        verbs,
        own: false,
    };
    let times = |wanted: &Wanted<'_>| -> Vec<i64> {
        scanned(dir.path(), wanted).iter().map(|row| row.0).collect()
    };
    assert_eq!(times(&wanted(Some(Time(1_002)), 1_005, None)), [1_003, 1_004, 1_004, 1_005]);
    assert_eq!(times(&wanted(None, 2_000, Some(&["follow"]))), [1_004]);
    assert!(times(&wanted(None, 999, None)).is_empty());
}

#[test]
fn a_reshare_has_a_key_as_a_post_where_that_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let mut rows = likes(0..10);
    rows.extend([
        Row::new(2_000, "r1", "reshare", "a", "b").of("p1"),
        Row::new(2_001, "r2", "reshare", "a", "b").of("p1"),
        Row::new(2_002, "", "reshare", "a", "b").of("p1"),
        Row::new(2_003, "u", "undo", "a", "").of("r1"),
    ]);
    store(dir.path(), &rows);
    let view = Ledger::open(dir.path()).unwrap().view().unwrap();
    for (from, until) in [(None, 3_000), (Some(Time(1_500)), 3_000), (None, 2_002)] {
        let wanted = Wanted { from, own: true, ..Wanted::as_of(Time(until)) };
        let mut own = Vec::new();
        view.scan(&wanted, &mut |acts| own.extend(acts.at.into_iter().zip(acts.own))).unwrap();
        own.retain(|(_, own)| *own != 0);
        let mut expected = vec![(2_000, "r1"), (2_001, "r2")];
        expected.retain(|(_, id)| *id != "r1" || until < 2_003);
        let expected: Vec<_> =
            expected.into_iter().map(|(at, id)| (at, keys::post("n", id))).collect();
        own.sort_unstable();
        assert_eq!(own, expected);
    }
    view.scan(&Wanted::as_of(Time(3_000)), &mut |acts| assert!(acts.own.is_empty())).unwrap();
}

#[test]
fn accounts_are_found_by_key_by_id_and_by_current_handle() {
    let dir = tempfile::tempdir().unwrap();
    let mut batch = batch(&likes(0..100));
    for (id, handle, at) in
        [("a1", "ann", 5), ("a1", "anna", 9), ("a2", "ann", 7), ("a3", "ann", 6)]
    {
        batch.profile("n", id, ProfileField::Handle, handle, Time(at), &rules());
    }
    store_with(dir.path(), batch, Options::default());
    let view = Ledger::open(dir.path()).unwrap().view().unwrap();
    let account = |id: &str| Account { network: "n".to_owned(), id: id.to_owned() };
    let key = view.find(&account("a1")).unwrap();
    assert_eq!(view.account(key).unwrap(), Some(account("a1")));
    assert_eq!(view.find(&account("stranger")), None);
    assert_eq!(view.account(AccountKey(1)).unwrap(), None);
    assert_eq!(view.find_handle("n", "ann").unwrap(), Some(account("a2")));
    assert_eq!(view.find_handle("n", "anna").unwrap(), Some(account("a1")));
    assert_eq!(view.find_handle("m", "ann").unwrap(), None);
    assert_eq!(view.profile(key, ProfileField::Handle).unwrap().as_deref(), Some("anna"));
    assert_eq!(view.profiles(ProfileField::Handle).unwrap().len(), 3);
    let mut all = 0;
    view.each_account(|key, network, id| {
        assert_eq!(account(id).key(), key);
        assert_eq!(network, "n");
        all += 1;
    })
    .unwrap();
    assert_eq!(all, 90 + 40);
}

#[test]
fn the_rows_behind_a_tie_come_in_full() {
    let dir = tempfile::tempdir().unwrap();
    store(dir.path(), &likes(0..500));
    store(dir.path(), &[Row::new(2_000, "u", "undo", "a3", "").of("i3")]);
    let view = Ledger::open(dir.path()).unwrap().view().unwrap();
    let key = |id: &str| keys::account("n", id) as u128;
    let (actor, target) = ((key("a3") >> 64) as u64, (key("b3") >> 64) as u64);
    let ids = |until: i64| {
        let mut ids = Vec::new();
        let between = Between {
            targets: Some(&[target]),
            actors: Some(&[actor]),
            from: None,
            until: Time(until),
            stored: false,
        };
        view.interactions_of(&between, &mut |row| {
            ids.push(row.id.unwrap().to_owned());
            ControlFlow::Continue(())
        })
        .unwrap();
        ids
    };
    assert_eq!(ids(1_999), ["i3", "i363"]);
    assert_eq!(ids(2_000), ["i363"]);
}

#[test]
fn two_accounts_of_one_key_are_refused_not_merged() {
    let mut weak = rules();
    weak.account_hash = |network, id| {
        let hash = keys::account(network, id);
        // Everybody whose id starts alike shares a key; the other half still tells them apart.
        let key = id.bytes().next().map_or(1, u128::from);
        key << 64 | (hash & u128::from(u64::MAX))
    };
    let dir = tempfile::tempdir().unwrap();
    let rows = [
        Row::new(1, "1", "like", "ann", "bob"),
        Row::new(2, "2", "like", "ada", "bob"),
        Row::new(3, "3", "like", "cy", "ann"),
    ];
    let first = store_with(dir.path(), batch_with(&rows, &weak), Options::default());
    assert_eq!((first.read, first.accepted, first.refused.len()), (3, 2, 1));
    assert_eq!((first.refused[0].row, first.refused[0].fault.field.as_str()), (1, "actor"));
    let reason = &first.refused[0].fault.reason;
    assert!(reason.contains("n:ada") && reason.contains("n:ann"), "{reason}");
    assert!(first.refused[0].raw.contains("\"ada\""));
    let second = store_with(
        dir.path(),
        batch_with(&[Row::new(4, "4", "like", "bob", "cleo")], &weak),
        Options::default(),
    );
    assert_eq!((second.accepted, second.refused.len()), (0, 1));
    assert!(second.refused[0].fault.reason.contains("n:cy"));
    assert_eq!(assert_sound(dir.path()).interactions, 2);
}

#[test]
fn a_full_disk_at_any_byte_loses_no_commit_and_the_next_run_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (likes(0..200), likes(100..400));
    store(dir.path(), &first);
    let before = exported(dir.path());
    let mut failures = 0;
    for bytes in (0..60_000).step_by(997) {
        let options = Options { disk: Disk::full_after(bytes), ..Options::default() };
        let mut writer = Ledger::open(dir.path()).unwrap().writer(options).unwrap();
        writer.push(batch(&second)).unwrap();
        match writer.finish() {
            Err(error) => {
                failures += 1;
                assert_eq!(error.kind(), Kind::Full, "{error}");
                assert!(error.to_string().contains("segments/00000002"), "{error}");
                assert_eq!(exported(dir.path()), before);
                assert_sound(dir.path());
            }
            Ok(commit) => {
                assert_eq!(commit.unwrap().accepted, 200);
                assert!(failures > 10);
                assert_eq!(exported(dir.path()).len(), 400);
                assert!(assert_sound(dir.path()).leftovers.is_empty());
                return;
            }
        }
    }
    panic!("60,000 bytes were not enough");
}

#[test]
fn leftovers_are_no_fault_and_are_removed_by_the_next_writer() {
    let dir = tempfile::tempdir().unwrap();
    store(dir.path(), &likes(0..10));
    let left = dir.path().join("segments/00000002.parquet");
    std::fs::write(&left, b"half a file").unwrap();
    assert_eq!(assert_sound(dir.path()).leftovers.as_slice(), std::slice::from_ref(&left));
    store(dir.path(), &likes(0..10));
    assert!(!left.exists());
}

#[test]
fn a_changed_byte_in_any_file_is_found() {
    let dir = tempfile::tempdir().unwrap();
    store(dir.path(), &likes(0..300));
    for entry in std::fs::read_dir(dir.path().join("segments")).unwrap() {
        let path = entry.unwrap().path();
        let good = std::fs::read(&path).unwrap();
        for at in [0, good.len() / 3, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 0x40;
            std::fs::write(&path, &bad).unwrap();
            let report = ledger::verify(dir.path()).unwrap();
            assert!(!report.ok, "{} at {at}", path.display());
        }
        std::fs::remove_file(&path).unwrap();
        assert!(!ledger::verify(dir.path()).unwrap().ok);
        std::fs::write(&path, &good).unwrap();
    }
    assert_sound(dir.path());
}

#[test]
fn a_workspace_that_lost_its_catalogue_is_damaged_and_nothing_of_it_is_removed() {
    for emptied in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        store(dir.path(), &likes(0..100));
        let (catalogue, copy) =
            (dir.path().join("catalogue.sqlite"), dir.path().join("copy.sqlite"));
        std::fs::copy(&catalogue, &copy).unwrap();
        match emptied {
            true => std::fs::write(&catalogue, b"").unwrap(),
            false => std::fs::remove_file(&catalogue).unwrap(),
        }
        let report = ledger::verify(dir.path()).unwrap();
        assert!(!report.ok && report.problems[0].contains("restore it from a copy"), "{report:?}");
        assert_eq!(Ledger::open(dir.path()).unwrap_err().kind(), Kind::Damaged);
        assert_eq!(View::open(dir.path()).unwrap_err().kind(), Kind::Damaged);
        assert_eq!(catalogue.exists(), emptied);
        std::fs::rename(&copy, &catalogue).unwrap();
        assert_eq!(assert_sound(dir.path()).interactions, 100);
        assert_eq!(exported(dir.path()).len(), 100);
    }
}

#[test]
fn segments_newer_than_the_catalogue_are_no_leftovers() {
    let dir = tempfile::tempdir().unwrap();
    store(dir.path(), &likes(0..10));
    let (catalogue, copy) = (dir.path().join("catalogue.sqlite"), dir.path().join("copy.sqlite"));
    std::fs::copy(&catalogue, &copy).unwrap();
    for start in [10, 20] {
        store(dir.path(), &likes(start..start + 10));
    }
    std::fs::rename(&copy, &catalogue).unwrap();
    let report = ledger::verify(dir.path()).unwrap();
    assert!(!report.ok && report.problems[0].contains("00000003"), "{report:?}");
    let mut writer = Ledger::open(dir.path()).unwrap().writer(Options::default()).unwrap();
    let error = writer.push(batch(&likes(30..40))).and_then(|_| writer.finish()).unwrap_err();
    assert_eq!(error.kind(), Kind::Damaged, "{error}");
    assert!(dir.path().join("segments/00000003.parquet").exists());
}

#[test]
fn a_missing_file_of_a_segment_is_named_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    store(dir.path(), &likes(0..10));
    for entry in std::fs::read_dir(dir.path().join("segments")).unwrap() {
        let path = entry.unwrap().path();
        let good = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let error = View::open(dir.path()).unwrap_err();
        let message = error.to_string();
        assert_eq!(error.kind(), Kind::Damaged);
        assert!(message.contains(&*path.to_string_lossy()), "{message}");
        assert!(message.contains("is missing; restore the workspace from a copy"), "{message}");
        std::fs::write(&path, &good).unwrap();
    }
}

#[test]
fn no_workspace_yet_is_fine() {
    let dir = tempfile::tempdir().unwrap();
    let report = ledger::verify(&dir.path().join("none")).unwrap();
    assert!(report.ok && report.segments == 0);
    assert!(!dir.path().join("none").exists());
}

#[test]
fn a_second_writer_waits_and_hears_for_whom() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path()).unwrap();
    let lock = std::fs::File::create(dir.path().join("writer.lock")).unwrap();
    std::fs::write(dir.path().join("writer.lock"), "4711").unwrap();
    lock.lock().unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let options = Options {
        waiting: {
            let heard = heard.clone();
            Arc::new(move |holder| heard.lock().unwrap().push(holder.to_owned()))
        },
        ..Options::default()
    };
    let mut writer = ledger.writer(options).unwrap();
    writer.push(batch(&likes(0..10))).unwrap();
    let commit = std::thread::spawn(move || writer.finish().unwrap().unwrap());
    while heard.lock().unwrap().is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(ledger.view().unwrap().rows(), 0);
    lock.unlock().unwrap();
    assert_eq!(commit.join().unwrap().accepted, 10);
    assert_eq!(*heard.lock().unwrap(), ["4711"]);
}

#[test]
fn two_writers_at_once_store_every_row_once() {
    let dir = tempfile::tempdir().unwrap();
    let write = |range: std::ops::Range<i64>| {
        let dir = dir.path().to_owned();
        std::thread::spawn(move || {
            let options = Options { rows: 100, ..Options::default() };
            let mut writer = Ledger::open(&dir).unwrap().writer(options).unwrap();
            let mut accepted = 0;
            for start in range.step_by(50) {
                let done = writer.push(batch(&likes(start..start + 50))).unwrap();
                accepted += done.map_or(0, |commit| commit.accepted);
            }
            accepted + finish(writer).iter().map(|commit| commit.accepted).sum::<u64>()
        })
    };
    let (a, b) = (write(0..2_000), write(500..2_500));
    assert_eq!(a.join().unwrap() + b.join().unwrap(), 2_500);
    assert_eq!(assert_sound(dir.path()).interactions, 2_500);
}

#[test]
fn a_workspace_may_be_begun_by_many_at_once() {
    for _ in 0..20 {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| Ledger::open(dir.path()).map(|_| ()).unwrap());
            }
        });
    }
}

#[test]
fn a_view_stays_as_it_was_while_others_write_and_compact() {
    let dir = tempfile::tempdir().unwrap();
    store(dir.path(), &likes(0..100));
    let view = Ledger::open(dir.path()).unwrap().view().unwrap();
    let digest = view.digest();
    let options = Options { rows: 10, segments: 2, ..Options::default() };
    let mut writer = Ledger::open(dir.path()).unwrap().writer(options).unwrap();
    for start in (100..300).step_by(10) {
        writer.push(batch(&likes(start..start + 10))).unwrap();
    }
    finish(writer);
    let mut rows = 0;
    view.scan(&Wanted::as_of(Time(9_999)), &mut |acts| rows += acts.len()).unwrap();
    assert_eq!((rows, view.digest()), (100, digest));
    let report = assert_sound(dir.path());
    assert_eq!(report.interactions, 300);
    assert!(report.segments <= 2, "{}", report.segments);
}

#[test]
fn the_newest_time_is_that_of_the_row_that_holds() {
    for times in [[10, 30], [30, 10]] {
        let dir = tempfile::tempdir().unwrap();
        for at in times {
            store(dir.path(), &[Row::new(at, "x", "like", "a", "b")]);
        }
        let view = Ledger::open(dir.path()).unwrap().view().unwrap();
        assert_eq!((view.newest_at(), view.rows()), (Some(Time(30)), 1));
    }
}
