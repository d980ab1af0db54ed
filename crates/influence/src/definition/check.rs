//! Reading a definition's file: every fault at once, each with its place and remedy.

use super::members::Uses;
use super::purposes::sensitive;
use super::{Definition, Evidence, Population, Side};
use crate::combine::{Combine, Group};
use crate::nearest::nearest_within;
use crate::projection::{Layer, Levels, Projection};
use crate::reader::{Problem, Reader, Table, Value};
use crate::scale::Scale;
use model::time::{parse_span, shorten};
use model::{Span, Visibility, verb};
use toml::de::DeTable;

/// The longest file that is read, in bytes.
const LONGEST: usize = 1 << 20;
/// More layers than networks and verbs could want.
const MOST_LAYERS: usize = 512;

const ROOT: &[&str] = &[
    "name",
    "version",
    "question",
    "purpose",
    "consent",
    "population",
    "visibility",
    "projection",
    "evidence",
    "scale",
    "integrity",
    "combine",
    "signal",
    "group",
];

/// Reads a definition; `file` is what the problems call it.
///
/// There is a definition if and only if there is no problem. Any text is fine; none panics.
pub fn check(text: &str, file: &str) -> (Option<Definition>, Vec<Problem>) {
    let mut reader = Reader::new(text, file, "a definition");
    if text.len() > LONGEST {
        reader.report(
            0,
            "",
            format!("the file has more than {LONGEST} bytes"),
            "a definition is a page or two; name another file",
        );
        return (None, reader.finish());
    }
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        reader.syntax(error.span(), error.message());
    }
    let root = Table { entries: document.get_ref(), start: 0, path: String::new() };
    let definition = definition(&mut reader, &root).filter(|_| reader.is_clean());
    (definition, reader.finish())
}

fn definition(reader: &mut Reader<'_>, root: &Table<'_, '_>) -> Option<Definition> {
    reader.only(root, ROOT);
    let name = name(reader, root, "call it by what it asks, such as name = \"helpers\"");
    let version = match root.get("version") {
        Some(value) => reader.whole(&value, 1..u64::from(u32::MAX)),
        None => {
            reader.missing(root, "version", "start with version = 1");
            None
        }
    };
    let question = reader.required(
        root,
        "question",
        "write the question that the score answers, as a person would ask it",
    );
    let exact_consent = reader.one_of(root, "consent", &[("any", false), ("exact", true)]);
    let purpose = purpose(reader, root, exact_consent);
    let population = root.get("population").map(|value| population(reader, &value));
    let visibility = visibility(reader, root);
    let projection = projection(reader, root, &visibility);
    let evidence = evidence(reader, root);
    let scale = reader.one_of(root, "scale", &Scale::ALL);
    if let Some(value) = root.get("integrity") {
        reader.named(&value, &[("none", ())]);
    }
    let mut uses = Uses::default();
    let group = Group {
        name: String::new(),
        combine: reader.one_of(root, "combine", &Combine::ALL),
        weight: 1.0,
        why: String::new(),
        members: uses.members(reader, root, 0),
    };
    let (signals, group) = uses.in_order(group);
    Some(Definition {
        name: name?,
        version: u32::try_from(version?).ok()?,
        question: question?.to_owned(),
        purpose: purpose?,
        exact_consent,
        population: population.unwrap_or_default(),
        visibility,
        projection,
        evidence,
        scale,
        signals,
        root: group,
    })
}

/// A name that fits file names, URLs and `name@version`.
pub(super) fn name(reader: &mut Reader<'_>, table: &Table<'_, '_>, remedy: &str) -> Option<String> {
    let text = reader.required(table, "name", remedy)?;
    let fits = text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
    if !fits {
        let start = table.get("name").map_or(table.start, |value| value.start);
        let message = format!("{:?} can't be a name", shorten(text));
        reader.report(
            start,
            &format!("{}name", table.path),
            message,
            "use a-z, 0-9, - and _, a letter first, at most 64",
        );
        return None;
    }
    Some(text.to_owned())
}

