//! Which interactions make ties, and how strong: window, half-life, layer weights, visibility.
//!
//! A row counts if `as_of - window < at <= as_of`, its visibility is declared, and its layer (verb, or verb on one
//! network) has a weight above 0. It adds `weight * 2^(-age / half_life)` to its layer (without a half-life:
//! `weight`), and a tie's strength is `ln(1 + sum over layers of w * x)`. Rows of the verbs `returned` count only
//! toward somebody who did something toward their actor that counts, so that what strangers write to somebody who never answers
//! is nothing.
//! The whole meaning as one SQL statement is `docs/projection.sql`; [`crate::projector`] is the fast form of it.

use crate::error::{Error, Kind};
use model::time::DAY;
use model::{Span, Time, Visibility, account, verb};
use std::fmt::Write as _;

/// The visibility levels whose rows count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levels([bool; 3]);

impl Levels {
    /// Every level.
    pub const ALL: Levels = Levels([true; 3]);

    /// The levels named.
    pub fn of(levels: &[Visibility]) -> Levels {
        Levels(Visibility::ALL.map(|level| levels.contains(&level)))
    }

    /// Whether `level` counts.
    pub fn has(self, level: Visibility) -> bool {
        self.0[level as usize]
    }

    /// The levels that count, from open to closed.
    pub fn iter(self) -> impl Iterator<Item = Visibility> {
        Visibility::ALL.into_iter().filter(move |level| self.has(*level))
    }
}

/// The weight of one verb, everywhere or on one network.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The network that this holds for; `None` is every network without an entry of its own.
    pub network: Option<String>,
    /// The verb.
    pub verb: String,
    /// What one interaction of weight 1 adds: finite, 0 to [`Projection::HEAVIEST`].
    pub weight: f64,
}

impl Layer {
    /// Reads `verb` or `network:verb`.
    ///
    /// # Errors
    /// A sentence saying what is wrong with the key or the weight.
    pub fn parse(key: &str, weight: f64) -> Result<Layer, String> {
        let (network, name) = match key.rsplit_once(':') {
            Some((network, name)) => (Some(network), name),
            None => (None, key),
        };
        if network.is_some_and(|network| !account::is_network(network)) || !verb::is_verb(name) {
            return Err(format!(
                "{key:?} names no layer; write a verb such as reply, or network:verb"
            ));
        }
        if !verb::makes_ties(name) {
            return Err(format!("{name} makes no ties, so it can't be a layer; leave it out"));
        }
        if !(0.0..=Projection::HEAVIEST).contains(&weight) {
            return Err(format!(
                "the weight of {key} is {weight}; it must be between 0 and {}",
                Projection::HEAVIEST
            ));
        }
        Ok(Layer {
            network: network.map(str::to_owned),
            verb: name.to_owned(),
            weight: weight + 0.0, // -0 and 0 are the same weight
        })
    }

    /// The layer's key: `verb` or `network:verb`.
    pub fn key(&self) -> String {
        match &self.network {
            Some(network) => format!("{network}:{}", self.verb),
            None => self.verb.clone(),
        }
    }
}

/// How interactions become ties.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// What definitions call it; not part of its meaning.
    pub name: String,
    /// How far back rows count, in microseconds, above 0.
    pub window: Span,
    /// Age at which a row counts half, in microseconds, above 0; `None` counts all in full.
    pub half_life: Option<Span>,
    /// Layer weights, one for each key.
    pub layers: Vec<Layer>,
    /// Verbs whose rows count only where something of weight goes the other way too, of whatever layer.
    pub returned: Vec<String>,
    /// Visibility levels whose rows count.
    pub visibility: Levels,
}

/// A shipped layer weight and the argument for it.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The verb.
    pub verb: &'static str,
    /// Its weight.
    pub weight: f64,
    /// Why this much.
    pub why: &'static str,
}

const fn choice(verb: &'static str, weight: f64, why: &'static str) -> Choice {
    Choice { verb, weight, why }
}

