//! Who may be scored: what people said about it, and what follows for a purpose.
//!
//! A statement says `given`, `withdrawn`, `objected` or `lifted`, for one purpose or for all, about one account;
//! statements are appended and never changed. `lifted` takes a refusal back and leaves the person as one who was never
//! asked: whoever wants to be scored for what needs consent has to give it anew. For an account and a purpose those for all purposes and those for this one count:
//! the newest by time holds, at equal times a refusal before a consent, then the later recorded. But a refusal that
//! came from the person or the operator is lifted only by them, never by a file, because files go on saying what they
//! said. A person refuses where one account of theirs refuses, and is a minor where one account's
//! holder is under 18, in UTC days. Consent is as it stands now; age is as of the time asked for.

use super::{Membership, from_roster};
use model::Time;
use std::collections::{BTreeMap, BTreeSet};

/// What was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// A refusal is taken back; said by people and operators, never by files.
    Lifted,
    /// May be scored and shown.
    Given,
    /// No longer.
    Withdrawn,
    /// Never wanted it: a right that needs no consent to have been given.
    Objected,
}

impl Said {
    /// As files and the catalogue write it.
    pub fn name(self) -> &'static str {
        match self {
            Said::Lifted => "lifted",
            Said::Given => "given",
            Said::Withdrawn => "withdrawn",
            Said::Objected => "objected",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Said> {
        [Said::Lifted, Said::Given, Said::Withdrawn, Said::Objected]
            .into_iter()
            .find(|said| said.name() == text)
    }

    /// Whether it forbids to score and show.
    pub fn refuses(self) -> bool {
        matches!(self, Said::Withdrawn | Said::Objected)
    }
}

/// Reads a cell: `given`, `given:community`, `withdrawn:sales,community`; empty and `never asked` say nothing.
///
/// The pairs are (what, purpose), an empty purpose meaning all of them. The error is a sentence.
pub fn parse_cell(text: &str) -> Result<Vec<(Said, String)>, String> {
    let text = text.trim().to_lowercase();
    if matches!(text.as_str(), "" | "never asked" | "never-asked" | "never_asked") {
        return Ok(Vec::new());
    }
    let (word, purposes) = match text.split_once(':') {
        Some((word, purposes)) => (word.trim_end(), Some(purposes)),
        None => (text.as_str(), None),
    };
    let Some(said) = Said::parse(word).filter(|said| *said != Said::Lifted) else {
        return Err(format!(
            "{:?} is no consent; write given, withdrawn, objected or never asked, and after a colon the purposes, as in given:community",
            model::time::shorten(&text)
        ));
    };
    let Some(purposes) = purposes else {
        return Ok(vec![(said, String::new())]);
    };
    let purposes: Vec<(Said, String)> = purposes
        .split([',', ';', ' '])
        .filter(|purpose| !purpose.is_empty())
        .map(|purpose| (said, purpose.to_owned()))
        .collect();
    match purposes.iter().find(|(_, purpose)| !is_purpose(purpose)) {
        Some((_, purpose)) => Err(format!(
            "{:?} is no purpose; use 1 to 64 of a-z 0-9 . - _",
            model::time::shorten(purpose)
        )),
        None if purposes.is_empty() => {
            Err("no purpose follows the colon; name one, or leave the colon out".to_owned())
        }
        None => Ok(purposes),
    }
}

/// Whether `name` can name a purpose: the same letters as a network's.
pub fn is_purpose(name: &str) -> bool {
    model::account::is_network(name)
}

/// A statement about one account.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Place in the order of all statements.
    pub sequence: i64,
    /// Account key.
    pub account: u64,
    /// What was said.
    pub said: Said,
    /// For which purpose; empty for all.
    pub purpose: String,
    /// Who says so: `operator`, `self`, or `roster:<name>`.
    pub source: String,
    /// When it was said.
    pub at: Time,
}

/// Where somebody stands toward being scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Agreed.
    Given,
    /// Never said anything.
    NeverAsked,
    /// Withdrew or objected.
    Refused,
    /// Under 18: as a refusal, whatever was said.
    Minor,
}

/// A person's standing, by purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Toward any purpose that is not named below.
    pub general: Standing,
    /// Toward the purposes where it differs from the general one.
    pub purposes: BTreeMap<String, Standing>,
    /// The purposes that were agreed to by name, and not refused since.
    pub exactly: BTreeSet<String>,
}

/// Nothing was said.
static NEVER_ASKED: Consent = Consent::all(Standing::NeverAsked);

