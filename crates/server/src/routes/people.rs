//! `/api/v1/people`: one person, their scores and why these are what they are; the scores of up to 1,000.

use super::{hex, json, watched};
use crate::family::{Demands, Family, Kind, Operation, Parameter, maybe, needed};
use crate::inbox::whole;
use crate::keyring::Held;
use crate::problem::Problem;
use crate::reader::{Anyone, admit, bearer, must_know, settled};
use crate::straight::Segment;
use crate::{Served, beside, heavy};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use tertius::asked::Seen;
use tertius::disclosure::Surface;

/// Accounts in one request, at most.
const MANY: usize = 1_000;
/// Bytes of their list, at most.
const LIST: usize = 1 << 20;

const DEFINITION: Parameter = maybe("definition", Kind::Text, "Only this definition.");
const OF_WHICH: Parameter = needed("definition", Kind::Text, "The definition.");

pub fn routes() -> Family {
    const PERSON: &str = "/api/v1/people/{account}";
    const SCORES: &str = "/api/v1/people/{account}/scores";
    const WHY: &str = "/api/v1/people/{account}/explanation";
    const MANY: &str = "/api/v1/people/lookup";
    let said = [
        Operation::get(PERSON, "A person, with their scores").gives("Person").may(&[404]),
        Operation::get(SCORES, "The scores of a person")
            .asks(&[DEFINITION])
            .gives("Scores")
            .may(&[304, 404]),
        Operation::get(WHY, "Why a score is what it is, in parts that add up to it")
            .asks(&[OF_WHICH])
            .gives("Explanation")
            .may(&[404, 503]),
        Operation::post(
            MANY,
            "The scores of up to 1,000 people; null for whoever is unknown or not shown",
        )
        .takes(&[("application/json", "Lookup")])
        .gives("Found")
        .may(&[408, 413]),
    ];
    let [a, b, c, d] = said;
    let family = Family::default().route(a, person).route_straight(b, scores);
    family.route(c, explanation).route(d, lookup)
}

#[derive(Deserialize)]
struct Wanted {
    definition: Option<String>,
}

/// Bytes of a person's scores under a few definitions: most answers grow no further.
const SCORES: usize = 512;

async fn scores(
    State(served): State<Arc<Served>>,
    reader: Anyone,
    Segment(account): Segment<3>,
    wanted: Result<Query<Wanted>, QueryRejection>,
    had: Had,
) -> Response {
    let (account, wanted) = match (account, wanted) {
        (Some(account), Ok(Query(wanted))) => (account, wanted),
        (None, _) => return bad("an account is UTF-8"),
        (_, Err(wrong)) => return bad(&wrong.body_text()),
    };
    let only = wanted.definition.as_deref();
    let board = served.lookups.board();
    let answer = served.lookups.scores(&board, &account, only, reader.reader(), |scores| {
        let mut body = Vec::with_capacity(SCORES);
        scores.write_json(&mut body).map(|()| (scores.tag, body))
    });
    let key = reader.key().map(|held| held.id());
    let answer = match answer {
        Ok(Some((person, Ok((tag, body))))) => {
            served.looks.note(person.0, "scores", reader.source(&served));
            let mut quoted = [b'"'; 18];
            quoted[1..17].copy_from_slice(&hex::<16>(tag));
            let mut response = match had.is(&quoted) {
                true => StatusCode::NOT_MODIFIED.into_response(),
                false => json(body),
            };
            if let Ok(tag) = HeaderValue::from_bytes(&quoted) {
                response.headers_mut().insert(header::ETAG, tag);
            }
            response
        }
        Ok(None) => Problem::unknown().into_response(),
        Ok(Some((_, Err(error)))) => Problem::unwritten(&error).into_response(),
        Err(error) => Problem::ours(&error).into_response(),
    };
    watched(answer, "scores", key)
}

/// The tags of answers that whoever asks has already.
struct Had(Option<HeaderValue>);

impl<S: Sync> FromRequestParts<S> for Had {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Had, Infallible> {
        Ok(Had(parts.headers.get(header::IF_NONE_MATCH).cloned()))
    }
}

impl Had {
    fn is(&self, tag: &[u8]) -> bool {
        let given = self.0.as_ref().map(HeaderValue::as_bytes).unwrap_or_default();
        given.split(|byte| *byte == b',').any(|one| one.trim_ascii() == tag)
    }
}

fn bad(what: &str) -> Response {
    watched(Problem::new(StatusCode::BAD_REQUEST, what).into_response(), "scores", None)
}

