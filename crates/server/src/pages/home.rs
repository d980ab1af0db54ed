//! `/`: search, and the questions that can be asked.

use super::failed;
use super::layout::{Page, shown};
use super::text::{count, day, encoded, plain, said, thousands};
use crate::reader::Visitor;
use crate::{Served, beside};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;
use tertius::disclosure::{Named, Surface};
use tertius::lookup::Board;

/// What a report tells, and the command that gives it.
const REPORTS: [(&str, &str); 7] = [
    ("How does the firm engage through people: first, second and third order?", "tertius orders"),
    (
        "How far do the firm's ties go across its boundary, and who carries that?",
        "tertius permeability",
    ),
    ("Does customers' engagement sustain itself?", "tertius r3"),
    ("How do customers become partners?", "tertius ladder"),
    ("Whom should we invite first?", "tertius seeds"),
    ("Who can introduce us to a person or an organisation?", "tertius introductions --to WHOM"),
    ("Who inside best answers a question?", "tertius contact --topic-text \"...\""),
];

/// People that a search shows, at most.
const FOUND: usize = 20;
/// Bytes of what is searched for, at most.
const LONGEST: usize = 800;

#[derive(Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
}

pub async fn home(
    State(served): State<Arc<Served>>,
    visitor: Visitor,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let q = match asked {
        Ok(Query(asked)) => asked.q,
        Err(_) => return failed::bad(&served, &visitor, "A search is UTF-8 text."),
    };
    let board = served.lookups.board();
    let wanted = q.trim();
    if wanted.len() > LONGEST {
        return failed::bad(
            &served,
            &visitor,
            "Search for an account or some words of a name, of 800 bytes at most.",
        );
    }
    if wanted.is_empty() {
        let body = questions(&board, &visitor);
        let page = Page { title: "Questions", search: "", here: None, body };
        return shown(&served, &visitor, StatusCode::OK, page);
    }
    match found(&served, &board, &visitor, wanted).await {
        Ok(people) => {
            let body = results(wanted, &people);
            let page = Page { title: "Search", search: wanted, here: Some("Search"), body };
            shown(&served, &visitor, StatusCode::OK, page)
        }
        Err(error) => failed::ours(&served, &visitor, &error),
    }
}

/// People of an account, or of whose names these words are beginnings, if this reader may see them. Whoever is shown is told that somebody looked.
async fn found(
    served: &Arc<Served>,
    board: &Arc<Board>,
    visitor: &Visitor,
    wanted: &str,
) -> tertius::Result<Vec<Named>> {
    let (shared, board, reader) = (served.clone(), board.clone(), visitor.reader());
    let wanted = wanted.to_owned();
    // It reads the catalogue, whose pages may have to come from the disk.
    let people =
        beside::run(move || shared.lookups.search(&board, reader, &wanted, FOUND)).await??;
    let label = served.looks.label("search", visitor.source(served));
    let seen: Vec<u64> = people.iter().map(|person| person.id().0).collect();
    served.looks.note_all(&seen, label);
    Ok(people)
}

/// Where the page of somebody is.
pub fn page_of(person: &Named) -> String {
    match person.accounts().first() {
        Some(account) => format!("/p/{}", encoded(account)),
        None => format!("/p/{}", person.id()),
    }
}

fn results(wanted: &str, people: &[Named]) -> Markup {
    html! {
        h1 { "Search" }
        @if people.is_empty() {
            p.lead { "Nobody is found under " (said(wanted)) "." }
            p { "Search by an account, written network:id or network:handle, such as " code { "discourse:mara" } ", or by the beginnings of the words of a name. Whoever has not agreed to be shown is not shown." }
        } @else {
            p.lead { (count(people.len() as u64, "person", "people")) " found for " (said(wanted)) "." }
            ul.people {
                @for person in people {
                    li {
                        a href=(page_of(person)) { (said(person.display_name())) }
                        @if !person.accounts().is_empty() {
                            span.note { (plain(&person.accounts().join(", "))) }
                        }
                    }
                }
            }
        }
    }
}

fn questions(board: &Board, visitor: &Visitor) -> Markup {
    let mut all: Vec<_> = board.definitions().collect();
    all.sort_by(|a, b| a.definition.cmp(&b.definition));
    html! {
        h1 { "Which question do you ask?" }
        @if all.is_empty() {
            p.lead { "Nothing is scored yet." }
            p { "Read interactions, and score them; this page shows them within a second:" }
            pre tabindex="0" { code { "tertius ingest interactions.ndjson\ntertius score" } }
        } @else {
            p.lead { "Influence is not one number. Each question below has its own answer about each person, with an interval, and says why." }
            ul.questions {
                @for of in &all {
                    li {
                        h2 { (said(&of.question)) }
                        p {
                            "Asked about " (count(of.people.saturating_sub(of.outside_population + of.refused), "person", "people"))
                            ", of whom " (thousands(of.scored)) " have enough evidence. As of " (day(&of.as_of().to_string())) "."
                        }
                        p.note { code { "tertius rank " (of.definition) } ", for the purpose " (of.purpose) }
                    }
                }
            }
            p { "To see one person under all of them, search for a name or an account, such as " code { "discourse:mara" } "." }
        }
        @if visitor.may_ask(Surface::Firm) {
            h2 { "About the firm" }
            p { "The reports, and the command that gives each:" }
            dl.reports {
                @for (question, command) in REPORTS {
                    dt { (question) }
                    dd { code { (command) } }
                }
            }
        }
    }
}
