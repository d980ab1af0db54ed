//! Why a score is what it is: parts that add up, down to the ties and the interactions that made them.
//!
//! Points and sentences come from the stored scorecard. The ties under them are looked up in the ledger as of the same
//! moment; where the ledger has changed since, the explanation says so. Third parties are named only where the item is
//! public and they have not refused; the rest is counted.

use crate::disclosure::{Disclosure, Named};
use crate::error::{Error, Result};
use crate::moment::Moment;
use crate::who::state_name;
use crate::workspace::{Reading, Workspace};
use influence::definition::{Definition, SignalUse};
use influence::signals::{self, Carrier};
use influence::{Snapshot, Tie};
use ledger::Between;
use model::{Interaction, Time, Visibility};
use std::fmt;
use std::ops::ControlFlow;

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

/// Interactions shown for a tie.
const ITEMS: usize = 3;

impl Workspace {
    /// Takes a person's score apart, with at most `ties` ties a part.
    pub fn explain(
        &self,
        account: &str,
        definition: &str,
        as_of: Option<Time>,
        ties: usize,
    ) -> Result<Explained> {
        let card = self.card(definition, as_of)?;
        let header = card.header();
        let reading = self.reading()?;
        let disclosure = reading.disclosure(header.as_of());
        let id = disclosure.resolve(account)?;
        let Some(person) = disclosure.person(id, &header.purpose)? else {
            return Err(Error::refused(account));
        };
        // Without a row the person has no tie in the window, and so no evidence.
        let row = card.find(id).unwrap_or(usize::MAX);
        let found = influence::explain::explain(&card, row);
        let definition = self.scored_definition(&header.definition, header.version)?;
        let mut notes = Vec::new();
        let mut behind = Behind::new(&reading, &disclosure, &definition, header.as_of(), id)?;
        if behind.snapshot.id() != header.snapshot {
            notes.push("The ledger has changed since this score was made; the ties shown are those of today's ledger. Score again to bring them together.".to_owned());
        }
        if found.score.is_none()
            && card.find(id).is_some()
            && found.state == influence::scorecard::State::NotEnoughEvidence
        {
            notes.push(format!(
                "{} people engaged this person, in {} interactions; the definition asks for at least {} people and {} interactions.",
                found.evidence.engagers, found.evidence.interactions, found.evidence.min_engagers, found.evidence.min_interactions
            ));
        }
        let mut parts = Vec::with_capacity(found.parts.len());
        for part in found.parts {
            let mut because: Vec<Because> = part.because.into_iter().map(Because::words).collect();
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

/// What is behind a person's values: ties and interactions, as far as they may be shown.
struct Behind<'a> {
    reading: &'a Reading,
    disclosure: &'a Disclosure<'a>,
    definition: &'a Definition,
    snapshot: std::rc::Rc<Snapshot>,
    person: u64,
}

impl<'a> Behind<'a> {
    fn new(
        reading: &'a Reading,
        disclosure: &'a Disclosure<'a>,
        definition: &'a Definition,
        as_of: Time,
        person: u64,
    ) -> Result<Behind<'a>> {
        let snapshot = Moment::new(reading, as_of).snapshot(&definition.projection)?;
        Ok(Behind { reading, disclosure, definition, snapshot, person })
    }

    /// The people who carry the value of a signal, the strongest first, and a count of those not named.
    fn signal(&mut self, name: &str, most: usize) -> Result<Vec<Because>> {
        let uses = self.definition.signals.iter().find(|signal| signal.name == name);
        let (Some(uses), Some(number)) = (uses, self.snapshot.number(self.person)) else {
            return Ok(Vec::new());
        };
        let carriers = carriers(uses, &self.snapshot, number)?;
        let mut reasons = Vec::new();
        let (mut unnamed, mut private) = (0u64, 0u64);
        for carrier in &carriers {
            let ties = self.ties(number, carrier.person);
            let public = ties.iter().any(|tie| tie.has(Visibility::Public));
            if !public {
                private += ties.iter().map(|tie| u64::from(tie.interactions)).sum::<u64>();
                continue;
            }
            let id = self.snapshot.people()[carrier.person as usize];
            let named = match reasons.len() < most {
                true => {
                    self.disclosure.third_party(id, Visibility::Public, &self.definition.purpose)?
                }
                false => None,
            };
            match named {
                Some(named) => reasons.push(self.reason(named, carrier, &ties)?),
                None => unnamed += 1,
            }
        }
        if unnamed > 0 {
            let people = if unnamed == 1 { "person" } else { "people" };
            reasons.push(Because::words(format!("and {unnamed} more {people}")));
        }
        if private > 0 {
            let exchanges = if private == 1 { "exchange" } else { "exchanges" };
            reasons.push(Because::words(format!("and {private} private {exchanges}")));
        }
        Ok(reasons)
    }

    /// The ties between the person and another, both ways.
    fn ties(&self, number: u32, other: u32) -> Vec<Tie> {
        let both =
            [self.snapshot.tie_between(other, number), self.snapshot.tie_between(number, other)];
        both.into_iter().flatten().collect()
    }

    fn reason(&self, named: Named, carrier: &Carrier, ties: &[Tie]) -> Result<Because> {
        let toward = self.snapshot.number(self.person);
        let inward = ties.iter().find(|tie| Some(tie.target) == toward);
        let outward = ties.iter().find(|tie| Some(tie.source) == toward);
        let mut text = format!("{}: {}", named.display_name(), interactions(inward));
        text.push_str(" toward this person");
        if outward.is_some() {
            text.push_str(&format!(", {} back", interactions(outward)));
        }
        if carrier.share >= 0.001 {
            text.push_str(&format!("; {:.1} % of the value", 100.0 * carrier.share));
        }
        let interactions = self.items(named.id().0)?;
        Ok(Because {
            text,
            person: Some(named),
            strength: inward.map(|tie| tie.strength),
            interactions,
        })
    }

    /// The newest public interactions of another person toward this one that the definition counts.
    fn items(&self, other: u64) -> Result<Vec<Item>> {
        let sorted = |mut keys: Vec<u64>| {
            keys.sort_unstable();
            keys
        };
        let targets = sorted(self.disclosure.members(self.person));
        let actors = sorted(self.disclosure.members(other));
        let projection = &self.definition.projection;
        let until = self.snapshot.as_of();
        let between = Between {
            targets: &targets,
            actors: Some(&actors),
            from: Some(projection.from(until)),
            until,
        };
        let mut items = std::collections::VecDeque::new();
        self.reading.view.interactions_of(&between, &mut |row: &Interaction<'_>| {
            if row.visibility == Visibility::Public
                && projection.weight(row.network, row.verb) > 0.0
            {
                if items.len() == ITEMS {
                    items.pop_front();
                }
                let own = |text: Option<&str>| text.map(str::to_owned);
                items.push_back(Item {
                    id: row.id.unwrap_or_default().to_owned(),
                    at: row.at,
                    network: row.network.to_owned(),
                    verb: row.verb.to_owned(),
                    object: own(row.object),
                    url: own(row.url),
                });
            }
            ControlFlow::Continue(())
        })?;
        Ok(items.into_iter().rev().collect())
    }
}

fn interactions(tie: Option<&Tie>) -> String {
    match tie.map_or(0, |tie| tie.interactions) {
        1 => "1 interaction".to_owned(),
        count => format!("{count} interactions"),
    }
}

fn carriers(uses: &SignalUse, snapshot: &Snapshot, number: u32) -> Result<Vec<Carrier>> {
    let Some(signal) = signals::find(&uses.name) else {
        return Ok(Vec::new());
    };
    let mut carriers = signal.carriers(snapshot, number, &uses.options()?)?;
    // Where all carry the same, the strongest tie comes first.
    let strength =
        |one: &Carrier| snapshot.tie_between(one.person, number).map_or(0.0, |tie| tie.strength);
    carriers.sort_by(|a, b| {
        let by_strength = || strength(b).total_cmp(&strength(a));
        b.share.total_cmp(&a.share).then_with(by_strength).then(a.person.cmp(&b.person))
    });
    Ok(carriers)
}

impl Because {
    fn words(text: String) -> Because {
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
