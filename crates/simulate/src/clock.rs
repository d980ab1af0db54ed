//! When things begin: a Poisson process with daily and weekly rhythm, by thinning (Lewis, Shedler 1979).
//!
//! Candidates come at a constant rate, and one is kept with chance profile(local hour of the week) / [`BOUND`]. Candidates
//! are numbered, and everything that follows from one is drawn from its number, so that leaving one out changes no other.
//! Two news shocks raise posting for 18 hours; in an outage, what happens on a network is not recorded.

use crate::chance::Chance;
use crate::config::Config;
use crate::event::Network;
use crate::purpose;
use model::time::{DAY, HOUR, SECOND};

/// Largest value of a profile times the largest shock.
const BOUND: f64 = 4.0;
const SHOCK: f64 = 1.7;
const SHOCK_HOURS: i64 = 18;

/// The times of a world.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// First moment of the window, in microseconds.
    pub(crate) start: i64,
    /// First moment after it.
    pub(crate) end: i64,
    /// Candidates in the window, on average.
    candidates: f64,
    leisure: [f64; 168],
    work: [f64; 168],
    /// Since when, until when, and on which topic.
    pub(crate) shocks: Vec<(i64, i64, u8)>,
    /// A network of which nothing is recorded, since when and until when.
    pub(crate) outages: Vec<(Network, i64, i64)>,
}

impl Clock {
    pub(crate) fn new(config: &Config) -> Clock {
        let (start, end) = (config.start().0, config.end.0);
        let mut chance = Chance::of(config.seed, purpose::ARRIVALS, 0);
        let mut shocks = Vec::new();
        let mut outages = Vec::new();
        if config.days >= 10 {
            for topic in 0..2 {
                let at = chance.between(start + DAY, end - DAY);
                shocks.push((at, at + SHOCK_HOURS * HOUR, topic * 4));
            }
            let at = chance.between(start + DAY, end - 4 * DAY);
            outages.push((Network::Mastodon, at, at + 2 * DAY));
        }
        Clock {
            start,
            end,
            candidates: 0.0,
            leisure: profile(|hour, day| {
                let evening = (f64::from(hour) - 20.0).abs();
                let noon = (f64::from(hour) - 13.0).abs();
                let awake = if (7..24).contains(&hour) { 0.5 } else { 0.08 };
                awake
                    + bump(evening, 3.0)
                    + 0.5 * bump(noon, 2.5)
                    + if day >= 5 { 0.15 } else { 0.0 }
            }),
            work: profile(|hour, day| {
                let open = day < 5 && (8..18).contains(&hour);
                if open { 1.0 } else { 0.15 }
            }),
            shocks,
            outages,
        }
    }

    pub(crate) fn set_candidates(&mut self, candidates: f64) {
        self.candidates = candidates;
    }

    /// Whether a candidate at this time holds. `work` goes by office hours.
    pub(crate) fn keeps(&self, at: i64, zone: i8, work: bool, chance: &mut Chance) -> bool {
        // 1970-01-01 was a Thursday; weeks start on Monday.
        let hours = at.div_euclid(HOUR) + 72 + i64::from(zone);
        let hour = hours.rem_euclid(168) as usize;
        let rate = if work { self.work[hour] } else { self.leisure[hour] };
        let shock = if !work && self.shock(at).is_some() { SHOCK } else { 1.0 };
        chance.unit() * BOUND < rate * shock
    }

    /// The topic of the shock that holds at this time.
    pub(crate) fn shock(&self, at: i64) -> Option<u8> {
        self.shocks.iter().find(|(since, until, _)| (*since..*until).contains(&at)).map(|s| s.2)
    }

    /// Whether something on a network at this time is recorded.
    pub(crate) fn records(&self, network: Network, at: i64) -> bool {
        let dark = |outage: &(Network, i64, i64)| {
            outage.0 == network && (outage.1..outage.2).contains(&at)
        };
        (self.start..self.end).contains(&at) && !self.outages.iter().any(dark)
    }

    /// Numbered candidates of a draw in order of time, from one window before the window on.
    pub(crate) fn candidates(&self, draw: u64) -> Candidates {
        let window = (self.end - self.start) as f64;
        let gap = if self.candidates > 0.0 { window / self.candidates } else { f64::INFINITY };
        let start = self.start - (self.end - self.start);
        let chance = Chance::of(draw, purpose::ARRIVALS, 1);
        Candidates { gap, start, at: 0.0, end: self.end, number: 0, chance }
    }
}

pub(crate) struct Candidates {
    gap: f64,
    start: i64,
    /// Since `start`, in microseconds.
    at: f64,
    end: i64,
    number: u64,
    chance: Chance,
}

impl Iterator for Candidates {
    type Item = (u64, i64);

    fn next(&mut self) -> Option<(u64, i64)> {
        self.at += self.gap * self.chance.exponential();
        let within = self.at < (self.end - self.start) as f64;
        within.then(|| {
            self.number += 1;
            // In whole seconds, so that what follows is not before it when times are cut to seconds.
            let at = self.start + self.at as i64;
            (self.number, at - at.rem_euclid(SECOND))
        })
    }
}

fn bump(distance: f64, width: f64) -> f64 {
    libm::exp(-(distance / width) * (distance / width))
}

/// A profile over the hours of the week with mean 1.
fn profile(shape: impl Fn(u32, u32) -> f64) -> [f64; 168] {
    let mut hours = [0.0; 168];
    for (place, value) in hours.iter_mut().enumerate() {
        *value = shape(place as u32 % 24, place as u32 / 24);
    }
    let mean = hours.iter().sum::<f64>() / 168.0;
    hours.map(|value| value / mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_profile_and_shock_exceeds_the_bound() {
        let clock = Clock::new(&Config::default());
        let most = |profile: [f64; 168]| profile.into_iter().fold(0.0, f64::max);
        assert!(most(clock.leisure) * SHOCK <= BOUND && most(clock.work) <= BOUND);
        for profile in [clock.leisure, clock.work] {
            assert!((profile.iter().sum::<f64>() - 168.0).abs() < 1e-9);
        }
    }

    #[test]
    fn work_rests_at_night_and_on_sundays() {
        let clock = Clock::new(&Config::default());
        // 2026-05-31 was a Sunday.
        let monday = Config::default().end.0;
        let kept = |at: i64| {
            let mut chance = Chance::of(1, 2, 3);
            (0..2_000).filter(|_| clock.keeps(at, 0, true, &mut chance)).count()
        };
        assert!(kept(monday + 10 * HOUR) > 3 * kept(monday - 14 * HOUR));
        assert!(kept(monday + 10 * HOUR) > 3 * kept(monday + 2 * HOUR));
    }
}
