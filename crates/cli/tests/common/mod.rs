//! Running the binary as its users do.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

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

/// An address of this machine at which nobody listened just now.
pub fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// `serve` as a process; killed where a test breaks off.
pub struct Server {
    process: Child,
    pub address: String,
    log: Arc<Mutex<String>>,
}

/// What a server answered.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    /// Lines of the answer before its body.
    pub head: String,
    pub body: String,
}

impl Answered {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Server {
    pub fn start(world: &World, args: &[&str]) -> Server {
        Server::with(world, args, &[])
    }

    /// With settings of the environment.
    pub fn with(world: &World, args: &[&str], environment: &[(&str, &str)]) -> Server {
        let mut process = Command::new(env!("CARGO_BIN_EXE_tertius"))
            .arg("--workspace")
            .arg(world.path("workspace"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(args)
            .envs(environment.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(process.stderr.take().unwrap());
        let log = Arc::new(Mutex::new(String::new()));
        let mut address = None;
        while address.is_none() {
            let mut line = String::new();
            assert!(told.read_line(&mut line).unwrap() > 0, "{}", log.lock().unwrap());
            address = line.trim().strip_prefix("listening on http://").map(str::to_owned);
            log.lock().unwrap().push_str(&line);
        }
        // What it says later is kept, and never fills the pipe.
        let kept = log.clone();
        std::thread::spawn(move || {
            let mut line = Vec::new();
            while told.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                kept.lock().unwrap().push_str(&String::from_utf8_lossy(&line));
                line.clear();
            }
        });
        Server { process, address: address.unwrap(), log }
    }

    /// What it said so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The answer to a request, or nothing where the server was gone before there was one.
    pub fn ask(address: &str, request: &str) -> Option<Answered> {
        let mut stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Answered { status, head: head.to_owned(), body: body.to_owned() })
    }

    pub fn get(&self, path: &str, key: &str) -> Answered {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
        );
        Server::ask(&self.address, &request).expect("no answer")
    }

    /// Ends it in order, and waits until it has; what it said.
    pub fn end(mut self) -> String {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.process.wait().unwrap().success());
        self.log()
    }

    /// Without warning.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Mostly it has ended already.
        let _ended = self.process.kill();
        let _waited = self.process.wait();
    }
}

/// A fenced block of a page.
pub struct Block {
    /// The line of its first fence.
    pub line: usize,
    pub kind: String,
    pub text: String,
}

/// The fenced blocks of a page, in order.
pub fn fenced(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut inside = false;
    for (number, line) in page.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(kind) if !inside => {
                let (kind, text) = (kind.to_owned(), String::new());
                blocks.push(Block { line: number + 1, kind, text });
                inside = true;
            }
            Some(_) => inside = false,
            None => {
                if let Some(block) = blocks.last_mut().filter(|_| inside) {
                    block.text += line;
                    block.text.push('\n');
                }
            }
        }
    }
    blocks
}
