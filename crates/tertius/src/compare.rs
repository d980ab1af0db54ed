//! How far definitions agree, and about whom they differ most: two of them, or all that were scored.
//!
//! Two scores are compared where a person has both. What was merged since counts as one person, with the higher of the
//! scores, as in `rank`. Nobody is named who refuses under any of the definitions; a key is told of definitions of its purpose, and of people who may be shown to it under
//! each of them.

use crate::definitions::is_path;
use crate::disclosure::{Named, Reader, may_see};
use crate::error::{Error, ErrorKind, Result};
use crate::workspace::{Reading, Workspace};
use influence::{Agreement, Scorecard};
use model::Time;
use std::collections::{BTreeMap, BTreeSet};

/// Scores that are compared.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Compared {
    /// The definition's name.
    pub definition: String,
    /// Its version.
    pub version: u32,
    /// Its question.
    pub question: String,
    /// The moment.
    pub as_of: Time,
    /// How many people have a score.
    pub scored: u64,
}

/// Two definitions side by side.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Pair {
    /// The two, in the order asked for.
    pub definitions: [Compared; 2],
    /// How far they agree.
    #[serde(flatten)]
    pub agreement: Agreement,
    /// Who differs most.
    pub movers: Vec<Mover>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// All definitions that were scored, each against each. Rows and columns are in the order of `definitions`.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Matrix {
    /// The definitions, by name.
    pub definitions: Vec<Compared>,
    /// Kendall's tau-b; null where a note says why.
    pub kendall_tau: Vec<Vec<Option<f64>>>,
    /// Spearman's rank correlation; null where a note says why.
    pub spearman: Vec<Vec<Option<f64>>>,
    /// How many people have both scores.
    pub people: Vec<Vec<u64>>,
    /// Who differs most.
    pub movers: Vec<Mover>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Somebody whose scores differ.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Mover {
    /// Who.
    #[serde(flatten)]
    pub person: Named,
    /// The highest score less the lowest, in points.
    pub difference: f64,
    /// The scores under the definitions compared, in their order; those without a score are left out.
    pub scores: Vec<UnderDefinition>,
}

/// A score, and what it is under.
#[derive(Clone, Debug, serde::Serialize)]
pub struct UnderDefinition {
    /// The definition's name.
    pub definition: String,
    /// Its version.
    pub version: u32,
    /// 1 to 100.
    pub score: f64,
}

impl Workspace {
    /// Compares two definitions, with at most `limit` of the people who differ most.
    ///
    /// `as_of` takes the scores stored for that moment in place of the newest.
    pub fn compare(
        &self,
        definitions: [&str; 2],
        as_of: Option<Time>,
        limit: usize,
    ) -> Result<Pair> {
        self.compare_for(Reader::Operator, definitions, as_of, limit)
    }

    /// The same for a reader. Whoever is no operator names definitions by name, and never a file.
    ///
    /// Fails with `NotFound` on a definition that is not for this reader, as on one that is unknown or no name.
    pub fn compare_for(
        &self,
        reader: Reader<'_>,
        definitions: [&str; 2],
        as_of: Option<Time>,
        limit: usize,
    ) -> Result<Pair> {
        let [a, b] = definitions;
        let unknown =
            |name| Error::new(ErrorKind::NotFound, format!("there are no scores under {name:?}"));
        let card = |name| match self.card(name, as_of) {
            // What there is besides is nobody else's business.
            Err(error) if reader != Reader::Operator && error.kind() == ErrorKind::Usage => {
                Err(unknown(name))
            }
            found => found,
        };
        let is_file = |name: &&&str| reader != Reader::Operator && is_path(name);
        if let Some(name) = definitions.iter().find(is_file) {
            return Err(unknown(name));
        }
        let cards = [card(a)?, card(b)?];
        if let Some(wrong) = definitions.iter().zip(&cards).find(|(_, card)| !is_for(reader, card))
        {
            return Err(unknown(wrong.0));
        }
        let reading = self.reading()?;
        let lists = Lists::of(&cards, &reading);
        let agreement = lists.agreement(0, 1);
        let mut notes = lists.notes();
        if cards[0].header().hash == cards[1].header().hash {
            notes.push("These are the same definition.".to_owned());
        }
        let movers = lists.movers(&reading, reader, limit)?;
        let definitions = [Compared::of(&cards[0]), Compared::of(&cards[1])];
        self.looked(None, &format!("compare {a} {b}"))?;
        Ok(Pair { definitions, agreement, movers, notes })
    }

    /// Compares all definitions that were scored, each with each, in their newest versions.
    pub fn compare_all(&self, as_of: Option<Time>, limit: usize) -> Result<Matrix> {
        self.compare_all_for(Reader::Operator, as_of, limit)
    }

