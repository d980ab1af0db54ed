//! How fast answers come across the firm's boundary, both ways.
//!
//! An answer is the first reply from the other side to a post. It counts in the window in which the post was made, if the reply is in it too. *Asked*
//! are the posts that were turned to the other side; of them some wait still. Answers of a side are told where at least
//! as many people gave them as a team must have to be shown ([`crate::teams`]).

use crate::error::Result;
use crate::scope::Focus;
use crate::teams::Teams;
use influence::definition::Side;
use influence::orders::End;
use ledger::Between;
use model::{Interaction, Time, Visibility, keys};
use std::collections::{BTreeMap, BTreeSet};

/// Answers both ways.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Answers {
    /// To posts of the outside and the edge, by people inside.
    pub by_people: Option<Waited>,
    /// The same, by the logo.
    pub by_house: Option<Waited>,
    /// The same, by help desks and bots.
    pub by_systems: Option<Waited>,
    /// To posts of the inside, by people outside and at the edge.
    pub by_outside: Option<Waited>,
    /// Posts of the outside and the edge that were turned to the inside.
    pub asked: usize,
    /// Those of them that got an answer.
    pub answered: usize,
}

/// How long answers took.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Waited {
    /// How many there were.
    pub answers: usize,
    /// Hours within which half came.
    pub median_hours: f64,
    /// Hours within which nine of ten came.
    pub tenth_hours: f64,
}

impl Waited {
    /// Of times in microseconds; nothing without any.
    fn of(mut times: Vec<i64>) -> Option<Waited> {
        times.sort_unstable();
        const HOUR: f64 = 3.6e9;
        // The least time within which such a share came.
        let within = |tenths: usize| {
            let place = (times.len() * tenths).div_ceil(10).max(1) - 1;
            times.get(place).map(|time| *time as f64 / HOUR)
        };
        Some(Waited { answers: times.len(), median_hours: within(5)?, tenth_hours: within(9)? })
    }
}

/// A post that could be answered.
struct Post {
    at: Time,
    author: u64,
    inside: bool,
    /// Whether it was turned to the other side.
    asks: bool,
}

/// A reply to a post.
struct Reply {
    at: Time,
    post: u64,
    by: End,
    person: u64,
}

/// The answers in a window; nothing where nobody answered anybody across.
pub(crate) fn answers(focus: &Focus<'_>) -> Result<Option<Answers>> {
    let Focus { reading, firm, sides, disclosure, from, as_of: to } = focus;
    let (from, to) = (*from, *to);
    let mut posts: BTreeMap<u64, Post> = BTreeMap::new();
    let mut replies: Vec<Reply> = Vec::new();
    let between =
        Between { targets: None, actors: None, from: Some(from), until: to, stored: false };
    reading.view.each_interaction(&between, &mut |row: &Interaction<'_>| {
        let publishes =
            matches!(row.verb, "post" | "reply" | "quote" | "mention" | "answer" | "message");
        let Some(object) =
            row.object.filter(|_| publishes && row.visibility != Visibility::Private)
        else {
            return Ok(());
        };
        let person = |id: &str| sides.person((keys::account(row.network, id) >> 64) as u64);
        let actor = person(row.actor);
        let target = row.target.map(person);
        if disclosure.refuses(actor, crate::teams::PURPOSE) {
            return Ok(());
        }
        let by = sides.end(actor, row.at);
        let turned = match target {
            Some(target) => is_inside(sides.end(target, row.at)) != is_inside(by),
            // A question in one of the firm's places is put to the firm.
            None => !is_inside(by) && firm.is_place(row.network, row.url, row.object),
        };
        let key = keys::post(row.network, object);
        // Of several who publish one object the first is its author; rows come in no particular order.
        let (at, inside) = (row.at, is_inside(by));
        let post = posts.entry(key).or_insert(Post { at, author: actor, inside, asks: false });
        if (at, actor) < (post.at, post.author) {
            (post.at, post.author, post.inside) = (at, actor, inside);
        }
        post.asks |= turned;
        if let Some(parent) = row.in_reply_to {
            replies.push(Reply {
                at: row.at,
                post: keys::post(row.network, parent),
                by,
                person: actor,
            });
        }
        Ok(())
    })?;
    // The first reply from the other side holds; rows come in no particular order.
    let mut first: BTreeMap<u64, &Reply> = BTreeMap::new();
    for reply in &replies {
        let across = |post: &&Post| post.inside != is_inside(reply.by) && post.at <= reply.at;
        if posts.get(&reply.post).filter(across).is_some() {
            let held = first.entry(reply.post).or_insert(reply);
            if (reply.at, reply.person) < (held.at, held.person) {
                *held = reply;
            }
        }
    }
    let asks = |key: &u64| posts.get(key).is_some_and(|post| post.asks && !post.inside);
    let teams = Teams::new(firm, disclosure);
    let of = |by: fn(End) -> bool, people: bool| -> Option<Waited> {
        let mine = || first.iter().filter(|(_, reply)| by(reply.by));
        let who: BTreeSet<u64> = mine().map(|(_, reply)| reply.person).collect();
        if people && !teams.may_show(who.iter().copied()) {
            return None;
        }
        let waited = |(key, reply): (&u64, &&Reply)| Some(reply.at.0 - posts.get(key)?.at.0);
        Waited::of(mine().filter_map(waited).collect())
    };
    let answers = Answers {
        by_people: of(|end| end == End::Person(Side::Inside), true),
        by_house: of(|end| end == End::House, false),
        by_systems: of(|end| end == End::System, false),
        by_outside: of(|end| !is_inside(end), true),
        asked: posts.keys().filter(|key| asks(key)).count(),
        answered: first.keys().filter(|key| asks(key)).count(),
    };
    Ok((answers.asked > 0 || !first.is_empty()).then_some(answers))
}

fn is_inside(end: End) -> bool {
    !matches!(end, End::Person(Side::Edge | Side::Outside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_and_nine_of_ten_came_within_their_times() {
        let hours = |n: i64| n * 3_600_000_000;
        let waited = Waited::of((1..=10).rev().map(hours).collect()).unwrap();
        assert_eq!(waited, Waited { answers: 10, median_hours: 5.0, tenth_hours: 9.0 });
        let one = Waited::of(vec![hours(7)]).unwrap();
        assert_eq!((one.median_hours, one.tenth_hours), (7.0, 7.0));
        assert_eq!(Waited::of(Vec::new()), None);
    }
}
