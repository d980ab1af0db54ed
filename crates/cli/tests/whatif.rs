//! What if: what is said of a change is what permeability says where it has come about.

mod common;

use common::World;
use serde_json::Value;

const FIRM: &str = "name = \"Acme\"\nsides = { inside = [\"employee\"] }\nhouse = [\"forum:acme\"]\nbrand = { names = [\"Acme\"] }\n";

/// Who works in which team, and who is at which customer. Each line is name, role, organisation, team.
fn roster() -> Vec<[String; 4]> {
    let mut rows = Vec::new();
    for k in 0..6 {
        for (name, role, organisation, team) in [
            ("sale", "employee", "Acme", "sales"),
            ("help", "employee", "Acme", "support"),
            ("cust", "customer", "Basel AG", ""),
            ("user", "customer", if k < 3 { "Lone Ltd" } else { "Bern SA" }, ""),
        ] {
            rows.push([format!("{name}{k}"), role.into(), organisation.into(), team.into()]);
        }
    }
    rows
}

/// Who does something toward whom; of those not `gone`.
fn rows(gone: &dyn Fn(&str) -> bool) -> String {
    let mut rows = String::new();
    let mut tie = |a: &str, b: &str, text: &str| {
        if gone(a) || gone(b) {
            return;
        }
        rows += &format!(
            "{{\"id\":\"{a}{b}\",\"at\":\"2026-02-01T00:00:00Z\",\"network\":\"forum\",\"verb\":\"mention\",\"actor\":\"{a}\",\"target\":\"{b}\",\"object\":\"p{a}{b}\",\"text\":\"{text}\"}}\n"
        );
    };
    for k in 0..6 {
        let next = (k + 1) % 6;
        tie(&format!("sale{k}"), &format!("cust{k}"), "hello");
        tie(&format!("sale{k}"), &format!("help{next}"), "hello");
        tie(&format!("help{k}"), &format!("help{next}"), "hello");
        // Lone Ltd is reached through support alone.
        if k < 3 {
            tie(&format!("help{k}"), &format!("user{k}"), "hello");
        }
        tie(&format!("cust{k}"), &format!("cust{next}"), "Acme is fine");
        tie(&format!("user{k}"), &format!("cust{k}"), "hello");
        tie(&format!("user{k}"), &format!("fan{k}"), "I like Acme");
    }
    rows
}

fn world(gone: &dyn Fn(&str) -> bool, roster: &[[String; 4]], consent: &str) -> World {
    let world = World::new();
    world.ok(&["ingest", &world.file("rows.ndjson", rows(gone))]);
    let mut text = "name,role,organisation,team,accounts,consent\n".to_owned();
    for [name, role, organisation, team] in roster {
        let consent = if name == "sale0" || name == "fan0" { consent } else { "" };
        text += &format!("{name},{role},{organisation},{team},forum:{name},{consent}\n");
    }
    world.ok(&["people", "import", &world.file("people.csv", text)]);
    world.ok(&["firm", "use", &world.file("firm.toml", FIRM)]);
    world
}

fn as_it_is() -> World {
    world(&|_| false, &roster(), "")
}

/// That a state is what permeability says of another world.
fn same(state: &Value, there: &World) {
    let now = &there.json(&["permeability", "--draws", "200"])["now"];
    for key in ["whole", "teams", "bridges"] {
        assert!(!now[key].is_null());
        assert_eq!(state[key], now[key], "{key}");
    }
}

#[test]
fn who_leaves_is_missed_as_if_they_had_never_been_there() {
    let world = as_it_is();
    let found = world.json(&["whatif", "leave", "--team", "support"]);
    same(&found["before"], &world);
    same(&found["after"], &self::world(&|name| name.starts_with("help"), &roster(), ""));
    assert_eq!(found["lost"], serde_json::json!(["Lone Ltd"]), "{found:#}");
    assert_eq!(found["change"], "6 people would leave");
    // Six customers and six fans talk of the firm, and the users who speak to them. Users are known to support, if at all, or through a customer.
    let third = |state: &Value| {
        ["people", "known", "through_one", "out_of_reach"]
            .map(|key| state["third_order"][key].as_u64().unwrap())
    };
    assert_eq!(third(&found["before"]), [18, 9, 6, 3]);
    assert_eq!(third(&found["after"]), [18, 6, 6, 6]);
    let text = world.ok(&["whatif", "leave", "--team", "support", "--format", "table"]).out;
    assert!(text.contains("If 6 people would leave") && text.contains("lost: Lone Ltd"), "{text}");
}

