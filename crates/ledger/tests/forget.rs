//! Whoever is erased is in no byte of the workspace, and no source brings them back.

mod common;

use common::*;
use ledger::erase::{self, Erasure};
use ledger::people::{Import, Mapping, People, Said};
use ledger::suppressed::Names;
use ledger::{Ledger, Options, View};
use model::{Account, Batch, Interaction, ProfileField, Time};
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Unlike any other bytes that the workspace has.
const ID: &str = "zq7plantedid";
const HANDLE: &str = "zq7plantedhandle";
const EMAIL: &str = "zq7planted@mail.example";
const NAME: &str = "Zq7planted Quill";
const OTHER: &str = "zq7plantedsecond";
/// What every one of them has.
const PLANTED: &str = "zq7planted";

fn account(network: &str, id: &str) -> Account {
    Account { network: network.into(), id: id.into() }
}

fn roster() -> String {
    format!(
        "name,email,role,organisation,since,born,consent,accounts,points\n\
         {NAME},{EMAIL},customer,Zq7plantedorg,2025-01-01,1980-01-01,given,n:{ID};m:{OTHER},7\n\
         Ann Other,ann@mail.example,customer,,,,,n:ann,8\n"
    )
}

fn push(batch: &mut Batch, row: Interaction<'_>) {
    batch.push(&row, &rules()).unwrap();
}

/// Rows in which they act, are acted toward, or are named in every text column, and rows that have nothing of them.
fn source() -> Vec<Batch> {
    let mut batch = Batch::default();
    let at = |i: i64| Time(1_000_000 * i);
    let row = |i, verb, actor, target| Interaction::new(at(i), "n", verb, actor, target);
    push(&mut batch, Interaction { id: Some("a1"), ..row(1, "like", ID, Some("ann")) });
    push(&mut batch, Interaction { id: Some("a2"), ..row(2, "like", "bo", Some(ID)) });
    push(&mut batch, Interaction { network: "m", ..row(3, "reply", OTHER, Some("cy")) });
    let undo = Interaction { id: Some("a4"), object: Some("a1"), ..row(4, "undo", ID, None) };
    push(&mut batch, undo);
    let texts = [
        format!("thanks @{HANDLE}, as always"),
        format!("see https://n.example/u/{HANDLE}/posts and n:{ID}"),
        format!("write to {EMAIL}!"),
    ];
    for (i, text) in texts.iter().enumerate() {
        push(
            &mut batch,
            Interaction { text: Some(text), ..row(10 + i as i64, "post", "bo", None) },
        );
    }
    let object = format!("{HANDLE}-post-1");
    push(
        &mut batch,
        Interaction { id: Some("b1"), object: Some(&object), ..row(20, "like", "cy", Some("bo")) },
    );
    push(
        &mut batch,
        Interaction {
            id: Some("b2"),
            in_reply_to: Some(&object),
            ..row(21, "reply", "cy", Some("bo"))
        },
    );
    let url = format!("https://n.example/%40{HANDLE}/1");
    push(
        &mut batch,
        Interaction { id: Some("b3"), url: Some(&url), ..row(22, "like", "cy", Some("bo")) },
    );
    let id = format!("{HANDLE}/answers/9");
    push(&mut batch, Interaction { id: Some(&id), ..row(23, "answer", "cy", Some("bo")) });
    push(
        &mut batch,
        Interaction {
            id: Some("c1"),
            text: Some("nothing of them"),
            ..row(30, "like", "ann", Some("bo"))
        },
    );
    push(&mut batch, row(31, "like", "bo", Some("ann")));
    let mut profile =
        |id: &str, field, value: &str, i| batch.profile("n", id, field, value, at(i), &rules());
    profile(ID, ProfileField::Handle, "zq7plantedold", 1);
    profile(ID, ProfileField::Handle, HANDLE, 2);
    profile(ID, ProfileField::Name, NAME, 2);
    profile("ann", ProfileField::Handle, "ann_h", 2);
    // Another content of a row, so that a superseded one holds a mention too.
    let mut later = Batch::default();
    let text = format!("@{HANDLE} was here");
    push(
        &mut later,
        Interaction { id: Some("d1"), text: Some(&text), ..row(40, "post", "bo", None) },
    );
    let mut last = Batch::default();
    push(
        &mut last,
        Interaction {
            id: Some("d1"),
            text: Some("somebody was here"),
            ..row(41, "post", "bo", None)
        },
    );
    vec![batch, later, last]
}

