//! Runs the README's tour and compares what it prints with what the README shows.
//!
//! A tour is every fenced block of kind `console`. A line `$ command` is run by bash at the root of the checkout, with an
//! empty workspace in `TERTIUS_WORKSPACE` and the release binary in `PATH`, all in one folder and in order; the
//! lines up to the next `$` are what it must print (both streams, spaces at line ends aside). A shown line `...`
//! stands for any number of lines. A block after the line `<!-- varies -->` depends on the checkout's own history: there only
//! success and the shown lines' first words are compared.

use super::Outcome;
use crate::process;
use crate::repo::Repo;
use anyhow::{Context, Result, bail};
use std::process::Command;

const VARIES: &str = "<!-- varies -->";

#[derive(Debug, PartialEq)]
struct Entry {
    line: usize,
    command: String,
    shown: Vec<String>,
    varies: bool,
}

pub fn run(repo: &Repo) -> Result<Outcome> {
    let path = repo.root.join("README.md");
    let text = std::fs::read_to_string(&path).context("cannot read README.md")?;
    let entries = entries(&text);
    if entries.is_empty() {
        bail!("README.md has no console block with a command");
    }
    let binary = repo.binary()?;
    let folder = binary.parent().context("the binary is nowhere")?;
    let mut search = vec![folder.to_owned()];
    search.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let search = std::env::join_paths(search)?;
    let workspace = repo.fresh("tour")?.join("workspace");
    // The tour writes its files where builds go; that folder is elsewhere where cargo was told so.
    std::fs::create_dir_all(repo.root.join("target"))?;
    let mut problems = Vec::new();
    for entry in &entries {
        println!("$ {}", entry.command);
        let mut command = Command::new("bash");
        command
            .args(["-c", &format!("{{ {}\n}} 2>&1", entry.command)])
            .current_dir(&repo.root)
            .env("TERTIUS_WORKSPACE", &workspace)
            .env("PATH", &search);
        let output = process::output(&mut command)?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            problems.push(format!(
                "README.md:{}: {:?} ended with {}:\n{printed}",
                entry.line, entry.command, output.status
            ));
        } else if !matches(&entry.shown, &printed, entry.varies) {
            problems.push(format!(
                "README.md:{}: {:?} now prints:\n{printed}",
                entry.line, entry.command
            ));
        }
    }
    if !problems.is_empty() {
        bail!("the tour is out of date\n{}", problems.join("\n"));
    }
    Ok(Outcome::Passed)
}

fn entries(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let (mut inside, mut varies, mut next_varies) = (false, false, false);
    for (number, line) in text.lines().enumerate() {
        if !inside {
            if line.trim() == "```console" {
                (inside, varies) = (true, next_varies);
            }
            if !line.trim().is_empty() {
                next_varies = line.trim() == VARIES;
            }
        } else if line.trim() == "```" {
            inside = false;
        } else if let Some(command) = line.strip_prefix("$ ") {
            entries.push(Entry {
                line: number + 1,
                command: command.to_owned(),
                shown: Vec::new(),
                varies,
            });
        } else if let Some(entry) = entries.last_mut() {
            entry.shown.push(line.trim_end().to_owned());
        }
    }
    for entry in &mut entries {
        while entry.shown.last().is_some_and(String::is_empty) {
            entry.shown.pop();
        }
    }
    entries
}

fn matches(shown: &[String], printed: &str, varies: bool) -> bool {
    let form = |line: &str| {
        if varies {
            line.split_whitespace().next().unwrap_or_default().to_owned()
        } else {
            line.trim_end().to_owned()
        }
    };
    let printed: Vec<String> = printed.trim_end().lines().map(form).collect();
    let shown: Vec<String> = shown.iter().map(|line| form(line)).collect();
    follows(&shown, &printed)
}

fn follows(shown: &[String], printed: &[String]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first == "..." => {
            (0..=printed.len()).any(|skip| follows(rest, &printed[skip..]))
        }
        Some((first, rest)) => {
            printed.split_first().is_some_and(|(line, more)| line == first && follows(rest, more))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tour_is_the_commands_of_console_blocks_with_what_they_print() {
        let text = "Text\n```console\n$ one\nout \n\n$ two\n```\n```toml\n$ three\n```\n<!-- varies -->\n\n```console\n$ four\n...\n```\n";
        let entries = entries(text);
        let found: Vec<_> = entries
            .iter()
            .map(|e| (e.line, e.command.as_str(), e.shown.join("|"), e.varies))
            .collect();
        assert_eq!(
            found,
            [
                (3, "one", "out".to_owned(), false),
                (6, "two", String::new(), false),
                (14, "four", "...".to_owned(), true),
            ]
        );
    }

    #[test]
    fn dots_stand_for_any_lines_and_varying_output_is_compared_by_first_words() {
        let shown =
            |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        assert!(matches(&shown(&["a", "...", "z"]), "a\nb\nc\nz\n", false));
        assert!(matches(&shown(&["a", "...", "z"]), "a\nz", false));
        assert!(!matches(&shown(&["a", "...", "z"]), "a\nb\n", false));
        assert!(!matches(&shown(&["a"]), "a\nb\n", false));
        assert!(!matches(&shown(&["score 51"]), "score 50\n", false));
        assert!(matches(&shown(&["score 51"]), "score 50\n", true));
        assert!(!matches(&shown(&["score 51"]), "error\n", true));
        assert!(matches(&shown(&[]), "", false));
    }
}
