//! Randomness by counting: every number is a hash of what it is for, never of what came before.
//!
//! A stream is named by the seed, a purpose and up to two ids, such as (post, viewer). So a world in which somebody says nothing
//! draws the same numbers for everybody else, and two draws that differ in one person differ by that person alone.
//! The hash is the finalizer of SplitMix64 (Steele, Lea, Flood 2014, *Fast splittable pseudorandom number generators*).
//! Logarithms and the like come from `libm`, so the bits are the same on every platform.

/// The finalizer of SplitMix64: every bit of the result depends on every bit of `x`.
#[inline]
pub(crate) const fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// A hash of two numbers.
#[inline]
pub(crate) const fn hash(a: u64, b: u64) -> u64 {
    mix(mix(a.wrapping_add(GOLDEN)) ^ b.wrapping_mul(GOLDEN).wrapping_add(0x2545_F491_4F6C_DD1D))
}

/// A number in (0, 1) from 64 bits.
#[inline]
pub(crate) fn unit(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
}

/// A stream of random numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The stream that these three numbers name.
    #[inline]
    pub fn of(world: u64, purpose: u64, id: u64) -> Chance {
        Chance(hash(hash(world, purpose), id))
    }

    #[inline]
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// In (0, 1).
    #[inline]
    pub fn unit(&mut self) -> f64 {
        unit(self.bits())
    }

    /// True with chance `p`.
    #[inline]
    pub fn is(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// In `0..n`; 0 where `n` is 0.
    #[inline]
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// In `from..to`; `from` where that is empty.
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below(usize::try_from(to - from).unwrap_or(0)) as i64
    }

    /// Exponential with mean 1.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        -libm::log(self.unit())
    }

    /// Standard normal, by Box and Muller.
    pub fn normal(&mut self) -> f64 {
        let radius = (2.0 * self.exponential()).sqrt();
        radius * libm::cos(core::f64::consts::TAU * self.unit())
    }

    /// Lognormal with median 1, cut at `most`.
    pub fn lognormal(&mut self, sigma: f64, most: f64) -> f64 {
        libm::exp(sigma * self.normal()).min(most)
    }

    /// Pareto from 1 with that tail exponent, cut at `most`.
    pub fn pareto(&mut self, exponent: f64, most: f64) -> f64 {
        libm::pow(self.unit(), -1.0 / exponent).min(most)
    }

    /// Poisson, by counting exponential gaps: for the small means of this crate.
    pub fn poisson(&mut self, mean: f64) -> usize {
        let mut left = mean - self.exponential();
        let mut count = 0;
        while left > 0.0 && count < 10_000 {
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
    fn streams_have_the_means_that_they_promise() {
        let mut chance = Chance::of(1, 2, 3);
        let n = 40_000;
        let mean = |f: &mut dyn FnMut() -> f64| (0..n).map(|_| f()).sum::<f64>() / f64::from(n);
        assert!((mean(&mut || chance.unit()) - 0.5).abs() < 0.01);
        assert!((mean(&mut || chance.exponential()) - 1.0).abs() < 0.02);
        assert!((mean(&mut || chance.poisson(2.5) as f64) - 2.5).abs() < 0.04);
        assert!(mean(&mut || chance.normal()).abs() < 0.02);
        assert!((mean(&mut || chance.below(10) as f64) - 4.5).abs() < 0.06);
        assert_eq!(chance.below(0), 0);
        assert_eq!(chance.between(5, 5), 5);
    }

    #[test]
    fn a_stream_depends_on_each_of_its_names() {
        let first = |a, b, c| Chance::of(a, b, c).bits();
        let all = [first(1, 2, 3), first(2, 2, 3), first(1, 3, 3), first(1, 2, 4), first(3, 2, 1)];
        assert!((0..5).all(|i| (0..i).all(|j| all[i] != all[j])));
    }
}
