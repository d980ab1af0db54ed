//! Who may be named: the one way from a number to a name or an account.
//!
//! Everything that is computed holds numbers. Whatever is shown or exported gets its names here, so that the rules of
//! consent can't be forgotten by a new surface: it has nothing else to print. The rules, for an operator's surfaces:
//!
//! | the person | as the subject | as a third party in somebody's explanation |
//! |---|---|---|
//! | gave consent, or was never asked | named | named where the item is public |
//! | withdrew, objected, or is under 18 | only that there is a refusal | never named |
//!
//! A reader from outside is told still less of whoever has not agreed: nothing that rosters say, no account that occurs in no public interaction, and no address at which
//! somebody could be written to ([`may_be_told`]). By an account that is not public they can't be asked about either: it is as unknown.
//! Reports ask besides, where being named in them would tell what a roster says or what is not public (`Disclosure::has_agreed`).
//!
//! For a purpose that decides on employment, credit, housing or insurance, whoever has not agreed to exactly that refuses.

use crate::error::{Error, ErrorKind, Result};
use influence::definition::sensitive;
use ledger::operators::Role;
use ledger::people::{Consent, Consents, Naming, Register, Standing};
use model::{Account, PersonId, ProfileField, Time, Visibility};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// So many people at once are worth reading all profiles for.
const BULK: usize = 256;

/// A person as they may be shown. Only [`Disclosure`] makes one.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Named {
    person: PersonId,
    name: Option<String>,
    accounts: Vec<String>,
}

impl Named {
    /// The person's number.
    pub fn id(&self) -> PersonId {
        self.person
    }

    /// The name that a roster or a network gives, the roster's first.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The accounts, written `network:id`, sorted.
    pub fn accounts(&self) -> &[String] {
        &self.accounts
    }

    /// The name, or the first account.
    pub fn display_name(&self) -> &str {
        self.name
            .as_deref()
            .or(self.accounts.first().map(String::as_str))
            .unwrap_or("a person without an account")
    }
}

/// What is known of people and what they allow, as of one moment.
pub struct Disclosure<'a> {
    view: &'a ledger::View,
    register: &'a Register,
    consents: Arc<Consents>,
    names: Arc<BTreeMap<u64, Naming>>,
    /// The purpose of a reader from outside, empty for anybody; nothing for an operator.
    outside: Option<String>,
    /// What networks call accounts, by key: names before handles. Read when many are asked for.
    profiles: [(ProfileField, OnceCell<HashMap<u64, String>>); 2],
}

