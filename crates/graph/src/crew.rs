//! Work dealt to threads that each keep a workspace of their own, such as a mark for every vertex.

use crate::sweep::Blocks;
use crate::ties::split;
use std::sync::Mutex;

/// Calls `work` once for each item, with a workspace that `make` made for the thread; in no particular order.
///
/// A result that must not depend on threads is written by item, or is a sum of integers.
pub(crate) fn each<I: Send, W>(
    items: impl Iterator<Item = I> + Send,
    make: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, I) + Sync,
) {
    let queue = Mutex::new(items);
    let run = || {
        let mut workspace = make();
        while let Some(item) = queue.lock().ok().and_then(|mut items| items.next()) {
            work(&mut workspace, item);
        }
    };
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|_| run());
        }
    });
}

/// What `work` gives for each vertex, dealt by the rows that begin at `offsets`.
pub(crate) fn each_vertex<W>(
    offsets: &[u64],
    make: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, usize) -> f64 + Sync,
) -> Vec<f64> {
    let mut values = vec![0.0; offsets.len() - 1];
    let pieces = Blocks::new(offsets).pieces;
    let parts = split(&mut values, pieces.iter().map(|piece| piece.end));
    each(pieces.iter().zip(parts), make, |workspace, (piece, part)| {
        for (v, value) in piece.clone().zip(part) {
            *value = work(workspace, v);
        }
    });
    values
}
