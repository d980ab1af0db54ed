//! Which column of a file is which field of ours.
//!
//! Without a mapping a column counts by its name, whatever its case, and every other column of numbers is an
//! attribute. With one, `ours=theirs` pairs name the columns; fields that no pair names are still found by their own
//! name, and only attributes that a pair names are read, because a CRM export has hundreds of columns.
//!
//! ```text
//! name=first_name+last_name, accounts=hubspot:id, revenue=annual_revenue
//! ```
//!
//! Several columns after one field are joined by `+`; before a column of ids the network is written. The same pairs
//! can stand in a file, one a line, which is also TOML: `revenue = "annual_revenue"`, `#` for comments.

use crate::error::{Error, Kind};
use std::collections::BTreeMap;

/// The fields of a roster, in the order in which they are documented.
pub const FIELDS: [&str; 11] = [
    "name",
    "email",
    "role",
    "organisation",
    "team",
    "title",
    "since",
    "until",
    "born",
    "consent",
    "accounts",
];

/// Pairs of our field (or an attribute's name) and their columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    pairs: Vec<(String, String)>,
}

/// Where a field's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub column: usize,
    /// The network that makes an account of the column's ids.
    pub network: Option<String>,
}

/// A mapping bound to a header.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub fields: BTreeMap<&'static str, Vec<Part>>,
    /// Attributes by name, with their column.
    pub attributes: BTreeMap<String, usize>,
    /// Columns that nothing names, to be judged by their content.
    pub open: Vec<usize>,
}

impl Mapping {
    /// Reads `ours=theirs` pairs, separated by commas or on lines of their own.
    pub fn parse(text: &str) -> Result<Mapping, Error> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        let lines = text.lines().map(str::trim).filter(|l| !l.starts_with('#'));
        for pair in lines.flat_map(split_pairs) {
            let (ours, theirs) = pair
                .split_once('=')
                .map(|(ours, theirs)| (unquote(ours), unquote(theirs)))
                .filter(|(ours, theirs)| !ours.is_empty() && !theirs.is_empty())
                .ok_or_else(|| {
                    refused(format!(
                        "the mapping has {:?}; write ours=theirs, such as email=work_email",
                        model::time::shorten(pair)
                    ))
                })?;
            let ours = field_of(&ours).map_or(ours, str::to_owned);
            if pairs.iter().any(|(known, _)| *known == ours) {
                return Err(refused(format!(
                    "the mapping names {ours:?} twice; join several columns by +, as in name=first_name+last_name"
                )));
            }
            pairs.push((ours, theirs));
        }
        Ok(Mapping { pairs })
    }

    /// Whether the mapping has no pair.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Binds the mapping to the columns of a file.
    pub(super) fn bind(&self, header: &[String]) -> Result<Plan, Error> {
        let mut columns: BTreeMap<String, usize> = BTreeMap::new();
        for (i, name) in header.iter().enumerate() {
            if !name.is_empty() && columns.insert(name.to_lowercase(), i).is_some() {
                return Err(refused(format!(
                    "column {name:?} is there twice; rename or remove one of the two"
                )));
            }
        }
        let mut plan = Plan::default();
        let mut used = vec![false; header.len()];
        for (ours, theirs) in &self.pairs {
            let parts = parts(theirs, &columns).map_err(|missing| {
                refused(format!(
                    "the mapping wants column {missing:?} for {ours}, but the file has {}",
                    list(header)
                ))
            })?;
            for part in &parts {
                used[part.column] = true;
            }
            match (field_of(ours), parts.as_slice()) {
                (Some(field), _) => {
                    if field != "accounts" && parts.iter().any(|part| part.network.is_some()) {
                        return Err(refused(format!(
                            "the mapping puts a network before the column of {ours}; only accounts have one"
                        )));
                    }
                    plan.fields.insert(field, parts);
                }
                (None, [Part { column, network: None }]) => {
                    plan.attributes.insert(ours.clone(), *column);
                }
                (None, _) => {
                    return Err(refused(format!(
                        "attribute {ours:?} takes one column of numbers; only {} may take several",
                        FIELDS.join(", ")
                    )));
                }
            }
        }
        for (name, column) in &columns {
            match field_of(name) {
                Some(field) if !plan.fields.contains_key(field) => {
                    used[*column] = true;
                    plan.fields.insert(field, vec![Part { column: *column, network: None }]);
                }
                _ => {}
            }
        }
        if !["name", "email", "accounts"].iter().any(|field| plan.fields.contains_key(field)) {
            return Err(refused(format!(
                "no column says who a row is about; one of name, email and accounts is needed, the file has {}; name the column with --mapping, as in --mapping email=work_email",
                list(header)
            )));
        }
        if self.is_empty() {
            plan.open = (0..header.len()).filter(|i| !used[*i]).collect();
        }
        Ok(plan)
    }
}

