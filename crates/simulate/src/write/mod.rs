//! A world as files: what a firm in it would have, in the forms that connectors read, and the truth beside it.
//!
//! | file | connector | holds |
//! |---|---|---|
//! | `twitter.ndjson` | `native` | what is public there; some rows come late, some come twice |
//! | `mastodon.txt` | `snap-activity` | reshares, mentions and replies: an archive of this form holds nothing else |
//! | `forum.csv` | `native` | the firm's forum |
//! | `mail.csv` | `edges` | who wrote to whom and who met whom, private |
//! | `slack.ndjson` | `native` | the firm's chat, private |
//! | `follows.csv` | `edges` | who follows whom on twitter, since when |
//! | `people.csv` | roster | whom the firm knows: roles with dates, accounts, consent |
//! | `firm.toml` | | sides, house, systems, brand, places |
//! | `truth.json` | | [`crate::Truth`]: not for any connector |
//!
//! The same world gives the same bytes. Rows are written as they happen, so memory does not grow with them; the people and the
//! truth are held whole.

mod firm;
mod roster;
mod rows;

use crate::error::Error;
use crate::event::Network;
use crate::world::World;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file of interactions, and what the `ingest` command must be told about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// Which connector reads it.
    pub connector: &'static str,
    /// Network of its rows, where they do not say.
    pub network: Option<&'static str>,
    /// Meaning of its columns, where the header does not say.
    pub columns: Option<&'static str>,
    /// Rows in it, repeated ones included.
    pub rows: u64,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Interactions.
    pub sources: Vec<Source>,
    /// The roster.
    pub people: PathBuf,
    /// The firm file.
    pub firm: PathBuf,
    /// The truth.
    pub truth: PathBuf,
}

/// Name, connector, network and columns of each file of interactions.
const SOURCES: [(&str, &str, Option<&str>, Option<&str>); 6] = [
    ("twitter.ndjson", "native", None, None),
    ("mastodon.txt", "snap-activity", Some("mastodon"), None),
    ("forum.csv", "native", None, None),
    (
        "mail.csv",
        "edges",
        Some("mail"),
        Some("source=from,target=to,at=sent,verb=kind,id=id,visibility=private"),
    ),
    ("slack.ndjson", "native", None, None),
    (
        "follows.csv",
        "edges",
        Some("twitter"),
        Some("source=follower,target=followed,at=since,as=follow"),
    ),
];

/// Writes draw 0 of a world into a folder, which is made if needed; files of these names are replaced.
///
/// `pairs` is how many pairs of worlds the expectations of the truth rest on: 50 or more for use, 0 to leave them out. They cost
/// about two draws each, everything else about one.
///
/// # Errors
/// [`crate::Kind::Io`] where a file can't be written.
pub fn files(world: &World, dir: &Path, pairs: u32) -> Result<Written, Error> {
    std::fs::create_dir_all(dir).map_err(|error| Error::write(dir, &error))?;
    let mut sources = Vec::new();
    for (name, connector, network, columns) in SOURCES {
        sources.push(Source { path: dir.join(name), connector, network, columns, rows: 0 });
    }
    rows::write(world, &mut sources)?;
    let whole = |name: &str, text: &str| {
        let path = dir.join(name);
        std::fs::write(&path, text).map_err(|error| Error::write(&path, &error))?;
        Ok(path)
    };
    let people = whole("people.csv", &roster::roster(world))?;
    let firm = whole("firm.toml", &firm::firm(world))?;
    let truth = dir.join("truth.json");
    self::truth(world, &truth, pairs)?;
    Ok(Written { sources, people, firm, truth })
}

/// Writes the truth alone, in place of what stands at `path`; `pairs` as for [`files`].
///
/// # Errors
/// [`crate::Kind::Io`] where the file can't be written.
pub fn truth(world: &World, path: &Path, pairs: u32) -> Result<(), Error> {
    let mut out = create(path)?;
    serde_json::to_writer_pretty(&mut out, &world.truth(pairs))
        .map_err(std::io::Error::from)
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush())
        .map_err(|error| Error::write(path, &error))
}

fn create(path: &Path) -> Result<BufWriter<File>, Error> {
    let file = File::create(path).map_err(|error| Error::write(path, &error))?;
    Ok(BufWriter::with_capacity(1 << 16, file))
}

/// Which file holds a network's rows.
fn file_of(network: Network) -> usize {
    match network {
        Network::Twitter => 0,
        Network::Mastodon => 1,
        Network::Discourse => 2,
        Network::Mail => 3,
        Network::Slack => 4,
    }
}
