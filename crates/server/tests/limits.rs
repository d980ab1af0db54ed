//! What connections may take, held by a server on a real socket; and 100,000 requests of a fuzzer.

mod common;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use common::World;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

fn quick() -> server::Limits {
    let second = Duration::from_millis(400);
    server::Limits { connections: 64, lines: second, body: second, answer: second }
}

/// Sends bytes and reads until the other end closes; how long that took.
fn told(address: SocketAddr, bytes: &[u8]) -> (String, Duration) {
    let begun = Instant::now();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // It may be told off before all of it is sent.
    let _sent = stream.write_all(bytes);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("{error}"),
        _ => {}
    }
    (String::from_utf8_lossy(&answer).into_owned(), begun.elapsed())
}

#[test]
fn whoever_is_slow_with_a_request_is_dropped() {
    let world = World::new();
    let key = world.writer();
    let address = world.listening(quick());
    let (answer, took) = told(address, b"GET /healthz HTTP/1.1\r\nHost: x\r\n");
    assert!(!answer.starts_with("HTTP/1.1 200") && took < Duration::from_secs(10), "{answer}");
    for path in ["/api/v1/people/lookup", "/api/v1/interactions"] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
        );
        let (answer, took) = told(address, head.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 408") && took < Duration::from_secs(10), "{answer}");
    }
}

