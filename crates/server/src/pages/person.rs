//! `/p/{account}`: one person. First what others did, then each question at equal size, then why one of the scores is what it is.
//!
//! All but the last comes from scorecards. An explanation reads interactions, so it is of one definition (`?why=NAME`, without it the first that has a score), and
//! where too many are computed at the time the page is shown without.

use super::home::page_of;
use super::layout::{Page, shown};
use super::picture::{step, whisker};
use super::text::{count, day, encoded, figure, plain, said, standing};
use super::{failed, layout};
use crate::reader::Visitor;
use crate::{Served, beside, heavy};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;
use tertius::asked::Seen;
use tertius::disclosure::Reader;
use tertius::explain::{Because, Explained, Item};
use tertius::lookup::Board;
use tertius::shown::Shown;

#[derive(Default, Deserialize)]
pub struct Wanted {
    why: Option<String>,
}

/// Who is behind an account.
enum Found {
    /// The person, and what the scorecards tell.
    Person(u64, Portrait),
    /// Somebody who is not to be shown, which whoever is signed in is told.
    Refuses,
    /// Nobody, or nobody whom this reader may be told of.
    Nobody,
}

/// What the scorecards tell.
struct Portrait {
    name: String,
    body: Markup,
    /// Of which definition to say why.
    why: Option<String>,
}

pub async fn person(
    State(served): State<Arc<Served>>,
    visitor: Visitor,
    account: Result<Path<String>, PathRejection>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    let (Ok(Path(account)), Ok(Query(wanted))) = (account, wanted) else {
        return failed::bad(&served, &visitor, "An account is UTF-8 text.");
    };
    let board = served.lookups.board().clone();
    let (shared, reader) = (served.clone(), visitor.reader());
    let (of_board, of_account) = (board.clone(), account.clone());
    let found = beside::run(move || {
        let (served, board, account) = (shared, of_board, of_account);
        let why = wanted.why.as_deref();
        let draw = |seen: &Seen<'_>| portrait(&served, &board, &account, seen, why);
        match served.lookups.person(&board, &account, reader, draw)? {
            Some((person, portrait)) => Ok(Found::Person(person, portrait)),
            None if reader == Reader::Operator && served.lookups.refuses(&board, &account)? => {
                Ok(Found::Refuses)
            }
            None => Ok(Found::Nobody),
        }
    });
    let (person, portrait) = match found.await.flatten() {
        Ok(Found::Person(person, portrait)) => (person, portrait),
        Ok(Found::Refuses) => return refuses(&served, &visitor),
        Ok(Found::Nobody) => return failed::unknown(&served, &visitor),
        Err(error) => return failed::ours(&served, &visitor, &error),
    };
    served.looks.note(person, "page", visitor.source(&served));
    let why = match portrait.why {
        None => html! {},
        Some(definition) => {
            let (shared, source) = (served.clone(), visitor.source(&served).clone());
            let (account, reader) = (account.clone(), visitor.reader());
            let explained = heavy::run(&served, move || {
                let found = shared.lookups.explanation(&board, &account, &definition, reader)?;
                if found.is_some() {
                    shared.looks.note(person, "explanation", &source);
                }
                Ok(found)
            });
            match explained.await {
                Ok(Some(explained)) => explanation(&explained, visitor.0.is_some()),
                Ok(None) => html! {},
                Err(_) => html! {
                    section id="why" {
                        h2 { "Why" }
                        p { "Other explanations are being computed just now. Load this page again in a moment." }
                    }
                },
            }
        }
    };
    let body = html! { (portrait.body) (why) };
    let page = Page { title: &portrait.name, search: "", here: Some(&portrait.name), body };
    layout::shown(&served, &visitor, StatusCode::OK, page)
}

fn refuses(served: &Served, visitor: &Visitor) -> Response {
    let body = html! {
        h1 { "Not to be scored or shown" }
        p.lead { "This person has said no, has taken consent back, or is under 18." }
        p { "What is held about them is for themselves alone: " code { "tertius access ACCOUNT" } "." }
    };
    let page = Page { title: "Not to be shown", search: "", here: Some("Not to be shown"), body };
    shown(served, visitor, StatusCode::NOT_FOUND, page)
}

fn portrait(
    served: &Served,
    board: &Board,
    account: &str,
    seen: &Seen<'_>,
    wanted: Option<&str>,
) -> Portrait {
    let name = seen.person.display_name();
    let others = seen
        .scores
        .iter()
        .filter_map(|shown| served.lookups.evidence(board, seen.person.id(), shown.definition));
    let most = others.max().filter(|(engagers, _)| *engagers > 0);
    let is_shown = |name: &str| seen.scores.iter().any(|shown| shown.definition == name);
    let first = seen.scores.iter().find(|shown| shown.score.is_some());
    let why = match wanted {
        Some(wanted) if is_shown(wanted) => Some(wanted.to_owned()),
        _ => first.map(|shown| shown.definition.to_owned()),
    };
    let body = html! {
        h1 { (said(name)) }
        p.lead {
            @match most {
                Some((engagers, interactions)) => {
                    (count(u64::from(engagers), "person", "people")) " engaged with what "
                    (said(name)) " did, in " (count(u64::from(interactions), "interaction", "interactions")) "."
                }
                None => { "Nobody is known to have engaged with what " (said(name)) " did, in the time that these questions look at." }
            }
        }
        @if !seen.person.accounts().is_empty() {
            p.note { (plain(&seen.person.accounts().join(", "))) }
        }
        @if seen.scores.is_empty() {
            p { "No question is asked about this person that may be shown to you." }
        }
        div.scores {
            @for shown in &seen.scores {
                (score(account, shown, why.as_deref() == Some(shown.definition)))
            }
        }
    };
    Portrait { name: plain(name), body, why }
}