impl<'a> Disclosure<'a> {
    /// The rules as of `as_of`, which decides who is under 18.
    pub fn new(view: &'a ledger::View, register: &'a Register, as_of: Time) -> Disclosure<'a> {
        let consents = Arc::new(register.consents(as_of));
        Disclosure::prepared(view, register, consents, Arc::new(register.names_of_people()))
    }

    /// The rules with what [`Disclosure::new`] works out of the register, for whoever asks again and again.
    pub(crate) fn prepared(
        view: &'a ledger::View,
        register: &'a Register,
        consents: Arc<Consents>,
        names: Arc<BTreeMap<u64, Naming>>,
    ) -> Disclosure<'a> {
        Disclosure {
            view,
            register,
            consents,
            names,
            outside: None,
            profiles: [ProfileField::Name, ProfileField::Handle]
                .map(|field| (field, OnceCell::new())),
        }
    }

    /// The same for a reader. Whoever has not agreed to be shown is called by what networks call them and not by a roster, and only the accounts
    /// that public interactions name are told: the rest is nobody else's business. Addresses are told of nobody who has not agreed.
    pub(crate) fn to(self, reader: Reader<'_>) -> Disclosure<'a> {
        Disclosure { outside: reader.outside(), ..self }
    }

    /// Whether this reader may be told more of the person than what is public: what rosters say, and what follows from other interactions.
    pub(crate) fn has_agreed(&self, person: u64) -> bool {
        roster_may_be_told(Reader::of(self.outside.as_deref()), self.consents.of(person))
    }

    /// Whether the person must not be shown to this reader, for whatever purpose they are asked about.
    fn refuses_reader(&self) -> impl Fn(u64) -> bool + '_ {
        let refuses = self.outside.as_deref().map(|purpose| self.refusal(purpose));
        move |person| refuses.as_ref().is_some_and(|refuses| refuses(person))
    }

    /// Whether the person must be neither scored nor shown for `purpose`; an empty purpose stands for any.
    pub fn refuses(&self, person: u64, purpose: &str) -> bool {
        refuses(self.consents.of(person), purpose)
    }

    /// [`Disclosure::refuses`] for many people: the purpose is looked at once.
    pub(crate) fn refusal<'s>(&'s self, purpose: &'s str) -> impl Fn(u64) -> bool + 's {
        let by_name = sensitive(purpose).is_some();
        move |person| refuses_where(self.consents.of(person), purpose, by_name)
    }

    /// Whether the person agreed to this purpose by its name, and has not taken it back.
    pub(crate) fn agrees_exactly(&self, person: u64, purpose: &str) -> bool {
        self.consents.of(person).exactly.contains(purpose)
    }

    /// What everybody said who said something.
    pub(crate) fn consents(&self) -> &Consents {
        &self.consents
    }

    /// Everybody who must not be shown for any purpose, sorted by person.
    pub fn refusing(&self) -> Vec<u64> {
        let people = self.consents.people().iter();
        people.filter(|(_, consent)| refuses(consent, "")).map(|(person, _)| *person).collect()
    }

    /// The people as they may be shown for `purpose`: `None` for whoever refuses.
    pub fn people(&self, ids: &[u64], purpose: &str) -> Result<Vec<Option<Named>>> {
        let (refuses, refuses_reader) = (self.refusal(purpose), self.refuses_reader());
        let shown: Vec<bool> = ids.iter().map(|id| !refuses(*id) && !refuses_reader(*id)).collect();
        let mut keys: Vec<u64> = ids
            .iter()
            .zip(&shown)
            .filter(|(_, shown)| **shown)
            .flat_map(|(id, _)| self.members(*id))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        let accounts = self.accounts(&keys)?;
        let bulk = ids.len() >= BULK;
        let named = |id: u64| -> Result<Option<Named>> {
            let rosters = self.has_agreed(id);
            let mut members = self.members(id);
            // What is not public is told of some people and not of others.
            if !rosters {
                members = self.in_public(members)?;
                if members.is_empty() {
                    return Ok(None);
                }
            }
            let known = members.iter().filter_map(|key| accounts.get(key));
            let known = known.filter(|account| rosters || may_be_told(account));
            let mut written: Vec<String> = known.map(ToString::to_string).collect();
            written.sort();
            Ok(Some(Named {
                person: PersonId(id),
                name: self.name(id, &members, &accounts, bulk, rosters)?,
                accounts: written,
            }))
        };
        // Behind the number of somebody who was erased there is no account any more; old scorecards still hold it.
        let known = |id: u64| self.members(id).iter().any(|key| accounts.contains_key(key));
        ids.iter()
            .zip(shown)
            .map(|(id, shown)| if shown && known(*id) { named(*id) } else { Ok(None) })
            .collect()
    }

    /// One person as they may be shown.
    pub fn person(&self, id: u64, purpose: &str) -> Result<Option<Named>> {
        Ok(self.people(&[id], purpose)?.pop().flatten())
    }

    /// One person as they may be shown where several purposes meet: `None` for whoever refuses one of them.
    pub fn person_for(&self, id: u64, purposes: &[&str]) -> Result<Option<Named>> {
        match purposes.iter().any(|purpose| self.refuses(id, purpose)) {
            true => Ok(None),
            false => self.person(id, ""),
        }
    }

    /// The networks on which each of these people has an account: sorted, each once.
    pub(crate) fn networks(&self, ids: &[u64]) -> Result<Vec<Vec<String>>> {
        let members: Vec<Vec<u64>> = ids.iter().map(|id| self.members(*id)).collect();
        let mut keys: Vec<u64> = members.iter().flatten().copied().collect();
        keys.sort_unstable();
        keys.dedup();
        let accounts = self.accounts(&keys)?;
        let networks = |keys: &Vec<u64>| {
            let known = keys.iter().filter_map(|key| accounts.get(key));
            known.map(|account| account.network.clone()).collect::<BTreeSet<_>>()
        };
        Ok(members.iter().map(networks).map(|all| all.into_iter().collect()).collect())
    }

    /// Somebody else in a person's explanation: named only where the item is public and they have not refused.
    pub fn third_party(&self, id: u64, item: Visibility, purpose: &str) -> Result<Option<Named>> {
        match item {
            Visibility::Public => self.person(id, purpose),
            Visibility::Community | Visibility::Private => Ok(None),
        }
    }

    /// The person that somebody means: `network:id`, `network:handle`, or a person's number.
    ///
    /// Fails with [`ErrorKind::NotFound`] for whoever is unknown and [`ErrorKind::Refused`] for whoever refuses.
    pub fn resolve(&self, text: &str) -> Result<u64> {
        let (person, account) = self.holder(text)?;
        if self.refuses(person, "") || self.refuses_reader()(person) {
            return Err(Error::refused(text));
        }
        // A number means the person, an account itself alone.
        let is_heard = match Account::parse(text) {
            _ if self.has_agreed(person) => true,
            Some(_) => !self.view.is_unseen(account.key())?,
            None => !self.in_public(self.members(person))?.is_empty(),
        };
        if is_heard { Ok(person) } else { Err(unknown(text)) }
    }

    /// Those of some accounts that occur in public interactions.
    fn in_public(&self, mut keys: Vec<u64>) -> Result<Vec<u64>> {
        let mut failed = None;
        keys.retain(|key| {
            let known = self.view.is_in_public(model::AccountKey(*key));
            known.unwrap_or_else(|error| {
                failed = Some(error);
                false
            })
        });
        failed.map_or(Ok(keys), |error| Err(error.into()))
    }

    /// The person that is meant, whether or not they refuse, and the account by which they were named: for what
    /// they may ask for themselves. Its answers go to that person and not to a surface.
    ///
    /// Fails with [`ErrorKind::NotFound`] for whoever is unknown.
    pub(crate) fn holder(&self, text: &str) -> Result<(u64, Account)> {
        let account = match Account::parse(text) {
            Some(account) => self.account(&account)?,
            None => match text.parse::<u64>() {
                Ok(number) => self.accounts(&[number])?.remove(&number),
                Err(_) => {
                    let message =
                        format!("{text:?} is no account; write network:id, such as twitter:88");
                    return Err(Error::new(ErrorKind::Usage, message));
                }
            },
        };
        let Some(account) = account else { return Err(unknown(text)) };
        Ok((self.register.membership().person_of(account.key().0), account))
    }

    /// The keys of a person's accounts.
    pub fn members(&self, person: u64) -> Vec<u64> {
        self.register.membership().members(person)
    }

    /// The account that is meant, by stable id first, then by current handle; nothing if there is none.
    pub(crate) fn account(&self, account: &Account) -> Result<Option<Account>> {
        match self.known(account.key().0)? {
            true => Ok(Some(account.clone())),
            false => Ok(self.view.find_handle(&account.network, &account.id)?),
        }
    }

    fn known(&self, key: u64) -> Result<bool> {
        Ok(self.register.accounts().contains_key(&key)
            || self.view.account(model::AccountKey(key))?.is_some())
    }

    fn accounts(&self, keys: &[u64]) -> Result<BTreeMap<u64, Account>> {
        let stored = self.view.accounts(keys)?;
        let known = |(key, account): (&u64, Option<Account>)| {
            let account = account.or_else(|| self.register.accounts().get(key).cloned());
            account.map(|account| (*key, account))
        };
        Ok(keys.iter().zip(stored).filter_map(known).collect())
    }

    fn name(
        &self,
        person: u64,
        members: &[u64],
        accounts: &BTreeMap<u64, Account>,
        bulk: bool,
        rosters: bool,
    ) -> Result<Option<String>> {
        let of_roster = self.names.get(&person).and_then(|naming| naming.name.clone());
        if rosters && of_roster.is_some() {
            return Ok(of_roster);
        }
        for (field, all) in &self.profiles {
            for key in members {
                let value = match bulk {
                    true => {
                        let all = match all.get() {
                            Some(all) => all,
                            None => {
                                let read = self.view.profiles(*field)?.into_iter();
                                all.get_or_init(|| {
                                    read.map(|(key, value)| (key.0, value)).collect()
                                })
                            }
                        };
                        all.get(key).cloned()
                    }
                    false => self.view.profile(model::AccountKey(*key), *field)?,
                };
                // Where a network has no name for somebody, some programs write their address.
                let network = accounts.get(key).map_or("", |account| &account.network);
                let value = value.filter(|value| rosters || may_be_said(network, value));
                if value.is_some() {
                    return Ok(value);
                }
            }
        }
        Ok(None)
    }
}

