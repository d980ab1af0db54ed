//! `GET /api/v1/changes`: what is published, as it is published.

use super::watched;
use crate::Served;
use crate::changes::Stream;
use crate::family::{Family, Kind, Operation, Parameter, maybe};
use crate::problem::Problem;
use crate::reader::Keyed;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

const LAST: HeaderName = HeaderName::from_static("last-event-id");
const AFTER: Parameter = maybe(
    "after",
    Kind::Event,
    "Go on after this event; so does the header Last-Event-ID, which goes before it.",
);

pub fn routes() -> Family {
    let said = Operation {
        gives: ("text/event-stream", "Events"),
        ..Operation::get(
            "/api/v1/changes",
            "Every scorecard of the key's purpose, as it is published",
        )
    };
    Family::default().route(said.asks(&[AFTER]).may(&[503]), changes)
}

#[derive(Deserialize)]
struct From {
    after: Option<String>,
}

/// From now on, or from where the listener stopped.
async fn changes(
    State(served): State<Arc<Served>>,
    Keyed(held): Keyed,
    from: Result<Query<From>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let id = Some(held.id());
    let done = |response: Response| watched(response, "changes", id);
    let from = match from {
        Ok(Query(from)) => from.after,
        Err(wrong) => return done(Problem::bad(wrong.body_text()).into_response()),
    };
    let given = match headers.get(LAST) {
        Some(last) => Some(last.to_str().unwrap_or_default().to_owned()),
        None => from,
    };
    let last = match given.map(|text| text.parse::<u64>()) {
        None => served.changes.newest(),
        // A number of the future would hide what comes until then.
        Some(Ok(last)) => last.min(served.changes.newest()),
        Some(Err(_)) => {
            return done(Problem::bad("the last event is named by its number").into_response());
        }
    };
    let Some(place) = served.changes.place() else {
        return done(Problem::busy("too many listen already", 60).into_response());
    };
    let body = Body::new(Stream::of(&served, held.purpose(), last, place));
    let kind = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    done((kind, body).into_response())
}
