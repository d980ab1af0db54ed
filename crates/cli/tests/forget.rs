//! `forget` says clearly what it did, what it did not, and whom it did not find.

mod common;

use common::{World, fernhill, row};
use std::path::Path;

/// Whether a text is in any file of the workspace that is not packed.
fn bytes_hold(dir: &Path, text: &str) -> Vec<String> {
    let mut held = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            held.extend(bytes_hold(&path, text));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            if bytes.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text.as_bytes())) {
                held.push(path.display().to_string());
            }
        }
    }
    held
}

#[test]
fn a_person_goes_with_all_accounts_and_old_scores_point_at_nobody() {
    let world = World::new();
    let sources = [fernhill("interactions.ndjson"), fernhill("people.csv")];
    world.ok(&["ingest", &sources[0]]);
    world.ok(&["people", "import", &sources[1]]);
    world.ok(&["score"]);
    world.ok(&["people", "merge", "discourse:mara", "mastodon:milo@garden.example"]);
    let before = world.json(&["verify"])["interactions"].as_u64().unwrap();
    let planned = world.json(&["forget", "discourse:mara", "--dry-run"]);
    let accounts: Vec<&str> =
        planned["accounts"].as_array().unwrap().iter().map(|a| a.as_str().unwrap()).collect();
    assert!(accounts.contains(&"mastodon:milo@garden.example"), "{accounts:?}");
    assert_eq!(world.json(&["verify"])["interactions"].as_u64(), Some(before));

    let ran = world.ok(&["forget", "discourse:mara", "--format", "json"]);
    let receipt = ran.json();
    assert_eq!(receipt["accounts"].as_u64(), Some(accounts.len() as u64));
    assert!(receipt["done"].is_string() && receipt["people_rows"].as_u64() > Some(0));
    assert!(!ran.out.contains("milo"), "the receipt names what was not typed: {}", ran.out);
    assert!(ran.err.contains("milo"), "the operator is told of every account: {}", ran.err);
    let removed = receipt["interactions"].as_u64().unwrap();
    assert!(removed > 0);
    assert_eq!(world.json(&["verify"])["interactions"].as_u64(), Some(before - removed));
    for name in ["mara", "milo@garden"] {
        assert_eq!(bytes_hold(&world.path("workspace"), name), [""; 0]);
    }
    // Scores from before.
    for call in [&["rank", "general", "--limit", "1000"][..], &["rank", "helpers"]] {
        let shown = world.ok(call).out;
        assert!(!shown.contains("mara") && !shown.contains("without an account"), "{shown}");
    }
    for call in [&["who", "discourse:mara"][..], &["explain", "discourse:mara", "general"]] {
        let ran = world.run(call);
        assert!(ran.code == 1 && ran.err.contains("unknown here"), "{}", ran.err);
    }
    // The sources again.
    let again = world.ok(&["ingest", &sources[0], "--strict", "--format", "json"]);
    let summary = again.json();
    assert_eq!(summary["erased"].as_u64(), Some(removed));
    assert_eq!((summary["accepted"].as_u64(), summary["rejects_file"].is_null()), (Some(0), true));
    assert!(again.err.contains("somebody in them was erased") && !again.err.contains("mara"));
    let imported = world.ok(&["people", "import", &sources[1], "--format", "json"]);
    assert!(imported.err.contains("was erased"), "{}", imported.err);
    world.ok(&["score"]);
    let out = world.path("people.csv").display().to_string();
    world.ok(&["export", "people", "--to", &out]);
    assert!(!std::fs::read_to_string(&out).unwrap().contains("mara"));
    assert_eq!(bytes_hold(&world.path("workspace"), "mara"), [""; 0]);

    let twice = world.ok(&["forget", "discourse:mara", "--format", "table"]).out;
    assert!(twice.contains("had been erased before"), "{twice}");
    let listed = world.json(&["forget", "--list"]);
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(world.json(&["forget", "--finish"])["finished"], 0);
}

#[test]
fn who_can_not_be_meant_is_told_apart_and_nothing_is_done() {
    let world = World::new();
    let none = world.run(&["forget", "forum:a"]);
    assert!(none.code == 1 && none.err.contains("no workspace"), "{}", none.err);
    let mut rows = String::new();
    for i in 0..3 {
        rows +=
            &row(&format!("r{i}"), "2026-01-01T00:00:00Z", "like", "a", &format!("b{i}"), "public");
    }
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    for (asked, code, says) in [
        ("forum:nobody", 1, "nothing is held about them"),
        ("12345", 1, "nothing is held about them"),
        ("alice", 2, "is no account"),
    ] {
        let ran = world.run(&["forget", "forum:a", asked]);
        assert!(ran.code == code && ran.err.contains(says), "{asked}: {}", ran.err);
        // One slip, and nothing was done for the others.
        assert_eq!(world.json(&["verify"])["interactions"], 3);
    }
    assert_eq!(world.run(&["forget"]).code, 2);
    // By a person's number.
    let person = world.json(&["who", "forum:b1"])["person"].as_str().unwrap().to_owned();
    let receipt = world.json(&["forget", &person]);
    assert_eq!(
        (receipt["accounts"].as_u64(), receipt["interactions"].as_u64()),
        (Some(1), Some(1))
    );
    // Somebody who objected can be erased too.
    world.ok(&["people", "import", &world.file("r.csv", "accounts,consent\nforum:b2,objected\n")]);
    assert_eq!(world.run(&["who", "forum:b2"]).code, 1);
    assert_eq!(world.json(&["forget", "forum:b2"])["interactions"], 1);
    assert_eq!(world.json(&["verify"])["interactions"], 1);
}

#[test]
fn a_workspace_without_its_secret_takes_nothing_in_and_says_why() {
    let world = World::new();
    let rows =
        world.file("rows.ndjson", row("r", "2026-01-01T00:00:00Z", "like", "a", "b", "public"));
    world.ok(&["ingest", &rows]);
    world.ok(&["forget", "forum:a"]);
    let secret = world.path("workspace/secrets/erasure.keys");
    let kept = std::fs::read(&secret).unwrap();
    std::fs::remove_file(&secret).unwrap();
    let ran = world.run(&["ingest", &rows]);
    assert!(ran.code == 1 && ran.err.contains("copy of the secrets"), "{}", ran.err);
    std::fs::write(&secret, kept).unwrap();
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let ran = world.run(&["ingest", &rows]);
    assert!(ran.code == 1 && ran.err.contains("chmod 0600"), "{}", ran.err);
}
