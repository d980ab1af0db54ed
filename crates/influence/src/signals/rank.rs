//! `authority.rank`: PageRank on `p_ji = s_ji / sum_k s_jk`.
//!
//! The share of time that a walk spends at i which goes from each person j to those whom j credits, in proportion to
//! strength, and with probability 0.15, or from somebody who credits nobody, to anyone at all. So a tie is worth more
//! from people who are themselves credited, and less the more people they credit. It ignores how much a person does in
//! all, and which way anybody writes about anybody.

use super::{About, Carrier, Column, Options, Resampled, Signal};
use crate::draws::{Draw, LANES, Lanes};
use crate::error::{Error, Kind};
use crate::snapshot::Snapshot;
use std::borrow::Cow;

pub(super) struct Rank;

impl Signal for Rank {
    fn about(&self) -> &About {
        &About {
            name: "authority.rank",
            question: "Is this person credited by people who are themselves credited?",
            formula: "x_i = 0.85 (sum_j p_ji x_j + q / n) + 0.15 / n, where p_ji = s_ji / sum_k s_jk and q is the \
                      sum of x_j over people j who credit nobody; sums to 1",
            source: "PageRank: Brin, Page 1998, The anatomy of a large-scale hypertextual Web search engine.",
            unit: "of all attention, followed to its end",
            range: (0.0, 1.0),
            ignores: "How much anybody does in all: everybody has one vote to split. Also when, and in what tone.",
            needs: "Interactions with a target.",
            options: &[],
            more_is_more: true,
            resampled: Resampled::Linearised,
        }
    }

    fn compute(&self, name: &str, snapshot: &Snapshot, options: &Options) -> Result<Column, Error> {
        Ok(Column::new(name, ranks(snapshot, options)?.into_owned()))
    }

    /// To first order: what each cluster's absence would do to attention, carried on along the ties as they are.
    fn resample(
        &self,
        draw: &Draw<'_>,
        values: &[f64],
        options: &Options,
    ) -> Result<Option<Vec<Lanes>>, Error> {
        Ok(Some(moved(values, &changes(draw, options)?)))
    }

    fn carriers(
        &self,
        snapshot: &Snapshot,
        person: u32,
        options: &Options,
    ) -> Result<Vec<Carrier>, Error> {
        Ok(carried(snapshot, &ranks(snapshot, options)?, person))
    }
}

/// What those who credit a person carry of its part in a walk; nobody where it has none.
pub(super) fn carried(snapshot: &Snapshot, ranks: &[f64], person: u32) -> Vec<Carrier> {
    let own = ranks[person as usize];
    let (engagers, strengths) = snapshot.ties().into().row(person as usize);
    let carried = |(j, s): (&u32, &f32)| {
        let spent: f64 =
            snapshot.ties().out().row(*j as usize).1.iter().map(|s| f64::from(*s)).sum();
        let part = graph::Options::default().damping * f64::from(*s) / spent * ranks[*j as usize];
        Carrier { person: *j, share: part / own }
    };
    let carriers = engagers.iter().zip(strengths).map(carried);
    if own > 0.0 { carriers.collect() } else { Vec::new() }
}

/// The ranks of a snapshot, computed once for all signals that start from them.
pub(super) fn ranks<'a>(
    snapshot: &'a Snapshot,
    options: &Options,
) -> Result<Cow<'a, [f64]>, Error> {
    let cache = snapshot.ranks();
    let held = |(residual, _): &&(f64, _)| *residual == options.residual;
    if let Some((_, ranks)) = cache.get().filter(held) {
        return Ok(Cow::Borrowed(ranks));
    }
    let walk =
        graph::Options { tolerance: options.residual, in_order: true, ..graph::Options::default() };
    let ranks = graph::pagerank(snapshot.ties(), &walk)
        .map_err(|error| Error::new(Kind::Signal, format!("authority.rank: {error}")))?;
    // If the cache is taken by another residual, these stay the caller's own.
    let mut ranks = Some(ranks.values);
    let (_, cached) = cache.get_or_init(|| (options.residual, ranks.take().unwrap_or_default()));
    Ok(ranks.map_or(Cow::Borrowed(&cached[..]), Cow::Owned))
}

/// Terms of the sum that carries changes on; see [`graph::changes`].
const TERMS: usize = 6;

/// The changes of ranks in each replicate, computed once for all signals that start from them.
pub(super) fn changes<'a>(
    draw: &'a Draw<'_>,
    options: &Options,
) -> Result<Cow<'a, [Lanes]>, Error> {
    let held = |(residual, _): &&(f64, _)| *residual == options.residual;
    if let Some((_, changes)) = draw.ranks().get().filter(held) {
        return Ok(Cow::Borrowed(changes));
    }
    let mut changes = Some(changes_of(draw, &ranks(draw.snapshot(), options)?));
    let (_, cached) =
        draw.ranks().get_or_init(|| (options.residual, changes.take().unwrap_or_default()));
    Ok(changes.map_or(Cow::Borrowed(&cached[..]), Cow::Owned))
}

