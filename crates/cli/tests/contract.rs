//! What scripts rely on: fields, exit codes, acknowledgements.

mod common;

use common::{World, fernhill, row};
use std::io::Write;

#[test]
fn a_file_read_again_adds_nothing() {
    let world = World::new();
    let first = world.json(&["ingest", &fernhill("interactions.ndjson")]);
    assert_eq!(first["read"], first["accepted"]);
    assert_eq!(first["rejected"], 0);
    assert!(first["rejects_file"].is_null());
    let again = world.json(&["ingest", &fernhill("interactions.ndjson")]);
    assert_eq!(again["accepted"], 0);
    assert_eq!(again["duplicates"], first["read"]);
}

#[test]
fn what_is_on_the_disk_is_acknowledged_line_by_line() {
    let world = World::new();
    let ran = world.ok(&["ingest", &fernhill("interactions.ndjson"), "--format", "json"]);
    let last: serde_json::Value = serde_json::from_str(ran.err.lines().last().unwrap()).unwrap();
    assert_eq!(last["committed"], ran.json()["accepted"]);
    assert!(last["offset"].as_u64().unwrap() > 0 && last["file"].is_string());
    assert_eq!(world.json(&["verify"])["interactions"], last["committed"]);
}

#[test]
fn a_score_explains_itself_and_its_points_add_up() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    world.ok(&["people", "import", &fernhill("people.csv")]);
    let scored = world.json(&["score"]);
    assert!(scored.as_array().unwrap().len() >= 3);
    for one in scored.as_array().unwrap() {
        let definition = one["definition"].as_str().unwrap();
        if one["scored"] == 0 {
            continue;
        }
        let list = world.json(&["rank", definition, "--limit", "100"]);
        assert_eq!(list[0]["rank"], 1);
        for person in list.as_array().unwrap() {
            let id = person["person"].as_str().unwrap();
            let explained = world.json(&["explain", id, definition]);
            let parts = explained["parts"].as_array().unwrap();
            let sum: f64 = parts.iter().map(|part| part["points"].as_f64().unwrap()).sum();
            assert_eq!(sum, explained["score"].as_f64().unwrap(), "{definition} {id}");
            assert_eq!(explained["score"], person["score"]);
            assert!(parts.iter().all(|part| !part["because"].as_array().unwrap().is_empty()));
        }
    }
}

#[test]
fn without_evidence_there_is_no_score() {
    let world = World::new();
    let text: String = ["a", "b"]
        .iter()
        .map(|actor| row(actor, "2026-01-01T00:00:00Z", "reshare", actor, "star", "public"))
        .collect();
    let more: String = ["c", "d", "e"]
        .iter()
        .map(|actor| row(actor, "2026-01-01T00:00:00Z", "reshare", actor, "sun", "public"))
        .collect();
    world.ok(&["ingest", &world.file("rows.ndjson", text + &more)]);
    world.ok(&["score", "general"]);
    let explained = world.json(&["explain", "forum:star", "general"]);
    assert!(explained["score"].is_null());
    assert_eq!(explained["state"], "not enough evidence");
    assert!(world.json(&["explain", "forum:sun", "general"])["score"].is_f64());
}

#[test]
fn wrong_use_is_2_and_a_failure_1() {
    let world = World::new();
    assert_eq!(world.run(&["ingest"]).code, 2);
    assert_eq!(world.run(&["rank", "nonsense"]).code, 2);
    let missing = world.run(&["ingest", "missing.ndjson"]);
    assert_eq!(missing.code, 1);
    assert!(missing.err.contains("missing.ndjson"), "{}", missing.err);
    let none = world.run(&["score"]);
    assert!(none.code == 1 && none.err.contains("tertius ingest"), "{}", none.err);
}

#[test]
fn verify_without_a_workspace_says_so_and_is_0() {
    let world = World::new();
    let ran = world.ok(&["verify", "--format", "json"]);
    assert_eq!(ran.json()["ok"], true);
    assert!(ran.err.contains("no workspace"));
    assert!(!world.path("workspace").exists());
}

#[test]
fn rejected_rows_are_kept_with_their_reason_and_fail_only_under_strict() {
    let world = World::new();
    let good = row("1", "2026-01-01T00:00:00Z", "like", "a", "b", "public");
    let bad = row("2", "1969-12-31T23:59:59Z", "like", "a", "b", "public");
    let file = world.file("rows.ndjson", format!("{good}{{\"half\n{bad}"));
    let ran = world.run(&["ingest", &file, "--strict", "--format", "json"]);
    assert_eq!(ran.code, 3);
    let summary = ran.json();
    assert_eq!((summary["read"].as_u64(), summary["accepted"].as_u64()), (Some(3), Some(1)));
    let rejects = std::fs::read_to_string(summary["rejects_file"].as_str().unwrap()).unwrap();
    let rejects: Vec<serde_json::Value> =
        rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rejects[0]["line"], 2);
    assert_eq!((rejects[1]["line"].as_u64(), rejects[1]["field"].as_str()), (Some(3), Some("at")));
    assert!(rejects[1]["raw"].as_str().unwrap().contains("1969"));
    assert_eq!(world.run(&["ingest", &file]).code, 0);
}

