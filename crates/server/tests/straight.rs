//! What is spared the way through the router is answered as if it had gone it.

mod common;

use axum::body::Body;
use axum::http::Request;
use common::World;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// Status, what there is among `HEADERS`, and body of an answer on a socket.
fn told(address: SocketAddr, method: &str, path: &str, key: &str) -> (u16, Vec<String>, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let header = |name: &&str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known == name).map(|(_, value)| value.to_owned())
    };
    (status, HEADERS.iter().map(|name| header(name).unwrap_or_default()).collect(), body.to_owned())
}

const HEADERS: [&str; 6] = [
    "content-type",
    "content-length",
    "etag",
    "x-content-type-options",
    "www-authenticate",
    "allow",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_answers_what_the_router_answers_however_a_path_is_written() {
    let world = World::new();
    let key = world.key("comparison", 1_000_000, 100_000_000);
    let id = world.workspace.who("discourse:mara", &[]).unwrap().person.id().to_string();
    let address = world.listening(server::Limits::default());
    let mut statuses = std::collections::BTreeSet::new();
    let of_scores = [
        "discourse:mara",
        "discourse%3Amara",
        "%64iscourse:mara",
        &*id,
        "",
        "/",
        "a/b",
        "%ff",
        "lookup",
        "nobody:1",
    ];
    let of_klout = [&*id, "%31", "12x", "", "/", "%ff", "1/2"];
    let scores = of_scores.iter().flat_map(|account| {
        [
            "/scores",
            "/scores/",
            "/scores?definition=general",
            "/scores?definition=none",
            "/scores?x=%ff",
            "/score",
            "//scores",
            "/scores?",
        ]
        .map(|end| format!("/api/v1/people/{account}{end}"))
    });
    let klout = of_klout.iter().flat_map(|id| {
        ["/score", "/score/", "/score?", "/scorex?", "/topics?", "//score?"].map(|end| {
            format!(
                "/v2/user.json/{id}{end}{}",
                if end.ends_with('?') { format!("key={key}") } else { String::new() }
            )
        })
    });
    for path in scores.chain(klout) {
        for method in ["GET", "HEAD", "POST"] {
            for key in [&*key, "none"] {
                let request = Request::builder().method(method).uri(&path);
                let request = request.header("authorization", format!("Bearer {key}"));
                let by_router = world.send(request.body(Body::empty()).unwrap()).await;
                let headers =
                    HEADERS.iter().map(|name| by_router.header(name).to_owned()).collect();
                let body = String::from_utf8(by_router.body.clone()).unwrap();
                let straight = told(address, method, &path, key);
                let routed = (by_router.status.as_u16(), headers, body);
                assert_eq!(straight, routed, "{method} {path} {key}");
                statuses.insert(straight.0);
            }
        }
    }
    assert_eq!(Vec::from_iter(statuses), [200, 400, 401, 403, 404, 405]);
}
