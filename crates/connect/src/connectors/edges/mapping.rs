//! The language of `--columns`: `key=column` pairs with commas between them.
//!
//! Keys that name a column, by its header or its number from 1: `source`, `target`, `at`, `weight`, `verb`, `id`, `visibility`. Others:
//! `as=VERB`, `visibility=public|community|private`, `direction=directed|reversed|both`, `header=yes|no`. A column that is called by one of
//! the three words goes by its number. Without `source` and `target`, columns are found as without a mapping, and the pairs
//! change that. Unless `header` says, there is one if a column is named by name, if the first line has
//! well-known names, or if its cell for a time or weight holds no digit.

use model::Visibility;

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    /// Counted from 0.
    pub number: usize,
    /// For messages: the header's name, or the number from 1.
    pub name: String,
}

/// Who acted toward whom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Direction {
    /// The source acted toward the target, who is credited.
    Directed,
    /// The target acted toward the source, who is credited.
    Reversed,
    /// Each acted toward the other.
    Both,
}

/// Which column means what.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mapping {
    pub source: Place,
    pub target: Place,
    pub at: Option<Place>,
    pub weight: Option<Place>,
    pub verb: Option<Place>,
    pub id: Option<Place>,
    pub visibility: Option<Place>,
    /// The verb that `as` gives every edge.
    pub verb_of_all: Option<String>,
    /// Who was meant to see the edges where no column says.
    pub visibility_of_all: Visibility,
    pub direction: Direction,
    pub header: bool,
}

const SOURCE: &[&str] = &["source", "from", "sender", "src"];
const TARGET: &[&str] = &["target", "to", "recipient", "receiver", "dst"];
const AT: &[&str] = &["at", "time", "timestamp", "date", "datetime", "eventdate", "unix"];

/// The column of that name in the header, without case.
pub(super) fn named(header: &[String], name: &str) -> Option<Place> {
    let number = header.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name.trim()))?;
    Some(Place { number, name: header[number].trim().to_owned() })
}

impl Mapping {
    /// From a header that names both ends.
    pub(super) fn from_header(header: &[String]) -> Option<Mapping> {
        let any = |names: &[&str]| names.iter().find_map(|name| named(header, name));
        Some(Mapping {
            at: any(AT),
            weight: named(header, "weight"),
            verb: named(header, "verb"),
            id: named(header, "id"),
            visibility: named(header, "visibility"),
            header: true,
            ..Mapping::between(any(SOURCE)?, any(TARGET)?)
        })
    }

    /// From `--columns` and the first record of the file. The error is a sentence for whoever typed it.
    pub(super) fn resolve(columns: Option<&str>, first: &[String]) -> Result<Mapping, String> {
        let known = Mapping::from_header(first);
        let Some(columns) = columns else {
            return match known {
                Some(mapping) => {
                    let doubles = crate::table::doubles(first);
                    if doubles.is_empty() {
                        return Ok(mapping);
                    }
                    Err(format!(
                        "its header has columns twice: {}; say which by number, such as --columns source=1,target=2",
                        doubles.join(", ")
                    ))
                }
                None if first.len() == 2 => Ok(Mapping::between(place(0), place(1))),
                None => Err(format!(
                    "it has {} columns and no header that names source and target; say which is which, such as --columns source=1,target=2,at=3",
                    first.len()
                )),
            };
        };
        Mapping::parse(columns, first, known.is_some())
    }

    fn between(source: Place, target: Place) -> Mapping {
        Mapping {
            source,
            target,
            at: None,
            weight: None,
            verb: None,
            id: None,
            visibility: None,
            verb_of_all: None,
            visibility_of_all: super::ABOUT.visibility,
            direction: Direction::Directed,
            header: false,
        }
    }

