//! How far definitions of the key's purpose agree, and about whom they differ most: all of them (`/api/v1/reports/compare`), or one with another one
//! (`/api/v1/definitions/{name}/compare`).

use super::reports::{AS_OF, NO_SCORES, answered_or, moment, number, unless_unknown};
use super::watched;
use crate::family::{Family, Kind, Operation, Parameter, maybe, needed};
use crate::keyring::Held;
use crate::problem::Problem;
use crate::reader::Keyed;
use crate::{Served, heavy};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

const LIMIT: Parameter =
    maybe("limit", Kind::Number(0, 100), "People who differ most, at most; 10 without it.");
const WITH: Parameter = needed("with", Kind::Text, "Another one, as name or name@version.");

pub fn routes() -> Family {
    const ALL: Operation = Operation::get(
        "/api/v1/reports/compare",
        "How far all definitions of the key's purpose agree, and about whom they differ most",
    );
    const TWO: Operation = Operation::get(
        "/api/v1/definitions/{name}/compare",
        "How far two definitions of the key's purpose agree, and about whom they differ most",
    );
    Family::default()
        .route(ALL.asks(&[AS_OF, LIMIT]).may(&[404, 503]), all)
        .route(TWO.asks(&[WITH, AS_OF, LIMIT]).may(&[404, 503]), two)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    with: Option<String>,
    as_of: Option<String>,
    limit: Option<usize>,
}

type Asked = Result<Query<Wanted>, QueryRejection>;

async fn all(State(served): State<Arc<Served>>, Keyed(held): Keyed, asked: Asked) -> Response {
    let wanted = match asked {
        Ok(Query(wanted)) if wanted.with.is_none() => Ok((None, wanted)),
        Ok(_) => Err(Problem::bad("with= is for /api/v1/definitions/{name}/compare")),
        Err(wrong) => Err(Problem::bad(wrong.body_text())),
    };
    compare(&served, &held, wanted).await
}

async fn two(
    State(served): State<Arc<Served>>,
    Keyed(held): Keyed,
    name: Result<Path<String>, PathRejection>,
    asked: Asked,
) -> Response {
    let wanted = match (name, asked) {
        (Ok(Path(name)), Ok(Query(mut wanted))) => match wanted.with.take() {
            Some(with) => Ok((Some([name, with]), wanted)),
            None => Err(Problem::bad("say with which one: ?with=NAME")),
        },
        (Err(wrong), _) => Err(Problem::bad(wrong.body_text())),
        (_, Err(wrong)) => Err(Problem::bad(wrong.body_text())),
    };
    compare(&served, &held, wanted).await
}

/// Reads whole scorecards, so it has to find a place among the few reports.
async fn compare(
    served: &Arc<Served>,
    held: &Arc<Held>,
    wanted: Result<(Option<[String; 2]>, Wanted), Problem>,
) -> Response {
    let done = |response: Response| watched(response, "reports", Some(held.id()));
    let (names, wanted) = match wanted {
        Ok(wanted) => wanted,
        Err(problem) => return done(problem.into_response()),
    };
    let workspace = served.lookups.asked_by(held.source(), held.reader());
    let asking = held.clone();
    let compared = move || {
        let reader = asking.reader();
        let limit = number(wanted.limit, 10, 0..=100, "limit")?;
        let as_of = moment(wanted.as_of.as_deref())?;
        unless_unknown(match &names {
            Some([a, b]) => {
                let pair = workspace.compare_for(reader, [a, b], as_of, limit);
                pair.map(|pair| serde_json::to_vec(&pair))
            }
            None => {
                let all = workspace.compare_all_for(reader, as_of, limit);
                all.map(|all| serde_json::to_vec(&all))
            }
        })
    };
    done(answered_or(NO_SCORES, heavy::run(served, compared).await))
}
