//! Where fits and scorecards lie in the workspace.
//!
//! ```text
//! fits/NAME@VERSION.json                     the fit of a version with the definition's text; written once
//! fits/NAME@VERSION.HASH.communities         the communities that belong to it, where its definition needs some
//! scorecards/NAME@VERSION/AS_OF-NUMBER.card  one file a scoring; never changed (AS_OF in microseconds since 1970)
//! scorecards/NAME@VERSION/TAG.near           whom the people of a whole card have ties with ([`crate::circle`])
//! scorecards/NAME@VERSION/AS_OF-NUMBER.past  what is kept of an older one: people and scores
//! ```
//!
//! A scoring that gives the same card as the newest for its moment writes nothing. One that gives another, because rows came late or
//! people changed, gets the next number: of the cards of one moment the one with the highest number holds. Which cards are kept
//! whole, and which as people and scores, is said in [`crate::history`].

use crate::circle;
use crate::definitions::{Source, from_text, is_path, split_version};
use crate::error::{Error, ErrorKind, Result};
use crate::export::table::write_new;
use crate::history;
use crate::workspace::Workspace;
use influence::{Communities, Definition, Fit, Past, Scorecard, Snapshot};
use model::Time;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A version's fit as it is stored.
#[derive(serde::Serialize, serde::Deserialize)]
struct StoredFit {
    /// The definition's TOML.
    definition: String,
    /// [`Fit::to_json`].
    fit: String,
    /// [`Fit::hash`]: a fit that was changed by hand would change scores in silence.
    hash: String,
}

impl StoredFit {
    /// The fit of `definition` as it was written, with its communities.
    fn open(&self, path: &Path, definition: &Definition) -> Result<Fit> {
        let fit = Fit::from_json(&self.fit, definition)?;
        if fit.hash() != self.hash {
            return Err(changed(path));
        }
        let Some(hash) = fit.communities_hash() else {
            return Ok(fit);
        };
        let path = communities_path(path, hash);
        let bytes = std::fs::read(&path).map_err(|error| Error::io(&path, "can't read", error))?;
        let communities = Communities::from_bytes(&bytes).map_err(|_| changed(&path))?;
        Ok(fit.with_communities(Arc::new(communities))?)
    }
}

impl Workspace {
    /// The fit of a version, if it was ever scored. Fails where the definition changed since.
    pub(crate) fn fit(&self, source: &Source) -> Result<Option<Fit>> {
        let path = self.fit_path(&source.definition.name, source.definition.version);
        let Some(stored) = read_fit(&path)? else {
            return Ok(None);
        };
        stored.open(&path, &source.definition).map(Some)
    }

    /// The communities that belong to a definition's fit, if it needs any: nothing before
    /// the first scoring, and for a file that changed since.
    pub(crate) fn communities(&self, definition: &Definition) -> Result<Option<Arc<Communities>>> {
        if !definition.needs_communities() {
            return Ok(None);
        }
        let path = self.fit_path(&definition.name, definition.version);
        let Some(stored) = read_fit(&path)? else {
            return Ok(None);
        };
        if from_text(&stored.definition, &path.display().to_string())?.definition != *definition {
            return Ok(None);
        }
        Ok(stored.open(&path, definition)?.communities().cloned())
    }