fn purpose(reader: &mut Reader<'_>, root: &Table<'_, '_>, exact_consent: bool) -> Option<String> {
    let text = reader
        .required(
            root,
            "purpose",
            "say what the scores are used for, such as purpose = \"community\"",
        )?
        .to_lowercase();
    let start = root.get("purpose").map_or(root.start, |value| value.start);
    if exact_consent && !model::account::is_network(&text) {
        reader.report(
            start,
            "purpose",
            "can't be agreed to by name".to_owned(),
            "consent = \"exact\" asks for consent to this very purpose, so write it as consents do: 1 to 64 of a-z 0-9 . - _",
        );
        return None;
    }
    match sensitive(&text) {
        Some(found) if !exact_consent => {
            reader.report(
                start,
                "purpose",
                format!(
                    "decides on {}, for which nobody is scored unasked, because {}",
                    found.what, found.why
                ),
                "name another purpose; or add consent = \"exact\", and only people who consented to this purpose by name are scored",
            );
            None
        }
        _ => Some(text),
    }
}

fn population(reader: &mut Reader<'_>, value: &Value<'_, '_>) -> Population {
    const REMEDY: &str = "write \"all\", or lists such as { side = [\"outside\", \"edge\"] } of side, role and organisation";
    let mut population = Population::default();
    if value.value.is_str() {
        reader.named(value, &[("all", ())]);
        return population;
    }
    let Some(table) = reader.table(value, REMEDY) else {
        return population;
    };
    reader.only(&table, &["side", "role", "organisation"]);
    if let Some(value) = table.get("side") {
        let sides = reader.list(&value, "write it as [\"outside\", \"edge\"]");
        population.sides = sides.iter().filter_map(|side| reader.named(side, &Side::ALL)).collect();
        population.sides.sort_unstable();
        population.sides.dedup();
    }
    let mut words = |key: &str| {
        let mut words = Vec::new();
        if let Some(value) = table.get(key) {
            for entry in reader.list(&value, "write it as [\"one\", \"other\"]") {
                words.extend(reader.text(&entry, "write a name in quotes").map(str::to_lowercase));
            }
        }
        words.sort_unstable();
        words.dedup();
        words
    };
    population.roles = words("role");
    population.organisations = words("organisation");
    population
}

fn visibility(reader: &mut Reader<'_>, root: &Table<'_, '_>) -> Vec<Visibility> {
    let Some(value) = root.get("visibility") else {
        return vec![Visibility::Public];
    };
    let names = Visibility::ALL.map(|level| (level.name(), level));
    let entries = reader.list(&value, "write it as [\"public\", \"community\"]");
    let mut levels: Vec<_> =
        entries.iter().filter_map(|entry| reader.named(entry, &names)).collect();
    levels.sort_unstable();
    levels.dedup();
    levels
}

fn evidence(reader: &mut Reader<'_>, root: &Table<'_, '_>) -> Evidence {
    let mut evidence = Evidence::default();
    let table = root
        .get("evidence")
        .and_then(|value| reader.table(&value, "write it as { min_engagers = 3 }"));
    if let Some(table) = table {
        reader.only(&table, &["min_engagers", "min_interactions"]);
        for (key, floor) in [
            ("min_engagers", &mut evidence.min_engagers),
            ("min_interactions", &mut evidence.min_interactions),
        ] {
            if let Some(value) = table.get(key) {
                *floor = reader.whole(&value, 0..u64::from(u32::MAX)).unwrap_or(*floor);
            }
        }
    }
    evidence
}

fn projection(
    reader: &mut Reader<'_>,
    root: &Table<'_, '_>,
    visibility: &[Visibility],
) -> Projection {
    let mut projection = Projection::standard();
    projection.visibility = Levels::of(visibility);
    let Some(value) = root.get("projection") else {
        return projection;
    };
    if value.value.is_str() {
        if let Some(name) = reader.text(&value, "write \"standard\" or \"deeds\"") {
            match Projection::shipped(name) {
                Some(shipped) => {
                    projection = Projection {
                        visibility: projection.visibility,
                        ..shipped
                    };
                }
                None => reader.report(
                    value.start,
                    "projection",
                    format!("there is no projection {:?}", shorten(name)),
                    "write \"standard\" or \"deeds\", or the projection itself: { window = \"180d\", layers = { reply = 1.0 } }",
                ),
            }
        }
        return projection;
    }
    let Some(table) = reader.table(
        &value,
        "write \"standard\" or \"deeds\", or { window = \"180d\", layers = { reply = 1.0 } }",
    ) else {
        return projection;
    };
    reader.only(&table, &["window", "half_life", "layers", "returned"]);
    projection.name =
        root.get("name").and_then(|name| name.value.as_str()).unwrap_or("inline").to_owned();
    if let Some(value) = table.get("window") {
        projection.window = span(reader, &value).unwrap_or(projection.window);
    }
    projection.half_life = table.get("half_life").and_then(|value| span(reader, &value));
    if let Some(value) = table.get("layers") {
        projection.layers = layers(reader, &value);
    }
    if let Some(value) = table.get("returned") {
        projection.returned = returned(reader, &value);
    }
    projection
}

