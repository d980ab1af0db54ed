//! Where things are: the checkout, the build folder, the test tools, the data.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The checkout and what belongs to it.
pub struct Repo {
    /// The folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// What `cargo metadata` says of the workspace and of everything that it depends on.
    pub metadata: Metadata,
}

/// The part of `cargo metadata` that is used here.
#[derive(Deserialize)]
pub struct Metadata {
    /// Every package in the lock file, for all platforms.
    pub packages: Vec<Package>,
    /// Ids of the workspace's own packages.
    pub workspace_members: Vec<String>,
    /// Where cargo builds.
    pub target_directory: PathBuf,
}

/// One package.
#[derive(Deserialize)]
pub struct Package {
    /// Unique, with version and source.
    pub id: String,
    /// As in `Cargo.toml`.
    pub name: String,
    /// As in `Cargo.toml`.
    pub version: String,
    /// An SPDX expression.
    pub license: Option<String>,
    /// What it names in its `Cargo.toml`.
    pub dependencies: Vec<Dependency>,
}

/// One line of a dependency table.
#[derive(Deserialize)]
pub struct Dependency {
    /// The package's name.
    pub name: String,
}

impl Metadata {
    /// The workspace's own packages.
    pub fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }
}

impl Repo {
    /// The checkout that this program was built in.
    pub fn open() -> Result<Repo> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .context("run this as `cargo xtask`, which says where the checkout is")?;
        let root =
            Path::new(&manifest).ancestors().nth(2).context("crates/xtask has moved")?.to_owned();
        let output = Command::new(cargo())
            .args(["metadata", "--format-version", "1"])
            .current_dir(&root)
            .output()
            .context("cannot run cargo metadata")?;
        if !output.status.success() {
            bail!("cargo metadata failed:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        let metadata = serde_json::from_slice(&output.stdout)
            .context("cargo metadata printed something unexpected")?;
        Ok(Repo { root, metadata })
    }

    /// A command of cargo, run at the root.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(cargo());
        command.args(arguments).current_dir(&self.root);
        if std::env::var_os("CI").is_some() {
            // What would speed up the next build takes more room than all that is built, and there is no next build.
            command.env("CARGO_INCREMENTAL", "0");
        }
        command
    }

    /// The release binary; `Err` says how to build it.
    pub fn binary(&self) -> Result<PathBuf> {
        let path = self.metadata.target_directory.join("release/tertius");
        if !path.is_file() {
            bail!("there is no {}; run cargo xtask test build", path.display());
        }
        Ok(path)
    }

    /// The interpreter that has the peers installed; `Err` says how to get it.
    pub fn python(&self) -> Result<PathBuf> {
        let path = self.root.join(".venv/bin/python");
        if !path.exists() {
            bail!("there is no .venv; run cargo xtask test tools");
        }
        Ok(path)
    }

    /// Real data beside the checkout, or where `TERTIUS_TEST_DATA` says; it may be absent.
    pub fn data(&self) -> PathBuf {
        std::env::var_os("TERTIUS_TEST_DATA")
            .map_or_else(|| self.root.join("../shared/data"), PathBuf::from)
    }

    /// A folder inside the build folder, made if need be, which a run may fill.
    pub fn scratch(&self, name: &str) -> Result<PathBuf> {
        let path = self.metadata.target_directory.join("xtask").join(name);
        std::fs::create_dir_all(&path)
            .with_context(|| format!("cannot make {}", path.display()))?;
        Ok(path)
    }

    /// The same, emptied first.
    pub fn fresh(&self, name: &str) -> Result<PathBuf> {
        self.discard(name)?;
        self.scratch(name)
    }

    /// Removes such a folder with all that is in it; there need not be one.
    pub fn discard(&self, name: &str) -> Result<()> {
        let path = self.metadata.target_directory.join("xtask").join(name);
        match std::fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", path.display()))
            }
            _ => Ok(()),
        }
    }

    /// Every file that belongs to the repository, or will once it is added; relative to the root, sorted.
    pub fn files(&self) -> Result<Vec<PathBuf>> {
        let output = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(&self.root)
            .output()
            .context("cannot run git")?;
        if !output.status.success() {
            bail!("git ls-files failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        let mut files: Vec<PathBuf> = output
            .stdout
            .split(|byte| *byte == 0)
            .filter_map(|name| std::str::from_utf8(name).ok())
            .filter(|name| !name.is_empty())
            .map(PathBuf::from)
            .filter(|path| self.root.join(path).is_file())
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }
}

fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}
