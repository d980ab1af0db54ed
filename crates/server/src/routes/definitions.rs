//! `/api/v1/definitions`: the questions that have scores, and the list of each.

use super::watched;
use crate::Served;
use crate::reader::Keyed;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;

pub fn routes() -> Router<Arc<Served>> {
    Router::new().route("/api/v1/definitions", get(definitions))
}

async fn definitions(State(served): State<Arc<Served>>, Keyed(held): Keyed) -> Response {
    let board = served.lookups.board();
    let shown: Vec<_> = board
        .definitions()
        .filter(|of| of.purpose == held.purpose())
        .map(|of| {
            serde_json::json!({
                "definition": of.definition, "version": of.version, "question": of.question,
                "purpose": of.purpose, "as_of": of.as_of().to_string(),
                "people": of.people, "scored": of.scored,
            })
        })
        .collect();
    let body = serde_json::json!({ "definitions": shown }).to_string();
    watched(
        ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        "definitions",
        Some(held.id()),
    )
}
