//! Licences of all dependencies, and advisories against them.
//!
//! The list of licences stands once, in `deny.toml`, in cargo-deny's own form. Checking licences needs nothing but
//! `cargo metadata`; advisories need cargo-deny and a database that is fetched from the network.

use super::Outcome;
use crate::process;
use crate::repo::Repo;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::process::Command;

#[derive(Deserialize)]
struct Deny {
    licenses: Licences,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
}

pub fn run(repo: &Repo) -> Result<Outcome> {
    let text =
        std::fs::read_to_string(repo.root.join("deny.toml")).context("cannot read deny.toml")?;
    let allow = toml::from_str::<Deny>(&text).context("deny.toml")?.licenses.allow;
    let mut problems = Vec::new();
    for package in &repo.metadata.packages {
        let expression = package.license.as_deref().unwrap_or("(none stated)");
        if !allowed(expression, &allow) {
            problems.push(format!("{} {}: {expression}", package.name, package.version));
        }
    }
    if !problems.is_empty() {
        bail!("licences that deny.toml doesn't allow:\n  {}", problems.join("\n  "));
    }
    println!("{} packages, all under allowed licences", repo.metadata.packages.len());
    Ok(Outcome::Passed)
}

pub fn advisories(repo: &Repo) -> Result<Outcome> {
    if process::capture(Command::new("cargo-deny").arg("--version")).is_err() {
        return Ok(Outcome::Skipped("cargo-deny is not installed".to_owned()));
    }
    let database = std::env::var_os("CARGO_HOME")
        .map(std::path::PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| std::path::Path::new(&home).join(".cargo")))
        .map(|home| home.join("advisory-dbs"));
    if !database.is_some_and(|folder| folder.is_dir()) {
        return Ok(Outcome::Skipped(
            "no advisory database on this machine; `cargo deny fetch` gets one from the network"
                .to_owned(),
        ));
    }
    let mut command = Command::new("cargo-deny");
    command.args(["--offline", "check", "advisories"]).current_dir(&repo.root);
    process::run(&mut command)?;
    Ok(Outcome::Passed)
}

/// Whether an SPDX expression can be met with the allowed licences alone.
fn allowed(expression: &str, allow: &[String]) -> bool {
    // Cargo's older form writes "or" as a slash.
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { tokens: &tokens, allow };
    parser.any() == Some(true) && parser.tokens.is_empty()
}

struct Parser<'a> {
    tokens: &'a [&'a str],
    allow: &'a [String],
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn skip(&mut self, word: &str) -> bool {
        let found = self.tokens.first() == Some(&word);
        if found {
            self.next();
        }
        found
    }

    fn any(&mut self) -> Option<bool> {
        let mut met = self.all()?;
        while self.skip("OR") {
            met |= self.all()?;
        }
        Some(met)
    }

    fn all(&mut self) -> Option<bool> {
        let mut met = self.one()?;
        while self.skip("AND") {
            met &= self.one()?;
        }
        Some(met)
    }

    fn one(&mut self) -> Option<bool> {
        if self.skip("(") {
            let met = self.any()?;
            return self.skip(")").then_some(met);
        }
        let mut name = self.next()?.to_owned();
        if self.skip("WITH") {
            name = format!("{name} WITH {}", self.next()?);
        }
        Some(self.allow.contains(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_met_by_one_side_of_or_and_both_sides_of_and() {
        let allow = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        for (expression, met) in [
            ("MIT", true),
            ("MIT OR GPL-3.0", true),
            ("GPL-3.0/MIT", true),
            ("MIT AND GPL-3.0", false),
            ("(MIT OR GPL-3.0) AND Apache-2.0", true),
            ("MIT AND (GPL-3.0 OR LGPL-2.1)", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("MIT WITH LLVM-exception", false),
            ("GPL-3.0", false),
            ("(none stated)", false),
            ("", false),
            ("MIT OR", false),
            ("(MIT", false),
            ("MIT MIT", false),
        ] {
            assert_eq!(allowed(expression, &allow), met, "{expression:?}");
        }
    }
}
