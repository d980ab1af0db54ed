//! `operator`: who may sign in, with the password from standard input, and what the audit trail keeps.

mod common;

use common::{World, fernhill};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

const PASSWORD: &str = "several words in a row";

/// Exit code, and what was said on the error stream.
fn with_password(world: &World, args: &[&str], password: &str) -> (i32, String) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_tertius"))
        .arg("--workspace")
        .arg(world.path("workspace"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(process.stdin.take().unwrap(), "{password}").unwrap();
    let ended = process.wait_with_output().unwrap();
    (ended.status.code().unwrap(), String::from_utf8(ended.stderr).unwrap())
}

#[test]
fn operators_are_added_listed_and_removed_and_the_trail_tells_it() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    let add = ["operator", "add", "ada", "--role", "analyst"];
    let (code, said) = with_password(&world, &add, "short");
    assert_eq!(code, 1);
    assert!(said.contains("at least 12 characters"), "{said}");
    assert_eq!(with_password(&world, &add, PASSWORD).0, 0);
    let (code, said) = with_password(&world, &add, PASSWORD);
    assert!(code == 1 && said.contains("tertius operator password ada"), "{said}");
    assert_eq!(
        with_password(&world, &["operator", "password", "ada"], "other words in a row").0,
        0
    );
    let listed = world.json(&["operator", "list"]);
    assert_eq!((&listed[0]["name"], &listed[0]["role"]), (&"ada".into(), &"analyst".into()));
    world.ok(&["operator", "remove", "ada"]);
    assert_eq!(world.json(&["operator", "list"]), serde_json::json!([]));
    let trail = world.json(&["operator", "audit"]);
    let said: Vec<&str> =
        trail.as_array().unwrap().iter().map(|one| one["what"].as_str().unwrap()).collect();
    assert_eq!(
        said,
        [
            "removed operator ada",
            "set the password of operator ada",
            "added operator ada as analyst"
        ]
    );
    assert_eq!(world.run(&["operator", "add", "ada", "--role", "king"]).code, 2);
}

#[test]
fn other_machines_are_served_only_where_somebody_can_sign_in() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    let listen = ["serve", "--listen", "0.0.0.0:0"];
    let refused = world.run(&listen);
    assert_ne!(refused.code, 0);
    assert!(refused.err.contains("tertius operator add"), "{}", refused.err);
    let add = ["operator", "add", "ada", "--role", "operator"];
    assert_eq!(with_password(&world, &add, PASSWORD).0, 0);
    let mut server = Command::new(env!("CARGO_BIN_EXE_tertius"))
        .arg("--workspace")
        .arg(world.path("workspace"))
        .args(listen)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stderr.take().unwrap()).read_line(&mut line).unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(line.starts_with("listening on http://0.0.0.0:"), "{line}");
}
