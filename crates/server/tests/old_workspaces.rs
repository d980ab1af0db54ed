//! A workspace that a release wrote opens in this one, and answers alike.
//!
//! Each folder of `fixtures/workspaces` was made by the release of its name with `make.sh`, and is never made anew: see CONTRIBUTING.md.

mod common;

use axum::body::Body;
use axum::http::Request;
use common::World;
use serde_json::Value;
use server::{Options, Served, router};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use tertius::{Time, Workspace};

/// Unpacks every file of a folder, for its owner alone, as secrets must be.
fn unpack(from: &Path, to: &Path) {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            unpack(&path, &to.join(name));
            continue;
        }
        let (mut bytes, packed) = (Vec::new(), std::fs::File::open(&path).unwrap());
        flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
        let to = to.join(name.strip_suffix(".gz").unwrap());
        let mut file = std::fs::OpenOptions::new();
        let mut file = file.write(true).create_new(true).mode(0o600).open(to).unwrap();
        file.write_all(&bytes).unwrap();
    }
}

/// Whether `now` says all that `before` did: fields may have been added since.
fn says(now: &Value, before: &Value) -> bool {
    match (now, before) {
        (Value::Object(now), Value::Object(before)) => {
            before.iter().all(|(name, value)| now.get(name).is_some_and(|now| says(now, value)))
        }
        (Value::Array(now), Value::Array(before)) => {
            now.len() == before.len()
                && now.iter().zip(before).all(|(now, before)| says(now, before))
        }
        _ => now == before,
    }
}

async fn answers_alike(world: &World, recorded: &Value, when: &str) {
    for one in recorded["asked"].as_array().unwrap() {
        let path = one["path"].as_str().unwrap();
        let key = recorded["keys"][one["purpose"].as_str().unwrap()].as_str().unwrap();
        let request = Request::builder().uri(path).header("authorization", format!("Bearer {key}"));
        let request = match &one["body"] {
            Value::Null => request.body(Body::empty()),
            body => request.method("POST").body(Body::from(body.to_string())),
        };
        let answer = world.send(request.unwrap()).await;
        assert_eq!(u64::from(answer.status.as_u16()), one["status"], "{when}: {path}");
        if !one["answer"].is_null() {
            let now = answer.json();
            assert!(says(&now, &one["answer"]), "{when}: {path}: {now}, and was {}", one["answer"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workspaces_of_earlier_releases_open_and_answer_as_they_did() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/workspaces");
    let folders = std::fs::read_dir(fixtures).unwrap().map(|entry| entry.unwrap().path());
    let folders: Vec<_> = folders.filter(|path| path.is_dir()).collect();
    assert!(folders.len() >= 2);
    for folder in folders {
        let recorded = std::fs::read(folder.join("answers.json")).unwrap();
        let recorded: Value = serde_json::from_slice(&recorded).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("workspace");
        unpack(&folder.join("workspace"), &place);
        let workspace = Workspace::open(&place).unwrap();
        let verified = || serde_json::to_value(workspace.verify().unwrap()).unwrap();
        let counted = verified();
        assert!(says(&counted, &recorded["verify"]), "{}: {counted}", folder.display());
        let served = Served::open(&workspace, &Options::default()).unwrap();
        let workspace = workspace.reopened().unwrap();
        let world = World { dir, app: router(served.clone()), workspace, served };
        let when = |done: &str| format!("{}, {done}", folder.display());
        answers_alike(&world, &recorded, &when("as it was")).await;

        // It can be written to; and the same interactions under the same version give the same scores, to the bit.
        let newest = Time::parse("2026-10-31T00:00:00Z", None).unwrap();
        let both = ["general".to_owned(), "helpers".to_owned()];
        world.workspace.score(&both, Some(newest)).unwrap();
        assert!(world.served.refresh().unwrap());
        answers_alike(&world, &recorded, &when("scored again")).await;
        let late = world.dir.path().join("late.ndjson");
        let row = r#"{"id":"late","at":"2026-10-30T08:00:00Z","network":"discourse","verb":"like","actor":"noor","target":"mara"}"#;
        std::fs::write(&late, row).unwrap();
        let options = tertius::ingest::Options::default();
        let stored = world.workspace.ingest(&[late], &options, &mut |_| {}).unwrap();
        assert_eq!((stored.accepted, stored.duplicates), (1, 0));
        // Whoever was erased, or refuses, is not brought back by an import.
        let roster = common::fernhill("people.csv");
        world.workspace.import_people(&roster, None, None).unwrap();
        world.served.refresh().unwrap();
        answers_alike(&world, &recorded, &when("after an import")).await;
        let now = serde_json::to_value(world.workspace.verify().unwrap()).unwrap();
        assert_eq!(now["ok"], true, "{now}");
        let before = recorded["verify"]["interactions"].as_u64().unwrap();
        assert_eq!(now["interactions"], before + 1);
    }
}
