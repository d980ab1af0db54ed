//! `/v2/...`: Klout's second API, for its old clients.

use super::watched;
use crate::Served;
use crate::keyring::Held;
use crate::klout::{Denied, Score, admit, admit_many, circle, entity, json, look_up, parameter};
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json as document};
use std::sync::Arc;
use tertius::PersonId;
use tertius::lookup::Shown;

type Parameters = Query<Vec<(String, String)>>;

pub fn routes() -> Router<Arc<Served>> {
    let mut router = Router::new();
    // Clients differ in whether they write a slash before the query.
    for end in ["", "/"] {
        router = router
            .route(&format!("/v2/identity.json/{{network}}{end}"), get(identity_by_name))
            .route(&format!("/v2/identity.json/{{network}}/{{id}}{end}"), get(identity))
            .route(&format!("/v2/identity.json/klout/{{id}}/{{network}}{end}"), get(account_of))
            .route(&format!("/v2/user.json/{{id}}{end}"), get(user))
            .route(&format!("/v2/user.json/{{id}}/score{end}"), get(score))
            .route(&format!("/v2/user.json/{{id}}/topics{end}"), get(topics))
            .route(&format!("/v2/user.json/{{id}}/influence{end}"), get(influence))
            .route(&format!("/v2/tw-user.json/{{id}}/influence{end}"), get(twitter_influence))
            .route(&format!("/v2/tw-user.json/batch/score{end}"), get(batch_score))
            .route(&format!("/v2/tw-user.json/batch/topics{end}"), get(batch_topics))
            .route(&format!("/v2/tw-user.json/batch/influence{end}"), get(batch_influence))
            .route(&format!("/v2/tw-user.json/{{id}}{end}"), get(twitter_user))
            .route(&format!("/v2/tw-user.json/{{id}}/score{end}"), get(twitter_score))
            .route(&format!("/v2/tw-user.json/{{id}}/topics{end}"), get(twitter_topics));
    }
    router
}

/// Networks as the API abbreviates them.
const NETWORKS: [(&str, &str); 5] = [
    ("tw", "twitter"),
    ("twitter", "twitter"),
    ("gp", "googleplus"),
    ("ig", "instagram"),
    ("fb", "facebook"),
];

fn network(short: &str) -> Option<&'static str> {
    NETWORKS.iter().find(|(known, _)| *known == short).map(|(_, network)| *network)
}

async fn identity_by_name(
    State(served): State<Arc<Served>>,
    Path(short): Path<String>,
    Query(query): Parameters,
) -> Response {
    let name = parameter(&query, "screenName").unwrap_or_default();
    identity_of(
        &served,
        &query,
        network(&short).map(|network| format!("{network}:{}", name.trim_start_matches('@'))),
    )
}

async fn identity(
    State(served): State<Arc<Served>>,
    Path((short, id)): Path<(String, String)>,
    Query(query): Parameters,
) -> Response {
    let account = match &*short {
        "ks" => digits(id),
        short => network(short).map(|network| format!("{network}:{id}")),
    };
    identity_of(&served, &query, account)
}

fn identity_of(served: &Served, query: &[(String, String)], account: Option<String>) -> Response {
    answer(served, query, account, |person, _| {
        Ok(document!({"id": person.0.to_string(), "network": "ks"}))
    })
}

/// The account of a person on a network.
async fn account_of(
    State(served): State<Arc<Served>>,
    Path((id, short)): Path<(String, String)>,
    Query(query): Parameters,
) -> Response {
    answer(&served, &query, digits(id), |person, _| {
        let found = network(&short).map(|network| served.lookups.account_on(person, network));
        match found.transpose()?.flatten() {
            Some(id) => Ok(document!({"id": id, "network": short})),
            None => Ok(serde_json::Value::Null),
        }
    })
}

async fn user(
    State(served): State<Arc<Served>>,
    Path(id): Path<String>,
    Query(query): Parameters,
) -> Response {
    answer(&served, &query, digits(id), |person, score| user_of(&served, person, score))
}

async fn twitter_user(
    State(served): State<Arc<Served>>,
    Path(id): Path<String>,
    Query(query): Parameters,
) -> Response {
    answer(&served, &query, Some(format!("twitter:{id}")), |person, score| {
        user_of(&served, person, score)
    })
}

fn user_of(
    served: &Served,
    person: PersonId,
    score: Option<Score>,
) -> tertius::Result<serde_json::Value> {
    let Some(score) = score else { return Ok(serde_json::Value::Null) };
    Ok(document!({
        "kloutId": person.0.to_string(),
        "nick": served.lookups.nick(person)?,
        "score": {"score": score.score, "bucket": score.bucket()},
        "scoreDeltas": score.deltas(),
    }))
}

async fn score(
    State(served): State<Arc<Served>>,
    Path(id): Path<String>,
    Query(query): Parameters,
) -> Response {
    answer(&served, &query, digits(id), |_, score| Ok(score_of(score)))
}

async fn twitter_score(
    State(served): State<Arc<Served>>,
    Path(id): Path<String>,
    Query(query): Parameters,
) -> Response {
    answer(&served, &query, Some(format!("twitter:{id}")), |_, score| Ok(score_of(score)))
}

/// `scoreDelta` here, `scoreDeltas` elsewhere: so it was.
fn score_of(score: Option<Score>) -> serde_json::Value {
    score.map_or(serde_json::Value::Null, |score| {
        document!({"score": score.score, "scoreDelta": score.deltas(), "bucket": score.bucket()})
    })
}