impl Consent {
    /// The same toward every purpose, none of them by name.
    const fn all(general: Standing) -> Consent {
        Consent { general, purposes: BTreeMap::new(), exactly: BTreeSet::new() }
    }

    /// Where the person stands toward being scored for `purpose`.
    pub fn toward(&self, purpose: &str) -> Standing {
        self.purposes.get(purpose).copied().unwrap_or(self.general)
    }
}

/// The consents of everybody of whom something is known, sorted by person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consents {
    people: Vec<(u64, Consent)>,
}

impl Consents {
    /// Resolves statements, and the days from which account holders are of age, over all accounts of each person.
    pub fn resolve(
        statements: &[Statement],
        of_age_from: &[(u64, Time)],
        membership: &Membership,
        as_of: Time,
    ) -> Consents {
        let mut people: BTreeMap<u64, BTreeMap<u64, Vec<&Statement>>> = BTreeMap::new();
        for statement in statements {
            people
                .entry(membership.person_of(statement.account))
                .or_default()
                .entry(statement.account)
                .or_default()
                .push(statement);
        }
        let minors: BTreeSet<u64> = of_age_from
            .iter()
            .filter(|(_, from)| as_of < *from)
            .map(|(account, _)| membership.person_of(*account))
            .collect();
        let mut resolved: BTreeMap<u64, Consent> =
            people.into_iter().map(|(person, accounts)| (person, of_person(&accounts))).collect();
        for person in minors {
            resolved.insert(person, Consent::all(Standing::Minor));
        }
        Consents { people: resolved.into_iter().collect() }
    }

    /// `(person, consent)` of everybody of whom something is known, sorted by person.
    pub fn people(&self) -> &[(u64, Consent)] {
        &self.people
    }

    /// The consent of a person, by person id.
    pub fn of(&self, person: u64) -> &Consent {
        match self.people.binary_search_by_key(&person, |entry| entry.0) {
            Ok(found) => &self.people[found].1,
            Err(_) => &NEVER_ASKED,
        }
    }
}

fn of_person(accounts: &BTreeMap<u64, Vec<&Statement>>) -> Consent {
    // A refusal by one account counts for the person; then a consent by one.
    let over_accounts = |purpose: &str| {
        let mut standing = Standing::NeverAsked;
        for statements in accounts.values() {
            match of_account(statements, purpose) {
                Standing::Given if standing == Standing::NeverAsked => standing = Standing::Given,
                Standing::Given | Standing::NeverAsked => {}
                refused => standing = refused,
            }
        }
        standing
    };
    let general = over_accounts("");
    let named: BTreeSet<&str> =
        accounts.values().flatten().map(|statement| statement.purpose.as_str()).collect();
    let exactly = named.iter().filter(|purpose| !purpose.is_empty()).filter(|purpose| {
        over_accounts(purpose) == Standing::Given
            && accounts.values().any(|statements| agrees_exactly(statements, purpose))
    });
    Consent {
        general,
        exactly: exactly.map(|purpose| (*purpose).to_owned()).collect(),
        purposes: named
            .into_iter()
            .map(|purpose| (purpose.to_owned(), over_accounts(purpose)))
            .filter(|(purpose, standing)| !purpose.is_empty() && *standing != general)
            .collect(),
    }
}

/// Whether the purpose was agreed to by name, and nothing has taken that back since. A consent to everything does not
/// renew it.
fn agrees_exactly(statements: &[&Statement], purpose: &str) -> bool {
    let counts =
        |s: &&&Statement| s.purpose == purpose || s.purpose.is_empty() && s.said != Said::Given;
    let newest = statements.iter().filter(counts).max_by_key(order);
    newest.is_some_and(|statement| statement.said == Said::Given)
}

/// Whether what was said of one account refuses `purpose`, or where that is empty, every purpose.
pub(super) fn refuses(statements: &[Statement], purpose: &str) -> bool {
    let all: Vec<&Statement> = statements.iter().collect();
    let named = statements.iter().map(|statement| statement.purpose.as_str());
    let asked: BTreeSet<&str> = match purpose {
        "" => named.chain([""]).collect(),
        purpose => BTreeSet::from([purpose]),
    };
    asked.into_iter().all(|purpose| of_account(&all, purpose) == Standing::Refused)
}

fn of_account(statements: &[&Statement], purpose: &str) -> Standing {
    match governing(statements, purpose).map(|statement| statement.said) {
        Some(said) if said.refuses() => Standing::Refused,
        Some(Said::Given) => Standing::Given,
        _ => Standing::NeverAsked,
    }
}