    /// Keeps the fit that the first scoring of a version made, and gives the one that holds: where two scorings make
    /// one at the same time, that of the first to finish.
    pub(crate) fn keep_fit(&self, source: &Source, fit: Fit) -> Result<Fit> {
        let path = self.fit_path(&source.definition.name, source.definition.version);
        make_parent(&path)?;
        if let Some(communities) = fit.communities() {
            write_new(&communities_path(&path, &communities.hash()), &communities.to_bytes())?;
        }
        let stored =
            StoredFit { definition: source.text.clone(), fit: fit.to_json(), hash: fit.hash() };
        let json = serde_json::to_string_pretty(&stored)
            .map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()))?;
        match write_new(&path, json.as_bytes())? {
            true => Ok(fit),
            false => Ok(self.fit(source)?.unwrap_or(fit)),
        }
    }

    /// The definition under which a version was scored, or the newest one of that name; its file may no longer hold it.
    pub(crate) fn scored_source(&self, name: &str, version: Option<u32>) -> Result<Option<Source>> {
        let version = match version {
            Some(version) => version,
            None => match self.scored_versions(name)?.last() {
                Some(newest) => *newest,
                None => return Ok(None),
            },
        };
        let path = self.fit_path(name, version);
        match read_fit(&path)? {
            Some(stored) => from_text(&stored.definition, &path.display().to_string()).map(Some),
            None => Ok(None),
        }
    }

    /// The definition under which a version was scored, which its file may no longer hold.
    pub(crate) fn scored_definition(&self, name: &str, version: u32) -> Result<Definition> {
        let found = self.scored_source(name, Some(version))?;
        found.map(|source| source.definition).ok_or_else(|| {
            let path = self.fit_path(name, version);
            let message = format!("{} is missing; score {name}@{version} again", path.display());
            Error::new(ErrorKind::NotFound, message)
        })
    }

    /// Publishes a scorecard; the next reader sees it whole. Its number among the cards of its moment.
    ///
    /// `newest` is the time of the newest interaction stored: what is kept of older cards is counted back from there.
    pub(crate) fn publish(
        &self,
        card: &Scorecard,
        snapshot: &Snapshot,
        newest: Time,
    ) -> Result<u32> {
        let header = card.header();
        let (dir, as_of) = (self.card_dir(&header.definition, header.version), header.as_of());
        // First, so that whoever sees the card finds them.
        circle::write(&dir, card, snapshot)?;
        let newest_of_moment = card_files(&dir)?.into_iter().rfind(|file| file.as_of == as_of);
        let same = newest_of_moment.as_ref().is_some_and(|file| file.is_of(card));
        let (mut number, whole) =
            newest_of_moment.map_or((0, false), |file| (file.number, file.whole));
        if !(same && whole) {
            // Of a card that is not whole any more, making it again brings back the very same one.
            number += u32::from(!same);
            make_parent(&card_path(&dir, as_of, number, WHOLE))?;
            while !write_new(&card_path(&dir, as_of, number, WHOLE), card.bytes())? {
                number += 1;
            }
        }
        history::thin(&dir, (as_of, number), newest)?;
        circle::sweep(&dir)?;
        self.note_published(card, number);
        Ok(number)
    }

    /// The newest scorecard of a definition (`name`, `name@version` or a file), or the newest for one moment.
    pub(crate) fn card(&self, wanted: &str, as_of: Option<Time>) -> Result<Scorecard> {
        let (name, version) = self.name_and_version(wanted)?;
        let versions = match version {
            Some(version) => vec![version],
            None => self.scored_versions(&name)?,
        };
        for version in versions.iter().rev() {
            let files = card_files(&self.card_dir(&name, *version))?;
            let fits = |file: &&CardFile| as_of.is_none_or(|time| file.as_of == time);
            if let Some(file) = files.iter().rfind(|file| file.whole && fits(file)) {
                let card = read_card(&file.path)?;
                self.check_same(wanted, &card)?;
                return Ok(card);
            }
            if let Some(file) = files.iter().rfind(fits) {
                let message = format!(
                    "of {name}@{version} as of {} only people and scores are kept; make the rest again with: tertius score {name}@{version} --as-of {0}",
                    file.as_of
                );
                return Err(Error::new(ErrorKind::NotFound, message));
            }
        }
        self.reading()?;
        let moment = as_of.map(|time| format!(" as of {time}")).unwrap_or_default();
        let option = as_of.map(|time| format!(" --as-of {time}")).unwrap_or_default();
        let message = format!(
            "there are no scores under {wanted}{moment} yet; make them with: tertius score {wanted}{option}"
        );
        Err(Error::new(ErrorKind::NotFound, message))
    }

    /// The newest scorecard of every definition that was scored, by name; or those for one moment, where there is one.
    pub(crate) fn newest_cards(&self, as_of: Option<Time>) -> Result<Vec<Scorecard>> {
        let mut names: Vec<String> = self.scored()?.into_iter().map(|(name, _)| name).collect();
        names.dedup();
        let mut cards = Vec::with_capacity(names.len());
        for name in names {
            match self.card(&name, as_of) {
                Ok(card) => cards.push(card),
                Err(error) if as_of.is_some() && error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(cards)
    }

    /// A file that no longer says what was scored under its name and version must not borrow the scores.
    fn check_same(&self, wanted: &str, card: &Scorecard) -> Result<()> {
        let header = card.header();
        if !is_path(wanted) || self.definition(wanted)?.definition.hash() == header.hash {
            return Ok(());
        }
        let message = format!(
            "{wanted} has changed since {}@{} was scored; raise its version and score it",
            header.definition, header.version
        );
        Err(Error::new(ErrorKind::Usage, message))
    }

    fn name_and_version(&self, wanted: &str) -> Result<(String, Option<u32>)> {
        if is_path(wanted) {
            let definition = self.definition(wanted)?.definition;
            return Ok((definition.name, Some(definition.version)));
        }
        let (name, version) = split_version(wanted)?;
        let known = |(scored, number): &(String, u32)| {
            scored == name && version.is_none_or(|version| *number == version)
        };
        if !self.scored()?.iter().any(known) {
            // Names the definitions that there are, if it is none of them.
            self.definition(wanted)?;
        }
        Ok((name.to_owned(), version))
    }

    /// The versions of a definition that have scorecards, rising.
    pub(crate) fn scored_versions(&self, name: &str) -> Result<Vec<u32>> {
        Ok(self
            .scored()?
            .into_iter()
            .filter(|(scored, _)| scored == name)
            .map(|(_, version)| version)
            .collect())
    }

    /// The newest version of every definition that has scorecards, by name, and where its cards lie.
    pub(crate) fn newest_versions(&self) -> Result<Vec<(String, u32, PathBuf)>> {
        let mut newest: Vec<(String, u32, PathBuf)> = Vec::new();
        for (name, version) in self.scored()? {
            let dir = self.card_dir(&name, version);
            match newest.last_mut() {
                Some(last) if last.0 == name => *last = (name, version, dir),
                _ => newest.push((name, version, dir)),
            }
        }
        Ok(newest)
    }

    /// Names and versions that have scorecards, in order.
    fn scored(&self) -> Result<Vec<(String, u32)>> {
        let mut scored = Vec::new();
        for path in entries(&self.dir().join("scorecards"))? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if let Ok((name, Some(version))) = split_version(name)
                && card_files(&path)?.iter().any(|file| file.whole)
            {
                scored.push((name.to_owned(), version));
            }
        }
        scored.sort();
        Ok(scored)
    }

    fn fit_path(&self, name: &str, version: u32) -> PathBuf {
        self.dir().join("fits").join(format!("{name}@{version}.json"))
    }

    pub(crate) fn card_dir(&self, name: &str, version: u32) -> PathBuf {
        self.dir().join("scorecards").join(format!("{name}@{version}"))
    }
}

