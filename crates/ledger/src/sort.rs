//! Sorting by keys whose high bits are evenly spread: one pass into buckets, then each bucket in cache.

use std::cmp::Ordering;

/// Sorts by `high`, and among equal ones by `then`. Any keys give the right order; evenly spread ones give it fast.
pub fn by_high<T: Copy>(
    items: &mut Vec<T>,
    high: impl Fn(&T) -> u64 + Copy,
    then: impl Fn(&T, &T) -> Ordering + Copy,
) {
    let order = |a: &T, b: &T| high(a).cmp(&high(b)).then_with(|| then(a, b));
    // Buckets of about 500 items: they fit the first cache.
    let bits = (items.len() / 500).checked_ilog2().map_or(0, |bits| bits.min(12));
    let Some(first) = items.first().copied().filter(|_| bits > 0) else {
        items.sort_unstable_by(order);
        return;
    };
    let bucket = |item: &T| (high(item) >> (64 - bits)) as usize;
    let mut starts = vec![0usize; (1 << bits) + 1];
    for item in items.iter() {
        starts[bucket(item) + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let mut sorted = vec![first; items.len()];
    let mut next = starts.clone();
    for item in items.iter() {
        let place = &mut next[bucket(item)];
        sorted[*place] = *item;
        *place += 1;
    }
    for range in starts.windows(2) {
        sorted[range[0]..range[1]].sort_unstable_by(order);
    }
    *items = sorted;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_give_the_plain_order_for_even_and_for_uneven_keys() {
        for spread in [0x9e37_79b9_7f4a_7c15u64, 1, 0] {
            let mut items: Vec<(u64, u32)> = (0..20_000u32)
                .map(|i| ((u64::from(i) % 7_000).wrapping_mul(spread), i ^ 0x155))
                .collect();
            let mut plain = items.clone();
            plain.sort_unstable();
            by_high(&mut items, |item| item.0, |a, b| a.1.cmp(&b.1));
            assert_eq!(items, plain);
        }
    }
}
