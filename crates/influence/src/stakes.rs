//! What each cluster of interactions holds of a tie: what intervals draw again.
//!
//! A tie of strength `s = ln(1 + L)` is made by clusters c ([`crate::clusters`]) that give `L_c` each. The *stake* of a cluster
//! is the part of the tie that would be gone without it,
//!
//! `d_c = (s - ln(1 + L - L_c)) / s`:
//!
//! 1 where it alone makes the tie, and together less than 1 where several do. In replicate r, where cluster c counts `W_cr` times
//! (Poisson with mean 1), the tie's strength is `s (1 + sum_c d_c (W_cr - 1))`, which is never below 0, and it is *there*
//! `W_cr` times if c alone makes it, else once.
//!
//! Why so, and not `ln(1 + sum_c W_cr L_c)`: what varies between two draws of a window is mostly *which* clusters come about.
//! If they come independently, a function F of them has a variance of at most the expected `sum_c (F - F without c)^2`
//! (Efron, Stein 1981; the Poincare inequality of Poisson processes), with near equality where clusters add up; the linear replicate has exactly
//! that variance. Weighing inside the logarithm would see too little of it: a tie made once is there or not, and not
//! there one, two or three times.
//!
//! Memory: 8 bytes a stake and 4 a tie. At most [`MOST`] clusters of a tie are told apart; the smaller ones of more
//! count as one, with the same variance. So at most 60 bytes a tie.

use graph::mix::mix;

/// Clusters that are told apart in one tie.
pub(crate) const MOST: usize = 7;

/// Replicates that are computed together.
pub const LANES: usize = 8;
/// How many times so many.
pub const BATCHES: u32 = 4;
/// Replicates in all.
pub const REPLICATES: usize = LANES * BATCHES as usize;

/// One number for each replicate of a batch.
pub type Lanes = [f32; LANES];

/// A cluster's part of a tie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stake {
    /// Names the cluster to the draw of its weights.
    pub seed: u32,
    /// `d_c`, above 0 to 1; below 0 in the last stake of a tie.
    share: f32,
}

/// The stakes of one bucket's ties.
#[derive(Debug, Default)]
pub(crate) struct Book {
    list: Vec<Stake>,
    /// Seed and `L_c` of the rows of one tie.
    rows: Vec<(u64, f64)>,
}

impl Book {
    /// Adds a row of the tie at hand: its cluster and what it gives to L.
    pub fn row(&mut self, cluster: u64, part: f64) {
        if part > 0.0 {
            self.rows.push((cluster, part));
        }
    }

    /// Ends the tie at hand; gives where its stakes start. The order of rows is no matter.
    pub fn tie(&mut self) -> usize {
        let start = self.list.len();
        self.rows.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        self.rows.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        if let [(cluster, _)] = self.rows[..] {
            self.list.push(Stake { seed: seed(cluster), share: -1.0 });
            self.rows.clear();
            return start;
        }
        let all: f64 = self.rows.iter().map(|row| row.1).sum();
        let strength = libm::log1p(all);
        for (cluster, part) in self.rows.drain(..) {
            let without = libm::log1p((all - part).max(0.0));
            let share = ((strength - without) / strength) as f32;
            self.list.push(Stake { seed: seed(cluster), share: share.max(f32::MIN_POSITIVE) });
        }
        let stakes = &mut self.list[start..];
        stakes.sort_unstable_by(|a, b| b.share.total_cmp(&a.share).then(a.seed.cmp(&b.seed)));
        if stakes.len() > MOST {
            let squares: f64 =
                stakes[MOST - 1..].iter().map(|one| f64::from(one.share).powi(2)).sum();
            stakes[MOST - 1].share = libm::sqrt(squares) as f32;
            self.list.truncate(start + MOST);
        }
        if let Some(last) = self.list[start..].last_mut() {
            last.share = -last.share;
        }
        start
    }

    /// The stakes of all its ties.
    pub fn finish(mut self) -> Vec<Stake> {
        self.list.shrink_to_fit();
        self.list
    }
}

/// The stakes of a snapshot's ties.
#[derive(Clone, Debug)]
pub(crate) struct Stakes {
    /// By bucket, in the order in which rows were folded.
    pub buckets: Vec<Vec<Stake>>,
    /// The bucket of the ties of each person who acts.
    pub bucket: Vec<u16>,
    /// Where in its bucket each tie's stakes start, in the order of ties.
    pub starts: Vec<u32>,
}

impl Stakes {
    /// The stakes of the tie at `place` whose source is `source`.
    #[inline]
    pub fn of(&self, source: usize, place: usize) -> Held<'_> {
        let bucket = &self.buckets[self.bucket[source] as usize];
        Held::of(&bucket[self.starts[place] as usize..])
    }

    /// Bytes held in memory.
    pub fn bytes(&self) -> usize {
        let stakes: usize = self.buckets.iter().map(Vec::len).sum();
        stakes * size_of::<Stake>() + self.starts.len() * 4 + self.bucket.len() * 2
    }
}

