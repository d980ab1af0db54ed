//! Finding a hash among sorted hashes: interpolation search (Peterson 1957; Perl, Itai and Avni 1978).
//!
//! Hashes lie evenly, so that a hash says where it stands: the first guess is off by about the square root of their number, the next by the square root of
//! that. A million take under nine looks, most of them close together, where halving takes twenty all over memory. Keys that do not lie evenly are found
//! all the same, in twice the logarithm of their number.

/// Guesses before the neighborhood of the last one is searched.
const GUESSES: usize = 4;

/// The first of `len` places, in ascending order of `at`, whose value is not below `key`; `len` where all are.
pub fn first_not_below(len: usize, at: impl Fn(usize) -> u64, key: u64) -> usize {
    let expected = |distance: u64| ((u128::from(distance) * len as u128) >> 64) as usize;
    // What is sought stands in `low..=high`.
    let (mut low, mut high) = (0, len);
    let mut guess = expected(key);
    for _ in 0..GUESSES {
        if low >= high {
            return low;
        }
        guess = guess.clamp(low, high - 1);
        let value = at(guess);
        if value < key {
            low = guess + 1;
            guess = low.saturating_add(expected(key - value));
        } else {
            high = guess;
            guess = high.saturating_sub(1 + expected(value - key));
        }
    }
    // Around the last guess, doubling the distance, then by halves.
    let mut step = 1;
    let anchor = guess.clamp(low, high);
    if anchor < high && at(anchor) < key {
        low = anchor + 1;
        while low + step < high && at(low + step) < key {
            low += step + 1;
            step *= 2;
        }
        high = high.min(low + step);
    } else {
        high = anchor;
        while high > low + step && at(high - step) >= key {
            high -= step;
            step *= 2;
        }
        low = low.max(high.saturating_sub(step));
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if at(middle) < key {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cell::Cell;

    fn even(count: u64) -> Vec<u64> {
        let mut keys: Vec<u64> =
            (0..count).map(|i| xxhash_rust::xxh3::xxh3_64(&i.to_le_bytes())).collect();
        keys.sort_unstable();
        keys
    }

    proptest! {
        #[test]
        fn it_finds_what_halving_finds_however_the_keys_lie(
            mut keys in prop::collection::vec(prop_oneof![any::<u64>(), 0..50u64, Just(u64::MAX), (0..64u32).prop_map(|shift| 1 << shift)], 0..200),
            sought in prop::collection::vec(prop_oneof![any::<u64>(), 0..60u64, Just(u64::MAX)], 1..50),
        ) {
            keys.sort_unstable();
            for key in sought.iter().chain(&keys) {
                let found = first_not_below(keys.len(), |place| keys[place], *key);
                prop_assert_eq!(found, keys.partition_point(|one| one < key));
            }
        }
    }

    #[test]
    fn few_places_are_looked_at_where_hashes_lie_evenly_and_not_many_where_they_do_not() {
        let looked = Cell::new(0_u64);
        let mean = |keys: &[u64], sought: &[u64]| {
            looked.set(0);
            for key in sought {
                let at = |place: usize| {
                    looked.set(looked.get() + 1);
                    keys[place]
                };
                let found = first_not_below(keys.len(), at, *key);
                assert_eq!(keys[found], *key);
            }
            looked.get() as f64 / sought.len() as f64
        };
        let keys = even(1_000_000);
        let sought: Vec<u64> = keys.iter().step_by(997).copied().collect();
        assert!(mean(&keys, &sought) < 9.0, "{}", mean(&keys, &sought));
        let crowded: Vec<u64> = (0..1_000_000).collect();
        let sought: Vec<u64> = crowded.iter().step_by(997).copied().collect();
        assert!(mean(&crowded, &sought) < 45.0, "{}", mean(&crowded, &sought));
    }
}
