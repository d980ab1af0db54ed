//! `advocacy.wake`: what others did after i, as far as it is credited to i, also through others.
//!
//! A *cascade* is all that was done about posts which go back to one root, by quotes, replies and reshares. A person acts in it
//! once, as of the first time. An action u, of weight w_u, was *exposed* to the earlier actions of others in its cascade
//!
//! - by people whom u's actor follows at that moment or had engaged before, within a horizon;
//! - and by the author of the post that u answers, quotes or passes on: the explicit parent, however long ago.
//!
//! Of u's credit a fixed part e = 0.29 stays unexplained; the rest is shared out over its exposures v by
//!
//! ```text
//! g_vu = (1 - e) 2^(-(t_u - t_v) / h) / sum over exposures x of 2^(-(t_u - t_x) / h)
//! ```
//!
//! and passes on: what u is credited with by those after it goes on to u's own exposures. With T_u = w_u + R_u and
//! `R_v = sum over u exposed to v of g_vu T_u`, the wake of a person is the sum of R over their actions. An exposure is
//! strictly earlier, so one pass from the last action to the first computes it, and equal times give no credit.
//!
//! - `w_u` is the weight of u's layer in the projection, so that replies of unknown tone count as little as they do in ties; a `post` weighs 1.
//! - e: 29 % of what people on Twitter take up came from outside the network (Myers, Zhu, Leskovec 2012).
//! - h is a day (`half_life`): half of all reshares come within an hour and three quarters within a day (Kwak et al. 2010), forums and mail
//!   are slower. Shares are relative, so h only says how far a later exposure goes before an earlier one. The horizon is 30 days.
//! - **Bounds.** Of an action's exposures the [`MOST`] latest count: each that is left out weighs no more than any that stays. They are
//!   found among the actor's contacts or among the earlier actions, whichever are fewer; where both are more than [`LOOKS`], among the
//!   latest that many actions. So an action costs at most that many looks, and nothing is quadratic.
//!
//! What counts as an effect can be narrowed to third-order actions ([`Options::effects`]): then the others weigh 0 and still pass
//! credit on. Whoever is no person (the firm's logo and systems) has no weight and credits nobody, but takes its share as an
//! exposure: what a logo set off is not to be shared out among people.

use super::{About, Choice, Column, Options, Resampled, Signal, without_actions};
use crate::actions::{Actions, NONE};
use crate::cascades::{Groups, authors, firsts, kinds, makes_a_post, roots};
use crate::draws::{Draw, LANES, Lanes, unseen};
use crate::error::Error;
use crate::snapshot::Snapshot;
use std::fmt;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

pub(super) struct Wake;

/// The part of an action that nobody is credited with.
const UNEXPLAINED: f64 = 0.29;
/// As many exposures of an action as share its credit.
const MOST: usize = 32;
/// As many contacts or actions as are looked at for the exposures of one action.
const LOOKS: usize = 256;

impl Signal for Wake {
    fn about(&self) -> &About {
        &About {
            name: "advocacy.wake",
            question: "How much of what others did goes back to this person, also through others?",
            formula: "sum over i's actions v of R_v, R_v = sum over actions u exposed to v of g_vu (w_u + R_u); g_vu = \
                      0.71 2^(-delay / h) over the sum of that over u's exposures, w_u the weight of u's layer",
            source: "Credit distribution: Goyal, Bonchi, Lakshmanan 2011, A Data-Based Approach to Social Influence \
                     Maximization; the unexplained part: Myers, Zhu, Leskovec 2012.",
            unit: "reshares' worth of action by others in the wake",
            range: (0.0, f64::INFINITY),
            ignores: "Whether i was the cause or merely before; likeness of friends; what was not recorded; all but each person's \
                      first action in a cascade, and all but the latest 32 exposures of an action.",
            needs: "Actions that name the post they are about, and posts recorded as such.",
            options: &[
                Choice {
                    key: "half_life",
                    values: &["1d", "1h", "6h", "7d"],
                    meaning: "The delay after which an exposure weighs half as much as one at that moment.",
                },
                Choice {
                    key: "horizon",
                    values: &["30d", "7d", "90d"],
                    meaning: "How far back an exposure can lie that is no explicit parent.",
                },
            ],
            more_is_more: true,
            resampled: Resampled::Linearised,
        }
    }

    fn needs_actions(&self) -> bool {
        true
    }

