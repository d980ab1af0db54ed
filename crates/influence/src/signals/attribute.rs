//! `attribute.NAME`: a number imported with the person, as it came.
//!
//! It ignores everything that people do. A name under which nobody has a value is a column without values, with a note,
//! as for every signal: a definition leaves it out and says so.

use super::{About, Column, Options, Resampled, Signal};
use crate::error::Error;
use crate::snapshot::Snapshot;

pub(super) struct Attribute;

/// What the name of each member of the family starts with.
const FAMILY: &str = "attribute.";

impl Signal for Attribute {
    fn about(&self) -> &About {
        &About {
            name: super::ATTRIBUTES,
            question: "What does the imported column NAME say about this person?",
            formula: "the number imported with the person; of several for one person, the largest",
            source: "The roster or CRM that it was imported from.",
            unit: "as imported",
            range: (f64::NEG_INFINITY, f64::INFINITY),
            ignores: "Every interaction.",
            needs: "A column NAME of numbers in an imported list of people.",
            options: &[],
            more_is_more: true,
            resampled: Resampled::Held,
        }
    }

    fn compute(&self, name: &str, snapshot: &Snapshot, _: &Options) -> Result<Column, Error> {
        let attribute = name.strip_prefix(FAMILY).unwrap_or(name);
        let attributes = snapshot.attributes();
        match attributes.get(attribute) {
            Some(values) => Ok(Column::new(name, values.clone())),
            // As with every signal that nobody has a value of: it is left out, and that is said.
            None => {
                let names: Vec<_> = attributes.keys().map(String::as_str).collect();
                let known = match names.is_empty() {
                    true => "no attributes were imported".to_owned(),
                    false => format!("there are {}", names.join(", ")),
                };
                let note = format!(
                    "No attribute {attribute:?} was imported ({known}); import people with that column."
                );
                Ok(Column::new(name, vec![f64::NAN; snapshot.people().len()]).noted(note))
            }
        }
    }
}
