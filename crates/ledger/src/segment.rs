//! A segment: the rows of one commit (or of several, compacted) in four files, and what the catalogue says of them.
//!
//! | file | holds |
//! |---|---|
//! | `NAME.parquet` | the rows, in order of arrival; accounts only by key |
//! | `NAME.index` | their identities ([`crate::run`]) and undos |
//! | `NAME.accounts.parquet` | the accounts that no earlier segment had, by key |
//! | `NAME.accounts.index` | their hashes |
//!
//! The files never change. What does change, which rows were superseded, stands in the catalogue.

use crate::error::Error;
use crate::files::{Disk, Written};
use crate::pages::{Chunk, Column, FileWriter, Packing, parquet_error};
use crate::people::has_table;
use crate::run::{KeyKind, Run};
use crate::table::Table;
use model::Visibility;
use parquet::file::statistics::Statistics;
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Directory of the segments within the workspace.
pub const DIR: &str = "segments";

/// The columns of `NAME.parquet`.
pub const SCHEMA: &str = "message interactions {
    optional binary id (STRING);
    required int64 at (TIMESTAMP(MICROS,true));
    required binary network (STRING);
    required binary verb (STRING);
    required int64 actor (INTEGER(64,false));
    optional int64 target (INTEGER(64,false));
    optional binary object (STRING);
    optional binary in_reply_to (STRING);
    optional binary text (STRING);
    optional binary lang (STRING);
    optional binary url (STRING);
    required double weight;
    required binary visibility (STRING);
    optional int64 object_key (INTEGER(64,false));
    optional int64 parent_key (INTEGER(64,false));
}";
pub const ID: usize = 0;
pub const AT: usize = 1;
pub const NETWORK: usize = 2;
pub const VERB: usize = 3;
pub const ACTOR: usize = 4;
pub const TARGET: usize = 5;
pub const OBJECT: usize = 6;
pub const IN_REPLY_TO: usize = 7;
pub const TEXT: usize = 8;
pub const LANG: usize = 9;
pub const URL: usize = 10;
pub const WEIGHT: usize = 11;
pub const VISIBILITY: usize = 12;
pub const OBJECT_KEY: usize = 13;
pub const PARENT_KEY: usize = 14;
/// Number of columns.
pub const COLUMNS: usize = 15;

/// The columns of `NAME.accounts.parquet`, sorted by key. `check` is the other half of the account's hash.
pub const ACCOUNTS_SCHEMA: &str = "message accounts {
    required int64 key (INTEGER(64,false));
    required int64 check (INTEGER(64,false));
    required binary network (STRING);
    required binary id (STRING);
}";
pub const ACCOUNT_NETWORK: usize = 2;
pub const ACCOUNT_ID: usize = 3;
/// Number of columns of the accounts file.
pub const ACCOUNT_COLUMNS: usize = 4;

/// Rows of a row group, at most: what a scan decodes at a time.
pub const GROUP_ROWS: usize = 131_072;
/// Bytes of text in a row group before another is begun.
pub const GROUP_BYTES: usize = 64 << 20;

/// What the catalogue says of a segment.
#[derive(Clone, Debug)]
pub struct Named {
    /// Number in the catalogue; the name is made of it.
    pub sequence: i64,
    /// Rows, superseded ones included.
    pub rows: u64,
    /// Accounts in its dictionary.
    pub accounts: u64,
    /// Earliest and latest time of a row.
    pub earliest: i64,
    /// See `earliest`.
    pub newest: i64,
    /// Sum of [`row_digest`] over the rows.
    pub digest: u128,
    /// The rows file.
    pub data: Written,
    /// The accounts file.
    pub dictionary: Written,
    /// Rows that another row replaced, ascending.
    pub superseded: Arc<Vec<u32>>,
    /// Sum of [`row_digest`] over them.
    pub superseded_digest: u128,
    /// Whether superseded rows were left out when it was merged: its dictionary may hold accounts that no row names.
    pub forgot: bool,
}

impl Named {
    /// The name that its files share.
    pub fn name(&self) -> String {
        format!("{:08}", self.sequence)
    }

