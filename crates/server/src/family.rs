//! How a family registers its routes: what the route is, said once, and who answers it.
//!
//! Who may ask is what the handler's arguments say ([`Arguments`]): a handler that names no reader can't become a route, and what is told of a route
//! can't differ from what it demands.
//!
//! The document at `/api/openapi.json`, the page at `/api` and the table of docs all come from these descriptions, so that a route can't be there
//! without one.

use crate::Served;
use crate::straight::{Answering, Straight};
use axum::Router;
use axum::extract::State;
use axum::handler::Handler;
use axum::routing::{MethodRouter, get, post};
use std::sync::Arc;
use tertius::disclosure::Surface;

/// Who asks, as the argument of a handler: the route can't be reached by anybody else.
pub trait Demands {
    /// What they ask for, to the rules of who may.
    const SURFACE: Surface;
}

/// The arguments of a handler: the state, and next to it who asks.
pub trait Arguments {
    /// Who asks.
    type Reader: Demands;
}

impl<M, R: Demands> Arguments for (M, R) {
    type Reader = R;
}

/// With so many arguments after those two.
macro_rules! arguments {
    ($($more:ident)*) => {
        impl<M, R: Demands, $($more),*> Arguments for (M, State<Arc<Served>>, R, $($more),*) {
            type Reader = R;
        }
    };
}

arguments!();
arguments!(A);
arguments!(A B);
arguments!(A B C);

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
    /// Texts with at least one word each, all different, and so many at least: the name is said as often.
    Several(u32),
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
    /// What is asked for, which says who may: that of the handler.
    pub surface: Surface,
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
            surface: Surface::Open,
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
    /// As they are described, where they are of the native API.
    pub operations: Vec<Operation>,
    /// What each of them is of.
    pub surfaces: Vec<(String, Surface)>,
    /// Those that are found without the router.
    pub straight: Vec<Straight>,
}

impl Family {
    /// Adds a route of the native API.
    pub fn route<H, T>(mut self, operation: Operation, handler: H) -> Family
    where
        H: Handler<T, Arc<Served>>,
        T: Arguments + 'static,
    {
        let surface = T::Reader::SURFACE;
        self.operations.push(Operation { surface, ..operation });
        match operation.method {
            "post" => self.post(operation.path, handler),
            _ => self.get(operation.path, handler),
        }
    }

    /// Adds a route that reads, and is described nowhere.
    pub fn get<H, T>(self, path: &str, handler: H) -> Family
    where
        H: Handler<T, Arc<Served>>,
        T: Arguments + 'static,
    {
        self.at::<T>(path, get(handler))
    }

    /// Adds a route that is sent something, and is described nowhere.
    pub fn post<H, T>(self, path: &str, handler: H) -> Family
    where
        H: Handler<T, Arc<Served>>,
        T: Arguments + 'static,
    {
        self.at::<T>(path, post(handler))
    }

    /// Adds a route of the native API that reads, and spares requests the way through the router ([`Straight`]).
    pub fn route_straight<H, T>(self, operation: Operation, handler: H) -> Family
    where
        H: Handler<T, Arc<Served>, Future = Answering> + Sync,
        T: Arguments + 'static,
    {
        let family = self.route(operation, handler.clone());
        family.found_straight(operation.path, handler)
    }

    /// The same for one that is described nowhere.
    pub fn get_straight<H, T>(self, path: &'static str, handler: H) -> Family
    where
        H: Handler<T, Arc<Served>, Future = Answering> + Sync,
        T: Arguments + 'static,
    {
        self.get(path, handler.clone()).found_straight(path, handler)
    }

    fn found_straight<H, T>(mut self, path: &'static str, handler: H) -> Family
    where
        H: Handler<T, Arc<Served>, Future = Answering> + Sync,
    {
        self.straight.push(Straight::to(path, handler));
        self
    }

    fn at<T: Arguments>(mut self, path: &str, answered: MethodRouter<Arc<Served>>) -> Family {
        self.router = self.router.route(path, answered);
        self.surfaces.push((path.to_owned(), T::Reader::SURFACE));
        self
    }

    /// With the routes of another one.
    pub fn and(mut self, other: Family) -> Family {
        self.router = self.router.merge(other.router);
        self.operations.extend(other.operations);
        self.surfaces.extend(other.surfaces);
        self.straight.extend(other.straight);
        self
    }
}
