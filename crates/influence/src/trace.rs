//! The ties of one person with all that they are made of: for explanations.
//!
//! The same sieve and the same folding as in [`crate::projector`], over rows toward one person only, so that what is shown
//! adds up to the strength that was scored: `s = ln(1 + sum of parts)`.

use crate::error::Error;
use crate::fold::{Folder, Record};
use crate::people::Membership;
use crate::projection::Projection;
use crate::sieve::Sieve;
use model::{Acts, Time};
use std::collections::{BTreeMap, BTreeSet};

/// A tie with its layers and rows.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedTie {
    /// Key of the person who acted.
    pub source: u64,
    /// The strength, as in the snapshot.
    pub strength: f32,
    /// The layers with rows that count, by verb, then network.
    pub layers: Vec<TracedLayer>,
    /// Rows of the acts that count, by time, then row.
    pub rows: Vec<usize>,
    /// Rows that say again what a row that counts says more strongly.
    pub doubles: Vec<usize>,
    /// Bit `v` is set where a row that counts has the visibility with code `v`.
    pub seen: u8,
}

/// What one layer gives to a tie.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedLayer {
    /// The network.
    pub network: String,
    /// The verb.
    pub verb: String,
    /// The layer's weight w.
    pub weight: f64,
    /// Rows that count.
    pub interactions: u32,
    /// Their decayed sum x.
    pub x: f64,
    /// `w * x`; the parts of a tie are the terms of `exp(s) - 1`.
    pub part: f64,
}

/// A record and the row that it comes from.
struct Row(Record, usize);

impl AsRef<Record> for Row {
    fn as_ref(&self) -> &Record {
        &self.0
    }
}

/// The ties toward the person `target` that `acts` make, strongest first, then by source.
///
/// `acts` may hold other rows too; they are passed over. Where verbs must be returned, it must hold what
/// the person did as well. Each row must be given once.
///
/// # Errors
/// As [`crate::Projector::new`], [`crate::Projector::add`] and [`crate::Projector::finish`].
pub fn ties_of(
    projection: &Projection,
    as_of: Time,
    membership: &Membership,
    target: u64,
    acts: &Acts,
) -> Result<Vec<TracedTie>, Error> {
    let mut sieve = Sieve::new(projection, as_of)?;
    let mut sight = sieve.sight(acts)?;
    let mut sources: BTreeMap<u64, Vec<Row>> = BTreeMap::new();
    // Those toward whom the target did something of weight; asked for where verbs must be returned.
    let mut answered: BTreeSet<u64> = BTreeSet::new();
    for row in 0..acts.len() {
        let source = membership.person_of(acts.actor[row]);
        let toward = membership.person_of(acts.target[row]);
        let returns = !projection.returned.is_empty() && source == target;
        if source == toward || !(returns || toward == target) || membership.is_mute(source) {
            continue;
        }
        let Some(seen) = sieve.seen(&sight, row).filter(|seen| seen.recent) else {
            continue;
        };
        if let Some((layer, fixed)) = sieve.weigh(&mut sight, row, seen.at)? {
            let level = acts.visibility[row].min(2);
            let record = Record::new(0, 0, seen.at, acts.object[row], layer, level, fixed);
            if !returns {
                sources.entry(source).or_default().push(Row(record, row));
            } else if fixed > 0 {
                answered.insert(toward);
            }
        }
    }
    let layers = sieve.layers();
    let mut folder = Folder::new(&layers);
    let mut ties = Vec::new();
    for (source, mut rows) in sources {
        rows.retain(|row| !layers.list[row.0.layer()].returned || answered.contains(&source));
        if rows.is_empty() {
            continue;
        }
        rows.sort_unstable_by_key(|row| (row.0, row.1));
        let Some(sum) = folder.tie(&rows)? else { continue };
        let mut counted = Vec::new();
        folder.counted(&rows, |row| counted.push(row.1));
        // Those that count come in the order of all rows.
        let mut next = counted.iter().peekable();
        let doubles = rows.iter().map(|row| row.1);
        let doubles: Vec<usize> =
            doubles.filter(|row| next.next_if(|counted| *counted == row).is_none()).collect();
        let parts = folder.parts(&rows).into_iter().map(|(layer, interactions, x)| {
            let layer = &layers.list[layer];
            TracedLayer {
                network: sieve.networks[layer.network as usize].clone(),
                verb: layer.verb.clone(),
                weight: layer.weight,
                interactions,
                x,
                part: layer.weight * x,
            }
        });
        ties.push(TracedTie {
            source,
            strength: sum.strength,
            layers: parts.collect(),
            doubles,
            rows: counted,
            seen: sum.seen,
        });
    }
    ties.sort_by(|a, b| b.strength.total_cmp(&a.strength).then(a.source.cmp(&b.source)));
    Ok(ties)
}
