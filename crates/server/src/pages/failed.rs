//! What is shown instead of a page: there is none, it is not for this reader, it can't be made.

use super::layout::{Page, shown};
use crate::Served;
use crate::problem::{Problem, UNANSWERED};
use crate::reader::Visitor;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::html;
use std::sync::Arc;

/// The one answer for whoever is unknown, refuses, or may not be shown to this reader.
pub fn unknown(served: &Served, visitor: &Visitor) -> Response {
    page(
        served,
        visitor,
        StatusCode::NOT_FOUND,
        "Nothing is known here under this account",
        "Accounts are written network:id or network:handle, such as discourse:mara. Whoever has not agreed to be shown is not shown.",
    )
}

/// For whoever is signed in with another role.
pub fn forbidden(served: &Served, visitor: &Visitor) -> Response {
    let why = "Your role does not show this page. Whoever runs this workspace gives roles with tertius operator add.";
    page(served, visitor, StatusCode::FORBIDDEN, "This page is not for your role", why)
}

/// A form that is not one of ours.
pub fn not_ours(served: &Served, visitor: &Visitor) -> Response {
    let why = "The form was not sent from a page of this session, or the session has ended. Go back, load the page again, and send it once more.";
    page(served, visitor, StatusCode::FORBIDDEN, "This was not taken", why)
}

/// A request that can't be understood.
pub fn bad(served: &Served, visitor: &Visitor, why: &str) -> Response {
    page(served, visitor, StatusCode::BAD_REQUEST, "This can't be understood", why)
}

/// What went wrong on our side: the log says it, the page does not.
pub fn ours(served: &Served, visitor: &Visitor, error: &tertius::Error) -> Response {
    log::error!("a page failed: {error}");
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    page(served, visitor, status, "Something went wrong here", UNANSWERED)
}

/// There is no such route: a page for browsers, a problem document for programs.
pub async fn no_route(
    State(served): State<Arc<Served>>,
    headers: HeaderMap,
    visitor: Visitor,
) -> Response {
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    match accepts.is_some_and(|kinds| kinds.contains("text/html")) {
        true => {
            let why =
                "The address may be mistyped. Search for an account, or begin with the questions.";
            page(&served, &visitor, StatusCode::NOT_FOUND, "There is no such page", why)
        }
        false => Problem::new(StatusCode::NOT_FOUND, "there is no such route").into_response(),
    }
}

fn page(
    served: &Served,
    visitor: &Visitor,
    status: StatusCode,
    title: &str,
    why: &str,
) -> Response {
    let body = html! {
        h1 { (title) }
        p.lead { (why) }
        p { a href="/" { "The questions that can be asked" } }
    };
    shown(served, visitor, status, Page { title, search: "", here: None, body })
}
