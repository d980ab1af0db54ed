//! What both versions of the old Klout API share: its keys, its errors, its shapes.
//!
//! Its score is that of one definition, which the operator names. A klout id is a person's number here.

use crate::family::Demands;
use crate::keyring::{Admitted, Held, Refusal};
use crate::reader::settled;
use crate::routes::watched;
use crate::{Served, beside};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::marker::PhantomData;
use std::sync::Arc;
use tertius::PersonId;
use tertius::Time;
use tertius::circle::Circle;
use tertius::disclosure::Surface;
use tertius::shown::{Scores, Shown};

/// A score as Klout had it.
#[derive(Clone, Copy, Debug)]
pub struct Score {
    pub score: f64,
    pub day: f64,
    pub week: f64,
    pub month: f64,
}

impl Score {
    /// The first of the scores that is one. What has no earlier score to be compared with has not changed, as far as Klout's clients can be told.
    pub fn of(shown: &[Shown<'_>]) -> Option<Score> {
        Score::from(shown.first()?)
    }

    /// That of one definition, where there is one.
    pub fn from(shown: &Shown<'_>) -> Option<Score> {
        let points = |delta: Option<f64>| delta.unwrap_or(0.0);
        Some(Score {
            score: shown.score?,
            day: points(shown.delta.day),
            week: points(shown.delta.week),
            month: points(shown.delta.month),
        })
    }

    /// `0-9`, `10-19` ... `80-89`, `90-100`.
    pub fn bucket(&self) -> &'static str {
        const BUCKETS: [&str; 10] = [
            "0-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80-89", "90-100",
        ];
        BUCKETS[((self.score / 10.0) as usize).min(9)]
    }

    /// The changes.
    pub fn deltas(&self) -> serde_json::Value {
        serde_json::json!({"dayChange": self.day, "weekChange": self.week, "monthChange": self.month})
    }
}

/// A person as arrays of Klout's have them.
pub fn entity(
    served: &Served,
    held: &Held,
    person: PersonId,
    score: Score,
) -> tertius::Result<serde_json::Value> {
    let id = person.0.to_string();
    Ok(serde_json::json!({"entity": {"id": id, "payload": {
        "kloutId": id,
        "nick": served.lookups.nick(person, held.reader())?,
        "score": {"score": score.score, "bucket": score.bucket()},
        "scoreDeltas": score.deltas(),
    }}}))
}

/// Who influences the person of an account and whom they influence, under the operator's definition, if the key may see them; who looked is noted.
pub fn circle<T>(
    served: &Served,
    held: &Held,
    account: &str,
    what: &'static str,
    write: impl FnOnce(PersonId, &Circle<'_>) -> tertius::Result<T>,
) -> Result<Option<T>, Denied> {
    let board = served.lookups.board();
    let reader = held.reader();
    let found = served.lookups.circle(&board, account, &served.klout, reader);
    let Some((person, circle)) = found.map_err(|error| Denied::ours(&error))? else {
        return Ok(None);
    };
    served.looks.note(person.0, what, held.source());
    for (other, _) in circle.influencers.iter().chain(&circle.influenced) {
        served.looks.note(other.0, what, held.source());
    }
    write(person, &circle).map(Some).map_err(|error| Denied::ours(&error))
}

/// What the query of a request says, decoded; the last of equal names.
pub fn parameter(query: &[(String, String)], name: &str) -> Option<String> {
    query.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug)]
pub struct Denied {
    status: StatusCode,
    description: &'static str,
    /// Seconds until a limit is over; then the description is the gateway's code.
    limit: Option<u64>,
}

impl Denied {
    /// Whoever is unknown, refuses, or may not be shown.
    pub const UNKNOWN: Denied = Denied::new(StatusCode::NOT_FOUND, "Not Found");

    /// With the words that a client is given.
    pub const fn new(status: StatusCode, description: &'static str) -> Denied {
        Denied { status, description, limit: None }
    }

    /// What went wrong on our side: the log says it, the answer does not.
    pub fn ours(error: &tertius::Error) -> Denied {
        log::error!("a request failed: {error}");
        Denied::new(StatusCode::INTERNAL_SERVER_ERROR, "this could not be answered")
    }

