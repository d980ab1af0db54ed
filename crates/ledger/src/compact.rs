//! Merging segments into one, so that there are never many: superseded rows go, everything else stays.
//!
//! Streams: one row group is decoded at a time, and runs and dictionaries are merged in order of key. Row numbers are
//! mapped, not stored: a row of a source becomes `base + row - superseded rows before it`.

use crate::error::Error;
use crate::files::{Disk, Written, sync, sync_dir};
use crate::pages::Packing;
use crate::run::{KeyKind, RunWriter, Undo};
use crate::segment::{self, GROUP_ROWS, Group, Named, Paths, Segment, Texts};
use crate::table::Codes;
use model::{Strings, Visibility};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::Path;

/// Writes the files of a segment with the rows of all `sources` that hold, and all their accounts but those whose keys
/// are `gone`, which ascend.
pub fn merge(
    disk: &Disk,
    dir: &Path,
    sources: &[Segment],
    gone: &[u64],
    sequence: i64,
) -> Result<Named, Error> {
    let paths = Paths::of(dir, &format!("{sequence:08}"));
    let mut data = segment::create_data(disk, &paths)?;
    let (mut earliest, mut newest) = (i64::MAX, i64::MIN);
    // Of one segment that is written anew, what does not change is taken over as it lies.
    let alone = sources.len() == 1;
    for source in sources {
        for group in 0..source.files.data.groups() {
            if let Some((first, last)) = source.files.data.bounds(group, segment::AT)
                && alone
                && source.is_whole(group)
            {
                source.files.data.copy_group(group, &mut data)?;
                (earliest, newest) = (earliest.min(first), newest.max(last));
                continue;
            }
            let rows = Rows::read(source, group)?;
            for at in &rows.numbers[0] {
                earliest = earliest.min(*at as i64);
                newest = newest.max(*at as i64);
            }
            if !rows.numbers[0].is_empty() {
                rows.group().write(&mut data, Packing::Small)?;
            }
        }
    }
    let data = data.finish()?;
    let rows: u64 = sources.iter().map(|source| source.named.live()).sum();
    let digest = merge_runs(disk, &paths, sources, rows)?;
    let (accounts, dictionary) = match sources {
        [source] if source.names(gone) == 0 => copy_accounts(disk, &paths, source)?,
        _ => merge_accounts(disk, &paths, sources, gone)?,
    };
    sync_dir(&dir.join(segment::DIR))?;
    Ok(Named {
        sequence,
        rows,
        accounts,
        earliest: earliest.min(newest),
        newest: newest.max(0),
        digest,
        data,
        dictionary,
        superseded: Default::default(),
        superseded_digest: 0,
        forgot: sources.iter().any(|one| one.named.forgot || !one.named.superseded.is_empty()),
    })
}

/// The rows of a row group that hold.
struct Rows {
    numbers: [Vec<u64>; 6],
    names: [Codes; 3],
    visibility: Vec<u16>,
    texts: [Strings; 5],
    kept: Vec<usize>,
}

impl Rows {
    fn read(source: &Segment, group: usize) -> Result<Rows, Error> {
        let table = &source.files.data;
        let kept: Vec<usize> = table
            .rows(group)
            .enumerate()
            .filter(|(_, row)| !source.named.is_superseded(*row))
            .map(|(place, _)| place)
            .collect();
        let numbers = |column| -> Result<Vec<u64>, Error> {
            let all = table.fixed(group, column)?;
            Ok(kept.iter().map(|place| all[*place]).collect())
        };
        let codes = |column| -> Result<Codes, Error> {
            let mut all = table.codes(group, column)?;
            all.codes = kept.iter().map(|place| all.codes[*place]).collect();
            Ok(all)
        };
        let visibility = codes(segment::VISIBILITY)?;
        let level = |code: &u16| {
            let name = visibility.names.get(usize::from(*code));
            let level = name.and_then(|name| Visibility::parse(name));
            level.unwrap_or(Visibility::Private) as u16
        };
        Ok(Rows {
            numbers: [
                numbers(segment::AT)?,
                numbers(segment::ACTOR)?,
                numbers(segment::TARGET)?,
                numbers(segment::OBJECT_KEY)?,
                numbers(segment::PARENT_KEY)?,
                numbers(segment::WEIGHT)?,
            ],
            names: [codes(segment::NETWORK)?, codes(segment::VERB)?, codes(segment::LANG)?],
            visibility: visibility.codes.iter().map(level).collect(),
            texts: [
                table.texts(group, segment::ID)?,
                table.texts(group, segment::OBJECT)?,
                table.texts(group, segment::IN_REPLY_TO)?,
                table.texts(group, segment::TEXT)?,
                table.texts(group, segment::URL)?,
            ],
            kept,
        })
    }

    fn group(&self) -> Group<'_> {
        let [at, actor, target, object_key, parent_key, weight] = self.numbers.clone();
        Group {
            at,
            actor,
            target,
            object_key,
            parent_key,
            weight,
            visibility: self.visibility.clone(),
            names: [0, 1, 2].map(|i| {
                let Codes { codes, names } = &self.names[i];
                (codes.clone(), names.iter().map(String::as_str).collect())
            }),
            texts: [0, 1, 2, 3, 4].map(|i| self.texts(i)),
        }
    }

    fn texts(&self, column: usize) -> Texts<'_> {
        let strings = &self.texts[column];
        Box::new(
            self.kept
                .iter()
                .map(move |place| strings.span(*place).map(|span| &strings.bytes()[span])),
        )
    }
}

