//! How a family registers its routes: what the route is, said once, and who answers it.
//!
//! The document at `/api/openapi.json`, the page at `/api` and the table of docs all come from these descriptions, so that a route can't be there
//! without one.

use crate::Served;
use axum::Router;
use axum::handler::Handler;
use axum::routing::{get, post};
use std::sync::Arc;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anybody, and keys see more.
    Anyone,
    /// Keys.
    Key,
    /// Keys of the firm's purpose.
    Firm,
    /// Keys that may store.
    Writer,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// Text with at least one word.
    Words,
    /// An account, or a person's number.
    Account,
    /// A time, RFC 3339.
    Time,
    /// A length of time, such as `180d`.
    Span,
    /// The number of an event.
    Event,
    /// A whole number from one to another.
    Number(u32, u32),
    /// An amount up to so much.
    Amount(u32),
    /// `true` or `false`.
    Flag,
}

/// A parameter of the query or the path.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// As it is written.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
    /// What it looks like.
    pub kind: Kind,
    /// Whether there is no answer without.
    pub needed: bool,
}

/// A parameter that may be left out.
pub const fn maybe(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter { name, about, kind, needed: false }
}

/// A parameter without which there is no answer.
pub const fn needed(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter { name, about, kind, needed: true }
}

/// What a route does.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// `get` or `post`.
    pub method: &'static str,
    /// With what stands in braces.
    pub path: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// Who may ask.
    pub who: Who,
    /// What can be said in the query.
    pub query: &'static [Parameter],
    /// The schema of the body, by media type.
    pub takes: &'static [(&'static str, &'static str)],
    /// The media type of the answer, and its schema.
    pub gives: (&'static str, &'static str),
    /// Statuses of problems, beside those that follow from the rest.
    pub problems: &'static [u16],
}

impl Operation {
    /// A route that reads, for anybody.
    pub const fn get(path: &'static str, about: &'static str) -> Operation {
        let gives = ("application/json", "Report");
        Operation {
            method: "get",
            path,
            about,
            who: Who::Anyone,
            query: &[],
            takes: &[],
            gives,
            problems: &[],
        }
    }

    /// A route that is sent something.
    pub const fn post(path: &'static str, about: &'static str) -> Operation {
        Operation { method: "post", ..Operation::get(path, about) }
    }

    /// For these readers.
    pub const fn to(self, who: Who) -> Operation {
        Operation { who, ..self }
    }

    /// With these parameters of the query.
    pub const fn asks(self, query: &'static [Parameter]) -> Operation {
        Operation { query, ..self }
    }

    /// With these bodies.
    pub const fn takes(self, takes: &'static [(&'static str, &'static str)]) -> Operation {
        Operation { takes, ..self }
    }

    /// Answered by JSON of this schema.
    pub const fn gives(self, schema: &'static str) -> Operation {
        Operation { gives: ("application/json", schema), ..self }
    }

    /// With these problems.
    pub const fn may(self, problems: &'static [u16]) -> Operation {
        Operation { problems, ..self }
    }
}

/// The routes of a family.
#[derive(Default)]
pub struct Family {
    /// As they are served.
    pub router: Router<Arc<Served>>,
    /// As they are described.
    pub operations: Vec<Operation>,
}

impl Family {
    /// Adds a route.
    pub fn route<H, T>(mut self, operation: Operation, handler: H) -> Family
    where
        H: Handler<T, Arc<Served>>,
        T: 'static,
    {
        let answered = match operation.method {
            "post" => post(handler),
            _ => get(handler),
        };
        self.router = self.router.route(operation.path, answered);
        self.operations.push(operation);
        self
    }
}
