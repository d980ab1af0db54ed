//! What is asked of a running server beyond scores: who somebody is, why a score is what it is, and the list of a definition.
//!
//! Who may see what is decided by [`crate::disclosure`], by the consents of 10 milliseconds ago; names are those of a second ago, or of when rosters were read last, which a thread of its own
//! does while a server runs ([`Lookups::renew_names`]): who asks waits for it only the first time, and after an erasure. A list and an
//! explanation are of the board that they are asked of. The place in a list where a page ended is told by a cursor, which names the scorecard:
//!
//! ```text
//! cursor = tag of the scorecard (16 hexadecimal digits), place to go on from (hexadecimal)
//! ```

use crate::disclosure::{Disclosure, Named, Reader, may_see};
use crate::error::{Error, ErrorKind, Result};
use crate::explain::Explained;
use crate::lookup::{Board, LATE, Lookups, Rest, Served};
use crate::rank::Ranked;
use crate::shown::Shown;
use ledger::people::{Consents, Naming, People, Register};
use model::{PersonId, Time};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

/// What rosters and operators say of people, as of a moment.
pub(crate) struct Known {
    /// That of the catalogue, as the view of the board of that number counts it.
    version: (u64, i64),
    read: Instant,
    resting: Rest,
    register: Register,
    consents: Arc<Consents>,
    names: Arc<BTreeMap<u64, Naming>>,
}

/// What rosters say, for all boards between two erasures.
#[derive(Default)]
pub(crate) struct Names {
    held: Mutex<Option<Arc<Known>>>,
    /// Held by whoever reads rosters anew.
    reading: Mutex<()>,
}

/// How late a new name may be seen, at least: reading a roster takes as long as it is long, and a tenth of the time at most.
const NAMES: Duration = Duration::from_secs(1);
/// Ties that an explanation shows for each part.
const TIES: usize = 5;
/// Places of a list that are looked at for one page: where few may be shown, a page ends early.
const PLACES: usize = 10_000;

/// A person under every definition that the reader may see.
#[derive(Debug, Serialize)]
pub struct Seen<'b> {
    /// Who.
    #[serde(flatten)]
    pub person: Named,
    /// The scores, by name of the definition.
    pub scores: Vec<Shown<'b>>,
}

/// A page of a list.
#[derive(Debug, Serialize)]
pub struct Page<'b> {
    /// The definition's name.
    pub definition: &'b str,
    /// Its version.
    pub version: u32,
    /// Its question.
    pub question: &'b str,
    /// The moment, RFC 3339.
    pub as_of: &'b str,
    /// How many have a score, shown or not.
    pub scored: u64,
    /// The people. Ranks are among all who are scored, so that they may have gaps.
    pub people: Vec<Ranked>,
    /// Where the next page begins; nothing at the end.
    pub next: Option<String>,
}

/// What came of asking for a page.
#[derive(Debug)]
pub enum Listed<'b> {
    /// The page.
    Page(Page<'b>),
    /// There is no such list, or none for this reader.
    Unknown,
    /// The cursor is of a scorecard that another one has replaced: the list is to be read from its beginning.
    Replaced,
}