/// The statement about an account that decides for a purpose.
fn governing<'a>(statements: &[&'a Statement], purpose: &str) -> Option<&'a Statement> {
    let newest = |direct_only: bool| {
        statements
            .iter()
            .filter(|s| s.purpose.is_empty() || s.purpose == purpose)
            .filter(|s| !direct_only || !from_roster(&s.source))
            .max_by_key(order)
            .copied()
    };
    newest(true).filter(|statement| statement.said.refuses()).or_else(|| newest(false))
}

/// What holds over what: the newer, a refusal over a consent, the later recorded.
fn order(statement: &&&Statement) -> (Time, bool, i64) {
    (statement.at, statement.said.refuses(), statement.sequence)
}

/// The people who objected to everything, through one of their accounts; sorted.
pub(super) fn objecting(statements: &[Statement], membership: &Membership) -> BTreeSet<u64> {
    let mut accounts: BTreeMap<u64, Vec<&Statement>> = BTreeMap::new();
    for statement in statements {
        accounts.entry(statement.account).or_default().push(statement);
    }
    let objects =
        |said: &&Vec<&Statement>| governing(said, "").is_some_and(|s| s.said == Said::Objected);
    let objecting = accounts.iter().filter(|(_, said)| objects(said));
    objecting.map(|(account, _)| membership.person_of(*account)).collect()
}

/// The earliest day of an age given in whole years is unknown, so such a person stays a minor until the number changes;
/// of a year of birth only its last day is sure. Nothing for attributes that say nothing of age.
pub(super) fn of_age_by(attribute: &str, value: f64) -> Option<Time> {
    match attribute.to_lowercase().as_str() {
        "age" if value < 18.0 => Some(Time(i64::MAX)),
        "birth_year" | "birthyear" | "year_of_birth" if (1800.0..3000.0).contains(&value) => {
            of_age_from(&format!("{:04}-12-31", value as i64))
        }
        _ => None,
    }
}

