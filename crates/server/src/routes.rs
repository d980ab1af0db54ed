//! Every route, by family. A family is one file in `routes/` and one line in [`router`].

mod api;
mod changes;
mod comparisons;
mod definitions;
mod health;
mod interactions;
mod klout_v1;
mod klout_v2;
pub mod people;
mod reports;
mod whatif;

use crate::Served;
use crate::family::Family;
use crate::pages;
use crate::problem::Problem;
use crate::smaller::{Cors, packed, takes_gzip};
use crate::straight::Straight;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;
use tertius::disclosure::Surface;

/// Everything that is served, watched.
pub fn router(served: Arc<Served>) -> Router {
    let watching = async |State(served): State<Arc<Served>>, request: Request, next: Next| {
        watch(&served, request, |request| next.run(request)).await
    };
    routed(all().router, served.clone()).layer(from_fn_with_state(served, watching))
}

fn routed(router: Router<Arc<Served>>, served: Arc<Served>) -> Router {
    router
        .fallback(pages::failed::no_route)
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this route does not take that method")
        })
        .with_state(served)
}

/// Everything that is served, for whoever watches it ([`watch`]).
pub struct Table {
    straight: Vec<Straight>,
    router: TowerToHyperService<Router>,
}

impl Table {
    /// Of all families.
    pub fn new(served: Arc<Served>) -> Table {
        let Family { router, straight, .. } = all();
        Table { straight, router: TowerToHyperService::new(routed(router, served)) }
    }

    /// Answers a request.
    pub async fn answer(&self, served: &Arc<Served>, request: Request) -> Response {
        if let Some(straight) = self.straight.iter().find(|one| one.takes(&request)) {
            return straight.answer(request, served.clone()).await;
        }
        match self.router.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// All families; those of the native API come first, since they are described.
fn all() -> Family {
    let native = people::routes()
        .and(definitions::routes())
        .and(reports::routes())
        .and(interactions::routes())
        .and(changes::routes());
    let described = api::routes(&native.operations);
    native
        .and(described)
        .and(klout_v2::routes())
        .and(klout_v1::routes())
        .and(health::routes())
        .and(pages::routes())
}

/// What a route is of, for the rules of who may ask ([`tertius::disclosure::may_ask`]): what its handler demands. Nothing where there is no such route.
pub fn surface_of(path: &str) -> Option<Surface> {
    all().surfaces.into_iter().find(|(known, _)| known == path).map(|(_, surface)| surface)
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
    let mut response = Response::new(Body::from(body));
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The last digits of a number, hexadecimal: what every answer bears some of, without the machinery of `format!`.
pub fn hex<const DIGITS: usize>(number: u64) -> [u8; DIGITS] {
    let mut digits = [b'0'; DIGITS];
    for (place, digit) in digits.iter_mut().rev().take(16).enumerate() {
        *digit = b"0123456789abcdef"[(number >> (4 * place)) as usize & 15];
    }
    digits
}

/// Numbers requests, counts and logs answers, and sets the headers that every answer has.
pub async fn watch<A: Future<Output = Response>>(
    served: &Served,
    request: Request,
    answer: impl FnOnce(Request) -> A,
) -> Response {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let begun = Instant::now();
    // Asked for once: the system answers it anew each time.
    static PROCESS: LazyLock<u32> = LazyLock::new(std::process::id);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut id = [b'-'; 25];
    id[..8].copy_from_slice(&hex::<8>(u64::from(*PROCESS)));
    let digits = 16 - (number.leading_zeros() as usize / 4).min(15);
    id[9..].copy_from_slice(&hex::<16>(number << (64 - 4 * digits)));
    let id = &id[..9 + digits];
    let gzip = takes_gzip(request.headers());
    let origin = served.cors.origin(request.headers());
    let asked_first =
        origin.as_ref().and_then(|_| Cors::preflight(request.method(), request.headers()));
    let mut response = match (asked_first, served.sandbox_for(&request)) {
        (Some(answer), _) => answer,
        (None, Some(sandbox)) => sandbox.answer(request).await,
        (None, None) => answer(request).await,
    };
    if gzip {
        response = packed(response).await;
    }
    let marked = response.extensions_mut().remove::<Watched>();
    let (route, key) = marked.as_ref().map_or(("other", ""), |one| (one.route, &*one.key));
    let status = response.status().as_u16();
    let shown = std::str::from_utf8(id).unwrap_or_default();
    served.metrics.answered(route, status, begun.elapsed(), shown, key);
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_bytes(id) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(origin) = origin {
        Cors::allow(headers, origin);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
