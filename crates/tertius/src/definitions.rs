//! Where definitions come from: shipped ones, the workspace's own (`definitions/*.toml`), files named on the spot, and
//! what was once scored from such a file.
//!
//! A version of the workspace's own is the newest of its name, whatever is shipped; versions that were shipped before it can still be used as
//! `name@version`. Two files may say the same version only if they say the same. How a version is published is in [`crate::publish`].

use crate::error::{Error, ErrorKind, Result};
use crate::workspace::Workspace;
use influence::Definition;
use influence::definition::{self as language, SHIPPED};
use std::path::{Path, PathBuf};

pub use influence::definition::Problem;

/// A definition with the text that it was read from.
#[derive(Clone, Debug)]
pub struct Source {
    /// What it says.
    pub definition: Definition,
    /// The TOML.
    pub text: String,
    /// `shipped`, or the file.
    pub from: String,
}

impl Source {
    /// `name@version`.
    pub fn id(&self) -> String {
        format!("{}@{}", self.definition.name, self.definition.version)
    }
}

/// What `definition check` found.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Checked {
    /// Whether nothing is wrong.
    pub ok: bool,
    /// The file.
    pub file: PathBuf,
    /// `name@version`, where the file is right.
    pub definition: String,
    /// The question, where the file is right.
    pub question: String,
    /// The definition's hash, where the file is right.
    pub hash: Option<String>,
    /// Everything that is wrong, by line.
    pub problems: Vec<Problem>,
}

/// Names everything that is wrong with the definition in `file`.
pub fn check(file: &Path) -> Result<Checked> {
    let bytes = std::fs::read(file).map_err(|error| Error::io(file, "can't read", error))?;
    let name = file.display().to_string();
    let (definition, problems) = match std::str::from_utf8(&bytes) {
        Ok(text) => language::check(text, &name),
        Err(error) => (None, vec![Problem::not_text(&name, &bytes, error.valid_up_to())]),
    };
    let named = |get: fn(&Definition) -> String| definition.as_ref().map(get);
    Ok(Checked {
        ok: problems.is_empty(),
        file: file.to_owned(),
        definition: named(|one| format!("{}@{}", one.name, one.version)).unwrap_or_default(),
        question: named(|one| one.question.clone()).unwrap_or_default(),
        hash: named(Definition::hash),
        problems,
    })
}

/// Writes a commented definition to start from. Refuses to replace a file.
pub fn write_template(file: &Path) -> Result<()> {
    let stem =
        file.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let text = TEMPLATE.replace("NAME", name.trim_matches('-'));
    let mut options = std::fs::OpenOptions::new();
    let written = options.write(true).create_new(true).open(file);
    written
        .and_then(|mut out| std::io::Write::write_all(&mut out, text.as_bytes()))
        .map_err(|error| Error::io(file, "can't write", error))
}

const TEMPLATE: &str = include_str!("definition_template.toml");

impl Workspace {
    /// Every definition that can be used by name, by name and version.
    ///
    /// A file of the workspace that is not right is an error that names everything wrong with it.
    pub fn all_definitions(&self) -> Result<Vec<Source>> {
        let mut all: Vec<Source> = Vec::new();
        for path in self.definition_files()? {
            let source = read(&path)?;
            match all.iter().find(|one| one.id() == source.id()) {
                None => all.push(source),
                Some(same) if same.definition.hash() == source.definition.hash() => {}
                Some(other) => {
                    let message = format!(
                        "{} and {} both say {} and are not the same; raise the version of the one that you changed",
                        other.from,
                        source.from,
                        source.id()
                    );
                    return Err(Error::new(ErrorKind::Usage, message));
                }
            }
        }
        let own = all.len();
        for shipped in SHIPPED {
            let shipped = from_text(shipped.text, "shipped")?;
            let (name, version) = (&shipped.definition.name, shipped.definition.version);
            let hides =
                |own: &Source| own.definition.name == *name && own.definition.version <= version;
            if !all[..own].iter().any(hides) {
                all.push(shipped);
            }
        }
        all.sort_by(|a, b| {
            (&a.definition.name, a.definition.version)
                .cmp(&(&b.definition.name, b.definition.version))
        });
        Ok(all)
    }

    /// The definition that a person means by a name, `name@version`, or a path to a file.
    pub fn definition(&self, wanted: &str) -> Result<Source> {
        if is_path(wanted) {
            return read(Path::new(wanted));
        }
        let all = self.all_definitions()?;
        let (name, version) = split_version(wanted)?;
        let fits = |source: &&Source| {
            source.definition.name == name
                && version.is_none_or(|version| source.definition.version == version)
        };
        // Sorted by version: the last one is the newest.
        if let Some(found) = all.iter().rfind(fits) {
            return Ok(found.clone());
        }
        if let Some(scored) = self.scored_source(name, version)? {
            return Ok(scored);
        }
        let names: Vec<String> = all.iter().map(Source::id).collect();
        let message = format!("there is no definition {wanted:?}; there are {}", names.join(", "));
        Err(Error::new(ErrorKind::Usage, message))
    }

    /// The folder of the workspace's own definitions.
    pub(crate) fn own_definitions(&self) -> PathBuf {
        self.dir().join("definitions")
    }

    fn definition_files(&self) -> Result<Vec<PathBuf>> {
        let dir = self.own_definitions();
        let entries = match std::fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io(&dir, "can't read", error)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| Error::io(&dir, "can't read", error))?.path();
            if path.extension().is_some_and(|ending| ending == "toml") {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }
}

/// Whether a definition is meant by its file.
pub(crate) fn is_path(wanted: &str) -> bool {
    wanted.ends_with(".toml") || wanted.contains(['/', '\\'])
}

/// Reads `name` or `name@version`.
pub(crate) fn split_version(wanted: &str) -> Result<(&str, Option<u32>)> {
    let Some((name, version)) = wanted.split_once('@') else {
        return Ok((wanted, None));
    };
    let version = version.parse().map_err(|_| {
        Error::new(
            ErrorKind::Usage,
            format!("{wanted:?}: after @ stands a version, as in {name}@1"),
        )
    })?;
    Ok((name, Some(version)))
}

/// Reads a definition's file; the error names everything that is wrong.
pub(crate) fn read(path: &Path) -> Result<Source> {
    let text =
        std::fs::read_to_string(path).map_err(|error| Error::io(path, "can't read", error))?;
    from_text(&text, &path.display().to_string())
}

/// Reads a definition; the error names everything that is wrong.
pub(crate) fn from_text(text: &str, from: &str) -> Result<Source> {
    match language::check(text, from) {
        (Some(definition), problems) if problems.is_empty() => {
            Ok(Source { definition, text: text.to_owned(), from: from.to_owned() })
        }
        (_, problems) => {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Err(Error::new(ErrorKind::Usage, lines.join("\n")))
        }
    }
}
