//! Texts of others are no formulas: in no CSV that we write does a cell begin as one, and what we wrote is read back as it was.

mod common;

use common::World;

const NAME: &str = "=HYPERLINK(\"http://evil.example\")";

fn world() -> World {
    let world = World::new();
    let row = |id: &str, actor: &str, text: &str| {
        format!(
            "{{\"id\":\"{id}\",\"at\":\"2026-05-01T00:00:00Z\",\"network\":\"forum\",\"verb\":\"answer\",\"actor\":\"{actor}\",\"target\":\"b\",\"text\":\"{text}\"}}\n"
        )
    };
    let rows = ["=1+1", "@b look", "+1", "-ok", "'=quoted", "\\t=1", "plain", "'tis"];
    let rows: String =
        (0..).zip(rows).map(|(n, text)| row(&format!("-{n}x"), &format!("=a{n}"), text)).collect();
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let people = format!(
        "name,role,organisation,accounts\n\"{}\",employee,@SUM(A1),forum:=a0\n+b,customer,-c,forum:b\n",
        NAME.replace('"', "\"\"")
    );
    world.ok(&["people", "import", &world.file("people.csv", people)]);
    world.ok(&["score", "general"]);
    world
}

fn no_formula(csv: &str) {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    for record in reader.records() {
        for cell in &record.unwrap() {
            let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
            assert!(!formula || cell.parse::<f64>().is_ok() || cell == "-", "{cell:?} in {csv}");
        }
    }
}

#[test]
fn no_cell_that_is_printed_or_exported_begins_as_a_formula() {
    let world = world();
    for command in [
        &["who", "forum:b"][..],
        &["rank", "general"],
        &["explain", "forum:b", "general"],
        &["compare"],
        &["people", "suggestions"],
        &["consent", "list"],
        &["notice"],
    ] {
        let ran = world.run(&[command, &["--format", "csv"]].concat());
        assert!(ran.code == 0 || ran.out.is_empty(), "{command:?}: {}", ran.err);
        no_formula(&ran.out);
    }
    for table in ["interactions", "ties", "people", "signals", "scores"] {
        let file = world.path(&format!("{table}.csv"));
        world.ok(&["export", table, "--to", file.to_str().unwrap()]);
        no_formula(&std::fs::read_to_string(file).unwrap());
    }
    let each = world.path("each.csv").display().to_string();
    world.ok(&["orders", "--organisation", "@SUM(A1)", "--each", &each]);
    let each = std::fs::read_to_string(each).unwrap();
    assert!(each.contains("'-0x"), "{each}");
    no_formula(&each);
    let people = std::fs::read_to_string(world.path("people.csv")).unwrap();
    assert!(people.contains("'=HYPERLINK") && people.contains("'@SUM(A1)"), "{people}");
}

#[test]
fn interactions_that_were_exported_are_read_back_as_they_were() {
    let world = world();
    let file = world.path("out.csv").display().to_string();
    world.ok(&["export", "interactions", "--to", &file]);
    let again = world.json(&["ingest", &file]);
    assert_eq!((&again["accepted"], &again["duplicates"]), (&0.into(), &8.into()), "{again}");
    assert_eq!(again["conflicts"], 0, "{again}");
}
