//! What every text file obeys: a header, a bounded length, nothing that only makes sense on one machine.

use std::path::Path;

/// Longest source file, in lines.
const LONGEST: usize = 600;

/// Written in pieces, so that this file doesn't contain them itself.
const PATHS: &[&str] =
    &[concat!("/", "work/"), concat!("/", "root/"), concat!("/", "home/"), concat!("/", "tmp/")];
const LEFT_OVER: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("<<<<", "<<<")];

/// What is wrong with one file, as lines `file: what`.
pub fn problems(file: &Path, content: &str) -> Vec<String> {
    let name = file.to_string_lossy();
    let mut problems = Vec::new();
    let mut problem = |what: String| problems.push(format!("{name}: {what}"));
    let kind = file.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
    let generated = name == "Cargo.lock" || name.ends_with("/Cargo.lock");

    let lines = content.lines().count();
    if !generated && lines > LONGEST && matches!(kind, "rs" | "py" | "sql" | "sh" | "toml") {
        problem(format!("has {lines} lines; past {LONGEST} a file wants to become two"));
    }
    // A file of nothing but tests says so by its name.
    let tests = file.file_name().is_some_and(|name| name == "tests.rs");
    let header = match kind {
        "rs" if tests => None,
        "rs" => Some(content.starts_with("//!")),
        "py" => Some(content.starts_with("\"\"\"")),
        _ => None,
    };
    if header == Some(false) && !content.trim().is_empty() {
        problem("doesn't begin by saying what it does".to_owned());
    }
    if kind == "rs" && content.starts_with("//!") && first_line(content).len() < 12 {
        problem("has a header that says nothing".to_owned());
    }
    for (number, line) in content.lines().enumerate() {
        for path in PATHS.iter().filter(|path| line.contains(*path)) {
            problem(format!("line {} names {path}..., a path of one machine", number + 1));
        }
        for word in LEFT_OVER.iter().filter(|word| line.contains(*word)) {
            problem(format!("line {} has a left-over {word}", number + 1));
        }
    }
    problems
}

fn first_line(content: &str) -> &str {
    content.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(file: &str, content: &str) -> usize {
        problems(Path::new(file), content).len()
    }

    #[test]
    fn source_files_say_what_they_do_first() {
        assert_eq!(faults("a.rs", "//! Reads rows.\n"), 0);
        assert_eq!(faults("a.py", "\"\"\"Reads rows.\"\"\"\n"), 0);
        assert_eq!(faults("a.rs", "use std::fmt;\n"), 1);
        assert_eq!(faults("a.rs", "//! .\n"), 1);
        assert_eq!(faults("a.py", "import sys\n"), 1);
        assert_eq!(faults("__init__.py", ""), 0);
        assert_eq!(faults("src/tests.rs", "use super::*;\n"), 0);
    }

    #[test]
    fn long_files_machine_paths_and_left_over_notes_are_faults() {
        let long = format!("//! Reads rows.\n{}", "\n".repeat(LONGEST));
        assert_eq!(faults("a.rs", &long), 1);
        assert_eq!(faults("a.md", &long), 0);
        assert_eq!(faults("a.md", &format!("see {}x\n", PATHS[0])), 1);
        assert_eq!(faults("a.md", &format!("{}: later\n", LEFT_OVER[0])), 1);
    }
}
