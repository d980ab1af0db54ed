//! `/v2/...`: Klout's second API, for its old clients.

use crate::Served;
use crate::family::Family;
use crate::keyring::Held;
use crate::klout::{Asked, Denied, Route, Score, beside, circle, entity, json, look_up, parameter};
use crate::straight::Segment;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json as document};
use std::sync::Arc;
use tertius::PersonId;
use tertius::shown::Shown;

const NAME: &str = "klout v2";

/// The second version, one person at a time.
struct V2;

impl Route for V2 {
    const NAME: &'static str = NAME;
}

/// Many people at once, each of whom is paid for.
struct Batch;

impl Route for Batch {
    const NAME: &'static str = NAME;

    fn answers(query: &[(String, String)]) -> Result<u32, Denied> {
        match parameter(query, "twitterIds").map_or(0, |ids| each_of(&ids).count()) {
            count @ 1..=BATCH => Ok(count as u32),
            _ => Err(Denied::new(StatusCode::BAD_REQUEST, "give 1 to 100 ids in twitterIds=")),
        }
    }
}

/// Accounts of one batch, at most.
const BATCH: usize = 100;

fn each_of(ids: &str) -> impl Iterator<Item = &str> {
    ids.split(',').map(str::trim).filter(|id| !id.is_empty())
}

pub fn routes() -> Family {
    let mut family = Family::default();
    // Clients differ in whether they write a slash before the query.
    for end in ["", "/"] {
        family = family
            .get(&format!("/v2/identity.json/{{network}}{end}"), identity_by_name)
            .get(&format!("/v2/identity.json/{{network}}/{{id}}{end}"), identity)
            .get(&format!("/v2/identity.json/klout/{{id}}/{{network}}{end}"), account_of)
            .get(&format!("/v2/user.json/{{id}}{end}"), user)
            .get(&format!("/v2/user.json/{{id}}/topics{end}"), topics)
            .get(&format!("/v2/user.json/{{id}}/influence{end}"), influence)
            .get(&format!("/v2/tw-user.json/{{id}}/influence{end}"), twitter_influence)
            .get(&format!("/v2/tw-user.json/batch/score{end}"), batch_score)
            .get(&format!("/v2/tw-user.json/batch/topics{end}"), batch_topics)
            .get(&format!("/v2/tw-user.json/batch/influence{end}"), batch_influence)
            .get(&format!("/v2/tw-user.json/{{id}}{end}"), twitter_user)
            .get(&format!("/v2/tw-user.json/{{id}}/score{end}"), twitter_score)
            .get(&format!("/v2/tw-user.json/{{id}}/topics{end}"), twitter_topics);
    }
    const SCORE: &str = "/v2/user.json/{id}/score";
    family.get_straight(SCORE, score).get(&format!("{SCORE}/"), score)
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
    asked: Asked<V2>,
    Path(short): Path<String>,
) -> Response {
    let name = parameter(&asked.query, "screenName").unwrap_or_default();
    identity_of(
        &served,
        &asked,
        network(&short).map(|network| format!("{network}:{}", name.trim_start_matches('@'))),
    )
}

async fn identity(
    State(served): State<Arc<Served>>,
    asked: Asked<V2>,
    Path((short, id)): Path<(String, String)>,
) -> Response {
    let account = match &*short {
        "ks" => digits(id),
        short => network(short).map(|network| format!("{network}:{id}")),
    };
    identity_of(&served, &asked, account)
}

fn identity_of(served: &Served, asked: &Asked<V2>, account: Option<String>) -> Response {
    answer(served, asked, account, |person, _| {
        Ok(document!({"id": person.0.to_string(), "network": "ks"}))
    })
}

/// The account of a person on a network.
async fn account_of(
    State(served): State<Arc<Served>>,
    asked: Asked<V2>,
    Path((id, short)): Path<(String, String)>,
) -> Response {
    beside(served, asked, move |served, asked| {
        answer(served, asked, digits(id), |person, _| {
            let reader = asked.held.reader();
            let on = |network| served.lookups.account_on(person, network, reader);
            let found = network(&short).map(on);
            match found.transpose()?.flatten() {
                Some(id) => Ok(document!({"id": id, "network": short})),
                None => Ok(serde_json::Value::Null),
            }
        })
    })
    .await
}

async fn user(
    State(served): State<Arc<Served>>,
    asked: Asked<V2>,
    Path(id): Path<String>,
) -> Response {
    user_by(served, asked, digits(id)).await
}

async fn twitter_user(
    State(served): State<Arc<Served>>,
    asked: Asked<V2>,
    Path(id): Path<String>,
) -> Response {
    user_by(served, asked, Some(format!("twitter:{id}"))).await
}

async fn user_by(served: Arc<Served>, asked: Asked<V2>, account: Option<String>) -> Response {
    beside(served, asked, move |served, asked| {
        answer(served, asked, account, |person, score| user_of(served, &asked.held, person, score))
    })
    .await
}

fn user_of(
    served: &Served,
    held: &Held,
    person: PersonId,
    score: Option<Score>,
) -> tertius::Result<serde_json::Value> {
    let Some(score) = score else { return Ok(serde_json::Value::Null) };
    Ok(document!({
        "kloutId": person.0.to_string(),
        "nick": served.lookups.nick(person, held.reader())?,
        "score": {"score": score.score, "bucket": score.bucket()},
        "scoreDeltas": score.deltas(),
    }))
}

