//! A plan: a definition bound to one snapshot's columns. It makes the fit, or scores under one.
//!
//! For each person in this order: who must not be scored is *refused*; who is not in the population is *outside*; who is
//! below the evidence floor, or has no value in any signal, has *not enough evidence*; the others are *scored*. The fit learns from the scored alone. A signal
//! that nobody of them has a value of, at the time of the fit or now, is left out, and the weights of the others count among themselves; if none is left,
//! nobody has enough evidence. Nothing depends on the order of people.

use crate::definition::{Definition, Evidence};
use crate::normalise::Normaliser;
use crate::scale::{self, Scale};
use crate::scorecard::{Header, Parts, Scorecard, State};
use crate::spread::Spread;
use crate::{Error, Fit, Kind};
use model::Time;
use rayon::prelude::*;

/// What a definition is bound to: one entry for each person in every slice, in the snapshot's order.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// Id of the snapshot.
    pub snapshot: &'a str,
    /// Time of the snapshot.
    pub as_of: Time,
    /// Person ids, each once.
    pub people: &'a [u64],
    /// A column for each of [`Definition::signals`], in that order; NaN is no value.
    pub columns: &'a [&'a [f64]],
    /// Distinct people who engaged the person inside the window.
    pub engagers: &'a [u32],
    /// Interactions toward the person inside the window.
    pub interactions: &'a [u64],
    /// Who belongs to the definition's population.
    pub admitted: &'a [bool],
    /// Who must not be scored.
    pub barred: &'a [bool],
}

/// A definition bound to a snapshot's columns.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    pub(crate) definition: &'a Definition,
    pub(crate) inputs: Inputs<'a>,
    states: Vec<State>,
    /// Places of the scored.
    pub(crate) scored: Vec<usize>,
}

