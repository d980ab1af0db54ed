//! What goes wrong under a running server: definitions that are withdrawn, data that is gone, clocks that jump; and that every 500 has a line in the log, without identifiers.

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use common::World;
use std::sync::{LazyLock, Mutex};

/// Everything that was logged.
struct Kept(Mutex<Vec<String>>);

static KEPT: LazyLock<&'static Kept> = LazyLock::new(|| {
    let kept: &'static Kept = Box::leak(Box::new(Kept(Mutex::new(Vec::new()))));
    log::set_logger(kept).unwrap();
    log::set_max_level(log::LevelFilter::Info);
    kept
});

impl log::Log for Kept {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        self.0.lock().unwrap().push(format!("{} {}", record.level(), record.args()));
    }

    fn flush(&self) {}
}

fn errors() -> Vec<String> {
    let kept = KEPT.0.lock().unwrap();
    kept.iter().filter(|line| line.starts_with("ERROR")).cloned().collect()
}

/// Removes the files in a folder of the workspace whose names end so.
fn lose(world: &World, folder: &str, ending: &str) -> usize {
    let files = std::fs::read_dir(world.workspace.dir().join(folder)).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let lost: Vec<_> = files.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    lost.iter().for_each(|path| std::fs::remove_file(path).unwrap());
    lost.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_500_is_without_a_line_in_the_log_that_says_why_and_names_nobody() {
    LazyLock::force(&KEPT);
    let world = World::new();
    let (key, firm) = (world.key("comparison", 1_000, 1_000), world.key("firm", 1_000, 1_000));
    assert!(lose(&world, "segments", ".parquet") > 0);
    let mut failed = 0;
    for (path, key) in [
        ("/api/v1/people/discourse:mara", &key),
        ("/api/v1/people/discourse:mara/scores", &key),
        ("/api/v1/people/discourse:mara/explanation?definition=general", &key),
        ("/api/v1/definitions/general/rank", &key),
        ("/api/v1/reports/compare", &key),
        ("/api/v1/reports/orders", &firm),
        ("/api/v1/reports/contact?topic_text=mara", &firm),
        ("/p/discourse:mara", &key),
        (&format!("/v2/user.json/1/score?key={key}"), &key),
    ] {
        let before = errors().len();
        let answer = world.get(path, Some(key)).await;
        let said = errors();
        // What is mapped goes on; what has to read the lost files fails, and says so here alone.
        if answer.status == StatusCode::INTERNAL_SERVER_ERROR {
            failed += 1;
            assert!(said.len() > before, "{path}: nothing in the log");
            let body = String::from_utf8_lossy(&answer.body);
            assert!(!body.contains("parquet") && !body.contains("segments"), "{body}");
        }
        for line in &said[before..] {
            assert!(!line.contains("mara") && line.contains("parquet"), "{line}");
        }
    }
    assert!(failed >= 2, "{failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_that_is_withdrawn_is_answered_as_one_that_never_was() {
    LazyLock::force(&KEPT);
    let world = World::new();
    let key = world.key("comparison", 1_000, 1_000);
    let paths = [
        "/api/v1/people/discourse:mara/explanation?definition=general",
        "/api/v1/definitions/general/rank",
    ];
    let cursor = world.get("/api/v1/definitions/general/rank?limit=3", Some(&key)).await.json();
    let next = format!(
        "/api/v1/definitions/general/rank?limit=3&cursor={}",
        cursor["next"].as_str().unwrap()
    );
    for path in paths.iter().chain([&&*next]) {
        assert_eq!(world.get(path, Some(&key)).await.status, StatusCode::OK, "{path}");
    }
    std::fs::remove_dir_all(world.workspace.dir().join("scorecards/general@1")).unwrap();
    assert!(world.served.refresh().unwrap());
    for path in paths.iter().chain([&&*next]) {
        assert_eq!(world.get(path, Some(&key)).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let scores = world.scores("discourse:mara", Some(&key)).await;
    assert_eq!(scores.json()["scores"], serde_json::json!([]));
    let all = world.get("/api/v1/definitions", Some(&key)).await;
    assert_eq!(all.json()["definitions"], serde_json::json!([]));
    let klout = world.get(&format!("/v2/user.json/1/score?key={key}"), None).await;
    assert_eq!(klout.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("/", None).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_clock_that_runs_ahead_are_rejected_and_cost_no_other() {
    let world = World::new();
    let key = world.writer();
    let row = |id: u32, at: tertius::Time| {
        format!(
            "{{\"id\":\"c{id}\",\"at\":\"{at}\",\"network\":\"forum\",\"verb\":\"like\",\"actor\":\"a\",\"target\":\"b\"}}\n"
        )
    };
    let now = tertius::Time::now();
    let day = tertius::DAY;
    let rows =
        [row(1, now), row(2, tertius::Time(now.0 + 2 * day)), row(3, tertius::Time(now.0 - day))];
    let request = Request::post("/api/v1/interactions")
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/x-ndjson")
        .body(Body::from(rows.concat()))
        .unwrap();
    let told = world.send(request).await.json();
    assert_eq!((&told["accepted"], &told["rejected"]), (&2.into(), &1.into()), "{told}");
    assert_eq!(told["rejects"][0]["field"], "at");
}
