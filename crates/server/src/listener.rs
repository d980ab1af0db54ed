//! Connections: how many, how slow, how large, and how they end.
//!
//! HTTP/1.1, with keep-alive. Whoever is too slow ([`crate::Limits`]) with the lines of a request, or with taking an answer, is dropped. Beyond so many
//! connections, new ones wait in the system's queue.

use crate::signing::Peer;
use crate::timed::Timed;
use crate::{Served, routes};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tertius::{Error, ErrorKind, Result};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;

/// Bytes of the lines of a request.
const LINES: usize = 32 << 10;
/// For answers that are under way when the process is told to end.
const END: Duration = Duration::from_secs(20);

/// Answers until the process is told to end.
pub async fn run(
    served: Arc<Served>,
    listen: SocketAddr,
    ready: impl FnOnce(SocketAddr),
) -> Result<()> {
    let failed = |what: String| Error::new(ErrorKind::Io, what);
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        failed(format!("cannot listen on {listen}: {error}; another port: --listen 127.0.0.1:0"))
    })?;
    let mut ends = [SignalKind::terminate(), SignalKind::interrupt()]
        .map(|kind| signal(kind).map_err(|error| failed(format!("cannot hear signals: {error}"))));
    let [Ok(terminate), Ok(interrupt)] = &mut ends else {
        return Err(failed("cannot hear signals".to_owned()));
    };
    ready(listener.local_addr().unwrap_or(listen));
    let limits = served.limits;
    let service = TowerToHyperService::new(routes::table(served.clone()));
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { break };
        let (stream, from) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(taken) => taken,
                Err(error) => {
                    // Out of file descriptors, mostly: those who are served will free some.
                    log::warn!("a connection could not be taken: {error}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        };
        // Small answers must not wait for the next one.
        let _set = stream.set_nodelay(true);
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.lines)
            .max_buf_size(LINES)
            .serve_connection(
                TokioIo::new(Timed::new(stream, limits.answer)),
                Watched { served: served.clone(), service: service.clone(), peer: Peer(from.ip()) },
            );
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            // However it ended, it is over.
            let _ended = watched.await;
            drop(place);
        });
    }
    // Streams have no end of their own.
    served.changes.end();
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(END) => log::warn!("some requests were not answered to the end"),
    }
    Ok(())
}

/// The service of one connection, which tells each request from where it came. It watches as a whole what a layer of the router would watch route by route, and
/// pay for with copies of the route.
struct Watched {
    served: Arc<Served>,
    service: TowerToHyperService<Router>,
    peer: Peer,
}

impl Service<Request<Incoming>> for Watched {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Response, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        let (served, service) = (self.served.clone(), self.service.clone());
        Box::pin(async move {
            let answer = async |request| match service.call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            Ok(routes::watch(&served, request.map(Body::new), answer).await)
        })
    }
}
