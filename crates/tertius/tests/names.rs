//! Names of rosters are read by a thread that answers nobody, and a refusal or an erasure waits for none of that.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tertius::consent::{By, Said, Saying};
use tertius::disclosure::Reader;
use tertius::lookup::Lookups;
use tertius::{PersonId, Workspace};

/// How late a roster may be read anew.
const LATE: Duration = Duration::from_millis(1_100);

fn import(workspace: &Workspace, name: &str) {
    let file = workspace.dir().with_file_name("roster.csv");
    std::fs::write(&file, format!("name,accounts\n{name},forum:a\nBo,forum:b\n")).unwrap();
    workspace.import_people(&file, None, None).unwrap();
}

fn made(dir: &Path) -> Workspace {
    let rows: String = (0..40)
        .map(|i| {
            let people = ["a", "b", "c", "d", "e"];
            let (from, to) = (people[i % 5], people[(i + 1 + i / 5 % 4) % 5]);
            format!("{{\"id\":\"{i}\",\"at\":\"2026-05-04T00:00:{i:02}Z\",\"network\":\"forum\",\"verb\":\"reshare\",\"actor\":\"{from}\",\"target\":\"{to}\"}}\n")
        })
        .collect();
    let file = dir.join("rows.ndjson");
    std::fs::write(&file, rows).unwrap();
    let workspace = Workspace::open(&dir.join("workspace")).unwrap();
    workspace.ingest(&[file], &tertius::ingest::Options::default(), &mut |_| {}).unwrap();
    workspace.score(&["general".to_owned()], None).unwrap();
    workspace
}

fn name(lookups: &Lookups, account: &str) -> Option<String> {
    let found = lookups.person(&lookups.board(), account, Reader::Operator, |seen| {
        seen.person.display_name().to_owned()
    });
    found.unwrap().map(|(_, name)| name)
}

#[test]
fn who_asks_is_told_what_was_read_last_and_a_refusal_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let workspace = made(dir.path());
    import(&workspace, "Ann");
    let lookups = workspace.lookups().unwrap();
    lookups.renew_names().unwrap();
    assert_eq!(name(&lookups, "forum:a").as_deref(), Some("Ann"));
    import(&workspace, "Anna");
    std::thread::sleep(LATE);
    // Whoever answers does not read it, also under new scores, which come at once.
    assert_eq!(name(&lookups, "forum:a").as_deref(), Some("Ann"));
    workspace.score(&["helpers".to_owned()], None).unwrap();
    assert!(lookups.refresh().unwrap());
    assert_eq!(lookups.board().definitions().count(), 2);
    assert_eq!(name(&lookups, "forum:a").as_deref(), Some("Ann"));
    lookups.renew_names().unwrap();
    assert_eq!(name(&lookups, "forum:a").as_deref(), Some("Anna"));
    // A refusal is obeyed before names are read anew, and an erasure with the next board.
    let saying =
        Saying { said: Said::Objected, purpose: None, at: None, by: By::Person, unknown: false };
    workspace.say("forum:b", &saying).unwrap();
    std::thread::sleep(Duration::from_millis(15));
    assert_eq!(name(&lookups, "forum:b"), None);
    workspace.forget(&["forum:a".to_owned()], false, Arc::new(|_| {})).unwrap();
    assert!(lookups.refresh().unwrap());
    assert_eq!(name(&lookups, "forum:a"), None);
    let searched = lookups.search(&lookups.board(), Reader::Operator, "ann", 9).unwrap();
    assert_eq!(searched.iter().map(|one| one.id()).collect::<Vec<PersonId>>(), []);
    assert!(name(&lookups, "forum:c").is_some());
}
