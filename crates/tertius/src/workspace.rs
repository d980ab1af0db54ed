//! A workspace: the folder that holds everything, opened for what is asked.

use crate::disclosure::{Disclosure, Reader};
use crate::error::{Error, ErrorKind, Result};
use crate::settings::Settings;
use influence::Firm;
use ledger::people::{People, Register};
use ledger::{Catalogue, Ledger, PublicSoFar, View};
use model::Time;
use std::path::{Path, PathBuf};

/// The folder that holds everything. Opening it makes nothing: the first `ingest` or `people import` does.
#[derive(Debug)]
pub struct Workspace {
    dir: PathBuf,
    settings: Settings,
    /// See [`Reading::outside`].
    outside: Option<String>,
    /// What is known of what is public, so that not every reading must find it out.
    public: PublicSoFar,
}

/// What is stored, as it stood at one moment: readers see neither half a commit nor a later one.
pub struct Reading {
    /// Interactions.
    pub view: View,
    /// People.
    pub register: Register,
    /// The firm; [`Firm::unknown`] where the workspace has none.
    pub firm: Firm,
    /// The purpose of a reader from outside, empty for anybody; nothing for an operator.
    pub(crate) outside: Option<String>,
}

impl Workspace {
    /// The workspace in `dir`, with its settings.
    pub fn open(dir: &Path) -> Result<Workspace> {
        if dir.is_file() {
            let message = format!(
                "{} is a file; a workspace is a folder, name another with --workspace",
                dir.display()
            );
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let (settings, public) = (Settings::read(dir)?, PublicSoFar::default());
        Ok(Workspace { dir: dir.to_owned(), settings, outside: None, public })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the operator set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether anything was ever stored here.
    pub fn exists(&self) -> bool {
        Catalogue::exists(&self.dir)
    }

    /// The ledger, to be written to; made where it is missing.
    pub(crate) fn writing(&self) -> Result<Ledger> {
        Ok(Ledger::open(&self.dir)?)
    }

    /// The people, to be changed; made where they are missing. What they refused is noted beside the workspace when this
    /// is dropped.
    pub(crate) fn people(&self) -> Result<Changing> {
        Ok(Changing { people: People::open(&self.dir)?, dir: self.dir.clone() })
    }

    /// The same workspace for somebody else, with its settings as they are now.
    pub fn reopened(&self) -> Result<Workspace> {
        Workspace::open(&self.dir)
    }

    /// The same workspace, asked by somebody whom those who are looked at shall know by that name. Reports tell them of people what `reader` may be told.
    pub fn asked_by(&self, who: &str, reader: Reader<'_>) -> Workspace {
        let settings = Settings { operator: Some(who.to_owned()), ..self.settings.clone() };
        let (dir, public) = (self.dir.clone(), self.public.clone());
        Workspace { dir, settings, outside: reader.outside(), public }
    }

    /// The same workspace, knowing what an earlier view of it found out.
    pub(crate) fn knowing(&self, public: PublicSoFar) -> Workspace {
        let (dir, settings) = (self.dir.clone(), self.settings.clone());
        Workspace { dir, settings, outside: self.outside.clone(), public }
    }

    /// Fails where nothing was ever stored.
    pub(crate) fn must_exist(&self) -> Result<()> {
        if !self.exists() {
            let message = format!(
                "there is no workspace in {}; begin with: tertius ingest FILE, or name another with --workspace",
                self.dir.display()
            );
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        Ok(())
    }

    /// What is stored now.
    pub fn reading(&self) -> Result<Reading> {
        self.must_exist()?;
        let firm = self.firm()?.unwrap_or_else(Firm::unknown);
        let (view, register) = (View::open(&self.dir)?, People::read(&self.dir)?);
        view.take_over(&self.public)?;
        Ok(Reading { view, register, firm, outside: self.outside.clone() })
    }
}

/// People who are being changed.
pub(crate) struct Changing {
    people: People,
    dir: PathBuf,
}

impl std::ops::Deref for Changing {
    type Target = People;

    fn deref(&self) -> &People {
        &self.people
    }
}

impl std::ops::DerefMut for Changing {
    fn deref_mut(&mut self) -> &mut People {
        &mut self.people
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        note_suppressions(&self.dir);
    }
}

/// Notes beside the workspace who was erased and who refuses, for whoever restores a copy of before. What was decided
/// holds here in any case, so that a note that can't be written is no failure; but it is said.
pub(crate) fn note_suppressions(dir: &Path) {
    if let Err(error) = ledger::journal::publish(dir, false) {
        log::warn!(
            "refusals and erasures could not be noted beside the workspace, so that a backup of before would not obey them: {error}"
        );
    }
}

impl Reading {
    /// The time to compute as of: the one given, or the newest interaction's.
    pub fn as_of(&self, given: Option<Time>) -> Result<Time> {
        given.or_else(|| self.view.newest_at()).ok_or_else(|| {
            let message =
                "the workspace holds no interactions yet; begin with: tertius ingest FILE";
            Error::new(ErrorKind::NotFound, message)
        })
    }

    /// Who may be named as of that moment, to whoever asks.
    pub fn disclosure(&self, as_of: Time) -> Disclosure<'_> {
        Disclosure::new(&self.view, &self.register, as_of).to(Reader::of(self.outside.as_deref()))
    }
}
