//! Access: everything that is held about one person, for that person (Article 15 GDPR).
//!
//! It is what the person may see, so a refusal does not hide it; only scores are not there then, because none are made.
//! Others keep their rights in it: the other side of an interaction is named, and their words shown, only where the item
//! is public and they have not refused. What the person said themselves is there in full. Undone and superseded are two
//! things: what was taken back is still stored and so is shown; what another row replaced is gone with the next merge.
//!
//! Interactions are streamed in order of time, the person's own first, so that a file of them costs no memory.

mod files;
mod page;

pub use files::Written;

use crate::consent::{Stated, purposes, standing_name, statements};
use crate::correct::{CaseShown, shown};
use crate::disclosure::{Disclosure, refuses};
use crate::error::Result;
use crate::explain::Explained;
use crate::who::RoleShown;
use crate::workspace::{Reading, Workspace};
use ledger::Between;
use ledger::people::{Claim, Says};
use model::{Account, AccountKey, Interaction, PersonId, Time, Visibility};
use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

/// Everything held about a person, their interactions as counts.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Access {
    /// The person's number.
    pub person: PersonId,
    /// When this was put together.
    pub made: Time,
    /// The person's accounts, as `network:id`.
    pub accounts: Vec<String>,
    /// Names, handles and addresses, with who gave them.
    pub names: Vec<Called>,
    /// Dates of birth.
    pub born: Vec<String>,
    /// Roles, with who gave them.
    pub roles: Vec<RoleHeld>,
    /// Numbers, with who gave them.
    pub attributes: Vec<Attribute>,
    /// Why the accounts are held to be one person's.
    pub claims: Vec<ClaimHeld>,
    /// Where the person stands toward purposes that are not named below.
    pub standing: String,
    /// Where they stand toward others.
    pub purposes: BTreeMap<String, String>,
    /// What was said about consent.
    pub consents: Vec<Stated>,
    /// When they were told that data about them is held.
    pub told: Option<Time>,
    /// What they had put right, or wanted to.
    pub cases: Vec<CaseShown>,
    /// Scores with their explanations, under every definition that scored them.
    pub scores: Vec<Explained>,
    /// Who looked, oldest first.
    pub looks: Vec<LookHeld>,
    /// How many interactions are held.
    pub interactions: Counts,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// A name that somebody gives.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Called {
    /// `name`, `email` or `handle`.
    pub field: String,
    /// The name.
    pub value: String,
    /// `roster:<name>`, or the account that a network calls so.
    pub source: String,
    /// When a network said so first and last.
    pub between: Option<[Time; 2]>,
}

/// A role with its source.
#[derive(Clone, Debug, serde::Serialize)]
pub struct RoleHeld {
    /// The role.
    #[serde(flatten)]
    pub role: RoleShown,
    /// `roster:<name>`.
    pub source: String,
}

/// A number.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Attribute {
    /// What it is called.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// `roster:<name>`.
    pub source: String,
}

/// A claim of identity.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ClaimHeld {
    /// When it was recorded.
    pub at: Time,
    /// What it says.
    pub says: String,
    /// Who says so.
    pub source: String,
}

/// A question about people that was answered.
#[derive(Clone, Debug, serde::Serialize)]
pub struct LookHeld {
    /// When; the beginning of the day where answers to a program were counted.
    pub at: Time,
    /// How often: 1, or as counted that day.
    pub times: u64,
    /// What was asked.
    pub what: String,
    /// Who asked.
    pub source: String,
    /// Whether it showed many people, this one perhaps among them.
    pub of_many: bool,
}

/// How many interactions are held.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub struct Counts {
    /// By the person.
    pub by: u64,
    /// By others toward the person.
    pub toward: u64,
}

/// One interaction, as far as it is this person's to read.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Held<'a> {
    /// `by` the person, or `toward` them.
    pub direction: &'static str,
    /// When.
    pub at: Time,
    /// Where.
    pub network: &'a str,
    /// What was done.
    pub verb: &'a str,
    /// Who was meant to see it.
    pub visibility: &'static str,
    /// The account of the person.
    pub account: String,
    /// The account of the other side, where it may be named.
    pub other: Option<String>,
    /// Why it is not: `private`, `community` or `refuses`.
    pub withheld: Option<&'static str>,
    /// Its id.
    pub id: Option<&'a str>,
    /// The post concerned.
    pub object: Option<&'a str>,
    /// The post replied to.
    pub in_reply_to: Option<&'a str>,
    /// The words.
    pub text: Option<&'a str>,
    /// Where it can be read.
    pub url: Option<&'a str>,
    /// How much it counts.
    pub weight: f64,
}

