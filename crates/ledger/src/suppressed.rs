//! Who was erased and must not come back: a set of keyed hashes, which say nothing to whoever lacks the key.
//!
//! The table `suppressed` holds, for each name of an erased person, 16 bytes of BLAKE3 keyed by a secret of the ring
//! [`crate::secrets::ERASURE`], the number of that key, and the name's length in bytes, so that few candidates need
//! hashing. The rows are in order of hash: nothing says which belong together, or when they came.
//!
//! ```text
//! hash = first 16 bytes of BLAKE3(key, kind, length of network (8 bits), network, name)
//! ```
//!
//! | kind | name | asked for |
//! |---|---|---|
//! | account | `network:id` and `network:handle`, ASCII in lower case | every account that a row or a roster names |
//! | email | in lower case | every row of a roster |
//! | word, plain, raw | see `mentions.rs` | texts, ids and addresses |
//! | tag | a whole id that named somebody | makes what stands in its place |
//!
//! An id in which somebody is named becomes `erased:` and 16 hexadecimal digits, keyed and of the whole id, so that a
//! thread hangs together and neither the name nor that two ids had the same name can be read from it. In a text the
//! name alone becomes `[erased]`; an address goes as a whole.

use crate::catalogue::Catalogue;
use crate::error::{Error, Kind};
use crate::mentions::{self, Form, Lengths, Place};
use crate::people::has_table;
use crate::secrets::{self, ERASURE, Key, Ring};
use model::Account;
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Its table.
pub const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS suppressed (
    hash BLOB PRIMARY KEY,
    key INTEGER NOT NULL,
    length INTEGER NOT NULL
) WITHOUT ROWID;
";

/// What stands in a text in place of a name.
pub const ERASED: &str = "[erased]";

/// One keyed hash.
pub type Hash = [u8; 16];

#[derive(Clone, Copy)]
#[repr(u8)]
enum Name {
    Account = 1,
    Email = 2,
    Word = 3,
    Plain = 4,
    Raw = 5,
    Tag = 6,
}

fn hash(key: &[u8; 32], kind: Name, network: &str, name: &str) -> Hash {
    let mut hasher = blake3::Hasher::new_keyed(key);
    // A network's name has at most 64 bytes, so that its length fits.
    hasher.update(&[kind as u8, network.len() as u8]);
    hasher.update(network.as_bytes());
    hasher.update(name.as_bytes());
    let mut short = Hash::default();
    short.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    short
}

/// Everything by which one person is called here, in the clear: only while they are being erased.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Names {
    /// Their accounts, as (network, id).
    pub accounts: Vec<(String, String)>,
    /// What networks called those, as (network, handle).
    pub handles: Vec<(String, String)>,
    /// Addresses that rosters gave, in lower case.
    pub emails: Vec<String>,
    /// Full names that rosters or networks gave.
    pub names: Vec<String>,
}

impl Names {
    /// The hashes under `key` of all that they are called, each with the number of bytes that were hashed.
    pub fn hashes(&self, key: &Key) -> BTreeMap<Hash, usize> {
        let mut out = Out { key: key.bytes(), hashes: BTreeMap::new() };
        for (network, name) in self.accounts.iter().chain(&self.handles) {
            let whole = format!("{network}:{name}").to_ascii_lowercase();
            out.add(Name::Account, "", &whole);
            out.word(network, &whole);
            let name = mentions::normal(name);
            out.word(network, &name);
            if !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit()) {
                for path in ["user", "users", "u", "profile", "id"] {
                    out.word(network, &format!("{path}/{name}"));
                }
            }
            // As the fediverse writes them: short among neighbors, and as addresses.
            if let Some((local, host)) =
                name.split_once('@').filter(|(_, host)| !host.contains('@'))
            {
                out.word(network, local);
                for path in ["@", "users/", "u/"] {
                    out.word(network, &format!("{host}/{path}{local}"));
                }
            }
        }
        for email in &self.emails {
            out.add(Name::Email, "", &email.to_lowercase());
            out.word("", &mentions::normal(email));
        }
        for name in &self.names {
            let words: Vec<&str> = name.split_whitespace().collect();
            out.add(Name::Raw, "", &mentions::normal(&words.join(" ")));
        }
        out.hashes
    }
}

struct Out<'a> {
    key: &'a [u8; 32],
    hashes: BTreeMap<Hash, usize>,
}

impl Out<'_> {
    fn add(&mut self, kind: Name, network: &str, name: &str) {
        if (!name.is_empty() && name.len() <= mentions::LONGEST) || matches!(kind, Name::Account) {
            self.hashes.insert(hash(self.key, kind, network, name), name.len());
        }
    }

    fn word(&mut self, network: &str, name: &str) {
        match mentions::is_plain(name) {
            true => self.add(Name::Plain, network, name),
            false => self.add(Name::Word, "", name),
        }
        self.add(Name::Raw, "", name);
    }
}

