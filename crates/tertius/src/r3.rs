//! R3: whether third-order engagement sustains itself. How many further exchanges one exchange sets off, for use and for voice.
//!
//! Third order is what [`influence::orders`] says; how R3 is estimated, [`influence::hawkes`]. An event is an exchange in words or deeds: likes are none, and what one
//! post states several times (a reply that also mentions somebody) is one. Networks with fewer than [`hawkes::FEWEST`] events are counted with the largest.
//! An *outage* is a stretch in which nothing at all came from a network that else is busy: it is left out. Counts are of everything stored; nobody is named.

use crate::engaged::{Deed, Row, read};
use crate::error::Result;
use crate::scope::{Focus, Scope};
use crate::workspace::Workspace;
pub use influence::hawkes::R3;
use influence::hawkes::{self, Stream};
use influence::orders::Order;
use model::Time;
use model::time::HOUR;
use std::collections::{BTreeMap, HashSet};

/// What to report on.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which firm and window.
    pub scope: Scope,
    /// Draws of the bootstrap; without a number [`hawkes::draws`] says how many.
    pub draws: Option<usize>,
}

impl Default for Options {
    fn default() -> Options {
        let scope = Scope { window: 365 * model::time::DAY, ..Scope::default() };
        Options { scope, draws: None }
    }
}

/// The report.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Report {
    /// The firm; empty where the workspace has none.
    pub firm: String,
    /// From here on; not before anything is stored.
    pub from: Time,
    /// Up to this.
    pub as_of: Time,
    /// Customers and partners among themselves in the firm's places.
    pub r#use: Kind,
    /// Those who speak of the firm.
    pub voice: Kind,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// One kind of third order.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Kind {
    /// Exchanges in the window.
    pub exchanges: usize,
    /// Their networks, in the order of the rows and columns of `offspring`; those counted together stand in one.
    pub networks: Vec<String>,
    /// Stretches in which a network recorded nothing.
    pub outages: Vec<Outage>,
    /// What was found.
    pub r3: Option<hawkes::R3>,
    /// Why there is no value.
    pub no_value: Option<String>,
    /// Whether it sustains itself: `yes`, `perhaps`, `no`, or `not known`.
    pub self_sustaining: &'static str,
    /// The same in a sentence.
    pub words: String,
}

/// A stretch in which a network recorded nothing.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Outage {
    /// The network.
    pub network: String,
    /// Since when.
    pub from: Time,
    /// Until when.
    pub until: Time,
}

