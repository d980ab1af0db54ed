//! The writing side of a workspace: settles batches, writes a segment, and names it in the catalogue.
//!
//! A commit is the catalogue transaction at its end. Whatever fails or is killed before leaves files that no
//! catalogue names; the next writer removes them under the lease.

use crate::catalogue::Catalogue;
use crate::error::{Error, Kind};
use crate::files::{Disk, sync_dir};
use crate::lease::Lease;
use crate::pages::Packing;
use crate::run::{KeyKind, RunWriter};
use crate::screen::Screen;
use crate::segment::{self, GROUP_BYTES, GROUP_ROWS, Group, Named, Paths, Segment, Texts};
use crate::settle::{self, Place, Settled};
use crate::{compact, profiles};
use model::{Batch, Fault, Strings, Symbols};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::iter::Sum;
use std::path::PathBuf;

/// What became of the rows of a commit. It is on the disk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Commit {
    /// How many batches it took, in the order in which they were pushed.
    pub batches: usize,
    /// Rows read: `accepted + duplicates + refused + erased + expired`.
    pub read: u64,
    /// Rows that are new.
    pub accepted: u64,
    /// Rows whose identity was stored already (or stood in the same commit), with equal content or not.
    pub duplicates: u64,
    /// Those of the duplicates whose content differed; the one with the larger (`at`, content hash) holds.
    pub conflicts: u64,
    /// Rows that cannot be stored because two accounts share a key.
    pub refused: Vec<Refused>,
    /// Rows that were not stored because somebody in them was erased.
    pub erased: u64,
    /// Rows that were not stored because they are older than what is retained.
    pub expired: u64,
    /// Rows that were stored, or known, without the mention of somebody erased, or without a text that is too old.
    pub redacted: u64,
    /// Rows stored in the workspace after it.
    pub stored: u64,
}

/// What became of the rows of one batch of a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows that are new.
    pub accepted: u64,
    /// Rows whose identity was stored already, or stood before them in the same commit.
    pub duplicates: u64,
    /// Rows that cannot be stored because two accounts share a key.
    pub refused: u64,
    /// Rows that are not kept: somebody in them was erased, or they are too old.
    pub not_kept: u64,
}

impl<'a> Sum<&'a Counts> for Counts {
    fn sum<I: Iterator<Item = &'a Counts>>(counts: I) -> Counts {
        counts.fold(Counts::default(), |sum, one| Counts {
            accepted: sum.accepted + one.accepted,
            duplicates: sum.duplicates + one.duplicates,
            refused: sum.refused + one.refused,
            not_kept: sum.not_kept + one.not_kept,
        })
    }
}

/// What is to hold together with a commit.
pub(crate) type Also<'a> = &'a mut dyn FnMut(&Connection, &[Counts]) -> Result<(), Error>;

/// A row that cannot be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// The batch, counted from 0 in the order in which the writer was given them.
    pub batch: u64,
    /// The row within the batch.
    pub row: usize,
    /// Why.
    pub fault: Fault,
    /// What identifies the row: id or time, verb, actor and target, for a rejects file.
    pub raw: String,
}

/// The writing side.
pub struct Store {
    pub(crate) dir: PathBuf,
    pub(crate) catalogue: Catalogue,
    pub(crate) disk: Disk,
    pub(crate) segments: Vec<Segment>,
    most_segments: usize,
    cleaned: bool,
    batches_before: u64,
}

impl Store {
    /// Opens the writing side of the workspace `dir`.
    pub fn open(dir: PathBuf, disk: Disk, most_segments: usize) -> Result<Store, Error> {
        let catalogue = Catalogue::open(&dir)?;
        let segments = dir.join(segment::DIR);
        std::fs::create_dir_all(&segments).map_err(|e| Error::io("create", &segments, e))?;
        // The names of the catalogue and of this folder must be on the disk before any segment is.
        sync_dir(&dir)?;
        Ok(Store {
            dir,
            catalogue,
            disk,
            segments: Vec::new(),
            most_segments,
            cleaned: false,
            batches_before: 0,
        })
    }