/// The moment from which somebody born on `day` (`YYYY-MM-DD`) is 18, in UTC; on 1 March if born on a leap day.
pub(super) fn of_age_from(day: &str) -> Option<Time> {
    let year: i64 = day.get(..4)?.parse().ok()?;
    let rest = match day.get(4..)? {
        "-02-29" => "-03-01",
        rest => rest,
    };
    Time::parse(&format!("{:04}{rest}T00:00:00Z", year + 18), None).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::{OPERATOR, SELF};

    const ROSTER: &str = "roster:crm";

    fn said(list: &[(u64, &str, &str, i64)]) -> Vec<Statement> {
        let mut statements = Vec::new();
        for (account, cell, source, at) in list {
            for (said, purpose) in parse_cell(cell).unwrap() {
                statements.push(Statement {
                    sequence: statements.len() as i64,
                    account: *account,
                    said,
                    purpose,
                    source: (*source).to_owned(),
                    at: Time(*at),
                });
            }
        }
        statements
    }

    fn standing(list: &[(u64, &str, &str, i64)], purpose: &str) -> Standing {
        Consents::resolve(&said(list), &[], &Membership::default(), Time(0)).of(1).toward(purpose)
    }

    #[test]
    fn the_newest_statement_holds_and_refusals_win_at_equal_times() {
        use Standing::*;
        assert_eq!(standing(&[], "sales"), NeverAsked);
        assert_eq!(standing(&[(1, "given", ROSTER, 1)], "sales"), Given);
        let given_then_withdrawn = [(1, "given", ROSTER, 1), (1, "withdrawn", ROSTER, 2)];
        assert_eq!(standing(&given_then_withdrawn, "sales"), Refused);
        let later_given = [(1, "withdrawn", ROSTER, 1), (1, "given", ROSTER, 2)];
        assert_eq!(standing(&later_given, "sales"), Given);
        let at_once = [(1, "objected", ROSTER, 2), (1, "given", ROSTER, 2)];
        assert_eq!(standing(&at_once, "sales"), Refused);
    }

    #[test]
    fn consent_for_a_purpose_says_nothing_about_others() {
        use Standing::*;
        let list = [(1, "given:community", ROSTER, 1)];
        assert_eq!(standing(&list, "community"), Given);
        assert_eq!(standing(&list, "sales"), NeverAsked);
        let but = [(1, "given", ROSTER, 1), (1, "withdrawn:sales", SELF, 2)];
        assert_eq!(standing(&but, "community"), Given);
        assert_eq!(standing(&but, "sales"), Refused);
        let all = [(1, "given:community", ROSTER, 1), (1, "withdrawn", ROSTER, 2)];
        assert_eq!(standing(&all, "community"), Refused);
    }

    #[test]
    fn a_refusal_by_the_person_is_not_lifted_by_a_file() {
        use Standing::*;
        let list = [(1, "objected", SELF, 1), (1, "given", ROSTER, 2)];
        assert_eq!(standing(&list, "sales"), Refused);
        let lifted = [list[0], list[1], (1, "given", OPERATOR, 3)];
        assert_eq!(standing(&lifted, "sales"), Given);
    }

    #[test]
    fn a_lifted_refusal_leaves_a_person_who_was_never_asked() {
        use Standing::*;
        let list = [(1, "given", ROSTER, 1), (1, "objected", SELF, 2)];
        let mut statements = said(&list);
        let mut lift = statements[1].clone();
        (lift.sequence, lift.said, lift.at) = (9, Said::Lifted, Time(3));
        statements.push(lift);
        let of = |statements: &[Statement]| {
            Consents::resolve(statements, &[], &Membership::default(), Time(0)).of(1).clone()
        };
        assert_eq!(of(&said(&list)).general, Refused);
        assert_eq!(of(&statements).general, NeverAsked);
        assert_eq!(objecting(&said(&list), &Membership::default()), BTreeSet::from([1]));
        assert!(objecting(&statements, &Membership::default()).is_empty());
        assert!(parse_cell("lifted").is_err(), "files lift nothing");
    }

    #[test]
    fn a_purpose_is_agreed_to_exactly_only_by_its_name() {
        let exactly = |list: &[(u64, &str, &str, i64)]| {
            Consents::resolve(&said(list), &[], &Membership::default(), Time(0))
                .of(1)
                .exactly
                .contains("hiring")
        };
        assert!(exactly(&[(1, "given:hiring", SELF, 1)]));
        assert!(!exactly(&[(1, "given", SELF, 1)]));
        assert!(!exactly(&[(1, "given:hiring", SELF, 1), (1, "withdrawn:hiring", SELF, 2)]));
        let renewed =
            [(1, "given:hiring", SELF, 1), (1, "withdrawn", SELF, 2), (1, "given", SELF, 3)];
        assert!(!exactly(&renewed), "consent to everything does not bring it back");
        assert!(exactly(&[renewed[0], renewed[1], renewed[2], (1, "given:hiring", SELF, 4)]));
    }

    #[test]
    fn an_age_below_18_protects_in_whatever_column_it_stands() {
        assert_eq!(of_age_by("Age", 17.0), Some(Time(i64::MAX)));
        assert_eq!(of_age_by("age", 18.0), None);
        assert_eq!(of_age_by("birth_year", 2008.0).unwrap().to_string(), "2026-12-31T00:00:00Z");
        assert_eq!(of_age_by("years_gardening", 3.0), None);
    }

    #[test]
    fn one_account_that_refuses_counts_for_the_person() {
        let claims = [super::super::Claim {
            sequence: 1,
            says: super::super::Says::Same(1, 2),
            source: OPERATOR.to_owned(),
            at: Time(0),
        }];
        let membership = Membership::of(&claims);
        let statements = said(&[(1, "given", ROSTER, 5), (2, "withdrawn", ROSTER, 1)]);
        let consents = Consents::resolve(&statements, &[], &membership, Time(0));
        assert_eq!(consents.of(1).toward("sales"), Standing::Refused);
        let minor = Consents::resolve(&[], &[(2, Time(10))], &membership, Time(9));
        assert_eq!(minor.of(1).toward("sales"), Standing::Minor);
        let adult = Consents::resolve(&[], &[(2, Time(10))], &membership, Time(10));
        assert_eq!(adult.of(1).toward("sales"), Standing::NeverAsked);
    }

    #[test]
    fn people_come_of_age_on_their_eighteenth_birthday() {
        let day = |text| of_age_from(text).unwrap().to_string();
        assert_eq!(day("2008-11-22"), "2026-11-22T00:00:00Z");
        assert_eq!(day("2008-02-29"), "2026-03-01T00:00:00Z");
        assert_eq!(of_age_from("soon"), None);
    }

    #[test]
    fn a_cell_that_is_no_consent_is_refused() {
        for cell in ["maybe", "given:", "given:Two Words!", "yes", "given:,"] {
            assert!(parse_cell(cell).is_err(), "{cell}");
        }
        for cell in ["", "  ", "never asked", "Never asked"] {
            assert_eq!(parse_cell(cell), Ok(Vec::new()), "{cell}");
        }
    }
}
