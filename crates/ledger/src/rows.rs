//! Whole rows, with their strings: for exports and for explanations.

use crate::error::Error;
use crate::segment::{self, Segment};
use crate::sorted::Sorter;
use crate::table::Codes;
use crate::undo;
use crate::view::View;
use model::{Account, Batch, Interaction, Strings, Time, Visibility, keys};
use std::borrow::Cow;
use std::ops::ControlFlow;

/// Which rows to give in full.
#[derive(Clone, Copy, Debug)]
pub struct Between<'a> {
    /// Account keys of the targets, ascending; without it everything, also what is toward nobody.
    pub targets: Option<&'a [u64]>,
    /// Account keys of the actors, ascending; without it everybody.
    pub actors: Option<&'a [u64]>,
    /// Rows later than this; without it from the beginning.
    pub from: Option<Time>,
    /// Rows up to and including this time, as they hold then.
    pub until: Time,
    /// Whether to give what is stored: also undos, what they take back, and what a decision excludes.
    pub stored: bool,
}

/// Takes a segment, a row group of it, and the places of rows in that, ascending.
type EachGroup<'a> = dyn FnMut(&Segment, usize, &[u32]) -> Result<(), Error> + 'a;

impl View {
    /// Every row that is stored (undos and what they take back included, superseded rows not), ordered by
    /// (at, network, id). Ids that were derived are given.
    ///
    /// Sorts outside of memory: holds about 200 MB, and needs scratch space in the workspace beyond that, or in the
    /// system's temporary folder where the workspace can't be written.
    pub fn sorted_rows(
        &self,
        each: &mut dyn FnMut(&Interaction<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut sorter = Sorter::new(&self.dir);
        for segment in &self.segments {
            for group in 0..segment.files.data.groups() {
                let rows = segment.files.data.rows(group);
                let places: Vec<u32> = (0..rows.len() as u32)
                    .filter(|place| !segment.named.is_superseded(rows.start + place))
                    .collect();
                self.read(segment, group, &places, &mut |row| sorter.push(row))?;
            }
        }
        sorter.finish(each)
    }

    /// The rows asked for, as they hold at the end of the time given, ordered by (at, network, id). Sorts as
    /// [`View::sorted_rows`] does.
    pub fn interactions_of(
        &self,
        between: &Between<'_>,
        each: &mut dyn FnMut(&Interaction<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut sorter = Sorter::new(&self.dir);
        self.each_interaction(between, &mut |row| sorter.push(row))?;
        sorter.finish(each)
    }

    /// The same rows in no particular order, a row group in memory at a time.
    pub fn each_interaction(
        &self,
        between: &Between<'_>,
        each: &mut dyn FnMut(&Interaction<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.each_group(between, &mut |segment, group, places| {
            self.read(segment, group, places, each)
        })
    }

    /// How many rows there are of those, without reading their words.
    pub fn count_interactions(&self, between: &Between<'_>) -> Result<u64, Error> {
        let mut count = 0;
        self.each_group(between, &mut |segment, group, places| {
            count += self.shown(segment, group, places)?.len() as u64;
            Ok(())
        })?;
        Ok(count)
    }

    /// The places of the rows asked for, by row group.
    fn each_group(&self, between: &Between<'_>, each: &mut EachGroup<'_>) -> Result<(), Error> {
        let within = |at: i64| between.from.is_none_or(|from| at > from.0) && at <= between.until.0;
        for (segment, undone) in self.segments.iter().zip(self.undone()) {
            let table = &segment.files.data;
            for group in 0..table.groups() {
                if let Some((earliest, newest)) = table.bounds(group, segment::AT)
                    && (earliest > between.until.0
                        || between.from.is_some_and(|from| newest <= from.0))
                {
                    continue;
                }
                let mut places: Vec<u32> = (0..table.rows(group).len() as u32).collect();
                if let Some(wanted) = between.targets {
                    let targets = table.fixed(group, segment::TARGET)?;
                    places.retain(|i| wanted.binary_search(&targets[*i as usize]).is_ok());
                }
                if places.is_empty() {
                    continue;
                }
                let actors = table.fixed(group, segment::ACTOR)?;
                let times = table.fixed(group, segment::AT)?;
                let verbs = table.codes(group, segment::VERB)?;
                let start = table.rows(group).start;
                places.retain(|place| {
                    let i = *place as usize;
                    let row = start + place;
                    between.actors.is_none_or(|wanted| wanted.binary_search(&actors[i]).is_ok())
                        && within(times[i] as i64)
                        && !segment.named.is_superseded(row)
                        && (between.stored
                            || !matches!(verbs.get(i), Some("undo" | "delete"))
                                && !undo::is_undone(undone, row, actors[i], between.until.0))
                });
                each(segment, group, &places)?;
            }
        }
        Ok(())
    }

    /// The places whose rows touch nobody who is being erased.
    fn shown<'p>(
        &self,
        segment: &Segment,
        group: usize,
        places: &'p [u32],
    ) -> Result<Cow<'p, [u32]>, Error> {
        if self.hidden().is_empty() {
            return Ok(Cow::Borrowed(places));
        }
        let fixed = |column| segment.files.data.fixed(group, column);
        let (actor, target) = (fixed(segment::ACTOR)?, fixed(segment::TARGET)?);
        let shown = |place: &u32| {
            let i = *place as usize;
            !self.is_hidden(actor[i]) && !self.is_hidden(target[i])
        };
        Ok(Cow::Owned(places.iter().copied().filter(shown).collect()))
    }

    /// Reads the rows at ascending `places` of a row group in full.
    fn read(
        &self,
        segment: &Segment,
        group: usize,
        places: &[u32],
        each: &mut dyn FnMut(&Interaction<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let table = &segment.files.data;
        let places = &*self.shown(segment, group, places)?;
        if places.is_empty() {
            return Ok(());
        }
        let numbers = |column| -> Result<Vec<u64>, Error> {
            let all = table.fixed(group, column)?;
            Ok(places.iter().map(|place| all[*place as usize]).collect())
        };
        let texts = |column| table.texts_at(group, column, places);
        let codes = |column| table.codes(group, column);
        let (actor, target) = (numbers(segment::ACTOR)?, numbers(segment::TARGET)?);
        let known = Accounts::of(self, &[&actor, &target])?;
        let (at, weight) = (numbers(segment::AT)?, numbers(segment::WEIGHT)?);
        let [id, object, in_reply_to, text, url]: [Strings; 5] = [
            texts(segment::ID)?,
            texts(segment::OBJECT)?,
            texts(segment::IN_REPLY_TO)?,
            texts(segment::TEXT)?,
            texts(segment::URL)?,
        ];
        let [network, verb, lang, visibility]: [Codes; 4] = [
            codes(segment::NETWORK)?,
            codes(segment::VERB)?,
            codes(segment::LANG)?,
            codes(segment::VISIBILITY)?,
        ];
        let mut hasher = Batch::default();
        for (i, place) in places.iter().enumerate() {
            let place = *place as usize;
            let mut row = Interaction {
                id: id.get(i),
                at: Time(at[i] as i64),
                network: network.get(place).unwrap_or_default(),
                verb: verb.get(place).unwrap_or_default(),
                actor: known.id(actor[i]).unwrap_or_default(),
                target: known.id(target[i]),
                object: object.get(i),
                in_reply_to: in_reply_to.get(i),
                text: text.get(i),
                lang: lang.get(place),
                url: url.get(i),
                weight: f64::from_bits(weight[i]),
                visibility: visibility
                    .get(place)
                    .and_then(Visibility::parse)
                    .unwrap_or(Visibility::Private),
            };
            let texts = [row.id, row.object, row.in_reply_to, row.text, row.url];
            let redacted = match &self.erasing {
                Some(erasing) => erasing.screen.texts(row.network, row.at.0, texts),
                None => None,
            };
            if let Some(texts) = &redacted {
                [row.id, row.object, row.in_reply_to, row.text, row.url] =
                    texts.each_ref().map(Option::as_deref);
            }
            let derived;
            if row.id.is_none() {
                derived = keys::derived_id(hasher.hash_content(&row));
                row.id = Some(&derived);
            }
            each(&row)?;
        }
        Ok(())
    }
}

/// The accounts of a row group, by key.
struct Accounts {
    keys: Vec<u64>,
    accounts: Vec<Option<Account>>,
}

impl Accounts {
    fn of(view: &View, columns: &[&[u64]]) -> Result<Accounts, Error> {
        let mut keys: Vec<u64> = columns.iter().flat_map(|keys| keys.iter().copied()).collect();
        keys.sort_unstable();
        keys.dedup();
        let accounts = view.accounts(&keys)?;
        Ok(Accounts { keys, accounts })
    }

    fn id(&self, key: u64) -> Option<&str> {
        let place = self.keys.binary_search(&key).ok()?;
        self.accounts[place].as_ref().map(|account| account.id.as_str())
    }
}
