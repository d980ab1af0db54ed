//! What the tests of signals on actions share: rows that are quickly written, and snapshots of them.

use super::{Column, Options, compute};
use crate::draws::{Draws, Lanes};
use crate::people::Membership;
use crate::projection::Projection;
use crate::projector::Projector;
use crate::snapshot::Snapshot;
use model::time::{DAY, HOUR};
use model::{Acts, Time};
use proptest::prelude::*;

/// Ten days after time 0 of an [`Act`].
pub(super) const AS_OF: Time = Time(1_700_000_000_000_000);

const VERBS: [&str; 8] =
    ["post", "reshare", "quote", "reply", "like", "mention", "follow", "unfollow"];

/// One row; numbers are keys, 0 is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Act {
    /// Hours.
    pub at: i64,
    pub verb: &'static str,
    pub actor: u64,
    pub target: u64,
    pub object: u64,
    pub parent: u64,
    pub own: u64,
}

impl Act {
    pub fn new(at: i64, verb: &'static str, actor: u64) -> Act {
        Act { at, verb, actor, target: 0, object: 0, parent: 0, own: 0 }
    }

    pub fn to(self, target: u64) -> Act {
        Act { target, ..self }
    }

    pub fn of(self, object: u64) -> Act {
        Act { object, ..self }
    }

    pub fn under(self, parent: u64) -> Act {
        Act { parent, ..self }
    }

    pub fn own(self, own: u64) -> Act {
        Act { own, ..self }
    }
}

/// Rows of every sort among a few people and posts, many at the same time.
pub(super) fn any_acts() -> impl Strategy<Value = Vec<Act>> {
    let act = (0i64..12, 0..VERBS.len(), 1u64..8, 0u64..8, 0u64..6, 0u64..6, 0u64..6);
    let act = act.prop_map(|(at, verb, actor, target, object, parent, own)| {
        let own = if VERBS[verb] == "reshare" { own } else { 0 };
        Act { at, verb: VERBS[verb], actor, target, object, parent, own }
    });
    prop::collection::vec(act, 0..60)
}

pub(super) fn snapshot(acts: &[Act]) -> Snapshot {
    snapshot_with(acts, &Membership::default())
}

pub(super) fn snapshot_with(acts: &[Act], membership: &Membership) -> Snapshot {
    let code = |act: &Act| VERBS.iter().position(|verb| *verb == act.verb).unwrap() as u16;
    let columns = Acts {
        at: acts.iter().map(|act| AS_OF.0 - 10 * DAY + act.at * HOUR).collect(),
        network: vec![0; acts.len()],
        verb: acts.iter().map(code).collect(),
        actor: acts.iter().map(|act| act.actor).collect(),
        target: acts.iter().map(|act| act.target).collect(),
        object: acts.iter().map(|act| act.object).collect(),
        parent: acts.iter().map(|act| act.parent).collect(),
        own: acts.iter().map(|act| act.own).collect(),
        weight: vec![1.0; acts.len()],
        visibility: vec![0; acts.len()],
        networks: vec!["test".into()],
        verbs: VERBS.map(str::to_owned).to_vec(),
    };
    let projection = Projection::standard();
    let projector = Projector::new(&projection, AS_OF, membership).unwrap();
    let mut projector = projector.with_actions().with_clusters();
    projector.add(&columns).unwrap();
    projector.finish().unwrap()
}

pub(super) fn column(name: &str, acts: &[Act]) -> Column {
    compute(name, &snapshot(acts), &Options::default()).unwrap()
}

/// How often the cluster of a post counts in each replicate of the first batch, and the values of a person there.
pub(super) fn drawn(
    name: &str,
    snapshot: &Snapshot,
    person: u64,
    posts: &[u64],
) -> (Vec<Lanes>, Lanes) {
    let draws = Draws::new(snapshot).unwrap();
    let draw = draws.batch(0);
    let options = Options::default();
    let values = compute(name, snapshot, &options).unwrap().values;
    let lanes = draw.resample(name, &values, &options).unwrap().unwrap();
    let times = |post: &u64| draw.of_post(*post).map(|more| more + 1.0);
    (posts.iter().map(times).collect(), lanes[snapshot.number(person).unwrap() as usize])
}

/// The value of one person, if they have one.
pub(super) fn value(name: &str, acts: &[Act], person: u64) -> Option<f64> {
    value_with(name, &snapshot(acts), &Options::default(), person)
}

pub(super) fn value_with(
    name: &str,
    snapshot: &Snapshot,
    options: &Options,
    person: u64,
) -> Option<f64> {
    let values = compute(name, snapshot, options).unwrap().values;
    let number = snapshot.number(person)?;
    Some(values[number as usize]).filter(|value| !value.is_nan())
}
