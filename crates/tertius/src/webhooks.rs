//! Webhooks: where a running server sends what is published.
//!
//! An event is what `/api/v1/changes` tells, signed with the hook's key. A target is an address of HTTPS in the public internet; other addresses, and HTTP without TLS,
//! only where the operator says so for that hook: a server must not be led into its own network by a URL.

use crate::error::{Error, ErrorKind, Result};
use crate::workspace::Workspace;
use model::Time;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use ledger::webhooks::{Delivery, Hook, LONGEST_PAUSE, Webhooks};

/// A webhook as it may be shown: without its key.
#[derive(Clone, Debug, serde::Serialize)]
pub struct HookShown {
    /// Eight hexadecimal digits.
    pub id: String,
    /// Where events are sent.
    pub url: String,
    /// Which ones.
    pub purpose: String,
    /// When it was made.
    pub created: Time,
    /// Events that are to be sent, or sent again.
    pub waiting: u64,
    /// Events that were given up.
    pub dead: u64,
}

/// A webhook that was just made.
#[derive(Clone, Debug, serde::Serialize)]
pub struct HookMade {
    /// Eight hexadecimal digits.
    pub id: String,
    /// Where events are sent.
    pub url: String,
    /// Which ones.
    pub purpose: String,
    /// The key that signs them, in hexadecimal digits. It is not shown again.
    pub secret: String,
}

/// An event that was given up.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Dead {
    /// The webhook.
    pub webhook: String,
    /// The number of the event.
    pub event: u64,
    /// How often it was tried.
    pub attempts: u32,
    /// What came of the last try.
    pub reason: String,
}

/// The parts of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whether by TLS.
    pub https: bool,
    /// Name or address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Path and query, at least `/`.
    pub path: String,
}

impl Target {
    /// Takes a URL apart: `https://host[:port][/path]`. It bears no user and no fragment.
    pub fn parse(url: &str) -> Result<Target> {
        let wrong = |why: &str| {
            let url = model::time::shorten(url);
            Error::new(ErrorKind::Usage, format!("{url:?} is no target: {why}"))
        };
        if url.len() > 2_000 || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong("write at most 2000 characters of ASCII without blanks"));
        }
        let (https, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(wrong("write https://host/path")),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (place, path) = rest.split_at(end);
        if place.contains('@') || path.contains('#') {
            return Err(wrong("it bears a user or a fragment"));
        }
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
        // Brackets hold addresses with colons, and nothing else.
        let (host, port, is_host) = match place
            .strip_prefix('[')
            .and_then(|place| place.split_once(']'))
        {
            Some((host, port)) => (host, port.strip_prefix(':'), host.parse::<Ipv6Addr>().is_ok()),
            None => {
                let (host, port) =
                    place.split_once(':').map_or((place, None), |(a, b)| (a, Some(b)));
                (host, port, !host.is_empty() && host.bytes().all(is_name))
            }
        };
        if !is_host {
            return Err(wrong("its host is neither a name nor an address"));
        }
        let port = match port {
            None => {
                if https {
                    443
                } else {
                    80
                }
            }
            Some(port) => port.parse().map_err(|_| wrong("its port is no number"))?,
        };
        let path = match path.strip_prefix('/') {
            Some(_) => path.to_owned(),
            None => format!("/{path}"),
        };
        Ok(Target { https, host: host.to_owned(), port, path })
    }
}

/// Whether an address lies in the public internet, and not in this machine, its network, or what is reserved.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => {
            let [a, b, c, .., g, h] = address.segments();
            let v4 = |high: u16, low: u16| {
                let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
                Ipv4Addr::new(a, b, c, d)
            };
            match (a, b) {
                // Mapped, translated and 6to4 addresses lead to the IPv4 address in them.
                _ if address.to_ipv4_mapped().is_some() => is_public_v4(v4(g, h)),
                (0x64, 0xff9b) => is_public_v4(v4(g, h)),
                (0x2002, _) => is_public_v4(v4(b, c)),
                (0x2001, 0x0db8) | (0x2001, 0..=0x01ff) => false,
                _ => a & 0xe000 == 0x2000,
            }
        }
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)))
}

