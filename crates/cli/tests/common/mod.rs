//! Running the binary as its users do.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A fresh workspace with files beside it.
pub struct World {
    pub dir: tempfile::TempDir,
}

/// How a call ended.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl World {
    pub fn new() -> World {
        World { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// Runs `tertius` on the workspace.
    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_in("workspace", args)
    }

    pub fn run_in(&self, workspace: &str, args: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_tertius"))
            .arg("--workspace")
            .arg(self.path(workspace))
            .args(args)
            .current_dir(self.dir.path())
            .output()
            .unwrap();
        Ran::of(output)
    }

    /// Runs it and expects it to succeed.
    pub fn ok(&self, args: &[&str]) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
        ran
    }

    /// The JSON that a call prints.
    pub fn json(&self, args: &[&str]) -> serde_json::Value {
        self.ok(&[args, &["--format", "json"]].concat()).json()
    }
}

impl Ran {
    fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

/// The invented example that comes with the repository.
pub fn fernhill(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/fernhill").join(name);
    path.display().to_string()
}

/// One native interaction.
pub fn row(id: &str, at: &str, verb: &str, actor: &str, target: &str, visibility: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"at\":\"{at}\",\"network\":\"forum\",\"verb\":\"{verb}\",\"actor\":\"{actor}\",\"target\":\"{target}\",\"visibility\":\"{visibility}\"}}\n"
    )
}
