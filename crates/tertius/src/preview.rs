//! What a new version of a definition would change: who moves, why, and in which groups. Nothing is stored.
//!
//! Both versions are scored in memory on the same moment: the new one under the fit that its first scoring would make, the
//! current one under its own. People are compared where both give them a score; whoever has only one of them is newly scored or
//! dropped. A group's people are those with a role, at an organisation or on a network at that moment; groups of fewer than
//! [`SMALLEST_GROUP`] are left out, since their mean would be about persons.

use crate::definitions::{self, Source};
use crate::disclosure::{Disclosure, Named};
use crate::error::{Error, ErrorKind, Result};
use crate::moment::Moment;
use crate::score::compute;
use crate::workspace::{Reading, Workspace};
use influence::definition::differences;
use influence::moved::{Reason, why};
use influence::{Agreement, Scorecard};
use model::Time;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// From so many people on a group is shown.
pub const SMALLEST_GROUP: usize = 5;
/// A move by more points than this counts as a large one.
pub const LARGE: f64 = 5.0;

/// A new version beside the current one.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Preview {
    /// The new version's name.
    pub definition: String,
    /// Its version.
    pub version: u32,
    /// What it is compared with, as `name@version`.
    pub against: String,
    /// The moment.
    pub as_of: Time,
    /// What the new version says otherwise, in sentences.
    pub differences: Vec<String>,
    /// How many people have a score under the current and under the new version.
    pub scored: [u64; 2],
    /// How far both agree on those whom both score.
    #[serde(flatten)]
    pub agreement: Agreement,
    /// How far these move.
    pub moves: Moves,
    /// Who rises most.
    pub up: Vec<Moved>,
    /// Who falls most.
    pub down: Vec<Moved>,
    /// Whom only the new version scores, the highest scores first.
    pub newly_scored: Crossing,
    /// Whom only the current version scores, the highest scores first.
    pub dropped: Crossing,
    /// How groups of people move: by role, organisation and network, those that move most first.
    pub groups: Vec<GroupMoves>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// How far some people move.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Moves {
    /// How many people have both scores.
    pub people: u64,
    /// The mean of new score less current one, in points; nothing for nobody.
    pub mean: Option<f64>,
    /// The share of them who move by more than five points, up or down; nothing for nobody.
    pub large: Option<f64>,
}

/// Somebody who moves.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Moved {
    /// Who.
    #[serde(flatten)]
    pub person: Named,
    /// The current score.
    pub before: f64,
    /// The new score.
    pub after: f64,
    /// New less current, in points.
    pub moved: f64,
    /// Why, by signal, the largest part first. The points of all together are `moved`.
    pub because: Vec<Reason>,
}

/// People who have a score under one of the versions only.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Crossing {
    /// How many.
    pub count: u64,
    /// Some of them.
    pub people: Vec<Crossed>,
}

/// Somebody who has a score under one of the versions only.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Crossed {
    /// Who.
    #[serde(flatten)]
    pub person: Named,
    /// The score.
    pub score: f64,
}

/// How a group moves.
#[derive(Clone, Debug, serde::Serialize)]
pub struct GroupMoves {
    /// `role`, `organisation` or `network`.
    pub by: &'static str,
    /// Which; nothing for those of whom none is recorded.
    pub group: Option<String>,
    /// How far its people move.
    #[serde(flatten)]
    pub moves: Moves,
}

/// What is shown of whom.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// What the new version is compared with: `name`, `name@version` or a file. Without it, the newest version of its name.
    pub against: Option<&'a str>,
    /// The moment; the newest interaction by default.
    pub as_of: Option<Time>,
    /// At most so many people in each list.
    pub limit: usize,
}

