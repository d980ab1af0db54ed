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
