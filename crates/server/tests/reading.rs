//! What can be read beyond scores: people, explanations, lists and reports.

mod common;

use axum::http::StatusCode;
use common::{Answer, World};
use serde_json::Value;
use tertius::Time;
use tertius::consent::Said;
use tertius::disclosure::Reader;
use tertius::operators::Role;

const NEVER_ASKED: &str = "mastodon:sami@garden.example";

#[tokio::test(flavor = "multi_thread")]
async fn who_may_see_what_holds_on_every_route_about_a_person() {
    let world = World::new();
    let community = world.key("community", 1_000, 10_000);
    let comparison = world.key("comparison", 1_000, 10_000);
    world.say("discourse:nele", Said::Objected);
    // Whether there is an answer; the definition whose score is told, where one is.
    let table: [(_, Option<&str>, Option<&[&str]>); 9] = [
        ("discourse:mara", None, Some(&["general"])),
        ("discourse:mara", Some(&community), Some(&["helpers"])),
        ("discourse:mara", Some(&comparison), Some(&["general"])),
        (NEVER_ASKED, None, None),
        (NEVER_ASKED, Some(&community), Some(&[])),
        (NEVER_ASKED, Some(&comparison), Some(&["general"])),
        ("discourse:nele", None, None),
        ("discourse:nele", Some(&community), None),
        ("discourse:nele", Some(&comparison), None),
    ];
    for (account, key, expected) in table {
        let person = world.get(&format!("/api/v1/people/{account}"), key).await;
        let shown = (person.status == StatusCode::OK).then(|| {
            let scores = person.json()["scores"].as_array().unwrap().clone();
            scores.iter().map(|one| one["definition"].as_str().unwrap().to_owned()).collect()
        });
        let wanted: Option<Vec<String>> =
            expected.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(shown, wanted, "{account} {key:?}");
        for definition in ["general", "helpers", "nothing", "./tertius.toml"] {
            let path = format!("/api/v1/people/{account}/explanation?definition={definition}");
            let explained = world.get(&path, key).await;
            let may = expected.is_some_and(|names| names.contains(&definition));
            assert_eq!(explained.status == StatusCode::OK, may, "{path} {key:?}");
            let list = world.get(&format!("/api/v1/definitions/{definition}/rank"), key).await;
            let listed = list.status == StatusCode::OK
                && list.json()["people"].as_array().unwrap().iter().any(|one| {
                    one["accounts"].as_array().unwrap().iter().any(|one| one == account)
                });
            assert_eq!(listed, may, "{path} {key:?}");
            let seen = world.get(&format!("/api/v1/people/{account}/scores"), key).await;
            assert_eq!(seen.status == StatusCode::OK, expected.is_some());
            if expected.is_none() {
                let unknown = "/api/v1/people/discourse:nobody/explanation?definition=general";
                let unknown = world.get(unknown, key).await;
                for refused in [&seen, &person, &explained] {
                    assert_eq!((refused.status, &refused.body), (unknown.status, &unknown.body));
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roster_names_only_those_who_agreed() {
    let world = World::new();
    let key = world.key("comparison", 1_000, 1_000);
    let agreed = world.get("/api/v1/people/discourse:mara", Some(&key)).await.json();
    assert_eq!(agreed["name"], "Mara Okafor");
    let asked = world.get(&format!("/api/v1/people/{NEVER_ASKED}"), Some(&key)).await.json();
    assert!(asked["name"].is_null(), "{asked}");
    assert_eq!(asked["accounts"], serde_json::json!([NEVER_ASKED]));
    let list = world.get("/api/v1/definitions/general/rank?limit=500", Some(&key)).await;
    let text = String::from_utf8(list.body).unwrap();
    assert!(text.contains("Mara Okafor") && text.contains("sami@"), "{text}");
    assert!(!text.contains("Sami Silva"), "{text}");
    let path = "/api/v1/people/discourse:mara/explanation?definition=general";
    let explained = world.get(path, Some(&key)).await.json();
    for part in explained["parts"].as_array().unwrap() {
        for because in part["because"].as_array().unwrap() {
            let text = because["text"].as_str().unwrap();
            assert!(!text.contains("Moreau") && !text.contains("Weiss"), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explanation_adds_up_to_the_score_that_is_served() {
    let world = World::new();
    let key = world.key("community", 1_000, 1_000);
    let path = "/api/v1/people/discourse:mara/explanation?definition=helpers";
    let explained = world.get(path, Some(&key)).await.json();
    let score =
        world.scores("discourse:mara", Some(&key)).await.json()["scores"][0]["score"].clone();
    assert_eq!(explained["score"], score);
    let points = explained["parts"].as_array().unwrap().iter();
    let sum: f64 = points.map(|part| part["points"].as_f64().unwrap()).sum();
    assert_eq!(sum, score.as_f64().unwrap());
    world.served.write_down().unwrap();
    let looks = world.workspace.access("discourse:mara").unwrap().access.looks;
    assert!(looks.iter().any(|look| look.what == "explanation" && look.source.contains("key ")));
    let without = world.get("/api/v1/people/discourse:mara/explanation", Some(&key)).await;
    assert_eq!(without.status, StatusCode::BAD_REQUEST);
}

fn people(page: &Value) -> Vec<(u64, String)> {
    let row =
        |one: &Value| (one["rank"].as_u64().unwrap(), one["person"].as_str().unwrap().to_owned());
    page["people"].as_array().unwrap().iter().map(row).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_in_pages_is_the_list_of_the_command_line() {
    let world = World::new();
    let key = world.key("comparison", 1_000, 1_000);
    let filter = tertius::rank::Filter { limit: 1_000, ..Default::default() };
    let whole = world.workspace.rank("general", &filter).unwrap().people;
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/definitions/general/rank?limit=7{cursor}");
        let page = world.get(&path, Some(&key)).await.json();
        let part = people(&page);
        assert!(part.len() <= 7);
        found.extend(part);
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let expected: Vec<(u64, String)> =
        whole.iter().map(|one| (u64::from(one.rank), one.person.id().to_string())).collect();
    assert!(expected.len() > 20);
    assert_eq!(found, expected);
    let anybody = world.get("/api/v1/definitions/general/rank", None).await.json();
    assert_eq!(people(&anybody).len(), 2, "who agreed: {anybody}");
    for (wrong, status) in [
        ("?limit=0", StatusCode::BAD_REQUEST),
        ("?limit=501", StatusCode::BAD_REQUEST),
        ("?cursor=x", StatusCode::BAD_REQUEST),
        ("?limit=x", StatusCode::BAD_REQUEST),
    ] {
        let answer =
            world.get(&format!("/api/v1/definitions/general/rank{wrong}"), Some(&key)).await;
        assert_eq!(answer.status, status, "{wrong}");
    }
    let other = world.get("/api/v1/definitions/helpers/rank", Some(&key)).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_a_scorecard_that_was_replaced_says_so() {
    let world = World::new();
    let key = world.key("comparison", 1_000, 1_000);
    let first = world.get("/api/v1/definitions/general/rank?limit=3", Some(&key)).await.json();
    let path = format!(
        "/api/v1/definitions/general/rank?limit=3&cursor={}",
        first["next"].as_str().unwrap()
    );
    assert_eq!(world.get(&path, Some(&key)).await.status, StatusCode::OK);
    let newest = world.workspace.who("discourse:mara", &[]).unwrap().scores[0].as_of;
    world.workspace.score(&["general".to_owned()], Some(Time(newest.0 + 3_600_000_000))).unwrap();
    world.served.refresh().unwrap();
    let gone = world.get(&path, Some(&key)).await;
    assert_eq!(gone.status, StatusCode::GONE);
    assert!(gone.json()["detail"].as_str().unwrap().contains("without a cursor"));
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_are_those_of_the_command_line_for_operators_and_keys_of_the_firm_alone() {
    let world = World::new();
    world.workspace.use_firm(&common::fernhill("firm.toml")).unwrap();
    let (firm, community) = (world.key("firm", 1_000, 1_000), world.key("community", 1_000, 1_000));
    let report = async |name: &str, key: Option<&str>| -> Answer {
        world.get(&format!("/api/v1/reports/{name}"), key).await
    };
    let orders = report("orders?window=400d", Some(&firm)).await;
    assert_eq!(orders.status, StatusCode::OK);
    let scope = tertius::scope::Scope { window: 400 * tertius::DAY, ..Default::default() };
    let by_hand = tertius::orders::Options { scope, ..Default::default() };
    // To a key, of people what keys are told.
    let for_key = world.workspace.asked_by("x", Reader::Key { purpose: "firm" });
    let told = for_key.orders(&by_hand).unwrap();
    assert!(orders.json() == serde_json::to_value(&told).unwrap());
    let told = world.workspace.orders(&by_hand).unwrap();
    let session = world.signed_in("ada", Role::Analyst);
    let seen = world.browse("/api/v1/reports/orders?window=400d", Some(&session)).await;
    assert!(seen.json() == serde_json::to_value(&told).unwrap());
    assert!(seen.json() != orders.json());
    for name in [
        "permeability?draws=20",
        "r3?draws=19",
        "ladder",
        "introductions?to=mastodon:enzo@garden.example",
        "contact?topic_text=sensor",
    ] {
        assert_eq!(report(name, Some(&firm)).await.status, StatusCode::OK, "{name}");
        assert_eq!(report(name, Some(&community)).await.status, StatusCode::FORBIDDEN, "{name}");
        assert_eq!(report(name, None).await.status, StatusCode::UNAUTHORIZED, "{name}");
    }
    let seeds = report("seeds?budget=2", Some(&community)).await;
    assert_eq!(seeds.status, StatusCode::OK, "{}", String::from_utf8_lossy(&seeds.body));
    assert!(!seeds.json()["people"].as_array().unwrap().is_empty());
    for wrong in [
        "orders?window=soon",
        "introductions?to=x&window=5771w",
        "orders?as_of=now",
        "r3?draws=1",
        "introductions",
        "orders?firm=/etc/passwd",
    ] {
        assert_eq!(report(wrong, Some(&firm)).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let of_another = report("seeds?definition=general", Some(&community)).await;
    assert_eq!(of_another.status, StatusCode::NOT_FOUND);
    let looks = world.workspace.access("discourse:lena").unwrap().access.looks;
    assert!(
        looks.iter().any(|look| look.what.contains("orders") && look.source.contains("(for firm)"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn few_reports_are_computed_at_a_time_and_the_others_are_told_when_to_ask_again() {
    let world = World::new();
    let key = world.key("firm", 1_000, 1_000);
    let ask = || world.get("/api/v1/reports/r3?draws=1000", Some(&key));
    let answers = tokio::join!(ask(), ask(), ask(), ask());
    let answers = [answers.0, answers.1, answers.2, answers.3];
    let busy: Vec<&Answer> =
        answers.iter().filter(|one| one.status == StatusCode::SERVICE_UNAVAILABLE).collect();
    assert!(!busy.is_empty() && busy.len() <= 2);
    assert!(busy.iter().all(|one| one.header("retry-after") == "5"));
    assert_eq!(ask().await.status, StatusCode::OK);
}
