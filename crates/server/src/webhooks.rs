//! Sends what is published to webhooks: signed, tried again with growing pauses, and given up at last.
//!
//! ```text
//! Tertius-Event: 17
//! Tertius-Timestamp: 1795442400                        seconds since 1970, when it was sent
//! Tertius-Signature: v1=HEX                            HMAC-SHA256(key, timestamp + "." + body)
//! ```
//!
//! Taken is what is answered by 2xx within [`PATIENCE`]; answers are not read beyond their first lines, and redirections are not followed. The pause after the
//! n-th try is 10 s times 2^(n-1), at most 6 hours, of which a hash of hook, event and n takes up to a half away, so that not everything comes at once.
//! After [`TRIES`] tries an event is given up, and kept for `tertius webhook retry`.
//!
//! Names are resolved here, and what is connected to is the address that was checked: a name can't lead elsewhere afterwards. Of several servers of one workspace one
//! sends, by a lock.

use crate::Served;
use axum::body::Body;
use hyper::Request;
use hyper_util::rt::TokioIo;
use std::fs::File;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tertius::webhooks::{Delivery, Hook, LONGEST_PAUSE, Target, Webhooks, is_public};
use tertius::{Error, ErrorKind, Result, Time};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// For one try.
const PATIENCE: Duration = Duration::from_secs(10);
/// Tries of one event.
const TRIES: u32 = 12;
/// Sent at a time.
const AT_ONCE: usize = 8;
/// How often it is looked for what is to be sent.
const LOOK: Duration = Duration::from_millis(500);

/// Sends until `stopped`. To be run on a thread of its own.
pub fn send(served: &Arc<Served>, stopped: &dyn Fn() -> bool) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            log::error!("webhooks are not sent: {error}");
            return;
        }
    };
    let mut sender =
        Sender { served: served.clone(), lock: None, tls: None, log: Instead::default() };
    while !stopped() {
        if let Err(error) = runtime.block_on(sender.round()) {
            sender.log.say(format!("webhooks are not sent: {error}"));
        }
        std::thread::sleep(LOOK);
    }
}

/// Says what is wrong once, and not twice a second.
#[derive(Default)]
struct Instead(String);

impl Instead {
    fn say(&mut self, what: String) {
        if self.0 != what {
            log::error!("{what}");
            self.0 = what;
        }
    }
}

struct Sender {
    served: Arc<Served>,
    /// Held by the one that sends.
    lock: Option<File>,
    tls: Option<TlsConnector>,
    log: Instead,
}

impl Sender {
    async fn round(&mut self) -> Result<()> {
        let workspace = self.served.lookups.workspace();
        let Some(mut webhooks) = workspace.webhooks_if_any()? else { return Ok(()) };
        if !self.leads() {
            return Ok(());
        }
        let now = Time::now();
        let hooks = webhooks.hooks()?;
        for hook in &hooks {
            let (events, after) = self.served.changes.bodies(hook.after, &hook.purpose);
            if after > hook.after {
                webhooks.queue(&hook.id, &events, after, now)?;
            }
        }
        let mut tries = JoinSet::new();
        for delivery in webhooks.due(now, AT_ONCE)? {
            let Some(hook) = hooks.iter().find(|hook| hook.id == delivery.hook) else { continue };
            let (hook, tls) = (hook.clone(), self.tls()?);
            tries.spawn(async move {
                let tried = tokio::time::timeout(PATIENCE, post(&hook, &delivery, tls)).await;
                let done = tried.unwrap_or_else(|_| Err("no answer in time".to_owned()));
                (delivery, done)
            });
        }
        while let Some(tried) = tries.join_next().await {
            let Ok((delivery, done)) = tried else { continue };
            match done {
                Ok(()) => webhooks.taken(&delivery.hook, delivery.event)?,
                Err(reason) => note(&mut webhooks, &delivery, &reason)?,
            }
        }
        Ok(())
    }

    /// Whether this process is the one that sends.
    fn leads(&mut self) -> bool {
        if self.lock.is_some() {
            return true;
        }
        let path = self.served.lookups.workspace().dir().join("secrets/webhooks.lock");
        let file = File::options().create(true).append(true).open(&path);
        self.lock = file.ok().filter(|file| file.try_lock().is_ok());
        self.lock.is_some()
    }

    /// TLS with the certificates that the system trusts; read when there is something to send.
    fn tls(&mut self) -> Result<TlsConnector> {
        if let Some(tls) = &self.tls {
            return Ok(tls.clone());
        }
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        let (_, _unfit) = roots.add_parsable_certificates(found.certs);
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::new(ErrorKind::Io, format!("TLS can't be set up: {error}")))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let tls = TlsConnector::from(Arc::new(config));
        self.tls = Some(tls.clone());
        Ok(tls)
    }
}

