//! Who inside best answers a question: what counts, who may be listed, and whether it finds whom the simulator made experts.

mod common;

use common::World;
use simulate::{BRAND_TOPICS, Config, topic_words};

/// A post; with a parent it is a reply.
fn post(id: &str, at: &str, actor: &str, text: &str, parent: &str) -> String {
    let (verb, reply) = match parent {
        "" => ("post", String::new()),
        _ => ("reply", format!(",\"in_reply_to\":\"{parent}\"")),
    };
    format!(
        "{{\"id\":\"{id}\",\"at\":\"2026-02-{at}\",\"network\":\"forum\",\"verb\":\"{verb}\",\"actor\":\"{actor}\",\"object\":\"{id}\",\"text\":\"{text}\"{reply}}}\n"
    )
}

fn took(id: &str, actor: &str) -> String {
    format!(
        "{{\"id\":\"t{id}\",\"at\":\"2026-02-20T00:00:00Z\",\"network\":\"forum\",\"verb\":\"answer\",\"actor\":\"{actor}\",\"object\":\"{id}\"}}\n"
    )
}

/// Ada's answers on boilers are taken up, Bea's are not, Cyd answered much on something else, Dee did not agree, Eve left.
fn world() -> World {
    let world = World::new();
    let mut rows = String::new();
    for k in 0..6 {
        let mut ask = |who: &str, about: &str, taken: bool| {
            let (question, answer) = (format!("q{who}{about}{k}"), format!("a{who}{about}{k}"));
            rows += &post(&question, "01T00:00:00Z", "cust", &format!("my {about} is cold"), "");
            rows += &post(&answer, "01T02:00:00Z", who, "turn the valve", &question);
            if taken {
                rows += &took(&answer, "cust");
            }
        };
        ask("ada", "boiler", true);
        ask("bea", "boiler", false);
        ask("cyd", "ladder", true);
        ask("dee", "boiler", true);
        ask("eve", "boiler", true);
        // What colleagues answer each other is no answer to an outsider.
        rows += &post(&format!("in{k}"), "01T00:00:00Z", "bea", "my boiler is cold", "");
        rows +=
            &post(&format!("ib{k}"), "01T00:10:00Z", "cyd", "turn the valve", &format!("in{k}"));
        rows += &took(&format!("ib{k}"), "bea");
    }
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let roster = "name,role,organisation,accounts,consent,until\n\
        Ada,employee,Acme,forum:ada,given:contact,\nBea,employee,Acme,forum:bea,given:contact,\n\
        Cyd,employee,Acme,forum:cyd,given:contact,\nDee,employee,Acme,forum:dee,given,\n\
        Eve,employee,Acme,forum:eve,given:contact,2026-02-10\n";
    world.ok(&["people", "import", &world.file("people.csv", roster)]);
    world
}

