//! What people say about being scored: recorded, shown with its history, listed.

use crate::disclosure::Named;
use crate::error::{Error, ErrorKind, Result};
use crate::workspace::{Reading, Workspace};
use ledger::people::{Consent, OPERATOR, SELF};
use model::{Account, PersonId, Time};
use std::collections::BTreeMap;

pub use ledger::people::{Said, Standing};

/// Who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The person; the operator writes it down.
    Person,
    /// The operator.
    Operator,
}

impl By {
    pub(crate) fn name(self) -> &'static str {
        match self {
            By::Person => SELF,
            By::Operator => OPERATOR,
        }
    }
}

/// What is to be recorded.
#[derive(Clone, Debug)]
pub struct Saying<'a> {
    /// What was said.
    pub said: Said,
    /// For which purpose; for all without one.
    pub purpose: Option<&'a str>,
    /// By whom.
    pub by: By,
    /// When it was said, if not now.
    pub at: Option<Time>,
    /// Whether an account may be named of which nothing is known yet. A consent needs a known one in every case.
    pub unknown: bool,
}

/// A statement as it was recorded.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Recorded {
    /// The account, as it was named.
    pub account: String,
    /// `given`, `withdrawn`, `objected` or `lifted`.
    pub said: String,
    /// For which purpose; empty for all.
    pub purpose: String,
    /// `self` or `operator`.
    pub source: String,
    /// The time that it has.
    pub at: Time,
    /// Where the person stands for that purpose now.
    pub standing: String,
    /// What a person should know.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// Where one person stands, and everything that they ever said or that was said for them.
#[derive(Clone, Debug, serde::Serialize)]
pub struct History {
    /// The account, as it was named.
    pub account: String,
    /// Toward every purpose that is not named below.
    pub standing: String,
    /// Toward the purposes where it differs.
    pub purposes: BTreeMap<String, String>,
    /// What was said, oldest first.
    pub statements: Vec<Stated>,
}

/// One statement.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Stated {
    /// The time that it has.
    pub at: Time,
    /// What was said.
    pub said: String,
    /// For which purpose; empty for all.
    pub purpose: String,
    /// `self`, `operator`, or `roster:<name>`.
    pub source: String,
}

/// A person of whom something was said.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Listed {
    /// The person's number.
    pub person: PersonId,
    /// Name and accounts, unless they refuse.
    pub who: Option<Named>,
    /// Toward every purpose that is not named below.
    pub standing: String,
    /// Toward the purposes where it differs.
    pub purposes: BTreeMap<String, String>,
}

/// How a standing is written.
pub fn standing_name(standing: Standing) -> &'static str {
    match standing {
        Standing::Given => "given",
        Standing::NeverAsked => "never asked",
        Standing::Refused => "refused",
        Standing::Minor => "under 18",
    }
}

