//! What of a commit is new: duplicates and conflicts by identity, collisions by account key.
//!
//! Of two contents under one identity the one with the larger (`at`, content hash) holds, whichever came first. The
//! batches are not copied: rows are spoken of by [`Place`], sorted by identity, and probed against the runs in that order.

use crate::error::Error;
use crate::segment::Segment;
use crate::sort;
use crate::table::Table;
use crate::{run::Undo, segment};
use model::{Batch, Fault, keys};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// Where a row lies in the batches of a commit. The order is that of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which batch.
    pub batch: u32,
    /// Which row of it.
    pub row: u32,
}

/// A row that will be written.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    high: u64,
    low: u64,
    /// Its content hash.
    pub content: u64,
    /// Where it lies.
    pub place: Place,
}

impl Kept {
    /// Its identity. It travels with the place, because looking it up there would miss the cache.
    pub fn identity(&self) -> u128 {
        u128::from(self.high) << 64 | u128::from(self.low)
    }

    fn same(&self, other: &Kept) -> bool {
        (self.high, self.low) == (other.high, other.low)
    }
}

/// An account that no segment knows yet, as some row names it.
#[derive(Clone, Copy, Debug)]
pub struct NewAccount {
    /// Hash of the account.
    pub hash: u128,
    place: Place,
    is_target: bool,
}

/// What of a commit is new, and what becomes of the rest.
#[derive(Default)]
pub struct Settled {
    /// Rows to write, ascending by identity.
    pub kept: Vec<Kept>,
    /// Accounts to write, ascending by hash.
    pub accounts: Vec<NewAccount>,
    /// Stored rows that a kept one replaces, with their digest: by index of the segment.
    pub superseded: BTreeMap<usize, (Vec<u32>, u128)>,
    /// Rows that are not written because they are stored, or that replace a stored one.
    pub duplicates: u64,
    /// Those of the duplicates whose content differed.
    pub conflicts: u64,
    /// Those of the rows to write that replace a stored one.
    pub replacing: Vec<Place>,
    /// Rows that cannot be stored, ascending.
    pub refused: BTreeMap<Place, Fault>,
}

impl NewAccount {
    /// Network and id.
    pub fn names<'a>(&self, batches: &'a [Batch]) -> (&'a str, &'a [u8]) {
        let batch = &batches[self.place.batch as usize];
        let row = self.place.row as usize;
        let ids = if self.is_target { &batch.target_id } else { &batch.actor_id };
        (
            batch.network.get(row).unwrap_or_default(),
            ids.span(row).map_or(&[], |span| &ids.bytes()[span]),
        )
    }
}

impl Settled {
    /// Enters the stored rows that are replaced; `segments` are those that were settled against.
    pub fn supersede(&self, write: &Connection, segments: &[Segment]) -> Result<(), Error> {
        for (number, (rows, digest)) in &self.superseded {
            let mut rows = rows.clone();
            rows.sort_unstable();
            segment::supersede(write, segments[*number].named.sequence, &rows, *digest)?;
        }
        Ok(())
    }
}

/// Settles a commit against the segments that hold now. Rows that `skip` marks are passed over; a batch without marks
/// of its own is taken whole.
pub fn settle(
    batches: &[Batch],
    skip: &[Vec<bool>],
    segments: &[Segment],
) -> Result<Settled, Error> {
    let mut refused = BTreeMap::new();
    loop {
        let mut settled = identities(batches, skip, segments, &refused)?;
        let colliding = accounts(batches, segments, &mut settled)?;
        if colliding.is_empty() {
            settled.refused = refused;
            return Ok(settled);
        }
        // Without the refused rows another content of the same identity may hold: settle again.
        refused.extend(colliding);
    }
}

/// By what two contents of one identity are compared: the larger holds.
fn strength(batches: &[Batch], row: &Kept) -> (i64, u64) {
    (batches[row.place.batch as usize].at[row.place.row as usize], row.content)
}

