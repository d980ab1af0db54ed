//! A workspace that may be read and not written: everything can be asked of it, and writers say what to do.
//!
//! Rights do not bind the superuser, so that the readers are this test binary run again, as nobody where need be.

mod common;

use common::*;
use ledger::people::{Import, Mapping, People, Said, Standing};
use ledger::{Ledger, Options, View};
use model::{Account, Time};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

const CHILD: &str = "LEDGER_READONLY_TEST_DIR";
const NOBODY: u32 = 65_534;

fn likes(range: std::ops::Range<i64>) -> Vec<Row> {
    range.map(|i| Row::new(i, &format!("i{i}"), "like", "ann", "bo")).collect()
}

fn withdraw(dir: &Path) {
    let ann = Account { network: "n".to_owned(), id: "ann".to_owned() };
    let mut people = People::open(dir).unwrap();
    people.state(&ann, Said::Withdrawn, "", ledger::people::SELF, Time(1)).unwrap();
}

/// The same by a roster, whose commit stays in the log for a while, as most do.
fn withdraw_by_roster(dir: &Path) {
    let mapping = Mapping::default();
    let import = Import::new("crm", &mapping, Time(1));
    let mut people = People::open(dir).unwrap();
    people.import(b"name,accounts,consent\nAnn,n:ann,withdrawn\n", &import).unwrap();
}

fn standing(dir: &Path) -> Standing {
    let ann = Account { network: "n".to_owned(), id: "ann".to_owned() };
    People::read(dir).unwrap().standing(ann.key().0, "sales", Time(2))
}

/// Runs a test of this binary again, in `dir`, as somebody who may read it and not write.
fn as_reader(test: &str, dir: &Path) {
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let root = std::fs::metadata(dir).unwrap().uid() == 0;
    // A place that nobody may enter may hold the binary.
    let tools = tempfile::tempdir().unwrap();
    let binary = tools.path().join("reader");
    std::fs::copy(std::env::current_exe().unwrap(), &binary).unwrap();
    set(tools.path(), 0o755);
    set(&binary, 0o755);
    set(dir, 0o555);
    let mut files = Vec::new();
    for entry in
        std::fs::read_dir(dir).unwrap().chain(std::fs::read_dir(dir.join("segments")).unwrap())
    {
        let path = entry.unwrap().path();
        set(&path, if path.is_dir() { 0o555 } else { 0o444 });
        files.push(path);
    }
    let mut command = Command::new(&binary);
    command.args(["--exact", test, "--nocapture"]).env(CHILD, dir).current_dir("/");
    if root {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output().unwrap();
    set(dir, 0o755);
    for path in files {
        set(&path, if path.is_dir() { 0o755 } else { 0o644 });
    }
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn whoever_may_only_read_can_ask_everything() {
    const NAME: &str = "whoever_may_only_read_can_ask_everything";
    if let Some(dir) = std::env::var_os(CHILD) {
        let dir: &Path = dir.as_ref();
        assert!(std::fs::write(dir.join("probe"), b"").is_err());
        let view = View::open(dir).unwrap();
        let mut rows = 0;
        view.sorted_rows(&mut |_| {
            rows += 1;
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!((rows, standing(dir)), (50, Standing::Refused));
        assert_sound(dir);
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    // A name that an address must not take for a query.
    let workspace = dir.path().join("a b?c#d%20");
    store(&workspace, &likes(0..50));
    withdraw(&workspace);
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    assert!(!workspace.join("catalogue.sqlite-wal").exists());
    as_reader(NAME, &workspace);
    // The same beside a writer that is open, whose last commits stand in the log.
    let writer = Ledger::open(&workspace).unwrap().writer(Options::default()).unwrap();
    withdraw_by_roster(&workspace);
    assert!(workspace.join("catalogue.sqlite-wal").metadata().unwrap().len() > 0);
    as_reader(NAME, &workspace);
    finish(writer);
}

#[test]
fn a_log_that_a_reader_cannot_take_in_is_refused_not_passed_over() {
    if let Some(dir) = std::env::var_os(CHILD) {
        let error = View::open(dir.as_ref()).unwrap_err().to_string();
        assert!(error.contains("-wal") && error.contains("run verify once"), "{error}");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    store(dir.path(), &likes(0..50));
    let writer = Ledger::open(dir.path()).unwrap().writer(Options::default()).unwrap();
    withdraw_by_roster(dir.path());
    let broken_off = tempfile::tempdir().unwrap();
    std::fs::create_dir(broken_off.path().join("segments")).unwrap();
    for name in ["catalogue.sqlite", "catalogue.sqlite-wal"] {
        std::fs::copy(dir.path().join(name), broken_off.path().join(name)).unwrap();
    }
    as_reader("a_log_that_a_reader_cannot_take_in_is_refused_not_passed_over", broken_off.path());
    finish(writer);
    assert_eq!(standing(broken_off.path()), Standing::Refused);
}

#[test]
fn whoever_may_not_write_is_told_which_folder_and_what_to_do() {
    if let Some(dir) = std::env::var_os(CHILD) {
        let dir: &Path = dir.as_ref();
        let mapping = Mapping::default();
        let import = Import::new("crm", &mapping, Time(0));
        let errors = [
            Ledger::open(dir).and_then(|ledger| ledger.writer(Options::default())).err(),
            People::open(dir).and_then(|mut people| people.import(b"name\nAnn\n", &import)).err(),
        ];
        for error in errors {
            let error = error.unwrap().to_string();
            assert!(
                error.contains(&format!("cannot write the workspace {}", dir.display())),
                "{error}"
            );
            assert!(error.contains("run it as a user who may write"), "{error}");
        }
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    store(dir.path(), &likes(0..50));
    as_reader("whoever_may_not_write_is_told_which_folder_and_what_to_do", dir.path());
}
