//! Secrets of the workspace, apart from its data: `secrets/NAME.keys`, one file for each kind of secret.
//!
//! A file is a ring of keys, one a line: its number, when it was made, and 32 bytes from the system's random source in
//! hexadecimal digits. The newest key is used for what is made now; older ones stay, because what was made with
//! them names their number. So rotating a ring never loses what an older key protects.
//!
//! The folder has mode 0700 and the files 0600. A file that others may read is refused: it is no secret any more.
//! Backups leave the folder out (see [`crate::backup`]).

use crate::error::{Error, Kind};
use crate::files::sync_dir;
use crate::lease::Lease;
use crate::writer::Options;
use model::Time;
use rusqlite::Connection;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The folder's name within the workspace.
pub const DIR: &str = "secrets";
/// The ring whose keys hash whoever was erased.
pub const ERASURE: &str = "erasure";
/// Every ring that there is, with what it is for.
pub const RINGS: &[(&str, &str)] = &[(
    ERASURE,
    "hashes whoever was erased, so that they are refused when a source names them again",
)];

/// For another process that writes.
const PATIENCE: Duration = Duration::from_secs(10);
const FIRST_LINE: &str =
    "# tertius secrets 1: number, made, key. Keep this file as you keep passwords.";

/// One key. It is not printed, not even by `Debug`.
#[derive(Clone)]
pub struct Key {
    number: u32,
    made: Time,
    bytes: [u8; 32],
}

/// The keys of one ring, oldest first. There is at least one.
#[derive(Clone)]
pub struct Ring {
    keys: Vec<Key>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("number", &self.number).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.keys).finish()
    }
}

impl Key {
    /// Its number within the ring, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// When it was made.
    pub fn made(&self) -> Time {
        self.made
    }

    /// The key itself.
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }
}

impl Ring {
    /// The keys, oldest first.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The key for what is made now.
    pub fn newest(&self) -> &Key {
        &self.keys[self.keys.len() - 1]
    }

    /// The ring `name` of the workspace `dir`, if it was ever made.
    ///
    /// Fails with [`Kind::Refused`] where others may read it, and with [`Kind::Damaged`] where it is no ring of keys.
    pub fn read(dir: &Path, name: &str) -> Result<Option<Ring>, Error> {
        let path = path(dir, name);
        for (path, what) in [(dir.join(DIR), "0700"), (path.clone(), "0600")] {
            match std::fs::metadata(&path) {
                Ok(found) if found.permissions().mode() & 0o077 != 0 => {
                    return Err(Error::new(
                        Kind::Refused,
                        format!(
                            "{} is open to other users; close it with: chmod {what} {}, and rotate what is in it if somebody may have read it",
                            path.display(),
                            path.display()
                        ),
                    ));
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(Error::io("read", &path, error)),
            }
        }
        let text = std::fs::read_to_string(&path).map_err(|e| Error::io("read", &path, e))?;
        Ring::parse(&text).map(Some).ok_or_else(|| {
            Error::new(
                Kind::Damaged,
                format!(
                    "{} is no ring of keys; restore it from your copy of the secrets",
                    path.display()
                ),
            )
        })
    }

    /// The ring `name`, made with one key where there is none.
    pub fn read_or_make(dir: &Path, name: &str) -> Result<Ring, Error> {
        match Ring::read(dir, name)? {
            Some(ring) => Ok(ring),
            None => {
                let ring = Ring { keys: vec![random(1)?] };
                ring.write(dir, name)?;
                Ok(ring)
            }
        }
    }

    /// Adds a key to the ring `name`; the older ones stay for what they protect. The number of the new one. Under the lease: an erasure
    /// that makes the first key meanwhile would lose it.
    pub fn rotate(dir: &Path, name: &str, options: &Options) -> Result<u32, Error> {
        let _lease = Lease::take(dir, &*options.waiting)?;
        let Some(mut ring) = Ring::read(dir, name)? else {
            return Ring::read_or_make(dir, name).map(|ring| ring.newest().number);
        };
        let number = ring.newest().number.saturating_add(1);
        ring.keys.push(random(number)?);
        ring.write(dir, name)?;
        Ok(number)
    }

    /// Adds the keys of `text`, a ring as it is stored, to the ring `name`. A key under a number that is taken by another
    /// one is refused: what was hashed by either would be lost.
    pub fn take_over(dir: &Path, name: &str, text: &str) -> Result<(), Error> {
        let refused = |what: &str| Error::new(Kind::Refused, format!("the secrets given {what}"));
        let mut given = Ring::parse(text).ok_or_else(|| {
            refused("are no ring of keys; name the file that backup --with-secrets wrote")
        })?;
        if let Some(here) = Ring::read(dir, name)? {
            for key in here.keys {
                match given.keys.iter().find(|other| other.number == key.number) {
                    Some(other) if other.bytes != key.bytes => {
                        return Err(refused(
                            "have another key under the same number; they belong to another workspace",
                        ));
                    }
                    Some(_) => {}
                    None => given.keys.push(key),
                }
            }
            given.keys.sort_by_key(|key| key.number);
        }
        given.write(dir, name)
    }

    /// As it is stored.
    pub fn to_text(&self) -> String {
        let mut text = format!("{FIRST_LINE}\n");
        for key in &self.keys {
            let hex: String = key.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            text.push_str(&format!("{} {} {hex}\n", key.number, key.made));
        }
        text
    }

    fn parse(text: &str) -> Option<Ring> {
        let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
        let key = |line: &str| -> Option<Key> {
            let mut parts = line.split_ascii_whitespace();
            let number = parts.next()?.parse().ok()?;
            let made = Time::parse(parts.next()?, None).ok()?;
            let hex = parts.next().filter(|hex| hex.len() == 64 && hex.is_ascii())?;
            let mut bytes = [0; 32];
            for (i, byte) in bytes.iter_mut().enumerate() {
                *byte = u8::from_str_radix(hex.get(2 * i..2 * i + 2)?, 16).ok()?;
            }
            Some(Key { number, made, bytes })
        };
        let keys: Vec<Key> = lines.map(key).collect::<Option<_>>()?;
        let ascending = keys.windows(2).all(|pair| pair[0].number < pair[1].number);
        (!keys.is_empty() && ascending).then_some(Ring { keys })
    }

    fn write(&self, dir: &Path, name: &str) -> Result<(), Error> {
        let folder = dir.join(DIR);
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => sync_dir(dir)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io("create", &folder, error)),
        }
        write_private(&path(dir, name), self.to_text().as_bytes())
    }
}

