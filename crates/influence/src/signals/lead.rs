//! `early.lead`: of what i takes up, how much is then taken up by i's community, against chance.
//!
//! An *item* is a post that somebody passed on or liked, with all quotes that go back to it. To take it up is to `reshare`,
//! `quote`, `like`, `endorse`, `share_list`, `contribute` or `attend` it, once a person, as of the first time. Whoever published an item
//! does not take it up: to make something is not to spot it. Where several people publish one object (a link, a tag, a
//! book), it is nobody's, and each of them takes it up. Replies and mentions take up nothing: their tone is unknown.
//!
//! Of n people of one community who took up an item, a did so strictly before i and b strictly after. Then
//!
//! ```text
//! d = ln((1 + b) / (1 + a)) - the mean of that over the n people
//! ```
//!
//! followers over forerunners, in logarithms as all counts of people here: the first of n has ln n, the last -ln n. What is taken
//! off is 0 unless some came at the same moment. So the d of an item add up to 0, and if every order is equally likely
//! their mean is 0 for everybody. An item that the community leaves alone has d = 0. With k items taken up,
//!
//! ```text
//! lead = sum of d / (k + c)
//! ```
//!
//! - **Mere activity does not lift.** What is taken up at random moments adds nothing to the sum. Whoever takes up everything at once
//!   is first at whatever spreads, but divides by all that does not: spotting is both to be early and to choose. Posts of
//!   one's own are no part of it, however many.
//! - **c shrinks** who has taken up little toward chance: the mean over a community's orders. It is the noise of one d over the variance
//!   between people, both by the method of moments: with V the sum of an item's mean d squared (exact under equally likely
//!   orders, equal times included), `noise = sum V / sum k`, `between = sum (S^2 - V) / k over sum k`, `c = noise / between`. If
//!   that is not above 0, people differ no more than chance lets them, and everybody has 0.
//! - An item counts in a community once the first take-up there is older than 48 hours, so that followers had time. That depends
//!   on the item alone, so equally likely orders stay so.
//!
//! Communities are those of the fit, or of the snapshot. Cost: a sort of each item's people.

use super::{About, Column, Options, Resampled, Signal, without_actions};
use crate::actions::{Actions, NONE};
use crate::cascades::{Groups, authors, clusters, firsts, kinds, roots};
use crate::draws::{Draw, LANES, Lanes, all, unseen};
use crate::error::Error;
use crate::events::SETTLED;
use crate::snapshot::Snapshot;

pub(super) struct Lead;

/// Verbs by which an item is taken up; `post` does so where several people publish the same.
const TAKE_UP: [&str; 7] =
    ["reshare", "quote", "like", "endorse", "share_list", "contribute", "attend"];

impl Signal for Lead {
    fn about(&self) -> &About {
        &About {
            name: "early.lead",
            question: "Does this person take things up before their community does?",
            formula: "sum of d over (k + c), d = ln((1 + b) / (1 + a)) less its mean over the item, for each of the k items taken \
                      up: of i's community a took it up before and b after i; c shrinks by as much as the differences \
                      between people are chance",
            source: "Ranks against a random order, after Mann, Whitney 1947, over adoptions as in Saez-Trumper et al. 2012 (trendsetters) and Goyal, Bonchi, \
                     Lakshmanan 2008 (leaders); shrinkage: James, Stein, by moments.",
            unit: "in the logarithm of followers over forerunners in the community, for each item taken up",
            range: (f64::NEG_INFINITY, f64::INFINITY),
            ignores: "Other communities, how many people an item reaches, by how much time someone was first, whether \
                      others took it up because of i, and what was taken up before the window.",
            needs: "Actions that name the post they are about (verbs reshare, like, quote with object or in_reply_to), \
                    older than 48 hours.",
            options: &[],
            more_is_more: true,
            resampled: Resampled::Linearised,
        }
    }

    fn needs_actions(&self) -> bool {
        true
    }

    fn needs_communities(&self) -> bool {
        true
    }

