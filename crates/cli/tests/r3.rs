//! R3 through the whole program: rows in, a value or the reason why there is none.

mod common;

use common::World;
use std::fmt::Write as _;

/// A hash: the test's own chance.
fn unit(state: &mut u64) -> f64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    ((*state >> 33) as f64 + 0.5) / (1u64 << 31) as f64
}

/// Customers' posts over 100 days: `first` occasions, of which each sets off another with that chance, and so on, hours later.
fn rows(first: usize, chance: f64) -> Vec<String> {
    let mut state = 7;
    let mut times: Vec<f64> = (0..first).map(|_| unit(&mut state) * 2_400.0).collect();
    let mut next = 0;
    while let Some(at) = times.get(next).copied() {
        next += 1;
        let later = at - 3.0 * unit(&mut state).ln();
        if unit(&mut state) < chance && later < 2_400.0 {
            times.push(later);
        }
    }
    let start = 1_767_225_600; // 2026-01-01
    let row = |(k, at): (usize, &f64)| {
        let time = tertius::Time((start + (at * 3_600.0) as i64) * 1_000_000);
        format!(
            "{{\"id\":\"p{k}\",\"object\":\"p{k}\",\"at\":\"{time}\",\"network\":\"forum\",\"verb\":\"post\",\"actor\":\"c{}\",\"text\":\"Acme again\",\"visibility\":\"public\"}}\n",
            k % 40
        )
    };
    times.iter().enumerate().map(row).collect()
}

fn world(rows: &[String]) -> World {
    let world = World::new();
    world.ok(&["ingest", &world.file("rows.ndjson", rows.concat())]);
    let firm = "name = \"Acme\"\nsides = { inside = [\"employee\"] }\nbrand = { names = [\"Acme\"] }\nplaces = [\"github:acme/*\"]\n";
    world.ok(&["firm", "use", &world.file("firm.toml", firm)]);
    world
}

#[test]
fn voice_gets_a_value_and_use_the_reason_why_it_has_none() {
    let rows = rows(500, 0.5);
    let world = world(&rows);
    let found = world.json(&["r3", "--draws", "39"]);
    let voice = &found["voice"];
    assert_eq!(voice["exchanges"].as_u64(), Some(rows.len() as u64), "{voice:#}");
    let end = |place: usize| voice["r3"]["interval"][place].as_f64().unwrap();
    assert!(end(0) < 0.5 && 0.5 < end(1) && end(1) - end(0) < 0.4, "{voice:#}");
    assert_eq!(voice["self_sustaining"], "no");
    assert!(found["use"]["r3"].is_null(), "{found:#}");
    assert!(found["use"]["no_value"].as_str().unwrap().contains("0 events"), "{found:#}");
    let text = world.ok(&["r3", "--draws", "39", "--format", "table"]).out;
    assert!(text.contains("10 exchanges set off") && text.contains("No value"), "{text}");
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let rows = rows(220, 0.4);
    let backwards: Vec<String> = rows.iter().rev().cloned().collect();
    let of = |rows: &[String]| world(rows).json(&["r3", "--draws", "39"]);
    assert_eq!(of(&rows), of(&backwards));
}

#[test]
fn likes_and_what_a_post_states_twice_set_nothing_off() {
    let mut all = rows(20, 0.0);
    let mut more = String::new();
    for k in 0..20 {
        for (verb, id) in [("reply", "r"), ("mention", "m")] {
            let object = format!("a{k}");
            _ = writeln!(
                more,
                "{{\"id\":\"{id}{k}\",\"object\":\"{object}\",\"in_reply_to\":\"p{k}\",\"at\":\"2026-05-01T00:00:00Z\",\"network\":\"forum\",\"verb\":\"{verb}\",\"actor\":\"other\",\"target\":\"c{k}\",\"visibility\":\"public\"}}"
            );
        }
        _ = writeln!(
            more,
            "{{\"id\":\"l{k}\",\"object\":\"p{k}\",\"at\":\"2026-05-01T00:00:00Z\",\"network\":\"forum\",\"verb\":\"like\",\"actor\":\"other\",\"target\":\"c{k}\",\"visibility\":\"public\"}}"
        );
    }
    all.push(more);
    let found = world(&all).json(&["r3", "--draws", "39"]);
    assert_eq!(found["voice"]["exchanges"], 40, "{found:#}");
    // The window begins with the first of them, and counts from its first whole hour on.
    assert!(found["voice"]["no_value"].as_str().unwrap().contains("39 events"), "{found:#}");
}

#[test]
fn an_organisation_that_nobody_speaks_of_gets_an_answer() {
    let found = world(&rows(5, 0.0)).json(&["r3", "--organisation", "Nobody Ltd"]);
    assert!(found["voice"]["r3"].is_null() && found["use"]["r3"].is_null());
    assert!(found["notes"].to_string().contains("no brand words"), "{found:#}");
}
