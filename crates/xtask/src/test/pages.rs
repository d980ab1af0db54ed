//! Calls `tests/pages/run.mjs`: every page in headless Chromium, with axe-core, in light and dark, narrow and wide.

use super::{Outcome, tools};
use crate::process;
use crate::repo::Repo;
use anyhow::Result;
use std::process::Command;

/// From npm.
const AXE: &str = "axe-core@4.14.1";

pub fn run(repo: &Repo) -> Result<Outcome> {
    for (program, package) in [("chromium", "chromium"), ("node", "nodejs"), ("npm", "npm")] {
        if !tools::exists(program) && tools::install(&[package]).is_err() {
            return Ok(Outcome::Skipped(format!(
                "there is no {program}; Debian's package {package} has it"
            )));
        }
    }
    let scratch = repo.fresh("pages")?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(&scratch).arg(AXE);
    if !npm.status().is_ok_and(|status| status.success()) {
        return Ok(Outcome::Skipped(format!("npm could not install {AXE}")));
    }
    let mut look = Command::new("node");
    look.arg(repo.root.join("tests/pages/run.mjs")).arg("--binary").arg(repo.binary()?);
    look.arg("--scratch").arg(scratch.join("looks"));
    look.arg("--axe").arg(scratch.join("node_modules/axe-core/axe.min.js"));
    process::run(look.args(["--chromium", "chromium"]))?;
    Ok(Outcome::Passed)
}