fn ingest(dir: &Path, batches: Vec<Batch>) -> Vec<ledger::Commit> {
    let mut commits = Vec::new();
    for batch in batches {
        let mut writer = Ledger::open(dir).unwrap().writer(Options::default()).unwrap();
        commits.extend(writer.push(batch).unwrap());
        commits.extend(finish(writer));
    }
    commits
}

fn import(dir: &Path) -> ledger::people::Imported {
    let mapping = Mapping::default();
    let import = Import::new("crm", &mapping, Time(1_780_000_000_000_000));
    People::open(dir).unwrap().import(roster().as_bytes(), &import).unwrap()
}

fn fill(dir: &Path) {
    ingest(dir, source());
    let imported = import(dir);
    assert_eq!((imported.created, imported.rejects.len()), (2, 0), "{:?}", imported.rejects);
    let mut people = People::open(dir).unwrap();
    people
        .state(&account("n", ID), Said::Objected, "sales", ledger::people::SELF, Time(60))
        .unwrap();
    std::fs::create_dir_all(dir.join("rejects")).unwrap();
    let rejects = format!(
        "{{\"file\":\"a.csv\",\"line\":3,\"field\":\"at\",\"reason\":\"is wrong\",\"raw\":\"{ID};like;ann\"}}\n\
         {{\"file\":\"a.csv\",\"line\":4,\"field\":\"at\",\"reason\":\"is wrong\",\"raw\":\"bo;like;ann\"}}\n\
         {{\"file\":\"a.csv\",\"line\":5,\"field\":\"at\",\"reason\":\"is wrong\",\"raw\":\"{NAME},,\"}}\n"
    );
    std::fs::write(dir.join("rejects/rejects-1.ndjson"), rejects).unwrap();
    std::fs::create_dir_all(dir.join("out")).unwrap();
    std::fs::write(dir.join("out/people.csv"), format!("person,name\n1,{NAME}\n")).unwrap();
    std::fs::write(dir.join("out/notes.txt"), "nothing").unwrap();
}

fn names() -> Names {
    Names {
        accounts: vec![("n".into(), ID.into()), ("m".into(), OTHER.into())],
        handles: vec![("n".into(), HANDLE.into()), ("n".into(), "zq7plantedold".into())],
        emails: vec![EMAIL.into()],
        names: vec![NAME.into()],
    }
}

fn forget(dir: &Path) -> Erasure {
    let keys = [account("n", ID).key(), account("m", OTHER).key()];
    erase::forget(dir, &[names()], &keys, &Options::default()).unwrap()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files
}

/// Where the planted bytes are: in any byte of any file, and in any value of any column of any Parquet file.
fn traces(dir: &Path) -> Vec<String> {
    let planted = |bytes: &[u8]| {
        let lower = bytes.to_ascii_lowercase();
        lower.windows(PLANTED.len()).any(|part| part == PLANTED.as_bytes())
    };
    let mut traces = Vec::new();
    let keys = [account("n", ID), account("m", OTHER)].map(|a| a.key().0.to_le_bytes());
    for path in files(dir) {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.strip_prefix(dir).unwrap().display().to_string();
        if planted(&bytes) || planted(name.as_bytes()) {
            traces.push(name.clone());
        }
        if keys.iter().any(|key| bytes.windows(8).any(|part| part == key)) {
            traces.push(format!("a key in {name}"));
        }
        if name.ends_with(".parquet") {
            let reader = SerializedFileReader::new(std::fs::File::open(&path).unwrap()).unwrap();
            for row in reader.get_row_iter(None).unwrap() {
                let text = row.unwrap().to_string();
                if planted(text.as_bytes()) {
                    traces.push(format!("{name}: {text}"));
                }
            }
        }
    }
    traces
}

