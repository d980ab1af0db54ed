//! Names and handles by the beginnings of their words, for whoever looks for a person.
//!
//! A copy of what networks (`profiles`) and rosters (`roster_people`) call accounts, with a full-text index (SQLite's FTS5). Triggers keep it: what is removed from either table is
//! removed here by the same statement, and its words with it (`secure-delete`).
//!
//! Beginnings of up to six letters have entries of their own, in the order in which names became known, and two of them are searched for together step by step. The index gathers
//! all names of a longer one before it gives the first, so that one which more than `MANY` names have is treated apart: alone it is read in the order of words,
//! and beside others its first six letters are searched for and the rest is compared, until as many names were passed over. So a search costs as many steps as it gives, whatever is typed; where beginnings that are
//! very common each are rare together, as many as it must look at.

use crate::error::Error;
use crate::view::View;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};
use std::ops::ControlFlow;

/// An account that is called something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalledSo {
    /// Its key.
    pub key: u64,
    /// Whether a roster says so, and not a network.
    pub by_roster: bool,
    /// What it is called.
    pub value: String,
}

/// Beginnings of words that have an entry of their own in the index. Each length costs a third of the names' own size.
const PREFIXES: &str = "1 2 3 4 5 6";
/// The longest of them.
const LONGEST: usize = 6;
/// So many names are gathered at most.
const MANY: u32 = 5_000;

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

/// The words of the index, one by one; it stores nothing.
const TERMS: &str = "CREATE VIRTUAL TABLE called_terms USING fts5vocab(called_words, 'instance');";

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
    once(connection, "called", &[&TABLES.replace("{prefixes}", PREFIXES), PROFILES])?;
    once(connection, "called_terms", &[TERMS])
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
    /// Accounts of which every word of `text` begins a word of one of their names or handles, until `each` breaks off: in the order in which those names became known, or in that of
    /// the words where one long beginning that very many have is all that is typed. Case and accents make no difference. An account comes once for each
    /// such name, and again where several words of it begin so.
    pub fn called_so(
        &self,
        text: &str,
        mut each: impl FnMut(CalledSo) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let catalogue = self.catalogue();
        let read = catalogue.connection();
        let words = words(text);
        let is_there = is_there(read, "called_words")? && is_there(read, "called_terms")?;
        if words.is_empty() || !is_there {
            return Ok(());
        }
        let mut common = Vec::new();
        for word in &words {
            if let Some(range) = range_of_long(word)
                && is_common(read, &range)?
            {
                common.push((word.to_lowercase(), range));
            }
        }
        let mut passed_over = 0;
        let give = |row: &Row<'_>| -> Result<ControlFlow<()>, Error> {
            let called = called(row)?;
            // The index was asked for their first letters only.
            let begins = |(word, _): &(String, _)| has_word(&called.value, word);
            if self.is_hidden(called.key) || (words.len() > 1 && !common.iter().all(begins)) {
                passed_over += 1;
                return Ok(match passed_over < MANY {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                });
            }
            Ok(each(called))
        };
        match (&words[..], &common[..]) {
            ([_], [(_, [from, to])]) => {
                let sql = "SELECT whose, roster, called.value FROM called_terms CROSS JOIN called ON id = doc
                     WHERE term >= ?1 AND term < ?2";
                until(read, sql, [from, to], give)
            }
            _ => {
                let sql = "SELECT whose, roster, called.value FROM called_words CROSS JOIN called ON id = called_words.rowid
                     WHERE called_words MATCH ?1 ORDER BY called_words.rowid";
                let is_common =
                    |word: &str| common.iter().any(|(one, _)| *one == word.to_lowercase());
                let asked = words.iter().map(|word| match is_common(word) {
                    true => format!("\"{}\"*", &word[..LONGEST]),
                    false => format!("\"{}\"*", word.replace('"', " ")),
                });
                until(read, sql, [asked.collect::<Vec<_>>().join(" ")], give)
            }
        }
    }
}

fn until(
    read: &Connection,
    sql: &str,
    asked: impl rusqlite::Params,
    mut give: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, Error>,
) -> Result<(), Error> {
    let mut statement = read.prepare_cached(sql)?;
    let mut rows = statement.query(asked)?;
    while let Some(row) = rows.next()? {
        if give(row)?.is_break() {
            break;
        }
    }
    Ok(())
}

fn called(row: &Row<'_>) -> Result<CalledSo, Error> {
    let key = match row.get(0)? {
        rusqlite::types::Value::Integer(key) => key as u64,
        rusqlite::types::Value::Blob(bytes) => {
            u64::from_be_bytes(bytes.try_into().unwrap_or_default())
        }
        // The triggers write nothing else.
        _ => 0,
    };
    let by_roster = !row.get_ref(1)?.as_str().is_ok_and(str::is_empty);
    Ok(CalledSo { key, by_roster, value: row.get(2)? })
}

/// Words that must begin words; none where there is no letter or digit.
fn words(text: &str) -> Vec<&str> {
    let has_letters = |word: &&str| word.chars().any(char::is_alphanumeric);
    text.split_whitespace().filter(has_letters).take(8).collect()
}

/// Between which terms of the index the words lie that begin like this, where no entry of the index is for it. Words that the index would part or fold are left to it.
fn range_of_long(word: &str) -> Option<[String; 2]> {
    let plain = word.len() > LONGEST && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain.then(|| {
        let first = word.to_ascii_lowercase();
        let after = format!("{first}{}", char::MAX);
        [first, after]
    })
}

fn is_common(read: &Connection, range: &[String; 2]) -> Result<bool, Error> {
    let mut ask = read.prepare_cached(
        "SELECT count(*) FROM (SELECT 1 FROM called_terms WHERE term >= ?1 AND term < ?2 LIMIT ?3)",
    )?;
    let count: u32 = ask.query_row(params![range[0], range[1], MANY + 1], |row| row.get(0))?;
    Ok(count > MANY)
}

/// Whether a word of `value` begins like `word`, which is in lower case.
fn has_word(value: &str, word: &str) -> bool {
    let value = value.to_lowercase();
    value.split(|c: char| !c.is_alphanumeric()).any(|one| one.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::{range_of_long, words};

    #[test]
    fn words_are_what_has_letters_and_long_plain_ones_have_a_range() {
        assert_eq!(words("  Ann  K "), ["Ann", "K"]);
        assert!(words("  - \" ").is_empty());
        assert_eq!(range_of_long("Mem\"ber12"), None);
        assert_eq!(range_of_long("member"), None);
        let [first, after] = range_of_long("Member0").unwrap();
        assert!(*"member0" >= *first && *"member09zz" < *after && *"member1" > *after);
    }
}
