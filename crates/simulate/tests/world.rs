//! What a world promises: the same from the same seed, people that stay in every draw, and an answer for every size.

use simulate::{AccountRef, Config, Event, Network, Planted, Role, Verb, World};
use std::collections::BTreeSet;

fn world(config: Config) -> World {
    World::new(config).unwrap()
}

fn events(world: &World, draw: u64) -> Vec<Event> {
    let mut events = Vec::new();
    world.play(draw, &mut |event: &Event| events.push(*event));
    events
}

fn people(people: usize) -> Config {
    Config { people, ..Config::default() }
}

#[test]
fn the_same_seed_gives_the_same_events_and_another_seed_others() {
    let first = events(&world(people(400)), 0);
    assert_eq!(first, events(&world(people(400)), 0));
    let other = events(&world(Config { seed: 2, ..people(400) }), 0);
    assert_ne!(first, other);
}

#[test]
fn another_draw_keeps_people_and_ties_and_changes_what_happens() {
    let world = world(people(400));
    let (first, second) = (events(&world, 0), events(&world, 1));
    let ids = |events: &[Event]| events.iter().map(|event| event.id).collect::<BTreeSet<u64>>();
    assert!(ids(&first).is_disjoint(&ids(&second)));
    let counts = |events: &[Event]| {
        let mut counts = vec![0.0; world.real()];
        for event in events.iter().filter(|e| e.verb == Verb::Post) {
            if let Some(count) = counts.get_mut(event.actor.person() as usize) {
                *count += 1.0;
            }
        }
        counts
    };
    // Who posted much posts much again: rates stay.
    let (a, b) = (counts(&first), counts(&second));
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let (ma, mb) = (mean(&a), mean(&b));
    let cov: f64 = a.iter().zip(&b).map(|(x, y)| (x - ma) * (y - mb)).sum();
    let var = |x: &[f64], m: f64| x.iter().map(|x| (x - m) * (x - m)).sum::<f64>();
    assert!(cov / (var(&a, ma) * var(&b, mb)).sqrt() > 0.8);
}

#[test]
fn in_order_is_the_same_events_by_time() {
    let world = world(people(300));
    let mut ordered = Vec::new();
    world.play_in_order(3, &mut |event: &Event| ordered.push(*event));
    assert!(ordered.is_sorted_by_key(|event| event.at));
    let mut plain = events(&world, 3);
    let key = |event: &Event| (event.at, event.id, event.verb);
    plain.sort_by_key(key);
    ordered.sort_by_key(key);
    assert_eq!(plain, ordered);
}

#[test]
fn every_event_lies_in_the_window_and_names_accounts_that_exist() {
    let world = world(people(600));
    let config = world.config();
    for event in events(&world, 0) {
        assert!(event.at >= config.start().0 && event.at < config.end.0);
        assert!(event.id != 0);
        for account in [event.actor, event.target] {
            if account == AccountRef::NOBODY {
                continue;
            }
            assert_eq!(account.network(), event.network, "{event:?}");
            assert!(world.is_on(account.person(), event.network), "{event:?}");
        }
        assert_ne!(event.actor, AccountRef::NOBODY);
        if event.verb != Verb::Post {
            assert_ne!(event.actor, event.target, "{event:?}");
        }
    }
}

#[test]
fn nothing_is_recorded_in_an_outage() {
    let world = world(people(3_000));
    let (network, since, until) = world.outages()[0];
    assert_eq!(network, Network::Mastodon);
    let events = events(&world, 0);
    let on = |from: i64, to: i64| {
        events.iter().filter(|e| e.network == network && (from..to).contains(&e.at)).count()
    };
    assert_eq!(on(since, until), 0);
    assert!(on(until, until + (until - since)) > 0);
}

#[test]
fn degenerate_worlds_have_an_answer() {
    for (people, interactions, follows, communities, days) in [
        (1, None, 8.0, None, 180),
        (1, Some(0), 0.0, None, 1),
        (2, None, 8.0, Some(1), 180),
        (19, None, 8.0, None, 30),
        (20, None, 8.0, None, 30),
        (33, None, 200.0, Some(33), 7),
        (300, Some(0), 8.0, None, 180),
        (300, None, 0.0, None, 180),
        (300, None, 8.0, Some(1), 180),
        (300, None, 8.0, Some(10_000), 3_650),
    ] {
        let config =
            Config { people, interactions, follows, communities, days, ..Config::default() };
        let world = world(config.clone());
        let events = events(&world, 0);
        if interactions == Some(0) {
            assert!(events.is_empty(), "{config:?}");
        }
        if follows == 0.0 {
            assert!(world.follows().is_empty(), "{config:?}");
        }
        assert!(world.acts(1, true).len() >= world.acts(1, false).len());
        for one in world.expected(2) {
            assert!(one.net.mean.is_finite() && one.net.se.is_finite());
        }
    }
}

#[test]
fn settings_out_of_range_are_named() {
    for (config, name) in [
        (people(0), "people"),
        (Config { days: 0, ..people(5) }, "days"),
        (Config { follows: f64::NAN, ..people(5) }, "follows"),
        (Config { branching: 1.0, ..people(5) }, "branching"),
        (Config { communities: Some(0), ..people(5) }, "communities"),
        (Config { end: model::Time(0), ..people(5) }, "end"),
    ] {
        let error = World::new(config).unwrap_err();
        assert_eq!(error.kind(), simulate::Kind::Config);
        assert!(error.to_string().starts_with(name), "{error}");
    }
}

#[test]
fn activity_and_pull_are_independent_and_loud_people_move_little() {
    let world = world(people(5_000));
    let plain: Vec<(f64, f64)> = world.people()[..world.real()]
        .iter()
        .filter(|person| !person.planted.has(Planted::LOUD))
        .map(|person| (f64::from(person.activity).ln(), f64::from(person.pull).ln()))
        .collect();
    let n = plain.len() as f64;
    let mean = |f: fn(&(f64, f64)) -> f64| plain.iter().map(f).sum::<f64>() / n;
    let (a, p) = (mean(|x| x.0), mean(|x| x.1));
    let cov = plain.iter().map(|x| (x.0 - a) * (x.1 - p)).sum::<f64>() / n;
    assert!(cov.abs() < 0.06, "{cov}");
    let active = world.people()[..world.real()].iter().filter(|person| person.activity > 6.0);
    let (few, all) = active.fold((0, 0), |(few, all), p| (few + i32::from(p.pull < 0.5), all + 1));
    assert!(few * 3 > all, "{few} of {all} active people have little pull");
}

#[test]
fn everything_is_planted_in_a_world_of_ordinary_size() {
    let world = world(people(5_000));
    for (name, kind) in Planted::ALL {
        let count = world.planted(*kind).count();
        assert!(count >= 2, "{name}: {count}");
    }
    let schemes = world.schemes();
    assert!(schemes.ring.len() >= 4 && schemes.pod.len() >= 4 && schemes.copied.len() >= 3);
    assert!(!schemes.bought.is_empty() && !schemes.farms.is_empty());
    assert!(schemes.smear.is_some() && schemes.pile_on.is_some());
    assert!(schemes.seconds.len() >= 2 && !schemes.lookalikes.is_empty());
    for role in [Role::Employee, Role::Partner, Role::Customer, Role::Prospect, Role::Public] {
        assert!(
            world.people().iter().filter(|person| person.role == role).count() > 50,
            "{role:?}"
        );
    }
}
