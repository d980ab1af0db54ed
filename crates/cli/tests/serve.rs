//! `serve` as a process: it says where it listens, answers, and ends in order.

mod common;

use common::{Server, World, fernhill};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

#[test]
fn a_server_answers_sees_what_others_change_and_ends_in_order() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    world.ok(&["people", "import", &fernhill("people.csv")]);
    world.ok(&["score", "helpers"]);
    let made = world.json(&["key", "create", "crm", "--purpose", "community"]);
    let key = made["key"].as_str().unwrap();
    let log = world.path("access.log");
    let server = Server::start(&world, &["--access-log", log.to_str().unwrap()]);
    let path = "/api/v1/people/discourse:mara/scores";
    let answer = server.get(path, key);
    assert_eq!(answer.status, 200, "{answer:?}");
    let served = answer.json();
    let told = world.json(&["who", "discourse:mara"]);
    assert_eq!(served["scores"][0]["score"], told["scores"][0]["score"]);
    // An objection holds 10 milliseconds later.
    world.ok(&["object", "discourse:mara"]);
    assert_eq!(server.get(path, key).status, 404);
    server.end();
    // Who looked was written down at the end, and nobody is named in the log.
    let looks = world.json(&["access", "discourse:mara"])["looks"].to_string();
    assert!(looks.contains("(crm)"), "{looks}");
    let log = std::fs::read_to_string(log).unwrap();
    assert_eq!(log.lines().count(), 2, "{log}");
    assert!(!log.contains("mara") && log.contains(made["id"].as_str().unwrap()), "{log}");
}

#[test]
fn a_server_does_not_start_where_it_must_not_or_can_not() {
    let world = World::new();
    let none = world.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(none.code == 1 && none.err.contains("tertius ingest"), "{}", none.err);
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    let open = world.run(&["serve", "--listen", "0.0.0.0:0"]);
    assert!(open.code == 2 && open.err.contains("tertius operator add"), "{}", open.err);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let busy = world.run(&["serve", "--listen", &address]);
    assert!(busy.code == 1 && busy.err.contains("cannot listen"), "{}", busy.err);
}

#[test]
fn a_key_of_the_sandbox_has_a_simulated_world_of_its_own() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    let made = world.json(&["key", "create", "trial", "--sandbox"]);
    let key = made["key"].as_str().unwrap();
    let mut there: Vec<String> = std::fs::read_dir(world.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("sandbox"))
        .collect();
    there.sort();
    assert_eq!(there, ["workspace.sandbox"]);
    let server = Server::start(&world, &[]);
    let answer = server.get("/api/v1/definitions/general/rank?limit=3", key);
    assert_eq!(answer.status, 200, "{answer:?}");
    let list = answer.json();
    let first = list["people"][0]["person"].as_str().unwrap();
    let answer = server.get(&format!("/api/v1/people/{first}/scores"), key);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(server.get("/api/v1/people/discourse:mara/scores", key).status, 404);
    server.end();
    let both = world.run(&["key", "create", "both", "--sandbox", "--may-write"]);
    assert_eq!(both.code, 2);
}

/// The lines of a stream of events until its end, which has to be one in order.
fn heard(reader: impl BufRead) -> Vec<String> {
    reader.lines().map(|line| line.expect("it broke off")).collect()
}

#[test]
fn a_stream_of_events_ends_with_the_server_and_goes_on_with_the_next() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    world.ok(&["score", "helpers"]);
    let made = world.json(&["key", "create", "crm", "--purpose", "community"]);
    let key = made["key"].as_str().unwrap();
    let server = Server::start(&world, &[]);
    let listen = |server: &Server, last: &str| {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        write!(
            stream,
            "GET /api/v1/changes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nLast-Event-ID: {last}\r\n\r\n"
        )
        .unwrap();
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        while !line.starts_with("data: ") {
            line.clear();
            assert!(reader.read_line(&mut line).unwrap() > 0);
        }
        reader
    };
    let listener = listen(&server, "0");
    let log = server.end();
    // In order: the last chunk is there, and nobody had to be cut off.
    let rest = heard(listener);
    assert_eq!(rest.iter().filter(|line| *line == "0").count(), 1, "{rest:?}");
    assert!(!log.contains("not answered to the end"), "{log}");
    // What is published while no server runs is heard from the next.
    let newest = world.json(&["who", "discourse:mara"])["scores"][0]["as_of"].to_string();
    let later = newest.trim_matches('"').replace("2026-10-31", "2026-11-01");
    world.ok(&["score", "helpers", "--as-of", &later]);
    let server = Server::start(&world, &[]);
    let listener = listen(&server, "1");
    server.end();
    let rest = heard(listener);
    assert_eq!(rest.iter().filter(|line| *line == "0").count(), 1, "{rest:?}");
}
