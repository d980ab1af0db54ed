//! Snapshots and signals of stored data: what scoring, explaining and exporting compute from.

use crate::error::Result;
use crate::workspace::Reading;
use influence::definition::{Definition, Standing};
use influence::signals::{self, Column, Options};
use influence::{Membership, Projection, Projector, Snapshot};
use model::Time;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Snapshots and columns as of one moment, each computed once, however many definitions ask for it.
pub(crate) struct Moment<'a> {
    reading: &'a Reading,
    as_of: Time,
    /// Whether snapshots keep what intervals draw again.
    clusters: bool,
    membership: Membership,
    /// By the projection's canonical form.
    snapshots: BTreeMap<String, Rc<Snapshot>>,
    /// Projections under which actions will be asked for, so that no snapshot is made twice.
    acting: BTreeSet<String>,
    /// By the snapshot's id, the signal's name and its options.
    columns: BTreeMap<String, Rc<Column>>,
}

impl<'a> Moment<'a> {
    pub(crate) fn new(reading: &'a Reading, as_of: Time) -> Result<Moment<'a>> {
        let pairs = reading.register.membership().pairs().iter().copied();
        let membership = Membership::new(pairs).muting(reading.mute(&reading.disclosure(as_of))?);
        Ok(Moment {
            reading,
            as_of,
            clusters: false,
            membership,
            snapshots: BTreeMap::new(),
            acting: BTreeSet::new(),
            columns: BTreeMap::new(),
        })
    }

    /// Lets snapshots keep what intervals draw again.
    pub(crate) fn with_clusters(self) -> Moment<'a> {
        Moment { clusters: true, ..self }
    }

    /// Says that what the definition computes from will be asked for.
    pub(crate) fn expect(&mut self, definition: &Definition) {
        if definition.needs_actions() {
            self.keep_actions(&definition.projection);
        }
    }

    /// Says that snapshots under the projection must keep actions.
    pub(crate) fn keep_actions(&mut self, projection: &Projection) {
        let key = projection.canonical();
        if self.snapshots.get(&key).is_some_and(|snapshot| snapshot.actions().is_none()) {
            self.snapshots.remove(&key);
        }
        self.acting.insert(key);
    }

    /// What a definition computes from.
    pub(crate) fn snapshot_of(&mut self, definition: &Definition) -> Result<Rc<Snapshot>> {
        self.expect(definition);
        self.snapshot(&definition.projection)
    }

    /// The snapshot under a projection, with the attributes that were imported with people.
    pub(crate) fn snapshot(&mut self, projection: &Projection) -> Result<Rc<Snapshot>> {
        let key = projection.canonical();
        if let Some(snapshot) = self.snapshots.get(&key) {
            return Ok(snapshot.clone());
        }
        let mut projector = Projector::new(projection, self.as_of, &self.membership)?;
        let actions = self.acting.contains(&key);
        if actions {
            projector = projector.with_actions();
        }
        if self.clusters {
            projector = projector.with_clusters();
        }
        let mut outcome = Ok(());
        self.reading.scan(self.as_of, projection.window, actions, &mut |acts| {
            if outcome.is_ok() {
                outcome = projector.add(&acts);
            }
        })?;
        outcome?;
        let mut snapshot = projector.finish()?;
        for (name, values) in self.reading.register.attributes() {
            snapshot.attach(&name, values)?;
        }
        let snapshot = Rc::new(snapshot);
        self.snapshots.insert(key, snapshot.clone());
        Ok(snapshot)
    }

    /// The column of a signal.
    pub(crate) fn column(
        &mut self,
        snapshot: &Snapshot,
        name: &str,
        options: &Options,
    ) -> Result<Rc<Column>> {
        let actions = signals::find(name).is_some_and(|signal| signal.needs_actions());
        let key = format!("{} {name} {options:?}", snapshot.id_of(actions));
        if let Some(column) = self.columns.get(&key) {
            return Ok(column.clone());
        }
        let column = Rc::new(signals::compute(name, snapshot, options)?);
        self.columns.insert(key, column.clone());
        Ok(column)
    }

    /// Who belongs to the definition's population, by the snapshot's numbers.
    pub(crate) fn admitted(&self, snapshot: &Snapshot, definition: &Definition) -> Vec<bool> {
        let all = self.reading.standings(self.as_of);
        let mut standings: Vec<Standing<'_>> = Vec::new();
        let admits = |person: &u64| {
            standings.clear();
            standings.extend(all.of(*person).iter().map(|role| {
                let side = self.reading.firm.side(&role.role, &role.organisation);
                Standing { side, role: &role.role, organisation: &role.organisation }
            }));
            // The logo and the systems have ties, but are nobody whom a definition could ask about.
            !self.membership.is_mute(*person) && definition.population.admits(&standings)
        };
        snapshot.people().iter().map(admits).collect()
    }

    /// Who must not be scored for a purpose, by the snapshot's numbers; with `exactly`, whoever has not agreed to it by
    /// its name.
    pub(crate) fn barred(&self, snapshot: &Snapshot, purpose: &str, exactly: bool) -> Vec<bool> {
        let disclosure = self.reading.disclosure(self.as_of);
        let refuses = disclosure.refusal(purpose);
        let barred = |person: &u64| {
            refuses(*person) || exactly && !disclosure.agrees_exactly(*person, purpose)
        };
        snapshot.people().iter().map(barred).collect()
    }
}

impl Reading {
    /// All that a snapshot as of `as_of` with this window is made of: the window's rows, with keys of their `own` where those
    /// are wanted, and follows of all time.
    fn scan(
        &self,
        as_of: Time,
        window: model::Span,
        own: bool,
        each: &mut dyn FnMut(model::Acts),
    ) -> Result<()> {
        let from = Time(as_of.0.saturating_sub(window));
        let recent = ledger::Wanted { from: Some(from), own, ..ledger::Wanted::as_of(as_of) };
        self.view.scan(&recent, each)?;
        let follows = ["follow", "unfollow"];
        let earlier =
            ledger::Wanted { until: from, verbs: Some(&follows), ..ledger::Wanted::as_of(as_of) };
        Ok(self.view.scan(&earlier, each)?)
    }
}
