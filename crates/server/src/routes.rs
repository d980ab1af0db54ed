//! Every route, by family. A family is one file in `routes/` and one line in [`router`].

mod definitions;
mod health;
mod interactions;
mod klout_v1;
mod klout_v2;
mod people;
mod reports;

use crate::Served;
use crate::problem::Problem;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Everything that is served.
pub fn router(served: Arc<Served>) -> Router {
    Router::new()
        .merge(people::routes())
        .merge(definitions::routes())
        .merge(reports::routes())
        .merge(interactions::routes())
        .merge(klout_v2::routes())
        .merge(klout_v1::routes())
        .merge(health::routes())
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "there is no such route"))
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this route does not take that method")
        })
        .layer(from_fn_with_state(served.clone(), watch))
        .with_state(served)
}

/// What an answer tells the watch: the route's name and the id of the key.
#[derive(Clone)]
pub struct Watched {
    route: &'static str,
    key: String,
}

/// Marks an answer for the counters and the log.
pub fn watched(mut response: Response, route: &'static str, key: Option<&str>) -> Response {
    response.extensions_mut().insert(Watched { route, key: key.unwrap_or_default().to_owned() });
    response
}

/// A JSON answer of the native API.
pub fn json(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Numbers requests, counts and logs answers, and sets the headers that every answer has.
async fn watch(State(served): State<Arc<Served>>, request: Request, next: Next) -> Response {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let begun = Instant::now();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let id = format!("{:08x}-{number:x}", std::process::id());
    let mut response = next.run(request).await;
    let marked = response.extensions_mut().remove::<Watched>();
    let (route, key) = marked.as_ref().map_or(("other", ""), |one| (one.route, &*one.key));
    served.metrics.answered(route, response.status().as_u16(), begun.elapsed(), &id, key);
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
