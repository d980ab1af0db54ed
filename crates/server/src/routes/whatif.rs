//! `/api/v1/reports/whatif/...`: the firm as it is, and as it would be if people left, joined, or teams became one.

use super::reports::{
    AS_OF, Asked, ORGANISATION, WINDOW, answered_or, number, unless_unknown, usage,
};
use super::watched;
use crate::family::{Family, Kind, Operation, Parameter, maybe, needed};
use crate::problem::Problem;
use crate::reader::OfFirm;
use crate::{Served, heavy};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tertius::whatif::{Options, What};
use tertius::{Result, Workspace};

const DRAWS: Parameter = maybe("draws", Kind::Number(0, 10_000), "How often sides are dealt anew.");
const TEAM: Parameter = maybe("team", Kind::Words, "Which team they join.");
const INTO: Parameter = maybe("into", Kind::Words, "What the one is called; the first without it.");
const LEAVE: Parameter =
    needed("who", Kind::Several(1), "Who leaves: accounts, people's numbers, or names of teams.");
const JOIN: Parameter =
    needed("who", Kind::Several(1), "Who joins: accounts, people's numbers, or organisations.");
const TEAMS: Parameter = needed("team", Kind::Several(2), "Teams, as the roster names them.");

/// What is asked for, of what is said in the query under `who`, `team` and `into`.
type Change = fn(Said) -> Result<What>;

const CHANGES: [(&str, &str, &[Parameter], Change); 3] = [
    (
        "/api/v1/reports/whatif/leave",
        "The firm as it is, and as it would be without some people",
        &[LEAVE, ORGANISATION, AS_OF, WINDOW, DRAWS],
        leave,
    ),
    (
        "/api/v1/reports/whatif/join",
        "The firm as it is, and as it would be with some more people",
        &[JOIN, TEAM, ORGANISATION, AS_OF, WINDOW, DRAWS],
        join,
    ),
    (
        "/api/v1/reports/whatif/merge-teams",
        "The firm as it is, and as it would be if teams became one",
        &[TEAMS, INTO, ORGANISATION, AS_OF, WINDOW, DRAWS],
        merge,
    ),
];

pub fn routes() -> Family {
    let mut family = Family::default();
    for (path, about, asks, change) in CHANGES {
        let asked = async move |State(served): State<Arc<Served>>, asking: OfFirm, said: Asking| {
            let done = |response: Response| watched(response, "reports", asking.key());
            let Query(pairs) = match said {
                Ok(pairs) => pairs,
                Err(wrong) => return done(Problem::bad(wrong.body_text()).into_response()),
            };
            let workspace = served.lookups.asked_by(asking.source(&served), asking.reader());
            let report = move || answer(&workspace, pairs, change);
            done(answered_or(UNKNOWN, heavy::run(&served, report).await))
        };
        family = family.route(Operation::get(path, about).asks(asks).may(&[404, 503]), asked);
    }
    family
}

type Pairs = Vec<(String, String)>;
type Asking = std::result::Result<Query<Pairs>, QueryRejection>;

/// What 404 means here. Which of these it is would tell of people.
const UNKNOWN: &str = "this is not answered: somebody or something that it names is unknown here, or it is about fewer than five people who have not agreed to be asked about";

#[derive(Default)]
struct Said {
    who: Vec<String>,
    teams: Vec<String>,
    into: Option<String>,
}

fn answer(
    workspace: &Workspace,
    pairs: Pairs,
    change: Change,
) -> Result<Option<serde_json::Result<Vec<u8>>>> {
    let (mut said, mut scope, mut draws) = (Said::default(), Asked::default(), None);
    for (name, value) in pairs {
        match name.as_str() {
            "who" => said.who.push(value),
            "team" => said.teams.push(value),
            "into" => said.into = Some(value),
            "draws" => draws = Some(value),
            "organisation" => scope.organisation = Some(value),
            "as_of" => scope.as_of = Some(value),
            "window" => scope.window = Some(value),
            _ => return Err(usage(format!("{name:?} is nothing that can be said here"))),
        }
    }
    let draws = draws.map(|text| text.parse().map_err(|_| usage("draws is a number".to_owned())));
    let draws = number(draws.transpose()?, 200, 0..=10_000, "draws")?;
    let (what, options) = (change(said)?, Options { scope: scope.scope(180)?, draws });
    unless_unknown(workspace.whatif(&what, &options).map(|found| serde_json::to_vec(&found)))
}

fn leave(said: Said) -> Result<What> {
    only(said.teams.is_empty() && said.into.is_none() && !said.who.is_empty(), "say ?who=")?;
    // Teams are called by words, accounts by a network and an id.
    let (accounts, teams) = said
        .who
        .into_iter()
        .partition(|who| tertius::Account::parse(who).is_some() || who.parse::<u64>().is_ok());
    Ok(What::Leave { accounts, teams })
}

fn join(mut said: Said) -> Result<What> {
    let fits = said.teams.len() <= 1 && said.into.is_none() && !said.who.is_empty();
    only(fits, "say ?who=, and one team= at most")?;
    Ok(What::Join { whom: said.who, team: said.teams.pop() })
}

fn merge(said: Said) -> Result<What> {
    only(said.who.is_empty() && said.teams.len() >= 2, "say ?team= twice or more")?;
    Ok(What::Merge { teams: said.teams, into: said.into })
}

fn only(fits: bool, message: &str) -> Result<()> {
    match fits {
        true => Ok(()),
        false => Err(usage(message.to_owned())),
    }
}
