//! Who asks. A route takes one of these types, and can't be reached by anybody else.

use crate::Served;
use crate::keyring::{Admitted, Held};
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use std::sync::Arc;
use tertius::Time;
use tertius::disclosure::Reader;

/// A program with a key, which has paid with one answer of its quota.
pub struct Keyed(pub Arc<Held>);

/// The purpose of keys that may ask for reports on the firm.
pub const FIRM: &str = "firm";

/// A program whose key is for the purpose of the firm, and so may ask for reports on it and on those who work there.
pub struct OfFirm(pub Arc<Held>);

/// A program whose key may store interactions.
pub struct Writing(pub Arc<Held>);

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

    /// How they are named to those about whom they asked.
    pub fn source<'a>(&'a self, served: &'a Served) -> &'a Arc<str> {
        self.key().map_or(&served.anonymous, |held| held.source())
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

impl FromRequestParts<Arc<Served>> for OfFirm {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        served: &Arc<Served>,
    ) -> Result<OfFirm, Problem> {
        let Keyed(held) = Keyed::from_request_parts(parts, served).await?;
        match held.purpose() == FIRM {
            true => Ok(OfFirm(held)),
            false => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "reports are for keys of the purpose firm; the operator makes one with tertius key create NAME --purpose firm",
            )),
        }
    }
}

impl FromRequestParts<Arc<Served>> for Writing {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        served: &Arc<Served>,
    ) -> Result<Writing, Problem> {
        let Keyed(held) = Keyed::from_request_parts(parts, served).await?;
        match held.may_write() {
            true => Ok(Writing(held)),
            false => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "this key reads only; the operator makes one that stores with tertius key create NAME --may-write",
            )),
        }
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
    match served.keys.admit(key, answers, served.is_sandbox, Time::now()) {
        Ok(Admitted::Yes(held)) => Ok(held),
        Ok(Admitted::No(held, refusal)) => Err(Problem::refused(held.as_ref(), refusal)),
        Err(error) => Err(Problem::ours(&error)),
    }
}
