//! What all pages share: the head, the header with its search, the trail of where one is, and the headers of the answer.

use super::text::plain;
use crate::Served;
use crate::problem::UNANSWERED;
use crate::reader::Visitor;
use crate::routes::watched;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use tertius::disclosure::Surface;

/// Our stylesheet, forms to ourselves, and nothing else from anywhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    // What is shown depends on who asks, and an objection must be obeyed by the next look.
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    // Addresses of pages name accounts, and are nobody else's business; our own forms must still say from where they come.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex")),
];

/// A page as it is written.
pub struct Page<'a> {
    /// What it is called, in the browser's bar.
    pub title: &'a str,
    /// What stands in the search field.
    pub search: &'a str,
    /// Whether the way back to the first page is shown, with the name of this one.
    pub here: Option<&'a str>,
    /// Its content.
    pub body: Markup,
}

/// The answer that shows a page.
pub fn shown(served: &Served, visitor: &Visitor, status: StatusCode, page: Page<'_>) -> Response {
    let token = match &visitor.0 {
        None => String::new(),
        Some(session) => match served.signing.form_token(&session.subject()) {
            Ok(token) => token,
            Err(error) => {
                log::error!("a page can't be made: {error}");
                let plain = (StatusCode::INTERNAL_SERVER_ERROR, UNANSWERED);
                return watched(plain.into_response(), "pages", None);
            }
        },
    };
    let written = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (plain(page.title)) " - Tertius" }
                link rel="stylesheet" href="/style.css";
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header { (top(visitor, page.search, &token)) }
                main id="main" tabindex="-1" {
                    @if let Some(here) = page.here {
                        nav.trail aria-label="Where you are" {
                            ol {
                                li { a href="/" { "Questions" } }
                                li aria-current="page" { bdi { (plain(here)) } }
                            }
                        }
                    }
                    (page.body)
                }
            }
        }
    };
    watched((status, HEADERS, written.into_string()).into_response(), "pages", None)
}

fn top(visitor: &Visitor, search: &str, token: &str) -> Markup {
    html! {
        a.home href="/" { "Tertius" }
        form.search role="search" action="/" method="get" {
            label.unseen for="q" { "Account or name" }
            input id="q" name="q" type="search" value=(plain(search)) placeholder="Account or name" autocomplete="off" maxlength="200";
            button { "Search" }
        }
        nav aria-label="Sections" {
            @if visitor.may_ask(Surface::Trail) {
                a href="/admin" { "Admin" }
            }
            @match &visitor.0 {
                None => a href="/sign-in" { "Sign in" },
                Some(session) => {
                    span.who { (session.operator.name) ", " (session.operator.role.name()) }
                    @if session.cookie.is_some() {
                        form action="/sign-out" method="post" {
                            input type="hidden" name="token" value=(token);
                            button { "Sign out" }
                        }
                    }
                }
            }
        }
    }
}
