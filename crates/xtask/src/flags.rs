//! `--name value` arguments of a benchmark, checked against the names that it declares.

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::str::FromStr;

/// The options given on the command line.
pub struct Flags(BTreeMap<String, String>);

impl Flags {
    /// Reads pairs of `--name value`; a name that is not in `known` is an error that lists them.
    pub fn parse(arguments: &[String], known: &[(&str, &str)]) -> Result<Flags> {
        let mut flags = BTreeMap::new();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let name = argument.strip_prefix("--").unwrap_or_default();
            if !known.iter().any(|(option, _)| *option == name) {
                let names: Vec<_> = known.iter().map(|(option, _)| format!("--{option}")).collect();
                bail!("{argument:?} is no option here; there are: {}", names.join(", "));
            }
            let value = rest.next().with_context(|| format!("--{name} needs a value"))?;
            flags.insert(name.to_owned(), value.clone());
        }
        Ok(Flags(flags))
    }

    /// The value of `--name`, or `default` where it is not given.
    pub fn get<T: FromStr>(&self, name: &str, default: T) -> Result<T> {
        match self.0.get(name) {
            None => Ok(default),
            Some(text) => match text.replace('_', "").parse() {
                Ok(value) => Ok(value),
                Err(_) => bail!("--{name} {text:?} is not a value that it takes"),
            },
        }
    }

    /// The text of `--name`, if given.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Flags> {
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        Flags::parse(&arguments, &[("events", "N"), ("gap", "DIR")])
    }

    #[test]
    fn options_are_read_by_name_and_have_defaults() {
        let flags = parse(&["--events", "2_000", "--gap", "a_b"]).unwrap();
        assert_eq!(flags.get("events", 1u64).unwrap(), 2000);
        assert_eq!(flags.text("gap"), Some("a_b"));
        assert_eq!(parse(&[]).unwrap().get("events", 7u64).unwrap(), 7);
    }

    #[test]
    fn a_wrong_option_is_refused_with_the_right_ones() {
        let message = |arguments: &[&str]| parse(arguments).err().unwrap().to_string();
        assert!(message(&["--evnts", "3"]).contains("--events, --gap"));
        assert!(message(&["events"]).contains("no option"));
        assert!(message(&["--events"]).contains("needs a value"));
        assert!(parse(&["--events", "many"]).unwrap().get("events", 1u64).is_err());
    }
}
