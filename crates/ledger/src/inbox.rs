//! The way in for single requests: those that wait at the same time are one commit, and each is told what became of its rows.
//!
//! A request is stored like a file's rows, in a segment, under the lease and screened, so that nothing else has to know of it: it is durable when it is
//! answered, found by every reader, erased and backed up like the rest. A group costs what a commit costs, a few writes that are synced one after the other,
//! however many requests are in it; merging keeps the small segments few.
//!
//! A request may bear a name of its own. The name, the body's hash and the counts go into the table `once` in the transaction that stores the
//! rows, so that a request that is sent again is stored once and gets the same answer, also after a crash and from another process.
//! Names are kept for a day.

use crate::error::Error;
use crate::files::Disk;
use crate::lease::Lease;
use crate::store::{Counts, Store};
use model::time::DAY;
use model::{Batch, Time};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use std::path::PathBuf;

/// Names of requests, as hashes, with that of their bodies and the answers' counts.
pub const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS once (
    key BLOB PRIMARY KEY,
    body BLOB NOT NULL,
    at INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    duplicates INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    not_kept INTEGER NOT NULL
) WITHOUT ROWID;
";

/// How long a name is kept, and segments at most.
const KEPT: i64 = DAY;
const SEGMENTS: usize = 32;

/// What a request is called, so that it is stored once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Once {
    /// Hash of the name and of whoever gave it.
    pub key: [u8; 32],
    /// Hash of the body.
    pub body: [u8; 32],
}

impl Once {
    /// The name `name` that `whose` gave to a request with this body. Neither name nor body can be read from it.
    pub fn of(whose: &str, name: &str, body: &[u8]) -> Once {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(whose.len() as u64).to_le_bytes());
        hasher.update(whose.as_bytes());
        hasher.update(name.as_bytes());
        let key = *hasher.finalize().as_bytes();
        Once { key, body: *blake3::keyed_hash(&key, body).as_bytes() }
    }
}

/// The rows of one request.
#[derive(Debug)]
pub struct Request {
    /// The rows.
    pub batches: Vec<Batch>,
    /// What it is called, if anything.
    pub once: Option<Once>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Its rows are on the disk.
    Now(Counts),
    /// They were already, under the same name.
    Before(Counts),
    /// The name was given to a request of another body. Nothing was stored.
    Another,
}

/// Takes requests; each thread opens its own.
pub struct Inbox {
    store: Store,
}

impl Inbox {
    pub(crate) fn open(dir: PathBuf, disk: Disk) -> Result<Inbox, Error> {
        Ok(Inbox { store: Store::open(dir, disk, SEGMENTS)? })
    }

    /// Stores the rows of all these requests, or of none where it fails. They are on the disk when this returns.
    pub fn take(
        &mut self,
        requests: Vec<Request>,
        now: Time,
        waiting: &dyn Fn(&str),
    ) -> Result<Vec<Taken>, Error> {
        let _lease = Lease::take(&self.store.dir, waiting)?;
        self.store.refresh()?;
        let mut taken: Vec<Option<Taken>> = vec![None; requests.len()];
        // The place in the group of the first request of a name.
        let mut named: HashMap<[u8; 32], (usize, [u8; 32])> = HashMap::new();
        let mut same: Vec<(usize, usize)> = Vec::new();
        let (mut batches, mut stored) = (Vec::new(), Vec::new());
        for (place, request) in requests.into_iter().enumerate() {
            if let Some(once) = request.once {
                if let Some((body, counts)) = known(self.store.catalogue.connection(), &once, now)?
                {
                    let equal = body == once.body;
                    taken[place] = Some(if equal { Taken::Before(counts) } else { Taken::Another });
                    continue;
                }
                if let Some((first, body)) = named.get(&once.key) {
                    match *body == once.body {
                        true => same.push((place, *first)),
                        false => taken[place] = Some(Taken::Another),
                    }
                    continue;
                }
                named.insert(once.key, (place, once.body));
            }
            stored.push((place, request.once, request.batches.len()));
            batches.extend(request.batches);
        }
        if !stored.is_empty() {
            self.store.store(
                batches,
                Some(&mut |write, counts| {
                    forget(write, now)?;
                    let mut counts = counts.iter();
                    for (place, once, batches) in &stored {
                        let counts = counts.by_ref().take(*batches).sum();
                        if let Some(once) = once {
                            remember(write, once, &counts, now)?;
                        }
                        taken[*place] = Some(Taken::Now(counts));
                    }
                    Ok(())
                }),
            )?;
        }
        for (place, first) in same {
            if let Some(Taken::Now(counts)) = taken[first] {
                taken[place] = Some(Taken::Before(counts));
            }
        }
        Ok(taken.into_iter().map(|one| one.unwrap_or(Taken::Another)).collect())
    }
}

/// Body and counts of a request that was taken under that name within the last day.
fn known(read: &Connection, once: &Once, now: Time) -> Result<Option<([u8; 32], Counts)>, Error> {
    let mut ask = read.prepare_cached(
        "SELECT body, accepted, duplicates, refused, not_kept FROM once WHERE key = ?1 AND at > ?2",
    )?;
    let found = ask.query_row(params![once.key, now.0.saturating_sub(KEPT)], |row| {
        let count = |column: usize| row.get::<_, i64>(column).map(|count| count.max(0) as u64);
        let counts = Counts {
            accepted: count(1)?,
            duplicates: count(2)?,
            refused: count(3)?,
            not_kept: count(4)?,
        };
        Ok((row.get(0)?, counts))
    });
    Ok(found.optional()?)
}

fn remember(write: &Connection, once: &Once, counts: &Counts, now: Time) -> Result<(), Error> {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    write
        .prepare_cached("INSERT OR REPLACE INTO once VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![
            once.key,
            once.body,
            now.0,
            number(counts.accepted),
            number(counts.duplicates),
            number(counts.refused),
            number(counts.not_kept),
        ])?;
    Ok(())
}

/// Removes names that are a day old. A clock that was set back finds them longer, which does no harm.
fn forget(write: &Connection, now: Time) -> Result<(), Error> {
    write
        .prepare_cached("DELETE FROM once WHERE at <= ?1")?
        .execute([now.0.saturating_sub(KEPT)])?;
    Ok(())
}
