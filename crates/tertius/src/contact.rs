//! Who inside best answers a question: whoever has answered outsiders on it, well and soon, is near to the one who asks, and has not more than their share to do.
//!
//! **Answers** are replies of people inside to posts of others than the inside, public or among members, within the window. The words of the post and of
//! the answer together are compared with the question by BM25 ([`influence::bm25`]); an answer's *fit* is its part of the best one's, and below a half it is 0, since it shares but
//! common words. An answer was *taken up* where somebody outside marked it as the answer, endorsed or liked it.
//!
//! | part | what it is, 0 to 1 |
//! |---|---|
//! | knowledge | `(T + 4 p) / (E + 4)`: E the sum of the fits of one's answers, T of those taken up. With few answers on it, it is near `p = (t + 4 q) / (n + 4)`, with t taken up of all the n answers that one gave to outsiders on anything, and q that share of everybody |
//! | speed | `1 / (1 + h / 24)`, h the median hours from post to answer, of the answers that fit |
//! | nearness | warmth of the warmest chain of at most three steps to whoever asks ([`crate::acquaintances`]); 0 if nobody is named |
//! | share | `1 / (1 + max(0, r / m - 1) / 4)`: r answers in the last seven days, m the mean of those who have an answer that fits |
//!
//! The score is `knowledge x (0.6 + 0.2 speed + 0.2 nearness) x share`; equal ones go by person. Whoever has no answer that fits is not listed.
//!
//! Only people who agreed to the purpose [`PURPOSE`] by its name are listed or looked at. Rows come in no order, so each is read for what it says
//! by itself. Memory: about 150 bytes for each answer of theirs.

use crate::acquaintances::{Acquaintances, PURPOSE as SALES};
use crate::disclosure::{Disclosure, Named};
use crate::error::{Error, ErrorKind, Result};
use crate::firm::Sides;
use crate::scope::{Focus, Scope};
use crate::workspace::{Reading, Workspace};
use influence::bm25::{Counts, Query};
use influence::definition::Side;
use influence::orders::End;
use ledger::Between;
use model::time::DAY;
use model::{Interaction, Time, Visibility, keys};
use std::collections::{BTreeMap, HashMap};

/// What people agree to who let themselves be found as somebody to turn to.
pub const PURPOSE: &str = "contact";

/// Part of the best fit below which an answer shares but common words with the question.
const COMMON: f64 = 0.5;
/// So many answers are worth as much as what is known of one's others, and of everybody's.
const FEW: f64 = 4.0;
/// What counts as lately, for sharing the load.
const LATELY: i64 = 7 * DAY;
const HOUR: f64 = 3.6e9;

/// What to look for.
#[derive(Clone, Debug)]
pub struct Options {
    /// The firm and the window.
    pub scope: Scope,
    /// Whoever asks, `network:id`, so that nearness counts.
    pub from: Option<String>,
    /// At most so many.
    pub limit: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options { scope: Scope::default(), from: None, limit: 3 }
    }
}

/// Whom to turn to.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Contact {
    /// The words that were looked for.
    pub words: Vec<String>,
    /// Later than this.
    pub from: Time,
    /// Up to this.
    pub as_of: Time,
    /// The best first.
    pub people: Vec<Suggestion>,
    /// People inside who agreed to be found.
    pub agreed: usize,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// Somebody to turn to.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Suggestion {
    /// The person.
    #[serde(flatten)]
    pub person: Named,
    /// 0 to 1.
    pub score: f64,
    /// 0 to 1.
    pub knowledge: f64,
    /// 0 to 1.
    pub speed: f64,
    /// 0 to 1; nothing if it was not said who asks.
    pub nearness: Option<f64>,
    /// 0 to 1, 1 for whoever has no more than their share.
    pub share: f64,
    /// Answers to outsiders on it.
    pub answers: usize,
    /// Those of them that were taken up.
    pub taken_up: usize,
    /// Hours from post to answer, half of them less.
    pub median_hours: f64,
    /// Answers to outsiders on anything in the last seven days.
    pub lately: usize,
}

/// An answer of somebody who agreed.
struct Answer {
    person: u64,
    at: Time,
    post: u64,
    counts: Counts,
    taken_up: bool,
}

/// A post that they answered.
struct Asked {
    at: Time,
    author: u64,
    outside: bool,
    counts: Counts,
}

