//! Everything held about a person comes out for that person, and others keep their rights in it.

mod common;

use common::{World, row};
use std::os::unix::fs::PermissionsExt;

const AT: &str = "2026-01-01T00:00:00Z";
const ROSTER: &str = "name,email,role,organisation,since,deals,consent,accounts\n\
    Ann <b>Lee</b>,ann@x.example,customer,Wexford,2025-01-01,7,given,forum:ann git:ann\n\
    Bo,,,,,3,objected,forum:bo\nCy,,,,,1,,forum:cy\n";

fn with_text(row: String, text: &str) -> String {
    row.replace("\"visibility\"", &format!("\"text\":\"{text}\",\"visibility\""))
}

fn world() -> World {
    let world = World::new();
    let mut rows = String::new();
    for i in 0..5 {
        rows += &row(&format!("r{i}"), AT, "reshare", &format!("fan{i}"), "ann", "public");
    }
    rows += &with_text(row("b", AT, "reply", "bo", "ann", "public"), "words of bo");
    rows += &with_text(row("p", AT, "message", "cy", "ann", "private"), "words of cy");
    rows += &with_text(row("o", AT, "message", "ann", "cy", "private"), "own words <script>");
    rows += &row("taken", AT, "like", "ann", "cy", "public");
    rows += "{\"id\":\"u\",\"at\":\"2026-01-02T00:00:00Z\",\"network\":\"forum\",\"verb\":\"undo\",\"actor\":\"ann\",\"object\":\"taken\"}\n";
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    world.ok(&["people", "import", &world.file("crm.csv", ROSTER)]);
    world.ok(&["score", "general"]);
    world
}

fn file(world: &World, name: &str) -> String {
    let path = world.path(name);
    world.ok(&["access", "forum:ann", "--to", &path.display().to_string()]);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn everything_held_comes_out_with_its_source_and_who_looked() {
    let world = world();
    world.ok(&["who", "forum:ann"]);
    world.ok(&["explain", "git:ann", "general"]);
    world.ok(&["rank", "general"]);
    let held: serde_json::Value = serde_json::from_str(&file(&world, "ann.json")).unwrap();
    assert_eq!(held["accounts"], serde_json::json!(["forum:ann", "git:ann"]));
    assert_eq!(held["names"][0]["source"], "roster:crm");
    assert_eq!(held["roles"][0]["organisation"], "Wexford");
    assert_eq!(held["attributes"][0]["name"], "deals");
    assert_eq!(held["attributes"][0]["value"].as_f64(), Some(7.0));
    assert_eq!(held["consents"][0]["said"], "given");
    assert!(held["claims"][0]["says"].as_str().unwrap().contains("git:ann"));
    assert_eq!(held["scores"][0]["definition"], "general");
    assert!(!held["scores"][0]["parts"].as_array().unwrap().is_empty());
    let looks: Vec<&str> =
        held["looks"].as_array().unwrap().iter().map(|l| l["what"].as_str().unwrap()).collect();
    assert_eq!(looks, ["who", "explain general@1", "rank general@1"]);
    let again = world.json(&["access", "forum:ann"]);
    assert_eq!(again["looks"].as_array().unwrap().last().unwrap()["what"], "access");
    assert_eq!(again["interactions"], serde_json::json!({"by": 3, "toward": 7}));
    assert_eq!(held["items"].as_array().unwrap().len(), 10, "undone ones too");
}

#[test]
fn others_are_named_only_where_the_item_is_public_and_they_do_not_refuse() {
    let world = world();
    for name in ["ann.json", "ann.html"] {
        let text = file(&world, name);
        assert!(text.contains("forum:fan1"), "{name}");
        for hidden in ["forum:bo", "words of bo", "forum:cy", "words of cy"] {
            // Cy is named as the target of a like that was public.
            let public = hidden == "forum:cy";
            assert_eq!(text.contains(hidden), public, "{name}: {hidden}");
        }
        assert!(text.contains("own words"), "{name}");
    }
    let held: serde_json::Value = serde_json::from_str(&file(&world, "ann.json")).unwrap();
    let item = |verb: &str, direction: &str| {
        let items = held["items"].as_array().unwrap().iter();
        let mut found = items.filter(|i| i["verb"] == verb && i["direction"] == direction);
        found.next().unwrap().clone()
    };
    assert_eq!(item("reply", "toward")["withheld"], "refuses");
    assert_eq!(item("message", "toward")["withheld"], "private");
    assert!(item("message", "toward")["id"].is_null());
    assert!(item("message", "by")["other"].is_null());
    assert_eq!(item("like", "by")["other"], "forum:cy");
}

#[test]
fn the_page_stands_alone_and_escapes_what_came_from_outside() {
    let world = world();
    let page = file(&world, "ann.html");
    assert!(page.starts_with("<!DOCTYPE html>"), "{}", &page[..60]);
    assert!(
        page.contains("Ann &lt;b&gt;Lee&lt;/b&gt;") && page.contains("own words &lt;script&gt;")
    );
    for foreign in ["<script", "<b>", "http://", "https://", "<link", "<img", "url(", "@import"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(page.contains("width=device-width") && page.contains("overflow-x"));
    let wrong = world.run(&["access", "forum:ann", "--to", "ann.pdf"]);
    assert!(wrong.code == 2 && wrong.err.contains(".json or .html"), "{}", wrong.err);
}

#[test]
fn whoever_objected_sees_what_is_left_and_no_scores() {
    let world = world();
    world.ok(&["object", "git:ann"]);
    let held: serde_json::Value = serde_json::from_str(&file(&world, "ann.json")).unwrap();
    for empty in ["names", "roles", "attributes", "scores"] {
        assert_eq!(held[empty], serde_json::json!([]), "{empty}");
    }
    assert_eq!(held["standing"], "refused");
    assert_eq!(held["accounts"], serde_json::json!(["forum:ann", "git:ann"]));
    assert_eq!(held["items"].as_array().unwrap().len(), 10);
    let stranger = world.run(&["access", "forum:nobody"]);
    assert!(stranger.code == 1 && stranger.err.contains("unknown"), "{}", stranger.err);
}

#[test]
fn looks_name_the_operator_who_is_set() {
    let world = world();
    let settings = world.path("workspace").join("tertius.toml");
    std::fs::write(&settings, "operator = \"Dana\"\nlooks = \"400d\"\n").unwrap();
    world.ok(&["who", "forum:ann"]);
    let looks = world.json(&["access", "forum:ann"])["looks"].clone();
    assert_eq!(looks[0]["source"], "Dana");
    std::fs::write(&settings, "looks = \"soon\"\n").unwrap();
    let wrong = world.run(&["who", "forum:ann"]);
    assert!(wrong.code == 2 && wrong.err.contains("looks"), "{}", wrong.err);
}
