//! Every route of the router, asked by every kind of reader: as the rules say, and never otherwise.

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use common::{Answer, World};
use std::collections::BTreeSet;
use tertius::api_keys::Terms;
use tertius::disclosure::{Asker, may_ask};
use tertius::operators::Role;
use tower::ServiceExt;

/// Every path that the router knows, read from what it shows of itself for debugging: nothing can be served and be missing here.
fn paths(world: &World) -> BTreeSet<String> {
    let shown = format!("{:?}", world.app);
    let is_path = |text: &&str| text.starts_with('/') && !text.contains("axum_fallback");
    shown.split('"').filter(is_path).map(str::to_owned).collect()
}

fn filled(path: &str) -> String {
    let path = path.replace("{account}", "discourse:mara").replace("{name}", "general");
    let path = path.replace("{network}", "tw").replace("{id}", "1");
    assert!(!path.contains('{'), "say what stands for the braces of {path}");
    if path.contains("/batch/") || path.starts_with("/1/") {
        return path + "?twitterIds=1&users=a";
    }
    match path.rsplit('/').next() {
        Some("explanation") => path + "?definition=general",
        Some("introductions") => path + "?to=discourse:mara",
        Some("compare") if path.contains("/definitions/") => path + "?with=general",
        Some("leave" | "join") => path + "?who=Support",
        Some("merge-teams") => path + "?team=Sales&team=Support",
        Some("contact") => path + "?topic_text=roses",
        _ => path,
    }
}

struct Who {
    asker: Asker<'static>,
    key: Option<String>,
    cookie: Option<String>,
}