    fn compute(&self, name: &str, snapshot: &Snapshot, options: &Options) -> Result<Column, Error> {
        let Some(actions) = snapshot.actions() else {
            return Ok(without_actions(name, snapshot));
        };
        let groups = options.groups(snapshot);
        let tallies = tallies(actions, &groups, settled(snapshot));
        let alone = alone(&groups);
        let value = |(i, tally): (usize, &Tally), c: f64| match tally.items {
            0 => f64::NAN,
            _ if alone[i] => f64::NAN,
            items => tally.sum / (items as f64 + c),
        };
        let people = || tallies.iter().enumerate();
        Ok(match shrinkage(&tallies) {
            Chance::Nothing => Column::new(name, vec![f64::NAN; tallies.len()]).noted(
                "Nowhere did two people of one community take up the same item, so nobody comes before others.",
            ),
            Chance::All => {
                Column::new(name, people().map(|one| value(one, f64::INFINITY).abs()).collect())
                    .noted("People differ no more than chance lets them: everybody has 0.")
            }
            Chance::Some(c) => Column::new(name, people().map(|one| value(one, c)).collect())
                .noted(format!("Values are shrunk as if by {c:.2} items at chance.")),
        })
    }

    /// Items are drawn again with the cascades that they are part of. Held: c, communities, and the order within an item.
    ///
    /// How far d can come out otherwise is taken, half and half, from the item (what d varies by among those who took it up)
    /// and from all items, since those of another window are others; one's own few d would tell it badly, and mostly too little. Whoever
    /// has no item left in a replicate has no value there.
    fn resample(
        &self,
        draw: &Draw<'_>,
        values: &[f64],
        options: &Options,
    ) -> Result<Option<Vec<Lanes>>, Error> {
        let snapshot = draw.snapshot();
        let Some(actions) = snapshot.actions() else {
            return Ok(None);
        };
        let (groups, clusters) = (options.groups(snapshot), clusters(actions));
        let tallies = tallies(actions, &groups, settled(snapshot));
        let Chance::Some(c) = shrinkage(&tallies) else {
            return Ok(Some(values.iter().map(|value| all(*value)).collect()));
        };
        let usual = usual_variance(&tallies);
        let mut drawn: Vec<[(f64, f64); LANES]> =
            tallies.iter().map(|tally| [(tally.sum, tally.items as f64); LANES]).collect();
        take_ups(actions, &groups, settled(snapshot), |one| {
            let chances = draw.of_post(clusters[one.item as usize]);
            let value = values[one.person as usize];
            let off = libm::sqrt(f64::midpoint(one.variance, usual));
            let d = value + off.copysign(one.d - value);
            for ((sum, items), more) in drawn[one.person as usize].iter_mut().zip(chances) {
                *sum += f64::from(more) * d;
                *items += f64::from(more);
            }
        });
        let value = |person: usize| {
            let (value, more) = (values[person], unseen(tallies[person].items));
            drawn[person].map(|(sum, items)| match items > 0.0 {
                true => (value + more * (sum / (items + c) - value)) as f32,
                false => f32::NAN,
            })
        };
        Ok(Some((0..values.len()).map(value).collect()))
    }
}

/// Before when an item must have come to a community.
fn settled(snapshot: &Snapshot) -> i64 {
    snapshot.as_of().0.saturating_sub(SETTLED)
}

/// What one person's take-ups come to.
#[derive(Clone, Copy, Default)]
struct Tally {
    items: u64,
    /// Sum of d.
    sum: f64,
    /// Its variance if every order is equally likely.
    variance: f64,
}

/// How much of the differences is chance.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Chance {
    /// There is nothing to compare.
    Nothing,
    /// All of it.
    All,
    /// As much as so many items at chance shrink.
    Some(f64),
}

fn shrinkage(tallies: &[Tally]) -> Chance {
    let took = || tallies.iter().filter(|tally| tally.items > 0);
    let variance: f64 = took().map(|tally| tally.variance).sum();
    if variance <= 0.0 {
        return Chance::Nothing;
    }
    let excess: f64 = took().map(|t| (t.sum * t.sum - t.variance) / t.items as f64).sum();
    match excess > 0.0 {
        true => Chance::Some(variance / excess),
        false => Chance::All,
    }
}

