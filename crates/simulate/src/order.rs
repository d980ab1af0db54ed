//! Events in order of their own time, without holding them all.
//!
//! What follows from a beginning is never earlier than it, and beginnings come in order. So when one begins, everything
//! earlier is complete. The heap holds what is still under way: a few days' worth.

use crate::event::Event;
use crate::play::{Player, Watch};
use crate::world::World;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

impl World {
    /// As [`World::play`], in order of (time, id).
    pub fn play_in_order(&self, draw: u64, sink: &mut impl FnMut(&Event)) {
        let mut player =
            Player::new(self, draw, InOrder { held: BinaryHeap::new(), sink, count: 0 });
        player.play();
        player.watch.begins(i64::MAX);
    }
}

struct InOrder<'a, F> {
    held: BinaryHeap<Reverse<Held>>,
    sink: &'a mut F,
    count: u64,
}

struct Held {
    /// The count keeps equal ids in a fixed order.
    key: (i64, u64, u64),
    event: Event,
}

impl PartialEq for Held {
    fn eq(&self, other: &Held) -> bool {
        self.key == other.key
    }
}

impl Eq for Held {}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Held) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Held) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl<F: FnMut(&Event)> Watch for InOrder<'_, F> {
    const COUNTS: bool = false;

    fn begins(&mut self, at: i64) {
        while self.held.peek().is_some_and(|next| next.0.key.0 < at) {
            if let Some(Reverse(next)) = self.held.pop() {
                (self.sink)(&next.event);
            }
        }
    }

    fn event(&mut self, event: &Event) {
        self.count += 1;
        self.held.push(Reverse(Held { key: (event.at, event.id, self.count), event: *event }));
    }
}
