//! Corrections: a case, a decision, and what arrives later does not undo it.

mod common;

use common::{World, row};

const AT: &str = "2026-01-01T00:00:00Z";
const ROSTER: &str = "name,email,role,organisation,since,accounts\n\
    Ann Lee,ann@x.example,customer,Wexford,2025-01-01,forum:ann git:ann\n";

fn world() -> World {
    let world = World::new();
    let mut rows = String::new();
    for i in 0..5 {
        rows += &row(&format!("r{i}"), AT, "reshare", &format!("fan{i}"), "ann", "public");
    }
    // Without an id of its own.
    rows += &row("", AT, "reshare", "fan9", "ann", "public").replace("\"id\":\"\",", "");
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    world.ok(&["people", "import", &world.file("crm.csv", ROSTER)]);
    world
}

fn ties(world: &World) -> String {
    world.ok(&["score", "general"]);
    let file = world.path("ties.csv");
    world.ok(&["export", "ties", "--to", &file.display().to_string()]);
    std::fs::read_to_string(file).unwrap()
}

#[test]
fn an_account_that_is_not_theirs_stays_apart_whatever_is_imported() {
    let world = world();
    let accounts = |world: &World| world.json(&["who", "forum:ann"])["accounts"].clone();
    assert_eq!(accounts(&world), serde_json::json!(["forum:ann", "git:ann"]));
    let opened = world.json(&["correct", "forum:ann", "not-mine", "git:ann"]);
    assert_eq!(
        (opened[0]["case"].as_i64(), opened[0]["decision"].as_str()),
        (Some(1), Some("open"))
    );
    assert_eq!(
        accounts(&world).as_array().unwrap().len(),
        2,
        "nothing changes before the decision"
    );
    assert_eq!(world.json(&["correct", "forum:ann", "not-mine", "git:ann"])[0]["case"], 1);
    world.ok(&["correct", "decide", "1", "accept", "--why", "Another Ann"]);
    world.ok(&["people", "import", &world.file("crm.csv", ROSTER)]);
    world.ok(&["people", "import", &world.file("next.csv", ROSTER)]);
    assert_eq!(accounts(&world), serde_json::json!(["forum:ann"]));
    let listed = world.json(&["correct", "list", "--all"]);
    assert_eq!(listed[0]["why"], "Another Ann");
    assert_eq!(world.json(&["correct", "list"]), serde_json::json!([]));
}

#[test]
fn a_role_that_was_left_ends_though_the_roster_goes_on_naming_it() {
    let world = world();
    let until = |world: &World| world.json(&["who", "forum:ann"])["roles"][0]["until"].clone();
    assert!(until(&world).is_null());
    world.ok(&["correct", "forum:ann", "left", "wexford", "--since", "2026-03-01"]);
    world.ok(&["correct", "decide", "1", "accept", "--why", "Confirmed"]);
    world.ok(&["people", "import", &world.file("crm.csv", ROSTER)]);
    world.ok(&["people", "import", &world.file("next.csv", ROSTER)]);
    assert_eq!(until(&world), "2026-03-01T00:00:00Z");
    // Whoever comes back is there again.
    let back = ROSTER.replace("2025-01-01", "2026-06-01");
    world.ok(&["people", "import", &world.file("back.csv", back)]);
    let roles = world.json(&["who", "forum:ann"])["roles"].clone();
    let open: Vec<_> = roles.as_array().unwrap().iter().filter(|r| r["until"].is_null()).collect();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0]["since"], "2026-06-01T00:00:00Z");
}