/// The smallest keys of several sorted lists, one after the other: (key, list, rank).
pub fn in_order<'a>(lists: Vec<&'a [u128]>) -> impl Iterator<Item = (u128, usize, usize)> + 'a {
    let mut heap: BinaryHeap<Reverse<(u128, usize, usize)>> = lists
        .iter()
        .enumerate()
        .filter_map(|(list, keys)| Some(Reverse((*keys.first()?, list, 0))))
        .collect();
    std::iter::from_fn(move || {
        let mut first = heap.peek_mut()?;
        let Reverse((key, list, rank)) = *first;
        match lists[list].get(rank + 1) {
            Some(next) => *first = Reverse((*next, list, rank + 1)),
            None => {
                std::collections::binary_heap::PeekMut::pop(first);
            }
        }
        Some((key, list, rank))
    })
}

fn merge_runs(disk: &Disk, paths: &Paths, sources: &[Segment], rows: u64) -> Result<u128, Error> {
    let mut base = 0u32;
    let bases: Vec<u32> = sources
        .iter()
        .map(|source| {
            let start = base;
            base += source.named.live() as u32;
            start
        })
        .collect();
    let new_row = |list: usize, row: u32| {
        let superseded = &sources[list].named.superseded;
        bases[list] + row - superseded.partition_point(|gone| *gone < row) as u32
    };
    let mut undos: Vec<Undo> = Vec::new();
    for (list, source) in sources.iter().enumerate() {
        for undo in source.files.run.undos() {
            if !source.named.is_superseded(undo.row) {
                undos.push(Undo { row: new_row(list, undo.row), ..*undo });
            }
        }
    }
    let mut writer =
        RunWriter::create(disk, &paths.index, KeyKind::Identities, rows, undos.len() as u64)?;
    let mut digest = 0u128;
    let lists = sources.iter().map(|source| source.files.run.keys()).collect();
    for (key, list, rank) in in_order(lists) {
        let run = &sources[list].files.run;
        let row = run.rows()[rank];
        if !sources[list].named.is_superseded(row) {
            let content = run.contents()[rank];
            digest = digest.wrapping_add(segment::row_digest(key, content));
            writer.push(key, content, new_row(list, row))?;
        }
    }
    for undo in &undos {
        writer.push_undo(undo)?;
    }
    writer.finish(disk)?;
    Ok(digest)
}

/// One source's accounts, read a row group at a time in order of key.
struct Accounts<'a> {
    source: &'a Segment,
    group: usize,
    start: usize,
    networks: Codes,
    ids: Strings,
}

impl Accounts<'_> {
    fn at(&mut self, rank: usize) -> Result<(&str, &str), Error> {
        let table = &self.source.files.accounts;
        while rank - self.start >= self.ids.len() {
            self.start += self.ids.len();
            self.networks = table.codes(self.group, segment::ACCOUNT_NETWORK)?;
            self.ids = table.texts(self.group, segment::ACCOUNT_ID)?;
            self.group += 1;
        }
        let place = rank - self.start;
        Ok((self.networks.get(place).unwrap_or_default(), self.ids.get(place).unwrap_or_default()))
    }
}

/// Takes over the dictionary of a segment as it is.
fn copy_accounts(disk: &Disk, paths: &Paths, source: &Segment) -> Result<(u64, Written), Error> {
    let copy = |bytes: &[u8], path: &Path| {
        let mut sink = disk.create(path)?;
        sink.put(bytes)?;
        let written = sink.finish()?;
        sync(path).map(|()| written)
    };
    copy(source.files.keys.bytes(), &paths.accounts_index)?;
    Ok((source.named.accounts, copy(source.files.accounts.bytes(), &paths.accounts)?))
}

fn merge_accounts(
    disk: &Disk,
    paths: &Paths,
    sources: &[Segment],
    gone: &[u64],
) -> Result<(u64, Written), Error> {
    let stays = |key: u128| gone.is_empty() || gone.binary_search(&((key >> 64) as u64)).is_err();
    let all = sources.iter().flat_map(|source| source.files.keys.keys());
    let accounts = all.filter(|key| stays(**key)).count() as u64;
    let mut writer = segment::create_accounts(disk, paths)?;
    let mut keys = RunWriter::create(disk, &paths.accounts_index, KeyKind::Accounts, accounts, 0)?;
    let mut readers: Vec<Accounts<'_>> = sources
        .iter()
        .map(|source| Accounts {
            source,
            group: 0,
            start: 0,
            networks: Codes::default(),
            ids: Strings::default(),
        })
        .collect();
    let mut group: Vec<(u128, String, String)> = Vec::new();
    let mut write = |group: &mut Vec<(u128, String, String)>| {
        let named: Vec<(u128, &str, &[u8])> = group
            .iter()
            .map(|(key, network, id)| (*key, network.as_str(), id.as_bytes()))
            .collect();
        segment::write_accounts(&mut writer, &named, Packing::Small)?;
        group.clear();
        Ok::<(), Error>(())
    };
    let lists = sources.iter().map(|source| source.files.keys.keys()).collect();
    for (key, list, rank) in in_order(lists) {
        let (network, id) = readers[list].at(rank)?;
        if !stays(key) {
            continue;
        }
        group.push((key, network.to_owned(), id.to_owned()));
        keys.push(key, 0, 0)?;
        if group.len() == GROUP_ROWS {
            write(&mut group)?;
        }
    }
    if !group.is_empty() {
        write(&mut group)?;
    }
    keys.finish(disk)?;
    Ok((accounts, writer.finish()?))
}
