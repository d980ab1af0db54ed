//! The sandbox: a simulated world beside the workspace, which answers keys of its own and nobody else.
//!
//! It is served by the same routes over a state of its own: other scorecards, other people, other notes of who looked. All that the two share is the ring of keys, and
//! each admits only keys of its own kind, so that neither can answer for the other.

use crate::routes::{self, watched};
use crate::{Options, Served, metrics, reader};
use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use tertius::{Result, Workspace};

/// The simulated world.
pub struct Sandbox {
    served: Arc<Served>,
    router: TowerToHyperService<Router>,
}

impl Served {
    /// Opens the sandbox once there is one, and sees what was scored there since.
    pub(crate) fn see_sandbox(&self) -> Result<()> {
        if self.is_sandbox {
            return Ok(());
        }
        if let Some(sandbox) = self.sandbox.get() {
            return sandbox.served.refresh().map(drop);
        }
        let workspace = Workspace::open(&self.lookups.workspace().sandbox())?;
        if !workspace.exists() {
            return Ok(());
        }
        let options =
            Options { klout: self.klout.clone(), limits: self.limits, ..Options::default() };
        let counters = metrics::Metrics::open(None)?;
        let served = Served::with(&workspace, &options, self.keys.clone(), counters, true)?;
        let router = TowerToHyperService::new(routes::router(served.clone()));
        // Whoever was first has opened the same.
        let _set = self.sandbox.set(Sandbox { served, router });
        Ok(())
    }

    /// The sandbox, if the request bears one of its keys.
    pub(crate) fn sandbox_for(&self, request: &Request) -> Option<&Sandbox> {
        let sandbox = self.sandbox.get()?;
        let key = reader::bearer(request.headers()).or_else(|| {
            // Keys are written without anything that would have to be decoded.
            let mut parts = request.uri().query()?.split('&');
            parts.rfind(|part| part.starts_with("key=")).map(|part| &part[4..])
        })?;
        self.keys.is_of_sandbox(key).then_some(sandbox)
    }
}

impl Sandbox {
    /// What is served there.
    pub fn served(&self) -> &Served {
        &self.served
    }

    /// Answers as the real world would, and says that it is none.
    pub async fn answer(&self, mut request: Request) -> Response {
        // What the real world's routes found in it would be found there twice.
        request.extensions_mut().clear();
        let answered: std::result::Result<Response, std::convert::Infallible> =
            self.router.call(request).await;
        let mut response = match answered {
            Ok(response) => response.into_response(),
            Err(never) => match never {},
        };
        response.headers_mut().insert("x-tertius-sandbox", HeaderValue::from_static("true"));
        watched(response, "sandbox", None)
    }
}
