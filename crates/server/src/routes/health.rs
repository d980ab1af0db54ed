//! Whether the process lives and can answer, and its counters.

use super::watched;
use crate::Served;
use crate::family::Family;
use crate::problem::Problem;
use crate::reader::Everyone;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

pub fn routes() -> Family {
    let lives = async |_: Everyone| watched("ok\n".into_response(), "health", None);
    Family::default().get("/healthz", lives).get("/readyz", ready).get("/metrics", metrics)
}

/// Ready once something was scored: before that every lookup is 404.
async fn ready(State(served): State<Arc<Served>>, _: Everyone) -> Response {
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

async fn metrics(State(served): State<Arc<Served>>, _: Everyone) -> Response {
    let text = served.metrics.text();
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    watched((kind, text).into_response(), "health", None)
}
