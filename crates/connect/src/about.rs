//! What a connector says of itself, and what it must be able to do.

use crate::deliver::Deliver;
use crate::sample::Sample;
use crate::source::Source;
use crate::{Error, Options};
use model::{VERBS, Visibility};
use serde::Serialize;

/// One form of input.
pub trait Connector: Sync {
    /// Its description: help, reference and completions derive from it.
    fn about(&self) -> &'static About;

    /// Whether the beginning of an input looks like its own.
    fn fits(&self, sample: &Sample, options: &Options) -> bool;

    /// Reads the input to its end, in chunks of whole rows.
    ///
    /// Errors are for the input as a whole; a row that can't be used is a reject of its batch.
    fn read(
        &self,
        source: Source,
        options: &Options,
        deliver: &mut Deliver<'_>,
    ) -> Result<(), Error>;
}

/// A connector's description.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct About {
    /// By which `--connector` chooses it.
    pub name: &'static str,
    /// Under which heading help lists it.
    pub category: &'static str,
    /// One line: what it brings in.
    pub doc: &'static str,
    /// What the input looks like, exactly enough to write one.
    pub input: &'static str,
    /// The verbs of its rows.
    pub verbs: &'static [VerbUse],
    /// Who was meant to see its rows, where a row does not say.
    pub visibility: Visibility,
    /// The network of its rows, where neither a row nor `--network` says.
    pub network: Option<&'static str>,
    /// The options that it heeds.
    pub options: &'static [OptionUse],
}

/// A verb as a connector uses it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct VerbUse {
    /// The verb.
    pub name: &'static str,
    /// One sentence: who did what toward whom.
    pub meaning: &'static str,
    /// How much one such act should count, beside others, where a definition has no opinion: 0 for acts that make no tie.
    pub weight: f64,
}

/// An option as a connector understands it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OptionUse {
    /// As typed, such as `--network`.
    pub name: &'static str,
    /// What it does here.
    pub meaning: &'static str,
}

/// `--network`, for connectors whose rows need one.
pub(crate) const NETWORK: OptionUse =
    OptionUse { name: "--network", meaning: "The network of rows that name none." };

/// `--timezone`, for connectors that read written times.
pub(crate) const TIMEZONE: OptionUse = OptionUse {
    name: "--timezone",
    meaning: "What times without an offset from UTC mean; without it they are rejected.",
};

/// A shared verb with its shared meaning. A name that is not shared does not compile in a constant.
pub(crate) const fn shared(name: &str, weight: f64) -> VerbUse {
    let mut i = 0;
    while i < VERBS.len() {
        if same(VERBS[i].name, name) {
            return VerbUse { name: VERBS[i].name, meaning: VERBS[i].meaning, weight };
        }
        i += 1;
    }
    panic!("no shared verb has that name")
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
