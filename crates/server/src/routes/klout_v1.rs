//! `/1/...`: Klout's first API, as far as it looks people up by their Twitter names.

use crate::Served;
use crate::family::Family;
use crate::keyring::Held;
use crate::klout::{Asked, Denied, Route, Score, beside, circle, json, look_up, parameter};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json as document;
use std::sync::Arc;
use tertius::PersonId;
use tertius::circle::Circle;
use tertius::shown::Shown;

/// Users in one request, at most.
const MANY: usize = 5;

/// The first version.
struct V1;

impl Route for V1 {
    const NAME: &'static str = "klout v1";
}

pub fn routes() -> Family {
    let mut family = Family::default();
    for end in ["", "/"] {
        family = family
            .get(&format!("/1/klout.json{end}"), klout)
            .get(&format!("/1/users/show.json{end}"), show)
            .get(&format!("/1/users/topics.json{end}"), topics)
            .get(&format!("/1/soi/influenced_by.json{end}"), influenced_by)
            .get(&format!("/1/soi/influencer_of.json{end}"), influencer_of);
    }
    family
}

async fn klout(State(served): State<Arc<Served>>, asked: Asked<V1>) -> Response {
    users(
        served,
        asked,
        |name, _, score| document!({"twitter_screen_name": name, "kscore": score.score}),
    )
    .await
}

/// What Tertius does not measure, and what each definition measures in its own way (reach, amplification, network), is 0 here; the score and its changes are real.
async fn show(State(served): State<Arc<Served>>, asked: Asked<V1>) -> Response {
    users(served, asked, |name, id, score| {
        document!({
            "twitter_id": id,
            "twitter_screen_name": name,
            "score": {
                "kscore": score.score, "slope": 0, "description": "", "kclass_id": 0, "kclass": "",
                "kclass_description": "", "kscore_description": "", "network_score": 0,
                "amplification_score": 0, "true_reach": 0, "delta_1day": score.day, "delta_5day": score.week,
            },
        })
    })
    .await
}

async fn topics(State(served): State<Arc<Served>>, asked: Asked<V1>) -> Response {
    let write = |name: &str, _: &str, _| document!({"twitter_screen_name": name, "topics": []});
    users(served, asked, write).await
}

async fn influenced_by(State(served): State<Arc<Served>>, asked: Asked<V1>) -> Response {
    soi(served, asked, "influencers", |circle| &circle.influencers).await
}

async fn influencer_of(State(served): State<Arc<Served>>, asked: Asked<V1>) -> Response {
    soi(served, asked, "influencees", |circle| &circle.influenced).await
}

/// One side of a circle, by the names that people have on Twitter; whoever has none there is left out.
async fn soi(
    served: Arc<Served>,
    asked: Asked<V1>,
    called: &'static str,
    side: for<'c, 'b> fn(&'c Circle<'b>) -> &'c [(PersonId, Shown<'b>)],
) -> Response {
    each(served, asked, move |served, held, name| {
        circle(served, held, &format!("twitter:{name}"), "klout v1", |_, circle| {
            let mut people = Vec::new();
            for (person, shown) in side(circle) {
                let on = served.lookups.account_on(*person, "twitter", held.reader())?;
                if let (Some(score), Some(_)) = (Score::from(shown), on) {
                    let name = served.lookups.nick(*person, held.reader())?;
                    people.push(document!({"twitter_screen_name": name, "kscore": score.score}));
                }
            }
            Ok(document!({"twitter_screen_name": name, called: people}))
        })
    })
    .await
}

/// Those of the users who have a score; 404 where none has.
async fn users(
    served: Arc<Served>,
    asked: Asked<V1>,
    write: impl Fn(&str, &str, Score) -> serde_json::Value + Send + 'static,
) -> Response {
    each(served, asked, move |served, held, name| {
        let found = look_up(served, held, &format!("twitter:{name}"), "klout v1")?;
        Ok(found.and_then(|(person, score)| {
            let id = served.lookups.account_on(person, "twitter", held.reader());
            Some(write(name, id.ok().flatten().as_deref().unwrap_or_default(), score?))
        }))
    })
    .await
}

/// What there is about each of the users; 404 where there is nothing about any.
async fn each(
    served: Arc<Served>,
    asked: Asked<V1>,
    one: impl Fn(&Served, &Held, &str) -> Result<Option<serde_json::Value>, Denied> + Send + 'static,
) -> Response {
    beside(served, asked, move |served, asked| {
        let names = parameter(&asked.query, "users").unwrap_or_default();
        let names: Vec<&str> =
            names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if names.is_empty() || names.len() > MANY {
            let denied = Denied::new(StatusCode::BAD_REQUEST, "give 1 to 5 names in users=");
            return asked.watched(denied.into_response());
        }
        let mut found = Vec::new();
        for name in names {
            match one(served, &asked.held, name) {
                Ok(document) => found.extend(document),
                Err(denied) => return asked.watched(denied.into_response()),
            }
        }
        asked.watched(match found.is_empty() {
            true => Denied::UNKNOWN.into_response(),
            false => json(StatusCode::OK, &document!({"status": 200, "users": found})),
        })
    })
    .await
}
