//! Pages, for browsers: a page is one file in `pages/` and one line in [`routes`].
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

use crate::family::Family;
use crate::reader::Everyone;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// The pages.
pub fn routes() -> Family {
    Family::default()
        .get("/", home::home)
        .get("/p/{account}", person::person)
        .get("/sign-in", sign_in::form)
        .post("/sign-in", sign_in::sign_in)
        .post("/sign-out", sign_in::sign_out)
        .get("/admin", admin::admin)
        .get("/style.css", style)
}

const STYLE: &str = include_str!("pages/style.css");

async fn style(_: Everyone) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    crate::routes::watched((headers, STYLE).into_response(), "pages", None)
}
