//! The old Klout API: the shapes that its clients parse, the traps, and its gateway's errors.

mod common;

use axum::http::StatusCode;
use common::World;
use serde_json::{Value, json};
use tertius::consent::Said;

/// A key and the klout id of an account.
async fn world() -> (World, String, String) {
    let world = World::new();
    let key = world.key("comparison", 1_000, 1_000);
    let id = world.workspace.who("discourse:mara", &[]).unwrap().person.id().to_string();
    (world, key, id)
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_score_has_the_shape_that_clients_parse_and_the_definitions_value() {
    let (world, key, id) = world().await;
    let general = world.workspace.who("discourse:mara", &["general".to_owned()]).unwrap();
    for slash in ["", "/"] {
        let answer = world.get(&format!("/v2/user.json/{id}/score{slash}?key={key}"), None).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.header("content-type").contains("json"));
        let score = answer.json();
        assert_eq!(keys(&score), ["bucket", "score", "scoreDelta"]);
        assert_eq!(keys(&score["scoreDelta"]), ["dayChange", "monthChange", "weekChange"]);
        assert_eq!(score["score"].as_f64(), general.scores[0].score);
        let tens = (general.scores[0].score.unwrap() / 10.0) as u32 * 10;
        assert!(score["bucket"].as_str().unwrap().starts_with(&tens.to_string()), "{score}");
    }
    let user = world.get(&format!("/v2/user.json/{id}?key={key}"), None).await.json();
    assert_eq!(keys(&user), ["kloutId", "nick", "score", "scoreDeltas"]);
    assert_eq!(user["kloutId"], id.as_str());
    assert_eq!(keys(&user["score"]), ["bucket", "score"]);
    let topics = world.get(&format!("/v2/user.json/{id}/topics?key={key}"), None).await;
    assert_eq!(topics.json(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn identities_are_found_by_id_and_by_name_and_led_back_to_accounts() {
    let dir = tempfile::tempdir().unwrap();
    let rows = dir.path().join("rows.ndjson");
    let mut text = String::new();
    for (number, actor) in ["2", "3", "4", "5"].iter().enumerate() {
        text += &format!(
            "{{\"id\":\"r{number}\",\"at\":\"2026-03-0{}T00:00:00Z\",\"network\":\"twitter\",\"verb\":\"reshare\",\"actor\":\"{actor}\",\"target\":\"88\"}}\n",
            number + 1
        );
    }
    std::fs::write(&rows, text).unwrap();
    let world = World::of(&[rows], None, &["general"], "");
    let key = world.key("comparison", 1_000, 1_000);
    let by_id = world.get(&format!("/v2/identity.json/tw/88?key={key}"), None).await.json();
    assert_eq!(by_id["network"], "ks");
    let id = by_id["id"].as_str().unwrap();
    assert!(id.bytes().all(|byte| byte.is_ascii_digit()), "every id is a string of digits");
    for path in
        ["/v2/identity.json/twitter?screenName=88", "/v2/identity.json/twitter/?screenName=%4088"]
    {
        let found = world.get(&format!("{path}&key={key}"), None).await;
        assert_eq!(found.json(), by_id, "{path}");
    }
    let back = world.get(&format!("/v2/identity.json/klout/{id}/tw?key={key}"), None).await;
    assert_eq!(back.json(), json!({"id": "88", "network": "tw"}));
    let none = world.get(&format!("/v2/identity.json/klout/{id}/gp?key={key}"), None).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    let direct = world.get(&format!("/v2/tw-user.json/88/score?key={key}"), None).await.json();
    assert!(direct["score"].as_f64().is_some());

    let first = world.get(&format!("/1/klout.json?users=88,nobody&key={key}"), None).await.json();
    assert_eq!(first["status"], 200);
    assert_eq!(first["users"].as_array().unwrap().len(), 1);
    assert_eq!(first["users"][0]["kscore"], direct["score"]);
    let show = world.get(&format!("/1/users/show.json?users=88&key={key}"), None).await.json();
    assert_eq!(show["users"][0]["twitter_id"], "88");
    assert_eq!(show["users"][0]["score"]["kscore"], direct["score"]);
    let six = world.get(&format!("/1/klout.json?users=1,2,3,4,5,6&key={key}"), None).await;
    assert_eq!(six.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateways_errors_are_as_they_were() {
    let (world, key, id) = world().await;
    for (query, status, description) in [
        ("".to_owned(), StatusCode::FORBIDDEN, "Not Authorized"),
        ("?key=wrong".to_owned(), StatusCode::FORBIDDEN, "Not Authorized"),
        (format!("?key={key}&callback=x"), StatusCode::BAD_REQUEST, "callback"),
    ] {
        let answer = world.get(&format!("/v2/user.json/{id}/score{query}"), None).await;
        assert_eq!(answer.status, status, "{query}");
        assert_eq!(answer.json()["error"], status.as_u16());
        assert!(answer.json()["description"].as_str().unwrap().contains(description));
    }
    for unknown in [
        "/v2/user.json/1/score",
        "/v2/user.json/x/score",
        "/v2/identity.json/tw/none",
        "/v2/identity.json/zz/1",
    ] {
        let answer = world.get(&format!("{unknown}?key={key}"), None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{unknown}");
    }
    let slow = world.key("comparison", 1, 1_000);
    let path = format!("/v2/user.json/{id}/score?key={slow}");
    let mut last = world.get(&path, None).await;
    for _ in 0..3 {
        last = world.get(&path, None).await;
    }
    assert_eq!(last.status, StatusCode::FORBIDDEN);
    assert_eq!(last.header("x-mashery-error-code"), "ERR_403_DEVELOPER_OVER_QPS");
    assert_eq!(last.header("retry-after"), "1");
    let small = world.key("comparison", 1_000, 1);
    let path = format!("/v2/user.json/{id}/score?key={small}");
    assert_eq!(world.get(&path, None).await.status, StatusCode::OK);
    let over = world.get(&path, None).await;
    assert_eq!(over.header("x-mashery-error-code"), "ERR_403_DEVELOPER_OVER_RATE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_and_another_purpose_look_like_nobody() {
    let (world, key, id) = world().await;
    let path = format!("/v2/user.json/{id}/score?key=");
    // A key for another purpose does not see the definition that the operator named.
    let sales = world.key("sales", 1_000, 1_000);
    let other = world.get(&format!("{path}{sales}"), None).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    world.say("discourse:mara", Said::Withdrawn);
    let refused = world.get(&format!("{path}{key}"), None).await;
    let unknown = world.get(&format!("/v2/user.json/17/score?key={key}"), None).await;
    assert_eq!((refused.status, refused.body), (unknown.status, unknown.body));
}

/// A little world on Twitter: `(actor, target)`, each a reshare of its own.
fn twitter(pairs: &[(&str, &str)]) -> World {
    let dir = tempfile::tempdir().unwrap();
    let rows = dir.path().join("rows.ndjson");
    let line = |(number, (actor, target)): (usize, &(&str, &str))| {
        let day = 1 + number % 28;
        format!(
            "{{\"id\":\"r{number}\",\"at\":\"2026-03-{day:02}T00:00:00Z\",\"network\":\"twitter\",\"verb\":\"reshare\",\"actor\":\"{actor}\",\"target\":\"{target}\"}}\n"
        )
    };
    std::fs::write(&rows, pairs.iter().enumerate().map(line).collect::<String>()).unwrap();
    World::of(&[rows], None, &["general"], "")
}

#[tokio::test(flavor = "multi_thread")]
async fn influence_has_the_strongest_of_those_with_a_score_and_true_counts() {
    // 10 to 17 reshare 88, 12 twice; 88 reshares 10 and 11; enough people reshare 10 to 12 for these to have scores.
    let mut pairs: Vec<(String, String)> = Vec::new();
    for actor in 10..18 {
        pairs.push((actor.to_string(), "88".to_owned()));
        for target in 10..13 {
            if actor != target {
                pairs.push((actor.to_string(), target.to_string()));
            }
        }
    }
    pairs.extend(
        [("12", "88"), ("88", "10"), ("88", "11")].map(|(a, b)| (a.to_owned(), b.to_owned())),
    );
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(a, b)| (&**a, &**b)).collect();
    let world = twitter(&pairs);
    let key = world.key("comparison", 1_000, 10_000);
    let ask = async |path: &str| world.get(&format!("{path}key={key}"), None).await;
    let identity = ask("/v2/identity.json/tw/88?").await.json()["id"].as_str().unwrap().to_owned();
    let found = ask(&format!("/v2/user.json/{identity}/influence?")).await;
    assert_eq!(found.status, StatusCode::OK);
    let found = found.json();
    assert_eq!(
        keys(&found),
        ["myInfluencees", "myInfluenceesCount", "myInfluencers", "myInfluencersCount"]
    );
    assert_eq!(
        (&found["myInfluenceesCount"], &found["myInfluencersCount"]),
        (&json!(8), &json!(2))
    );
    let names = |side: &str| -> Vec<(String, f64)> {
        let entities = found[side].as_array().unwrap().iter();
        let read = |one: &Value| {
            let payload = &one["entity"]["payload"];
            assert_eq!(one["entity"]["id"], payload["kloutId"]);
            assert_eq!(keys(payload), ["kloutId", "nick", "score", "scoreDeltas"]);
            (
                payload["nick"].as_str().unwrap().to_owned(),
                payload["score"]["score"].as_f64().unwrap(),
            )
        };
        entities.map(read).collect()
    };
    for (side, people) in
        [("myInfluencers", ["10", "11"].as_slice()), ("myInfluencees", &["10", "11", "12"])]
    {
        let listed = names(side);
        assert!(listed.is_sorted_by(|a, b| a.1 >= b.1), "{listed:?}");
        let mut who: Vec<&str> = listed.iter().map(|(name, _)| &**name).collect();
        who.sort_unstable();
        assert_eq!(who, people);
    }
    let direct = ask("/v2/tw-user.json/88/influence/?").await.json();
    assert_eq!(direct, found);
    let batch = ask("/v2/tw-user.json/batch/influence?twitterIds=88,nobody&").await.json();
    assert_eq!(batch, json!({"88": found}));
    let scores = ask("/v2/tw-user.json/batch/score?twitterIds=88,10&").await.json();
    assert_eq!(keys(&scores), ["10", "88"]);
    assert_eq!(scores["88"], ask("/v2/tw-user.json/88/score?").await.json());
    let none = ask("/v2/tw-user.json/batch/score?").await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST);
    let by = ask("/1/soi/influenced_by.json?users=88&").await.json();
    assert_eq!(by["users"][0]["twitter_screen_name"], "88");
    assert_eq!(by["users"][0]["influencers"].as_array().unwrap().len(), 2);
    let of = ask("/1/soi/influencer_of.json?users=88,nobody&").await.json();
    assert_eq!(of["users"].as_array().unwrap().len(), 1);
    let first = &of["users"][0]["influencees"][0];
    assert_eq!(first["kscore"], found["myInfluencees"][0]["entity"]["payload"]["score"]["score"]);
    // Whoever objects is in nobody's circle from the next request on, and has none.
    world.say("twitter:10", Said::Objected);
    let left = ask(&format!("/v2/user.json/{identity}/influence?")).await.json();
    assert_eq!(left["myInfluencers"].as_array().unwrap().len(), 1);
    assert!(!left.to_string().contains("\"10\""), "{left}");
    assert_eq!(ask("/v2/tw-user.json/10/influence?").await.status, StatusCode::NOT_FOUND);
}