#[test]
fn whoever_takes_nothing_of_an_answer_is_dropped() {
    let world = World::new();
    let key = world.key("community", 1_000_000, 100_000_000);
    let address = world.listening(quick());
    let accounts = vec!["\"discourse:mara\""; 1_000].join(",");
    let body = format!("{{\"accounts\":[{accounts}]}}");
    let one = format!(
        "POST /api/v1/people/lookup HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    let begun = Instant::now();
    // Asks on and on and reads nothing: sooner or later the answers no longer fit anywhere, and then it is over.
    let dropped =
        std::iter::repeat_n((), 10_000).any(|()| stream.write_all(one.as_bytes()).is_err());
    assert!(dropped && begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[test]
fn lines_beyond_their_limit_are_refused() {
    let world = World::new();
    let address = world.listening(quick());
    let long = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(64 << 10));
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "A: b\r\n".repeat(500));
    for request in [long, many] {
        let (answer, _) = told(address, request.as_bytes());
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
}

#[test]
fn beyond_so_many_connections_new_ones_wait_for_their_turn() {
    let world = World::new();
    let limits = server::Limits { connections: 2, ..quick() };
    let limits = server::Limits { lines: Duration::from_secs(60), ..limits };
    let address = world.listening(limits);
    let held: Vec<TcpStream> = (0..2).map(|_| TcpStream::connect(address).unwrap()).collect();
    std::thread::sleep(Duration::from_millis(100));
    let mut third = TcpStream::connect(address).unwrap();
    third.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    third.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    assert!(third.read(&mut answer).is_err(), "it has no turn yet");
    drop(held);
    third.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    third.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_packed_where_that_is_worth_it_and_asked_for() {
    let world = World::new();
    let key = world.key("comparison", 1_000, 1_000);
    let ask = async |path: &str, encoding: &str| {
        let request = Request::get(path)
            .header("authorization", format!("Bearer {key}"))
            .header("accept-encoding", encoding);
        world.send(request.body(Body::empty()).unwrap()).await
    };
    let list = "/api/v1/definitions/general/rank";
    let plain = ask(list, "br, gzip;q=0").await;
    assert_eq!(plain.header("content-encoding"), "");
    let packed = ask(list, "br, gzip").await;
    assert_eq!(
        (packed.header("content-encoding"), packed.header("vary")),
        ("gzip", "accept-encoding")
    );
    assert!(packed.body.len() * 2 < plain.body.len());
    let mut back = Vec::new();
    flate2::read::GzDecoder::new(&*packed.body).read_to_end(&mut back).unwrap();
    assert_eq!(back, plain.body);
    for small in ["/api/v1/people/discourse:mara/scores", "/healthz", "/nothing"] {
        assert_eq!(ask(small, "gzip").await.header("content-encoding"), "", "{small}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_hosts_read_answers_only_where_the_operator_names_them() {
    const APP: &str = "https://app.example";
    let ask = async |world: &World, method: Method, origin: &str| {
        let request = Request::builder()
            .method(method)
            .uri("/api/v1/definitions")
            .header("origin", origin)
            .header("access-control-request-method", "GET");
        world.send(request.body(Body::empty()).unwrap()).await
    };
    let closed = World::new();
    let open = World::with("cors = [\"https://app.example\"]\n");
    for (world, origin) in [(&closed, APP), (&open, "https://other.example"), (&open, "null")] {
        for method in [Method::GET, Method::OPTIONS] {
            let answer = ask(world, method, origin).await;
            assert_eq!(answer.header("access-control-allow-origin"), "");
        }
    }
    let first = ask(&open, Method::OPTIONS, APP).await;
    assert_eq!(first.status, StatusCode::NO_CONTENT);
    assert_eq!(first.header("access-control-allow-origin"), APP);
    assert!(first.header("access-control-allow-headers").contains("authorization"));
    let answer = ask(&open, Method::GET, APP).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        (answer.header("access-control-allow-origin"), answer.header("vary")),
        (APP, "origin")
    );
    let dir = tempfile::tempdir().unwrap();
    for wrong in ["*", "app.example", "https://app.example/path", "https://"] {
        std::fs::write(dir.path().join("tertius.toml"), format!("cors = [\"{wrong}\"]\n")).unwrap();
        assert!(tertius::Workspace::open(dir.path()).is_err(), "{wrong}");
    }
}

/// A number that follows from two others, and from nothing else.
fn drawn(seed: u64, step: u64) -> u64 {
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ step.wrapping_mul(0xD1B5_4A32_D192_ED03);
    x = (x ^ (x >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 29)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 32)
}

/// A request with a few bytes changed, doubled, cut or replaced by what parsers stumble over.
fn mangled(requests: &[String], seed: u64) -> Vec<u8> {
    const ODD: [&[u8]; 16] = [
        b"\0",
        b"\r\n\r\n",
        b"%ff",
        b"%00",
        b"\xff\xfe",
        b"Content-Length: 99999999999999999999\r\n",
        b"\xe2\x80\xae",
        b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        b"[[[[[[[[[[[[[[[[",
        b"{\"a\":",
        b"-1",
        b"1e999",
        b"../../",
        b"HTTP/9.9",
        b"\"\\ud800\"",
        b"&&limit=0&cursor=",
    ];
    let mut bytes =
        requests[(drawn(seed, 0) % requests.len() as u64) as usize].clone().into_bytes();
    for step in 0..1 + drawn(seed, 1) % 4 {
        let at = (drawn(seed, 10 * step + 2) % (bytes.len() as u64 + 1)) as usize;
        let until = (at + (drawn(seed, 10 * step + 3) % 9) as usize).min(bytes.len());
        match drawn(seed, 10 * step + 4) % 6 {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..until)),
            2 => {
                let again =
                    bytes[at..until].repeat(1 + (drawn(seed, 10 * step + 5) % 300) as usize);
                drop(bytes.splice(at..at, again));
            }
            3 if at < bytes.len() => bytes[at] ^= 1 << (drawn(seed, 10 * step + 6) % 8),
            _ => {
                let odd = ODD[(drawn(seed, 10 * step + 7) % ODD.len() as u64) as usize];
                drop(bytes.splice(at..until, odd.iter().copied()));
            }
        }
    }
    bytes
}

#[test]
fn a_hundred_thousand_mangled_requests_leave_it_serving() {
    const REQUESTS: u64 = 100_000;
    let world = World::new();
    let writer = world.writer();
    let key = world.key("comparison", 1_000_000, 100_000_000);
    let address = world.listening(server::Limits { connections: 256, ..server::Limits::default() });
    let ask = |path: &str| {
        format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nAccept-Encoding: gzip\r\nIf-None-Match: \"x\"\r\n\r\n"
        )
    };
    let send = |path: &str, kind: &str, key: &str, body: &str| {
        let length = body.len();
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    };
    let mut requests: Vec<String> = Vec::new();
    for _ in 0..6 {
        requests.extend([
            ask("/api/v1/people/discourse:mara/scores?definition=general"),
            ask("/api/v1/people/discourse%3Amara"),
            ask("/api/v1/definitions"),
            ask("/api/v1/definitions/general/rank?limit=5&cursor=00000000000000001"),
            ask(&format!("/v2/user.json/1/score?key={key}")),
            ask(&format!("/1/klout.json?users=a,b&key={key}")),
            ask("/api/openapi.json"),
            ask("/api"),
            ask("/metrics"),
            send(
                "/api/v1/people/lookup",
                "application/json",
                &key,
                "{\"accounts\":[\"discourse:mara\",\"x:1\"],\"definition\":\"general\"}",
            ),
            send("/api/v1/interactions", "application/json", &key, "[{\"id\":\"1\",\"at\":1}]"),
        ]);
    }
    // These cost more.
    let row = "{\"id\":\"f1\",\"at\":\"2026-10-01T00:00:00Z\",\"network\":\"discourse\",\"verb\":\"like\",\"actor\":\"a\",\"target\":\"b\"}";
    requests.push(send("/api/v1/interactions", "application/x-ndjson", &writer, row));
    requests.push(ask("/api/v1/people/discourse:mara/explanation?definition=general"));
    let statuses: [AtomicU64; 6] = Default::default();
    let threads = 8;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (requests, statuses) = (&requests, &statuses);
            scope.spawn(move || {
                for number in (thread..REQUESTS).step_by(threads as usize) {
                    let bytes = mangled(requests, number);
                    let mut stream = TcpStream::connect(address).unwrap();
                    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
                    let mut answer = Vec::new();
                    // It may be told off, or dropped, before all of it is sent.
                    if stream.write_all(&bytes).is_ok() {
                        let _ended = stream.shutdown(Shutdown::Write);
                    }
                    if let Err(error) = stream.read_to_end(&mut answer) {
                        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error} {number}");
                    }
                    let class =
                        answer.get(9).map_or(0, |digit| usize::from(digit.wrapping_sub(b'0')));
                    let text = String::from_utf8_lossy(&answer);
                    assert!(!text.starts_with("HTTP/1.1 500"), "request {number}: {text}");
                    statuses[class.min(5)].fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let counted = statuses.map(AtomicU64::into_inner);
    assert_eq!(counted.iter().sum::<u64>(), REQUESTS);
    // Some were good by chance, and most were not.
    assert!(counted[2] > 1_000 && counted[4] > 20_000, "{counted:?}");
    let (answer, _) = told(
        address,
        ask("/api/v1/people/discourse:mara/scores")
            .replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
            .as_bytes(),
    );
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(world.workspace.verify().unwrap().problems, Vec::<String>::new());
}

#[test]
fn it_listens_on_this_machine_alone_unless_it_is_told_otherwise() {
    assert!(server::Options::default().listen.ip().is_loopback());
    let world = World::new();
    let elsewhere = server::Options {
        listen: SocketAddr::from(([0, 0, 0, 0], 0)),
        ..server::Options::default()
    };
    let refused = server::serve(&world.workspace, &elsewhere, |at| panic!("it listens on {at}"));
    let refused = refused.unwrap_err();
    assert_eq!(refused.kind(), tertius::ErrorKind::Usage);
    assert!(refused.to_string().contains("tertius operator add"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_nested_without_end_are_refused() {
    let world = World::new();
    let key = world.writer();
    let within = |open: &str| format!("{{\"accounts\":{}", open.repeat(100_000));
    for open in ["[", "{\"a\":", "[{\"a\":"] {
        let answer = world.lookup(&within(open), &key).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{open}");
        for kind in ["application/json", "application/x-ndjson", "application/activity+json"] {
            let request = Request::post("/api/v1/interactions")
                .header("authorization", format!("Bearer {key}"))
                .header("content-type", kind);
            let answer = world.send(request.body(Body::from(within(open))).unwrap()).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{open} as {kind}");
        }
    }
}
