//! Who may be the same: accounts of different people that share something telling.
//!
//! | evidence | strength |
//! |---|---|
//! | a roster's email is the id of an account of git or mail, or two rosters give the same email | 0.95 |
//! | the same handle on two networks, with the same name | 0.8 |
//! | the same full name at the same organisation | 0.6 |
//!
//! Names are compared in lower case, without punctuation, their words sorted (`Smith, Jane` is `jane smith`); accents
//! count. Several kinds of evidence together have strength `1 - product(1 - s)`. The strengths rank the list and are
//! no probabilities. Accounts are grouped by what they share, so the cost is that of sorting; what more than 20
//! people share tells nothing and is skipped. Pairs that an operator set apart are not suggested again. Nothing is
//! merged here: that is for somebody to say.

use super::register::Register;
use std::collections::BTreeMap;

/// What more people than this share is too common to tell anything.
pub const TOO_COMMON: usize = 20;

/// Networks whose account ids are email addresses.
const MAIL: [&str; 2] = ["git", "mail"];

/// A kind of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shared {
    /// The same email.
    Email,
    /// The same handle and name, on different networks.
    HandleAndName,
    /// The same full name at the same organisation.
    NameAndOrganisation,
}

impl Shared {
    /// In (0, 1): how much it tells.
    pub fn strength(self) -> f64 {
        match self {
            Shared::Email => 0.95,
            Shared::HandleAndName => 0.8,
            Shared::NameAndOrganisation => 0.6,
        }
    }
}

/// What two accounts share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The kind.
    pub shared: Shared,
    /// The value that they share, as compared.
    pub value: String,
    /// The account key on the side of [`Suggestion::a`].
    pub a: u64,
    /// The account key on the side of [`Suggestion::b`].
    pub b: u64,
}

/// Two people that may be one.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// Person id, the smaller.
    pub a: u64,
    /// Person id, the larger.
    pub b: u64,
    /// In (0, 1).
    pub strength: f64,
    /// Why, strongest first; at least one.
    pub evidence: Vec<Evidence>,
}

/// Collects what accounts show, and finds what they share.
#[derive(Debug)]
pub struct Suggester<'a> {
    register: &'a Register,
    clues: Vec<Clue>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Clue {
    shared: Shared,
    value: Box<str>,
    account: u64,
    /// Empty where the network doesn't matter.
    network: Box<str>,
}

impl<'a> Suggester<'a> {
    /// Begins with what the rosters say.
    pub fn new(register: &'a Register) -> Suggester<'a> {
        let mut suggester = Suggester { register, clues: Vec::new() };
        for (account, email) in register.emails() {
            suggester.clue(Shared::Email, email.clone(), *account, "");
        }
        let names = register.names();
        for role in register.roles() {
            let name = names
                .get(&role.account)
                .and_then(|naming| naming.name.as_deref())
                .map(normalised)
                // A single word is no full name.
                .filter(|name| name.contains(' '));
            let organisation = normalised(&role.organisation);
            if let (Some(name), false) = (name, organisation.is_empty()) {
                suggester.clue(
                    Shared::NameAndOrganisation,
                    format!("{name}, {organisation}"),
                    role.account,
                    "",
                );
            }
        }
        suggester
    }

    /// Adds what a network says of an account: its id, and its current handle and name where known.
    pub fn account(
        &mut self,
        account: u64,
        network: &str,
        id: &str,
        handle: Option<&str>,
        name: Option<&str>,
    ) {
        if MAIL.contains(&network) && id.contains('@') {
            self.clue(Shared::Email, id.to_lowercase(), account, "");
        }
        let handle = handle.map(|handle| handle.trim_start_matches('@').to_lowercase());
        let name = name.map(normalised);
        if let (Some(handle), Some(name)) = (handle, name)
            && !handle.is_empty()
            && !name.is_empty()
        {
            let value = format!("@{handle}, {name}");
            self.clue(Shared::HandleAndName, value, account, network);
        }
    }

    fn clue(&mut self, shared: Shared, value: String, account: u64, network: &str) {
        self.clues.push(Clue { shared, value: value.into(), account, network: network.into() });
    }

    /// The pairs, strongest first, then by id.
    pub fn finish(mut self) -> Vec<Suggestion> {
        self.clues.sort_unstable();
        self.clues.dedup();
        let membership = self.register.membership();
        let mut pairs: BTreeMap<(u64, u64), Vec<Evidence>> = BTreeMap::new();
        for group in self.clues.chunk_by(|x, y| x.shared == y.shared && x.value == y.value) {
            let mut people: Vec<u64> =
                group.iter().map(|clue| membership.person_of(clue.account)).collect();
            people.sort_unstable();
            people.dedup();
            if people.len() < 2 || people.len() > TOO_COMMON {
                continue;
            }
            // A person with many accounts shows one thing many times: each pair of people is looked at once.
            for (i, a) in people.iter().enumerate() {
                for b in &people[i + 1..] {
                    let of = |person: u64| {
                        group
                            .iter()
                            .filter(move |clue| membership.person_of(clue.account) == person)
                    };
                    let shown = of(*a).find_map(|x| {
                        of(*b)
                            .find(|y| x.network.is_empty() || x.network != y.network)
                            .map(|y| (x, y))
                    });
                    let Some((x, y)) = shown else { continue };
                    if self.set_apart(*a, *b) {
                        continue;
                    }
                    pairs.entry((*a, *b)).or_default().push(Evidence {
                        shared: x.shared,
                        value: x.value.to_string(),
                        a: x.account,
                        b: y.account,
                    });
                }
            }
        }
        let mut suggestions: Vec<Suggestion> = pairs
            .into_iter()
            .map(|((a, b), evidence)| Suggestion { a, b, strength: strength(&evidence), evidence })
            .collect();
        suggestions
            .sort_by(|x, y| y.strength.total_cmp(&x.strength).then((x.a, x.b).cmp(&(y.a, y.b))));
        suggestions
    }

    fn set_apart(&self, a: u64, b: u64) -> bool {
        let membership = self.register.membership();
        let others = membership.members(b);
        membership.members(a).iter().any(|x| others.iter().any(|y| membership.set_apart(*x, *y)))
    }
}

fn strength(evidence: &[Evidence]) -> f64 {
    let mut kinds: Vec<Shared> = evidence.iter().map(|e| e.shared).collect();
    kinds.dedup();
    1.0 - kinds.iter().map(|shared| 1.0 - shared.strength()).product::<f64>()
}

/// Lower case, letters and digits only, words sorted.
fn normalised(text: &str) -> String {
    let text: String = text
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.sort_unstable();
    words.join(" ")
}