    /// Rows that hold.
    pub fn live(&self) -> u64 {
        self.rows.saturating_sub(self.superseded.len() as u64)
    }

    /// Whether the row was superseded.
    pub fn is_superseded(&self, row: u32) -> bool {
        !self.superseded.is_empty() && self.superseded.binary_search(&row).is_ok()
    }

    /// Enters it in the catalogue.
    pub fn insert(&self, connection: &Connection) -> Result<(), Error> {
        connection.execute(
            "INSERT INTO segments (sequence, name, rows, accounts, earliest, newest, digest, data_bytes, data_hash,
             accounts_bytes, accounts_hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                self.sequence,
                self.name(),
                self.rows as i64,
                self.accounts as i64,
                self.earliest,
                self.newest,
                self.digest.to_be_bytes(),
                self.data.bytes as i64,
                self.data.hash.to_be_bytes(),
                self.dictionary.bytes as i64,
                self.dictionary.hash.to_be_bytes(),
            ],
        )?;
        Ok(())
    }
}

/// Enters rows of a segment as superseded; `rows` ascend. No rows stand for [`Named::forgot`].
pub fn supersede(
    connection: &Connection,
    sequence: i64,
    rows: &[u32],
    digest: u128,
) -> Result<(), Error> {
    let packed: Vec<u8> = rows.iter().flat_map(|row| row.to_le_bytes()).collect();
    connection.execute(
        "INSERT INTO superseded (segment, rows, digest) VALUES (?1, ?2, ?3)",
        params![sequence, packed, digest.to_be_bytes()],
    )?;
    Ok(())
}

/// The numbers of all segments that the catalogue names, ascending.
pub fn sequences(connection: &Connection) -> Result<Vec<i64>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT sequence FROM segments ORDER BY sequence")?;
    let sequences = statement.query_map([], |row| row.get(0))?;
    Ok(sequences.collect::<Result<_, _>>()?)
}

/// All segments that the catalogue names, in order of their sequence. Read it inside a transaction.
pub fn named(connection: &Connection) -> Result<Vec<Named>, Error> {
    let mut statement = connection.prepare(
        "SELECT sequence, rows, accounts, earliest, newest, digest, data_bytes, data_hash, accounts_bytes,
         accounts_hash FROM segments ORDER BY sequence",
    )?;
    let number = |row: &rusqlite::Row<'_>, i: usize| row.get::<_, i64>(i).map(|v| v.max(0) as u64);
    let hash =
        |row: &rusqlite::Row<'_>, i: usize| row.get::<_, [u8; 16]>(i).map(u128::from_be_bytes);
    let mut all = statement
        .query_map([], |row| {
            Ok(Named {
                sequence: row.get(0)?,
                rows: number(row, 1)?,
                accounts: number(row, 2)?,
                earliest: row.get(3)?,
                newest: row.get(4)?,
                digest: hash(row, 5)?,
                data: Written { bytes: number(row, 6)?, hash: hash(row, 7)? },
                dictionary: Written { bytes: number(row, 8)?, hash: hash(row, 9)? },
                superseded: Arc::default(),
                superseded_digest: 0,
                forgot: false,
            })
        })?
        .collect::<Result<Vec<Named>, _>>()?;
    let mut statement = connection.prepare("SELECT segment, rows, digest FROM superseded")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let sequence: i64 = row.get(0)?;
        let packed: Vec<u8> = row.get(1)?;
        if let Ok(i) = all.binary_search_by_key(&sequence, |named| named.sequence) {
            all[i].forgot |= packed.is_empty();
            let list = Arc::make_mut(&mut all[i].superseded);
            list.extend(packed.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b)));
            all[i].superseded_digest = all[i].superseded_digest.wrapping_add(hash(row, 2)?);
        }
    }
    for named in &mut all {
        Arc::make_mut(&mut named.superseded).sort_unstable();
    }
    Ok(all)
}

/// The number up to which files may lie in the folder: that of the `newest` segment, or what a rewriting reserved.
pub fn last(connection: &Connection, newest: i64) -> Result<i64, Error> {
    if !has_table(connection, "reserved")? {
        return Ok(newest);
    }
    let reserved: Option<i64> =
        connection.query_row("SELECT max(last) FROM reserved", [], |row| row.get(0))?;
    Ok(newest.max(reserved.unwrap_or(0)))
}

