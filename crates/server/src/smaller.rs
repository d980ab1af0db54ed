//! Answers made smaller for whoever takes gzip, and shown to pages of other hosts where the operator names these.
//!
//! Small answers stay as they are: the time to pack them is worth more than their bytes. So do those that bear a tag, which names
//! bytes, those whose length is not known, and those that nobody may keep: their length would tell of the tokens in them.

use axum::body::{Body, HttpBody, to_bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

/// Bytes from which on it is worth it.
const WORTH: u64 = 4 << 10;
/// Bytes beyond which an answer goes out as it is.
const MOST: u64 = 64 << 20;
/// What is fast and nearly as small as it gets.
const LEVEL: u32 = 4;

/// Whether whoever asks takes gzip.
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    let given = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    given.unwrap_or_default().split(',').any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let refused =
            weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0);
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

/// The answer with its body packed, where that is worth it.
pub async fn packed(response: Response) -> Response {
    let size = response.body().size_hint();
    let worth = size.exact().is_some_and(|bytes| (WORTH..MOST).contains(&bytes));
    let headers = response.headers();
    if !worth
        || headers.contains_key(header::ETAG)
        || headers.contains_key(header::CONTENT_ENCODING)
        || headers.get(header::CACHE_CONTROL).is_some_and(|value| value == "no-store")
    {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, MOST as usize).await else {
        // A body of known length is in memory already.
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::new(LEVEL));
    let packed = encoder.write_all(&bytes).and_then(|()| encoder.finish());
    let body = match packed {
        Ok(packed) => {
            parts.headers.remove(header::CONTENT_LENGTH);
            parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            parts.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
            Body::from(packed)
        }
        Err(_) => Body::from(bytes),
    };
    Response::from_parts(parts, body)
}

/// Hosts whose pages may read answers: `cors` of the settings.
#[derive(Debug, Default)]
pub struct Cors(Vec<HeaderValue>);

impl Cors {
    /// Of these origins, such as `https://app.example`.
    pub fn of(origins: &[String]) -> Cors {
        Cors(origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect())
    }

    /// The page's origin, if it may read answers.
    pub fn origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        if self.0.is_empty() {
            return None;
        }
        let origin = headers.get(header::ORIGIN)?;
        self.0.iter().find(|known| *known == origin).cloned()
    }

    /// The answer to a browser that asks first whether its page may ask.
    pub fn preflight(method: &Method, headers: &HeaderMap) -> Option<Response> {
        if method != Method::OPTIONS || !headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        {
            return None;
        }
        let mut response = StatusCode::NO_CONTENT.into_response();
        let given = response.headers_mut();
        let allowed: [(HeaderName, &str); 3] = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "authorization, content-type, if-none-match, idempotency-key, last-event-id",
            ),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ];
        for (name, value) in allowed {
            given.insert(name, HeaderValue::from_static(value));
        }
        Some(response)
    }

    /// Lets the page read an answer.
    pub fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
        const READABLE: &str =
            "etag, ratelimit, ratelimit-policy, retry-after, x-request-id, idempotent-replayed";
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(READABLE));
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
}
