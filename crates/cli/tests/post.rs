//! What a server has answered to be stored is stored: through kill -9, with two servers on one workspace, and beside an ingest.

mod common;

use common::{Server, World};
use std::sync::Mutex;
use std::time::Duration;

fn row(id: usize) -> String {
    common::row(
        &format!("r{id}"),
        "2026-05-01T00:00:00Z",
        "like",
        &format!("a{}", id % 50),
        "b",
        "public",
    )
}

/// Sends rows under a name; the answer, or nothing where the server was gone before there was one.
fn post(address: &str, key: &str, name: &str, body: &str) -> Option<serde_json::Value> {
    let length = body.len();
    let request = format!(
        "POST /api/v1/interactions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\
         Content-Type: application/x-ndjson\r\nIdempotency-Key: {name}\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let answer = Server::ask(address, &request)?;
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_str(&answer.body).ok()
}

fn world() -> (World, String) {
    let world = World::new();
    world.ok(&["ingest", &world.file("first.ndjson", row(0))]);
    let made = world.json(&[
        "key",
        "create",
        "feed",
        "--may-write",
        "--per-second",
        "100000",
        "--per-day",
        "1000000",
    ]);
    (world, made["key"].as_str().unwrap().to_owned())
}

/// The ids of all stored rows.
fn stored(world: &World) -> Vec<String> {
    let file = world.path("rows.csv");
    let path = file.display().to_string();
    world.ok(&["export", "interactions", "--to", &path]);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    text.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect()
}

#[test]
fn what_was_answered_survives_kill_9_and_is_stored_once() {
    let (world, key) = world();
    let acknowledged = Mutex::new(Vec::new());
    let mut next = 1;
    for round in 0..4u64 {
        let server = Server::start(&world, &[]);
        let address = server.address.clone();
        std::thread::scope(|scope| {
            for part in 0..4 {
                let (key, address, acknowledged) = (&key, &address, &acknowledged);
                scope.spawn(move || {
                    for step in 0.. {
                        let id = next + 4 * step + part;
                        let Some(answer) = post(address, key, &format!("n{id}"), &row(id)) else {
                            return;
                        };
                        assert_eq!(answer["accepted"], 1);
                        acknowledged.lock().unwrap().push(id);
                    }
                });
            }
            // Another process writes at the same time.
            let file = world.file(&format!("{round}.ndjson"), row(1_000_000 + round as usize));
            world.ok(&["ingest", &file]);
            std::thread::sleep(Duration::from_millis(150 + 97 * round));
            server.kill();
        });
        next += 100_000;
        let report = world.json(&["verify"]);
        assert_eq!(report["ok"], true, "{report}");
    }
    let ids = stored(&world);
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() > 20, "{}", acknowledged.len());
    for id in &acknowledged {
        assert_eq!(ids.iter().filter(|one| **one == format!("r{id}")).count(), 1, "r{id}");
    }
    // Whoever did not hear the answer asks again, and hears the first one.
    let server = Server::start(&world, &[]);
    let last = acknowledged[acknowledged.len() - 1];
    let again = post(&server.address, &key, &format!("n{last}"), &row(last)).unwrap();
    assert_eq!(again["accepted"], 1);
    assert_eq!(stored(&world).len(), ids.len());
    server.kill();
}

#[test]
fn two_servers_of_one_workspace_store_each_row_once() {
    let (world, key) = world();
    let servers = [Server::start(&world, &[]), Server::start(&world, &[])];
    let accepted = Mutex::new(0);
    std::thread::scope(|scope| {
        for (number, server) in servers.iter().enumerate() {
            let (key, accepted) = (&key, &accepted);
            scope.spawn(move || {
                for id in 1..=40 {
                    // The same rows to both, under names of their own and, for half, under one.
                    let name =
                        if id % 2 == 0 { format!("n{id}") } else { format!("{number}-{id}") };
                    let answer = post(&server.address, key, &name, &row(id)).unwrap();
                    if id % 2 == 0 {
                        assert_eq!(answer["accepted"], 1);
                    } else {
                        *accepted.lock().unwrap() += answer["accepted"].as_u64().unwrap();
                    }
                }
            });
        }
    });
    assert_eq!(accepted.into_inner().unwrap(), 20);
    assert_eq!(stored(&world).len(), 41);
    servers.into_iter().for_each(Server::kill);
    assert_eq!(world.json(&["verify"])["ok"], true);
}
