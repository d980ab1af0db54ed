//! Why a score is what it is: parts that add up, down to the ties and the interactions that made them.
//!
//! Points and sentences come from the stored scorecard. The ties under them are looked up in the ledger as of the same
//! moment (`behind.rs`); where the ledger has changed since, the explanation says so.

use crate::behind::Behind;
use crate::disclosure::{Named, Reader};
use crate::error::{Error, Result};
use crate::who::state_name;
use crate::workspace::Workspace;
use influence::explain::Found;
use influence::scorecard::{Scorecard, State};
use model::Time;
use std::fmt;

/// One person's score under one definition, taken apart.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Explained {
    /// Who.
    #[serde(flatten)]
    pub person: Named,
    /// The definition's name.
    pub definition: String,
    /// Its version.
    pub version: u32,
    /// Its question.
    pub question: String,
    /// The moment.
    pub as_of: Time,
    /// The snapshot's id.
    pub snapshot: String,
    /// Whether there is a score, and if not, why: in words.
    pub state: String,
    /// 1 to 100.
    pub score: Option<f64>,
    /// The 90 % interval, where one is known.
    pub interval: Option<[f64; 2]>,
    /// The combined value before the scale, 0 to 1.
    pub raw: Option<f64>,
    /// The share of the reference that stands as high or higher.
    pub top_share: Option<f64>,
    /// How many people the scale was made on.
    pub reference_people: u64,
    /// The parts, the most points first. Their points sum to the score.
    pub parts: Vec<Part>,
    /// Adjustments, each with its reason. There are no integrity policies yet, so there are none.
    pub discounts: Vec<String>,
    /// Signals that count for nobody, because nobody has a value.
    pub left_out: Vec<String>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// What one signal carries of the score.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Part {
    /// The signal.
    pub signal: String,
    /// Its value in its own unit; nothing where there is no data.
    pub value: Option<f64>,
    /// Normalised, after direction, 0 to 1.
    pub normalised: f64,
    /// Weight in the whole.
    pub weight: f64,
    /// Part of the score, 0 to 1.
    pub share: f64,
    /// Points of the score.
    pub points: f64,
    /// The score without this signal; nothing if it is the only one.
    pub without: Option<f64>,
    /// Why the definition has this signal.
    pub why: String,
    /// What is behind the value.
    pub because: Vec<Because>,
}

/// A reason, with what it rests on.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Because {
    /// In words.
    pub text: String,
    /// The other end of the tie, where one is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<Named>,
    /// The tie's strength.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strength: Option<f32>,
    /// The newest of the interactions behind the tie.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interactions: Vec<Item>,
}

/// A public interaction behind a tie.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Item {
    /// The network's id.
    pub id: String,
    /// When.
    pub at: Time,
    /// Where.
    pub network: String,
    /// What was done.
    pub verb: String,
    /// The post concerned.
    pub object: Option<String>,
    /// Where it can be read.
    pub url: Option<String>,
}

impl Workspace {
    /// Takes a person's score apart, with at most `ties` ties a part.
    pub fn explain(
        &self,
        account: &str,
        definition: &str,
        as_of: Option<Time>,
        ties: usize,
    ) -> Result<Explained> {
        let explained = self.explanation(account, definition, as_of, ties)?;
        let what = format!("explain {}@{}", explained.definition, explained.version);
        self.looked(Some(explained.person.id().0), &what)?;
        Ok(explained)
    }

    /// The same, for somebody of whose looking the caller takes note.
    pub(crate) fn explanation(
        &self,
        account: &str,
        definition: &str,
        as_of: Option<Time>,
        ties: usize,
    ) -> Result<Explained> {
        self.explained(account, &self.card(definition, as_of)?, Reader::Operator, ties)
    }

    /// Takes the score of a card apart, as that reader may see it. Whether they may see the score is for the caller to know.
    pub(crate) fn explained<B: AsRef<[u8]>>(
        &self,
        account: &str,
        card: &Scorecard<B>,
        reader: Reader<'_>,
        ties: usize,
    ) -> Result<Explained> {
        let header = card.header();
        let reading = self.reading()?;
        let disclosure = reading.disclosure(header.as_of()).to(reader);
        let id = disclosure.resolve(account)?;
        let Some(person) = disclosure.person(id, &header.purpose)? else {
            return Err(Error::refused(account));
        };
        // Without a row the person has no tie in the window, and so no evidence.
        let row = card.find(id).unwrap_or(usize::MAX);
        let found = influence::explain::explain(card, row);
        let mut notes = Vec::new();
        if found.state == State::NotEnoughEvidence && row != usize::MAX {
            notes.push(short_of(&found.evidence));
        }
        let mut parts = Vec::with_capacity(found.parts.len());
        if !found.parts.is_empty() {
            let definition = self.scored_definition(&header.definition, header.version)?;
            let communities = self.communities(&definition)?;
            let at = header.as_of();
            let behind = Behind::new(&reading, &disclosure, &definition, communities, at, id)?;
            if behind.snapshot_id() != header.snapshot {
                notes.push(
                    "The ledger has changed since this score was made; the ties shown are those of today's \
                     ledger. Score again to bring them together."
                        .to_owned(),
                );
            }
            for part in found.parts {
                let mut because: Vec<Because> =
                    part.because.into_iter().map(Because::words).collect();
                because.extend(behind.signal(&part.signal, ties)?);
                parts.push(Part {
                    signal: part.signal,
                    value: part.value,
                    normalised: part.normalised,
                    weight: part.weight,
                    share: part.share,
                    points: part.points,
                    without: part.without,
                    why: part.why,
                    because,
                });
            }
        }
        let state = if row == usize::MAX { "not enough evidence" } else { state_name(found.state) };
        Ok(Explained {
            person,
            definition: found.definition,
            version: found.version,
            question: found.question,
            as_of: header.as_of(),
            snapshot: header.snapshot.clone(),
            state: state.to_owned(),
            score: found.score,
            interval: found.interval,
            raw: found.raw,
            top_share: found.top_share,
            reference_people: found.reference_people,
            parts,
            discounts: found.discounts,
            left_out: found.left_out,
            notes,
        })
    }
}

/// What is missing to the evidence floor.
fn short_of(found: &Found) -> String {
    let mut text = format!(
        "{} people engaged this person; the definition asks for at least {}.",
        found.engagers, found.min_engagers
    );
    if found.min_interactions > 0 {
        text.push_str(&format!(
            " There were {} interactions; it asks for at least {}.",
            found.interactions, found.min_interactions
        ));
    }
    text
}

impl Because {
    pub(crate) fn words(text: String) -> Because {
        Because { text, person: None, strength: None, interactions: Vec::new() }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} on {}", self.at, self.verb, self.network)?;
        match (&self.url, &self.object) {
            (Some(url), _) => write!(f, ", {url}"),
            (None, Some(object)) => write!(f, ", post {object}"),
            (None, None) => Ok(()),
        }
    }
}
