//! The firm: which roles stand inside, at the edge and outside, which accounts are its logo and its systems, and by what
//! words and places it is recognised. It is written as a small TOML file.
//!
//! ```toml
//! name = "Acme"
//! organisations = ["Acme", "Acme Labs"]      # where inside roles are held; without it the name
//! sides = { inside = ["employee"], edge = ["partner", "contractor", "alumnus"], outside = ["customer", "prospect", "public"] }
//! house = ["twitter:acme"]                   # the logo: never a person
//! systems = ["slack:helpbot"]                # help desk, bots: never people
//! brand = { names = ["Acme"], products = ["Acme Flow"], hashtags = ["acme"], links = ["acme.example"] }
//! places = ["discourse:community.acme.example", "github:acme/*"]
//! small_teams = "agreed with the works council on 3 May 2026"   # only if reports may show teams of fewer than five
//! ```
//!
//! **Sides.** A role that no list names is outside. A role of the inside counts only where it is held at one of the firm's
//! organisations, or where none is recorded: the employees of customers are outside. Edge roles count wherever they are held. Of
//! several roles at one time the innermost holds. Without a file, or where only an organisation is named, `employee` is inside and `partner`,
//! `contractor` and `alumnus` are the edge; there is neither brand nor place, house nor system.
//!
//! **Brand.** Names and products are found as whole words in any case, hashtags after `#`, links as hosts (with their subdomains, and a path
//! where one is written) in text and url.
//!
//! **Places** are `network:pattern`. The pattern is compared with the interaction's link without its scheme, with
//! the path of that link, and with its object; it must match up to a `/`, `#` or `?`, and a `*` at its end takes any rest.

use crate::definition::Side;
use crate::reader::{Problem, Reader, Table, Value};
use model::Account;
use std::collections::BTreeSet;
use std::fmt;
use toml::de::DeTable;

/// A focal organisation.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Firm {
    /// What it is called.
    pub name: String,
    /// The organisations whose inside roles are the firm's, in lower case, sorted; empty for any.
    pub organisations: Vec<String>,
    /// Roles in lower case and their sides, by role.
    pub sides: Vec<(String, Side)>,
    /// The firm's own accounts, as `network:id`, sorted: the logo.
    pub house: Vec<String>,
    /// Its help desks and bots, likewise.
    pub systems: Vec<String>,
    /// The words by which it is spoken of.
    pub brand: Brand,
    /// Where its community meets.
    pub places: Vec<Place>,
    /// Why reports may show teams of fewer people than they do otherwise.
    pub small_teams: Option<String>,
}

/// The words by which a firm is spoken of, all in lower case.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Brand {
    /// Names of the firm.
    pub names: Vec<String>,
    /// Names of its products.
    pub products: Vec<String>,
    /// Hashtags, without `#`.
    pub hashtags: Vec<String>,
    /// Hosts, or hosts with a path.
    pub links: Vec<String>,
}

/// A place of the firm's community.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Place {
    /// The network.
    pub network: String,
    /// What links or objects there begin with, in lower case, without the `*`.
    pub pattern: String,
    /// Whether anything may follow.
    pub open: bool,
}

const KEYS: &[&str] =
    &["name", "organisations", "sides", "house", "systems", "brand", "places", "small_teams"];
const LONGEST: usize = 1 << 20;

impl Firm {
    /// What holds without a file: roles stand where their names say, at whatever organisation.
    pub fn unknown() -> Firm {
        let sides = [
            ("alumnus", Side::Edge),
            ("contractor", Side::Edge),
            ("employee", Side::Inside),
            ("partner", Side::Edge),
        ];
        let sides = sides.map(|(role, side)| (role.to_owned(), side)).into();
        Firm { sides, ..Firm::default() }
    }

    /// An organisation of which nothing but the name is known.
    pub fn of_organisation(name: &str) -> Firm {
        let organisations = vec![name.to_lowercase()];
        Firm { name: name.to_owned(), organisations, ..Firm::unknown() }
    }

