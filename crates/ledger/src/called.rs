//! Names and handles by the beginnings of their words, for whoever looks for a person.
//!
//! A copy of what networks (`profiles`) and rosters (`roster_people`) call accounts, with a full-text index (SQLite's FTS5). Triggers keep it: what is removed from either table is
//! removed here by the same statement, and its words with it (`secure-delete`). A search costs as many steps as it finds, but for beginnings of more than
//! six letters that very many different words share: those are gathered first.

use crate::error::Error;
use crate::view::View;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

/// An account that is called something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalledSo {
    /// Its key.
    pub key: u64,
    /// Whether a roster says so, and not a network.
    pub by_roster: bool,
    /// What it is called.
    pub value: String,
    /// Where the next search goes on: after this.
    pub place: i64,
}

/// Beginnings of words that have an entry of their own in the index. Each length costs a third of the names' own size.
const PREFIXES: &str = "1 2 3 4 5 6";

/// `whose`: the key, 8 bytes, big-endian; of rosters a number. `roster`: its source, empty for networks.
const TABLES: &str = "
CREATE TABLE called (
    id INTEGER PRIMARY KEY,
    whose NOT NULL,
    roster TEXT NOT NULL,
    value TEXT NOT NULL
);
CREATE INDEX called_whose ON called(whose, roster);
CREATE VIRTUAL TABLE called_words USING fts5(
    value, content='called', content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='{prefixes}'
);
INSERT INTO called_words(called_words, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER called_in AFTER INSERT ON called BEGIN
    INSERT INTO called_words(rowid, value) VALUES (new.id, new.value);
END;
CREATE TRIGGER called_out AFTER DELETE ON called BEGIN
    INSERT INTO called_words(called_words, rowid, value) VALUES ('delete', old.id, old.value);
END;
";

/// One value may be both a handle and a name: it is here once, as long as one of them says so.
const PROFILES: &str = "
CREATE TRIGGER profiles_in AFTER INSERT ON profiles BEGIN
    INSERT INTO called(whose, roster, value) SELECT substr(new.account, 1, 8), '', new.value
    WHERE NOT EXISTS (SELECT 1 FROM called
        WHERE whose = substr(new.account, 1, 8) AND roster = '' AND value = new.value);
END;
CREATE TRIGGER profiles_out AFTER DELETE ON profiles BEGIN
    DELETE FROM called WHERE whose = substr(old.account, 1, 8) AND roster = '' AND value = old.value
    AND NOT EXISTS (SELECT 1 FROM profiles WHERE account = old.account AND value = old.value);
END;
INSERT INTO called(whose, roster, value) SELECT DISTINCT substr(account, 1, 8), '', value FROM profiles;
";

/// A row that is replaced is not deleted as far as triggers are told, so an insertion removes what was there.
const ROSTERS: &str = "
CREATE TRIGGER roster_people_in AFTER INSERT ON roster_people BEGIN
    DELETE FROM called WHERE whose = new.account AND roster = new.source;
    INSERT INTO called(whose, roster, value) SELECT new.account, new.source, new.name WHERE new.name IS NOT NULL;
END;
CREATE TRIGGER roster_people_changed AFTER UPDATE OF name ON roster_people BEGIN
    DELETE FROM called WHERE whose = new.account AND roster = new.source;
    INSERT INTO called(whose, roster, value) SELECT new.account, new.source, new.name WHERE new.name IS NOT NULL;
END;
CREATE TRIGGER roster_people_out AFTER DELETE ON roster_people BEGIN
    DELETE FROM called WHERE whose = old.account AND roster = old.source;
END;
INSERT INTO called(whose, roster, value) SELECT account, source, name FROM roster_people WHERE name IS NOT NULL;
";

/// Makes the index of what networks say, and fills it where a workspace has none yet.
pub fn ensure(connection: &Connection) -> rusqlite::Result<()> {
    once(connection, "called", &[&TABLES.replace("{prefixes}", PREFIXES), PROFILES])
}

/// The same for rosters, whose table comes later.
pub fn ensure_rosters(connection: &Connection) -> rusqlite::Result<()> {
    once(connection, "roster_people_in", &[ROSTERS])
}

/// Runs statements unless what they make is there; of several processes one does.
fn once(connection: &Connection, made: &str, statements: &[&str]) -> rusqlite::Result<()> {
    if is_there(connection, made)? {
        return Ok(());
    }
    let write = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    if !is_there(&write, made)? {
        statements.iter().try_for_each(|statement| write.execute_batch(statement))?;
    }
    write.commit()
}

fn is_there(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let ask = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = ?1)";
    connection.query_row(ask, [name], |row| row.get(0))
}

impl View {
    /// Accounts of which every word of `text` begins a word of one of their names or handles, in the order in which those became known; at most `limit`, from after a
    /// `place`. Case and accents make no difference.
    pub fn called_so(&self, text: &str, after: i64, limit: usize) -> Result<Vec<CalledSo>, Error> {
        let catalogue = self.catalogue();
        let Some(words) = words(text) else { return Ok(Vec::new()) };
        if !is_there(catalogue.connection(), "called")? {
            return Ok(Vec::new());
        }
        let mut statement = catalogue.connection().prepare_cached(
            "SELECT id, whose, roster, called.value FROM called_words JOIN called ON id = called_words.rowid
             WHERE called_words MATCH ?1 AND called_words.rowid > ?2 ORDER BY called_words.rowid LIMIT ?3",
        )?;
        let mut rows = statement.query(params![words, after, limit as i64])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let key = match row.get(1)? {
                rusqlite::types::Value::Integer(key) => key as u64,
                rusqlite::types::Value::Blob(bytes) => {
                    u64::from_be_bytes(bytes.try_into().unwrap_or_default())
                }
                _ => continue,
            };
            let by_roster = !row.get_ref(2)?.as_str().is_ok_and(str::is_empty);
            if !self.is_hidden(key) {
                found.push(CalledSo { key, by_roster, value: row.get(3)?, place: row.get(0)? });
            }
        }
        Ok(found)
    }
}

/// Words that must begin words, as the index wants them; nothing where there is no letter or digit.
fn words(text: &str) -> Option<String> {
    let words: Vec<String> = text
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .take(8)
        .map(|word| format!("\"{}\"*", word.replace('"', " ")))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn whatever_is_typed_is_words_and_never_the_indexs_own_language() {
        assert_eq!(words("  Ann  K ").unwrap(), "\"Ann\"* \"K\"*");
        assert_eq!(words("a\" OR \"b NOT").unwrap(), "\"a \"* \"OR\"* \" b\"* \"NOT\"*");
        assert_eq!(words("  - \" "), None);
    }
}
