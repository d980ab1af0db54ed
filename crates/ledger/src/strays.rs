//! Files of the workspace beside segments and catalogue in which somebody who is erased may be named.
//!
//! | file | what is done where it may name them |
//! |---|---|
//! | `rejects/*.ndjson` | the row is blanked: its place stays, what it held goes |
//! | exports and whatever else lies inside the workspace | removed |
//! | `definitions/`, `*.toml` | nothing: they are the operator's own. They are listed |
//! | what can't be searched, because it is packed | a Parquet export of ours is removed, all else is listed |
//!
//! A file is searched as text, line by line, as a row that could not be read is ([`Suppressed::raw`]).

use crate::error::Error;
use crate::suppressed::Suppressed;
use crate::{catalogue, files, lease, secrets, segment};
use model::{Fault, Reject};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// What was done.
#[derive(Debug, Default)]
pub struct Swept {
    /// Rejected rows that were blanked.
    pub rejects: u64,
    /// Files that were removed.
    pub files: u64,
    /// Files that somebody should look at, relative to the workspace.
    pub look_at: Vec<PathBuf>,
}

/// Folders that hold numbers alone, or are dealt with elsewhere.
const PASSED_OVER: [&str; 4] = [segment::DIR, "fits", "scorecards", secrets::DIR];
/// What a blanked reject says.
const BLANKED: &str = "withheld: somebody in it was erased";

/// Looks through the workspace `dir` for whoever is in `set`.
pub fn sweep(dir: &Path, set: &Suppressed) -> Result<Swept, Error> {
    let mut swept = Swept::default();
    let mut left = vec![dir.to_owned()];
    while let Some(folder) = left.pop() {
        for path in entries(&folder)? {
            let within = path.strip_prefix(dir).unwrap_or(&path).to_owned();
            let top = within.to_str().unwrap_or_default();
            if path.is_dir() {
                if !PASSED_OVER.contains(&top) {
                    left.push(path);
                }
                continue;
            }
            let ours = top == lease::FILE || top.starts_with(catalogue::FILE);
            if ours || !path.is_file() {
                continue;
            }
            let operators = within.starts_with("definitions")
                || (within.parent() == Some(Path::new("")) && top.ends_with(".toml"));
            if within.starts_with("rejects") && top.ends_with(".ndjson") {
                swept.rejects += blank(&path, set)?;
                continue;
            }
            match (search(&path, set)?, operators) {
                (Searched::Clean, _) => {}
                (Searched::Unreadable, _) | (Searched::Names, true) => swept.look_at.push(within),
                (Searched::Names | Searched::Export, false) | (Searched::Export, true) => {
                    match std::fs::remove_file(&path) {
                        // Another process is at the same job.
                        Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                        removed => removed.map_err(|e| Error::io("remove", &path, e))?,
                    }
                    files::sync_dir(&folder)?;
                    swept.files += 1;
                }
            }
        }
    }
    swept.look_at.sort();
    Ok(swept)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |e| Error::io("list", folder, e);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        // A link leads out of the workspace.
        if !entry.file_type().map_err(failed)?.is_symlink() {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

enum Searched {
    Clean,
    Names,
    /// A packed file that our export wrote.
    Export,
    Unreadable,
}

/// Longest piece of a line that is searched at once.
const PIECE: u64 = 1 << 20;

fn search(path: &Path, set: &Suppressed) -> Result<Searched, Error> {
    let failed = |e| Error::io("read", path, e);
    let mut file = File::open(path).map_err(failed)?;
    let mut first = [0; 4];
    let read = file.read(&mut first).map_err(failed)?;
    if read == 4 && &first == b"PAR1" {
        return Ok(match created_by_us(&mut file).map_err(failed)? {
            true => Searched::Export,
            false => Searched::Unreadable,
        });
    }
    if first.starts_with(&[0x1f, 0x8b])
        || first == [0x28, 0xb5, 0x2f, 0xfd]
        || first.starts_with(b"PK")
    {
        return Ok(Searched::Unreadable);
    }
    file.rewind().map_err(failed)?;
    let mut lines = BufReader::new(file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = lines.by_ref().take(PIECE).read_until(b'\n', &mut line).map_err(failed)?;
        if read == 0 {
            return Ok(Searched::Clean);
        }
        if set.raw(&String::from_utf8_lossy(&line)) {
            return Ok(Searched::Names);
        }
    }
}

/// Whether the end of a Parquet file says that Tertius wrote it.
fn created_by_us(file: &mut File) -> std::io::Result<bool> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(1 << 16)))?;
    let mut end = Vec::new();
    file.take(1 << 16).read_to_end(&mut end)?;
    Ok(end.windows(8).any(|bytes| bytes == b"tertius "))
}

/// Blanks a reject that may name somebody, before it is written anywhere.
pub fn blank_reject(reject: &mut Reject, set: &Suppressed) {
    let raw = String::from_utf8_lossy(&reject.raw);
    if [&*raw, &reject.fault.field, &reject.fault.reason].iter().any(|text| set.raw(text)) {
        *reject = Reject::new(reject.line, Fault::new("", BLANKED), b"");
    }
}

/// Blanks the rejects that may name somebody; how many. In place, because a run may be adding to the file.
fn blank(path: &Path, set: &Suppressed) -> Result<u64, Error> {
    let failed = |e| Error::io("read", path, e);
    let file = OpenOptions::new().read(true).write(true).open(path).map_err(failed)?;
    let (mut blanked, mut at) = (0, 0u64);
    for line in BufReader::new(&file).split(b'\n') {
        let line = line.map_err(failed)?;
        let start = at;
        at += line.len() as u64 + 1;
        let text = String::from_utf8_lossy(&line);
        let value: Option<serde_json::Value> = serde_json::from_str(&text).ok();
        let names = match &value {
            Some(value) => ["file", "field", "reason", "raw"]
                .iter()
                .any(|field| value[field].as_str().is_some_and(|text| set.raw(text))),
            // The end of a line that was broken off.
            None => set.raw(&text),
        };
        if names {
            let place = value.map_or(0, |value| value["line"].as_u64().unwrap_or(0));
            let mut blank = serde_json::json!({"line": place, "reason": BLANKED}).to_string();
            if blank.len() > line.len() {
                blank.clear();
            }
            let blank = format!("{blank:width$}", width = line.len());
            file.write_all_at(blank.as_bytes(), start).map_err(|e| Error::io("write", path, e))?;
            blanked += 1;
        }
    }
    if blanked > 0 {
        file.sync_all().map_err(|e| Error::io("sync", path, e))?;
    }
    Ok(blanked)
}
