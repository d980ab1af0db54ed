//! What is published is heard by whoever listens, once, in order, and also by whoever was away.

mod common;

use axum::http::StatusCode;
use common::World;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use tertius::Time;

struct Listener(BufReader<TcpStream>);

impl Listener {
    fn at(address: SocketAddr, key: &str, last: Option<&str>) -> Listener {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let last = last.map(|last| format!("Last-Event-ID: {last}\r\n")).unwrap_or_default();
        write!(
            stream,
            "GET /api/v1/changes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n{last}\r\n"
        )
        .unwrap();
        let mut listener = Listener(BufReader::new(stream));
        assert!(listener.until("HTTP/").starts_with("HTTP/1.1 200"));
        // From here on nothing is missed.
        listener.until(":");
        listener
    }

    /// The next line that begins so.
    fn until(&mut self, begins: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended before {begins:?}");
            if line.starts_with(begins) {
                return line.trim_end().to_owned();
            }
        }
    }

    /// Number and content of the next event.
    fn event(&mut self) -> (String, serde_json::Value) {
        let id = self.until("id: ")[4..].to_owned();
        assert_eq!(self.until("event: "), "event: scorecard");
        let data = self.until("data: ");
        (id, serde_json::from_str(&data[6..]).unwrap())
    }
}

fn score(world: &World, definition: &str, hours: i64) {
    let newest = world.workspace.who("discourse:tomas", &[]).unwrap().scores[0].as_of;
    let at = Time(newest.0 + hours * 3_600_000_000);
    world.workspace.score(&[definition.to_owned()], Some(at)).unwrap();
}

#[test]
fn a_listener_hears_what_is_published_for_its_purpose_and_goes_on_where_it_stopped() {
    let world = World::new();
    let key = world.key("comparison", 1_000, 1_000);
    let address = world.listening(server::Limits::default());
    let mut listener = Listener::at(address, &key, None);
    score(&world, "helpers", 1);
    score(&world, "general", 2);
    let (first, told) = listener.event();
    // Not of helpers, which is for another purpose, and not what was there before.
    assert_eq!((&told["definition"], &told["number"]), (&"general".into(), &1.into()));
    assert!(told["card"].as_str().unwrap().len() >= 16 && told.get("people").is_some());
    drop(listener);
    // While nobody listens; scoring the same again publishes nothing.
    score(&world, "general", 1);
    score(&world, "general", 0);
    // Another server, as after a restart.
    let address = world.listening(server::Limits::default());
    let mut listener = Listener::at(address, &key, Some(&first));
    let (second, told) = listener.event();
    assert!(second.parse::<u64>().unwrap() > first.parse::<u64>().unwrap());
    let as_of = told["as_of"].clone();
    score(&world, "general", 1);
    let (third, told) = listener.event();
    assert!(third.parse::<u64>().unwrap() > second.parse::<u64>().unwrap());
    assert_ne!(told["as_of"], as_of);
}

#[tokio::test(flavor = "multi_thread")]
async fn listening_takes_a_key_and_a_number() {
    let world = World::new();
    let key = world.key("comparison", 1_000, 1_000);
    let answer = world.get("/api/v1/changes", None).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let answer = world.get("/api/v1/changes?after=yesterday", Some(&key)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}
