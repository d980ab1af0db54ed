//! Definitions: what a business calls influence, written as a small TOML file.
//!
//! ```toml
//! name = "helpers"                 # a-z 0-9 - _
//! version = 1                      # a published version never changes; a change is a new version
//! question = "Who helps other customers?"
//! purpose = "community"            # employment, credit, housing and insurance are refused, unless there stands
//!                                  # consent = "exact": then only those who consented to this very purpose are scored
//! population = { side = ["outside"] }        # side, role, organisation; without it all
//! visibility = ["public", "community"]       # without it only public
//! projection = { window = "180d", half_life = "90d", layers = { answer = 1.0, "forum:reply" = 0.5 } }
//!                                  # or the name of a shipped one, "standard" (without it) or "deeds". With `returned = ["reply"]` in it,
//!                                  # replies count only toward somebody who did something for their author
//! evidence = { min_engagers = 3, min_interactions = 0 }   # these are what holds without it
//! scale = "standard"               # or percentile, rarity, linear
//! combine = "weighted-sum"         # or geometric, max
//! integrity = "none"               # nothing else exists yet
//!
//! [[signal]]
//! name = "reach.engagers"
//! weight = 2.0                     # without it 1
//! normalise = "log"                # rank (without it), log, zscore, share, none
//! direction = "high"               # or low
//! why = "Distinct people count; a hundred replies from one person do not."
//!
//! [[group]]                        # groups nest: [[group.signal]], [[group.group]]
//! name = "bridging"
//! combine = "geometric"
//! weight = 1.0
//! why = "Both, or it is no bridge."
//! [[group.signal]]
//! name = "brokerage.constraint"
//! direction = "low"
//! ties = "returned"                # an option of this signal
//! why = "..."
//! ```
//!
//! [`check`] reads a file and names every fault at once. [`shipped`] holds the definitions that come with the program.

mod check;
pub(crate) mod differences;
mod members;
mod population;
mod purposes;
mod shipped;

pub use crate::reader::Problem;
pub use check::check;
pub use differences::differences;
pub use population::{Population, Side, Standing};
pub use purposes::{SENSITIVE, Sensitive, sensitive};
pub use shipped::{SHIPPED, Shipped, shipped};

use crate::combine::{Combine, Group, Member};
use crate::normalise::{Direction, Normalise};
use crate::projection::Projection;
use crate::scale::Scale;
use crate::{Error, Kind, signals};
use model::Visibility;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use xxhash_rust::xxh3::xxh3_128;

/// A definition without faults.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// What it is called.
    pub name: String,
    /// From 1.
    pub version: u32,
    /// The question that its scores answer.
    pub question: String,
    /// What its scores may be used for.
    pub purpose: String,
    /// Whether only people are scored who consented to exactly this purpose.
    pub exact_consent: bool,
    /// Who can be scored.
    pub population: Population,
    /// Whose interactions count, by who was meant to see them; from open to closed.
    pub visibility: Vec<Visibility>,
    /// How interactions become ties.
    pub projection: Projection,
    /// What a person must have before there is a score.
    pub evidence: Evidence,
    /// How the combined value becomes a score.
    pub scale: Scale,
    /// Its signals, in the order in which `root` names them.
    pub signals: Vec<SignalUse>,
    /// How the signals are combined.
    pub root: Group,
}

/// The evidence floor: undecayed counts inside the window. Whoever has no value in any signal is below it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// At least so many distinct people engaged the person.
    pub min_engagers: u64,
    /// At least so many interactions were toward the person.
    pub min_interactions: u64,
}

impl Default for Evidence {
    fn default() -> Evidence {
        Evidence { min_engagers: 3, min_interactions: 0 }
    }
}

/// A signal as a definition uses it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalUse {
    /// The signal's name in the registry.
    pub name: String,
    /// How it is brought into 0..1.
    pub normalise: Normalise,
    /// Which end is wanted.
    pub direction: Direction,
    /// Its own options, key and value, in order of key; what is left at its default is not listed.
    pub options: Vec<(String, String)>,
    /// Why it is there.
    pub why: String,
}