impl Workspace {
    /// Who best answers a question.
    ///
    /// Fails with `Usage` on a question without words, `NotFound` where nothing is stored or whoever asks is unknown, and `Refused` where they refuse.
    pub fn contact_for(&self, text: &str, options: &Options) -> Result<Contact> {
        let query = Query::new(text).ok_or_else(|| {
            let message = "the question has no words; say what it is about, such as \"how do I reset the boiler\"";
            Error::new(ErrorKind::Usage, message)
        })?;
        let reading = self.reading()?;
        let Focus { from, as_of, disclosure, sides, .. } = reading.focus(&options.scope)?;
        let asks = match &options.from {
            Some(from) => Some(disclosure.resolve(from)?),
            None => None,
        };
        let mut agreed = sides.inside(as_of);
        agreed
            .retain(|person| disclosure.agrees_exactly(*person, PURPOSE) && Some(*person) != asks);
        let found =
            Search { reading: &reading, sides: &sides, disclosure: &disclosure, query: &query };
        let answers = found.answers(&agreed, from, as_of)?;
        let mut parts = judged(&answers, as_of);
        if let (Some(asks), false) = (asks, parts.is_empty()) {
            let near = Acquaintances::new(&reading, &options.scope)?;
            let people: Vec<u64> = parts.keys().copied().collect();
            let paths = near.warmest(&near.numbers(&people), &near.numbers(&[asks]), 3)?;
            for path in &paths {
                let first = path.vertices.first().map(|v| near.person(*v));
                if let Some(part) = first.and_then(|person| parts.get_mut(&person)) {
                    part.nearness = path.warmth;
                }
            }
        }
        let mean =
            parts.values().map(|part| part.lately as f64).sum::<f64>() / parts.len().max(1) as f64;
        let mut ranked: Vec<(f64, f64, u64, &Parts)> = parts
            .iter()
            .map(|(person, part)| {
                let share = share(part.lately, mean);
                let how = 0.6 + 0.2 * part.speed() + 0.2 * part.nearness;
                (part.knowledge * how * share, share, *person, part)
            })
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)));
        let mut people = Vec::new();
        for (score, share, person, part) in ranked.into_iter().take(options.limit) {
            // Whoever agreed and withdrew from another use is still shown only as all rules allow.
            let Some(named) = disclosure.person_for(person, &[PURPOSE, SALES])? else { continue };
            people.push(Suggestion {
                person: named,
                score,
                knowledge: part.knowledge,
                speed: part.speed(),
                nearness: asks.map(|_| part.nearness),
                share,
                answers: part.answers,
                taken_up: part.taken_up,
                median_hours: part.hours,
                lately: part.lately,
            });
        }
        let mut notes = Vec::new();
        if agreed.is_empty() {
            notes.push(format!(
                "nobody inside agreed to be found; people do with the consent given:{PURPOSE}"
            ));
        } else if people.is_empty() {
            notes.push("nobody who agreed has answered outsiders on this in the window; say it in other words, or look further back with --window".to_owned());
        }
        self.looked(None, "contact")?;
        let words = query.words().to_vec();
        Ok(Contact { words, from, as_of, people, agreed: agreed.len(), notes })
    }
}

/// What somebody's answers come to.
#[derive(Default)]
struct Parts {
    knowledge: f64,
    nearness: f64,
    answers: usize,
    taken_up: usize,
    hours: f64,
    lately: usize,
}

impl Parts {
    fn speed(&self) -> f64 {
        1.0 / (1.0 + self.hours / 24.0)
    }
}

fn share(lately: usize, mean: f64) -> f64 {
    let more = if mean > 0.0 { lately as f64 / mean - 1.0 } else { 0.0 };
    1.0 / (1.0 + more.max(0.0) / 4.0)
}

/// What each of those who answered something on the question comes to.
fn judged(answers: &[(Answer, f64, i64)], as_of: Time) -> BTreeMap<u64, Parts> {
    let best = answers.iter().map(|(_, fit, _)| *fit).fold(0.0, f64::max);
    let part_of_best = |fit: f64| if fit > 0.0 && fit >= COMMON * best { fit / best } else { 0.0 };
    let taken = answers.iter().filter(|(answer, ..)| answer.taken_up).count();
    let usual = taken as f64 / answers.len().max(1) as f64;
    let mut sums: BTreeMap<u64, Sums> = BTreeMap::new();
    for (answer, fit, waited) in answers {
        let sum = sums.entry(answer.person).or_default();
        let (fit, up) = (part_of_best(*fit), f64::from(u8::from(answer.taken_up)));
        sum.all[0] += 1.0;
        sum.all[1] += up;
        sum.fitting[0] += fit;
        sum.fitting[1] += fit * up;
        sum.parts.lately += usize::from(answer.at.0 > as_of.0.saturating_sub(LATELY));
        if fit > 0.0 {
            sum.parts.answers += 1;
            sum.parts.taken_up += usize::from(answer.taken_up);
            sum.waited.push(*waited);
        }
    }
    let listed = sums.into_iter().filter(|(_, sum)| !sum.waited.is_empty());
    let judge = |(person, mut sum): (u64, Sums)| {
        sum.waited.sort_unstable();
        let hours = sum.waited[(sum.waited.len() - 1) / 2] as f64 / HOUR;
        let own = (sum.all[1] + FEW * usual) / (sum.all[0] + FEW);
        let knowledge = (sum.fitting[1] + FEW * own) / (sum.fitting[0] + FEW);
        (person, Parts { knowledge, hours, ..sum.parts })
    };
    listed.map(judge).collect()
}