impl<'a> Plan<'a> {
    /// Binds a definition.
    ///
    /// # Errors
    /// A slice has another length than there are people, there are more or fewer columns than signals, a value is infinite, or a scored person's
    /// value is negative where the normalisation refuses it.
    pub fn bind(definition: &'a Definition, inputs: Inputs<'a>) -> Result<Plan<'a>, Error> {
        let people = inputs.people.len();
        let lengths = [
            inputs.engagers.len(),
            inputs.interactions.len(),
            inputs.admitted.len(),
            inputs.barred.len(),
        ];
        let columns = inputs.columns.iter().map(|column| column.len());
        if inputs.columns.len() != definition.signals.len()
            || lengths.into_iter().chain(columns).any(|n| n != people)
        {
            return Err(Error::new(
                Kind::Snapshot,
                format!(
                    "the columns for {} do not have one entry for each of {people} people",
                    definition.name
                ),
            ));
        }
        let states: Vec<State> =
            (0..people).map(|i| state(&inputs, i, definition.evidence)).collect();
        let scored: Vec<usize> = (0..people).filter(|i| states[*i] == State::Scored).collect();
        let plan = Plan { definition, inputs, states, scored };
        plan.check_values()?;
        Ok(plan)
    }

    fn check_values(&self) -> Result<(), Error> {
        for (signal, column) in self.definition.signals.iter().zip(self.inputs.columns) {
            let refused =
                |x: f64| x.is_infinite() || (x < 0.0 && signal.normalise.refuses_negative());
            if let Some(i) = self.scored.iter().find(|i| refused(column[**i])) {
                let (x, person) = (column[*i], self.inputs.people[*i]);
                let remedy = if x.is_infinite() {
                    "leave the value empty"
                } else {
                    "normalise it by rank or zscore"
                };
                return Err(Error::new(
                    Kind::Signal,
                    format!(
                        "signal {} is {x} for person {person}, which definition {} can't use; {remedy}",
                        signal.name, self.definition.name
                    ),
                ));
            }
        }
        Ok(())
    }

    /// The state of each person, before it is known which signals are left out.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// What the definition learns from the people scored. If there are none, the fit is empty and must not be kept.
    ///
    /// # Errors
    /// The values of a signal are too large to add up.
    pub fn fit(&self) -> Result<Fit, Error> {
        let mut normalisers = Vec::with_capacity(self.definition.signals.len());
        for (signal, column) in self.definition.signals.iter().zip(self.inputs.columns) {
            let values: Vec<f64> = self.scored.iter().map(|i| column[*i]).collect();
            let fitted = signal.normalise.fit(&values).map_err(|error| {
                Error::new(error.kind(), format!("signal {}: {error}", signal.name))
            })?;
            normalisers.push(fitted);
        }
        let used: Vec<bool> = normalisers.iter().map(|one| *one != Normaliser::Absent).collect();
        let normalised = self.normalise(&normalisers.iter().collect::<Vec<_>>());
        let reference = match self.combine(&normalised, &used) {
            Some(raw) => self.definition.scale.fit(&raw),
            None => Scale::default().fit(&[]),
        };
        Ok(Fit::new(self.definition, self.inputs.snapshot, normalisers, reference))
    }

    /// The normalised values of the scored, by signal.
    pub(crate) fn normalise(&self, normalisers: &[&Normaliser]) -> Vec<Vec<f64>> {
        let signals = self.definition.signals.iter().zip(self.inputs.columns);
        signals
            .zip(normalisers)
            .map(|((signal, column), fitted)| {
                let apply = |i: &usize| fitted.apply(column[*i], signal.direction);
                self.scored.par_iter().map(apply).collect()
            })
            .collect()
    }

    /// The combined values of the scored; nothing if there are none or no signal is in use.
    pub(crate) fn combine(&self, normalised: &[Vec<f64>], used: &[bool]) -> Option<Vec<f64>> {
        let raw: Option<Vec<f64>> = (0..self.scored.len())
            .into_par_iter()
            .map_init(Vec::new, |values, place| {
                values.clear();
                values.extend(normalised.iter().map(|column| column[place]));
                self.definition.root.value(values, used)
            })
            .collect();
        raw.filter(|raw| !raw.is_empty())
    }

    /// Which signals count: those with values when the fit was made, and now.
    pub(crate) fn used(&self, normalisers: &[&Normaliser]) -> Vec<bool> {
        let columns = normalisers.iter().zip(self.inputs.columns);
        let counts = |(fitted, column): (&&Normaliser, &&[f64])| {
            **fitted != Normaliser::Absent && self.scored.iter().any(|i| !column[*i].is_nan())
        };
        columns.map(counts).collect()
    }

    /// Scores everybody under a fit of this definition, without intervals.
    ///
    /// # Errors
    /// The fit belongs to another definition, or a person stands twice in the snapshot.
    pub fn score(&self, fit: &Fit) -> Result<Scorecard, Error> {
        self.score_within(fit, None)
    }

    /// Scores everybody under a fit of this definition, with intervals of the spread given.
    ///
    /// # Errors
    /// As [`Plan::score`].
    pub fn score_within(&self, fit: &Fit, spread: Option<&Spread>) -> Result<Scorecard, Error> {
        fit.belongs_to(self.definition)?;
        let definition = self.definition;
        let normalisers: Vec<&Normaliser> = fit.normalisers().collect();
        let used = self.used(&normalisers);
        let normalised = self.normalise(&normalisers);
        let people = self.inputs.people.len();
        let mut states = self.states.clone();
        let none = vec![f64::NAN; people];
        let (mut score, mut raw, mut top_share) = (none.clone(), none.clone(), none.clone());
        let (mut low, mut high) = (none.clone(), none.clone());
        let mut signals = vec![(none.clone(), none); definition.signals.len()];
        for (columns, given) in signals.iter_mut().zip(self.inputs.columns) {
            for i in (0..people).filter(|i| is_asked_about(self.states[*i])) {
                columns.0[i] = given[i];
            }
        }
        match self.combine(&normalised, &used) {
            None => {
                for i in &self.scored {
                    states[*i] = State::NotEnoughEvidence;
                }
            }
            Some(combined) => {
                let place = |x: &f64| {
                    (definition.scale.score(fit.scale(), *x), scale::top_share(fit.scale(), *x))
                };
                let places: Vec<(f64, f64)> = combined.par_iter().map(place).collect();
                for (k, i) in self.scored.iter().enumerate() {
                    (score[*i], top_share[*i]) = places[k];
                    raw[*i] = combined[k];
                    if let Some(reach) = spread.and_then(|spread| spread.reach(k)) {
                        (low[*i], high[*i]) =
                            definition.scale.interval(fit.scale(), combined[k], reach);
                    }
                    for (columns, normalised) in signals.iter_mut().zip(&normalised) {
                        columns.1[*i] = normalised[k];
                    }
                }
            }
        }
        let shown = |i: usize, count: u64| {
            if is_asked_about(states[i]) { u32::try_from(count).unwrap_or(u32::MAX) } else { 0 }
        };
        let engagers = (0..people).map(|i| shown(i, self.inputs.engagers[i].into())).collect();
        let interactions = (0..people).map(|i| shown(i, self.inputs.interactions[i])).collect();
        let left_out = definition.signals.iter().zip(&used).filter(|(_, used)| !**used);
        let left_out = left_out.map(|(signal, _)| signal.name.clone()).collect();
        Scorecard::build(Parts {
            header: Header::of(definition, self.inputs.snapshot, &fit.hash(), left_out),
            as_of: self.inputs.as_of,
            scale: fit.scale(),
            people: self.inputs.people,
            states,
            score,
            low,
            high,
            raw,
            top_share,
            engagers,
            interactions,
            signals,
        })
    }
}

/// Of whom a scorecard holds values: not of the refused, and of nobody whom the definition does not ask about.
fn is_asked_about(state: State) -> bool {
    matches!(state, State::Scored | State::NotEnoughEvidence)
}

fn state(inputs: &Inputs<'_>, i: usize, floor: Evidence) -> State {
    if inputs.barred[i] {
        State::Refused
    } else if !inputs.admitted[i] {
        State::OutsidePopulation
    } else if u64::from(inputs.engagers[i]) < floor.min_engagers
        || inputs.interactions[i] < floor.min_interactions
        // A number made of nothing but missing values would be read as a judgement.
        || inputs.columns.iter().all(|column| column[i].is_nan())
    {
        State::NotEnoughEvidence
    } else {
        State::Scored
    }
}

#[cfg(test)]
mod tests;
