//! `tertius.toml` in the workspace: flags beat environment beat this file.

use crate::error::{Error, ErrorKind, Result};
use std::path::Path;

/// What the operator set for this workspace.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What times without an offset mean, such as `Europe/Berlin`.
    pub timezone: Option<String>,
    /// Threads to use; all processors by default.
    pub threads: Option<usize>,
    /// `"public"` where all data is public and readers without a key may see what keys see.
    pub anonymous: Option<String>,
}

impl Settings {
    /// The name of the file within the workspace.
    pub const FILE: &str = "tertius.toml";

    /// Reads the settings of the workspace in `dir`; there need not be any.
    pub fn read(dir: &Path) -> Result<Settings> {
        let path = dir.join(Settings::FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Settings::default());
            }
            Err(error) => return Err(Error::io(&path, "can't read", error)),
        };
        let settings: Settings = toml::from_str(&text).map_err(|error| {
            Error::new(ErrorKind::Usage, format!("{}: {error}", path.display()))
        })?;
        if settings.anonymous.as_deref().is_some_and(|value| value != "public") {
            let message = format!(
                "{}: anonymous can only be \"public\"; leave it out otherwise",
                path.display()
            );
            return Err(Error::new(ErrorKind::Usage, message));
        }
        Ok(settings)
    }
}
