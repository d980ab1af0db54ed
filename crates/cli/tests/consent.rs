//! What people say about being scored, and what follows from it at once.

mod common;

use common::{World, fernhill, row};
use std::process::{Command, Stdio};

fn garden() -> World {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    world.ok(&["people", "import", &fernhill("people.csv")]);
    world.ok(&["score", "general"]);
    world
}

#[test]
fn an_objection_stops_showing_at_once_and_is_taken_back_by_the_person() {
    let world = garden();
    let shown = world.ok(&["who", "discourse:mara"]).out;
    assert!(shown.contains("Mara Okafor"));
    let said = world.json(&["object", "discourse:mara"]);
    assert_eq!(said["said"], "objected");
    assert_eq!(said["source"], "self");
    assert_eq!(said["standing"], "refused");
    for call in [&["who", "discourse:mara"][..], &["explain", "discourse:mara", "general"]] {
        let ran = world.run(call);
        assert!(ran.code == 1 && ran.out.is_empty() && ran.err.contains("refusal"), "{}", ran.err);
    }
    assert!(!world.ok(&["rank", "general", "--limit", "100"]).out.contains("Mara"));
    // Reading the roster again does not bring the name back, nor the person.
    world.ok(&["people", "import", &fernhill("people.csv")]);
    let file = world.path("people.csv").display().to_string();
    world.ok(&["export", "people", "--to", &file]);
    assert!(!std::fs::read_to_string(&file).unwrap().contains("Mara"));
    world.ok(&["object", "discourse:mara", "--lift"]);
    assert_eq!(world.json(&["consent", "show", "discourse:mara"])["standing"], "never asked");
    world.ok(&["people", "import", &fernhill("people.csv")]);
    assert!(world.ok(&["who", "discourse:mara"]).out.contains("Mara Okafor"));
}

#[test]
fn consent_is_kept_for_each_purpose_with_its_source_and_history() {
    let world = garden();
    let say = |args: &[&str]| world.json(&[&["consent", "discourse:mara"], args].concat());
    assert_eq!(say(&["given", "--source", "self"])["standing"], "given");
    assert_eq!(say(&["withdrawn", "--purpose", "sales"])["standing"], "refused");
    let shown = world.json(&["consent", "show", "discourse:mara"]);
    assert_eq!(shown["standing"], "given");
    assert_eq!(shown["purposes"]["sales"], "refused");
    let said: Vec<&str> = shown["statements"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["source"] != "roster:people")
        .map(|one| one["said"].as_str().unwrap())
        .collect();
    assert_eq!(said, ["given", "withdrawn"]);
    let listed = world.json(&["consent", "list", "--standing", "refused"]);
    let listed = listed.as_array().unwrap();
    assert!(listed.iter().any(|one| one["who"].is_null()), "whoever refuses is a number");
    assert!(listed.iter().any(|one| one["purposes"]["sales"] == "refused"));
    // Under the sales definition she is not shown, under others she is.
    world.ok(&["score", "openers", "general"]);
    assert!(!world.ok(&["rank", "openers", "--limit", "100"]).out.contains("Mara"));
    assert!(world.ok(&["rank", "general", "--limit", "100"]).out.contains("Mara"));
}

#[test]
fn statements_about_strangers_and_times_to_come_are_answered_clearly() {
    let world = garden();
    let unknown = world.run(&["object", "forum:nobody"]);
    assert!(unknown.code == 1 && unknown.err.contains("--unknown"), "{}", unknown.err);
    let noted = world.ok(&["object", "forum:nobody", "--unknown"]);
    assert!(noted.err.contains("as soon as something arrives"), "{}", noted.err);
    let given = world.run(&["consent", "forum:somebody", "given", "--unknown"]);
    assert_eq!(given.code, 1, "a slip of the fingers makes no person");
    let future = world.run(&["consent", "discourse:mara", "given", "--at", "2999-01-01"]);
    assert!(future.code == 2 && future.err.contains("to come"), "{}", future.err);
    let purpose = world.run(&["consent", "discourse:mara", "given", "--purpose", "Two words"]);
    assert!(purpose.code == 2 && purpose.err.contains("no purpose"), "{}", purpose.err);
    world.ok(&["object", "discourse:mara"]);
    let late = world.ok(&["consent", "discourse:mara", "given", "--at", "2020-01-01"]);
    assert!(late.err.contains("without effect"), "{}", late.err);
    assert_eq!(late.json()["standing"], "refused");
}

