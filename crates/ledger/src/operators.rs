//! People who may sign in to the pages: `secrets/operators.sqlite`, beside the keys of programs and open to its owner alone.
//!
//! | table | a row is |
//! |---|---|
//! | `operators` | somebody with a role, and what is kept of their password |
//! | `sessions` | a sign-in: the BLAKE3 hash of its token, whose it is, and when it ends, which nothing puts off |
//! | `attempts` | a sign-in that was tried in the last quarter of an hour: a hash of the name, and when |
//! | `audit` | what was done by whom: sign-ins, failed ones, sign-outs, changes of operators and by operators; 400 days |
//! | `secret` | one key, of which the tokens of forms are made |
//!
//! A token is 256 random bits, so its hash needs neither salt nor delay. Several processes share all of it. The audit never has a password, nor a name
//! that is nobody's: people type their password there by mistake.

use crate::error::{Error, Kind};
use crate::password::Stored;
use crate::secrets;
use model::Time;
use model::time::DAY;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use std::path::Path;

const FILE: &str = "operators.sqlite";
/// How long a session lasts.
pub const SESSION: i64 = DAY / 2;
/// Sign-ins are counted over so long.
const WHILE: i64 = DAY / 96;
/// That may fail for one name meanwhile, and altogether.
const TRIES: (u32, u32) = (10, 100);
/// How long the audit trail is kept.
const AUDITED: i64 = 400 * DAY;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS operators (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    salt BLOB NOT NULL,
    memory INTEGER NOT NULL,
    passes INTEGER NOT NULL,
    lanes INTEGER NOT NULL,
    hash BLOB NOT NULL,
    created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (
    token BLOB PRIMARY KEY,
    operator TEXT NOT NULL,
    ends INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attempts (name BLOB NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS audit (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    operator TEXT NOT NULL,
    what TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS secret (one INTEGER PRIMARY KEY CHECK (one = 1), bytes BLOB NOT NULL);
";

/// What somebody who signs in may do; see the facade's rules of who may see what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything, the audit trail included.
    Operator,
    /// People, lists, and the reports on the firm.
    Analyst,
    /// People and lists.
    Community,
    /// People, for the rights of those who are scored, and the audit trail.
    Privacy,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 4] = [Role::Operator, Role::Analyst, Role::Community, Role::Privacy];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Role::Operator => "operator",
            Role::Analyst => "analyst",
            Role::Community => "community",
            Role::Privacy => "privacy",
        }
    }

    /// The role of that name.
    pub fn parse(text: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == text)
    }
}

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Operator {
    /// How they sign in, and how they are named to those about whom they ask.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub created: Time,
}

/// A sign-in that may be tried: what it costs to check a password is paid apart from the store.
#[derive(Debug)]
pub struct Attempt {
    operator: Option<Operator>,
    stored: Stored,
}

impl Attempt {
    /// Checks the password, which takes some 30 milliseconds and 19 MiB; the operator if it is theirs.
    pub fn check(self, password: &str) -> Result<Option<Operator>, Error> {
        let right = self.stored.is(password)?;
        Ok(self.operator.filter(|_| right))
    }
}

/// A line of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Audited {
    /// When.
    pub at: Time,
    /// Who did it; `command line` for whoever runs the workspace.
    pub operator: String,
    /// What.
    pub what: String,
}

/// The operators of a workspace.
#[derive(Debug)]
pub struct Operators {
    connection: Connection,
}

impl Operators {
    /// Opens the operators of the workspace `dir`, and makes the file if there is none.
    ///
    /// Fails with [`Kind::Refused`] where others may read it.
    pub fn open(dir: &Path) -> Result<Operators, Error> {
        let path = secrets::private_file(dir, FILE, "change the passwords in it")?;
        let connection = secrets::private_store(&path, SCHEMA)?;
        let fresh: [u8; 32] = secrets::random_bytes()?;
        let sql = "INSERT OR IGNORE INTO secret (one, bytes) VALUES (1, ?1)";
        connection.execute(sql, [fresh])?;
        Ok(Operators { connection })
    }

