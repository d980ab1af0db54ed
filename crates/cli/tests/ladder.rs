//! The way from customer to partner: rungs by hand, and climbs that are planted.

mod common;

use common::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn row(
    id: &str,
    at: &str,
    verb: &str,
    actor: &str,
    target: Option<&str>,
    visibility: &str,
) -> String {
    let target = target.map_or(String::new(), |target| format!("\"target\":\"{target}\","));
    format!(
        "{{\"id\":\"{id}\",\"object\":\"{id}\",\"at\":\"{at}T00:00:00Z\",\"network\":\"forum\",\"verb\":\"{verb}\",\"actor\":\"{actor}\",{target}\"visibility\":\"{visibility}\"}}\n"
    )
}

fn climbs() -> World {
    let world = World::new();
    let mut rows = String::new();
    // Ada asks and is answered from inside, then helps, then contributes. Bo only asks. Shy objected. Eve's message is private.
    for (id, at, verb, actor, target, visibility) in [
        ("a1", "2026-01-01", "post", "ada", None, "community"),
        ("i1", "2026-01-02", "reply", "ina", Some("ada"), "community"),
        ("b1", "2026-01-03", "post", "bo", None, "community"),
        ("s1", "2026-01-03", "contribute", "shy", Some("ina"), "community"),
        ("e1", "2026-01-04", "message", "eve", Some("ina"), "private"),
        ("a2", "2026-02-10", "reply", "ada", Some("bo"), "community"),
        ("b2", "2026-02-11", "post", "bo", None, "community"),
        ("a3", "2026-03-10", "contribute", "ada", Some("acme"), "community"),
        ("c3", "2026-03-31", "post", "cy", None, "community"),
    ] {
        rows += &row(id, at, verb, actor, target, visibility);
    }
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let roster = "name,role,accounts,consent\nIna,employee,forum:ina,\nAda,customer,forum:ada,\nShy,customer,forum:shy,objected\n";
    world.ok(&["people", "import", &world.file("people.csv", roster)]);
    let firm = "name = \"Acme\"\nsides = { inside = [\"employee\"] }\nhouse = [\"forum:acme\"]\nplaces = [\"forum:*\"]\n";
    world.ok(&["firm", "use", &world.file("firm.toml", firm)]);
    world
}

#[test]
fn rungs_and_moves_are_those_of_what_people_did() {
    let world = climbs();
    let found = world.json(&["ladder", "--period", "30d", "--window", "90d"]);
    let periods: Vec<&Value> =
        found["periods"].as_array().unwrap().iter().map(|one| &one["people"]).collect();
    assert_eq!(
        periods,
        [&json!([1, 2, 0, 0, 0]), &json!([1, 1, 1, 0, 0]), &json!([1, 1, 0, 0, 1])],
        "{found:#}"
    );
    let moves = &found["movements"][0]["people"];
    assert_eq!(
        (&moves[1][2], &moves[1][1], &moves[0][0]),
        (&json!(1), &json!(1), &json!(1)),
        "{found:#}"
    );
    assert_eq!(found["climbs"], 3, "{found:#}");
    let first = &found["climbers"][0];
    assert_eq!(
        (&first["name"], &first["from"], &first["to"]),
        (&json!("Ada"), &json!("engages"), &json!("contributes"))
    );
    // Of those who engaged in one period and could be compared, Ada climbed after an answer from inside and Bo stayed without one.
    let answered = &found["preceded"][0];
    assert!(answered["climbed"].as_f64() > answered["others"].as_f64(), "{found:#}");
    let text = world.ok(&["ladder", "--period", "30d", "--window", "90d", "--format", "table"]).out;
    assert!(text.contains("Ada: from engages to contributes") && !text.contains("Shy"), "{text}");
}

#[test]
fn too_short_a_past_an_organisation_of_nobody_and_an_empty_time_get_an_answer() {
    let world = climbs();
    let found = world.json(&["ladder", "--period", "120d", "--window", "120d"]);
    assert!(found["movements"].as_array().unwrap().is_empty() && found["climbs"] == 0);
    assert!(found["notes"].to_string().contains("--period"), "{found:#}");
    for call in [["--organisation", "Nobody Ltd"], ["--as-of", "2020-01-01"]] {
        let found = world.json(&[&["ladder"][..], &call].concat());
        assert!(
            found["climbers"].as_array().unwrap().is_empty() || call[0] == "--organisation",
            "{found:#}"
        );
    }
}

#[test]
fn planted_climbs_are_found() {
    let config = simulate::Config {
        seed: 3,
        people: 8_000,
        interactions: Some(800_000),
        ..simulate::Config::default()
    };
    let made = simulate::World::new(config).unwrap();
    let world = World::new();
    let written = simulate::write::files(&made, &world.path("world"), 0).unwrap();
    let forum = world.path("world").join("forum.csv").display().to_string();
    world.ok(&["ingest", &forum]);
    world.ok(&["people", "import", &written.people.display().to_string()]);
    world.ok(&["firm", "use", &written.firm.display().to_string()]);
    let found = world.json(&["ladder", "--period", "60d", "--window", "180d", "--limit", "100000"]);
    let up: BTreeSet<&str> = found["climbers"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["to"] == "contributes")
        .flat_map(|one| one["accounts"].as_array().unwrap().iter().filter_map(Value::as_str))
        .collect();
    // Whoever refuses is in no report, and who is silent in the last third can't be seen to have climbed.
    let mut late: BTreeSet<u32> = BTreeSet::new();
    let last = made.config().end.0 - 60 * tertius::DAY;
    made.play(0, &mut |event: &simulate::Event| {
        if event.verb == simulate::Verb::Contribute && event.at > last {
            late.insert(event.actor.person());
        }
    });
    let name = |person: u32| {
        made.account_name(simulate::AccountRef::new(person, simulate::Network::Discourse))
    };
    let planted: Vec<u32> = made.planted(simulate::Planted::CLIMBER).collect();
    let could: Vec<u32> = planted.iter().copied().filter(|person| late.contains(person)).collect();
    let hits = could.iter().filter(|person| up.contains(name(**person).as_str())).count();
    let planted: BTreeSet<String> = planted.iter().map(|person| name(*person)).collect();
    let forum: Vec<&&str> = up.iter().filter(|account| account.starts_with("discourse:")).collect();
    let right = forum.iter().filter(|account| planted.contains(**account as &str)).count();
    println!(
        "{} planted, {} could be seen, {hits} found, {right} of {} right",
        planted.len(),
        could.len(),
        forum.len()
    );
    assert!(could.len() >= 5 && hits * 10 >= could.len() * 8, "{hits} of {}", could.len());
    assert!(right * 10 >= forum.len() * 9, "{right} of {}", forum.len());
}
