//! The way out: everything that was committed at one moment, unchanged by what others write or compact meanwhile.

use crate::catalogue::Catalogue;
use crate::erase::{Erasing, Steps};
use crate::error::Error;
use crate::in_public::InPublic;
use crate::people::cases;
use crate::segment::{self, Segment};
use crate::table::{Codes, Table};
use crate::undo::{self, Undone};
use model::{Acts, Time, Visibility, keys};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, mpsc};

/// A consistent reading of the ledger.
///
/// It keeps its files open; what is compacted away meanwhile stays readable through it.
#[derive(Debug)]
pub struct View {
    pub(crate) dir: PathBuf,
    pub(crate) segments: Vec<Segment>,
    /// Places of segments, those with most accounts first.
    pub(crate) by_accounts: Vec<usize>,
    catalogue: Mutex<Catalogue>,
    /// Identities that count for nothing by decision.
    excluded: BTreeSet<u128>,
    undone: OnceLock<Vec<Vec<Undone>>>,
    /// Whoever is being erased: they are gone for readers before they are gone from the disk.
    pub(crate) erasing: Option<Erasing>,
    /// Steps of erasures until then.
    pub(crate) erasures: Steps,
    pub(crate) in_public: InPublic,
}

/// Which rows a scan is to give.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Rows later than this; without it from the beginning.
    pub from: Option<Time>,
    /// Rows up to and including this time.
    pub until: Time,
    /// What was taken back by then is left out, whenever the row itself happened.
    pub as_of: Time,
    /// Only these verbs; without it all but `undo` and `delete`, which are applied, not given.
    pub verbs: Option<&'a [&'a str]>,
    /// Whether [`Acts::own`] is wanted, for which the ids of reshares are read.
    pub own: bool,
}

impl Wanted<'_> {
    /// Everything that holds as of a time.
    pub fn as_of(time: Time) -> Wanted<'static> {
        Wanted { from: None, until: time, as_of: time, verbs: None, own: false }
    }

    fn at(&self, at: i64) -> bool {
        self.from.is_none_or(|from| at > from.0) && at <= self.until.0
    }

    fn overlaps(&self, earliest: i64, newest: i64) -> bool {
        self.from.is_none_or(|from| newest > from.0) && earliest <= self.until.0
    }

    fn covers(&self, earliest: i64, newest: i64) -> bool {
        self.at(earliest) && self.at(newest)
    }

    fn verb(&self, verb: &str) -> bool {
        !matches!(verb, "undo" | "delete") && self.verbs.is_none_or(|verbs| verbs.contains(&verb))
    }
}

/// Files of a live segment, for whoever reads them with other tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentFiles {
    /// The interactions: Parquet.
    pub interactions: PathBuf,
    /// The accounts that the segment was the first to name: Parquet.
    pub accounts: PathBuf,
    /// Rows of the interactions, superseded ones included.
    pub rows: u64,
    /// Rows of them that another row replaced.
    pub superseded: u64,
}

impl View {
    /// Opens what is committed now in the workspace `dir`, which need not be writable. Makes nothing.
    pub fn open(dir: &Path) -> Result<View, Error> {
        let catalogue = Catalogue::read(dir)?;
        // All of one moment: who is being erased is gone from some segments and not yet from others.
        let named = |catalogue: &Catalogue| {
            let transaction = catalogue.connection().unchecked_transaction()?;
            let names = segment::named(&transaction)?;
            Ok::<_, Error>((names, Steps::read(catalogue)?, Erasing::read(catalogue)?))
        };
        let (mut names, mut erasures, mut erasing) = named(&catalogue)?;
        let segments = loop {
            let opened = names
                .iter()
                .map(|named| Segment::open(dir, named.clone()))
                .collect::<Result<Vec<_>, _>>();
            match opened {
                Ok(segments) => break segments,
                Err(error) => {
                    // A compaction may have replaced files between reading their names and opening them.
                    let (now, steps, whom) = named(&catalogue)?;
                    let same = now
                        .iter()
                        .map(|named| named.sequence)
                        .eq(names.iter().map(|named| named.sequence));
                    if same {
                        return Err(error);
                    }
                    (names, erasures, erasing) = (now, steps, whom);
                }
            }
        };
        let excluded = cases::excluded(catalogue.connection())?;
        let mut by_accounts: Vec<usize> = (0..segments.len()).collect();
        by_accounts.sort_by_key(|place| Reverse(segments[*place].files.keys.keys().len()));
        Ok(View {
            dir: dir.to_owned(),
            segments,
            by_accounts,
            excluded,
            catalogue: Mutex::new(catalogue),
            undone: OnceLock::new(),
            erasing,
            erasures,
            in_public: InPublic::default(),
        })
    }

    /// Goes on with the files that an earlier view of the same workspace has open, with their directories ([`View::index`]), and with what it knows of what is public.
    pub fn follow(&mut self, before: &View) -> Result<(), Error> {
        for segment in &mut self.segments {
            let sequence = |one: &Segment| one.named.sequence;
            let known = before.segments.binary_search_by_key(&segment.named.sequence, sequence);
            // Files never change, and numbers are never given twice.
            if let Ok(known) = known {
                segment.files = before.segments[known].files.clone();
            }
        }
        self.follow_public(before)
    }

