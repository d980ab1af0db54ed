//! Introductions: chains of people from the firm to somebody.

mod common;

use common::World;

/// What two people did toward each other, `times` times each way.
fn both(rows: &mut String, a: &str, b: &str, times: usize, visibility: &str) {
    for i in 0..times {
        *rows +=
            &common::row(&format!("{a}{b}{i}"), "2026-02-01T00:00:00Z", "reply", a, b, visibility);
        *rows +=
            &common::row(&format!("{b}{a}{i}"), "2026-02-02T00:00:00Z", "reply", b, a, visibility);
    }
}

fn world() -> World {
    let world = World::new();
    let mut rows = String::new();
    both(&mut rows, "ed", "cat", 20, "public");
    both(&mut rows, "cat", "goal", 20, "public");
    both(&mut rows, "eve", "goal", 1, "public");
    // Warm, but private, or not returned, or through somebody who refuses.
    both(&mut rows, "ina", "goal", 50, "private");
    both(&mut rows, "ina", "shy", 50, "public");
    both(&mut rows, "shy", "goal", 50, "public");
    rows += &common::row("x", "2026-02-01T00:00:00Z", "reply", "far", "goal", "public");
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let roster = "name,role,organisation,accounts,consent\n\
        Ed,employee,Acme,forum:ed,\nEve,employee,Acme,forum:eve,\nIna,employee,Acme,forum:ina,\n\
        Far,employee,Acme,forum:far,\nGloria Goal,customer,Basel AG,forum:goal,\nShy,customer,,forum:shy,withdrawn\n";
    world.ok(&["people", "import", &world.file("people.csv", roster)]);
    world
}

#[test]
fn the_warmest_chain_comes_first_and_says_who_asks_whom() {
    let world = world();
    for to in ["forum:goal", "basel ag"] {
        let found = world.json(&["introductions", "--to", to]);
        let chains: Vec<&str> = found["introductions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["ask"].as_str().unwrap())
            .collect();
        let expected =
            ["Ed asks forum:cat for an introduction to Gloria Goal.", "Eve knows Gloria Goal."];
        assert_eq!(chains, expected, "{found:#}");
        let steps = found["introductions"][0]["steps"].as_array().unwrap();
        let product: f64 = steps.iter().map(|step| step["warmth"].as_f64().unwrap()).product();
        let warmth = found["introductions"][0]["warmth"].as_f64().unwrap();
        assert!((product - warmth).abs() < 1e-12 && warmth > 0.0 && warmth < 1.0);
        assert!(steps[1]["why"].as_str().unwrap().contains("20 times"));
    }
    let text = world.ok(&["introductions", "--to", "forum:goal", "--format", "table"]).out;
    assert!(!text.contains("Ina") && !text.contains("Shy") && !text.contains("Far"), "{text}");
}

#[test]
fn somebody_in_particular_can_ask_in_fewer_steps() {
    let world = world();
    let of = |args: &[&str]| {
        let all = [&["introductions", "--to", "forum:goal"][..], args].concat();
        world.json(&all)["introductions"].as_array().unwrap().len()
    };
    assert_eq!(of(&["--from", "forum:ed"]), 1);
    assert_eq!(of(&["--from", "forum:ed", "--steps", "1"]), 0);
    assert_eq!(of(&["--limit", "1"]), 1);
}

#[test]
fn who_can_not_be_found_or_refuses_is_said() {
    let world = world();
    for (args, code, words) in [
        (vec!["--to", "Nowhere Ltd"], 1, "nobody is known at Nowhere Ltd"),
        (vec!["--to", "forum:nobody"], 1, "unknown here"),
        (vec!["--to", "forum:shy"], 1, "refusal"),
        (vec!["--to", "forum:goal", "--steps", "0"], 2, "steps"),
    ] {
        let ran = world.run(&[&["introductions"][..], &args].concat());
        assert!(ran.code == code && ran.err.contains(words), "{args:?}: {} {}", ran.code, ran.err);
    }
    let alone = World::new();
    alone.ok(&[
        "ingest",
        &alone.file(
            "rows.ndjson",
            common::row("1", "2026-02-01T00:00:00Z", "reply", "a", "b", "public"),
        ),
    ]);
    let ran = alone.run(&["introductions", "--to", "forum:b"]);
    assert!(ran.code == 1 && ran.err.contains("people import"), "{}", ran.err);
}
