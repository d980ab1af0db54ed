//! Answers that read interactions: beside those that answer, and few at a time, because each takes memory and a processor for a while.
//!
//! Whoever finds no place is told at once when to try again; nobody waits in a queue that could grow.

use crate::problem::Problem;
use crate::{Served, beside};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// At a time.
const MOST: usize = 2;
/// Seconds after which another try is worth it.
const AGAIN: u64 = 5;

/// The places.
pub struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Places {
        Places(Arc::new(Semaphore::new(MOST)))
    }
}

/// Does `work` where it may block. A place is held until it is done, also where nobody waits for it any more.
pub async fn run<T: Send + 'static>(
    served: &Served,
    work: impl FnOnce() -> tertius::Result<T> + Send + 'static,
) -> Result<T, Problem> {
    let Ok(place) = served.heavy.0.clone().try_acquire_owned() else {
        let detail = format!("{MOST} reports are being computed already; try again in a moment");
        return Err(Problem::busy(detail, AGAIN));
    };
    let done = beside::run(move || {
        let done = work();
        drop(place);
        done
    });
    done.await.flatten().map_err(|error| Problem::of(&error))
}
