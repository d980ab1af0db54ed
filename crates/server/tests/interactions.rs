//! What is sent to be stored: forms, counts, names, limits, and what happens to it afterwards.

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use common::{Answer, World};
use serde_json::json;
use std::sync::Arc;

const KINDS: [&str; 3] =
    ["application/x-ndjson", "application/json", "application/activity+json; charset=utf-8"];

async fn post(world: &World, kind: &str, body: impl Into<Body>, key: &str, name: &str) -> Answer {
    let mut request = Request::post("/api/v1/interactions")
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", kind);
    if !name.is_empty() {
        request = request.header("idempotency-key", name);
    }
    world.send(request.body(body.into()).unwrap()).await
}

fn row(id: u32, actor: &str) -> String {
    format!(
        "{{\"id\":\"p{id}\",\"at\":\"2026-10-01T00:00:00Z\",\"network\":\"discourse\",\"verb\":\"answer\",\"actor\":\"{actor}\",\"target\":\"mara\"}}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_is_stored_and_every_row_is_accounted_for() {
    let world = World::new();
    let key = world.writer();
    let before = world.workspace.reading().unwrap().view.rows();
    let lines =
        format!("{}\n\n{}\nnot json\n{{\"at\":1}}\n{}\n", row(1, "a"), row(2, "b"), row(1, "a"));
    let answer = post(&world, KINDS[0], lines, &key, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", String::from_utf8_lossy(&answer.body));
    let told = answer.json();
    assert_eq!((&told["read"], &told["accepted"]), (&json!(5), &json!(2)));
    assert_eq!((&told["duplicates"], &told["rejected"]), (&json!(1), &json!(2)));
    let rejects = told["rejects"].as_array().unwrap();
    assert_eq!((&rejects[0]["row"], &rejects[1]["row"]), (&json!(3), &json!(4)));
    assert!(rejects[1]["reason"].as_str().unwrap().contains("missing"), "{told}");
    // Durable, and seen by whoever reads from now on.
    assert_eq!(world.workspace.reading().unwrap().view.rows(), before + 2);

    let array = format!("[{},\n{}]", row(2, "b"), row(3, "c"));
    let told = post(&world, KINDS[1], array, &key, "").await.json();
    assert_eq!((&told["accepted"], &told["duplicates"]), (&json!(1), &json!(1)));
    let one = post(&world, KINDS[1], row(4, "d"), &key, "").await.json();
    assert_eq!(one["accepted"], 1);
    let collection = json!({"type": "OrderedCollection", "orderedItems": [
        {"type": "Follow", "id": "https://a.example/1", "actor": "https://a.example/ana",
         "object": "https://b.example/bo", "published": "2026-10-01T00:00:00Z"},
        {"type": "Flag"},
    ]});
    let told = post(&world, KINDS[2], collection.to_string(), &key, "").await.json();
    assert_eq!((&told["accepted"], &told["rejected"]), (&json!(1), &json!(1)), "{told}");
    assert_eq!(world.workspace.reading().unwrap().view.rows(), before + 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_keys_that_may_write_do() {
    let world = World::new();
    let reads = world.key("community", 1_000, 1_000);
    assert_eq!(post(&world, KINDS[0], row(1, "a"), &reads, "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(post(&world, KINDS[0], row(1, "a"), "", "").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_a_name_is_stored_once_and_answered_alike() {
    let world = World::new();
    let (key, other) = (world.writer(), world.writer());
    let first = post(&world, KINDS[0], row(1, "a"), &key, "n1").await;
    assert_eq!(
        (first.json()["accepted"].clone(), first.header("idempotent-replayed")),
        (json!(1), "")
    );
    let again = post(&world, KINDS[0], row(1, "a"), &key, "n1").await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.header("idempotent-replayed"), "true");
    // Also of another process, whose server begins now.
    let second = server::Served::open(&world.workspace, &server::Options::default()).unwrap();
    let world = World { app: server::router(second.clone()), served: second, ..world };
    let again = post(&world, KINDS[0], row(1, "a"), &key, "n1").await;
    assert_eq!(again.body, first.body);
    let changed = post(&world, KINDS[0], row(2, "a"), &key, "n1").await;
    assert_eq!(changed.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Whoever else gives that name means a request of their own.
    let theirs = post(&world, KINDS[0], row(2, "a"), &other, "n1").await;
    assert_eq!(theirs.json()["accepted"], 1);
    let long = "x".repeat(256);
    assert_eq!(
        post(&world, KINDS[0], row(3, "a"), &key, &long).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_can_not_be_taken_say_why_and_store_nothing() {
    let world = World::new();
    let key = world.writer();
    let before = world.workspace.reading().unwrap().view.rows();
    let deep = format!("{{\"id\":{}", "[".repeat(1_000));
    let many = format!("{}\n", row(1, "a")).repeat(50_001);
    for (kind, body, status) in [
        ("text/csv", "id,at\n".to_owned(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("", row(1, "a"), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (KINDS[0], String::new(), StatusCode::BAD_REQUEST),
        (KINDS[0], "id,at,verb,actor\n".to_owned(), StatusCode::BAD_REQUEST),
        (KINDS[1], "[{]".to_owned(), StatusCode::BAD_REQUEST),
        (KINDS[1], deep, StatusCode::BAD_REQUEST),
        (KINDS[0], many, StatusCode::BAD_REQUEST),
        (KINDS[0], " ".repeat((8 << 20) + 1), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let answer = post(&world, kind, body, &key, "").await;
        assert_eq!(answer.status, status, "{}", String::from_utf8_lossy(&answer.body));
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    assert_eq!(world.workspace.reading().unwrap().view.rows(), before);
    // Of more than one stretch of rows every one is counted all the same.
    let long: String = (0..12_000).map(|id| format!("{}\n", row(id, "a"))).collect();
    assert!(long.len() > 1 << 20);
    assert_eq!(post(&world, KINDS[0], long, &key, "").await.json()["accepted"], 12_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_was_erased_does_not_come_back_by_this_way() {
    let world = World::new();
    let key = world.writer();
    world.workspace.forget(&["discourse:mara".to_owned()], false, Arc::new(|_| {})).unwrap();
    let told = post(&world, KINDS[0], row(1, "tomas"), &key, "").await.json();
    assert_eq!((&told["accepted"], &told["not_kept"]), (&json!(0), &json!(1)), "{told}");
    assert_eq!(world.workspace.verify().unwrap().problems, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_stored_together_and_beyond_the_queue_are_sent_away() {
    let world = World::new();
    let key = world.writer();
    let before = world.workspace.reading().unwrap().view.rows();
    let answers = (0..64).map(|id| {
        let (app, key) = (world.app.clone(), key.clone());
        tokio::spawn(async move {
            let request = Request::post("/api/v1/interactions")
                .header("authorization", format!("Bearer {key}"))
                .header("content-type", KINDS[0])
                .header("content-length", "4000000")
                .body(Body::from(row(id, "a")))
                .unwrap();
            tower::ServiceExt::oneshot(app, request).await.unwrap().status()
        })
    });
    let (mut stored, mut busy) = (0, 0);
    for answer in answers.collect::<Vec<_>>() {
        match answer.await.unwrap() {
            StatusCode::OK => stored += 1,
            StatusCode::SERVICE_UNAVAILABLE => busy += 1,
            other => panic!("{other}"),
        }
    }
    assert!(stored >= 16 && busy > 0, "{stored} {busy}");
    assert_eq!(world.workspace.reading().unwrap().view.rows(), before + stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_new_rows_name_is_known_soon_and_an_erasure_waits_for_nothing() {
    let world = World::new();
    let (key, reads) = (world.writer(), world.key("comparison", 100_000, 1_000_000));
    assert_eq!(world.scores("discourse:fresh", Some(&reads)).await.status, StatusCode::NOT_FOUND);
    post(&world, KINDS[0], row(1, "fresh"), &key, "").await;
    // How soon depends on how long it takes; nothing is published by it.
    let mut known = false;
    for _ in 0..1_000 {
        assert!(!world.served.refresh().unwrap());
        known = world.scores("discourse:fresh", Some(&reads)).await.status == StatusCode::OK;
        if known {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(known);
    // While it rests from that, more rows come, and somebody is erased.
    post(&world, KINDS[0], row(2, "later"), &key, "").await;
    world.workspace.forget(&["discourse:fresh".to_owned()], false, Arc::new(|_| {})).unwrap();
    assert!(world.served.refresh().unwrap());
    assert_eq!(world.scores("discourse:fresh", Some(&reads)).await.status, StatusCode::NOT_FOUND);
    // Nobody from outside is told of who came meanwhile, until it was read anew what is public.
    assert_eq!(world.scores("discourse:later", Some(&reads)).await.status, StatusCode::NOT_FOUND);
    world.served.settle().unwrap();
    assert_eq!(world.scores("discourse:later", Some(&reads)).await.status, StatusCode::OK);
}