async fn status(world: &World, who: &Who, method: &str, path: &str) -> StatusCode {
    let mut path = filled(path);
    let mut request = Request::builder().method(method);
    if let Some(key) = &who.key {
        request = request.header("authorization", format!("Bearer {key}"));
        let mark = if path.contains('?') { '&' } else { '?' };
        path = format!("{path}{mark}key={key}");
        if path.starts_with("/api/") {
            path.truncate(path.rfind(mark).unwrap());
        }
    }
    if let Some(token) = &who.cookie {
        request = request.header("cookie", format!("tertius={token}"));
    }
    let body = match path.starts_with("/api/v1/people/lookup") {
        true => Body::from(r#"{"accounts": ["discourse:mara"]}"#),
        false => Body::empty(),
    };
    let request = request.uri(&path).body(body).unwrap();
    world.app.clone().oneshot(request).await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_answered_to_whom_the_rules_name_and_to_nobody_else() {
    let world = World::new();
    let mut readers = vec![Who { asker: Asker::Anonymous, key: None, cookie: None }];
    for (purpose, writes) in [("community", false), ("firm", false), ("community", true)] {
        let terms = Terms {
            name: "x".to_owned(),
            purpose: purpose.to_owned(),
            per_second: 10_000,
            per_day: 1_000_000,
            expires: None,
            writes,
            sandbox: false,
        };
        let key = Some(world.workspace.create_key(terms).unwrap().key);
        readers.push(Who { asker: Asker::Key { purpose, writes }, key, cookie: None });
    }
    world.served.refresh().unwrap();
    for role in Role::ALL {
        let cookie = Some(world.signed_in(role.name(), role));
        readers.push(Who { asker: Asker::Operator(role), key: None, cookie });
    }
    let paths = paths(&world);
    assert!(paths.len() > 30, "{paths:?}");
    for path in &paths {
        let surface = server::surface_of(path).unwrap_or_else(|| panic!("of what is {path}?"));
        let answered = |status: StatusCode| status != StatusCode::METHOD_NOT_ALLOWED;
        let mut asked = 0;
        for method in ["GET", "POST"] {
            for who in &readers {
                let status = status(&world, who, method, path).await;
                if !answered(status) {
                    continue;
                }
                asked += 1;
                assert!(
                    status.as_u16() < 500 || status == StatusCode::SERVICE_UNAVAILABLE,
                    "{method} {path}: {status}"
                );
                // A browser that is not signed in is sent to sign in. A form without its token is refused whoever sends it.
                let refused = matches!(status.as_u16(), 401 | 403)
                    || status == StatusCode::SEE_OTHER && path == "/admin";
                let is_form = method == "POST" && matches!(&**path, "/sign-in" | "/sign-out");
                assert_eq!(
                    !refused || is_form,
                    may_ask(who.asker, surface),
                    "{method} {path} by {:?}: {status}",
                    who.asker
                );
            }
        }
        assert!(asked > 0, "{path} answers nobody");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_signed_in_sees_whom_strangers_do_not_and_a_refusal_only_as_such() {
    let world = World::new();
    let token = world.signed_in("ada", Role::Community);
    let never_asked = "/p/mastodon:kofi@garden.example";
    assert_eq!(world.get(never_asked, None).await.status, StatusCode::NOT_FOUND);
    let seen = world.browse(never_asked, Some(&token)).await;
    assert_eq!(seen.status, StatusCode::OK);
    world.say("discourse:nele", tertius::consent::Said::Objected);
    // So late it may be told that it is a refusal; nobody is shown meanwhile.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let text = |answer: &Answer| String::from_utf8(answer.body.clone()).unwrap();
    let refusing = world.browse("/p/discourse:nele", Some(&token)).await;
    assert_eq!(refusing.status, StatusCode::NOT_FOUND);
    assert!(text(&refusing).contains("has said no"));
    // To a stranger a refusal is as an unknown account, to the byte.
    let stranger = world.browse("/p/discourse:nele", None).await;
    assert_eq!(stranger.body, world.browse("/p/discourse:nobody", None).await.body);
    // The API obeys the same session, and who looked is told by name.
    let scores = world.browse("/api/v1/people/discourse:mara/scores", Some(&token)).await;
    assert_eq!(scores.json()["scores"].as_array().unwrap().len(), 2);
    world.served.write_down().unwrap();
    let looks = world.workspace.access("mastodon:kofi@garden.example").unwrap().access.looks;
    assert!(looks.iter().any(|look| look.source == "operator ada" && look.what == "page"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_told_of_nobody_who_has_not_agreed_however_it_is_asked() {
    let row = |id: usize, network: &str, actor: &str, target: &str| {
        let day = 1 + id % 28;
        format!(
            "{{\"id\":\"{id}\",\"at\":\"2026-05-{day:02}T00:00:00Z\",\"network\":\"{network}\",\"verb\":\"reshare\",\"actor\":\"{network}:{actor}\",\"target\":\"{network}:{target}\"}}\n"
        )
    };
    let people = ["ana@a.example", "bo@b.example", "cy@c.example", "di@d.example", "ed@e.example"];
    let mut rows = String::new();
    for (i, one) in people.iter().enumerate() {
        for (j, other) in people.iter().enumerate().filter(|(j, _)| i != *j) {
            rows += &row(100 + 10 * i + j, "git", one, other);
            rows += &row(200 + 10 * i + j, "twitter", &i.to_string(), &j.to_string());
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rows.ndjson");
    std::fs::write(&file, rows).unwrap();
    // A roster says that the addresses and the accounts are the same people.
    let roster = dir.path().join("people.csv");
    let lines: String =
        (0..).zip(people).map(|(i, one)| format!("P{i},git:{one};twitter:{i}\n")).collect();
    std::fs::write(&roster, format!("name,accounts\n{lines}")).unwrap();
    let world = World::of(&[file], Some(&roster), &["general"], "");
    let key = world.key("comparison", 10_000, 1_000_000);
    let everything = async || {
        let mut told = String::new();
        for path in [
            "/api/v1/people/git%3Aana@a.example".to_owned(),
            "/api/v1/people/git%3Aana@a.example/scores".to_owned(),
            "/api/v1/people/twitter:0/explanation?definition=general".to_owned(),
            "/api/v1/definitions/general/rank".to_owned(),
            format!("/v2/identity.json/tw/0?key={key}"),
            format!("/v2/tw-user.json/0?key={key}"),
            format!("/v2/tw-user.json/0/influence?key={key}"),
            format!("/1/soi/influenced_by.json?users=0&key={key}"),
        ] {
            let answer = world.get(&path, Some(&key)).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            told += &String::from_utf8(answer.body).unwrap();
        }
        let many = r#"{"accounts": ["git:ana@a.example", "twitter:1"]}"#;
        told + &String::from_utf8(world.lookup(many, &key).await.body).unwrap()
    };
    let told = everything().await;
    assert!(told.contains("twitter:0") && !told.contains(".example"), "{told}");
    // Whoever agreed is told of with all that is theirs; the others are not, beside them.
    let given = tertius::consent::Said::Given;
    world.say("twitter:0", given);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let told = everything().await;
    assert!(told.contains("git:ana@a.example") && !told.contains("bo@b.example"), "{told}");
}

/// Who reshares whom how visibly: everybody whom somebody shares publicly is `twitter`, and two are called otherwise in private.
fn partly_private(dir: &std::path::Path) -> std::path::PathBuf {
    let row = |id: String, network: &str, actor: &str, target: &str, level: &str| {
        format!(
            "{{\"id\":\"{id}\",\"at\":\"2026-05-04T00:00:00Z\",\"network\":\"{network}\",\"verb\":\"reshare\",\"actor\":\"{actor}\",\"target\":\"{target}\",\"visibility\":\"{level}\"}}\n"
        )
    };
    let mut rows = String::new();
    for (i, j) in (0..5).flat_map(|i| (0..5).map(move |j| (i, j))).filter(|(i, j)| i != j) {
        rows += &row(format!("t{i}{j}"), "twitter", &i.to_string(), &j.to_string(), "public");
        rows += &row(format!("s{i}{j}"), "slack", &format!("U{i}"), &format!("U{j}"), "private");
    }
    // Somebody of whom nothing is public, and an account that is private here and public there.
    rows += &row("a".to_owned(), "slack", "UX", "U1", "private");
    rows += &row("b".to_owned(), "forum", "both", "one", "community");
    rows += &row("c".to_owned(), "forum", "both", "two", "public");
    let file = dir.join("rows.ndjson");
    std::fs::write(&file, rows).unwrap();
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn by_what_is_not_public_nobody_is_found_and_it_is_told_of_nobody_who_has_not_agreed() {
    let dir = tempfile::tempdir().unwrap();
    let file = partly_private(dir.path());
    let roster = dir.path().join("people.csv");
    let lines: String = (0..5).map(|i| format!("P{i},slack:U{i};twitter:{i}\n")).collect();
    std::fs::write(&roster, format!("name,accounts\n{lines}")).unwrap();
    let world = World::of(&[file], Some(&roster), &["general"], "anonymous = \"public\"");
    let key = world.key("comparison", 10_000, 1_000_000);
    let number = async |account: &str| {
        let answer = world.get(&format!("/api/v1/people/{account}"), Some(&key)).await;
        answer.json()["person"].as_str().map(str::to_owned)
    };
    let person = number("twitter:0").await.unwrap();
    let asked = |account: &str| {
        [
            format!("/api/v1/people/{account}"),
            format!("/api/v1/people/{account}/scores"),
            format!("/api/v1/people/{account}/explanation?definition=general"),
            format!("/p/{account}"),
        ]
    };
    let unknown = asked("slack:nobody");
    for reader in [Some(key.as_str()), None] {
        // Of who is known in public all is told but the accounts that are not.
        for path in asked("twitter:0").into_iter().chain([format!("/api/v1/people/{person}")]) {
            let answer = world.get(&path, reader).await;
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!(answer.status, StatusCode::OK, "{path}: {text}");
            assert!(!text.contains("slack"), "{path}: {text}");
        }
        let list = world.get("/api/v1/definitions/general/rank", Some(&key)).await.body;
        let list = String::from_utf8(list).unwrap();
        assert!(list.contains("twitter:3") && !list.contains("slack"), "{list}");
        assert_eq!(world.get("/api/v1/people/forum:both", reader).await.status, StatusCode::OK);
        // By what is not public nobody is known: to the byte as an account that there is not.
        for hidden in ["slack:U0", "slack:UX", "forum:one"] {
            for (path, unknown) in asked(hidden).iter().zip(&unknown) {
                let [answer, unknown] =
                    [world.get(path, reader).await, world.get(unknown, reader).await];
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
                let body = String::from_utf8(answer.body).unwrap().replace(hidden, "slack:nobody");
                assert_eq!(body, String::from_utf8(unknown.body).unwrap(), "{path}");
            }
        }
    }
    let many = r#"{"accounts": ["slack:U0", "twitter:0", "slack:nobody"]}"#;
    let many = world.lookup(many, &key).await.json();
    let found: Vec<bool> =
        many["people"].as_array().unwrap().iter().map(|one| !one.is_null()).collect();
    assert_eq!(found, [false, true, false]);
    // An operator finds them, and so does everybody whoever agreed.
    let cookie = world.signed_in("ada", Role::Analyst);
    let ask = "/api/v1/people/slack:U0";
    assert_eq!(world.browse(ask, Some(&cookie)).await.json()["person"], person);
    world.say("twitter:0", tertius::consent::Said::Given);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let agreed = world.get(ask, Some(&key)).await.json();
    assert_eq!(agreed["accounts"], serde_json::json!(["slack:U0", "twitter:0"]));
    // What is stored later counts as soon as it can be asked about.
    let later = dir.path().join("later.ndjson");
    let row = r#"{"id":"z","at":"2026-05-05T00:00:00Z","network":"slack","verb":"reshare","actor":"UX","target":"U9","visibility":"public"}"#;
    std::fs::write(&later, row).unwrap();
    let options = tertius::ingest::Options::default();
    world.workspace.ingest(&[later], &options, &mut |_| {}).unwrap();
    world.served.refresh().unwrap();
    assert!(number("slack:UX").await.is_some());
}