    /// Stores what is new in `batches` and may be stored; it is on the disk when this returns.
    pub fn commit(&mut self, batches: Vec<Batch>, waiting: &dyn Fn(&str)) -> Result<Commit, Error> {
        let _lease = Lease::take(&self.dir, waiting)?;
        self.refresh()?;
        self.store(batches, None)
    }

    /// [`Store::commit`] under a lease that is held, over segments that were just refreshed. What `also` does with the counts of each batch holds if and
    /// only if the rows do.
    pub(crate) fn store(
        &mut self,
        mut batches: Vec<Batch>,
        also: Option<Also<'_>>,
    ) -> Result<Commit, Error> {
        let screen = Screen::read(self.catalogue.connection(), &self.dir)?;
        let screened = screen.batches(&batches)?;
        let given = batches.len();
        let read = batches.iter().map(|batch| batch.len() as u64).sum();
        if !screened.origin.is_empty() {
            batches.push(screened.changed);
        }
        let settled = settle::settle(&batches, &screened.skip, &self.segments)?;
        let named = match settled.kept.is_empty() {
            true => None,
            false => Some(self.write(&batches, &settled, self.next_sequence())?),
        };
        let profiles = profiles::gather(&batches, screen.suppressed.as_ref());
        let by_batch = by_batch(&batches[..given], &screened.skip, &screened.origin, &settled);
        if named.is_some() || !profiles.is_empty() || also.is_some() {
            let transaction = self.catalogue.transaction()?;
            if let Some(named) = &named {
                named.insert(&transaction)?;
            }
            settled.supersede(&transaction, &self.segments)?;
            profiles::store(&transaction, &profiles)?;
            if let Some(also) = also {
                also(&transaction, &by_batch)?;
            }
            transaction.commit()?;
        }
        let replaced: usize = settled.superseded.values().map(|(rows, _)| rows.len()).sum();
        self.refresh()?;
        let mut refused = refused(&batches, &settled);
        for refused in &mut refused {
            if refused.batch as usize >= given {
                let (batch, row) = screened.origin[refused.row];
                (refused.batch, refused.row) = (u64::from(batch), row as usize);
            }
            refused.batch += self.batches_before;
        }
        let commit = Commit {
            batches: given,
            read,
            accepted: (settled.kept.len() - replaced) as u64,
            duplicates: settled.duplicates,
            conflicts: settled.conflicts,
            refused,
            erased: screened.erased,
            expired: screened.expired,
            redacted: screened.origin.len() as u64,
            stored: self.segments.iter().map(|segment| segment.named.live()).sum(),
        };
        self.batches_before += given as u64;
        if let Err(error) = self.compact_if_many() {
            // The commit holds without it; the next one tries again.
            log::warn!("segments were not merged: {error}");
        }
        Ok(commit)
    }

    /// Merges segments until there are not too many. The lease must be held.
    pub(crate) fn compact_if_many(&mut self) -> Result<(), Error> {
        while self.segments.len() > self.most_segments {
            self.compact()?;
        }
        Ok(())
    }

    /// Merges the smallest half of the allowed segments into one. The lease must be held.
    fn compact(&mut self) -> Result<(), Error> {
        let mut smallest: Vec<usize> = (0..self.segments.len()).collect();
        smallest.sort_by_key(|i| (self.segments[*i].named.rows, *i));
        let spare = self.segments.len() - self.most_segments;
        smallest.truncate((self.most_segments / 2).max(spare + 1));
        smallest.sort_unstable();
        let sources: Vec<Segment> = smallest.iter().map(|i| self.segments[*i].clone()).collect();
        let named = compact::merge(&self.disk, &self.dir, &sources, &[], self.next_sequence())?;
        let transaction = self.catalogue.transaction()?;
        for source in &sources {
            transaction
                .execute("DELETE FROM superseded WHERE segment = ?1", [source.named.sequence])?;
            transaction
                .execute("DELETE FROM segments WHERE sequence = ?1", [source.named.sequence])?;
        }
        named.insert(&transaction)?;
        if named.forgot {
            segment::supersede(&transaction, named.sequence, &[], 0)?;
        }
        transaction.commit()?;
        self.refresh()?;
        self.clean()
    }

