//! Counters for Prometheus, and the log of requests. Neither names a person, an account or a key's text.

use crate::shards::Shards;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tertius::{Error, ErrorKind, Result, SECOND, Time};

/// Upper ends of the buckets of answering times, in microseconds.
const BUCKETS: [u64; 8] = [50, 100, 250, 1_000, 5_000, 25_000, 100_000, 1_000_000];

/// The routes that are counted apart; every other one is `other`.
pub const ROUTES: [&str; 16] = [
    "scores",
    "lookup",
    "person",
    "explanation",
    "definitions",
    "rank",
    "reports",
    "interactions",
    "changes",
    "sandbox",
    "api",
    "klout v2",
    "klout v1",
    "health",
    "pages",
    "other",
];

#[derive(Clone, Copy, Default)]
struct Route {
    /// By hundreds of the status.
    answers: [u64; 6],
    buckets: [u64; BUCKETS.len() + 1],
    microseconds: u64,
}

impl Route {
    fn add(&mut self, other: &Route) {
        for (sum, more) in self.answers.iter_mut().zip(other.answers) {
            *sum += more;
        }
        for (sum, more) in self.buckets.iter_mut().zip(other.buckets) {
            *sum += more;
        }
        self.microseconds += other.microseconds;
    }
}

/// What one thread counted since the start, and its lines of the log that wait.
#[derive(Default)]
struct Counted {
    routes: [Route; ROUTES.len()],
    lines: Vec<u8>,
    clock: Clock,
}

/// Times for the log: all lines of a second begin with the same text.
#[derive(Default)]
struct Clock {
    second: Option<i64>,
    text: String,
    /// Bytes of `text` that the second says.
    whole: usize,
}

impl Clock {
    /// RFC 3339 with microseconds.
    fn text(&mut self, now: Time) -> &str {
        let (second, mut micros) = (now.0.div_euclid(SECOND), now.0.rem_euclid(SECOND));
        if self.second != Some(second) {
            self.second = Some(second);
            self.text = Time(second * SECOND).to_string();
            self.whole = self.text.trim_end_matches('Z').len();
        }
        let mut fraction = *b".000000Z";
        for digit in fraction[1..7].iter_mut().rev() {
            *digit += (micros % 10) as u8;
            micros /= 10;
        }
        self.text.truncate(self.whole);
        self.text.push_str(std::str::from_utf8(&fraction).unwrap_or_default());
        &self.text
    }
}

/// What was counted since the start.
pub struct Metrics {
    counted: Shards<Counted>,
    log: Option<Mutex<File>>,
}

/// Lines of a thread that wait are written beyond this, also between two seconds.
const WAITING: usize = 1 << 20;

impl Metrics {
    /// With a log of requests, which is appended to.
    pub fn open(log: Option<&Path>) -> Result<Metrics> {
        let open = |path: &Path| -> Result<Mutex<File>> {
            let file = File::options().create(true).append(true).open(path).map_err(|error| {
                Error::new(ErrorKind::Io, format!("cannot write {}: {error}", path.display()))
            })?;
            Ok(Mutex::new(file))
        };
        Ok(Metrics { counted: Shards::default(), log: log.map(open).transpose()? })
    }

    /// Counts an answer. Lines of a second may stand in another order than they were answered in.
    pub fn answered(
        &self,
        route: &'static str,
        status: u16,
        took: Duration,
        request: &str,
        key: &str,
    ) {
        let place = ROUTES.iter().position(|known| *known == route).unwrap_or(ROUTES.len() - 1);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS.iter().position(|end| micros <= *end).unwrap_or(BUCKETS.len());
        let mut counted = self.counted.mine();
        let counts = &mut counted.routes[place];
        counts.answers[usize::from(status / 100).min(5)] += 1;
        counts.buckets[bucket] += 1;
        counts.microseconds += micros;
        if self.log.is_none() {
            return;
        }
        let Counted { lines, clock, .. } = &mut *counted;
        let mut number = itoa::Buffer::new();
        let mut add = |pieces: &[&str]| {
            for piece in pieces {
                lines.extend_from_slice(piece.as_bytes());
            }
        };
        add(&["{\"at\":\"", clock.text(Time::now())]);
        add(&["\",\"request\":\"", request, "\",\"route\":\"", route]);
        add(&["\",\"status\":", number.format(status)]);
        add(&[",\"us\":", number.format(micros), ",\"key\":\"", key, "\"}\n"]);
        if counted.lines.len() > WAITING {
            self.write(&counted.lines);
            counted.lines.clear();
        }
    }

    /// Writes the lines that wait.
    pub fn flush(&self) {
        let mut waiting = Vec::new();
        for mut part in self.counted.each() {
            // Copied, so that its buffer does not grow anew each second.
            waiting.extend_from_slice(&part.lines);
            part.lines.clear();
        }
        self.write(&waiting);
    }

    fn write(&self, lines: &[u8]) {
        let Some(file) = self.log.as_ref().filter(|_| !lines.is_empty()) else { return };
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = file.write_all(lines) {
            log::error!("the log of requests can't be written: {error}");
        }
    }

    /// In the text format of Prometheus.
    pub fn text(&self) -> String {
        let mut routes = [Route::default(); ROUTES.len()];
        for part in self.counted.each() {
            for (sum, more) in routes.iter_mut().zip(&part.routes) {
                sum.add(more);
            }
        }
        let mut out = String::from("# TYPE tertius_answers counter\n");
        for (name, route) in ROUTES.iter().zip(&routes) {
            for (class, count) in route.answers.iter().enumerate().skip(1) {
                if *count > 0 {
                    let _ = writeln!(
                        out,
                        "tertius_answers{{route=\"{name}\",status=\"{class}xx\"}} {count}"
                    );
                }
            }
        }
        out.push_str("# TYPE tertius_answer_seconds histogram\n");
        for (name, route) in ROUTES.iter().zip(&routes) {
            let mut sum = 0;
            for (place, count) in route.buckets.iter().enumerate() {
                sum += count;
                let end = BUCKETS
                    .get(place)
                    .map_or("+Inf".to_owned(), |end| (*end as f64 / 1e6).to_string());
                let _ = writeln!(
                    out,
                    "tertius_answer_seconds_bucket{{route=\"{name}\",le=\"{end}\"}} {sum}"
                );
            }
            let seconds = route.microseconds as f64 / 1e6;
            let _ = writeln!(out, "tertius_answer_seconds_sum{{route=\"{name}\"}} {seconds}");
            let _ = writeln!(out, "tertius_answer_seconds_count{{route=\"{name}\"}} {sum}");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use tertius::Time;

    #[test]
    fn a_line_has_the_time_to_the_microsecond_also_where_the_clock_goes_back() {
        let mut clock = Clock::default();
        for (micros, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (7, "1970-01-01T00:00:00.000007Z"),
            (1_795_474_617_000_100, "2026-11-23T22:56:57.000100Z"),
            (1_795_474_617_999_999, "2026-11-23T22:56:57.999999Z"),
            (1_795_474_616_120_000, "2026-11-23T22:56:56.120000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(clock.text(Time(micros)), text);
            assert_eq!(Time::parse(text, None).unwrap(), Time(micros));
        }
    }
}