    fn compute(&self, name: &str, snapshot: &Snapshot, options: &Options) -> Result<Column, Error> {
        let Some(actions) = snapshot.actions() else {
            return Ok(without_actions(name, snapshot));
        };
        let cascades = Cascades::new(snapshot, actions, options);
        if cascades.groups.is_empty() {
            return Ok(Column::new(name, vec![f64::NAN; snapshot.people().len()]).noted(
                "No action here names a post, so nothing is known to follow from anything.",
            ));
        }
        let mut wake = vec![0.0; snapshot.people().len()];
        sum(&cascades, &mut wake, |sum, _, credit| *sum += credit);
        Ok(Column::new(name, wake).noted(match options.effects {
            Some(_) => "Only third-order actions count as effects.",
            None => "Actions of everybody count as effects: no firm says whose are third-order.",
        }))
    }

    /// Cascades are drawn again, each as it was. Held: who knew whom before.
    fn resample(
        &self,
        draw: &Draw<'_>,
        values: &[f64],
        options: &Options,
    ) -> Result<Option<Vec<Lanes>>, Error> {
        let snapshot = draw.snapshot();
        let Some(actions) = snapshot.actions() else {
            return Ok(None);
        };
        let mut drawn: Vec<(u64, [f64; LANES])> = vec![(0, [0.0; LANES]); values.len()];
        // The root of a cascade is that of its cluster.
        let cascades = Cascades::new(snapshot, actions, options);
        sum(&cascades, &mut drawn, |(count, lanes), post, credit| {
            *count += 1;
            let chances = draw.of_post(actions.posts[post]);
            for (sum, more) in lanes.iter_mut().zip(chances) {
                *sum += f64::from(more) * credit;
            }
        });
        let value = |((count, lanes), value): (&(u64, [f64; LANES]), &f64)| {
            let more = unseen(*count);
            lanes.map(|off| (value + more * off).max(0.0) as f32)
        };
        Ok(Some(drawn.iter().zip(values).map(value).collect()))
    }
}

/// Adds what each cascade credits to the people of the snapshot.
fn sum<T>(cascades: &Cascades<'_>, sums: &mut [T], mut add: impl FnMut(&mut T, usize, f64)) {
    cascades.groups.fold(
        |post, group, out| cascades.credit(post, group, out),
        |(post, person, credit): (usize, u32, f64)| {
            if let Some(sum) = sums.get_mut(person as usize) {
                add(sum, post, credit);
            }
        },
    );
}

/// Which actions count as effects, by place in [`Actions`].
#[derive(Clone, PartialEq, Eq)]
pub struct Effects {
    counts: Arc<[bool]>,
    hash: u64,
}

impl Effects {
    /// One entry an action; what is beyond the end does not count.
    pub fn new(counts: Vec<bool>) -> Effects {
        let bytes: Vec<u8> = counts.iter().map(|counts| u8::from(*counts)).collect();
        Effects { hash: xxh3_64(&bytes), counts: counts.into() }
    }

    fn has(&self, action: usize) -> bool {
        self.counts.get(action) == Some(&true)
    }
}

impl fmt::Debug for Effects {
    /// Names them by a hash: options are part of the names under which columns are kept.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Effects({} of {:016x})", self.counts.len(), self.hash)
    }
}

/// The cascades of a snapshot with what credit is computed from.
struct Cascades<'a> {
    snapshot: &'a Snapshot,
    actions: &'a Actions,
    options: &'a Options,
    groups: Groups,
    authors: Vec<u32>,
    /// By kind of action.
    makes: Vec<bool>,
    weights: Vec<f64>,
}

