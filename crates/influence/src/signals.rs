//! Signals: one column of numbers over the people of a snapshot, each answering one question.
//!
//! The set is open: a signal is a file below this one and a line in [`REGISTRY`]. It says about itself all that help,
//! reference and explanations need ([`About`]), opens with its formula, and has an independent, slower verifier in its
//! tests. Values are finite or NaN, which is "no value": unknown, rather than 0.

use crate::communities::Communities;
use crate::draws::{Draw, Lanes};
use crate::error::{Error, Kind};
use crate::snapshot::Snapshot;
use graph::Pairing;
use model::Span;
use model::time::{DAY, parse_span};
use std::sync::Arc;

#[cfg(test)]
mod acted;
mod amplification;
mod attribute;
mod betweenness;
mod constraint;
mod contacted;
mod disparity;
mod effective_size;
mod engagers;
mod lead;
mod rank;
mod reach;
mod trust;
mod two_steps;
#[cfg(test)]
pub(crate) mod verify;
mod virality;
mod wake;

pub use wake::Effects;

/// The name of the family of imported attributes.
pub const ATTRIBUTES: &str = "attribute.NAME";

/// Every signal; `attribute.NAME` stands for as many as there are imported attributes.
pub const REGISTRY: &[&dyn Signal] = &[
    &wake::Wake,
    &amplification::Rate,
    &virality::Virality,
    &attribute::Attribute,
    &engagers::Engagers,
    &rank::Rank,
    &trust::Trust,
    &betweenness::Betweenness,
    &constraint::Constraint,
    &disparity::Disparity,
    &effective_size::EffectiveSize,
    &lead::Lead,
    &reach::Audience,
    &reach::Engagers,
    &two_steps::TwoSteps,
];

/// What a signal says about itself.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name, as definitions write it.
    pub name: &'static str,
    /// What it tells, as a question about a person.
    pub question: &'static str,
    /// The formula, in the words of the reference.
    pub formula: &'static str,
    /// Where the formula comes from.
    pub source: &'static str,
    /// What one unit of it is, after a number in a sentence: "{value} {unit}".
    pub unit: &'static str,
    /// The smallest and largest value that it can take; an infinite end is none.
    pub range: (f64, f64),
    /// What it deliberately does not see.
    pub ignores: &'static str,
    /// What the data must hold for it to have a value.
    pub needs: &'static str,
    /// The options of a definition that change it.
    pub options: &'static [Choice],
    /// Whether more of it means more influence; with `false`, definitions use `direction = "low"`.
    pub more_is_more: bool,
    /// What an interval lets vary of it.
    pub resampled: Resampled,
}

/// How a signal takes part in a score's interval, where interactions are drawn again by clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resampled {
    /// Computed again from the ties of every replicate.
    Full,
    /// Changed to first order: what the ties of a replicate change at once, all that follows from it being held.
    Linearised,
    /// Not at all: its value is no outcome of interactions, or what it rests on is taken as given.
    Held,
}

impl Resampled {
    /// Its name in the reference.
    pub fn name(self) -> &'static str {
        match self {
            Resampled::Full => "full",
            Resampled::Linearised => "linearised",
            Resampled::Held => "held",
        }
    }
}

/// An option of a signal with the values that it takes, the first being what holds without it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// The key.
    pub key: &'static str,
    /// The values.
    pub values: &'static [&'static str],
    /// What they mean.
    pub meaning: &'static str,
}

/// What a definition may set, and how closely to compute.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// What makes two people contacts: a tie either way, or ties both ways (`ties = "returned"`).
    pub ties: Pairing,
    /// Largest L1 residual of a walk.
    pub residual: f64,
    /// The communities of the fit; `None` is those of the snapshot at hand.
    pub communities: Option<Arc<Communities>>,
    /// The delay after which an exposure weighs half.
    pub half_life: Span,
    /// How far back an exposure can lie.
    pub horizon: Span,
    /// Which actions count as effects of others; `None` is all.
    pub effects: Option<Effects>,
}

impl Default for Options {
    /// Ties either way, and walks to a residual of 1e-13: values that other programs reproduce to nine digits.
    fn default() -> Options {
        Options {
            ties: Pairing::Either,
            residual: 1e-13,
            communities: None,
            half_life: DAY,
            horizon: 30 * DAY,
            effects: None,
        }
    }
}

impl Options {
    /// Sets the option `key` to `value`, as a definition writes them.
    ///
    /// # Errors
    /// A sentence naming what can be written instead.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match (key, value) {
            ("ties", "either") => self.ties = Pairing::Either,
            ("ties", "returned") => self.ties = Pairing::Returned,
            ("ties", _) => {
                return Err(format!("ties is {value:?}; write \"either\" or \"returned\""));
            }
            ("half_life", span) => self.half_life = above_zero(span)?,
            ("horizon", span) => self.horizon = above_zero(span)?,
            _ => {
                return Err(format!(
                    "there is no option {key:?}; there are ties, half_life and horizon"
                ));
            }
        }
        Ok(())
    }
}

