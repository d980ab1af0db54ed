//! Which rows were taken back, and from when on.
//!
//! A row `undo` takes back the interaction of the same network whose id stands in its `object`, by the same actor,
//! from the undo's own `at` on; a `delete` for all times. Either may arrive before what it takes back. Undos and
//! deletes themselves are not taken back: a later undo of an undo changes nothing. What a decision on a correction
//! excludes ([`crate::people::Wrong::NotPraise`]) is taken back for all times, whoever acted.
//!
//! Found by probing the runs for the undone identities, so the cost grows with the undos, not with the rows.

use crate::segment::Segment;
use std::collections::BTreeSet;

/// A row that was taken back, if its actor is the one who did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undone {
    /// The row.
    pub row: u32,
    /// Account key of whoever takes it back; nobody's for what a decision excludes.
    pub actor: Option<u64>,
    /// From when on, microseconds.
    pub from: i64,
}

/// What was taken back in each segment, ascending by row.
pub fn undone(segments: &[Segment], excluded: &BTreeSet<u128>) -> Vec<Vec<Undone>> {
    let mut undos: Vec<(u128, Option<u64>, i64)> =
        excluded.iter().map(|identity| (*identity, None, i64::MIN)).collect();
    for segment in segments {
        for undo in segment.files.run.undos() {
            if !segment.named.is_superseded(undo.row) {
                undos.push((undo.identity(), Some(undo.actor), undo.from));
            }
        }
    }
    undos.sort_unstable();
    segments
        .iter()
        .map(|segment| {
            let run = &segment.files.run;
            let mut undone = Vec::new();
            let probes = undos.iter().map(|(identity, ..)| (identity >> 64) as u64).enumerate();
            run.probe(probes, |i, ranks| {
                let (identity, actor, from) = undos[i];
                for rank in ranks {
                    let row = run.rows()[rank];
                    if run.keys()[rank] == identity && !segment.named.is_superseded(row) {
                        undone.push(Undone { row, actor, from });
                    }
                }
            });
            undone.sort_unstable();
            undone
        })
        .collect()
}

/// Whether `row` by `actor` was taken back as of `as_of`; `undone` holds one segment's.
pub fn is_undone(undone: &[Undone], row: u32, actor: u64, as_of: i64) -> bool {
    let start = undone.partition_point(|undone| undone.row < row);
    undone[start..]
        .iter()
        .take_while(|undone| undone.row == row)
        .any(|undone| undone.actor.is_none_or(|by| by == actor) && undone.from <= as_of)
}
