//! `serve` as a process: it says where it listens, answers, and ends in order.

mod common;

use common::{World, fernhill};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(world: &World) -> Server {
        let mut process = Command::new(env!("CARGO_BIN_EXE_tertius"))
            .arg("--workspace")
            .arg(world.path("workspace"))
            .args(["serve", "--listen", "127.0.0.1:0", "--access-log"])
            .arg(world.path("access.log"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let told = process.stderr.take().unwrap();
        BufReader::new(told).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").expect(&line).to_owned();
        Server { process, address }
    }

    /// Status and body.
    fn get(&self, path: &str, key: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    fn end(mut self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.process.wait().unwrap().success());
    }
}

#[test]
fn a_server_answers_sees_what_others_change_and_ends_in_order() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    world.ok(&["people", "import", &fernhill("people.csv")]);
    world.ok(&["score", "helpers"]);
    let made = world.json(&["key", "create", "crm", "--purpose", "community"]);
    let key = made["key"].as_str().unwrap();
    let server = Server::start(&world);
    let path = "/api/v1/people/discourse:mara/scores";
    let (status, body) = server.get(path, key);
    assert_eq!(status, 200, "{body}");
    let served: serde_json::Value = serde_json::from_str(&body).unwrap();
    let told = world.json(&["who", "discourse:mara"]);
    assert_eq!(served["scores"][0]["score"], told["scores"][0]["score"]);
    // An objection holds 10 milliseconds later.
    world.ok(&["object", "discourse:mara"]);
    assert_eq!(server.get(path, key).0, 404);
    server.end();
    // Who looked was written down at the end, and nobody is named in the log.
    let looks = world.json(&["access", "discourse:mara"])["looks"].to_string();
    assert!(looks.contains("(crm)"), "{looks}");
    let log = std::fs::read_to_string(world.path("access.log")).unwrap();
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
    let server = Server::start(&world);
    let (status, body) = server.get("/api/v1/definitions/general/rank?limit=3", key);
    assert_eq!(status, 200, "{body}");
    let list: serde_json::Value = serde_json::from_str(&body).unwrap();
    let first = list["people"][0]["person"].as_str().unwrap();
    let (status, body) = server.get(&format!("/api/v1/people/{first}/scores"), key);
    assert_eq!(status, 200, "{body}");
    assert_eq!(server.get("/api/v1/people/discourse:mara/scores", key).0, 404);
    server.end();
    let both = world.run(&["key", "create", "both", "--sandbox", "--may-write"]);
    assert_eq!(both.code, 2);
}
