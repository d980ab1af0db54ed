//! `/api/openapi.json` and `/api`: the description of the native API, for programs and for people.

use super::{json, watched};
use crate::family::{Family, Operation};
use crate::openapi;
use crate::reader::Everyone;
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
    let shown = async move |_: Everyone| watched(page_of(&page), "api", None);
    let documented = async move |_: Everyone| watched(json(text.as_bytes().to_vec()), "api", None);
    Family::default().route(document, documented).get("/api", shown)
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
