//! Rewriting a segment without what may not be kept: rows of some accounts, rows and texts beyond their time, names.
//!
//! Three things become of a row: it stays, it goes, or it is stored in another form. The segment is written anew with
//! the rows that stay and without the accounts that go; rows in another form are settled like rows that come in, so
//! that their identity, hashes and keys follow from one place (`Batch::push`), and are written as segments of their own,
//! 262,144 rows at a time. One transaction puts the new segments in the old one's place, and the old files are removed.
//!
//! Row groups and dictionaries in which nothing changes are taken over as they lie. A row that was superseded goes with
//! any rewriting. What a segment is searched for is read column by column, a row
//! group a thread; a segment in which nothing is found is left as it is.

use crate::accounts;
use crate::compact;
use crate::error::Error;
use crate::people::has_table;
use crate::screen::{self, Screen};
use crate::segment::{self, Named, Segment};
use crate::settle;
use crate::store::Store;
use crate::table::Codes;
use model::{Account, Batch, Interaction, Strings, Time, Visibility};
use rayon::prelude::*;
use rusqlite::Transaction;
use std::collections::HashSet;
use std::sync::Arc;

/// Rows in another form that are held in memory at a time, and bytes of their texts.
const CHUNK: usize = 262_144;
const CHUNK_BYTES: usize = 128 << 20;

/// The columns of [`screen::Texts`].
const TEXTS: [usize; 5] =
    [segment::ID, segment::OBJECT, segment::IN_REPLY_TO, segment::TEXT, segment::URL];

/// What may not be kept.
#[derive(Clone, Copy, Debug)]
pub struct Sweep<'a> {
    /// Keys of the accounts that go, ascending.
    pub gone: &'a [u64],
    /// Whether texts, ids and addresses are searched for names.
    pub names: bool,
    /// Whether accounts that no row is left of go too, with what they were called, unless a roster names them.
    pub prune: bool,
    /// What may be stored.
    pub screen: &'a Screen,
}

/// What was done to a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Whether it was written anew.
    pub rewritten: bool,
    /// Rows that went, which held until then.
    pub removed: u64,
    /// Rows that are stored in another form.
    pub changed: u64,
    /// Accounts that went.
    pub accounts: u64,
}

/// Rows of a segment, ascending.
#[derive(Default)]
struct Found {
    removed: Vec<u32>,
    changed: Vec<u32>,
}

