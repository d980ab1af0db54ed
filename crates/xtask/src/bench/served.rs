//! A server that a benchmark asks.

use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A server that ends with this.
pub struct Server {
    process: Child,
    /// Where it listens.
    pub address: String,
}

impl Server {
    /// Starts it, and waits until it says where it listens.
    pub fn start(command: &mut Command) -> Result<Server> {
        let mut process =
            command.stderr(Stdio::piped()).spawn().context("cannot start a server")?;
        let mut line = String::new();
        BufReader::new(process.stderr.take().context("no error stream")?).read_line(&mut line)?;
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .with_context(|| format!("the server said {line:?}"))?
            .to_owned();
        Ok(Server { process, address })
    }

    /// Bytes resident.
    pub fn resident(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        Ok(1_024 * line.trim().trim_end_matches(" kB").parse::<u64>()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its end is nobody's measurement.
        let _killed = self.process.kill();
        let _waited = self.process.wait();
    }
}