/// Hash of a row for the digest of what is stored: the sum over rows does not depend on their order.
pub fn row_digest(identity: u128, content: u64) -> u128 {
    let mut bytes = [0u8; 24];
    bytes[..16].copy_from_slice(&identity.to_le_bytes());
    bytes[16..].copy_from_slice(&content.to_le_bytes());
    xxhash_rust::xxh3::xxh3_128(&bytes)
}

/// The paths of a segment's four files.
#[derive(Clone, Debug)]
pub struct Paths {
    /// Rows.
    pub data: PathBuf,
    /// Identities.
    pub index: PathBuf,
    /// Accounts.
    pub accounts: PathBuf,
    /// Hashes of accounts.
    pub accounts_index: PathBuf,
}

impl Paths {
    /// The files called `name` in the workspace `dir`.
    pub fn of(dir: &Path, name: &str) -> Paths {
        let file = |ending: &str| dir.join(DIR).join(format!("{name}.{ending}"));
        Paths {
            data: file("parquet"),
            index: file("index"),
            accounts: file("accounts.parquet"),
            accounts_index: file("accounts.index"),
        }
    }

    /// All four.
    pub fn all(&self) -> [&Path; 4] {
        [&self.data, &self.index, &self.accounts, &self.accounts_index]
    }
}

/// The open files of a segment.
#[derive(Debug)]
pub struct Files {
    /// Rows.
    pub data: Table,
    /// Identities.
    pub run: Run,
    /// Accounts.
    pub accounts: Table,
    /// Hashes of accounts.
    pub keys: Run,
}

/// A segment with open files.
#[derive(Clone, Debug)]
pub struct Segment {
    /// What the catalogue says.
    pub named: Named,
    /// Its files.
    pub files: Arc<Files>,
}

impl Segment {
    /// Opens the files of a segment.
    pub fn open(dir: &Path, named: Named) -> Result<Segment, Error> {
        let paths = Paths::of(dir, &named.name());
        let files = Files {
            data: Table::open(&paths.data, COLUMNS, named.rows)?,
            run: Run::open(&paths.index, KeyKind::Identities, named.rows)?,
            accounts: Table::open(&paths.accounts, ACCOUNT_COLUMNS, named.accounts)?,
            keys: Run::open(&paths.accounts_index, KeyKind::Accounts, named.accounts)?,
        };
        Ok(Segment { named, files: Arc::new(files) })
    }

    /// Whether no row of a row group was superseded.
    pub fn is_whole(&self, group: usize) -> bool {
        let rows = self.files.data.rows(group);
        let superseded = &self.named.superseded;
        let next = superseded.partition_point(|row| *row < rows.start);
        superseded.get(next).is_none_or(|row| *row >= rows.end)
    }

    /// How many accounts of these, whose keys ascend, its dictionary has.
    pub fn names(&self, keys: &[u64]) -> u64 {
        let mut count = 0;
        let probes = keys.iter().copied().enumerate();
        self.files.keys.probe(probes, |_, ranks| count += ranks.len() as u64);
        count
    }

    /// The times of some rows, given ascending.
    pub fn times(&self, rows: &[u32]) -> Result<Vec<i64>, Error> {
        let mut times = Vec::with_capacity(rows.len());
        for (group, places) in self.files.data.by_group(rows) {
            let column = self.files.data.fixed(group, AT)?;
            times.extend(places.iter().map(|place| column[*place as usize] as i64));
        }
        Ok(times)
    }
}

