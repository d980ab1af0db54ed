//! `/api/v1/reports/...`: what is reported on the firm, as the command line gives it. A report is one function and one line of [`REPORTS`].
//!
//! They tell of people who work there, and so take a key of the firm's purpose. Seeds alone are for every key: they are chosen among
//! people outside who agreed to the key's purpose. Of people a key is told what keys are told anywhere ([`tertius::disclosure`]). Who asked is noted as the key. Comparisons and what-ifs are in files of their own.

use super::{json, watched};
use crate::family::{Family, Kind, Operation, Parameter, maybe, needed};
use crate::problem::Problem;
use crate::reader::{Keyed, OfFirm};
use crate::{Served, heavy};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::ops::RangeInclusive;
use std::sync::Arc;
use tertius::scope::Scope;
use tertius::{DAY, Error, ErrorKind, Result, Time, Workspace, parse_span};
use tertius::{contact, introductions, ladder, orders, permeability, r3, seeds};

type Report = fn(&Workspace, &Asked) -> Result<serde_json::Result<Vec<u8>>>;

pub(super) const ORGANISATION: Parameter =
    maybe("organisation", Kind::Text, "An organisation in the place of the firm.");
pub(super) const AS_OF: Parameter =
    maybe("as_of", Kind::Time, "Up to this moment; the newest interaction without it.");
pub(super) const WINDOW: Parameter = maybe("window", Kind::Span, "How far back.");
const FROM: Parameter = maybe("from", Kind::Account, "Who asks, as an account.");

/// Every report that takes a key of the firm's purpose: where it is, what it tells, what can be asked, and who answers.
const REPORTS: [(&str, &str, &[Parameter], Report); 6] = [
    ("/api/v1/reports/orders", "The orders of engagement of the firm", ORDERS, orders),
    (
        "/api/v1/reports/permeability",
        "How far the firm's ties go across its boundary",
        PERMEABILITY,
        permeability,
    ),
    ("/api/v1/reports/r3", "How many exchanges one exchange sets off", R3, r3),
    ("/api/v1/reports/ladder", "How customers become partners", LADDER, ladder),
    (
        "/api/v1/reports/introductions",
        "Who can introduce the firm to somebody",
        INTRODUCTIONS,
        introductions,
    ),
    ("/api/v1/reports/contact", "Who inside best answers a question", CONTACT, contact),
];

const ORDERS: &[Parameter] = &[
    ORGANISATION,
    AS_OF,
    WINDOW,
    maybe("examples", Kind::Number(0, 100), "Examples of each order."),
];
const PERMEABILITY: &[Parameter] = &[
    ORGANISATION,
    AS_OF,
    WINDOW,
    maybe("weighted", Kind::Flag, "Count ties by their strength."),
    maybe("draws", Kind::Number(0, 10_000), "How often sides are dealt anew."),
];
const R3: &[Parameter] = &[
    ORGANISATION,
    AS_OF,
    WINDOW,
    maybe("draws", Kind::Number(19, 1_000), "How often the process is drawn again."),
];
const LADDER: &[Parameter] = &[
    ORGANISATION,
    AS_OF,
    WINDOW,
    maybe("period", Kind::Span, "Length of a period."),
    maybe("limit", Kind::Number(0, 1_000), "People named, at most."),
];
const INTRODUCTIONS: &[Parameter] = &[
    needed("to", Kind::Words, "An account, or the name of an organisation."),
    FROM,
    ORGANISATION,
    AS_OF,
    WINDOW,
    maybe("steps", Kind::Number(1, 6), "Steps of a chain, at most."),
    maybe("limit", Kind::Number(0, 100), "Entries of each list, at most."),
    maybe("unexpected", Kind::Number(0, 20), "Least expected chains, at most."),
];
const CONTACT: &[Parameter] = &[
    needed("topic_text", Kind::Words, "What it is about, in any words."),
    FROM,
    ORGANISATION,
    AS_OF,
    WINDOW,
    maybe("limit", Kind::Number(1, 100), "People, at most."),
];
const SEEDS: Operation = Operation::get(
    "/api/v1/reports/seeds",
    "Whom to invite first, among who agreed to the key's purpose",
)
.asks(&[
    maybe("budget", Kind::Amount(1_000), "How many people."),
    maybe("definition", Kind::Text, "With whose highest scores to compare."),
    AS_OF,
    WINDOW,
])
.may(&[404, 503]);

