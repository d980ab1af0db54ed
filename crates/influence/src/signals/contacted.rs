//! How signals of a person's contacts change in a replicate: to first order, by what each contact's absence would do.
//!
//! `x + sum_k h_k (x - x without k)`, where `h_k` is by how much contact k changes, as a part of it: the sum over clusters of `W - 1` times what
//! would be gone of the contact without the cluster ([`crate::stakes`]). A returned contact made once either way is gone without either. What each absence
//! would do is worked out by the signal from what that contact adds to the value; without the only contact there
//! would be no value, and nothing is made of that.

use super::Options;
use crate::draws::{Draw, LANES, Lanes, all};
use crate::stakes::Held;
use graph::{Contacts, Pairing};

/// Contact k of a person i, whose absence is asked about.
pub(super) struct Missed {
    /// The value of i.
    pub value: f64,
    /// What k adds to it.
    pub part: f64,
    /// `a_ik / sum_j a_ij`, below 1.
    pub share: f64,
    /// Number of contacts of i.
    pub contacts: usize,
}

/// What of a contact matters to a signal.
#[derive(Clone, Copy)]
pub(super) enum Of {
    /// How strong it is.
    Strength,
    /// That it is there: it is gone only without a cluster that makes all of it.
    Presence,
}

/// The values of each replicate: `parts` says what each contact adds, in the order of rows, and `without` what the value would be.
pub(super) fn resample(
    draw: &Draw<'_>,
    name: &'static str,
    values: &[f64],
    options: &Options,
    of: Of,
    parts: impl Fn(&Contacts) -> Vec<f64>,
    without: impl Fn(&Missed) -> f64,
) -> Vec<Lanes> {
    let losses = draw.losses((name, options.ties == Pairing::Returned), || {
        let contacts = Contacts::new(draw.snapshot().ties(), options.ties);
        let mut losses = parts(&contacts);
        for (i, value) in values.iter().enumerate() {
            let (row, strengths) = (contacts.range(i), contacts.row(i).1);
            for (loss, a) in losses[row].iter_mut().zip(strengths) {
                let missed = Missed {
                    value: *value,
                    part: *loss,
                    share: a / contacts.total(i),
                    contacts: strengths.len(),
                };
                *loss = if strengths.len() > 1 { value - without(&missed) } else { 0.0 };
            }
        }
        (contacts, losses)
    });
    let (contacts, losses) = &*losses;
    let mut changed: Vec<Lanes> = values.iter().map(|value| all(*value)).collect();
    for i in 0..values.len() {
        for (k, j) in contacts.range(i).zip(contacts.row(i).0).filter(|(_, j)| **j > i as u32) {
            let j = *j as usize;
            let back = contacts.row(j).0.binary_search(&(i as u32)).unwrap_or_default();
            let change = change(draw, options.ties, i, j, of);
            for (ego, place) in [(i, k), (j, contacts.range(j).start + back)] {
                let (one, loss) = (&mut changed[ego], losses[place] as f32);
                (0..LANES).for_each(|l| one[l] += loss * change[l]);
            }
        }
    }
    changed.iter_mut().for_each(|lanes| *lanes = lanes.map(|one| one.max(0.0)));
    changed
}

/// By how much the contact i-j changes, as a part of it: the sum over clusters of `W - 1` times what would be gone without each.
fn change(draw: &Draw<'_>, pairing: Pairing, i: usize, j: usize, of: Of) -> Lanes {
    let out = draw.snapshot().ties().out();
    let tie = |from: usize, to: usize| {
        let (ids, strengths) = out.row(from);
        let place = ids.binary_search(&(to as u32)).ok()?;
        Some((draw.held(from, out.range(from).start + place), f64::from(strengths[place])))
    };
    let (to, back) = (tie(i, j), tie(j, i));
    let strength = |tie: Option<(Held<'_>, f64)>| tie.map_or(0.0, |tie| tie.1);
    let share = |tie: Option<(Held<'_>, f64)>, seed: u32| {
        let found = tie.and_then(|tie| tie.0.iter().find(|stake| stake.0 == seed));
        found.map_or(0.0, |stake| f64::from(stake.1))
    };
    let whole = pairing.strength(strength(to), strength(back));
    let ours = to.into_iter().flat_map(|tie| tie.0.iter());
    let theirs = back.into_iter().flat_map(|tie| tie.0.iter());
    // A cluster that is in both ties takes from both at once.
    let theirs = theirs.filter(|(seed, _)| share(to, *seed) == 0.0);
    let mut change = [0.0; LANES];
    for (seed, _) in ours.chain(theirs) {
        let left = pairing.strength(
            strength(to) * (1.0 - share(to, seed)),
            strength(back) * (1.0 - share(back, seed)),
        );
        let gone = match of {
            Of::Strength => 1.0 - left / whole,
            Of::Presence => f64::from(u8::from(left <= 1e-6 * whole)),
        } as f32;
        let chances = draw.chances(seed);
        (0..LANES).for_each(|l| change[l] += gone * chances[l]);
    }
    change
}