    /// Reads a firm's file; `file` is what the problems call it. There is a firm if and only if there is no problem.
    pub fn check(text: &str, file: &str) -> (Option<Firm>, Vec<Problem>) {
        let mut reader = Reader::new(text, file, "a firm");
        if text.len() > LONGEST {
            let message = format!("the file has more than {LONGEST} bytes");
            reader.report(0, "", message, "a firm is a page; name another file");
            return (None, reader.finish());
        }
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            reader.syntax(error.span(), error.message());
        }
        let root = Table { entries: document.get_ref(), start: 0, path: String::new() };
        let firm = read(&mut reader, &root).filter(|_| reader.is_clean());
        (firm, reader.finish())
    }

    /// The side of a role held at an organisation.
    pub fn side(&self, role: &str, organisation: &str) -> Side {
        let listed = self.sides.iter().find(|(name, _)| name == role).map(|(_, side)| *side);
        match listed.unwrap_or(Side::Outside) {
            Side::Inside if !self.is_ours(organisation) => Side::Outside,
            side => side,
        }
    }

    fn is_ours(&self, organisation: &str) -> bool {
        self.organisations.is_empty()
            || organisation.is_empty()
            || self.organisations.contains(&organisation.to_lowercase())
    }

    /// Whether words or a link speak of the firm.
    pub fn is_spoken_of(&self, text: Option<&str>, url: Option<&str>) -> bool {
        let brand = &self.brand;
        let speaks = |text: &str| {
            let text = text.to_lowercase();
            (brand.names.iter().chain(&brand.products)).any(|name| has_word(&text, name))
                || brand.hashtags.iter().any(|tag| has_word(&text, &format!("#{tag}")))
                || brand.links.iter().any(|link| has_link(&text, link))
        };
        text.is_some_and(speaks)
            || url.is_some_and(|url| {
                let url = url.to_lowercase();
                brand.links.iter().any(|link| has_link(&url, link))
            })
    }

    /// Whether an interaction happened in one of the firm's places.
    pub fn is_place(&self, network: &str, url: Option<&str>, object: Option<&str>) -> bool {
        self.places.iter().any(|place| place.holds(network, url, object))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}{}", self.network, self.pattern, if self.open { "*" } else { "" })
    }
}

impl Place {
    fn holds(&self, network: &str, url: Option<&str>, object: Option<&str>) -> bool {
        if self.network != network {
            return false;
        }
        let url = url.map(str::to_lowercase);
        let link = url.as_deref().map(|url| url.split_once("://").map_or(url, |(_, link)| link));
        let path = link.and_then(|link| link.split_once('/').map(|(_, path)| path));
        let object = object.map(str::to_lowercase);
        [link, path, object.as_deref()].into_iter().flatten().any(|text| {
            text.strip_prefix(&self.pattern).is_some_and(|rest| {
                self.open || rest.is_empty() || rest.starts_with(['/', '#', '?'])
            })
        })
    }
}

/// Whether `word` stands in `text` with no letter or digit at either end.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// Whether a link to `host` or a subdomain stands in `text`.
fn has_link(text: &str, host: &str) -> bool {
    text.match_indices(host).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let mut after = text[at + host.len()..].chars();
        let goes_on = match after.next() {
            // The end of a sentence, or one more part of the host's name.
            Some('.') => after.next().is_some_and(char::is_alphanumeric),
            next => next.is_some_and(|c| c.is_alphanumeric() || c == '-'),
        };
        // `x.acme.example` belongs to `acme.example`; `notacme.example` and an address of mail do not.
        !goes_on && !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '@'))
    })
}

fn read(reader: &mut Reader<'_>, root: &Table<'_, '_>) -> Option<Firm> {
    reader.only(root, KEYS);
    let name = reader.required(root, "name", "write the firm's name, such as name = \"Acme\"");
    let mut organisations = words(reader, root, "organisations", "[\"Acme\", \"Acme Labs\"]");
    organisations.extend(name.map(str::to_lowercase).filter(|_| organisations.is_empty()));
    let sides = sides(reader, root);
    let house = accounts(reader, root, "house");
    let systems = accounts(reader, root, "systems");
    if let Some(both) = systems.iter().find(|account| house.contains(account)) {
        let start = root.get("systems").map_or(0, |value| value.start);
        let message = format!("{both} is named under house as well");
        reader.report(start, "systems", message, "an account is the logo or a system; keep one");
    }
    let brand = brand(reader, root);
    let places = places(reader, root);
    let small_teams = small_teams(reader, root);
    let name = name?.to_owned();
    Some(Firm { name, organisations, sides, house, systems, brand, places, small_teams })
}

