//! Who asks. A route takes one of these types, and can't be reached by anybody else: each asks [`may_ask`] before its handler runs, and a handler that takes none of
//! them can't be made a route ([`crate::family::Arguments`]). Two more stand beside what they read: [`crate::routes::people::Many`], which pays by the account, and
//! [`crate::klout::Asked`], with a key in the query.
//!
//! A key counts before a cookie. Programs are refused with problem documents, browsers with pages ([`Visitor`], [`SignedIn`]).

use crate::family::Demands;
use crate::keyring::{Admitted, Held, Refusal};
use crate::pages;
use crate::problem::Problem;
use crate::signing::Session;
use crate::{Served, beside};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use std::convert::Infallible;
use std::marker::PhantomData;
use std::sync::Arc;
use tertius::Time;
use tertius::disclosure::{Asker, Reader, Surface, may_ask};

/// Whoever it is: the route tells of nobody.
pub struct Everyone;

impl Demands for Everyone {
    const SURFACE: Surface = Surface::Open;
}

impl FromRequestParts<Arc<Served>> for Everyone {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &Arc<Served>) -> Result<Everyone, Infallible> {
        Ok(Everyone)
    }
}

/// A program with a key, which has paid with one answer of its quota.
pub struct Keyed(pub Arc<Held>);

impl Demands for Keyed {
    const SURFACE: Surface = Surface::Programs;
}

/// Whoever may ask for reports on the firm and on those who work there: a program with a key of that purpose, or an operator of such a role.
pub struct OfFirm(Anyone);

impl Demands for OfFirm {
    const SURFACE: Surface = Surface::Firm;
}

impl OfFirm {
    /// How they are named to those about whom they asked.
    pub fn source<'a>(&'a self, served: &'a Served) -> &'a Arc<str> {
        self.0.source(served)
    }

    /// As the rules of who may see what know it.
    pub fn reader(&self) -> Reader<'_> {
        self.0.reader()
    }

    /// The id of the key, if it is one.
    pub fn key(&self) -> Option<&str> {
        self.0.key().map(|held| held.id())
    }
}

/// A program whose key may store interactions.
pub struct Writing(pub Arc<Held>);

impl Demands for Writing {
    const SURFACE: Surface = Surface::Store;
}

/// A program with a key, somebody who is signed in, or anybody.
pub enum Anyone {
    /// With a key.
    Key(Arc<Held>),
    /// Signed in.
    Operator(Box<Session>),
    /// Neither.
    Anonymous,
}

impl Demands for Anyone {
    const SURFACE: Surface = Surface::People;
}

impl Anyone {
    /// As the rules of who may see what know it.
    pub fn reader(&self) -> Reader<'_> {
        match self {
            Anyone::Key(held) => held.reader(),
            Anyone::Operator(_) => Reader::Operator,
            Anyone::Anonymous => Reader::Anonymous,
        }
    }

    /// As the rules of who may ask for what know it.
    fn asker(&self) -> Asker<'_> {
        match self {
            Anyone::Key(held) => asker(held),
            Anyone::Operator(session) => Asker::Operator(session.operator.role),
            Anyone::Anonymous => Asker::Anonymous,
        }
    }

    /// How they are named to those about whom they asked.
    pub fn source<'a>(&'a self, served: &'a Served) -> &'a Arc<str> {
        match self {
            Anyone::Key(held) => held.source(),
            Anyone::Operator(session) => &session.source,
            Anyone::Anonymous => &served.anonymous,
        }
    }

    /// The key, if there is one.
    pub fn key(&self) -> Option<&Arc<Held>> {
        match self {
            Anyone::Key(held) => Some(held),
            Anyone::Operator(_) | Anyone::Anonymous => None,
        }
    }
}

fn asker(held: &Held) -> Asker<'_> {
    Asker::Key { purpose: held.purpose(), writes: held.may_write() }
}

