//! Pages, for browsers: a page is one file in `pages/` and one line in [`PAGES`].
//!
//! They are whole without script, send for nothing but our own stylesheet, and may be kept by nobody. Every text goes through `maud`, which
//! escapes it, and texts from outside through [`text::said`] besides, which keeps them from turning the text around them.

pub mod admin;
pub mod failed;
pub mod home;
pub mod layout;
pub mod person;
pub mod picture;
pub mod sign_in;
pub mod text;

use crate::Served;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use std::sync::Arc;
use tertius::disclosure::Surface;

/// A page: its route, what it is of, and who answers.
type Page = (&'static str, Surface, fn() -> MethodRouter<Arc<Served>>);

/// Every page.
pub const PAGES: [Page; 6] = [
    ("/", Surface::People, || get(home::home)),
    ("/p/{account}", Surface::People, || get(person::person)),
    ("/sign-in", Surface::Open, || get(sign_in::form).post(sign_in::sign_in)),
    ("/sign-out", Surface::Open, || post(sign_in::sign_out)),
    ("/admin", Surface::Trail, || get(admin::admin)),
    ("/style.css", Surface::Open, || get(style)),
];

/// The pages.
pub fn routes() -> Router<Arc<Served>> {
    PAGES.iter().fold(Router::new(), |router, (path, _, answer)| router.route(path, answer()))
}

const STYLE: &str = include_str!("pages/style.css");

async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    crate::routes::watched((headers, STYLE).into_response(), "pages", None)
}
