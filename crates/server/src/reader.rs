//! Who asks. A route takes one of these types, and can't be reached by anybody else.

use crate::Served;
use crate::keyring::{Admitted, Held};
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use std::sync::Arc;
use tertius::Time;
use tertius::disclosure::Reader;

/// A program with a key, which has paid with one answer of its quota.
pub struct Keyed(pub Arc<Held>);

/// A program with a key, or anybody.
pub enum Anyone {
    /// With a key.
    Key(Arc<Held>),
    /// Without.
    Anonymous,
}

impl Anyone {
    /// As the rules of who may see what know it.
    pub fn reader(&self) -> Reader<'_> {
        match self {
            Anyone::Key(held) => Reader::Key { purpose: held.purpose() },
            Anyone::Anonymous => Reader::Anonymous,
        }
    }

    /// The key, if there is one.
    pub fn key(&self) -> Option<&Arc<Held>> {
        match self {
            Anyone::Key(held) => Some(held),
            Anyone::Anonymous => None,
        }
    }
}

impl FromRequestParts<Arc<Served>> for Anyone {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        served: &Arc<Served>,
    ) -> Result<Anyone, Problem> {
        match bearer(&parts.headers) {
            Some(key) => admit(served, key, 1).map(Anyone::Key),
            None => Ok(Anyone::Anonymous),
        }
    }
}

impl FromRequestParts<Arc<Served>> for Keyed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, served: &Arc<Served>) -> Result<Keyed, Problem> {
        admit(served, bearer(&parts.headers).unwrap_or_default(), 1).map(Keyed)
    }
}

/// The key that a request bears.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// Takes answers from a key's quota.
pub fn admit(served: &Served, key: &str, answers: u32) -> Result<Arc<Held>, Problem> {
    match served.keys.admit(key, answers, Time::now()) {
        Ok(Admitted::Yes(held)) => Ok(held),
        Ok(Admitted::No(held, refusal)) => Err(Problem::refused(held.as_ref(), refusal)),
        Err(error) => Err(Problem::ours(&error)),
    }
}
