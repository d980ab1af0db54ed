//! The firm: sides over time, logo and systems that are no people, and the orders of engagement.

mod common;

use common::{World, fernhill};
use serde_json::Value;

const FIRM: &str = r#"
name = "Acme"
sides = { inside = ["employee"], edge = ["partner"], outside = ["customer"] }
house = ["forum:acme"]
systems = ["forum:bot"]
brand = { names = ["Acme Flow"] }
places = ["forum:acme.example"]
"#;

/// A row of the forum; `rest` holds further fields.
fn row(id: &str, at: &str, verb: &str, actor: &str, target: &str, rest: &str) -> String {
    let target = if target.is_empty() { String::new() } else { format!(r#","target":"{target}""#) };
    format!(
        "{{\"id\":\"{id}\",\"at\":\"2026-{at}T12:00:00Z\",\"network\":\"forum\",\"verb\":\"{verb}\",\"actor\":\"{actor}\"{target}{rest}}}\n"
    )
}

fn count(orders: &Value, order: &str) -> u64 {
    let all = orders["orders"].as_array().unwrap();
    all.iter().find(|one| one["order"] == order).unwrap()["interactions"].as_u64().unwrap()
}

fn world() -> World {
    let world = World::new();
    let roster = "name,role,organisation,team,since,until,accounts\n\
        Eve,employee,Acme,Sales,2026-01-01,2026-03-01,forum:eve\n\
        Eve,customer,Basel,,2026-03-01,,forum:eve\n\
        Ed,employee,Acme,Sales,2025-01-01,,forum:ed\n\
        Paul,partner,Partner AG,,2025-01-01,,forum:paul\n\
        Ben,employee,Basel,,2025-01-01,,forum:ben\n";
    let rows = [
        row("1", "02-01", "reply", "eve", "ed", ""),
        // Eve has left: the same two people are now on two sides.
        row("2", "03-05", "reply", "eve", "ed", ""),
        row("3", "03-06", "like", "ben", "acme", ""),
        row("4", "03-07", "reply", "bot", "ben", ""),
        row("5", "03-08", "post", "paul", "", r#","object":"p5","text":"I like acme flow.""#),
        row("6", "03-09", "reply", "ben", "paul", r#","object":"p6","in_reply_to":"p5""#),
        row("7", "03-10", "answer", "ben", "cat", r#","url":"https://acme.example/t/1""#),
        row("8", "03-11", "reply", "ben", "cat", ""),
        row("9", "03-12", "post", "ed", "", r#","object":"p9","text":"Acme Flow is out.""#),
        row("10", "03-12", "follow", "cat", "ben", ""),
    ];
    world.ok(&["ingest", &world.file("rows.ndjson", rows.concat())]);
    world.ok(&["people", "import", &world.file("people.csv", roster)]);
    world.ok(&["firm", "use", &world.file("firm.toml", FIRM)]);
    world
}

#[test]
fn every_interaction_is_judged_by_both_ends_at_its_own_time() {
    let world = world();
    let orders = world.json(&["orders"]);
    let expected = [
        ("first", 1),
        ("second-people", 1),
        ("second-house", 1),
        ("second-system", 1),
        ("third-use", 1),
        ("third-voice", 2),
        ("ambient", 2),
    ];
    for (order, interactions) in expected {
        assert_eq!(count(&orders, order), interactions, "{order}: {orders:#}");
    }
    assert_eq!(orders["interactions"], 9);
    let table = world.ok(&["orders", "--format", "table"]).out;
    assert!(table.contains("Paul post: I like acme flow."), "{table}");
}

#[test]
fn another_organisation_can_stand_in_the_middle() {
    let orders = world().json(&["orders", "--organisation", "Basel"]);
    // Ben alone works there: his four exchanges cross its boundary, and nothing binds the rest to it.
    assert_eq!(count(&orders, "second-people"), 5, "{orders:#}");
    assert_eq!(count(&orders, "first"), 0);
    assert_eq!(count(&orders, "third-voice") + count(&orders, "third-use"), 0);
}

#[test]
fn small_teams_are_counted_together() {
    let orders = world().json(&["orders"]);
    let teams = orders["orders"][1]["teams"].as_array().unwrap();
    assert_eq!(teams.len(), 1);
    assert_eq!(teams[0]["name"], "smaller teams");
}

#[test]
fn the_logo_and_the_bot_are_no_people_and_lift_nobody() {
    let world = World::new();
    let mut rows = String::new();
    for (i, actor) in ["a", "b", "c", "acme", "bot"].iter().enumerate() {
        rows += &row(&format!("t{i}"), "02-01", "reshare", actor, "tess", "");
        rows += &row(&format!("u{i}"), "02-01", "reshare", actor, "uma", "");
    }
    for (i, actor) in ["a", "b", "c", "d"].iter().enumerate() {
        rows += &row(&format!("h{i}"), "02-02", "reshare", actor, "acme", "");
    }
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let engagers = |world: &World| {
        let path = world.path("signals.csv").display().to_string();
        world.ok(&["export", "signals", "--to", &path]);
        let text = std::fs::read_to_string(path).unwrap();
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().unwrap().split(',').collect();
        let column = header.iter().position(|name| *name == "reach.engagers").unwrap();
        let mut counts: Vec<String> =
            lines.map(|line| line.split(',').nth(column).unwrap().to_owned()).collect();
        counts.sort();
        counts
    };
    let before = engagers(&world);
    assert_eq!(before.iter().filter(|n| *n == "5").count(), 2, "{before:?}");
    world.ok(&["firm", "use", &world.file("firm.toml", FIRM)]);
    let after = engagers(&world);
    // Tess and Uma keep the three people who reshared them; the logo keeps its four.
    assert_eq!(after.iter().filter(|n| *n == "3").count(), 2, "{after:?}");
    world.ok(&["score", "general"]);
    let ranked = world.json(&["rank", "general"]);
    let ranked: Vec<&str> =
        ranked.as_array().unwrap().iter().filter_map(|one| one["accounts"][0].as_str()).collect();
    assert!(ranked.contains(&"forum:tess") && !ranked.contains(&"forum:acme"), "{ranked:?}");
    let people = world.path("people.csv").display().to_string();
    world.ok(&["export", "people", "--to", &people]);
    let people = std::fs::read_to_string(people).unwrap();
    assert!(people.lines().any(|line| line.contains("forum:acme") && line.contains(",house,")));
    assert!(people.lines().any(|line| line.contains("forum:bot") && line.contains(",system,")));
}

#[test]
fn a_faulty_firm_is_refused_and_the_one_in_use_stays() {
    let world = world();
    let faulty =
        world.file("faulty.toml", "name = \"X\"\nsides = { inside = [] }\nhouse = [\"x\"]\n");
    let checked = world.run(&["firm", "check", &faulty, "--format", "table"]);
    assert_eq!(checked.code, 1);
    for place in ["faulty.toml:2:", "faulty.toml:3:"] {
        assert!(checked.out.contains(place), "{}", checked.out);
    }
    let used = world.run(&["firm", "use", &faulty]);
    assert!(used.code == 2 && used.err.contains("faulty.toml:3:"), "{}", used.err);
    assert!(world.ok(&["firm", "show", "--format", "table"]).out.contains("Acme"));
    let none = World::new().run(&["firm", "show"]);
    assert!(none.code == 1 && none.err.contains("tertius firm use FILE"), "{}", none.err);
}

#[test]
fn the_example_firm_is_right() {
    let world = World::new();
    world.ok(&["firm", "check", &fernhill("firm.toml")]);
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    world.ok(&["people", "import", &fernhill("people.csv")]);
    world.ok(&["firm", "use", &fernhill("firm.toml")]);
    let orders = world.json(&["orders"]);
    for order in ["second-people", "third-use", "ambient"] {
        assert!(count(&orders, order) > 0, "{order}");
    }
}
