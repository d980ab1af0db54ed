//! Communities belong to the fit: scores are made, made again and explained on the same ones, or not at all.

mod common;

use common::{World, fernhill, row};
use std::path::PathBuf;

const DEFINITION: &str = r#"
name = "bridges"
version = 1
question = "Who connects communities?"
purpose = "community"
evidence = { min_engagers = 2 }
[[signal]]
name = "brokerage.disparity"
normalise = "rank"
why = "Communities that have little to do with each other."
[[signal]]
name = "reach.two_steps"
normalise = "log"
why = "People at second hand."
"#;

/// The files of communities in the workspace.
fn kept(world: &World) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(world.path("workspace/fits")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "communities")).collect()
}

#[test]
fn later_scores_use_the_communities_of_the_first() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    let definition = world.file("bridges.toml", DEFINITION);
    let first = world.json(&["score", &definition]);
    assert!(first[0]["scored"].as_u64().unwrap() > 5, "{first}");
    let files = kept(&world);
    assert_eq!(files.len(), 1);
    let bytes = std::fs::read(&files[0]).unwrap();

    let top = world.json(&["rank", &definition, "--limit", "1"])[0].clone();
    let account = top["accounts"][0].as_str().unwrap();
    let explained = world.json(&["explain", account, &definition]);
    let points: f64 = explained["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["points"].as_f64().unwrap())
        .sum();
    assert_eq!(Some(points), explained["score"].as_f64());
    assert_eq!(world.json(&["score", &definition])[0]["snapshot"], first[0]["snapshot"]);

    // Newcomers among themselves, who would be a community if people were grouped anew.
    let later: String = ["a b", "b c", "c a", "b a", "c b", "a c"]
        .iter()
        .enumerate()
        .map(|(k, pair)| {
            let (actor, target) = pair.split_once(' ').unwrap();
            let at = explained["as_of"].as_str().unwrap();
            row(&format!("later{k}"), at, "reply", actor, target, "public")
        })
        .collect();
    world.ok(&["ingest", &world.file("later.ndjson", later)]);
    let again = world.json(&["score", &definition]);
    assert_ne!(again[0]["snapshot"], first[0]["snapshot"]);
    assert!(again[0]["people"].as_u64() > first[0]["people"].as_u64());
    assert_eq!(kept(&world), files);
    assert_eq!(std::fs::read(&files[0]).unwrap(), bytes);
    assert_eq!(world.json(&["verify"])["ok"], true);
}

#[test]
fn communities_that_were_changed_or_lost_are_refused() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    let definition = world.file("bridges.toml", DEFINITION);
    world.ok(&["score", &definition]);
    let file = kept(&world).remove(0);
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let refused = world.run(&["score", &definition]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.contains("communities") && refused.err.contains("backup"),
        "{}",
        refused.err
    );
    assert_eq!(world.run(&["verify"]).code, 1);
    std::fs::remove_file(&file).unwrap();
    let lost = world.run(&["score", &definition]);
    assert!(lost.code == 1 && lost.err.contains("communities"), "{}", lost.err);
}