/// The mean variance of d over all that was taken up.
fn usual_variance(tallies: &[Tally]) -> f64 {
    let variance: f64 = tallies.iter().map(|tally| tally.variance).sum();
    variance / tallies.iter().map(|tally| tally.items as f64).sum::<f64>()
}

/// Who is in a community of one.
fn alone(groups: &[u32]) -> Vec<bool> {
    let mut sizes = vec![0u32; groups.iter().max().map_or(0, |most| *most as usize + 1)];
    for group in groups {
        sizes[*group as usize] += 1;
    }
    groups.iter().map(|group| sizes[*group as usize] < 2).collect()
}

/// What each person of the snapshot took up. `groups` are their communities; what a community began to take up at `settled` or
/// later is left out.
fn tallies(actions: &Actions, groups: &[u32], settled: i64) -> Vec<Tally> {
    let mut tallies = vec![Tally::default(); groups.len()];
    take_ups(actions, groups, settled, |one| {
        let tally = &mut tallies[one.person as usize];
        tally.items += 1;
        tally.sum += one.d;
        tally.variance += one.variance;
    });
    tallies
}

/// One person taking up one item.
struct TakeUp {
    person: u32,
    /// The item, as the number of its first post.
    item: u32,
    d: f64,
    /// The mean of the item's d squared in the community.
    variance: f64,
}

/// Calls `each` for all that count, by item.
fn take_ups(actions: &Actions, groups: &[u32], settled: i64, each: impl FnMut(TakeUp)) {
    let authors = authors(actions);
    let published = kinds(actions, |verb| verb == "post");
    let taken = kinds(actions, |verb| TAKE_UP.contains(&verb));
    let quoted = kinds(actions, |verb| verb == "quote");
    let roots = roots(actions, &quoted);
    let shared = published_by_several(actions, &published);
    let about = |i: usize| {
        let kind = actions.kind[i] as usize;
        let person = actions.actor[i] as usize;
        if person >= groups.len() || actions.mute[person] {
            return NONE;
        }
        let post = match () {
            () if quoted[kind] => actions.parent[i],
            () if taken[kind] || published[kind] => actions.object[i],
            () => NONE,
        };
        let root = roots.get(post as usize).copied().unwrap_or(NONE);
        let own = root == NONE
            || published[kind] && !shared[root as usize]
            || authors[root as usize] == actions.actor[i] && !shared[root as usize];
        if own { NONE } else { root }
    };
    Groups::new(actions, about).fold(
        |item, group, out| {
            let item = item as u32;
            let community = |i: &u32| groups[actions.actor[*i as usize] as usize];
            let mut people = firsts(actions, group);
            people.sort_by_key(community);
            for people in people.chunk_by(|a, b| community(a) == community(b)) {
                let at = |i: &u32| actions.at[*i as usize];
                if at(&people[0]) >= settled {
                    continue;
                }
                let n = people.len();
                let ahead = |i: &u32| {
                    let before = people.partition_point(|other| at(other) < at(i));
                    let after = n - people.partition_point(|other| at(other) <= at(i));
                    libm::log((1 + after) as f64 / (1 + before) as f64)
                };
                let mean = people.iter().map(ahead).sum::<f64>() / n as f64;
                let d: Vec<f64> = people.iter().map(|i| ahead(i) - mean).collect();
                let variance = d.iter().map(|d| d * d).sum::<f64>() / n as f64;
                let who = people.iter().map(|i| actions.actor[*i as usize]);
                out.extend(who.zip(d).map(|(person, d)| TakeUp { person, item, d, variance }));
            }
        },
        each,
    );
}

/// Which posts two people or more publish.
fn published_by_several(actions: &Actions, published: &[bool]) -> Vec<bool> {
    let mut first = vec![NONE; actions.posts.len()];
    let mut several = vec![false; actions.posts.len()];
    for i in (0..actions.len()).filter(|i| published[actions.kind[*i] as usize]) {
        if let Some(known) = first.get_mut(actions.object[i] as usize) {
            match *known {
                NONE => *known = actions.actor[i],
                person => several[actions.object[i] as usize] |= person != actions.actor[i],
            }
        }
    }
    several
}