/// The layers of the shipped projection `standard`. One reshare is the unit.
pub const STANDARD: &[Choice] = &[
    choice(
        "reshare",
        1.0,
        "The actor put the target's words before an audience of their own: the unit of this scale.",
    ),
    choice(
        "answer",
        1.0,
        "The actor says that the target's answer solved their problem; nothing is asked for in return.",
    ),
    choice(
        "endorse",
        1.0,
        "The actor stakes their own name on the target or on the target's work.",
    ),
    choice("refer", 1.0, "The actor came because of the target: an effect, not a gesture."),
    choice("invite", 0.8, "The actor took up an invitation, but may have come anyway."),
    choice(
        "contribute",
        0.6,
        "Work given to what the target runs; much of it is for the work's sake rather than the target's.",
    ),
    choice("share_list", 0.5, "Lasting and public, but one gesture made for many people at once."),
    choice("meet", 0.5, "Costs time on both sides; who moved whom is open."),
    choice("attend", 0.4, "Costs time, but goes to an event with many others in it."),
    choice(
        "review",
        0.4,
        "Attention that costs effort, but is often assigned and may be critical.",
    ),
    choice("quote", 0.25, "Passed on with a comment of unknown tone: many quotes contradict."),
    choice(
        "reply",
        0.2,
        "A response of unknown tone. Five weigh one reshare, so that a pile-on makes nobody influential.",
    ),
    choice("message", 0.2, "A response of unknown tone, like a reply."),
    choice(
        "mention",
        0.15,
        "The weakest sign that someone was moved: naming a person is free and needs no deed of theirs.",
    ),
    choice("like", 0.05, "One click, and cheap to buy: twenty weigh one reshare."),
];

/// The verbs of [`STANDARD`] that are words and not deeds: anybody can write them toward anybody, in whatever tone.
pub const WORDS: &[&str] = &["quote", "reply", "mention"];

impl Projection {
    /// The largest weight that a layer can have; keeps every strength a modest number.
    pub const HEAVIEST: f64 = 1e6;
    /// The longest window and half-life: a hundred years of 365 days.
    pub const LONGEST: Span = 36_500 * DAY;

    /// The shipped projection: 180 days, flat, every visibility level, and the weights of [`STANDARD`].
    pub fn standard() -> Projection {
        Projection {
            name: "standard".to_owned(),
            window: 180 * DAY,
            half_life: None,
            layers: STANDARD
                .iter()
                .map(|choice| Layer {
                    network: None,
                    verb: choice.verb.to_owned(),
                    weight: choice.weight,
                })
                .collect(),
            returned: Vec::new(),
            visibility: Levels::ALL,
        }
    }

    /// The shipped projection `deeds`: 365 days, and the weights of [`STANDARD`] without [`WORDS`].
    ///
    /// A crowd of strangers who attack somebody write replies, quotes and mentions. However little each weighs, each is one
    /// more person who engaged; so they are left out. The window is a year because in one of 180 days a sixth of all evidence
    /// leaves in a month: everybody's holidays would cost the median person more than a point.
    pub fn deeds() -> Projection {
        let mut projection = Projection::standard();
        projection.name = "deeds".to_owned();
        projection.window = 365 * DAY;
        projection.layers.retain(|layer| !WORDS.contains(&layer.verb.as_str()));
        projection
    }

    /// The shipped projection of that name.
    pub fn shipped(name: &str) -> Option<Projection> {
        match name {
            "standard" => Some(Projection::standard()),
            "deeds" => Some(Projection::deeds()),
            _ => None,
        }
    }

    /// The weight of `verb` on `network`: of `network:verb` if there is such a layer, else of `verb`, else 0.
    pub fn weight(&self, network: &str, verb: &str) -> f64 {
        if !verb::makes_ties(verb) {
            return 0.0;
        }
        let of = |network: Option<&str>| {
            self.layers
                .iter()
                .find(|layer| layer.verb == verb && layer.network.as_deref() == network)
                .map(|layer| layer.weight)
        };
        of(Some(network)).or_else(|| of(None)).unwrap_or(0.0)
    }

    /// The earliest time that no longer counts: `as_of - window`.
    pub fn from(&self, as_of: Time) -> Time {
        Time(as_of.0.saturating_sub(self.window))
    }

    /// What age leaves of a weight: `2^(-age / half_life)`, 1 without a half-life.
    pub fn decay(&self, age: Span) -> f64 {
        match self.half_life {
            Some(half_life) => libm::exp2(-(age as f64) / half_life as f64),
            None => 1.0,
        }
    }

    /// Everything that the ties depend on as text: equal texts make equal ties. The name is left out.
    pub fn canonical(&self) -> String {
        let mut text = format!("window={}us;half_life=", self.window);
        match self.half_life {
            Some(half_life) => _ = write!(text, "{half_life}us"),
            None => text.push_str("none"),
        }
        let levels: Vec<_> = self.visibility.iter().map(Visibility::name).collect();
        _ = write!(text, ";visibility={}", levels.join(","));
        let mut layers: Vec<_> = self.layers.iter().map(|l| (l.key(), l.weight)).collect();
        layers.sort_by(|a, b| a.0.cmp(&b.0));
        for (key, weight) in layers {
            _ = write!(text, ";{key}={:016x}", (weight + 0.0).to_bits());
        }
        let mut returned: Vec<_> = self.returned.iter().map(String::as_str).collect();
        returned.sort_unstable();
        if !returned.is_empty() {
            _ = write!(text, ";returned={}", returned.join(","));
        }
        text
    }

