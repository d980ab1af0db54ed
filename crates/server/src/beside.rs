//! Answers that may wait for the disk or take more than a moment (names, dictionaries, lists): on threads beside those that answer, so that they delay nobody else.
//!
//! They are [`MOST`] for each thread that answers; more of them wait for their turn. What reads interactions takes longer, and only few of these threads do that at a time (`heavy`). A single question
//! of the catalogue, such as whose a handle is, is asked in place.

use tertius::{Error, ErrorKind, Result};

/// Threads beside one that answers.
pub const MOST: usize = 32;

/// Does `work` there. Fails where it panicked.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::new(ErrorKind::Io, format!("it broke off: {error}")))
}
