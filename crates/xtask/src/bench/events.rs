//! Events to ingest: native NDJSON of about 420 bytes a line, each a function of (seed, number of the line).
//!
//! At least a million accounts; actors spread evenly, targets as the cube of a uniform number, so that a few are
//! famous; texts of common words; all within 120 days. In every hundred lines one repeats an earlier line, byte for byte.

use anyhow::{Context, Result, ensure};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Events {
    /// Lines.
    pub rows: u64,
    /// Of everything random.
    pub seed: u64,
    /// Whether one line in a hundred repeats an earlier one.
    pub doubles: bool,
}

const VERBS: [&str; 8] =
    ["reshare", "reply", "mention", "like", "reshare", "quote", "like", "reply"];
const START: u64 = 1_767_225_600; // 2026-01-01T00:00:00Z
const SPAN: u64 = 120 * 86_400;
const WORDS: [&str; 32] = [
    "people", "always", "thanks", "release", "question", "works", "again", "project", "the", "for",
    "with", "really", "today", "please", "because", "better", "morning", "weekend", "nothing",
    "to", "of", "and", "is", "on", "report", "answer", "meeting", "network", "customer", "support",
    "helpful", "version",
];

impl Events {
    /// Accounts that occur, at most.
    pub fn accounts(&self) -> u64 {
        (self.rows / 5).max(1_000_000)
    }

    /// Lines with content of their own.
    pub fn distinct(&self) -> u64 {
        (0..self.rows).filter(|line| self.origin(*line) == *line).count() as u64
    }

    /// Writes the file, unless a whole one is there already. A name that ends in `.zst` is compressed, by Debian's `zstd`.
    pub fn write(&self, path: &Path) -> Result<()> {
        if path.is_file() {
            return Ok(());
        }
        let part = path.with_extension("part");
        let file = std::fs::File::create(&part)
            .with_context(|| format!("cannot create {}", part.display()))?;
        if path.extension().is_some_and(|extension| extension == "zst") {
            let mut zstd = Command::new("zstd")
                .args(["-q", "-1"])
                .stdin(Stdio::piped())
                .stdout(file)
                .spawn()
                .context("cannot run zstd; install the Debian package zstd")?;
            self.lines(zstd.stdin.take().context("zstd takes no input")?)?;
            ensure!(zstd.wait()?.success(), "zstd failed on {}", part.display());
        } else {
            self.lines(file)?;
        }
        std::fs::rename(&part, path).with_context(|| format!("cannot name {}", path.display()))
    }

    fn lines(&self, to: impl Write) -> Result<()> {
        let mut out = BufWriter::with_capacity(1 << 20, to);
        let mut line = Vec::with_capacity(512);
        for number in 0..self.rows {
            line.clear();
            self.line(number, &mut line)?;
            out.write_all(&line)?;
        }
        out.into_inner().map_err(|error| error.into_error())?;
        Ok(())
    }

    /// The line whose content stands at `line`: itself, or an earlier one that it repeats.
    fn origin(&self, line: u64) -> u64 {
        if !self.doubles || line % 100 != 99 {
            return line;
        }
        let back = Random::new(self.seed ^ 0xd0b1, line).below(line);
        // A line that repeats is not repeated, so that one step is enough.
        back - u64::from(back % 100 == 99)
    }

    /// Who acts in a line, as `network:id`.
    pub fn actor(&self, line: u64) -> String {
        let actor = Random::new(self.seed, self.origin(line)).below(self.accounts());
        format!("example:user-{actor:08}")
    }

    fn line(&self, line: u64, out: &mut Vec<u8>) -> Result<()> {
        let number = self.origin(line);
        let mut random = Random::new(self.seed, number);
        let accounts = self.accounts();
        let actor = random.below(accounts);
        let famous = random.unit();
        let mut target = (famous * famous * famous * accounts as f64) as u64;
        if target == actor {
            target = (target + 1) % accounts;
        }
        let verb = VERBS[random.below(8) as usize];
        // Time runs with the lines, as in an archive, but for some minutes of disorder.
        let at = START + number * SPAN / self.rows.max(1) + random.below(600);
        let post = random.next() >> 16;
        write!(
            out,
            "{{\"id\":\"e{number:011}\",\"at\":\"{}\",\"network\":\"example\",\"verb\":\"{verb}\",\"actor\":\"user-{actor:08}\",\"target\":\"user-{target:08}\"",
            Civil(at)
        )?;
        match verb {
            "reply" | "quote" => write!(
                out,
                ",\"object\":\"p{post:012x}\",\"in_reply_to\":\"p{:012x}\"",
                random.next() >> 16
            )?,
            _ => write!(out, ",\"object\":\"p{post:012x}\"")?,
        }
        out.extend_from_slice(b",\"text\":\"");
        let end = out.len() + 115 + random.below(60) as usize;
        while out.len() < end {
            out.extend_from_slice(WORDS[random.below(32) as usize].as_bytes());
            out.push(b' ');
        }
        writeln!(
            out,
            "\",\"lang\":\"en\",\"url\":\"https://example.org/posts/p{post:012x}\",\"weight\":1,\"visibility\":\"public\"}}"
        )?;
        Ok(())
    }
}

/// Unix seconds, written as RFC 3339 in UTC.
pub struct Civil(pub u64);

impl std::fmt::Display for Civil {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Civil date from days, after Hinnant; eras of 400 years that begin in March.
        let days = self.0 / 86_400 + 719_468;
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        let (hour, minute, second) = (self.0 / 3_600 % 24, self.0 / 60 % 60, self.0 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// SplitMix64, started from a hash of (seed, stream).
pub struct Random(u64);

impl Random {
    /// A sequence of its own for each pair.
    pub fn new(seed: u64, stream: u64) -> Random {
        let mut random = Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ stream);
        random.0 = random.next();
        random
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 where `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    /// A number in [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(events: Events) -> String {
        let mut out = Vec::new();
        for line in 0..events.rows {
            events.line(line, &mut out).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_are_json_of_about_420_bytes_and_the_same_for_the_same_seed() {
        let events = Events { rows: 1000, seed: 1, doubles: true };
        let all = text(events);
        for line in all.lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_ne!(value["actor"], value["target"]);
        }
        let mean = all.len() / 1000;
        assert!((400..=440).contains(&mean), "{mean}");
        assert_eq!(all, text(events));
        assert_ne!(all, text(Events { seed: 2, ..events }));
    }

    #[test]
    fn one_line_in_a_hundred_repeats_an_earlier_one() {
        let events = Events { rows: 1000, seed: 1, doubles: true };
        let all = text(events);
        let mut lines: Vec<_> = all.lines().collect();
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines.len(), 990);
        assert_eq!(events.distinct(), 990);
        assert_eq!(Events { doubles: false, ..events }.distinct(), 1000);
    }

    #[test]
    fn dates_are_civil() {
        for (seconds, date) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (START, "2026-01-01T00:00:00Z"),
        ] {
            assert_eq!(Civil(seconds).to_string(), date);
        }
    }
}