    /// Whether something was committed, merged or erased since, or is being erased: who keeps a view for longer opens another one then.
    pub fn is_outdated(&self) -> Result<bool, Error> {
        let sequences = segment::sequences(self.catalogue().connection())?;
        let known = self.segments.iter().map(|segment| segment.named.sequence);
        Ok(!sequences.into_iter().eq(known) || self.erases_otherwise()?)
    }

    /// Whether an erasure began or ended since: then no answer may be given out of this view.
    pub fn erases_otherwise(&self) -> Result<bool, Error> {
        Ok(Steps::read(&self.catalogue())? != self.erasures)
    }

    /// Whether something was being erased then: accounts go from one segment after the other.
    pub fn erases(&self) -> bool {
        self.erasures.is_open()
    }

    /// Moves whenever something else writes to the catalogue; only numbers of one view can be compared.
    pub fn version(&self) -> Result<i64, Error> {
        let catalogue = self.catalogue();
        let mut ask = catalogue.connection().prepare_cached("PRAGMA data_version")?;
        Ok(ask.query_row([], |row| row.get(0))?)
    }

    /// The catalogue, for small things beside the segments. It is not part of the consistent reading.
    pub(crate) fn catalogue(&self) -> MutexGuard<'_, Catalogue> {
        self.catalogue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Interactions stored: undos included, superseded rows not.
    pub fn rows(&self) -> u64 {
        self.segments.iter().map(|segment| segment.named.live()).sum()
    }

    /// Time of the earliest row stored. (A superseded row counts as well until it is compacted away.)
    pub fn earliest_at(&self) -> Option<Time> {
        let filled = self.segments.iter().filter(|s| s.named.rows > 0);
        filled.map(|s| Time(s.named.earliest)).min()
    }

    /// Time of the newest row that holds. (A superseded row is never newer: what replaced it is as late or later.)
    pub fn newest_at(&self) -> Option<Time> {
        let filled = self.segments.iter().filter(|s| s.named.rows > 0);
        filled.map(|s| Time(s.named.newest)).max()
    }

    /// A number that two ledgers share if and only if (but for hash collisions) they store the same interactions:
    /// whatever the order of arrival, the splits and the compactions.
    pub fn digest(&self) -> u128 {
        self.segments.iter().fold(0u128, |sum, segment| {
            sum.wrapping_add(segment.named.digest).wrapping_sub(segment.named.superseded_digest)
        })
    }

    /// The live segments' files, oldest first.
    pub fn segments(&self) -> Vec<SegmentFiles> {
        self.segments
            .iter()
            .map(|segment| {
                let paths = segment::Paths::of(&self.dir, &segment.named.name());
                SegmentFiles {
                    interactions: paths.data,
                    accounts: paths.accounts,
                    rows: segment.named.rows,
                    superseded: segment.named.superseded.len() as u64,
                }
            })
            .collect()
    }

    /// Keys of accounts that are being erased, ascending.
    pub(crate) fn hidden(&self) -> &[u64] {
        self.erasing.as_ref().map_or(&[], |erasing| &erasing.keys)
    }

    pub(crate) fn is_hidden(&self, key: u64) -> bool {
        self.hidden().binary_search(&key).is_ok()
    }

    /// Identities of interactions that count for nothing, by a decision on a correction.
    pub fn excluded(&self) -> &BTreeSet<u128> {
        &self.excluded
    }

    pub(crate) fn undone(&self) -> &[Vec<Undone>] {
        self.undone.get_or_init(|| undo::undone(&self.segments, &self.excluded))
    }

