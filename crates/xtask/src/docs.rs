//! `cargo xtask docs`: reference pages made from the binary's registries, so that they can't drift from the code.
//!
//! `tertius connectors|signals|definitions --format json` gives a list of entries with a `name` each and further fields;
//! each becomes a page `docs/<registry>.md` with a section an entry. `--check` compares and writes nothing.

use crate::process;
use crate::repo::Repo;
use crate::test::Outcome;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

/// Registry command, title and opening sentence of its page.
const PAGES: &[(&str, &str, &str)] = &[
    (
        "connectors",
        "Connectors",
        "What `tertius ingest` reads. A connector is recognised by content, or named with `--connector`.",
    ),
    (
        "signals",
        "Signals",
        "What a definition can weigh. Every signal is one number a person, as of one time. `resampled` says what intervals \
         let vary of it, where interactions are drawn again: computed again (full), changed to first order (linearised), \
         or taken as it is (held).",
    ),
    (
        "definitions",
        "Definitions",
        "The questions that ship with Tertius. `tertius definition new` starts one of your own.",
    ),
];

/// Fields that come first, in this order; the others follow by name.
const FIRST: &[&str] =
    &["question", "doc", "about", "description", "summary", "category", "formula", "source"];

/// Writes the pages, or with `--check` compares them.
pub fn run(repo: &Repo, arguments: &[String]) -> Result<()> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            for (path, text) in pages(repo)? {
                std::fs::write(&path, text)
                    .with_context(|| format!("cannot write {}", path.display()))?;
                println!("wrote {}", path.display());
            }
            Ok(())
        }
        ["--check"] => check(repo).map(|_| ()),
        _ => bail!("cargo xtask docs takes --check or nothing"),
    }
}

/// Whether the pages are up to date.
pub fn check(repo: &Repo) -> Result<Outcome> {
    let mut stale = Vec::new();
    for (path, text) in pages(repo)? {
        if std::fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
            stale.push(path.display().to_string());
        }
    }
    if !stale.is_empty() {
        bail!("out of date, run cargo xtask docs: {}", stale.join(", "));
    }
    Ok(Outcome::Passed)
}

fn pages(repo: &Repo) -> Result<Vec<(PathBuf, String)>> {
    let binary = repo.binary()?;
    // An empty workspace: definitions of whoever runs this don't belong into the reference.
    let workspace = repo.fresh("docs")?.join("workspace");
    PAGES
        .iter()
        .map(|(registry, title, opening)| {
            let printed = process::capture(
                Command::new(&binary)
                    .env("TERTIUS_WORKSPACE", &workspace)
                    .args([registry, "--format", "json"]),
            )?;
            let entries: Vec<Value> = serde_json::from_str(&printed)
                .with_context(|| format!("tertius {registry} printed no JSON list"))?;
            let text = page(registry, title, opening, &entries)?;
            Ok((repo.root.join("docs").join(format!("{registry}.md")), text))
        })
        .collect()
}

fn page(registry: &str, title: &str, opening: &str, entries: &[Value]) -> Result<String> {
    let mut text = format!(
        "# {title}\n\n{opening}\n\nMade by `cargo xtask docs` from `tertius {registry} --format json`; edit the registry, not this page.\n"
    );
    for entry in entries {
        let fields = entry.as_object().context("an entry is no object")?;
        let name = fields.get("name").and_then(Value::as_str).context("an entry has no name")?;
        text += &format!("\n## {name}\n\n");
        let first = FIRST.iter().filter_map(|key| fields.get_key_value(*key));
        let others =
            fields.iter().filter(|(key, _)| *key != "name" && !FIRST.contains(&key.as_str()));
        for (key, value) in first.chain(others) {
            render(&mut text, key, value, 0);
        }
    }
    Ok(text)
}

fn render(text: &mut String, key: &str, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    let label = key.replace('_', " ");
    match value {
        Value::Null => {}
        Value::Array(items) if items.is_empty() => {}
        Value::Object(fields) if fields.is_empty() => {}
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            let items: Vec<String> = items.iter().map(plain).collect();
            *text += &format!("{indent}- **{label}**: {}\n", items.join(", "));
        }
        Value::Array(items) => {
            *text += &format!("{indent}- **{label}**:\n");
            for item in items {
                *text += &format!("{indent}  - {}\n", inline(item));
            }
        }
        Value::Object(fields) => {
            *text += &format!("{indent}- **{label}**:\n");
            for (key, value) in fields {
                render(text, key, value, depth + 1);
            }
        }
        _ => *text += &format!("{indent}- **{label}**: {}\n", plain(value)),
    }
}

/// One item of a list of objects: its name, small fields in parentheses, then what it means.
fn inline(value: &Value) -> String {
    let Some(fields) = value.as_object() else {
        return plain(value);
    };
    let key = ["name", "verb", "signal", "key"].into_iter().find(|key| fields.contains_key(*key));
    let rest: Vec<String> = fields
        .iter()
        .filter(|(name, field)| {
            !field.is_null() && Some(name.as_str()) != key && *name != "meaning"
        })
        .map(|(name, field)| format!("{} {}", name.replace('_', " "), plain(field)))
        .collect();
    let mut text = key.map_or_else(String::new, |key| format!("`{}`", plain(&fields[key])));
    if !rest.is_empty() {
        text += &format!(" ({})", rest.join("; "));
    }
    if let Some(meaning) = fields.get("meaning") {
        text += &format!(": {}", plain(meaning));
    }
    text.trim_start().to_owned()
}

fn plain(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => "open".to_owned(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_page_has_a_section_an_entry_and_leaves_out_what_is_empty() {
        let entries = [json!({
            "name": "reach.engagers", "unit": "people", "question": "How many?", "needs": [], "note": null,
            "range": [0, null],
            "verbs": [{"name": "reply", "weight": 0.5, "meaning": "It replied."}], "tags": ["a", "b"]
        })];
        let text = page("signals", "Signals", "What counts.", &entries).unwrap();
        let body = text.split("## reach.engagers\n\n").nth(1).unwrap();
        assert_eq!(
            body,
            "- **question**: How many?\n- **range**: 0, open\n- **tags**: a, b\n- **unit**: people\n- **verbs**:\n  - `reply` (weight 0.5): It replied.\n"
        );
    }

    #[test]
    fn an_entry_without_a_name_is_refused() {
        assert!(page("signals", "Signals", "", &[json!({"unit": "people"})]).is_err());
        assert!(page("signals", "Signals", "", &[json!(3)]).is_err());
    }
}
