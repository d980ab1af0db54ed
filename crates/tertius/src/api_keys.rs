//! Keys of programs that ask over HTTP: made, listed, rotated and revoked.

use crate::error::{Error, ErrorKind, Result};
use crate::workspace::Workspace;
use model::{Span, Time};
use std::path::PathBuf;

pub use ledger::api_keys::{Key, Keys, Terms, hash};

/// A key as it may be shown: never its text.
#[derive(Clone, Debug, serde::Serialize)]
pub struct KeyShown {
    /// Eight hexadecimal digits.
    pub id: String,
    /// Whose it is.
    pub name: String,
    /// What it asks for: definitions of another purpose are not answered.
    pub purpose: String,
    /// Whether it may store interactions.
    pub writes: bool,
    /// Whether it is answered from a simulated world.
    pub sandbox: bool,
    /// Answers a second.
    pub per_second: u32,
    /// Answers a day (UTC).
    pub per_day: u64,
    /// Answers taken today, in blocks.
    pub used_today: u64,
    /// When it was made.
    pub created: Time,
    /// From when it is refused.
    pub expires: Option<Time>,
    /// Since when it is refused.
    pub revoked: Option<Time>,
}

/// A key that was just made.
#[derive(Clone, Debug, serde::Serialize)]
pub struct KeyMade {
    /// Eight hexadecimal digits.
    pub id: String,
    /// Whose it is.
    pub name: String,
    /// Its text, which is stored nowhere and can't be shown again.
    pub key: String,
    /// What it asks for.
    pub purpose: String,
}

impl KeyMade {
    fn of((key, text): (Key, String)) -> KeyMade {
        KeyMade { id: key.id, name: key.terms.name, key: text, purpose: key.terms.purpose }
    }
}

impl Workspace {
    /// Where the simulated world lies that answers keys of the sandbox: beside this workspace, so that nothing of it is mistaken for something that is
    /// held about people.
    pub fn sandbox(&self) -> PathBuf {
        let dir = self.dir().canonicalize().unwrap_or_else(|_| self.dir().to_owned());
        let mut name = dir.file_name().unwrap_or_default().to_owned();
        name.push(".sandbox");
        dir.with_file_name(name)
    }

    /// The keys, for a server.
    pub fn api_keys(&self) -> Result<Keys> {
        self.must_exist()?;
        Ok(Keys::open(self.dir())?)
    }

    /// Makes a key.
    pub fn create_key(&self, terms: Terms) -> Result<KeyMade> {
        Ok(KeyMade::of(self.api_keys()?.create(terms, Time::now())?))
    }

    /// Every key there ever was, oldest first.
    pub fn list_keys(&self) -> Result<Vec<KeyShown>> {
        let keys = self.api_keys()?;
        let now = Time::now();
        let shown = |key: Key| {
            Ok(KeyShown {
                used_today: keys.used(&key.id, now)?,
                id: key.id,
                name: key.terms.name,
                purpose: key.terms.purpose,
                writes: key.terms.writes,
                sandbox: key.terms.sandbox,
                per_second: key.terms.per_second,
                per_day: key.terms.per_day,
                created: key.created,
                expires: key.terms.expires,
                revoked: key.revoked,
            })
        };
        keys.list()?.into_iter().map(shown).collect()
    }

    /// Makes a key with the terms of another, given by id or name, which goes on for `overlap` and no longer.
    pub fn rotate_key(&self, wanted: &str, overlap: Span) -> Result<KeyMade> {
        let (mut keys, now) = (self.api_keys()?, Time::now());
        let key = keys.find(wanted, now)?;
        if !key.is_valid(now) {
            let message = format!("key {} is refused already; make a new one", key.id);
            return Err(Error::new(ErrorKind::Usage, message));
        }
        Ok(KeyMade::of(keys.rotate(&key, overlap, now)?))
    }

    /// Refuses a key, given by id or name, from now on; its id.
    pub fn revoke_key(&self, wanted: &str) -> Result<String> {
        let (mut keys, now) = (self.api_keys()?, Time::now());
        let key = keys.find(wanted, now)?;
        keys.revoke(&key.id, now)?;
        Ok(key.id)
    }
}
