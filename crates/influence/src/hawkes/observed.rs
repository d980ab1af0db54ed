//! Events as the fit sees them: hours since a whole hour, networks as numbers, and the hours in which something could be seen.
//!
//! More than [`MOST`] events are counted by minutes, so that a fit costs no more for them: what happened on a network in so many minutes is one entry with a weight,
//! and excites later entries alone. Draws are counted likewise.

use super::{Refused, Stream};

/// Microseconds of an hour.
pub(super) const HOUR: i64 = 3_600_000_000;
/// Hours from the start of a week, Monday, to the first hour of 1970, a Thursday.
const THURSDAY: i64 = 72;
/// Resolutions that a clock may have, the coarsest first.
const RESOLUTIONS: [i64; 6] = [24 * HOUR, HOUR, 60_000_000, 1_000_000, 1_000, 1];

/// Entries at most.
pub(super) const MOST: usize = 100_000;
/// Minutes that may be counted as one: parts of an hour.
const MINUTES: [u32; 12] = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60];

/// Events in order of time.
#[derive(Clone, Debug)]
pub(super) struct Observed {
    /// Hours since the origin, strictly rising; entries that are counts of several networks stand at one time.
    pub times: Vec<f64>,
    /// The network of each.
    pub marks: Vec<u8>,
    /// How many events each stands for.
    pub weights: Vec<f64>,
    /// Number of networks.
    pub networks: usize,
    /// The origin's hour of the week.
    pub phase: usize,
    /// End, in hours since the origin.
    pub end: f64,
    /// Hours in which a network was dark, per network, disjoint and rising.
    pub dark: Vec<Vec<(usize, usize)>>,
    /// Hours of the clock's resolution.
    pub resolution: f64,
    /// Hours that are counted as one, where there are many events; else 0.
    pub width: f64,
}

impl Observed {
    /// The stream in hours, equal times spread.
    pub fn new(stream: &Stream) -> Result<Observed, Refused> {
        let networks = stream.networks;
        let refuse = |why: &str| Err(Refused::new(why));
        if stream.times.len() != stream.marks.len() {
            return refuse("there is not one network for each event");
        }
        if networks == 0 || networks > super::MOST_NETWORKS {
            return refuse("the number of networks is out of range");
        }
        if stream.marks.iter().any(|mark| usize::from(*mark) >= networks) {
            return refuse("an event is of a network that is not there");
        }
        if stream.times.windows(2).any(|pair| pair[0] > pair[1]) {
            return refuse("events are not in order of time");
        }
        // The first whole hour of the window: what lies before is left out.
        let first = stream.from.saturating_add(HOUR - 1).div_euclid(HOUR);
        let origin = first.saturating_mul(HOUR);
        if stream.until.saturating_sub(origin) < HOUR {
            return refuse("the window is shorter than an hour");
        }
        let resolution = RESOLUTIONS
            .into_iter()
            .find(|r| stream.times.iter().all(|at| at.rem_euclid(*r) == 0))
            .unwrap_or(1);
        // What happened at the last stroke of the clock is spread after it.
        let inside = |at: i64| (origin..stream.until).contains(&at);
        let last = stream.times.iter().copied().filter(|at| inside(*at)).max();
        let until = stream.until.max(last.map_or(i64::MIN, |last| last.saturating_add(resolution)));
        let end = (until - origin) as f64 / HOUR as f64;
        let mut dark: Vec<Vec<(usize, usize)>> = vec![Vec::new(); networks];
        let mut outages = stream.outages.clone();
        outages.sort_unstable();
        for (network, from, until) in outages {
            let Some(dark) = dark.get_mut(usize::from(network)) else { continue };
            // Whole hours: what is left of a broken one says little.
            let a = (from - origin).div_euclid(HOUR).max(0) as usize;
            let b = ((until - origin + HOUR - 1).div_euclid(HOUR)).max(0) as usize;
            let b = b.min(end.ceil() as usize);
            match dark.last_mut() {
                Some(last) if a <= last.1 => last.1 = last.1.max(b),
                _ if a < b => dark.push((a, b)),
                _ => {}
            }
        }
        let mut observed = Observed {
            times: Vec::with_capacity(stream.times.len()),
            marks: Vec::with_capacity(stream.times.len()),
            weights: Vec::new(),
            networks,
            phase: (first + THURSDAY).rem_euclid(168) as usize,
            end,
            dark,
            resolution: resolution as f64 / HOUR as f64,
            width: 0.0,
        };
        let mut place = 0;
        for same in stream.times.chunk_by(|a, b| a == b) {
            for k in 0..same.len() {
                let at = (same[0] - origin) as f64 / HOUR as f64;
                let spread = observed.resolution * (k as f64 + 0.5) / same.len() as f64;
                let (at, mark) = (at + spread, stream.marks[place + k]);
                if inside(same[0]) && !observed.is_dark(usize::from(mark), at as usize) {
                    observed.times.push(at);
                    observed.marks.push(mark);
                }
            }
            place += same.len();
        }
        observed.weights = vec![1.0; observed.times.len()];
        if observed.times.len() > MOST {
            observed.count_by(observed.minutes());
        }
        Ok(observed)
    }