#[cfg(test)]
mod tests {
    use super::super::acted::{Act, any_acts, drawn, snapshot, value_with};
    use super::super::{Options, compute};
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    const NAME: &str = "early.lead";

    /// d and its variance for each (person, item), by the words above and nothing else of this module.
    fn slowly(snapshot: &Snapshot, acts: &[Act]) -> Vec<(u64, f64, f64)> {
        let groups = Options::default().groups(snapshot);
        let mut sorted: Vec<&Act> = acts.iter().collect();
        // The order of the table: kinds are in order of their names.
        sorted.sort_by_key(|a| {
            let number = |key| snapshot.number(key).map_or((1, key), |number| (0, number.into()));
            (a.at, number(a.actor), a.verb, number(a.target), a.object, a.parent, a.own)
        });
        let mut up: BTreeMap<u64, u64> = BTreeMap::new();
        let mut authors: BTreeMap<u64, u64> = BTreeMap::new();
        for a in &sorted {
            if a.own != 0 && a.object != 0 && a.own != a.object {
                up.entry(a.own).or_insert(a.object);
            }
            if a.verb == "quote" && a.object != 0 && a.parent != 0 && a.object != a.parent {
                up.entry(a.object).or_insert(a.parent);
            }
            if a.own != 0 {
                authors.entry(a.own).or_insert(a.actor);
            }
            if matches!(a.verb, "post" | "quote" | "reply" | "mention") && a.object != 0 {
                authors.entry(a.object).or_insert(a.actor);
            }
        }
        for a in sorted.iter().filter(|a| !a.verb.ends_with("follow") && a.target != 0) {
            let post = match a.verb {
                "post" | "quote" | "reply" | "mention" => a.parent,
                _ => a.object,
            };
            authors.entry(post).or_insert(a.target);
        }
        let root = |post: u64| {
            let mut way = vec![post];
            loop {
                let last = way[way.len() - 1];
                match up.get(&last) {
                    Some(next) if *next != last => match way.iter().position(|step| step == next) {
                        Some(round) => return *way[round..].iter().min().unwrap(),
                        None => way.push(*next),
                    },
                    _ => return last,
                }
            }
        };
        let publishers = |post: u64| -> BTreeSet<u64> {
            let posts = sorted.iter().filter(|a| a.verb == "post" && a.object == post);
            posts.map(|a| a.actor).collect()
        };
        let mut items: BTreeMap<(u64, u32), BTreeMap<u64, i64>> = BTreeMap::new();
        for a in &sorted {
            let post = match a.verb {
                "quote" => a.parent,
                "post" | "reshare" | "like" => a.object,
                _ => 0,
            };
            let Some(number) = snapshot.number(a.actor).filter(|_| post != 0) else { continue };
            let item = root(post);
            let several = publishers(item).len() > 1;
            if !several && (a.verb == "post" || authors.get(&item) == Some(&a.actor)) {
                continue;
            }
            let people = items.entry((item, groups[number as usize])).or_default();
            people.entry(a.actor).or_insert(a.at);
        }
        let mut all = Vec::new();
        for people in items.values() {
            // Time 0 of an act is ten days before the moment; what began in the last two is left out.
            if people.values().min().is_some_and(|first| *first >= 8 * 24) {
                continue;
            }
            let n = people.len() as f64;
            let ratio = |at: &i64| {
                let after = people.values().filter(|other| *other > at).count() as f64;
                let before = people.values().filter(|other| *other < at).count() as f64;
                (1.0 + after).ln() - (1.0 + before).ln()
            };
            let d = |at: &i64| ratio(at) - people.values().map(ratio).sum::<f64>() / n;
            let variance = people.values().map(|at| d(at) * d(at)).sum::<f64>() / n;
            all.extend(people.iter().map(|(person, at)| (*person, d(at), variance)));
        }
        all
    }

