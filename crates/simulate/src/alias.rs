//! Choosing by weight in constant time: Walker's alias method, as Vose builds it (1991).

use crate::chance::Chance;

/// Tables for one or several ranges of people; each is chosen from by itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alias {
    /// For each entry: it is kept while 32 random bits lie below, otherwise the other is taken.
    cells: Vec<(u32, u32)>,
}

impl Alias {
    /// A table over all of `weights`, which are finite and at least 0. Without any weight it is empty.
    pub fn new(weights: &[f32]) -> Alias {
        let mut alias = Alias { cells: Vec::new() };
        if weights.iter().any(|weight| *weight > 0.0) {
            alias.cells = vec![(0, 0); weights.len()];
            fill(weights, &mut alias.cells, &mut Scratch::default());
        }
        alias
    }

    /// A table for each of the ranges, which follow each other and cover the weights. A range without weight is uniform.
    pub fn by_range(
        weights: &[f32],
        ranges: impl Iterator<Item = std::ops::Range<usize>>,
    ) -> Alias {
        let mut cells = vec![(0, 0); weights.len()];
        let mut scratch = Scratch::default();
        for range in ranges {
            fill(&weights[range.clone()], &mut cells[range], &mut scratch);
        }
        Alias { cells }
    }

    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// An entry by weight; 0 of an empty table.
    #[inline]
    pub fn pick(&self, chance: &mut Chance) -> u32 {
        self.pick_in(0, self.cells.len(), chance)
    }

    /// An entry of the range `start..end`, counted from the beginning of all.
    #[inline]
    pub fn pick_in(&self, start: usize, end: usize, chance: &mut Chance) -> u32 {
        if start >= end {
            return start as u32;
        }
        let bits = chance.bits();
        let place = (((bits >> 32) * (end - start) as u64) >> 32) as usize;
        let (keep, other) = self.cells[start + place];
        start as u32 + if (bits as u32) < keep { place as u32 } else { other }
    }
}

#[derive(Default)]
struct Scratch {
    scaled: Vec<f64>,
    small: Vec<u32>,
    large: Vec<u32>,
}

fn fill(weights: &[f32], cells: &mut [(u32, u32)], scratch: &mut Scratch) {
    let Scratch { scaled, small, large } = scratch;
    let sum: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
    let scale = if sum > 0.0 { weights.len() as f64 / sum } else { 0.0 };
    scaled.clear();
    scaled.extend(weights.iter().map(|weight| f64::from(*weight) * scale));
    small.clear();
    large.clear();
    for (i, cell) in cells.iter_mut().enumerate() {
        *cell = (u32::MAX, i as u32);
        if scaled[i] < 1.0 { small.push(i as u32) } else { large.push(i as u32) }
    }
    while let (Some(&few), Some(&many)) = (small.last(), large.last()) {
        small.pop();
        let (few, many) = (few as usize, many as usize);
        cells[few] = ((scaled[few] * f64::from(u32::MAX)) as u32, many as u32);
        scaled[many] -= 1.0 - scaled[few];
        if scaled[many] < 1.0 {
            large.pop();
            small.push(many as u32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_in_proportion_to_their_weight() {
        let weights = [1.0, 0.0, 5.0, 4.0, 0.0, 0.0, 3.0];
        let alias = Alias::by_range(&weights, [0..4, 4..7].into_iter());
        let mut chance = Chance::of(1, 1, 1);
        let mut counts = [0.0f64; 7];
        for _ in 0..20_000 {
            counts[alias.pick_in(0, 4, &mut chance) as usize] += 1.0 / 20_000.0;
            counts[alias.pick_in(4, 7, &mut chance) as usize] += 1.0 / 20_000.0;
        }
        for (count, share) in counts.iter().zip([0.1, 0.0, 0.5, 0.4, 0.0, 0.0, 1.0]) {
            assert!((count - share).abs() < 0.02, "{counts:?}");
        }
    }

    #[test]
    fn nothing_to_choose_from_is_no_panic() {
        let mut chance = Chance::of(1, 1, 1);
        assert!(Alias::new(&[0.0, 0.0]).is_empty());
        assert_eq!(Alias::new(&[]).pick(&mut chance), 0);
        assert_eq!(Alias::by_range(&[], std::iter::once(0..0)).pick_in(0, 0, &mut chance), 0);
    }
}
