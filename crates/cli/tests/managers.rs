//! Which signals find the managers of a real company in its mail. The data is not part of the project; without it this says so and passes.

mod common;

use common::World;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Each signal with the AUC that docs/real-data.md states: the chance that one who has people reporting to them stands above one who has none.
const EXPECTED: &[(&str, f64)] = &[
    ("authority.engagers", 0.592),
    ("authority.rank", 0.684),
    ("brokerage.betweenness", 0.631),
    ("brokerage.constraint", 0.605),
    ("brokerage.disparity", 0.584),
    ("brokerage.effective_size", 0.626),
    ("reach.engagers", 0.645),
    ("reach.two_steps", 0.679),
];

fn columns(text: &str, separator: char) -> impl Iterator<Item = Vec<&str>> {
    text.lines().skip(1).map(move |line| line.split(separator).collect())
}

#[test]
fn signals_on_mail_find_managers_as_far_as_is_stated() {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/manufacturing-email");
    let Ok(reports) = std::fs::read_to_string(folder.join("reportsto.csv")) else {
        println!("not tested on real data: {} is not there", folder.display());
        return;
    };
    let everybody: BTreeSet<&str> = columns(&reports, ',').map(|row| row[0]).collect();
    let managers: BTreeSet<&str> = columns(&reports, ',').map(|row| row[1]).collect();
    let world = World::new();
    let mail = folder.join("communication.csv").display().to_string();
    let columns_of_mail =
        "source=Sender,target=Recipient,at=EventDate,as=message,visibility=private";
    world.ok(&[
        "ingest",
        &mail,
        "--connector",
        "edges",
        "--network",
        "mail",
        "--columns",
        columns_of_mail,
        "--timezone",
        "UTC",
    ]);
    let mut definition = "name = \"managers\"\nversion = 1\nquestion = \"Who manages?\"\npurpose = \"test\"\n\
        visibility = [\"private\"]\nprojection = { window = \"365d\", layers = { message = 1.0 } }\n"
        .to_owned();
    for (signal, _) in EXPECTED {
        definition += &format!("[[signal]]\nname = \"{signal}\"\nwhy = \"To compare.\"\n");
    }
    let definition = world.file("managers.toml", definition);
    let [signals, people] =
        ["signals.csv", "people.csv"].map(|name| world.path(name).display().to_string());
    world.ok(&["export", "signals", "--definition", &definition, "--to", &signals]);
    world.ok(&["export", "people", "--to", &people]);
    let [signals, people] = [signals, people].map(|file| std::fs::read_to_string(file).unwrap());
    let account: BTreeMap<&str, &str> =
        columns(&people, ',').map(|row| (row[0], row[2].trim_start_matches("mail:"))).collect();
    let header: Vec<&str> = signals.lines().next().unwrap().split(',').collect();
    for (signal, expected) in EXPECTED {
        let column = header.iter().position(|name| name == signal).unwrap();
        // A low constraint is an open network. Whoever has no value stands last.
        let sign = if *signal == "brokerage.constraint" { -1.0 } else { 1.0 };
        let value =
            |cell: &str| cell.parse::<f64>().map_or(f64::NEG_INFINITY, |value| sign * value);
        let [mut above, mut pairs] = [0.0, 0.0];
        let values: BTreeMap<&str, f64> =
            columns(&signals, ',').map(|row| (account[row[0]], value(row[column]))).collect();
        for one in everybody.iter().filter(|one| managers.contains(*one)) {
            for other in everybody.iter().filter(|other| !managers.contains(*other)) {
                let [one, other] = [values[one], values[other]];
                above += if one > other { 1.0 } else { 0.5 * f64::from(one == other) };
                pairs += 1.0;
            }
        }
        let auc: f64 = above / pairs;
        println!("{signal} {auc:.4}");
        assert!((auc - expected).abs() < 0.0006, "{signal} finds managers with {auc}");
    }
}