    pub(crate) fn next_sequence(&self) -> i64 {
        self.segments.last().map_or(1, |segment| segment.named.sequence + 1)
    }

    /// Takes over what others committed, and removes what they left unfinished. The lease must be held.
    pub(crate) fn refresh(&mut self) -> Result<(), Error> {
        let named = {
            let transaction = self.catalogue.connection().unchecked_transaction()?;
            segment::named(&transaction)?
        };
        let old = std::mem::take(&mut self.segments);
        for named in named {
            let open = old.iter().find(|segment| segment.named.sequence == named.sequence);
            self.segments.push(match open {
                Some(segment) => Segment { named, files: segment.files.clone() },
                None => Segment::open(&self.dir, named)?,
            });
        }
        if !self.cleaned {
            self.clean()?;
            self.cleaned = true;
        }
        Ok(())
    }

    /// Removes files of segments that the catalogue does not name.
    pub(crate) fn clean(&self) -> Result<(), Error> {
        let left = leftovers(&self.dir, &self.segments)?;
        let last = segment::last(self.catalogue.connection(), self.next_sequence() - 1)?;
        if let Some(error) = beyond(&left, last) {
            return Err(error);
        }
        for path in left {
            log::debug!("removing the leftover {}", path.display());
            std::fs::remove_file(&path).map_err(|e| Error::io("remove", &path, e))?;
        }
        Ok(())
    }

    /// Writes the four files of a segment.
    pub(crate) fn write(
        &self,
        batches: &[Batch],
        settled: &Settled,
        sequence: i64,
    ) -> Result<Named, Error> {
        let paths = Paths::of(&self.dir, &format!("{sequence:08}"));
        let (rows_of, places) = number_rows(batches, settled);
        let row_of = |place: Place| rows_of[place.batch as usize][place.row as usize];

        let mut data = segment::create_data(&self.disk, &paths)?;
        for places in groups(batches, &places) {
            gather(batches, places).write(&mut data, Packing::Fast)?;
        }
        let data = data.finish()?;

        let mut undos = Vec::new();
        for (batch, rows) in batches.iter().zip(&rows_of) {
            let stored = |row: usize| rows.get(row).copied().filter(|row| *row != DROPPED);
            settle::undos(batch, stored, &mut undos);
        }
        let mut digest = 0u128;
        let mut run = RunWriter::create(
            &self.disk,
            &paths.index,
            KeyKind::Identities,
            settled.kept.len() as u64,
            undos.len() as u64,
        )?;
        // A loop of its own, so that the processor waits for many of these scattered reads at a time.
        let rows: Vec<u32> = settled.kept.iter().map(|kept| row_of(kept.place)).collect();
        for (kept, row) in settled.kept.iter().zip(rows) {
            run.push(kept.identity(), kept.content, row)?;
            digest = digest.wrapping_add(segment::row_digest(kept.identity(), kept.content));
        }
        for undo in &undos {
            run.push_undo(undo)?;
        }
        run.finish(&self.disk)?;

        let mut accounts = segment::create_accounts(&self.disk, &paths)?;
        let mut keys = RunWriter::create(
            &self.disk,
            &paths.accounts_index,
            KeyKind::Accounts,
            settled.accounts.len() as u64,
            0,
        )?;
        for group in settled.accounts.chunks(GROUP_ROWS) {
            let named: Vec<(u128, &str, &[u8])> = group
                .iter()
                .map(|account| {
                    let (network, id) = account.names(batches);
                    (account.hash, network, id)
                })
                .collect();
            segment::write_accounts(&mut accounts, &named, Packing::Fast)?;
            for account in group {
                keys.push(account.hash, 0, 0)?;
            }
        }
        let dictionary = accounts.finish()?;
        keys.finish(&self.disk)?;
        sync_dir(&self.dir.join(segment::DIR))?;

        let times = places.iter().map(|place| batches[place.batch as usize].at[place.row as usize]);
        Ok(Named {
            sequence,
            rows: places.len() as u64,
            accounts: settled.accounts.len() as u64,
            earliest: times.clone().min().unwrap_or(0),
            newest: times.max().unwrap_or(0),
            digest,
            data,
            dictionary,
            superseded: Default::default(),
            superseded_digest: 0,
            forgot: false,
        })
    }
}

