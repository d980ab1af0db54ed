//! Which accounts occur in a public interaction: what may be told to readers who know no more than what is public.
//!
//! Kept are the exceptions: accounts that only interactions among members or in private name. They are looked for when somebody asks first, or beforehand
//! by a server, on a thread beside those that answer ([`View::settle_public`]):
//!
//! 1. Whoever a row that is not public names might be one, and whoever a superseded row names. Of a row group that is all public only the column of levels
//!    is read, so where everything is public there is nobody to look for, and nothing is kept. Where something was removed, by an erasure or by age, and where superseded rows were left out
//!    of a merging, the dictionaries may hold accounts that no row is left of, so that everybody in them might be one.
//! 2. Whoever a public row names that was not superseded is none.
//!
//! A later view goes on from there: it reads the rows that came since, and those of which some were superseded. What was merged has the digest of its
//! parts, and is known by it. What was taken back (`undo`, `delete`) was public all the same. (Where a merging did not note yet that it left out rows, an account that only those
//! named counts as known in public.)
//!
//! Cost: at first, the keys of all rows; an account that might be one is looked up once for each row group that names it. Memory: 8 bytes for each account that might be one.

use crate::erase::Steps;
use crate::error::Error;
use crate::segment::{self, Files, Segment};
use crate::view::View;
use model::{AccountKey, Visibility, hashed};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// So many keys are found faster one by one than in order.
const FEW: usize = 1 << 16;
/// Keys are told apart from their doubles whenever so many came.
const MANY: usize = 1 << 20;

/// The accounts that occur in no public interaction, once somebody asked.
#[derive(Debug, Default)]
pub(crate) struct InPublic {
    made: OnceLock<Arc<Unseen>>,
    making: Mutex<()>,
    /// What an earlier view found out, to go by until then.
    assumed: OnceLock<Assumed>,
}

/// What a view found out of who occurs in public, for later views to go on from; nothing where nobody asked.
#[derive(Clone, Debug, Default)]
pub struct PublicSoFar(Option<Arc<Unseen>>);

/// Accounts that occur in no public interaction of some segments.
#[derive(Debug)]
struct Unseen {
    /// Ascending.
    keys: Vec<u64>,
    of: Vec<Of>,
    /// Steps of erasures until then.
    erasures: Steps,
}

/// What holds while what came since was not read yet: nobody is told of whom it does not know.
#[derive(Clone, Debug)]
struct Assumed {
    unseen: Arc<Unseen>,
    /// The segments that it is of.
    files: Vec<Arc<Files>>,
}

impl Assumed {
    fn is_unseen(&self, key: AccountKey) -> bool {
        let holds = |files: &Arc<Files>| !files.keys.find(key.0).is_empty();
        self.unseen.has(key) || !self.files.iter().any(holds)
    }
}

/// A segment as it was read.
#[derive(Debug)]
struct Of {
    sequence: i64,
    /// Of the rows that held.
    digest: u128,
    superseded: Arc<Vec<u32>>,
}

/// What came since.
#[derive(Default)]
struct News<'a> {
    /// Segments of which no row was read.
    fresh: Vec<&'a Segment>,
    /// The others.
    read: Vec<&'a Segment>,
    /// Rows of those that held then and do not any more.
    superseded: Vec<(&'a Segment, Vec<u32>)>,
}

impl View {
    /// Whether the account occurs in a public interaction. Who asks first waits until all rows' keys were read, unless [`View::take_over`] could spare it.
    pub fn is_in_public(&self, key: AccountKey) -> Result<bool, Error> {
        Ok(self.knows(key) && !self.is_unseen(key)?)
    }

    /// Whether rows name the account, but none that is public.
    pub fn is_unseen(&self, key: AccountKey) -> Result<bool, Error> {
        let InPublic { made, assumed, .. } = &self.in_public;
        match (made.get(), assumed.get()) {
            (None, Some(assumed)) => Ok(assumed.is_unseen(key)),
            _ => Ok(self.unseen(None)?.has(key)),
        }
    }

    /// Whether there is any such account.
    pub fn has_unseen(&self) -> Result<bool, Error> {
        let InPublic { made, assumed, .. } = &self.in_public;
        match (made.get(), assumed.get()) {
            (None, Some(_)) => Ok(true),
            _ => Ok(!self.unseen(None)?.keys.is_empty()),
        }
    }

    /// Whether those questions are answered without reading rows.
    pub fn knows_public(&self) -> bool {
        self.in_public.made.get().is_some() || self.in_public.assumed.get().is_some()
    }

    /// Finds out what there is to know for them, which may take as long as there are rows: for a thread beside those that answer.
    pub fn settle_public(&self) -> Result<(), Error> {
        let before = self.in_public.assumed.get().map(|assumed| &*assumed.unseen);
        self.unseen(before).map(drop)
    }

