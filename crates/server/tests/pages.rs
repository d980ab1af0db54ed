//! Pages as browsers ask for them: signing in and out, forms, cookies, and texts that others wrote.

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use common::{Answer, World};
use server::Peer;
use std::net::IpAddr;
use tertius::Time;
use tertius::operators::Role;

const PASSWORD: &str = "several words in a row";

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let from = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
    from.split('"').next().unwrap().to_owned()
}

/// What a cookie is set to.
fn set(answer: &Answer, name: &str) -> Option<String> {
    let all = answer.headers.get_all("set-cookie").iter().map(|one| one.to_str().unwrap());
    all.filter_map(|one| one.strip_prefix(&format!("{name}="))).next().map(str::to_owned)
}

struct Form {
    cookie: String,
    token: String,
}

async fn form(world: &World) -> Form {
    let page = world.browse("/sign-in", None).await;
    assert_eq!(page.status, StatusCode::OK);
    let cookie = set(&page, "tertius-form").unwrap().split(';').next().unwrap().to_owned();
    Form { cookie, token: hidden(&text(&page), "token") }
}

async fn sent(world: &World, form: &Form, name: &str, password: &str, next: &str) -> Answer {
    let password = password.replace(' ', "+");
    let body = format!("token={}&name={name}&password={password}&next={next}", form.token);
    let request = Request::post("/sign-in")
        .header("cookie", format!("tertius-form={}", form.cookie))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .unwrap();
    world.send(request).await
}

