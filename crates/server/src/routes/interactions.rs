//! `POST /api/v1/interactions`: stores what programs send, and answers when it is on the disk.

use super::{json, watched};
use crate::family::{Family, Operation};
use crate::inbox::{BODY, too_large, whole};
use crate::problem::Problem;
use crate::reader::Writing;
use crate::{Served, beside, keyring::Held};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tertius::posted::Form;

const NAME: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

pub fn routes() -> Family {
    let said = Operation::post(
        "/api/v1/interactions",
        "Stores interactions; answers when they are on the disk",
    )
    .takes(&[
        ("application/json", "Interactions"),
        ("application/x-ndjson", "Lines"),
        ("application/activity+json", "Activities"),
    ])
    .gives("Stored")
    .may(&[408, 413, 415, 422, 503, 507]);
    Family::default().route(said, interactions)
}

async fn interactions(
    State(served): State<Arc<Served>>,
    Writing(held): Writing,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answer = match stored(&served, &held, &headers, body).await {
        Ok(answer) => answer,
        Err(problem) => problem.into_response(),
    };
    watched(answer, "interactions", Some(held.id()))
}

async fn stored(
    served: &Arc<Served>,
    held: &Arc<Held>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let (form, lines) = form(headers)?;
    let name = name(headers)?;
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    // Without a length it may be as long as any.
    let length = length.and_then(|text| text.parse().ok()).unwrap_or(BODY);
    if length > BODY {
        return Err(too_large(BODY));
    }
    let room = served.inbox.room(length)?;
    let body = whole(body, BODY, served.limits.body).await?;
    let (reading, whose) = (served.clone(), held.id().to_owned());
    let posted = beside::run(move || {
        let once = name.as_deref().map(|name| (&*whose, name));
        reading.inbox.workspace().read_posted(&body, form, lines, once)
    });
    let posted = match posted.await {
        Ok(posted) => posted.map_err(|error| Problem::of(&error))?,
        Err(error) => {
            log::error!("what was sent could not be read: {error}");
            return Err(Problem::bad("this body can't be read"));
        }
    };
    let Some(answer) = served.inbox.store(posted, room).await? else {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "this Idempotency-Key was sent with another body within a day; a new body needs a new one",
        ));
    };
    let mut response = match serde_json::to_vec(&answer) {
        Ok(body) => json(body),
        Err(error) => return Err(Problem::unwritten(&error)),
    };
    if answer.again {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// What the rows are, and whether they are lines.
fn form(headers: &HeaderMap) -> Result<(Form, bool), Problem> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        let detail = "send the body as it is, without Content-Encoding";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = given.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    match kind.to_ascii_lowercase().as_str() {
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => {
            Ok((Form::Native, true))
        }
        "application/json" => Ok((Form::Native, false)),
        "application/activity+json" | "application/ld+json" => Ok((Form::ActivityStreams, false)),
        _ => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Content-Type is application/x-ndjson or application/json for native interactions, and application/activity+json for ActivityStreams 2.0",
        )),
    }
}

/// What the request is called, so that it is stored once.
fn name(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(name) = headers.get(NAME) else { return Ok(None) };
    let fits = name.to_str().ok().filter(|name| (1..=255).contains(&name.len()));
    fits.map(|name| Some(name.to_owned()))
        .ok_or_else(|| Problem::bad("Idempotency-Key is 1 to 255 characters of ASCII"))
}
