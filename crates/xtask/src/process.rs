//! Running other programs: shown before, checked after, measured where asked.

use crate::repo::Repo;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::process::{Command, Output, Stdio};

/// A command as one would type it.
pub fn shown(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    if let Some(name) = text.rsplit('/').next() {
        text = name.to_owned();
    }
    for argument in command.get_args() {
        let argument = argument.to_string_lossy();
        if argument.contains(|c: char| c.is_whitespace()) || argument.is_empty() {
            text += &format!(" '{argument}'");
        } else {
            text += &format!(" {argument}");
        }
    }
    text
}

/// Runs a command with this program's output streams and no input; an unsuccessful end is an error.
pub fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", shown(command));
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot run {}", shown(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs a command and returns what it printed; an unsuccessful end is an error that repeats what it said.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = output(command)?;
    if !output.status.success() {
        bail!(
            "{} ended with {}:\n{}",
            shown(command),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("{} printed something that is not UTF-8", shown(command)))
}

/// Runs a command to its end, however it ends, and returns what it printed.
pub fn output(command: &mut Command) -> Result<Output> {
    command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {}", shown(command)))
}

/// What a program cost.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Usage {
    /// Seconds from start to end.
    pub wall: f64,
    /// CPU seconds, user and system, of all its threads.
    pub cpu: f64,
    /// The largest resident set, in bytes.
    pub peak: u64,
    /// What it printed.
    #[serde(skip)]
    pub stdout: String,
}

/// Runs a command through `bench/measure.py`, which reads the kernel's accounts of exactly this child.
pub fn measure(repo: &Repo, command: &Command) -> Result<Usage> {
    let report = repo.scratch("bench")?.join(format!("usage-{}.json", std::process::id()));
    let mut wrapped = Command::new(repo.python()?);
    wrapped
        .arg(repo.root.join("bench/measure.py"))
        .arg(&report)
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            wrapped.env(name, value);
        }
    }
    println!("$ {}", shown(command));
    let stdout = capture(&mut wrapped)?;
    let text = std::fs::read_to_string(&report)
        .with_context(|| format!("cannot read {}", report.display()))?;
    std::fs::remove_file(&report)?;
    let usage: Usage = serde_json::from_str(&text).context("bench/measure.py reported nonsense")?;
    Ok(Usage { stdout, ..usage })
}

/// The middle one by CPU time of an odd number of runs; of an even number the cheaper middle one.
pub fn median(mut runs: Vec<Usage>) -> Result<Usage> {
    runs.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
    let middle = runs.len().saturating_sub(1) / 2;
    runs.into_iter().nth(middle).context("nothing was measured")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("/usr/bin/env");
        command.args(["a", "two words", ""]);
        assert_eq!(shown(&command), "env a 'two words' ''");
    }

    #[test]
    fn a_failing_command_is_an_error_with_its_own_words() {
        let error = capture(Command::new("sh").args(["-c", "echo oh >&2; exit 3"])).unwrap_err();
        assert!(error.to_string().contains("oh"), "{error}");
        assert!(run(&mut Command::new("false")).is_err());
        assert!(capture(&mut Command::new("no-such-program-here")).is_err());
    }

    #[test]
    fn the_median_is_by_cpu_time() {
        let usage = |cpu| Usage { wall: 0.0, cpu, peak: 0, stdout: String::new() };
        let middle = median([3.0, 1.0, 2.0].map(usage).to_vec()).unwrap();
        assert_eq!(middle.cpu, 2.0);
        assert!(median(Vec::new()).is_err());
    }
}
