//! What one definition says otherwise than another, in sentences.
//!
//! Signals are matched by name, groups by their place in the tree. Names, versions and arguments ("why") are no difference: they move
//! no score. How far scores move is [`crate::moved`]'s business.

use super::{Definition, SignalUse, name_of};
use crate::combine::{Combine, Group, Member};
use crate::normalise::{Direction, Normalise};
use crate::projection::Projection;
use crate::scale::Scale;
use model::Span;
use model::time::{DAY, HOUR, SECOND};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that `after` says otherwise than `before`; empty where they score alike.
pub fn differences(before: &Definition, after: &Definition) -> Vec<String> {
    let mut said = Vec::new();
    let mut changed = |what: &str, before: String, after: String| {
        if before != after {
            said.push(format!("{what} is {after} instead of {before}"));
        }
    };
    changed("the question", quoted(&before.question), quoted(&after.question));
    changed("the purpose", before.purpose.clone(), after.purpose.clone());
    let consent = |one: &Definition| match one.exact_consent {
        true => "consent to exactly its purpose",
        false => "no refusal",
    };
    changed("what it needs of a person", consent(before).to_owned(), consent(after).to_owned());
    changed("the population", population(before), population(after));
    changed("the visibility of what counts", visibility(before), visibility(after));
    let (old, new) = (&before.projection, &after.projection);
    changed("the window", span(old.window), span(new.window));
    changed("the half-life", half_life(old.half_life), half_life(new.half_life));
    let returned = |one: &Projection| match one.returned.is_empty() {
        true => "nothing".to_owned(),
        false => one.returned.join(", "),
    };
    changed("what counts only if returned", returned(old), returned(new));
    let floor = |one: &Definition| one.evidence.min_engagers.to_string();
    changed("the least number of people who engaged", floor(before), floor(after));
    let floor = |one: &Definition| one.evidence.min_interactions.to_string();
    changed("the least number of interactions", floor(before), floor(after));
    let scale = |one: &Definition| name_of(&Scale::ALL, one.scale).to_owned();
    changed("the scale", scale(before), scale(after));
    let layers = |one: &Definition| -> BTreeMap<String, f64> {
        one.projection.layers.iter().map(|layer| (layer.key(), layer.weight)).collect()
    };
    said.extend(weighed("layer ", &layers(before), &layers(after)));
    said.extend(groups(&before.root, &after.root));
    said.extend(weighed("", &weights(before), &weights(after)));
    for signal in &after.signals {
        let old = before.signals.iter().find(|old| old.name == signal.name);
        let changes = old.map_or_else(Vec::new, |old| changes(old, signal));
        said.extend(changes.into_iter().map(|change| format!("{} {change}", signal.name)));
    }
    said
}

/// What is otherwise in the use of one signal, its weight aside: parts of a sentence about it.
pub(crate) fn changes(before: &SignalUse, after: &SignalUse) -> Vec<String> {
    let mut said = Vec::new();
    if before.normalise != after.normalise {
        let name = |one: &SignalUse| name_of(&Normalise::ALL, one.normalise);
        said.push(format!("is normalised by {} instead of {}", name(after), name(before)));
    }
    if before.direction != after.direction {
        let name = |one: &SignalUse| name_of(&Direction::ALL, one.direction);
        said.push(format!(
            "counts as good where it is {} instead of {}",
            name(after),
            name(before)
        ));
    }
    let options =
        |one: &SignalUse| -> BTreeMap<String, String> { one.options.iter().cloned().collect() };
    let (old, new) = (options(before), options(after));
    let default = || "its default".to_owned();
    for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let of = |all: &BTreeMap<String, String>| all.get(key).cloned().unwrap_or_else(default);
        if of(&old) != of(&new) {
            said.push(format!("has {key} = {} instead of {}", of(&new), of(&old)));
        }
    }
    said
}