async fn person(
    State(served): State<Arc<Served>>,
    reader: Anyone,
    account: Result<Path<String>, PathRejection>,
) -> Response {
    let id = reader.key().map(|held| held.id().to_owned());
    let Ok(Path(account)) = account else {
        let problem = Problem::bad("an account is UTF-8");
        return watched(problem.into_response(), "person", id.as_deref());
    };
    let answer = beside::run(move || {
        let board = served.lookups.board();
        let write = |seen: &Seen<'_>| serde_json::to_vec(seen);
        match served.lookups.person(&board, &account, reader.reader(), write) {
            Ok(Some((person, Ok(body)))) => {
                served.looks.note(person, "person", reader.source(&served));
                json(body)
            }
            Ok(None) => Problem::unknown().into_response(),
            Ok(Some((_, Err(error)))) => Problem::unwritten(&error).into_response(),
            Err(error) => Problem::ours(&error).into_response(),
        }
    });
    let answer = answer.await.unwrap_or_else(|error| Problem::ours(&error).into_response());
    watched(answer, "person", id.as_deref())
}

#[derive(Deserialize)]
struct Which {
    definition: String,
}

/// Reads interactions, so it has to find a place among the few that may do so at a time.
async fn explanation(
    State(served): State<Arc<Served>>,
    reader: Anyone,
    account: Result<Path<String>, PathRejection>,
    which: Result<Query<Which>, QueryRejection>,
) -> Response {
    let key = reader.key().cloned();
    let id = key.as_ref().map(|held| held.id().to_owned());
    let id = id.as_deref();
    let (account, which) = match (account, which) {
        (Ok(Path(account)), Ok(Query(which))) => (account, which),
        (Err(_), _) => {
            return watched(Problem::bad("an account is UTF-8").into_response(), "explanation", id);
        }
        (_, Err(_)) => {
            let problem = Problem::bad("say of which definition: ?definition=NAME");
            return watched(problem.into_response(), "explanation", id);
        }
    };
    let source = reader.source(&served).clone();
    let shared = served.clone();
    let answer = heavy::run(&shared, move || {
        let board = served.lookups.board();
        let Which { definition } = which;
        let found = served.lookups.explanation(&board, &account, &definition, reader.reader())?;
        Ok(found.map(|explained| {
            served.looks.note(explained.person.id().0, "explanation", &source);
            serde_json::to_vec(&explained)
        }))
    });
    let answer = match answer.await {
        Ok(Some(Ok(body))) => json(body),
        Ok(Some(Err(error))) => Problem::unwritten(&error).into_response(),
        Ok(None) => Problem::unknown().into_response(),
        Err(problem) => problem.into_response(),
    };
    watched(answer, "explanation", id)
}

/// A program with a key that asks about many accounts, and has paid with an answer for each.
pub struct Many {
    held: Arc<Held>,
    accounts: Vec<String>,
    definition: Option<String>,
}

impl Demands for Many {
    const SURFACE: Surface = Surface::Programs;
}

impl FromRequest<Arc<Served>> for Many {
    type Rejection = Response;

    /// The key is looked at before the list is read, and pays after it.
    async fn from_request(request: Request, served: &Arc<Served>) -> Result<Many, Response> {
        #[derive(Deserialize)]
        struct List {
            accounts: Vec<String>,
            definition: Option<String>,
        }
        let refused = |problem: Problem| watched(problem.into_response(), "lookup", None);
        let (parts, body) = request.into_parts();
        let key = bearer(&parts.headers).unwrap_or_default();
        must_know(served, key).map_err(refused)?;
        let body = whole(body, LIST, served.limits.body).await.map_err(refused)?;
        let List { accounts, definition } = serde_json::from_slice(&body).map_err(|error| {
            let example = r#"{"accounts": ["twitter:88"]}"#;
            refused(Problem::bad(format!("the body is not as expected, {error}; send {example}")))
        })?;
        let count = accounts.len();
        if count > MANY {
            let detail = format!("{count} accounts at once; at most {MANY}");
            return Err(refused(Problem::bad(detail)));
        }
        let held = admit(served, key, count as u32).map_err(refused)?;
        settled(served).await;
        Ok(Many { held, accounts, definition })
    }
}

/// Answers in the order of the question; whoever is unknown or may not be shown is null.
async fn lookup(State(served): State<Arc<Served>>, many: Many) -> Response {
    let Many { held, accounts, definition } = many;
    let board = served.lookups.board();
    let reader = held.reader();
    let mut out = Vec::with_capacity(64 + 300 * accounts.len());
    out.extend_from_slice(b"{\"people\":[");
    let mut seen = Vec::with_capacity(accounts.len());
    let accounts = accounts.iter().map(String::as_str);
    let done =
        served.lookups.each_of(&board, accounts, definition.as_deref(), reader, |_, scores| {
            if out.last() != Some(&b'[') {
                out.push(b',');
            }
            let whole = out.len();
            let written = scores.map(|scores| {
                seen.push(scores.person.0);
                scores.write_json(&mut out)
            });
            if !matches!(written, Some(Ok(()))) {
                out.truncate(whole);
                out.extend_from_slice(b"null");
            }
        });
    served.looks.note_all(&seen, served.looks.label("lookup", held.source()));
    let answer = match done {
        Ok(()) => {
            out.extend_from_slice(b"]}");
            ([(header::CONTENT_TYPE, "application/json")], out).into_response()
        }
        Err(error) => Problem::ours(&error).into_response(),
    };
    watched(answer, "lookup", Some(held.id()))
}
