//! Webhooks are signed, tried again, given up and tried again by hand; and never lead into the server's own network by themselves.

mod common;

use common::World;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tertius::webhooks::Webhooks;
use tertius::{Span, Time};

/// Answers each request with the next status, and the last for ever; gives what was sent.
fn target(statuses: &'static [u16]) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook?x=1", listener.local_addr().unwrap());
    let (send, sent) = channel();
    std::thread::spawn(move || {
        let mut statuses = statuses.iter().copied();
        let mut status = 0;
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            // The head, and then as much as it says.
            while !request.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                request.push(byte[0]);
            }
            let head = String::from_utf8(request).unwrap().to_lowercase();
            let length = head.split("content-length: ").nth(1).unwrap().split('\r').next().unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut body).unwrap();
            status = statuses.next().unwrap_or(status);
            write!(
                stream,
                "HTTP/1.1 {status} x\r\nContent-Length: 0\r\nLocation: http://127.0.0.1:1/\r\n\r\n"
            )
            .unwrap();
            if send.send(format!("{head}{}", String::from_utf8(body).unwrap())).is_err() {
                return;
            }
        }
    });
    (url, sent)
}

fn score(world: &World, hours: Span) {
    let newest = world.workspace.who("discourse:tomas", &[]).unwrap().scores[0].as_of;
    let at = Time(newest.0 + hours * 3_600_000_000);
    world.workspace.score(&["general".to_owned()], Some(at)).unwrap();
}

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    request.split(&format!("{name}: ")).nth(1).unwrap().split('\r').next().unwrap()
}

fn within_seconds(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn an_event_is_signed_and_sent_once_and_one_that_is_refused_is_kept() {
    let world = World::new();
    let (good, heard) = target(&[204]);
    let (bad, refused) = target(&[302, 500, 200]);
    let made = world.workspace.add_webhook(&good, "comparison", true).unwrap();
    let kept = world.workspace.add_webhook(&bad, "comparison", true).unwrap();
    let other = world.workspace.add_webhook(&good, "sales", true).unwrap();
    world.listening(server::Limits::default());
    score(&world, 1);
    let request = heard.recv_timeout(Duration::from_secs(60)).unwrap();
    let body = request.split("\r\n\r\n").nth(1).unwrap();
    assert!(request.starts_with("post /hook?x=1 http/1.1"), "{request}");
    assert_eq!(header(&request, "tertius-webhook"), made.id);
    let told: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(told["definition"], "general");
    let bytes = |hex: &str| -> Vec<u8> {
        let pair = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(pair).collect()
    };
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &bytes(&made.secret));
    let signed = format!("{}.{body}", header(&request, "tertius-timestamp"));
    let signature = bytes(header(&request, "tertius-signature").strip_prefix("v1=").unwrap());
    ring::hmac::verify(&key, signed.as_bytes(), &signature).unwrap();

    // A redirection is not followed; it is no success.
    refused.recv_timeout(Duration::from_secs(60)).unwrap();
    let mut webhooks = Webhooks::open(world.workspace.dir()).unwrap();
    let mut waiting = Vec::new();
    within_seconds("the failure is noted", || {
        waiting = webhooks.deliveries().unwrap();
        waiting.len() == 1 && waiting[0].attempts == 1
    });
    assert_eq!((&waiting[0].hook, &*waiting[0].reason), (&kept.id, "answered 302"));
    assert!(waiting[0].next.unwrap() > Time::now());
    // Given up, as after the last try; then tried by hand, twice.
    for _ in 0..2 {
        webhooks.failed(&kept.id, waiting[0].event, None, "enough").unwrap();
        assert_eq!(world.workspace.dead_events().unwrap()[0].reason, "enough");
        assert_eq!(world.workspace.retry_webhook(&kept.id).unwrap(), 1);
        let again = refused.recv_timeout(Duration::from_secs(60)).unwrap();
        assert_eq!(header(&again, "tertius-event"), waiting[0].event.to_string());
        within_seconds("the try is noted", || {
            let left = webhooks.deliveries().unwrap();
            left.is_empty() || left[0].attempts == 1
        });
    }
    assert!(webhooks.deliveries().unwrap().is_empty());
    assert!(heard.try_recv().is_err(), "it was sent once, and not for another purpose");
    let listed = world.workspace.list_webhooks().unwrap();
    assert!(listed.iter().all(|hook| (hook.waiting, hook.dead) == (0, 0)));
    world.workspace.remove_webhook(&other.id).unwrap();
    assert_eq!(world.workspace.list_webhooks().unwrap().len(), 2);
}

#[test]
fn nothing_is_sent_into_the_servers_own_network_unless_the_operator_says_so() {
    let world = World::new();
    let (url, heard) = target(&[200]);
    for wrong in [
        &*url,
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "http://a.example/",
        "https://10.0.0.1:8080/x",
    ] {
        assert!(world.workspace.add_webhook(wrong, "comparison", false).is_err(), "{wrong}");
    }
    // A name that only turns out to lead there when it is asked for.
    let port = url.rsplit(':').next().unwrap().split('/').next().unwrap();
    let mut webhooks = Webhooks::open(world.workspace.dir()).unwrap();
    let led = format!("http://localhost:{port}/");
    webhooks.add(&led, "comparison", false, 0, Time::now()).unwrap();
    world.listening(server::Limits::default());
    score(&world, 1);
    within_seconds("it is refused", || {
        webhooks.deliveries().unwrap().iter().any(|one| one.reason.contains("private address"))
    });
    assert!(heard.try_recv().is_err());
}