/// Ties shown for each part of a score.
const TIES: usize = 20;

/// What is held about one person, opened for reading.
pub struct Holdings {
    reading: Reading,
    /// Account keys, ascending.
    members: Vec<u64>,
    /// Everything but the interactions themselves.
    pub access: Access,
}

impl Workspace {
    /// Everything held about the holder of an account.
    ///
    /// Fails with [`crate::ErrorKind::NotFound`] for whoever is unknown.
    pub fn access(&self, text: &str) -> Result<Holdings> {
        let reading = self.reading()?;
        let now = Time::now();
        let disclosure = reading.disclosure(now);
        let (person, holder) = disclosure.holder(text)?;
        let mut members = disclosure.members(person);
        members.sort_unstable();
        let mut notes = Vec::new();
        let consent = disclosure.consents().of(person);
        let mut scores = Vec::new();
        if refuses(consent, "") {
            notes.push("Nothing is scored or shown to others: there is a refusal.".to_owned());
        } else {
            for card in self.newest_cards(None)? {
                let header = card.header();
                if disclosure.refuses(person, &header.purpose) {
                    notes.push(format!(
                        "Not scored under {}, whose purpose is {}: there is a refusal, or no consent where one is needed.",
                        header.definition, header.purpose
                    ));
                    continue;
                }
                let definition = format!("{}@{}", header.definition, header.version);
                scores.push(self.explanation(&holder.to_string(), &definition, None, TIES)?);
            }
        }
        let register = &reading.register;
        let told = ledger::people::People::told(self.dir())?;
        let cases = register.cases().iter().filter(|case| members.contains(&case.account));
        let looks = self.looks_of(&members)?.into_iter().map(|look| LookHeld {
            at: look.at,
            times: look.times,
            what: look.what,
            source: look.source,
            of_many: look.of_many,
        });
        let access = Access {
            person: PersonId(person),
            made: now,
            accounts: accounts(&reading, &members)?,
            names: names(&reading, person, &members)?,
            born: register.births_of(person).into_iter().map(str::to_owned).collect(),
            roles: register
                .roles_of(person)
                .into_iter()
                .map(|role| RoleHeld { role: RoleShown::from(role), source: role.source.clone() })
                .collect(),
            attributes: register
                .attributes_of(person)
                .into_iter()
                .map(|(name, source, value)| Attribute {
                    name: name.to_owned(),
                    value,
                    source: source.to_owned(),
                })
                .collect(),
            claims: claims(&reading, &disclosure, person, &members)?,
            standing: standing_name(consent.general).to_owned(),
            purposes: purposes(consent),
            consents: statements(&reading, person),
            told: members.iter().filter_map(|key| told.get(key)).min().copied(),
            cases: shown(&reading, cases.cloned().collect())?,
            scores,
            looks: looks.collect(),
            interactions: Counts::default(),
            notes,
        };
        let mut holdings = Holdings { access, members, reading };
        holdings.access.interactions = holdings.count()?;
        self.looked(Some(person), "access")?;
        Ok(holdings)
    }
}

const BY: &str = "by";
const TOWARD: &str = "toward";

