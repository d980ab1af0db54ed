//! One interaction, and what can be wrong with it.

use crate::{Time, Visibility};

/// One row: `actor` did `verb` toward `target` at `at`. Credit flows from the actor to the target.
///
/// Borrowed from the reader's buffer: [`crate::Batch::push`] checks it and copies what is kept.
#[derive(Clone, Copy, Debug)]
pub struct Interaction<'a> {
    /// The network's own id; without it one is derived from all the other columns.
    pub id: Option<&'a str>,
    /// When it happened.
    pub at: Time,
    /// The network, such as `twitter`; see [`crate::account::is_network`].
    pub network: &'a str,
    /// What was done; see [`crate::verb`].
    pub verb: &'a str,
    /// Who acted: the stable id within the network, or `network:id`.
    pub actor: &'a str,
    /// Toward whom, in the same form.
    pub target: Option<&'a str>,
    /// The post concerned (reshared, liked, published), or the id that an undo takes back.
    pub object: Option<&'a str>,
    /// The post replied to or quoted.
    pub in_reply_to: Option<&'a str>,
    /// The words.
    pub text: Option<&'a str>,
    /// Language tag.
    pub lang: Option<&'a str>,
    /// Where it can be read.
    pub url: Option<&'a str>,
    /// How much it counts before layers: finite, at least 0, usually 1.
    pub weight: f64,
    /// Who was meant to see it.
    pub visibility: Visibility,
}

impl<'a> Interaction<'a> {
    /// A public interaction of weight 1 with only what every row must have.
    pub fn new(
        at: Time,
        network: &'a str,
        verb: &'a str,
        actor: &'a str,
        target: Option<&'a str>,
    ) -> Interaction<'a> {
        Interaction {
            id: None,
            at,
            network,
            verb,
            actor,
            target,
            object: None,
            in_reply_to: None,
            text: None,
            lang: None,
            url: None,
            weight: 1.0,
            visibility: Visibility::Public,
        }
    }
}

/// What is wrong with a row, for the person who can mend it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The field, by the name that the file uses; empty for the row as a whole.
    pub field: String,
    /// What is wrong and what would be right, in one sentence without a full stop.
    pub reason: String,
}

impl Fault {
    /// A fault of one field.
    pub fn new(field: &str, reason: impl Into<String>) -> Fault {
        Fault { field: field.to_owned(), reason: reason.into() }
    }
}