fn digest(dir: &Path) -> u128 {
    View::open(dir).unwrap().digest()
}

#[test]
fn whoever_is_erased_is_in_no_byte_and_does_not_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fill(dir);
    let before = traces(dir);
    for place in
        ["catalogue.sqlite", "accounts.parquet", "rejects", "people.csv", "00000002.parquet: "]
    {
        assert!(
            before.iter().any(|trace| trace.contains(place)),
            "nothing was planted in {place}: {before:?}"
        );
    }
    let erasure = forget(dir);
    assert_eq!(traces(dir), [""; 0]);
    assert!(erasure.done.is_some());
    let counts = &erasure.counts;
    assert_eq!((counts.accounts, counts.interactions, counts.redacted), (2, 4, 7));
    assert_eq!((counts.rejects, counts.files, counts.look_at.len()), (2, 1, 0));
    assert!(counts.people_rows >= 8, "{counts:?}");
    assert!(dir.join("out/notes.txt").exists());
    let report = assert_sound(dir);
    assert_eq!(report.interactions, 10);
    // Others are as they were.
    let view = View::open(dir).unwrap();
    assert!(view.find(&account("n", "ann")).is_some() && view.find(&account("n", ID)).is_none());
    assert_eq!(view.find_handle("n", "ann_h").unwrap(), Some(account("n", "ann")));
    let mut shown = Vec::new();
    view.sorted_rows(&mut |row| {
        shown.push(row.text.unwrap_or_default().to_owned());
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    for text in [
        "thanks @[erased], as always",
        "write to [erased]!",
        "nothing of them",
        "somebody was here",
    ] {
        assert!(shown.iter().any(|one| one == text), "{text} is not in {shown:?}");
    }
    drop(view);

    // Every source again, as often as one likes.
    let known = digest(dir);
    for _ in 0..2 {
        let commits = ingest(dir, source());
        let sum = |of: fn(&ledger::Commit) -> u64| commits.iter().map(of).sum::<u64>();
        assert_eq!((sum(|c| c.read), sum(|c| c.accepted), sum(|c| c.erased)), (15, 0, 4));
        assert_eq!(sum(|c| c.duplicates), 11);
        let imported = import(dir);
        assert_eq!((imported.read, imported.erased, imported.rejects.len()), (2, 1, 0));
        assert_eq!(traces(dir), [""; 0]);
        assert_eq!(digest(dir), known);
    }
    // Under another name of theirs, in new rows, and under a new key.
    ledger::secrets::Ring::rotate(dir, ledger::secrets::ERASURE, &ledger::Options::default())
        .unwrap();
    let mut batch = Batch::default();
    push(&mut batch, Interaction::new(Time(1), "n", "like", HANDLE, Some("ann")));
    let text = format!("@{HANDLE} again");
    push(
        &mut batch,
        Interaction { text: Some(&text), ..Interaction::new(Time(2), "n", "post", "ann", None) },
    );
    let commits = ingest(dir, vec![batch]);
    assert_eq!((commits[0].erased, commits[0].accepted, commits[0].redacted), (1, 1, 1));
    assert_eq!(traces(dir), [""; 0]);
    assert_sound(dir);
}

#[test]
fn erasing_one_by_one_or_several_at_once_leaves_the_same_rows() {
    let (one, both) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for dir in [one.path(), both.path()] {
        fill(dir);
        // The same secret, so that what stands in place of ids is the same.
        let text = "1 2026-01-01T00:00:00Z ".to_owned() + &"ab".repeat(32);
        ledger::secrets::Ring::take_over(dir, ledger::secrets::ERASURE, &text).unwrap();
    }
    let ann = Names { accounts: vec![("n".into(), "ann".into())], ..Names::default() };
    let (zq, an) =
        ([account("n", ID).key(), account("m", OTHER).key()], [account("n", "ann").key()]);
    let options = Options::default();
    erase::forget(one.path(), &[names()], &zq, &options).unwrap();
    erase::forget(one.path(), std::slice::from_ref(&ann), &an, &options).unwrap();
    let all = [zq[0], an[0], zq[1]];
    erase::forget(both.path(), &[ann, names()], &all, &options).unwrap();
    assert_eq!(digest(one.path()), digest(both.path()));
    assert_eq!(erase::list(&ledger::Catalogue::read(one.path()).unwrap()).unwrap().len(), 2);
}

#[test]
fn those_who_were_one_person_by_way_of_the_erased_account_stay_one() {
    let dir = tempfile::tempdir().unwrap();
    store(dir.path(), &[Row::new(1, "", "like", "a", "b"), Row::new(2, "", "like", "c", "b")]);
    let mut people = People::open(dir.path()).unwrap();
    people.merge(&account("n", "a"), &account("n", "b"), Time(1)).unwrap();
    people.merge(&account("n", "b"), &account("n", "c"), Time(2)).unwrap();
    people.split(&account("n", "b"), Time(3)).unwrap();
    let b = Names { accounts: vec![("n".into(), "b".into())], ..Names::default() };
    drop(people);
    erase::forget(dir.path(), &[b], &[account("n", "b").key()], &Options::default()).unwrap();
    let register = People::read(dir.path()).unwrap();
    let person = |id| register.membership().person_of(account("n", id).key().0);
    assert_eq!(person("a"), person("c"));
    assert!(!register.accounts().contains_key(&account("n", "b").key().0));
}

#[test]
fn row_groups_without_anything_of_them_are_taken_over_whole() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    // A row group has at most 131,072 rows.
    let rows: Vec<Row> = (0..280_000i64)
        .map(|i| {
            let actor = if i == 5 || i == 270_000 { ID.to_owned() } else { format!("p{}", i % 77) };
            Row::new(i, &format!("i{i}"), "like", &actor, "bo").saying("hello")
        })
        .collect();
    store(dir, &rows);
    let others = || -> Vec<String> {
        exported(dir).into_iter().filter(|row| !row.contains(PLANTED)).collect()
    };
    let before = others();
    let erasure = forget(dir);
    assert_eq!((erasure.counts.interactions, erasure.counts.segments), (2, 1));
    assert_sound(dir);
    assert_eq!(others(), before);
    assert_eq!(traces(dir), [""; 0]);
    // Nobody is left of whom there is nothing.
    assert_eq!(forget(dir).counts.segments, 0);
}

