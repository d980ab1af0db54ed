//! Copies of a workspace: made while others write, checked to the last byte, and obedient to what was decided since.
//!
//! A backup is a folder with the workspace's files and `manifest.json`, which has the length and the BLAKE3 of each. The
//! catalogue is copied and the segments it names are opened under the lease; they are copied after that, since what is
//! open stays readable, whoever merges or rewrites meanwhile. Neither secrets nor rejects are in it: secrets belong in another
//! place, and rejects are for the day.
//!
//! A restore copies into a folder beside the workspace, checks every byte, applies the suppressions made since
//! ([`crate::journal`]), and only then gives it the workspace's name. So a restore that is broken off leaves no workspace.

use crate::catalogue::{self, Catalogue};
use crate::error::{Error, Kind};
use crate::files::sync_dir;
use crate::journal::{self, Journal};
use crate::lease::Lease;
use crate::people::has_table;
use crate::secrets::{ERASURE, Ring, write_private};
use crate::segment::{self, Paths};
use crate::writer::Options;
use crate::{erase, verify};
use model::Time;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Component, Path, PathBuf};

/// The name of the list of files within a backup.
pub const MANIFEST: &str = "manifest.json";
/// Folders that are copied as they are.
const FOLDERS: [&str; 3] = ["fits", "scorecards", "definitions"];

/// What is in a backup.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Manifest {
    tertius_backup: u32,
    /// When the catalogue was copied.
    pub made: String,
    /// How many hashes of erased names it has, which mean nothing without the secrets.
    pub suppressed: u64,
    /// Interactions that hold.
    pub interactions: u64,
    /// Every other file.
    pub files: Vec<Listed>,
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Listed {
    /// Relative to the backup, with `/` between folders.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// Of all its bytes, in hexadecimal digits.
    pub blake3: String,
}

/// What a restore must obey.
#[derive(Clone, Debug)]
pub enum Suppressions {
    /// Those in this file.
    File(PathBuf),
    /// Those in the file beside the workspace, which must be there.
    Beside,
    /// Those that the backup knows, and no others.
    None,
}

/// Copies the workspace `dir` to `to`, which must not exist, or be an empty folder.
pub fn backup(dir: &Path, to: &Path, options: &Options) -> Result<Manifest, Error> {
    if !Catalogue::exists(dir) {
        let message =
            format!("there is no workspace in {}; there is nothing to copy", dir.display());
        return Err(Error::new(Kind::Refused, message));
    }
    erase::finish(dir, options)?;
    refuse_taken(to)?;
    if absolute(to).starts_with(absolute(dir)) {
        let message = format!("{} is inside the workspace; name a folder elsewhere", to.display());
        return Err(Error::new(Kind::Refused, message));
    }
    let part = beside(to, "tertius-part");
    remove_leftover(&part)?;
    let made = copy_all(dir, &part, options);
    if made.is_err() {
        // Nothing half made stays; that it is there is no more important than why.
        let _ = remove_leftover(&part);
    }
    let manifest = made?;
    take_name(&part, to)?;
    Ok(manifest)
}

