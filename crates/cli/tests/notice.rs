//! Who is to be told, and the papers about the processing.

mod common;

use common::{World, row};

const AT: &str = "2026-01-01T00:00:00Z";

fn world() -> World {
    let world = World::new();
    let mut rows = String::new();
    for i in 0..5 {
        rows += &row(&format!("r{i}"), AT, "reshare", &format!("fan{i}"), "ann", "public");
    }
    rows += &row("p", AT, "message", "fan0", "ann", "private");
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let roster = "name,role,organisation,born,consent,accounts\nAnn Lee,employee,Acme,,,forum:ann\n\
        Bo,,,,objected,forum:fan1\nCy,,,2015-01-01,,forum:fan2\nDi,,,,given,forum:fan3\nElsewhere,,,,,\n";
    world.ok(&["people", "import", &world.file("crm.csv", roster)]);
    world.ok(&["score", "general"]);
    world
}

#[test]
fn whoever_said_nothing_and_was_not_told_is_listed_with_where_it_came_from() {
    let world = world();
    let notice = world.json(&["notice"]);
    // Ann, fan0, fan4 and Elsewhere; fan2 is a child; fan1 and fan3 said something.
    assert_eq!((notice["untold"].as_u64(), notice["unlisted"].as_u64()), (Some(5), Some(1)));
    assert_eq!((notice["spoke"].as_u64(), notice["told"].as_u64()), (Some(2), Some(0)));
    let ann = notice["people"].as_array().unwrap().iter().find(|p| p["name"] == "Ann Lee").unwrap();
    assert_eq!(ann["sources"], serde_json::json!(["forum", "roster:crm"]));
    assert_eq!(world.json(&["notice", "--limit", "1"])["people"].as_array().unwrap().len(), 1);
    let told =
        world.file("told.txt", "# sent in May\nforum:ann\n\nforum:nobody\nnonsense\nforum:ann\n");
    let marked = world.ok(&["notice", "--told", &told, "--format", "json"]);
    assert_eq!(marked.json()["told"], 1);
    assert_eq!(marked.json()["unknown"], serde_json::json!([4, 5]));
    assert!(marked.err.contains("told.txt:4"), "{}", marked.err);
    assert_eq!(world.json(&["notice", "--told", &told])["told"], 0);
    let notice = world.json(&["notice"]);
    assert_eq!((notice["untold"].as_u64(), notice["told"].as_u64()), (Some(4), Some(1)));
    assert!(world.json(&["access", "forum:ann"])["told"].is_string());
}

#[test]
fn a_letter_says_what_is_held_for_what_and_how_to_object() {
    let world = world();
    let letter = world.json(&["notice", "--letter", "forum:ann"])["letter"].clone();
    let letter = letter.as_str().unwrap();
    for part in ["Ann Lee", "roster:crm", "forum", "comparison", "object", "[fill in"] {
        assert!(letter.contains(part), "{part}: {letter}");
    }
    let settings = world.path("workspace").join("tertius.toml");
    std::fs::write(settings, "controller = \"Acme Ltd\"\ncontact = \"data@acme.example\"\n")
        .unwrap();
    let letter = world.ok(&["notice", "--letter", "forum:ann", "--format", "table"]).out;
    assert!(letter.contains("Acme Ltd") && letter.contains("data@acme.example"));
    let refuses = world.run(&["notice", "--letter", "forum:fan1"]);
    assert!(refuses.code == 1 && refuses.err.contains("refusal"), "{}", refuses.err);
}

#[test]
fn record_and_assessment_tell_what_is_configured_and_mark_what_is_not_known() {
    let world = world();
    let record = world.ok(&["record", "--format", "table"]).out;
    for part in [
        "the network forum, public: 5",
        "the network forum, private: 1",
        "employee, by rosters: 1",
        "general@1",
        "roster:crm",
        "[fill in",
    ] {
        assert!(record.contains(part), "{part}: {record}");
    }
    let draft = world.ok(&["assessment", "--format", "table"]).out;
    for part in ["works council", "1 of forum", "1 gave it, 1 refuse, 1 are under 18", "[fill in"] {
        assert!(draft.contains(part), "{part}: {draft}");
    }
    for text in [&record, &draft] {
        assert!(text.starts_with("# ") && !text.contains("Ann") && !text.contains("forum:"));
    }
    let sections = world.json(&["record"])["sections"].as_array().unwrap().len();
    assert_eq!(sections, 8);
}
