//! Rows for tests, and what a ledger says of itself.
#![allow(dead_code)]

pub mod people;

use ledger::{Commit, Ledger, Options, Wanted, Writer};
use model::{Batch, Interaction, Rules, Time};
use std::ops::ControlFlow;
use std::path::Path;

/// A row with owned parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    pub at: i64,
    pub network: &'static str,
    pub id: Option<String>,
    pub verb: &'static str,
    pub actor: String,
    pub target: Option<String>,
    pub object: Option<String>,
    pub text: Option<String>,
}

impl Row {
    pub fn new(at: i64, id: &str, verb: &'static str, actor: &str, target: &str) -> Row {
        Row {
            at,
            network: "n",
            id: (!id.is_empty()).then(|| id.to_owned()),
            verb,
            actor: actor.to_owned(),
            target: (!target.is_empty()).then(|| target.to_owned()),
            object: None,
            text: None,
        }
    }

    pub fn of(mut self, object: &str) -> Row {
        self.object = Some(object.to_owned());
        self
    }

    pub fn saying(mut self, text: &str) -> Row {
        self.text = Some(text.to_owned());
        self
    }
}

pub fn rules() -> Rules {
    Rules::at(Time::parse("2026-01-01T00:00:00Z", None).unwrap())
}

pub fn batch_with(rows: &[Row], rules: &Rules) -> Batch {
    let mut batch = Batch::default();
    for row in rows {
        let interaction = Interaction {
            id: row.id.as_deref(),
            object: row.object.as_deref(),
            text: row.text.as_deref(),
            ..Interaction::new(
                Time(row.at),
                row.network,
                row.verb,
                &row.actor,
                row.target.as_deref(),
            )
        };
        batch.push(&interaction, rules).unwrap();
    }
    batch
}

pub fn batch(rows: &[Row]) -> Batch {
    batch_with(rows, &rules())
}

pub fn finish(mut writer: Writer) -> Vec<Commit> {
    let mut commits = Vec::new();
    while let Some(commit) = writer.finish().unwrap() {
        commits.push(commit);
    }
    commits
}

/// Stores rows in one commit.
pub fn store(dir: &Path, rows: &[Row]) -> Commit {
    store_with(dir, batch(rows), Options::default())
}

pub fn store_with(dir: &Path, batch: Batch, options: Options) -> Commit {
    let mut writer = Ledger::open(dir).unwrap().writer(options).unwrap();
    assert_eq!(writer.push(batch).unwrap(), None);
    finish(writer).remove(0)
}

/// Every stored row as text, in the order in which it is exported.
pub fn exported(dir: &Path) -> Vec<String> {
    let mut rows = Vec::new();
    let view = Ledger::open(dir).unwrap().view().unwrap();
    view.sorted_rows(&mut |row| {
        rows.push(format!("{row:?}"));
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(rows.len() as u64, view.rows());
    rows
}

/// What a scan as of a time gives, as (at, verb, actor, target, object, parent), sorted.
pub fn scanned(dir: &Path, wanted: &Wanted<'_>) -> Vec<(i64, String, u64, u64, u64, u64)> {
    let mut rows = Vec::new();
    let view = Ledger::open(dir).unwrap().view().unwrap();
    view.scan(wanted, &mut |acts| {
        for i in 0..acts.len() {
            rows.push((
                acts.at[i],
                acts.verbs[usize::from(acts.verb[i])].clone(),
                acts.actor[i],
                acts.target[i],
                acts.object[i],
                acts.parent[i],
            ));
        }
    })
    .unwrap();
    rows.sort();
    rows
}

/// Fails with what `verify` found.
pub fn assert_sound(dir: &Path) -> ledger::Report {
    let report = ledger::verify(dir).unwrap();
    assert!(report.ok, "{:?}", report.problems);
    report
}