#[test]
fn who_joins_and_what_becomes_one_is_counted_as_if_the_roster_said_so() {
    let world = as_it_is();
    let found = world.json(&["whatif", "join", "basel ag", "--team", "services"]);
    let mut hired = roster();
    for row in hired.iter_mut().filter(|row| row[0].starts_with("cust")) {
        *row = [row[0].clone(), "employee".into(), "Acme".into(), "services".into()];
    }
    same(&found["after"], &self::world(&|_| false, &hired, ""));
    assert_eq!(
        (&found["lost"], &found["gained"]),
        (&serde_json::json!([]), &serde_json::json!(["Bern SA"]))
    );
    let found = world.json(&["whatif", "merge-teams", "sales", "support", "--into", "front"]);
    let mut merged = roster();
    merged.iter_mut().filter(|row| !row[3].is_empty()).for_each(|row| row[3] = "front".into());
    same(&found["after"], &self::world(&|_| false, &merged, ""));
    assert_eq!(found["before"]["third_order"], found["after"]["third_order"]);
}

#[test]
fn nobody_is_asked_about_alone_who_did_not_agree() {
    let world = as_it_is();
    for (call, code, words) in [
        (vec!["leave", "forum:sale0"], 1, "fewer than 5"),
        (vec!["join", "forum:fan0"], 1, "fewer than 5"),
        (vec!["join", "Lone Ltd"], 1, "fewer than 5"),
        (vec!["leave", "forum:cust0"], 2, "not inside"),
        (vec!["join", "forum:sale0"], 2, "inside the firm already"),
        (vec!["leave", "forum:acme"], 1, "unknown here"),
        (vec!["leave", "forum:nobody"], 1, "unknown here"),
        (vec!["leave", "--team", "opera"], 1, "no team inside is called opera"),
        (vec!["join", "Nowhere Ltd"], 1, "nobody is known at Nowhere Ltd"),
        (vec!["merge-teams", "sales", "sales"], 2, "two teams or more"),
        (vec!["merge-teams", "sales"], 2, "TEAM"),
        (vec!["leave"], 2, "ACCOUNT"),
    ] {
        let ran = world.run(&[&["whatif"], call.as_slice()].concat());
        assert!(ran.code == code && ran.err.contains(words), "{call:?}: {} {}", ran.code, ran.err);
    }
    let mut with_fan = roster();
    with_fan.push(["fan0".into(), "customer".into(), String::new(), String::new()]);
    let agreed = self::world(&|_| false, &with_fan, "given:firm");
    assert_eq!(
        agreed.json(&["whatif", "leave", "forum:sale0"])["change"],
        "one person would leave"
    );
    assert_eq!(agreed.json(&["whatif", "join", "forum:fan0"])["change"], "one person would join");
    // They can see that it was asked.
    assert!(agreed.json(&["access", "forum:fan0"])["looks"].to_string().contains("whatif"));
    let objected = self::world(&|_| false, &with_fan, "objected");
    let ran = objected.run(&["whatif", "leave", "forum:sale0"]);
    assert!(ran.code == 1 && ran.err.contains("refusal"), "{}", ran.err);
    // A reason of the firm's is one for its own people alone.
    let reason = format!("{FIRM}small_teams = \"the works council agreed\"\n");
    let file = world.file("reason.toml", reason);
    world.ok(&["whatif", "leave", "forum:sale0", "--firm", &file]);
    assert_eq!(world.run(&["whatif", "join", "Lone Ltd", "--firm", &file]).code, 1);
}

#[test]
fn a_firm_of_nobody_and_one_that_all_leave_have_no_figures_and_say_why() {
    let world = as_it_is();
    let found = world.json(&["whatif", "leave", "--team", "sales", "--team", "support"]);
    assert!(
        found["after"]["whole"].is_null() && found["lost"] == serde_json::json!([]),
        "{found:#}"
    );
    assert!(found["notes"].to_string().contains("nobody inside"), "{found:#}");
    let found = world.json(&["whatif", "join", "Basel AG", "--organisation", "Nobody Ltd"]);
    assert!(found["before"]["whole"].is_null() && !found["after"]["whole"].is_null(), "{found:#}");
    let found = world.json(&["whatif", "join", "Basel AG", "--as-of", "2001-01-01"]);
    assert!(found["after"]["whole"].is_null() && !found.to_string().contains("NaN"), "{found:#}");
}