async fn sign_out(world: &World, session: &str, token: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::post("/sign-out")
        .header("cookie", format!("tertius={session}"))
        .header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.send(request.body(Body::from(format!("token={token}"))).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_is_known_and_signs_out() {
    let world = World::new();
    world.workspace.add_operator("ada", Role::Operator, PASSWORD).unwrap();
    let at = form(&world).await;
    let wrong = sent(&world, &at, "ada", "another password", "/").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let unknown = sent(&world, &at, "bob", "another password", "/").await;
    assert_eq!(unknown.status, StatusCode::UNAUTHORIZED);
    // Which of both was wrong is not told.
    assert_eq!(text(&wrong), text(&unknown));
    let entered = sent(&world, &at, "ada", PASSWORD, "%2Fadmin").await;
    assert_eq!((entered.status, entered.header("location")), (StatusCode::SEE_OTHER, "/admin"));
    let cookie = set(&entered, "tertius").unwrap();
    assert!(cookie.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"), "{cookie}");
    let session = cookie.split(';').next().unwrap();
    let admin = world.browse("/admin", Some(session)).await;
    assert_eq!(admin.status, StatusCode::OK);
    assert!(text(&admin).contains("failed to sign in") && text(&admin).contains("signed in"));
    let token = hidden(&text(&admin), "token");
    let out = sign_out(&world, session, &token, &[]).await;
    assert_eq!((out.status, out.header("location")), (StatusCode::SEE_OTHER, "/"));
    assert_eq!(world.browse("/admin", Some(session)).await.status, StatusCode::SEE_OTHER);
    let elsewhere = sent(&world, &form(&world).await, "ada", PASSWORD, "%2F%2Fevil.example").await;
    assert_eq!(elsewhere.header("location"), "/");
    let trail = world.workspace.audit(100).unwrap();
    let said: Vec<&str> = trail.iter().rev().map(|one| &*one.what).collect();
    assert_eq!(
        said,
        [
            "added operator ada as operator",
            "failed to sign in",
            "failed to sign in",
            "signed in",
            "signed out",
            "signed in"
        ]
    );
    assert!(!format!("{trail:?}").contains("bob") && !format!("{trail:?}").contains(PASSWORD));
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_that_are_not_ours_change_nothing() {
    let world = World::new();
    let session = world.signed_in("ada", Role::Operator);
    let home = world.browse("/", Some(&session)).await;
    let token = hidden(&text(&home), "token");
    let other = hidden(
        &text(&world.browse("/", Some(&world.signed_in("eve", Role::Analyst))).await),
        "token",
    );
    for (token, headers) in [
        ("", &[][..]),
        (&*other, &[]),
        (&*token, &[("origin", "http://evil.example"), ("host", "a.example")]),
        (&*token, &[("sec-fetch-site", "cross-site")]),
    ] {
        let refused = sign_out(&world, &session, token, headers).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{token} {headers:?}");
        assert_eq!(world.browse("/admin", Some(&session)).await.status, StatusCode::OK);
    }
    let at = form(&world).await;
    let no_cookie = Form { cookie: "0".repeat(64), token: at.token.clone() };
    let no_token = Form { cookie: at.cookie, token: String::new() };
    for form in [no_cookie, no_token] {
        let refused = sent(&world, &form, "ada", PASSWORD, "/").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert_eq!(set(&refused, "tertius"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_must_wait() {
    let world = World::new();
    world.workspace.add_operator("ada", Role::Operator, PASSWORD).unwrap();
    let at = form(&world).await;
    for _ in 0..10 {
        let wrong = sent(&world, &at, "ada", "wrong", "/").await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    }
    let refused = sent(&world, &at, "ada", PASSWORD, "/").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 800);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_after_twelve_hours() {
    let world = World::new();
    let ada = world.workspace.add_operator("ada", Role::Operator, PASSWORD).unwrap();
    let mut operators = world.workspace.operators().unwrap();
    let hours = |hours: i64| Time(Time::now().0 - hours * 3_600_000_000);
    let old = operators.begin(&ada, hours(12)).unwrap();
    let young = operators.begin(&ada, hours(11)).unwrap();
    assert_eq!(world.browse("/admin", Some(&old)).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.browse("/admin", Some(&young)).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_tls_cookies_are_never_sent_without() {
    let world = World::with("address = \"https://influence.example\"\n");
    let page = world.browse("/sign-in", None).await;
    let cookie = set(&page, "__Host-tertius-form").unwrap();
    assert!(cookie.ends_with("; HttpOnly; SameSite=Strict; Secure"), "{cookie}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxys_word_counts_from_its_own_address_alone() {
    let world =
        World::with("[sign_in]\nheader = \"X-Signed-In\"\nproxies = [\"10.0.0.7\", \"::1\"]\n");
    world.workspace.add_operator("ada", Role::Operator, PASSWORD).unwrap();
    let asked = async |from: Option<&str>, names: &[&str]| {
        let mut request = Request::get("/admin");
        for name in names {
            request = request.header("x-signed-in", *name);
        }
        let mut request = request.body(Body::empty()).unwrap();
        if let Some(from) = from {
            request.extensions_mut().insert(Peer(from.parse::<IpAddr>().unwrap()));
        }
        world.send(request).await.status
    };
    for from in ["10.0.0.7", "::1", "::ffff:10.0.0.7"] {
        assert_eq!(asked(Some(from), &["ada"]).await, StatusCode::OK, "{from}");
    }
    for from in [None, Some("10.0.0.8"), Some("127.0.0.1")] {
        assert_eq!(asked(from, &["ada"]).await, StatusCode::SEE_OTHER, "{from:?}");
    }
    // Nobody of that name, or two names at once, of which one may have come from outside.
    assert_eq!(asked(Some("10.0.0.7"), &["bob"]).await, StatusCode::SEE_OTHER);
    assert_eq!(asked(Some("10.0.0.7"), &["bob", "ada"]).await, StatusCode::SEE_OTHER);
    let trail = world.workspace.audit(100).unwrap();
    assert_eq!(trail.iter().filter(|one| one.what == "signed in by the proxy").count(), 1);
    // Without the setting the header is nothing.
    let plain = World::new();
    plain.workspace.add_operator("ada", Role::Operator, PASSWORD).unwrap();
    let mut request =
        Request::get("/admin").header("x-signed-in", "ada").body(Body::empty()).unwrap();
    request.extensions_mut().insert(Peer("10.0.0.7".parse().unwrap()));
    assert_eq!(plain.send(request).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_may_load_and_keep_nothing_and_failures_are_pages_too() {
    let world = World::new();
    for (path, status) in [
        ("/", StatusCode::OK),
        ("/?q=discourse%3Amara", StatusCode::OK),
        ("/p/discourse%3Amara", StatusCode::OK),
        ("/sign-in", StatusCode::OK),
        ("/p/discourse%3Anobody", StatusCode::NOT_FOUND),
        ("/nothing", StatusCode::NOT_FOUND),
        ("/p/%ff", StatusCode::BAD_REQUEST),
        ("/?q=%ff", StatusCode::OK),
    ] {
        let page = world.browse(path, None).await;
        assert_eq!(page.status, status, "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert_eq!(
            page.header("content-security-policy"),
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
        let text = text(&page);
        assert!(!text.contains("style=\"") && !text.contains("<script"), "{path}");
        assert!(!text.contains("http://") && !text.contains("https://"), "{path}");
    }
    let style = world.browse("/style.css", None).await;
    assert!(!text(&style).contains("url(") && !text(&style).contains("@import"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_shown_with_what_others_did_first_and_every_part_of_the_score() {
    let world = World::new();
    let session = world.signed_in("ada", Role::Analyst);
    let page = text(&world.browse("/p/discourse:mara?why=helpers", Some(&session)).await);
    let place = |what: &str| page.find(what).unwrap_or_else(|| panic!("no {what}: {page}"));
    assert!(place("engaged with what") < place("Who helps other customers?"));
    assert!(place("<svg class=\"whisker\"") < place("class=\"waterfall\""));
    let explained = world.workspace.explain("discourse:mara", "helpers", None, 5).unwrap();
    for part in &explained.parts {
        assert!(page.contains(&part.signal) && page.contains(&format!("{:+.1}", part.points)));
    }
    // By the beginning of a word of her name, too.
    let found = text(&world.browse("/?q=oka", Some(&session)).await);
    assert!(found.contains("href=\"/p/discourse%3Amara\""), "{found}");
    // A stranger sees the question that she agreed to and that uses public interactions alone.
    let stranger = text(&world.browse("/p/discourse:mara", None).await);
    assert!(!stranger.contains("Who helps other customers?") && stranger.contains("general@"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_wrote_stays_text_wherever_it_is_shown() {
    const HOSTILE: &str = "<script>alert(1)</script>\" onmouseover=\"x' \u{202e}evil";
    let scratch = tempfile::tempdir().unwrap();
    let mut rows = String::new();
    for number in 0..40 {
        let row = serde_json::json!({
            "id": format!("i{number}"), "at": format!("2026-10-{:02}T00:00:00Z", 1 + number % 28),
            "network": "forum", "verb": "reshare", "actor": format!("<b>{}", number % 10),
            "target": "\"><img/src=x>", "object": format!("<i>post{number}"), "url": "javascript:alert(1)",
            "text": HOSTILE, "visibility": "public",
        });
        rows.push_str(&format!("{row}\n"));
    }
    let file = scratch.path().join("rows.ndjson");
    std::fs::write(&file, rows).unwrap();
    let roster = scratch.path().join("people.csv");
    let name = HOSTILE.replace('"', "\"\"");
    std::fs::write(&roster, format!("name,accounts\n\"{name}\",\"forum:\"\"><img/src=x>\"\n"))
        .unwrap();
    let world = World::of(&[file], Some(&roster), &["general"], "");
    let session = world.signed_in("ada", Role::Operator);
    for path in [
        "/p/forum%3A%22%3E%3Cimg%2Fsrc%3Dx%3E",
        "/?q=forum%3A%22%3E%3Cimg%2Fsrc%3Dx%3E",
        "/?q=%3Cscript%3E%22%20onmouseover%3D%22x%E2%80%AE",
    ] {
        let page = text(&world.browse(path, Some(&session)).await);
        assert!(
            !page.contains("<script") && !page.contains("<img") && !page.contains("<b>"),
            "{page}"
        );
        assert!(!page.contains("\" onmouseover=\"") && !page.contains('\u{202e}'), "{page}");
        assert!(!page.contains("href=\"javascript:"), "{page}");
        assert!(page.contains("&lt;"), "{path} shows nothing of it");
    }
    let page = text(&world.browse("/p/forum%3A%22%3E%3Cimg%2Fsrc%3Dx%3E", Some(&session)).await);
    assert!(
        page.contains("&lt;script&gt;alert(1)") && page.contains("class=\"waterfall\""),
        "{page}"
    );
}
