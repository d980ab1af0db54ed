//! Two definitions side by side, or all: how far they agree, and about whom they don't.

mod common;

use common::{World, fernhill, row};

fn fernhill_scored() -> World {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    world.ok(&["people", "import", &fernhill("people.csv")]);
    world.ok(&["score"]);
    world
}

/// A definition of one signal.
fn one_signal(name: &str, signal: &str) -> String {
    format!(
        "name = \"{name}\"\nversion = 1\nquestion = \"A test?\"\npurpose = \"test\"\n[[signal]]\nname = \"{signal}\"\nwhy = \"A test.\"\n"
    )
}

#[test]
fn the_people_who_differ_most_come_with_both_scores() {
    let world = fernhill_scored();
    let pair = world.json(&["compare", "helpers", "general", "--limit", "3"]);
    assert!(pair["people"].as_u64().unwrap() > 3, "{pair}");
    for measure in ["kendall_tau", "spearman"] {
        let value = pair[measure].as_f64().unwrap();
        assert!((-1.0..=1.0).contains(&value), "{pair}");
    }
    let movers = pair["movers"].as_array().unwrap();
    assert_eq!(movers.len(), 3);
    for mover in movers {
        let id = mover["person"].as_str().unwrap();
        let scores: Vec<f64> = mover["scores"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["score"].as_f64().unwrap())
            .collect();
        for (definition, score) in ["helpers", "general"].iter().zip(&scores) {
            assert_eq!(world.json(&["explain", id, definition])["score"].as_f64(), Some(*score));
        }
        assert_eq!(mover["difference"].as_f64(), Some((scores[0] - scores[1]).abs()));
    }
    let most: Vec<f64> = movers.iter().map(|one| one["difference"].as_f64().unwrap()).collect();
    assert!(most.is_sorted_by(|a, b| a >= b), "{most:?}");
}

#[test]
fn the_matrix_says_of_each_pair_what_the_pair_says() {
    let world = fernhill_scored();
    let matrix = world.json(&["compare"]);
    let names: Vec<&str> = matrix["definitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["definition"].as_str().unwrap())
        .collect();
    assert!(names.len() >= 3, "{matrix}");
    for (i, a) in names.iter().enumerate() {
        for (j, b) in names.iter().enumerate() {
            let pair = world.json(&["compare", a, b]);
            for measure in ["kendall_tau", "spearman", "people"] {
                assert_eq!(matrix[measure][i][j], pair[measure], "{a} {b} {measure}");
                assert_eq!(matrix[measure][j][i], pair[measure], "{b} {a} {measure}");
            }
        }
        // A question that too few can answer here orders nobody.
        if ["general", "helpers", "openers"].contains(a) {
            assert_eq!(matrix["kendall_tau"][i][i], 1.0);
        }
    }
    assert!(!matrix["movers"].as_array().unwrap().is_empty());
}

#[test]
fn the_same_definition_twice_agrees_with_itself_and_is_said_to_be_one() {
    let world = fernhill_scored();
    let ran = world.ok(&["compare", "general", "general@1", "--format", "json"]);
    let pair = ran.json();
    assert_eq!((&pair["kendall_tau"], &pair["spearman"]), (&1.0.into(), &1.0.into()));
    assert_eq!(pair["movers"], serde_json::json!([]));
    assert!(ran.err.contains("same definition"), "{}", ran.err);
}

#[test]
fn what_is_unknown_or_was_never_scored_is_said_with_what_to_do() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    let none = world.run(&["compare"]);
    assert!(none.code == 1 && none.err.contains("tertius score"), "{}", none.err);
    world.ok(&["score", "general"]);
    let unknown = world.run(&["compare", "general", "nonsense"]);
    assert!(unknown.code == 2 && unknown.err.contains("nonsense"), "{}", unknown.err);
    let unscored = world.run(&["compare", "general", "helpers"]);
    assert!(
        unscored.code == 1 && unscored.err.contains("tertius score helpers"),
        "{}",
        unscored.err
    );
    assert_eq!(world.run(&["compare", "general"]).code, 2);
    assert_eq!(world.run(&["compare", "general", "helpers", "openers"]).code, 2);
    let alone = world.json(&["compare"]);
    assert_eq!(alone["kendall_tau"], serde_json::json!([[1.0]]));
}

#[test]
fn nobody_or_one_in_common_and_equal_scores_give_a_reason_and_no_number() {
    let world = World::new();
    let mut rows = String::new();
    // Each of five has the same three people around them, so that their values are equal.
    for subject in 0..5 {
        for i in 0..3 {
            let (from, to) = (format!("p{subject}-{i}"), format!("s{subject}"));
            rows += &row(
                &format!("{from}{to}"),
                "2026-01-01T00:00:00Z",
                "reshare",
                &from,
                &to,
                "public",
            );
        }
    }
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let equal = world.file("equal.toml", one_signal("equal", "reach.engagers"));
    let other = world.file("other.toml", one_signal("other", "authority.rank"));
    let nobody = world.file(
        "nobody.toml",
        one_signal("nobody", "reach.engagers")
            .replace("[[signal]]", "evidence = { min_engagers = 99 }\n[[signal]]"),
    );
    world.ok(&["score", &equal, &other, &nobody]);
    for (a, b, people, why) in
        [("equal", "other", 5, "same score"), ("equal", "nobody", 0, "fewer than two")]
    {
        let pair = world.json(&["compare", a, b]);
        assert!(pair["kendall_tau"].is_null() && pair["spearman"].is_null(), "{pair}");
        assert_eq!(pair["people"], people);
        assert!(pair["reason"].as_str().unwrap().contains(why), "{pair}");
        let table = world.ok(&["compare", a, b, "--format", "table"]).out;
        assert!(table.contains(why) && !table.contains("NaN"), "{table}");
    }
    assert!(world.json(&["compare"])["kendall_tau"][0][1].is_null());
}
