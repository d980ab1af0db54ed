//! The demo: what it prints for worlds of every size, and that it says of itself what it is.

mod common;

use common::World;

fn demo(world: &World, people: &str) -> String {
    world.ok(&["demo", "--into", &world.path(people).display().to_string(), "--people", people]).out
}

#[test]
fn the_first_screen_shows_what_definitions_make_of_the_same_people() {
    let world = World::new();
    let text = demo(&world, "600");
    for words in [
        "None of them exists.",
        "The same 10 people under every definition",
        "How far two definitions order people alike",
        "the sum of the points below",
        "third-voice",
        "A warm way to",
        "What this could not tell",
        "Go on with",
    ] {
        assert!(text.contains(words), "{words} is missing from:\n{text}");
    }
    // The commands that it names work.
    let next: Vec<&str> =
        text.lines().filter_map(|line| line.trim().strip_prefix("tertius --workspace ")).collect();
    assert!(next.len() >= 3, "{text}");
    for line in next {
        let (workspace, command) = line.split_once(' ').unwrap();
        let args: Vec<&str> = command.split(' ').collect();
        let ran = world.run_in(workspace, &args);
        assert_eq!(ran.code, 0, "{line}: {}", ran.err);
    }
    assert!(world.path("600/world/truth.json").is_file());
}

#[test]
fn the_same_seed_tells_the_same() {
    let world = World::new();
    let [one, other] = ["a", "b"].map(|name| {
        let into = world.path(name).display().to_string();
        let text = world.ok(&["demo", "--into", &into, "--people", "200"]).out;
        let text = text.replace(&into, "");
        text.lines().filter(|line| !line.contains("this took")).collect::<Vec<_>>().join("\n")
    });
    assert_eq!(one, other);
}

#[test]
fn worlds_too_small_to_score_are_said_to_be() {
    let world = World::new();
    for people in ["1", "2", "7"] {
        let text = demo(&world, people);
        assert!(text.contains("What this could not tell") && !text.contains("NaN"), "{text}");
    }
    assert!(demo(&world, "3").contains("None of them exists."));
}

#[test]
fn a_folder_that_is_there_is_not_touched() {
    let world = World::new();
    std::fs::create_dir(world.path("there")).unwrap();
    let into = world.path("there").display().to_string();
    let ran = world.run(&["demo", "--into", &into]);
    assert!(ran.code == 2 && ran.err.contains("exists"), "{} {}", ran.code, ran.err);
    assert_eq!(std::fs::read_dir(world.path("there")).unwrap().count(), 0);
}