#[test]
fn a_reader_of_the_catalogue_as_it_was_keeps_the_job_open_until_it_ends() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fill(dir);
    let reader = ledger::Catalogue::read(dir).unwrap();
    reader.connection().execute_batch("BEGIN; SELECT count(*) FROM segments").unwrap();
    let keys = [account("n", ID).key(), account("m", OTHER).key()];
    let error = erase::forget(dir, &[names()], &keys, &Options::default()).unwrap_err();
    assert!(error.to_string().contains("goes on reading"), "{error}");
    assert!(View::open(dir).unwrap().find(&account("n", ID)).is_none());
    drop(reader);
    assert_eq!(erase::finish(dir, &Options::default()).unwrap(), 1);
    assert_eq!(traces(dir), [""; 0]);
}

const CHILD: &str = "LEDGER_FORGET_TEST_DIR";

/// Enough rows that an erasure takes a while.
fn many(dir: &Path) {
    fill(dir);
    let rows: Vec<Row> = (0..24_000i64)
        .map(|i| {
            let actor = if i % 97 == 0 { ID.to_owned() } else { format!("p{}", i % 5_003) };
            let row =
                Row::new(100 + i, &format!("i{i}"), "like", &actor, &format!("q{}", i % 1_009));
            match i % 89 {
                0 => row.saying(&format!("hello @{HANDLE}")),
                _ => row.saying("hello"),
            }
        })
        .collect();
    for piece in rows.chunks(3_000) {
        store(dir, piece);
    }
}

