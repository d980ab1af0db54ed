//! A full disk under `POST /api/v1/interactions`: 507 and nothing of the request, all that was answered before stays, and with room it goes on.
//!
//! The disk is a tmpfs, as in [`super::disk`].

use super::disk::{Disk, Filled};
use super::product::Tertius;
use super::row;
use crate::process;
use crate::repo::Repo;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

/// A disk that a few bodies fill.
const MEGABYTES: u64 = 24;
/// Rows of a body.
const ROWS: u64 = 1_000;

/// A server, ended when dropped.
struct Server {
    process: Child,
    address: String,
    key: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.process.kill().and_then(|()| self.process.wait()) {
            eprintln!("xtask: a server could not be ended: {error}");
        }
    }
}

impl Server {
    fn start(tertius: &Tertius) -> Result<Server> {
        let made = process::capture(&mut tertius.command(&[
            "key",
            "create",
            "feed",
            "--may-write",
            "--per-second",
            "100000",
        ]))?;
        let made: Value = serde_json::from_str(&made)?;
        let key = made["key"].as_str().context("no key was made")?.to_owned();
        let mut serve = tertius.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut process = serve.stderr(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let told = process.stderr.take().context("a server without a word")?;
        let mut told = BufReader::new(told);
        told.read_line(&mut line)?;
        // What it says later must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
        let address = line.trim().strip_prefix("listening on http://").context(line.clone())?;
        Ok(Server { process, address: address.to_owned(), key })
    }

    /// Status and body.
    fn post(&self, body: &str) -> Result<(u16, String)> {
        let mut stream = TcpStream::connect(&self.address)?;
        let (key, length) = (&self.key, body.len());
        let sent = write!(
            stream,
            "POST /api/v1/interactions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\
             Content-Type: application/x-ndjson\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let mut answer = String::new();
        // Whoever is told off early is told why all the same.
        let read = stream.read_to_string(&mut answer);
        if answer.is_empty() {
            sent.and(read)?;
        }
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
        Ok((status.context("no status")?, body.unwrap_or_default()))
    }
}

/// Rows that no packing makes much smaller.
fn body(number: u64) -> String {
    let line = |id: u64| {
        let noise = |part: u64| (id + 7 * part + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let text: String =
            (0..32).map(|part| format!("{:016x}", noise(part) ^ noise(part) >> 29)).collect();
        let row = json!({"id": format!("p{id}"), "at": "2026-05-01T00:00:00Z", "network": "forum", "verb": "like", "actor": format!("a{id}"), "target": "b", "text": text});
        format!("{row}\n")
    };
    (number * ROWS..(number + 1) * ROWS).map(line).collect()
}

/// Posts until the disk is full, and once more when there is room; a broken promise is an error.
pub fn fill(repo: &Repo) -> Result<Filled> {
    let folder = repo.fresh("disk-posts")?;
    let disk = match Disk::mount(&folder, MEGABYTES) {
        Ok(disk) => disk,
        Err(error) => return Ok(Filled::Refused(format!("{error:#}").replace('\n', " "))),
    };
    let tertius = Tertius::at(repo, folder.join("workspace"))?;
    let first = folder.join("first.ndjson");
    std::fs::write(&first, body(0))?;
    process::capture(&mut tertius.ingest(&first))?;
    let server = Server::start(&tertius)?;
    let mut acknowledged = ROWS;
    let mut number = 1;
    let message = loop {
        let (status, said) = server.post(&body(number))?;
        if status != 200 {
            ensure!(status == 507, "a full disk answered {status}: {said}");
            break said;
        }
        acknowledged += ROWS;
        number += 1;
        ensure!(number < 1_000, "{MEGABYTES} MB do not fill");
    };
    ensure!(number > 1, "nothing fitted onto {MEGABYTES} MB");
    // Still full, and still answering.
    let (status, said) = server.post(&body(number))?;
    ensure!(status == 507, "a full disk answered {status} later: {said}");
    disk.enlarge(512)?;
    let stored = tertius.verified()?;
    ensure!(stored == acknowledged, "{acknowledged} rows were acknowledged, {stored} are stored");
    let (status, said) = server.post(&body(number))?;
    ensure!(status == 200, "with room again it answered {status}: {said}");
    drop(server);
    ensure!(tertius.verified()? == acknowledged + ROWS, "not every row is there");
    row("full disk under posts", &[("acknowledged", acknowledged.to_string())]);
    Ok(Filled::Kept { acknowledged, stored, message })
}