/// The changes in each replicate of a walk with these ranks, wherever it starts.
pub(super) fn changes_of(draw: &Draw<'_>, ranks: &[f64]) -> Vec<Lanes> {
    let damping = graph::Options::default().damping;
    let direct = direct(draw, ranks, damping);
    graph::changes::carried(draw.snapshot().ties(), direct, damping, TERMS)
}

/// Ranks with their changes, at least 0.
pub(super) fn moved(ranks: &[f64], changes: &[Lanes]) -> Vec<Lanes> {
    let moved = |(rank, change): (&f64, &Lanes)| change.map(|one| (*rank as f32 + one).max(0.0));
    ranks.iter().zip(changes).map(moved).collect()
}

/// `damping * sum_j D_ji x_j`: without cluster c, which holds `P_c` of j's attention and `p_c` of it toward i, j's attention to i would be
/// `(p_ji - p_c) / (1 - P_c)`, and nothing where c holds all. D is the sum over clusters of `W - 1` times what would be gone.
fn direct(draw: &Draw<'_>, ranks: &[f64], damping: f64) -> Vec<Lanes> {
    let out = draw.snapshot().ties().out();
    let mut changes = vec![[0.0; LANES]; ranks.len()];
    // Seed, target and p_c for each stake in the ties of one source.
    let mut parts: Vec<(u32, u32, f32)> = Vec::new();
    for (source, rank) in ranks.iter().enumerate() {
        let (targets, strengths) = out.row(source);
        let spent: f64 = strengths.iter().map(|s| f64::from(*s)).sum();
        let share = |s: &f32| (f64::from(*s) / spent) as f32;
        parts.clear();
        for (place, (target, s)) in out.range(source).zip(targets.iter().zip(strengths)) {
            let of_tie = draw.held(source, place).iter();
            parts.extend(of_tie.map(|(seed, part)| (seed, *target, part * share(s))));
        }
        parts.sort_unstable_by_key(|(seed, target, _)| (*seed, *target));
        let given = (damping * rank) as f32;
        let mut others = [0.0; LANES];
        for cluster in parts.chunk_by(|a, b| a.0 == b.0) {
            let chances = draw.chances(cluster[0].0);
            let held: f32 = cluster.iter().map(|part| part.2).sum();
            let rest = 1.0 - held;
            let scale = if rest > ALL { 1.0 / rest } else { 1.0 };
            for (_, target, part) in cluster {
                let change = &mut changes[*target as usize];
                (0..LANES).for_each(|l| change[l] += given * part * scale * chances[l]);
            }
            if rest > ALL {
                (0..LANES).for_each(|l| others[l] += held * scale * chances[l]);
            }
        }
        for (target, s) in targets.iter().zip(strengths) {
            let change = &mut changes[*target as usize];
            (0..LANES).for_each(|l| change[l] -= given * share(s) * others[l]);
        }
    }
    changes
}

/// What is left of attention where a cluster holds all of it, but for rounding.
const ALL: f32 = 1e-4;

#[cfg(test)]
mod tests {
    use super::super::verify::{any_edges, close, compute, world};
    use proptest::prelude::*;

    /// Power iteration on a dense matrix, for as long as anything moves.
    pub(in super::super) fn slowly(strengths: &[Vec<f64>]) -> Vec<f64> {
        let n = strengths.len();
        let mut x = vec![1.0 / n as f64; n];
        for _ in 0..400 {
            let mut next = vec![0.15 / n as f64; n];
            for (j, row) in strengths.iter().enumerate() {
                let sum: f64 = row.iter().sum();
                for i in 0..n {
                    let p = if sum > 0.0 { row[i] / sum } else { 1.0 / n as f64 };
                    next[i] += 0.85 * p * x[j];
                }
            }
            x = next;
        }
        x
    }

    proptest! {
        #[test]
        fn ranks_are_those_of_a_dense_power_iteration(edges in any_edges()) {
            let world = world(&edges);
            prop_assert!(close(&compute("authority.rank", &world), &slowly(&world.strengths())));
        }
    }

    #[test]
    fn two_who_credit_each_other_share_evenly() {
        let world = world(&[(1, 2, 1.0), (2, 1, 5.0)]);
        assert!(close(&compute("authority.rank", &world), &[0.5, 0.5]));
    }

    #[test]
    fn in_a_star_the_hub_has_what_the_closed_form_says() {
        // Nine leaves credit a hub that credits nobody: hub = 0.15/10 + 0.85 (9 leaf + hub/10), leaf = 0.15/10 + 0.85 hub/10.
        let edges: Vec<_> = (2..=10).map(|leaf| (leaf, 1, 1.0)).collect();
        let world = world(&edges);
        let hub = (0.015 + 0.85 * 9.0 * 0.015) / (1.0 - 0.085 - 0.85 * 9.0 * 0.085);
        let ranks = compute("authority.rank", &world);
        assert!(close(&ranks[..1], &[hub]));
    }
}