fn identities(
    batches: &[Batch],
    skip: &[Vec<bool>],
    segments: &[Segment],
    refused: &BTreeMap<Place, Fault>,
) -> Result<Settled, Error> {
    let mut rows = Vec::with_capacity(batches.iter().map(Batch::len).sum());
    for (number, batch) in batches.iter().enumerate() {
        let skip = skip.get(number).map_or(&[][..], Vec::as_slice);
        for (row, (identity, content)) in batch.identity.iter().zip(&batch.content).enumerate() {
            if skip.get(row) == Some(&true) {
                continue;
            }
            let place = Place { batch: number as u32, row: row as u32 };
            if refused.is_empty() || !refused.contains_key(&place) {
                let (high, low) = ((identity >> 64) as u64, *identity as u64);
                rows.push(Kept { high, low, content: *content, place });
            }
        }
    }
    sort::by_high(
        &mut rows,
        |row| row.high,
        |a, b| {
            a.low
                .cmp(&b.low)
                .then_with(|| strength(batches, b).cmp(&strength(batches, a)))
                .then_with(|| a.place.cmp(&b.place))
        },
    );
    let mut settled = Settled::default();
    let total = rows.len();
    rows.dedup_by(|row, holder| {
        let same = row.same(holder);
        settled.conflicts += u64::from(same && row.content != holder.content);
        same
    });
    let mut known = vec![false; rows.len()];
    let mut contested = Vec::new();
    for (number, segment) in segments.iter().enumerate() {
        let run = &segment.files.run;
        let (keys, contents, places) = (run.keys(), run.contents(), run.rows());
        let mut same = Vec::new();
        let unknown = rows.iter().enumerate().filter(|(i, _)| !known[*i]);
        run.probe(unknown.map(|(i, row)| (i, row.high)), |i, ranks| {
            same.push((i, ranks));
        });
        for (i, ranks) in same {
            let row = &rows[i];
            for rank in ranks {
                if keys[rank] != row.identity() || segment.named.is_superseded(places[rank]) {
                    continue;
                }
                known[i] = true;
                if contents[rank] != row.content {
                    contested.push((number, places[rank], contents[rank], i));
                }
            }
        }
    }
    contested.sort_unstable();
    for group in contested.chunk_by(|a, b| a.0 == b.0) {
        let number = group[0].0;
        let stored: Vec<u32> = group.iter().map(|(_, row, ..)| *row).collect();
        let times = segments[number].times(&stored)?;
        for ((_, row, content, i), at) in group.iter().zip(times) {
            settled.conflicts += 1;
            let new = &rows[*i];
            if strength(batches, new) > (at, *content) {
                known[*i] = false;
                settled.duplicates += 1;
                settled.replacing.push(new.place);
                let identity = new.identity();
                let (rows, digest) = settled.superseded.entry(number).or_default();
                rows.push(*row);
                *digest = digest.wrapping_add(segment::row_digest(identity, *content));
            }
        }
    }
    let mut place = 0;
    rows.retain(|_| {
        place += 1;
        !known[place - 1]
    });
    settled.duplicates += (total - rows.len()) as u64;
    settled.kept = rows;
    Ok(settled)
}

#[derive(Clone, Copy)]
struct Seen {
    high: u64,
    low: u64,
    place: Place,
    is_target: bool,
}