async fn score(
    State(served): State<Arc<Served>>,
    asked: Asked<V2>,
    Segment(id): Segment<2>,
) -> Response {
    let Some(id) = id else {
        let denied = Denied::new(StatusCode::BAD_REQUEST, "an id is UTF-8");
        return asked.watched(denied.into_response());
    };
    answer(&served, &asked, digits(id), |_, score| Ok(score_of(score)))
}

async fn twitter_score(
    State(served): State<Arc<Served>>,
    asked: Asked<V2>,
    Path(id): Path<String>,
) -> Response {
    answer(&served, &asked, Some(format!("twitter:{id}")), |_, score| Ok(score_of(score)))
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
    asked: Asked<V2>,
    Path(id): Path<String>,
) -> Response {
    answer(&served, &asked, digits(id), |_, _| Ok(document!([])))
}

async fn twitter_topics(
    State(served): State<Arc<Served>>,
    asked: Asked<V2>,
    Path(id): Path<String>,
) -> Response {
    answer(&served, &asked, Some(format!("twitter:{id}")), |_, _| Ok(document!([])))
}

async fn influence(
    State(served): State<Arc<Served>>,
    asked: Asked<V2>,
    Path(id): Path<String>,
) -> Response {
    influence_of(served, asked, digits(id)).await
}

async fn twitter_influence(
    State(served): State<Arc<Served>>,
    asked: Asked<V2>,
    Path(id): Path<String>,
) -> Response {
    influence_of(served, asked, Some(format!("twitter:{id}"))).await
}

async fn influence_of(served: Arc<Served>, asked: Asked<V2>, account: Option<String>) -> Response {
    beside(served, asked, move |served, asked| {
        let found = account.map_or(Ok(None), |account| around(served, &asked.held, &account));
        asked.watched(match found {
            Ok(Some(document)) => json(StatusCode::OK, &document),
            Ok(None) => Denied::UNKNOWN.into_response(),
            Err(denied) => denied.into_response(),
        })
    })
    .await
}

/// Arrays of at most 5, the highest scores first; the counts are of all.
fn around(served: &Served, held: &Held, account: &str) -> Result<Option<Value>, Denied> {
    circle(served, held, account, NAME, |_, circle| {
        let side = |people: &[(PersonId, Shown<'_>)]| -> tertius::Result<Vec<Value>> {
            let scored = people.iter().filter_map(|(id, shown)| Some((*id, Score::from(shown)?)));
            scored.map(|(id, score)| entity(served, held, id, score)).collect()
        };
        Ok(document!({
            "myInfluencers": side(&circle.influencers)?,
            "myInfluencees": side(&circle.influenced)?,
            "myInfluencersCount": circle.influencers_count,
            "myInfluenceesCount": circle.influenced_count,
        }))
    })
}

async fn batch_score(State(served): State<Arc<Served>>, asked: Asked<Batch>) -> Response {
    batch(&asked, |held, account| {
        let found = look_up(&served, held, account, NAME)?;
        Ok(found.map(|(_, score)| score_of(score)))
    })
}

async fn batch_topics(State(served): State<Arc<Served>>, asked: Asked<Batch>) -> Response {
    batch(&asked, |held, account| Ok(look_up(&served, held, account, NAME)?.map(|_| document!([]))))
}

async fn batch_influence(State(served): State<Arc<Served>>, asked: Asked<Batch>) -> Response {
    beside(served, asked, |served, asked| {
        batch(asked, |held, account| around(served, held, account))
    })
    .await
}

/// An object with a member for each Twitter id of whom something is known.
fn batch(
    asked: &Asked<Batch>,
    one: impl Fn(&Held, &str) -> Result<Option<Value>, Denied>,
) -> Response {
    let ids = parameter(&asked.query, "twitterIds").unwrap_or_default();
    let mut found = serde_json::Map::new();
    for id in each_of(&ids) {
        match one(&asked.held, &format!("twitter:{id}")) {
            Ok(Some(document)) if !document.is_null() => {
                drop(found.insert(id.to_owned(), document))
            }
            Ok(_) => {}
            Err(denied) => return asked.watched(denied.into_response()),
        }
    }
    asked.watched(json(StatusCode::OK, &found.into()))
}

/// A klout id; anything else is nobody's.
fn digits(id: String) -> Option<String> {
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then_some(id)
}

/// The document about the person behind an account; 404 where there is none, or nothing to say.
fn answer(
    served: &Served,
    asked: &Asked<V2>,
    account: Option<String>,
    write: impl FnOnce(PersonId, Option<Score>) -> tertius::Result<serde_json::Value>,
) -> Response {
    let found = match account {
        Some(account) => look_up(served, &asked.held, &account, NAME),
        None => Ok(None),
    };
    let written = found.and_then(|found| match found {
        Some((person, score)) => write(person, score).map_err(|error| Denied::ours(&error)),
        None => Err(Denied::UNKNOWN),
    });
    asked.watched(match written {
        Ok(serde_json::Value::Null) => Denied::UNKNOWN.into_response(),
        Ok(document) => json(StatusCode::OK, &document),
        Err(denied) => denied.into_response(),
    })
}