fn names(found: &serde_json::Value) -> Vec<&str> {
    found["people"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[test]
fn whoever_answered_on_it_and_was_taken_up_comes_first() {
    let world = world();
    let found = world.json(&["contact", "--topic-text", "The BOILER stays cold!"]);
    assert_eq!(names(&found), ["Ada", "Bea"], "{found:#}");
    let first = &found["people"][0];
    for (key, value) in [("answers", 6.0), ("taken_up", 6.0), ("median_hours", 2.0), ("share", 1.0)]
    {
        assert_eq!(first[key].as_f64(), Some(value), "{key}: {first:#}");
    }
    assert_eq!(found["people"][1]["taken_up"], 0);
    assert_eq!(found["agreed"], 3);
    let found = world.json(&["contact", "--topic-text", "boiler"]);
    assert_eq!(names(&found), ["Ada", "Bea"], "{found:#}");
    let text = world.ok(&["contact", "--topic-text", "boiler", "--format", "table"]).out;
    assert!(text.contains("1. Ada: answered outsiders 6 times on this"), "{text}");
}

#[test]
fn who_is_near_to_the_one_who_asks_and_has_less_to_do_moves_up() {
    let world = World::new();
    let mut rows = String::new();
    for (who, others) in [("ada", 0), ("bea", 0), ("cyd", 30)] {
        let late = if who == "cyd" { "27" } else { "05" };
        for k in 0..4 + others {
            let (question, answer) = (format!("q{who}{k}"), format!("a{who}{k}"));
            let about = if k < 4 { "boiler" } else { "weather" };
            let at = if k < 4 { "05" } else { late };
            rows += &post(&question, &format!("{at}T00:00:00Z"), "cust", about, "");
            rows += &post(&answer, &format!("{at}T02:00:00Z"), who, "so", &question);
            rows += &took(&answer, "cust");
        }
    }
    for (id, a, b) in [
        ("n1", "bea", "friend"),
        ("n2", "friend", "bea"),
        ("n3", "friend", "me"),
        ("n4", "me", "friend"),
    ] {
        rows += &common::row(id, "2026-02-27T00:00:00Z", "reply", a, b, "public");
    }
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let roster = "name,role,organisation,accounts,consent\n\
        Ada,employee,Acme,forum:ada,given:contact\nBea,employee,Acme,forum:bea,given:contact\nCyd,employee,Acme,forum:cyd,given:contact\n";
    world.ok(&["people", "import", &world.file("people.csv", roster)]);
    let found = world.json(&["contact", "--topic-text", "boiler", "--from", "forum:me"]);
    assert_eq!(names(&found), ["Bea", "Ada", "Cyd"], "{found:#}");
    assert!(found["people"][0]["nearness"].as_f64().unwrap() > 0.0);
    assert_eq!(found["people"][1]["nearness"], 0.0);
    let cyd = &found["people"][2];
    assert!(cyd["lately"] == 30 && cyd["share"].as_f64().unwrap() < 0.7, "{cyd:#}");
    assert_eq!(cyd["knowledge"], found["people"][1]["knowledge"]);
}

#[test]
fn questions_that_nobody_can_be_found_for_get_a_clear_answer() {
    let world = world();
    for (args, code, words) in [
        (vec!["--topic-text", "?!"], 2, "no words"),
        (vec!["--topic-text", "zebra"], 0, "nobody who agreed has answered"),
        (vec!["--topic-text", "boiler", "--from", "forum:nobody"], 1, "unknown here"),
        (vec!["--topic-text", "boiler", "--as-of", "2001-01-01"], 0, "nobody who agreed"),
        (vec!["--topic-text", "boiler", "--organisation", "Nobody Ltd"], 0, "nobody inside agreed"),
    ] {
        let ran = world.run(&[&["contact", "--format", "json"][..], &args].concat());
        assert!(ran.code == code && ran.err.contains(words), "{args:?}: {} {}", ran.code, ran.err);
        assert!(!ran.out.contains("NaN"));
    }
    // Eve is not there any more, but she was.
    let then = ["contact", "--topic-text", "boiler", "--as-of", "2026-02-05"];
    assert!(names(&world.json(&then)).contains(&"Eve"));
    world.ok(&["object", "forum:ada"]);
    assert!(!names(&world.json(&["contact", "--topic-text", "boiler"])).contains(&"Ada"));
}

#[test]
fn of_three_found_most_are_whom_the_simulator_made_experts() {
    let (mut hits, mut asked, mut chance) = (0, 0, 0.0);
    for seed in 1..=3 {
        let world = World::new();
        let into = world.path("world").display().to_string();
        world.ok(&["demo", "--people", "3000", "--seed", &seed.to_string(), "--into", &into]);
        let config = Config { people: 3000, seed, ..Config::default() };
        let truth = simulate::World::new(config).unwrap();
        let employees: Vec<u32> = (0..truth.real() as u32)
            .filter(|person| truth.people()[*person as usize].role == simulate::Role::Employee)
            .collect();
        let account = |person: u32| {
            let accounts = truth.accounts(person).into_iter();
            accounts.map(|account| truth.account_name(account)).collect::<Vec<_>>()
        };
        let mut roster = "accounts,consent\n".to_owned();
        for person in &employees {
            roster += &format!("{},given:contact\n", account(*person)[0]);
        }
        let roster = world.file("agreed.csv", roster);
        let run = |args: &[&str]| {
            let ran = world.run_in("world/workspace", args);
            assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
            ran
        };
        run(&["people", "import", &roster]);
        for topic in 0..BRAND_TOPICS as u8 {
            let experts: Vec<String> = truth.experts(topic).flat_map(account).collect();
            chance += truth.experts(topic).count() as f64 / employees.len() as f64;
            for word in topic_words(topic) {
                let text = format!("My {word} fails since yesterday, how do I fix it?");
                let found = run(&["contact", "--topic-text", &text, "--format", "json"]).json();
                for one in found["people"].as_array().unwrap() {
                    let accounts = one["accounts"].as_array().unwrap().iter();
                    let accounts: Vec<&str> = accounts.map(|one| one.as_str().unwrap()).collect();
                    asked += 1;
                    hits += usize::from(experts.iter().any(|one| accounts.contains(&one.as_str())));
                }
            }
        }
    }
    let precision = hits as f64 / asked as f64;
    let chance = chance / (3.0 * BRAND_TOPICS as f64);
    println!("precision at 3: {precision:.3} of {asked}, by lot {chance:.3}");
    assert!(asked >= 90 && precision >= 0.7, "{precision} of {asked}, by lot {chance}");
}
