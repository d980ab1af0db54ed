//! `/api/v1/reports/whatif`: the firm as it is, and as it would be if people left, joined, or teams became one.

use super::reports::{
    AS_OF, Asked, ORGANISATION, WINDOW, answered_or, number, unless_unknown, usage,
};
use super::watched;
use crate::family::{Family, Kind, Operation, maybe, needed};
use crate::problem::Problem;
use crate::reader::OfFirm;
use crate::{Served, heavy};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tertius::whatif::{Options, What};
use tertius::{Result, Workspace};

pub fn routes() -> Family {
    const WHATIF: Operation = Operation::get(
        "/api/v1/reports/whatif",
        "The firm as it is, and as it would be if people left, joined, or teams became one",
    )
    .asks(&[
        needed("change", Kind::OneOf(&["leave", "join", "merge-teams"]), "What is otherwise."),
        maybe("account", Kind::Several, "Who leaves or joins, as an account."),
        maybe("team", Kind::Several, "Which teams leave or become one; which one is joined."),
        maybe("at", Kind::Several, "An organisation; everybody known there joins."),
        maybe("into", Kind::Words, "What the one team is called."),
        ORGANISATION,
        AS_OF,
        WINDOW,
        maybe("draws", Kind::Number(0, 10_000), "How often sides are dealt anew."),
    ])
    .may(&[404, 503]);
    Family::default().route(WHATIF, whatif)
}

type Pairs = Vec<(String, String)>;

async fn whatif(
    State(served): State<Arc<Served>>,
    asking: OfFirm,
    asked: std::result::Result<Query<Pairs>, QueryRejection>,
) -> Response {
    let done = |response: Response| watched(response, "reports", asking.key());
    let Query(pairs) = match asked {
        Ok(pairs) => pairs,
        Err(wrong) => return done(Problem::bad(wrong.body_text()).into_response()),
    };
    let workspace = served.lookups.workspace().asked_by(asking.source(&served));
    done(answered_or(UNKNOWN, heavy::run(&served, move || answer(&workspace, pairs)).await))
}

/// What 404 means here. Which of these it is would tell of people.
const UNKNOWN: &str = "this is not answered: somebody or something that it names is unknown here, or it is about fewer than five people who have not agreed to be asked about";

fn answer(workspace: &Workspace, pairs: Pairs) -> Result<Option<serde_json::Result<Vec<u8>>>> {
    let (what, options) = read(pairs)?;
    unless_unknown(workspace.whatif(&what, &options).map(|found| serde_json::to_vec(&found)))
}

/// What is asked for; names that may be said several times are lists.
fn read(pairs: Pairs) -> Result<(What, Options)> {
    let (mut change, mut into, mut draws) = (None, None, None);
    let (mut accounts, mut teams, mut organisations) = (Vec::new(), Vec::new(), Vec::new());
    let mut scope = Asked::default();
    for (name, value) in pairs {
        match name.as_str() {
            "account" => accounts.push(value),
            "team" => teams.push(value),
            "at" => organisations.push(value),
            "change" => change = Some(value),
            "into" => into = Some(value),
            "draws" => draws = Some(value),
            "organisation" => scope.organisation = Some(value),
            "as_of" => scope.as_of = Some(value),
            "window" => scope.window = Some(value),
            _ => return Err(usage(format!("{name:?} is nothing that can be said here"))),
        }
    }
    let draws = draws.map(|text| text.parse().map_err(|_| usage("draws is a number".to_owned())));
    let draws = number(draws.transpose()?, 200, 0..=10_000, "draws")?;
    let only = |fits: bool, message: &str| match fits {
        true => Ok(()),
        false => Err(usage(message.to_owned())),
    };
    let what = match change.as_deref() {
        Some("leave") => {
            let fits = organisations.is_empty() && into.is_none();
            only(fits, "who leaves is said with account= and team=")?;
            What::Leave { accounts, teams }
        }
        Some("join") => {
            only(
                into.is_none() && teams.len() <= 1,
                "who joins is said with account= and at=, and one team= at most",
            )?;
            accounts.extend(organisations);
            only(!accounts.is_empty(), "say who joins, with account= or at=")?;
            What::Join { whom: accounts, team: teams.pop() }
        }
        Some("merge-teams") => {
            let fits = accounts.is_empty() && organisations.is_empty();
            only(fits, "what becomes one is said with team=, twice or more")?;
            What::Merge { teams, into }
        }
        _ => return Err(usage("change is leave, join or merge-teams".to_owned())),
    };
    Ok((what, Options { scope: scope.scope(180)?, draws }))
}
