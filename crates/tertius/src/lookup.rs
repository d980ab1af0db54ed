//! Lookups: the scores of accounts, out of mapped scorecards, for a process that goes on running.
//!
//! A [`Board`] is what is published at one moment: the newest scorecard of every definition, mapped, and the dictionaries of accounts. It never changes;
//! [`Lookups::refresh`] puts a new one in its place, so that an answer is of one board and never of two. A refusal does not wait for that: who
//! refuses is known to within 10 milliseconds.
//!
//! What is published and who is erased is seen at once. Interactions that arrive change no score, only which accounts are known; for these a new board takes over the
//! mapped scorecards of the last one, and is made so seldom that making them takes at most a tenth of the time, however often somebody writes.
//!
//! An account is found without a table of its own: its key is a hash of `network:id`, of which segments or, sooner, `checks.rs` say whether it is known, and a
//! scorecard is sorted by person. Only an account given by its handle costs a query of the catalogue.

use crate::asked::Names;
use crate::cards::{CardFile, card_files, map_card};
use crate::checks::Checks;
use crate::circle;
use crate::disclosure::{
    Reader, may_be_said, may_be_told, may_see, roster_may_be_told, shown_at_all,
};
use crate::error::{Error, Result};
use crate::history::{Delta, Earlier, baselines};
use crate::shown::{Around, Scores, Shown};
use crate::who::state_name;
use crate::workspace::Workspace;
use arc_swap::{ArcSwap, Guard};
use influence::near::Near;
use influence::scorecard::{Header, Scorecard, State};
use ledger::View;
use ledger::people::Standings;
use model::{Account, AccountKey, PersonId, ProfileField, Time};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use xxhash_rust::xxh3::Xxh3;

/// What is published at one moment.
pub struct Board {
    pub(crate) view: View,
    pub(crate) cards: Vec<Arc<Served>>,
    files: Vec<PathBuf>,
    pub(crate) open: bool,
    /// Which accounts are known, beside the rows of the first scorecard; shared by all boards for which that is the same, so that it is made once however often boards are.
    checks: Arc<OnceLock<Checks>>,
    /// What rosters say, for names; read when somebody asks for them.
    pub(crate) names: Arc<Names>,
    /// No other board of this process has it.
    pub(crate) number: u64,
}

pub(crate) struct Served {
    pub(crate) card: Scorecard<bytes::Bytes>,
    /// Whom people have ties with, where that may be told.
    pub(crate) near: Option<Near<bytes::Bytes>>,
    pub(crate) as_of: String,
    around: Around,
    earlier: [Option<Earlier>; 3],
}

fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Board {
    /// What the scorecards are of, by definition.
    pub fn definitions(&self) -> impl Iterator<Item = &Header> {
        self.cards.iter().map(|served| served.card.header())
    }

    /// Reads every file to its end; names those that are not as they were written. Takes as long as the disk needs.
    pub fn damaged(&self) -> Vec<String> {
        let name = |served: &Arc<Served>| {
            let header = served.card.header();
            format!("{}@{}", header.definition, header.version)
        };
        self.cards.iter().filter(|served| !served.card.is_whole()).map(name).collect()
    }

    /// Goes on with what the board before it has open and has read.
    fn follow(&mut self, before: &Board) -> Result<()> {
        self.view.follow(&before.view)?;
        // Of before may be the name of somebody whose erasure began, until just now.
        if before.view.erases_otherwise()? {
            self.names = Arc::default();
            return Ok(());
        }
        self.names = before.names.clone();
        let tag = |board: &Board| board.cards.first().map(|first| first.card.tag());
        if tag(self) == tag(before) {
            self.checks = before.checks.clone();
        }
        Ok(())
    }

    /// What is the same as before has its directories already.
    fn index(&self) {
        self.view.index();
        self.cards.iter().for_each(|served| served.card.index());
        // What is being erased goes from one segment after the other; until it is over, who is known is asked there.
        if let Some(first) = self.cards.first().filter(|_| !self.view.erases()) {
            self.checks.get_or_init(|| Checks::of(&first.card, self.view.account_hashes()));
        }
    }

    /// Whether somebody is known by an account with that key; not if that is to be found out in the indexes.
    fn is_surely_known(&self, key: u64, is_known: impl FnOnce(&Checks, usize) -> bool) -> bool {
        let (Some(checks), Some(first)) = (self.checks.get(), self.cards.first()) else {
            return false;
        };
        let row = first.card.find(key).filter(|_| checks.is_of(&first.card));
        row.is_some_and(|row| is_known(checks, row))
    }

    /// The same scorecards over the interactions of another moment.
    fn with(&self, view: View) -> Board {
        Board {
            view,
            cards: self.cards.clone(),
            files: self.files.clone(),
            open: self.open,
            checks: Arc::default(),
            names: self.names.clone(),
            number: number(),
        }
    }

    /// The key of the account that is meant: `network:id`, `network:handle`, or a person's number.
    fn key_of(&self, text: &str, standings: Standings<'_>) -> Result<Option<u64>> {
        let Some(account) = Account::parse(text) else {
            // Old scorecards hold the numbers of people who were erased since.
            let known = |person: &u64| {
                let any = |members: Vec<u64>| {
                    members.into_iter().any(|key| self.view.knows(AccountKey(key)))
                };
                self.is_surely_known(*person, Checks::is_known) || any(standings.members(*person))
            };
            return Ok(text.parse::<u64>().ok().filter(known));
        };
        let hash = account.hash();
        let key = (hash >> 64) as u64;
        if self.is_surely_known(key, |checks, row| checks.is_known_by(row, hash))
            || self.view.find(&account).is_some()
            || standings.members(key).len() > 1
        {
            return Ok(Some(key));
        }
        if standings.of(key).0 != key {
            return Ok(Some(key));
        }
        let called = self.view.find_handle(&account.network, &account.id)?;
        Ok(called.map(|account| account.key().0))
    }

    fn scores(
        &self,
        account: &str,
        only: Option<&str>,
        reader: Reader<'_>,
        standings: Standings<'_>,
    ) -> Result<Option<Scores<'_>>> {
        let Some(key) = self.key_of(account, standings)? else {
            return Ok(None);
        };
        let (person, consent) = standings.of(key);
        if !shown_at_all(reader, consent, self.open) {
            return Ok(None);
        }
        let seen = |served: &&Arc<Served>| {
            let header = served.card.header();
            only.is_none_or(|name| name == header.definition)
                && may_see(reader, consent, &header.purpose, &header.visibility, self.open)
        };
        let mut tag = Xxh3::new();
        let mut scores = Vec::new();
        for served in self.cards.iter().filter(seen) {
            tag.update(&served.card.tag().to_le_bytes());
            scores.push(served.shown(person, standings));
        }
        Ok(Some(Scores { tag: tag.digest(), person: PersonId(person), scores }))
    }
}

