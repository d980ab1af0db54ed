//! The binary, as a user calls it.

use crate::process;
use crate::repo::Repo;
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The release binary, bound to one workspace.
pub struct Tertius {
    binary: PathBuf,
    /// The workspace's folder.
    pub workspace: PathBuf,
}

/// What `ingest --format json` reports.
#[derive(Clone, Debug, Deserialize)]
pub struct Ingested {
    /// Rows read.
    pub read: u64,
    /// Rows that were new.
    pub accepted: u64,
    /// Rows that were known.
    pub duplicates: u64,
    /// Rows that could not be used.
    pub rejected: u64,
}

impl Tertius {
    /// On an empty workspace in a folder of that name.
    pub fn fresh(repo: &Repo, name: &str) -> Result<Tertius> {
        Tertius::at(repo, repo.fresh(name)?.join("workspace"))
    }

    /// On the workspace in `workspace`.
    pub fn at(repo: &Repo, workspace: PathBuf) -> Result<Tertius> {
        Ok(Tertius { binary: repo.binary()?, workspace })
    }

    /// On a workspace with so many people in the folder `name`, kept from one run to the next, since making it takes minutes: `make` fills it where none was
    /// made to the end, and is given that folder for what else it needs.
    pub fn kept(
        repo: &Repo,
        name: &str,
        people: u64,
        make: impl FnOnce(&Tertius, &Path) -> Result<()>,
    ) -> Result<Tertius> {
        let folder = repo.scratch(name)?;
        let tertius = Tertius::at(repo, folder.join(format!("workspace-{people}")))?;
        let done = folder.join(format!("{people}.done"));
        if !(done.is_file() && tertius.workspace.is_dir()) {
            if tertius.workspace.exists() {
                std::fs::remove_dir_all(&tertius.workspace)?;
            }
            make(&tertius, &folder)?;
            std::fs::write(&done, "")?;
        }
        Ok(tertius)
    }

    /// A call of the binary on the workspace.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .env("TERTIUS_WORKSPACE", &self.workspace)
            .args(["--format", "json", "--quiet"])
            .args(arguments);
        command
    }

    /// A call that ingests a file and acknowledges its commits on the error stream.
    pub fn ingest(&self, file: &Path) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .env("TERTIUS_WORKSPACE", &self.workspace)
            .args(["--format", "json", "ingest"])
            .arg(file);
        command
    }

    /// Rows stored, after `verify` has found no problem.
    pub fn verified(&self) -> Result<u64> {
        let output = process::output(&mut self.command(&["verify"]))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let report: Value = serde_json::from_str(&text).with_context(|| {
            format!("verify printed {text:?}: {}", String::from_utf8_lossy(&output.stderr))
        })?;
        if report["ok"] != true || !output.status.success() {
            bail!("verify found problems: {}", report["problems"]);
        }
        Ok(report["interactions"].as_u64().unwrap_or(0))
    }

    /// The live segment files.
    pub fn segments(&self) -> Result<Vec<PathBuf>> {
        let printed = process::capture(&mut self.command(&["export", "--list", "interactions"]))?;
        let list: Value =
            serde_json::from_str(&printed).context("export --list printed no JSON")?;
        let files = list.as_array().context("export --list printed no list")?;
        files
            .iter()
            .map(|file| {
                let path = file["interactions"].as_str().context("export --list names no file")?;
                Ok(self.workspace.join(path))
            })
            .collect()
    }

    /// Bytes of all files in the workspace.
    pub fn bytes(&self) -> Result<u64> {
        fn of(folder: &Path) -> std::io::Result<u64> {
            let mut sum = 0;
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                let about = entry.metadata()?;
                sum += if about.is_dir() { of(&entry.path())? } else { about.len() };
            }
            Ok(sum)
        }
        of(&self.workspace).with_context(|| format!("cannot read {}", self.workspace.display()))
    }
}

/// Reads what an ingest printed.
pub fn ingested(printed: &str) -> Result<Ingested> {
    let report: Ingested =
        serde_json::from_str(printed).with_context(|| format!("ingest printed {printed:?}"))?;
    let sum = report.accepted + report.duplicates + report.rejected;
    ensure!(report.read == sum, "rows read don't add up: {report:?}");
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_do_not_add_up_are_refused() {
        let printed = |read| {
            format!(
                "{{\"read\": {read}, \"accepted\": 2, \"duplicates\": 1, \"rejected\": 0, \"seconds\": 1.5}}"
            )
        };
        assert_eq!(ingested(&printed(3)).unwrap().accepted, 2);
        assert!(ingested(&printed(4)).is_err());
        assert!(ingested("done").is_err());
    }
}
