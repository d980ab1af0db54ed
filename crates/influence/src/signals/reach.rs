//! `reach.engagers`: the number of distinct people with a tie to i.
//! `reach.audience`: the number of distinct people who follow i at the as-of time, where follows are known.
//!
//! Both ignore how often and how strongly: a hundred replies from one person are one person. Accounts of one
//! person count once on either side.

use super::{About, Carrier, Column, Options, Resampled, Signal};
use crate::draws::{Draw, LANES, Lanes, all};
use crate::error::Error;
use crate::snapshot::Snapshot;

pub(super) struct Engagers;
pub(super) struct Audience;

impl Signal for Engagers {
    fn about(&self) -> &About {
        &About {
            name: "reach.engagers",
            question: "How many different people engaged with this person?",
            formula: "number of distinct people j with s_ji > 0",
            source: "In-degree of the tie network; Wasserman, Faust 1994, Social Network Analysis, chapter 4.",
            unit: "people engaged",
            range: (0.0, f64::INFINITY),
            ignores: "How often and how strongly they engaged, and who they are.",
            needs: "Interactions with a target.",
            options: &[],
            more_is_more: true,
            resampled: Resampled::Full,
        }
    }

    fn compute(&self, name: &str, snapshot: &Snapshot, _: &Options) -> Result<Column, Error> {
        let values = snapshot.engagers().iter().map(|count| f64::from(*count));
        Ok(Column::new(name, values.collect()))
    }

    /// Each distinct person counts as often as the cluster that alone made their tie, and once where several did.
    fn resample(
        &self,
        draw: &Draw<'_>,
        values: &[f64],
        _: &Options,
    ) -> Result<Option<Vec<Lanes>>, Error> {
        let mut counts: Vec<Lanes> = values.iter().map(|count| all(*count)).collect();
        let out = draw.snapshot().ties().out();
        for source in 0..values.len() {
            for place in out.range(source) {
                if let Some(change) = draw.presence(draw.held(source, place)) {
                    let count = &mut counts[out.ids()[place] as usize];
                    (0..LANES).for_each(|l| count[l] += change[l]);
                }
            }
        }
        Ok(Some(counts))
    }

    fn carriers(
        &self,
        snapshot: &Snapshot,
        person: u32,
        _: &Options,
    ) -> Result<Vec<Carrier>, Error> {
        let engagers = snapshot.ties().into().row(person as usize).0;
        let share = 1.0 / engagers.len().max(1) as f64;
        Ok(engagers.iter().map(|engager| Carrier { person: *engager, share }).collect())
    }
}

impl Signal for Audience {
    fn about(&self) -> &About {
        &About {
            name: "reach.audience",
            question: "How many different people follow this person?",
            formula: "number of distinct people whose last word on an account of i is follow; \
                      no value where no network of i has follow records",
            source: "In-degree of the follow network.",
            unit: "people following",
            range: (0.0, f64::INFINITY),
            ignores: "Whether followers see or do anything, and when they began.",
            needs: "Follow and unfollow records.",
            options: &[],
            more_is_more: true,
            resampled: Resampled::Held,
        }
    }

    fn compute(&self, name: &str, snapshot: &Snapshot, _: &Options) -> Result<Column, Error> {
        let known = |count: &Option<u32>| count.map_or(f64::NAN, f64::from);
        let column = Column::new(name, snapshot.audience().iter().map(known).collect());
        Ok(if column.has_values() {
            column
        } else {
            column.noted("No network here has follow records, so nobody's audience is known.")
        })
    }
}
