//! Permeability: ties across the firm's boundary, and who must not be seen in it.

mod common;

use common::World;
use serde_json::Value;

/// Six people inside in two teams, and customers. Everybody in sales knows a customer; support keeps to itself.
/// `first` is the team and the consent of the first in support.
fn world(first: [&str; 2], extra: &str) -> World {
    let world = World::new();
    let mut rows = String::new();
    let mut tie = |at: &str, a: &str, b: &str, visibility: &str| {
        let id = format!("{at}{a}{b}{visibility}");
        rows += &common::row(&id, &format!("{at}T00:00:00Z"), "reshare", a, b, visibility);
    };
    for k in 0..6 {
        tie("2026-02-01", &format!("sale{k}"), &format!("customer{k}"), "public");
        tie("2026-02-01", &format!("help{k}"), &format!("help{}", (k + 1) % 6), "public");
        // Half a year before, support still looked outward.
        tie("2025-07-10", &format!("help{k}"), &format!("customer{k}"), "public");
        tie("2025-07-11", &format!("sale{k}"), &format!("sale{}", (k + 1) % 6), "community");
    }
    tie("2026-02-02", "help0", "only", "public");
    tie("2026-02-02", "help0", "hidden", "private");
    tie("2026-02-02", "shy", "customer1", "public");
    tie("2026-02-03", "sale0", "acme", "public");
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let mut roster = "name,role,organisation,team,accounts,consent\n".to_owned();
    for k in 0..6 {
        let [team, consent] = if k == 0 { first } else { ["support", ""] };
        roster += &format!("Sal {k},employee,Acme,sales,forum:sale{k},\n");
        roster += &format!("Hal {k},employee,Acme,{team},forum:help{k},{consent}\n");
        roster += &format!("Cus {k},customer,Basel AG,,forum:customer{k},\n");
    }
    roster += "Ona Only,customer,Lone Ltd,,forum:only,\nHid,customer,Secret SE,,forum:hidden,\n";
    roster += "Shy,employee,Acme,sales,forum:shy,objected\n";
    roster += extra;
    world.ok(&["people", "import", &world.file("people.csv", roster)]);
    let firm = "name = \"Acme\"\nsides = { inside = [\"employee\"] }\nhouse = [\"forum:acme\"]\n";
    world.ok(&["firm", "use", &world.file("firm.toml", firm)]);
    world
}

fn membrane(of: &Value) -> (u64, f64, f64, f64) {
    let number = |key: &str| of[key].as_f64().unwrap();
    (of["people"].as_u64().unwrap(), number("external"), number("internal"), number("ei"))
}

#[test]
fn the_index_is_that_of_the_people_inside_and_of_each_team() {
    let world = world(["support", ""], "");
    let found = world.json(&["permeability"]);
    // Seven ties across: sales to customers, and one of support. The logo, private ties and who objected are in none.
    assert_eq!(membrane(&found["now"]["whole"]), (12, 7.0, 6.0, 1.0 / 13.0), "{found:#}");
    let teams = found["now"]["teams"].as_array().unwrap();
    assert_eq!(teams.len(), 2);
    assert_eq!((&teams[0]["name"], membrane(&teams[0])), (&"sales".into(), (6, 6.0, 0.0, 1.0)));
    assert_eq!(membrane(&teams[1]), (6, 1.0, 6.0, -5.0 / 7.0));
    let before = &found["before"];
    assert_eq!(membrane(&before["whole"]), (12, 6.0, 6.0, 0.0), "{before:#}");
    let bridges = &found["now"]["bridges"];
    assert_eq!((&bridges["spanning"], &bridges["outside"]), (&7.into(), &7.into()));
    let organisations = bridges["organisations"].as_array().unwrap();
    let known: Vec<&str> =
        organisations.iter().map(|one| one["organisation"].as_str().unwrap()).collect();
    assert_eq!(known, ["Lone Ltd", "Basel AG"]);
    let chance = &found["now"]["whole"]["chance"];
    assert!(
        chance["as_high"].as_f64().unwrap() < 0.1 && chance["z"].as_f64().unwrap() > 1.0,
        "{chance}"
    );
}

