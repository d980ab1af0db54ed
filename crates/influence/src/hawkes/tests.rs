use super::*;
use crate::hawkes::observed::HOUR;

/// An hour on a Monday at midnight, UTC.
const MONDAY: i64 = 19_723 * 24;

/// What is planted: mean offspring, mean delay in hours, events in all, days, and news as (first hour, hours, times the rate).
struct Planted {
    ratio: f64,
    delay: f64,
    events: f64,
    days: usize,
    news: Vec<(usize, usize, f64)>,
}

/// Clusters on a baseline with rhythm of day and week; the share of events that have a parent is the truth.
fn made(planted: &Planted, seed: u64) -> (Stream, f64) {
    let mut chance = Chance::new(seed, 77);
    let hours = planted.days * 24;
    let rate = planted.events * (1.0 - planted.ratio) / hours as f64;
    let mut all: Vec<(f64, bool)> = Vec::new();
    for hour in 0..hours {
        let day = 1.0 + 0.9 * libm::sin((hour % 24) as f64 / 24.0 * core::f64::consts::TAU);
        let week = if hour % 168 >= 120 { 0.6 } else { 1.16 };
        let inside = |news: &&(usize, usize, f64)| (news.0..news.0 + news.1).contains(&hour);
        let news = planted.news.iter().find(inside).map_or(1.0, |news| news.2);
        for _ in 0..chance.poisson(rate * day * week * news) {
            all.push((hour as f64 + chance.unit(), false));
        }
    }
    let mut next = 0;
    while let Some((at, _)) = all.get(next).copied() {
        next += 1;
        for _ in 0..chance.poisson(planted.ratio) {
            let at = at + planted.delay * chance.exponential();
            if at < hours as f64 {
                all.push((at, true));
            }
        }
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let truth = all.iter().filter(|event| event.1).count() as f64 / all.len() as f64;
    let from = MONDAY * HOUR;
    let times = all.iter().map(|event| from + (event.0 * HOUR as f64) as i64).collect();
    let until = from + hours as i64 * HOUR;
    let marks = vec![0; all.len()];
    (Stream { times, marks, networks: 1, from, until, outages: Vec::new() }, truth)
}

fn planted(ratio: f64) -> Planted {
    Planted { ratio, delay: 4.0, events: 2_500.0, days: 120, news: Vec::new() }
}

const FEW: Options = Options { draws: Some(39), seed: 1 };

/// Two networks that excite each other, one of them dark for a day, with a surge: everything that a likelihood must get right.
fn two_networks() -> (Observed, Design, Params) {
    let mut chance = Chance::new(5, 5);
    let mut times: Vec<i64> =
        (0..300).map(|_| MONDAY * HOUR + (chance.unit() * 400.0 * HOUR as f64) as i64).collect();
    times.sort_unstable();
    let marks = times.iter().map(|at| (at % 2) as u8).collect();
    let (from, until) = (MONDAY * HOUR, (MONDAY + 400) * HOUR + 1_800_000_000);
    let outages = vec![(1, from + 100 * HOUR, from + 124 * HOUR)];
    let data = Observed::new(&Stream { times, marks, networks: 2, from, until, outages }).unwrap();
    let design = Design::new(&data, Week::Workdays, vec![(200, 210)], 20, 40.0);
    let rates = (0..96).map(|cell| 0.1 + 0.01 * f64::from(cell)).collect();
    let offspring = vec![0.3, 0.2, 0.1, 0.4];
    (data, design, Params { rates, surges: vec![0.7], offspring, law: Law::Exponential(0.5) })
}

/// The logarithm of the likelihood as the formula says it, each pair of events looked at.
fn slowly(data: &Observed, design: &Design, params: &Params) -> f64 {
    let (rates, weights) = params.law.parts(design.reach);
    let seen = |k: usize, slot: usize| slot >= design.start && !data.is_dark(k, slot);
    let base = |k: usize, slot: usize| {
        let news = if (200..210).contains(&slot) { 1.0 + params.surges[0] } else { 1.0 };
        params.rates[k * 48 + Week::Workdays.bin(data.hour_of_week(slot as i64))] * news
    };
    let mut sum = 0.0;
    for (i, at) in data.times.iter().enumerate() {
        let k = usize::from(data.marks[i]);
        if seen(k, *at as usize) {
            let mut intensity = base(k, *at as usize);
            for j in 0..i {
                let n = params.offspring[usize::from(data.marks[j]) * 2 + k];
                for (rate, weight) in rates.iter().zip(&weights) {
                    intensity += n * weight * rate * libm::exp(-rate * (at - data.times[j]));
                }
            }
            sum += libm::log(intensity);
        }
    }
    for k in 0..2 {
        for slot in (0..data.slots()).filter(|slot| seen(k, *slot)) {
            sum -= base(k, slot) * data.length(slot);
            let (a, b) = (slot as f64, slot as f64 + data.length(slot));
            for (at, mark) in data.times.iter().zip(&data.marks) {
                let n = params.offspring[usize::from(*mark) * 2 + k];
                for (rate, weight) in rates.iter().zip(&weights) {
                    let left = |t: f64| libm::exp(-rate * (t - at).max(0.0));
                    sum -= n * weight * (left(a) - left(b));
                }
            }
        }
    }
    sum
}

#[test]
fn the_likelihood_is_that_of_the_formula() {
    let (data, design, params) = two_networks();
    for law in [Law::Exponential(0.5), Law::PowerLaw(1.3, 2.0)] {
        let params = Params { law, ..params.clone() };
        let (fast, _) = Passes::new(&data, &design).pass(&params);
        let slow = slowly(&data, &design, &params);
        assert!((fast - slow).abs() < 1e-7 * slow.abs(), "{law:?}: {fast} {slow}");
    }
}

/// A fit of a kind, from a start near what is planted.
fn fit_of(data: &Observed, law: Law) -> Params {
    let design = Design::new(data, Week::Day, Vec::new(), 0, 20.0);
    let start = Params::start(data, &design, 0.4, law);
    Passes::new(data, &design).fit(start, 1e-9, 3_000).params
}

#[test]
fn what_is_counted_by_minutes_gives_nearly_the_fit_of_single_events() {
    let planted = Planted { ratio: 0.5, delay: 4.0, events: 9_000.0, days: 60, news: Vec::new() };
    let (stream, _) = made(&planted, 3);
    let single = Observed::new(&stream).unwrap();
    let mut counted = single.clone();
    counted.count_by(0.2);
    assert!(counted.times.len() < single.times.len() * 3 / 4);
    assert_eq!(counted.events(), single.events());
    for law in [Law::Exponential(0.2), Law::PowerLaw(1.5, 2.0)] {
        let [one, other] = [&single, &counted].map(|data| fit_of(data, law));
        let off = (one.offspring[0] - other.offspring[0]).abs();
        let slowed = one.law.mean(20.0) / other.law.mean(20.0);
        assert!(off < 0.02 && (0.95..1.05).contains(&slowed), "{law:?}: {one:?} {other:?}");
    }
}

#[test]
fn of_what_is_counted_no_step_is_less_likely() {
    let (mut data, design, params) = two_networks();
    data.count_by(0.5);
    let design = design.over(&data);
    for law in [Law::Exponential(0.5), Law::PowerLaw(1.3, 2.0)] {
        let mut passes = Passes::new(&data, &design);
        let (mut now, mut last) = (Params { law, ..params.clone() }, f64::NEG_INFINITY);
        for step in 0..60 {
            let (likelihood, next) = passes.pass(&now);
            assert!(likelihood > last - 1e-9, "{law:?} {step}: {last} {likelihood}");
            (now, last) = (next, likelihood);
        }
    }
}

#[test]
fn the_more_events_the_fewer_draws_and_never_too_few_to_tell() {
    assert_eq!([200, 20_000, 40_000, 10_000_000].map(draws), [199, 199, 99, FEWEST_DRAWS]);
    assert!(1.0 / (FEWEST_DRAWS as f64 + 1.0) < 0.05);
}

#[test]
fn a_fit_is_where_nothing_makes_it_more_likely() {
    let (data, design, params) = two_networks();
    for law in [Law::Exponential(0.5), Law::PowerLaw(1.3, 2.0)] {
        let start = Params { law, ..params.clone() };
        let before = slowly(&data, &design, &start);
        let fitted = Passes::new(&data, &design).fit(start, 1e-9, 3_000);
        let at = |params: &Params| slowly(&data, &design, params);
        let best = at(&fitted.params);
        assert!(best > before && (best - fitted.likelihood).abs() < 1e-6, "{best} {before}");
        for factor in [0.97, 1.03] {
            for pair in 0..4 {
                let mut other = fitted.params.clone();
                other.offspring[pair] = (other.offspring[pair] * factor).max(0.001);
                assert!(at(&other) < best + 1e-6, "{law:?} pair {pair} {factor}");
            }
            let mut other = fitted.params.clone();
            other.law = match other.law {
                Law::Exponential(rate) => Law::Exponential(rate * factor).bounded(40.0),
                Law::PowerLaw(a, b) => Law::PowerLaw(a * factor, b).bounded(40.0),
            };
            assert!(at(&other) < best + 1e-4, "{law:?} {factor}");
        }
    }
}

#[test]
fn the_radius_is_the_largest_eigenvalue() {
    assert!((radius(&[0.5, 0.2, 0.3, 0.4], 2) - 0.7).abs() < 1e-9);
    assert!((radius(&[0.0, 0.9, 0.4, 0.0], 2) - 0.6).abs() < 1e-9);
    assert_eq!(radius(&[0.0; 9], 3), 0.0);
    assert!((radius(&[0.8], 1) - 0.8).abs() < 1e-12);
}

#[test]
fn planted_ratios_lie_in_their_intervals() {
    // The full form, with its bars, is `cargo xtask bench r3`.
    let mut held = 0;
    for (k, ratio) in [0.3, 0.6, 0.9, 0.3, 0.6, 0.9].into_iter().enumerate() {
        let (stream, truth) = made(&planted(ratio), 200 + k as u64);
        let found = estimate(&stream, &FEW).unwrap();
        held += usize::from(found.interval[0] <= truth && truth <= found.interval[1]);
        assert!((found.value - truth).abs() < 0.2, "{truth}: {found:?}");
        assert!(found.fit_p > 0.02 && found.interval[1] < 1.1, "{found:?}");
    }
    assert!(held >= 4, "{held} of 6");
}

#[test]
fn rhythm_and_news_are_no_excitation() {
    let news = vec![(700, 24, 6.0), (1_850, 24, 4.0)];
    for seed in [1, 2, 3] {
        let (stream, truth) =
            made(&Planted { ratio: 0.0, news: news.clone(), ..planted(0.0) }, seed);
        let found = estimate(&stream, &FEW).unwrap();
        assert!(truth == 0.0 && found.interval[1] < 0.2, "{found:?}");
        assert_eq!(found.news.len(), 2, "{found:?}");
        let hour = |at: i64| (at / HOUR - MONDAY) as usize;
        assert!(hour(found.news[0].from).abs_diff(700) <= 6, "{found:?}");
        assert!((3.0..8.0).contains(&found.news[0].rise), "{found:?}");
    }
}

#[test]
fn an_outage_costs_events_and_no_bias() {
    let (mut stream, _) = made(&planted(0.6), 9);
    let dark = (stream.from + 900 * HOUR, stream.from + 1_100 * HOUR);
    stream.times.retain(|at| !(dark.0..dark.1).contains(at));
    stream.marks.truncate(stream.times.len());
    stream.outages = vec![(0, dark.0, dark.1)];
    let found = estimate(&stream, &FEW).unwrap();
    assert!(found.interval[0] < 0.6 && 0.6 < found.interval[1] && found.fit_p > 0.02, "{found:?}");
}

#[test]
fn what_says_too_little_gets_no_value_and_the_reason() {
    let (mut stream, _) = made(&planted(0.3), 1);
    stream.times.truncate(150);
    stream.marks.truncate(150);
    let refused = estimate(&stream, &FEW).unwrap_err();
    assert!(refused.why().contains("150 events") && refused.why().contains("200"), "{refused:?}");
    let slow = Planted { ratio: 0.9, delay: 1_000.0, events: 3_000.0, ..planted(0.9) };
    let refused = estimate(&made(&slow, 3).0, &FEW).unwrap_err();
    assert!(refused.why().contains("tenth of the window"), "{refused:?}");
    assert!(estimate(&Stream::default(), &FEW).is_err());
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let (stream, _) = made(&Planted { events: 600.0, ..planted(0.5) }, 4);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| estimate(&stream, &FEW)).unwrap()
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn two_networks_that_excite_each_other_have_the_radius_of_their_matrix() {
    // Every event is of one network or the other by lot, so each row of the matrix sums to the ratio.
    let mut held = 0;
    for seed in [11, 12, 13] {
        let (stream, truth) = made(&Planted { events: 3_000.0, ..planted(0.6) }, seed);
        let mut chance = Chance::new(3, seed);
        let marks = stream.times.iter().map(|_| u8::from(chance.unit() < 0.4)).collect();
        let found = estimate(&Stream { marks, networks: 2, ..stream }, &FEW).unwrap();
        assert_eq!((found.offspring.len(), found.offspring[0].len()), (2, 2));
        assert!((found.value - truth).abs() < 0.15, "{truth} {found:?}");
        held += usize::from(found.interval[0] <= truth && truth <= found.interval[1]);
    }
    assert!(held >= 2, "{held} of 3");
}