    /// What this view found out.
    pub fn public_so_far(&self) -> PublicSoFar {
        PublicSoFar(self.in_public.made.get().cloned())
    }

    /// If an earlier view of the same workspace was asked what occurs in public, so will be this one: finds that out from what came since.
    pub fn take_over(&self, before: &PublicSoFar) -> Result<(), Error> {
        match &before.0 {
            Some(before) => self.unseen(Some(before)).map(drop),
            None => Ok(()),
        }
    }

    /// What can be found out at once from what an earlier view knows; where rows would have to be read anew, this one goes by that until [`View::settle_public`].
    pub(crate) fn follow_public(&self, before: &View) -> Result<(), Error> {
        let InPublic { made, assumed, .. } = &before.in_public;
        match (made.get(), assumed.get()) {
            (Some(unseen), _)
                if unseen.erasures == self.erasures && unseen.news(&self.segments).is_some() =>
            {
                self.unseen(Some(unseen))?;
            }
            (Some(unseen), _) => {
                let files = before.segments.iter().map(|segment| segment.files.clone()).collect();
                self.in_public.assumed.get_or_init(|| Assumed { unseen: unseen.clone(), files });
            }
            (None, Some(assumed)) => {
                self.in_public.assumed.get_or_init(|| assumed.clone());
            }
            (None, None) => {}
        }
        Ok(())
    }

    fn unseen(&self, before: Option<&Unseen>) -> Result<&Unseen, Error> {
        let InPublic { made, making, .. } = &self.in_public;
        if let Some(unseen) = made.get() {
            return Ok(unseen);
        }
        let _turn = making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(unseen) = made.get() {
            return Ok(unseen);
        }
        let unseen = Unseen::read(&self.segments, self.erasures, before)?;
        Ok(made.get_or_init(|| unseen.into()))
    }
}

impl Unseen {
    fn has(&self, key: AccountKey) -> bool {
        self.keys.binary_search(&key.0).is_ok()
    }

    fn read(
        segments: &[Segment],
        erasures: Steps,
        before: Option<&Unseen>,
    ) -> Result<Unseen, Error> {
        let all: Vec<&Segment> = segments.iter().collect();
        let since = before.filter(|before| before.erasures == erasures);
        let since = since.and_then(|before| Some((before, before.news(segments)?)));
        let keys = match since {
            None => {
                let mut keys = Keys::default();
                for segment in segments {
                    keys.add_suspects(segment, erasures.any())?;
                }
                unstruck(keys.sorted(), &all)?
            }
            Some((before, news)) => {
                let mut keys = Keys::default();
                for segment in &news.fresh {
                    keys.add_suspects(segment, false)?;
                }
                // Whoever was known and no exception is none now.
                let is_known = |key: &u64| {
                    news.read.iter().any(|segment| !segment.files.keys.find(*key).is_empty())
                };
                let mut suspects = keys.sorted();
                suspects.retain(|key| !is_known(key));
                suspects.extend(&before.keys);
                let mut unseen = unstruck(Keys::from(suspects).sorted(), &news.fresh)?;
                let mut again = Keys::default();
                for (segment, rows) in &news.superseded {
                    again.add_rows(segment, rows)?;
                }
                unseen.extend(unstruck(again.sorted(), &all)?);
                Keys::from(unseen).sorted()
            }
        };
        Ok(Unseen::new(keys, segments, erasures))
    }

    fn new(keys: Vec<u64>, segments: &[Segment], erasures: Steps) -> Unseen {
        let of = segments.iter().map(|segment| Of {
            sequence: segment.named.sequence,
            digest: segment.named.digest.wrapping_sub(segment.named.superseded_digest),
            superseded: segment.named.superseded.clone(),
        });
        Unseen { keys, of: of.collect(), erasures }
    }

    /// What is new in these segments; nothing where more happened than commits and one merging.
    fn news<'a>(&self, segments: &'a [Segment]) -> Option<News<'a>> {
        let gone = |of: &&Of| !segments.iter().any(|one| one.named.sequence == of.sequence);
        let (count, digest) =
            self.of.iter().filter(gone).fold((0, 0u128), |(count, digest), of| {
                (count + 1, digest.wrapping_add(of.digest))
            });
        let mut merged = None;
        let mut news = News::default();
        for segment in segments {
            let named = &segment.named;
            let before = match self.of.iter().find(|of| of.sequence == named.sequence) {
                Some(of) => &of.superseded[..],
                None if count > 0 && merged.is_none() && named.digest == digest => {
                    merged = Some(named.sequence);
                    &[]
                }
                None => {
                    news.fresh.push(segment);
                    continue;
                }
            };
            news.read.push(segment);
            if before.len() != named.superseded.len() {
                let held = |row: &&u32| before.binary_search(row).is_err();
                let since = named.superseded.iter().filter(held).copied().collect();
                news.superseded.push((segment, since));
            }
        }
        (count == 0 || merged.is_some()).then_some(news)
    }
}

