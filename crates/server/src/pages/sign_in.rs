//! Signing in and out.
//!
//! The form's token is made of a cookie of its own, so that nobody can be signed in by a form of another page. Whether the name or the
//! password was wrong is not told, and takes the same time.

use super::failed;
use super::layout::{Page, shown};
use crate::reader::Visitor;
use crate::signing::cookie;
use crate::{Served, beside};
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::html;
use serde::Deserialize;
use std::sync::Arc;
use tertius::operators::{Operator, SESSION, random_token};
use tertius::{Error, ErrorKind, Result, Time};

/// Seconds for which a form can be sent.
const FORM: i64 = 3_600;

#[derive(Default, Deserialize)]
pub struct Then {
    /// The page to go to.
    #[serde(default)]
    next: String,
}

/// The way to sign in, and then on to `path`.
pub fn first(path: &str) -> Response {
    let to = format!("/sign-in?next={}", super::text::encoded(path));
    to_page(&to)
}

fn to_page(path: &str) -> Response {
    let to = HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/"));
    let headers =
        [(header::LOCATION, to), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let answer = (StatusCode::SEE_OTHER, headers).into_response();
    crate::routes::watched(answer, "pages", None)
}

/// A page of ours, whatever was given.
fn ours(next: &str) -> &str {
    let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    let local = next.starts_with('/') && !next.starts_with("//") && next.bytes().all(fits);
    if local { next } else { "/" }
}

/// The form.
pub async fn form(
    State(served): State<Arc<Served>>,
    visitor: Visitor,
    headers: HeaderMap,
    then: std::result::Result<Query<Then>, QueryRejection>,
) -> Response {
    let next = then.map(|Query(then)| then.next).unwrap_or_default();
    match written(&served, &visitor, &headers, ours(&next), StatusCode::OK, None) {
        Ok(answer) => answer,
        Err(error) => failed::ours(&served, &visitor, &error),
    }
}

fn written(
    served: &Served,
    visitor: &Visitor,
    headers: &HeaderMap,
    next: &str,
    status: StatusCode,
    wrong: Option<&str>,
) -> Result<Response> {
    let signing = &served.signing;
    let given = cookie(headers, signing.form_cookie());
    let value = given.map_or_else(random_token, |value| Ok(value.to_owned()))?;
    let token = signing.form_token(&format!("form {value}"))?;
    let body = html! {
        h1 { "Sign in" }
        @if let Some(wrong) = wrong {
            p.wrong role="alert" { (wrong) }
        }
        form.fields action="/sign-in" method="post" {
            input type="hidden" name="token" value=(token);
            input type="hidden" name="next" value=(next);
            label for="name" { "Name" }
            input id="name" name="name" autocomplete="username" required maxlength="64";
            label for="password" { "Password" }
            input id="password" name="password" type="password" autocomplete="current-password" required maxlength="1024";
            button { "Sign in" }
        }
        p.note { "Signed in, you see what your role shows: more people, and reports on the firm. Whoever you look up can ask who looked, and is told your name." }
        p.note { "Whoever runs this workspace adds people with " code { "tertius operator add NAME --role ROLE" } "." }
    };
    let page = Page { title: "Sign in", search: "", here: Some("Sign in"), body };
    let mut answer = shown(served, visitor, status, page);
    if let Some(set) = signing.set_cookie(signing.form_cookie(), &value, FORM) {
        answer.headers_mut().append(header::SET_COOKIE, set);
    }
    Ok(answer)
}

#[derive(Deserialize)]
pub struct Filled {
    token: String,
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// What came of trying.
enum Tried {
    In(Operator),
    Wrong,
    Wait(u64),
}

/// Takes the form.
pub async fn sign_in(
    State(served): State<Arc<Served>>,
    visitor: Visitor,
    headers: HeaderMap,
    filled: std::result::Result<Form<Filled>, FormRejection>,
) -> Response {
    let Ok(Form(filled)) = filled else {
        return failed::bad(&served, &visitor, "The form needs a name and a password.");
    };
    let answer = match tried(&served, &headers, &filled).await {
        Ok(Some(Tried::In(operator))) => entered(&served, &operator, ours(&filled.next)),
        Ok(Some(Tried::Wrong)) => {
            let why = "Name and password do not belong together.";
            let status = StatusCode::UNAUTHORIZED;
            written(&served, &visitor, &headers, ours(&filled.next), status, Some(why))
        }
        Ok(Some(Tried::Wait(seconds))) => {
            let why =
                format!("Too many sign-ins failed. Try again in {} minutes.", seconds.div_ceil(60));
            let status = StatusCode::TOO_MANY_REQUESTS;
            written(&served, &visitor, &headers, ours(&filled.next), status, Some(&why)).map(
                |mut answer| {
                    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
                    answer
                },
            )
        }
        Ok(None) => Ok(failed::not_ours(&served, &visitor)),
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| failed::ours(&served, &visitor, &error))
}

/// Checks name and password; nothing where the form is not ours.
async fn tried(
    served: &Arc<Served>,
    headers: &HeaderMap,
    filled: &Filled,
) -> Result<Option<Tried>> {
    let signing = &served.signing;
    let Some(value) = cookie(headers, signing.form_cookie()) else { return Ok(None) };
    if !signing.is_ours(headers, &format!("form {value}"), &filled.token)? {
        return Ok(None);
    }
    let attempt = match signing.operators().attempt(&filled.name, Time::now())? {
        Ok(attempt) => attempt,
        Err(seconds) => return Ok(Some(Tried::Wait(seconds))),
    };
    let broke =
        |what: String| Error::new(ErrorKind::Io, format!("a password can't be checked: {what}"));
    let place = signing.checks.acquire().await.map_err(|error| broke(error.to_string()))?;
    let password = filled.password.clone();
    let checked = beside::run(move || attempt.check(&password)).await;
    drop(place);
    match checked?? {
        Some(operator) => Ok(Some(Tried::In(operator))),
        None => {
            signing.operators().failed(&filled.name, Time::now())?;
            Ok(Some(Tried::Wrong))
        }
    }
}

fn entered(served: &Served, operator: &Operator, next: &str) -> Result<Response> {
    let signing = &served.signing;
    let token = signing.operators().begin(operator, Time::now())?;
    let mut answer = to_page(next);
    let lasts = SESSION / 1_000_000;
    for set in [
        signing.set_cookie(signing.session_cookie(), &token, lasts),
        signing.set_cookie(signing.form_cookie(), "", 0),
    ] {
        answer.headers_mut().extend(set.map(|set| (header::SET_COOKIE, set)));
    }
    Ok(answer)
}

#[derive(Deserialize)]
pub struct Token {
    token: String,
}

/// Ends the session.
pub async fn sign_out(
    State(served): State<Arc<Served>>,
    visitor: Visitor,
    headers: HeaderMap,
    filled: std::result::Result<Form<Token>, FormRejection>,
) -> Response {
    let signing = &served.signing;
    let Some(session) = &visitor.0 else { return to_page("/") };
    let ended = || -> Result<bool> {
        let token = filled.map(|Form(filled)| filled.token).unwrap_or_default();
        if !signing.is_ours(&headers, &session.subject(), &token)? {
            return Ok(false);
        }
        if let Some(token) = &session.cookie {
            signing.operators().end(token, Time::now())?;
        }
        Ok(true)
    };
    match ended() {
        Ok(true) => {
            let mut answer = to_page("/");
            let back = signing.set_cookie(signing.session_cookie(), "", 0);
            answer.headers_mut().extend(back.map(|set| (header::SET_COOKIE, set)));
            answer
        }
        Ok(false) => failed::not_ours(&served, &visitor),
        Err(error) => failed::ours(&served, &visitor, &error),
    }
}

#[cfg(test)]
mod tests {
    use super::ours;

    #[test]
    fn nobody_is_sent_to_another_host() {
        assert_eq!(ours("/p/discourse%3Amara?why=helpers"), "/p/discourse%3Amara?why=helpers");
        for other in ["", "//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "p"]
        {
            assert_eq!(ours(other), "/", "{other:?}");
        }
    }
}
