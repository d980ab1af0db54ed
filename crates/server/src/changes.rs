//! What was published, in memory for whoever listens: `GET /api/v1/changes`, as server-sent events.
//!
//! Each event is numbered, and a listener that comes back says which was the last; so nothing is missed while a server restarts or a connection breaks.
//! A stream holds no more than where it stands.

use crate::Served;
use axum::body::Bytes;
use hyper::body::{Body, Frame};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tertius::Result;
use tertius::changes::Change;
use tertius::lookup::Lookups;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Listeners at once.
const MOST: usize = 1_000;
/// Events that are kept in memory.
const KEPT: usize = 10_000;
/// After so long without an event a line that says nothing keeps the connection open.
const QUIET: Duration = Duration::from_secs(15);
/// The number that says that no more will come.
const END: u64 = u64::MAX;

/// What was published.
pub struct Changes {
    known: RwLock<Vec<Change>>,
    newest: watch::Sender<u64>,
    places: Arc<Semaphore>,
}

impl Changes {
    /// All that is kept.
    pub fn of(lookups: &Lookups) -> Result<Changes> {
        let changes = Changes {
            known: RwLock::default(),
            newest: watch::Sender::new(0),
            places: Arc::new(Semaphore::new(MOST)),
        };
        changes.refresh(lookups)?;
        Ok(changes)
    }

    /// Takes in what was published since, and wakes whoever listens.
    pub fn refresh(&self, lookups: &Lookups) -> Result<()> {
        let after = *self.newest.borrow();
        if after == END {
            return Ok(());
        }
        let new = lookups.changes_after(after)?;
        let Some(last) = new.last().map(|change| change.sequence) else { return Ok(()) };
        {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.extend(new);
            let spare = known.len().saturating_sub(KEPT);
            known.drain(..spare);
        }
        self.newest.send_replace(last);
        Ok(())
    }

    /// Ends all streams.
    pub fn end(&self) {
        self.newest.send_replace(END);
    }

    /// The number of the newest event.
    pub fn newest(&self) -> u64 {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .last()
            .map_or(0, |one| one.sequence)
    }

    /// A place for a listener; nothing where there are too many.
    pub fn place(&self) -> Option<OwnedSemaphorePermit> {
        self.places.clone().try_acquire_owned().ok()
    }

    /// The events of a purpose after a number, each with its number, and the number up to which that is.
    pub fn bodies(&self, after: u64, purpose: &str) -> (Vec<(u64, String)>, u64) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let from = known.partition_point(|one| one.sequence <= after);
        let of_purpose = known[from..].iter().filter(|one| one.purpose == purpose);
        let body = |one: &Change| serde_json::to_string(one).ok().map(|body| (one.sequence, body));
        let last = known.last().map_or(after, |one| one.sequence.max(after));
        (of_purpose.filter_map(body).collect(), last)
    }

    /// The events of a purpose after a number, written out, and the number up to which that is.
    fn after(&self, last: u64, purpose: &str) -> (String, u64) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        // Writing to memory does not fail.
        if let Some(first) = known.first().map(|one| one.sequence)
            && last + 1 < first
        {
            let _ = write!(text, "event: missed\ndata: {{\"before\":{first}}}\n\n");
        }
        let from = known.partition_point(|one| one.sequence <= last);
        for change in known[from..].iter().filter(|one| one.purpose == purpose) {
            if let Ok(data) = serde_json::to_string(change) {
                let _ = write!(text, "id: {}\nevent: scorecard\ndata: {data}\n\n", change.sequence);
            }
        }
        (text, known.last().map_or(last, |one| one.sequence.max(last)))
    }
}

/// Where a listener stands.
struct Listener {
    served: Arc<Served>,
    purpose: String,
    last: u64,
    newest: watch::Receiver<u64>,
    _place: OwnedSemaphorePermit,
}

impl Listener {
    /// The next that is to be sent; nothing at the end.
    async fn next(mut self) -> Option<(String, Listener)> {
        loop {
            // Seen before it is looked, so that what comes in between wakes.
            if *self.newest.borrow_and_update() == END {
                return None;
            }
            let (text, last) = self.served.changes.after(self.last, &self.purpose);
            self.last = last;
            if !text.is_empty() {
                return Some((text, self));
            }
            match tokio::time::timeout(QUIET, self.newest.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return None,
                Err(_) => return Some((":\n\n".to_owned(), self)),
            }
        }
    }
}

type Next = Pin<Box<dyn Future<Output = Option<(String, Listener)>> + Send>>;

/// A body without end.
pub struct Stream(Option<Next>);

impl Stream {
    /// The events of a purpose after `last`.
    pub fn of(
        served: &Arc<Served>,
        purpose: &str,
        last: u64,
        place: OwnedSemaphorePermit,
    ) -> Stream {
        let listener = Listener {
            served: served.clone(),
            purpose: purpose.to_owned(),
            last,
            newest: served.changes.newest.subscribe(),
            _place: place,
        };
        // The first bytes go out at once, so that whoever listens knows that it does.
        Stream(Some(Box::pin(async move { Some((":\n\n".to_owned(), listener)) })))
    }
}

impl Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Infallible>>> {
        let Some(next) = &mut self.0 else { return Poll::Ready(None) };
        let Some((text, listener)) = ready!(next.as_mut().poll(cx)) else {
            self.0 = None;
            return Poll::Ready(None);
        };
        self.0 = Some(Box::pin(listener.next()));
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(text)))))
    }
}
