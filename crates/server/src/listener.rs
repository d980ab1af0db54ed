//! Connections: how many, how slow, how large, and how they end.
//!
//! HTTP/1.1, with keep-alive. Whoever is too slow ([`crate::Limits`]) with the lines of a request, or with taking an answer, is dropped. Beyond so many
//! connections, new ones wait in the system's queue.

use crate::routes::{self, Table};
use crate::signing::Peer;
use crate::timed::Timed;
use crate::{Served, beside};
use axum::body::Body;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tertius::{Error, ErrorKind, Result};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of the lines of a request.
const LINES: usize = 32 << 10;
/// For answers that are under way when the process is told to end.
const END: Duration = Duration::from_secs(20);

/// Answers until the process is told to end.
///
/// This thread takes connections, and each processor has a thread that answers those it was given: a connection stays where its memory is, and nothing that a request
/// touches goes from one processor to another.
pub fn run(served: &Arc<Served>, listen: SocketAddr, ready: impl FnOnce(SocketAddr)) -> Result<()> {
    let count = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let answering = (0..count).map(|_| Answering::start(served)).collect::<Result<Vec<_>>>()?;
    let done = runtime()?.block_on(take(served, listen, ready, &answering));
    // Streams have no end of their own.
    served.changes.end();
    // All are told before one is waited for.
    let threads: Vec<_> = answering.into_iter().map(|answering| answering.thread).collect();
    if threads.into_iter().map(JoinHandle::join).filter(|ended| ended.is_err()).count() > 0 {
        log::error!("a thread that answered has failed");
    }
    done
}

fn runtime() -> Result<Runtime> {
    let built = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(beside::MOST)
        .build();
    built.map_err(|error| Error::new(ErrorKind::Io, format!("no threads to serve: {error}")))
}

/// Takes connections until the process is told to end, and gives each to the thread that has the fewest.
async fn take(
    served: &Arc<Served>,
    listen: SocketAddr,
    ready: impl FnOnce(SocketAddr),
    answering: &[Answering],
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
    let places = Arc::new(Semaphore::new(served.limits.connections));
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await.map_err(std::io::Error::other)?;
            listener.accept().await.map(|taken| (place, taken))
        };
        let (place, (stream, from)) = tokio::select! {
            taken = next => match taken {
                Ok(taken) => taken,
                Err(error) => {
                    // Out of file descriptors, mostly: those who are served will free some.
                    log::warn!("a connection could not be taken: {error}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
        };
        let alive = answering.iter().filter(|thread| !thread.given.is_closed());
        let fewest = alive.min_by_key(|thread| Arc::strong_count(&thread.connections));
        // Small answers must not wait for the next one.
        let _set = stream.set_nodelay(true);
        if let (Some(thread), Ok(stream)) = (fewest, stream.into_std()) {
            let counted = (place, thread.connections.clone());
            // Refused only by a thread that has ended, when this one is about to.
            let _given = thread.given.send(Taken { stream, peer: Peer(from.ip()), counted });
        }
    }
}

/// A connection on its way to whoever answers it.
struct Taken {
    stream: std::net::TcpStream,
    peer: Peer,
    /// Its place among all that may be, and its mark among those of its thread.
    counted: (OwnedSemaphorePermit, Arc<()>),
}

/// A thread that answers.
struct Answering {
    given: UnboundedSender<Taken>,
    /// One more than the connections that it has.
    connections: Arc<()>,
    thread: JoinHandle<()>,
}

impl Answering {
    fn start(served: &Arc<Served>) -> Result<Answering> {
        let (given, taken) = unbounded_channel();
        let (served, runtime) = (served.clone(), runtime()?);
        let thread = std::thread::Builder::new()
            .name("answering".to_owned())
            .spawn(move || {
                runtime.block_on(answer(served, taken));
                // What is being read for somebody who is gone is not waited for.
                runtime.shutdown_background();
            })
            .map_err(|error| Error::new(ErrorKind::Io, format!("no threads to serve: {error}")))?;
        Ok(Answering { given, connections: Arc::default(), thread })
    }
}

/// Answers on the connections that are given, until no more can be; then those under way are answered to their end.
async fn answer(served: Arc<Served>, mut taken: UnboundedReceiver<Taken>) {
    let limits = served.limits;
    let table = Arc::new(Table::new(served.clone()));
    let graceful = GracefulShutdown::new();
    while let Some(Taken { stream, peer, counted }) = taken.recv().await {
        let Ok(stream) = TcpStream::from_std(stream) else { continue };
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.lines)
            .max_buf_size(LINES)
            // Head and body of a small answer in one piece: copying them costs less than telling the system of two.
            .writev(false)
            .serve_connection(
                TokioIo::new(Timed::new(stream, limits.answer)),
                Watched { served: served.clone(), table: table.clone(), peer },
            );
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            // However it ended, it is over.
            let _ended = watched.await;
            drop(counted);
        });
    }
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(END) => log::warn!("some requests were not answered to the end"),
    }
}

/// The service of one connection, which tells each request from where it came. It watches as a whole what a layer of the router would watch route by route, and
/// pay for with copies of the route.
struct Watched {
    served: Arc<Served>,
    table: Arc<Table>,
    peer: Peer,
}

impl Service<Request<Incoming>> for Watched {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Response, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        let (served, table) = (self.served.clone(), self.table.clone());
        Box::pin(async move {
            let answer = |request| table.answer(&served, request);
            Ok(routes::watch(&served, request.map(Body::new), answer).await)
        })
    }
}