/// Nothing is known of topics yet: an empty list, which clients take for a person without any.
async fn topics(
    State(served): State<Arc<Served>>,
    Path(id): Path<String>,
    Query(query): Parameters,
) -> Response {
    answer(&served, &query, digits(id), |_, _| Ok(document!([])))
}

async fn twitter_topics(
    State(served): State<Arc<Served>>,
    Path(id): Path<String>,
    Query(query): Parameters,
) -> Response {
    answer(&served, &query, Some(format!("twitter:{id}")), |_, _| Ok(document!([])))
}

async fn influence(
    State(served): State<Arc<Served>>,
    Path(id): Path<String>,
    Query(query): Parameters,
) -> Response {
    influence_of(&served, &query, digits(id))
}

async fn twitter_influence(
    State(served): State<Arc<Served>>,
    Path(id): Path<String>,
    Query(query): Parameters,
) -> Response {
    influence_of(&served, &query, Some(format!("twitter:{id}")))
}

fn influence_of(served: &Served, query: &[(String, String)], account: Option<String>) -> Response {
    let held = match admit(served, query) {
        Ok(held) => held,
        Err(denied) => return watched(denied.into_response(), "klout v2", None),
    };
    let found = account.map_or(Ok(None), |account| around(served, &held, &account));
    let response = match found {
        Ok(Some(document)) => json(StatusCode::OK, &document),
        Ok(None) => Denied::UNKNOWN.into_response(),
        Err(denied) => denied.into_response(),
    };
    watched(response, "klout v2", Some(held.id()))
}

/// Arrays of at most 5, the highest scores first; the counts are of all.
fn around(served: &Served, held: &Held, account: &str) -> Result<Option<Value>, Denied> {
    circle(served, held, account, "klout v2", |_, circle| {
        let side = |people: &[(PersonId, Shown<'_>)]| -> tertius::Result<Vec<Value>> {
            let scored = people.iter().filter_map(|(id, shown)| Some((*id, Score::from(shown)?)));
            scored.map(|(id, score)| entity(served, id, score)).collect()
        };
        Ok(document!({
            "myInfluencers": side(&circle.influencers)?,
            "myInfluencees": side(&circle.influenced)?,
            "myInfluencersCount": circle.influencers_count,
            "myInfluenceesCount": circle.influenced_count,
        }))
    })
}

/// Accounts of one batch, at most.
const BATCH: usize = 100;

async fn batch_score(State(served): State<Arc<Served>>, Query(query): Parameters) -> Response {
    batch(&served, &query, |held, account| {
        let found = look_up(&served, held, account, "klout v2")?;
        Ok(found.map(|(_, score)| score_of(score)))
    })
}

async fn batch_topics(State(served): State<Arc<Served>>, Query(query): Parameters) -> Response {
    batch(&served, &query, |held, account| {
        Ok(look_up(&served, held, account, "klout v2")?.map(|_| document!([])))
    })
}

async fn batch_influence(State(served): State<Arc<Served>>, Query(query): Parameters) -> Response {
    batch(&served, &query, |held, account| around(&served, held, account))
}

/// An object with a member for each Twitter id of whom something is known. Each is paid for.
fn batch(
    served: &Served,
    query: &[(String, String)],
    one: impl Fn(&Held, &str) -> Result<Option<Value>, Denied>,
) -> Response {
    let ids = parameter(query, "twitterIds").unwrap_or_default();
    let ids: Vec<&str> = ids.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
    if ids.is_empty() || ids.len() > BATCH {
        let denied = Denied::new(StatusCode::BAD_REQUEST, "give 1 to 100 ids in twitterIds=");
        return watched(denied.into_response(), "klout v2", None);
    }
    let held = match admit_many(served, query, ids.len() as u32) {
        Ok(held) => held,
        Err(denied) => return watched(denied.into_response(), "klout v2", None),
    };
    let mut found = serde_json::Map::new();
    for id in ids {
        match one(&held, &format!("twitter:{id}")) {
            Ok(Some(document)) if !document.is_null() => {
                drop(found.insert(id.to_owned(), document))
            }
            Ok(_) => {}
            Err(denied) => return watched(denied.into_response(), "klout v2", Some(held.id())),
        }
    }
    watched(json(StatusCode::OK, &found.into()), "klout v2", Some(held.id()))
}

/// A klout id; anything else is nobody's.
fn digits(id: String) -> Option<String> {
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then_some(id)
}

/// The document about the person behind an account; 404 where there is none, or nothing to say.
fn answer(
    served: &Served,
    query: &[(String, String)],
    account: Option<String>,
    write: impl FnOnce(PersonId, Option<Score>) -> tertius::Result<serde_json::Value>,
) -> Response {
    let held = match admit(served, query) {
        Ok(held) => held,
        Err(denied) => return watched(denied.into_response(), "klout v2", None),
    };
    let found = match account {
        Some(account) => look_up(served, &held, &account, "klout v2"),
        None => Ok(None),
    };
    let written = found.and_then(|found| match found {
        Some((person, score)) => write(person, score).map_err(|error| Denied::ours(&error)),
        None => Err(Denied::UNKNOWN),
    });
    let response = match written {
        Ok(serde_json::Value::Null) => Denied::UNKNOWN.into_response(),
        Ok(document) => json(StatusCode::OK, &document),
        Err(denied) => denied.into_response(),
    };
    watched(response, "klout v2", Some(held.id()))
}