impl FromRequestParts<Arc<Served>> for Anyone {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        served: &Arc<Served>,
    ) -> Result<Anyone, Problem> {
        let anyone = match bearer(&parts.headers) {
            Some(key) => admit(served, key, 1).map(Anyone::Key)?,
            None => match served.signing.session(parts) {
                Ok(Some(session)) => return Ok(Anyone::Operator(Box::new(session))),
                Ok(None) => Anyone::Anonymous,
                Err(error) => return Err(Problem::ours(&error)),
            },
        };
        settled(served).await;
        Ok(anyone)
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
        let anyone = Anyone::from_request_parts(parts, served).await?;
        match (may_ask(anyone.asker(), OfFirm::SURFACE), &anyone) {
            (true, _) => Ok(OfFirm(anyone)),
            // As one who has no key.
            (false, Anyone::Anonymous) => {
                admit(served, "", 1).map(|held| OfFirm(Anyone::Key(held)))
            }
            (false, _) => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "reports are for operators of the role operator or analyst, and for keys of the purpose firm; the operator makes one with tertius key create NAME --purpose firm",
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
        match may_ask(asker(&held), Writing::SURFACE) {
            true => Ok(Writing(held)),
            false => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "this key reads only; the operator makes one that stores with tertius key create NAME --may-write",
            )),
        }
    }
}

/// Whoever looks at pages: signed in, or anybody. Programs' keys count for nothing here.
pub struct Visitor(pub Option<Box<Session>>);

impl Demands for Visitor {
    const SURFACE: Surface = Surface::People;
}

impl Visitor {
    /// As the rules of who may see what know it.
    pub fn reader(&self) -> Reader<'static> {
        if self.0.is_some() { Reader::Operator } else { Reader::Anonymous }
    }

    /// Whether they may ask for this.
    pub fn may_ask(&self, surface: Surface) -> bool {
        let asker = self.0.as_ref().map(|session| Asker::Operator(session.operator.role));
        may_ask(asker.unwrap_or(Asker::Anonymous), surface)
    }

    /// How they are named to those about whom they asked.
    pub fn source<'a>(&'a self, served: &'a Served) -> &'a Arc<str> {
        self.0.as_ref().map_or(&served.anonymous, |session| &session.source)
    }
}

impl FromRequestParts<Arc<Served>> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        served: &Arc<Served>,
    ) -> Result<Visitor, Response> {
        match served.signing.session(parts) {
            Ok(Some(session)) => Ok(Visitor(Some(Box::new(session)))),
            Ok(None) => {
                settled(served).await;
                Ok(Visitor(None))
            }
            Err(error) => Err(pages::failed::ours(served, &Visitor(None), &error)),
        }
    }
}

/// What a page shows that is not for everybody.
pub trait Shows {
    /// It.
    const SURFACE: Surface;
}

/// The audit trail.
pub struct Trail;

impl Shows for Trail {
    const SURFACE: Surface = Surface::Trail;
}

/// Somebody who is signed in and whose role lets them see what the page shows.
pub struct SignedIn<S: Shows>(pub Visitor, PhantomData<S>);

impl<S: Shows> Demands for SignedIn<S> {
    const SURFACE: Surface = S::SURFACE;
}

impl<S: Shows> FromRequestParts<Arc<Served>> for SignedIn<S> {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        served: &Arc<Served>,
    ) -> Result<SignedIn<S>, Response> {
        let visitor = Visitor::from_request_parts(parts, served).await?;
        match (visitor.may_ask(S::SURFACE), &visitor.0) {
            (true, _) => Ok(SignedIn(visitor, PhantomData)),
            (false, None) => Err(pages::sign_in::first(parts.uri.path())),
            (false, Some(_)) => Err(pages::failed::forbidden(served, &visitor)),
        }
    }
}

/// Waits until it is known what is public, which readers from outside are told alone; on a thread beside, since the first to ask may have to wait for it to be read.
pub async fn settled(served: &Arc<Served>) {
    if !served.lookups.is_settled() {
        // One waits there for all, so that there is room for whoever stores or signs in.
        let _turn = served.settling.lock().await;
        if served.lookups.is_settled() {
            return;
        }
        let served = served.clone();
        // What fails fails for who answers as well, and is said there.
        let _read = beside::run(move || served.lookups.settle()).await;
    }
}

/// The key that a request bears.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// Fails on a key that opens nothing, and takes no answer from one that does: for whoever has to read more before the price is known.
pub fn must_know(served: &Served, key: &str) -> Result<(), Problem> {
    match served.keys.knows(key) {
        true => Ok(()),
        false => Err(Problem::refused(None, Refusal::Unknown)),
    }
}

/// Takes answers from a key's quota.
pub fn admit(served: &Served, key: &str, answers: u32) -> Result<Arc<Held>, Problem> {
    match served.keys.admit(key, answers, served.is_sandbox, Time::now()) {
        Ok(Admitted::Yes(held)) => Ok(held),
        Ok(Admitted::No(held, refusal)) => Err(Problem::refused(held.as_ref(), refusal)),
        Err(error) => Err(Problem::ours(&error)),
    }
}
