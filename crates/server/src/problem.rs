//! Errors of the native API: problem documents, RFC 9457.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use crate::keyring::{Held, Refusal};

/// Why there is no answer.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    retry: Option<Retry>,
}

/// When to ask again.
#[derive(Debug)]
struct Retry {
    seconds: u64,
    /// The limits of the key, if it was one of them.
    policy: Option<String>,
}

/// What is told of what went wrong here.
pub const UNANSWERED: &str = "this could not be answered; the log of the server says why";

impl Problem {
    /// With words that say what to do.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Problem {
        Problem { status, detail: detail.into(), retry: None }
    }

    /// The one answer for whoever is unknown, refuses, or may not be shown to this reader.
    pub fn unknown() -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "nothing is known here under this account")
    }

    /// A request that can't be understood.
    pub fn bad(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, detail)
    }

    /// Too much is under way; `seconds` until it is worth another try.
    pub fn busy(detail: impl Into<String>, seconds: u64) -> Problem {
        let retry = Some(Retry { seconds, policy: None });
        Problem { retry, ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }

    /// An answer that is there and can't be written as JSON.
    pub fn unwritten(error: &serde_json::Error) -> Problem {
        log::error!("an answer can't be written: {error}");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, UNANSWERED)
    }

    /// What a function of the facade failed with: what the caller did wrong is told, all else is logged.
    pub fn of(error: &tertius::Error) -> Problem {
        match error.kind() {
            tertius::ErrorKind::Usage => Problem::bad(error.to_string()),
            tertius::ErrorKind::NotFound | tertius::ErrorKind::Refused => Problem::unknown(),
            _ => Problem::ours(error),
        }
    }

    /// What went wrong on our side: the log says it, the answer does not.
    pub fn ours(error: &tertius::Error) -> Problem {
        log::error!("a request failed: {error}");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, UNANSWERED)
    }

    /// A key that opens nothing now.
    pub fn refused(held: Option<&Arc<Held>>, refusal: Refusal) -> Problem {
        let policy = held.map(|held| held.policy()).unwrap_or_default();
        match refusal {
            Refusal::Unknown => Problem::new(
                StatusCode::UNAUTHORIZED,
                "send a valid key: Authorization: Bearer KEY; the operator makes one with tertius key create",
            ),
            Refusal::PerSecond(seconds) => Problem {
                retry: Some(Retry { seconds, policy: Some(policy) }),
                ..Problem::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "more than this key may ask in a second",
                )
            },
            Refusal::PerDay(seconds) => Problem {
                retry: Some(Retry { seconds, policy: Some(policy) }),
                ..Problem::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "more than this key may ask in a day (UTC)",
                )
            },
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(Retry { seconds, .. }) = self.retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(Retry { seconds, policy: Some(policy) }) = self.retry {
            let which = if seconds <= 1 { "second" } else { "day" };
            for (name, value) in [
                ("ratelimit", format!("\"{which}\";r=0;t={seconds}")),
                ("ratelimit-policy", policy),
            ] {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    headers.insert(name, value);
                }
            }
        }
        response
    }
}
