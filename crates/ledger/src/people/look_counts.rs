//! Answers to programs, which ask by the thousand a second: counted by day (UTC), person, question and source.
//!
//! What was counted since the last writing is a run: records in order of person, in pages of about a thousand. A row for each person in
//! one tree would touch a page of the disk for each; so runs are merged, as in a log-structured merge tree: [`TOGETHER`] of one level become one of
//! the next, and a day that is over becomes one run. A record is written some five times in a day, and looking for a person asks some fifty pages of a
//! day that is not over, and one of every other day.
//!
//! A merge moves records in steps of a transaction each, the lowest persons first, so that every record is in one run whenever it is broken
//! off, and nobody waits for it longer than for one step.
//!
//! | bytes of a record, little-endian | what |
//! |---|---|
//! | 8 | the person's number, in order as a signed one |
//! | 4 | the row of `look_labels`: what was asked, and who did |
//! | 4 | how often; what is more than 32 bits hold stays at that |

use super::{Look, People, register};
use crate::catalogue::Catalogue;
use crate::error::{Error, Kind};
use model::time::DAY;
use model::{Span, Time};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;
use std::path::Path;

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS look_labels (
    label INTEGER PRIMARY KEY,
    what TEXT NOT NULL,
    source TEXT NOT NULL,
    UNIQUE (what, source)
);
CREATE TABLE IF NOT EXISTS look_runs (
    run INTEGER PRIMARY KEY,
    day INTEGER NOT NULL,
    level INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS look_runs_day ON look_runs(day, level);
CREATE TABLE IF NOT EXISTS look_pages (
    page INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES look_runs(run) ON DELETE CASCADE,
    first INTEGER NOT NULL,
    records BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS look_pages_first ON look_pages(run, first);
";

/// Records of a page, and a few more where one person's would be parted.
const PAGE: usize = 1_024;
/// Bytes of a record.
const RECORD: usize = 16;
/// Runs of one level that are merged.
const TOGETHER: i64 = 8;
/// Runs that are merged at once, where many have come together.
const MOST: usize = 64;
/// Pages that a step reads.
const STEP: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Record {
    person: i64,
    label: u32,
    times: u32,
}

/// Counts answers in one workspace, for a process that goes on running.
#[derive(Debug)]
pub struct LookCounts {
    people: People,
    merging: Option<Merging>,
    /// The last erasure that was seen at the last writing, and at the one before: an answer may have been under way.
    erasures: [i64; 2],
}

/// A merge that is under way.
#[derive(Clone, Debug)]
struct Merging {
    runs: Vec<i64>,
    into: i64,
}

impl LookCounts {
    /// Opens them in the workspace `dir`, which must be writable.
    pub fn open(dir: &Path) -> Result<LookCounts, Error> {
        let people = People::open(dir)?;
        let last = last_erasure(people.catalogue.connection())?;
        Ok(LookCounts { people, merging: None, erasures: [last; 2] })
    }

    /// Writes down answers as a run of the day of `at`, in one transaction: persons, each with the place in `labels` of what was asked and by whom. Forgets days from
    /// before `keep`.
    ///
    /// Whoever was erased since the writing before the last is left out. Where an erasure has ended since then, nobody can say any more whom it was
    /// about, and none of these answers is written.
    pub fn add(
        &mut self,
        answers: &[(u64, u32)],
        labels: &[(&str, &str)],
        at: Time,
        keep: Span,
    ) -> Result<(), Error> {
        let write = self.people.catalogue.transaction()?;
        let last = last_erasure(&write)?;
        let erased = match last == self.erasures[1] {
            true => Some(HashSet::new()),
            false => erased_after(&write, self.erasures[1])?,
        };
        write
            .prepare_cached("DELETE FROM look_runs WHERE day < ?1")?
            .execute([at.0.saturating_sub(keep).div_euclid(DAY)])?;
        if let Some(erased) = erased {
            let mut used: Vec<Option<u32>> = vec![None; labels.len()];
            let mut records = Vec::with_capacity(answers.len());
            for (person, place) in answers.iter().filter(|answer| !erased.contains(&answer.0)) {
                let place = *place as usize;
                let (Some(label), Some(names)) = (used.get_mut(place), labels.get(place)) else {
                    return Err(Error::new(Kind::Refused, format!("there is no label {place}")));
                };
                let label = match label {
                    Some(label) => *label,
                    None => *label.insert(label_of(&write, *names)?),
                };
                records.push(Record { person: *person as i64, label, times: 1 });
            }
            if !records.is_empty() {
                let day = at.0.div_euclid(DAY);
                let run = new_run(&write, day, 0)?;
                append(&write, run, merged(records))?;
            }
        }
        write.commit()?;
        self.erasures = [last, self.erasures[0]];
        Ok(())
    }

    /// Goes on with merging, for one step; whether it found something to merge. `now` says which days are over.
    pub fn merge(&mut self, now: Time) -> Result<bool, Error> {
        let write = self.people.catalogue.transaction()?;
        let merging = match self.merging.take() {
            Some(merging) => merging,
            None => match due(&write, now.0.div_euclid(DAY))? {
                Some(merging) => merging,
                None => return Ok(false),
            },
        };
        let done = step(&write, &merging)?;
        write.commit()?;
        if !done {
            self.merging = Some(merging);
        }
        Ok(true)
    }
}

/// The number of the newest erasure.
fn last_erasure(read: &Connection) -> Result<i64, Error> {
    let mut ask = read.prepare_cached("SELECT coalesce(max(number), 0) FROM erasures")?;
    Ok(ask.query_row([], |row| row.get(0))?)
}

/// The accounts of those whose erasure came after the one of this number; nothing where that can't be known any more.
fn erased_after(read: &Connection, number: i64) -> Result<Option<HashSet<u64>>, Error> {
    let mut ask =
        read.prepare_cached("SELECT keys FROM erasures WHERE number > ?1 AND kind <> 'retain'")?;
    let mut rows = ask.query([number])?;
    let mut erased = HashSet::new();
    while let Some(row) = rows.next()? {
        let Some(keys) = row.get::<_, Option<Vec<u8>>>(0)? else { return Ok(None) };
        erased.extend(crate::erase::unpack(&keys));
    }
    Ok(Some(erased))
}

fn label_of(write: &Connection, (what, source): (&str, &str)) -> Result<u32, Error> {
    write
        .prepare_cached("INSERT OR IGNORE INTO look_labels (what, source) VALUES (?1, ?2)")?
        .execute([what, source])?;
    let mut ask =
        write.prepare_cached("SELECT label FROM look_labels WHERE what = ?1 AND source = ?2")?;
    Ok(ask.query_row([what, source], |row| row.get(0))?)
}

fn new_run(write: &Connection, day: i64, level: i64) -> Result<i64, Error> {
    write
        .prepare_cached("INSERT INTO look_runs (day, level) VALUES (?1, ?2)")?
        .execute([day, level])?;
    Ok(write.last_insert_rowid())
}

/// In order, each person and label once.
fn merged(mut records: Vec<Record>) -> Vec<Record> {
    // Mostly runs in order one after the other, which this sort merges.
    records.sort();
    records.dedup_by(|next, kept| {
        let same = (next.person, next.label) == (kept.person, kept.label);
        if same {
            kept.times = kept.times.saturating_add(next.times);
        }
        same
    });
    records
}

/// Puts records, which are in order, at the end of a run.
fn append(write: &Connection, run: i64, records: Vec<Record>) -> Result<(), Error> {
    let mut insert =
        write.prepare_cached("INSERT INTO look_pages (run, first, records) VALUES (?1, ?2, ?3)")?;
    let mut rest = &records[..];
    while let Some(first) = rest.first() {
        let mut end = PAGE.min(rest.len());
        // All of a person stand in one page.
        while end < rest.len() && rest[end].person == rest[end - 1].person {
            end += 1;
        }
        let (page, after) = rest.split_at(end);
        insert.execute(params![run, first.person, pack(page)])?;
        rest = after;
    }
    Ok(())
}

fn pack(records: &[Record]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(RECORD * records.len());
    for record in records {
        bytes.extend_from_slice(&record.person.to_le_bytes());
        bytes.extend_from_slice(&record.label.to_le_bytes());
        bytes.extend_from_slice(&record.times.to_le_bytes());
    }
    bytes
}

fn unpack(bytes: &[u8]) -> impl Iterator<Item = Record> {
    bytes.as_chunks::<RECORD>().0.iter().map(|record| {
        let whole = u128::from_le_bytes(*record);
        Record { person: whole as i64, label: (whole >> 64) as u32, times: (whole >> 96) as u32 }
    })
}

/// What is to be merged next: a day that is over as a whole, or a level of today with enough runs.
fn due(write: &Connection, today: i64) -> Result<Option<Merging>, Error> {
    let over = "SELECT day, max(level) FROM look_runs WHERE day < ?1 GROUP BY day HAVING count(*) > 1 LIMIT 1";
    let full = "SELECT day, level FROM look_runs WHERE day >= ?1 GROUP BY day, level HAVING count(*) >= ?2 LIMIT 1";
    let pair = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
    let mut found = write.prepare_cached(over)?.query_row([today], pair).optional()?;
    if found.is_none() {
        found = write.prepare_cached(full)?.query_row([today, TOGETHER], pair).optional()?;
    }
    let Some((day, level)) = found else { return Ok(None) };
    let mut ask = write.prepare_cached(
        "SELECT run FROM look_runs WHERE day = ?1 AND (level = ?2 OR ?1 < ?3) ORDER BY level, run LIMIT ?4",
    )?;
    let runs = ask.query_map(params![day, level, today, MOST as i64], |row| row.get(0))?;
    let runs = runs.collect::<Result<_, _>>()?;
    Ok(Some(Merging { runs, into: new_run(write, day, level + 1)? }))
}

/// Moves the records of the lowest persons; whether no more are left.
fn step(write: &Connection, merging: &Merging) -> Result<bool, Error> {
    let each = (STEP / merging.runs.len().max(1)).max(1);
    let mut ask = write.prepare_cached(
        "SELECT page, first, records FROM look_pages WHERE run = ?1 ORDER BY first LIMIT ?2",
    )?;
    let mut pages: Vec<(i64, i64, Vec<Record>)> = Vec::new();
    // Up to which person every run was read.
    let mut bound = i64::MAX;
    let mut done = true;
    for run in &merging.runs {
        let mut rows = ask.query(params![run, each as i64])?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            let records: Vec<Record> = unpack(row.get_ref(2)?.as_blob().map_err(odd)?).collect();
            pages.push((row.get(0)?, row.get(1)?, records));
            read += 1;
        }
        if read == each
            && let Some(last) = pages.last().and_then(|page| page.2.last())
        {
            bound = bound.min(last.person);
            done = false;
        }
    }
    drop(ask);
    let mut delete = write.prepare_cached("DELETE FROM look_pages WHERE page = ?1")?;
    let mut shorten =
        write.prepare_cached("UPDATE look_pages SET first = ?2, records = ?3 WHERE page = ?1")?;
    let mut moved = Vec::new();
    for (page, first, records) in pages {
        if first > bound {
            continue;
        }
        let (go, stay) = records.split_at(records.partition_point(|one| one.person <= bound));
        moved.extend_from_slice(go);
        match stay.first() {
            Some(first) => shorten.execute(params![page, first.person, pack(stay)])?,
            None => delete.execute([page])?,
        };
    }
    append(write, merging.into, merged(moved))?;
    if done {
        let mut empty = write.prepare_cached("DELETE FROM look_runs WHERE run = ?1")?;
        for run in &merging.runs {
            empty.execute([run])?;
        }
    }
    Ok(done)
}

fn odd(error: rusqlite::types::FromSqlError) -> Error {
    Error::new(Kind::Damaged, format!("the table look_pages is not as it was written: {error}"))
}

/// The page of a run that would hold a person: its number, and its records.
fn page_of(read: &Connection, run: i64, person: i64) -> Result<Option<(i64, Vec<Record>)>, Error> {
    let mut ask = read.prepare_cached(
        "SELECT page, records FROM look_pages WHERE run = ?1 AND first <= ?2 ORDER BY first DESC LIMIT 1",
    )?;
    let mut rows = ask.query([run, person])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let records = unpack(row.get_ref(1)?.as_blob().map_err(odd)?).collect();
    Ok(Some((row.get(0)?, records)))
}

/// Removes persons from every page; how many records went.
pub(super) fn erase(write: &Connection, keys: &[u64]) -> Result<u64, Error> {
    let runs: Vec<i64> = register::all(write, "SELECT run FROM look_runs", |row| row.get(0))?;
    let mut removed = 0;
    for run in runs {
        for key in keys {
            let person = *key as i64;
            let Some((page, mut records)) = page_of(write, run, person)? else { continue };
            let before = records.len();
            records.retain(|record| record.person != person);
            if records.len() == before {
                continue;
            }
            removed += (before - records.len()) as u64;
            match records.first() {
                Some(first) => write
                    .prepare_cached(
                        "UPDATE look_pages SET first = ?2, records = ?3 WHERE page = ?1",
                    )?
                    .execute(params![page, first.person, pack(&records)])?,
                None => write
                    .prepare_cached("DELETE FROM look_pages WHERE page = ?1")?
                    .execute([page])?,
            };
        }
    }
    Ok(removed)
}

/// Adds what was counted of the persons `keys`, a row a day, question and source.
pub(super) fn of(
    catalogue: &Catalogue,
    keys: &[u64],
    looks: &mut Vec<(Option<u64>, Look)>,
) -> Result<(), Error> {
    let read = catalogue.connection();
    if !register::has_table(read, "look_pages")? {
        return Ok(());
    }
    let runs: Vec<(i64, i64)> =
        register::all(read, "SELECT day, run FROM look_runs ORDER BY day, run", |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let mut names = read.prepare("SELECT what, source FROM look_labels WHERE label = ?1")?;
    for runs in runs.chunk_by(|a, b| a.0 == b.0) {
        let mut found: Vec<Record> = Vec::new();
        for (_, run) in runs {
            for key in keys {
                let page = page_of(read, *run, *key as i64)?;
                let records = page.into_iter().flat_map(|(_, records)| records);
                found.extend(records.filter(|record| record.person == *key as i64));
            }
        }
        for record in merged(found) {
            let (what, source) =
                names.query_row([record.label], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let at = Time(runs[0].0.saturating_mul(DAY));
            let times = u64::from(record.times);
            looks.push((
                Some(record.person as u64),
                Look { at, times, what, source, of_many: false },
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const NOON: Time = Time(20_000 * DAY + DAY / 2);
    const LABELS: [(&str, &str); 2] = [("scores", "key one"), ("lookup", "key two")];

    /// Persons as hashes are: all over the range, some of them again and again.
    fn answers(seed: u64, count: u64) -> Vec<(u64, u32)> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state >> 11
        };
        (0..count)
            .map(|_| ((next() % 5_000).wrapping_mul(0x9e37_79b9_7f4a_7c15), (next() % 2) as u32))
            .collect()
    }

    fn told(dir: &Path, person: u64) -> Vec<(i64, u64, String)> {
        let looks = People::looks(dir, &[person]).unwrap();
        looks.into_iter().map(|look| (look.at.0, look.times, look.what)).collect()
    }

    fn runs(counts: &LookCounts) -> i64 {
        let sql = "SELECT count(*) FROM look_runs";
        counts.people.catalogue.connection().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn every_answer_is_told_however_far_runs_were_merged_and_wherever_that_was_broken_off() {
        let dir = tempfile::tempdir().unwrap();
        let mut counts = LookCounts::open(dir.path()).unwrap();
        let mut truth: BTreeMap<u64, BTreeMap<&str, u64>> = BTreeMap::new();
        for second in 0..100 {
            let seen = answers(second, 3_000);
            for (person, label) in &seen {
                *truth.entry(*person).or_default().entry(LABELS[*label as usize].0).or_default() +=
                    1;
            }
            counts.add(&seen, &LABELS, NOON, 400 * DAY).unwrap();
            counts.merge(NOON).unwrap();
            if second % 7 == 0 {
                // As one that was killed.
                counts = LookCounts::open(dir.path()).unwrap();
            }
        }
        let check = |what: &str| {
            for (person, times) in truth.iter().step_by(17) {
                let told: BTreeMap<String, u64> = told(dir.path(), *person)
                    .into_iter()
                    .map(|(_, times, what)| (what, times))
                    .collect();
                let truth: BTreeMap<String, u64> =
                    times.iter().map(|(what, times)| ((*what).to_owned(), *times)).collect();
                assert_eq!(told, truth, "{what}");
            }
        };
        check("half merged");
        while counts.merge(NOON).unwrap() {}
        assert!(runs(&counts) < 3 * TOGETHER, "{}", runs(&counts));
        check("merged");
        while counts.merge(Time(NOON.0 + DAY)).unwrap() {}
        assert_eq!(runs(&counts), 1);
        check("over");
    }

    #[test]
    fn an_erased_person_is_in_no_run_and_in_none_that_was_on_its_way() {
        let dir = tempfile::tempdir().unwrap();
        let mut counts = LookCounts::open(dir.path()).unwrap();
        for second in 0..20 {
            counts.add(&answers(second, 3_000), &LABELS, NOON, 400 * DAY).unwrap();
        }
        let (gone, stays) = (answers(0, 1)[0].0, answers(1, 1)[0].0);
        let before = told(dir.path(), stays);
        assert!(!told(dir.path(), gone).is_empty());
        let write = counts.people.catalogue.transaction().unwrap();
        crate::erase::begin(&write, "forget", &[model::AccountKey(gone)]).unwrap();
        write.commit().unwrap();
        assert!(told(dir.path(), gone).is_empty());
        assert_eq!(told(dir.path(), stays), before);
        // Counted before it was known, and an answer that was under way.
        for _ in 0..2 {
            counts.add(&[(gone, 0), (stays, 0)], &LABELS, NOON, 400 * DAY).unwrap();
        }
        assert!(told(dir.path(), gone).is_empty());
        assert_ne!(told(dir.path(), stays), before);
        // It is done, and nobody knows any more whom it was about.
        crate::erase::finish(dir.path(), &crate::Options::default()).unwrap();
        let mut late = LookCounts { erasures: [0; 2], ..counts };
        let before = told(dir.path(), stays);
        late.add(&[(gone, 0), (stays, 0)], &LABELS, NOON, 400 * DAY).unwrap();
        assert!(told(dir.path(), gone).is_empty());
        assert_eq!(told(dir.path(), stays), before);
    }

    #[test]
    fn days_that_are_not_kept_any_more_are_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let mut counts = LookCounts::open(dir.path()).unwrap();
        counts.add(&[(7, 1)], &LABELS, NOON, 10 * DAY).unwrap();
        assert_eq!(told(dir.path(), 7), [(20_000 * DAY, 1, "lookup".to_owned())]);
        counts.add(&[(8, 0)], &LABELS, Time(NOON.0 + 11 * DAY), 10 * DAY).unwrap();
        assert!(told(dir.path(), 7).is_empty());
        let pages = "SELECT count(*) FROM look_pages";
        let left: i64 =
            counts.people.catalogue.connection().query_row(pages, [], |row| row.get(0)).unwrap();
        assert_eq!(left, 1);
    }
}
