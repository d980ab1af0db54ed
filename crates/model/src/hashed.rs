//! Finding a hash among sorted hashes: interpolation search (Peterson 1957; Perl, Itai and Avni 1978).
//!
//! Hashes lie evenly, so that a hash says where it stands: the first guess is off by about the square root of their number, the next by the square root of
//! that. A million take under nine looks, most of them close together, where halving takes twenty all over memory. Keys that do not lie evenly are found
//! all the same, in twice the logarithm of their number.
//!
//! Who asks again and again keeps a [`Directory`], which says nearly where to look, for an eighth of a byte a key at most.

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
    around(low, high, guess, at, key)
}

/// The same in `low..=high`, around a guess: doubling the distance, then by halves.
fn around(
    mut low: usize,
    mut high: usize,
    guess: usize,
    at: impl Fn(usize) -> u64,
    key: u64,
) -> usize {
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

/// Keys of a part of a [`Directory`], where they lie evenly.
const PART: usize = 64;

/// Where the keys of each part begin whose first bits are the same: a search in it looks at two or three places, side by side.
#[derive(Clone, Debug)]
pub struct Directory {
    /// One more than there are parts.
    starts: Vec<u32>,
    /// Bits of a key that do not tell its part.
    shift: u32,
}

impl Directory {
    /// Of `len` places in ascending order of `at`; nothing where they are more than 4,294,967,295. Takes a search for each 64 of them.
    pub fn of(len: usize, at: impl Fn(usize) -> u64) -> Option<Directory> {
        let last = u32::try_from(len).ok()?;
        let bits = (len / PART).max(2).next_power_of_two().trailing_zeros();
        let shift = u64::BITS - bits;
        let start = |part: u64| first_not_below(len, &at, part << shift) as u32;
        let starts = (0..1 << bits).map(start).chain([last]).collect();
        Some(Directory { starts, shift })
    }

    /// As the function of that name, over the places of which this was made.
    pub fn first_not_below(&self, at: impl Fn(usize) -> u64, key: u64) -> usize {
        let part = (key >> self.shift) as usize;
        let low = self.starts[part] as usize;
        // In a file that is damaged keys may not ascend, and nor do their starts.
        let high = (self.starts[part + 1] as usize).max(low);
        let within = u128::from(key << (u64::BITS - self.shift));
        let guess = low + ((within * (high - low) as u128) >> 64) as usize;
        around(low, high, guess, at, key)
    }
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
                let expected = keys.partition_point(|one| one < key);
                prop_assert_eq!(found, expected);
                let directory = Directory::of(keys.len(), |place| keys[place]).unwrap();
                prop_assert_eq!(directory.first_not_below(|place| keys[place], *key), expected);
            }
        }

        #[test]
        fn keys_of_a_damaged_file_give_some_place_and_no_panic(
            keys in prop::collection::vec(any::<u64>(), 0..2_000),
            sought in prop::collection::vec(any::<u64>(), 1..50),
        ) {
            let directory = Directory::of(keys.len(), |place| keys[place]).unwrap();
            for key in sought.iter().chain(&keys) {
                prop_assert!(first_not_below(keys.len(), |place| keys[place], *key) <= keys.len());
                prop_assert!(directory.first_not_below(|place| keys[place], *key) <= keys.len());
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

    #[test]
    fn a_directory_says_nearly_where_to_look() {
        let keys = even(1_000_000);
        let directory = Directory::of(keys.len(), |place| keys[place]).unwrap();
        assert!(directory.starts.len() * 4 <= keys.len() / 8);
        let looked = Cell::new(0_u64);
        let at = |place: usize| {
            looked.set(looked.get() + 1);
            keys[place]
        };
        for (place, key) in keys.iter().enumerate().step_by(997) {
            assert_eq!(directory.first_not_below(at, *key), place);
        }
        let mean = looked.get() as f64 / keys.len().div_ceil(997) as f64;
        assert!(mean < 6.0, "{mean}");
    }
}
