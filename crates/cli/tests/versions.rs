//! New versions of a definition come without shocks: previewed, then published, and the old one stays.

mod common;

use common::{World, fernhill};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

const MINE: &str = r#"
name = "mine"
version = 1
question = "Who is it?"
purpose = "community"
visibility = ["public", "community"]
[[signal]]
name = "authority.rank"
why = "A test."
[[signal]]
name = "reach.engagers"
weight = 1
why = "A test."
"#;

fn second() -> String {
    MINE.replace("version = 1", "version = 2").replace("weight = 1", "weight = 3")
}

fn fernhill_world() -> World {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    world.ok(&["people", "import", &fernhill("people.csv")]);
    world
}

/// Every file below a folder, but for SQLite's own.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        if path.is_dir() {
            all.extend(files(&path));
        } else if !name.contains(".sqlite") {
            all.insert(name, std::fs::read(&path).unwrap());
        }
    }
    all
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn a_preview_says_who_moves_and_why_and_stores_nothing() {
    let world = fernhill_world();
    world.ok(&["definition", "publish", &world.file("mine.toml", MINE)]);
    let before = files(&world.path("workspace"));
    let next = world.file("next.toml", second());
    let preview = world.json(&["definition", "preview", &next, "--limit", "100"]);
    assert_eq!(files(&world.path("workspace")), before);

    assert_eq!((&preview["against"], &preview["version"]), (&json!("mine@1"), &json!(2)));
    assert_eq!(preview["differences"], json!(["reach.engagers now weighs 3 instead of 1"]));
    let (up, down) = (preview["up"].as_array().unwrap(), preview["down"].as_array().unwrap());
    assert!(!up.is_empty() && !down.is_empty(), "{preview}");
    // What it promises is what comes.
    world.ok(&["score", &next]);
    for one in up.iter().chain(down) {
        let id = one["person"].as_str().unwrap();
        let (before, after, moved) =
            (number(&one["before"]), number(&one["after"]), number(&one["moved"]));
        assert_eq!(number(&world.json(&["explain", id, "mine@1"])["score"]), before);
        assert_eq!(number(&world.json(&["explain", id, "mine@2"])["score"]), after);
        assert_eq!(after - before, moved);
        let because = one["because"].as_array().unwrap();
        assert_eq!(because.iter().map(|reason| number(&reason["points"])).sum::<f64>(), moved);
        let texts: Vec<&str> =
            because.iter().map(|reason| reason["text"].as_str().unwrap()).collect();
        assert!(
            texts.iter().any(|text| text.starts_with("reach.engagers now weighs 3 instead of 1: ")),
            "{texts:?}"
        );
    }
    assert!(up.iter().all(|one| number(&one["moved"]) > 0.0));
    assert!(down.iter().all(|one| number(&one["moved"]) < 0.0));
    let pair = world.json(&["compare", "mine@1", "mine@2"]);
    for measure in ["kendall_tau", "spearman", "people"] {
        assert_eq!(preview[measure], pair[measure]);
    }

    // Groups, worked out from the people.
    let people = number(&preview["moves"]["people"]);
    let moves: Vec<f64> = up.iter().chain(down).map(|one| number(&one["moved"])).collect();
    let mean = moves.iter().sum::<f64>() / people;
    assert!((number(&preview["moves"]["mean"]) - mean).abs() < 1e-12);
    let large = moves.iter().filter(|moved| moved.abs() > 5.0).count() as f64 / people;
    assert_eq!(number(&preview["moves"]["large"]), large);
    let groups = preview["groups"].as_array().unwrap();
    let group = |by: &str, name: Value| {
        groups.iter().find(|group| group["by"] == by && group["group"] == name)
    };
    let forum: Vec<f64> = up
        .iter()
        .chain(down)
        .filter(|one| one["accounts"].to_string().contains("discourse:"))
        .map(|one| number(&one["moved"]))
        .collect();
    let discourse = group("network", json!("discourse")).unwrap();
    let mean = forum.iter().sum::<f64>() / number(&discourse["people"]);
    assert!((number(&discourse["mean"]) - mean).abs() < 1e-12, "{discourse}");
    assert!(group("role", json!("customer")).is_some());
    assert!(groups.iter().all(|group| number(&group["people"]) >= 5.0));

    let table = world.ok(&["definition", "preview", &next, "--format", "table"]).out;
    assert!(
        table.contains("Rise most") && table.contains("reach.engagers now weighs 3"),
        "{table}"
    );
}