fn note(webhooks: &mut Webhooks, delivery: &Delivery, reason: &str) -> Result<()> {
    let tries = delivery.attempts + 1;
    let (hook, event) = (&delivery.hook, delivery.event);
    let next = (tries < TRIES).then(|| Time(Time::now().0 + pause(hook, event, tries)));
    if next.is_none() {
        log::error!(
            "webhook {hook}: event {event} is given up after {tries} tries: {reason}; send it again with tertius webhook retry {hook}"
        );
    }
    Ok(webhooks.failed(hook, event, next, reason)?)
}

/// Microseconds until the next try.
fn pause(hook: &str, event: u64, tries: u32) -> i64 {
    const FIRST: i64 = 10_000_000;
    let whole = FIRST.saturating_mul(1 << (tries.max(1) - 1).min(30)).min(LONGEST_PAUSE);
    let hash = tertius::api_keys::hash(&format!("{hook} {event} {tries}"));
    let part = i64::from(u16::from_le_bytes([hash[0], hash[1]]));
    whole - whole / 2 * part / i64::from(u16::MAX)
}

/// Sends one event; or why it was not taken, without anything of the answer's text.
async fn post(
    hook: &Hook,
    delivery: &Delivery,
    tls: TlsConnector,
) -> std::result::Result<(), String> {
    let target = Target::parse(&hook.url).map_err(|error| error.to_string())?;
    let addresses = tokio::net::lookup_host((&*target.host, target.port)).await;
    let addresses = addresses.map_err(|_| "its name can't be resolved".to_owned())?;
    let allowed = |address: &SocketAddr| hook.private || is_public(address.ip());
    let address = addresses.into_iter().find(allowed);
    let address = address.ok_or("it leads to a private address, which is refused")?;
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("{what}: {error}");
    let stream =
        TcpStream::connect(address).await.map_err(|error| failed("no connection", &error))?;
    if !target.https {
        return sent(stream, hook, delivery, &target).await;
    }
    let name = ServerName::try_from(target.host.clone())
        .map_err(|error| failed("no name for TLS", &error))?;
    let stream = tls.connect(name, stream).await.map_err(|error| failed("no TLS", &error))?;
    sent(stream, hook, delivery, &target).await
}

async fn sent(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    hook: &Hook,
    delivery: &Delivery,
    target: &Target,
) -> std::result::Result<(), String> {
    let failed = |error: hyper::Error| format!("the exchange broke off: {error}");
    let (mut requests, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    // It ends with the request, or with the patience of whoever waits for it.
    let driven = tokio::spawn(connection);
    let timestamp = Time::now().0.div_euclid(1_000_000);
    let host = match (target.https, target.port) {
        (true, 443) | (false, 80) => target.host.clone(),
        (_, port) => format!("{}:{port}", target.host),
    };
    let request = Request::post(&target.path)
        .header("host", host)
        .header("user-agent", concat!("Tertius/", env!("CARGO_PKG_VERSION")))
        .header("content-type", "application/json")
        .header("tertius-webhook", &hook.id)
        .header("tertius-event", delivery.event)
        .header("tertius-timestamp", timestamp)
        .header("tertius-signature", signature(&hook.secret, timestamp, &delivery.body))
        .body(Body::from(delivery.body.clone()))
        .map_err(|error| format!("it can't be asked: {error}"))?;
    let answered = requests.send_request(request).await;
    driven.abort();
    match answered.map_err(failed)?.status() {
        status if status.is_success() => Ok(()),
        status => Err(format!("answered {}", status.as_u16())),
    }
}

/// What a target checks: that whoever knows the key sent this body at that time.
fn signature(secret: &[u8; 32], timestamp: i64, body: &str) -> String {
    let key = ::ring::hmac::Key::new(::ring::hmac::HMAC_SHA256, secret);
    let tag = ::ring::hmac::sign(&key, format!("{timestamp}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v1={hex}")
}

#[cfg(test)]
mod tests {
    use super::{pause, signature};

    #[test]
    fn pauses_grow_and_differ_and_end() {
        let seconds = |tries| pause("h", 1, tries) as f64 / 1e6;
        for tries in 1..12 {
            let whole = (10.0 * 2f64.powi(tries - 1)).min(21_600.0);
            let pause = seconds(tries as u32);
            assert!(pause > 0.49 * whole && pause <= whole, "{tries}: {pause}");
        }
        assert_ne!(pause("h", 1, 3), pause("h", 2, 3));
        assert!(seconds(u32::MAX) <= 21_600.0);
    }

    #[test]
    fn the_signature_is_hmac_sha256_in_hexadecimal_digits() {
        // By Python: hmac.new(bytes(32), b"1700000000.{}", "sha256").hexdigest()
        let expected = "a9dc44c8eda3de70e9cbf3e488895f1abc26acb1461d3124a3cb886af35251cf";
        assert_eq!(signature(&[0; 32], 1_700_000_000, "{}"), format!("v1={expected}"));
    }
}
