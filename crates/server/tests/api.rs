//! The HTTP API on a small real workspace, asked as its clients ask.

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use common::{Answer, World, fernhill};
use server::{Options, Served, router};
use std::sync::Arc;
use tertius::Time;
use tertius::consent::Said;
use tower::ServiceExt;

#[tokio::test(flavor = "multi_thread")]
async fn a_lookup_gives_what_who_gives() {
    let world = World::new();
    let key = world.key("community", 1_000, 1_000);
    let portrait = world.workspace.who("discourse:mara", &["helpers".to_owned()]).unwrap();
    let answer = world.scores("discourse:mara", Some(&key)).await;
    assert_eq!(answer.status, StatusCode::OK);
    let found = answer.json();
    assert_eq!(found["person"], portrait.person.id().to_string());
    assert_eq!(found["scores"].as_array().unwrap().len(), 1);
    let (shown, of_who) = (&found["scores"][0], &portrait.scores[0]);
    assert_eq!(shown["definition"], "helpers");
    assert_eq!(shown["score"].as_f64(), of_who.score);
    assert_eq!(shown["top_share"].as_f64(), of_who.top_share);
    assert_eq!(shown["as_of"], of_who.as_of.to_string());
    // By a person's number, by an encoded account, and by another account of the person.
    for other in [portrait.person.id().to_string(), "discourse%3Amara".to_owned()] {
        assert_eq!(world.scores(&other, Some(&key)).await.body, answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_see_what_holds_for_every_reader_and_every_standing() {
    // Given, never asked, refused; public data only (general), and community data too (helpers).
    let world = World::new();
    let community = world.key("community", 1_000, 1_000);
    let comparison = world.key("comparison", 1_000, 1_000);
    world.say("discourse:nele", Said::Objected);
    let definitions = |answer: &Answer| -> Option<Vec<String>> {
        if answer.status == StatusCode::NOT_FOUND {
            return None;
        }
        let scores = answer.json()["scores"].as_array().unwrap().clone();
        Some(scores.iter().map(|one| one["definition"].as_str().unwrap().to_owned()).collect())
    };
    let some = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    let never_asked = "mastodon:kofi@garden.example";
    let table = [
        ("discourse:mara", None, some(&["general"])),
        ("discourse:mara", Some(community.as_str()), some(&["helpers"])),
        ("discourse:mara", Some(comparison.as_str()), some(&["general"])),
        (never_asked, None, None),
        (never_asked, Some(community.as_str()), some(&[])),
        (never_asked, Some(comparison.as_str()), some(&["general"])),
        ("discourse:nele", None, None),
        ("discourse:nele", Some(community.as_str()), None),
        ("discourse:nele", Some(comparison.as_str()), None),
    ];
    for (account, key, expected) in table {
        let answer = world.scores(account, key).await;
        assert_eq!(definitions(&answer), expected, "{account} {key:?}");
    }
    // A refusal looks like an unknown account, to the last byte.
    let refusing = world.scores("discourse:nele", Some(&community)).await;
    let unknown = world.scores("discourse:nobody", Some(community.as_str())).await;
    assert_eq!((refusing.status, refusing.body), (unknown.status, unknown.body));
    let open = World::with("anonymous = \"public\"\n");
    assert_eq!(definitions(&open.scores(never_asked, None).await), some(&["general"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_objection_is_obeyed_by_the_next_request() {
    let world = World::new();
    let key = world.key("community", 1_000, 1_000);
    assert_eq!(world.scores("discourse:mara", Some(&key)).await.status, StatusCode::OK);
    let tag = world.scores("discourse:mara", Some(&key)).await.header("etag").to_owned();
    world.say("discourse:mara", Said::Objected);
    let request = Request::get("/api/v1/people/discourse:mara/scores")
        .header("authorization", format!("Bearer {key}"))
        .header("if-none-match", tag)
        .body(Body::empty())
        .unwrap();
    assert_eq!(world.send(request).await.status, StatusCode::NOT_FOUND);
    let many = world.lookup(r#"{"accounts":["discourse:mara"]}"#, &key).await;
    assert_eq!(many.json()["people"], serde_json::json!([null]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_saves_the_body_until_something_is_published() {
    let world = World::new();
    let key = world.key("comparison", 1_000, 1_000);
    let first = world.scores("discourse:mara", Some(&key)).await;
    let again = |tag: String| {
        let request = Request::get("/api/v1/people/discourse:mara/scores")
            .header("authorization", format!("Bearer {key}"))
            .header("if-none-match", format!("\"other\", {tag}"))
            .body(Body::empty())
            .unwrap();
        world.send(request)
    };
    let same = again(first.header("etag").to_owned()).await;
    assert_eq!((same.status, same.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert!(!world.served.refresh().unwrap());
    let newest = world.workspace.who("discourse:mara", &[]).unwrap().scores[0].as_of;
    world.workspace.score(&["general".to_owned()], Some(Time(newest.0 + 3_600_000_000))).unwrap();
    assert!(world.served.refresh().unwrap());
    let next = again(first.header("etag").to_owned()).await;
    assert_eq!(next.status, StatusCode::OK);
    assert_ne!(next.header("etag"), first.header("etag"));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_held_to_their_second_and_their_day_and_end_when_revoked() {
    let world = World::new();
    let slow = world.key("comparison", 2, 1_000);
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(world.scores("discourse:mara", Some(&slow)).await);
    }
    let refused = answers.iter().find(|answer| answer.status != StatusCode::OK).unwrap();
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "1");
    assert!(refused.header("ratelimit").contains("r=0"));
    assert!(refused.header("ratelimit-policy").contains("\"day\";q=1000;w=86400"));
    assert_eq!(refused.header("content-type"), "application/problem+json");

    let small = world.key("sales", 1_000, 3);
    for _ in 0..3 {
        let answer = world.scores("discourse:mara", Some(&small)).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    let refused = world.scores("discourse:mara", Some(&small)).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() <= 86_400);
    // Another process on the same workspace finds the day used up as well.
    let other = router(Served::open(&world.workspace, &Options::default()).unwrap());
    let request = Request::get("/api/v1/definitions")
        .header("authorization", format!("Bearer {small}"))
        .body(Body::empty())
        .unwrap();
    assert_eq!(other.oneshot(request).await.unwrap().status(), StatusCode::TOO_MANY_REQUESTS);

    let gone = world.key("community", 1_000, 1_000);
    let id = gone.split('_').nth(1).unwrap();
    assert_eq!(world.scores("discourse:mara", Some(&gone)).await.status, StatusCode::OK);
    world.workspace.revoke_key(id).unwrap();
    world.served.refresh().unwrap();
    let refused = world.scores("discourse:mara", Some(&gone)).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.header("www-authenticate"), "Bearer");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_come_in_order_and_are_paid_for_one_by_one() {
    let world = World::new();
    let key = world.key("community", 10, 1_000);
    let answer = world
        .lookup(r#"{"accounts":["discourse:mara","discourse:nobody","","mastodon:tomas@garden.example"]}"#, &key)
        .await;
    let people = answer.json()["people"].as_array().unwrap().clone();
    assert_eq!(people.len(), 4);
    assert!(people[1].is_null() && people[2].is_null() && people[3]["scores"].is_array());
    assert_eq!(people[0]["scores"][0]["definition"], "helpers");
    let only =
        world.lookup(r#"{"accounts":["discourse:mara"],"definition":"general"}"#, &key).await;
    assert_eq!(only.json()["people"][0]["scores"], serde_json::json!([]));
    let accounts: Vec<String> = (0..1_001).map(|number| format!("\"n:{number}\"")).collect();
    let too_many = format!("{{\"accounts\":[{}]}}", accounts.join(","));
    assert_eq!(world.lookup(&too_many, &key).await.status, StatusCode::BAD_REQUEST);
    let more_than_a_second = format!("{{\"accounts\":[{}]}}", accounts[..20].join(","));
    assert_eq!(world.lookup(&more_than_a_second, &key).await.status, StatusCode::TOO_MANY_REQUESTS);
    for broken in ["", "[]", "{\"accounts\":\"x\"}", "{\"accounts\":[1]}", "\u{0}"] {
        let answer = world.lookup(broken, &key).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{broken}");
        assert!(answer.json()["detail"].as_str().unwrap().contains("accounts"), "{broken}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_looked_up_is_told_by_whom_and_how_often() {
    let world = World::new();
    let key = world.key("community", 1_000, 1_000);
    for _ in 0..3 {
        world.scores("discourse:mara", Some(&key)).await;
    }
    world.scores("discourse:mara", None).await;
    world.served.write_down().unwrap();
    let looks = world.workspace.access("discourse:mara").unwrap().access.looks;
    let by_key = looks.iter().find(|look| look.source.ends_with("(for community)")).unwrap();
    assert_eq!((&*by_key.what, by_key.times), ("scores", 3));
    assert!(looks.iter().any(|look| look.source == "anybody" && look.times == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_is_erased_is_gone_from_a_running_server() {
    let world = World::new();
    let key = world.key("community", 1_000, 1_000);
    let portrait = world.workspace.who("discourse:mara", &[]).unwrap().person.id().to_string();
    world.served.index().unwrap();
    for account in ["discourse:mara", &portrait] {
        assert_eq!(world.scores(account, Some(&key)).await.status, StatusCode::OK, "{account}");
    }
    world.workspace.forget(&["discourse:mara".to_owned()], false, Arc::new(|_| {})).unwrap();
    world.served.refresh().unwrap();
    // Before what is known of whom was read anew, and after.
    for _ in 0..2 {
        for account in ["discourse:mara", &portrait] {
            let answer = world.scores(account, Some(&key)).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{account}");
        }
        world.served.settle().unwrap();
        world.served.index().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_whose_erasure_is_nearly_done_is_gone_whatever_a_server_prepared_meanwhile() {
    let world = World::new();
    let (key, feed) = (world.key("community", 1_000, 1_000), world.writer());
    let number = world.workspace.who("discourse:mara", &[]).unwrap().person.id().to_string();
    world.served.index().unwrap();
    // The erasure begins, and is seen before any segment is written anew.
    let keys = number.parse::<u64>().unwrap().to_le_bytes();
    let begin = "INSERT INTO erasures (kind, stage, begun, keys, counts) VALUES ('forget', 'segments', 0, ?1, '{}')";
    world.workspace.forget(&["discourse:tomas".to_owned()], false, Arc::new(|_| {})).unwrap();
    world.in_catalogue(begin, [&keys[..]]);
    assert!(world.served.refresh().unwrap());
    world.served.settle().unwrap();
    world.served.index().unwrap();
    assert_eq!(world.scores("discourse:mara", Some(&key)).await.status, StatusCode::NOT_FOUND);
    // All is written anew, the job says no more whom it was about, and it is not over.
    world.in_catalogue("DELETE FROM erasures WHERE begun = 0", []);
    world.workspace.forget(&["discourse:mara".to_owned()], false, Arc::new(|_| {})).unwrap();
    let open = "UPDATE erasures SET done = NULL, stage = 'vacuum' WHERE number = (SELECT max(number) FROM erasures)";
    world.in_catalogue(open, []);
    for step in 0..3 {
        for account in ["discourse:mara", &number] {
            let answer = world.scores(account, Some(&key)).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{account} {step}");
        }
        let row = format!(
            "{{\"id\":\"later-{step}\",\"at\":\"2026-03-01T00:00:00Z\",\"network\":\"discourse\",\"verb\":\"reply\",\"actor\":\"a\",\"target\":\"b\"}}\n"
        );
        let request = Request::post("/api/v1/interactions")
            .header("authorization", format!("Bearer {feed}"))
            .header("content-type", "application/x-ndjson");
        assert!(world.send(request.body(Body::from(row)).unwrap()).await.status.is_success());
        // Boards rest for a while after one was made.
        std::thread::sleep(std::time::Duration::from_millis(300));
        world.served.refresh().unwrap();
        world.served.settle().unwrap();
        world.served.index().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_prepares_changes_no_answer() {
    let world = World::new();
    let key = world.key("community", 100_000, 1_000_000);
    let mut asked: Vec<String> = ["discourse:nobody", "88", "0"].map(str::to_owned).into();
    let rows = std::fs::read_to_string(fernhill("interactions.ndjson")).unwrap();
    for row in rows.lines().map(|row| serde_json::from_str::<serde_json::Value>(row).unwrap()) {
        let one = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        asked.push(format!("{}:{}", one("network"), one("actor")));
    }
    asked.sort();
    asked.dedup();
    for account in asked.clone() {
        if let Ok(who) = world.workspace.who(&account, &[]) {
            let number: u64 = who.person.id().0;
            asked.extend([number.to_string(), (number + 1).to_string()]);
        }
    }
    let mut answers = Vec::new();
    for _ in 0..2 {
        let mut all = Vec::new();
        for account in &asked {
            let answer = world.scores(&account.replace('/', "%2F"), Some(&key)).await;
            all.push((answer.status, answer.body));
        }
        answers.push(all);
        // What readers wait for is settled already; directories are made by nobody but this.
        world.served.index().unwrap();
    }
    assert!(answers[0].iter().any(|(status, _)| *status == StatusCode::OK));
    assert!(answers[0].iter().any(|(status, _)| *status == StatusCode::NOT_FOUND));
    assert!(answers[0] == answers[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_problem_documents_and_every_answer_has_a_number() {
    let world = World::new();
    for (path, status) in [
        ("/nothing", StatusCode::NOT_FOUND),
        ("/api/v1/definitions", StatusCode::UNAUTHORIZED),
        ("/api/v1/people/lookup", StatusCode::METHOD_NOT_ALLOWED),
        ("/api/v1/people/%ff/scores", StatusCode::BAD_REQUEST),
    ] {
        let answer = world.get(path, None).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        assert!(!answer.header("x-request-id").is_empty());
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    let key = world.key("community", 1_000, 1_000);
    let large = format!("{{\"accounts\":[\"{}\"]}}", "x".repeat(2 << 20));
    let refused = world.lookup(&large, &key).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refused.header("content-type"), "application/problem+json");
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(world.get(path, None).await.status, StatusCode::OK, "{path}");
    }
    let text = String::from_utf8(world.get("/metrics", None).await.body).unwrap();
    assert!(text.contains("tertius_answers{route=\"health\",status=\"2xx\"}"), "{text}");
}
