//! What threads note at every answer, a part for each, so that none waits for another, nor for a cache line that another has just written.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Parts; more threads than that share them.
const PARTS: usize = 16;

/// One value for each thread, put together by whoever reads them all.
#[derive(Default)]
pub struct Shards<T>([Part<T>; PARTS]);

/// Two lines of cache, since processors fetch them in pairs.
#[derive(Default)]
#[repr(align(128))]
struct Part<T>(Mutex<T>);

impl<T> Shards<T> {
    /// This thread's own.
    pub fn mine(&self) -> MutexGuard<'_, T> {
        lock(&self.0[place()])
    }

    /// All of them, each locked while it is looked at.
    pub fn each(&self) -> impl Iterator<Item = MutexGuard<'_, T>> {
        self.0.iter().map(lock)
    }
}

fn lock<T>(part: &Part<T>) -> MutexGuard<'_, T> {
    part.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Which part is this thread's, the same as long as it lives.
fn place() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static MINE: Cell<usize> = Cell::new(NEXT.fetch_add(1, Ordering::Relaxed) % PARTS);
    }
    MINE.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_threads_noted_is_all_there() {
        let counts: Shards<u64> = Shards::default();
        std::thread::scope(|scope| {
            for _ in 0..40 {
                scope.spawn(|| (0..1_000).for_each(|_| *counts.mine() += 1));
            }
        });
        assert_eq!(counts.each().map(|part| *part).sum::<u64>(), 40_000);
        assert!(counts.each().filter(|part| **part > 0).count() > 1);
    }
}
