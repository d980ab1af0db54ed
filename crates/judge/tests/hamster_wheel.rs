//! What no shipped definition may reward or punish: being busy, being away, being attacked, and what logos and bots do.
//!
//! Scores are compared under one fit, in a simulated firm, for typical people and for those at the top.

mod firm;

use firm::{Row, Scores, Town, definitions, hash, median, sample};
use influence::Definition;
use model::Time;
use model::time::{DAY, SECOND};
use simulate::{Config, Network, Verb};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

const MONTH: i64 = 30 * DAY;
const PEOPLE: usize = 1_200;

/// A world that is a month older than a definition's window, so that what is a window old leaves while somebody is away.
fn town(definition: &Definition) -> Arc<Town> {
    static TOWNS: Mutex<BTreeMap<u32, Arc<Town>>> = Mutex::new(BTreeMap::new());
    let days = ((definition.projection.window + MONTH) / DAY) as u32;
    // As many a day as in the demo: 40 a person in 180 days.
    let interactions = Some((PEOPLE * days as usize * 2 / 9) as u64);
    let config = Config { seed: 8, people: PEOPLE, days, interactions, ..Config::default() };
    let mut towns = TOWNS.lock().unwrap();
    towns.entry(days).or_insert_with(|| Arc::new(Town::new(config))).clone()
}

/// The end of the window, and the end of the month after it.
fn moments(town: &Town) -> (Time, Time) {
    let end = town.stage.as_of();
    (Time(end.0 - MONTH), end)
}

fn lowest(scores: &Scores) -> f64 {
    scores.values().copied().fold(f64::INFINITY, f64::min)
}

/// How much somebody rose; who had no score rose from the lowest that anybody had.
fn rise(before: &Scores, after: &Scores, person: u64) -> f64 {
    let from = before.get(&person).copied().unwrap_or_else(|| lowest(before));
    after.get(&person).map_or(0.0, |score| score - from)
}

/// By how much people moved, either way, who had a score; who lost it fell to the lowest that anybody had.
fn moves(before: &Scores, after: &Scores, people: impl IntoIterator<Item = u64>) -> Vec<f64> {
    let lowest = lowest(before);
    let scored = people.into_iter().filter_map(|person| Some((person, before.get(&person)?)));
    scored.map(|(person, old)| (after.get(&person).unwrap_or(&lowest) - old).abs()).collect()
}

/// Fails with all that went wrong, rather than with the first.
#[track_caller]
fn all_is_well(faults: Vec<String>) {
    assert!(faults.is_empty(), "{}", faults.join("; "));
}

/// The world without what somebody posts after `since`, and without all that others did about it.
fn without_posts(town: &Town, silent: u64, since: Time) -> Vec<Row> {
    let mut gone: BTreeSet<u64> = BTreeSet::new();
    let mut rows = town.rows.clone();
    rows.sort_by_key(|row| row.at);
    rows.retain(|row| {
        let own = row.at > since.0 && town.person(row.actor) == silent;
        let about = gone.contains(&row.object) || gone.contains(&row.parent);
        if own || about {
            // What is reshared, liked or accepted is somebody else's, and stays.
            let theirs = matches!(row.verb, Verb::Reshare | Verb::Like | Verb::Answer);
            let made = [if theirs { 0 } else { row.object }, row.own];
            gone.extend(made.into_iter().filter(|post| *post != 0));
        }
        !own && !about
    });
    rows
}

/// Somebody posts, replies and passes on nothing for 30 days, while everybody else goes on and still reacts to what was posted before. Two comparisons:
///
/// - with the score of that same day had they posted as usual, and others reacted to it: what silence alone costs;
/// - with their score a month before: what they see. There is more in it than silence. A month of evidence leaves the window on the
///   other side, others gain and lose under a fit that stands still, and a window that is drawn again has other cascades in it: without any silence
///   the median person moves by 0.5 to 1.2 points either way in a month.
#[test]
fn a_month_of_silence_moves_the_median_person_by_at_most_a_point() {
    let mut faults = Vec::new();
    for definition in definitions() {
        let town = town(&definition);
        let (then, now) = moments(&town);
        let mut fit = None;
        let before = town.score(&definition, then, &town.until(then), &mut fit);
        let usual = town.score(&definition, now, &town.rows, &mut fit);
        let (mut costs, mut moved) = (Vec::new(), Vec::new());
        for one in sample(&before, 31, 0) {
            let rows = without_posts(&town, one, then);
            let silent = town.score(&definition, now, &rows, &mut fit);
            costs.extend(moves(&usual, &silent, [one]));
            moved.extend(moves(&before, &silent, [one]));
        }
        let (cost, moved) = (median(costs), median(moved));
        if cost > 1.0 || moved > 1.0 {
            let name = &definition.name;
            faults.push(format!("{name}: {cost:.2} from that day, {moved:.2} from a month before"));
        }
    }
    all_is_well(faults);
}

#[test]
fn a_month_in_which_everybody_is_silent_moves_the_median_person_by_at_most_a_point() {
    let mut faults = Vec::new();
    for definition in definitions() {
        let town = town(&definition);
        let (then, now) = moments(&town);
        let (rows, mut fit) = (town.until(then), None);
        let before = town.score(&definition, then, &rows, &mut fit);
        let after = town.score(&definition, now, &rows, &mut fit);
        let moved = median(moves(&before, &after, before.keys().copied()));
        if moved > 1.0 {
            faults.push(format!("{}: {moved:.2} points", definition.name));
        }
    }
    all_is_well(faults);
}

