//! Tidiness: what a reader of this repository may rely on, checked on every file that belongs to it.
//!
//! Each check returns what is wrong as lines `where: what`; nothing is changed.

mod arrows;
mod text;

use crate::repo::Repo;
use crate::test::Outcome;
use anyhow::{Context, Result, bail};

/// All checks; the error lists every problem.
pub fn run(repo: &Repo) -> Result<Outcome> {
    let problems = problems(repo)?;
    if !problems.is_empty() {
        bail!("{} problems:\n  {}", problems.len(), problems.join("\n  "));
    }
    Ok(Outcome::Passed)
}

fn problems(repo: &Repo) -> Result<Vec<String>> {
    let mut problems = arrows::problems(&repo.metadata);
    for file in repo.files()? {
        let bytes = std::fs::read(repo.root.join(&file))
            .with_context(|| format!("cannot read {}", file.display()))?;
        if let Ok(content) = std::str::from_utf8(&bytes) {
            problems.extend(text::problems(&file, content));
        }
    }
    problems.extend(undocumented_dependencies(repo)?);
    Ok(problems)
}

/// Dependencies of the workspace that `docs/dependencies.md` doesn't explain, and entries there that are no longer used.
fn undocumented_dependencies(repo: &Repo) -> Result<Vec<String>> {
    let page = std::fs::read_to_string(repo.root.join("docs/dependencies.md"))
        .context("cannot read docs/dependencies.md")?;
    let members: Vec<&str> = repo.metadata.members().map(|package| package.name.as_str()).collect();
    let mut used: Vec<&str> = repo
        .metadata
        .members()
        .flat_map(|package| &package.dependencies)
        .map(|dependency| dependency.name.as_str())
        .filter(|name| !members.contains(name))
        .collect();
    used.sort_unstable();
    used.dedup();
    Ok(differences(&page, &used))
}

fn differences(page: &str, used: &[&str]) -> Vec<String> {
    let listed: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let missing = used
        .iter()
        .filter(|name| !listed.contains(name))
        .map(|name| format!("docs/dependencies.md: {name} is used and not explained"));
    let stale = listed
        .iter()
        .filter(|name| !used.contains(name))
        .map(|name| format!("docs/dependencies.md: {name} is explained and not used"));
    missing.chain(stale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        let repo = Repo::open().unwrap();
        let problems = problems(&repo).unwrap();
        assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    }

    #[test]
    fn a_dependency_is_explained_exactly_when_it_is_used() {
        let page = "| crate | why |\n|---|---|\n| `csv` | reads |\n| `old` | gone |\n";
        assert_eq!(
            differences(page, &["csv", "new"]),
            [
                "docs/dependencies.md: new is used and not explained",
                "docs/dependencies.md: old is explained and not used",
            ]
        );
    }
}
