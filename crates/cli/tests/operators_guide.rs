//! What docs/operators.md shows to be copied is good: the commands run, systemd takes the unit, nginx takes the site.

mod common;

use common::{Block, World, fenced, fernhill};
use std::path::Path;
use std::process::Command;

/// The block of that kind in which this stands.
fn block(kind: &str, has: &str) -> Block {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operators.md");
    let blocks = fenced(&std::fs::read_to_string(page).unwrap());
    blocks.into_iter().find(|one| one.kind == kind && one.text.contains(has)).expect(has)
}

/// Runs it where it is there; its success and what it said.
fn ran(command: &mut Command) -> Option<(bool, String)> {
    match command.output() {
        Ok(ran) => {
            let said = [ran.stdout, ran.stderr].concat();
            Some((ran.status.success(), String::from_utf8_lossy(&said).into_owned()))
        }
        Err(error) => {
            println!("not tried: {:?}: {error}", command.get_program());
            None
        }
    }
}

#[test]
fn a_workspace_is_backed_up_and_restored_by_the_commands_as_they_stand() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    world.ok(&["people", "import", &fernhill("people.csv")]);
    world.ok(&["forget", "discourse:nele"]);
    let here = world.path("");
    std::fs::rename(world.path("workspace"), world.path("tertius-data")).unwrap();
    std::fs::rename(world.path("workspace.suppressions"), world.path("tertius-data.suppressions"))
        .unwrap();
    for folder in ["mnt/copies", "mnt/keys"] {
        std::fs::create_dir_all(here.join(folder)).unwrap();
    }
    let commands = block("sh", "restore /mnt").text.replace("/mnt/", "mnt/");
    let binary = Path::new(env!("CARGO_BIN_EXE_tertius")).parent().unwrap();
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(binary.to_owned()).chain(std::env::split_paths(&paths));
    let mut shell = Command::new("bash");
    shell.args(["-euc", &commands]).current_dir(&here);
    shell.env("PATH", std::env::join_paths(paths).unwrap()).env_remove("TERTIUS_WORKSPACE");
    let Some((good, said)) = ran(&mut shell) else { return };
    assert!(good, "{said}");
    let who = world.run_in("tertius-data", &["who", "discourse:mara", "--format", "json"]);
    assert_eq!(who.code, 0, "{}", who.err);
    assert_eq!(world.run_in("tertius-data", &["who", "discourse:nele"]).code, 1);
}

#[test]
fn systemd_takes_the_unit() {
    let world = World::new();
    let unit = block("ini", "ExecStart");
    let unit = unit.text.replace("/usr/local/bin/tertius", env!("CARGO_BIN_EXE_tertius"));
    let unit = world.file("tertius.service", unit);
    let verify = ran(Command::new("systemd-analyze").args(["verify", &unit]));
    let Some((good, said)) = verify else { return };
    assert!(good && !said.contains("tertius.service"), "{said}");
}

#[test]
fn nginx_takes_the_site() {
    let world = World::new();
    let request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    let for_two_days = ["-nodes", "-days", "2", "-subj", "/CN=influence.example"];
    let files = ["-keyout", "site.key", "-out", "site.pem"];
    let made = ran(Command::new("openssl")
        .args([&request[..], &for_two_days[..], &files[..]].concat())
        .current_dir(world.path("")));
    let Some((good, said)) = made else { return };
    assert!(good, "{said}");
    let at = |name: &str| world.path(name).display().to_string();
    let site = block("nginx", "proxy_pass").text;
    let site = site
        .replace("/etc/ssl/influence.example.pem", &at("site.pem"))
        .replace("/etc/ssl/private/influence.example.key", &at("site.key"));
    let pid = at("nginx.pid");
    let log = at("nginx.log");
    let whole =
        format!("pid {pid};\nerror_log {log};\nevents {{}}\nhttp {{\naccess_log off;\n{site}}}\n");
    let whole = world.file("nginx.conf", whole);
    let Some((good, said)) =
        ran(Command::new("nginx").args(["-t", "-q", "-c", &whole, "-e", &log]))
    else {
        return;
    };
    assert!(good, "{said}");
}
