//! The way from customer to partner: rungs by hand, and climbs that are planted.

mod common;

use common::World;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn row(
    id: &str,
    at: &str,
    verb: &str,
    actor: &str,
    target: Option<&str>,
    visibility: &str,
) -> String {
    let target = target.map_or(String::new(), |target| format!("\"target\":\"{target}\","));
    format!(
        "{{\"id\":\"{id}\",\"object\":\"{id}\",\"at\":\"{at}T00:00:00Z\",\"network\":\"forum\",\"verb\":\"{verb}\",\"actor\":\"{actor}\",{target}\"visibility\":\"{visibility}\"}}\n"
    )
}

fn climbs() -> World {
    let world = World::new();
    let mut rows = String::new();
    // Ada asks and is answered from inside, then helps, then contributes. Bo only asks. Shy objected. Eve's message is private.
    for (id, at, verb, actor, target, visibility) in [
        ("a1", "2026-01-01", "post", "ada", None, "community"),
        ("i1", "2026-01-02", "reply", "ina", Some("ada"), "community"),
        ("b1", "2026-01-03", "post", "bo", None, "community"),
        ("s1", "2026-01-03", "contribute", "shy", Some("ina"), "community"),
        ("e1", "2026-01-04", "message", "eve", Some("ina"), "private"),
        ("a2", "2026-02-10", "reply", "ada", Some("bo"), "community"),
        ("b2", "2026-02-11", "post", "bo", None, "community"),
        ("a3", "2026-03-10", "contribute", "ada", Some("acme"), "community"),
        ("c3", "2026-03-31", "post", "cy", None, "community"),
    ] {
        rows += &row(id, at, verb, actor, target, visibility);
    }
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let roster = "name,role,accounts,consent\nIna,employee,forum:ina,\nAda,customer,forum:ada,\nShy,customer,forum:shy,objected\n";
    world.ok(&["people", "import", &world.file("people.csv", roster)]);
    let firm = "name = \"Acme\"\nsides = { inside = [\"employee\"] }\nhouse = [\"forum:acme\"]\nplaces = [\"forum:*\"]\n";
    world.ok(&["firm", "use", &world.file("firm.toml", firm)]);
    world
}

#[test]
fn rungs_and_moves_are_those_of_what_people_did() {
    let world = climbs();
    let found = world.json(&["ladder", "--period", "30d", "--window", "90d"]);
    let periods: Vec<&Value> =
        found["periods"].as_array().unwrap().iter().map(|one| &one["people"]).collect();
    assert_eq!(
        periods,
        [&json!([1, 2, 0, 0, 0]), &json!([1, 1, 1, 0, 0]), &json!([1, 1, 0, 0, 1])],
        "{found:#}"
    );
    let moves = &found["movements"][0]["people"];
    assert_eq!(
        (&moves[1][2], &moves[1][1], &moves[0][0]),
        (&json!(1), &json!(1), &json!(1)),
        "{found:#}"
    );
    assert_eq!(found["climbs"], 3, "{found:#}");
    let first = &found["climbers"][0];
    assert_eq!(
        (&first["name"], &first["from"], &first["to"]),
        (&json!("Ada"), &json!("engages"), &json!("contributes"))
    );
    // Of those who engaged in one period and could be compared, Ada climbed after an answer from inside and Bo stayed without one.
    let answered = &found["preceded"][0];
    assert!(answered["climbed"].as_f64() > answered["others"].as_f64(), "{found:#}");
    let text = world.ok(&["ladder", "--period", "30d", "--window", "90d", "--format", "table"]).out;
    assert!(text.contains("Ada: from engages to contributes") && !text.contains("Shy"), "{text}");
}

#[test]
fn too_short_a_past_an_organisation_of_nobody_and_an_empty_time_get_an_answer() {
    let world = climbs();
    let found = world.json(&["ladder", "--period", "120d", "--window", "120d"]);
    assert!(found["movements"].as_array().unwrap().is_empty() && found["climbs"] == 0);
    assert!(found["notes"].to_string().contains("--period"), "{found:#}");
    let refused = world.run(&["ladder", "--period", "1m", "--window", "180d"]);
    assert!(refused.code == 2 && refused.err.contains("259200 periods"), "{}", refused.err);
    for call in [["--organisation", "Nobody Ltd"], ["--as-of", "2020-01-01"]] {
        let found = world.json(&[&["ladder"][..], &call].concat());
        assert!(
            found["climbers"].as_array().unwrap().is_empty() || call[0] == "--organisation",
            "{found:#}"
        );
    }
}

/// A simulated world, what `ladder` says of its forum, and who it should have seen to climb.
struct Judged {
    found: Value,
    /// Accounts that are shown to have climbed to `contributes`, with how often they did.
    up: BTreeMap<String, u64>,
    /// Planted climbers and whom an answer moved.
    meant: BTreeSet<String>,
    /// Those of them who contributed in the last period.
    late: BTreeSet<String>,
}

