//! Checking a workspace: is everything that the catalogue names there, and as it was written?

use crate::catalogue::Catalogue;
use crate::compact::in_order;
use crate::erase::Erasing;
use crate::error::{Error, Kind};
use crate::files;
use crate::people::People;
use crate::segment::{self, Named, Segment};
use crate::store::{beyond, leftovers};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Whether everything holds.
    pub ok: bool,
    /// Segments that the catalogue names.
    pub segments: u64,
    /// Interactions that hold.
    pub interactions: u64,
    /// What is wrong: which file, what, and what to do.
    pub problems: Vec<String>,
    /// Files of commits that were broken off. They are no fault; the next writer removes them.
    pub leftovers: Vec<PathBuf>,
}

/// Checks the workspace `dir` to the last byte. Where there is none yet, nothing is wrong.
pub fn verify(dir: &Path) -> Result<Report, Error> {
    let mut report = Report::default();
    if !Catalogue::exists(dir) {
        report.ok = true;
        return Ok(report);
    }
    let named = match named(dir, &mut report.problems) {
        Err(error) if error.kind() == Kind::Damaged => {
            report.problems.push(error.to_string());
            return Ok(report);
        }
        named => named?,
    };
    // SQLite has no checksums of content: a word that has no meaning is found only by reading it.
    if let Err(error) = People::read(dir) {
        report.problems.push(error.to_string());
    }
    report.segments = named.len() as u64;
    let last = named.last().map_or(0, |named| named.sequence);
    report.interactions = named.iter().map(|named| named.live()).sum();
    let mut segments = Vec::new();
    for named in named {
        match Segment::open(dir, named) {
            Ok(segment) => {
                if check(&segment, &mut report.problems) {
                    segments.push(segment);
                }
            }
            Err(error) => report.problems.push(error.to_string()),
        }
    }
    if segments.len() as u64 == report.segments {
        let erasing = Erasing::read(&Catalogue::read(dir)?)?;
        across(&segments, &erasing.map_or(Vec::new(), |e| e.keys), &mut report.problems);
    }
    if dir.join(segment::DIR).is_dir() {
        report.leftovers = leftovers(dir, &segments)?;
        if segments.len() as u64 != report.segments {
            // A segment that does not open would count as a leftover.
            report.leftovers.clear();
        }
        let last = segment::last(Catalogue::read(dir)?.connection(), last)?;
        if let Some(error) = beyond(&report.leftovers, last) {
            report.problems.push(error.to_string());
        }
    }
    report.ok = report.problems.is_empty();
    Ok(report)
}

/// What the catalogue names, after a check of its own.
fn named(dir: &Path, problems: &mut Vec<String>) -> Result<Vec<Named>, Error> {
    let catalogue = Catalogue::read(dir)?;
    let connection = catalogue.connection();
    let outcome: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if outcome != "ok" {
        problems.push(format!(
            "catalogue.sqlite is damaged: {outcome}; restore the workspace from a copy"
        ));
    }
    let transaction = connection.unchecked_transaction()?;
    segment::named(&transaction)
}