impl Lookups {
    /// One person as the reader may see them, `write`n out; nothing where they are unknown, refuse, or may not be shown, which look the same.
    pub fn person<T>(
        &self,
        board: &Board,
        account: &str,
        reader: Reader<'_>,
        write: impl FnOnce(&Seen<'_>) -> T,
    ) -> Result<Option<(u64, T)>> {
        let known = self.known(board)?;
        let disclosure = known.disclosure(board, reader);
        let mut write = Some(write);
        let mut found = Ok(None);
        self.each_of(board, std::iter::once(account), None, reader, |_, scores| {
            let (Some(scores), Some(write)) = (scores, write.take()) else { return };
            found = disclosure.person(scores.person.0, purpose(reader)).map(|person| {
                person.map(|person| {
                    (scores.person.0, write(&Seen { person, scores: scores.scores.clone() }))
                })
            });
        })?;
        found
    }

    /// How many people engaged somebody, and in how many interactions, as the scorecard of a definition counts them; for whoever was shown just now.
    pub fn evidence(
        &self,
        board: &Board,
        person: PersonId,
        definition: &str,
    ) -> Option<(u32, u32)> {
        let served = board.cards.iter().find(|one| one.card.header().definition == definition)?;
        served.card.find(person.0).map(|row| served.card.evidence(row))
    }

    /// Whether an account is somebody's who refuses to be shown: only an operator may be told.
    pub fn refuses(&self, board: &Board, account: &str) -> Result<bool> {
        let known = self.known(board)?;
        match known.disclosure(board, Reader::Operator).resolve(account) {
            Ok(_) => Ok(false),
            Err(error) => match error.kind() {
                ErrorKind::Refused => Ok(true),
                ErrorKind::NotFound | ErrorKind::Usage => Ok(false),
                _ => Err(error),
            },
        }
    }

    /// Why a score is what it is, as the reader may see it; nothing where they may not see that score. Reads the interactions of the definition's
    /// window, so it is no work for a thread that answers others.
    pub fn explanation(
        &self,
        board: &Board,
        account: &str,
        definition: &str,
        reader: Reader<'_>,
    ) -> Result<Option<Explained>> {
        let seen =
            self.scores(board, account, Some(definition), reader, |seen| seen.scores.len())?;
        let served = board.cards.iter().find(|one| one.card.header().definition == definition);
        let (Some((person, 1..)), Some(served)) = (seen, served) else {
            return Ok(None);
        };
        let account = person.0.to_string();
        let workspace = self.workspace().knowing(board.view.public_so_far());
        match workspace.explained(&account, &served.card, reader, TIES) {
            Ok(explained) => Ok(Some(explained)),
            // Refused meanwhile, or refused something that the explanation tells.
            Err(error) if matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// A page of the list of a definition, of at most `limit` people, from the beginning or from a cursor.
    ///
    /// Fails with `Usage` on a cursor that is none.
    pub fn list<'b>(
        &self,
        board: &'b Board,
        definition: &str,
        reader: Reader<'_>,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Listed<'b>> {
        let named = |one: &&Arc<Served>| one.card.header().definition == definition;
        let Some(served) = board.cards.iter().find(named) else {
            return Ok(Listed::Unknown);
        };
        let card = &served.card;
        let header = card.header();
        if matches!(reader, Reader::Key { purpose } if purpose != header.purpose) {
            return Ok(Listed::Unknown);
        }
        let first = match cursor.map(place).transpose()? {
            Some((tag, _)) if tag != card.tag() => return Ok(Listed::Replaced),
            Some((_, place)) => place,
            None => 0,
        };
        let scored = header.scored as usize;
        let known = self.known(board)?;
        let disclosure = known.disclosure(board, reader);
        let (mut people, mut seen, mut place) = (Vec::new(), HashSet::new(), first);
        let last = first.saturating_add(PLACES).min(scored);
        while place < last && people.len() < limit {
            // In slices: names are looked up together.
            let slice: Vec<usize> = (place..last).take(limit - people.len()).collect();
            let rows: Vec<usize> = slice.iter().map(|at| card.ordered(*at)).collect();
            let shown: Vec<Option<u64>> = self.suppressions.ask(Time::now, LATE, |standings| {
                let may = |row: &usize| {
                    let (person, consent) = standings.of(card.person(*row)?);
                    may_see(reader, consent, &header.purpose, &header.visibility, board.open)
                        .then_some(person)
                };
                Ok(rows.iter().map(may).collect())
            })?;
            place += slice.len();
            let ids: Vec<u64> = shown.iter().flatten().copied().collect();
            let mut named = disclosure.people(&ids, &header.purpose)?.into_iter();
            for (row, person) in rows.iter().zip(&shown) {
                let Some(named) = person.and_then(|_| named.next()).flatten() else { continue };
                if let (Some(score), Some(rank)) = (card.score(*row), card.rank(*row))
                    && seen.insert(named.id())
                {
                    let (interval, top) = (card.interval(*row), card.top_share(*row));
                    let top_share = top.unwrap_or(1.0);
                    people.push(Ranked { rank, person: named, score, interval, top_share });
                }
            }
        }
        let next = (place < scored).then(|| format!("{:016x}{place:x}", card.tag()));
        Ok(Listed::Page(Page {
            definition: &header.definition,
            version: header.version,
            question: &header.question,
            as_of: &served.as_of,
            scored: header.scored,
            people,
            next,
        }))
    }

    /// People as the reader may see them; nothing for whoever refuses.
    pub(crate) fn named(
        &self,
        board: &Board,
        people: &[u64],
        reader: Reader<'_>,
    ) -> Result<Vec<Option<Named>>> {
        let known = self.known(board)?;
        known.disclosure(board, reader).people(people, purpose(reader))
    }

    /// Reads anew what rosters say, if that changed and somebody asked before. To be called again and again; from then on those who ask are told what was read last.
    pub fn renew_names(&self) -> Result<()> {
        self.names_are_renewed.store(true, Ordering::Relaxed);
        if self.names_are_asked.load(Ordering::Relaxed) {
            self.read_names(&self.board())?;
        }
        Ok(())
    }

    /// What rosters say, as it was read last; or now or a second ago, where nobody renews it.
    fn known(&self, board: &Board) -> Result<Arc<Known>> {
        self.names_are_asked.store(true, Ordering::Relaxed);
        let renewed = self.names_are_renewed.load(Ordering::Relaxed);
        match board.names.held().filter(|_| renewed) {
            Some(known) => Ok(known),
            None => self.read_names(board),
        }
    }

    /// What rosters say now, or a second ago. Whoever comes while somebody is reading them anew is told what was said before.
    fn read_names(&self, board: &Board) -> Result<Arc<Known>> {
        let names = &board.names;
        let held = || names.held();
        let version = (board.number, board.view.version()?);
        let is_fresh = |known: &Known| {
            known.version == version
                || known.read.elapsed() < NAMES
                || !known.resting.is_over(Instant::now())
        };
        let before = held();
        if let Some(known) = before.as_ref().filter(|known| is_fresh(known)) {
            return Ok(known.clone());
        }
        let _turn = match (before, names.reading.try_lock()) {
            (_, Ok(turn)) => turn,
            (Some(known), Err(TryLockError::WouldBlock)) => return Ok(known),
            (_, Err(TryLockError::Poisoned(turn))) => turn.into_inner(),
            (None, Err(TryLockError::WouldBlock)) => {
                names.reading.lock().unwrap_or_else(PoisonError::into_inner)
            }
        };
        // Whoever had the turn before has read them.
        if let Some(known) = held().filter(|known| is_fresh(known)) {
            return Ok(known);
        }
        let begun = Instant::now();
        let register = People::read(self.workspace().dir())?;
        let consents = Arc::new(register.consents(Time::now()));
        let of_people = Arc::new(register.names_of_people());
        let read = Instant::now();
        let known = Arc::new(Known {
            version,
            read,
            resting: Rest::after(begun, read),
            register,
            consents,
            names: of_people,
        });
        *names.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        Ok(known)
    }
}

impl Names {
    fn held(&self) -> Option<Arc<Known>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Known {
    fn disclosure<'a>(&'a self, board: &'a Board, reader: Reader<'_>) -> Disclosure<'a> {
        let (consents, names) = (self.consents.clone(), self.names.clone());
        Disclosure::prepared(&board.view, &self.register, consents, names).to(reader)
    }
}

/// The purpose for which somebody is asked about; empty for any.
fn purpose(reader: Reader<'_>) -> &str {
    match reader {
        Reader::Key { purpose } => purpose,
        Reader::Anonymous | Reader::Operator => "",
    }
}

/// The scorecard and the place that a cursor names.
fn place(cursor: &str) -> Result<(u64, usize)> {
    let parts = cursor.split_at_checked(16).and_then(|(tag, place)| {
        let hexadecimal = cursor.bytes().all(|byte| byte.is_ascii_hexdigit());
        let tag = u64::from_str_radix(tag, 16).ok().filter(|_| hexadecimal)?;
        Some((tag, usize::from_str_radix(place, 16).ok()?))
    });
    parts.ok_or_else(|| {
        let message = "that is no cursor; take it from `next` of the page before, or leave it out";
        Error::new(ErrorKind::Usage, message)
    })
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn only_cursors_are_taken_for_cursors() {
        assert_eq!(place("00000000000000ff1a").unwrap(), (255, 26));
        for wrong in [
            "",
            "ff",
            "00000000000000ff",
            "+0000000000000ff1",
            "00000000000000ffx",
            "é",
            "0000000000000éff1",
        ] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
    }
}