    /// The column of the sums.
    fn by_hand(snapshot: &Snapshot, parts: &[(u64, f64, f64)]) -> Vec<f64> {
        let of = |person: u64| -> Vec<&(u64, f64, f64)> {
            parts.iter().filter(|part| part.0 == person).collect()
        };
        let (mut noise, mut between) = (0.0, 0.0);
        for person in snapshot.people() {
            let parts = of(*person);
            let variance: f64 = parts.iter().map(|part| part.2).sum();
            let sum: f64 = parts.iter().map(|part| part.1).sum();
            noise += variance;
            between += (sum * sum - variance) / (parts.len() as f64).max(1.0);
        }
        let groups = Options::default().groups(snapshot);
        let value = |(i, person): (usize, &u64)| {
            let parts = of(*person);
            let sum: f64 = parts.iter().map(|part| part.1).sum();
            match () {
                () if parts.is_empty() || noise <= 0.0 => f64::NAN,
                () if groups.iter().filter(|group| **group == groups[i]).count() < 2 => f64::NAN,
                () if between <= 0.0 => 0.0,
                () => sum / (parts.len() as f64 + noise / between),
            }
        };
        snapshot.people().iter().enumerate().map(value).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn the_lead_is_what_counting_pairs_says(acts in any_acts()) {
            let snapshot = snapshot(&acts);
            let found = compute(NAME, &snapshot, &Options::default()).unwrap().values;
            let parts = slowly(&snapshot, &acts);
            let expected = by_hand(&snapshot, &parts);
            for (a, b) in found.iter().zip(&expected) {
                // Where the differences are chance but for rounding, either answer is right.
                prop_assert!(a.is_nan() == b.is_nan() && (a.is_nan() || (a - b).abs() < 1e-9), "{found:?} {expected:?}");
            }
        }

        #[test]
        fn an_items_people_lead_as_much_as_they_lag(acts in any_acts()) {
            let snapshot = snapshot(&acts);
            let total: f64 = slowly(&snapshot, &acts).iter().map(|part| part.1).sum();
            prop_assert!(total.abs() < 1e-9);
            let actions = snapshot.actions().unwrap();
            let groups = Options::default().groups(&snapshot);
            let sum: f64 = tallies(actions, &groups, i64::MAX).iter().map(|tally| tally.sum).sum();
            prop_assert!(sum.abs() < 1e-9);
        }

        #[test]
        fn the_order_of_rows_changes_no_bit(acts in any_acts(), turn in 1usize..50) {
            let bits = |acts: &[Act]| -> Vec<u64> {
                let column = compute(NAME, &super::super::acted::snapshot(acts), &Options::default());
                column.unwrap().values.iter().map(|value| value.to_bits()).collect()
            };
            let turned: Vec<Act> = acts.iter().cycle().skip(turn).take(acts.len()).copied().collect();
            prop_assert_eq!(bits(&acts), bits(&turned));
        }
    }

    /// A community of 1 to 5 who all know each other; 9 publishes.
    fn friends() -> Vec<Act> {
        let pairs = (1u64..6).flat_map(|a| (1u64..6).map(move |b| (a, b)));
        pairs.filter(|(a, b)| a != b).map(|(a, b)| Act::new(0, "mention", a).to(b)).collect()
    }

    /// The first of `order` takes `item` up first, an hour later the next.
    fn taken_up(item: u64, order: &[u64]) -> Vec<Act> {
        let likes = order.iter().enumerate();
        likes.map(|(hour, who)| Act::new(1 + hour as i64, "like", *who).of(item)).collect()
    }

    fn lead(acts: &[Act], person: u64) -> Option<f64> {
        value_with(NAME, &snapshot(acts), &Options::default(), person)
    }

    #[test]
    fn who_is_always_first_at_what_others_take_up_leads() {
        let mut acts = friends();
        for item in 100..120 {
            acts.extend(taken_up(item, &[1, 2 + item % 4, 2 + (item + 1) % 4]));
        }
        let first = lead(&acts, 1).unwrap();
        assert!(first > 1.0 && first < 3f64.ln(), "{first}");
        assert!((2..6).all(|person| lead(&acts, person).unwrap() < 0.0));
    }