    /// The same for a reader.
    pub fn compare_all_for(
        &self,
        reader: Reader<'_>,
        as_of: Option<Time>,
        limit: usize,
    ) -> Result<Matrix> {
        let mut cards = self.newest_cards(as_of)?;
        cards.retain(|card| is_for(reader, card));
        if cards.is_empty() {
            self.reading()?;
            let message = match as_of {
                Some(time) => format!(
                    "nothing is scored as of {time}; make it with: tertius score --as-of {time}"
                ),
                None => "there are no scores yet; make them with: tertius score".to_owned(),
            };
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        let reading = self.reading()?;
        let lists = Lists::of(&cards, &reading);
        let mut notes = lists.notes();
        let places: Vec<usize> = (0..cards.len()).collect();
        let mut cells: Vec<Vec<Option<Agreement>>> = vec![vec![None; cards.len()]; cards.len()];
        for i in &places {
            for j in &places[*i..] {
                let found = lists.agreement(*i, *j);
                if let Some(reason) = found.reason.filter(|_| i != j) {
                    notes.push(format!("{} and {}: {reason}", lists.name(*i), lists.name(*j)));
                }
                (cells[*i][*j], cells[*j][*i]) = (Some(found.clone()), Some(found));
            }
        }
        fn each<T>(cells: &[Vec<Option<Agreement>>], get: impl Fn(&Agreement) -> T) -> Vec<Vec<T>> {
            cells.iter().map(|row| row.iter().flatten().map(&get).collect()).collect()
        }
        self.looked(None, "compare")?;
        Ok(Matrix {
            definitions: cards.iter().map(Compared::of).collect(),
            kendall_tau: each(&cells, |one| one.kendall_tau),
            spearman: each(&cells, |one| one.spearman),
            people: each(&cells, |one| one.people),
            movers: lists.movers(&reading, reader, limit)?,
            notes,
        })
    }
}

/// Whether scores are for this reader at all.
fn is_for(reader: Reader<'_>, card: &Scorecard) -> bool {
    match reader {
        Reader::Operator => true,
        Reader::Key { purpose } => card.header().purpose == purpose,
        Reader::Anonymous => false,
    }
}

impl Compared {
    fn of(card: &Scorecard) -> Compared {
        let header = card.header();
        Compared {
            definition: header.definition.clone(),
            version: header.version,
            question: header.question.clone(),
            as_of: header.as_of(),
            scored: header.scored,
        }
    }
}

/// The scores of several cards, by people as they are known now.
struct Lists<'a> {
    cards: &'a [Scorecard],
    /// For each card, sorted by person.
    scores: Vec<Vec<(u64, f64)>>,
    /// Whether a person had several scores under one definition.
    merged: bool,
}

impl<'a> Lists<'a> {
    fn of(cards: &'a [Scorecard], reading: &Reading) -> Lists<'a> {
        let membership = reading.register.membership();
        let mut merged = false;
        let scores = cards
            .iter()
            .map(|card| {
                let row = |row: usize| {
                    let person = membership.person_of(card.person(row)?);
                    Some((person, card.score(row)?))
                };
                let mut scores: Vec<(u64, f64)> = (0..card.len()).filter_map(row).collect();
                scores.sort_by(|x, y| x.0.cmp(&y.0).then(y.1.total_cmp(&x.1)));
                let all = scores.len();
                scores.dedup_by_key(|one| one.0);
                merged |= scores.len() < all;
                scores
            })
            .collect();
        Lists { cards, scores, merged }
    }

    fn name(&self, card: usize) -> String {
        let header = self.cards[card].header();
        format!("{}@{}", header.definition, header.version)
    }

    fn agreement(&self, i: usize, j: usize) -> Agreement {
        let (a, b) = (&self.scores[i], &self.scores[j]);
        let (mut pairs, mut at) = (Vec::with_capacity(a.len().min(b.len())), 0);
        for (person, score) in a {
            while b.get(at).is_some_and(|other| other.0 < *person) {
                at += 1;
            }
            if let Some(other) = b.get(at).filter(|other| other.0 == *person) {
                pairs.push((*score, other.1));
            }
        }
        Agreement::of(&pairs)
    }

    /// Those with the largest difference between two of their scores who may be named.
    fn movers(&self, reading: &Reading, reader: Reader<'_>, limit: usize) -> Result<Vec<Mover>> {
        let mut ranges: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
        for (person, score) in self.scores.iter().flatten() {
            let range = ranges.entry(*person).or_insert((*score, *score));
            *range = (range.0.min(*score), range.1.max(*score));
        }
        let mut differ: Vec<(u64, f64)> = ranges
            .into_iter()
            .map(|(person, (low, high))| (person, high - low))
            .filter(|(_, difference)| *difference > 0.0)
            .collect();
        differ.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
        // Age counts as of the earliest of the moments.
        let Some(as_of) = self.cards.iter().map(|card| card.header().as_of()).min() else {
            return Ok(Vec::new());
        };
        let disclosure = reading.disclosure(as_of).to(reader);
        let purposes: Vec<&str> =
            self.cards.iter().map(|card| card.header().purpose.as_str()).collect();
        let mut movers = Vec::new();
        for (id, difference) in differ {
            if movers.len() == limit {
                break;
            }
            // Of those who may not be shown under all of them, a difference would tell a score that is not shown.
            let consent = disclosure.consents().of(id);
            let seen = |card: &Scorecard| {
                let header = card.header();
                may_see(reader, consent, &header.purpose, &header.visibility, false)
            };
            if reader != Reader::Operator && !self.cards.iter().all(seen) {
                continue;
            }
            if let Some(person) = disclosure.person_for(id, &purposes)? {
                movers.push(Mover { person, difference, scores: self.scores_of(id) });
            }
        }
        Ok(movers)
    }

    fn scores_of(&self, person: u64) -> Vec<UnderDefinition> {
        let lists = self.cards.iter().zip(&self.scores);
        let under = |(card, scores): (&Scorecard, &Vec<(u64, f64)>)| {
            let at = scores.binary_search_by_key(&person, |one| one.0).ok()?;
            let header = card.header();
            let (definition, version) = (header.definition.clone(), header.version);
            Some(UnderDefinition { definition, version, score: scores[at].1 })
        };
        lists.filter_map(under).collect()
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let moments: BTreeSet<Time> = self.cards.iter().map(|card| card.header().as_of()).collect();
        if moments.len() > 1 {
            notes.push(
                "The scores are of different moments, so some of the difference may be time; score again, or name a moment with --as-of."
                    .to_owned(),
            );
        }
        if self.merged {
            notes.push(
                "Accounts were merged since; score again to have each person's score as one."
                    .to_owned(),
            );
        }
        notes
    }
}
