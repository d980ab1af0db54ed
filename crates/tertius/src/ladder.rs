//! The way from customer to partner: where people outside and at the edge stand in each period, who moved, and what came before.
//!
//! | rung | in the period the person |
//! |---|---|
//! | passive | did nothing that is bound to the firm, but did so in another period of the window |
//! | engages | turned to the firm, asked or liked in its places or about it |
//! | helps | replied to another in the firm's places, in a thread that they did not begin, or had an answer taken |
//! | advocates | spoke of the firm to others, vouched for it, reviewed it or came through it |
//! | contributes | contributed to the firm's work or put somebody on a shared list |
//!
//! The highest counts. A *climb* is a higher rung in the next period. What **preceded** it is what happened to somebody in the period before, beside how often it happened to those who
//! stood on the same rungs and did not climb: their shares are weighted by the rungs that climbers came from. How much somebody did is no part of the comparison, because whoever
//! is answered does more for it: thanks, or takes the answer.
//!
//! Public and community exchanges alone; whoever refuses, the logo and systems are in none of it. A reader from outside is named only those who climbed by
//! public exchange alone, or agreed. Memory: 24 bytes a person and period, and 32 a post.

use crate::disclosure::Named;
use crate::engaged::{Deed, Row, read};
use crate::error::{Error, ErrorKind, Result};
use crate::scope::{Focus, Scope};
use crate::workspace::Workspace;
use influence::definition::Side;
use influence::orders::{End, Order};
use model::time::{DAY, SECOND};
use model::{Span, Time, Visibility};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// The rungs, lowest first.
pub const RUNGS: [&str; 5] = ["passive", "engages", "helps", "advocates", "contributes"];
/// What it is for: whoever withdrew consent for it is left out.
const PURPOSE: &str = "community";

/// What to report on.
#[derive(Clone, Debug)]
pub struct Options {
    /// The firm and the window.
    pub scope: Scope,
    /// Length of a period.
    pub period: Span,
    /// People named at most.
    pub limit: usize,
}

impl Default for Options {
    fn default() -> Options {
        let scope = Scope { window: 360 * DAY, ..Scope::default() };
        Options { scope, period: 90 * DAY, limit: 20 }
    }
}

/// The report.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Ladder {
    /// The firm; empty where the workspace has none.
    pub firm: String,
    /// Up to when.
    pub as_of: Time,
    /// The rungs, in the order of all that follows.
    pub rungs: [&'static str; 5],
    /// Where people stood, the oldest period first.
    pub periods: Vec<Standing>,
    /// Who moved from each period to the next.
    pub movements: Vec<Movement>,
    /// Climbs in all.
    pub climbs: u64,
    /// What came before them.
    pub preceded: Vec<Preceded>,
    /// Whoever stands higher than where they began: the highest rung first, then who did most for it.
    pub climbers: Vec<Climber>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// Where people stood in a period.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Standing {
    /// Later than this.
    pub from: Time,
    /// Up to this.
    pub to: Time,
    /// By rung.
    pub people: [u64; 5],
}

/// Moves from one period to the next.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Movement {
    /// When the one ends and the other begins.
    pub at: Time,
    /// By the rung before, then by the rung after.
    pub people: [[u64; 5]; 5],
}

/// Something that happened in the period before.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Preceded {
    /// What.
    pub what: &'static str,
    /// Share of those who climbed to whom it happened.
    pub climbed: f64,
    /// Share of those on the same rungs who did not climb.
    pub others: f64,
    /// How many times as often; nothing where it happened to nobody else.
    pub times: Option<f64>,
}

/// Somebody who climbed.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Climber {
    /// The person.
    #[serde(flatten)]
    pub person: Named,
    /// The first period's rung.
    pub from: &'static str,
    /// The last period's.
    pub to: &'static str,
    /// How often they did what that rung asks for, in the last period: once may be by the way.
    pub times: u32,
}

/// What can come before a climb.
const BEFORE: [&str; 5] = [
    "somebody inside replied or wrote to them",
    "another customer or partner replied to them",
    "their answer was taken",
    "somebody liked or passed on what they said",
    "they did five things or more",
];
/// The place of the last in the list.
const BUSY: usize = BEFORE.len() - 1;

/// Periods of a report.
const MOST_PERIODS: i64 = 400;
/// Replies to replies that are followed up to the beginning of a thread.
const DEEPEST: usize = 64;

/// One person in one period.
#[derive(Clone, Copy, Default)]
struct Seen {
    rung: usize,
    /// How often they did what the rung asks for.
    times: u32,
    before: [bool; BEFORE.len()],
    deeds: u32,
    /// Anything of it was not public.
    shared: bool,
}

impl Seen {
    /// Did what a rung asks for.
    fn stands(&mut self, rung: usize) {
        if rung > self.rung {
            (self.rung, self.times) = (rung, 0);
        }
        self.times += u32::from(rung == self.rung);
    }
}

