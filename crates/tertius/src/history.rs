//! Earlier scores: how a score changed, and what is kept of the cards that say so.
//!
//! **Change.** A score is compared with the newest earlier card at or before its moment less a day (a week of 7 days, a month of 30), which must
//! not be older than twice that: what is nearly a month old is no "day". Only cards of the same version and fit count, since only they
//! measure with the same scale: a change is then the person's, not the definition's. There is no change to tell where the person had no score
//! then, or had two because accounts were merged since.
//!
//! **Kept.** For each version of a definition:
//!
//! | cards | kept |
//! |---|---|
//! | the newest 3, and the one just published | whole |
//! | the last of each day, for 35 days | people and scores |
//! | before that, the last of each week | people and scores |
//!
//! *Newest* and *last* go by the moment that a card is of, then by its number; not by when it was made. So scoring a past moment never evicts
//! today's card, which is the one that `rank` and `explain` read. Such a card stays whole until the next one is published, to be looked
//! at. Days and weeks are UTC's, weeks begin on Monday. They are counted back from the newest card, or from the newest
//! interaction where that is earlier: a slip of `--as-of` into the future must not age everything there is.
//!
//! **Crashes.** People and scores are on the disk, under their name, before the whole card is removed. Killed between any two steps, all that must
//! be kept is there, perhaps twice, and the next publication finishes the work. What to do follows from the names of the files alone.

use crate::cards::{CardFile, PAST, card_files, card_path, map_card, read_card, read_past};
use crate::error::{Error, ErrorKind, Result};
use crate::export::table::write_new;
use crate::workspace::Workspace;
use bytes::Bytes;
use influence::Past;
use influence::scorecard::{Header, Scorecard};
use model::Time;
use model::time::DAY;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Change of a score over a day, a week and a month, in points.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Delta {
    /// Against a day before.
    pub day: Option<f64>,
    /// Against seven days before.
    pub week: Option<f64>,
    /// Against thirty days before.
    pub month: Option<f64>,
}

/// Scores of an earlier card, mapped and not read.
pub(crate) enum Earlier {
    Card(Box<Scorecard<Bytes>>),
    Past(Past<Bytes>),
}

impl Earlier {
    /// Reads the file and checks all of it.
    pub(crate) fn read(file: &CardFile) -> Result<Earlier> {
        let earlier = Earlier::map(file)?;
        let whole = match &earlier {
            Earlier::Card(card) => card.is_whole(),
            Earlier::Past(past) => past.is_whole(),
        };
        match whole {
            true => Ok(earlier),
            false => Err(Error::new(
                ErrorKind::Invalid,
                format!("{} is damaged; restore it from a backup", file.path.display()),
            )),
        }
    }

    /// Maps the file without reading it.
    pub(crate) fn map(file: &CardFile) -> Result<Earlier> {
        let named = |error: influence::Error| {
            Error::new(ErrorKind::Invalid, format!("{}: {error}", file.path.display()))
        };
        Ok(match file.whole {
            true => Earlier::Card(Box::new(map_card(&file.path)?)),
            false => Earlier::Past(Past::trusting(ledger::map(&file.path)?).map_err(named)?),
        })
    }

    /// Whether it measured with the same scale.
    fn compares_with(&self, header: &Header) -> bool {
        let (hash, fit) = match self {
            Earlier::Card(card) => (&card.header().hash, &card.header().fit),
            Earlier::Past(past) => (&past.header().hash, &past.header().fit),
        };
        (hash, fit) == (&header.hash, &header.fit)
    }

    /// The score of a person, 1 to 100; nothing if there was none.
    pub(crate) fn score_of(&self, person: u64) -> Option<f64> {
        match self {
            Earlier::Card(card) => card.find(person).and_then(|row| card.score(row)),
            Earlier::Past(past) => past.score_of(person),
        }
    }
}

/// The earlier cards that a score is compared with: of a day, a week and a month before.
pub(crate) fn baselines(
    files: &[CardFile],
    header: &Header,
    open: fn(&CardFile) -> Result<Earlier>,
) -> [Option<Earlier>; 3] {
    [1, 7, 30].map(|days| {
        let before = |days: i64| Time(header.as_of().0.saturating_sub(days * DAY));
        let window = before(2 * days)..=before(days);
        let mut newest = files.iter().rev().filter(|file| window.contains(&file.as_of));
        newest.find_map(|file| {
            // What can't be read is named by `verify`; it is no reason to show nothing else.
            open(file).ok().filter(|earlier| earlier.compares_with(header))
        })
    })
}

