//! Keys of programs that ask over HTTP: `secrets/api-keys.sqlite`, apart from the data and open to its owner alone.
//!
//! | table | a row is |
//! |---|---|
//! | `keys` | a key: its id, what it may do and until when, and the BLAKE3 hash of its text, which is shown once and stored nowhere |
//! | `used` | how many answers a key had on a day (UTC), in blocks that processes took in advance |
//!
//! The text is `tertius_`, the id, `_` and 64 hexadecimal digits from the system's random source. So much randomness can't be
//! guessed, and a hash without salt or delay is enough.
//!
//! Several processes may serve one workspace. Each takes its share of a day's quota in blocks ([`Keys::lease`]); what a process took and
//! did not use when it ends is lost for that day. A clock that runs backwards finds the day's earlier count again.

use crate::error::{Error, Kind};
use crate::people::consent::is_purpose;
use crate::secrets;
use model::Time;
use model::time::DAY;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::path::{Path, PathBuf};

const FILE: &str = "api-keys.sqlite";
const PREFIX: &str = "tertius_";

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    per_second INTEGER NOT NULL,
    per_day INTEGER NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    revoked INTEGER,
    writes INTEGER NOT NULL DEFAULT 0,
    sandbox INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS used (
    id TEXT NOT NULL,
    day INTEGER NOT NULL,
    answers INTEGER NOT NULL,
    PRIMARY KEY (id, day)
) WITHOUT ROWID;
";

/// What a key may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Whose it is, in words.
    pub name: String,
    /// The purpose: definitions of another one are not answered.
    pub purpose: String,
    /// Answers a second, at least 1.
    pub per_second: u32,
    /// Answers a day (UTC), at least 1.
    pub per_day: u64,
    /// From when it is refused.
    pub expires: Option<Time>,
    /// Whether it may store interactions.
    pub writes: bool,
    /// Whether it is answered from a simulated world, and never from this one.
    pub sandbox: bool,
}

/// A key as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Eight hexadecimal digits, which may be shown and logged.
    pub id: String,
    /// What it may do.
    pub terms: Terms,
    /// When it was made.
    pub created: Time,
    /// Since when it is refused.
    pub revoked: Option<Time>,
    hash: [u8; 32],
}

impl Key {
    /// Whether it opens anything at that time.
    pub fn is_valid(&self, now: Time) -> bool {
        self.revoked.is_none_or(|at| now < at) && self.terms.expires.is_none_or(|at| now < at)
    }

    /// What [`hash`] gives for its text.
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }
}

/// Hash of a key's text.
pub fn hash(text: &str) -> [u8; 32] {
    *blake3::hash(text.as_bytes()).as_bytes()
}

/// The keys of a workspace.
#[derive(Debug)]
pub struct Keys {
    connection: Connection,
    path: PathBuf,
}