fn unknown(text: &str) -> Error {
    let message =
        format!("{text} is unknown here; accounts are written network:id, and ids are exact");
    Error::new(ErrorKind::NotFound, message)
}

/// Whether somebody with that consent must be neither scored nor shown for `purpose`; an empty purpose stands for any.
pub(crate) fn refuses(consent: &Consent, purpose: &str) -> bool {
    refuses_where(consent, purpose, sensitive(purpose).is_some())
}

/// The same for a purpose that needs consent by its name, or does not.
fn refuses_where(consent: &Consent, purpose: &str, by_name: bool) -> bool {
    let refused = matches!(consent.toward(purpose), Standing::Refused | Standing::Minor);
    refused || by_name && !consent.exactly.contains(purpose)
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader<'a> {
    /// Anybody.
    Anonymous,
    /// A program, for the purpose of its key.
    Key {
        /// The purpose.
        purpose: &'a str,
    },
    /// Whoever runs the workspace.
    Operator,
}

impl<'a> Reader<'a> {
    /// The purpose of a reader from outside, empty for anybody; nothing for an operator.
    pub(crate) fn outside(self) -> Option<String> {
        match self {
            Reader::Operator => None,
            Reader::Key { purpose } => Some(purpose.to_owned()),
            Reader::Anonymous => Some(String::new()),
        }
    }

