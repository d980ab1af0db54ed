//! Keys as a server holds them: found by hash, limited by second and by day.
//!
//! The rate of a second is kept in this process (`governor`, a token bucket that holds a second's worth). A day's quota is leased from the workspace in
//! blocks, so that several processes share it; an answer within a block costs no I/O.

use arc_swap::ArcSwap;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tertius::api_keys::{Key, Keys, hash};
use tertius::disclosure::Reader;
use tertius::{DAY, Result, Time, Workspace};

/// Why a key opens nothing now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is none, or none that is known, or it was revoked or has expired.
    Unknown,
    /// Too many in this second; seconds until there may be another.
    PerSecond(u64),
    /// Too many today; seconds until tomorrow (UTC).
    PerDay(u64),
}

/// Whether a key may ask.
pub enum Admitted {
    /// It may, and the answers are taken from its quota.
    Yes(Arc<Held>),
    /// It may not; with the key where it is a valid one.
    No(Option<Arc<Held>>, Refusal),
}

/// A key with what is left of its quotas.
pub struct Held {
    key: Key,
    source: Arc<str>,
    second: DefaultDirectRateLimiter,
    /// The day that `left` is of.
    day: AtomicI64,
    left: AtomicI64,
}

impl Held {
    fn new(key: Key) -> Held {
        let a_second = NonZeroU32::new(key.terms.per_second).unwrap_or(NonZeroU32::MIN);
        Held {
            source: format!("key {} ({})", key.id, key.terms.name).into(),
            key,
            second: RateLimiter::direct(Quota::per_second(a_second)),
            day: AtomicI64::new(i64::MIN),
            left: AtomicI64::new(0),
        }
    }

    /// What it asks for.
    pub fn purpose(&self) -> &str {
        &self.key.terms.purpose
    }

    /// As the rules of who may see what know it.
    pub fn reader(&self) -> Reader<'_> {
        Reader::Key { purpose: self.purpose() }
    }

    /// Whether it may store interactions.
    pub fn may_write(&self) -> bool {
        self.key.terms.writes
    }

    /// Whether it is answered from a simulated world.
    pub fn is_of_sandbox(&self) -> bool {
        self.key.terms.sandbox
    }

    /// Its number, which may be logged.
    pub fn id(&self) -> &str {
        &self.key.id
    }

    /// How it is named to those about whom it asked.
    pub fn source(&self) -> &Arc<str> {
        &self.source
    }

    /// Its limits, as the `RateLimit-Policy` header has them.
    pub fn policy(&self) -> String {
        let terms = &self.key.terms;
        format!("\"second\";q={};w=1, \"day\";q={};w=86400", terms.per_second, terms.per_day)
    }

    /// Answers taken in advance at once: few of a small quota, so that nobody hoards it.
    fn block(&self) -> u64 {
        (self.key.terms.per_day / 20).clamp(1, 10_000)
    }
}

/// The keys of a workspace.
pub struct Keyring {
    store: Mutex<Keys>,
    version: AtomicI64,
    held: ArcSwap<HashMap<[u8; 32], Arc<Held>>>,
}

impl Keyring {
    /// The keys as they are stored now.
    pub fn open(workspace: &Workspace) -> Result<Keyring> {
        let ring = Keyring {
            store: Mutex::new(workspace.api_keys()?),
            version: AtomicI64::new(i64::MIN),
            held: ArcSwap::default(),
        };
        ring.refresh()?;
        Ok(ring)
    }

    /// Reads keys that were made or revoked since. What is left of those that stay is kept.
    pub fn refresh(&self) -> Result<()> {
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let version = store.version()?;
        if self.version.load(Ordering::Acquire) == version {
            return Ok(());
        }
        let now = self.held.load();
        let mut next = HashMap::new();
        for key in store.list()? {
            let held = match now.get(key.hash()) {
                Some(held) if held.key == key => held.clone(),
                _ => Arc::new(Held::new(key)),
            };
            next.insert(*held.key.hash(), held);
        }
        self.held.store(Arc::new(next));
        self.version.store(version, Ordering::Release);
        Ok(())
    }

