//! `bench definitions`: whether each shipped definition finds whom it asks for, over many simulated worlds.

use super::row;
use crate::flags::Flags;
use crate::process;
use crate::repo::Repo;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::Command;

/// What a definition is to reach.
const BAR: f64 = 0.9;
const COLUMNS: [&str; 4] = ["score", "in_degree", "pagerank", "volume"];

pub fn bench(repo: &Repo, flags: &Flags) -> Result<Value> {
    let seeds = flags.get("seeds", 20u64)?;
    let people = flags.get("people", 5_000u64)?.to_string();
    let binary = repo.binary()?;
    let python = repo.python()?;
    let mut worlds: Vec<Value> = Vec::new();
    for seed in 1..=seeds {
        let folder = repo.fresh("definitions")?.join("world");
        let mut demo = Command::new(&binary);
        demo.args(["demo", "--people", &people, "--seed", &seed.to_string(), "--into"])
            .arg(&folder);
        if let Some(interactions) = flags.text("interactions") {
            demo.args(["--interactions", interactions]);
        }
        process::capture(&mut demo)?;
        let mut judge = Command::new(&python);
        judge.arg(repo.root.join("bench/definitions.py"));
        judge.arg("--binary").arg(&binary).arg("--folder").arg(&folder);
        let printed = process::capture(&mut judge)?;
        worlds
            .push(serde_json::from_str(&printed).context("bench/definitions.py printed no JSON")?);
    }
    // definition -> label -> column -> AUC of each world
    let mut all: BTreeMap<(String, &str, &str), Vec<f64>> = BTreeMap::new();
    let mut scored: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    for world in &worlds {
        for (definition, found) in world.as_object().into_iter().flatten() {
            for label in ["outcome", "planted"] {
                for column in COLUMNS {
                    if let Some(auc) = found[label][column].as_f64() {
                        all.entry((definition.clone(), label, column)).or_default().push(auc);
                    }
                }
            }
            let counts = scored.entry(definition.clone()).or_default();
            counts[0] += found["sought_scored"].as_u64().unwrap_or(0);
            counts[1] += found["sought"].as_u64().unwrap_or(0);
        }
    }
    println!("AUC over {seeds} worlds of {people} people: mean, and 95 % interval of the mean");
    for (definition, [has, sought]) in &scored {
        for label in ["outcome", "planted"] {
            let of = |column| all.get(&(definition.clone(), label, column)).map(|all| spread(all));
            let Some((mean, half)) = of("score") else { continue };
            let verdict = if mean >= BAR { "meets" } else { "MISSES" };
            let mut figures = vec![("score", format!("{mean:.3} +- {half:.3} ({verdict} {BAR})"))];
            for column in &COLUMNS[1..] {
                let (mean, half) = of(column).unwrap_or_default();
                figures.push((column, format!("{mean:.3} +- {half:.3}")));
            }
            if label == "outcome" {
                figures.push(("sought who have a score", format!("{has} of {sought}")));
            }
            row(&format!("{definition}, {label}"), &figures);
        }
    }
    Ok(json!({ "worlds": worlds }))
}

/// The mean and half the width of its 95 % interval, by the spread over worlds.
fn spread(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance =
        values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, 1.96 * (variance / n).sqrt())
}
