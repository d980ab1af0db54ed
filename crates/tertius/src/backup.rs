//! Backups, restores, and the secrets that belong in neither.

use crate::error::{Error, ErrorKind, Result};
use crate::workspace::Workspace;
pub use ledger::backup::Suppressions;
use ledger::backup::{self, Manifest};
use ledger::secrets::{RINGS, Ring};
use model::Time;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What was copied.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Copied {
    /// Where it is now.
    pub to: PathBuf,
    /// When the backup was begun.
    pub made: String,
    /// Interactions that hold in it.
    pub interactions: u64,
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
    /// Where the secrets are that it needs, if they were written.
    pub secrets: Option<PathBuf>,
    /// What a person should know.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// A key of a ring, without the key.
#[derive(Clone, Debug, serde::Serialize)]
pub struct KeyShown {
    /// The ring.
    pub name: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// Number of the key; none where the ring was not needed yet.
    pub key: Option<u32>,
    /// When it was made.
    pub made: Option<Time>,
}

impl Workspace {
    /// Copies the workspace to a new folder, while others go on writing, and checks the copy to the last byte.
    pub fn backup(
        &self,
        to: &Path,
        secrets: Option<&Path>,
        waiting: Arc<dyn Fn(&str) + Send + Sync>,
    ) -> Result<Copied> {
        let options = ledger::Options { waiting, ..ledger::Options::default() };
        let manifest = backup::backup(self.dir(), to, &options)?;
        ledger::journal::publish(self.dir(), true)?;
        let mut copied = Copied::of(to, &manifest);
        if let Some(secrets) = secrets {
            backup::copy_secrets(self.dir(), secrets, &options)?;
            copied.secrets = Some(secrets.to_owned());
        } else {
            copied.notes.push(
                "without the secrets nobody can tell whom a copy must not bring back; keep them apart from it, with --with-secrets FILE".to_owned(),
            );
        }
        copied.notes.push(format!(
            "{} has what is erased and refused from now on; a restore needs it as it is then",
            ledger::journal::path(self.dir()).display()
        ));
        Ok(copied)
    }

    /// Makes this workspace, which must not be there yet, of a backup; whoever was erased or objected since stays so.
    pub fn restore(
        &self,
        from: &Path,
        secrets: Option<&Path>,
        suppressions: &Suppressions,
        waiting: Arc<dyn Fn(&str) + Send + Sync>,
    ) -> Result<Copied> {
        let options = ledger::Options { waiting, ..ledger::Options::default() };
        let manifest = backup::restore(from, self.dir(), secrets, suppressions, &options)?;
        let mut copied = Copied::of(self.dir(), &manifest);
        copied.interactions = self.reading()?.view.rows();
        if matches!(suppressions, Suppressions::None) {
            copied.notes.push(format!(
                "whoever was erased or objected since {} is not known to be: nothing was applied",
                manifest.made
            ));
        }
        if manifest.suppressed > 0 && Ring::read(self.dir(), ledger::secrets::ERASURE)?.is_none() {
            copied.notes.push("the secrets are missing, without which nothing can be ingested: put them back as secrets/erasure.keys".to_owned());
        }
        Ok(copied)
    }

    /// The keys of every ring, without the keys themselves.
    pub fn secrets(&self) -> Result<Vec<KeyShown>> {
        let mut shown = Vec::new();
        for (name, purpose) in RINGS {
            let none = KeyShown { name, purpose, key: None, made: None };
            match Ring::read(self.dir(), name)? {
                None => shown.push(none),
                Some(ring) => shown.extend(ring.keys().iter().map(|key| KeyShown {
                    key: Some(key.number()),
                    made: Some(key.made()),
                    ..none.clone()
                })),
            }
        }
        Ok(shown)
    }

    /// Adds a key to a ring; what older keys hashed goes on being known by them.
    pub fn rotate_secret(
        &self,
        name: &str,
        waiting: Arc<dyn Fn(&str) + Send + Sync>,
    ) -> Result<u32> {
        if !RINGS.iter().any(|(known, _)| *known == name) {
            let known: Vec<&str> = RINGS.iter().map(|(name, _)| *name).collect();
            let message = format!("there is no secret {name:?}; there is {}", known.join(", "));
            return Err(Error::new(ErrorKind::Usage, message));
        }
        drop(self.reading()?);
        let options = ledger::Options { waiting, ..ledger::Options::default() };
        Ok(Ring::rotate(self.dir(), name, &options)?)
    }
}

impl Copied {
    fn of(to: &Path, manifest: &Manifest) -> Copied {
        Copied {
            to: to.to_owned(),
            made: manifest.made.clone(),
            interactions: manifest.interactions,
            files: manifest.files.len() as u64,
            bytes: manifest.files.iter().map(|file| file.bytes).sum(),
            secrets: None,
            notes: Vec::new(),
        }
    }
}
