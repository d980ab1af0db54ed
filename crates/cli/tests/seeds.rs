//! Seeds through the whole program: who is chosen, and who never is.

mod common;

use common::World;
use serde_json::Value;

/// Three stars: `hub` moves ten people, `shy` twelve and objected, `mute` eleven and was never asked, `small` three.
fn world() -> World {
    let world = World::new();
    let mut rows = String::new();
    for (center, count) in [("hub", 10), ("shy", 12), ("mute", 11), ("small", 3)] {
        for k in 0..count {
            let fan = format!("{center}fan{k}");
            rows += &common::row(&fan, "2026-02-01T00:00:00Z", "reshare", &fan, center, "public");
        }
    }
    rows +=
        &common::row("secret", "2026-02-01T00:00:00Z", "message", "hubfan0", "small", "private");
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let roster = "name,accounts,consent\nHuberta,forum:hub,given\nShy,forum:shy,objected\nSam,forum:small,given:community\nFan,forum:hubfan0,given\n";
    world.ok(&["people", "import", &world.file("people.csv", roster)]);
    world
}

fn names(found: &Value) -> Vec<&str> {
    found["people"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[test]
fn who_moves_most_is_chosen_among_those_who_agreed() {
    let world = world();
    let found = world.json(&["seeds", "--budget", "2", "--share", "1"]);
    assert_eq!(names(&found), ["Huberta", "Sam"], "{found:#}");
    // Each fan has attention for one person alone, so all of them are moved: 11 and 4.
    assert_eq!(found["reach"]["people"], 15.0, "{found:#}");
    assert_eq!((&found["consenting"], &found["spent"]), (&3.into(), &2.0.into()));
    assert!(found["guarantee"].as_f64().unwrap() > 0.53, "{found:#}");
    assert!(found["condition"].as_str().unwrap().starts_with("given the chances"), "{found:#}");
    assert!(
        found["highest_scores"].is_null() && found["notes"].to_string().contains("tertius score")
    );
    world.ok(&["score"]);
    let found = world.json(&["seeds", "--budget", "1", "--share", "0.5"]);
    let highest = &found["highest_scores"];
    assert!(highest["definition"].as_str().unwrap().starts_with("general@"), "{found:#}");
    let of = |report: &Value| report["reach"]["people"].as_f64().unwrap();
    assert!(of(highest) <= of(&found) + 0.1 && (of(&found) - 6.0).abs() < 0.2, "{found:#}");
    let text = world.ok(&["seeds", "--budget", "1", "--format", "table"]).out;
    assert!(text.contains("Huberta") && text.contains("gave consent"), "{text}");
}

#[test]
fn costs_and_chances_come_from_files_and_faults_are_told_by_line() {
    let world = world();
    let costs = world.file("costs.csv", "account,cost\nforum:hub,3\n");
    let found = world.json(&["seeds", "--budget", "2", "--share", "1", "--costs", &costs]);
    assert!(!names(&found).contains(&"Huberta") && names(&found)[0] == "Sam", "{found:#}");
    let chances = world.file(
        "chances.csv",
        "from,to,probability\nforum:small,forum:a,1\nforum:small,forum:b,1\nforum:hub,forum:a,0.1\nforum:shy,forum:b,1\n",
    );
    let found = world.json(&["seeds", "--budget", "1", "--probabilities", &chances]);
    assert_eq!((names(&found), &found["reach"]["people"]), (vec!["Sam"], &3.0.into()), "{found:#}");
    // Who objected is in no network.
    assert_eq!(found["network"], 4, "{found:#}");
    for (file, option, words) in [
        ("from,to,probability\nforum:a,forum:b,1.5\n", "--probabilities", ":2: the probability"),
        ("from,to\nforum:a,forum:b\n", "--probabilities", ":1: no column is named probability"),
        ("account,cost\nforum:hub,0\n", "--costs", ":2: the cost"),
        ("account,cost\nhub,1\n", "--costs", ":2: \"hub\" is no account"),
    ] {
        let ran = world.run(&["seeds", option, &world.file("bad.csv", file)]);
        assert!(ran.code == 2 && ran.err.contains(words), "{}: {}", ran.code, ran.err);
    }
    // Chances that move nobody, and a file without rows.
    for rows in ["", "forum:hub,forum:hub,0.5\n", "forum:hub,forum:a,0\n", "forum:shy,forum:a,1\n"]
    {
        let file = world.file("none.csv", format!("from,to,probability\n{rows}"));
        let ran = world.run(&["seeds", "--probabilities", &file]);
        assert!(ran.code == 1 && ran.err.contains("gives nobody"), "{rows}: {}", ran.err);
    }
    for (option, value) in [("--budget", "inf"), ("--budget", "NaN"), ("--share", "NaN")] {
        let ran = world.run(&["seeds", option, value]);
        assert!(ran.code == 2 && !ran.err.contains("panicked"), "{option} {value}: {}", ran.err);
    }
    // An hour in which nothing was done.
    let ran = world.run(&["seeds", "--window", "1h", "--as-of", "2026-03-01"]);
    assert!(ran.code == 1 && ran.err.contains("nobody has a tie"), "{}", ran.err);
    for wrong in [["--budget", "0.5"], ["--share", "2"], ["--epsilon", "0"]] {
        assert_eq!(world.run(&[&["seeds"][..], &wrong].concat()).code, 2, "{wrong:?}");
    }
}

#[test]
fn without_consent_nobody_is_chosen_and_it_is_said_what_to_do() {
    let world = World::new();
    let rows = common::row("a", "2026-02-01T00:00:00Z", "reshare", "a", "b", "public");
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let ran = world.run(&["seeds"]);
    assert!(ran.code == 1 && ran.err.contains("tertius consent"), "{}", ran.err);
    // Before anything was stored there is no network, whoever agreed.
    let ran = world.run(&["seeds", "--as-of", "2001-01-01"]);
    assert!(ran.code == 1 && ran.err.contains("nobody has a tie"), "{}", ran.err);
}
