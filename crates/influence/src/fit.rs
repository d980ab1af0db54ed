//! The fit: everything that a definition learned from the people whom it scored first.
//!
//! A fit holds what each signal's normalisation remembers and the reference of the scale. It is made once, by the first scoring of a
//! version of a definition, and never moves by itself, so that a score is a function of (ledger, fit). Its file is JSON; numbers are
//! kept as the hexadecimal digits of their bits, so that they come back exactly. Communities are named by their hash alone, and so covered by that of
//! the fit.

use crate::communities::Communities;
use crate::definition::Definition;
use crate::normalise::Normaliser;
use crate::reference::Reference;
use crate::{Error, Kind};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_128;

/// What a definition learned from the people whom it scored first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// Version of this form.
    format: u32,
    /// [`Definition::hash`] of the definition that it belongs to.
    definition: String,
    /// [`crate::Snapshot::id`] of the snapshot that it was made on.
    snapshot: String,
    /// For each signal of the definition.
    signals: Vec<Signal>,
    /// The combined values of the people scored.
    scale: Reference,
    /// [`Communities::hash`] of the communities that belong to it; they have a file of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    communities: Option<String>,
    /// Those communities, once they are at hand.
    #[serde(skip)]
    held: Option<Arc<Communities>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Signal {
    name: String,
    normaliser: Normaliser,
}

const FORMAT: u32 = 1;

impl Fit {
    pub(crate) fn new(
        definition: &Definition,
        snapshot: &str,
        normalisers: Vec<Normaliser>,
        scale: Reference,
    ) -> Fit {
        let names = definition.signals.iter().map(|signal| signal.name.clone());
        Fit {
            format: FORMAT,
            definition: definition.hash(),
            snapshot: snapshot.to_owned(),
            signals: names
                .zip(normalisers)
                .map(|(name, normaliser)| Signal { name, normaliser })
                .collect(),
            scale,
            communities: None,
            held: None,
        }
    }

    /// The same with the communities on which its signals were, or are to be, computed.
    ///
    /// # Errors
    /// It was made with other communities.
    pub fn with_communities(self, communities: Arc<Communities>) -> Result<Fit, Error> {
        let hash = communities.hash();
        match &self.communities {
            Some(named) if *named != hash => Err(Error::new(
                Kind::Fit,
                format!(
                    "the fit was made with communities {named}, and these are {hash}; restore them from a backup"
                ),
            )),
            _ => Ok(Fit { communities: Some(hash), held: Some(communities), ..self }),
        }
    }

    /// [`Communities::hash`] of the communities that belong to it; nothing where its definition needs none.
    pub fn communities_hash(&self) -> Option<&str> {
        self.communities.as_deref()
    }

    /// The communities that belong to it, if they were given to it since it was read.
    pub fn communities(&self) -> Option<&Arc<Communities>> {
        self.held.as_ref()
    }

    /// Whether nobody could be scored when it was made. Such a fit has learned nothing and must not be kept.
    pub fn is_empty(&self) -> bool {
        self.scale.people() == 0
    }

    /// The N of the scale: how many people it was made on.
    pub fn people(&self) -> u64 {
        self.scale.people()
    }

    /// Hash of the definition that it belongs to.
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// Id of the snapshot that it was made on.
    pub fn snapshot(&self) -> &str {
        &self.snapshot
    }

    /// The scale's reference.
    pub fn scale(&self) -> &Reference {
        &self.scale
    }

    /// What the normalisation of each signal remembers, in the definition's order.
    pub fn normalisers(&self) -> impl Iterator<Item = &Normaliser> {
        self.signals.iter().map(|signal| &signal.normaliser)
    }

    /// Hash over all of it, in 32 hexadecimal digits.
    pub fn hash(&self) -> String {
        format!("{:032x}", xxh3_128(self.to_json().as_bytes()))
    }

    /// Its file.
    pub fn to_json(&self) -> String {
        // Strings, integers and lists of them: there is nothing that could fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads its file, which must belong to `definition`.
    ///
    /// # Errors
    /// The file is damaged, of a newer form, or the fit of another definition.
    pub fn from_json(text: &str, definition: &Definition) -> Result<Fit, Error> {
        let fit: Fit = serde_json::from_str(text).map_err(|error| {
            Error::new(
                Kind::Fit,
                format!("the stored fit of {} is damaged: {error}", definition.name),
            )
        })?;
        fit.belongs_to(definition)?;
        Ok(fit)
    }

    /// Checks that it is the fit of `definition`.
    pub(crate) fn belongs_to(&self, definition: &Definition) -> Result<(), Error> {
        let named = |what: &str| {
            Err(Error::new(
                Kind::Fit,
                format!(
                    "the fit of {} version {} {what}; raise the definition's version to fit it anew",
                    definition.name, definition.version
                ),
            ))
        };
        if self.format != FORMAT {
            return named("was written by another version of this program");
        }
        if self.definition != definition.hash() {
            return named("was made for other contents of the definition");
        }
        let signals = &definition.signals;
        let same = self.signals.len() == signals.len()
            && self.signals.iter().zip(signals).all(|(stored, signal)| {
                stored.name == signal.name && stored.normaliser.fits(signal.normalise)
            });
        if !same {
            return named("holds other signals than the definition");
        }
        Ok(())
    }
}