    /// The reader of [`Reader::outside`].
    pub(crate) fn of(outside: Option<&'a str>) -> Reader<'a> {
        match outside {
            None => Reader::Operator,
            Some("") => Reader::Anonymous,
            Some(purpose) => Reader::Key { purpose },
        }
    }
}

/// Who may see what: whether a reader may see the score of somebody with that consent under a definition of that purpose, which uses interactions
/// of these levels. `open` where the workspace's data is all public and anonymous readers see what keys see.
///
/// | | anonymous | key | operator |
/// |---|---|---|---|
/// | consent given | from public data | by purpose | all |
/// | never asked | nothing | from public data, by purpose | all |
/// | withdrew, objected, under age | nothing | nothing | nothing but the refusal |
pub fn may_see(
    reader: Reader<'_>,
    consent: &Consent,
    purpose: &str,
    levels: &[Visibility],
    open: bool,
) -> bool {
    if refuses(consent, purpose) {
        return false;
    }
    let public = levels.iter().all(|level| *level == Visibility::Public);
    let given = consent.toward(purpose) == Standing::Given;
    match reader {
        Reader::Operator => true,
        Reader::Key { purpose: of_key } => of_key == purpose && (given || public),
        Reader::Anonymous if open => given || public,
        Reader::Anonymous => given && public,
    }
}

/// Whether the reader may know of a person with that consent at all.
pub fn shown_at_all(reader: Reader<'_>, consent: &Consent, open: bool) -> bool {
    match reader {
        Reader::Operator => !refuses(consent, ""),
        Reader::Key { purpose } => !refuses(consent, purpose),
        Reader::Anonymous if open => !refuses(consent, ""),
        Reader::Anonymous => !refuses(consent, "") && agreed_to_something(consent),
    }
}

/// Whether the reader may be told what rosters say of a person with that consent.
pub fn roster_may_be_told(reader: Reader<'_>, consent: &Consent) -> bool {
    match reader {
        Reader::Operator => true,
        Reader::Key { purpose } => consent.toward(purpose) == Standing::Given,
        Reader::Anonymous => agreed_to_something(consent),
    }
}

/// Networks on which an id of the form of an address is a name that everybody is meant to see, and no address for letters.
const SEEN_BY_ALL: [&str; 6] =
    ["activitypub", "lemmy", "mastodon", "misskey", "peertube", "pixelfed"];

/// Whether an account may be told to whoever is outside, of somebody who has not agreed to be shown: not where its id is an address at which they could be written to,
/// as those of mail and git are, or a telephone number. It may be asked by all the same: whoever asks by an address knows it.
pub fn may_be_told(account: &Account) -> bool {
    may_be_said(&account.network, &account.id)
}

/// The same for an id, a name or a handle on a network.
pub(crate) fn may_be_said(network: &str, text: &str) -> bool {
    SEEN_BY_ALL.contains(&network) || !is_address(text)
}

/// `x@y.z`, or a telephone number with its country.
fn is_address(text: &str) -> bool {
    let mail = text.rsplit_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.contains(char::is_whitespace)
    });
    let digits = |number: &str| {
        number.len() >= 7
            && number.bytes().all(|byte| byte.is_ascii_digit() || b" -".contains(&byte))
    };
    mail || text.strip_prefix('+').is_some_and(digits)
}

