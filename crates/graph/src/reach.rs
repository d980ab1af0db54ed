//! How far independent cascades go that begin with given vertices: the mean over cascades drawn one by one.
//!
//! Cascade number r is drawn from a hash of (seed, r) alone, and sizes are summed as integers, so the answer is the same whatever the threads.
//!
//! [`Chances::reach_within`] draws as many as the answer needs. It looks after 64, 128, 256, ... cascades, and stops
//!
//! * after 1,024 or more, once half the interval is within a given share of the mean. A mean that is judged narrow enough by its own spread is narrow a little too often;
//!   at 1,024 draws that is below what is printed;
//! * once as many more cascades would move more than 200 million vertices in all: where one cascade moves hundreds of thousands, a few hundred tell enough, and the
//!   interval says how much;
//! * at the most that were asked for.
//!
//! Cost: edges of those who are moved, in rows of many edges the live ones. Memory: 4 bytes a vertex and thread.

use crate::rr_sets::{Chances, Draw};
use rayon::prelude::*;

/// What cascades came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// Vertices moved in the mean, those that it begins with included.
    pub mean: f64,
    /// Half the width of the mean's 90 % interval.
    pub half: f64,
    /// Cascades drawn.
    pub cascades: usize,
}

/// Before this many the width is not looked at.
const LEAST: usize = 1_024;
/// Vertices moved in all, beyond which no more is drawn.
const MOST_MOVED: u128 = 200_000_000;
/// Cascades before the first look.
const FIRST: usize = 64;

/// Sums over cascades.
#[derive(Clone, Copy, Default)]
struct Sums {
    cascades: usize,
    moved: u128,
    squares: u128,
}

impl Sums {
    fn and(self, other: Sums) -> Sums {
        Sums {
            cascades: self.cascades + other.cascades,
            moved: self.moved + other.moved,
            squares: self.squares + other.squares,
        }
    }

    fn reach(self) -> Reach {
        let runs = self.cascades.max(1) as f64;
        // Exact in integers, so that no digit is lost where cascades differ little.
        let spread = (self.squares * self.cascades as u128).saturating_sub(self.moved * self.moved);
        let variance = spread as f64 / runs / (runs - 1.0).max(1.0);
        Reach {
            mean: self.moved as f64 / runs,
            half: 1.645 * libm::sqrt(variance / runs),
            cascades: self.cascades,
        }
    }
}

impl Chances {
    /// How many vertices `seeds` move in the mean of so many cascades.
    pub fn reach(&self, seeds: &[u32], cascades: usize, seed: u64) -> Reach {
        self.cascades(seeds, 0, cascades, seed).reach()
    }

    /// The same in as many cascades as it takes for half the interval to be within `share` of the mean, at most `most`.
    pub fn reach_within(&self, seeds: &[u32], share: f64, most: usize, seed: u64) -> Reach {
        let (mut sums, mut until) = (Sums::default(), FIRST.min(most));
        loop {
            sums = sums.and(self.cascades(seeds, sums.cascades, until, seed));
            let reach = sums.reach();
            let narrow = until >= LEAST && reach.half <= share * reach.mean;
            if narrow || until >= most || 2 * sums.moved > MOST_MOVED {
                return reach;
            }
            until = (2 * until).min(most);
        }
    }

    /// Cascades from one number to below another.
    fn cascades(&self, seeds: &[u32], from: usize, until: usize, seed: u64) -> Sums {
        let blank = || (vec![0u32; self.vertices()], 0u32, Vec::new());
        (from..until)
            .into_par_iter()
            .with_min_len(8)
            .map_init(blank, |(seen, epoch, moved), number| {
                // Below 2^32 cascades no epoch comes twice.
                *epoch += 1;
                let epoch = *epoch;
                let mut draw = Draw::new(seed, number as u64);
                moved.clear();
                for v in seeds {
                    if std::mem::replace(&mut seen[*v as usize], epoch) != epoch {
                        moved.push(*v);
                    }
                }
                let mut next = 0;
                while let Some(v) = moved.get(next).copied() {
                    next += 1;
                    self.moved().live(v, &mut draw, |id| {
                        if std::mem::replace(&mut seen[id as usize], epoch) != epoch {
                            moved.push(id);
                        }
                    });
                }
                let size = moved.len() as u128;
                Sums { cascades: 1, moved: size, squares: size * size }
            })
            .reduce(Sums::default, Sums::and)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ties::Ties;

    /// `arms` vertices that vertex 0 moves with one chance each, or a hundred of which it moves all or none by way of vertex 1.
    fn star(arms: u32, chance: f32) -> Chances {
        let n = arms as usize + 1;
        let ties = Ties::from_sorted(n, (1..=arms).collect(), vec![0; n - 1], vec![chance; n - 1])
            .unwrap();
        Chances::given(&ties).unwrap()
    }

    #[test]
    fn drawing_stops_when_the_interval_is_narrow_and_not_before() {
        let even = star(400, 0.5).reach_within(&[0], 0.005, 10_000, 1);
        assert_eq!(even.cascades, LEAST);
        assert!(even.half < 0.005 * even.mean && (even.mean - 201.0).abs() < 3.0 * even.half);
        // One arm: the size is 1 or 2, which spreads by a third of its mean.
        let uneven = star(1, 0.5).reach_within(&[0], 0.005, 100_000, 1);
        assert!(uneven.cascades > 8_000 && uneven.half <= 0.005 * uneven.mean, "{uneven:?}");
        assert_eq!(star(1, 0.5).reach_within(&[0], 0.005, 3_000, 1).cascades, 3_000);
        assert_eq!(star(1, 0.5).reach_within(&[0], 0.005, 10, 1).cascades, 10);
    }

    #[test]
    fn drawing_stops_when_too_many_were_moved_and_the_interval_says_what_that_is_worth() {
        let reach = star(1_000_000, 0.9).reach_within(&[0], 1e-9, 10_000, 1);
        assert_eq!(reach.cascades, 128);
        assert!(
            reach.half > 1e-9 * reach.mean && (reach.mean - 900_001.0).abs() < 3.0 * reach.half
        );
    }

    #[test]
    fn a_run_cut_short_has_the_very_cascades_of_a_whole_one() {
        let graph = star(50, 0.3);
        let short = graph.reach_within(&[0], 1e-9, 700, 5);
        assert_eq!(short, graph.reach(&[0], 700, 5));
        assert_eq!(graph.reach(&[0], 0, 5), Reach { mean: 0.0, half: 0.0, cascades: 0 });
        let sure = graph.reach(&[3], 100, 5);
        assert_eq!((sure.mean, sure.half), (1.0, 0.0));
    }
}
