//! Chores of this repository: `cargo xtask test`, `cargo xtask bench`, `cargo xtask docs`.
//!
//! A test step is one line in [`test::STEPS`], a benchmark one line in [`bench::BENCHES`]; help derives from both.
//! The product itself is run as users run it: through its binary and its exports, never through its crates.

mod bench;
mod docs;
mod flags;
mod process;
mod repo;
mod test;
mod tidy;

use anyhow::{Result, bail};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<ExitCode> {
    let wants_help = arguments.iter().any(|a| a == "--help" || a == "-h");
    let Some((task, rest)) = arguments.split_first().filter(|_| !wants_help) else {
        print!("{}", help());
        return Ok(ExitCode::SUCCESS);
    };
    let repo = repo::Repo::open()?;
    match task.as_str() {
        "test" => test::run(&repo, rest),
        "bench" => bench::run(&repo, rest).map(|()| ExitCode::SUCCESS),
        "docs" => docs::run(&repo, rest).map(|()| ExitCode::SUCCESS),
        other => bail!("there is no task {other:?}; see cargo xtask --help"),
    }
}

fn help() -> String {
    let mut text = String::from(
        "Chores of this repository.\n\n\
         cargo xtask test [STEP]...          run every test step, or the ones named\n\
         cargo xtask bench NAME [--OPTION V]  measure; raw figures go to bench/results\n\
         cargo xtask docs [--check]          write the reference pages from the binary's registries\n\n\
         Test steps, in order:\n",
    );
    for step in test::STEPS {
        text += &format!("  {:<12}{}\n", step.name, step.about);
    }
    text += "\nBenchmarks:\n";
    for bench in bench::BENCHES {
        text += &format!("  {:<12}{}\n", bench.name, bench.about);
        for (option, about) in bench.options {
            text += &format!("  {:<12}  --{option} {about}\n", "");
        }
    }
    text += "\nExample: cargo xtask test tidy peers\n         cargo xtask bench ingest --events 10000000\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_every_step_and_every_benchmark() {
        let help = help();
        for name in test::STEPS
            .iter()
            .map(|step| step.name)
            .chain(bench::BENCHES.iter().map(|bench| bench.name))
        {
            assert!(help.contains(&format!("\n  {name}")), "{name}");
        }
    }

    #[test]
    fn names_of_steps_and_benchmarks_are_distinct() {
        let mut names: Vec<_> = test::STEPS.iter().map(|step| step.name).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        let mut names: Vec<_> = bench::BENCHES.iter().map(|bench| bench.name).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
