//! Scoring: a definition over a snapshot, under a fit that the first scoring makes and none moves.

use crate::definitions::Source;
use crate::error::{Error, ErrorKind, Result};
use crate::moment::Moment;
use crate::workspace::{Reading, Workspace};
use influence::definition::{Definition, SignalUse};
use influence::plan::Inputs;
use influence::scorecard::{Header, State};
use influence::signals::{Column, Options};
use influence::{Plan, Scorecard};
use model::{Span, Time};
use std::rc::Rc;
use std::time::Instant;

/// What came of scoring one definition.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Scored {
    /// Its name.
    pub definition: String,
    /// Its version.
    pub version: u32,
    /// Its question.
    pub question: String,
    /// The snapshot's id.
    pub snapshot: String,
    /// The moment.
    pub as_of: Time,
    /// People in the snapshot.
    pub people: u64,
    /// People with a score.
    pub scored: u64,
    /// People below the evidence floor.
    pub not_enough_evidence: u64,
    /// People whom the definition does not ask about.
    pub outside_population: u64,
    /// People who must not be scored.
    pub refused: u64,
    /// Which card of its moment it is, from 1. A higher number than before says that the results differ from the card that was there.
    pub number: u32,
    /// Signals left out because nobody has a value.
    pub left_out: Vec<String>,
    /// Time taken.
    pub seconds: f64,
    /// What a person should know.
    #[serde(skip)]
    pub notes: Vec<String>,
}

impl Workspace {
    /// Computes and stores the scores of the definitions named, or of all, as of a moment.
    pub fn score(&self, wanted: &[String], as_of: Option<Time>) -> Result<Vec<Scored>> {
        let sources = self.sources(wanted)?;
        let reading = self.reading()?;
        let as_of = reading.as_of(as_of)?;
        self.score_all(&sources, &reading, as_of)
    }

