//! Reports on a firm where rosters and files are odd: each gives a clear answer, and no number that is none.

mod common;

use common::World;

/// What is asked of every report.
const REPORTS: &[&[&str]] = &[
    &["orders"],
    &["permeability"],
    &["introductions", "--to", "forum:far"],
    &["whatif", "leave", "forum:ann"],
    &["whatif", "join", "forum:far"],
    &["whatif", "merge-teams", "sales", "support"],
    &["contact", "--topic-text", "the boiler"],
    &["ladder", "--period", "10d"],
    &["r3"],
];

/// Three people and two weeks of silence. Ann is employee and, overlapping, customer; Bob's role ends before it begins; Cy's means nothing to the firm; Far is on no path.
fn world() -> World {
    let world = World::new();
    let mut rows = String::new();
    for (id, at, verb, actor, target) in [
        ("1", "2026-02-01", "reply", "bob", "ann"),
        ("2", "2026-02-02", "reply", "ann", "bob"),
        ("3", "2026-02-24", "reply", "cy", "ann"),
        ("4", "2026-02-24", "mention", "far", "away"),
    ] {
        rows += &common::row(id, &format!("{at}T00:00:00Z"), verb, actor, target, "public");
    }
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let roster = "name,role,organisation,team,since,until,accounts,consent\n\
        Ann,employee,Acme,sales,2026-01-01,2026-03-01,forum:ann,given:firm contact\n\
        Ann,customer,Basel AG,,2026-01-15,2026-02-15,forum:ann,\n\
        Bob,employee,Acme,support,2026-05-01,2026-01-01,forum:bob,\n\
        Cy,wizard,,,,,forum:cy,\n\
        Far,customer,,,,,forum:far,given:firm\n";
    let ran = world.ok(&["people", "import", &world.file("people.csv", roster)]);
    assert!(
        ran.err.contains("people.csv:4") && ran.err.contains("is not after since"),
        "{}",
        ran.err
    );
    world
}

/// How every report answers with these options more: an exit code, and all that was said.
fn answers(world: &World, options: &[&str]) -> Vec<(String, i32, String)> {
    let mut all = Vec::new();
    for report in REPORTS {
        for format in ["table", "json", "csv"] {
            let call = [report, options, &["--format", format]].concat();
            let ran = world.run(&call);
            let said = ran.out.clone() + &ran.err;
            for number in ["NaN", "inf", "panicked"] {
                assert!(!said.contains(number), "{call:?}: {said}");
            }
            assert!(ran.code <= 2 && !said.trim().is_empty(), "{call:?} says nothing");
            if format == "json" {
                all.push((report.join(" "), ran.code, said));
            }
        }
    }
    all
}

/// Each report's exit code and a word that it must say, in the order of `REPORTS`.
fn check(world: &World, options: &[&str], expected: [(i32, &str); REPORTS.len()]) {
    for ((report, code, said), (wanted, word)) in answers(world, options).into_iter().zip(expected)
    {
        assert!(code == wanted && said.contains(word), "{report} {options:?}: {code} {said}");
    }
}

#[test]
fn overlapping_roles_count_inside_and_an_organisation_of_one_is_one() {
    let world = world();
    let merged = (1, "no team inside is called support");
    check(
        &world,
        &[],
        [
            (0, "second-people"),
            (0, "\"ei\": 1.0"),
            (0, "no chain of returned ties"),
            (0, "nobody inside has ties"),
            (0, "one person would join"),
            merged,
            (0, "nobody who agreed has answered outsiders"),
            (0, "\"climbs\": 1"),
            (0, "fewer than 200"),
        ],
    );
    let orders = world.json(&["orders"]);
    let second = &orders["orders"][1];
    assert_eq!((&second["order"], &second["interactions"]), (&"second-people".into(), &3.into()));
    // The weeks without anything are there, with 0.
    let weeks: Vec<u64> = second["weeks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|week| week["interactions"].as_u64().unwrap())
        .collect();
    assert_eq!(weeks, [1, 1, 0, 0, 1]);
}

#[test]
fn a_firm_of_everybody_of_nobody_and_a_time_without_anything_have_no_figures() {
    let world = world();
    let firm = |name: &str, text: &str| world.file(name, text);
    let everybody = firm(
        "all.toml",
        "name = \"Acme\"\norganisations = [\"Acme\", \"Basel AG\"]\nsides = { inside = [\"employee\", \"customer\", \"wizard\"] }\nplaces = [\"forum:*\"]\nbrand = { names = [\"the\"] }\n",
    );
    check(
        &world,
        &["--firm", &everybody],
        [
            (0, "first"),
            (0, "fewer than 5"),
            (0, "is inside the firm"),
            (0, "fewer than 5"),
            (2, "is inside the firm already"),
            (1, "no team inside is called support"),
            (0, "nobody who agreed has answered outsiders"),
            (0, "nobody outside or at the edge"),
            (0, "fewer than 200"),
        ],
    );
    let nobody = firm("no.toml", "name = \"No\"\nsides = { inside = [\"astronaut\"] }\n");
    let nothing = |joins: (i32, &'static str)| {
        [
            (0, "nobody inside took part"),
            (0, "nobody inside has ties"),
            (1, "nobody who could ask has ties"),
            (2, "is not inside the firm"),
            joins,
            (1, "no team inside is called sales"),
            (0, "nobody inside agreed to be found"),
            (0, "nobody outside or at the edge"),
            (0, "fewer than 200"),
        ]
    };
    check(&world, &["--firm", &nobody], nothing((0, "nobody inside has ties")));
    let mut before = nothing((0, "nobody inside has ties"));
    before[0] = (0, "\"interactions\": 0");
    check(&world, &["--as-of", "2001-01-01"], before);
    // An hour in which there was nothing.
    let mut empty = before;
    empty[3] = (0, "nobody inside has ties");
    empty[5] = (1, "no team inside is called support");
    empty[6] = (0, "nobody who agreed has answered");
    check(&world, &["--as-of", "2026-02-12", "--window", "1h"], empty);
    for report in REPORTS {
        let ran = world.run(&[report, &["--firm", "missing.toml"][..]].concat());
        assert!(ran.code == 1 && ran.err.contains("missing.toml"), "{}", ran.err);
        let ran = world.run(&[report, &["--window", "0d"][..]].concat());
        assert!(ran.code == 2 && ran.err.contains("length of time"), "{}", ran.err);
    }
}
