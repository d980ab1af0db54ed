//! A copy is whole, is made while others write, and obeys what was decided after it was made.

mod common;

use common::{World, fernhill, row};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn filled() -> World {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    world.ok(&["people", "import", &fernhill("people.csv")]);
    world.ok(&["score", "general"]);
    world
}

fn holds(dir: &Path, text: &str) -> Vec<String> {
    let mut held = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            held.extend(holds(&path, text));
        } else if std::fs::read(&path).unwrap().windows(text.len()).any(|b| b == text.as_bytes()) {
            held.push(path.display().to_string());
        }
    }
    held
}

#[test]
fn who_was_erased_or_objected_after_the_copy_does_not_come_back_with_it() {
    let world = filled();
    let (copy, keys) = (world.path("copy"), world.path("keys"));
    let (copy, keys) = (copy.to_str().unwrap(), keys.to_str().unwrap());
    let early = world.path("early").display().to_string();
    let early_keys = world.path("early-keys").display().to_string();
    world.ok(&["backup", &early, "--with-secrets", &early_keys]);
    world.ok(&["forget", "discourse:aiko"]);
    let shown = world.ok(&["backup", copy, "--with-secrets", keys, "--format", "json"]);
    assert_eq!(std::fs::metadata(keys).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!world.path("copy/secrets").exists() && !world.path("copy/rejects").exists());
    let interactions = world.json(&["verify"])["interactions"].clone();
    assert_eq!(shown.json()["interactions"], interactions);

    let removed = world.json(&["forget", "discourse:mara"])["interactions"].as_u64().unwrap();
    world.ok(&[
        "people",
        "import",
        &world.file("no.csv", "accounts,consent\ndiscourse:nele,objected\n"),
    ]);
    world.ok(&["object", "discourse:tara"]);
    assert!(!holds(&world.path("copy"), "mara").is_empty(), "the copy is of before");
    std::fs::rename(world.path("workspace"), world.path("lost")).unwrap();

    let without = world.run(&["restore", copy]);
    assert!(without.code == 1 && without.err.contains("--secrets"), "{}", without.err);
    assert!(!world.path("workspace").exists() && !world.path("workspace.tertius-part").exists());
    let restored = world.ok(&["restore", copy, "--secrets", keys, "--format", "json"]);
    let left = interactions.as_u64().unwrap() - removed;
    assert_eq!(restored.json()["interactions"], left);
    assert_eq!(holds(&world.path("workspace"), "mara"), [""; 0]);
    assert_eq!(world.json(&["verify"])["ok"], true);
    assert!(world.run(&["who", "discourse:mara"]).err.contains("unknown here"));
    assert!(world.run(&["who", "discourse:nele"]).err.contains("refusal"));
    assert!(world.run(&["who", "discourse:tara"]).err.contains("refusal"));
    assert_eq!(holds(&world.path("workspace"), "Nele Okafor"), [""; 0]);
    let again = world.ok(&["ingest", &fernhill("interactions.ndjson"), "--format", "json"]).json();
    assert_eq!(again["accepted"], 0);
    world.ok(&["rank", "general"]);
    assert_eq!(world.json(&["verify"])["interactions"], left);
    // Secrets that were kept before anybody was erased open the list as well.
    std::fs::rename(world.path("workspace"), world.path("later")).unwrap();
    world.ok(&["restore", &early, "--secrets", &early_keys]);
    assert!(world.run(&["who", "discourse:mara"]).err.contains("unknown here"));
    assert!(world.run(&["who", "discourse:aiko"]).err.contains("unknown here"));
    // What is noted beside it names nobody.
    let noted = std::fs::read_to_string(world.path("workspace.suppressions")).unwrap();
    for name in ["mara", "nele", "aiko", "discourse"] {
        assert!(!noted.contains(name), "{noted}");
    }
}

#[test]
fn a_restore_that_can_not_obey_or_is_not_whole_is_refused_and_leaves_nothing() {
    let world = filled();
    let copy = world.path("copy").display().to_string();
    world.ok(&["backup", &copy]);
    // Neither is overwritten.
    let ran = world.run(&["backup", &copy]);
    assert!(ran.code == 1 && ran.err.contains("not overwritten"), "{}", ran.err);
    let ran = world.run(&["restore", &copy]);
    assert!(ran.code == 1 && ran.err.contains("not overwritten"), "{}", ran.err);
    let inside = world.path("workspace/copy").display().to_string();
    let ran = world.run(&["backup", &inside]);
    assert!(ran.code == 1 && ran.err.contains("inside the workspace"), "{}", ran.err);
    let ran = world.run_in("other", &["restore", &copy]);
    assert!(ran.code == 1 && ran.err.contains("--without-suppressions"), "{}", ran.err);
    let ran = world.run_in("other", &["restore", &fernhill(""), "--without-suppressions"]);
    assert!(ran.code == 1 && ran.err.contains("is no backup"), "{}", ran.err);
    let ran = world.run_in("other", &["restore", &copy, "--without-suppressions"]);
    assert!(ran.code == 0 && ran.err.contains("nothing was applied"), "{}", ran.err);
    let same = |a: &str, b: &str| {
        let [a, b] = [a, b].map(|name| {
            let out = world.path("rows.csv").display().to_string();
            assert_eq!(world.run_in(name, &["export", "interactions", "--to", &out]).code, 0);
            let rows = std::fs::read(&out).unwrap();
            std::fs::remove_file(out).unwrap();
            rows
        });
        assert_eq!(a, b);
    };
    same("workspace", "other");
    // With the file of the first, by name.
    let noted = world.path("workspace.suppressions").display().to_string();
    let ran = world.run_in("third", &["restore", &copy, "--suppressions", &noted]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    same("workspace", "third");
    // One byte.
    let victim = world.path("copy/segments/00000001.parquet");
    let mut bytes = std::fs::read(&victim).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&victim, bytes).unwrap();
    let ran = world.run_in("fourth", &["restore", &copy, "--without-suppressions"]);
    assert!(ran.code == 1 && ran.err.contains("00000001.parquet"), "{}", ran.err);
    assert!(!world.path("fourth").exists() && !world.path("fourth.tertius-part").exists());
    let path = std::fs::read_to_string(world.path("copy/manifest.json")).unwrap();
    let outside = path.replace("segments/00000001.parquet", "../outside");
    std::fs::write(world.path("copy/manifest.json"), outside).unwrap();
    let ran = world.run_in("fourth", &["restore", &copy, "--without-suppressions"]);
    assert!(ran.code == 1 && ran.err.contains("outside of it"), "{}", ran.err);
}