impl Workspace {
    /// The way from customer to partner.
    ///
    /// Fails with `NotFound` where nothing is stored, and with `Usage` on a firm's file with faults or more than 400 periods.
    pub fn ladder(&self, options: &Options) -> Result<Ladder> {
        let period = options.period.max(SECOND);
        if options.scope.window / period > MOST_PERIODS {
            let message = format!(
                "the window has {} periods, and {MOST_PERIODS} can be shown; choose a longer --period or a shorter --window",
                options.scope.window / period
            );
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let reading = self.reading()?;
        let focus = reading.focus(&options.scope)?;
        let (rows, _, threads) = read(&focus)?;
        let Focus { firm, as_of, disclosure, sides, .. } = focus;
        let begun = Begun::new(&rows);
        let refuses = disclosure.refusal(PURPOSE);
        let first = rows.first().map_or(as_of, |row| row.at);
        // A period of which the beginning was not recorded would show people lower than they stood.
        let whole =
            |k: i64| as_of.0.saturating_sub(k * period).saturating_add(period / 10) >= first.0;
        let count = (1..=options.scope.window / period).take_while(|k| whole(*k)).count();
        let begin = |k: usize| Time(as_of.0.saturating_sub((count - k) as i64 * period));
        let mut people: BTreeMap<u64, Vec<Seen>> = BTreeMap::new();
        let outside = |end: End| matches!(end, End::Person(Side::Outside | Side::Edge));
        for row in
            rows.iter().filter(|row| row.visibility != Visibility::Private && row.at > begin(0))
        {
            let place = usize::try_from((row.at.0 - begin(0).0 - 1) / period).unwrap_or(0);
            if place >= count {
                continue;
            }
            let (order, ends) = row.judged(|person, at| sides.end(person, at), &threads);
            let third = matches!(order, Order::ThirdUse | Order::ThirdVoice);
            let second =
                matches!(order, Order::SecondPeople | Order::SecondHouse | Order::SecondSystem);
            if !third && !second {
                continue;
            }
            let mut seen = |person: u64, end: End, each: &mut dyn FnMut(&mut Seen)| {
                if person != 0 && outside(end) && !refuses(person) {
                    let periods =
                        people.entry(person).or_insert_with(|| vec![Seen::default(); count]);
                    periods[place].shared |= row.visibility != Visibility::Public;
                    each(&mut periods[place]);
                }
            };
            let own = match (row.deed, order) {
                (Deed::Contribute, _) => 4,
                (Deed::Vouch, _) => 3,
                (Deed::Speak, Order::ThirdVoice) => 3,
                (Deed::Reply, Order::ThirdUse) if row.target != 0 && !begun.by(row) => 2,
                _ => 1,
            };
            seen(row.actor, ends[0], &mut |seen| {
                seen.stands(own);
                seen.deeds += 1;
                seen.before[BUSY] |= seen.deeds >= 5;
            });
            seen(row.target, ends[1], &mut |seen| {
                let taken = row.deed == Deed::Answer;
                if taken {
                    seen.stands(2);
                }
                seen.before[0] |= !outside(ends[0]) && ends[0] == End::Person(Side::Inside);
                seen.before[1] |= outside(ends[0]) && row.deed == Deed::Reply;
                seen.before[2] |= taken;
                seen.before[3] |= matches!(row.deed, Deed::Like | Deed::Speak);
            });
        }
        people.retain(|_, periods| periods.iter().any(|seen| seen.rung > 0));
        let mut periods: Vec<Standing> = (0..count)
            .map(|k| Standing { from: begin(k), to: begin(k + 1), people: [0; 5] })
            .collect();
        let mut movements: Vec<Movement> =
            (1..count).map(|k| Movement { at: begin(k), people: [[0; 5]; 5] }).collect();
        for seen in people.values() {
            for (k, seen) in seen.iter().enumerate() {
                periods[k].people[seen.rung] += 1;
            }
            for (k, pair) in seen.windows(2).enumerate() {
                movements[k].people[pair[0].rung][pair[1].rung] += 1;
            }
        }
        let steps: Vec<(Seen, bool)> = people
            .values()
            .flat_map(|seen| seen.windows(2).map(|pair| (pair[0], pair[1].rung > pair[0].rung)))
            .collect();
        let rise = |seen: &[Seen]| match (seen.first(), seen.last()) {
            (Some(first), Some(last)) => {
                (last.rung as i64 - first.rung as i64, last.rung, last.times)
            }
            _ => (0, 0, 0),
        };
        let mut up: Vec<(u64, &Vec<Seen>)> = people
            .iter()
            .map(|(person, seen)| (*person, seen))
            .filter(|one| rise(one.1).0 > 0)
            .filter(|(person, seen)| {
                disclosure.has_agreed(*person) || !seen.iter().any(|seen| seen.shared)
            })
            .collect();
        up.sort_by_key(|(person, seen)| {
            let (rise, rung, times) = rise(seen);
            (Reverse((rung, times, rise)), *person)
        });
        up.truncate(options.limit);
        let ids: Vec<u64> = up.iter().map(|one| one.0).collect();
        let named = disclosure.people(&ids, PURPOSE)?;
        let climbers = named.into_iter().zip(&up).filter_map(|(named, (_, seen))| {
            let (first, last) = (seen.first()?, seen.last()?);
            let [from, to] = [first, last].map(|seen| RUNGS[seen.rung]);
            Some(Climber { person: named?, from, to, times: last.times })
        });
        let climbers = climbers.collect();
        let mut notes = Vec::new();
        if count < 2 {
            notes.push("fewer than two whole periods are stored, so nobody can have moved; choose a shorter --period".to_owned());
        }
        if people.is_empty() {
            notes.push("nobody outside or at the edge did anything that is bound to the firm in these periods, so there is nobody to place".to_owned());
        }
        if firm.places.is_empty() {
            notes.push("the firm has no places, so nobody can be seen to help others; name them in its file".to_owned());
        }
        self.looked(None, "ladder")?;
        Ok(Ladder {
            firm: firm.name,
            as_of,
            rungs: RUNGS,
            periods,
            movements,
            climbs: steps.iter().filter(|step| step.1).count() as u64,
            preceded: preceded(&steps),
            climbers,
            notes,
        })
    }
}

/// Who began each thread: what a post answers, and whose it is.
struct Begun(HashMap<u64, (u64, u64)>);

impl Begun {
    /// Of rows in order of time; the first that makes a post holds.
    fn new(rows: &[Row]) -> Begun {
        let mut posts = HashMap::new();
        for row in rows.iter().filter(|row| row.object != 0) {
            if row.deed == Deed::Reply || row.deed == Deed::Speak && row.target == 0 {
                posts.entry(row.object).or_insert((row.parent, row.actor));
            }
        }
        Begun(posts)
    }

