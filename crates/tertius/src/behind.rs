//! What is behind a person's values: ties and interactions, as far as they may be shown.
//!
//! Third parties are named only for what is public: a tie is spoken of as the public interactions alone make it, and
//! whoever is tied by others alone, or refuses, is counted and not named.

use crate::disclosure::{Disclosure, Named};
use crate::error::Result;
use crate::explain::{Because, Item};
use crate::moment::Moment;
use crate::workspace::Reading;
use influence::definition::Definition;
use influence::projection::Levels;
use influence::signals::{self, Carrier, Options};
use influence::{Communities, Projection, Snapshot, Tie};
use ledger::Between;
use model::{Interaction, Time, Visibility};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

/// Interactions shown for a tie.
const ITEMS: usize = 3;

/// The snapshot of a definition around one person.
pub(crate) struct Behind<'a> {
    reading: &'a Reading,
    disclosure: &'a Disclosure<'a>,
    definition: &'a Definition,
    /// The communities of the definition's fit.
    communities: Option<Arc<Communities>>,
    /// What the definition computes from.
    snapshot: Rc<Snapshot>,
    /// The same of public interactions alone: what may be spoken of.
    public: Rc<Snapshot>,
    person: u64,
}

impl<'a> Behind<'a> {
    pub(crate) fn new(
        reading: &'a Reading,
        disclosure: &'a Disclosure<'a>,
        definition: &'a Definition,
        communities: Option<Arc<Communities>>,
        as_of: Time,
        person: u64,
    ) -> Result<Behind<'a>> {
        let mut moment = Moment::new(reading, as_of)?;
        let snapshot = moment.snapshot_of(definition)?;
        let open = Levels::of(&[Visibility::Public]);
        let public =
            moment.snapshot(&Projection { visibility: open, ..definition.projection.clone() })?;
        Ok(Behind { reading, disclosure, definition, communities, snapshot, public, person })
    }

    pub(crate) fn snapshot_id(&self) -> String {
        self.snapshot.id_of(self.definition.needs_actions())
    }

    /// The people who carry the value of a signal, the strongest first, and a count of those not named.
    pub(crate) fn signal(&self, name: &str, most: usize) -> Result<Vec<Because>> {
        let uses = self.definition.signals.iter().find(|signal| signal.name == name);
        let (Some(uses), Some(number)) = (uses, self.snapshot.number(self.person)) else {
            return Ok(Vec::new());
        };
        let mut reasons = Vec::new();
        let (mut unnamed, mut closed) = (0u64, 0u64);
        let options = Options { communities: self.communities.clone(), ..uses.options()? };
        for carrier in &carriers(&uses.name, &options, &self.snapshot, number)? {
            let id = self.snapshot.people()[carrier.person as usize];
            let [inward, outward] = between(&self.snapshot, self.person, id);
            let [open_inward, open_outward] = between(&self.public, self.person, id);
            let count = |tie: Option<Tie>| tie.map_or(0, |tie| u64::from(tie.interactions));
            let all = count(inward) + count(outward);
            let open = count(open_inward) + count(open_outward);
            // The direction that is credited must be public itself; the other does not make it so.
            let may_be_named =
                if inward.is_some() { open_inward.is_some() } else { open_outward.is_some() };
            if !may_be_named {
                closed += all;
                continue;
            }
            closed += all - open.min(all);
            let named = match reasons.len() < most {
                true => {
                    self.disclosure.third_party(id, Visibility::Public, &self.definition.purpose)?
                }
                false => None,
            };
            match named {
                // A share of the value would tell of what is not public.
                Some(named) => {
                    let share = (open == all).then_some(carrier.share);
                    reasons.push(self.reason(named, share, open_inward, open_outward)?);
                }
                None => unnamed += 1,
            }
        }
        if unnamed > 0 {
            let people = if unnamed == 1 { "person" } else { "people" };
            reasons.push(Because::words(format!("and {unnamed} more {people}")));
        }
        if closed > 0 {
            let exchanges = if closed == 1 { "exchange" } else { "exchanges" };
            reasons.push(Because::words(format!("and {closed} private {exchanges}")));
        }
        Ok(reasons)
    }

    fn reason(
        &self,
        named: Named,
        share: Option<f64>,
        inward: Option<Tie>,
        outward: Option<Tie>,
    ) -> Result<Because> {
        let mut text =
            format!("{}: {} toward this person", named.display_name(), interactions(inward));
        if outward.is_some() {
            text.push_str(&format!(", {} back", interactions(outward)));
        }
        if let Some(share) = share.filter(|share| *share >= 0.001) {
            text.push_str(&format!("; {:.1} % of the value", 100.0 * share));
        }
        let interactions = self.items(named.id().0)?;
        let strength = inward.map(|tie| tie.strength);
        Ok(Because { text, person: Some(named), strength, interactions })
    }

    /// The newest public interactions of another person toward this one that the definition counts.
    fn items(&self, other: u64) -> Result<Vec<Item>> {
        let sorted = |mut keys: Vec<u64>| {
            keys.sort_unstable();
            keys
        };
        let targets = sorted(self.disclosure.members(self.person));
        let actors = sorted(self.disclosure.members(other));
        let projection = &self.definition.projection;
        let until = self.snapshot.as_of();
        let between = Between {
            targets: Some(&targets),
            actors: Some(&actors),
            from: Some(projection.from(until)),
            until,
            stored: false,
        };
        let mut items = VecDeque::new();
        self.reading.view.interactions_of(&between, &mut |row: &Interaction<'_>| {
            if row.visibility == Visibility::Public
                && projection.weight(row.network, row.verb) > 0.0
            {
                if items.len() == ITEMS {
                    items.pop_front();
                }
                let own = |text: Option<&str>| text.map(str::to_owned);
                items.push_back(Item {
                    id: row.id.unwrap_or_default().to_owned(),
                    at: row.at,
                    network: row.network.to_owned(),
                    verb: row.verb.to_owned(),
                    object: own(row.object),
                    url: own(row.url),
                });
            }
            ControlFlow::Continue(())
        })?;
        Ok(items.into_iter().rev().collect())
    }
}

/// The ties between two people in a snapshot: from the other to the person, and back.
fn between(snapshot: &Snapshot, person: u64, other: u64) -> [Option<Tie>; 2] {
    match (snapshot.number(person), snapshot.number(other)) {
        (Some(person), Some(other)) => {
            [snapshot.tie_between(other, person), snapshot.tie_between(person, other)]
        }
        _ => [None, None],
    }
}

fn interactions(tie: Option<Tie>) -> String {
    match tie.map_or(0, |tie| tie.interactions) {
        1 => "1 interaction".to_owned(),
        count => format!("{count} interactions"),
    }
}

fn carriers(
    name: &str,
    options: &Options,
    snapshot: &Snapshot,
    number: u32,
) -> Result<Vec<Carrier>> {
    let Some(signal) = signals::find(name) else {
        return Ok(Vec::new());
    };
    let mut carriers = signal.carriers(snapshot, number, options)?;
    // Where all carry the same, the strongest tie comes first.
    let strength =
        |one: &Carrier| snapshot.tie_between(one.person, number).map_or(0.0, |tie| tie.strength);
    carriers.sort_by(|a, b| {
        let by_strength = || strength(b).total_cmp(&strength(a));
        b.share.total_cmp(&a.share).then_with(by_strength).then(a.person.cmp(&b.person))
    });
    Ok(carriers)
}
