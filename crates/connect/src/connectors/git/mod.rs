//! The history of a git repository: who wrote, reviewed, tested, approved and helped, from commits and their trailers.
//!
//! Credit flows from the actor to the target, so the question of each verb is what somebody did because of another:
//!
//! | found | verb | actor -> target |
//! |---|---|---|
//! | a commit | `post` | the author, `object` = hash |
//! | Co-authored-by, Co-developed-by | `contribute` | co-author -> author, and author -> co-author: each joined the other's work |
//! | Reviewed-by, Tested-by | `review` | who reviewed or tested -> author |
//! | Acked-by, Approved-by; a committer who is not the author | `endorse` | who approved or applied it -> author |
//! | Reported-by, Suggested-by, Helped-by, Thanks-to... | `answer` | author -> who is thanked |
//!
//! What one commit states twice about two people counts once, as the weightiest: the first of answer, endorse, contribute and review. Signed-off-by
//! says who may pass a patch on, not who valued it, and is not read; merges say what was joined, and are passed over. A `post` has
//! the author's date, the others the committer's, when the work was accepted. Accounts are lower-cased e-mail addresses as the
//! commits give them (a .mailmap may change, ids may not: who is one person is said by claims). An id is made of hash, verb, actor
//! and target, so reading again after new commits only adds.
//!
//! A repository is hostile until proven otherwise: [`log_command`] runs `git log` so that nothing in it is executed or fetched.

mod log;
mod trailers;

use crate::about::{About, Connector, OptionUse, VerbUse, shared};
use crate::deliver::{Chunk, Deliver, Summary};
use crate::pipeline;
use crate::sample::Sample;
use crate::source::{Body, Source};
use crate::{Error, Kind, Options};
use model::Visibility;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};

/// Reads the history of a git repository.
pub struct Git;

const ABOUT: About = About {
    name: "git",
    category: "code",
    doc: "The history of a git repository: authors, co-authors, reviewers, committers and those who are thanked.",
    input: "The directory of a repository, bare or not. Read is what HEAD reaches, without merges, by running git; people are \
        found in the author, the committer and the trailers of each commit.",
    verbs: &[
        shared("post", 0.0),
        shared("contribute", 0.6),
        shared("review", 0.4),
        shared("endorse", 1.0),
        shared("answer", 1.0),
    ] as &[VerbUse],
    visibility: Visibility::Public,
    network: Some("git"),
    options: &[OptionUse {
        name: "--network",
        meaning: "The network of the accounts, which are e-mail addresses; git by default.",
    }],
};

impl Connector for Git {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn fits(&self, sample: &Sample, _: &Options) -> bool {
        sample.directory.as_deref().is_some_and(is_repository)
    }

    fn read(
        &self,
        source: Source,
        options: &Options,
        deliver: &mut Deliver<'_>,
    ) -> Result<(), Error> {
        let name = &source.sample.name;
        let wrong = |kind, message: &str| Err(Error::new(kind, name, message));
        let Body::Directory(directory) = &source.body else {
            return wrong(Kind::Format, "it is a file; `git` reads the directory of a repository");
        };
        if !is_repository(directory) {
            return wrong(
                Kind::Format,
                "it is a directory without a git repository; name the directory that holds .git",
            );
        }
        let directory = &directory.canonicalize().map_err(|error| Error::io(name, &error))?;
        if directory.join(".git/shallow").exists() || directory.join("shallow").exists() {
            let note = format!("{name} is a shallow clone: only its newest commits are there.");
            deliver.summary.notes.push(note);
        }
        let started = log_command(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = match started {
            Ok(child) => child,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return wrong(Kind::Usage, "git is not installed, or not in PATH; install it");
            }
            Err(error) => return wrong(Kind::Io, &format!("git could not be started: {error}")),
        };
        let (Some(output), Some(mut complaints)) = (child.stdout.take(), child.stderr.take())
        else {
            return wrong(Kind::Io, "git was started without its output; try again");
        };
        let said = std::thread::spawn(move || {
            let mut said = Vec::new();
            let _ = (&mut complaints).take(64 << 10).read_to_end(&mut said);
            let _ = std::io::copy(&mut complaints, &mut std::io::sink());
            String::from_utf8_lossy(&said).into_owned()
        });
        let parser = log::Log::new(ABOUT.network, options);
        let read = pipeline::run_on(output, false, name, &parser, options.threads, deliver);
        if deliver.summary.stopped || read.is_err() {
            // It may already have ended by itself.
            let _ = child.kill();
        }
        let ended = child.wait().map_err(|error| Error::io(name, &error))?;
        let said = said.join().unwrap_or_default();
        read?;
        if ended.success() || deliver.summary.stopped {
            return Ok(());
        }
        if deliver.summary.rows == 0 && said.contains("does not have any commits yet") {
            let note = "it has no commits yet; there was nothing to read.";
            deliver.summary.notes.push(note.to_owned());
            return Ok(());
        }
        let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        wrong(Kind::Format, &format!("git could not read it to its end: {}", said.join("; ")))
    }
}

/// Reads what [`log_command`] printed.
///
/// # Errors
/// A `--network` that can't be one. None that bytes in memory could cause; a record that can't be used is a reject.
pub fn read_log(
    bytes: &[u8],
    options: &Options,
    each: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
) -> Result<Summary, Error> {
    crate::registry::check_words("git log", options)?;
    let mut deliver = Deliver::new(each);
    deliver.summary.connector = ABOUT.name;
    let parser = log::Log::new(ABOUT.network, options);
    pipeline::run_on(bytes, false, "git log", &parser, options.threads, &mut deliver)?;
    Ok(deliver.finish())
}

/// Whether the directory itself is a repository. Those above it do not count: nobody named them.
fn is_repository(directory: &Path) -> bool {
    let has = |name: &str| directory.join(name).exists();
    has(".git") || (has("HEAD") && has("objects") && (has("refs") || has("reftable")))
}

/// `git log` as it is run: eight NUL-ended fields a commit, newest first.
///
/// A repository's own configuration may name programs for nearly everything. Of what `git log` could meet, signatures, hooks,
/// file-system monitors, pagers and mailmaps are off, and missing objects are not fetched. The user's own configuration stays in force, because
/// git refuses repositories of other owners by it.
pub fn log_command(directory: &Path) -> Command {
    let mut git = Command::new("git");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") && name != "GIT_EXEC_PATH" {
            git.env_remove(name);
        }
    }
    git.current_dir(directory)
        .env("LC_ALL", "C")
        .env("GIT_CEILING_DIRECTORIES", directory.parent().unwrap_or(directory))
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_PAGER", "cat")
        .args(["--no-pager", "--literal-pathspecs"]);
    for setting in [
        "core.fsmonitor=false",
        "core.hooksPath=/dev/null",
        "core.commitGraph=false",
        "core.alternateRefsCommand=false",
        "log.showSignature=false",
        "log.mailmap=false",
        "protocol.allow=never",
        "gpg.program=false",
        "gpg.ssh.program=false",
        "gpg.x509.program=false",
    ] {
        git.args(["-c", setting]);
    }
    git.args([
        "log",
        "-z",
        "--no-merges",
        "--no-show-signature",
        "--no-use-mailmap",
        "--no-color",
        "--no-decorate",
        "--no-notes",
        "--no-patch",
        "--no-ext-diff",
        "--no-textconv",
        "--encoding=UTF-8",
        log::FORMAT,
        "--",
    ]);
    git
}