impl Keys {
    /// Opens the keys of the workspace `dir`, and makes the file if there is none.
    ///
    /// Fails with [`Kind::Refused`] where others may read it.
    pub fn open(dir: &Path) -> Result<Keys, Error> {
        let path = secrets::private_file(dir, FILE, "rotate the keys in it")?;
        let connection = secrets::private_store(&path, SCHEMA)?;
        complete(&connection)?;
        Ok(Keys { connection, path })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a key; its text comes with it, and never again.
    pub fn create(&mut self, terms: Terms, now: Time) -> Result<(Key, String), Error> {
        let write = self.connection.transaction()?;
        let made = insert(&write, terms, now)?;
        write.commit()?;
        Ok(made)
    }

    /// Every key there ever was, oldest first.
    pub fn list(&self) -> Result<Vec<Key>, Error> {
        let mut ask = self.connection.prepare_cached("SELECT * FROM keys ORDER BY created, id")?;
        let keys = ask.query_map([], read)?;
        Ok(keys.collect::<Result<_, _>>()?)
    }

    /// The key of an id, or the only valid one of a name.
    pub fn find(&self, wanted: &str, now: Time) -> Result<Key, Error> {
        let all = self.list()?;
        if let Some(key) = all.iter().find(|key| key.id == wanted) {
            return Ok(key.clone());
        }
        let named: Vec<&Key> =
            all.iter().filter(|key| key.terms.name == wanted && key.is_valid(now)).collect();
        match named[..] {
            [key] => Ok(key.clone()),
            [] => Err(Error::new(
                Kind::Refused,
                format!("there is no key {wanted:?}; they are listed by: tertius key list"),
            )),
            _ => Err(Error::new(
                Kind::Refused,
                format!(
                    "several valid keys are called {wanted:?}; give the id, as listed by: tertius key list"
                ),
            )),
        }
    }

    /// Refuses a key from now on.
    pub fn revoke(&mut self, id: &str, now: Time) -> Result<(), Error> {
        let sql = "UPDATE keys SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL";
        self.connection.execute(sql, params![id, now.0])?;
        Ok(())
    }

    /// Makes a key with the terms of another one, which goes on for `overlap` (microseconds) and no longer.
    pub fn rotate(&mut self, key: &Key, overlap: i64, now: Time) -> Result<(Key, String), Error> {
        let end = Time(now.0.saturating_add(overlap));
        let write = self.connection.transaction()?;
        let made = insert(&write, key.terms.clone(), now)?;
        write.execute(
            "UPDATE keys SET expires = min(coalesce(expires, ?2), ?2) WHERE id = ?1",
            params![key.id, end.0],
        )?;
        write.commit()?;
        Ok(made)
    }

    /// Takes up to `wanted` answers from what the key has left of the day in which `now` lies; how many were taken. 0 where the
    /// day's quota is used up.
    pub fn lease(&mut self, key: &Key, wanted: u64, now: Time) -> Result<u64, Error> {
        let day = now.0.div_euclid(DAY);
        let write =
            self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let used: i64 = write
            .prepare_cached("SELECT answers FROM used WHERE id = ?1 AND day = ?2")?
            .query_row(params![key.id, day], |row| row.get(0))
            .optional()?
            .unwrap_or(0);
        let left = key.terms.per_day.saturating_sub(used.max(0) as u64);
        let taken = wanted.min(left);
        if taken > 0 {
            write
                .prepare_cached("DELETE FROM used WHERE id = ?1 AND day < ?2 - 40")?
                .execute(params![key.id, day])?;
            write
                .prepare_cached(
                    "INSERT OR REPLACE INTO used (id, day, answers) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![key.id, day, used.saturating_add_unsigned(taken)])?;
        }
        write.commit()?;
        Ok(taken)
    }

    /// Answers taken on the day in which `now` lies, blocks in advance included.
    pub fn used(&self, id: &str, now: Time) -> Result<u64, Error> {
        let mut ask = self
            .connection
            .prepare_cached("SELECT answers FROM used WHERE id = ?1 AND day = ?2")?;
        let used = ask.query_row(params![id, now.0.div_euclid(DAY)], |row| row.get::<_, i64>(0));
        Ok(used.optional()?.unwrap_or(0).max(0) as u64)
    }

    /// Moves whenever another process changed a key.
    pub fn version(&self) -> Result<i64, Error> {
        let mut ask = self.connection.prepare_cached("PRAGMA data_version")?;
        Ok(ask.query_row([], |row| row.get(0))?)
    }
}

/// Adds columns that files of earlier versions lack. Two processes may try at once: the one that finds it there is content.
fn complete(connection: &Connection) -> Result<(), Error> {
    for column in ["writes", "sandbox"] {
        let there = || -> Result<bool, rusqlite::Error> {
            let sql = "SELECT 1 FROM pragma_table_info('keys') WHERE name = ?1";
            connection.prepare(sql)?.exists([column])
        };
        if !there()? {
            let sql = format!("ALTER TABLE keys ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0");
            match connection.execute_batch(&sql) {
                Err(_) if there()? => {}
                done => done?,
            }
        }
    }
    Ok(())
}

fn insert(write: &Connection, terms: Terms, now: Time) -> Result<(Key, String), Error> {
    let refuse = |what: String| Err(Error::new(Kind::Refused, what));
    if terms.name.trim().is_empty() || terms.name.len() > 200 {
        return refuse(
            "a key needs a name, of at most 200 bytes, that says whose it is".to_owned(),
        );
    }
    if !is_purpose(&terms.purpose) {
        let purpose = model::time::shorten(&terms.purpose);
        return refuse(format!("{purpose:?} is no purpose; use 1 to 64 of a-z 0-9 . - _"));
    }
    if terms.per_second == 0 || terms.per_day == 0 {
        return refuse(
            "a key that may ask nothing is none; give at least 1 a second and a day".to_owned(),
        );
    }
    if terms.writes && terms.sandbox {
        return refuse("a key of the sandbox can't store: its world is simulated".to_owned());
    }
    let random = secrets::random_bytes::<36>()?;
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (id, secret) = (hex(&random[..4]), hex(&random[4..]));
    let text = format!("{PREFIX}{id}_{secret}");
    let key = Key { id, terms, created: now, revoked: None, hash: hash(&text) };
    write.execute(
        "INSERT INTO keys (id, name, hash, purpose, per_second, per_day, created, expires, revoked, writes, sandbox)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, NULL, ?9, ?10)",
        params![
            key.id,
            key.terms.name,
            key.hash,
            key.terms.purpose,
            key.terms.per_second,
            i64::try_from(key.terms.per_day).unwrap_or(i64::MAX),
            now.0,
            key.terms.expires.map(|at| at.0),
            key.terms.writes,
            key.terms.sandbox,
        ],
    )?;
    Ok((key, text))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key {
        id: row.get("id")?,
        terms: Terms {
            name: row.get("name")?,
            purpose: row.get("purpose")?,
            per_second: row.get("per_second")?,
            per_day: row.get::<_, i64>("per_day")?.max(0) as u64,
            expires: row.get::<_, Option<i64>>("expires")?.map(Time),
            writes: row.get("writes")?,
            sandbox: row.get("sandbox")?,
        },
        created: Time(row.get("created")?),
        revoked: row.get::<_, Option<i64>>("revoked")?.map(Time),
        hash: row.get("hash")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn terms(per_day: u64) -> Terms {
        Terms {
            name: "crm".to_owned(),
            purpose: "sales".to_owned(),
            per_second: 10,
            per_day,
            expires: None,
            writes: false,
            sandbox: false,
        }
    }

    #[test]
    fn keys_of_an_earlier_version_may_not_write() {
        let dir = tempfile::tempdir().unwrap();
        let mut keys = Keys::open(dir.path()).unwrap();
        keys.create(Terms { writes: true, ..terms(10) }, Time(0)).unwrap();
        assert!(keys.list().unwrap()[0].terms.writes);
        keys.connection
            .execute_batch(
                "ALTER TABLE keys DROP COLUMN writes; ALTER TABLE keys DROP COLUMN sandbox",
            )
            .unwrap();
        let keys = Keys::open(dir.path()).unwrap();
        assert!(!keys.list().unwrap()[0].terms.writes);
    }

    #[test]
    fn a_key_is_stored_as_a_hash_in_a_file_of_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let (key, text) = Keys::open(dir.path()).unwrap().create(terms(10), Time(5)).unwrap();
        assert_eq!(hash(&text), *key.hash());
        let keys = Keys::open(dir.path()).unwrap();
        assert_eq!(keys.list().unwrap(), std::slice::from_ref(&key));
        assert_eq!(keys.find("crm", Time(6)).unwrap(), key);
        let secret = text.rsplit('_').next().unwrap().as_bytes().to_vec();
        for entry in std::fs::read_dir(dir.path().join(secrets::DIR)).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0);
            let bytes = std::fs::read(entry.path()).unwrap();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret));
        }
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(keys.path(), open).unwrap();
        assert!(Keys::open(dir.path()).unwrap_err().to_string().contains("chmod 0600"));
    }

    #[test]
    fn rotation_overlaps_and_revocation_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let mut keys = Keys::open(dir.path()).unwrap();
        let (old, _) = keys.create(terms(10), Time(0)).unwrap();
        let (new, _) = keys.rotate(&old, 100, Time(50)).unwrap();
        let now = |id: &str| keys.list().unwrap().into_iter().find(|key| key.id == id).unwrap();
        assert!(now(&old.id).is_valid(Time(149)) && !now(&old.id).is_valid(Time(150)));
        assert!(keys.find("crm", Time(60)).unwrap_err().to_string().contains("several"));
        keys.revoke(&new.id, Time(60)).unwrap();
        assert!(!keys.find(&new.id, Time(60)).unwrap().is_valid(Time(60)));
        assert!(keys.find("nobody", Time(60)).is_err());
    }

    #[test]
    fn a_days_quota_is_shared_by_processes_and_no_answer_is_given_twice() {
        let dir = tempfile::tempdir().unwrap();
        let mut one = Keys::open(dir.path()).unwrap();
        let mut two = Keys::open(dir.path()).unwrap();
        let (key, _) = one.create(terms(10), Time(0)).unwrap();
        let day = Time(DAY);
        assert_eq!(one.lease(&key, 4, day).unwrap(), 4);
        assert_eq!(two.lease(&key, 4, day).unwrap(), 4);
        assert_eq!(one.lease(&key, 4, day).unwrap(), 2);
        assert_eq!(two.lease(&key, 4, day).unwrap(), 0);
        // A clock that is set back finds what was used then, and the next day is a new one.
        assert_eq!(one.lease(&key, 4, Time(DAY - 1)).unwrap(), 4);
        assert_eq!(one.lease(&key, 4, Time(2 * DAY)).unwrap(), 4);
        assert_eq!(two.used(&key.id, day).unwrap(), 10);
    }

    #[test]
    fn keys_that_can_not_work_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let mut keys = Keys::open(dir.path()).unwrap();
        for wrong in [
            Terms { name: " ".to_owned(), ..terms(1) },
            Terms { purpose: "All Of It".to_owned(), ..terms(1) },
            Terms { per_second: 0, ..terms(1) },
            terms(0),
            Terms { writes: true, sandbox: true, ..terms(1) },
        ] {
            assert!(keys.create(wrong.clone(), Time(0)).is_err(), "{wrong:?}");
        }
        assert!(keys.list().unwrap().is_empty());
    }
}
