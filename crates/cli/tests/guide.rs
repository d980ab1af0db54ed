//! The API guide runs: its commands and programs in order, in one shell, and what it shows is what came.
//!
//! | a fenced block | is |
//! |---|---|
//! | `sh` | run by bash, in a folder of its own in which `examples` is that of the checkout |
//! | `python` | run by `python3`, with what was exported |
//! | `json` | what the block before printed: members shown are there, numbers agree as far as they are shown, `"..."` is anything |
//! | `text` | the same as lines; three points stand for any text, also of many lines |

mod common;

use common::{fenced, free_address};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Why `found` is not what is shown, if it is not.
fn differs(shown: &Value, found: &Value, place: &str) -> Option<String> {
    match (shown, found) {
        (Value::String(any), _) if any == "..." => None,
        (Value::Object(shown), Value::Object(found)) => shown.iter().find_map(|(name, shown)| {
            let place = format!("{place}.{name}");
            match found.get(name) {
                Some(found) => differs(shown, found, &place),
                None => Some(format!("{place} is missing")),
            }
        }),
        (Value::Array(shown), Value::Array(found)) if shown.len() == found.len() => {
            let both = shown.iter().zip(found).enumerate();
            both.filter_map(|(at, (one, other))| differs(one, other, &format!("{place}[{at}]")))
                .next()
        }
        (Value::Number(shown), Value::Number(found)) => {
            let digits = shown.to_string().split_once('.').map_or(0, |(_, digits)| digits.len());
            let rounded = format!("{:.digits$}", found.as_f64().unwrap());
            let same = rounded.parse::<f64>().unwrap() == shown.as_f64().unwrap();
            (!same).then(|| format!("{place} is {found}, and not {shown}"))
        }
        _ if shown == found => None,
        _ => Some(format!("{place} is {found}, and not {shown}")),
    }
}

/// Whether a text is the shown one, in which three points stand for anything.
fn matches(shown: &str, found: &str) -> bool {
    let mut parts = shown.trim_end().split("...");
    let Some(mut rest) = found.trim_end().strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut open = false;
    for part in parts {
        open = part.is_empty();
        let part = part.trim_end_matches('\n');
        match rest.rfind(part) {
            _ if part.is_empty() => {}
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    open || rest.is_empty()
}

#[test]
fn three_points_stand_for_anything_and_nothing_else_does() {
    for (shown, found, same) in [
        ("a\n", "a", true),
        ("a", "b", false),
        ("a\n...\nz\n", "a\nb\nc\nz\n", true),
        ("a\n...\nz", "a\nb\n", false),
        ("a,...\nb", "a,c\nb", true),
        ("a...", "abc\nd", true),
        ("a", "a\nb", false),
    ] {
        assert_eq!(matches(shown, found), same, "{shown:?} {found:?}");
    }
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    for (shown, found, same) in [
        (r#"{"a": 1.2}"#, r#"{"a": 1.2345, "b": 1}"#, true),
        (r#"{"a": 1.3}"#, r#"{"a": 1.2345}"#, false),
        (r#"{"c": 1}"#, r#"{"a": 1}"#, false),
        (r#"[1]"#, r#"[1, 2]"#, false),
        (r#"[null, "..."]"#, r#"[null, {"x": 1}]"#, true),
        (r#"null"#, r#"0"#, false),
    ] {
        assert_eq!(differs(&json(shown), &json(found), "").is_none(), same, "{shown} {found}");
    }
}

#[test]
fn the_guide_runs_and_gives_what_it_shows() {
    for program in ["bash", "curl", "python3"] {
        if Command::new(program).arg("--version").output().is_err() {
            println!("the guide is not run: there is no {program}");
            return;
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let guide = std::fs::read_to_string(root.join("docs/api-guide.md")).unwrap();
    let blocks = fenced(&guide);
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root.join("examples"), dir.path().join("examples")).unwrap();
    let mut script =
        "set -eu -o pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n".to_owned();
    for (number, block) in blocks.iter().enumerate() {
        match &*block.kind {
            "sh" => script += &format!("{{\n{}}} > {number}.out\n", block.text),
            "python" => {
                script += &format!("python3 - > {number}.out <<'PYTHON'\n{}PYTHON\n", block.text);
            }
            "json" | "text" => {}
            other => panic!("docs/api-guide.md:{}: what is a block of {other:?}?", block.line),
        }
    }
    assert!(guide.contains("127.0.0.1:8080"));
    let script = script.replace("127.0.0.1:8080", &free_address());
    let binary = Path::new(env!("CARGO_BIN_EXE_tertius")).parent().unwrap();
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(binary.to_owned()).chain(std::env::split_paths(&paths));
    let ran = Command::new("bash")
        .args(["-c", &script])
        .current_dir(dir.path())
        .env("PATH", std::env::join_paths(paths).unwrap())
        .env("TMPDIR", dir.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ran.stderr);
    let out = |number: usize| std::fs::read_to_string(dir.path().join(format!("{number}.out")));
    let last = blocks.iter().enumerate().rfind(|(number, _)| out(*number).is_ok());
    let last = last.map_or(0, |(_, block)| block.line);
    assert!(ran.status.success(), "docs/api-guide.md:{last} ended with {}: {told}", ran.status);
    let (mut before, mut compared) = (None, 0);
    for (number, block) in blocks.iter().enumerate() {
        let place = format!("docs/api-guide.md:{}", block.line);
        if matches!(&*block.kind, "sh" | "python") {
            before = Some(number);
            continue;
        }
        let found = out(before.expect("nothing ran before it")).unwrap();
        if block.kind == "json" {
            let shown = serde_json::from_str(&block.text).expect(&place);
            let found = serde_json::from_str(&found).unwrap_or_else(|_| panic!("{place}: {found}"));
            if let Some(why) = differs(&shown, &found, "") {
                panic!("{place}: {why}");
            }
        } else {
            assert!(matches(&block.text, &found), "{place}: it printed\n{found}");
        }
        compared += 1;
    }
    assert!(compared > 15);
}