impl Board {
    /// Whether the reader may hear of somebody by the account, or by the person's number, by which they were asked for: of whoever has not agreed, not by an account that
    /// interactions name but no public one. It is answered as for an account that is unknown. To be asked where [`View::has_unseen`].
    fn may_hear(&self, text: &str, reader: Reader<'_>, standings: Standings<'_>) -> Result<bool> {
        let Some(key) = self.key_of(text, standings)? else { return Ok(false) };
        let (person, consent) = standings.of(key);
        if roster_may_be_told(reader, consent) {
            return Ok(true);
        }
        if Account::parse(text).is_some() {
            return Ok(!self.view.is_unseen(AccountKey(key))?);
        }
        for member in standings.members(person) {
            if self.view.is_in_public(AccountKey(member))? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Served {
    pub(crate) fn shown(&self, person: u64, standings: Standings<'_>) -> Shown<'_> {
        let header = self.card.header();
        let row = self.card.find(person);
        let score = row.and_then(|row| self.card.score(row));
        let state = row.map_or(State::NotEnoughEvidence, |row| self.card.state(row));
        Shown {
            definition: &header.definition,
            version: header.version,
            question: &header.question,
            state: state_name(state),
            score,
            interval: row.and_then(|row| self.card.interval(row)),
            top_share: row.and_then(|row| self.card.top_share(row)),
            reference_people: header.reference_people,
            delta: score.map_or(Delta::default(), |score| self.delta(person, score, standings)),
            as_of: &self.as_of,
            around: &self.around,
        }
    }

    fn delta(&self, person: u64, score: f64, standings: Standings<'_>) -> Delta {
        if self.earlier.iter().all(Option::is_none) {
            return Delta::default();
        }
        let earlier = self.earlier.each_ref().map(Option::as_ref);
        Delta::since(earlier, &standings.members(person), score)
    }
}

/// How late a refusal may be seen: asking the catalogue at every answer takes a tenth of what an answer costs.
pub(crate) const LATE: Duration = Duration::from_millis(10);

/// Lookups in one workspace; shared between threads.
pub struct Lookups {
    workspace: Workspace,
    pub(crate) suppressions: ledger::people::Suppressions,
    board: ArcSwap<Board>,
    /// Until when new rows alone make no new board.
    resting: Mutex<Rest>,
    /// Whether names were asked for, and whether somebody reads them anew who does not answer.
    pub(crate) names_are_asked: AtomicBool,
    pub(crate) names_are_renewed: AtomicBool,
}

/// How long to leave be what costs something each time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rest(Option<Instant>);

impl Rest {
    /// Nine times as long as it took, so that it takes a tenth of the time at most.
    pub(crate) fn after(begun: Instant, ended: Instant) -> Rest {
        Rest(Some(ended + 9 * ended.saturating_duration_since(begun)))
    }

    /// Whether it is over.
    pub(crate) fn is_over(self, now: Instant) -> bool {
        self.0.is_none_or(|until| now >= until)
    }
}

impl Workspace {
    /// Opens the lookups of this workspace. Reads neither the rows of scorecards nor interactions.
    pub fn lookups(&self) -> Result<Lookups> {
        self.must_exist()?;
        Ok(Lookups {
            suppressions: ledger::people::Suppressions::open(self.dir(), Time::now())?,
            board: ArcSwap::from_pointee(self.board()?),
            workspace: self.reopened()?,
            resting: Mutex::default(),
            names_are_asked: AtomicBool::new(false),
            names_are_renewed: AtomicBool::new(false),
        })
    }

    fn board(&self) -> Result<Board> {
        let mut cards = Vec::new();
        let mut files = Vec::new();
        for (name, version, dir) in self.newest_versions()? {
            let all = card_files(&dir)?;
            let Some(newest) = all.iter().rfind(|file| file.whole) else { continue };
            // A scoring that is published at this moment may have thinned what was just listed.
            let card = map_card(&newest.path)
                .map_err(|error| Error::new(error.kind(), format!("{name}@{version}: {error}")))?;
            let earlier = baselines(&all, card.header(), Earlier::map);
            files.push(newest.path.clone());
            let as_of = card.header().as_of().to_string();
            let near = circle::open(&dir, &card);
            let around = Around::of(card.header(), &as_of);
            cards.push(Arc::new(Served { card, near, as_of, around, earlier }));
        }
        let open = self.settings().anonymous.as_deref() == Some("public");
        let (view, names) = (View::open(self.dir())?, Arc::default());
        let checks = Arc::default();
        Ok(Board { view, cards, files, open, checks, names, number: number() })
    }
}

impl Lookups {
    /// What is published now, for as long as it is held.
    pub fn board(&self) -> Guard<Arc<Board>> {
        self.board.load()
    }

    /// Finds out what is public, so that readers from outside can be answered without waiting for it. It may take as long as there are rows.
    pub fn settle(&self) -> Result<()> {
        Ok(self.board().view.settle_public()?)
    }

    /// Makes what people are found faster by: directories, and which accounts are known. To be called again and again, on a thread of its own: it takes seconds for ten million.
    pub fn index(&self) {
        self.board().index();
    }

    /// Whether readers from outside are answered without reading rows.
    pub fn is_settled(&self) -> bool {
        self.board().view.knows_public()
    }

    /// Puts a new board in place if something was published, ingested or erased since; whether something was published or erased. To be called again and
    /// again: a call that finds nothing new lists the folders of the scorecards and asks the catalogue one question.
    pub fn refresh(&self) -> Result<bool> {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let board = self.board();
        let mut newest = Vec::new();
        for (_, _, dir) in self.workspace.newest_versions()? {
            let whole = |file: &CardFile| file.whole;
            newest.extend(card_files(&dir)?.into_iter().rfind(whole).map(|file| file.path));
        }
        let told = newest != board.files || board.view.erases_otherwise()?;
        let begun = Instant::now();
        if !told && (!resting.is_over(begun) || !board.view.is_outdated()?) {
            return Ok(false);
        }
        let mut next = match told {
            true => self.workspace.board()?,
            false => board.with(View::open(self.workspace.dir())?),
        };
        next.follow(&board)?;
        *resting = Rest::after(begun, Instant::now());
        self.board.store(Arc::new(next));
        Ok(told)
    }

    /// Gives the scores of an account to `each`, of all definitions that the reader may see or of one; nothing where the account is unknown, refuses,
    /// or may not be shown to this reader, which look the same. The person's number comes back, to note who looked.
    pub fn scores<T>(
        &self,
        board: &Board,
        account: &str,
        only: Option<&str>,
        reader: Reader<'_>,
        each: impl FnOnce(&Scores<'_>) -> T,
    ) -> Result<Option<(PersonId, T)>> {
        let one = std::iter::once(account);
        let mut each = Some(each);
        let mut found = None;
        self.each_of(board, one, only, reader, |_, scores| {
            if let (Some(scores), Some(each)) = (scores, each.take()) {
                found = Some((scores.person, each(scores)));
            }
        })?;
        Ok(found)
    }

    /// The same for many accounts, in one moment.
    pub fn each_of<'a>(
        &self,
        board: &Board,
        accounts: impl Iterator<Item = &'a str>,
        only: Option<&str>,
        reader: Reader<'_>,
        mut each: impl FnMut(&'a str, Option<&Scores<'_>>),
    ) -> Result<()> {
        let mut failed = None;
        // Before anybody waits for another: it may take long when it is asked first.
        let some_unseen = reader != Reader::Operator && board.view.has_unseen()?;
        self.suppressions.ask(Time::now, LATE, |standings| {
            for account in accounts {
                let found = match some_unseen {
                    true => board.may_hear(account, reader, standings),
                    false => Ok(true),
                };
                let scores = found.and_then(|may| match may {
                    true => board.scores(account, only, reader, standings),
                    false => Ok(None),
                });
                match scores {
                    Ok(scores) => each(account, scores.as_ref()),
                    Err(error) => {
                        failed = Some(error);
                        break;
                    }
                }
            }
            Ok(())
        })?;
        failed.map_or(Ok(()), Err)
    }

    /// The id of a person's account on a network, the smallest of several; for whoever was shown to this reader just now.
    pub fn account_on(
        &self,
        person: PersonId,
        network: &str,
        reader: Reader<'_>,
    ) -> Result<Option<String>> {
        let ids =
            self.accounts_of(person, reader)?.into_iter().filter(|one| one.network == network);
        Ok(ids.map(|account| account.id).min())
    }

    /// What to call a person in one word: a handle, else an account's id; for whoever was shown to this reader just now.
    pub fn nick(&self, person: PersonId, reader: Reader<'_>) -> Result<Option<String>> {
        let accounts = self.accounts_of(person, reader)?;
        let board = self.board();
        for account in &accounts {
            let handle = board.view.profile(account.key(), ProfileField::Handle)?;
            let told = handle.filter(|handle| may_be_said(&account.network, handle));
            if told.is_some() {
                return Ok(told);
            }
        }
        Ok(accounts.into_iter().next().map(|account| account.id))
    }

    /// Those that interactions name, as far as the reader may be told: of whoever has not agreed, those that public ones name.
    fn accounts_of(&self, person: PersonId, reader: Reader<'_>) -> Result<Vec<Account>> {
        let (members, agreed) = self.suppressions.ask(Time::now, LATE, |standings| {
            let (person, consent) = standings.of(person.0);
            Ok((standings.members(person), roster_may_be_told(reader, consent)))
        })?;
        let board = self.board();
        let mut told = Vec::new();
        for account in board.view.accounts(&members)?.into_iter().flatten() {
            if agreed || may_be_told(&account) && !board.view.is_unseen(account.key())? {
                told.push(account);
            }
        }
        Ok(told)
    }

    /// The workspace, asked by somebody: see [`Workspace::asked_by`].
    pub fn asked_by(&self, who: &str, reader: Reader<'_>) -> Workspace {
        self.workspace.knowing(self.board().view.public_so_far()).asked_by(who, reader)
    }

    /// The workspace.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }
}

#[cfg(test)]
mod tests {
    use super::Rest;
    use std::time::{Duration, Instant};

    #[test]
    fn what_took_a_second_is_left_be_for_nine() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        assert!(Rest::default().is_over(begun));
        let rest = Rest::after(begun, at(1));
        assert!(!rest.is_over(at(1)) && !rest.is_over(at(9)) && rest.is_over(at(10)));
    }
}