/// The set of a workspace, with the keys that it takes to ask it.
#[derive(Clone, Debug)]
pub struct Suppressed {
    /// Keys under which there are hashes, oldest first.
    keys: Vec<Key>,
    hashes: HashMap<Hash, u32>,
    lengths: Lengths,
}

impl Suppressed {
    /// The set that a catalogue holds; nothing if nobody was erased.
    ///
    /// Fails where a key is missing: then nobody could tell who must not come back.
    pub fn read(connection: &Connection, dir: &Path) -> Result<Option<Suppressed>, Error> {
        let mut statement =
            connection.prepare_cached("SELECT hash, key, length FROM suppressed")?;
        let mut rows = statement.query([])?;
        let (mut hashes, mut lengths) = (HashMap::new(), Lengths::default());
        while let Some(row) = rows.next()? {
            hashes.insert(row.get::<_, Hash>(0)?, row.get::<_, u32>(1)?);
            lengths.add(row.get::<_, i64>(2)?.try_into().unwrap_or(usize::MAX));
        }
        if hashes.is_empty() {
            return Ok(None);
        }
        let ring = Ring::read(dir, ERASURE)?;
        let mut keys: Vec<Key> = ring.map_or(Vec::new(), |ring| ring.keys().to_vec());
        keys.retain(|key| hashes.values().any(|used| *used == key.number()));
        if let Some(lost) =
            hashes.values().find(|used| !keys.iter().any(|key| key.number() == **used))
        {
            return Err(Error::new(
                Kind::Refused,
                format!(
                    "{} lacks key {lost}, without which nobody can tell who was erased and must not come back; restore that file from your copy of the secrets",
                    secrets::path(dir, ERASURE).display()
                ),
            ));
        }
        Ok(Some(Suppressed { keys, hashes, lengths }))
    }

    /// The set of the workspace `dir`, which need not be writable, or be there.
    pub fn of(dir: &Path) -> Result<Option<Suppressed>, Error> {
        if !Catalogue::exists(dir) {
            return Ok(None);
        }
        let catalogue = Catalogue::read(dir)?;
        match has_table(catalogue.connection(), "suppressed")? {
            true => Suppressed::read(catalogue.connection(), dir),
            false => Ok(None),
        }
    }

    /// Adds hashes to a catalogue; how many are new.
    pub fn add(
        connection: &Connection,
        key: u32,
        hashes: &BTreeMap<Hash, usize>,
    ) -> Result<u64, Error> {
        let mut insert = connection.prepare_cached(
            "INSERT OR IGNORE INTO suppressed (hash, key, length) VALUES (?1, ?2, ?3)",
        )?;
        let mut added = 0;
        for (hash, length) in hashes {
            added += insert.execute(params![hash, key, *length as i64])? as u64;
        }
        Ok(added)
    }

