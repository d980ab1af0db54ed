//! What intervals cost in memory on real ties: the peak of the process after each step, with or without them.
//!
//! `cargo run --release -p judge --example memory -- FILE on|off DEFINITION`, where FILE has lines `actor target unix-time RT|MT|RE`, as the
//! Higgs data have. Linux only: memory comes from `/proc`.

use influence::definition::shipped;
use influence::plan::Inputs;
use influence::signals::{self, Options};
use influence::{Membership, Plan, Projector};
use model::{Acts, Time};
use std::error::Error;

const VERBS: [(&str, &str); 3] = [("RT", "reshare"), ("MT", "mention"), ("RE", "reply")];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, intervals, name] = &arguments[..] else {
        return Err("give FILE on|off DEFINITION".into());
    };
    let intervals = intervals == "on";
    let acts = read(file)?;
    let end = Time(acts.at.iter().max().ok_or("there is no row")? + 1);
    let (definition, alone) = (shipped(name)?, Membership::default());
    let mut projector = Projector::new(&definition.projection, end, &alone)?;
    if intervals {
        projector = projector.with_clusters();
    }
    projector.add(&acts)?;
    drop(acts);
    let snapshot = projector.finish()?;
    step("snapshot");
    let (mut options, mut columns) = (Vec::new(), Vec::new());
    for signal in &definition.signals {
        let own = Options { residual: 1e-9, ..signal.options()? };
        columns.push(signals::compute(&signal.name, &snapshot, &own)?.values);
        options.push(own);
    }
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let people = snapshot.people().len();
    let (all, none) = (vec![true; people], vec![false; people]);
    let inputs = Inputs {
        snapshot: &snapshot.id(),
        as_of: snapshot.as_of(),
        people: snapshot.people(),
        columns: &columns,
        engagers: snapshot.engagers(),
        interactions: snapshot.received(),
        admitted: &all,
        barred: &none,
    };
    let plan = Plan::bind(&definition, inputs)?;
    let fit = plan.fit()?;
    step("fit");
    let spread = if intervals { plan.spread(&fit, &snapshot, &options)? } else { None };
    step("intervals");
    plan.score_within(&fit, spread.as_ref())?;
    step("scores");
    println!("{people} people, {} ties", snapshot.each_tie().count());
    Ok(())
}

fn read(file: &str) -> Result<Acts, Box<dyn Error>> {
    let verbs = VERBS.map(|(_, verb)| verb.to_owned()).to_vec();
    let mut acts = Acts { networks: vec!["twitter".into()], verbs, ..Acts::default() };
    for line in std::fs::read_to_string(file)?.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [actor, target, at, verb] = fields[..] else {
            return Err(format!("not four fields: {line:?}").into());
        };
        let code = VERBS.iter().position(|(code, _)| *code == verb).ok_or("no such verb")?;
        let key = |text: &str| text.parse::<u64>().map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        acts.at.push(at.parse::<i64>()? * 1_000_000);
        acts.verb.push(code as u16);
        acts.actor.push(key(actor)?);
        acts.target.push(key(target)?);
    }
    let rows = acts.at.len();
    (acts.network, acts.visibility, acts.weight) = (vec![0; rows], vec![0; rows], vec![1.0; rows]);
    (acts.object, acts.parent, acts.own) = (vec![0; rows], vec![0; rows], vec![0; rows]);
    Ok(acts)
}

fn step(name: &str) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    println!("{name}: {peak}");
}