fn span(reader: &mut Reader<'_>, value: &Value<'_, '_>) -> Option<Span> {
    const REMEDY: &str = "write a length of time above 0 with its unit, such as \"180d\", \"26w\" or \"48h\", at most 36500d";
    let text = reader.text(value, REMEDY)?;
    let span = parse_span(text).filter(|span| *span <= Projection::LONGEST);
    if span.is_none() {
        reader.report(
            value.start,
            &value.path,
            format!("{:?} is no such length of time", shorten(text)),
            REMEDY,
        );
    }
    span
}

/// Verbs that count only where they are returned, in order.
fn returned(reader: &mut Reader<'_>, value: &Value<'_, '_>) -> Vec<String> {
    const REMEDY: &str = "write verbs that make ties, such as [\"reply\", \"mention\"]";
    let mut verbs = Vec::new();
    for entry in reader.list(value, REMEDY) {
        let Some(verb) = reader.text(&entry, REMEDY) else { continue };
        if verb::is_verb(verb) && verb::makes_ties(verb) {
            verbs.push(verb.to_owned());
        } else {
            let message = format!("{:?} is no verb that makes ties", shorten(verb));
            reader.report(entry.start, &value.path, message, REMEDY);
        }
    }
    verbs.sort_unstable();
    verbs.dedup();
    verbs
}

fn layers(reader: &mut Reader<'_>, value: &Value<'_, '_>) -> Vec<Layer> {
    const REMEDY: &str =
        "write weights of verbs, such as { answer = 1.0, reply = 0.5, \"forum:reply\" = 0.7 }";
    let Some(table) = reader.table(value, REMEDY) else {
        return Vec::new();
    };
    let mut layers = Vec::new();
    let mut sound = true;
    for (key, value) in table.all() {
        let Some(weight) = reader.weight(&value, Projection::HEAVIEST) else {
            sound = false;
            continue;
        };
        match Layer::parse(key, weight) {
            Ok(layer) => {
                slip(reader, &value, &layer);
                layers.push(layer);
            }
            Err(reason) => {
                sound = false;
                reader.report(value.start, &value.path, reason, REMEDY);
            }
        }
    }
    if layers.len() > MOST_LAYERS {
        reader.report(
            value.start,
            &value.path,
            format!("are more than {MOST_LAYERS}"),
            "name fewer",
        );
    }
    if sound && layers.iter().all(|layer| layer.weight == 0.0) {
        reader.report(
            value.start,
            &value.path,
            "leave no tie: no layer has a weight above 0",
            REMEDY,
        );
    }
    layers
}

/// Reports a verb that is most likely a shared one mistyped: its layer would count nothing, and nobody would notice.
///
/// Verbs are an open set, so one that lies near a shared one and is meant says so by naming its network.
fn slip(reader: &mut Reader<'_>, value: &Value<'_, '_>, layer: &Layer) {
    const MOST_EDITS: usize = 2;
    let verb = layer.verb.as_str();
    if layer.network.is_some() || model::verb::known(verb).is_some() {
        return;
    }
    let ties = model::VERBS.iter().filter(|verb| verb.makes_ties).map(|verb| verb.name);
    if let Some(near) = nearest_within(verb, MOST_EDITS, ties) {
        reader.report(
            value.start,
            &value.path,
            "is not one of the shared verbs",
            format!("did you mean {near}? A verb of your own this near to it is named with its network, such as \"forum:{verb}\""),
        );
    }
}
