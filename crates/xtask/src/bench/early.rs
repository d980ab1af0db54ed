//! Whether `early.lead` foretells who carries news into a new community, on the Higgs data: chosen on days 1 to 5, judged on the rest.
//!
//! The work is done by the example `early` of crate `influence`, which says what is compared.

use super::row;
use crate::flags::Flags;
use crate::process;
use crate::repo::Repo;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::process::Command;

/// Prints what the example found.
pub fn bench(repo: &Repo, _: &Flags) -> Result<Value> {
    let source = repo.data().join("higgs-twitter/higgs-activity_time.txt.gz");
    if !source.is_file() {
        row("early", &[("skipped:", "the Higgs data is not at hand".to_owned())]);
        return Ok(json!({"skipped": "no data"}));
    }
    let path = repo.scratch("bench")?.join("higgs.txt");
    let text = process::capture(Command::new("gzip").arg("-dc").arg(&source))?;
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    let cargo =
        ["run", "--release", "--quiet", "--package", "influence", "--example", "early", "--"];
    let printed = process::capture(repo.cargo(&cargo).arg(&path))?;
    let steps = steps(&printed)?;
    for step in &steps {
        let label = ["items", "population"].iter().find_map(|key| step[*key].as_str());
        let figures = ["measure", "people", "news", "carriers", "auc", "ndcg", "lift"];
        let figures: Vec<(&str, String)> = figures
            .into_iter()
            .filter(|name| !step[*name].is_null())
            .map(|name| (name, shown(step, name)))
            .collect();
        row(label.unwrap_or_default(), &figures);
    }
    Ok(json!(steps))
}

/// A figure, with its interval and that of its distance from the lead's where there are any.
fn shown(step: &Value, name: &str) -> String {
    let value = &step[name];
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let interval = &step[format!("{name}_interval")];
    match interval.is_null() {
        true => value,
        false => {
            format!("{value} {interval} (lead more by {})", step[format!("{name}_behind_lead")])
        }
    }
}

fn steps(printed: &str) -> Result<Vec<Value>> {
    printed
        .lines()
        .map(|line| {
            serde_json::from_str(line).with_context(|| format!("the example printed {line:?}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_comes_with_its_interval() {
        let printed =
            "{\"auc\":0.6,\"auc_interval\":[0.5,0.7],\"auc_behind_lead\":[0.0,0.1],\"people\":3}\n";
        let steps = steps(printed).unwrap();
        assert_eq!(shown(&steps[0], "people"), "3");
        assert_eq!(shown(&steps[0], "auc"), "0.6 [0.5,0.7] (lead more by [0.0,0.1])");
        assert!(super::steps("done\n").is_err());
    }
}
