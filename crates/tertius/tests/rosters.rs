//! What is exported of people can be imported as a roster, and says the same again.

use model::Time;
use std::path::Path;
use tertius::Workspace;
use tertius::export::What;

fn exported(roster: &Path, dir: &Path) -> String {
    let workspace = Workspace::open(dir).unwrap();
    let imported = workspace.import_people(roster, None, Some("crm")).unwrap();
    assert_eq!(imported.rejected, 0, "{imported:?}");
    let to = dir.with_extension("csv");
    workspace.export(What::People, &to, None, Some(Time(1_790_000_000_000_000))).unwrap();
    std::fs::read_to_string(to).unwrap()
}

#[test]
fn an_export_of_people_is_imported_as_it_was_however_it_begins() {
    let names = [
        "=HYPERLINK(1)",
        "+49 30",
        "-a",
        "@mara",
        "'=1+1",
        "''@x",
        "'tis",
        "-1",
        "Plain Name",
        "＝wide",
    ];
    let dir = tempfile::tempdir().unwrap();
    let mut csv = csv::Writer::from_path(dir.path().join("first.csv")).unwrap();
    csv.write_record(["name", "role", "organisation", "team", "title", "accounts"]).unwrap();
    for (i, name) in names.iter().enumerate() {
        // A roster of elsewhere has one apostrophe less where one is taken away.
        let cell = model::cell::written(name);
        let account = format!("x:{i}");
        let row = [&*cell, "employee", &cell, &cell, &cell, &account];
        csv.write_record(row).unwrap();
    }
    csv.flush().unwrap();
    let once = exported(&dir.path().join("first.csv"), &dir.path().join("one"));
    let again = exported(&dir.path().join("one.csv"), &dir.path().join("two"));
    assert_eq!(once, again);
    for name in names {
        let cell = model::cell::written(name);
        assert_eq!(once.matches(&format!(",{cell},{cell},{cell},")).count(), 1, "{name}: {once}");
    }
    assert!(once.contains(",'=HYPERLINK(1),") && once.contains(",'tis,"), "{once}");
}
