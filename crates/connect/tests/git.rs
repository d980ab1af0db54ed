//! Git repositories, made by the test: what is read, that reading again only adds, and that nothing in one is executed.

mod common;

use common::{Got, add, options};
use connect::{Error, Kind, Summary};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;

/// Runs git; false where there is none.
fn git(folder: &Path, arguments: &[&str]) -> bool {
    let mut git = Command::new("git");
    git.current_dir(folder).args(arguments);
    for (name, value) in [
        ("GIT_AUTHOR_NAME", "Ann"),
        ("GIT_AUTHOR_EMAIL", "Ann@x.example"),
        ("GIT_AUTHOR_DATE", "1700000000 +0200"),
        ("GIT_COMMITTER_NAME", "Cat"),
        ("GIT_COMMITTER_EMAIL", "cat@x.example"),
        ("GIT_COMMITTER_DATE", "1700000100 +0000"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ] {
        git.env(name, value);
    }
    match git.output() {
        Ok(output) => {
            assert!(output.status.success(), "{arguments:?}: {output:?}");
            true
        }
        Err(_) => {
            println!("not tested: git is not installed");
            false
        }
    }
}

fn read(folder: &Path) -> (Got, Result<Summary, Error>) {
    let mut got = Got::default();
    let result = connect::read(folder, &options(), &mut |chunk| {
        add(&mut got, chunk);
        ControlFlow::Continue(())
    });
    (got, result)
}

/// What git prints.
fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").current_dir(folder).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn commit(folder: &Path, message: &str) {
    git(folder, &["commit", "--quiet", "--allow-empty", "-m", message]);
}

#[test]
fn reading_again_after_new_commits_only_adds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    if !git(path, &["init", "--quiet"]) {
        return;
    }
    let (got, result) = read(path);
    assert!(got.rows.is_empty());
    assert!(result.unwrap().notes[0].contains("no commits yet"));

    commit(path, "One\n\nReviewed-by: Bob <bob@x.example>");
    let (before, result) = read(path);
    assert_eq!(result.unwrap().connector, "git");
    let mut verbs = before.column(3);
    verbs.sort_unstable();
    assert_eq!(verbs, ["endorse", "post", "review"]);
    assert_eq!(before.column(2), ["git"; 3]);
    assert_eq!(before.column(12), ["public"; 3]);

    commit(path, "Two");
    let (after, _) = read(path);
    let rows = |got: &Got| got.rows.iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(after.rows.len(), 5);
    assert!(rows(&before).is_subset(&rows(&after)));
}

#[test]
fn a_folder_inside_a_repository_is_none() {
    let folder = tempfile::tempdir().unwrap();
    if !git(folder.path(), &["init", "--quiet"]) {
        return;
    }
    let inside = folder.path().join("inside");
    std::fs::create_dir(&inside).unwrap();
    assert_eq!(read(&inside).1.unwrap_err().kind(), Kind::Unrecognised);
    // Something called .git that is none does not lead to the repository above.
    std::fs::create_dir(inside.join(".git")).unwrap();
    let error = read(&inside).1.unwrap_err();
    assert_eq!(error.kind(), Kind::Format);
    assert!(error.to_string().contains("not a git repository"), "{error}");
}

#[cfg(unix)]
#[test]
fn nothing_that_a_repository_names_is_executed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    if !git(path, &["init", "--quiet"]) {
        return;
    }
    commit(path, "One");
    let first = said(path, &["rev-parse", "HEAD"]);
    let trap = path.join("trap");
    let sprung = path.join("sprung");
    std::fs::write(&trap, format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\nexit 1\n", sprung.display()))
        .unwrap();
    std::fs::set_permissions(&trap, std::fs::Permissions::from_mode(0o755)).unwrap();
    let hooks = path.join("hooks");
    std::fs::create_dir(&hooks).unwrap();
    std::fs::copy(&trap, hooks.join("post-index-change")).unwrap();
    let trap = trap.display().to_string();
    let settings = [
        ("core.pager", &trap),
        ("pager.log", &trap),
        ("core.fsmonitor", &trap),
        ("core.hooksPath", &hooks.display().to_string()),
        ("core.sshCommand", &trap),
        ("core.editor", &trap),
        ("core.alternateRefsCommand", &trap),
        ("core.askPass", &trap),
        ("gpg.program", &trap),
        ("gpg.ssh.program", &trap),
        ("diff.external", &trap),
        ("credential.helper", &trap),
        ("log.showSignature", &"true".to_owned()),
        ("log.follow", &"true".to_owned()),
        ("log.mailmap", &"true".to_owned()),
        ("mailmap.file", &"/dev/zero".to_owned()),
        ("format.pretty", &"oneline".to_owned()),
        ("color.ui", &"always".to_owned()),
        ("protocol.ext.allow", &"always".to_owned()),
        ("alias.log", &format!("!{trap}")),
        ("remote.origin.url", &format!("ext::{trap}")),
        ("remote.origin.promisor", &"true".to_owned()),
        ("extensions.partialClone", &"origin".to_owned()),
        ("core.repositoryFormatVersion", &"1".to_owned()),
    ];
    for (key, value) in settings {
        git(path, &["config", key, value]);
    }
    let signed = |parent: &str| {
        let raw = format!(
            "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent {parent}\nauthor Ann <ann@x.example> 1700000000 +0000\ncommitter Ann <ann@x.example> 1700000000 +0000\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\nSigned\n"
        );
        std::fs::write(path.join("raw"), raw).unwrap();
        let arguments = ["hash-object", "-t", "commit", "-w", "--literally", "raw"];
        let hash = said(path, &arguments);
        std::fs::write(path.join(".git/HEAD"), &hash).unwrap();
        let _ = std::fs::remove_file(&sprung); // making the trap may have sprung it
        let got = read(path);
        assert!(!sprung.exists(), "executed: {}", std::fs::read_to_string(&sprung).unwrap());
        got
    };
    let (got, result) = signed(first.trim());
    result.unwrap();
    let mut subjects: Vec<&str> = got.column(8);
    subjects.retain(|subject| *subject != "-");
    assert_eq!(subjects, ["Signed", "One"]);
    // What is missing is said, not fetched.
    let error = signed("1234567890123456789012345678901234567890").1.unwrap_err();
    assert_eq!(error.kind(), Kind::Format, "{error}");
}