    /// Hands the wanted rows to `each` as numbers, a row group at a time, in no particular order.
    ///
    /// Decodes on all of rayon's threads; at most a few row groups (about 10 MB each) are in memory at a time.
    pub fn scan(&self, wanted: &Wanted<'_>, each: &mut dyn FnMut(Acts)) -> Result<(), Error> {
        let undone = self.undone();
        let mut tasks = Vec::new();
        for (number, segment) in self.segments.iter().enumerate() {
            if !wanted.overlaps(segment.named.earliest, segment.named.newest) {
                continue;
            }
            for group in 0..segment.files.data.groups() {
                let bounds = segment.files.data.bounds(group, segment::AT);
                if bounds.is_none_or(|(earliest, newest)| wanted.overlaps(earliest, newest)) {
                    tasks.push((number, group));
                }
            }
        }
        let next = AtomicUsize::new(0);
        let threads = rayon::current_num_threads().min(tasks.len());
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::sync_channel(threads);
            for _ in 0..threads {
                let sender = sender.clone();
                scope.spawn(|| {
                    let sender = sender;
                    while let Some((number, group)) =
                        tasks.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        let acts = decode(
                            &self.segments[*number],
                            *group,
                            wanted,
                            &undone[*number],
                            self.hidden(),
                        );
                        let failed = acts.is_err();
                        if sender.send(acts).is_err() || failed {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            for acts in receiver {
                let acts = acts?;
                if !acts.is_empty() {
                    each(acts);
                }
            }
            Ok(())
        })
    }
}

/// One row group as numbers, without what is not wanted.
fn decode(
    segment: &Segment,
    group: usize,
    wanted: &Wanted<'_>,
    undone: &[Undone],
    hidden: &[u64],
) -> Result<Acts, Error> {
    let table = &segment.files.data;
    let rows = table.rows(group);
    let verb = table.codes(group, segment::VERB)?;
    let allowed: Vec<bool> = verb.names.iter().map(|name| wanted.verb(name)).collect();
    if !allowed.contains(&true) {
        return Ok(Acts::default());
    }
    let at = table.fixed(group, segment::AT)?;
    let actor = table.fixed(group, segment::ACTOR)?;

    let between = |list: &[u32]| {
        let start = list.partition_point(|row| *row < rows.start);
        start..list.partition_point(|row| *row < rows.end)
    };
    let superseded = &segment.named.superseded[between(&segment.named.superseded)];
    let undone = {
        let start = undone.partition_point(|undone| undone.row < rows.start);
        let end = undone.partition_point(|undone| undone.row < rows.end);
        &undone[start..end]
    };
    let all_times = table
        .bounds(group, segment::AT)
        .is_some_and(|(earliest, newest)| wanted.covers(earliest, newest));
    let target = match hidden.is_empty() {
        true => Vec::new(),
        false => table.fixed(group, segment::TARGET)?,
    };
    let is_hidden = |i: usize| {
        !hidden.is_empty()
            && [actor[i], target[i]].iter().any(|key| hidden.binary_search(key).is_ok())
    };
    let simple = hidden.is_empty()
        && all_times
        && superseded.is_empty()
        && undone.is_empty()
        && !allowed.contains(&false);
    let kept: Option<Vec<u32>> = (!simple).then(|| {
        (0..rows.len() as u32)
            .filter(|place| {
                let i = *place as usize;
                let row = rows.start + place;
                wanted.at(at[i] as i64)
                    && allowed.get(usize::from(verb.codes[i])) == Some(&true)
                    && superseded.binary_search(&row).is_err()
                    && !is_hidden(i)
                    && !undo::is_undone(undone, row, actor[i], wanted.as_of.0)
            })
            .collect()
    });
    let numbers = |column| Ok::<_, Error>(pick(table.fixed(group, column)?, kept.as_deref()));
    let codes = |codes: Codes| (pick(codes.codes, kept.as_deref()), codes.names);
    let (network, networks) = codes(table.codes(group, segment::NETWORK)?);
    let (visibility, levels) = codes(table.codes(group, segment::VISIBILITY)?);
    let levels: Vec<u8> = levels
        .iter()
        .map(|name| Visibility::parse(name).unwrap_or(Visibility::Private) as u8)
        .collect();
    let (verb, verbs) = codes(verb);
    let own = match wanted.own {
        true => own(table, group, (&verb, &verbs), (&network, &networks), kept.as_deref())?,
        false => Vec::new(),
    };
    Ok(Acts {
        at: pick(at, kept.as_deref()).into_iter().map(|at| at as i64).collect(),
        network,
        verb,
        actor: pick(actor, kept.as_deref()),
        target: numbers(segment::TARGET)?,
        object: numbers(segment::OBJECT_KEY)?,
        parent: numbers(segment::PARENT_KEY)?,
        own,
        weight: numbers(segment::WEIGHT)?.into_iter().map(f64::from_bits).collect(),
        visibility: visibility
            .into_iter()
            .map(|code| levels.get(usize::from(code)).copied().unwrap_or(2))
            .collect(),
        networks,
        verbs,
    })
}

/// [`Acts::own`] of a row group's rows: codes and names of verbs and networks, and the places of the rows that are kept.
fn own(
    table: &Table,
    group: usize,
    (verb, verbs): (&[u16], &[String]),
    (network, networks): (&[u16], &[String]),
    kept: Option<&[u32]>,
) -> Result<Vec<u64>, Error> {
    let mut own = vec![0; verb.len()];
    let reshares: Vec<usize> = (0..verb.len())
        .filter(|row| verbs.get(usize::from(verb[*row])).is_some_and(|verb| verb == "reshare"))
        .collect();
    let place = |row: &usize| kept.map_or(*row as u32, |kept| kept[*row]);
    let ids =
        table.texts_at(group, segment::ID, &reshares.iter().map(place).collect::<Vec<_>>())?;
    for (i, row) in reshares.into_iter().enumerate() {
        if let Some((id, network)) = ids.get(i).zip(networks.get(usize::from(network[row]))) {
            own[row] = keys::post(network, id);
        }
    }
    Ok(own)
}

fn pick<T: Copy>(all: Vec<T>, kept: Option<&[u32]>) -> Vec<T> {
    match kept {
        None => all,
        Some(kept) => kept.iter().map(|place| all[*place as usize]).collect(),
    }
}
