//! Publishing a version of a definition: from then on it is used by name, and never changes.
//!
//! The file is copied to `definitions/NAME@VERSION.toml` in the workspace, and scored. `score FILE` in contrast scores a file where it lies
//! and leaves `score`, `rank` and `definitions` without arguments as they are. A published version is the default of its name as long as it is
//! the newest; older ones stay, as `name@version`. A version says one thing for ever: what was shipped, published or scored under it can't be
//! published with other contents, nor can a version older than the newest. Done twice, or broken off and done again, it comes to the same.

use crate::definitions::{self, Source};
use crate::error::{Error, ErrorKind, Result};
use crate::export::table::write_new;
use crate::score::Scored;
use crate::workspace::Workspace;
use influence::definition::SHIPPED;
use model::Time;
use std::path::{Path, PathBuf};

/// What came of publishing a version.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Published {
    /// Where it is kept.
    pub file: PathBuf,
    /// Its hash.
    pub hash: String,
    /// The newest version before it, as `name@version`, if there is one.
    pub replaces: Option<String>,
    /// Its scores.
    #[serde(flatten)]
    pub scored: Scored,
}

impl Workspace {
    /// Publishes the definition in `file`, and scores it as of a moment.
    pub fn publish_definition(&self, file: &Path, as_of: Option<Time>) -> Result<Published> {
        let source = definitions::read(file)?;
        let reading = self.reading()?;
        let as_of = reading.as_of(as_of)?;
        if let Some(reason) = self.taken(&source)? {
            return Err(Error::new(ErrorKind::Usage, reason));
        }
        let dir = self.own_definitions();
        std::fs::create_dir_all(&dir).map_err(|error| Error::io(&dir, "can't make", error))?;
        let path = dir.join(format!("{}.toml", source.id()));
        if !write_new(&path, source.text.as_bytes())?
            && definitions::read(&path)?.definition.hash() != source.definition.hash()
        {
            // Somebody else published at the same time, or the file was changed by hand.
            let message = format!(
                "{} says something else; raise the version in {}",
                path.display(),
                file.display()
            );
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let (name, version) = (&source.definition.name, source.definition.version);
        let before = self.versions_of(name)?.into_iter().rfind(|known| *known < version);
        let published = Source { from: path.display().to_string(), ..source.clone() };
        let scored = self.score_all(&[published], &reading, as_of)?.pop();
        let Some(scored) = scored else {
            return Err(Error::new(ErrorKind::Invalid, "nothing was scored"));
        };
        Ok(Published {
            file: path,
            hash: source.definition.hash(),
            replaces: before.map(|before| format!("{name}@{before}")),
            scored,
        })
    }

    /// Why the version can't be published: it said something else before, or there is a newer one. Nothing if it can.
    pub(crate) fn taken(&self, source: &Source) -> Result<Option<String>> {
        let (name, version) = (&source.definition.name, source.definition.version);
        let hash = source.definition.hash();
        let mut known: Vec<Source> = self.all_definitions()?;
        for shipped in SHIPPED {
            known.push(definitions::from_text(shipped.text, "shipped")?);
        }
        known.extend(self.scored_source(name, Some(version))?);
        let newest = self.versions_of(name)?.into_iter().max().unwrap_or_default();
        let next = newest.max(version).saturating_add(1);
        let same =
            |one: &&Source| one.definition.name == *name && one.definition.version == version;
        if let Some(other) = known.iter().filter(same).find(|one| one.definition.hash() != hash) {
            let reason = format!(
                "{} says something else already ({}), and a version never changes; raise the version in {} to {next}",
                other.id(),
                other.from,
                source.from
            );
            return Ok(Some(reason));
        }
        if newest > version && !known.iter().any(|one| same(&one)) {
            let reason = format!(
                "{name}@{newest} is newer and would stay the default; raise the version in {} to {next}",
                source.from
            );
            return Ok(Some(reason));
        }
        Ok(None)
    }

    /// The versions of a definition that can be used by name or were scored, rising.
    pub(crate) fn versions_of(&self, name: &str) -> Result<Vec<u32>> {
        let mut versions = self.scored_versions(name)?;
        let all = self.all_definitions()?;
        let named = all.iter().filter(|one| one.definition.name == name);
        versions.extend(named.map(|one| one.definition.version));
        versions.sort_unstable();
        versions.dedup();
        Ok(versions)
    }
}
