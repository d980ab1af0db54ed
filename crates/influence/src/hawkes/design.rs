//! What a fit holds fixed: which baseline cell each event falls into, how long each cell was seen, and where the counted time begins and ends.
//!
//! The baseline of a network is `rate(bin of the hour of the week) x (1 + surge)` in a surge of news, and 0 where the network was dark. Events before
//! the beginning of the counted time excite, and are not counted themselves.

use super::observed::Observed;

/// Into how many bins the hours of the week are put, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Week {
    /// 24: every day alike.
    Day,
    /// 48: working days and weekends.
    Workdays,
    /// 168: every hour.
    Hours,
}

impl Week {
    pub const ALL: [Week; 3] = [Week::Day, Week::Workdays, Week::Hours];

    /// Number of bins.
    pub fn bins(self) -> usize {
        match self {
            Week::Day => 24,
            Week::Workdays => 48,
            Week::Hours => 168,
        }
    }

    /// The bin of an hour of the week; 0 is Monday at midnight, UTC.
    pub fn bin(self, hour: usize) -> usize {
        match self {
            Week::Day => hour % 24,
            Week::Workdays => hour % 24 + if hour >= 120 { 24 } else { 0 },
            Week::Hours => hour,
        }
    }
}

/// Hours in which news raised the baseline: from the first to before the second.
pub(super) type Surge = (usize, usize);

/// Stands for "no surge", and for events that only excite.
pub(super) const NONE: u32 = u32::MAX;

/// A moment at which a network's recording begins (+1) or ends (-1).
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub at: f64,
    pub network: usize,
    pub sign: f64,
    /// Events before it.
    pub before: usize,
}

/// What a fit holds fixed.
#[derive(Clone, Debug)]
pub(super) struct Design {
    pub week: Week,
    pub surges: Vec<Surge>,
    /// First counted hour.
    pub start: usize,
    /// Longest mean delay in hours.
    pub reach: f64,
    /// Cell (network x bins + bin) and surge of each event; cell `NONE` before the start.
    pub cells: Vec<(u32, u32)>,
    /// Hours seen by cell: outside of surges, then in each.
    pub seen: Vec<Vec<f64>>,
    pub edges: Vec<Edge>,
    /// Counted events.
    pub counted: usize,
    /// Events of network l (first index) while network k was recorded in the counted time.
    pub while_seen: Vec<f64>,
}

impl Design {
    /// The same over other events.
    pub fn over(&self, data: &Observed) -> Design {
        Design::new(data, self.week, self.surges.clone(), self.start, self.reach)
    }

    pub fn new(
        data: &Observed,
        week: Week,
        mut surges: Vec<Surge>,
        start: usize,
        reach: f64,
    ) -> Design {
        surges.sort_unstable();
        let (bins, d) = (week.bins(), data.networks);
        let surge_of = |slot: usize| {
            surges.iter().position(|(a, b)| (*a..*b).contains(&slot)).map_or(NONE, |p| p as u32)
        };
        let cells: Vec<(u32, u32)> = data
            .times
            .iter()
            .zip(&data.marks)
            .map(|(at, mark)| {
                let slot = *at as usize;
                if slot < start {
                    return (NONE, NONE);
                }
                let bin = week.bin(data.hour_of_week(slot as i64));
                ((usize::from(*mark) * bins + bin) as u32, surge_of(slot))
            })
            .collect();
        let mut seen = vec![vec![0.0; surges.len() + 1]; d * bins];
        let mut edges = Vec::new();
        let mut while_seen = vec![0.0; d * d];
        for k in 0..d {
            for slot in start..data.slots() {
                if !data.is_dark(k, slot) {
                    let bin = week.bin(data.hour_of_week(slot as i64));
                    let surge = surge_of(slot);
                    let place = if surge == NONE { 0 } else { surge as usize + 1 };
                    seen[k * bins + bin][place] += data.length(slot);
                }
            }
            let mut from = start as f64;
            let mut add = |from: f64, until: f64| {
                if from < until {
                    let place = |at: f64| data.times.partition_point(|t| *t < at);
                    let (a, b) = (place(from), place(until));
                    edges.push(Edge { at: from, network: k, sign: 1.0, before: a });
                    edges.push(Edge { at: until, network: k, sign: -1.0, before: b });
                    for (mark, weight) in data.marks[a..b].iter().zip(&data.weights[a..b]) {
                        while_seen[usize::from(*mark) * d + k] += weight;
                    }
                }
            };
            for (a, b) in &data.dark[k] {
                add(from, *a as f64);
                from = from.max(*b as f64);
            }
            add(from, data.end);
        }
        edges.sort_by(|a, b| a.at.total_cmp(&b.at).then(a.network.cmp(&b.network)));
        let counted = cells.iter().zip(&data.weights).filter(|((cell, _), _)| *cell != NONE);
        let counted = counted.map(|(_, weight)| weight).sum::<f64>() as usize;
        Design { week, surges, start, reach, cells, seen, edges, counted, while_seen }
    }
}
