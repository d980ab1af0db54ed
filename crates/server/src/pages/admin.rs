//! `/admin`: who may sign in, and what was done by whom.

use super::failed;
use super::layout::{Page, shown};
use super::text::{day, moment, plain};
use crate::Served;
use crate::reader::{SignedIn, Trail};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use std::sync::Arc;

/// Lines of the trail that are shown.
const LINES: usize = 200;

pub async fn admin(State(served): State<Arc<Served>>, signed_in: SignedIn<Trail>) -> Response {
    match written(&served) {
        Ok(body) => {
            let page = Page { title: "Admin", search: "", here: Some("Admin"), body };
            shown(&served, &signed_in.0, StatusCode::OK, page)
        }
        Err(error) => failed::ours(&served, &signed_in.0, &error),
    }
}

fn written(served: &Served) -> tertius::Result<Markup> {
    let operators = served.signing.operators();
    let (people, trail) = (operators.list()?, operators.audited(LINES)?);
    drop(operators);
    Ok(html! {
        h1 { "Who may sign in" }
        div.wide tabindex="0" role="region" aria-label="Who may sign in" {
            table {
                thead { tr { th scope="col" { "Name" } th scope="col" { "Role" } th scope="col" { "Since" } } }
                tbody {
                    @for one in &people {
                        tr { th scope="row" { (one.name) } td { (one.role.name()) } td { (day(&one.created.to_string())) } }
                    }
                }
            }
        }
        p.note { "To add somebody: " code { "tertius operator add NAME --role ROLE" } ". To remove somebody and sign them out: " code { "tertius operator remove NAME" } "." }
        h2 { "What was done" }
        p.note { "The newest " (trail.len()) " lines; all of them: " code { "tertius operator audit --limit 100000" } ". They are kept for 400 days." }
        div.wide tabindex="0" role="region" aria-label="What was done" {
            table {
                thead { tr { th scope="col" { "At (UTC)" } th scope="col" { "Who" } th scope="col" { "What" } } }
                tbody {
                    @for line in &trail {
                        tr { td.number { (moment(&line.at.to_string())) } td { (plain(&line.operator)) } td { (plain(&line.what)) } }
                    }
                }
            }
        }
    })
}
