//! Checking that everything stored is whole.

use crate::cards;
use crate::error::Result;
use crate::workspace::Workspace;

/// What `verify` found.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Verdict {
    /// Whether there is no problem.
    pub ok: bool,
    /// Segments that the catalogue names.
    pub segments: u64,
    /// Interactions that hold.
    pub interactions: u64,
    /// Scorecards.
    pub scorecards: u64,
    /// What is wrong, each with what to do.
    pub problems: Vec<String>,
    /// What is no fault but good to know.
    pub notes: Vec<String>,
}

impl Workspace {
    /// Reads everything that is stored and checks it against its checksums and against each other.
    pub fn verify(&self) -> Result<Verdict> {
        if !self.exists() {
            let note = format!("there is no workspace in {} yet", self.dir().display());
            return Ok(Verdict {
                ok: true,
                segments: 0,
                interactions: 0,
                scorecards: 0,
                problems: vec![],
                notes: vec![note],
            });
        }
        let report = ledger::verify(self.dir())?;
        let (scorecards, damaged) = cards::verify(self.dir())?;
        let mut problems = report.problems;
        problems.extend(damaged);
        let mut notes: Vec<String> = report
            .leftovers
            .iter()
            .map(|file| {
                format!(
                    "{} is left over from a commit that was broken off; the next ingest removes it",
                    file.display()
                )
            })
            .collect();
        match ledger::suppressed::Suppressed::of(self.dir()) {
            Ok(_) => {}
            // Whoever may read the data need not be able to read the secrets.
            Err(error) if error.kind() == ledger::Kind::Io => notes.push(error.to_string()),
            Err(error) => problems.push(error.to_string()),
        }
        if self.erasures()?.iter().any(|erasure| erasure.done.is_none()) {
            notes.push("an erasure was broken off; the next command that writes finishes it, or: tertius forget --finish".to_owned());
        }
        Ok(Verdict {
            ok: problems.is_empty(),
            segments: report.segments,
            interactions: report.interactions,
            scorecards,
            problems,
            notes,
        })
    }
}