#[test]
fn a_consent_file_that_contradicts_itself_names_the_lines() {
    let world = World::new();
    let file = world
        .file("c.csv", "name,consent,accounts\nAnn,given,a:1\nBo,given,b:1\nAnn,withdrawn,a:1\n");
    let ran = world.ok(&["people", "import", &file]);
    assert!(ran.err.contains("line 2") && ran.err.contains("line 4"), "{}", ran.err);
    assert_eq!(world.json(&["consent", "show", "a:1"])["standing"], "refused");
}

#[test]
fn for_a_purpose_that_decides_only_those_are_scored_who_agreed_to_it_by_name() {
    let world = World::new();
    let at = "2026-01-01T00:00:00Z";
    let mut rows = String::new();
    for target in ["ann", "bo", "cy", "di"] {
        for i in 0..5 {
            rows +=
                &row(&format!("{target}{i}"), at, "reshare", &format!("fan{i}"), target, "public");
        }
    }
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let text = "name = \"jobs\"\nversion = 1\nquestion = \"Who?\"\npurpose = \"hiring\"\nCONSENT[[signal]]\nname = \"reach.engagers\"\nwhy = \"A test.\"\n";
    let plain = world.file("plain.toml", text.replace("CONSENT", ""));
    for command in [&["definition", "check", &plain][..], &["score", &plain]] {
        let ran = world.run(command);
        let said = ran.out + &ran.err;
        assert!(ran.code != 0 && said.contains("employment") && said.contains("exact"), "{said}");
    }
    let exact = world.file("exact.toml", text.replace("CONSENT", "consent = \"exact\"\n"));
    world.ok(&["definition", "check", &exact]);
    world.ok(&["consent", "forum:ann", "given", "--purpose", "hiring", "--source", "self"]);
    world.ok(&["consent", "forum:bo", "given"]);
    world.ok(&["consent", "forum:di", "given", "--purpose", "hiring"]);
    let scored = world.json(&["score", &exact]);
    assert_eq!(scored[0]["scored"], 2);
    let shown = |world: &World| world.ok(&["rank", "jobs", "--limit", "100"]).out;
    assert!(shown(&world).contains("forum:ann") && !shown(&world).contains("forum:bo"));
    // Who takes it back is gone before anything is scored again.
    world.ok(&["consent", "forum:di", "withdrawn", "--purpose", "hiring"]);
    assert!(shown(&world).contains("forum:ann") && !shown(&world).contains("forum:di"));
    let cy = world.run(&["explain", "forum:cy", "jobs"]);
    assert!(cy.code == 1 && cy.out.is_empty() && cy.err.contains("refusal"), "{}", cy.err);
}

#[test]
fn somebody_whose_age_is_below_18_in_any_roster_is_never_shown() {
    let world = garden();
    let file = world
        .file("club.csv", "name,age,accounts\nMara,16,discourse:mara\nNele,40,discourse:nele\n");
    world.ok(&["people", "import", &file]);
    let ran = world.run(&["who", "discourse:mara"]);
    assert!(ran.code == 1 && ran.err.contains("refusal"), "{}", ran.err);
    let given = world.ok(&["consent", "discourse:mara", "given"]);
    assert_eq!(given.json()["standing"], "under 18");
    world.ok(&["who", "discourse:nele"]);
}

#[test]
fn an_objection_recorded_by_another_process_is_obeyed_at_once() {
    let world = garden();
    let workspace = tertius::Workspace::open(&world.path("workspace")).unwrap();
    fn shared<T: Send + Sync>(one: T) -> T {
        one
    }
    let running = shared(workspace.suppressions().unwrap());
    let mara = world.json(&["who", "discourse:mara"])["person"].as_str().unwrap().parse().unwrap();
    assert!(!running.refuses(mara, "community").unwrap());
    let generation = running.generation().unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_tertius"))
        .arg("--workspace")
        .arg(world.path("workspace"))
        .args(["object", "discourse:mara"])
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(done.success());
    assert!(running.refuses(mara, "community").unwrap(), "from the next question on");
    assert!(running.generation().unwrap() > generation);
}

#[test]
fn whoever_objects_before_anything_of_them_arrives_is_never_shown() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    world.ok(&["object", "forum:ann", "--unknown"]);
    let at = "2026-10-01T00:00:00Z";
    let rows: String = (0..5)
        .map(|i| row(&format!("r{i}"), at, "reshare", &format!("fan{i}"), "ann", "public"))
        .collect();
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let scored = world.json(&["score", "general"]);
    assert!(scored[0]["refused"].as_u64() >= Some(1));
    assert!(!world.ok(&["rank", "general", "--limit", "1000"]).out.contains("forum:ann"));
    assert_eq!(world.run(&["who", "forum:ann"]).code, 1);
}