fn agreed_to_something(consent: &Consent) -> bool {
    consent.general == Standing::Given
        || consent.purposes.values().any(|standing| *standing == Standing::Given)
}

/// What can be asked for, as far as it matters who asks. Everything that is served is one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// Tells of nobody: whether the process lives, the documentation, signing in.
    Open,
    /// People, one by one or as a list; of each it is asked again whether they may be shown ([`may_see`], [`shown_at_all`]).
    People,
    /// What a program asks for the purpose of its key.
    Programs,
    /// Reports on the firm, which tell of people who work there.
    Firm,
    /// Interactions that are sent to be stored.
    Store,
    /// Who signed in, and what was changed by whom.
    Trail,
}

/// Who asks, with what they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker<'a> {
    /// Anybody.
    Anonymous,
    /// A program with a key.
    Key {
        /// What the key is for.
        purpose: &'a str,
        /// Whether it may store.
        writes: bool,
    },
    /// Somebody who is signed in.
    Operator(Role),
}

/// The purpose of keys that may ask for reports on the firm.
pub const FIRM: &str = "firm";

/// Who may ask for what: the first question at every route. Of people it is then asked one by one what may be shown.
///
/// | | anonymous | key | operator | analyst | community | privacy |
/// |---|---|---|---|---|---|---|
/// | open, people | yes | yes | yes | yes | yes | yes |
/// | programs | | yes | | | | |
/// | firm | | of the purpose `firm` | yes | yes | | |
/// | store | | if it may store | | | | |
/// | trail | | | yes | | | yes |
pub fn may_ask(asker: Asker<'_>, surface: Surface) -> bool {
    match (surface, asker) {
        (Surface::Open | Surface::People, _) => true,
        (Surface::Programs, asker) => matches!(asker, Asker::Key { .. }),
        (Surface::Firm, Asker::Key { purpose, .. }) => purpose == FIRM,
        (Surface::Firm, Asker::Operator(role)) => matches!(role, Role::Operator | Role::Analyst),
        (Surface::Store, Asker::Key { writes, .. }) => writes,
        (Surface::Trail, Asker::Operator(role)) => matches!(role, Role::Operator | Role::Privacy),
        (Surface::Firm, Asker::Anonymous)
        | (Surface::Store | Surface::Trail, Asker::Anonymous)
        | (Surface::Store, Asker::Operator(_))
        | (Surface::Trail, Asker::Key { .. }) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::may_be_told;
    use model::Account;

    #[test]
    fn addresses_are_told_apart_from_names_that_look_like_them() {
        for (account, told) in [
            ("git:mara@fernhill.example", false),
            ("mail:mara@fernhill.example", false),
            ("git:a b@c@fernhill.example", false),
            ("sms:+49 30 1234567", false),
            ("mastodon:mara@garden.example", true),
            ("activitypub:https://garden.example/@mara.k", true),
            ("forum:@mara", true),
            ("forum:mara@home", true),
            ("forum:C++", true),
            ("twitter:88", true),
        ] {
            let account = Account::parse(account).unwrap();
            assert_eq!(may_be_told(&account), told, "{account}");
        }
    }
}
