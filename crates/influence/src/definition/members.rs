//! Reading the signals and groups of a definition's file.

use super::SignalUse;
use super::check::name;
use crate::combine::{Combine, Group, Member};
use crate::nearest::nearest;
use crate::normalise::{Direction, Normalise};
use crate::reader::{Reader, Table};
use crate::signals::{self, About};
use model::time::shorten;

/// How deep groups nest.
const DEEPEST: usize = 6;
/// The largest weight of a signal or group.
const HEAVIEST: f64 = 1e6;

const SIGNAL: &[&str] = &["name", "weight", "normalise", "direction", "why"];
const GROUP: &[&str] = &["name", "combine", "weight", "why", "signal", "group"];

/// The signals met so far, each once.
#[derive(Default)]
pub(super) struct Uses {
    signals: Vec<SignalUse>,
    lines: Vec<usize>,
}

impl Uses {
    /// The signals and groups of a table, in order of name.
    pub fn members(
        &mut self,
        reader: &mut Reader<'_>,
        table: &Table<'_, '_>,
        depth: usize,
    ) -> Vec<Member> {
        const SIGNALS: &str = "write each signal as a table of its own, under [[signal]]";
        const GROUPS: &str = "write each group as a table of its own, under [[group]]";
        let mut members: Vec<(String, Member)> = Vec::new();
        let (signals, groups) = (table.get("signal"), table.get("group"));
        let mut faults = false;
        let entries = signals.as_ref().map_or_else(Vec::new, |value| reader.list(value, SIGNALS));
        for entry in entries {
            let member =
                reader.table(&entry, SIGNALS).and_then(|entry| self.signal(reader, &entry));
            faults |= member.is_none();
            members.extend(member);
        }
        let entries = groups.as_ref().map_or_else(Vec::new, |value| reader.list(value, GROUPS));
        for entry in entries {
            let Some(entry) = reader.table(&entry, GROUPS) else {
                faults = true;
                continue;
            };
            if depth >= DEEPEST {
                reader.report(
                    entry.start,
                    &entry.path,
                    format!("groups nest deeper than {DEEPEST}"),
                    "flatten them",
                );
                faults = true;
                continue;
            }
            let Some(group) = self.group(reader, &entry, depth) else {
                faults = true;
                continue;
            };
            if members.iter().any(|(name, _)| *name == group.name) {
                let message = format!("{:?} is the name of another member", shorten(&group.name));
                reader.report(
                    entry.start,
                    &format!("{}name", entry.path),
                    message,
                    "give each group a name of its own",
                );
            }
            members.push((group.name.clone(), Member::Group(group)));
        }
        if signals.is_none() && groups.is_none() {
            reader.missing(
                table,
                "signal",
                "a score is made of signals: add a [[signal]] with name, weight, normalise and why",
            );
        } else if !faults && members.iter().all(|(_, member)| member.weight() == 0.0) {
            let start = signals.or(groups).map_or(table.start, |value| value.start);
            reader.report(
                start,
                &format!("{}weight", table.path),
                "all weights are 0",
                "give at least one signal or group a weight above 0",
            );
        }
        members.sort_by(|a, b| a.0.cmp(&b.0));
        members.into_iter().map(|(_, member)| member).collect()
    }

    fn group(
        &mut self,
        reader: &mut Reader<'_>,
        table: &Table<'_, '_>,
        depth: usize,
    ) -> Option<Group> {
        reader.only(table, GROUP);
        let name = name(reader, table, "name the group, so that explanations can");
        let why = why(reader, table);
        let weight = weight(reader, table);
        let combine = reader.one_of(table, "combine", &Combine::ALL);
        let members = self.members(reader, table, depth + 1);
        Some(Group { name: name?, combine, weight: weight?, why: why?, members })
    }