#[test]
fn who_is_newly_scored_and_who_no_longer_is_named() {
    let world = fernhill_world();
    world.ok(&["score", "general"]);
    let wide = MINE.replace(
        "[[signal]]\nname = \"auth",
        "evidence = { min_engagers = 1 }\n[[signal]]\nname = \"auth",
    );
    let preview = world.json(&[
        "definition",
        "preview",
        &world.file("wide.toml", wide),
        "--against",
        "general",
        "--limit",
        "100",
    ]);
    let newly = preview["newly_scored"].clone();
    let count = number(&newly["count"]);
    assert!(count > 0.0 && newly["people"].as_array().unwrap().len() as f64 == count, "{newly}");
    assert_eq!(
        number(&preview["scored"][1]) - number(&preview["scored"][0]),
        count - number(&preview["dropped"]["count"])
    );
    for one in newly["people"].as_array().unwrap() {
        let id = one["person"].as_str().unwrap();
        assert!(world.json(&["explain", id, "general"])["score"].is_null());
    }
    let narrow = MINE.replace(
        "[[signal]]\nname = \"auth",
        "evidence = { min_engagers = 99 }\n[[signal]]\nname = \"auth",
    );
    let preview = world.json(&[
        "definition",
        "preview",
        &world.file("narrow.toml", narrow),
        "--against",
        "general",
    ]);
    assert_eq!((&preview["moves"]["people"], &preview["moves"]["mean"]), (&json!(0), &Value::Null));
    assert_eq!(preview["dropped"]["count"], preview["scored"][0]);
    assert!(preview["reason"].is_string() && preview["kendall_tau"].is_null(), "{preview}");
    let table = world
        .ok(&["definition", "preview", "narrow.toml", "--against", "general", "--format", "table"])
        .out;
    assert!(!table.contains("NaN") && table.contains("Nobody has both scores"), "{table}");
}

#[test]
fn the_newest_published_version_is_the_default_and_the_old_one_can_be_asked() {
    let world = fernhill_world();
    let first = world.json(&["definition", "publish", &world.file("mine.toml", MINE)]);
    assert!(first["replaces"].is_null());
    let old = world.json(&["rank", "mine"]);
    let published = world.json(&["definition", "publish", &world.file("mine.toml", second())]);
    assert_eq!(published["replaces"], "mine@1");
    assert_eq!(published["version"], 2);
    let new = world.json(&["rank", "mine"]);
    assert_ne!(new, old);
    assert_eq!(world.json(&["rank", "mine@1"]), old);
    assert_eq!(world.json(&["rank", "mine@2"]), new);
    let id = old[0]["person"].as_str().unwrap();
    for (name, version, list) in [("mine", 2, &new), ("mine@1", 1, &old), ("mine@2", 2, &new)] {
        let of = |value: &Value| value["person"] == id;
        let score = &list.as_array().unwrap().iter().find(|one| of(one)).unwrap()["score"];
        let explained = world.json(&["explain", id, name]);
        assert_eq!((&explained["version"], &explained["score"]), (&json!(version), score));
        let who = world.json(&["who", id, "--definition", name]);
        assert_eq!(
            (&who["scores"][0]["version"], &who["scores"][0]["score"]),
            (&json!(version), score)
        );
    }
    // Scoring everything scores the newest; the old one on demand, also without the file that it came from.
    let all = world.json(&["score"]);
    let mine: Vec<&Value> =
        all.as_array().unwrap().iter().filter(|one| one["definition"] == "mine").collect();
    assert_eq!((mine.len(), &mine[0]["version"]), (1, &json!(2)));
    assert_eq!(world.json(&["score", "mine@1"])[0]["version"], 1);
    std::fs::remove_file(world.path("mine.toml")).unwrap();
    assert_eq!(world.json(&["rank", "mine@1"]), old);
    // Again is the same.
    let again = world.json(&["definition", "publish", published["file"].as_str().unwrap()]);
    assert_eq!((&again["hash"], &again["replaces"]), (&published["hash"], &published["replaces"]));
    assert_eq!(world.json(&["rank", "mine"]), new);
}

