//! Numbers drawn by counting: the same for the same seed and replicate, whatever the thread.

use graph::mix::mix;

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(super) struct Chance(u64);

impl Chance {
    /// The stream of a seed and a number.
    pub fn new(seed: u64, number: u64) -> Chance {
        Chance(mix(mix(seed) ^ number.wrapping_mul(0xD134_2543_DE82_EF95)))
    }

    /// In (0, 1).
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        ((mix(self.0) >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -libm::log(self.unit())
    }

    /// Poisson with that mean, by counting gaps; at most a million.
    pub fn poisson(&mut self, mean: f64) -> usize {
        let mut left = mean - self.exponential();
        let mut count = 0;
        while left > 0.0 && count < 1_000_000 {
            count += 1;
            left -= self.exponential();
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_means_that_they_promise() {
        let mut chance = Chance::new(1, 2);
        let n = 40_000;
        let mut mean =
            |f: fn(&mut Chance) -> f64| (0..n).map(|_| f(&mut chance)).sum::<f64>() / f64::from(n);
        assert!((mean(Chance::unit) - 0.5).abs() < 0.01);
        assert!((mean(Chance::exponential) - 1.0).abs() < 0.02);
        assert!((mean(|chance| chance.poisson(2.5) as f64) - 2.5).abs() < 0.04);
        assert_ne!(Chance::new(1, 2).unit(), Chance::new(2, 1).unit());
    }
}
