//! How scores change over time, what is kept of earlier ones, and that nothing published ever changes.

mod common;

use common::{World, fernhill, row};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Whole scorecards and what is left of older ones, without what lies beside them for old Klout clients.
fn cards(world: &World, version: &str) -> BTreeMap<String, Vec<u8>> {
    let dir = world.path("workspace/scorecards").join(version);
    let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let kept = |path: &PathBuf| path.extension().is_some_and(|end| end == "card" || end == "past");
    files.filter(kept).map(|path| (name(&path), std::fs::read(&path).unwrap())).collect()
}

/// The score that `who` shows under a definition.
fn shown(world: &World, account: &str, definition: &str) -> serde_json::Value {
    let portrait = world.json(&["who", account, "--definition", definition]);
    portrait["scores"][0].clone()
}

fn explained(world: &World, account: &str, as_of: &str) -> f64 {
    world.json(&["explain", account, "general", "--as-of", as_of])["score"].as_f64().unwrap()
}

fn fernhill_world() -> World {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    world.ok(&["people", "import", &fernhill("people.csv")]);
    world
}

#[test]
fn a_change_is_told_against_the_newest_card_at_least_that_old() {
    let world = fernhill_world();
    // 1.5, 8 and 29.5 days before: nothing is a month old yet.
    let moments = [
        "2026-10-30T00:00:00Z",
        "2026-10-28T12:00:00Z",
        "2026-10-22T00:00:00Z",
        "2026-09-30T12:00:00Z",
    ];
    world.ok(&["score", "general", "--as-of", moments[0]]);
    let delta = shown(&world, "discourse:mara", "general")["delta"].clone();
    assert_eq!(delta, serde_json::json!({"day": null, "week": null, "month": null}));
    let mut scores = vec![explained(&world, "discourse:mara", moments[0])];
    for moment in &moments[1..] {
        world.ok(&["score", "general", "--as-of", moment]);
        scores.push(explained(&world, "discourse:mara", moment));
    }
    let delta = shown(&world, "discourse:mara", "general")["delta"].clone();
    assert_eq!(delta["day"].as_f64(), Some(scores[0] - scores[1]));
    assert_eq!(delta["week"].as_f64(), Some(scores[0] - scores[2]));
    assert!(delta["month"].is_null() && scores[0] != scores[2], "{delta}");
    // 61 days are no month; 31 days are.
    world.ok(&["score", "general", "--as-of", "2026-08-30T00:00:00Z"]);
    assert!(shown(&world, "discourse:mara", "general")["delta"]["month"].is_null());
    world.ok(&["score", "general", "--as-of", "2026-09-29T00:00:00Z"]);
    let before = explained(&world, "discourse:mara", "2026-09-29T00:00:00Z");
    let delta = shown(&world, "discourse:mara", "general")["delta"].clone();
    assert_eq!(delta["month"].as_f64(), Some(scores[0] - before));
    let text = world.ok(&["who", "discourse:mara", "--format", "table"]).out;
    assert!(text.contains(" in a day, ") && text.contains(" in a month"), "{text}");
    // Another version has no past, and borrows none.
    let mine = std::fs::read_to_string(world.path("workspace/fits/general@1.json")).unwrap();
    let text = serde_json::from_str::<serde_json::Value>(&mine).unwrap()["definition"]
        .as_str()
        .unwrap()
        .to_owned();
    let second = world.file("second.toml", text.replace("version = 1", "version = 2"));
    world.ok(&["score", &second, "--as-of", moments[0]]);
    assert!(shown(&world, "discourse:mara", "general@2")["delta"]["week"].is_null());
    assert!(shown(&world, "discourse:mara", "general@1")["delta"]["week"].is_f64());
}

#[test]
fn a_whole_past_is_scored_in_one_call_and_kept_by_days_and_weeks() {
    let world = fernhill_world();
    let scored =
        world.json(&["score", "general", "--as-of", "2026-10-31", "--since", "2026-07-31"]);
    assert_eq!(scored.as_array().unwrap().len(), 93);
    let delta = shown(&world, "discourse:mara", "general")["delta"].clone();
    let files = cards(&world, "general@1");
    let count = |ending: &str| files.keys().filter(|name| name.ends_with(ending)).count();
    // The newest three and the last one published; 35 days before today's; before that a card a week.
    assert_eq!(count(".card"), 4);
    assert_eq!(count(".past"), 33 + 9, "{:?}", files.keys());
    assert_eq!(world.json(&["verify"])["scorecards"], 46);
    // What is kept says what the whole cards said.
    let now = explained(&world, "discourse:mara", "2026-10-31");
    for (span, moment) in [("day", "2026-10-30"), ("week", "2026-10-24"), ("month", "2026-10-01")] {
        let whole = world.run(&["explain", "discourse:mara", "general", "--as-of", moment]);
        if span != "day" {
            assert!(whole.code == 1 && whole.err.contains("--as-of 2026-10-"), "{}", whole.err);
            world.ok(&["score", "general", "--as-of", moment]);
        }
        let before = explained(&world, "discourse:mara", moment);
        assert_eq!(delta[span].as_f64(), Some(now - before), "{span}");
    }
    // Making a card again that is no longer whole gives it its old number, and it goes the same way.
    let again = cards(&world, "general@1");
    assert!(again.keys().all(|name| name.contains("-000001.")), "{:?}", again.keys());
    for (name, bytes) in again.iter().filter(|(name, _)| name.ends_with(".past")) {
        assert_eq!(files.get(name), Some(bytes), "{name}");
    }
    assert_eq!(world.run(&["score", "general", "--since", "2027-01-01"]).code, 2);
}