impl Store {
    /// Writes the segment `sequence` anew without what may not be kept, if there is any of that in it. The lease must be
    /// held. `also` goes into the same transaction.
    pub(crate) fn sweep(
        &mut self,
        sequence: i64,
        sweep: &Sweep<'_>,
        also: &dyn Fn(&Transaction<'_>, Swept) -> Result<(), Error>,
    ) -> Result<Swept, Error> {
        let Some(at) = self.segments.iter().position(|s| s.named.sequence == sequence) else {
            return Ok(Swept::default());
        };
        let old = self.segments[at].clone();
        let found = find(&old, sweep)?;
        let accounts = old.names(sweep.gone);
        if found.removed.is_empty() && found.changed.is_empty() && accounts == 0 {
            return Ok(Swept::default());
        }
        let mut others = self.segments.clone();
        others.remove(at);
        let idle = match sweep.prune {
            true => idle(&old, &found, &others)?,
            false => Vec::new(),
        };
        let holds = |row: &&u32| !old.named.is_superseded(**row);
        let swept = Swept {
            rewritten: true,
            removed: found.removed.iter().filter(holds).count() as u64,
            changed: found.changed.iter().filter(holds).count() as u64,
            accounts: accounts + idle.len() as u64,
        };
        let mut gone = [sweep.gone, &idle].concat();
        gone.sort_unstable();
        let made = self.write_anew(&old, &found, &gone, sweep.screen, &mut others)?;
        let transaction = self.catalogue.transaction()?;
        transaction.execute("DELETE FROM superseded WHERE segment = ?1", [sequence])?;
        transaction.execute("DELETE FROM segments WHERE sequence = ?1", [sequence])?;
        for named in &made.segments {
            named.insert(&transaction)?;
        }
        for (sequence, rows, digest) in &made.superseded {
            segment::supersede(&transaction, *sequence, rows, *digest)?;
        }
        forget_names(&transaction, &idle)?;
        also(&transaction, swept)?;
        transaction.commit()?;
        self.refresh()?;
        self.clean()?;
        Ok(swept)
    }

    fn write_anew(
        &mut self,
        old: &Segment,
        found: &Found,
        gone: &[u64],
        screen: &Screen,
        others: &mut Vec<Segment>,
    ) -> Result<Made, Error> {
        let mut leaving: Vec<u32> = old.named.superseded.to_vec();
        leaving.extend(found.removed.iter().chain(&found.changed));
        leaving.sort_unstable();
        leaving.dedup();
        let named = Named { superseded: Arc::new(leaving), ..old.named.clone() };
        let source = Segment { named, files: old.files.clone() };
        let mut sequence = self.next_sequence();
        let most = found.changed.len().div_ceil(1 + CHUNK / 64) as i64;
        // So that files of several segments that a crash leaves behind are known as leftovers.
        self.catalogue.connection().execute(
            "INSERT INTO reserved (one, last) VALUES (1, ?1)
             ON CONFLICT (one) DO UPDATE SET last = max(last, excluded.last)",
            [sequence + 1 + most],
        )?;
        let mut made = Made::default();
        let stays = compact::merge(&self.disk, &self.dir, &[source], gone, sequence)?;
        if stays.rows + stays.accounts > 0 {
            others.push(Segment::open(&self.dir, stays.clone())?);
            made.segments.push(stays);
            sequence += 1;
        }
        let mut batch = Batch::default();
        let mut rows =
            found.changed.iter().copied().filter(|row| !old.named.is_superseded(*row)).peekable();
        while rows.peek().is_some() {
            // A quarter of a row group at most, so that a row group of long texts is not held twice.
            let piece: Vec<u32> = rows.by_ref().take(CHUNK / 64).collect();
            for (group, places) in old.files.data.by_group(&piece) {
                changed(old, group, &places, screen, &self.segments, &mut batch)?;
            }
            let full = batch.len() >= CHUNK || batch.text_bytes() >= CHUNK_BYTES;
            if full || rows.peek().is_none() {
                let batches = [std::mem::take(&mut batch)];
                let settled = settle::settle(&batches, &[], others)?;
                for (number, (rows, digest)) in &settled.superseded {
                    let mut rows = rows.clone();
                    rows.sort_unstable();
                    let named = &mut others[*number].named;
                    let all = Arc::make_mut(&mut named.superseded);
                    all.extend(&rows);
                    all.sort_unstable();
                    made.superseded.push((named.sequence, rows, *digest));
                }
                if !settled.kept.is_empty() {
                    let named = self.write(&batches, &settled, sequence)?;
                    others.push(Segment::open(&self.dir, named.clone())?);
                    made.segments.push(named);
                    sequence += 1;
                }
            }
        }
        Ok(made)
    }
}

/// Segments that take an old one's place.
#[derive(Default)]
struct Made {
    segments: Vec<Named>,
    superseded: Vec<(i64, Vec<u32>, u128)>,
}

/// How many rows would go and how many would change, of those that hold.
pub fn count(segments: &[Segment], sweep: &Sweep<'_>) -> Result<(u64, u64), Error> {
    let (mut removed, mut changed) = (0, 0);
    for segment in segments {
        let found = find(segment, sweep)?;
        let holds = |row: &&u32| !segment.named.is_superseded(**row);
        removed += found.removed.iter().filter(holds).count() as u64;
        changed += found.changed.iter().filter(holds).count() as u64;
    }
    Ok((removed, changed))
}

/// The accounts of the segment's dictionary that no row is left of, ascending.
fn idle(segment: &Segment, found: &Found, others: &[Segment]) -> Result<Vec<u64>, Error> {
    let keys = segment.files.keys.keys().iter().map(|key| (key >> 64) as u64);
    let mut idle: HashSet<u64> = keys.collect();
    for (own, one) in std::iter::once((true, segment)).chain(others.iter().map(|s| (false, s))) {
        let table = &one.files.data;
        for group in 0..table.groups() {
            let rows = table.rows(group);
            for column in [segment::ACTOR, segment::TARGET] {
                for (row, key) in rows.clone().zip(table.fixed(group, column)?) {
                    let leaves = own
                        && (found.removed.binary_search(&row).is_ok()
                            || one.named.is_superseded(row));
                    if !leaves {
                        idle.remove(&key);
                    }
                }
            }
        }
    }
    let mut idle: Vec<u64> = idle.into_iter().collect();
    idle.sort_unstable();
    Ok(idle)
}

/// Removes what networks called the accounts, unless a roster or an operator names them.
fn forget_names(write: &Transaction<'_>, idle: &[u64]) -> Result<(), Error> {
    let mut named = match has_table(write, "people_accounts")? {
        true => Some(write.prepare("SELECT 1 FROM people_accounts WHERE key = ?1")?),
        false => None,
    };
    let mut delete = write.prepare("DELETE FROM profiles WHERE account BETWEEN ?1 AND ?2")?;
    for key in idle {
        let is_named = match &mut named {
            Some(named) => named.exists([*key as i64])?,
            None => false,
        };
        if !is_named {
            let first = u128::from(*key) << 64;
            let last = first | u128::from(u64::MAX);
            delete.execute([first.to_be_bytes(), last.to_be_bytes()])?;
        }
    }
    Ok(())
}

fn find(segment: &Segment, sweep: &Sweep<'_>) -> Result<Found, Error> {
    let groups: Vec<Found> = (0..segment.files.data.groups())
        .into_par_iter()
        .map(|group| find_in(segment, group, sweep))
        .collect::<Result<_, _>>()?;
    let mut all = Found::default();
    for found in groups {
        all.removed.extend(found.removed);
        all.changed.extend(found.changed);
    }
    Ok(all)
}

fn find_in(segment: &Segment, group: usize, sweep: &Sweep<'_>) -> Result<Found, Error> {
    let table = &segment.files.data;
    let screen = sweep.screen;
    let rows = table.rows(group);
    let count = rows.len();
    let mut goes = vec![false; count];
    if !sweep.gone.is_empty() {
        for column in [segment::ACTOR, segment::TARGET] {
            for (goes, key) in goes.iter_mut().zip(table.fixed(group, column)?) {
                *goes |= key != 0 && sweep.gone.binary_search(&key).is_ok();
            }
        }
    }
    let latest = screen.rows_before.max(screen.texts_before);
    let earliest = table.bounds(group, segment::AT).map(|(earliest, _)| earliest);
    let old = latest > i64::MIN && earliest.is_none_or(|earliest| earliest < latest);
    let times = match old {
        true => table.fixed(group, segment::AT)?,
        false => Vec::new(),
    };
    for (goes, at) in goes.iter_mut().zip(&times) {
        *goes |= (*at as i64) < screen.rows_before;
    }
    let mut found = Found::default();
    let texts: Vec<Strings> = match sweep.names {
        true => TEXTS.iter().map(|column| table.texts(group, *column)).collect::<Result<_, _>>()?,
        false => Vec::new(),
    };
    let text = match old && !sweep.names {
        true => Some(table.texts(group, segment::TEXT)?),
        false => None,
    };
    let networks = table.codes(group, segment::NETWORK)?;
    for (place, row) in rows.enumerate() {
        if goes[place] {
            found.removed.push(row);
            continue;
        }
        let at = times.get(place).map_or(i64::MAX, |at| *at as i64);
        let changes = match &texts[..] {
            [id, object, in_reply_to, text, url] => {
                let texts = [id, object, in_reply_to, text, url].map(|column| column.get(place));
                screen.texts(networks.get(place).unwrap_or_default(), at, texts).is_some()
            }
            _ => at < screen.texts_before && text.as_ref().is_some_and(|t| t.span(place).is_some()),
        };
        if changes {
            found.changed.push(row);
        }
    }
    Ok(found)
}

/// Adds rows at ascending `places` of a row group to `out`, in the form in which they may be stored.
fn changed(
    segment: &Segment,
    group: usize,
    places: &[u32],
    screen: &Screen,
    known: &[Segment],
    out: &mut Batch,
) -> Result<(), Error> {
    let table = &segment.files.data;
    let numbers = |column| -> Result<Vec<u64>, Error> {
        let all = table.fixed(group, column)?;
        Ok(places.iter().map(|place| all[*place as usize]).collect())
    };
    let (actor, target) = (numbers(segment::ACTOR)?, numbers(segment::TARGET)?);
    let (at, weight) = (numbers(segment::AT)?, numbers(segment::WEIGHT)?);
    let texts: Vec<Strings> = TEXTS
        .iter()
        .map(|column| table.texts_at(group, *column, places))
        .collect::<Result<_, _>>()?;
    let codes = |column| -> Result<Codes, Error> { table.codes(group, column) };
    let (network, verb) = (codes(segment::NETWORK)?, codes(segment::VERB)?);
    let (lang, visibility) = (codes(segment::LANG)?, codes(segment::VISIBILITY)?);
    let mut keys: Vec<u64> = actor.iter().chain(&target).copied().filter(|key| *key != 0).collect();
    keys.sort_unstable();
    keys.dedup();
    let accounts = accounts::in_segments(known, &keys)?;
    let id_of = |key: u64| {
        let found = keys.binary_search(&key).ok()?;
        accounts[found].as_ref().map(|account: &Account| account.id.as_str())
    };
    for (i, place) in places.iter().enumerate() {
        let place = *place as usize;
        let network = network.get(place).unwrap_or_default();
        let column = |c: usize| texts[c].get(i);
        let old = [0, 1, 2, 3, 4].map(column);
        let Some(new) = screen.texts(network, at[i] as i64, old) else {
            continue;
        };
        let [id, object, in_reply_to, text, url] = new.each_ref().map(Option::as_deref);
        let row = Interaction {
            id,
            at: Time(at[i] as i64),
            network,
            verb: verb.get(place).unwrap_or_default(),
            actor: id_of(actor[i]).unwrap_or_default(),
            target: id_of(target[i]),
            object,
            in_reply_to,
            text,
            lang: lang.get(place),
            url,
            weight: f64::from_bits(weight[i]),
            visibility: visibility
                .get(place)
                .and_then(Visibility::parse)
                .unwrap_or(Visibility::Private),
        };
        screen::push(&row, out)?;
    }
    Ok(())
}