/// Where the ring `name` lies.
pub fn path(dir: &Path, name: &str) -> PathBuf {
    dir.join(DIR).join(format!("{name}.keys"))
}

/// Writes a file that only its owner may read, whole or not at all, and waits for the disk.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let part = path.with_extension("part");
    let failed = |e| Error::io("write", &part, e);
    // What an earlier run left may have other rights.
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&part, path).map_err(|e| Error::io("write", path, e))?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    sync_dir(parent.unwrap_or(Path::new(".")))
}

fn random(number: u32) -> Result<Key, Error> {
    Ok(Key { number, made: Time::now(), bytes: random_bytes()? })
}

/// The file `name` in the folder of secrets of the workspace `dir`, made if there is none. Refused where others may read it; `then` says what to do after closing it.
pub(crate) fn private_file(dir: &Path, name: &str, then: &str) -> Result<PathBuf, Error> {
    let folder = dir.join(DIR);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(|e| Error::io("create", &folder, e))?;
    let path = folder.join(name);
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(&path)
        .map_err(|e| Error::io("open", &path, e))?;
    for (path, what) in [(&folder, "0700"), (&path, "0600")] {
        let found = std::fs::metadata(path).map_err(|e| Error::io("read", path, e))?;
        if found.permissions().mode() & 0o077 != 0 {
            let path = path.display();
            let message = format!(
                "{path} is open to other users; close it with: chmod {what} {path}, and {then}"
            );
            return Err(Error::new(Kind::Refused, message));
        }
    }
    Ok(path)
}

/// A store of secrets that several processes share.
pub(crate) fn private_store(path: &Path, schema: &str) -> Result<Connection, Error> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;",
    )?;
    connection.execute_batch(schema)?;
    Ok(connection)
}

/// Bytes from the system's random source.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], Error> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0; N];
    File::open(source)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(|e| Error::io("read random bytes from", source, e))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_ring_is_made_once_and_only_its_owner_may_read_it() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Ring::read(dir.path(), ERASURE).unwrap().is_none());
        let made = Ring::read_or_make(dir.path(), ERASURE).unwrap();
        let again = Ring::read_or_make(dir.path(), ERASURE).unwrap();
        assert_eq!(made.newest().bytes, again.newest().bytes);
        assert_ne!(made.newest().bytes, [0; 32]);
        assert_eq!(mode(&dir.path().join(DIR)), 0o700);
        assert_eq!(mode(&path(dir.path(), ERASURE)), 0o600);
        assert!(!format!("{made:?}").contains(&made.to_text()[80..100]));
    }

    #[test]
    fn rotating_keeps_the_older_keys_under_their_numbers() {
        let dir = tempfile::tempdir().unwrap();
        let first = Ring::read_or_make(dir.path(), ERASURE).unwrap();
        assert_eq!(Ring::rotate(dir.path(), ERASURE, &Options::default()).unwrap(), 2);
        let ring = Ring::read(dir.path(), ERASURE).unwrap().unwrap();
        assert_eq!(ring.keys()[0].bytes, first.newest().bytes);
        assert_ne!(ring.newest().bytes, first.newest().bytes);
        // Somebody else's ring can't take their place.
        let other = tempfile::tempdir().unwrap();
        let text = Ring::read_or_make(other.path(), ERASURE).unwrap().to_text();
        let error = Ring::take_over(dir.path(), ERASURE, &text).unwrap_err();
        assert!(error.to_string().contains("another workspace"), "{error}");
        Ring::take_over(dir.path(), ERASURE, &first.to_text()).unwrap();
        assert_eq!(Ring::read(dir.path(), ERASURE).unwrap().unwrap().keys().len(), 2);
    }

    #[test]
    fn a_ring_that_others_may_read_or_that_is_broken_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        Ring::read_or_make(dir.path(), ERASURE).unwrap();
        let path = path(dir.path(), ERASURE);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = Ring::read(dir.path(), ERASURE).unwrap_err();
        assert_eq!(error.kind(), Kind::Refused);
        assert!(error.to_string().contains("chmod 0600"), "{error}");
        for broken in ["", "1 2026-01-01T00:00:00Z abc", "x", "2 2026-01-01T00:00:00Z"] {
            write_private(&path, broken.as_bytes()).unwrap();
            assert_eq!(Ring::read(dir.path(), ERASURE).unwrap_err().kind(), Kind::Damaged);
        }
    }
}
