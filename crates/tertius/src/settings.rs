//! `tertius.toml` in the workspace: flags beat environment beat this file.

use crate::error::{Error, ErrorKind, Result};
use model::Span;
use model::time::{DAY, parse_span};
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
    /// Who works with this workspace, as people are told who looked at what is held about them.
    pub operator: Option<String>,
    /// How long it is kept who looked, such as `400d`.
    pub looks: Option<String>,
    /// Who is responsible for the data, in letters and records.
    pub controller: Option<String>,
    /// Hosts whose pages may read answers, such as `https://app.example`; none by default.
    pub cors: Vec<String>,
    /// Where people turn to, in letters and records: an address of whatever kind.
    pub contact: Option<String>,
    /// Where the pages are reached from outside, such as `https://influence.example`: with `https`, cookies are never sent without it.
    pub address: Option<String>,
    /// A proxy that signs people in, and is believed.
    pub sign_in: Option<SignIn>,
}

/// A proxy that signs people in.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The header in which it names the operator.
    pub header: String,
    /// Its addresses: from nowhere else is the header believed.
    pub proxies: Vec<std::net::IpAddr>,
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
        if let Some(looks) = &settings.looks
            && parse_span(looks).is_none()
        {
            let message = format!(
                "{}: looks is a length of time with its unit, such as \"400d\"",
                path.display()
            );
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let is_origin = |text: &String| {
            let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
            host.is_some_and(|host| {
                !host.is_empty()
                    && host
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
            })
        };
        if let Some(wrong) = settings.cors.iter().find(|text| !is_origin(text)) {
            let message = format!(
                "{}: cors lists origins such as \"https://app.example\", without a path, and not {wrong:?}",
                path.display()
            );
            return Err(Error::new(ErrorKind::Usage, message));
        }
        if let Some(sign_in) = &settings.sign_in {
            let is_token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            if sign_in.proxies.is_empty()
                || sign_in.header.is_empty()
                || !sign_in.header.bytes().all(is_token)
            {
                let message = format!(
                    "{}: sign_in needs the name of a header and the proxy's addresses, such as header = \"X-Signed-In\", proxies = [\"127.0.0.1\"]",
                    path.display()
                );
                return Err(Error::new(ErrorKind::Usage, message));
            }
        }
        let is_address =
            |text: &String| text.starts_with("https://") || text.starts_with("http://");
        if settings.address.as_ref().is_some_and(|address| !is_address(address)) {
            let message = format!(
                "{}: address begins with https:// or http://, as readers type it",
                path.display()
            );
            return Err(Error::new(ErrorKind::Usage, message));
        }
        Ok(settings)
    }

    /// Whether the pages are reached by TLS alone.
    pub fn by_tls(&self) -> bool {
        self.address.as_deref().is_some_and(|address| address.starts_with("https://"))
    }

    /// How long it is kept who looked.
    pub fn keep_looks(&self) -> Span {
        self.looks.as_deref().and_then(parse_span).unwrap_or(400 * DAY)
    }
}