impl Delta {
    /// How a score changed since. `members` are the keys of the person's accounts, one of which named them earlier.
    pub(crate) fn since(earlier: [Option<&Earlier>; 3], members: &[u64], score: f64) -> Delta {
        let [day, week, month] = earlier.map(|earlier| {
            let mut scores = members.iter().filter_map(|member| earlier?.score_of(*member));
            match (scores.next(), scores.next()) {
                (Some(before), None) => Some(score - before),
                _ => None,
            }
        });
        Delta { day, week, month }
    }
}

impl Workspace {
    /// How a score changed. `members` are the keys of the person's accounts.
    pub(crate) fn delta(&self, header: &Header, members: &[u64], score: f64) -> Result<Delta> {
        let files = card_files(&self.card_dir(&header.definition, header.version))?;
        let earlier = baselines(&files, header, Earlier::read);
        Ok(Delta::since(earlier.each_ref().map(Option::as_ref), members, score))
    }
}

/// So many cards are kept whole.
const KEPT_WHOLE: usize = 3;
/// For so many days a card is kept of each day.
const DAILY: i64 = 35;

/// A card, by its moment and number.
type Id = (Time, u32);

/// How a card is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Whole,
    PeopleAndScores,
}

/// Which of the cards are kept, and how; the others are dropped. `ids` rise.
fn kept(ids: &[Id], published: Id, newest: Time) -> BTreeMap<Id, Form> {
    let Some((last, _)) = ids.last() else {
        return BTreeMap::new();
    };
    let day = |time: Time| time.0.div_euclid(DAY);
    let today = day(newest.min(*last));
    // Later cards of the same day or week replace earlier ones. The first of January 1970 was a Thursday.
    let span = |time: Time| match today - day(time) {
        age if age <= DAILY => (true, day(time)),
        _ => (false, (day(time) + 3).div_euclid(7)),
    };
    let lasting: BTreeMap<(bool, i64), Id> = ids.iter().map(|id| (span(id.0), *id)).collect();
    let mut kept: BTreeMap<Id, Form> =
        lasting.into_values().map(|id| (id, Form::PeopleAndScores)).collect();
    let whole = ids.iter().rev().take(KEPT_WHOLE).chain([&published]);
    kept.extend(whole.map(|id| (*id, Form::Whole)));
    kept
}

/// What is done to the files of a folder, one after the other.
enum Step<'a> {
    /// Writes people and scores beside the whole card.
    Write(&'a CardFile),
    /// Removes a whole card whose people and scores are there, or that is not kept.
    Remove(&'a CardFile),
}

fn steps(files: &[CardFile], published: Id, newest: Time) -> Vec<Step<'_>> {
    let id = |file: &CardFile| (file.as_of, file.number);
    let ids: BTreeSet<Id> = files.iter().map(id).collect();
    let ids: Vec<Id> = ids.into_iter().collect();
    let kept = kept(&ids, published, newest);
    let mut steps = Vec::new();
    for file in files {
        match kept.get(&id(file)) {
            None => steps.push(Step::Remove(file)),
            Some(Form::PeopleAndScores) if file.whole => {
                steps.extend([Step::Write(file), Step::Remove(file)]);
            }
            Some(_) => {}
        }
    }
    steps
}

/// Brings a folder of cards to what is kept, after `published` was published into it.
pub(crate) fn thin(dir: &Path, published: Id, newest: Time) -> Result<()> {
    let files = card_files(dir)?;
    let mut steps = steps(&files, published, newest).into_iter();
    while let Some(step) = steps.next() {
        let written = step.take(dir)?;
        if !written {
            // The card can't be read, so it stays for `verify` to name: its removal is left out.
            steps.next();
        }
    }
    Ok(())
}

impl Step<'_> {
    /// Whether it was done; not where the card can't be read.
    fn take(&self, dir: &Path) -> Result<bool> {
        match self {
            Step::Write(file) => {
                let Ok(card) = read_card(&file.path) else {
                    return Ok(false);
                };
                let past = Past::of(&card)?;
                let path = card_path(dir, file.as_of, file.number, PAST);
                Ok(write_new(&path, past.bytes())?
                    || read_past(&path).is_ok_and(|there| there.bytes() == past.bytes()))
            }
            Step::Remove(file) => match std::fs::remove_file(&file.path) {
                Ok(()) => Ok(true),
                // Somebody else publishes at the same time.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
                Err(error) => Err(Error::io(&file.path, "can't remove", error)),
            },
        }
    }
}

#[cfg(test)]
mod tests;