fn sides(reader: &mut Reader<'_>, root: &Table<'_, '_>) -> Vec<(String, Side)> {
    const REMEDY: &str =
        "write it as { inside = [\"employee\"], edge = [\"partner\"], outside = [\"customer\"] }";
    let Some(value) = root.get("sides") else {
        reader.missing(root, "sides", REMEDY);
        return Vec::new();
    };
    let Some(table) = reader.table(&value, REMEDY) else {
        return Vec::new();
    };
    reader.only(&table, &Side::ALL.map(|(name, _)| name));
    let mut sides: Vec<(String, Side)> = Vec::new();
    for (name, side) in Side::ALL {
        for role in words(reader, &table, name, "[\"employee\"]") {
            match sides.iter().find(|(known, _)| *known == role) {
                None => sides.push((role, side)),
                Some(_) => {
                    let start = table.get(name).map_or(table.start, |value| value.start);
                    let message = format!("the role {role:?} stands on two sides");
                    reader.report(start, &format!("sides.{name}"), message, "keep it on one");
                }
            }
        }
    }
    if !sides.iter().any(|(_, side)| *side == Side::Inside) {
        let remedy = "name at least one role under inside, such as [\"employee\"]";
        reader.report(table.start, "sides.inside", "names no role, so nobody is the firm", remedy);
    }
    sides.sort();
    sides
}

fn brand(reader: &mut Reader<'_>, root: &Table<'_, '_>) -> Brand {
    const REMEDY: &str =
        "write it as { names = [\"Acme\"], hashtags = [\"acme\"], links = [\"acme.example\"] }";
    let table = root.get("brand").and_then(|value| reader.table(&value, REMEDY));
    let Some(table) = table else {
        return Brand::default();
    };
    reader.only(&table, &["names", "products", "hashtags", "links"]);
    let hashtags = words(reader, &table, "hashtags", "[\"acme\"]");
    let links = words(reader, &table, "links", "[\"acme.example\"]");
    Brand {
        names: words(reader, &table, "names", "[\"Acme\"]"),
        products: words(reader, &table, "products", "[\"Acme Flow\"]"),
        hashtags: hashtags.iter().map(|tag| tag.trim_start_matches('#').to_owned()).collect(),
        links: links.iter().map(|link| without_scheme(link).to_owned()).collect(),
    }
}

/// A reason is words: `true` or nothing is none.
fn small_teams(reader: &mut Reader<'_>, root: &Table<'_, '_>) -> Option<String> {
    const REMEDY: &str = "write in a sentence why small teams may be shown, and who agreed to it";
    let value = root.get("small_teams")?;
    let reason = reader.text(&value, REMEDY)?.trim();
    if !reason.contains(char::is_whitespace) {
        reader.report(value.start, "small_teams", "is no reason", REMEDY);
        return None;
    }
    Some(reason.to_owned())
}

fn without_scheme(link: &str) -> &str {
    let link = link.split_once("://").map_or(link, |(_, rest)| rest);
    link.trim_end_matches('/')
}

fn places(reader: &mut Reader<'_>, root: &Table<'_, '_>) -> Vec<Place> {
    const REMEDY: &str =
        "write network:pattern, such as \"discourse:community.acme.example\" or \"github:acme/*\"";
    let mut places = Vec::new();
    for (text, value) in entries(reader, root, "places", REMEDY) {
        // `network:*` is a whole network: nothing is left before the star.
        match Account::parse(text) {
            Some(Account { network, id }) => {
                let pattern = without_scheme(&id.to_lowercase()).to_owned();
                let open = pattern.ends_with('*');
                let pattern = pattern.trim_end_matches('*').to_owned();
                places.push(Place { network, pattern, open });
            }
            None => {
                let message = format!("{:?} is no place", model::time::shorten(text));
                reader.report(value, "places", message, REMEDY);
            }
        }
    }
    places
}

fn accounts(reader: &mut Reader<'_>, root: &Table<'_, '_>, key: &str) -> Vec<String> {
    const REMEDY: &str = "write accounts as network:id, such as \"twitter:acme\"";
    let mut accounts = BTreeSet::new();
    for (text, start) in entries(reader, root, key, REMEDY) {
        match Account::parse(text) {
            Some(account) => _ = accounts.insert(account.to_string()),
            None => {
                let message = format!("{:?} is no account", model::time::shorten(text));
                reader.report(start, key, message, REMEDY);
            }
        }
    }
    accounts.into_iter().collect()
}

/// The words of a list in lower case, sorted, each once.
fn words(reader: &mut Reader<'_>, table: &Table<'_, '_>, key: &str, like: &str) -> Vec<String> {
    let all = entries(reader, table, key, &format!("write it as {like}"));
    let words: BTreeSet<String> = all.into_iter().map(|(text, _)| text.to_lowercase()).collect();
    words.into_iter().collect()
}