/// Makes the backup in the folder `part`.
fn copy_all(dir: &Path, part: &Path, options: &Options) -> Result<Manifest, Error> {
    std::fs::create_dir_all(part.join(segment::DIR)).map_err(|e| Error::io("create", part, e))?;
    let made = Time::now();
    let mut open: Vec<(String, File)> = Vec::new();
    {
        let _lease = Lease::take(dir, &*options.waiting)?;
        let catalogue = Catalogue::open(dir)?;
        let copy = part.join(catalogue::FILE);
        catalogue.connection().execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
        for named in segment::named(catalogue.connection())? {
            for path in Paths::of(dir, &named.name()).all() {
                let file = File::open(path).map_err(|e| Error::io("read", path, e))?;
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                open.push((format!("{}/{name}", segment::DIR), file));
            }
        }
    }
    let mut files = vec![list(part, catalogue::FILE)?];
    for (name, mut file) in open {
        files.push(copy(&mut file, part, &name)?);
    }
    for name in others(dir)? {
        match File::open(dir.join(&name)) {
            Ok(mut file) => files.push(copy(&mut file, part, &name)?),
            // An older scorecard may be shortened meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io("read", &dir.join(&name), error)),
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let report = sound(part)?;
    let manifest = Manifest {
        tertius_backup: 1,
        made: made.to_string(),
        suppressed: suppressed(part)?,
        interactions: report.interactions,
        files,
    };
    // What the check of the copy left beside its catalogue.
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(part.join(format!("{}{ending}", catalogue::FILE)));
    }
    let json = serde_json::to_string_pretty(&manifest)
        .map_err(|e| Error::new(Kind::Io, format!("{MANIFEST}: {e}")))?;
    copy(&mut json.as_bytes(), part, MANIFEST)?;
    Ok(manifest)
}

/// Writes the secrets of the workspace `dir` to a file of its own, which must not exist. They are made here if nobody has been erased
/// yet, so that what is kept apart opens a later list of refusals, too.
pub fn copy_secrets(dir: &Path, to: &Path, options: &Options) -> Result<(), Error> {
    if to.exists() {
        let message = format!("{} exists already; name another file for the secrets", to.display());
        return Err(Error::new(Kind::Refused, message));
    }
    let _lease = Lease::take(dir, &*options.waiting)?;
    write_private(to, Ring::read_or_make(dir, ERASURE)?.to_text().as_bytes())
}

/// Makes the workspace `dir`, which must not exist, or be an empty folder, of the backup `from`.
pub fn restore(
    from: &Path,
    dir: &Path,
    secrets: Option<&Path>,
    suppressions: &Suppressions,
    options: &Options,
) -> Result<Manifest, Error> {
    refuse_taken(dir)?;
    let manifest = read_manifest(from)?;
    let given = match suppressions {
        Suppressions::None => None,
        Suppressions::File(path) => Some((path.clone(), Journal::read(path)?)),
        Suppressions::Beside => Some((journal::path(dir), Journal::read(&journal::path(dir))?)),
    };
    let journal = match given {
        None => Journal::default(),
        Some((_, Some(journal))) => journal,
        Some((path, None)) => {
            return Err(Error::new(
                Kind::Refused,
                format!(
                    "{} is missing, so that nobody can tell who was erased or objected since {}; name that file with --suppressions, or say --without-suppressions if you know that nobody was and nobody did",
                    path.display(),
                    manifest.made
                ),
            ));
        }
    };
    let part = beside(dir, "tertius-part");
    remove_leftover(&part)?;
    let made = remake(from, &part, &manifest, secrets, &journal, options);
    if made.is_err() {
        let _ = remove_leftover(&part);
    }
    made?;
    take_name(&part, dir)?;
    journal::publish(dir, true)?;
    Ok(manifest)
}

/// Makes the workspace in the folder `part`.
fn remake(
    from: &Path,
    part: &Path,
    manifest: &Manifest,
    secrets: Option<&Path>,
    journal: &Journal,
    options: &Options,
) -> Result<(), Error> {
    std::fs::create_dir_all(part).map_err(|e| Error::io("create", part, e))?;
    for listed in &manifest.files {
        let path = from.join(&listed.path);
        let mut file = File::open(&path).map_err(|e| Error::io("read", &path, e))?;
        if copy(&mut file, part, &listed.path)? != *listed {
            return Err(Error::new(
                Kind::Damaged,
                format!("{} is not what {MANIFEST} says; use another backup", path.display()),
            ));
        }
    }
    if let Some(secrets) = secrets {
        let text = std::fs::read_to_string(secrets).map_err(|e| Error::io("read", secrets, e))?;
        Ring::take_over(part, ERASURE, &text)?;
    }
    if journal.counts().0 > 0 && Ring::read(part, ERASURE)?.is_none() {
        return Err(Error::new(
            Kind::Refused,
            "people were erased, and nobody can tell whom without the secrets; name the file that `backup --with-secrets` wrote with --secrets",
        ));
    }
    journal::obey(part, journal, options)?;
    sound(part).map(|_| ())
}

/// Reads the list of a backup, and refuses one that leads out of it.
fn read_manifest(from: &Path) -> Result<Manifest, Error> {
    let path = from.join(MANIFEST);
    let bytes = std::fs::read(&path).map_err(|e| match e.kind() {
        ErrorKind::NotFound => Error::new(
            Kind::Refused,
            format!(
                "{} is no backup: it has no {MANIFEST}; name a folder that `tertius backup` made",
                from.display()
            ),
        ),
        _ => Error::io("read", &path, e),
    })?;
    let broken = |why: &str| {
        Error::new(Kind::Damaged, format!("{} {why}; use another backup", path.display()))
    };
    let manifest: Manifest =
        serde_json::from_slice(&bytes).map_err(|e| broken(&format!("can't be read ({e})")))?;
    if manifest.tertius_backup != 1 {
        let message =
            format!("{} is of a newer version; use the tertius that made it", path.display());
        return Err(Error::new(Kind::Newer, message));
    }
    let inside = |listed: &Listed| {
        let mut parts = Path::new(&listed.path).components();
        parts.clone().count() > 0 && parts.all(|part| matches!(part, Component::Normal(_)))
    };
    match manifest.files.iter().all(inside) {
        true => Ok(manifest),
        false => Err(broken("names a file outside of it")),
    }
}

fn refuse_taken(path: &Path) -> Result<(), Error> {
    let taken = match std::fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) if error.kind() == ErrorKind::NotADirectory => true,
        Err(error) => return Err(Error::io("list", path, error)),
    };
    match taken {
        true => Err(Error::new(
            Kind::Refused,
            format!(
                "{} is there already and is not overwritten; name a new folder",
                path.display()
            ),
        )),
        false => Ok(()),
    }
}