impl SignalUse {
    /// Its options as the signal takes them.
    ///
    /// # Errors
    /// An option that the signal does not have; [`check`] lets none pass.
    pub fn options(&self) -> Result<signals::Options, Error> {
        let mut options = signals::Options::default();
        for (key, value) in &self.options {
            options.set(key, value).map_err(|reason| {
                Error::new(Kind::Definition, format!("signal {}: {reason}", self.name))
            })?;
        }
        Ok(options)
    }
}

impl Definition {
    /// Whether one of its signals rests on communities, which then are part of the fit.
    pub fn needs_communities(&self) -> bool {
        let signals = self.signals.iter().filter_map(|signal| signals::find(&signal.name));
        signals.into_iter().any(|signal| signal.needs_communities())
    }

    /// Whether one of its signals needs a snapshot that keeps [`crate::Actions`].
    pub fn needs_actions(&self) -> bool {
        let signals = self.signals.iter().filter_map(|one| signals::find(&one.name));
        signals.into_iter().any(|signal| signal.needs_actions())
    }

    /// The hash of all that it says, in 32 hexadecimal digits: comments and the order of keys and entries are no matter, words are.
    pub fn hash(&self) -> String {
        format!("{:032x}", xxh3_128(self.canonical().as_bytes()))
    }

    /// All that it says as text, in one form. What is left at its default is left out, so that new options change no old hash.
    fn canonical(&self) -> String {
        let mut out = String::from("definition 1\n");
        for (key, value) in
            [("name", &self.name), ("question", &self.question), ("purpose", &self.purpose)]
        {
            put(&mut out, key, value);
        }
        put(&mut out, "version", &self.version.to_string());
        if self.exact_consent {
            put(&mut out, "consent", "exact");
        }
        for (key, values) in self.population.lists() {
            for value in values {
                put(&mut out, key, value);
            }
        }
        for level in &self.visibility {
            put(&mut out, "visibility", level.name());
        }
        put(&mut out, "projection", &self.projection.canonical());
        put(
            &mut out,
            "evidence",
            &format!("{} {}", self.evidence.min_engagers, self.evidence.min_interactions),
        );
        if self.scale != Scale::default() {
            put(&mut out, "scale", name_of(&Scale::ALL, self.scale));
        }
        self.put_group(&mut out, &self.root);
        out
    }

    fn put_group(&self, out: &mut String, group: &Group) {
        put(out, "group", &group.name);
        put(out, "weight", &crate::reference::bits(group.weight));
        put(out, "why", &group.why);
        if group.combine != Combine::default() {
            put(out, "combine", name_of(&Combine::ALL, group.combine));
        }
        for member in &group.members {
            match member {
                Member::Group(group) => self.put_group(out, group),
                Member::Signal { index, weight } => {
                    let signal = &self.signals[*index];
                    put(out, "signal", &signal.name);
                    put(out, "weight", &crate::reference::bits(*weight));
                    put(out, "why", &signal.why);
                    put(out, "normalise", name_of(&Normalise::ALL, signal.normalise));
                    if signal.direction != Direction::default() {
                        put(out, "direction", name_of(&Direction::ALL, signal.direction));
                    }
                    for (key, value) in &signal.options {
                        put(out, key, value);
                    }
                }
            }
        }
        out.push_str("end\n");
    }
}

/// One line; the length goes first, so that no two contents run together into the same text.
fn put(out: &mut String, key: &str, value: &str) {
    _ = writeln!(out, "{key} {} {value}", value.len());
}

/// The name of a value in its list of names.
fn name_of<T: PartialEq>(all: &[(&'static str, T)], value: T) -> &'static str {
    all.iter().find(|(_, one)| *one == value).map_or("", |(name, _)| name)
}

#[cfg(test)]
mod tests;
