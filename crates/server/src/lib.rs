//! HTTP over the facade: the native API, the old Klout API and pages, out of mapped scorecards.
//!
//! | file | what |
//! |---|---|
//! | `routes/NAME.rs` | a family of routes; one line in `routes.rs` registers it |
//! | `reader.rs` | who asks: a route says in its signature what it demands, and can't be reached without |
//! | `signing.rs` | who is signed in, and whether a form is ours |
//! | `pages/NAME.rs` | a page; one line in `pages.rs` registers it |
//! | `klout.rs` | what both old versions share |
//! | `changes.rs` | what was published, for whoever listens |
//! | `webhooks.rs` | what was published, sent to others |
//! | `family.rs`, `openapi.rs` | what a route says of itself, and the API's description that is made of it |
//! | `beside.rs` | what may have to wait: on threads beside those that answer |
//! | `heavy.rs` | what reads interactions: few of these at a time |
//! | `inbox.rs` | what is sent to be stored: collected into commits |
//! | `keyring.rs` | keys, their rates and quotas |
//! | `looks.rs` | who looked, counted and written once a second |
//! | `metrics.rs` | counters, and the log of requests |
//! | `listener.rs`, `timed.rs` | connections: their limits, and an orderly end |
//! | `shards.rs` | what threads note apart from each other |
//! | `sandbox.rs` | the simulated world for keys of the sandbox |
//! | `straight.rs` | what is asked for most, past the router |
//! | `smaller.rs` | compression, and pages of other hosts |
//! | `problem.rs` | errors of the native API, RFC 9457 |
//!
//! A lookup touches no database, but for one question every 10 milliseconds: whether somebody began to refuse. Nothing here computes scores.

mod beside;
mod changes;
mod family;
mod heavy;
mod inbox;
mod keyring;
mod klout;
mod listener;
mod looks;
mod metrics;
mod openapi;
mod pages;
mod problem;
mod reader;
mod routes;
mod sandbox;
mod shards;
mod signing;
mod smaller;
mod straight;
mod timed;
mod webhooks;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tertius::lookup::Lookups;
use tertius::{Error, ErrorKind, Result, Workspace};

pub use routes::{router, surface_of};
pub use signing::Peer;

/// How to serve.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the log of requests goes, one JSON document a line; none by default.
    pub access_log: Option<PathBuf>,
    /// The definition that the old Klout API serves.
    pub klout: String,
    /// What connections may take.
    pub limits: Limits,
}

/// What connections may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; beyond, new ones wait in the system's queue.
    pub connections: usize,
    /// For the lines of a request to arrive, and between two requests.
    pub lines: Duration,
    /// For the body of a request to arrive.
    pub body: Duration,
    /// For some of an answer to be taken.
    pub answer: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 4_096,
            lines: Duration::from_secs(10),
            body: Duration::from_secs(30),
            answer: Duration::from_secs(30),
        }
    }
}

impl Default for Options {
    fn default() -> Options {
        Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            access_log: None,
            klout: "general".to_owned(),
            limits: Limits::default(),
        }
    }
}

/// What all requests share.
pub struct Served {
    lookups: Lookups,
    keys: Arc<keyring::Keyring>,
    is_sandbox: bool,
    sandbox: OnceLock<sandbox::Sandbox>,
    looks: looks::Looks,
    changes: changes::Changes,
    metrics: metrics::Metrics,
    limits: Limits,
    heavy: heavy::Places,
    settling: tokio::sync::Mutex<()>,
    inbox: inbox::Inbox,
    cors: smaller::Cors,
    signing: signing::Signing,
    klout: String,
    anonymous: Arc<str>,
}

impl Served {
    /// Opens a workspace for serving. Fails where nothing was ever stored in it.
    pub fn open(workspace: &Workspace, options: &Options) -> Result<Arc<Served>> {
        let keys = Arc::new(keyring::Keyring::open(workspace)?);
        let metrics = metrics::Metrics::open(options.access_log.as_deref())?;
        let served = Served::with(workspace, options, keys, metrics, false)?;
        served.see_sandbox()?;
        Ok(served)
    }

    fn with(
        workspace: &Workspace,
        options: &Options,
        keys: Arc<keyring::Keyring>,
        metrics: metrics::Metrics,
        is_sandbox: bool,
    ) -> Result<Arc<Served>> {
        let lookups = workspace.lookups()?;
        Ok(Arc::new(Served {
            changes: changes::Changes::of(&lookups)?,
            lookups,
            keys,
            is_sandbox,
            sandbox: OnceLock::new(),
            looks: looks::Looks::default(),
            metrics,
            limits: options.limits,
            heavy: heavy::Places::default(),
            settling: tokio::sync::Mutex::default(),
            inbox: inbox::Inbox::of(workspace)?,
            cors: smaller::Cors::of(&workspace.settings().cors),
            signing: signing::Signing::of(workspace)?,
            klout: options.klout.clone(),
            anonymous: "anybody".into(),
        }))
    }