fn absolute(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    whole.canonicalize().unwrap_or(whole)
}

/// Where a folder is made until it is whole.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut name = whole.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{ending}"));
    whole.with_file_name(name)
}

/// Removes what an earlier run left, by the name that only such a run gives.
fn remove_leftover(part: &Path) -> Result<(), Error> {
    match std::fs::remove_dir_all(part) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("remove", part, error)),
        _ => Ok(()),
    }
}

/// Gives a folder that is whole the name under which it is looked for.
fn take_name(part: &Path, to: &Path) -> Result<(), Error> {
    let to = std::path::absolute(to).unwrap_or_else(|_| to.to_owned());
    // A rename takes the place of an empty folder, and of no other.
    std::fs::rename(part, &to).map_err(|e| Error::io("write", &to, e))?;
    sync_dir(to.parent().unwrap_or(Path::new("/")))
}

/// Files beside catalogue and segments that belong into a copy, relative to the workspace.
fn others(dir: &Path) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    let mut left: Vec<PathBuf> = FOLDERS.iter().map(PathBuf::from).collect();
    let failed = |path: &Path, e| Error::io("list", path, e);
    for entry in std::fs::read_dir(dir).map_err(|e| failed(dir, e))? {
        let name = entry.map_err(|e| failed(dir, e))?.file_name();
        if Path::new(&name).extension().is_some_and(|ending| ending == "toml") {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    while let Some(folder) = left.pop() {
        let path = dir.join(&folder);
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(&path, error)),
        };
        for entry in entries {
            let entry = entry.map_err(|e| failed(&path, e))?;
            let name = folder.join(entry.file_name());
            let kind = entry.file_type().map_err(|e| failed(&path, e))?;
            if kind.is_dir() {
                left.push(name);
            } else if kind.is_file() && !name.to_string_lossy().contains(".part") {
                names.push(name.to_string_lossy().into_owned());
            }
        }
    }
    Ok(names)
}

/// Copies to `name` within `into` and waits for the disk.
fn copy(from: &mut dyn Read, into: &Path, name: &str) -> Result<Listed, Error> {
    let path = into.join(name);
    let failed = |e| Error::io("write", &path, e);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file = File::create(&path).map_err(failed)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let read = from.read(&mut buffer).map_err(|e| Error::io("copy", &path, e))?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        file.write_all(&buffer[..read]).map_err(failed)?;
        bytes += read as u64;
    }
    file.sync_all().map_err(failed)?;
    sync_dir(path.parent().unwrap_or(into))?;
    Ok(Listed { path: name.to_owned(), bytes, blake3: hasher.finalize().to_hex().to_string() })
}

/// Lists a file that is there already.
fn list(dir: &Path, name: &str) -> Result<Listed, Error> {
    let path = dir.join(name);
    let bytes = std::fs::read(&path).map_err(|e| Error::io("read", &path, e))?;
    crate::files::sync(&path)?;
    Ok(Listed {
        path: name.to_owned(),
        bytes: bytes.len() as u64,
        blake3: blake3::hash(&bytes).to_hex().to_string(),
    })
}

/// Checks a copy to the last byte.
fn sound(dir: &Path) -> Result<verify::Report, Error> {
    let report = verify::verify(dir)?;
    match report.problems.first() {
        None => Ok(report),
        Some(problem) => Err(Error::new(Kind::Damaged, problem.clone())),
    }
}

fn suppressed(dir: &Path) -> Result<u64, Error> {
    let catalogue = Catalogue::read(dir)?;
    let read = catalogue.connection();
    match has_table(read, "suppressed")? {
        true => {
            let sql = "SELECT count(*) FROM suppressed";
            let count: i64 = read.query_row(sql, [], |row| row.get(0))?;
            Ok(count.max(0) as u64)
        }
        false => Ok(0),
    }
}