/// The texts of a list with where they stand.
fn entries<'a>(
    reader: &mut Reader<'_>,
    table: &Table<'a, '_>,
    key: &str,
    remedy: &str,
) -> Vec<(&'a str, usize)> {
    let Some(value) = table.get(key) else {
        return Vec::new();
    };
    // An empty list says that there is none.
    if value.value.as_array().is_some_and(|list| list.is_empty()) {
        return Vec::new();
    }
    let list: Vec<Value<'a, '_>> = reader.list(&value, remedy);
    list.iter()
        .filter_map(|entry| reader.text(entry, remedy).map(|text| (text, entry.start)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACME: &str = r##"
name = "Acme"
sides = { inside = ["Employee"], edge = ["partner"], outside = ["customer"] }
house = ["twitter:acme"]
systems = ["slack:helpbot"]
brand = { names = ["Acme"], products = ["Flow"], hashtags = ["#acme"], links = ["https://acme.example/"] }
places = ["discourse:community.acme.example", "github:acme/*", "meetup:*"]
"##;

    fn acme() -> Firm {
        let (firm, problems) = Firm::check(ACME, "firm.toml");
        assert!(problems.is_empty(), "{problems:?}");
        firm.unwrap()
    }

    #[test]
    fn the_employees_of_others_are_outside() {
        let firm = acme();
        assert_eq!(firm.side("employee", "ACME"), Side::Inside);
        assert_eq!(firm.side("employee", ""), Side::Inside);
        assert_eq!(firm.side("employee", "Basel AG"), Side::Outside);
        assert_eq!(firm.side("partner", "Basel AG"), Side::Edge);
        assert_eq!(firm.side("customer", "Acme"), Side::Outside);
        assert_eq!(firm.side("stranger", "Acme"), Side::Outside);
        assert_eq!(Firm::unknown().side("employee", "Basel AG"), Side::Inside);
        assert_eq!(Firm::unknown().side("alumnus", "Acme"), Side::Edge);
        let other = Firm::of_organisation("Basel AG");
        assert_eq!(other.side("employee", "Basel ag"), Side::Inside);
        assert_eq!(other.side("employee", "Acme"), Side::Outside);
    }

    #[test]
    fn brands_are_whole_words_tags_and_hosts() {
        let firm = acme();
        let text = |text| firm.is_spoken_of(Some(text), None);
        assert!(text("I like ACME.") && text("(flow)") && text("#acme!"));
        assert!(text("see http://docs.acme.example/x") && text("acme.example"));
        assert!(!text("acmeology, workflow") && !text("notacme.example") && !text(""));
        assert!(firm.is_spoken_of(None, Some("https://shop.acme.example/a")));
        assert!(!firm.is_spoken_of(None, Some("https://acme.example.org/")));
        assert!(!firm.is_spoken_of(None, None));
        assert!(!Firm::of_organisation("Acme").is_spoken_of(Some("Acme"), None));
    }

    #[test]
    fn places_match_links_paths_and_objects_up_to_a_border() {
        let firm = acme();
        let at = |network, url, object| firm.is_place(network, url, object);
        assert!(at("discourse", Some("https://community.acme.example/t/5"), None));
        assert!(!at("discourse", Some("https://community.acme.example.org/t/5"), None));
        assert!(!at("forum", Some("https://community.acme.example/t/5"), None));
        assert!(at("github", Some("https://github.example/acme/flow/issues/1"), None));
        assert!(at("github", None, Some("acme/flow#12")));
        assert!(!at("github", None, Some("basel/acme/flow")));
        assert!(at("meetup", None, Some("anything")) && !at("meetup", None, None));
    }

    #[test]
    fn every_fault_is_named_with_its_line() {
        let text = "name = \"\"\nsides = { inside = [], edge = [\"a\"], outside = [\"a\"] }\nhouse = [\"acme\"]\nplace = []\nplaces = [\"x\"]\nbrand = 3\n";
        let (firm, problems) = Firm::check(text, "f.toml");
        assert!(firm.is_none());
        let lines: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [1, 2, 2, 3, 4, 5, 6], "{problems:#?}");
        assert!(problems.iter().all(|problem| !problem.remedy.is_empty()));
        let (firm, problems) = Firm::check("", "f.toml");
        assert!(firm.is_none() && problems.len() == 2, "{problems:?}");
    }
}
