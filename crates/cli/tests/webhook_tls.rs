//! Webhooks go over TLS to whom the system's certificates vouch for, and to nobody else.

mod common;

use common::{Server, World, fernhill};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tertius::webhooks::Webhooks;

/// Takes whatever is sent to it over TLS, and writes it down.
const TARGET: &str = r#"
import http.server, ssl, sys
class Target(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(sys.argv[3], "ab") as taken:
            taken.write(self.headers["Tertius-Signature"].encode() + b" " + body + b"\n")
        self.send_response(204)
        self.end_headers()
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Target)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
with open(sys.argv[4], "w") as port:
    port.write(str(server.server_port) + "\n")
server.serve_forever()
"#;

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _waited = self.0.wait();
    }
}

fn openssl(world: &World, args: &[&str]) {
    let ran = Command::new("openssl").args(args).current_dir(world.path("")).output().unwrap();
    assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

/// An authority `NAME.pem` of our own, and a certificate that it gives `host`.
fn authority(world: &World, name: &str, host: &str) {
    let [key, pem, request, theirs, given] =
        ["key", "pem", "csr", "host.key", "host.pem"].map(|ending| format!("{name}.{ending}"));
    let of_host = format!("{name}.ext");
    world.file(&of_host, format!("subjectAltName=DNS:{host}\n"));
    let new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let own = ["-x509", "-days", "2", "-subj", "/CN=an authority", "-keyout", &key, "-out", &pem];
    openssl(world, &[&new[..], &own[..]].concat());
    let asked = ["-subj", "/CN=a target", "-keyout", &theirs, "-out", &request];
    openssl(world, &[&new[..], &asked[..]].concat());
    openssl(
        world,
        &[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            &pem,
            "-CAkey",
            &key,
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            &of_host,
            "-out",
            &given,
        ],
    );
}

/// A target with that authority's certificate; its process and port.
fn target(world: &World, name: &str) -> (Ended, String) {
    let port = format!("{name}.port");
    let program = world.file("target.py", TARGET);
    let process = Command::new("python3")
        .args([&program, &format!("{name}.host.pem"), &format!("{name}.host.key")])
        .args([&format!("{name}.taken"), &port])
        .current_dir(world.path(""))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let process = Ended(process);
    let mut told = String::new();
    within_a_minute("the target listens", || {
        told = std::fs::read_to_string(world.path(&port)).unwrap_or_default();
        told.ends_with('\n')
    });
    (process, told.trim().to_owned())
}

fn within_a_minute(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_is_sent_over_tls_reaches_whom_the_system_trusts_and_nobody_else() {
    for (program, asks) in [("openssl", "version"), ("python3", "--version")] {
        if !Command::new(program).arg(asks).output().is_ok_and(|ran| ran.status.success()) {
            println!("webhooks are not tried over TLS: there is no {program}");
            return;
        }
    }
    let world = World::new();
    // One that is trusted, one that is trusted and is of another host, and one of an authority that nobody knows.
    for (name, host) in [("good", "localhost"), ("other", "else.example"), ("unknown", "localhost")]
    {
        authority(&world, name, host);
    }
    let trusted = ["good.pem", "other.pem"].map(|name| std::fs::read(world.path(name)).unwrap());
    let trusted = world.file("trusted.pem", trusted.concat());
    let targets = ["good", "other", "unknown"].map(|name| target(&world, name));
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    for (_, port) in &targets {
        let url = format!("https://localhost:{port}/hook");
        world.ok(&["webhook", "add", &url, "--purpose", "community", "--allow-private"]);
    }
    world.ok(&["score", "helpers"]);
    let _server = Server::with(&world, &[], &[("SSL_CERT_FILE", &trusted)]);
    let taken = |name: &str| {
        std::fs::read_to_string(world.path(&format!("{name}.taken"))).unwrap_or_default()
    };
    within_a_minute("it is taken", || taken("good").ends_with('\n'));
    let sent = taken("good");
    assert!(sent.starts_with("v1=") && sent.contains("\"definition\":\"helpers\""), "{sent}");
    let webhooks = Webhooks::open(&world.path("workspace")).unwrap();
    let mut waiting = Vec::new();
    within_a_minute("the others are refused", || {
        waiting = webhooks.deliveries().unwrap();
        waiting.len() == 2 && waiting.iter().all(|one| one.attempts > 0)
    });
    for one in &waiting {
        assert!(
            one.reason.starts_with("no TLS: ") && one.reason.contains("certificate"),
            "{}",
            one.reason
        );
    }
    // They saw nothing of it.
    assert_eq!((taken("other"), taken("unknown")), (String::new(), String::new()));
}
