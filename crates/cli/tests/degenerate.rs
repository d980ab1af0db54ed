//! Worlds in which there is next to nothing to measure: every shipped definition has an answer, and none is NaN.

mod common;

use common::{Ran, World, row};

/// What nothing that is printed or exported may hold, in lower case.
const NEVER: [&str; 3] = ["nan", "inf", "panicked"];

fn holds_numbers(ran: &Ran, what: &str) {
    assert!(ran.code == 0, "{what}: {}", ran.err);
    let words = |text: &str| text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), " ");
    for text in [&ran.out, &ran.err] {
        let never = words(text).split_whitespace().any(|word| NEVER.contains(&word));
        assert!(!never, "{what}: {text}");
    }
}

/// Takes a world through every command that shows scores, and gives those of each definition.
fn walk(rows: &str, account: &str) -> Vec<Vec<f64>> {
    let world = World::new();
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let run = |args: &[&str]| {
        let ran = world.run(args);
        holds_numbers(&ran, &format!("{args:?}"));
        ran
    };
    run(&["score"]);
    let listed = run(&["definitions", "--format", "json"]).json();
    let names: Vec<&str> =
        listed.as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert!(names.contains(&"general") && names.contains(&"helpers"));
    let mut scores = Vec::new();
    for name in &names {
        let ranked = run(&["rank", name, "--format", "json"]).json();
        run(&["explain", account, name, "--format", "json"]);
        run(&["explain", account, name, "--format", "table"]);
        let scored: Vec<f64> = (ranked.as_array().unwrap().iter())
            .map(|one| {
                let score = one["score"].as_f64().unwrap();
                let end = |k: usize| one["interval"][k].as_f64().unwrap_or(score);
                assert!(1.0 <= end(0) && end(0) <= score && score <= end(1) && end(1) <= 100.0);
                score
            })
            .collect();
        scores.push(scored);
        for what in ["signals", "ties"] {
            let to = format!("{name}-{what}.csv");
            run(&["export", what, "--definition", name, "--to", &to]);
            let text = std::fs::read_to_string(world.path(&to)).unwrap();
            holds_numbers(&Ran { code: 0, out: text, err: String::new() }, &to);
        }
    }
    for format in ["json", "table"] {
        run(&["who", account, "--format", format]);
        run(&["compare", "--format", format]);
        run(&["compare", "helpers", "general", "--format", format]);
    }
    for what in ["interactions", "people", "scores"] {
        let to = format!("{what}.csv");
        run(&["export", what, "--to", &to]);
        let text = std::fs::read_to_string(world.path(&to)).unwrap();
        holds_numbers(&Ran { code: 0, out: text, err: String::new() }, &to);
    }
    scores
}

/// Posts of so many people, without a word toward anybody.
fn posts(people: u32) -> String {
    let post = |k: u32| {
        format!(
            "{{\"id\":\"p{k}\",\"at\":\"2026-03-0{}T00:00:00Z\",\"network\":\"forum\",\"verb\":\"post\",\"actor\":\"a{k}\",\"object\":\"p{k}\"}}\n",
            1 + k % 9
        )
    };
    (0..people).map(post).collect()
}

/// Everybody does the same toward everybody.
fn all_alike(people: u32) -> String {
    let mut rows = posts(people);
    for k in 0..people {
        for j in (0..people).filter(|j| *j != k) {
            for verb in ["reshare", "reply", "answer", "refer", "meet"] {
                let id = format!("{verb}-{k}-{j}");
                let (actor, target) = (format!("a{k}"), format!("a{j}"));
                rows += &row(&id, "2026-03-20T00:00:00Z", verb, &actor, &target, "public");
            }
        }
    }
    rows
}

#[test]
fn a_world_of_one_person_has_an_answer_and_no_score() {
    assert!(walk(&posts(1), "forum:a0").iter().all(Vec::is_empty));
}

#[test]
fn a_world_of_people_without_ties_has_an_answer_and_no_score() {
    assert!(walk(&posts(12), "forum:a3").iter().all(Vec::is_empty));
}

#[test]
fn in_one_community_of_equals_all_that_have_a_score_have_the_same() {
    let scores = walk(&all_alike(7), "forum:a3");
    assert!(scores.iter().any(|scores| scores.len() == 7));
    for scores in scores {
        assert!(scores.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 1e-6), "{scores:?}");
    }
}

#[test]
fn one_community_around_one_person_has_an_answer() {
    let mut rows = posts(9);
    for k in 1..9 {
        for (verb, one, other) in [("reshare", k, 0), ("reply", 0, k), ("answer", k, 0)] {
            let (actor, target) = (format!("a{one}"), format!("a{other}"));
            let id = format!("{verb}-{k}");
            rows += &row(&id, "2026-03-20T00:00:00Z", verb, &actor, &target, "public");
        }
    }
    let scores = walk(&rows, "forum:a0");
    assert!(scores.iter().any(|scores| scores.len() == 1));
}

#[test]
fn without_any_interaction_every_command_says_so() {
    let world = World::new();
    world.ok(&["ingest", &world.file("rows.ndjson", "")]);
    for args in [
        &["score"][..],
        &["rank", "general"],
        &["who", "forum:a0"],
        &["explain", "forum:a0", "general"],
        &["compare"],
        &["compare", "general", "helpers"],
        &["export", "scores", "--to", "scores.csv"],
        &["export", "signals", "--to", "signals.csv"],
    ] {
        let ran = world.run(args);
        assert!([0, 1].contains(&ran.code), "{args:?} {}: {}", ran.code, ran.err);
        assert!(ran.code == 0 || !ran.err.trim().is_empty(), "{args:?} says nothing");
        holds_numbers(&Ran { code: 0, ..ran }, &format!("{args:?}"));
    }
}