impl Options {
    /// The community of each person of a snapshot, by number.
    pub fn groups(&self, snapshot: &Snapshot) -> Vec<u32> {
        self.communities.as_ref().unwrap_or_else(|| snapshot.communities()).on(snapshot)
    }
}

fn above_zero(text: &str) -> Result<Span, String> {
    let span = parse_span(text).filter(|span| *span > 0);
    span.ok_or_else(|| format!("{text:?} is no span above 0; write 6h or 30d"))
}

/// The values of a signal.
#[derive(Clone, Debug)]
pub struct Column {
    /// The signal's name; for attributes with the attribute's own.
    pub name: String,
    /// One value for each person of the snapshot, by number; NaN is no value.
    pub values: Vec<f64>,
    /// What a reader should know of how it came about in this snapshot, as a sentence.
    pub note: Option<String>,
}

impl Column {
    fn new(name: &str, values: Vec<f64>) -> Column {
        Column { name: name.to_owned(), values, note: None }
    }

    fn noted(self, note: impl Into<String>) -> Column {
        Column { note: Some(note.into()), ..self }
    }

    /// Whether anybody has a value.
    pub fn has_values(&self) -> bool {
        self.values.iter().any(|value| !value.is_nan())
    }
}

/// The column of a signal that reads actions, where the snapshot has none.
fn without_actions(name: &str, snapshot: &Snapshot) -> Column {
    let values = vec![f64::NAN; snapshot.people().len()];
    Column::new(name, values).noted("The snapshot was made without the order of what was done.")
}

/// Somebody whose ties carry a part of another's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Carrier {
    /// Number of the person.
    pub person: u32,
    /// Part of the value, 0 to 1. All together are at most 1: a walk's value has a part that nobody carries.
    pub share: f64,
}

/// A measure of people.
pub trait Signal: Sync {
    /// What it is.
    fn about(&self) -> &About;

    /// Whether it reads the order of what was done, so that the snapshot must keep [`crate::Actions`]. Without them it has
    /// no values.
    fn needs_actions(&self) -> bool {
        false
    }

    /// Its values; `name` is the name asked for, which differs from that of [`About`] only in a family.
    ///
    /// # Errors
    /// A kernel did not come to an end, or the family has no such member.
    fn compute(&self, name: &str, snapshot: &Snapshot, options: &Options) -> Result<Column, Error>;

    /// Whether its values rest on communities, which then belong to the fit ([`Options::communities`]).
    fn needs_communities(&self) -> bool {
        false
    }

    /// Who is behind the value of `person`, in no particular order; nobody where it is not made of ties.
    ///
    /// # Errors
    /// As for [`Signal::compute`].
    fn carriers(
        &self,
        snapshot: &Snapshot,
        person: u32,
        options: &Options,
    ) -> Result<Vec<Carrier>, Error> {
        let _ = (snapshot, person, options);
        Ok(Vec::new())
    }

    /// Its values in each replicate of a draw, by person, where `values` are those of the snapshot; nothing where it is
    /// [`Resampled::Held`]. NaN is no value there; where the snapshot has none, what a replicate has is no matter.
    ///
    /// # Errors
    /// As for [`Signal::compute`].
    fn resample(
        &self,
        draw: &Draw<'_>,
        values: &[f64],
        options: &Options,
    ) -> Result<Option<Vec<Lanes>>, Error> {
        let _ = (draw, values, options);
        Ok(None)
    }
}

/// The signal of that name; `attribute.followers` finds the family `attribute.NAME`.
pub fn find(name: &str) -> Option<&'static dyn Signal> {
    let member = |about: &About| match about.name.strip_suffix("NAME") {
        Some(family) => name.strip_prefix(family).is_some_and(|member| !member.is_empty()),
        None => about.name == name,
    };
    REGISTRY.iter().copied().find(|signal| member(signal.about()))
}

/// Computes the signal of that name.
///
/// # Errors
/// There is no such signal, or it can't be computed.
pub fn compute(name: &str, snapshot: &Snapshot, options: &Options) -> Result<Column, Error> {
    let signal = find(name).ok_or_else(|| {
        let names: Vec<_> = REGISTRY.iter().map(|signal| signal.about().name).collect();
        Error::new(
            Kind::Signal,
            format!("there is no signal {name:?}; there are {}", names.join(", ")),
        )
    })?;
    signal.compute(name, snapshot, options)
}