    /// Whether who replies began the thread: to thank or to ask again helps nobody else.
    fn by(&self, row: &Row) -> bool {
        let mut post = row.parent;
        for _ in 0..DEEPEST {
            match self.0.get(&post) {
                Some((0, author)) => return *author == row.actor,
                Some((above, _)) => post = *above,
                None => return false,
            }
        }
        false
    }
}

/// How often each thing came before a climb, and how often to others of the same rungs.
fn preceded(steps: &[(Seen, bool)]) -> Vec<Preceded> {
    let of = |place: usize, what: &'static str| {
        // By rung: climbs, climbs after it, others, others after it.
        let mut rungs = [[0.0; 4]; RUNGS.len()];
        for (seen, up) in steps {
            let counts = &mut rungs[seen.rung];
            let kind = if *up { 0 } else { 2 };
            counts[kind] += 1.0;
            counts[kind + 1] += f64::from(u8::from(seen.before[place]));
        }
        // Where there is somebody to compare with.
        let both = |counts: &&[f64; 4]| counts[0] > 0.0 && counts[2] > 0.0;
        let sum = |of: fn(&[f64; 4]) -> f64| rungs.iter().filter(both).map(of).sum::<f64>();
        let climbs = sum(|counts| counts[0]);
        let climbed = sum(|counts| counts[1]) / climbs;
        let others = sum(|counts| counts[0] * counts[3] / counts[2]) / climbs;
        let times = (others > 0.0).then(|| climbed / others);
        (climbs > 0.0).then_some(Preceded { what, climbed, others, times })
    };
    BEFORE.iter().enumerate().filter_map(|(place, what)| of(place, what)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_stayed_are_weighted_by_the_rungs_of_those_who_climbed() {
        let seen = |rung: usize, replied: bool| {
            let mut seen = Seen { rung, ..Seen::default() };
            seen.before[0] = replied;
            seen
        };
        // On rung 1 three climb, two of them after a reply, and of four who stay one had one. On rung 2 one climbs, with; of two who stay both had.
        let steps = [
            (seen(1, true), true),
            (seen(1, true), true),
            (seen(1, false), true),
            (seen(2, true), true),
            (seen(1, true), false),
            (seen(1, false), false),
            (seen(1, false), false),
            (seen(1, false), false),
            (seen(2, true), false),
            (seen(2, true), false),
            // Nobody climbs from here, so it compares with nothing.
            (seen(3, true), false),
        ];
        let found = preceded(&steps);
        assert_eq!((found[0].climbed, found[0].others), (0.75, (3.0 * 0.25 + 1.0) / 4.0));
        assert_eq!((found[1].climbed, found[1].times), (0.0, None));
        assert!(preceded(&steps[4..]).is_empty());
    }
}
