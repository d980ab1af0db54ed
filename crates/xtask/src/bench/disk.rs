//! A full disk: an ingest onto a small one ends with exit 1 after its last commit, which stays; with room it finishes.
//!
//! The disk is a tmpfs, so that this needs the right to mount; without it the benchmark says so and measures nothing.
//! The ledger's own tests cover the same through a failing writer.

use super::events::Events;
use super::product::{Tertius, ingested};
use super::{ingest, row};
use crate::flags::Flags;
use crate::process;
use crate::repo::Repo;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Rows of several commits, and a disk that takes the first of them only.
pub const ROWS: u64 = 2_000_000;
/// Its size.
pub const MEGABYTES: u64 = 240;

/// A mounted tmpfs, unmounted when dropped.
pub(super) struct Disk(PathBuf);

impl Disk {
    pub(super) fn mount(folder: &Path, megabytes: u64) -> Result<Disk> {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"]).arg(folder);
        process::capture(&mut command)?;
        Ok(Disk(folder.to_owned()))
    }

    pub(super) fn enlarge(&self, megabytes: u64) -> Result<()> {
        let mut command = Command::new("mount");
        command.args(["-o", &format!("remount,size={megabytes}m")]).arg(&self.0);
        process::capture(&mut command).map(|_| ())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Err(error) = process::capture(Command::new("umount").arg(&self.0)) {
            eprintln!("xtask: {} stays mounted: {error:#}", self.0.display());
        }
    }
}

/// Fills a small disk and then enlarges it.
pub fn bench(repo: &Repo, flags: &Flags) -> Result<Value> {
    match fill(repo, flags.get("rows", ROWS)?, flags.get("megabytes", MEGABYTES)?)? {
        Filled::Kept { acknowledged, stored, message } => {
            Ok(json!({"acknowledged": acknowledged, "stored": stored, "message": message}))
        }
        Filled::Refused(reason) => {
            row("full disk", &[("skipped", reason.clone())]);
            Ok(json!({"skipped": reason}))
        }
    }
}

/// What came of filling a disk.
pub enum Filled {
    /// The promise held.
    Kept {
        /// Rows acknowledged before the disk was full.
        acknowledged: u64,
        /// Rows stored then.
        stored: u64,
        /// What the ingest said.
        message: String,
    },
    /// This machine lets nobody mount.
    Refused(String),
}

/// Ingests `rows` events onto a disk of `megabytes`, which must be too small for them; a broken promise is an error.
pub fn fill(repo: &Repo, rows: u64, megabytes: u64) -> Result<Filled> {
    let events = Events { rows, seed: 1, doubles: true };
    let file = ingest::file(repo, &events)?;
    let folder = repo.fresh("disk")?;
    let disk = match Disk::mount(&folder, megabytes) {
        Ok(disk) => disk,
        Err(error) => return Ok(Filled::Refused(format!("{error:#}").replace('\n', " "))),
    };
    let tertius = Tertius::at(repo, folder.join("workspace"))?;
    let output = process::output(&mut tertius.ingest(&file))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(1), "a full disk ended with {}: {said}", output.status);
    let spoken = said.lines().rev().find(|line| !line.starts_with('{') && !line.trim().is_empty());
    let message = spoken.context("a full disk ended without a word")?.to_owned();
    let acknowledged = said
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok()?["committed"].as_u64())
        .max()
        .unwrap_or(0);
    ensure!(acknowledged > 0, "no commit fitted onto {megabytes} MB; use a larger disk");
    disk.enlarge(4096)?;
    let stored = tertius.verified()?;
    ensure!(stored >= acknowledged, "{acknowledged} rows were acknowledged, {stored} are stored");
    let rest = ingested(&process::capture(&mut tertius.ingest(&file))?)?;
    ensure!(
        stored + rest.accepted == events.distinct(),
        "{stored} rows were stored, then {rest:?}"
    );
    ensure!(tertius.verified()? == events.distinct(), "not every row is there");
    row("full disk", &[("said", message.clone())]);
    let figures = [("acknowledged", acknowledged.to_string()), ("stored", stored.to_string())];
    row("", &figures);
    Ok(Filled::Kept { acknowledged, stored, message })
}