impl Workspace {
    /// Scores the definition in `file` and the current one, and says who moves.
    pub fn preview(&self, file: &Path, wanted: &Wanted<'_>) -> Result<Preview> {
        let new = definitions::read(file)?;
        let current = match wanted.against {
            Some(name) => self.definition(name)?,
            None => self.definition(&new.definition.name).map_err(|_| {
                let message = format!(
                    "there is no other version of {}; name a definition to compare it with, as in: --against general",
                    new.definition.name
                );
                Error::new(ErrorKind::Usage, message)
            })?,
        };
        let reading = self.reading()?;
        let as_of = reading.as_of(wanted.as_of)?;
        let mut notes = Vec::new();
        let mut moment = Moment::new(&reading, as_of)?;
        let before = self.in_memory(&current, &mut moment)?;
        let after = self.in_memory(&new, &mut moment)?;
        let differences = differences(&current.definition, &new.definition);
        if differences.is_empty() {
            notes.push(format!("{} scores as {} does.", file.display(), current.id()));
        }
        notes.extend(
            self.taken(&new)?.map(|reason| format!("It can't be published yet: {reason}.")),
        );
        if self.fit(&current).is_ok_and(|fit| fit.is_none()) {
            notes.push(format!(
                "{} was never scored; it is shown under the fit that scoring it now would make.",
                current.id()
            ));
        }
        let sides = Sides { before: &before, after: &after };
        let both = sides.both();
        let pairs: Vec<(f64, f64)> = both.iter().map(|one| (one.before, one.after)).collect();
        let shown = Shown {
            disclosure: &reading.disclosure(as_of),
            purposes: [current.definition.purpose.as_str(), new.definition.purpose.as_str()],
            limit: wanted.limit,
        };
        self.looked(None, &format!("definition preview {}", new.id()))?;
        Ok(Preview {
            definition: new.definition.name.clone(),
            version: new.definition.version,
            against: current.id(),
            as_of,
            differences,
            scored: [before.header().scored, after.header().scored],
            agreement: Agreement::of(&pairs),
            moves: Moves::of(both.iter().map(Both::moved)),
            up: shown.moved(&sides, &both, 1.0)?,
            down: shown.moved(&sides, &both, -1.0)?,
            newly_scored: shown.crossing(&after, &before)?,
            dropped: shown.crossing(&before, &after)?,
            groups: groups(&both, &reading, &shown, as_of)?,
            notes,
        })
    }

    /// Scores a definition under its fit, or under one made now; stores neither.
    fn in_memory(&self, source: &Source, moment: &mut Moment<'_>) -> Result<Scorecard> {
        // A version that was scored with other contents has no fit for these.
        let scored =
            self.scored_source(&source.definition.name, Some(source.definition.version))?;
        let fit = match scored {
            Some(scored) if scored.definition.hash() == source.definition.hash() => {
                self.fit(source)?
            }
            _ => None,
        };
        compute(source, fit, moment, &mut Vec::new(), &mut Ok)
    }
}

/// Both cards of one moment.
struct Sides<'a> {
    before: &'a Scorecard,
    after: &'a Scorecard,
}

/// Somebody with both scores.
struct Both {
    person: u64,
    before: f64,
    after: f64,
}

impl Both {
    fn moved(&self) -> f64 {
        self.after - self.before
    }
}

impl Sides<'_> {
    /// Everybody with both scores, by person.
    fn both(&self) -> Vec<Both> {
        let both = |row: usize| {
            let person = self.before.person(row)?;
            let before = self.before.score(row)?;
            let after = self.after.find(person).and_then(|row| self.after.score(row))?;
            Some(Both { person, before, after })
        };
        (0..self.before.len()).filter_map(both).collect()
    }

    fn why(&self, person: u64) -> Vec<Reason> {
        let row = |card: &Scorecard| card.find(person).unwrap_or(usize::MAX);
        why((self.before, row(self.before)), (self.after, row(self.after)))
    }
}

impl Moves {
    fn of(moves: impl Iterator<Item = f64>) -> Moves {
        let (mut people, mut sum, mut large) = (0u64, 0.0, 0u64);
        for moved in moves {
            people += 1;
            sum += moved;
            large += u64::from(moved.abs() > LARGE);
        }
        let of_all = |part: f64| (people > 0).then(|| part / people as f64);
        Moves { people, mean: of_all(sum), large: of_all(large as f64) }
    }
}