    /// The oldest key under which the name is in the set.
    fn key_of(&self, kind: Name, network: &str, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| {
            self.hashes.get(&hash(key.bytes(), kind, network, name)) == Some(&key.number())
        })
    }

    /// Whether the account was erased, under this or another case, by its id or by its handle.
    pub fn account(&self, network: &str, id: &str) -> bool {
        let whole = format!("{network}:{id}").to_ascii_lowercase();
        self.key_of(Name::Account, "", &whole).is_some()
    }

    /// As [`Suppressed::account`].
    pub fn has(&self, account: &Account) -> bool {
        self.account(&account.network, &account.id)
    }

    /// Whether it is the address of somebody who was erased.
    pub fn email(&self, email: &str) -> bool {
        self.key_of(Name::Email, "", &email.to_lowercase()).is_some()
    }

    fn found(
        &self,
        network: &str,
        text: &str,
        place: Place,
    ) -> (Vec<std::ops::Range<usize>>, Option<&Key>) {
        let mut oldest: Option<&Key> = None;
        let found = mentions::found(text, place, &self.lengths, |form, name| {
            let key = match form {
                Form::Word => self.key_of(Name::Word, "", name),
                Form::Plain => self.key_of(Name::Plain, network, name),
                Form::Raw => self.key_of(Name::Raw, "", name),
            };
            if let Some(key) = key {
                oldest = oldest.filter(|held| held.number() <= key.number()).or(Some(key));
            }
            key.is_some()
        });
        (found, oldest)
    }

    /// Words with every name replaced; nothing if there is none in them.
    pub fn text(&self, network: &str, text: &str) -> Option<String> {
        let (found, _) = self.found(network, text, Place::Text);
        let mut at = 0;
        let mut out = String::new();
        for range in &found {
            out.push_str(&text[at..range.start]);
            out.push_str(ERASED);
            at = range.end;
        }
        (!found.is_empty()).then(|| out + &text[at..])
    }

    /// What stands in place of an id that names somebody; nothing if it names nobody.
    pub fn id(&self, network: &str, id: &str) -> Option<String> {
        let (_, mut key) = self.found(network, id, Place::Id);
        let decoded = mentions::percent_decoded(id);
        if let (None, Some(decoded)) = (key, &decoded) {
            key = self.found(network, decoded, Place::Id).1;
        }
        let tag = hash(key?.bytes(), Name::Tag, network, id);
        Some(format!("erased:{:016x}", u128::from_be_bytes(tag) as u64))
    }

    /// Whether a row that could not be read may name somebody.
    pub fn raw(&self, text: &str) -> bool {
        let names = |text: &str| self.found("", text, Place::Raw).1.is_some();
        let decoded = [mentions::percent_decoded(text), mentions::unescaped(text)];
        names(text) || decoded.iter().flatten().any(|text| names(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(names: &Names) -> (tempfile::TempDir, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        let ring = Ring::read_or_make(dir.path(), ERASURE).unwrap();
        Suppressed::add(&connection, ring.newest().number(), &names.hashes(ring.newest())).unwrap();
        (dir, connection)
    }

    fn zara() -> Names {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        Names {
            accounts: vec![pair("twitter", "88"), pair("mastodon", "Zara_91@garden.example")],
            handles: vec![pair("twitter", "Zara")],
            emails: vec!["zq@mail.example".to_owned()],
            names: vec!["Zara  Quill".to_owned()],
        }
    }

    #[test]
    fn an_erased_account_is_known_by_id_handle_and_case_and_nobody_else_is() {
        let (dir, connection) = workspace(&zara());
        let set = Suppressed::read(&connection, dir.path()).unwrap().unwrap();
        for (network, id) in [
            ("twitter", "88"),
            ("twitter", "zara"),
            ("twitter", "ZARA"),
            ("mastodon", "zara_91@garden.example"),
        ] {
            assert!(set.account(network, id), "{network}:{id}");
        }
        assert!(!set.account("github", "zara") && !set.account("twitter", "888"));
        assert!(set.email("ZQ@mail.example") && !set.email("q@mail.example"));
    }

    #[test]
    fn names_go_out_of_texts_and_ids_and_everything_else_stays() {
        let (dir, connection) = workspace(&zara());
        let set = Suppressed::read(&connection, dir.path()).unwrap().unwrap();
        let text = |text| set.text("twitter", text);
        assert_eq!(
            text("thanks @Zara, write to zq@mail.example"),
            Some("thanks @[erased], write to [erased]".into())
        );
        assert_eq!(text("the zara shop has 88 apples"), None);
        assert_eq!(set.text("mastodon", "@zara and @zara_91"), Some("@zara and @[erased]".into()));
        let id = set.id("twitter", "https://t.example/zara/status/1").unwrap();
        assert!(id.starts_with("erased:") && id.len() == 23, "{id}");
        assert_eq!(set.id("twitter", "https://t.example/zara/status/1"), Some(id.clone()));
        assert_ne!(set.id("twitter", "https://t.example/zara/status/2"), Some(id.clone()));
        assert_eq!(set.id("twitter", &id), None);
        assert!(set.id("mastodon", "https%3A//garden.example/%40zara_91/5").is_some());
        assert_eq!(set.id("twitter", "post-88"), None);
        assert!(set.raw(r#"{"name": "\u005aara_91 says"}"#) && !set.raw(r#"{"name": "\u005a\u00"#));
        assert!(set.raw("{\"name\": \"Zara Quill\"}") && set.raw("x;88;y") && !set.raw("x;89;y"));
    }

    #[test]
    fn after_a_rotation_what_the_older_key_hashed_is_still_known() {
        let (dir, connection) = workspace(&zara());
        let before = Suppressed::read(&connection, dir.path()).unwrap().unwrap();
        let id = before.id("twitter", "zara-1");
        Ring::rotate(dir.path(), ERASURE, &crate::Options::default()).unwrap();
        let ring = Ring::read(dir.path(), ERASURE).unwrap().unwrap();
        let other = Names { accounts: vec![("twitter".into(), "99".into())], ..Names::default() };
        Suppressed::add(&connection, ring.newest().number(), &other.hashes(ring.newest())).unwrap();
        let set = Suppressed::read(&connection, dir.path()).unwrap().unwrap();
        assert!(set.account("twitter", "88") && set.account("twitter", "99"));
        assert_eq!(set.id("twitter", "zara-1"), id);
    }

    #[test]
    fn without_its_key_the_set_is_refused_and_not_passed_over() {
        let (dir, connection) = workspace(&zara());
        std::fs::remove_file(secrets::path(dir.path(), ERASURE)).unwrap();
        let error = Suppressed::read(&connection, dir.path()).unwrap_err();
        assert!(error.to_string().contains("copy of the secrets"), "{error}");
    }
}