/// The stakes of one tie, the largest first.
#[derive(Clone, Copy)]
pub(crate) struct Held<'a>(&'a [Stake]);

impl<'a> Held<'a> {
    /// The stakes of the tie that those of `list` begin with.
    #[inline]
    pub fn of(list: &'a [Stake]) -> Held<'a> {
        let last = list.iter().position(|stake| stake.share < 0.0);
        Held(&list[..last.map_or(list.len(), |last| last + 1)])
    }

    /// Number of clusters told apart.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Seed and share of each.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = (u32, f32)> + 'a {
        self.0.iter().map(|stake| (stake.seed, stake.share.abs()))
    }

    /// The seed of the cluster that alone makes the tie.
    #[inline]
    pub fn alone(self) -> Option<u32> {
        self.0.first().filter(|stake| stake.share == -1.0).map(|stake| stake.seed)
    }
}

/// What the draws of a cluster hang on.
pub(crate) fn seed(cluster: u64) -> u32 {
    (mix(cluster) >> 32) as u32
}

/// `W - 1` of a cluster in each replicate of a batch, W of 0 to 5 having mean 1 and variance 1.
#[inline]
pub(crate) fn chances(seed: u32, batch: u32) -> Lanes {
    mix(u64::from(batch) << 32 | u64::from(seed)).to_le_bytes().map(|byte| CHANCES[byte as usize])
}

/// How many of 256 equally likely bytes mean 0, 1, ... 5: the Poisson distribution, with mean and variance of 1 exactly.
const LIKELY: [u8; 6] = [94, 95, 46, 16, 4, 1];

static CHANCES: [f32; 256] = {
    let (mut table, mut weight, mut byte) = ([0.0; 256], 0, 0);
    while weight < LIKELY.len() {
        let mut left = LIKELY[weight];
        while left > 0 {
            table[byte] = weight as f32 - 1.0;
            (byte, left) = (byte + 1, left - 1);
        }
        weight += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(rows: &[(u64, f64)]) -> Vec<f32> {
        let mut book = Book::default();
        rows.iter().for_each(|(cluster, part)| book.row(*cluster, *part));
        let start = book.tie();
        let stakes = book.finish();
        Held::of(&stakes[start..]).iter().map(|(_, share)| share).collect()
    }

    #[test]
    fn a_cluster_that_makes_a_tie_alone_holds_all_of_it() {
        assert_eq!(shares(&[(7, 1.0), (7, 0.25)]), [1.0]);
        let mut book = Book::default();
        book.row(7, 1.0);
        book.tie();
        book.row(7, 1.0);
        book.row(8, 1.0);
        let start = book.tie();
        let stakes = book.finish();
        assert!(
            Held::of(&stakes).alone().is_some() && Held::of(&stakes[start..]).alone().is_none()
        );
    }

    #[test]
    fn a_stake_is_what_would_be_gone_without_the_cluster() {
        let two = shares(&[(7, 1.0), (8, 3.0)]);
        let expected = [(5f64 / 2.0).ln() / 5f64.ln(), (5f64 / 4.0).ln() / 5f64.ln()];
        for (share, expected) in two.iter().zip(expected) {
            assert!((f64::from(*share) - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn many_small_clusters_count_as_one_of_the_same_variance() {
        let rows: Vec<(u64, f64)> = (0..20).map(|cluster| (cluster, 1.0)).collect();
        let few = shares(&rows);
        assert_eq!(few.len(), MOST);
        let one = (21f64 / 20.0).ln() / 21f64.ln();
        let squares: f64 = few.iter().map(|share| f64::from(*share).powi(2)).sum();
        assert!((squares / (20.0 * one * one) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn stakes_do_not_depend_on_the_order_of_rows() {
        let mut rows: Vec<(u64, f64)> = (0..40).map(|i| (i % 11, 0.1 + i as f64 / 7.0)).collect();
        let one = shares(&rows);
        rows.reverse();
        rows.rotate_left(13);
        assert_eq!(shares(&rows), one);
        assert!(one.iter().sum::<f32>() <= 1.0);
    }

    #[test]
    fn weights_have_mean_one_and_variance_one() {
        let moments = |power: i32| -> f32 { CHANCES.iter().map(|chance| chance.powi(power)).sum() };
        assert_eq!((moments(1), moments(2)), (0.0, 256.0));
        let (mut sum, mut squares, mut products) = (0.0, 0.0, 0.0);
        for seed in 0..20_000 {
            let (one, other) = (chances(seed, 0), chances(seed, 3));
            sum += one.iter().sum::<f32>();
            squares += one.iter().map(|chance| chance * chance).sum::<f32>();
            products += one.iter().zip(other).map(|(a, b)| a * b).sum::<f32>() + one[0] * one[1];
        }
        let n = 20_000.0 * LANES as f32;
        assert!(
            (sum / n).abs() < 0.02
                && (squares / n - 1.0).abs() < 0.03
                && (products / n).abs() < 0.02
        );
    }
}
