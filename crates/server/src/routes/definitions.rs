//! `/api/v1/definitions`: the questions that have scores, and the list of each.

use super::{json, watched};
use crate::family::{Family, Kind, Operation, Parameter, maybe};
use crate::problem::Problem;
use crate::reader::{Anyone, Keyed};
use crate::{Served, beside};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;
use tertius::asked::Listed;

pub fn routes() -> Family {
    const RANK: &str = "/api/v1/definitions/{name}/rank";
    let all = Operation::get(
        "/api/v1/definitions",
        "The definitions of the key's purpose that have scores",
    )
    .gives("Definitions");
    let list = Operation::get(RANK, "The people of a definition, the highest first, in pages")
        .asks(&[LIMIT, CURSOR])
        .gives("Page")
        .may(&[404, 410]);
    Family::default().route(all, definitions).route(list, rank)
}

const LIMIT: Parameter = maybe("limit", Kind::Number(1, 500), "People of a page; 50 without it.");
const CURSOR: Parameter = maybe("cursor", Kind::Text, "`next` of the page before.");

async fn definitions(State(served): State<Arc<Served>>, Keyed(held): Keyed) -> Response {
    let board = served.lookups.board();
    let shown: Vec<_> = board
        .definitions()
        .filter(|of| of.purpose == held.purpose())
        .map(|of| {
            serde_json::json!({
                "definition": of.definition, "version": of.version, "question": of.question,
                "purpose": of.purpose, "as_of": of.as_of().to_string(),
                "people": of.people, "scored": of.scored,
            })
        })
        .collect();
    let body = serde_json::json!({ "definitions": shown }).to_string();
    watched(json(body.into_bytes()), "definitions", Some(held.id()))
}

/// People of a page: without a wish, and at most.
const PAGE: (usize, usize) = (50, 500);

#[derive(Deserialize)]
struct Part {
    limit: Option<usize>,
    cursor: Option<String>,
}

/// A page of the list. A list that another scorecard has replaced since its first page is gone: going on in the new one would skip people and show others twice.
async fn rank(
    State(served): State<Arc<Served>>,
    reader: Anyone,
    name: Result<Path<String>, PathRejection>,
    part: Result<Query<Part>, QueryRejection>,
) -> Response {
    let key = reader.key().cloned();
    let done = |response: Response| watched(response, "rank", key.as_ref().map(|held| held.id()));
    let (name, part) = match (name, part) {
        (Ok(Path(name)), Ok(Query(part))) => (name, part),
        (Err(wrong), _) => return done(Problem::bad(wrong.body_text()).into_response()),
        (_, Err(wrong)) => return done(Problem::bad(wrong.body_text()).into_response()),
    };
    let limit = part.limit.unwrap_or(PAGE.0);
    if limit == 0 || limit > PAGE.1 {
        let detail = format!("limit is 1 to {}", PAGE.1);
        return done(Problem::bad(detail).into_response());
    }
    // Ten thousand places are read out of many pages.
    let listed = beside::run(move || {
        let board = served.lookups.board();
        let cursor = part.cursor.as_deref();
        match served.lookups.list(&board, &name, reader.reader(), cursor, limit) {
            Ok(Listed::Page(page)) => {
                for one in &page.people {
                    served.looks.note(one.person.id().0, "rank", reader.source(&served));
                }
                match serde_json::to_vec(&page) {
                    Ok(body) => json(body),
                    Err(error) => Problem::unwritten(&error).into_response(),
                }
            }
            Ok(Listed::Unknown) => {
                let detail =
                    "there is no such list; GET /api/v1/definitions names those of your key";
                Problem::new(StatusCode::NOT_FOUND, detail).into_response()
            }
            Ok(Listed::Replaced) => {
                let detail = "the list was scored anew since this cursor was given; begin again without a cursor";
                Problem::new(StatusCode::GONE, detail).into_response()
            }
            Err(error) => Problem::of(&error).into_response(),
        }
    });
    done(listed.await.unwrap_or_else(|error| Problem::ours(&error).into_response()))
}