impl Workspace {
    /// The webhooks, for a server; nothing where there never was one.
    pub fn webhooks_if_any(&self) -> Result<Option<Webhooks>> {
        match ledger::webhooks::path(self.dir()).is_file() {
            true => Ok(Some(Webhooks::open(self.dir())?)),
            false => Ok(None),
        }
    }

    /// Adds a webhook, for what is published from now on. `private` lets it lie in a private network, and be without TLS.
    pub fn add_webhook(&self, url: &str, purpose: &str, private: bool) -> Result<HookMade> {
        self.must_exist()?;
        let target = Target::parse(url)?;
        if !model::account::is_network(purpose) {
            let message = format!(
                "{:?} is no purpose; use 1 to 64 of a-z 0-9 . - _",
                model::time::shorten(purpose)
            );
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let near = target.host.parse().is_ok_and(|address| !is_public(address))
            || target.host.eq_ignore_ascii_case("localhost");
        if !private && (near || !target.https) {
            let message = format!(
                "{url} is not HTTPS in the public internet; if that is meant, say --allow-private"
            );
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let published = self.reading()?.view.published_after(0)?;
        let after = published.last().map_or(0, |one| one.sequence);
        let hook = Webhooks::open(self.dir())?.add(url, purpose, private, after, Time::now())?;
        let secret = hook.secret.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(HookMade { id: hook.id, url: hook.url, purpose: hook.purpose, secret })
    }

    /// Every webhook, oldest first.
    pub fn list_webhooks(&self) -> Result<Vec<HookShown>> {
        let Some(webhooks) = self.webhooks_if_any()? else { return Ok(Vec::new()) };
        let deliveries = webhooks.deliveries()?;
        let count = |id: &str, dead: bool| {
            let of = deliveries.iter().filter(|one| one.hook == id && one.next.is_none() == dead);
            of.count() as u64
        };
        let shown = |hook: Hook| HookShown {
            waiting: count(&hook.id, false),
            dead: count(&hook.id, true),
            id: hook.id,
            url: hook.url,
            purpose: hook.purpose,
            created: hook.created,
        };
        Ok(webhooks.hooks()?.into_iter().map(shown).collect())
    }

    /// Every event that was given up.
    pub fn dead_events(&self) -> Result<Vec<Dead>> {
        let Some(webhooks) = self.webhooks_if_any()? else { return Ok(Vec::new()) };
        let dead = webhooks.deliveries()?.into_iter().filter(|one| one.next.is_none());
        let shown = |one: Delivery| Dead {
            webhook: one.hook,
            event: one.event,
            attempts: one.attempts,
            reason: one.reason,
        };
        Ok(dead.map(shown).collect())
    }

    /// Removes a webhook.
    pub fn remove_webhook(&self, id: &str) -> Result<()> {
        Ok(Webhooks::open(self.dir())?.remove(id)?)
    }

    /// Sends what was given up of a webhook again; how many events that are.
    pub fn retry_webhook(&self, id: &str) -> Result<u64> {
        Ok(Webhooks::open(self.dir())?.retry(id, Time::now())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_targets_are_taken() {
        let target = |https, host: &str, port, path: &str| Target {
            https,
            host: host.to_owned(),
            port,
            path: path.to_owned(),
        };
        for (url, expected) in [
            ("https://a.example", target(true, "a.example", 443, "/")),
            ("https://a.example:8443/x?y=1", target(true, "a.example", 8443, "/x?y=1")),
            ("http://[::1]:80?x", target(false, "::1", 80, "/?x")),
        ] {
            assert_eq!(Target::parse(url).unwrap(), expected);
        }
        for wrong in [
            "",
            "a.example",
            "ftp://a.example",
            "https://",
            "https://u@a.example/",
            "https://a.example:x/",
            "https://a b/",
            "https://a.example/#x",
            "https://a.example/\r\nX: y",
            "https://ä.example/",
            "https://[a.example]/",
            "https://a.example:70000/",
        ] {
            assert!(Target::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_lies_near_is_not_public() {
        for near in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(!is_public(near.parse().unwrap()), "{near}");
        }
        for far in
            ["93.184.216.34", "1.1.1.1", "2606:2800:220:1::1", "::ffff:1.1.1.1", "64:ff9b::101:101"]
        {
            assert!(is_public(far.parse().unwrap()), "{far}");
        }
    }
}