/// A scorecard's file, as its name tells it.
pub(crate) struct CardFile {
    pub as_of: Time,
    pub number: u32,
    /// Whether all of the card is there, or people and scores only.
    pub whole: bool,
    pub path: PathBuf,
}

/// How the name of a whole card ends.
pub(crate) const WHOLE: &str = "card";
/// How the name of people and scores ends.
pub(crate) const PAST: &str = "past";

impl CardFile {
    /// Whether it is the card, or what is kept of it.
    fn is_of(&self, card: &Scorecard) -> bool {
        match self.whole {
            true => std::fs::read(&self.path).is_ok_and(|bytes| bytes == card.bytes()),
            false => read_past(&self.path).is_ok_and(|past| past.header().card == card.id()),
        }
    }
}

pub(crate) fn card_path(dir: &Path, as_of: Time, number: u32, ending: &str) -> PathBuf {
    dir.join(format!("{:020}-{number:06}.{ending}", as_of.0))
}

/// The scorecards in a folder, by moment and number; where one lies there whole and as people and scores, the whole one last.
pub(crate) fn card_files(dir: &Path) -> Result<Vec<CardFile>> {
    let mut files = Vec::new();
    for path in entries(dir)? {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some((stem, ending)) = name.split_once('.')
            && [WHOLE, PAST].contains(&ending)
            && let Some((as_of, number)) = stem.split_once('-')
            && let (Ok(as_of), Ok(number)) = (as_of.parse(), number.parse())
        {
            files.push(CardFile { as_of: Time(as_of), number, whole: ending == WHOLE, path });
        }
    }
    files.sort_by_key(|file| (file.as_of, file.number, file.whole));
    Ok(files)
}