#[test]
fn an_interaction_that_is_no_praise_counts_for_nothing_and_stays_out() {
    let world = world();
    assert_eq!(ties(&world).lines().count(), 1 + 6);
    let export = world.path("rows.csv").display().to_string();
    world.ok(&["export", "interactions", "--to", &export]);
    let text = std::fs::read_to_string(&export).unwrap();
    let derived = text.lines().find(|line| line.contains("fan9")).unwrap();
    let derived = format!("forum:{}", derived.split(',').next().unwrap());
    for (case, id) in [("1", "forum:r0"), ("2", derived.as_str())] {
        world.ok(&["correct", "forum:ann", "not-praise", id]);
        world.ok(&["correct", "decide", case, "accept", "--why", "Sarcasm"]);
    }
    let again = world.file("again.ndjson", row("r0", AT, "reshare", "fan0", "ann", "public"));
    assert_eq!(world.json(&["ingest", &again])["duplicates"], 1);
    assert_eq!(ties(&world).lines().count(), 1 + 4);
    // What is exported gives the same ties, so it lacks them too.
    world.ok(&["export", "interactions", "--to", &export]);
    assert_eq!(std::fs::read_to_string(&export).unwrap().lines().count(), 1 + 4);
    let explained = world.ok(&["explain", "forum:ann", "general", "--ties", "100"]).out;
    assert!(!explained.contains("fan0") && explained.contains("fan1"));
    assert_eq!(world.json(&["verify"])["ok"], true);
    let twice = world.run(&["correct", "forum:ann", "not-praise", "forum:r0"]);
    assert!(twice.code == 2 && twice.err.contains("already"), "{}", twice.err);
}

#[test]
fn what_can_not_be_corrected_or_decided_is_said() {
    let world = world();
    let said = |args: &[&str], code: i32, words: &str| {
        let ran = world.run(args);
        assert!(ran.code == code && ran.err.contains(words), "{args:?}: {} {}", ran.code, ran.err);
    };
    said(&["correct", "forum:nobody", "left", "Wexford"], 1, "unknown");
    said(&["correct", "forum:ann", "left", "Acme"], 1, "no role");
    said(&["correct", "forum:ann", "left", "Wexford", "--since", "2020-01-01"], 2, "--since");
    said(&["correct", "forum:ann", "left", "Wexford", "--since", "2999-01-01"], 2, "to come");
    said(&["correct", "forum:ann", "not-mine", "forum:fan0"], 2, "not held to be");
    said(&["correct", "forum:ann", "not-mine", "forum:ann"], 2, "itself");
    said(&["correct", "forum:fan0", "not-praise", "forum:r1"], 1, "no interaction");
    said(&["correct", "forum:ann", "not-praise", "r1"], 2, "network:id");
    said(
        &["correct", "forum:ann", "not-praise", "forum:r1", "--since", "2026-01-01"],
        2,
        "--since",
    );
    said(&["correct", "decide", "7", "accept", "--why", "x"], 2, "no case 7");
    world.ok(&["correct", "forum:ann", "not-praise", "forum:r1"]);
    said(&["correct", "decide", "1", "accept", "--why", " "], 2, "reason");
    world.ok(&["correct", "decide", "1", "decline", "--why", "It is praise"]);
    said(&["correct", "decide", "1", "accept", "--why", "Changed"], 2, "was declined");
}

#[test]
fn whoever_is_erased_is_gone_from_the_cases_of_others_and_from_who_looked() {
    let world = world();
    world.ok(&["correct", "forum:ann", "not-praise", "forum:r0"]);
    world.ok(&["correct", "decide", "1", "decline", "--why", "As @fan0 meant it"]);
    world.ok(&["correct", "forum:fan0", "not-praise", "forum:r0"]);
    world.ok(&["who", "forum:fan0"]);
    world.ok(&["forget", "forum:fan0"]);
    let cases = world.json(&["correct", "list", "--all"]);
    assert_eq!(cases.as_array().unwrap().len(), 1);
    assert_eq!(cases[0]["why"], "[erased]");
    let catalogue = std::fs::read(world.path("workspace").join("catalogue.sqlite")).unwrap();
    assert!(!catalogue.windows(4).any(|window| window == b"fan0"));
}