    /// The same window, outages and clock with other events, in order of time; counted by the minutes that this was counted by.
    pub fn with(&self, times: Vec<f64>, marks: Vec<u8>) -> Observed {
        let weights = vec![1.0; times.len()];
        let mut other = Observed { times, marks, weights, ..self.clone() };
        if self.width > 0.0 {
            other.count_by(self.width);
        }
        other
    }

    /// The fewest minutes, in hours, by which no more than [`MOST`] entries can come about on one network; an hour if none are enough.
    fn minutes(&self) -> f64 {
        let hours = MINUTES.map(|minutes| f64::from(minutes) / 60.0);
        hours.into_iter().find(|width| self.end / width <= MOST as f64).unwrap_or(1.0)
    }

    /// Counts by so many hours, a part of an hour: the entries of one network in them become one.
    pub fn count_by(&mut self, width: f64) {
        let mut entries: Vec<(u64, u8, f64)> = (self.times.iter().zip(&self.marks))
            .map(|(at, mark)| ((at / width) as u64, *mark, 1.0))
            .collect();
        // Of one time in order of networks.
        entries.sort_by_key(|(slot, mark, _)| (*slot, *mark));
        entries.dedup_by(|next, held| {
            let same = (next.0, next.1) == (held.0, held.1);
            held.2 += if same { next.2 } else { 0.0 };
            same
        });
        let middle = |(slot, ..): &(u64, u8, f64)| {
            let from = *slot as f64 * width;
            0.5 * (from + (from + width).min(self.end))
        };
        self.times = entries.iter().map(middle).collect();
        self.marks = entries.iter().map(|entry| entry.1).collect();
        self.weights = entries.iter().map(|entry| entry.2).collect();
        self.width = width;
    }

    /// Events in all.
    pub fn events(&self) -> usize {
        self.weights.iter().sum::<f64>() as usize
    }

    /// Whether nothing of a network was recorded in an hour.
    pub fn is_dark(&self, network: usize, slot: usize) -> bool {
        self.dark[network].iter().any(|(a, b)| (*a..*b).contains(&slot))
    }

    /// Number of hours, the last perhaps broken.
    pub fn slots(&self) -> usize {
        self.end.ceil() as usize
    }

    /// How much of an hour lies in the window.
    pub fn length(&self, slot: usize) -> f64 {
        (self.end - slot as f64).clamp(0.0, 1.0)
    }

    /// The hour of the week of an hour since the origin, which may lie before it.
    pub fn hour_of_week(&self, slot: i64) -> usize {
        (slot + self.phase as i64).rem_euclid(168) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(times: Vec<i64>) -> Stream {
        let marks = vec![0; times.len()];
        Stream {
            times,
            marks,
            networks: 1,
            from: 1,
            until: 100 * HOUR,
            outages: vec![(0, 10 * HOUR + 5, 11 * HOUR)],
        }
    }

    #[test]
    fn equal_times_are_spread_inside_the_clocks_resolution() {
        let second = 1_000_000;
        let seen =
            Observed::new(&stream(vec![5 * HOUR + second, 5 * HOUR + second, 6 * HOUR])).unwrap();
        let seconds: Vec<f64> =
            seen.times.iter().map(|at| (at * 3600.0 * 100.0).round() / 100.0).collect();
        assert_eq!(seconds, [4.0 * 3600.0 + 1.25, 4.0 * 3600.0 + 1.75, 5.0 * 3600.0 + 0.5]);
    }

    #[test]
    fn what_lies_in_an_outage_or_before_the_first_whole_hour_is_left_out() {
        let seen = Observed::new(&stream(vec![7, 10 * HOUR + 7, 12 * HOUR, 99 * HOUR])).unwrap();
        assert_eq!((seen.times.len(), seen.dark[0].clone()), (2, vec![(9, 10)]));
        // 1970-01-01T01:00 was a Thursday.
        assert_eq!((seen.hour_of_week(0), seen.hour_of_week(-1), seen.end), (73, 72, 99.0));
    }

    #[test]
    fn a_stream_that_does_not_fit_together_is_refused() {
        assert!(Observed::new(&stream(vec![8 * HOUR, 7 * HOUR])).is_err());
        assert!(Observed::new(&Stream { marks: vec![3], ..stream(vec![HOUR]) }).is_err());
        assert!(Observed::new(&Stream { until: 5, ..stream(vec![]) }).is_err());
    }
}