    #[test]
    fn items_are_drawn_again_with_their_cascades() {
        let mut acts = friends();
        for item in 100..103 {
            acts.extend(taken_up(item, &[1, 2, 3]));
        }
        // 4 leads by one item alone.
        acts.extend(taken_up(103, &[4, 5]));
        let snapshot = snapshot(&acts);
        let (times, values) = drawn(NAME, &snapshot, 4, &[103]);
        let (d, whole) = (2f64.ln(), lead(&acts, 4).unwrap());
        let c = d / whole - 1.0;
        // Nine times something was taken up as one of three, twice as one of two.
        let (three, two) = (2.0 / 3.0 * 3f64.ln().powi(2), d * d);
        let usual = (9.0 * three + 2.0 * two) / 11.0;
        let more = whole + ((two + usual) / 2.0).sqrt();
        for (times, value) in times[0].into_iter().zip(values) {
            let (times, value) = (f64::from(times), f64::from(value));
            let again = (d + (times - 1.0) * more) / (times + c);
            let expected = whole + 1.5f64.sqrt() * (again - whole);
            assert!((value - expected).abs() < 1e-6 || times == 0.0 && value.is_nan());
        }
    }

    #[test]
    fn who_takes_up_everything_leads_less_than_who_chooses() {
        let mut acts = friends();
        for item in 100..120 {
            let other = 3 + item % 3;
            acts.extend(taken_up(item, &[1, 2, other]));
            // 2 takes up as much again that nobody follows.
            acts.extend(taken_up(item + 1000, &[2]));
            acts.extend(taken_up(item + 2000, &[2, other]));
            acts.extend(taken_up(item + 3000, &[1, other]));
        }
        assert!(lead(&acts, 1).unwrap() > 2.0 * lead(&acts, 2).unwrap());
    }

    #[test]
    fn posts_of_ones_own_move_nothing_and_what_many_publish_is_taken_up() {
        let mut acts = friends();
        for item in 100..110 {
            acts.extend(taken_up(item, &[1, 2, 3]));
            acts.extend(taken_up(item, &[4, 5]));
        }
        let before: Vec<_> = (1..6).map(|person| lead(&acts, person)).collect();
        for post in 500..560 {
            acts.push(Act::new(3, "post", 2).of(post));
        }
        let after: Vec<_> = (1..6).map(|person| lead(&acts, person)).collect();
        assert_eq!(before, after);
        let likes: Vec<Act> = acts.iter().filter(|act| act.verb != "like").copied().collect();
        let mut links = likes;
        for link in 100..110 {
            for (hour, who) in [1, 2, 3].into_iter().enumerate() {
                links.push(Act::new(1 + hour as i64, "post", who).of(link));
            }
        }
        assert!(lead(&links, 1).unwrap() > 0.0 && lead(&links, 3).unwrap() < 0.0);
    }

    #[test]
    fn the_author_of_an_item_does_not_lead_by_it() {
        let mut acts = friends();
        for item in 100..110 {
            acts.push(Act::new(0, "post", 1).of(item));
            acts.extend(taken_up(item, &[1, 2, 3]));
        }
        assert_eq!(lead(&acts, 1), None);
        assert!(lead(&acts, 2).unwrap() > 0.0);
    }

    #[test]
    fn at_one_moment_nobody_is_first() {
        let mut acts = friends();
        for item in 100..110 {
            acts.extend((1..6).map(|who| Act::new(5, "like", who).of(item)));
        }
        let column = compute(NAME, &snapshot(&acts), &Options::default()).unwrap();
        assert!(!column.has_values() && column.note.is_some());
    }

    #[test]
    fn chance_leaves_everybody_at_nothing() {
        let mut acts = friends();
        for (item, order) in (100..).zip([[1, 2, 3], [3, 2, 1], [2, 1, 3], [3, 1, 2]]) {
            acts.extend(taken_up(item, &order));
        }
        for person in 1..4 {
            assert_eq!(lead(&acts, person), Some(0.0));
        }
        assert_eq!(lead(&acts, 5), None, "who takes up nothing has no value");
    }
}
