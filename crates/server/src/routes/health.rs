//! Whether the process lives and can answer, and its counters.

use super::watched;
use crate::Served;
use crate::problem::Problem;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;

pub fn routes() -> Router<Arc<Served>> {
    Router::new()
        .route("/healthz", get(async || watched("ok\n".into_response(), "health", None)))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// Ready once something was scored: before that every lookup is 404.
async fn ready(State(served): State<Arc<Served>>) -> Response {
    let board = served.lookups.board();
    let answer = match board.definitions().next() {
        Some(_) => "ready\n".into_response(),
        None => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "nothing is scored yet; run tertius score, this server will see it",
        )
        .into_response(),
    };
    watched(answer, "health", None)
}

async fn metrics(State(served): State<Arc<Served>>) -> Response {
    let text = served.metrics.text();
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    watched((kind, text).into_response(), "health", None)
}
