//! `attribute.NAME`: a number imported with the person, as it came.
//!
//! It ignores everything that people do. A name that nobody has a value under is an error where no attribute of that
//! name was imported, and a column without values where those who have it are outside the snapshot.

use super::{About, Column, Options, Signal};
use crate::error::{Error, Kind};
use crate::snapshot::Snapshot;

pub(super) struct Attribute;

/// What the name of each member of the family starts with.
const FAMILY: &str = "attribute.";

impl Signal for Attribute {
    fn about(&self) -> &About {
        &About {
            name: "attribute.NAME",
            question: "What does the imported column NAME say about this person?",
            formula: "the number imported with the person; of several for one person, the largest",
            source: "The roster or CRM that it was imported from.",
            unit: "as imported",
            range: (f64::NEG_INFINITY, f64::INFINITY),
            ignores: "Every interaction.",
            needs: "A column NAME of numbers in an imported list of people.",
            options: &[],
            more_is_more: true,
        }
    }

    fn compute(&self, name: &str, snapshot: &Snapshot, _: &Options) -> Result<Column, Error> {
        let attribute = name.strip_prefix(FAMILY).unwrap_or(name);
        let attributes = snapshot.attributes();
        match attributes.get(attribute) {
            Some(values) => Ok(Column::new(name, values.clone())),
            None => {
                let names: Vec<_> = attributes.keys().map(String::as_str).collect();
                let known = if names.is_empty() {
                    "no attributes were imported".to_owned()
                } else {
                    format!("there are {}", names.join(", "))
                };
                Err(Error::new(
                    Kind::Signal,
                    format!(
                        "no attribute {attribute:?} was imported ({known}); import people with that column"
                    ),
                ))
            }
        }
    }
}
