//! `/api/v1/reports/...`: what is reported on the firm, as the command line gives it. A report is one function and one line of [`REPORTS`].
//!
//! They tell of people who work there, and so take a key of the firm's purpose. Seeds alone are for every key: they are chosen among
//! people outside who agreed to the key's purpose. Who asked is noted as the key.

use super::{json, watched};
use crate::problem::Problem;
use crate::reader::{Keyed, OfFirm};
use crate::{Served, heavy};
use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use std::ops::RangeInclusive;
use std::sync::Arc;
use tertius::scope::Scope;
use tertius::{DAY, Error, ErrorKind, Result, Time, Workspace, parse_span};
use tertius::{contact, introductions, ladder, orders, permeability, r3, seeds};

type Report = fn(&Workspace, &Asked) -> Result<serde_json::Result<Vec<u8>>>;

/// Every report that takes a key of the firm's purpose.
const REPORTS: [(&str, Report); 6] = [
    ("orders", orders),
    ("permeability", permeability),
    ("r3", r3),
    ("ladder", ladder),
    ("introductions", introductions),
    ("contact", contact),
];

pub fn routes() -> Router<Arc<Served>> {
    let mut router = Router::new().route("/api/v1/reports/seeds", get(seeds));
    for (name, report) in REPORTS {
        let of_firm =
            async move |State(served): State<Arc<Served>>, OfFirm(held): OfFirm, asked: Wanted| {
                let asked_by = held.source().clone();
                let answer = computed(&served, &asked_by, asked, report).await;
                watched(answer, "reports", Some(held.id()))
            };
        router = router.route(&format!("/api/v1/reports/{name}"), get(of_firm));
    }
    router
}

type Wanted = std::result::Result<Query<Asked>, QueryRejection>;

/// What can be said of any report; each takes what concerns it.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    organisation: Option<String>,
    as_of: Option<String>,
    window: Option<String>,
    limit: Option<usize>,
    /// Examples of each order.
    examples: Option<usize>,
    weighted: Option<bool>,
    draws: Option<usize>,
    period: Option<String>,
    to: Option<String>,
    from: Option<String>,
    steps: Option<usize>,
    unexpected: Option<usize>,
    topic_text: Option<String>,
    budget: Option<f64>,
    definition: Option<String>,
    /// That of the key, for seeds.
    #[serde(skip)]
    purpose: String,
}

impl Asked {
    fn scope(&self, days: i64) -> Result<Scope> {
        Ok(Scope {
            organisation: self.organisation.clone(),
            firm: None,
            as_of: self.as_of()?,
            window: span(self.window.as_deref(), "window")?.unwrap_or(days * DAY),
        })
    }

    fn as_of(&self) -> Result<Option<Time>> {
        let time = |text: &String| {
            Time::parse(text, None).map_err(|wrong| usage(format!("as_of: {wrong}")))
        };
        self.as_of.as_ref().map(time).transpose()
    }
}

fn usage(message: String) -> Error {
    Error::new(ErrorKind::Usage, message)
}

fn span(text: Option<&str>, name: &str) -> Result<Option<i64>> {
    let Some(text) = text else { return Ok(None) };
    let span = parse_span(text).filter(|span| *span > 0);
    let wrong = || usage(format!("{name} is a length of time with its unit, such as 180d"));
    span.map(Some).ok_or_else(wrong)
}

/// A number as it was given, or without a wish `usual`; never beyond what an answer may cost.
fn number(
    given: Option<usize>,
    usual: usize,
    within: RangeInclusive<usize>,
    name: &str,
) -> Result<usize> {
    let number = given.unwrap_or(usual);
    match within.contains(&number) {
        true => Ok(number),
        false => Err(usage(format!("{name} is {} to {}", within.start(), within.end()))),
    }
}

async fn computed(
    served: &Arc<Served>,
    asked_by: &Arc<str>,
    asked: Wanted,
    report: Report,
) -> Response {
    let asked = match asked {
        Ok(Query(asked)) => asked,
        Err(wrong) => return Problem::bad(wrong.body_text()).into_response(),
    };
    compute(served, asked_by, asked, report).await
}

async fn compute(
    served: &Arc<Served>,
    asked_by: &Arc<str>,
    asked: Asked,
    report: Report,
) -> Response {
    let workspace = served.lookups.workspace().asked_by(asked_by);
    match heavy::run(served, move || report(&workspace, &asked)).await {
        Ok(Ok(body)) => json(body),
        Ok(Err(error)) => Problem::unwritten(&error).into_response(),
        Err(problem) => problem.into_response(),
    }
}