#[test]
fn a_new_version_of_a_shipped_definition_leaves_the_shipped_one() {
    let world = fernhill_world();
    world.ok(&["score", "helpers"]);
    let text = serde_json::from_slice::<Value>(
        &std::fs::read(world.path("workspace/fits/helpers@1.json")).unwrap(),
    );
    let text = text.unwrap()["definition"].as_str().unwrap().to_owned();
    let changed = text.replace("weight = 2.0", "weight = 1.0");
    let refused = world.run(&["definition", "publish", &world.file("own.toml", &changed)]);
    assert!(refused.code == 2 && refused.err.contains("raise the version"), "{}", refused.err);
    world.ok(&[
        "definition",
        "publish",
        &world.file("own.toml", changed.replace("version = 1", "version = 2")),
    ]);
    let known = world.json(&["definitions"]);
    let versions: Vec<&Value> = known
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["name"] == "helpers")
        .map(|one| &one["version"])
        .collect();
    assert_eq!(versions, [&json!(1), &json!(2)]);
    assert_eq!(world.json(&["score", "helpers"])[0]["version"], 2);
    assert_eq!(world.json(&["score", "helpers@1"])[0]["version"], 1);
}

#[test]
fn a_version_says_one_thing_for_ever() {
    let world = fernhill_world();
    let file = world.file("mine.toml", MINE);
    world.ok(&["definition", "publish", &file]);
    let changed = world.file("changed.toml", MINE.replace("weight = 1", "weight = 2"));
    for call in [["definition", "publish", &changed], ["score", "-q", &changed]] {
        let refused = world.run(&call);
        assert!(refused.code != 0 && refused.err.contains("version"), "{call:?}: {}", refused.err);
    }
    // Comments are no change.
    world.ok(&[
        "definition",
        "publish",
        &world.file("said.toml", format!("# More about it.\n{MINE}")),
    ]);
    // A preview shows it all the same, and says what to do before publishing.
    let ran = world.ok(&["definition", "preview", &changed, "--format", "json"]);
    assert!(
        ran.json()["differences"].as_array().unwrap().len() == 1
            && ran.err.contains("raise the version"),
        "{}",
        ran.err
    );
    // An older version than the newest would never be the default.
    world.ok(&[
        "definition",
        "publish",
        &world.file("five.toml", MINE.replace("version = 1", "version = 5")),
    ]);
    let older = world.run(&["definition", "publish", &world.file("two.toml", second())]);
    assert!(
        older.code == 2 && older.err.contains("mine@5") && older.err.contains("to 6"),
        "{}",
        older.err
    );
    // What was scored from a file is as fixed as what was published.
    let other = MINE.replace("\"mine\"", "\"other\"");
    world.ok(&["score", &world.file("other.toml", &other)]);
    let refused = world.run(&[
        "definition",
        "publish",
        &world.file("other.toml", other.replace("weight = 1", "weight = 2")),
    ]);
    assert!(refused.code == 2 && refused.err.contains("raise the version"), "{}", refused.err);
    // A draft in the workspace's folder that says otherwise than the published version is found at once.
    let draft = world.path("workspace/definitions/draft.toml");
    std::fs::write(&draft, MINE.replace("weight = 1", "weight = 2")).unwrap();
    let refused = world.run(&["definitions"]);
    assert!(refused.code == 2 && refused.err.contains("draft.toml"), "{}", refused.err);
}

#[test]
fn what_can_t_be_previewed_or_published_is_said_with_what_to_do() {
    let world = World::new();
    let file = world.file("mine.toml", MINE);
    for what in ["preview", "publish"] {
        let ran = world.run(&["definition", what, &file]);
        assert!(ran.code != 0, "{what}");
        let missing = world.run(&["definition", what, "missing.toml"]);
        assert!(missing.code == 1 && missing.err.contains("missing.toml"), "{}", missing.err);
        let wrong = world.run(&["definition", what, &world.file("wrong.toml", "name = 3\n")]);
        assert!(wrong.code == 2 && wrong.err.contains("wrong.toml:1:8"), "{}", wrong.err);
    }
    assert!(!world.path("workspace").exists());
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    let alone = world.run(&["definition", "preview", &file]);
    assert!(alone.code == 2 && alone.err.contains("--against"), "{}", alone.err);
    let unknown = world.run(&["definition", "preview", &file, "--against", "nonsense"]);
    assert!(unknown.code == 2 && unknown.err.contains("nonsense"), "{}", unknown.err);
    // Against one that was never scored, it is said how.
    let ran =
        world.ok(&["definition", "preview", &file, "--against", "general", "--format", "json"]);
    assert!(ran.err.contains("never scored"), "{}", ran.err);
    assert!(!world.path("workspace/fits").exists() && !world.path("workspace/scorecards").exists());
}