    fn signal(
        &mut self,
        reader: &mut Reader<'_>,
        table: &Table<'_, '_>,
    ) -> Option<(String, Member)> {
        let name = self.signal_name(reader, table);
        let about = name.as_deref().and_then(signals::find).map(|signal| signal.about());
        let options = options(reader, table, about);
        let weight = weight(reader, table);
        let normalise = reader.one_of(table, "normalise", &Normalise::ALL);
        let direction = reader.one_of(table, "direction", &Direction::ALL);
        if let (Direction::Low, false, Some(value)) =
            (direction, normalise.has_low(), table.get("direction"))
        {
            let message = format!(
                "\"low\" has no meaning with normalise = {:?}",
                super::name_of(&Normalise::ALL, normalise)
            );
            reader.report(
                value.start,
                &value.path,
                message,
                "normalise by rank, log or zscore, or take direction = \"high\"",
            );
        }
        let why = why(reader, table);
        let name = name?;
        self.signals.push(SignalUse {
            name: name.clone(),
            normalise,
            direction,
            options,
            why: why?,
        });
        self.lines.push(reader.line(table.start));
        let index = self.signals.len() - 1;
        Some((name, Member::Signal { index, weight: weight? }))
    }

    fn signal_name(&self, reader: &mut Reader<'_>, table: &Table<'_, '_>) -> Option<String> {
        let name = reader.required(table, "name", "name a signal; `tertius signals` lists them")?;
        let start = table.get("name").map_or(table.start, |value| value.start);
        let field = format!("{}name", table.path);
        if signals::find(name).is_none() {
            let remedy = match nearest(
                name,
                signals::REGISTRY.iter().map(|signal| signal.about().name),
            ) {
                Some(near) => format!("did you mean {near:?}?"),
                None => {
                    "`tertius signals` lists them; a number imported with people is attribute.NAME"
                        .to_owned()
                }
            };
            reader.report(start, &field, format!("there is no signal {:?}", shorten(name)), remedy);
            return None;
        }
        if let Some(first) = self.signals.iter().position(|one| one.name == name) {
            let message = format!("{name} is already used in line {}", self.lines[first]);
            reader.report(start, &field, message, "keep one of them, with the weight of both");
            return None;
        }
        Some(name.to_owned())
    }

    /// The signals in the order in which the tree names them, and the tree with their new places.
    pub fn in_order(self, mut root: Group) -> (Vec<SignalUse>, Group) {
        fn number(group: &mut Group, from: &[SignalUse], to: &mut Vec<SignalUse>) {
            for member in &mut group.members {
                match member {
                    Member::Signal { index, .. } => {
                        to.push(from[*index].clone());
                        *index = to.len() - 1;
                    }
                    Member::Group(group) => number(group, from, to),
                }
            }
        }
        let mut signals = Vec::with_capacity(self.signals.len());
        number(&mut root, &self.signals, &mut signals);
        (signals, root)
    }
}

/// The options of a signal: keys of its table beside those that every signal has.
fn options(
    reader: &mut Reader<'_>,
    table: &Table<'_, '_>,
    about: Option<&About>,
) -> Vec<(String, String)> {
    let Some(about) = about else {
        // Which keys an unknown signal takes is unknown too: allow those of every signal.
        let all = signals::REGISTRY.iter().flat_map(|signal| signal.about().options);
        let known: Vec<&str> = SIGNAL.iter().copied().chain(all.map(|choice| choice.key)).collect();
        reader.only(table, &known);
        return Vec::new();
    };
    let known: Vec<&str> =
        SIGNAL.iter().copied().chain(about.options.iter().map(|choice| choice.key)).collect();
    reader.only(table, &known);
    let mut options = Vec::new();
    for choice in about.options {
        let values: Vec<_> = choice.values.iter().map(|value| (*value, *value)).collect();
        let set = table.get(choice.key).and_then(|value| reader.named(&value, &values));
        options.extend(
            set.filter(|value| choice.values.first() != Some(value))
                .map(|value| (choice.key.to_owned(), value.to_owned())),
        );
    }
    options.sort();
    options
}

fn why(reader: &mut Reader<'_>, table: &Table<'_, '_>) -> Option<String> {
    let why = reader.required(
        table,
        "why",
        "say why it is there and weighs what it weighs; explanations repeat it",
    )?;
    Some(why.to_owned())
}

fn weight(reader: &mut Reader<'_>, table: &Table<'_, '_>) -> Option<f64> {
    match table.get("weight") {
        Some(value) => reader.weight(&value, HEAVIEST),
        None => Some(1.0),
    }
}
