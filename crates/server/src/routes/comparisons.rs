//! `/api/v1/reports/compare`: how far definitions of the key's purpose agree, and about whom they differ most.

use super::reports::{AS_OF, NO_SCORES, answered_or, moment, number, unless_unknown, usage};
use super::watched;
use crate::family::{Family, Kind, Operation, maybe};
use crate::problem::Problem;
use crate::reader::Keyed;
use crate::{Served, heavy};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

pub fn routes() -> Family {
    const COMPARE: Operation = Operation::get(
        "/api/v1/reports/compare",
        "How far two definitions agree, or all of the key's purpose, and about whom they differ most",
    )
    .asks(&[
        maybe("a", Kind::Text, "A definition, as name or name@version; all are compared without."),
        maybe("b", Kind::Text, "With which one."),
        AS_OF,
        maybe("limit", Kind::Number(0, 100), "People who differ most, at most."),
    ])
    .may(&[404, 503]);
    Family::default().route(COMPARE, compare)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    a: Option<String>,
    b: Option<String>,
    as_of: Option<String>,
    limit: Option<usize>,
}

/// Reads whole scorecards, so it has to find a place among the few reports.
async fn compare(
    State(served): State<Arc<Served>>,
    Keyed(held): Keyed,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    let done = |response: Response| watched(response, "reports", Some(held.id()));
    let Query(wanted) = match wanted {
        Ok(wanted) => wanted,
        Err(wrong) => return done(Problem::bad(wrong.body_text()).into_response()),
    };
    let workspace = served.lookups.workspace().asked_by(held.source());
    let asking = held.clone();
    let compared = move || {
        let reader = asking.reader();
        let limit = number(wanted.limit, 10, 0..=100, "limit")?;
        let as_of = moment(wanted.as_of.as_deref())?;
        unless_unknown(match (&wanted.a, &wanted.b) {
            (Some(a), Some(b)) => {
                let pair = workspace.compare_for(reader, [a, b], as_of, limit);
                pair.map(|pair| serde_json::to_vec(&pair))
            }
            (None, None) => {
                let all = workspace.compare_all_for(reader, as_of, limit);
                all.map(|all| serde_json::to_vec(&all))
            }
            _ => Err(usage("name two definitions, ?a=NAME&b=NAME, or none".to_owned())),
        })
    };
    done(answered_or(NO_SCORES, heavy::run(&served, compared).await))
}
