//! Introductions: chains of people from the firm to somebody.

mod common;

use common::World;

/// What two people did toward each other, `times` times each way.
fn both(rows: &mut String, a: &str, b: &str, times: usize, visibility: &str) {
    for i in 0..times {
        *rows +=
            &common::row(&format!("{a}{b}{i}"), "2026-02-01T00:00:00Z", "reply", a, b, visibility);
        *rows +=
            &common::row(&format!("{b}{a}{i}"), "2026-02-02T00:00:00Z", "reply", b, a, visibility);
    }
}

fn world() -> World {
    let world = World::new();
    let mut rows = String::new();
    both(&mut rows, "ed", "cat", 20, "public");
    both(&mut rows, "cat", "goal", 20, "public");
    both(&mut rows, "eve", "goal", 1, "public");
    // Warm, but private, or not returned, or through somebody who refuses.
    both(&mut rows, "ina", "goal", 50, "private");
    both(&mut rows, "ina", "shy", 50, "public");
    both(&mut rows, "shy", "goal", 50, "public");
    rows += &common::row("x", "2026-02-01T00:00:00Z", "reply", "far", "goal", "public");
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let roster = "name,role,organisation,accounts,consent\n\
        Ed,employee,Acme,forum:ed,\nEve,employee,Acme,forum:eve,\nIna,employee,Acme,forum:ina,\n\
        Far,employee,Acme,forum:far,\nGloria Goal,customer,Basel AG,forum:goal,\nShy,customer,,forum:shy,withdrawn\n";
    world.ok(&["people", "import", &world.file("people.csv", roster)]);
    world
}

