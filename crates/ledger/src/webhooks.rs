//! Webhooks and what waits to be sent to them: `secrets/webhooks.sqlite`, apart from the data and open to its owner alone.
//!
//! | table | a row is |
//! |---|---|
//! | `hooks` | where events are sent, for which purpose, and the key that signs them |
//! | `deliveries` | an event that was not taken yet: how often it was tried and when it is tried next, or that it was given up |
//!
//! An event that is taken leaves no row. Keys lie in clear, since whoever signs needs them.

use crate::error::{Error, Kind};
use crate::secrets;
use model::Time;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use std::path::{Path, PathBuf};

/// Microseconds between two tries of one event, at most.
pub const LONGEST_PAUSE: i64 = 6 * 3_600 * 1_000_000;

const FILE: &str = "webhooks.sqlite";
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS hooks (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    purpose TEXT NOT NULL,
    secret BLOB NOT NULL,
    private INTEGER NOT NULL,
    created INTEGER NOT NULL,
    after INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deliveries (
    hook TEXT NOT NULL,
    event INTEGER NOT NULL,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next INTEGER,
    reason TEXT NOT NULL,
    PRIMARY KEY (hook, event)
) WITHOUT ROWID;
";

/// Where events are sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Hook {
    /// Eight hexadecimal digits.
    pub id: String,
    /// Where.
    pub url: String,
    /// Events of another purpose are not sent.
    pub purpose: String,
    /// What signs them.
    pub secret: [u8; 32],
    /// Whether it may lie in a private network.
    pub private: bool,
    /// When it was made.
    pub created: Time,
    /// The last event that was queued for it.
    pub after: u64,
}

impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hook").field("id", &self.id).finish_non_exhaustive()
    }
}

/// An event that was not taken yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// For which hook.
    pub hook: String,
    /// The number of the event.
    pub event: u64,
    /// What is sent.
    pub body: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next; nothing where it was given up.
    pub next: Option<Time>,
    /// What came of the last try.
    pub reason: String,
}

/// The webhooks of a workspace.
#[derive(Debug)]
pub struct Webhooks {
    connection: Connection,
}

/// Where they are stored.
pub fn path(dir: &Path) -> PathBuf {
    dir.join(secrets::DIR).join(FILE)
}

impl Webhooks {
    /// Opens the webhooks of the workspace `dir`, and makes the file if there is none.
    ///
    /// Fails with [`Kind::Refused`] where others may read it.
    pub fn open(dir: &Path) -> Result<Webhooks, Error> {
        let path = secrets::private_file(dir, FILE, "add the webhooks anew")?;
        Ok(Webhooks { connection: secrets::private_store(&path, SCHEMA)? })
    }