#[test]
fn a_truncated_gz_keeps_its_whole_rows_and_fails() {
    let world = World::new();
    let text: String = (0..5_000)
        .map(|i| {
            row(&i.to_string(), "2026-01-01T00:00:00Z", "like", &format!("a{i}"), "b", "public")
        })
        .collect();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text.as_bytes()).unwrap();
    let mut bytes = gz.finish().unwrap();
    bytes.truncate(bytes.len() / 2);
    let ran = world.run(&["ingest", &world.file("rows.ndjson.gz", bytes), "--format", "json"]);
    assert_eq!(ran.code, 1);
    let accepted = ran.json()["accepted"].as_u64().unwrap();
    assert!(accepted > 1_000 && accepted < 5_000, "{accepted}");
    assert_eq!(world.json(&["verify"])["interactions"], accepted);
}

#[test]
fn accounts_are_merged_and_split_again_without_a_trace() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    let person =
        |account: &str| world.json(&["who", account])["person"].as_str().unwrap().to_owned();
    let before = (person("discourse:tomas"), person("mastodon:tomas@garden.example"));
    assert_ne!(before.0, before.1);
    world.ok(&["people", "merge", "discourse:tomas", "mastodon:tomas@garden.example"]);
    assert_eq!(person("discourse:tomas"), person("mastodon:tomas@garden.example"));
    // Ids given out before keep working.
    assert_eq!(person(&before.0), person(&before.1));
    world.ok(&["people", "split", "mastodon:tomas@garden.example"]);
    assert_eq!((person("discourse:tomas"), person("mastodon:tomas@garden.example")), before);
}

#[test]
fn a_changed_definition_needs_a_new_version() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    world.ok(&["definition", "new", &world.path("mine.toml").display().to_string()]);
    let text = std::fs::read_to_string(world.path("mine.toml")).unwrap();
    world.ok(&["definition", "check", "mine.toml"]);
    world.ok(&["score", "./mine.toml"]);
    world.file("mine.toml", text.replace("weight = 2.0", "weight = 3.0"));
    let ran = world.run(&["score", "./mine.toml"]);
    assert!(ran.code == 1 && ran.err.contains("version"), "{}", ran.err);
    world.file(
        "mine.toml",
        text.replace("weight = 2.0", "weight = 3.0").replace("version = 1 ", "version = 2 "),
    );
    world.ok(&["score", "./mine.toml"]);
}

#[test]
fn a_definitions_faults_are_named_all_at_once_with_their_lines() {
    let world = World::new();
    let file = world.file("bad.toml", "name = \"bad\"\nversion = 0\nquestion = \"?\"\npurpose = \"credit\"\n[[signal]]\nname = \"reach.engagerz\"\nweight = -1\n");
    let ran = world.run(&["definition", "check", &file, "--format", "json"]);
    assert_eq!(ran.code, 1);
    let checked = ran.json();
    let lines: Vec<u64> = checked["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["line"].as_u64().unwrap())
        .collect();
    for line in [2, 4, 6, 7] {
        assert!(lines.contains(&line), "{line} in {checked}");
    }
}

#[test]
fn where_nobody_has_enough_evidence_the_list_says_so() {
    let world = World::new();
    let rows = row("1", "2026-01-01T00:00:00Z", "reshare", "a", "b", "public");
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let scored = world.ok(&["score", "general"]);
    assert!(scored.err.contains("enough evidence"), "{}", scored.err);
    let list = world.ok(&["rank", "general", "--format", "json"]);
    assert_eq!(list.json(), serde_json::json!([]));
    assert!(list.err.contains("0 of 2 people"), "{}", list.err);
    assert_eq!(world.json(&["explain", "forum:b", "general"])["state"], "not enough evidence");
}

#[test]
fn where_no_signal_has_a_value_it_is_not_evidence_that_is_said_to_be_missing() {
    let world = World::new();
    let rows = ["a", "b", "c"]
        .map(|actor| row(actor, "2026-01-01T00:00:00Z", "reshare", actor, "star", "public"));
    world.ok(&["ingest", &world.file("rows.ndjson", rows.concat())]);
    let definition = "name = \"spotters\"\nversion = 1\nquestion = \"Who spots things?\"\n\
                      purpose = \"community\"\nprojection = { layers = { reshare = 1.0 } }\n\n\
                      [[signal]]\nname = \"early.lead\"\nweight = 1.0\nnormalise = \"rank\"\nwhy = \"It leads.\"\n";
    let scored = world.ok(&["score", &world.file("spotters.toml", definition)]);
    assert!(scored.err.contains("none of its signals has a value"), "{}", scored.err);
    assert!(scored.err.contains("early.lead: Nowhere did two people"), "{}", scored.err);
}

#[test]
fn a_changed_fit_is_found_before_it_changes_a_score() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    world.ok(&["score", "general"]);
    assert_eq!(world.ok(&["verify"]).code, 0);
    let path = world.path("workspace/fits/general@1.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let at = text.rfind("values").unwrap() + 20;
    let digit = text[at..].find(|c: char| c.is_ascii_digit()).unwrap() + at;
    let other = if &text[digit..=digit] == "1" { "2" } else { "1" };
    std::fs::write(&path, format!("{}{other}{}", &text[..digit], &text[digit + 1..])).unwrap();
    for call in ["verify", "score"] {
        let ran = world.run(&[call]);
        assert!(ran.code == 1 && (ran.out + &ran.err).contains("general@1.json"), "{call}");
    }
}