/// Files in the segments directory that belong to no segment.
pub fn leftovers(dir: &std::path::Path, segments: &[Segment]) -> Result<Vec<PathBuf>, Error> {
    let names: BTreeSet<PathBuf> = segments
        .iter()
        .flat_map(|segment| Paths::of(dir, &segment.named.name()).all().map(|path| path.to_owned()))
        .collect();
    let dir = dir.join(segment::DIR);
    let failed = |e| Error::io("list", &dir, e);
    let mut left = Vec::new();
    for entry in std::fs::read_dir(&dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if !names.contains(&path) && path.is_file() {
            left.push(path);
        }
    }
    left.sort_unstable();
    Ok(left)
}

/// What is wrong where a file is numbered beyond what a commit that was broken off leaves behind: then the catalogue is
/// older than the segments, `last` being its newest, and they are not to be removed.
pub fn beyond(leftovers: &[PathBuf], last: i64) -> Option<Error> {
    let number = |path: &PathBuf| path.file_name()?.to_str()?.split('.').next()?.parse().ok();
    let path = leftovers.iter().find(|path| number(path).is_some_and(|n: i64| n > last + 1))?;
    Some(Error::new(
        Kind::Damaged,
        format!(
            "{} is newer than the catalogue, which ends at segment {last}; restore catalogue.sqlite and segments from one and the same copy, or move the folder away to begin anew",
            path.display()
        ),
    ))
}

/// The counts of each batch that was given; `origin` says of which rows those of the batch after them are another form.
fn by_batch(
    given: &[Batch],
    skip: &[Vec<bool>],
    origin: &[(u32, u32)],
    settled: &Settled,
) -> Vec<Counts> {
    let batch_of = |place: &Place| match given.get(place.batch as usize) {
        Some(_) => place.batch as usize,
        None => origin[place.row as usize].0 as usize,
    };
    let mut counts = vec![Counts::default(); given.len()];
    for kept in &settled.kept {
        counts[batch_of(&kept.place)].accepted += 1;
    }
    for place in &settled.replacing {
        counts[batch_of(place)].accepted -= 1;
    }
    for place in settled.refused.keys() {
        counts[batch_of(place)].refused += 1;
    }
    for (counts, skip) in counts.iter_mut().zip(skip) {
        counts.not_kept = skip.iter().filter(|skipped| **skipped).count() as u64;
    }
    for (batch, _) in origin {
        counts[*batch as usize].not_kept -= 1;
    }
    for (counts, batch) in counts.iter_mut().zip(given) {
        counts.duplicates = batch.len() as u64 - counts.accepted - counts.refused - counts.not_kept;
    }
    counts
}

const DROPPED: u32 = u32::MAX;

/// Numbers the kept rows in order of arrival: the row of each place, and the place of each row.
fn number_rows(batches: &[Batch], settled: &Settled) -> (Vec<Vec<u32>>, Vec<Place>) {
    let mut rows: Vec<Vec<u32>> = batches.iter().map(|batch| vec![DROPPED; batch.len()]).collect();
    for kept in &settled.kept {
        rows[kept.place.batch as usize][kept.place.row as usize] = 0;
    }
    let mut places = Vec::with_capacity(settled.kept.len());
    for (batch, rows) in (0u32..).zip(&mut rows) {
        for (row, number) in (0u32..).zip(rows) {
            if *number != DROPPED {
                *number = places.len() as u32;
                places.push(Place { batch, row });
            }
        }
    }
    (rows, places)
}

fn texts_of(batch: &Batch) -> [&Strings; 5] {
    [&batch.id, &batch.object, &batch.in_reply_to, &batch.text, &batch.url]
}