fn orders(workspace: &Workspace, asked: &Asked) -> Result<serde_json::Result<Vec<u8>>> {
    let examples = number(asked.examples, 2, 0..=100, "examples")?;
    let options = orders::Options { scope: asked.scope(180)?, examples };
    Ok(serde_json::to_vec(&workspace.orders(&options)?))
}

fn permeability(workspace: &Workspace, asked: &Asked) -> Result<serde_json::Result<Vec<u8>>> {
    let draws = number(asked.draws, 1_000, 0..=10_000, "draws")?;
    let weighted = asked.weighted.unwrap_or(false);
    let options = permeability::Options { scope: asked.scope(180)?, weighted, draws };
    Ok(serde_json::to_vec(&workspace.permeability(&options)?))
}

fn r3(workspace: &Workspace, asked: &Asked) -> Result<serde_json::Result<Vec<u8>>> {
    let draws = number(asked.draws, 199, 19..=1_000, "draws")?;
    let options = r3::Options { scope: asked.scope(365)?, draws };
    Ok(serde_json::to_vec(&workspace.r3(&options)?))
}

fn ladder(workspace: &Workspace, asked: &Asked) -> Result<serde_json::Result<Vec<u8>>> {
    let options = ladder::Options {
        scope: asked.scope(360)?,
        period: span(asked.period.as_deref(), "period")?.unwrap_or(90 * DAY),
        limit: number(asked.limit, 20, 0..=1_000, "limit")?,
    };
    Ok(serde_json::to_vec(&workspace.ladder(&options)?))
}

fn introductions(workspace: &Workspace, asked: &Asked) -> Result<serde_json::Result<Vec<u8>>> {
    let Some(to) = &asked.to else {
        return Err(usage("say to whom: ?to=ACCOUNT, or the name of an organisation".to_owned()));
    };
    let options = introductions::Options {
        scope: asked.scope(180)?,
        from: asked.from.clone(),
        steps: number(asked.steps, 3, 1..=6, "steps")?,
        limit: number(asked.limit, 5, 0..=100, "limit")?,
        unexpected: number(asked.unexpected, 3, 0..=20, "unexpected")?,
        ..introductions::Options::default()
    };
    Ok(serde_json::to_vec(&workspace.introductions(to, &options)?))
}

fn contact(workspace: &Workspace, asked: &Asked) -> Result<serde_json::Result<Vec<u8>>> {
    let Some(text) = &asked.topic_text else {
        return Err(usage("say what it is about: ?topic_text=...".to_owned()));
    };
    let limit = number(asked.limit, 3, 1..=100, "limit")?;
    let options = contact::Options { scope: asked.scope(180)?, from: asked.from.clone(), limit };
    Ok(serde_json::to_vec(&workspace.contact_for(text, &options)?))
}

/// Among people who agreed to the key's purpose. The highest scores that they are compared with are of a definition of that purpose.
async fn seeds(State(served): State<Arc<Served>>, Keyed(held): Keyed, asked: Wanted) -> Response {
    let answer = match asked {
        Err(wrong) => Problem::bad(wrong.body_text()).into_response(),
        Ok(Query(asked)) => {
            let board = served.lookups.board();
            let mut of_purpose =
                board.definitions().filter(|header| header.purpose == held.purpose());
            let wanted = asked.definition.as_deref();
            let found = of_purpose
                .find(|header| wanted.is_none_or(|name| name == header.definition))
                .map(|header| header.definition.clone());
            match found {
                None => Problem::bad(
                    "there are no scores of a definition of this key's purpose by that name; GET /api/v1/definitions names them",
                )
                .into_response(),
                Some(definition) => {
                    let (definition, purpose) = (Some(definition), held.purpose().to_owned());
                    let asked = Asked { definition, purpose, ..asked };
                    compute(&served, held.source(), asked, chosen).await
                }
            }
        }
    };
    watched(answer, "reports", Some(held.id()))
}

fn chosen(workspace: &Workspace, asked: &Asked) -> Result<serde_json::Result<Vec<u8>>> {
    let usual = seeds::Options::default();
    let budget = asked.budget.unwrap_or(usual.budget);
    if !(budget > 0.0 && budget <= 1_000.0) {
        return Err(usage("budget is more than 0 and at most 1000".to_owned()));
    }
    let options = seeds::Options {
        budget,
        purpose: asked.purpose.clone(),
        definition: asked.definition.clone().unwrap_or(usual.definition),
        as_of: asked.as_of()?,
        window: span(asked.window.as_deref(), "window")?.unwrap_or(usual.window),
        ..usual
    };
    Ok(serde_json::to_vec(&workspace.seeds(&options)?))
}