#[test]
fn the_warmest_chain_comes_first_and_says_who_asks_whom() {
    let world = world();
    for to in ["forum:goal", "basel ag"] {
        let found = world.json(&["introductions", "--to", to]);
        let chains: Vec<&str> = found["introductions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["ask"].as_str().unwrap())
            .collect();
        let expected =
            ["Ed asks forum:cat for an introduction to Gloria Goal.", "Eve knows Gloria Goal."];
        assert_eq!(chains, expected, "{found:#}");
        let steps = found["introductions"][0]["steps"].as_array().unwrap();
        let product: f64 = steps.iter().map(|step| step["warmth"].as_f64().unwrap()).product();
        let warmth = found["introductions"][0]["warmth"].as_f64().unwrap();
        assert!((product - warmth).abs() < 1e-12 && warmth > 0.0 && warmth < 1.0);
        assert!(steps[1]["why"].as_str().unwrap().contains("20 times"));
    }
    let text = world.ok(&["introductions", "--to", "forum:goal", "--format", "table"]).out;
    assert!(!text.contains("Ina") && !text.contains("Shy") && !text.contains("Far"), "{text}");
}

#[test]
fn somebody_in_particular_can_ask_in_fewer_steps() {
    let world = world();
    let of = |args: &[&str]| {
        let all = [&["introductions", "--to", "forum:goal"][..], args].concat();
        world.json(&all)["introductions"].as_array().unwrap().len()
    };
    assert_eq!(of(&["--from", "forum:ed"]), 1);
    assert_eq!(of(&["--from", "forum:ed", "--steps", "1"]), 0);
    assert_eq!(of(&["--limit", "1"]), 1);
}

#[test]
fn who_can_not_be_found_or_refuses_is_said() {
    let world = world();
    for (args, code, words) in [
        (vec!["--to", "Nowhere Ltd"], 1, "nobody is known at Nowhere Ltd"),
        (vec!["--to", "forum:nobody"], 1, "unknown here"),
        (vec!["--to", "forum:shy"], 1, "refusal"),
        (vec!["--to", "forum:goal", "--steps", "0"], 2, "steps"),
    ] {
        let ran = world.run(&[&["introductions"][..], &args].concat());
        assert!(ran.code == code && ran.err.contains(words), "{args:?}: {} {}", ran.code, ran.err);
    }
    let alone = World::new();
    alone.ok(&[
        "ingest",
        &alone.file(
            "rows.ndjson",
            common::row("1", "2026-02-01T00:00:00Z", "reply", "a", "b", "public"),
        ),
    ]);
    let ran = alone.run(&["introductions", "--to", "forum:b"]);
    assert!(ran.code == 1 && ran.err.contains("people import"), "{}", ran.err);
}

/// Sales has five people who write mail; two of them share that. Nobody has public ties with the goal but through the far group.
fn mailers(firm: &str) -> World {
    let world = World::new();
    let mut rows = String::new();
    both(&mut rows, "s1", "goal", 9, "private");
    both(&mut rows, "s2", "goal", 3, "private");
    both(&mut rows, "s2", "friend", 9, "private");
    both(&mut rows, "friend", "other", 9, "public");
    both(&mut rows, "lone", "other", 9, "community");
    both(&mut rows, "s3", "s1", 9, "private");
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let mut roster = "name,role,organisation,team,accounts,consent\n".to_owned();
    for (k, consent) in ["", "given:introductions", "", "given", ""].iter().enumerate() {
        roster += &format!("Sal {0},employee,Acme,Sales,forum:s{0},{consent}\n", k + 1);
    }
    roster += "Lone,employee,Acme,Legal,forum:lone,\nGloria,customer,Basel AG,,forum:goal,\n\
        Oti,customer,Basel AG,,forum:other,\nNoa,customer,Basel AG,,forum:nowhere,\n";
    world.ok(&["people", "import", &world.file("people.csv", roster)]);
    world.ok(&["firm", "use", &world.file("firm.toml", firm)]);
    world
}

const ACME: &str = "name = \"Acme\"\nsides = { inside = [\"employee\"] }\n";

#[test]
fn private_ties_count_where_the_colleague_shares_them_and_else_are_someones() {
    let world = mailers(ACME);
    let found = world.json(&["introductions", "--to", "forum:goal"]);
    let chains = found["introductions"].as_array().unwrap();
    assert_eq!(chains.len(), 1, "{found:#}");
    assert_eq!(chains[0]["ask"], "Sal 2 knows Gloria.");
    let why = chains[0]["steps"][0]["why"].as_str().unwrap();
    assert!(why.contains("3 times") && why.contains("in private, which Sal 2 shares"), "{why}");
    let someone = found["someone"].as_array().unwrap();
    assert_eq!(someone.len(), 1, "{found:#}");
    assert_eq!(someone[0]["ask"], "Someone in Sales knows Gloria.");
    // Two colleagues must both share, so that nobody is led to who knows somebody who does.
    assert!(!found.to_string().contains("Sal 1") && !found.to_string().contains("Sal 3"));
    // A chain goes on from what is shared; a consent to everything is none to this.
    let found = world.json(&["introductions", "--to", "forum:other"]);
    assert_eq!(
        found["introductions"][0]["ask"],
        "Sal 2 asks forum:friend for an introduction to Oti."
    );
    // One person is no team, so the inside as a whole is told.
    assert_eq!(found["someone"][0]["ask"], "Someone inside the firm knows Oti.");
    let reason = format!("{ACME}small_teams = \"the works council agreed\"\n");
    let found = mailers(&reason).json(&["introductions", "--to", "forum:other"]);
    assert_eq!(found["someone"][0]["ask"], "Someone in Legal knows Oti.");
}

#[test]
fn an_organisation_is_shown_with_its_bridges_and_who_is_missing() {
    let world = mailers(ACME);
    let found = world.json(&["introductions", "--to", "Basel AG"]);
    let company = &found["company"];
    for (key, count) in
        [("people", 3), ("known", 1), ("by_chain", 1), ("through", 1), ("missing_in_all", 1)]
    {
        assert_eq!(company[key], count, "{key}: {company:#}");
    }
    assert_eq!(company["bridges"][0]["from"]["name"], "Sal 2");
    assert_eq!(company["missing"][0]["name"], "Noa");
    let text = world.ok(&["introductions", "--to", "Basel AG", "--format", "table"]).out;
    assert!(
        text.contains("hangs on one person") && text.contains("No chain leads to Noa."),
        "{text}"
    );
}

#[test]
fn a_list_of_targets_gets_the_best_chain_each_in_its_order() {
    let world = mailers(ACME);
    let list = world.file(
        "targets.csv",
        "account,organisation\nforum:other,\n,Basel AG\nforum:nowhere,\nforum:unknown,\n,Nowhere Ltd\n",
    );
    let found = world.json(&["introductions", "--targets", &list]);
    let asked: Vec<[String; 2]> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| ["ask", "note"].map(|key| one[key].as_str().unwrap_or_default().to_owned()))
        .collect();
    let expected = [
        [
            "Sal 2 asks forum:friend for an introduction to Oti.",
            "Someone inside the firm knows Oti.",
        ],
        ["Sal 2 knows Gloria.", "Someone in Sales knows somebody at Basel AG."],
        ["", "no chain of returned ties that are public or shared leads there within 3 steps"],
        ["", "forum:unknown is unknown here; accounts are written network:id, and ids are exact"],
        [
            "",
            "nobody is known at Nowhere Ltd; write an account as network:id, or an organisation as rosters write it",
        ],
    ];
    assert_eq!(asked, expected.map(|row| row.map(str::to_owned)));
    let csv = world.ok(&["introductions", "--targets", &list, "--format", "csv"]).out;
    assert!(csv.starts_with("to,warmth,steps,ask,note\nforum:other,0."), "{csv}");
    for (content, words) in [("name\nx\n", "no column"), ("", "no column")] {
        let ran = world.run(&["introductions", "--targets", &world.file("bad.csv", content)]);
        assert!(ran.code == 2 && ran.err.contains(words), "{}", ran.err);
    }
    let empty = world.file("empty.csv", "account\n");
    let ran = world.ok(&["introductions", "--targets", &empty]);
    assert!(ran.out.trim() == "[]" && ran.err.contains("lists nobody"), "{}", ran.err);
}