/// Checks one segment by itself; false if its content should not be looked at further.
fn check(segment: &Segment, problems: &mut Vec<String>) -> bool {
    let before = problems.len();
    let files = &segment.files;
    let named = &segment.named;
    for (table, written) in [(&files.data, named.data), (&files.accounts, named.dictionary)] {
        let bytes = table.bytes();
        if bytes.len() as u64 != written.bytes || files::hash(bytes) != written.hash {
            let what = "its content is not what the catalogue says";
            problems.push(Error::damaged(table.path(), what).to_string());
        }
    }
    for run in [&files.run, &files.keys] {
        if let Err(error) = run.verify() {
            problems.push(error.to_string());
        }
    }
    if problems.len() > before {
        return false;
    }
    let path = files.data.path();
    let mut seen = vec![false; named.rows as usize];
    for row in files.run.rows() {
        match seen.get_mut(*row as usize) {
            Some(seen) if !*seen => *seen = true,
            _ => {
                let what = format!("its index names row {row} twice, or beyond its end");
                problems.push(Error::damaged(path, what).to_string());
                break;
            }
        }
    }
    if named.superseded.windows(2).any(|pair| pair[0] == pair[1])
        || named.superseded.last().is_some_and(|row| u64::from(*row) >= named.rows)
    {
        let what = "a superseded row does not exist, or is superseded twice";
        problems.push(Error::damaged(path, what).to_string());
    }
    let digest = files
        .run
        .keys()
        .iter()
        .zip(files.run.contents())
        .fold(0u128, |sum, (identity, content)| {
            sum.wrapping_add(segment::row_digest(*identity, *content))
        });
    if digest != named.digest {
        let what = "its rows do not add up to the digest in the catalogue";
        problems.push(Error::damaged(path, what).to_string());
    }
    problems.len() == before
}

/// Checks what segments promise each other: identities live once, accounts known once and all known but those that are
/// being erased.
fn across(segments: &[Segment], erasing: &[u64], problems: &mut Vec<String>) {
    let name = |list: usize| segments[list].files.data.path().display().to_string();
    let mut last: Option<(u128, usize)> = None;
    let runs = segments.iter().map(|s| s.files.run.keys()).collect();
    for (key, list, rank) in in_order(runs) {
        let row = segments[list].files.run.rows()[rank];
        if segments[list].named.is_superseded(row) {
            continue;
        }
        if let Some((same, other)) = last.filter(|(same, _)| *same == key) {
            problems.push(format!(
                "the interaction {same:032x} is stored twice, in {} and in {}; build the workspace anew from the sources",
                name(other),
                name(list)
            ));
            break;
        }
        last = Some((key, list));
    }
    let mut last = None;
    let keys = segments.iter().map(|s| s.files.keys.keys()).collect();
    let mut all = Vec::new();
    for (key, list, _) in in_order(keys) {
        let high = (key >> 64) as u64;
        if last == Some(high) {
            problems.push(format!(
                "the account key {high} is named twice, again in {}; build the workspace anew from the sources",
                name(list)
            ));
            break;
        }
        last = Some(high);
        all.push(high);
    }
    let mut missing: BTreeMap<String, u64> = BTreeMap::new();
    for (list, segment) in segments.iter().enumerate() {
        let table = &segment.files.data;
        for group in 0..table.groups() {
            for column in [segment::ACTOR, segment::TARGET] {
                match table.fixed(group, column) {
                    Ok(keys) => {
                        let is_unknown = |key: &&u64| {
                            **key != 0
                                && all.binary_search(key).is_err()
                                && erasing.binary_search(key).is_err()
                        };
                        let unknown = keys.iter().filter(is_unknown).count() as u64;
                        if unknown > 0 {
                            *missing.entry(name(list)).or_default() += unknown;
                        }
                    }
                    Err(error) => problems.push(error.to_string()),
                }
            }
            for column in 0..segment::COLUMNS {
                if let Err(error) = readable(segment, group, column) {
                    problems.push(error.to_string());
                }
            }
        }
    }
    for (name, count) in missing {
        problems.push(format!(
            "{name} names accounts {count} times that no dictionary knows; build the workspace anew from the sources"
        ));
    }
}

fn readable(segment: &Segment, group: usize, column: usize) -> Result<(), Error> {
    let table = &segment.files.data;
    match column {
        segment::ID | segment::OBJECT | segment::IN_REPLY_TO | segment::TEXT | segment::URL => {
            table.texts(group, column).map(|_| ())
        }
        segment::NETWORK | segment::VERB | segment::LANG | segment::VISIBILITY => {
            table.codes(group, column).map(|_| ())
        }
        _ => table.fixed(group, column).map(|_| ()),
    }
}