impl Judged {
    fn new(seed: u64, moved_by_answers: Option<f64>) -> Judged {
        let config = simulate::Config {
            seed,
            people: 8_000,
            interactions: Some(800_000),
            moved_by_answers,
            ..simulate::Config::default()
        };
        let made = simulate::World::new(config).unwrap();
        let world = World::new();
        let written = simulate::write::files(&made, &world.path("world"), 0).unwrap();
        let forum = world.path("world").join("forum.csv").display().to_string();
        world.ok(&["ingest", &forum]);
        world.ok(&["people", "import", &written.people.display().to_string()]);
        world.ok(&["firm", "use", &written.firm.display().to_string()]);
        let found =
            world.json(&["ladder", "--period", "60d", "--window", "180d", "--limit", "100000"]);
        let mut up = BTreeMap::new();
        for one in found["climbers"].as_array().unwrap().iter() {
            let accounts = one["accounts"].as_array().unwrap().iter().filter_map(Value::as_str);
            if let Some(account) = accounts.into_iter().find(|one| one.starts_with("discourse:"))
                && one["to"] == "contributes"
            {
                up.insert(account.to_owned(), one["times"].as_u64().unwrap());
            }
        }
        // Whoever refuses is in no report, and who is silent in the last third can't be seen to have climbed.
        let planted: BTreeSet<u32> = made.planted(simulate::Planted::CLIMBER).collect();
        let (mut meant, mut early, mut late) = (planted, BTreeSet::new(), BTreeSet::new());
        let [first, last] = [120, 60].map(|days| made.config().end.0 - days * tertius::DAY);
        made.play(0, &mut |event: &simulate::Event| {
            if event.verb == simulate::Verb::Contribute {
                let person = event.actor.person();
                if event.cause != 0 {
                    meant.insert(person);
                }
                if event.at > last {
                    late.insert(person);
                } else if event.at <= first {
                    early.insert(person);
                }
            }
        });
        // Who contributed from the beginning has nowhere to climb to.
        meant.retain(|person| !early.contains(person));
        late.retain(|person| meant.contains(person));
        let named = |people: BTreeSet<u32>| {
            let name = |person| {
                let account = simulate::AccountRef::new(person, simulate::Network::Discourse);
                (*made.account_name(account)).to_owned()
            };
            people.into_iter().map(name).collect()
        };
        Judged { found, up, meant: named(meant), late: named(late) }
    }

    /// Of those who could be seen to climb the share who are; of those shown, with so many contributions, the share who were meant.
    fn recall_and_precision(&self, times: u64) -> (f64, f64) {
        let shown: Vec<&String> =
            self.up.iter().filter(|one| *one.1 >= times).map(|one| one.0).collect();
        let hits = self.late.iter().filter(|one| shown.contains(one)).count();
        let right = shown.iter().filter(|one| self.meant.contains(**one)).count();
        println!(
            "{times} or more: {hits} of {} found, {right} of {} right",
            self.late.len(),
            shown.len()
        );
        (hits as f64 / self.late.len() as f64, right as f64 / shown.len() as f64)
    }

    /// How many times as often something came before a climb.
    fn times(&self, what: &str) -> f64 {
        let preceded = self.found["preceded"].as_array().unwrap();
        let one = preceded.iter().find(|one| one["what"].as_str().unwrap().contains(what));
        println!("{}", one.unwrap());
        one.unwrap()["times"].as_f64().unwrap()
    }
}

#[test]
fn planted_climbs_are_found() {
    let judged = Judged::new(3, None);
    let (recall, precision) = judged.recall_and_precision(1);
    assert!(judged.late.len() >= 5 && recall >= 0.8 && precision >= 0.9);
}

#[test]
fn climbs_are_found_among_others_who_contribute_and_their_cause_is_told_from_what_moves_nobody() {
    let judged = Judged::new(3, Some(0.4));
    let ((recall, once), (_, twice)) =
        (judged.recall_and_precision(1), judged.recall_and_precision(2));
    assert!(judged.late.len() > 100 && recall >= 0.85 && once >= 0.6 && twice >= 0.85);
    // The same world in which answers move nobody.
    let idle = Judged::new(3, Some(0.0));
    idle.recall_and_precision(1);
    idle.recall_and_precision(2);
    let [with, without] = [&judged, &idle].map(|world| world.times("inside replied"));
    assert!(with > 1.2 && (0.85..1.15).contains(&without), "{with} {without}");
    // Who comes often is answered often and climbs: that is no cause, and there with it or without.
    let [with, without] = [&judged, &idle].map(|world| world.times("customer or partner"));
    assert!((with - without).abs() < 0.2, "{with} {without}");
}
