//! The standard normal distribution, portable to the last bit.
//!
//! `cdf(x) = erfc(-x / sqrt 2) / 2`, with the `erfc` of `libm`. `quantile(p)` is algorithm AS 241, routine PPND16:
//! M. J. Wichura, "The Percentage Points of the Normal Distribution", Applied Statistics 37 (1988), pages 477 to 484;
//! its relative error is about 1e-16.

// The coefficients have all the digits that were published.
#![allow(clippy::excessive_precision)]

/// Share of the distribution at or below `x`.
pub fn cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// The `x` below which a share `p` lies; infinite at 0 and 1, NaN outside 0..1.
pub fn quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * ratio(r, &CENTRE);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail == 0.0 {
        return f64::INFINITY.copysign(q);
    }
    let r = libm::sqrt(-libm::log(tail));
    let x = if r <= 5.0 { ratio(r - 1.6, &MIDDLE) } else { ratio(r - 5.0, &FAR) };
    x.copysign(q)
}

/// Numerator and denominator of a rational function, constant term first.
type Ratio = [[f64; 8]; 2];

fn ratio(r: f64, of: &Ratio) -> f64 {
    let polynomial = |terms: &[f64; 8]| terms.iter().rev().fold(0.0, |sum, term| sum * r + term);
    polynomial(&of[0]) / polynomial(&of[1])
}

const CENTRE: Ratio = [
    [
        3.387_132_872_796_366_608,
        1.331_416_678_917_843_774_5e2,
        1.971_590_950_306_551_442_7e3,
        1.373_169_376_550_946_112_5e4,
        4.592_195_393_154_987_145_7e4,
        6.726_577_092_700_870_085_3e4,
        3.343_057_558_358_812_810_5e4,
        2.509_080_928_730_122_672_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091_125_2e1,
        6.871_870_074_920_579_083e2,
        5.394_196_021_424_751_107_7e3,
        2.121_379_430_158_659_586_7e4,
        3.930_789_580_009_271_061e4,
        2.872_908_573_572_194_267_4e4,
        5.226_495_278_852_854_561e3,
    ],
];
const MIDDLE: Ratio = [
    [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_9,
        5.769_497_221_460_691_405_5,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        2.417_807_251_774_506_117_7e-1,
        2.272_384_498_926_918_458_33e-2,
        7.745_450_142_783_414_076_4e-4,
    ],
    [
        1.0,
        2.053_191_626_637_758_821_87,
        1.676_384_830_183_803_849_4,
        6.897_673_349_851_000_045_5e-1,
        1.481_039_764_274_800_745_9e-1,
        1.519_866_656_361_645_719_66e-2,
        5.475_938_084_995_344_946e-4,
        1.050_750_071_644_416_843_24e-9,
    ],
];
const FAR: Ratio = [
    [
        6.657_904_643_501_103_777_2,
        5.463_784_911_164_114_369_9,
        1.784_826_539_917_291_335_8,
        2.965_605_718_285_048_912_3e-1,
        2.653_218_952_657_612_309_3e-2,
        1.242_660_947_388_078_438_6e-3,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ],
    [
        1.0,
        5.998_322_065_558_879_376_9e-1,
        1.369_298_809_227_358_053_1e-1,
        1.487_536_129_085_061_485_25e-2,
        7.868_691_311_456_132_591e-4,
        1.846_318_317_510_054_681_8e-5,
        1.421_511_758_316_445_888_7e-7,
        2.044_263_103_389_939_785_64e-15,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// p and x to 16 digits, from mpmath at 50 digits.
    const KNOWN: &[(f64, f64)] = &[
        (0.5, 0.0),
        (0.75, 0.67448975019608174),
        (0.9, 1.2815515655446006),
        (0.95, 1.6448536269514723),
        (0.975, 1.9599639845400539),
        (0.99, 2.3263478740408408),
        (0.999, 3.0902323061678133),
        (0.25, -0.67448975019608174),
        (0.1, -1.2815515655446004),
        (0.01, -2.3263478740408411),
        (0.001, -3.0902323061678135),
        (0.000001, -4.753424308822899),
        (1e-9, -5.9978070150076869),
        (1e-15, -7.9413453261709968),
        (1e-100, -21.273453560965324),
        (0.075, -1.4395314709384559),
        (0.925, 1.4395314709384562),
        (0.42, -0.20189347914185089),
    ];

    #[test]
    fn quantiles_and_shares_are_the_known_ones() {
        for &(p, x) in KNOWN {
            assert!(
                (quantile(p) - x).abs() <= 1e-12 * x.abs().max(1.0),
                "{p}: {} is not {x}",
                quantile(p)
            );
            assert!((cdf(x) - p).abs() <= 1e-12 * p, "{x}: {} is not {p}", cdf(x));
        }
    }

    #[test]
    fn the_ends_are_infinite_and_beyond_them_is_nothing() {
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(quantile(1.0), f64::INFINITY);
        assert_eq!(quantile(0.5), 0.0);
        assert!(quantile(-0.1).is_nan() && quantile(1.1).is_nan() && quantile(f64::NAN).is_nan());
    }

    proptest! {
        #[test]
        fn the_quantile_inverts_the_share(x in -8.0f64..5.0) {
            prop_assert!((quantile(cdf(x)) - x).abs() < 1e-9);
        }

        #[test]
        fn the_quantile_rises(a in 0.0f64..1.0, b in 0.0f64..1.0) {
            let (low, high) = if a <= b { (a, b) } else { (b, a) };
            prop_assert!(quantile(low) <= quantile(high));
        }
    }
}