    /// Checks what a projection built by hand may hold.
    ///
    /// # Errors
    /// A window or half-life outside 1 microsecond to [`Projection::LONGEST`], a weight out of range, a key twice.
    pub fn check(&self) -> Result<(), Error> {
        let refuse = |what: String| {
            Err(Error::new(Kind::Snapshot, format!("projection {}: {what}", self.name)))
        };
        for (what, span) in [("window", Some(self.window)), ("half_life", self.half_life)] {
            if span.is_some_and(|span| !(1..=Projection::LONGEST).contains(&span)) {
                return refuse(format!("{what} must be above 0 and at most 36500d"));
            }
        }
        let mut keys: Vec<String> = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            let key = layer.key();
            if let Err(reason) = Layer::parse(&key, layer.weight) {
                return refuse(reason);
            }
            if keys.contains(&key) {
                return refuse(format!("the layer {key} is given twice; keep one"));
            }
            keys.push(key);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(layers: &[(&str, f64)]) -> Projection {
        Projection {
            layers: layers
                .iter()
                .map(|(key, weight)| Layer::parse(key, *weight).unwrap())
                .collect(),
            ..Projection::standard()
        }
    }

    #[test]
    fn the_layer_of_one_network_beats_the_layer_of_all() {
        let projection = with(&[("reply", 0.5), ("forum:reply", 2.0), ("chat:reply", 0.0)]);
        assert_eq!(projection.weight("forum", "reply"), 2.0);
        assert_eq!(projection.weight("chat", "reply"), 0.0);
        assert_eq!(projection.weight("mail", "reply"), 0.5);
        assert_eq!(projection.weight("mail", "like"), 0.0);
    }

    #[test]
    fn states_make_no_ties_whatever_a_projection_says() {
        for key in ["post", "follow", "undo", "forum:delete"] {
            assert!(Layer::parse(key, 1.0).is_err(), "{key}");
        }
        let mut projection = Projection::standard();
        projection.layers.push(Layer { network: None, verb: "follow".into(), weight: 1.0 });
        assert_eq!(projection.weight("mail", "follow"), 0.0);
        assert!(projection.check().is_err());
    }

    #[test]
    fn every_shipped_weight_is_argued_and_ordered_as_the_measures_say() {
        let standard = Projection::standard();
        standard.check().unwrap();
        for choice in STANDARD {
            assert!(choice.why.ends_with('.') && verb::known(choice.verb).is_some());
        }
        let weight = |verb| standard.weight("any", verb);
        let deeds = Projection::shipped("deeds").unwrap();
        deeds.check().unwrap();
        for verb in WORDS {
            assert!(weight("like") < weight(verb) && weight(verb) <= weight("reshare") / 4.0);
            assert_eq!(deeds.weight("any", verb), 0.0);
        }
        assert_eq!(deeds.layers.len() + WORDS.len(), STANDARD.len());
    }

    #[test]
    fn the_canonical_text_ignores_name_and_order_but_no_meaning() {
        let one = with(&[("reply", 0.5), ("like", 1.0)]);
        let mut other = with(&[("like", 1.0), ("reply", 0.5)]);
        other.name = "mine".into();
        assert_eq!(one.canonical(), other.canonical());
        let changes: [fn(&mut Projection); 5] = [
            |p| p.window += 1,
            |p| p.half_life = Some(DAY),
            |p| p.layers[0].weight = 3.0,
            |p| p.returned = vec!["like".into()],
            |p| p.visibility = Levels::of(&[Visibility::Public]),
        ];
        for change in changes {
            let mut changed = other.clone();
            change(&mut changed);
            assert_ne!(one.canonical(), changed.canonical());
        }
    }

    #[test]
    fn a_half_life_halves() {
        let mut projection = Projection::standard();
        assert_eq!(projection.decay(90 * DAY), 1.0);
        projection.half_life = Some(30 * DAY);
        assert_eq!(projection.decay(90 * DAY), 0.125);
        assert_eq!(projection.decay(0), 1.0);
    }

    #[test]
    fn what_a_projection_may_not_hold_is_refused() {
        for key in ["", "Two Words", "a:b:c d", ":reply", "Forum:reply"] {
            assert!(Layer::parse(key, 1.0).is_err(), "{key}");
        }
        for weight in [-1.0, f64::NAN, f64::INFINITY, 1e9] {
            assert!(Layer::parse("reply", weight).is_err(), "{weight}");
        }
        let twice = with(&[("reply", 1.0), ("reply", 2.0)]);
        assert!(twice.check().unwrap_err().to_string().contains("twice"));
        let mut endless = Projection::standard();
        endless.window = Projection::LONGEST + 1;
        assert!(endless.check().is_err());
    }
}
