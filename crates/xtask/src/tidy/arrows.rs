//! Which crate may use which: the table of ARCHITECTURE.md, held here.
//!
//! Tests and build scripts are held to the same arrows, because what a test reaches, code soon reaches too.

use crate::repo::Metadata;

/// Each crate of the workspace and the others that it may depend on directly.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("connect", &["model"]),
    ("ledger", &["model"]),
    ("graph", &[]),
    ("influence", &["model", "graph"]),
    ("tertius", &["model", "connect", "ledger", "graph", "influence"]),
    ("simulate", &["model"]),
    ("judge", &["model", "influence", "simulate"]),
    ("server", &["tertius"]),
    ("cli", &["tertius", "server", "simulate"]),
    ("xtask", &[]),
];

/// Crates of the engine, which may not talk to a network or run on an async runtime, and the crates that would.
const OFFLINE: &[&str] =
    &["model", "connect", "ledger", "graph", "influence", "tertius", "simulate", "judge"];
const NETWORKED: &[&str] =
    &["tokio", "hyper", "reqwest", "ureq", "async-std", "axum", "tokio-rustls"];

pub fn problems(metadata: &Metadata) -> Vec<String> {
    let edges: Vec<(&str, &str)> = metadata
        .members()
        .flat_map(|package| {
            package
                .dependencies
                .iter()
                .map(|dependency| (package.name.as_str(), dependency.name.as_str()))
        })
        .collect();
    let members: Vec<&str> = metadata.members().map(|package| package.name.as_str()).collect();
    faults(&members, &edges)
}

fn faults(members: &[&str], edges: &[(&str, &str)]) -> Vec<String> {
    let mut problems = Vec::new();
    for member in members {
        if !ARROWS.iter().any(|(name, _)| name == member) {
            problems.push(format!("crates/{member}: the table of crates doesn't know it"));
        }
    }
    for (from, to) in edges {
        let allowed = ARROWS.iter().find(|(name, _)| name == from);
        if members.contains(to) && allowed.is_some_and(|(_, may)| !may.contains(to)) {
            problems.push(format!("crates/{from}: may not depend on {to}"));
        }
        if OFFLINE.contains(from) && NETWORKED.contains(to) {
            problems.push(format!("crates/{from}: {to} has no place in the engine"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_arrow_an_unknown_crate_and_a_network_client_are_faults() {
        let members = ["connect", "ledger", "model", "extra"];
        let edges =
            [("connect", "model"), ("connect", "ledger"), ("ledger", "tokio"), ("ledger", "csv")];
        assert_eq!(
            faults(&members, &edges),
            [
                "crates/extra: the table of crates doesn't know it",
                "crates/connect: may not depend on ledger",
                "crates/ledger: tokio has no place in the engine",
            ]
        );
    }
}