    fn parse(columns: &str, first: &[String], known: bool) -> Result<Mapping, String> {
        let mut places: [(&str, Option<Place>); 7] =
            ["source", "target", "at", "weight", "verb", "id", "visibility"].map(|key| (key, None));
        let (mut verb_of_all, mut visibility_of_all) = (None, None);
        let (mut direction, mut header) = (None, None);
        let mut by_name = false;
        let mut seen = Vec::new();
        for pair in columns.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let Some((key, value)) = pair.split_once('=') else {
                return Err(format!(
                    "--columns: {pair:?} is no key=column; write it like source=1,target=2"
                ));
            };
            let (key, value) = (key.trim(), value.trim());
            if seen.contains(&key) {
                return Err(format!("--columns: {key:?} is given twice; keep one"));
            }
            seen.push(key);
            let options =
                |wanted: &str| Err(format!("--columns: {key}={value} is none of {wanted}"));
            let level = Visibility::parse(value).filter(|_| key == "visibility");
            if level.is_some() {
                visibility_of_all = level;
                continue;
            }
            match (key, value) {
                ("as", verb) if model::verb::is_verb(verb) => verb_of_all = Some(verb.to_owned()),
                ("as", _) => return options("the verbs; use a-z 0-9 _, such as as=reply"),
                ("direction", "directed") => direction = Some(Direction::Directed),
                ("direction", "reversed") => direction = Some(Direction::Reversed),
                ("direction", "both") => direction = Some(Direction::Both),
                ("direction", _) => return options("directed, reversed and both"),
                ("header", "yes") => header = Some(true),
                ("header", "no") => header = Some(false),
                ("header", _) => return options("yes and no"),
                _ => {
                    let Some((_, slot)) = places.iter_mut().find(|(name, _)| *name == key) else {
                        return Err(format!(
                            "--columns: there is no {key:?}; use source, target, at, weight, verb, id, visibility, as, direction or header"
                        ));
                    };
                    let (place, is_name) =
                        find(key, value, first).map_err(|message| match key {
                            "visibility" => {
                                format!(
                                    "{message}; or say public, community or private for every edge"
                                )
                            }
                            _ => message,
                        })?;
                    by_name |= is_name;
                    *slot = Some(place);
                }
            }
        }
        let [source, target, at, weight, verb, id, visibility] = places.map(|(_, place)| place);
        let found = match (source, target) {
            (Some(source), Some(target)) => {
                Mapping { header: known, ..Mapping::between(source, target) }
            }
            (None, None) => Mapping::resolve(None, first)?,
            _ => {
                return Err(
                    "--columns: source and target are both needed, or neither; write source=1,target=2"
                        .to_owned(),
                );
            }
        };
        if verb.is_some() && verb_of_all.is_some() {
            return Err("--columns: verb and as exclude each other; keep one".to_owned());
        }
        if by_name && header == Some(false) {
            return Err(
                "--columns: columns are named, and header=no says that there are no names; use numbers"
                    .to_owned(),
            );
        }
        let wordy = [&at, &weight].into_iter().flatten().any(|place| {
            let cell = first.get(place.number);
            cell.is_some_and(|cell| !cell.bytes().any(|b| b.is_ascii_digit()))
        });
        // What was typed for all edges goes before a column that was merely found.
        let found_verb = found.verb.filter(|_| verb_of_all.is_none());
        let found_visibility = found.visibility.filter(|_| visibility_of_all.is_none());
        Ok(Mapping {
            source: found.source,
            target: found.target,
            at: at.or(found.at),
            weight: weight.or(found.weight),
            verb: verb.or(found_verb),
            id: id.or(found.id),
            visibility: visibility.or(found_visibility),
            verb_of_all,
            visibility_of_all: visibility_of_all.unwrap_or(found.visibility_of_all),
            direction: direction.unwrap_or(found.direction),
            header: header.unwrap_or(found.header || by_name || wordy),
        })
    }
}

fn place(number: usize) -> Place {
    Place { number, name: format!("column {}", number + 1) }
}

/// A column by header name or by number, and whether it was the name.
fn find(key: &str, value: &str, first: &[String]) -> Result<(Place, bool), String> {
    if let Some(place) = named(first, value).filter(|_| value.parse::<usize>().is_err()) {
        return Ok((place, true));
    }
    match value.parse::<usize>() {
        Ok(number @ 1..) if number <= first.len() => Ok((place(number - 1), false)),
        Ok(_) => Err(format!(
            "--columns: {key}={value} is no column; the first line has {}, counted from 1",
            first.len()
        )),
        Err(_) => Err(format!(
            "--columns: {key}={value} names no column; the first line has {}",
            model::time::shorten(&first.join(", "))
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(columns: &str, first: &str) -> Result<Mapping, String> {
        let first: Vec<String> = first.split(',').map(str::to_owned).collect();
        Mapping::resolve(Some(columns).filter(|columns| !columns.is_empty()), &first)
    }

    #[test]
    fn columns_go_by_name_or_number() {
        let mapping =
            resolve("source=Sender,target=2,at=EventDate", "Sender,Recipient,EventDate").unwrap();
        assert_eq!((mapping.source.number, mapping.target.number), (0, 1));
        assert_eq!(mapping.at.map(|at| at.number), Some(2));
        assert!(mapping.header);
    }

    #[test]
    fn a_header_is_told_by_its_names_or_by_a_time_without_digits() {
        for (columns, first, header) in [
            ("", "from,to", true),
            ("", "1,2", false),
            ("source=1,target=2", "a,b", false),
            ("source=1,target=2", "from,to", true),
            ("source=1,target=2,at=3", "a,b,when", true),
            ("source=1,target=2,at=3", "a,b,1289241911", false),
            ("source=1,target=2,header=yes", "a,b", true),
        ] {
            assert_eq!(resolve(columns, first).unwrap().header, header, "{columns} {first}");
        }
    }

    #[test]
    fn wrong_mappings_say_what_is_wrong() {
        for (columns, first, said) in [
            ("source", "a,b", "key=column"),
            ("source=1", "a,b", "both needed"),
            ("as=advice", "a,b,c", "source=1"),
            ("source=1,target=2,visibility=mail", "a,b", "public, community or private"),
            ("source=1,target=3", "a,b", "first line has 2"),
            ("source=1,target=0", "a,b", "counted from 1"),
            ("source=x,target=2", "a,b", "names no column"),
            ("source=1,target=2,source=2", "a,b", "twice"),
            ("source=1,target=2,when=3", "a,b,c", "there is no \"when\""),
            ("source=1,target=2,direction=up", "a,b", "directed, reversed and both"),
            ("source=1,target=2,as=RT!", "a,b", "as=reply"),
            ("source=1,target=2,verb=2,as=reply", "a,b", "exclude"),
            ("source=a,target=b,header=no", "a,b", "use numbers"),
            ("", "a,b,c", "source=1"),
            ("", "from,to,to", "twice"),
        ] {
            let message = resolve(columns, first).unwrap_err();
            assert!(message.contains(said), "{columns}: {message}");
        }
    }
}