#[test]
fn small_teams_are_shown_only_with_a_reason_or_by_agreement() {
    let shown = |world: &World| {
        let found = world.json(&["permeability"]);
        let teams = found["now"]["teams"].as_array().unwrap();
        let names = teams.iter().map(|team| team["name"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), found["notes"].to_string())
    };
    let alone = world(["legal", ""], "");
    let (names, notes) = shown(&alone);
    assert_eq!(names, ["sales", "support"]);
    assert!(notes.contains("fewer than 5"), "{notes}");
    let firm = "name = \"Acme\"\nsides = { inside = [\"employee\"] }\nsmall_teams = \"the works council agreed\"\n";
    alone.ok(&["firm", "use", &alone.file("firm.toml", firm)]);
    let (names, notes) = shown(&alone);
    assert!(names.contains(&"legal".to_owned()) && notes.contains("works council"), "{notes}");
    let (names, _) = shown(&world(["legal", "given:firm"], ""));
    assert_eq!(names, ["sales", "support", "legal"]);
    // A consent to everything is none to this.
    let (names, _) = shown(&world(["legal", "given"], ""));
    assert_eq!(names, ["sales", "support"]);
}

#[test]
fn an_organisation_of_one_and_one_of_nobody_get_an_answer_and_no_figure() {
    let world = world(["support", ""], "One,employee,Solo,,forum:customer2,\n");
    for (organisation, word) in [("Solo", "fewer than 5"), ("Nobody Ltd", "nobody inside")] {
        let found = world.json(&["permeability", "--organisation", organisation]);
        assert!(found["now"]["whole"].is_null() && found["before"].is_null(), "{found:#}");
        assert!(found["notes"].to_string().contains(word), "{found:#}");
    }
    let bad = world.file(
        "bad.toml",
        "name = \"A\"\nsides = { inside = [\"employee\"] }\nsmall_teams = true\n",
    );
    let ran = world.run(&["permeability", "--firm", &bad]);
    assert!(ran.code == 2 && ran.err.contains("bad.toml:3"), "{}", ran.err);
}

#[test]
fn answers_are_timed_from_the_post_to_the_first_reply_from_the_other_side() {
    let world = World::new();
    let mut rows = String::new();
    for k in 0..6 {
        // Everybody asks at noon; an answer of a customer doesn't count, the first from inside does, a later one does not.
        for (id, verb, hour, actor, target, parent) in [
            ("q", "post", 12, "customer", Some("help"), None),
            ("c", "reply", 13, "friend", Some("customer"), Some("q")),
            ("a", "reply", 14 + k, "help", Some("customer"), Some("q")),
            ("z", "reply", 22, "help", Some("customer"), Some("q")),
        ] {
            let target = target.map_or(String::new(), |t| format!("\"target\":\"{t}{k}\","));
            let parent = parent.map_or(String::new(), |p| format!("\"in_reply_to\":\"{p}{k}\","));
            rows += &format!(
                "{{\"id\":\"{id}{k}\",\"object\":\"{id}{k}\",\"at\":\"2026-02-01T{hour}:00:00Z\",\"network\":\"forum\",\
                 \"verb\":\"{verb}\",{target}{parent}\"actor\":\"{actor}{k}\",\"visibility\":\"public\"}}\n"
            );
        }
    }
    rows += &common::row("last", "2026-02-02T00:00:00Z", "mention", "customer0", "help0", "public");
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let mut roster = "name,role,accounts\n".to_owned();
    for k in 0..6 {
        roster += &format!("Hal {k},employee,forum:help{k}\n");
    }
    world.ok(&["people", "import", &world.file("people.csv", roster)]);
    let found = world.json(&["permeability"]);
    let answers = &found["now"]["answers"];
    let by = &answers["by_people"];
    assert_eq!(
        (&by["answers"], &by["median_hours"], &by["tenth_hours"]),
        (&6.into(), &4.0.into(), &7.0.into())
    );
    assert_eq!((&answers["asked"], &answers["answered"]), (&6.into(), &6.into()), "{answers:#}");
    let text = world.ok(&["permeability", "--format", "table"]).out;
    assert!(text.contains("half within 4.0 hours"), "{text}");
}