#[test]
fn a_copy_that_is_made_while_rows_come_in_is_of_one_moment() {
    let world = World::new();
    let at = "2026-01-01T00:00:00Z";
    for file in 0..3 {
        let rows: String = (0..2_000)
            .map(|i| row(&format!("r{file}-{i}"), at, "like", &format!("a{i}"), "b", "public"))
            .collect();
        world.file(&format!("rows{file}.ndjson"), rows);
    }
    let path = |file: usize| world.path(&format!("rows{file}.ndjson")).display().to_string();
    world.ok(&["ingest", &path(0)]);
    let copies: Vec<String> = std::thread::scope(|scope| {
        scope.spawn(|| {
            for file in [1, 2] {
                world.ok(&["ingest", &path(file)]);
            }
        });
        (0..3)
            .map(|i| {
                let copy = world.path(&format!("copy{i}")).display().to_string();
                world.ok(&["backup", &copy]);
                copy
            })
            .collect()
    });
    for (i, copy) in copies.iter().enumerate() {
        let name = format!("restored{i}");
        // Nobody was erased or objected, and that stands beside the workspace too.
        let noted = world.path("workspace.suppressions").display().to_string();
        let ran = world.run_in(&name, &["restore", copy, "--suppressions", &noted]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let verdict = world.run_in(&name, &["verify", "--format", "json"]).json();
        let rows = verdict["interactions"].as_u64().unwrap();
        assert!(verdict["ok"] == true && rows.is_multiple_of(2_000) && rows > 0, "{verdict}");
    }
}

#[test]
fn keeping_for_a_time_is_said_once_and_then_by_cron() {
    let world = World::new();
    let mut rows = String::new();
    for (id, at) in [("old", "2012-07-01T00:00:00Z"), ("new", "2026-11-20T00:00:00Z")] {
        rows += &row(id, at, "like", "a", id, "public");
    }
    let rows = world.file("rows.ndjson", rows);
    world.ok(&["ingest", &rows]);
    assert_eq!(world.run(&["retain"]).code, 2);
    let planned = world.json(&["retain", "3650d", "--dry-run"]);
    assert_eq!(
        (planned["done"].as_bool(), planned["interactions"].as_u64()),
        (Some(false), Some(1))
    );
    assert_eq!(world.json(&["verify"])["interactions"], 2);
    let done = world.json(&["retain", "3650d"]);
    assert_eq!((done["interactions"].as_u64(), done["accounts"].as_u64()), (Some(1), Some(1)));
    assert_eq!(world.json(&["retain"])["interactions"], 0);
    assert_eq!(world.json(&["ingest", &rows])["expired"], 1);
    let ran = world.run(&["retain", "1h"]);
    assert!(ran.code == 1 && ran.err.contains("--everything"), "{}", ran.err);
    world.ok(&["retain", "--stop"]);
    assert_eq!(world.json(&["ingest", &rows])["accepted"], 1);
}

#[test]
fn secrets_are_rotated_and_never_shown() {
    let world = filled();
    assert!(world.json(&["secrets", "list"])[0]["key"].is_null());
    world.ok(&["forget", "discourse:mara"]);
    world.ok(&["secrets", "rotate", "erasure"]);
    world.ok(&["forget", "discourse:nele"]);
    let shown = world.ok(&["secrets", "list", "--format", "json"]);
    assert_eq!(shown.json().as_array().unwrap().len(), 2);
    let stored = std::fs::read_to_string(world.path("workspace/secrets/erasure.keys")).unwrap();
    for line in stored.lines().skip(1) {
        assert!(!shown.out.contains(line.rsplit(' ').next().unwrap()));
    }
    let again = world.json(&["ingest", &fernhill("interactions.ndjson")]);
    assert_eq!(again["accepted"], 0);
    assert!(again["erased"].as_u64() > Some(0));
    assert_eq!(world.run(&["secrets", "rotate", "webhooks"]).code, 2);
}