/// What is summed over somebody's answers.
#[derive(Default)]
struct Sums {
    parts: Parts,
    /// Answers to outsiders, and those taken up.
    all: [f64; 2],
    /// Fits, and those of answers taken up.
    fitting: [f64; 2],
    /// Microseconds from post to answer, of those that fit.
    waited: Vec<i64>,
}

/// Where answers are looked for.
struct Search<'a> {
    reading: &'a Reading,
    sides: &'a Sides<'a>,
    disclosure: &'a Disclosure<'a>,
    query: &'a Query,
}

impl Search<'_> {
    /// The answers of these people, with their fit and how long each took.
    fn answers(&self, people: &[u64], from: Time, to: Time) -> Result<Vec<(Answer, f64, i64)>> {
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let publishes = |verb: &str| {
            matches!(verb, "post" | "reply" | "quote" | "mention" | "answer" | "message")
        };
        let person = |row: &Interaction<'_>, id: &str| {
            self.sides.person((keys::account(row.network, id) >> 64) as u64)
        };
        let post = |row: &Interaction<'_>, id: &str| keys::post(row.network, id);
        let between =
            Between { targets: None, actors: None, from: Some(from), until: to, stored: false };
        // Of one post by its first row: several rows may tell of it.
        let mut answers: HashMap<u64, Answer> = HashMap::new();
        self.reading.view.each_interaction(&between, &mut |row: &Interaction<'_>| {
            let (Some(object), Some(parent)) = (row.object, row.in_reply_to) else { return Ok(()) };
            if row.visibility == Visibility::Private || !publishes(row.verb) {
                return Ok(());
            }
            let by = person(row, row.actor);
            if people.binary_search(&by).is_err()
                || self.sides.end(by, row.at) != End::Person(Side::Inside)
            {
                return Ok(());
            }
            let (at, parent) = (row.at, post(row, parent));
            let mut counts = Counts::default();
            self.query.count(row.text.unwrap_or_default(), &mut counts);
            let new = Answer { person: by, at, post: parent, counts, taken_up: false };
            match answers.get_mut(&post(row, object)) {
                Some(held) if (held.at, held.person, held.post) <= (at, by, parent) => {}
                Some(held) => *held = new,
                None => _ = answers.insert(post(row, object), new),
            }
            Ok(())
        })?;
        let mut asked: HashMap<u64, Asked> = HashMap::new();
        let wanted: std::collections::HashSet<u64> =
            answers.values().map(|answer| answer.post).collect();
        let before = Between { from: None, ..between };
        self.reading.view.each_interaction(&before, &mut |row: &Interaction<'_>| {
            let Some(object) = row.object.filter(|_| row.visibility != Visibility::Private) else {
                return Ok(());
            };
            let key = post(row, object);
            let by = person(row, row.actor);
            let outside =
                matches!(self.sides.end(by, row.at), End::Person(Side::Outside | Side::Edge));
            if matches!(row.verb, "answer" | "like" | "endorse")
                && outside
                && let Some(answer) = answers.get_mut(&key)
            {
                answer.taken_up = true;
            }
            if publishes(row.verb) && row.verb != "answer" && wanted.contains(&key) {
                let mut counts = Counts::default();
                self.query.count(row.text.unwrap_or_default(), &mut counts);
                let new = Asked { at: row.at, author: by, outside, counts };
                match asked.get_mut(&key) {
                    Some(held) if (held.at, held.author) <= (new.at, new.author) => {}
                    Some(held) => *held = new,
                    None => _ = asked.insert(key, new),
                }
            }
            Ok(())
        })?;
        let mut found: Vec<(Answer, i64)> = Vec::new();
        let mut texts = Vec::new();
        let mut all: Vec<(u64, Answer)> = answers.into_iter().collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        for (_, answer) in all {
            let Some(question) = asked.get(&answer.post).filter(|question| question.outside) else {
                continue;
            };
            let waited = answer.at.0 - question.at.0;
            if waited < 0 || self.disclosure.refuses(question.author, "") {
                continue;
            }
            let mut counts = question.counts.clone();
            counts.add(&answer.counts);
            texts.push(counts);
            found.push((answer, waited));
        }
        let fits = self.query.fit(&texts);
        Ok(found
            .into_iter()
            .zip(fits)
            .map(|((answer, waited), fit)| (answer, fit, waited))
            .collect())
    }
}
