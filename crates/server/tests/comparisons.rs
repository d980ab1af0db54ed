//! Comparisons and what-ifs over HTTP are those of the command line, for those whom they concern.

mod common;

use axum::http::StatusCode;
use common::{Answer, World, fernhill};
use serde_json::{Value, json};
use std::path::Path;
use tertius::api_keys::Terms;
use tertius::disclosure::Reader;
use tertius::whatif::{Options, What};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_compares_the_definitions_of_its_purpose_and_sees_nobody_it_may_not_see() {
    let world = World::new();
    let of = "../influence/definitions/helpers.toml";
    let helpers = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(of)).unwrap();
    let changed = helpers
        .replace("name = \"helpers\"", "name = \"replied\"")
        .replace("weight = 2.0", "weight = 0.5");
    let file = world.workspace.dir().with_file_name("replied.toml");
    std::fs::write(&file, changed).unwrap();
    world.workspace.score(&[file.display().to_string()], None).unwrap();
    world.served.refresh().unwrap();
    let key = world.key("community", 1_000, 1_000);
    let ask = async |query: &str| -> Answer {
        world.get(&format!("/api/v1/reports/compare{query}"), Some(&key)).await
    };
    let all = ask("").await;
    assert_eq!(all.status, StatusCode::OK, "{}", String::from_utf8_lossy(&all.body));
    let reader = Reader::Key { purpose: "community" };
    let by_hand = world.workspace.compare_all_for(reader, None, 10).unwrap();
    assert_eq!(all.json(), serde_json::to_value(&by_hand).unwrap());
    let names: Vec<Value> = by_hand.definitions.iter().map(|one| json!(one.definition)).collect();
    assert_eq!(names, [json!("helpers"), json!("replied")], "general is for another purpose");
    let compared = async |query: &str| -> Answer {
        world.get(&format!("/api/v1/definitions/{query}"), Some(&key)).await
    };
    let two = compared("helpers/compare?with=replied&limit=100").await.json();
    let tau = by_hand.kendall_tau[0][1];
    assert_eq!(two["kendall_tau"], serde_json::to_value(tau).unwrap());
    // Both use what is no public data, so that only people who agreed are named.
    for mover in two["movers"].as_array().unwrap() {
        let agreed = ["Mara Okafor", "Tomas Lind"].contains(&mover["name"].as_str().unwrap());
        assert!(agreed, "{mover}");
    }
    for (query, status) in [
        ("helpers/compare?with=general", StatusCode::NOT_FOUND),
        ("helpers/compare?with=nothing", StatusCode::NOT_FOUND),
        ("helpers/compare?with=x@y", StatusCode::NOT_FOUND),
        ("helpers/compare?with=/etc/passwd", StatusCode::NOT_FOUND),
        ("helpers/compare?with=other.toml", StatusCode::NOT_FOUND),
        ("..%2F..%2Fx.toml/compare?with=helpers", StatusCode::NOT_FOUND),
        ("helpers/compare", StatusCode::BAD_REQUEST),
        ("helpers/compare?with=replied&of=1", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(compared(query).await.status, status, "{query}");
    }
    for wrong in ["?limit=101", "?as_of=soon", "?of=1", "?with=helpers"] {
        assert_eq!(ask(wrong).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let firm = world.key("firm", 1_000, 1_000);
    let nothing = world.get("/api/v1/reports/compare", Some(&firm)).await;
    // It says what that means of a report, and not of an account.
    let nobody = world.get("/api/v1/reports/seeds?as_of=2000-01-01T00:00:00Z", Some(&key)).await;
    for answer in [nothing, nobody] {
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(!answer.json()["detail"].as_str().unwrap().contains("account"));
    }
    assert_eq!(world.get("/api/v1/reports/compare", None).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_what_if_is_that_of_the_command_line_for_keys_of_the_firm_alone() {
    let world = World::new();
    world.workspace.use_firm(&fernhill("firm.toml")).unwrap();
    let firm = world.key_of(Terms {
        name: "firm".to_owned(),
        purpose: "firm".to_owned(),
        per_second: 1_000,
        per_day: 1_000,
        expires: None,
        writes: false,
        sandbox: false,
    });
    let ask = async |query: &str| -> Answer {
        world.get(&format!("/api/v1/reports/whatif/{query}"), Some(&firm)).await
    };
    let merged = ask("merge-teams?team=Sales&team=Support&into=Care&draws=20").await;
    assert_eq!(merged.status, StatusCode::OK, "{}", String::from_utf8_lossy(&merged.body));
    let what = What::Merge {
        teams: vec!["Sales".to_owned(), "Support".to_owned()],
        into: Some("Care".to_owned()),
    };
    let scope = tertius::scope::Scope { window: 180 * tertius::DAY, ..Default::default() };
    let by_hand = world.workspace.whatif(&what, &Options { scope, draws: 20 }).unwrap();
    assert_eq!(merged.json(), serde_json::to_value(&by_hand).unwrap());
    for (query, status) in [
        // One employee, who has not agreed; and whom or what nobody knows.
        ("leave?who=discourse:lena", StatusCode::NOT_FOUND),
        ("leave?who=discourse:nobody", StatusCode::NOT_FOUND),
        ("leave?who=Nowhere", StatusCode::NOT_FOUND),
        ("join?who=Nowhere", StatusCode::NOT_FOUND),
        ("leave", StatusCode::BAD_REQUEST),
        ("leave?who=Sales&team=Support", StatusCode::BAD_REQUEST),
        ("join", StatusCode::BAD_REQUEST),
        ("join?who=a:b&team=x&team=y", StatusCode::BAD_REQUEST),
        ("merge-teams?team=Sales", StatusCode::BAD_REQUEST),
        ("merge-teams?team=Sales&team=Sales", StatusCode::BAD_REQUEST),
        ("merge-teams", StatusCode::BAD_REQUEST),
        ("leave?who=Sales&draws=1e9", StatusCode::BAD_REQUEST),
        ("leave?who=Sales&draws=100000", StatusCode::BAD_REQUEST),
        ("leave?who=Sales&into=Basel", StatusCode::BAD_REQUEST),
        ("leave?who=Sales&firm=/etc/passwd", StatusCode::BAD_REQUEST),
    ] {
        let answer = ask(query).await;
        assert_eq!(answer.status, status, "{query}: {}", String::from_utf8_lossy(&answer.body));
    }
    let community = world.key("community", 1_000, 1_000);
    let path = "/api/v1/reports/whatif/leave?who=Sales";
    assert_eq!(world.get(path, Some(&community)).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.get(path, None).await.status, StatusCode::UNAUTHORIZED);
}