#[test]
fn an_erasure_that_is_killed_hides_at_once_and_is_finished_by_the_next_writer() {
    if let Some(dir) = std::env::var_os(CHILD) {
        forget(dir.as_ref());
        return;
    }
    let whole = tempfile::tempdir().unwrap();
    many(whole.path());
    let start = std::time::Instant::now();
    forget(whole.path());
    let duration = start.elapsed();
    let rows = assert_sound(whole.path()).interactions;
    let mut cut_short = 0;
    for share in 0..5u32 {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        many(dir);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "an_erasure_that_is_killed_hides_at_once_and_is_finished_by_the_next_writer",
            ])
            .env(CHILD, dir)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(3) + duration.mul_f64(f64::from(share) / 4.0));
        child.kill().unwrap();
        child.wait().unwrap();
        let jobs = erase::list(&ledger::Catalogue::read(dir).unwrap()).unwrap();
        let begun = !jobs.is_empty();
        let open = jobs.iter().any(|job| job.done.is_none());
        cut_short += u64::from(open);
        let sound = ledger::verify(dir).unwrap();
        assert_eq!(sound.problems, Vec::<String>::new(), "killed at {share}/4");
        if begun {
            // Readers see nothing of them, whatever is still on the disk.
            let view = View::open(dir).unwrap();
            assert!(view.find(&account("n", ID)).is_none());
            assert_eq!(view.account(account("n", ID).key()).unwrap(), None);
            view.sorted_rows(&mut |row| {
                let texts = [
                    Some(row.actor),
                    row.target,
                    row.text,
                    row.object,
                    row.in_reply_to,
                    row.url,
                    row.id,
                ];
                assert!(!texts.iter().flatten().any(|text| text.contains(PLANTED)), "{row:?}");
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        }
        // Any writer goes on.
        ingest(dir, vec![batch(&[Row::new(7, "new", "like", "bo", "cy")])]);
        if begun {
            assert_eq!(traces(dir), [""; 0], "killed at {share}/4");
            assert_eq!(assert_sound(dir).interactions, rows + 1);
            let jobs = erase::list(&ledger::Catalogue::read(dir).unwrap()).unwrap();
            assert!(jobs.iter().all(|job| job.done.is_some()));
        }
    }
    assert!(cut_short > 0, "every child was done, or had not begun, before it was killed");
}

#[test]
fn every_table_of_the_catalogue_says_how_somebody_is_removed_from_it() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path());
    forget(dir.path());
    let catalogue = ledger::Catalogue::read(dir.path()).unwrap();
    let read = catalogue.connection();
    let mut tables = read
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .unwrap();
    let names: Vec<String> =
        tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(names.len() >= 13, "{names:?}");
    for name in names {
        let entry = ledger::people::erase::TABLES.iter().find(|(table, ..)| *table == name);
        let (_, holds, others) = entry.unwrap_or_else(|| panic!("{name} is in no list of erasure"));
        let mut columns =
            read.prepare(&format!("SELECT name FROM pragma_table_info('{name}')")).unwrap();
        let columns: Vec<String> =
            columns.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let held: Vec<&str> = match holds {
            ledger::people::erase::Holds::Keys(keys) => keys.to_vec(),
            ledger::people::erase::Holds::Hash(column)
            | ledger::people::erase::Holds::Records(column) => vec![column],
            ledger::people::erase::Holds::Nobody => vec![],
        };
        for column in columns {
            assert!(
                held.contains(&column.as_str()) || others.contains(&column.as_str()),
                "{name}.{column} is in no list of erasure"
            );
        }
    }
}