/// One question, with its answer or why there is none.
fn score(account: &str, shown: &Shown<'_>, is_open: bool) -> Markup {
    html! {
        article {
            h2 { (said(shown.question)) }
            @match shown.score {
                None => {
                    p.state { (state(shown.state)) }
                    p.note { (nothing_yet(shown.state)) }
                }
                Some(value) => {
                    @let top = shown.top_share.unwrap_or(1.0);
                    @if top > 0.5 {
                        p.state { "Among the " (count(shown.reference_people, "person", "people")) " with evidence" }
                        details {
                            summary { "Show the number" }
                            (number(value, shown))
                        }
                    } @else {
                        (number(value, shown))
                        p { (standing(top, shown.reference_people)) }
                    }
                    @if is_open {
                        p { a href="#why" { "Why, below" span.unseen { ": " (shown.definition) } } }
                    } @else {
                        p { a href={ "/p/" (encoded(account)) "?why=" (encoded(shown.definition)) "#why" } { "Why" span.unseen { ": " (shown.definition) } } }
                    }
                }
            }
            p.note { code { (shown.definition) "@" (shown.version) } ", as of " (day(shown.as_of)) }
        }
    }
}

fn number(value: f64, shown: &Shown<'_>) -> Markup {
    html! {
        p.score {
            strong { (format!("{value:.0}")) }
            @if let Some([low, high]) = shown.interval {
                span { (format!("{low:.0} to {high:.0}")) }
            }
            @if let Some(month) = shown.delta.month {
                span { (format!("{month:+.1}")) " in 30 days" }
            }
        }
        (whisker(value, shown.interval))
    }
}

fn state(state: &str) -> &'static str {
    match state {
        "not asked about" => "Not asked about",
        _ => "Not enough evidence yet",
    }
}

fn nothing_yet(state: &str) -> &'static str {
    match state {
        "not asked about" => "This question is about other people, such as customers only.",
        _ => "Too few people engaged for a fair answer. That is how it is for most people.",
    }
}

/// Why a score is what it is: steps from 0 to the score, then what is under each. The others are `linked` for whoever may see most of them.
fn explanation(of: &Explained, linked: bool) -> Markup {
    let Some(score) = of.score else {
        return html! {
            section id="why" {
                h2 { "Why there is no score: " (said(&of.question)) }
                @for note in &of.notes { p { (said(note)) } }
            }
        };
    };
    let mut sum = 0.0;
    let steps: Vec<(f64, f64)> = of
        .parts
        .iter()
        .map(|part| {
            let from = sum;
            sum += part.points;
            (from, sum)
        })
        .collect();
    html! {
        section id="why" {
            h2 { "Why " (format!("{score:.0}")) ": " (said(&of.question)) }
            p { "The parts add up to the score, each from where the one before ends." }
            ol.waterfall {
                @for (part, (from, to)) in of.parts.iter().zip(&steps) {
                    li {
                        span { (part.signal) }
                        (step(*from, *to, score))
                        span.number { (format!("{:+.1}", part.points)) }
                    }
                }
                li.sum {
                    span { "Score" }
                    (step(0.0, score, score))
                    span.number { (format!("{score:.1}")) }
                }
            }
            div.wide tabindex="0" role="region" aria-label="The parts of the score" {
                table.parts {
                    thead { tr {
                        th scope="col" { "Part" } th scope="col" { "Why it counts" } th.number scope="col" { "Value" }
                        th.number scope="col" { "Points" } th.number scope="col" { "Score without it" }
                    } }
                    tbody {
                        @for part in &of.parts {
                            tr {
                                th scope="row" { code { (part.signal) } }
                                td.words { (said(&part.why)) }
                                td.number data-label="Value" { @match part.value { Some(value) => (figure(value)), None => "no data" } }
                                td.number data-label="Points" { (format!("{:.1}", part.points)) }
                                td.number data-label="Score without it" { @match part.without { Some(without) => (format!("{without:.1}")), None => "no score" } }
                            }
                        }
                    }
                }
            }
            @for part in of.parts.iter().filter(|part| !part.because.is_empty()) {
                details {
                    summary { "What is under " code { (part.signal) } }
                    ul.because { @for because in &part.because { li { (reason(because, linked)) } } }
                }
            }
            @for text in of.discounts.iter().chain(&of.notes) { p { (said(text)) } }
            @if !of.left_out.is_empty() {
                p.note { "Left out, because nobody has a value: " (of.left_out.join(", ")) "." }
            }
            p.note {
                code { (of.definition) "@" (of.version) } ", snapshot " code { (of.snapshot) } ", as of " (day(&of.as_of.to_string()))
            }
        }
    }
}

fn reason(because: &Because, linked: bool) -> Markup {
    html! {
        (said(&because.text))
        @if let Some(person) = because.person.as_ref().filter(|_| linked) {
            " " a href=(page_of(person)) { "Look at " (said(person.display_name())) }
        }
        @if !because.interactions.is_empty() {
            ul.items { @for item in &because.interactions { li { (interaction(item)) } } }
        }
    }
}

fn interaction(item: &Item) -> Markup {
    let words = format!("{}, {} on {}", day(&item.at.to_string()), item.verb, item.network);
    // What others wrote into an address must not be run.
    let url =
        item.url.as_ref().filter(|url| url.starts_with("https://") || url.starts_with("http://"));
    html! {
        @match (url, &item.object) {
            (Some(url), _) => a href=(plain(url)) rel="noopener noreferrer nofollow ugc" { (said(&words)) },
            (None, Some(object)) => { (said(&words)) ", post " (said(object)) }
            (None, None) => (said(&words)),
        }
    }
}