/// How far people move who say three times as much, in rows of these verbs, while others do what they did.
fn three_times(definition: &Definition, verbs: &[Verb]) -> Vec<f64> {
    let town = town(definition);
    let (then, _) = moments(&town);
    let (rows, mut fit) = (town.until(then), None);
    let before = town.score(definition, then, &rows, &mut fit);
    let moved = sample(&before, 15, 5).into_iter().flat_map(|one| {
        let said = |row: &&Row| verbs.contains(&row.verb) && town.person(row.actor) == one;
        let again = |row: &Row| {
            let copy = |k: u64| hash(row.object ^ k);
            [1, 2].map(|k| Row { at: row.at - k as i64 * SECOND, object: copy(k), ..*row })
        };
        let more = rows.iter().filter(said).flat_map(again);
        let busy: Vec<Row> = rows.iter().copied().chain(more).collect();
        moves(&before, &town.score(definition, then, &busy, &mut fit), [one])
    });
    moved.collect()
}

#[test]
fn three_times_the_posts_at_equal_effect_move_nobody_by_more_than_a_point() {
    let mut faults = Vec::new();
    for definition in definitions() {
        let most = three_times(&definition, &[Verb::Post]).into_iter().fold(0.0, f64::max);
        if most > 1.0 {
            faults.push(format!("{}: {most:.2} points", definition.name));
        }
    }
    all_is_well(faults);
}

#[test]
fn three_times_the_posts_and_replies_move_the_median_person_by_at_most_a_point() {
    let mut faults = Vec::new();
    for definition in definitions() {
        // In a small world the first few stand more than a point apart, and replies may carry one past the next.
        let verbs = [Verb::Post, Verb::Reply, Verb::Quote];
        let moved = median(three_times(&definition, &verbs));
        if moved > 1.0 {
            faults.push(format!("{}: {moved:.2} points", definition.name));
        }
    }
    all_is_well(faults);
}

/// Everybody of a crowd attacks once, all within a day: replies, mentions and quotes in turn.
fn pile_on(target: u64, crowd: &[u64], until: Time) -> impl Iterator<Item = Row> {
    let verbs = [Verb::Reply, Verb::Mention, Verb::Quote];
    crowd.iter().enumerate().map(move |(k, actor)| Row {
        at: until.0 - (k as i64 * 280 + 1) * SECOND,
        network: Network::Twitter,
        verb: verbs[k % 3],
        actor: *actor,
        target,
        object: hash(actor ^ target),
        parent: if verbs[k % 3] == Verb::Mention { 0 } else { hash(target) },
        own: 0,
    })
}

#[test]
fn a_pile_on_raises_its_target_by_at_most_a_point() {
    let fresh: Vec<u64> = (0..300).map(|k| hash(77_000 + k)).collect();
    let mut faults = Vec::new();
    for definition in definitions() {
        let town = town(&definition);
        let (then, _) = moments(&town);
        let (rows, mut fit) = (town.until(then), None);
        let before = town.score(&definition, then, &rows, &mut fit);
        let mut targets = sample(&before, 5, 3);
        targets.extend(town.stage.people().filter(|one| !before.contains_key(one)).take(2));
        for target in targets {
            let ends = rows.iter().map(|row| [row.actor, row.target].map(|one| town.person(one)));
            let met: BTreeSet<u64> = ends.filter(|ends| ends.contains(&target)).flatten().collect();
            let strangers = town.stage.people().filter(|one| !met.contains(one));
            let known: Vec<u64> = strangers.take(300).collect();
            for (who, crowd) in [("fresh accounts", &fresh), ("strangers", &known)] {
                assert_eq!(crowd.len(), 300);
                let mut attacked = rows.clone();
                attacked.extend(pile_on(target, crowd, then));
                let after = town.score(&definition, then, &attacked, &mut fit);
                let rise = rise(&before, &after, target);
                if rise > 1.0 {
                    let from = before.get(&target);
                    faults.push(format!("{}: {rise:.2} from {from:.1?} by {who}", definition.name));
                }
            }
        }
    }
    all_is_well(faults);
}

#[test]
fn what_logos_bots_and_attackers_do_raises_nobody_by_more_than_a_point() {
    let mut faults = Vec::new();
    for definition in definitions() {
        let town = town(&definition);
        let (then, _) = moments(&town);
        let rows = town.until(then);
        let schemes = town.stage.world().schemes();
        let (_, fakes) = schemes.smear.clone().unwrap();
        let (target, crowd) = schemes.pile_on.clone().unwrap();
        let target = town.key(target);
        let crowd: BTreeSet<u64> = crowd.iter().map(|one| town.key(*one)).collect();
        let nobody = schemes.house.into_iter().chain(schemes.system).chain(fakes);
        let nobody: BTreeSet<u64> = nobody.map(|one| town.key(one)).collect();
        let attacks = |row: &Row| {
            let hostile = matches!(row.verb, Verb::Reply | Verb::Mention);
            let (actor, toward) = (town.person(row.actor), town.person(row.target));
            nobody.contains(&actor) || hostile && toward == target && crowd.contains(&actor)
        };
        let without: Vec<Row> = rows.iter().filter(|row| !attacks(row)).copied().collect();
        assert!(rows.len() - without.len() > 100);
        let mut fit = None;
        let with = town.score(&definition, then, &rows, &mut fit);
        let before = town.score(&definition, then, &without, &mut fit);
        for one in town.stage.people() {
            let rise = rise(&before, &with, one);
            if rise > 1.0 {
                faults.push(format!("{}: {rise:.2} points", definition.name));
            }
        }
    }
    all_is_well(faults);
}
