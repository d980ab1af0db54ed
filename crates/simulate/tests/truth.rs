//! The truth is counted, not computed: what one pass over a draw says of everybody's silence is what playing the draw without
//! each of them gives, and planted numbers are found again.

use simulate::{Config, Kernel, Planted, World};

fn world(config: Config) -> World {
    World::new(config).unwrap()
}

#[test]
fn what_silence_changes_is_the_same_when_the_other_world_is_played_in_full() {
    // A dense little world, so that feeds are crowded and silence frees attention.
    let config =
        Config { people: 120, interactions: Some(9_000), follows: 15.0, ..Config::default() };
    let world = world(config);
    for draw in [0, 7] {
        let all = world.reactions_without(draw, None) as i64;
        let moved = world.moved(draw);
        let mut negative = 0;
        for person in 0..world.real() as u32 {
            let without = world.reactions_without(draw, Some(person)) as i64;
            assert_eq!(moved[person as usize].0, all - without, "person {person} of draw {draw}");
            negative += i32::from(all < without);
        }
        let gross: i64 = moved.iter().map(|(_, gross)| gross).sum();
        assert_eq!(gross, all);
        assert!(
            all > 1_000 && negative > 0,
            "{all} reactions, {negative} people with a negative net"
        );
    }
}

#[test]
fn the_planted_branching_ratio_is_found_by_counting_parents() {
    for (branching, kernel) in
        [(0.0, Kernel::Exponential), (0.4, Kernel::Exponential), (0.7, Kernel::PowerLaw)]
    {
        let config = Config {
            people: 2_000,
            interactions: Some(200_000),
            branching,
            kernel,
            ..Config::default()
        };
        let world = world(config);
        let (posts, excited) = (0..6).fold((0, 0), |(posts, excited), draw| {
            let (more, parents) = world.talk_of(draw);
            (posts + more, excited + parents)
        });
        let ratio = excited as f64 / posts as f64;
        assert!(posts > 5_000);
        // Clusters make the count's error larger than a coin's: by 1 / (1 - ratio).
        let error = 4.0 * (ratio * (1.0 - ratio) / posts as f64).sqrt() / (1.0 - branching);
        assert!(
            (ratio - branching).abs() <= error + 0.01,
            "{ratio} for {branching}, {posts} posts"
        );
    }
}

#[test]
fn those_in_whom_something_was_planted_have_the_outcome_of_it() {
    let world = world(Config { people: 3_000, ..Config::default() });
    let expected = world.expected(12);
    let people = world.people();
    let mean = |of: &dyn Fn(u32) -> bool, value: &dyn Fn(usize) -> f64| {
        let chosen: Vec<usize> = (0..world.real()).filter(|i| of(*i as u32)).collect();
        chosen.iter().map(|i| value(*i)).sum::<f64>() / chosen.len().max(1) as f64
    };
    let has = |kind: Planted| move |i: u32| people[i as usize].planted.has(kind);
    let others = |kind: Planted| {
        move |i: u32| {
            let person = &people[i as usize];
            let role = if kind == Planted::HOST {
                simulate::Role::Employee
            } else {
                simulate::Role::Customer
            };
            person.role == role && !person.planted.has(kind)
        }
    };
    let compare = |kind: Planted, value: &dyn Fn(usize) -> f64| {
        (mean(&has(kind), value), mean(&others(kind), value))
    };
    let newcomers = |i: usize| expected[i].newcomers.mean;
    let (own, rest) = compare(Planted::ADVOCATE, &newcomers);
    assert!(own > 4.0 * rest && own > 0.5, "advocates bring {own}, others {rest}");
    let (own, _) = compare(Planted::DETRACTOR, &newcomers);
    assert!(own < rest, "detractors bring {own}, others {rest}");
    let (own, rest) = compare(Planted::HELPER, &|i| expected[i].helped.mean);
    assert!(own > 3.0 * rest, "helpers help {own}, others {rest}");
    let (chatter, _) = compare(Planted::CHATTERER, &|i| expected[i].helped.mean);
    assert!(own > 5.0 * chatter, "chatterers help {chatter}");
    let (own, rest) = compare(Planted::BROKER, &|i| expected[i].doors.mean);
    assert!(own > 3.0 * rest, "brokers open {own}, others {rest}");
    let (own, rest) = compare(Planted::HOST, &|i| expected[i].hosted.mean);
    let (mailers, _) = compare(Planted::MAILER, &|i| expected[i].hosted.mean);
    assert!(
        own > 2.0 * rest && own > 2.0 * mailers,
        "hosts {own}, others {rest}, mailers {mailers}"
    );
    let (own, rest) = compare(Planted::EARLY, &|i| expected[i].spotted.mean);
    assert!(own > 3.0 * rest, "early adopters {own}, others {rest}");
    let wrong = |i: usize| expected[i].misjudged.mean;
    let (own, _) = compare(Planted::EARLY, &wrong);
    let (hasty, _) = compare(Planted::HASTY, &wrong);
    assert!(hasty > 2.0 * own, "hasty adopters misjudge {hasty}, early ones {own}");
    let (own, rest) =
        compare(Planted::LOUD, &|i| expected[i].gross.mean / f64::from(people[i].activity));
    assert!(own < 0.5 * rest, "a post of loud people moves {own}, of others {rest}");
    println!("advocates, helpers, brokers, hosts and early adopters of 3,000 people stand out");
}
