//! A world's files: the same bytes each time, rows that are what happened, and a truth that can be read.

use model::keys;
use serde_json::Value;
use simulate::write::{Written, files};
use simulate::{Config, Event, Network, Verb, World};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn world(people: usize) -> World {
    World::new(Config { people, ..Config::default() }).unwrap()
}

fn written(people: usize, pairs: u32) -> (World, Written, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let world = world(people);
    let written = files(&world, dir.path(), pairs).unwrap();
    (world, written, dir)
}

fn rows(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_same_world_is_the_same_bytes() {
    let ((_, first, _dir), (_, second, _other)) = (written(250, 2), written(250, 2));
    let paths = |written: &Written| {
        let own = [written.people.clone(), written.firm.clone(), written.truth.clone()];
        written.sources.iter().map(|source| source.path.clone()).chain(own).collect::<Vec<_>>()
    };
    for (a, b) in paths(&first).iter().zip(&paths(&second)) {
        let (a, b) = (std::fs::read(a).unwrap(), std::fs::read(b).unwrap());
        assert!(!a.is_empty() && a == b);
    }
}

#[test]
fn public_rows_are_what_happened_some_late_and_some_twice() {
    let (world, written, _dir) = written(1_500, 0);
    let rows = rows(&written.sources[0].path);
    assert_eq!(rows.len() as u64, written.sources[0].rows);
    let mut happened: BTreeMap<String, Event> = BTreeMap::new();
    world.play(0, &mut |event: &Event| {
        if event.network == Network::Twitter {
            assert!(happened.insert(format!("{:016x}", event.id), *event).is_none());
        }
    });
    let (mut seen, mut late, mut before) = (BTreeSet::new(), 0, String::new());
    for row in &rows {
        let id = row["id"].as_str().unwrap();
        let event = &happened[id];
        assert_eq!(row["verb"], event.verb.name());
        assert_eq!(row["actor"], world.account_id(event.actor).as_str());
        let at = row["at"].as_str().unwrap().to_owned();
        assert_eq!(at, model::Time(event.at).to_string());
        late += u32::from(at < before);
        before = before.max(at);
        seen.insert(id.to_owned());
    }
    assert_eq!(seen.len(), happened.len());
    let (again, share) = (rows.len() - seen.len(), rows.len() as f64);
    assert!((0.002..0.01).contains(&(again as f64 / share)), "{again} of {share} twice");
    assert!((0.005..0.03).contains(&(f64::from(late) / share)), "{late} of {share} late");
}

#[test]
fn columns_have_the_keys_of_the_written_accounts_and_posts() {
    let (world, written, _dir) = written(300, 0);
    let acts = world.acts(0, false);
    let lengths = [
        acts.network.len(),
        acts.verb.len(),
        acts.actor.len(),
        acts.target.len(),
        acts.object.len(),
        acts.parent.len(),
        acts.own.len(),
        acts.weight.len(),
        acts.visibility.len(),
    ];
    assert_eq!(lengths, [acts.len(); 9]);
    let twitter = acts.networks.iter().position(|name| name == "twitter").unwrap() as u16;
    let mut by_key: BTreeMap<(i64, u64, u64), u32> = BTreeMap::new();
    for row in 0..acts.len() {
        if acts.network[row] == twitter {
            *by_key.entry((acts.at[row], acts.actor[row], acts.object[row])).or_default() += 1;
        }
    }
    let rows = rows(&written.sources[0].path);
    let undone: BTreeSet<&str> = rows
        .iter()
        .filter(|row| row["verb"] == "undo")
        .filter_map(|row| row["object"].as_str())
        .collect();
    let mut found = 0;
    for row in rows.iter().filter(|row| row["verb"] != "undo") {
        let id = row["id"].as_str().unwrap();
        let at = model::Time::parse(row["at"].as_str().unwrap(), None).unwrap().0;
        let actor = (keys::account("twitter", row["actor"].as_str().unwrap()) >> 64) as u64;
        let object = row["object"].as_str().map_or(0, |object| keys::post("twitter", object));
        let there = by_key.contains_key(&(at, actor, object));
        assert!(there || undone.contains(id), "{row}");
        found += u32::from(there);
    }
    assert!(found > 1_000);
    assert!(!acts.verbs.iter().enumerate().any(|(number, verb)| {
        verb == Verb::Undo.name() && acts.verb.contains(&(number as u16))
    }));
}

#[test]
fn the_roster_has_consent_of_every_kind_and_roles_with_dates() {
    let (_, written, _dir) = written(3_000, 0);
    let text = std::fs::read_to_string(&written.people).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert!(rows.iter().all(|row| row.len() == header.len()));
    let column = |name: &str| header.iter().position(|other| *other == name).unwrap();
    let values = |name: &str| rows.iter().map(|row| row[column(name)]).collect::<BTreeSet<&str>>();
    for consent in
        ["given", "given:community", "given:sales", "withdrawn", "objected", "never asked", ""]
    {
        assert!(values("consent").contains(consent), "{consent:?}");
    }
    for role in ["employee", "partner", "customer", "prospect", "public", "alumnus"] {
        assert!(values("role").contains(role), "{role}");
    }
    for row in &rows {
        let (since, until) = (row[column("since")], row[column("until")]);
        assert!(until.is_empty() || since < until, "{row:?}");
    }
    assert!(values("born").iter().any(|born| *born > "2008-06-01"), "somebody is under age");
}

#[test]
fn the_truth_lists_everybody_planted_with_expectations_and_errors() {
    let (world, written, _dir) = written(400, 3);
    let truth: Value = serde_json::from_slice(&std::fs::read(&written.truth).unwrap()).unwrap();
    assert_eq!(truth["simulated"], true);
    let listed: BTreeSet<u64> = truth["people"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["person"].as_u64())
        .collect();
    for (name, kind) in simulate::Planted::ALL {
        let planted = truth["planted"][name].as_array().unwrap();
        assert_eq!(planted.len(), world.planted(*kind).count());
        assert!(planted.iter().all(|one| listed.contains(&one.as_u64().unwrap())), "{name}");
    }
    for one in truth["people"].as_array().unwrap() {
        for outcome in ["net", "gross", "newcomers", "helped", "doors", "spotted", "hosted"] {
            assert!(one["expected"][outcome]["se"].as_f64().unwrap() >= 0.0);
        }
    }
    assert!(truth["branching"]["ratio"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_world_of_one_silent_person_has_files_too() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { people: 1, interactions: Some(0), ..Config::default() };
    let written = files(&World::new(config).unwrap(), dir.path(), 50).unwrap();
    assert_eq!(written.sources.iter().map(|source| source.rows).sum::<u64>(), 0);
    assert!(written.truth.exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let blocked = dir.path().join("file");
    std::fs::write(&blocked, "").unwrap();
    let error = files(&world(20), &blocked, 0).unwrap_err();
    assert_eq!(error.kind(), simulate::Kind::Io);
    assert!(error.to_string().contains("file"), "{error}");
}
