//! Scores as they are shown, and their JSON.

use crate::history::Delta;
use influence::scorecard::Header;
use model::PersonId;
use serde::Serialize;

/// The scores of one account.
#[derive(Debug)]
#[cfg_attr(test, derive(Serialize))]
pub struct Scores<'b> {
    /// Names what is shown: equal tags, equal scores. For an ETag.
    #[cfg_attr(test, serde(skip))]
    pub tag: u64,
    /// Whose.
    pub person: PersonId,
    /// Every definition that the reader may see, by name.
    pub scores: Vec<Shown<'b>>,
}

/// A score, or why there is none.
#[derive(Clone, Debug, Serialize)]
pub struct Shown<'b> {
    /// The definition's name.
    pub definition: &'b str,
    /// Its version.
    pub version: u32,
    /// Its question.
    pub question: &'b str,
    /// `scored`, `not enough evidence` or `not asked about`.
    pub state: &'static str,
    /// 1 to 100.
    pub score: Option<f64>,
    /// The 90 % interval, where one is known.
    pub interval: Option<[f64; 2]>,
    /// The share of the reference that stands as high or higher.
    pub top_share: Option<f64>,
    /// How many people the scale was made on.
    pub reference_people: u64,
    /// Change in points against a day, 7 days and 30 days before.
    pub delta: Delta,
    /// The moment, RFC 3339.
    pub as_of: &'b str,
    #[serde(skip)]
    pub(crate) around: &'b Around,
}

impl Scores<'_> {
    /// Appends what serde would write, and does not look again at texts that are the same for everybody: this is what is asked for most.
    pub fn write_json(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        out.extend_from_slice(b"{\"person\":\"");
        serde_json::to_writer(&mut *out, &self.person.0)?;
        out.extend_from_slice(b"\",\"scores\":[");
        for (place, shown) in self.scores.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            shown.write_json(out)?;
        }
        out.extend_from_slice(b"]}");
        Ok(())
    }
}

impl Shown<'_> {
    fn write_json(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let value = |out: &mut Vec<u8>, before: &str, value: Option<f64>| {
            out.extend_from_slice(before.as_bytes());
            serde_json::to_writer(out, &value)
        };
        out.extend_from_slice(self.around.before.as_bytes());
        out.extend_from_slice(b",\"state\":\"");
        out.extend_from_slice(self.state.as_bytes());
        value(out, "\",\"score\":", self.score)?;
        match self.interval {
            Some([low, high]) => {
                value(out, ",\"interval\":[", Some(low))?;
                value(out, ",", Some(high))?;
                out.push(b']');
            }
            None => out.extend_from_slice(b",\"interval\":null"),
        }
        value(out, ",\"top_share\":", self.top_share)?;
        out.extend_from_slice(self.around.between.as_bytes());
        value(out, ",\"delta\":{\"day\":", self.delta.day)?;
        value(out, ",\"week\":", self.delta.week)?;
        value(out, ",\"month\":", self.delta.month)?;
        out.extend_from_slice(self.around.after.as_bytes());
        Ok(())
    }
}

/// What is the same in JSON for everybody under one scorecard.
#[derive(Clone, Debug)]
pub(crate) struct Around {
    before: String,
    between: String,
    after: String,
}

impl Around {
    pub(crate) fn of(header: &Header, as_of: &str) -> Around {
        let Header { definition, version, question, reference_people, .. } = header;
        Around::new(definition, *version, question, *reference_people, as_of)
    }

    fn new(
        definition: &str,
        version: u32,
        question: &str,
        reference_people: u64,
        as_of: &str,
    ) -> Around {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let [definition, question, as_of] = [definition, question, as_of].map(text);
        Around {
            before: format!(
                "{{\"definition\":{definition},\"version\":{version},\"question\":{question}"
            ),
            between: format!(",\"reference_people\":{reference_people}"),
            after: format!("}},\"as_of\":{as_of}}}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Around, Scores, Shown};
    use crate::history::Delta;
    use model::PersonId;
    use proptest::prelude::*;

    fn number() -> impl Strategy<Value = Option<f64>> {
        prop_oneof![Just(None), prop::num::f64::ANY.prop_map(Some), (1.0..100.0).prop_map(Some)]
    }

    proptest! {
        #[test]
        fn the_json_is_what_serde_writes(
            person: u64,
            text in prop::collection::vec(".{0,12}", 3),
            whole in (any::<u32>(), any::<u64>()),
            numbers in prop::collection::vec(number(), 5),
            interval in prop::option::of((prop::num::f64::ANY, 1.0..100.0).prop_map(|(low, high)| [low, high])),
            count in 0..3usize,
        ) {
            let (version, reference_people) = whole;
            let [definition, question, as_of] = [&text[0], &text[1], &text[2]];
            let around = Around::new(definition, version, question, reference_people, as_of);
            let [day, week, month] = [numbers[2], numbers[3], numbers[4]];
            let one = Shown {
                definition,
                version,
                question,
                state: "not enough evidence",
                score: numbers[0],
                interval,
                top_share: numbers[1],
                reference_people,
                delta: Delta { day, week, month },
                as_of,
                around: &around,
            };
            let scores = Scores { tag: 0, person: PersonId(person), scores: vec![one; count] };
            let mut written = Vec::new();
            scores.write_json(&mut written).unwrap();
            prop_assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string(&scores).unwrap());
        }
    }
}