/// A number as short as three digits after the point allow.
pub(crate) fn short(x: f64) -> String {
    let text = format!("{x:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What was added, left out, or weighs otherwise.
fn weighed(
    kind: &str,
    before: &BTreeMap<String, f64>,
    after: &BTreeMap<String, f64>,
) -> Vec<String> {
    let mut said = Vec::new();
    for key in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        match (before.get(key), after.get(key)) {
            (None, Some(new)) => {
                said.push(format!("{kind}{key} counts now, with weight {}", short(*new)))
            }
            (Some(_), None) => said.push(format!("{kind}{key} no longer counts")),
            (Some(old), Some(new)) if old != new => {
                said.push(format!(
                    "{kind}{key} now weighs {} instead of {}",
                    short(*new),
                    short(*old)
                ));
            }
            _ => {}
        }
    }
    said
}

/// The weight of each signal, with groups divided among their members.
fn weights(definition: &Definition) -> BTreeMap<String, f64> {
    let weights = definition.root.weights(&vec![true; definition.signals.len()]);
    definition.signals.iter().map(|signal| signal.name.clone()).zip(weights).collect()
}

fn groups(before: &Group, after: &Group) -> Vec<String> {
    fn collect(group: &Group, path: &str, into: &mut BTreeMap<String, Combine>) {
        into.insert(path.to_owned(), group.combine);
        for member in &group.members {
            if let Member::Group(inner) = member {
                collect(inner, format!("{path}/{}", inner.name).trim_start_matches('/'), into);
            }
        }
    }
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    collect(before, "", &mut old);
    collect(after, "", &mut new);
    let place = |path: &str| match path {
        "" => "the whole".to_owned(),
        path => format!("the group {path}"),
    };
    let name = |combine| name_of(&Combine::ALL, combine);
    let mut said = Vec::new();
    for path in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let what = place(path);
        match (old.get(path), new.get(path)) {
            (None, Some(combine)) => {
                said.push(format!("{what} is new, combined by {}", name(*combine)))
            }
            (Some(_), None) => said.push(format!("{what} is gone")),
            (Some(old), Some(new)) if old != new => {
                said.push(format!(
                    "{what} is combined by {} instead of {}",
                    name(*new),
                    name(*old)
                ));
            }
            _ => {}
        }
    }
    said
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn population(definition: &Definition) -> String {
    let lists = definition.population.lists().into_iter().filter(|(_, list)| !list.is_empty());
    let said: Vec<String> =
        lists.map(|(what, list)| format!("{what} {}", list.join(" or "))).collect();
    match said.is_empty() {
        true => "everybody".to_owned(),
        false => said.join(" and "),
    }
}

fn visibility(definition: &Definition) -> String {
    let names: Vec<&str> = definition.visibility.iter().map(|level| level.name()).collect();
    names.join(", ")
}

fn half_life(span_: Option<Span>) -> String {
    span_.map_or_else(|| "none".to_owned(), span)
}

fn span(span: Span) -> String {
    let units = [(DAY, "days"), (HOUR, "hours"), (SECOND, "seconds")];
    let unit = units.into_iter().find(|(unit, _)| span % unit == 0);
    unit.map_or_else(
        || format!("{span} microseconds"),
        |(unit, name)| format!("{} {name}", span / unit),
    )
}

#[cfg(test)]
mod tests {
    use super::super::{check, shipped};
    use super::*;

    const TEXT: &str = r#"
name = "one"
version = 1
question = "Who?"
purpose = "test"
projection = { window = "30d", layers = { reply = 1.0 } }
[[signal]]
name = "reach.engagers"
why = "People."
[[group]]
name = "bridging"
why = "Both."
[[group.signal]]
name = "brokerage.constraint"
direction = "low"
why = "Between."
"#;

    fn read(text: &str) -> Definition {
        check(text, "one.toml").0.unwrap_or_else(|| panic!("{:?}", check(text, "one.toml").1))
    }

    #[test]
    fn a_definition_differs_from_itself_in_nothing() {
        for name in super::super::SHIPPED.iter().map(|shipped| shipped.name) {
            let one = shipped(name).unwrap();
            assert!(differences(&one, &one).is_empty());
        }
        let other = read(&TEXT.replace("version = 1", "version = 2").replace("People.", "Folk."));
        assert!(differences(&read(TEXT), &other).is_empty());
    }

    #[test]
    fn every_change_is_said_in_a_sentence() {
        for (from, to, sentence) in [
            ("\"Who?\"", "\"Whom?\"", "the question is \"Whom?\" instead of \"Who?\""),
            ("\"test\"", "\"sales\"", "the purpose is sales instead of test"),
            (
                "\"test\"",
                "\"test\"\nconsent = \"exact\"",
                "what it needs of a person is consent to exactly its purpose instead of no refusal",
            ),
            (
                "version = 1",
                "version = 1\npopulation = { side = [\"edge\"] }",
                "the population is side edge instead of everybody",
            ),
            (
                "version = 1",
                "version = 1\nvisibility = [\"public\", \"community\"]",
                "the visibility of what counts is public, community instead of public",
            ),
            ("30d", "36h", "the window is 36 hours instead of 30 days"),
            ("layers", "half_life = \"7d\", layers", "the half-life is 7 days instead of none"),
            (
                "layers",
                "returned = [\"reply\"], layers",
                "what counts only if returned is reply instead of nothing",
            ),
            ("reply = 1.0", "reply = 0.25", "layer reply now weighs 0.25 instead of 1"),
            ("reply = 1.0", "reply = 1.0, answer = 2", "layer answer counts now, with weight 2"),
            (
                "version = 1",
                "version = 1\nevidence = { min_engagers = 5 }",
                "the least number of people who engaged is 5 instead of 3",
            ),
            (
                "version = 1",
                "version = 1\nevidence = { min_interactions = 9 }",
                "the least number of interactions is 9 instead of 0",
            ),
            (
                "version = 1",
                "version = 1\nscale = \"linear\"",
                "the scale is linear instead of standard",
            ),
            (
                "version = 1",
                "version = 1\ncombine = \"max\"",
                "the whole is combined by max instead of weighted-sum",
            ),
            (
                "name = \"bridging\"",
                "name = \"bridging\"\ncombine = \"geometric\"",
                "the group bridging is combined by geometric instead of weighted-sum",
            ),
            ("engagers\"", "engagers\"\nweight = 2", "reach.engagers now weighs 2 instead of 1"),
            ("engagers\"", "audience\"", "reach.engagers no longer counts"),
            ("engagers\"", "audience\"", "reach.audience counts now, with weight 1"),
            (
                "engagers\"",
                "engagers\"\nnormalise = \"log\"",
                "reach.engagers is normalised by log instead of rank",
            ),
            (
                "direction = \"low\"",
                "direction = \"high\"",
                "brokerage.constraint counts as good where it is high instead of low",
            ),
            (
                "direction = \"low\"",
                "direction = \"low\"\nties = \"returned\"",
                "brokerage.constraint has ties = returned instead of its default",
            ),
        ] {
            let said = differences(&read(TEXT), &read(&TEXT.replace(from, to)));
            assert!(said.iter().any(|one| one == sentence), "{sentence}: {said:?}");
        }
    }
}