    /// Sees what other processes changed: keys, scores, erasures. Whether what is published changed.
    pub fn refresh(&self) -> Result<bool> {
        self.keys.refresh()?;
        let changed = self.lookups.refresh()?;
        self.see_sandbox()?;
        // After the board, so that whoever hears of a scoring is answered by it.
        self.changes.refresh(&self.lookups)?;
        if changed {
            log::info!("what is published has changed, and is served from now on");
        }
        Ok(changed)
    }

    /// Finds out what is public, in what came since; until then readers from outside are told less and not more.
    pub fn settle(&self) -> Result<()> {
        if let Some(sandbox) = self.sandbox.get() {
            sandbox.served().settle()?;
        }
        self.lookups.settle()
    }

    /// Makes what answers are found faster by; without it they are the same.
    pub fn index(&self) -> Result<()> {
        if let Some(sandbox) = self.sandbox.get() {
            sandbox.served().index()?;
        }
        self.lookups.index();
        Ok(())
    }

    /// Writes down who looked since the last time.
    pub fn write_down(&self) -> Result<()> {
        self.metrics.flush();
        self.looks.flush(self.lookups.workspace())
    }
}

/// How often it is looked for what other processes changed.
const REFRESH: Duration = Duration::from_millis(200);
/// How often it is written down who looked.
const WRITE_DOWN: Duration = Duration::from_secs(1);

/// Serves a workspace until the process is told to end (SIGTERM, SIGINT); then no new requests are taken, those under way are answered, and
/// who looked is written down. `ready` is told the address once it listens.
pub fn serve(
    workspace: &Workspace,
    options: &Options,
    ready: impl FnOnce(SocketAddr),
) -> Result<()> {
    if !options.listen.ip().is_loopback() && workspace.list_operators()?.is_empty() {
        let message = format!(
            "{} can be reached from other machines, and there is no operator yet who could sign in; add one with: tertius operator add NAME --role operator",
            options.listen
        );
        return Err(Error::new(ErrorKind::Usage, message));
    }
    let served = Served::open(workspace, options)?;
    let background = Background::start(&served);
    let done = listener::run(&served, options.listen, ready);
    // Before threads are waited for, which may be reading for long.
    served.write_down()?;
    background.end();
    served.write_down()?;
    done
}

/// Whether the sender, which says nothing, was dropped: it is at the end.
fn has_ended(stopped: &Mutex<Receiver<()>>) -> bool {
    let ended = |stopped: &Receiver<()>| stopped.try_recv() == Err(TryRecvError::Disconnected);
    stopped.lock().is_ok_and(|stopped| ended(&stopped))
}

/// The threads that look for changes and write down; plain ones, since what they do blocks.
struct Background {
    stop: Sender<()>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Background {
    fn start(served: &Arc<Served>) -> Background {
        let (stop, stopped) = channel::<()>();
        let stopped = Arc::new(Mutex::new(stopped));
        let each = |every: Duration, what: &'static str, work: fn(&Served) -> Result<()>| {
            let (served, stopped) = (served.clone(), stopped.clone());
            std::thread::spawn(move || {
                loop {
                    std::thread::sleep(every);
                    if has_ended(&stopped) {
                        return;
                    }
                    if let Err(error) = work(&served) {
                        log::error!("{what}: {error}");
                    }
                }
            })
        };
        let mut threads = vec![
            each(REFRESH, "what changed can't be seen", |served| served.refresh().map(drop)),
            each(REFRESH, "what rosters say can't be read", |served| served.lookups.renew_names()),
            each(REFRESH, "what is public can't be read", Served::settle),
            each(REFRESH, "directories can't be made", Served::index),
            each(WRITE_DOWN, "who looked can't be written down", Served::write_down),
        ];
        let (hooks, ended) = (served.clone(), stopped.clone());
        threads.push(std::thread::spawn(move || {
            webhooks::send(&hooks, &|| has_ended(&ended));
        }));
        let served = served.clone();
        threads.push(std::thread::spawn(move || {
            for name in served.lookups.board().damaged() {
                log::error!("the scorecard of {name} is damaged; score it again, or restore it from a backup");
            }
        }));
        Background { stop, threads }
    }

    fn end(self) {
        drop(self.stop);
        for thread in self.threads {
            // One that panicked has said so, and there is nothing left to do for it.
            let _ended = thread.join();
        }
    }
}