impl Workspace {
    /// R3 of use and of voice.
    ///
    /// Fails with `NotFound` where nothing is stored, and with `Usage` on a firm's file with faults.
    pub fn r3(&self, options: &Options) -> Result<Report> {
        let reading = self.reading()?;
        let focus = reading.focus(&options.scope)?;
        let (rows, names, threads) = read(&focus)?;
        let Focus { firm, as_of, sides, .. } = focus;
        let all = Heard { rows: &rows, networks: &names };
        let first = all.rows.first().map_or(as_of, |row| row.at);
        let window = [first, Time(as_of.0.saturating_add(1))];
        let outages = outages(&all, window);
        let mut events: [Vec<&Row>; 2] = Default::default();
        for row in rows.iter().filter(|row| row.deed != Deed::Like) {
            match row.judged(|person, at| sides.end(person, at), &threads).0 {
                Order::ThirdUse => events[0].push(row),
                Order::ThirdVoice => events[1].push(row),
                _ => {}
            }
        }
        let [r#use, voice] = events.map(|rows| kind(&once(rows), &all, &outages, window, options));
        let mut notes = Vec::new();
        if firm.places.is_empty() {
            notes.push(
                "the firm has no places, so no third-order use can be seen; name them in its file"
                    .to_owned(),
            );
        }
        if firm.brand == influence::firm::Brand::default() {
            notes.push("the firm has no brand words, so no third-order voice can be seen; name them in its file".to_owned());
        }
        self.looked(None, "r3")?;
        Ok(Report { firm: firm.name, from: first, as_of, r#use, voice, notes })
    }
}

/// Every exchange, and the networks that they point to.
struct Heard<'a> {
    rows: &'a [Row],
    networks: &'a [String],
}

/// Each post once, however much it states.
fn once(rows: Vec<&Row>) -> Vec<&Row> {
    let mut seen = HashSet::new();
    let new = |row: &&Row| match row.object {
        0 => seen.insert((row.actor_account, row.target, row.at.0 as u64, 0)),
        object => seen.insert((row.actor_account, 0, 0, object)),
    };
    let mut rows: Vec<&Row> = rows.into_iter().filter(new).collect();
    // Equal times are spread in the order of ids.
    rows.sort_by_key(|row| (row.at, row.id, row.actor, row.object));
    rows
}

fn kind(
    rows: &[&Row],
    all: &Heard<'_>,
    outages: &[(u16, Time, Time)],
    window: [Time; 2],
    options: &Options,
) -> Kind {
    let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(row.network).or_default() += 1;
    }
    // The largest first; of equal ones the first by name.
    let name = |network: u16| all.networks.get(usize::from(network)).cloned().unwrap_or_default();
    let mut order: Vec<(u16, usize)> = counts.into_iter().collect();
    order.sort_by_key(|(network, count)| (std::cmp::Reverse(*count), name(*network)));
    let large = order.iter().take(hawkes::MOST_NETWORKS).filter(|one| one.1 >= hawkes::FEWEST);
    let own = large.count().max(1);
    let mark = |network: u16| {
        let place = order[..own.min(order.len())].iter().position(|one| one.0 == network);
        place.unwrap_or(0) as u8
    };
    let mut networks = vec![Vec::new(); own.min(order.len())];
    for (network, _) in &order {
        networks[usize::from(mark(*network))].push(name(*network));
    }
    let mut dark: Vec<&(u16, Time, Time)> = outages
        .iter()
        .filter(|(network, ..)| order.iter().take(own).any(|one| one.0 == *network))
        .collect();
    dark.sort_by_key(|(network, from, _)| (name(*network), *from));
    let stream = Stream {
        times: rows.iter().map(|row| row.at.0).collect(),
        marks: rows.iter().map(|row| mark(row.network)).collect(),
        networks: own,
        from: window[0].0,
        until: window[1].0,
        outages: dark.iter().map(|(network, a, b)| (mark(*network), a.0, b.0)).collect(),
    };
    let wanted = hawkes::Options { draws: options.draws, ..hawkes::Options::default() };
    let found = hawkes::estimate(&stream, &wanted);
    let (self_sustaining, words) = match &found {
        Ok(r3) => (sustains(r3), in_words(r3)),
        Err(refused) => ("not known", format!("No value: {}.", refused.why())),
    };
    Kind {
        exchanges: rows.len(),
        networks: networks.into_iter().map(|names| names.join(" and ")).collect(),
        outages: dark
            .into_iter()
            .map(|(network, from, until)| Outage {
                network: name(*network),
                from: *from,
                until: *until,
            })
            .collect(),
        no_value: found.as_ref().err().map(|refused| refused.why().to_owned()),
        r3: found.ok(),
        self_sustaining,
        words,
    }
}

/// Below this the test of fit has failed.
pub const FIT: f64 = 0.05;

/// Without a passed test nothing is called self-sustaining.
fn sustains(r3: &hawkes::R3) -> &'static str {
    match r3.interval {
        _ if r3.fit_p < FIT => "not known",
        [low, _] if low >= 1.0 => "yes",
        [_, high] if high < 1.0 => "no",
        _ => "perhaps",
    }
}

fn in_words(r3: &hawkes::R3) -> String {
    let ten = |value: f64| 10.0 * value;
    let mut words = format!(
        "10 exchanges set off {:.1} more (between {:.1} and {:.1}).",
        ten(r3.value),
        ten(r3.interval[0]),
        ten(r3.interval[1])
    );
    words += match sustains(r3) {
        "yes" => " It sustains itself.",
        "perhaps" => " It may sustain itself.",
        "no" if r3.interval[1] < 0.05 => " Next to nothing of it comes about by itself.",
        "no" => " It does not sustain itself: without news from outside it would fade.",
        _ => " The test of fit failed, so this is not to be relied on.",
    };
    words
}

/// Hours of silence that are an outage at least, and how many interactions such a silence must have swallowed.
const SILENT_HOURS: usize = 12;
const SWALLOWED: f64 = 40.0;

/// Stretches of whole hours in which nothing came from a network, where its week lets many expect.
fn outages(all: &Heard<'_>, window: [Time; 2]) -> Vec<(u16, Time, Time)> {
    let origin = window[0].0.div_euclid(HOUR);
    let slots = usize::try_from(window[1].0.div_euclid(HOUR) - origin).unwrap_or(0) + 1;
    let mut found = Vec::new();
    for network in 0..all.networks.len() as u16 {
        let mut counts = vec![0u32; slots];
        for row in all.rows.iter().filter(|row| row.network == network) {
            let slot = usize::try_from(row.at.0.div_euclid(HOUR) - origin).unwrap_or(0);
            counts[slot.min(slots - 1)] += 1;
        }
        let mut week = [(0.0, 0.0); 168];
        for (slot, count) in counts.iter().enumerate() {
            let hour = (origin + slot as i64).rem_euclid(168) as usize;
            week[hour].0 += f64::from(*count);
            week[hour].1 += 1.0;
        }
        let mut slot = 0;
        while slot < slots {
            let mut end = slot;
            let mut expected = 0.0;
            while end < slots && counts[end] == 0 {
                let (count, hours) = week[(origin + end as i64).rem_euclid(168) as usize];
                expected += count / f64::max(hours, 1.0);
                end += 1;
            }
            if end - slot >= SILENT_HOURS && expected >= SWALLOWED {
                let time = |slot: usize| Time((origin + slot as i64) * HOUR);
                found.push((network, time(slot), time(end)));
            }
            slot = end.max(slot + 1);
        }
    }
    found
}
