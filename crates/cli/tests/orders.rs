//! Orders beside the truth of a simulated world: each interaction's order by who really stood where, and what it was really about.

mod common;

use common::World;
use simulate::{AccountRef, Config, Event, Network, Role, Verb};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Inside, edge or outside, the logo, or a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    Inside,
    Edge,
    Outside,
    House,
    System,
}

/// When somebody had a role, as the world's roster has it: from, until, role.
type Roles = HashMap<String, Vec<(String, String, String)>>;

/// The roles of each account in the roster, read by nothing of the product's.
fn roles(roster: &str) -> Roles {
    let mut roles = Roles::new();
    for line in roster.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let cell = |column: usize| cells[column].to_owned();
        for account in cells[10].split(';').filter(|_| !cells[2].is_empty()) {
            roles.entry(account.to_owned()).or_default().push((cell(6), cell(7), cell(2)));
        }
    }
    roles
}

/// What `simulate` knows of an event, put into an order by the table of docs and nothing else.
fn order(event: &Event, ends: [Stands; 2]) -> &'static str {
    let ours = |end: Stands| matches!(end, Stands::Inside | Stands::House | Stands::System);
    let toward_nobody = event.target == AccountRef::NOBODY;
    let others = !ours(ends[0]) && (toward_nobody || !ours(ends[1]));
    match others {
        true if event.network == Network::Discourse => "third-use",
        true if event.brand => "third-voice",
        true => "ambient",
        false if toward_nobody => "ambient",
        false if ours(ends[0]) && ours(ends[1]) => "first",
        false if ends.contains(&Stands::System) => "second-system",
        false if ends.contains(&Stands::House) => "second-house",
        false => "second-people",
    }
}

#[test]
fn orders_agree_with_the_truth_of_simulated_worlds() {
    for seed in [1, 2] {
        let world = World::new();
        let into = world.path("world");
        world.ok(&[
            "demo",
            "--people",
            "2000",
            "--seed",
            &seed.to_string(),
            "--into",
            &into.display().to_string(),
        ]);
        let each = world.path("each.csv").display().to_string();
        let ran =
            world.run_in("world/workspace", &["orders", "--window", "3650d", "--each", &each]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let counted = ran.json();
        let truth =
            simulate::World::new(Config { people: 2000, seed, ..Config::default() }).unwrap();
        let roster = std::fs::read_to_string(into.join("world/people.csv")).unwrap();
        let roles = roles(&roster);
        let mut known: HashMap<u32, Vec<(String, String, String)>> = HashMap::new();
        let mut stands = |account: AccountRef, day: &str| {
            let person = account.person();
            match truth.people()[person as usize].role {
                Role::House => return Stands::House,
                Role::System => return Stands::System,
                _ => {}
            }
            let roles = known.entry(person).or_insert_with(|| {
                let all = truth.accounts(person).into_iter().map(|one| truth.account_name(one));
                all.filter_map(|name| roles.get(&name)).next().cloned().unwrap_or_default()
            });
            let then = roles.iter().filter(|(from, until, _)| {
                (from.is_empty() || from.as_str() <= day)
                    && (until.is_empty() || day < until.as_str())
            });
            let sides = then.map(|(_, _, role)| match role.as_str() {
                "employee" => Stands::Inside,
                "partner" | "contractor" | "alumnus" => Stands::Edge,
                _ => Stands::Outside,
            });
            sides.min_by_key(|side| *side as u8).unwrap_or(Stands::Outside)
        };
        // Rows without an id are told by network, second and verb.
        let mut expected: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let mut undone = BTreeSet::new();
        let mut events: Vec<Event> = Vec::new();
        truth.play_in_order(0, &mut |event: &Event| match event.verb {
            Verb::Undo => _ = undone.insert(event.object),
            Verb::Follow => {}
            _ => events.push(*event),
        });
        for event in events.iter().filter(|event| !undone.contains(&event.id)) {
            let at = model_time(event.at);
            let ends = [
                stands(event.actor, &at[..10]),
                match event.target {
                    AccountRef::NOBODY => Stands::Outside,
                    target => stands(target, &at[..10]),
                },
            ];
            let key = match event.network {
                Network::Mastodon => format!("{at} {}", event.verb.name()),
                _ => format!("{:016x}", event.id),
            };
            expected.entry(key).or_default().push(order(event, ends));
        }
        let (mut agree, mut all) = (0u32, 0u32);
        let mut confused: BTreeMap<(String, String), u32> = BTreeMap::new();
        let text = std::fs::read_to_string(&each).unwrap();
        for line in text.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let [network, id, at, verb, _, found] = cells[..] else { panic!("{line}") };
            let key = match network {
                "mastodon" => format!("{at} {verb}"),
                _ => id.to_owned(),
            };
            let Some(truths) = expected.get_mut(&key).filter(|truths| !truths.is_empty()) else {
                panic!("nothing in the world is {line}");
            };
            all += 1;
            let place = truths.iter().position(|order| *order == found);
            agree += u32::from(place.is_some());
            let order = truths.swap_remove(place.unwrap_or(0));
            if place.is_none() {
                *confused.entry((order.to_owned(), found.to_owned())).or_default() += 1;
            }
        }
        let share = f64::from(agree) / f64::from(all);
        println!("seed {seed}: {share:.4} of {all} agree; true and found otherwise: {confused:?}");
        assert!(all > 30_000 && share >= 0.95, "{share} of {all}: {confused:?}");
        assert!(counted["interactions"].as_u64().unwrap() >= u64::from(all));
    }
}

/// As rows write it: whole seconds, in UTC.
fn model_time(at: i64) -> String {
    let second = at.div_euclid(1_000_000) * 1_000_000;
    tertius::Time(second).to_string()
}