/// Splits rows into row groups, by number and by bytes of text.
fn groups<'a>(batches: &[Batch], places: &'a [Place]) -> Vec<&'a [Place]> {
    let mut groups = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (i, place) in places.iter().enumerate() {
        let row = place.row as usize;
        bytes += texts_of(&batches[place.batch as usize])
            .iter()
            .map(|column| column.span(row).map_or(0, |span| span.len()))
            .sum::<usize>();
        if i + 1 - start >= GROUP_ROWS || bytes >= GROUP_BYTES || i + 1 == places.len() {
            groups.push(&places[start..=i]);
            (start, bytes) = (i + 1, 0);
        }
    }
    groups
}

fn gather<'a>(batches: &'a [Batch], places: &'a [Place]) -> Group<'a> {
    let numbers = |value: fn(&Batch, usize) -> u64| -> Vec<u64> {
        places
            .iter()
            .map(|place| value(&batches[place.batch as usize], place.row as usize))
            .collect()
    };
    let texts = |column: usize| -> Texts<'a> {
        Box::new(places.chunk_by(|a, b| a.batch == b.batch).flat_map(move |run| {
            let strings = texts_of(&batches[run[0].batch as usize])[column];
            run.iter().map(move |place| {
                strings.span(place.row as usize).map(|span| &strings.bytes()[span])
            })
        }))
    };
    Group {
        at: numbers(|batch, row| batch.at[row] as u64),
        actor: numbers(|batch, row| (batch.actor[row] >> 64) as u64),
        target: numbers(|batch, row| (batch.target[row] >> 64) as u64),
        object_key: numbers(|batch, row| batch.object_key[row]),
        parent_key: numbers(|batch, row| batch.parent_key[row]),
        weight: numbers(|batch, row| batch.weight[row].to_bits()),
        visibility: places
            .iter()
            .map(|place| {
                u16::from(batches[place.batch as usize].visibility[place.row as usize]).min(2)
            })
            .collect(),
        names: [
            symbols(batches, places, |batch| &batch.network),
            symbols(batches, places, |batch| &batch.verb),
            symbols(batches, places, |batch| &batch.lang),
        ],
        texts: [0, 1, 2, 3, 4].map(texts),
    }
}

/// The codes of several batches over one list of names.
fn symbols<'a>(
    batches: &'a [Batch],
    places: &[Place],
    column: fn(&Batch) -> &Symbols,
) -> (Vec<u16>, Vec<&'a str>) {
    let mut names: Vec<&str> = Vec::new();
    let mut codes = Vec::with_capacity(places.len());
    for run in places.chunk_by(|a, b| a.batch == b.batch) {
        let symbols = column(&batches[run[0].batch as usize]);
        let mut known = vec![Symbols::NONE; symbols.names().len()];
        for place in run {
            let code = symbols.codes()[place.row as usize];
            let Some(slot) = known.get_mut(usize::from(code)) else {
                codes.push(Symbols::NONE);
                continue;
            };
            if *slot == Symbols::NONE {
                let name: &str = &symbols.names()[usize::from(code)];
                let found = names.iter().position(|known| *known == name);
                *slot = found.unwrap_or_else(|| {
                    names.push(name);
                    names.len() - 1
                }) as u16;
            }
            codes.push(*slot);
        }
    }
    (codes, names)
}

fn refused(batches: &[Batch], settled: &Settled) -> Vec<Refused> {
    let describe = |place: &Place| {
        let batch = &batches[place.batch as usize];
        let row = place.row as usize;
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        serde_json::json!({
            "id": batch.id.get(row),
            "at": model::Time(batch.at[row]),
            "network": text(batch.network.get(row)),
            "verb": text(batch.verb.get(row)),
            "actor": text(batch.actor_id.get(row)),
            "target": batch.target_id.get(row),
        })
        .to_string()
    };
    settled
        .refused
        .iter()
        .map(|(place, fault)| Refused {
            batch: u64::from(place.batch),
            row: place.row as usize,
            fault: fault.clone(),
            raw: describe(place),
        })
        .collect()
}
