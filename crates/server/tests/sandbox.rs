//! A key of the sandbox is answered from a simulated world, and never from the real one.

mod common;

use axum::http::StatusCode;
use common::{World, filled};
use tertius::api_keys::Terms;

/// A real world, and a sandbox in which other people are.
fn both() -> (World, String) {
    let world = World::new();
    let rows = world.dir.path().join("rows.ndjson");
    let line = |number: u32| {
        format!(
            "{{\"id\":\"s{number}\",\"at\":\"2026-03-0{}T00:00:00Z\",\"network\":\"twitter\",\"verb\":\"reshare\",\"actor\":\"a{number}\",\"target\":\"star\"}}\n",
            number % 9 + 1
        )
    };
    std::fs::write(&rows, (0..9).map(line).collect::<String>()).unwrap();
    filled(&world.workspace.sandbox(), &[rows], None, &["general"], "");
    world.served.refresh().unwrap();
    let key = world.key_of(Terms {
        name: "trial".to_owned(),
        purpose: "comparison".to_owned(),
        per_second: 1_000,
        per_day: 1_000,
        expires: None,
        writes: false,
        sandbox: true,
    });
    (world, key)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_key_is_answered_from_its_own_world_alone() {
    let (world, sandbox) = both();
    let real = world.key("comparison", 1_000, 1_000);
    for (account, key, status) in [
        ("twitter:star", &sandbox, StatusCode::OK),
        ("discourse:mara", &sandbox, StatusCode::NOT_FOUND),
        ("twitter:star", &real, StatusCode::NOT_FOUND),
        ("discourse:mara", &real, StatusCode::OK),
    ] {
        for end in ["", "/scores", "/explanation?definition=general"] {
            let answer = world.get(&format!("/api/v1/people/{account}{end}"), Some(key)).await;
            assert_eq!(answer.status, status, "{account}{end}");
            let marked = answer.header("x-tertius-sandbox");
            assert_eq!(marked, if *key == sandbox { "true" } else { "" });
        }
    }
    let found =
        world.lookup(r#"{"accounts":["twitter:star","discourse:mara"]}"#, &sandbox).await.json();
    assert!(found["people"][0].is_object() && found["people"][1].is_null());
    let list = world.get("/api/v1/definitions/general/rank", Some(&sandbox)).await;
    assert!(!String::from_utf8(list.body).unwrap().contains("mara"));
    for (query, status) in [
        (format!("/v2/tw-user.json/star/score?key={sandbox}"), StatusCode::OK),
        (format!("/v2/tw-user.json/star/score?key={real}"), StatusCode::NOT_FOUND),
        (format!("/v2/tw-user.json/star/score?key={sandbox}&key={real}"), StatusCode::NOT_FOUND),
        (format!("/v2/tw-user.json/star/score?key={real}&key={sandbox}"), StatusCode::OK),
    ] {
        assert_eq!(world.get(&query, None).await.status, status, "{query}");
    }
    // What is asked in the sandbox is noted nowhere in the real workspace.
    world.served.write_down().unwrap();
    let looks = world.workspace.access("discourse:mara").unwrap().access.looks;
    assert!(looks.iter().all(|look| !look.source.contains("trial")), "{looks:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_sandbox_its_keys_open_nothing() {
    let (world, sandbox) = both();
    std::fs::remove_dir_all(world.workspace.sandbox()).unwrap();
    let alone = server::Served::open(&world.workspace, &server::Options::default()).unwrap();
    let world = World { app: server::router(alone.clone()), served: alone, ..world };
    for path in ["/api/v1/people/discourse:mara/scores", "/api/v1/definitions"] {
        assert_eq!(
            world.get(path, Some(&sandbox)).await.status,
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
    let old = world.get(&format!("/v2/user.json/1/score?key={sandbox}"), None).await;
    assert_eq!(old.status, StatusCode::FORBIDDEN);
}