impl Workspace {
    /// Records what somebody said. It takes effect with the next question that anybody asks.
    ///
    /// Fails with [`ErrorKind::NotFound`] for an account of which nothing is known, unless `unknown` allows it, and with
    /// [`ErrorKind::Usage`] on a time to come.
    pub fn say(&self, text: &str, saying: &Saying<'_>) -> Result<Recorded> {
        let reading = self.reading()?;
        let now = Time::now();
        if let Some(at) = saying.at.filter(|at| *at > now) {
            let message = format!(
                "{at} is to come, by this computer's clock ({now}); leave --at out for what is said now"
            );
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let disclosure = reading.disclosure(now);
        let mut notes = Vec::new();
        let account = match (disclosure.holder(text), Account::parse(text)) {
            (Ok((_, account)), _) => account,
            (Err(error), Some(account))
                if error.kind() == ErrorKind::NotFound && saying.said.refuses() =>
            {
                if !saying.unknown {
                    let message = format!(
                        "{text} is unknown here; check how it is written, or add --unknown to record the refusal before anything of that account arrives"
                    );
                    return Err(Error::new(ErrorKind::NotFound, message));
                }
                notes.push(format!(
                    "nothing is known of {text} yet; it is refused as soon as something arrives under exactly this id"
                ));
                account
            }
            (Err(error), _) => return Err(error),
        };
        let purpose = saying.purpose.unwrap_or_default();
        let mut people = self.people()?;
        let (said, source) = (saying.said, saying.by.name());
        let stated = match saying.at {
            Some(at) => people.state(&account, said, purpose, source, at),
            None => people.state_now(&account, said, purpose, source, now),
        };
        let stated = stated.map_err(|error| match error.kind() {
            ledger::Kind::Refused => Error::new(ErrorKind::Usage, error.to_string()),
            _ => error.into(),
        })?;
        if stated.clock_was_behind {
            notes.push(format!(
                "this computer's clock ({now}) stands before what was said earlier; dated {} so that it holds. Check the clock",
                stated.at
            ));
        }
        if let Some(later) = stated.outdated_by {
            notes.push(format!(
                "kept in the history without effect: something newer, of {later}, holds. Leave --at out to say it now"
            ));
        }
        let register = people.register()?;
        let person = register.membership().person_of(account.key().0);
        let standing = register.standing(person, purpose, now);
        if said == Said::Given && standing == Standing::Minor {
            notes.push(
                "recorded; but the person is under 18, and so never scored or shown".to_owned(),
            );
        } else if !said.refuses() && standing == Standing::Refused && stated.outdated_by.is_none() {
            notes.push(
                "a refusal still stands, for this person through another account or for another purpose; see: tertius consent show"
                    .to_owned(),
            );
        }
        if said == Said::Objected && purpose.is_empty() {
            notes.push(
                "names, roles, attributes and profiles of this person are removed; `tertius forget` also erases what they did and what was done toward them"
                    .to_owned(),
            );
        }
        Ok(Recorded {
            account: text.to_owned(),
            said: said.name().to_owned(),
            purpose: purpose.to_owned(),
            source: source.to_owned(),
            at: stated.at,
            standing: standing_name(standing).to_owned(),
            notes,
        })
    }

    /// Where a person stands, with everything that was said.
    pub fn consent(&self, text: &str) -> Result<History> {
        let reading = self.reading()?;
        let disclosure = reading.disclosure(Time::now());
        let (person, _) = disclosure.holder(text)?;
        let consent = disclosure.consents().of(person);
        self.looked(Some(person), "consent show")?;
        Ok(History {
            account: text.to_owned(),
            standing: standing_name(consent.general).to_owned(),
            purposes: purposes(consent),
            statements: statements(&reading, person),
        })
    }

    /// Everybody of whom something was said or who is under 18; with `standing`, those alone who stand so toward
    /// some purpose. Whoever refuses is a number without a name.
    pub fn consents(&self, standing: Option<Standing>) -> Result<Vec<Listed>> {
        let reading = self.reading()?;
        let disclosure = reading.disclosure(Time::now());
        let stands = |consent: &Consent| {
            let all = std::iter::once(consent.general).chain(consent.purposes.values().copied());
            standing.is_none_or(|wanted| all.into_iter().any(|one| one == wanted))
        };
        let people: Vec<&(u64, Consent)> =
            disclosure.consents().people().iter().filter(|(_, consent)| stands(consent)).collect();
        let ids: Vec<u64> = people.iter().map(|(person, _)| *person).collect();
        let named = disclosure.people(&ids, "")?;
        self.looked(None, "consent list")?;
        let listed = people.into_iter().zip(named).map(|((person, consent), who)| Listed {
            person: PersonId(*person),
            who,
            standing: standing_name(consent.general).to_owned(),
            purposes: purposes(consent),
        });
        Ok(listed.collect())
    }
}

pub(crate) fn purposes(consent: &Consent) -> BTreeMap<String, String> {
    let mut named: BTreeMap<String, String> = consent
        .purposes
        .iter()
        .map(|(purpose, standing)| (purpose.clone(), standing_name(*standing).to_owned()))
        .collect();
    for purpose in &consent.exactly {
        named.insert(purpose.clone(), "given by name".to_owned());
    }
    named
}

pub(crate) fn statements(reading: &Reading, person: u64) -> Vec<Stated> {
    let mut said = reading.register.statements_of(person);
    said.sort_by_key(|statement| (statement.at, statement.sequence));
    let stated = said.into_iter().map(|statement| Stated {
        at: statement.at,
        said: statement.said.name().to_owned(),
        purpose: statement.purpose.clone(),
        source: statement.source.clone(),
    });
    stated.collect()
}