/// Reads what is kept of an older card.
pub(crate) fn read_past(path: &Path) -> Result<Past> {
    let bytes = std::fs::read(path).map_err(|error| Error::io(path, "can't read", error))?;
    Past::from_bytes(bytes)
        .map_err(|error| Error::new(ErrorKind::Invalid, format!("{}: {error}", path.display())))
}

/// Maps a card without reading its rows.
pub(crate) fn map_card(path: &Path) -> Result<Scorecard<bytes::Bytes>> {
    let named = |error: influence::Error| {
        Error::new(ErrorKind::Invalid, format!("{}: {error}", path.display()))
    };
    Scorecard::trusting(ledger::map(path)?).map_err(named)
}

pub(crate) fn read_card(path: &Path) -> Result<Scorecard> {
    let bytes = std::fs::read(path).map_err(|error| Error::io(path, "can't read", error))?;
    let named = |error: influence::Error| {
        Error::new(ErrorKind::Invalid, format!("{}: {error}", path.display()))
    };
    Scorecard::from_bytes(bytes).map_err(named)
}

fn read_fit(path: &Path) -> Result<Option<StoredFit>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io(path, "can't read", error)),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|_| changed(path))
}

/// Whether a stored fit is as it was written.
fn check_fit(path: &Path) -> Result<()> {
    let Some(stored) = read_fit(path)? else {
        return Ok(());
    };
    let definition = from_text(&stored.definition, &path.display().to_string())?.definition;
    stored.open(path, &definition).map(|_| ())
}

/// Where the communities of the fit at `path` lie.
fn communities_path(path: &Path, hash: &str) -> PathBuf {
    path.with_extension(format!("{hash}.communities"))
}

fn changed(path: &Path) -> Error {
    let message = format!(
        "{} is not as it was written; restore it from a backup, or raise the definition's version to fit it anew",
        path.display()
    );
    Error::new(ErrorKind::Invalid, message)
}

/// Checks every scorecard and fit: how many scorecards there are, and what is wrong.
pub(crate) fn verify(workspace: &Path) -> Result<(u64, Vec<String>)> {
    let (mut count, mut problems) = (0, Vec::new());
    for dir in entries(&workspace.join("scorecards"))? {
        let files = card_files(&dir)?;
        count += files.chunk_by(|a, b| (a.as_of, a.number) == (b.as_of, b.number)).count() as u64;
        for file in files {
            let error = match file.whole {
                true => read_card(&file.path).err(),
                false => read_past(&file.path).err(),
            };
            problems.extend(error.map(|error| error.to_string()));
        }
    }
    for path in entries(&workspace.join("fits"))? {
        if path.extension().is_some_and(|ending| ending == "json") {
            problems.extend(check_fit(&path).err().map(|error| error.to_string()));
        }
    }
    Ok((count, problems))
}

/// What lies in a folder, sorted; nothing if there is no such folder.
fn entries(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(Vec::new());
        }
        Err(error) => return Err(Error::io(dir, "can't read", error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|error| Error::io(dir, "can't read", error))?.path());
    }
    paths.sort();
    Ok(paths)
}

fn make_parent(path: &Path) -> Result<()> {
    match path.parent() {
        Some(dir) => {
            std::fs::create_dir_all(dir).map_err(|error| Error::io(dir, "can't make", error))
        }
        None => Ok(()),
    }
}