/// Who may be shown, and how many.
struct Shown<'a> {
    disclosure: &'a Disclosure<'a>,
    purposes: [&'a str; 2],
    limit: usize,
}

impl Shown<'_> {
    /// The first of `people`, up to the limit, who may be named.
    fn named<T>(&self, people: impl Iterator<Item = (u64, T)>) -> Result<Vec<(Named, T)>> {
        let mut named = Vec::new();
        for (id, rest) in people {
            if named.len() == self.limit {
                break;
            }
            if let Some(person) = self.disclosure.person_for(id, &self.purposes)? {
                named.push((person, rest));
            }
        }
        Ok(named)
    }

    /// Who moves most in one direction.
    fn moved(&self, sides: &Sides<'_>, both: &[Both], sign: f64) -> Result<Vec<Moved>> {
        let mut moved: Vec<&Both> = both.iter().filter(|one| sign * one.moved() > 0.0).collect();
        moved.sort_by(|a, b| {
            (sign * b.moved()).total_cmp(&(sign * a.moved())).then(a.person.cmp(&b.person))
        });
        let named = self.named(moved.into_iter().map(|one| (one.person, one)))?;
        let moved = |(person, one): (Named, &Both)| Moved {
            person,
            before: one.before,
            after: one.after,
            moved: one.moved(),
            because: sides.why(one.person),
        };
        Ok(named.into_iter().map(moved).collect())
    }

    /// Whom `card` scores and `other` does not.
    fn crossing(&self, card: &Scorecard, other: &Scorecard) -> Result<Crossing> {
        let alone = |row: usize| {
            let (person, score) = (card.person(row)?, card.score(row)?);
            let scored = other.find(person).and_then(|row| other.score(row));
            scored.is_none().then_some((person, score))
        };
        let people: Vec<(u64, f64)> = card.ranked().filter_map(alone).collect();
        let named = self.named(people.iter().copied())?;
        let crossed = |(person, score)| Crossed { person, score };
        Ok(Crossing {
            count: people.len() as u64,
            people: named.into_iter().map(crossed).collect(),
        })
    }
}

/// How the people of each role, organisation and network move.
fn groups(
    both: &[Both],
    reading: &Reading,
    shown: &Shown<'_>,
    as_of: Time,
) -> Result<Vec<GroupMoves>> {
    let standings = reading.standings(as_of);
    let mut moves: BTreeMap<(&'static str, Option<String>), Vec<f64>> = BTreeMap::new();
    let mut add = |by, names: &mut dyn Iterator<Item = &String>, moved: f64| {
        let names: BTreeSet<&String> = names.filter(|name| !name.is_empty()).collect();
        if names.is_empty() {
            moves.entry((by, None)).or_default().push(moved);
        }
        for name in names {
            moves.entry((by, Some(name.clone()))).or_default().push(moved);
        }
    };
    for slice in both.chunks(4096) {
        let ids: Vec<u64> = slice.iter().map(|one| one.person).collect();
        for (one, networks) in slice.iter().zip(shown.disclosure.networks(&ids)?) {
            let held = standings.of(one.person);
            add("role", &mut held.iter().map(|held| &held.role), one.moved());
            add("organisation", &mut held.iter().map(|held| &held.organisation), one.moved());
            add("network", &mut networks.iter(), one.moved());
        }
    }
    let mut groups: Vec<GroupMoves> = moves
        .into_iter()
        .filter(|(_, moves)| moves.len() >= SMALLEST_GROUP)
        .map(|((by, group), moves)| GroupMoves { by, group, moves: Moves::of(moves.into_iter()) })
        .collect();
    let kind = |group: &GroupMoves| {
        ["role", "organisation", "network"].iter().position(|by| *by == group.by)
    };
    let far = |group: &GroupMoves| group.moves.mean.unwrap_or_default().abs();
    groups.sort_by(|a, b| kind(a).cmp(&kind(b)).then(far(b).total_cmp(&far(a))));
    Ok(groups)
}