/// Our field of that name; American spelling counts too.
fn field_of(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let name = match name.as_str() {
        "organization" => "organisation",
        "account" => "accounts",
        name => name,
    };
    FIELDS.iter().copied().find(|field| *field == name)
}

fn parts(theirs: &str, columns: &BTreeMap<String, usize>) -> Result<Vec<Part>, String> {
    let theirs = theirs.to_lowercase();
    if let Some(column) = columns.get(&theirs) {
        return Ok(vec![Part { column: *column, network: None }]);
    }
    theirs
        .split('+')
        .map(str::trim)
        .map(|name| {
            let plain = columns.get(name).map(|column| (*column, None));
            let with_network = || {
                let (network, column) = name.split_once(':')?;
                let column = columns.get(column.trim())?;
                model::account::is_network(network).then(|| (*column, Some(network.to_owned())))
            };
            plain
                .or_else(with_network)
                .map(|(column, network)| Part { column, network })
                .ok_or_else(|| name.to_owned())
        })
        .collect()
}

/// The pairs of a line: split at commas outside quotes.
fn split_pairs(line: &str) -> Vec<&str> {
    let mut quoted = false;
    line.split(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
    .map(str::trim)
    .filter(|pair| !pair.is_empty())
    .collect()
}

fn unquote(text: &str) -> String {
    let text = text.trim();
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).trim().to_owned()
}

/// The columns of a file for a message, cut where there are too many to read.
fn list(header: &[String]) -> String {
    const MOST: usize = 30;
    let shown: Vec<String> =
        header.iter().take(MOST).map(|name| model::time::shorten(name)).collect();
    let more = header.len().saturating_sub(MOST);
    match more {
        0 => shown.join(", "),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}

fn refused(message: String) -> Error {
    Error::new(Kind::Refused, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &str) -> Vec<String> {
        names.split(',').map(str::to_owned).collect()
    }

    fn fault(mapping: &str, columns: &str) -> String {
        Mapping::parse(mapping)
            .and_then(|mapping| mapping.bind(&header(columns)))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn pairs_read_the_same_inline_and_as_a_file() {
        let inline =
            Mapping::parse("name=first_name+last_name, accounts=hubspot:id,revenue=annual")
                .unwrap();
        let file = "# from the CRM\nname = \"first_name+last_name\"\naccounts = \"hubspot:id\"\nrevenue = \"annual\"\n";
        assert_eq!(Mapping::parse(file).unwrap(), inline);
        let plan = inline.bind(&header("id,First_Name,last_name,annual,email,other")).unwrap();
        assert_eq!(plan.fields["name"].iter().map(|p| p.column).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(plan.fields["accounts"][0].network.as_deref(), Some("hubspot"));
        assert_eq!(plan.fields["email"][0].column, 4);
        assert_eq!(plan.attributes["revenue"], 3);
        assert_eq!(plan.open, [] as [usize; 0]);
    }

    #[test]
    fn a_mapping_that_fits_no_column_says_what_there_is() {
        assert!(fault("email=mail", "name,address").contains("the file has name, address"));
        assert!(fault("email=a,email=b", "a,b").contains("twice"));
        assert!(fault("email", "a,b").contains("ours=theirs"));
        assert!(fault("score=a+b", "name,a,b").contains("one column"));
        assert!(fault("", "a,b").contains("--mapping"));
        assert!(fault("", "name,Name").contains("twice"));
        assert!(fault("email=hubspot:a", "a").contains("only accounts"));
    }
}