#[test]
fn the_least_expected_chain_leads_through_another_world() {
    let world = World::new();
    let mut rows = String::new();
    // Two circles of six, and the goal in the second. The warm way stays in the first until the last step; the other crosses over a friend.
    for circle in ["a", "b"] {
        for i in 0..6 {
            for j in 0..i {
                both(&mut rows, &format!("{circle}{i}"), &format!("{circle}{j}"), 6, "public");
            }
        }
    }
    both(&mut rows, "us", "a0", 20, "public");
    both(&mut rows, "us", "a1", 20, "public");
    both(&mut rows, "a5", "b5", 2, "public");
    both(&mut rows, "us", "b4", 3, "public");
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    world.ok(&[
        "people",
        "import",
        &world.file("people.csv", "name,role,organisation,accounts\nUs,employee,Acme,forum:us\n"),
    ]);
    let found = world.json(&["introductions", "--to", "forum:b0", "--floor", "0.2"]);
    let unexpected = found["unexpected"].as_array().unwrap();
    assert!(!unexpected.is_empty(), "{found:#}");
    for one in unexpected {
        let crossing = one["crossing"].as_u64().unwrap() as usize;
        let steps = one["steps"].as_array().unwrap();
        let ends = ["from", "to"].map(|end| {
            steps[crossing - 1][end]["accounts"][0]
                .as_str()
                .unwrap()
                .split(':')
                .next_back()
                .unwrap()
                .to_owned()
        });
        assert!(!ends[0].starts_with('b') && ends[1].starts_with('b'), "{one:#}");
        assert!(one["distance"].as_f64().unwrap() > 0.5);
        assert!(steps.iter().all(|step| step["warmth"].as_f64().unwrap() >= 0.2));
    }
    let none = world.json(&["introductions", "--to", "forum:b0", "--unexpected", "0"]);
    assert_eq!(none["unexpected"].as_array().unwrap().len(), 0);
    assert_eq!(none["introductions"], found["introductions"]);
    assert_eq!(world.run(&["introductions", "--to", "forum:b0", "--floor", "1.5"]).code, 2);
}

#[test]
fn a_firm_of_everybody_or_nobody_and_a_time_before_all_get_a_clear_answer() {
    let world = world();
    let firm = |sides: &str| {
        world.file("odd.toml", format!("name = \"Odd\"\nsides = {{ inside = [{sides}] }}\n"))
    };
    let roster = "name,role,accounts\nCat,friend,forum:cat\nGloria,friend,forum:goal\nEve,friend,forum:eve\n";
    world.ok(&["people", "import", &world.file("friends.csv", roster)]);
    let everybody = firm("\"employee\", \"customer\", \"friend\"");
    let found = world.json(&["introductions", "--to", "forum:goal", "--firm", &everybody]);
    assert!(found["notes"].to_string().contains("is inside the firm"), "{found:#}");
    let nobody = firm("\"astronaut\"");
    let ran = world.run(&["introductions", "--to", "forum:goal", "--firm", &nobody]);
    assert!(ran.code == 1 && ran.err.contains("people import"), "{}", ran.err);
    let before = ["introductions", "--to", "forum:goal", "--as-of", "2001-01-01"];
    let ran = world.run(&before);
    assert!(ran.code == 1 && ran.err.contains("nobody who could ask"), "{}", ran.err);
    // Those known at Basel AG are customers of ours; nothing says who works there.
    let ran = world.run(&["introductions", "--to", "forum:ed", "--organisation", "Basel AG"]);
    assert!(ran.code == 1 && ran.err.contains("nobody who could ask"), "{}", ran.err);
    let ran = world.run(&["introductions", "--to", ""]);
    assert!(ran.code == 1 && ran.err.contains("nobody is known at"), "{}", ran.err);
    assert!(!found.to_string().contains("NaN"));
}
