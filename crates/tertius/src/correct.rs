//! Corrections: what somebody says is wrong about them becomes a case, and the case a decision.
//!
//! What an accepted one changes, and why it survives every later import, is said in [`ledger::people::Wrong`]. Whoever
//! refuses may still have things put right; then the list names nobody.

use crate::consent::By;
use crate::disclosure::{Disclosure, Named};
use crate::error::{Error, ErrorKind, Result};
use crate::workspace::{Reading, Workspace};
use ledger::Between;
use ledger::people::{Case, Wrong};
use model::{Account, AccountKey, PersonId, Time};

/// What somebody says is wrong, as they write it.
#[derive(Clone, Debug)]
pub enum Correction<'a> {
    /// This account is somebody else's.
    NotMine(&'a str),
    /// They left this organisation, at a time or now.
    Left(&'a str, Option<Time>),
    /// This interaction, written `network:id`, is no praise.
    NotPraise(&'a str),
}

/// A case as it may be shown.
#[derive(Clone, Debug, serde::Serialize)]
pub struct CaseShown {
    /// By which it is decided.
    pub case: i64,
    /// Who it is about.
    pub person: PersonId,
    /// Name and accounts, unless they refuse.
    pub who: Option<Named>,
    /// What is wrong, in words.
    pub says: String,
    /// `self` or `operator`.
    pub source: String,
    /// When it was opened.
    pub opened: Time,
    /// `open`, `accepted` or `declined`.
    pub decision: String,
    /// When it was decided.
    pub decided: Option<Time>,
    /// Why.
    pub why: Option<String>,
}

impl Workspace {
    /// Opens a case; the same one while it is open.
    ///
    /// Fails with [`ErrorKind::NotFound`] where there is nothing to correct, and with [`ErrorKind::Usage`] where it is not
    /// about that person.
    pub fn correct(&self, account: &str, wrong: &Correction<'_>, by: By) -> Result<CaseShown> {
        let reading = self.reading()?;
        let now = Time::now();
        let disclosure = reading.disclosure(now);
        let (person, holder) = disclosure.holder(account)?;
        let wrong = match wrong {
            Correction::NotMine(other) => not_mine(&disclosure, (account, person, &holder), other)?,
            Correction::Left(organisation, since) => {
                let since = since.unwrap_or(now);
                if since > now {
                    let message = format!("{since} is to come; leave --since out for today");
                    return Err(Error::new(ErrorKind::Usage, message));
                }
                left(&reading, (account, person), organisation, since)?
            }
            Correction::NotPraise(interaction) => {
                not_praise(&reading, (account, person), interaction)?
            }
        };
        let case = self.people()?.open_case(&holder, &wrong, by.name(), now)?;
        let shown = shown(&reading, vec![case])?;
        shown.into_iter().next().ok_or_else(|| missing("the case was opened and is gone"))
    }

    /// The cases, oldest first; those alone that are not decided, unless `all` are wanted.
    pub fn cases(&self, all: bool) -> Result<Vec<CaseShown>> {
        let reading = self.reading()?;
        let cases = reading.register.cases().iter();
        let wanted = cases.filter(|case| all || case.decision.is_none()).cloned().collect();
        self.looked(None, "correct list")?;
        shown(&reading, wanted)
    }

    /// Decides a case, once, with a reason that the person will read.
    pub fn decide(&self, case: i64, accept: bool, why: &str) -> Result<CaseShown> {
        let decided = self.people()?.decide(case, accept, why, Time::now());
        let decided = decided.map_err(|error| match error.kind() {
            ledger::Kind::Refused => Error::new(ErrorKind::Usage, error.to_string()),
            _ => error.into(),
        })?;
        let shown = shown(&self.reading()?, vec![decided])?;
        shown.into_iter().next().ok_or_else(|| missing("the case was decided and is gone"))
    }
}

fn not_mine(
    disclosure: &Disclosure<'_>,
    (account, person, holder): (&str, u64, &Account),
    other: &str,
) -> Result<Wrong> {
    let (whose, other_account) = disclosure.holder(other)?;
    let message = match (whose == person, other_account == *holder) {
        (true, false) => return Ok(Wrong::NotMine(other_account.key().0)),
        (true, true) => format!("{other} is the account itself; name first one that is theirs"),
        (false, _) => format!("{other} is not held to be {account}'s; there is nothing to correct"),
    };
    Err(Error::new(ErrorKind::Usage, message))
}

fn left(
    reading: &Reading,
    (account, person): (&str, u64),
    organisation: &str,
    since: Time,
) -> Result<Wrong> {
    let wanted = organisation.to_lowercase();
    let roles = reading.register.roles_of(person);
    let mut there =
        roles.iter().filter(|role| role.organisation.to_lowercase() == wanted).peekable();
    if there.peek().is_none() {
        return Err(missing(&format!("no role of {account} at {organisation:?} is recorded")));
    }
    if !there.any(|role| role.since < since && role.until > since) {
        let message = format!(
            "no role of {account} at {organisation:?} held at {since}; give the day that they left with --since"
        );
        return Err(Error::new(ErrorKind::Usage, message));
    }
    Ok(Wrong::Left { organisation: organisation.to_owned(), since })
}

fn not_praise(
    reading: &Reading,
    (account, person): (&str, u64),
    interaction: &str,
) -> Result<Wrong> {
    let Some(Account { network, id }) = Account::parse(interaction) else {
        let message = format!(
            "{interaction:?} is no interaction; write network:id, as access and explain in JSON give them"
        );
        return Err(Error::new(ErrorKind::Usage, message));
    };
    if reading.view.excluded().contains(&model::keys::identity(&network, &id)) {
        let message = format!("{interaction} counts for nothing already, by an earlier decision");
        return Err(Error::new(ErrorKind::Usage, message));
    }
    let mut members = reading.register.membership().members(person);
    members.sort_unstable();
    let everything =
        Between { targets: None, actors: None, from: None, until: Time(i64::MAX), stored: false };
    let mut found = false;
    for between in [
        Between { targets: Some(&members), ..everything },
        Between { actors: Some(&members), ..everything },
    ] {
        reading.view.each_interaction(&between, &mut |row| {
            found |= row.network == network && row.id == Some(id.as_str());
            Ok(())
        })?;
    }
    if !found {
        let message = format!(
            "there is no interaction {interaction} by or toward {account}; ids are exact, and access gives them"
        );
        return Err(missing(&message));
    }
    Ok(Wrong::NotPraise { network, id })
}

fn missing(message: &str) -> Error {
    Error::new(ErrorKind::NotFound, message)
}

/// Cases with the names that may be shown.
pub(crate) fn shown(reading: &Reading, cases: Vec<Case>) -> Result<Vec<CaseShown>> {
    let disclosure = reading.disclosure(Time::now());
    let membership = reading.register.membership();
    let ids: Vec<u64> = cases.iter().map(|case| membership.person_of(case.account)).collect();
    let named = disclosure.people(&ids, "")?;
    let shown = cases.into_iter().zip(ids).zip(named).map(|((case, person), who)| {
        let says = words(reading, &disclosure, &case, who.is_some())?;
        let decision = case.decision;
        Ok(CaseShown {
            case: case.id,
            person: PersonId(person),
            who,
            says,
            source: case.source,
            opened: case.opened,
            decision: match &decision {
                None => "open",
                Some(decision) if decision.accepted => "accepted",
                Some(_) => "declined",
            }
            .to_owned(),
            decided: decision.as_ref().map(|decision| decision.at),
            why: decision.map(|decision| decision.why),
        })
    });
    shown.collect()
}

/// What a case says; accounts and places of whoever refuses are not told.
fn words(
    reading: &Reading,
    disclosure: &Disclosure<'_>,
    case: &Case,
    may_be_named: bool,
) -> Result<String> {
    Ok(match &case.says {
        Wrong::NotMine(other) => {
            let account = reading.view.account(AccountKey(*other))?;
            let account = account.or_else(|| reading.register.accounts().get(other).cloned());
            let owner = reading.register.membership().person_of(*other);
            match account.filter(|_| may_be_named && !disclosure.refuses(owner, "")) {
                Some(account) => format!("{account} is not theirs"),
                None => "an account is not theirs".to_owned(),
            }
        }
        Wrong::Left { organisation, since } if may_be_named => {
            format!("left {organisation} on {}", day(*since))
        }
        Wrong::Left { since, .. } => format!("left an organisation on {}", day(*since)),
        Wrong::NotPraise { network, id } if may_be_named => format!("{network}:{id} is no praise"),
        Wrong::NotPraise { .. } => "an interaction is no praise".to_owned(),
    })
}

/// The UTC day of a time.
pub(crate) fn day(time: Time) -> String {
    time.to_string().chars().take(10).collect()
}