/// The rows of one row group, ready to be encoded.
pub struct Group<'a> {
    /// Times.
    pub at: Vec<u64>,
    /// Account keys.
    pub actor: Vec<u64>,
    /// Account keys; 0 for nobody.
    pub target: Vec<u64>,
    /// Post keys; 0 for none.
    pub object_key: Vec<u64>,
    /// Post keys; 0 for none.
    pub parent_key: Vec<u64>,
    /// Bits of the weights.
    pub weight: Vec<u64>,
    /// Codes of [`Visibility`].
    pub visibility: Vec<u16>,
    /// Networks, verbs and languages: codes and names.
    pub names: [(Vec<u16>, Vec<&'a str>); 3],
    /// id, object, in_reply_to, text, url.
    pub texts: [Texts<'a>; 5],
}

/// A column of texts, on its way.
pub type Texts<'a> = Box<dyn Iterator<Item = Option<&'a [u8]>> + 'a>;

impl Group<'_> {
    /// Encodes and writes the row group.
    pub fn write(self, writer: &mut FileWriter, packing: Packing) -> Result<(), Error> {
        let path = writer.path().to_owned();
        let chunks = self
            .encode(|column, packing| writer.column(column, packing), packing)
            .map_err(|e| parquet_error("write", &path, e))?;
        writer.group(chunks)
    }

    fn encode(
        self,
        column: impl Fn(usize, Packing) -> Column,
        packing: Packing,
    ) -> Result<Vec<Chunk>, parquet::errors::ParquetError> {
        let times = self.at.iter().map(|at| *at as i64);
        let bounds = Statistics::int64(times.clone().min(), times.max(), None, Some(0), false);
        let [id, object, in_reply_to, text, url] = self.texts;
        let [network, verb, lang] = &self.names;
        let levels = Visibility::ALL.map(Visibility::name);
        Ok(vec![
            column(ID, packing).texts(id)?,
            column(AT, packing).fixed(&self.at, Some(bounds))?,
            column(NETWORK, packing).codes(&network.0, &network.1)?,
            column(VERB, packing).codes(&verb.0, &verb.1)?,
            column(ACTOR, Packing::None).fixed(&self.actor, None)?,
            column(TARGET, Packing::None).fixed_or_none(&self.target)?,
            column(OBJECT, packing).texts(object)?,
            column(IN_REPLY_TO, packing).texts(in_reply_to)?,
            column(TEXT, packing).texts(text)?,
            column(LANG, packing).codes(&lang.0, &lang.1)?,
            column(URL, packing).texts(url)?,
            column(WEIGHT, packing).fixed(&self.weight, None)?,
            column(VISIBILITY, packing).codes(&self.visibility, &levels)?,
            column(OBJECT_KEY, Packing::None).fixed_or_none(&self.object_key)?,
            column(PARENT_KEY, Packing::None).fixed_or_none(&self.parent_key)?,
        ])
    }
}

/// Encodes one row group of accounts: hash, network and id of each.
pub fn write_accounts(
    writer: &mut FileWriter,
    accounts: &[(u128, &str, &[u8])],
    packing: Packing,
) -> Result<(), Error> {
    let path = writer.path().to_owned();
    let encode = || {
        let keys: Vec<u64> = accounts.iter().map(|(key, ..)| (key >> 64) as u64).collect();
        let checks: Vec<u64> = accounts.iter().map(|(key, ..)| *key as u64).collect();
        let mut names: Vec<&str> = Vec::new();
        let codes: Vec<u16> = accounts
            .iter()
            .map(|(_, network, _)| {
                let found = names.iter().position(|name| name == network);
                found.unwrap_or_else(|| {
                    names.push(network);
                    names.len() - 1
                }) as u16
            })
            .collect();
        Ok(vec![
            writer.column(0, Packing::None).fixed(&keys, None)?,
            writer.column(1, Packing::None).fixed(&checks, None)?,
            writer.column(ACCOUNT_NETWORK, packing).codes(&codes, &names)?,
            writer.column(ACCOUNT_ID, packing).texts(accounts.iter().map(|(.., id)| Some(*id)))?,
        ])
    };
    let chunks = encode().map_err(|e| parquet_error("write", &path, e))?;
    writer.group(chunks)
}

/// Begins the rows file of a segment.
pub fn create_data(disk: &Disk, paths: &Paths) -> Result<FileWriter, Error> {
    FileWriter::create(disk, &paths.data, SCHEMA)
}

/// Begins the accounts file of a segment.
pub fn create_accounts(disk: &Disk, paths: &Paths) -> Result<FileWriter, Error> {
    FileWriter::create(disk, &paths.accounts, ACCOUNTS_SCHEMA)
}
