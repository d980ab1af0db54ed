//! `/api/openapi.json` and `/api`: the description of the native API, for programs and for people.

use super::{json, watched};
use crate::family::{Family, Operation};
use crate::openapi;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The routes that show `operations`, which are those of all other families.
pub fn routes(operations: &[Operation]) -> Family {
    let document = Operation::get("/api/openapi.json", "This document").gives("Document");
    let mut all = operations.to_vec();
    all.push(document);
    let text: Arc<str> = openapi::document(&all).to_string().into();
    let page: Arc<str> = openapi::page(&all).into();
    let shown = move || {
        let answer = page_of(&page);
        async move { watched(answer, "api", None) }
    };
    let mut family = Family::default().route(document, move || {
        let answer = json(text.as_bytes().to_vec());
        async move { watched(answer, "api", None) }
    });
    family.router = family.router.route("/api", axum::routing::get(shown));
    family
}

/// Nothing but what stands in it: no script, no style, no other host.
fn page_of(page: &Arc<str>) -> Response {
    const POLICY: &str =
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    (headers, page.to_string()).into_response()
}