    /// Adds a hook for events after one.
    pub fn add(
        &mut self,
        url: &str,
        purpose: &str,
        private: bool,
        after: u64,
        now: Time,
    ) -> Result<Hook, Error> {
        let random = secrets::random_bytes::<36>()?;
        let id: String = random[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        let mut secret = [0; 32];
        secret.copy_from_slice(&random[4..]);
        let (url, purpose) = (url.to_owned(), purpose.to_owned());
        let hook = Hook { id, url, purpose, secret, private, created: now, after };
        self.connection.execute(
            "INSERT INTO hooks VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![hook.id, hook.url, hook.purpose, hook.secret, private, now.0, number(after)],
        )?;
        Ok(hook)
    }

    /// Every hook, oldest first.
    pub fn hooks(&self) -> Result<Vec<Hook>, Error> {
        let mut ask = self.connection.prepare_cached("SELECT * FROM hooks ORDER BY created, id")?;
        let hooks = ask.query_map([], |row| {
            Ok(Hook {
                id: row.get("id")?,
                url: row.get("url")?,
                purpose: row.get("purpose")?,
                secret: row.get("secret")?,
                private: row.get("private")?,
                created: Time(row.get("created")?),
                after: row.get::<_, i64>("after")?.max(0) as u64,
            })
        })?;
        Ok(hooks.collect::<Result<_, _>>()?)
    }

    /// Removes a hook and what waits for it.
    pub fn remove(&mut self, id: &str) -> Result<(), Error> {
        let write = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        write.execute("DELETE FROM deliveries WHERE hook = ?1", [id])?;
        let removed = write.execute("DELETE FROM hooks WHERE id = ?1", [id])?;
        write.commit()?;
        match removed {
            0 => Err(unknown(id)),
            _ => Ok(()),
        }
    }

    /// Queues events for a hook: number and body. `after` is up to where that is all there is.
    pub fn queue(
        &mut self,
        hook: &str,
        events: &[(u64, String)],
        after: u64,
        now: Time,
    ) -> Result<(), Error> {
        let write = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let known = "UPDATE hooks SET after = max(after, ?2) WHERE id = ?1";
        if write.execute(known, params![hook, number(after)])? > 0 {
            for (event, body) in events {
                write.execute(
                    "INSERT OR IGNORE INTO deliveries VALUES (?1, ?2, ?3, 0, ?4, '')",
                    params![hook, number(*event), body, now.0],
                )?;
            }
        }
        Ok(write.commit()?)
    }

    /// What is to be sent now, what waited longest first.
    pub fn due(&self, now: Time, most: usize) -> Result<Vec<Delivery>, Error> {
        // One that is due later than any pause is long was failed under a clock that has been set back since.
        let sql = "SELECT * FROM deliveries WHERE next <= ?1 OR next > ?2 ORDER BY next, hook, event LIMIT ?3";
        let mut ask = self.connection.prepare_cached(sql)?;
        let found =
            ask.query_map(params![now.0, now.0.saturating_add(LONGEST_PAUSE), most as i64], read)?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Everything that was not taken yet, by hook and event.
    pub fn deliveries(&self) -> Result<Vec<Delivery>, Error> {
        let sql = "SELECT * FROM deliveries ORDER BY hook, event";
        let mut ask = self.connection.prepare_cached(sql)?;
        let found = ask.query_map([], read)?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// It was taken.
    pub fn taken(&mut self, hook: &str, event: u64) -> Result<(), Error> {
        let sql = "DELETE FROM deliveries WHERE hook = ?1 AND event = ?2";
        self.connection.execute(sql, params![hook, number(event)])?;
        Ok(())
    }

    /// It was not, and is tried again at `next`, or given up.
    pub fn failed(
        &mut self,
        hook: &str,
        event: u64,
        next: Option<Time>,
        reason: &str,
    ) -> Result<(), Error> {
        self.connection.execute(
            "UPDATE deliveries SET attempts = attempts + 1, next = ?3, reason = ?4 WHERE hook = ?1 AND event = ?2",
            params![hook, number(event), next.map(|at| at.0), reason],
        )?;
        Ok(())
    }

    /// Tries everything of a hook that was given up again; how much that is.
    pub fn retry(&mut self, id: &str, now: Time) -> Result<u64, Error> {
        let known = "SELECT 1 FROM hooks WHERE id = ?1";
        if self.connection.query_row(known, [id], |_| Ok(())).optional()?.is_none() {
            return Err(unknown(id));
        }
        let sql = "UPDATE deliveries SET attempts = 0, next = ?2 WHERE hook = ?1 AND next IS NULL";
        Ok(self.connection.execute(sql, params![id, now.0])? as u64)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        hook: row.get("hook")?,
        event: row.get::<_, i64>("event")?.max(0) as u64,
        body: row.get("body")?,
        attempts: row.get("attempts")?,
        next: row.get::<_, Option<i64>>("next")?.map(Time),
        reason: row.get("reason")?,
    })
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn unknown(id: &str) -> Error {
    let id = model::time::shorten(id);
    let message = format!("there is no webhook {id:?}; they are listed by: tertius webhook list");
    Error::new(Kind::Refused, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_waits_until_it_is_taken_or_given_up_and_can_be_tried_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut hooks = Webhooks::open(dir.path()).unwrap();
        let hook = hooks.add("https://a.example/", "sales", false, 3, Time(1)).unwrap();
        let events = [(4, "four".to_owned()), (6, "six".to_owned())];
        hooks.queue(&hook.id, &events, 7, Time(10)).unwrap();
        // Again, as by a process that did not know: nothing comes twice.
        hooks.queue(&hook.id, &events, 5, Time(11)).unwrap();
        assert_eq!(Webhooks::open(dir.path()).unwrap().hooks().unwrap()[0].after, 7);
        assert!(hooks.due(Time(9), 10).unwrap().is_empty());
        assert_eq!(hooks.due(Time(10), 10).unwrap().len(), 2);
        hooks.taken(&hook.id, 4).unwrap();
        hooks.failed(&hook.id, 6, Some(Time(50)), "busy").unwrap();
        assert!(hooks.due(Time(49), 10).unwrap().is_empty());
        hooks.failed(&hook.id, 6, None, "gone").unwrap();
        assert!(hooks.due(Time(1_000), 10).unwrap().is_empty());
        let dead = hooks.deliveries().unwrap();
        assert_eq!((dead[0].attempts, dead[0].next, &*dead[0].reason), (2, None, "gone"));
        assert_eq!(hooks.retry(&hook.id, Time(60)).unwrap(), 1);
        assert_eq!(hooks.due(Time(60), 10).unwrap()[0].body, "six");
        hooks.remove(&hook.id).unwrap();
        assert!(hooks.deliveries().unwrap().is_empty() && hooks.hooks().unwrap().is_empty());
        // For a hook that is gone nothing is queued.
        hooks.queue(&hook.id, &events, 9, Time(10)).unwrap();
        assert!(hooks.deliveries().unwrap().is_empty());
        assert!(hooks.remove(&hook.id).is_err() && hooks.retry("x", Time(0)).is_err());
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_keep_an_event_waiting() {
        let dir = tempfile::tempdir().unwrap();
        let mut hooks = Webhooks::open(dir.path()).unwrap();
        let hook = hooks.add("https://a.example/", "sales", false, 0, Time(1)).unwrap();
        let year = 365 * 86_400_000_000;
        hooks.queue(&hook.id, &[(1, "one".to_owned())], 1, Time(2 * year)).unwrap();
        hooks.failed(&hook.id, 1, Some(Time(2 * year + LONGEST_PAUSE)), "busy").unwrap();
        assert!(hooks.due(Time(2 * year), 10).unwrap().is_empty());
        assert_eq!(hooks.due(Time(year), 10).unwrap().len(), 1);
    }
}