impl<'a> Cascades<'a> {
    fn new(snapshot: &'a Snapshot, actions: &'a Actions, options: &'a Options) -> Cascades<'a> {
        let makes = kinds(actions, makes_a_post);
        let roots = roots(actions, &makes);
        let about = |i: usize| match actions.object[i] {
            NONE => roots.get(actions.parent[i] as usize).copied().unwrap_or(NONE),
            post => roots[post as usize],
        };
        let weight = |verb: &str, network: &str| match verb {
            "post" => 1.0,
            verb => snapshot.projection().weight(network, verb),
        };
        Cascades {
            snapshot,
            actions,
            options,
            groups: Groups::new(actions, about),
            authors: authors(actions),
            weights: actions.kinds.iter().map(|kind| weight(&kind.verb, &kind.network)).collect(),
            makes,
        }
    }

    /// Pushes who is credited with how much of the cascade from the post `root`.
    fn credit(&self, root: usize, group: &[u32], out: &mut Vec<(usize, u32, f64)>) {
        let people = firsts(self.actions, group);
        if people.len() < 2 {
            return;
        }
        let mut places: Vec<(u32, u32)> = (people.iter().enumerate())
            .map(|(place, i)| (self.actions.actor[*i as usize], place as u32))
            .collect();
        places.sort_unstable();
        let mut received = vec![0.0; people.len()];
        let mut exposures = Vec::new();
        for place in (1..people.len()).rev() {
            let i = people[place] as usize;
            if self.actions.mute[self.actions.actor[i] as usize] {
                continue;
            }
            let counts = self.options.effects.as_ref().is_none_or(|effects| effects.has(i));
            let weight = if counts { self.weights[self.actions.kind[i] as usize] } else { 0.0 };
            let total = weight + received[place];
            if total <= 0.0 {
                continue;
            }
            self.exposures(&people, &places, place, &mut exposures);
            self.share(&people, i, total, &exposures, &mut received);
        }
        for (i, credit) in people.iter().zip(received).filter(|(_, credit)| *credit > 0.0) {
            out.push((root, self.actions.actor[*i as usize], credit));
        }
    }

    /// Shares the credit of an action out over the places of its exposures.
    fn share(&self, people: &[u32], i: usize, total: f64, exposures: &[u32], received: &mut [f64]) {
        let at = |place: u32| self.actions.at[people[place as usize] as usize];
        let Some(latest) = exposures.iter().map(|place| at(*place)).max() else {
            return;
        };
        // Relative to the latest, so that nothing vanishes however long ago all of them are.
        let half_life = self.options.half_life as f64;
        let weight = |place: u32| libm::exp2(-((latest - at(place)) as f64) / half_life);
        let sum: f64 = exposures.iter().map(|place| weight(*place)).sum();
        debug_assert!(latest < self.actions.at[i]);
        for place in exposures {
            received[*place as usize] += total * (1.0 - UNEXPLAINED) * weight(*place) / sum;
        }
    }

    /// Places of the exposures of the action at `place`, the latest first; `places` are those of people, by number.
    fn exposures(&self, people: &[u32], places: &[(u32, u32)], place: usize, out: &mut Vec<u32>) {
        out.clear();
        let actions = self.actions;
        let i = people[place] as usize;
        let (actor, at) = (actions.actor[i], actions.at[i]);
        // Those strictly earlier, and of them those within the horizon.
        let earlier = people[..place].partition_point(|i| actions.at[*i as usize] < at);
        let from = at.saturating_sub(self.options.horizon);
        let within = people[..earlier].partition_point(|i| actions.at[*i as usize] < from);
        let known = |person: u32| {
            let found = places.binary_search_by_key(&person, |(person, _)| *person);
            found.ok().map(|found| places[found].1).filter(|place| (*place as usize) < earlier)
        };

        let follows = actions.follows_of(actor);
        let inside = (actor as usize) < self.snapshot.people().len();
        let ties = if inside { self.snapshot.ties().out().row(actor as usize).0.len() } else { 0 };
        if follows.len() + ties < (earlier - within).min(LOOKS) {
            let mut take = |person: u32| {
                out.extend(known(person).filter(|place| *place as usize >= within));
            };
            for span in follows.iter().filter(|span| span.from < at && at <= span.until) {
                take(span.followed);
            }
            if inside {
                for tie in self.snapshot.ties_from(actor).filter(|tie| tie.first.0 < at) {
                    take(tie.target);
                }
            }
            out.sort_unstable_by(|a, b| b.cmp(a));
            out.dedup();
        } else {
            let looked_at = (within..earlier).rev().take(LOOKS);
            out.extend(
                looked_at
                    .filter(|place| self.knows(actor, actions.actor[people[*place] as usize], at))
                    .map(|place| place as u32)
                    .take(MOST),
            );
        }
        out.truncate(MOST);
        if let Some(parent) = self.parent(i).and_then(known)
            && !out.contains(&parent)
        {
            out.truncate(MOST - 1);
            out.push(parent);
        }
    }

    /// Whether the actor follows the other at that moment or has engaged them before.
    fn knows(&self, actor: u32, other: u32, at: i64) -> bool {
        let follows = self.actions.follows_of(actor);
        let start = follows.partition_point(|span| span.followed < other);
        let followed = follows[start..]
            .iter()
            .take_while(|span| span.followed == other)
            .any(|span| span.from < at && at <= span.until);
        followed || self.snapshot.tie_between(actor, other).is_some_and(|tie| tie.first.0 < at)
    }

    /// The author of what an action answers, quotes or passes on.
    fn parent(&self, i: usize) -> Option<u32> {
        let actions = self.actions;
        let above = match actions.parent[i] {
            NONE if self.makes[actions.kind[i] as usize] => NONE,
            NONE => actions.object[i],
            parent => parent,
        };
        self.authors.get(above as usize).copied().filter(|author| *author != actions.actor[i])
    }
}

#[cfg(test)]
mod tests;