    /// Adds somebody. Fails with [`Kind::Refused`] where the name is taken or can't be one, or the password won't do.
    pub fn add(&mut self, name: &str, role: Role, password: &str, now: Time) -> Result<(), Error> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_@".contains(&byte);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
            let name = model::time::shorten(name);
            let message =
                format!("{name:?} is no operator's name; use 1 to 64 of a-z A-Z 0-9 . - _ @");
            return Err(Error::new(Kind::Refused, message));
        }
        let kept = Stored::of(password)?;
        let write = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (memory, passes, lanes) = kept.costs;
        let added = write.execute(
            "INSERT OR IGNORE INTO operators (name, role, salt, memory, passes, lanes, hash, created)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![name, role.name(), kept.salt, memory, passes, lanes, kept.hash, now.0],
        )?;
        if added == 0 {
            let message = format!(
                "there is an operator {name} already; another password: tertius operator password {name}"
            );
            return Err(Error::new(Kind::Refused, message));
        }
        note(&write, LOCAL, &format!("added operator {name} as {}", role.name()), now)?;
        Ok(write.commit()?)
    }

    /// Removes somebody, and ends their sessions.
    pub fn remove(&mut self, name: &str, now: Time) -> Result<(), Error> {
        let write = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if write.execute("DELETE FROM operators WHERE name = ?1", [name])? == 0 {
            return Err(unknown(name));
        }
        write.execute("DELETE FROM sessions WHERE operator = ?1", [name])?;
        note(&write, LOCAL, &format!("removed operator {name}"), now)?;
        Ok(write.commit()?)
    }

    /// Gives somebody another password, and ends their sessions.
    pub fn set_password(&mut self, name: &str, password: &str, now: Time) -> Result<(), Error> {
        let kept = Stored::of(password)?;
        let (memory, passes, lanes) = kept.costs;
        let write = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "UPDATE operators SET salt = ?2, memory = ?3, passes = ?4, lanes = ?5, hash = ?6 WHERE name = ?1";
        if write.execute(sql, params![name, kept.salt, memory, passes, lanes, kept.hash])? == 0 {
            return Err(unknown(name));
        }
        write.execute("DELETE FROM sessions WHERE operator = ?1", [name])?;
        write.execute("DELETE FROM attempts WHERE name = ?1", [key(name)])?;
        note(&write, LOCAL, &format!("set the password of operator {name}"), now)?;
        Ok(write.commit()?)
    }

    /// Everybody, by name.
    pub fn list(&self) -> Result<Vec<Operator>, Error> {
        let mut ask = self
            .connection
            .prepare_cached("SELECT name, role, created FROM operators ORDER BY name")?;
        let all = ask.query_map([], read)?;
        all.map(|one| one.map_err(Error::from).and_then(known_role)).collect()
    }

    /// The operator of a name.
    pub fn find(&self, name: &str) -> Result<Option<Operator>, Error> {
        let mut ask = self
            .connection
            .prepare_cached("SELECT name, role, created FROM operators WHERE name = ?1")?;
        ask.query_row([name], read).optional()?.map(known_role).transpose()
    }

    /// Counts a sign-in that is tried. The seconds to wait where too many were.
    pub fn attempt(&mut self, name: &str, now: Time) -> Result<Result<Attempt, u64>, Error> {
        let write = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // A clock that was set back must not lock anybody out for longer.
        write
            .prepare_cached("DELETE FROM attempts WHERE at <= ?1 OR at > ?2")?
            .execute([now.0 - WHILE, now.0])?;
        let count = "SELECT count(*), coalesce(min(at), 0) FROM attempts";
        let tried = |filter: &str, name: Option<&[u8; 32]>| {
            let mut ask = write.prepare_cached(&format!("{count} {filter}"))?;
            let found = |row: &Row<'_>| Ok((row.get::<_, u32>(0)?, row.get::<_, i64>(1)?));
            match name {
                Some(name) => ask.query_row([name], found),
                None => ask.query_row([], found),
            }
        };
        let key = key(name);
        for ((found, first), most) in
            [(tried("WHERE name = ?1", Some(&key))?, TRIES.0), (tried("", None)?, TRIES.1)]
        {
            if found >= most {
                let left = (first + WHILE - now.0).div_euclid(1_000_000).max(1);
                return Ok(Err(left as u64));
            }
        }
        write
            .prepare_cached("INSERT INTO attempts (name, at) VALUES (?1, ?2)")?
            .execute(params![key, now.0])?;
        write.commit()?;
        let operator = self.find(name)?;
        let stored = match operator {
            None => Stored::nobody(),
            Some(_) => self.connection.query_row(
                "SELECT salt, memory, passes, lanes, hash FROM operators WHERE name = ?1",
                [name],
                |row| {
                    let costs = (row.get(1)?, row.get(2)?, row.get(3)?);
                    Ok(Stored { salt: row.get(0)?, costs, hash: row.get(4)? })
                },
            )?,
        };
        Ok(Ok(Attempt { operator, stored }))
    }

    /// Writes down that a sign-in failed. The name is kept only where it is somebody's.
    pub fn failed(&mut self, name: &str, now: Time) -> Result<(), Error> {
        match self.find(name)? {
            Some(operator) => self.audit(&operator.name, "failed to sign in", now),
            None => self.audit("unknown", "failed to sign in", now),
        }
    }

    /// Begins a session; its token.
    pub fn begin(&mut self, operator: &Operator, now: Time) -> Result<String, Error> {
        let token = random_token()?;
        let write = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        write.execute("DELETE FROM sessions WHERE ends <= ?1", [now.0])?;
        write.execute("DELETE FROM attempts WHERE name = ?1", [key(&operator.name)])?;
        write.execute(
            "INSERT INTO sessions (token, operator, ends) VALUES (?1, ?2, ?3)",
            params![token_hash(&token), operator.name, now.0 + SESSION],
        )?;
        note(&write, &operator.name, "signed in", now)?;
        write.commit()?;
        Ok(token)
    }

    /// Whose session it is that a token is of, if it has not ended.
    pub fn session(&self, token: &str, now: Time) -> Result<Option<Operator>, Error> {
        let mut ask = self.connection.prepare_cached(
            "SELECT name, role, created FROM sessions JOIN operators ON name = operator
             WHERE token = ?1 AND ends > ?2 AND ends <= ?3",
        )?;
        // One that ends later than any can was made under a clock that has been set back since.
        let found = ask.query_row(params![token_hash(token), now.0, now.0 + SESSION], read);
        found.optional()?.map(known_role).transpose()
    }

    /// Ends a session.
    pub fn end(&mut self, token: &str, now: Time) -> Result<(), Error> {
        let whose = self.session(token, now)?;
        self.connection.execute("DELETE FROM sessions WHERE token = ?1", [token_hash(token)])?;
        match whose {
            Some(operator) => self.audit(&operator.name, "signed out", now),
            None => Ok(()),
        }
    }

    /// The token that forms carry for whoever is known by `subject`; 64 hexadecimal digits.
    pub fn form_token(&self, subject: &str) -> Result<String, Error> {
        let secret: [u8; 32] =
            self.connection.query_row("SELECT bytes FROM secret", [], |row| row.get(0))?;
        Ok(blake3::keyed_hash(&secret, subject.as_bytes()).to_hex().to_string())
    }

    /// Writes down what somebody did.
    pub fn audit(&self, operator: &str, what: &str, now: Time) -> Result<(), Error> {
        note(&self.connection, operator, what, now)
    }

    /// The newest `limit` lines of the audit trail, newest first.
    pub fn audited(&self, limit: usize) -> Result<Vec<Audited>, Error> {
        let mut ask = self
            .connection
            .prepare_cached("SELECT at, operator, what FROM audit ORDER BY number DESC LIMIT ?1")?;
        let rows = ask.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            Ok(Audited { at: Time(row.get(0)?), operator: row.get(1)?, what: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Who does what is done by commands.
pub const LOCAL: &str = "command line";

/// 256 random bits as hexadecimal digits.
pub fn random_token() -> Result<String, Error> {
    let bytes = secrets::random_bytes::<32>()?;
    Ok(blake3::Hash::from(bytes).to_hex().to_string())
}

/// Whether two tokens are the same; takes as long whatever differs.
pub fn same_token(one: &str, other: &str) -> bool {
    blake3::hash(one.as_bytes()) == blake3::hash(other.as_bytes())
}

fn note(store: &Connection, operator: &str, what: &str, now: Time) -> Result<(), Error> {
    store.prepare_cached("DELETE FROM audit WHERE at < ?1")?.execute([now.0 - AUDITED])?;
    store
        .prepare_cached("INSERT INTO audit (at, operator, what) VALUES (?1, ?2, ?3)")?
        .execute(params![now.0, operator, what])?;
    Ok(())
}

fn token_hash(token: &str) -> [u8; 32] {
    *blake3::hash(token.as_bytes()).as_bytes()
}

/// A name as attempts are counted by it: it may be a password that went into the wrong field.
fn key(name: &str) -> [u8; 32] {
    blake3::derive_key("tertius attempts to sign in", name.as_bytes())
}

fn unknown(name: &str) -> Error {
    let name = model::time::shorten(name);
    let message =
        format!("there is no operator {name:?}; they are listed by: tertius operator list");
    Error::new(Kind::Refused, message)
}

fn read(row: &Row<'_>) -> rusqlite::Result<(String, String, Time)> {
    Ok((row.get(0)?, row.get(1)?, Time(row.get(2)?)))
}

fn known_role((name, role, created): (String, String, Time)) -> Result<Operator, Error> {
    match Role::parse(&role) {
        Some(role) => Ok(Operator { name, role, created }),
        None => {
            let message = format!(
                "operator {name} has the role {role:?}, which this version does not know; remove them and add them again"
            );
            Err(Error::new(Kind::Damaged, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const PASSWORD: &str = "correct horse battery";
    const NOW: Time = Time(1_700_000_000_000_000);

    fn with_ada() -> (tempfile::TempDir, Operators) {
        let dir = tempfile::tempdir().unwrap();
        let mut operators = Operators::open(dir.path()).unwrap();
        operators.add("ada", Role::Analyst, PASSWORD, NOW).unwrap();
        (dir, operators)
    }

    fn later(microseconds: i64) -> Time {
        Time(NOW.0 + microseconds)
    }

    #[test]
    fn neither_passwords_nor_tokens_are_stored_and_the_file_is_its_owners() {
        let (dir, mut operators) = with_ada();
        let ada = operators.find("ada").unwrap().unwrap();
        let token = operators.begin(&ada, NOW).unwrap();
        for entry in std::fs::read_dir(dir.path().join(secrets::DIR)).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0);
            let bytes = std::fs::read(entry.path()).unwrap();
            for secret in [PASSWORD, &token] {
                assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
            }
        }
        let path = dir.path().join(secrets::DIR).join(FILE);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Operators::open(dir.path()).unwrap_err().to_string().contains("chmod 0600"));
    }

    #[test]
    fn a_session_is_shared_by_processes_and_ends_after_twelve_hours_whatever_is_asked_meanwhile() {
        let (dir, mut operators) = with_ada();
        let ada = operators.attempt("ada", NOW).unwrap().unwrap().check(PASSWORD).unwrap().unwrap();
        let token = operators.begin(&ada, NOW).unwrap();
        let other = Operators::open(dir.path()).unwrap();
        for now in [NOW, later(SESSION / 2), later(SESSION - 1)] {
            assert_eq!(other.session(&token, now).unwrap().as_ref(), Some(&ada));
        }
        assert_eq!(other.session(&token, later(SESSION)).unwrap(), None);
        // Not under a clock that was set back either: it would last longer than twelve hours.
        assert_eq!(other.session(&token, later(-1)).unwrap(), None);
        operators.end(&token, NOW).unwrap();
        assert_eq!(other.session(&token, NOW).unwrap(), None);
    }

    #[test]
    fn sessions_end_with_their_operator_and_with_another_password() {
        let (_dir, mut operators) = with_ada();
        let ada = operators.find("ada").unwrap().unwrap();
        let token = operators.begin(&ada, NOW).unwrap();
        operators.set_password("ada", "another long one", NOW).unwrap();
        assert_eq!(operators.session(&token, NOW).unwrap(), None);
        let token = operators.begin(&ada, NOW).unwrap();
        operators.remove("ada", NOW).unwrap();
        operators.add("ada", Role::Privacy, PASSWORD, NOW).unwrap();
        assert_eq!(operators.session(&token, NOW).unwrap(), None);
        assert!(operators.remove("bob", NOW).is_err());
        assert!(operators.add("ada", Role::Privacy, PASSWORD, NOW).is_err());
        assert!(operators.add("<b>", Role::Privacy, PASSWORD, NOW).is_err());
    }

    #[test]
    fn who_fails_often_waits_also_under_a_name_that_is_nobodys() {
        let (_dir, mut operators) = with_ada();
        for name in ["ada", "nobody"] {
            for _ in 0..TRIES.0 {
                let attempt = operators.attempt(name, NOW).unwrap().unwrap();
                assert_eq!(attempt.check("wrong").unwrap(), None);
            }
            let wait = operators.attempt(name, NOW).unwrap().unwrap_err();
            assert_eq!(wait, 900, "{name}");
        }
        assert!(operators.attempt("ada", later(WHILE)).unwrap().is_ok());
    }

    #[test]
    fn many_names_together_wait_too_and_success_clears_ones_own() {
        let (_dir, mut operators) = with_ada();
        for number in 0..TRIES.1 - 1 {
            assert!(operators.attempt(&format!("n{number}"), NOW).unwrap().is_ok());
        }
        let attempt = operators.attempt("ada", NOW).unwrap().unwrap();
        assert!(operators.attempt("ada", NOW).unwrap().is_err());
        let ada = attempt.check(PASSWORD).unwrap().unwrap();
        operators.begin(&ada, NOW).unwrap();
        assert!(operators.attempt("ada", NOW).unwrap().is_ok());
    }

    #[test]
    fn the_audit_names_operators_and_nothing_that_was_typed() {
        let (_dir, mut operators) = with_ada();
        operators.failed("ada", NOW).unwrap();
        operators.failed(PASSWORD, NOW).unwrap();
        let trail = operators.audited(10).unwrap();
        let said: Vec<(&str, &str)> =
            trail.iter().map(|one| (&*one.operator, &*one.what)).collect();
        let failed = "failed to sign in";
        assert_eq!(
            said,
            [("unknown", failed), ("ada", failed), (LOCAL, "added operator ada as analyst")]
        );
        operators.audit("ada", "signed out", later(AUDITED + 1)).unwrap();
        assert_eq!(operators.audited(10).unwrap().len(), 1);
    }

    #[test]
    fn tokens_of_forms_differ_by_whom_they_are_for_and_by_workspace() {
        let (dir, operators) = with_ada();
        let (_other_dir, other) = with_ada();
        let token = operators.form_token("session x").unwrap();
        let again = Operators::open(dir.path()).unwrap();
        assert!(same_token(&token, &again.form_token("session x").unwrap()));
        assert!(!same_token(&token, &operators.form_token("session y").unwrap()));
        assert!(!same_token(&token, &other.form_token("session x").unwrap()));
    }
}