    /// Scores a past, so that changes can be told: as of `as_of` and every `step` before it, back to `since`.
    ///
    /// The newest moment comes first: where a version has no fit yet, it is made of the people of today. There is nothing to score before
    /// the first interaction.
    pub fn score_since(
        &self,
        wanted: &[String],
        as_of: Option<Time>,
        since: Time,
        step: Span,
    ) -> Result<Vec<Scored>> {
        let sources = self.sources(wanted)?;
        let reading = self.reading()?;
        let as_of = reading.as_of(as_of)?;
        if since > as_of || step < 1 {
            let message = format!(
                "there is nothing to score from {since} on, back from {as_of}; choose an earlier --since"
            );
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let first = since.max(reading.view.earliest_at().unwrap_or(since));
        let (mut scored, mut at) = (Vec::new(), as_of);
        while at == as_of || at >= first {
            scored.extend(self.score_all(&sources, &reading, at)?);
            at = Time(at.0.saturating_sub(step));
        }
        Ok(scored)
    }

    fn sources(&self, wanted: &[String]) -> Result<Vec<Source>> {
        match wanted {
            [] => self.newest_definitions(),
            some => some.iter().map(|one| self.definition(one)).collect(),
        }
    }

    pub(crate) fn score_all(
        &self,
        sources: &[Source],
        reading: &Reading,
        as_of: Time,
    ) -> Result<Vec<Scored>> {
        let mut moment = Moment::new(reading, as_of)?.with_clusters();
        sources.iter().for_each(|source| moment.expect(&source.definition));
        let newest = reading.view.newest_at().unwrap_or(as_of);
        sources.iter().map(|source| self.score_one(source, &mut moment, newest)).collect()
    }

    fn score_one(&self, source: &Source, moment: &mut Moment<'_>, newest: Time) -> Result<Scored> {
        let started = Instant::now();
        let definition = &source.definition;
        let mut notes = Vec::new();
        // A changed definition is refused before any work is done.
        let fit = self.fit(source)?;
        let card = compute(source, fit, moment, &mut notes, &mut |fit| match fit.is_empty() {
            // It has learned nothing: the first scoring that finds somebody makes the fit.
            true => Ok(fit),
            false => self.keep_fit(source, fit),
        })?;
        let header = card.header();
        let snapshot = moment.snapshot_of(definition)?;
        let number = self.publish(&card, &snapshot, newest)?;
        if header.scored > 0 {
            notes.extend(header.left_out.iter().map(|signal| {
                let name = &definition.name;
                format!("{name}: {signal} is left out, because nobody has a value; the other weights count among themselves")
            }));
        } else if some_have_evidence(definition, &card) {
            notes.push(format!(
                "{}: none of its signals has a value for anybody with enough evidence, so there are no scores",
                definition.name
            ));
        } else {
            // What follows from that, such as signals without a value, needs no telling.
            notes = vec![nobody(definition, header)];
        }
        if number > 1 {
            notes.push(format!(
                "{}: card {number} of this moment holds; the earlier ones stay as they were published",
                definition.name
            ));
        }
        Ok(Scored {
            definition: header.definition.clone(),
            version: header.version,
            question: header.question.clone(),
            snapshot: header.snapshot.clone(),
            as_of: header.as_of(),
            people: header.people,
            scored: header.scored,
            not_enough_evidence: header.not_enough_evidence,
            outside_population: header.outside_population,
            refused: header.refused,
            number,
            left_out: header.left_out.clone(),
            seconds: started.elapsed().as_secs_f64(),
            notes,
        })
    }

    /// Every definition in its newest version.
    fn newest_definitions(&self) -> Result<Vec<Source>> {
        let mut newest: Vec<Source> = Vec::new();
        for source in self.all_definitions()? {
            match newest.last_mut() {
                Some(last) if last.definition.name == source.definition.name => *last = source,
                _ => newest.push(source),
            }
        }
        if newest.is_empty() {
            return Err(Error::new(ErrorKind::NotFound, "there is no definition to score"));
        }
        Ok(newest)
    }
}

/// Whether somebody without a score meets the floor, so that it is signals that are missing and not evidence.
fn some_have_evidence(definition: &Definition, card: &Scorecard) -> bool {
    let floor = definition.evidence;
    (0..card.len()).any(|row| {
        let (engagers, interactions) = card.evidence(row);
        card.state(row) == State::NotEnoughEvidence
            && u64::from(engagers) >= floor.min_engagers
            && u64::from(interactions) >= floor.min_interactions
    })
}

/// Why nobody has a score, and what to do.
fn nobody(definition: &Definition, header: &Header) -> String {
    let days = definition.projection.window / model::time::DAY;
    let name = &definition.name;
    match header.people {
        0 => format!(
            "{name}: no interaction that it counts happened in the {days} days before {}; choose another moment with --as-of, or a longer window",
            header.as_of()
        ),
        people => format!(
            "{name}: nobody of the {people} people with ties in the {days} days before {} has enough evidence (at least {} people who engaged them), so there are no scores",
            header.as_of(),
            definition.evidence.min_engagers
        ),
    }
}

/// Scores a definition at a moment, under its fit, or under one made now and handed to `keep`.
pub(crate) fn compute(
    source: &Source,
    fit: Option<influence::Fit>,
    moment: &mut Moment<'_>,
    notes: &mut Vec<String>,
    keep: &mut dyn FnMut(influence::Fit) -> Result<influence::Fit>,
) -> Result<Scorecard> {
    let definition = &source.definition;
    let snapshot = moment.snapshot_of(definition)?;
    let communities = match &fit {
        Some(fit) => fit.communities().cloned(),
        None => definition.needs_communities().then(|| snapshot.communities().clone()),
    };
    let options =
        |signal: &SignalUse| Ok(Options { communities: communities.clone(), ..signal.options()? });
    let options: Vec<Options> = definition.signals.iter().map(options).collect::<Result<_>>()?;
    let columns: Vec<Rc<Column>> = (definition.signals.iter().zip(&options))
        .map(|(signal, options)| moment.column(&snapshot, &signal.name, options))
        .collect::<Result<_>>()?;
    notes.extend(columns.iter().filter_map(|column| {
        column.note.as_ref().map(|note| format!("{}: {}: {note}", definition.name, column.name))
    }));
    let values: Vec<&[f64]> = columns.iter().map(|column| column.values.as_slice()).collect();
    let inputs = Inputs {
        snapshot: &snapshot.id_of(definition.needs_actions()),
        as_of: snapshot.as_of(),
        people: snapshot.people(),
        columns: &values,
        engagers: snapshot.engagers(),
        interactions: snapshot.received(),
        admitted: &moment.admitted(&snapshot, definition),
        barred: &moment.barred(&snapshot, &definition.purpose, definition.exact_consent),
    };
    let plan = Plan::bind(definition, inputs)?;
    let fit = match fit {
        Some(fit) => fit,
        None => {
            let made = match &communities {
                Some(communities) => plan.fit()?.with_communities(communities.clone())?,
                None => plan.fit()?,
            };
            let kept = keep(made)?;
            if kept.communities() != communities.as_ref() {
                // Another scoring made the fit meanwhile, on communities of its own.
                notes.clear();
                return compute(source, Some(kept), moment, notes, keep);
            }
            kept
        }
    };
    let spread = plan.spread(&fit, &snapshot, &options)?;
    Ok(plan.score_within(&fit, spread.as_ref())?)
}
