//! Who is signed in: by a session's cookie, or by the word of a proxy that the operator named.
//!
//! The cookie is `HttpOnly` and `SameSite=Strict`; where the pages are reached by TLS it is `Secure` too, and its name begins with `__Host-`, so that no
//! other host can set it. A proxy's header counts only on connections from the proxy's own addresses, only once in a request, and only if it names an operator.
//! Every form carries a token that is made of the session, and a request that changes something is taken only with it and from our own pages.

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tertius::operators::{Operator, Operators, SESSION, same_token};
use tertius::settings::Settings;
use tertius::{Error, ErrorKind, Result, Time, Workspace};
use tokio::sync::Semaphore;

/// The address at the other end of a connection, as the listener found it.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who.
    pub operator: Operator,
    /// How they are named to those about whom they ask.
    pub source: Arc<str>,
    /// The token of the cookie; nothing where a proxy signs people in.
    pub cookie: Option<String>,
}

impl Session {
    fn new(operator: Operator, cookie: Option<String>) -> Session {
        Session { source: format!("operator {}", operator.name).into(), operator, cookie }
    }

    /// By what the token of their forms is made.
    pub fn subject(&self) -> String {
        match &self.cookie {
            Some(token) => format!("session {token}"),
            None => format!("proxy {}", self.operator.name),
        }
    }
}

/// What is needed to know who is signed in.
pub struct Signing {
    operators: Mutex<Operators>,
    proxy: Option<(HeaderName, Vec<IpAddr>)>,
    /// Since when the proxy's word for somebody was written down.
    noted: Mutex<HashMap<String, Time>>,
    tls: bool,
    /// Passwords that are checked at a time: each takes 19 MiB.
    pub checks: Semaphore,
}

impl Signing {
    /// As the workspace has it now.
    pub fn of(workspace: &Workspace) -> Result<Signing> {
        let settings: &Settings = workspace.settings();
        let proxy = match &settings.sign_in {
            None => None,
            Some(of) => {
                let name = HeaderName::from_bytes(of.header.as_bytes()).map_err(|error| {
                    Error::new(ErrorKind::Usage, format!("sign_in.header in tertius.toml: {error}"))
                })?;
                let proxies = of.proxies.iter().map(IpAddr::to_canonical).collect();
                Some((name, proxies))
            }
        };
        Ok(Signing {
            operators: Mutex::new(workspace.operators()?),
            proxy,
            noted: Mutex::default(),
            tls: settings.by_tls(),
            checks: Semaphore::new(2),
        })
    }

    /// The operators, for one question.
    pub fn operators(&self) -> MutexGuard<'_, Operators> {
        self.operators.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever is signed in and sent this request.
    pub fn session(&self, parts: &Parts) -> Result<Option<Session>> {
        let now = Time::now();
        if let Some(token) = cookie(&parts.headers, self.session_cookie()) {
            let found = self.operators().session(token, now)?;
            if let Some(operator) = found {
                return Ok(Some(Session::new(operator, Some(token.to_owned()))));
            }
        }
        let Some((name, proxies)) = &self.proxy else { return Ok(None) };
        let from = parts.extensions.get::<Peer>().map(|peer| peer.0.to_canonical());
        if !from.is_some_and(|from| proxies.contains(&from)) {
            return Ok(None);
        }
        let mut given = parts.headers.get_all(name).iter();
        let (Some(one), None) = (given.next(), given.next()) else { return Ok(None) };
        let Ok(one) = one.to_str() else { return Ok(None) };
        let Some(operator) = self.operators().find(one)? else { return Ok(None) };
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = noted.get(&operator.name).is_none_or(|at| now.0 - at.0 >= SESSION);
        if fresh {
            self.operators().audit(&operator.name, "signed in by the proxy", now)?;
            noted.insert(operator.name.clone(), now);
        }
        Ok(Some(Session::new(operator, None)))
    }

    /// The name of the cookie of sessions.
    pub fn session_cookie(&self) -> &'static str {
        if self.tls { "__Host-tertius" } else { "tertius" }
    }

    /// The name of the cookie of whoever is about to sign in.
    pub fn form_cookie(&self) -> &'static str {
        if self.tls { "__Host-tertius-form" } else { "tertius-form" }
    }

    /// A cookie for `seconds`; for none it is taken back.
    pub fn set_cookie(&self, name: &str, value: &str, seconds: i64) -> Option<HeaderValue> {
        let secure = if self.tls { "; Secure" } else { "" };
        let text =
            format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
        HeaderValue::try_from(text).ok()
    }

    /// The token of the forms of a subject.
    pub fn form_token(&self, subject: &str) -> Result<String> {
        Ok(self.operators().form_token(subject)?)
    }

    /// Whether a form that was sent is one of ours: from our own page, and with the subject's token.
    pub fn is_ours(&self, headers: &HeaderMap, subject: &str, token: &str) -> Result<bool> {
        Ok(from_our_page(headers) && same_token(&self.form_token(subject)?, token))
    }
}

/// Whether the browser, where it says from where it asks, says from here.
fn from_our_page(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let site = headers.get("sec-fetch-site").map(|value| value.to_str().unwrap_or("?"));
    if !matches!(site, None | Some("same-origin" | "none")) {
        return false;
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (None, _) => true,
        (Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, of)| of.eq_ignore_ascii_case(host))
        }
        (Some(_), None) => false,
    }
}

/// The value of a cookie, where it is one of ours: 64 hexadecimal digits.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';'))
        .filter_map(|one| one.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
        .filter(|value| value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(given: &[(&'static str, &'static str)]) -> HeaderMap {
        given
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn forms_of_other_pages_are_known_by_what_the_browser_says() {
        for (given, ours) in [
            (&[][..], true),
            (&[("origin", "http://a.example"), ("host", "a.example")], true),
            (&[("origin", "http://b.example"), ("host", "a.example")], false),
            (&[("origin", "null"), ("host", "a.example")], false),
            (&[("origin", "http://a.example")], false),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
        ] {
            assert_eq!(from_our_page(&headers(given)), ours, "{given:?}");
        }
    }

    #[test]
    fn only_tokens_are_taken_for_cookies() {
        const TOKEN: &str = "00000000000000000000000000000000000000000000000000000000000000aF";
        let given: HeaderMap =
            [(header::COOKIE, HeaderValue::try_from(format!("a=b; tertius={TOKEN};x")).unwrap())]
                .into_iter()
                .collect();
        assert_eq!(cookie(&given, "tertius"), Some(TOKEN));
        assert_eq!(cookie(&given, "a"), None);
        assert_eq!(cookie(&HeaderMap::new(), "tertius"), None);
    }
}