    /// Whether there is such a key, whatever it may ask.
    pub fn knows(&self, text: &str) -> bool {
        self.held.load().contains_key(&hash(text))
    }

    /// Whether the text is that of a key of the sandbox, valid or not.
    pub fn is_of_sandbox(&self, text: &str) -> bool {
        self.held.load().get(&hash(text)).is_some_and(|held| held.is_of_sandbox())
    }

    /// Takes `answers` from what a key may ask, in the sandbox or not; one that may not gets none of them.
    pub fn admit(&self, text: &str, answers: u32, sandbox: bool, now: Time) -> Result<Admitted> {
        let Some(held) = self.held.load().get(&hash(text)).cloned() else {
            return Ok(Admitted::No(None, Refusal::Unknown));
        };
        // A key of the sandbox is none anywhere else, and another one is none there.
        if held.is_of_sandbox() != sandbox || !held.key.is_valid(now) {
            return Ok(Admitted::No(None, Refusal::Unknown));
        }
        let answers = NonZeroU32::new(answers).unwrap_or(NonZeroU32::MIN);
        // More than a second holds can never be had at once; then a full second is waited for.
        if !matches!(held.second.check_n(answers), Ok(Ok(()))) {
            return Ok(Admitted::No(Some(held), Refusal::PerSecond(1)));
        }
        if self.take(&held, i64::from(answers.get()), now)? {
            return Ok(Admitted::Yes(held));
        }
        let left = (DAY - now.0.rem_euclid(DAY)).div_euclid(1_000_000).max(1);
        Ok(Admitted::No(Some(held), Refusal::PerDay(left as u64)))
    }

    /// Takes answers from the day's quota, leasing another block where this process has none left.
    fn take(&self, held: &Held, answers: i64, now: Time) -> Result<bool> {
        let day = now.0.div_euclid(DAY);
        if held.day.load(Ordering::Acquire) == day
            && held.left.fetch_sub(answers, Ordering::AcqRel) >= answers
        {
            return Ok(true);
        }
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        // From here to the end nobody else finds anything left, so that nothing is given twice; what was taken in vain above is not owed.
        let left = held.left.swap(0, Ordering::AcqRel).max(0);
        let left = if held.day.swap(day, Ordering::AcqRel) == day { left } else { 0 };
        let wanted = held.block().max((answers - left).max(0) as u64);
        let leased = store.lease(&held.key, wanted, now)?;
        let left = left + i64::try_from(leased).unwrap_or(i64::MAX);
        let enough = left >= answers;
        held.left.store(if enough { left - answers } else { left }, Ordering::Release);
        Ok(enough)
    }
}

#[cfg(test)]
mod tests {
    use super::{Admitted, Keyring, Refusal};
    use tertius::api_keys::Terms;
    use tertius::{DAY, Time, Workspace};

    #[test]
    fn a_clock_that_jumps_gives_nobody_more_than_their_day_and_shuts_nobody_out() {
        let dir = tempfile::tempdir().unwrap();
        let workspace = Workspace::open(dir.path()).unwrap();
        drop(workspace.inbox().unwrap());
        let terms = Terms {
            name: "crm".to_owned(),
            purpose: "sales".to_owned(),
            per_second: 1_000,
            per_day: 3,
            expires: Some(Time(100 * DAY)),
            writes: false,
            sandbox: false,
        };
        // Made under a clock that ran ahead.
        let key = workspace.create_key(terms).unwrap().key;
        let ring = Keyring::open(&workspace).unwrap();
        let asks = |day: i64| match ring.admit(&key, 1, false, Time(day * DAY + 1)).unwrap() {
            Admitted::Yes(_) => None,
            Admitted::No(_, refusal) => Some(refusal),
        };
        let used_up = |day| matches!(asks(day), Some(Refusal::PerDay(_)));
        assert!((0..3).all(|_| asks(50).is_none()) && used_up(50));
        // A day ahead is another day, and the first one is used up still when the clock comes back.
        assert_eq!(asks(51), None);
        assert!(used_up(50));
        assert!((0..2).all(|_| asks(51).is_none()) && used_up(51));
        assert_eq!((asks(101), asks(49)), (Some(Refusal::Unknown), None));
    }
}