pub fn routes() -> Family {
    let mut family = Family::default()
        .route(SEEDS, seeds)
        .and(super::comparisons::routes())
        .and(super::whatif::routes());
    for (path, about, asks, report) in REPORTS {
        let of_firm =
            async move |State(served): State<Arc<Served>>, asking: OfFirm, asked: Wanted| {
                let workspace = served.lookups.asked_by(asking.source(&served), asking.reader());
                let answer = computed(&served, workspace, asked, report).await;
                watched(answer, "reports", asking.key())
            };
        let said = Operation::get(path, about).asks(asks).may(&[404, 503]);
        family = family.route(said, of_firm);
    }
    family
}

/// What 404 means of a report. Which of these it is would tell of people.
const NOTHING: &str = "there is nothing to tell: somebody or something that it names is unknown here or refuses, or nobody agreed to be asked about for this purpose, or nothing is stored";

/// What 404 means where a definition is named.
pub(super) const NO_SCORES: &str = "there are no scores of a definition of this key's purpose by that name; GET /api/v1/definitions names them";

type Wanted = std::result::Result<Query<Asked>, QueryRejection>;

/// What can be said of any report; each takes what concerns it.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    pub organisation: Option<String>,
    pub as_of: Option<String>,
    pub window: Option<String>,
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
    pub fn scope(&self, days: i64) -> Result<Scope> {
        Ok(Scope {
            organisation: self.organisation.clone(),
            firm: None,
            as_of: self.as_of()?,
            window: span(self.window.as_deref(), "window")?.unwrap_or(days * DAY),
        })
    }

    fn as_of(&self) -> Result<Option<Time>> {
        moment(self.as_of.as_deref())
    }
}

/// A moment as it was given.
pub(super) fn moment(given: Option<&str>) -> Result<Option<Time>> {
    let time = |text| Time::parse(text, None).map_err(|wrong| usage(format!("as_of: {wrong}")));
    given.map(time).transpose()
}

pub(super) fn usage(message: String) -> Error {
    Error::new(ErrorKind::Usage, message)
}

/// What any projection takes.
const LONGEST: i64 = 36_500 * DAY;

fn span(text: Option<&str>, name: &str) -> Result<Option<i64>> {
    let Some(text) = text else { return Ok(None) };
    let span = parse_span(text).filter(|span| *span > 0 && *span <= LONGEST);
    let wrong = || {
        usage(format!(
            "{name} is a length of time with its unit, such as 180d, and at most 100 years"
        ))
    };
    span.map(Some).ok_or_else(wrong)
}

/// A number as it was given, or without a wish `usual`; never beyond what an answer may cost.
pub(super) fn number(
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
    workspace: Workspace,
    asked: Wanted,
    report: Report,
) -> Response {
    let asked = match asked {
        Ok(Query(asked)) => asked,
        Err(wrong) => return Problem::bad(wrong.body_text()).into_response(),
    };
    compute(served, workspace, asked, report).await
}

async fn compute(
    served: &Arc<Served>,
    workspace: Workspace,
    asked: Asked,
    report: Report,
) -> Response {
    let found = move || unless_unknown(report(&workspace, &asked));
    answered_or(NOTHING, heavy::run(served, found).await)
}

/// A report, or nothing where it is about nothing that is known to whoever asks, or of whom it may not be told.
pub(super) fn unless_unknown<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Refused) => Ok(None),
        found => found.map(Some),
    }
}

/// A report, or 404 with what that means here, or why there is none.
pub(super) fn answered_or(
    unknown: &str,
    done: std::result::Result<Option<serde_json::Result<Vec<u8>>>, Problem>,
) -> Response {
    match done {
        Ok(Some(Ok(body))) => json(body),
        Ok(Some(Err(error))) => Problem::unwritten(&error).into_response(),
        Ok(None) => Problem::new(StatusCode::NOT_FOUND, unknown).into_response(),
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
    let draws = asked.draws.map(|draws| number(Some(draws), 0, 19..=1_000, "draws")).transpose()?;
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
                None => Problem::new(StatusCode::NOT_FOUND, NO_SCORES).into_response(),
                Some(definition) => {
                    let (definition, purpose) = (Some(definition), held.purpose().to_owned());
                    let asked = Asked { definition, purpose, ..asked };
                    let workspace = served.lookups.asked_by(held.source(), held.reader());
                    compute(&served, workspace, asked, chosen).await
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
