//! Counters for Prometheus, and the log of requests. Neither names a person, an account or a key's text.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tertius::{Error, ErrorKind, Result};

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

#[derive(Default)]
struct Route {
    /// By hundreds of the status.
    answers: [AtomicU64; 6],
    buckets: [AtomicU64; BUCKETS.len() + 1],
    microseconds: AtomicU64,
}

/// What was counted since the start.
pub struct Metrics {
    routes: [Route; ROUTES.len()],
    log: Option<Log>,
}

struct Log {
    file: Mutex<File>,
    lines: Mutex<Vec<u8>>,
}

/// Lines that wait are written beyond this, also between two seconds.
const WAITING: usize = 1 << 20;

impl Metrics {
    /// With a log of requests, which is appended to.
    pub fn open(log: Option<&Path>) -> Result<Metrics> {
        let open = |path: &Path| -> Result<Log> {
            let file = File::options().create(true).append(true).open(path).map_err(|error| {
                Error::new(ErrorKind::Io, format!("cannot write {}: {error}", path.display()))
            })?;
            Ok(Log { file: Mutex::new(file), lines: Mutex::default() })
        };
        Ok(Metrics { routes: Default::default(), log: log.map(open).transpose()? })
    }

    /// Counts an answer.
    pub fn answered(
        &self,
        route: &'static str,
        status: u16,
        took: Duration,
        request: &str,
        key: &str,
    ) {
        let place = ROUTES.iter().position(|known| *known == route).unwrap_or(ROUTES.len() - 1);
        let counted = &self.routes[place];
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS.iter().position(|end| micros <= *end).unwrap_or(BUCKETS.len());
        counted.answers[usize::from(status / 100).min(5)].fetch_add(1, Ordering::Relaxed);
        counted.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        counted.microseconds.fetch_add(micros, Ordering::Relaxed);
        if let Some(log) = &self.log {
            let at = tertius::Time::now();
            let line = format!(
                "{{\"at\":\"{at}\",\"request\":\"{request}\",\"route\":\"{route}\",\"status\":{status},\"us\":{micros},\"key\":\"{key}\"}}\n"
            );
            let mut lines = log.lines.lock().unwrap_or_else(PoisonError::into_inner);
            lines.extend_from_slice(line.as_bytes());
            if lines.len() > WAITING {
                let full = std::mem::take(&mut *lines);
                drop(lines);
                log.write(&full);
            }
        }
    }

    /// Writes the lines that wait.
    pub fn flush(&self) {
        if let Some(log) = &self.log {
            let waiting =
                std::mem::take(&mut *log.lines.lock().unwrap_or_else(PoisonError::into_inner));
            log.write(&waiting);
        }
    }

    /// In the text format of Prometheus.
    pub fn text(&self) -> String {
        let mut out = String::from("# TYPE tertius_answers counter\n");
        for (name, route) in ROUTES.iter().zip(&self.routes) {
            for (class, count) in route.answers.iter().enumerate().skip(1) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let _ = writeln!(
                        out,
                        "tertius_answers{{route=\"{name}\",status=\"{class}xx\"}} {count}"
                    );
                }
            }
        }
        out.push_str("# TYPE tertius_answer_seconds histogram\n");
        for (name, route) in ROUTES.iter().zip(&self.routes) {
            let mut sum = 0;
            for (place, count) in route.buckets.iter().enumerate() {
                sum += count.load(Ordering::Relaxed);
                let end = BUCKETS
                    .get(place)
                    .map_or("+Inf".to_owned(), |end| (*end as f64 / 1e6).to_string());
                let _ = writeln!(
                    out,
                    "tertius_answer_seconds_bucket{{route=\"{name}\",le=\"{end}\"}} {sum}"
                );
            }
            let seconds = route.microseconds.load(Ordering::Relaxed) as f64 / 1e6;
            let _ = writeln!(out, "tertius_answer_seconds_sum{{route=\"{name}\"}} {seconds}");
            let _ = writeln!(out, "tertius_answer_seconds_count{{route=\"{name}\"}} {sum}");
        }
        out
    }
}

impl Log {
    fn write(&self, lines: &[u8]) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = file.write_all(lines) {
            log::error!("the log of requests can't be written: {error}");
        }
    }
}