    fn refused(refusal: Refusal) -> Denied {
        let (description, seconds) = match refusal {
            Refusal::Unknown => return Denied::new(StatusCode::FORBIDDEN, "Not Authorized"),
            Refusal::PerSecond(seconds) => ("ERR_403_DEVELOPER_OVER_QPS", seconds),
            Refusal::PerDay(seconds) => ("ERR_403_DEVELOPER_OVER_RATE", seconds),
        };
        Denied { limit: Some(seconds), ..Denied::new(StatusCode::FORBIDDEN, description) }
    }
}

/// `{"error": 403, "description": "..."}`, and for a limit the headers of the gateway.
impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let body = serde_json::json!({
            "error": self.status.as_u16(), "description": self.description,
        });
        let mut response = json(self.status, &body);
        if let Some(seconds) = self.limit {
            let code = HeaderValue::from_static(self.description);
            response.headers_mut().insert("x-mashery-error-code", code);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// What a route of the old API costs, and how it is called in the counters.
pub trait Route: Send {
    /// Its name.
    const NAME: &'static str;

    /// How many answers are paid for.
    fn answers(_query: &[(String, String)]) -> Result<u32, Denied> {
        Ok(1)
    }
}

/// A program with a key in its query, `?key=`, which has paid for what it asks; or a no as Klout's gateway said it.
pub struct Asked<R> {
    /// The key.
    pub held: Arc<Held>,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
    route: PhantomData<R>,
}

impl<R> Demands for Asked<R> {
    const SURFACE: Surface = Surface::Programs;
}

impl<R: Route> Asked<R> {
    /// Marks an answer for the counters and the log.
    pub fn watched(&self, response: Response) -> Response {
        watched(response, R::NAME, Some(self.held.id()))
    }
}

impl<R: Route> FromRequestParts<Arc<Served>> for Asked<R> {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        served: &Arc<Served>,
    ) -> Result<Asked<R>, Response> {
        let query = Query::<Vec<(String, String)>>::from_request_parts(parts, served).await;
        let admitted = query
            .map_err(|_| Denied::new(StatusCode::BAD_REQUEST, "the query is no UTF-8"))
            .and_then(|Query(query)| Ok((admit(served, &query, R::answers(&query)?)?, query)));
        match admitted {
            Ok((held, query)) => {
                settled(served).await;
                Ok(Asked { held, query, route: PhantomData })
            }
            Err(denied) => Err(watched(denied.into_response(), R::NAME, None)),
        }
    }
}

/// An answer that takes names or accounts out of dictionaries.
pub async fn beside<R: Route + 'static>(
    served: Arc<Served>,
    asked: Asked<R>,
    answer: impl FnOnce(&Served, &Asked<R>) -> Response + Send + 'static,
) -> Response {
    let held = asked.held.clone();
    let answer = beside::run(move || answer(&served, &asked)).await;
    answer.unwrap_or_else(|error| {
        watched(Denied::ours(&error).into_response(), R::NAME, Some(held.id()))
    })
}

fn admit(served: &Served, query: &[(String, String)], answers: u32) -> Result<Arc<Held>, Denied> {
    if query.iter().any(|(name, _)| name == "callback") {
        let why = "callback is refused: JSONP gives the key to every script of a page";
        return Err(Denied::new(StatusCode::BAD_REQUEST, why));
    }
    let key = parameter(query, "key").unwrap_or_default();
    match served.keys.admit(&key, answers, served.is_sandbox, Time::now()) {
        Ok(Admitted::Yes(held)) => Ok(held),
        Ok(Admitted::No(_, refusal)) => Err(Denied::refused(refusal)),
        Err(error) => Err(Denied::ours(&error)),
    }
}

/// A JSON answer.
pub fn json(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json;charset=utf-8")], body.to_string())
        .into_response()
}

/// The person of an account and the score under the operator's definition, if the key may see them; who looked is noted.
pub fn look_up(
    served: &Served,
    held: &Held,
    account: &str,
    what: &'static str,
) -> Result<Option<(PersonId, Option<Score>)>, Denied> {
    let board = served.lookups.board();
    let reader = held.reader();
    let only = Some(served.klout.as_str());
    let write = |scores: &Scores<'_>| Score::of(&scores.scores);
    let found = served.lookups.scores(&board, account, only, reader, write);
    let found = found.map_err(|error| Denied::ours(&error))?;
    if let Some((person, _)) = found {
        served.looks.note(person.0, what, held.source());
    }
    Ok(found)
}