impl Holdings {
    /// Every interaction of the person, their own first, each in order of time.
    pub fn each_interaction(&self, each: &mut dyn FnMut(&Held<'_>) -> Result<()>) -> Result<()> {
        let disclosure = self.reading.disclosure(self.access.made);
        let refusing: HashSet<u64> =
            disclosure.refusing().into_iter().flat_map(|one| disclosure.members(one)).collect();
        for (direction, between) in self.directions() {
            let mut outcome = Ok(());
            self.reading.view.interactions_of(&between, &mut |row| {
                if direction == TOWARD && self.is_own(row.network, row.actor) {
                    return ControlFlow::Continue(());
                }
                outcome = each(&self.held(direction, row, &refusing));
                if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            outcome?;
        }
        Ok(())
    }

    fn directions(&self) -> [(&'static str, Between<'_>); 2] {
        let all = Between {
            targets: None,
            actors: None,
            from: None,
            until: Time(i64::MAX),
            stored: true,
        };
        [
            (BY, Between { actors: Some(&self.members), ..all }),
            (TOWARD, Between { targets: Some(&self.members), ..all }),
        ]
    }

    /// How many interactions there are each way; what a person does toward themselves is by them.
    fn count(&self) -> Result<Counts> {
        let view = &self.reading.view;
        let [(_, by), (_, toward)] = self.directions();
        let to_themselves = Between { actors: Some(&self.members), ..toward };
        let (by, toward) = (view.count_interactions(&by)?, view.count_interactions(&toward)?);
        Ok(Counts { by, toward: toward - view.count_interactions(&to_themselves)? })
    }

    fn is_own(&self, network: &str, id: &str) -> bool {
        let key = (model::keys::account(network, id) >> 64) as u64;
        self.members.binary_search(&key).is_ok()
    }

    fn held<'r>(
        &self,
        direction: &'static str,
        row: &Interaction<'r>,
        refusing: &HashSet<u64>,
    ) -> Held<'r> {
        let written = |id: &str| format!("{}:{id}", row.network);
        let (account, other) = match direction {
            BY => (Some(row.actor), row.target),
            _ => (row.target, Some(row.actor)),
        };
        let refuses =
            |id: &str| refusing.contains(&((model::keys::account(row.network, id) >> 64) as u64));
        let withheld = match (other, row.visibility) {
            (None, _) => None,
            (Some(id), _) if self.is_own(row.network, id) => None,
            (Some(id), _) if refuses(id) => Some("refuses"),
            (Some(_), Visibility::Public) => None,
            (Some(_), visibility) => Some(visibility.name()),
        };
        // What the person wrote is theirs; of what others wrote, what may be known of them.
        let open = direction == BY || withheld.is_none();
        fn kept(open: bool, text: Option<&str>) -> Option<&str> {
            text.filter(|_| open)
        }
        Held {
            direction,
            at: row.at,
            network: row.network,
            verb: row.verb,
            visibility: row.visibility.name(),
            account: account.map(written).unwrap_or_default(),
            other: other.filter(|_| withheld.is_none()).map(written),
            withheld,
            id: kept(open, row.id),
            object: kept(open, row.object),
            in_reply_to: kept(open, row.in_reply_to),
            text: kept(open, row.text),
            url: kept(open, row.url),
            weight: row.weight,
        }
    }
}

fn accounts(reading: &Reading, members: &[u64]) -> Result<Vec<String>> {
    let stored = reading.view.accounts(members)?;
    let known = members.iter().zip(stored).filter_map(|(key, account)| {
        account.or_else(|| reading.register.accounts().get(key).cloned())
    });
    let mut written: Vec<String> = known.map(|account: Account| account.to_string()).collect();
    written.sort();
    Ok(written)
}

fn names(reading: &Reading, person: u64, members: &[u64]) -> Result<Vec<Called>> {
    let mut names = Vec::new();
    for (source, naming) in reading.register.namings_of(person) {
        for (field, value) in [("name", &naming.name), ("email", &naming.email)] {
            names.extend(value.iter().map(|value| Called {
                field: field.to_owned(),
                value: value.clone(),
                source: source.to_owned(),
                between: None,
            }));
        }
    }
    for key in members {
        let account = accounts(reading, &[*key])?.pop().unwrap_or_default();
        for (field, value, first, last) in reading.view.profiles_of(AccountKey(*key))? {
            let (source, between) = (account.clone(), Some([first, last]));
            names.push(Called { field, value, source, between });
        }
    }
    Ok(names)
}

/// The claims that touch the person's accounts; accounts that are not theirs stay unnamed.
fn claims(
    reading: &Reading,
    disclosure: &Disclosure<'_>,
    person: u64,
    members: &[u64],
) -> Result<Vec<ClaimHeld>> {
    let named = |key: u64| -> Result<String> {
        let owner = reading.register.membership().person_of(key);
        let theirs = owner == person || !disclosure.refuses(owner, "");
        let account = accounts(reading, &[key])?.pop().filter(|_| theirs);
        Ok(account.unwrap_or_else(|| "another account".to_owned()))
    };
    let mut held = Vec::new();
    let mut numbers = Vec::new();
    for Claim { sequence, says, source, at } in reading.register.claims() {
        let says = match says {
            Says::Same(a, b) if members.contains(a) || members.contains(b) => {
                format!("{} and {} are one person's", named(*a)?, named(*b)?)
            }
            Says::Apart(a) if members.contains(a) => format!("{} is nobody else's", named(*a)?),
            Says::Withdrawn(earlier) if numbers.contains(earlier) => {
                format!("claim {earlier} no longer holds")
            }
            _ => continue,
        };
        numbers.push(*sequence);
        let says = format!("claim {sequence}: {says}");
        held.push(ClaimHeld { at: *at, says, source: source.clone() });
    }
    Ok(held)
}