#[test]
fn late_rows_make_a_new_card_and_leave_the_published_one_as_it_was() {
    let world = World::new();
    let at = "2026-01-10T00:00:00Z";
    let mut rows = String::new();
    for (target, count) in [("star", 6), ("sun", 4), ("moon", 3)] {
        for i in 0..count {
            rows +=
                &row(&format!("{target}{i}"), at, "reshare", &format!("a{i}"), target, "public");
        }
    }
    world.ok(&["ingest", &world.file("rows.ndjson", &rows)]);
    let first = world.json(&["score", "general"]);
    assert_eq!(first[0]["number"], 1);
    let published = cards(&world, "general@1");
    assert_eq!(published.len(), 1);
    let (name, bytes) = published.first_key_value().unwrap();
    let before = shown(&world, "forum:moon", "general")["score"].as_f64().unwrap();

    // They happened earlier, and came later.
    let late: String = (0..9)
        .map(|i| {
            row(
                &format!("late{i}"),
                "2026-01-09T00:00:00Z",
                "reshare",
                &format!("b{i}"),
                "moon",
                "public",
            )
        })
        .collect();
    world.ok(&["ingest", &world.file("late.ndjson", late)]);
    let ran = world.ok(&["score", "general", "--format", "json"]);
    assert_eq!(
        (&ran.json()[0]["number"], &ran.json()[0]["as_of"]),
        (&2.into(), &first[0]["as_of"])
    );
    assert!(ran.err.contains("card 2 of this moment holds"), "{}", ran.err);
    let now = cards(&world, "general@1");
    assert_eq!(now.len(), 2);
    assert_eq!(&now[name], bytes);
    assert!(shown(&world, "forum:moon", "general")["score"].as_f64().unwrap() > before);
    // Once more changes nothing.
    assert_eq!(world.json(&["score", "general"])[0]["number"], 2);
    assert_eq!(cards(&world, "general@1"), now);
    assert_eq!(world.json(&["verify"])["ok"], true);
}

#[test]
fn a_damaged_file_of_the_past_is_named_by_verify_and_hides_nothing_else() {
    let world = fernhill_world();
    world.ok(&["score", "general", "--as-of", "2026-10-31", "--since", "2026-10-20"]);
    let before = shown(&world, "discourse:mara", "general");
    assert!(before["delta"]["week"].is_f64());
    let damaged =
        cards(&world, "general@1").into_iter().find(|(name, _)| name.contains(&week_before()));
    let (name, mut bytes) = damaged.unwrap();
    bytes[60] ^= 1;
    std::fs::write(world.path("workspace/scorecards/general@1").join(&name), bytes).unwrap();
    let verdict = world.run(&["verify", "--format", "json"]);
    assert!(verdict.code == 1 && verdict.out.contains(&name), "{}", verdict.out);
    let after = shown(&world, "discourse:mara", "general");
    assert_eq!(after["score"], before["score"]);
    // The card of the day before stands in.
    assert!(after["delta"]["week"].is_f64() && after["delta"]["day"] == before["delta"]["day"]);
}

/// The moment 2026-10-24 as names of files write it.
fn week_before() -> String {
    "001792800000000000".to_owned()
}

#[test]
fn whoever_had_two_scores_before_a_merge_has_no_change_to_tell_yet() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    for moment in ["2026-10-30", "2026-10-31"] {
        world.ok(&["score", "general", "--as-of", moment]);
    }
    let accounts = ["discourse:tomas", "mastodon:tomas@garden.example"];
    for account in accounts {
        assert!(shown(&world, account, "general")["delta"]["day"].is_f64(), "{account}");
    }
    world.ok(&["people", "merge", accounts[0], accounts[1]]);
    world.ok(&["score", "general", "--as-of", "2026-10-31"]);
    let merged = shown(&world, accounts[0], "general");
    assert!(merged["score"].is_f64() && merged["delta"]["day"].is_null(), "{merged}");
    // The day before, made again with both as one, is something to compare with.
    world.ok(&["score", "general", "--as-of", "2026-10-30"]);
    assert!(shown(&world, accounts[0], "general")["delta"]["day"].is_f64());
}