/// Finds the new accounts of the kept rows; gives the rows whose account shares its key with another.
fn accounts(
    batches: &[Batch],
    segments: &[Segment],
    settled: &mut Settled,
) -> Result<BTreeMap<Place, Fault>, Error> {
    let mut seen = Vec::with_capacity(2 * settled.kept.len());
    // In order of arrival, so that the columns are read from front to back.
    let mut marks: Vec<Vec<bool>> = batches.iter().map(|batch| vec![false; batch.len()]).collect();
    for Kept { place, .. } in &settled.kept {
        marks[place.batch as usize][place.row as usize] = true;
    }
    for (number, (batch, marks)) in (0u32..).zip(batches.iter().zip(&marks)) {
        for (row, _) in marks.iter().enumerate().filter(|(_, kept)| **kept) {
            let place = Place { batch: number, row: row as u32 };
            for (hash, is_target) in [(batch.actor[row], false), (batch.target[row], true)] {
                if hash != 0 {
                    let (high, low) = ((hash >> 64) as u64, hash as u64);
                    seen.push(Seen { high, low, place, is_target });
                }
            }
        }
    }
    sort::by_high(
        &mut seen,
        |seen| seen.high,
        |a, b| (a.low, a.place, a.is_target).cmp(&(b.low, b.place, b.is_target)),
    );
    let groups: Vec<&[Seen]> = seen.chunk_by(|a, b| a.high == b.high).collect();
    let mut refused = BTreeMap::new();
    let mut refuse = |seen: &Seen, holder: &str| {
        let (field, account) = named(batches, seen);
        refused.entry(seen.place).or_insert_with(|| {
            Fault::new(
                field,
                format!(
                    "{account} has the same key as {holder}, so that the two could not be told apart; store one of \
                     them under another id or in a workspace of its own"
                ),
            )
        });
    };
    let mut known = vec![false; groups.len()];
    for segment in segments {
        let files = &segment.files;
        let mut found = Vec::new();
        let unknown = groups.iter().enumerate().filter(|(i, _)| !known[*i]);
        files.keys.probe(unknown.map(|(i, group)| (i, group[0].high)), |i, ranks| {
            found.push((i, ranks));
        });
        for (i, ranks) in found {
            known[i] = true;
            for rank in ranks {
                let stored = files.keys.keys()[rank];
                for other in groups[i].iter().filter(|seen| seen.low != stored as u64) {
                    refuse(other, &stored_account(&files.accounts, rank as u32)?);
                }
            }
        }
    }
    for (group, _) in groups.iter().zip(&known).filter(|(_, known)| !**known) {
        // The first to arrive has the key.
        let Some(first) = group.iter().min_by_key(|seen| (seen.place, seen.is_target)) else {
            continue;
        };
        if first.high == 0 {
            for seen in *group {
                refuse(seen, "the one that stands for nobody");
            }
            continue;
        }
        for other in group.iter().filter(|seen| seen.low != first.low) {
            refuse(other, &named(batches, first).1);
        }
        settled.accounts.push(NewAccount {
            hash: u128::from(first.high) << 64 | u128::from(first.low),
            place: first.place,
            is_target: first.is_target,
        });
    }
    Ok(refused)
}

fn named(batches: &[Batch], seen: &Seen) -> (&'static str, String) {
    let account = NewAccount { hash: 0, place: seen.place, is_target: seen.is_target };
    let (network, id) = account.names(batches);
    let field = if seen.is_target { "target" } else { "actor" };
    let id = String::from_utf8_lossy(id);
    (field, format!("{network}:{}", model::time::shorten(&id)))
}

fn stored_account(table: &Table, row: u32) -> Result<String, Error> {
    let mut account = String::new();
    for (group, places) in table.by_group(&[row]) {
        let networks = table.codes(group, segment::ACCOUNT_NETWORK)?;
        let ids = table.texts_at(group, segment::ACCOUNT_ID, &places)?;
        let network = networks.get(places[0] as usize).unwrap_or_default();
        account = format!("{network}:{}", model::time::shorten(ids.get(0).unwrap_or_default()));
    }
    Ok(account)
}

/// The undos among some rows of a batch: `row_of` gives the row in the segment, or nothing for a row not kept.
pub fn undos(batch: &Batch, row_of: impl Fn(usize) -> Option<u32>, out: &mut Vec<Undo>) {
    let codes: BTreeSet<u16> = (0u16..)
        .zip(batch.verb.names())
        .filter(|(_, name)| matches!(&***name, "undo" | "delete"))
        .map(|(code, _)| code)
        .collect();
    if codes.is_empty() {
        return;
    }
    for (row, code) in batch.verb.codes().iter().enumerate() {
        if !codes.contains(code) {
            continue;
        }
        let (Some(stored), Some(network), Some(object), Some(verb)) =
            (row_of(row), batch.network.get(row), batch.object.get(row), batch.verb.get(row))
        else {
            continue;
        };
        let identity = keys::identity(network, object);
        out.push(Undo {
            high: (identity >> 64) as u64,
            low: identity as u64,
            actor: (batch.actor[row] >> 64) as u64,
            from: match verb {
                "delete" => i64::MIN,
                _ => batch.at[row],
            },
            row: stored,
            reserved: 0,
        });
    }
}