/// Keys of accounts, gathered without keeping many doubles.
#[derive(Default)]
struct Keys {
    list: Vec<u64>,
    /// How many there were when they were sorted last.
    sorted: usize,
}

impl From<Vec<u64>> for Keys {
    fn from(list: Vec<u64>) -> Keys {
        Keys { list, sorted: 0 }
    }
}

impl Keys {
    /// Adds keys; 0 is nobody's.
    fn add(&mut self, keys: impl Iterator<Item = u64>) {
        self.list.extend(keys.filter(|key| *key != 0));
        if self.list.len() >= 2 * self.sorted + MANY {
            self.sort();
        }
    }

    fn sort(&mut self) {
        self.list.sort_unstable();
        self.list.dedup();
        self.sorted = self.list.len();
    }

    /// Each once, ascending.
    fn sorted(mut self) -> Vec<u64> {
        self.sort();
        self.list
    }

    /// Whoever a row names that is not public or was superseded; and whoever the dictionary holds, if those may be gone.
    fn add_suspects(&mut self, segment: &Segment, gone: bool) -> Result<(), Error> {
        if gone || segment.named.forgot {
            self.add(segment.files.keys.keys().iter().map(|key| (key >> 64) as u64));
            return Ok(());
        }
        let table = &segment.files.data;
        for group in 0..table.groups() {
            let public = public(segment, group)?;
            if public.iter().any(|public| !public) {
                for column in [segment::ACTOR, segment::TARGET] {
                    let keys = table.fixed(group, column)?.into_iter().zip(&public);
                    self.add(keys.filter(|(_, public)| !**public).map(|(key, _)| key));
                }
            }
        }
        Ok(())
    }

    /// Whoever some rows name, which ascend.
    fn add_rows(&mut self, segment: &Segment, rows: &[u32]) -> Result<(), Error> {
        let table = &segment.files.data;
        for (group, places) in table.by_group(rows) {
            for column in [segment::ACTOR, segment::TARGET] {
                let keys = table.fixed(group, column)?;
                self.add(places.iter().map(|place| keys[*place as usize]));
            }
        }
        Ok(())
    }
}

/// For each row of a row group whether it is public and was not superseded.
fn public(segment: &Segment, group: usize) -> Result<Vec<bool>, Error> {
    let table = &segment.files.data;
    let levels = table.codes(group, segment::VISIBILITY)?;
    let is_public = |name: &String| Visibility::parse(name) == Some(Visibility::Public);
    let names: Vec<bool> = levels.names.iter().map(is_public).collect();
    let of = |code: u16| names.get(usize::from(code)).copied().unwrap_or(false);
    let mut public: Vec<bool> = levels.codes.into_iter().map(of).collect();
    if !segment.is_whole(group) {
        for (public, row) in public.iter_mut().zip(table.rows(group)) {
            *public &= !segment.named.is_superseded(row);
        }
    }
    Ok(public)
}

/// Those of ascending keys that no public row of these segments names.
fn unstruck(keys: Vec<u64>, segments: &[&Segment]) -> Result<Vec<u64>, Error> {
    if keys.is_empty() {
        return Ok(keys);
    }
    let struck: Vec<AtomicU64> = (0..keys.len().div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
    let groups = segments
        .iter()
        .flat_map(|segment| (0..segment.files.data.groups()).map(move |group| (*segment, group)));
    groups.collect::<Vec<_>>().into_par_iter().try_for_each(|(segment, group)| {
        let public = public(segment, group)?;
        if !public.contains(&true) {
            return Ok(());
        }
        for column in [segment::ACTOR, segment::TARGET] {
            let named = segment.files.data.fixed(group, column)?.into_iter().zip(&public);
            let mut named: Vec<u64> =
                named.filter(|(key, public)| **public && *key != 0).map(|(key, _)| key).collect();
            // In order they are looked up where the last one was.
            if keys.len() > FEW {
                named.sort_unstable();
            }
            named.dedup();
            for key in named {
                let place = hashed::first_not_below(keys.len(), |i| keys[i], key);
                if keys.get(place) == Some(&key) {
                    struck[place / 64].fetch_or(1 << (place % 64), Ordering::Relaxed);
                }
            }
        }
        Ok::<(), Error>(())
    })?;
    let is_struck = |i: usize| struck[i / 64].load(Ordering::Relaxed) >> (i % 64) & 1 == 1;
    let left = keys.iter().enumerate().filter(|(i, _)| !is_struck(*i)).map(|(_, key)| *key);
    Ok(left.collect())
}
