//! No surface shows what it must not. A new command fails the last test until it is added to the table here.

mod common;

use common::{World, fernhill, row};

/// Every command, and what to call it with so that it shows as much as it can.
const SURFACES: &[(&str, &[&[&str]])] = &[
    ("rank", &[&["rank"], &["rank", "DEF", "--limit", "1000"]]),
    ("who", &[&["who", "SUBJECT"], &["who", "SUBJECT", "--definition", "DEF@1"]]),
    (
        "compare",
        &[&["compare", "--limit", "1000"], &["compare", "DEF", "helpers", "--limit", "1000"]],
    ),
    ("explain", &[&["explain", "SUBJECT", "DEF", "--ties", "1000"]]),
    (
        "export",
        &[
            &["export", "interactions", "--to", "OUT.csv"],
            &["export", "ties", "--to", "OUT.csv"],
            &["export", "ties", "--to", "OUT.graphml"],
            &["export", "people", "--to", "OUT.csv"],
            &["export", "signals", "--to", "OUT.csv"],
            &["export", "scores", "--to", "OUT.csv"],
            &["export", "snapshot", "--to", "OUT.graphml"],
        ],
    ),
    ("introductions", &[&["introductions", "--to", "SUBJECT", "--steps", "4", "--limit", "1000"]]),
    ("permeability", &[&["permeability"]]),
    (
        "contact",
        &[
            &["contact", "--topic-text", "how", "--limit", "1000"],
            &["contact", "--topic-text", "how the", "--from", "SUBJECT", "--limit", "1000"],
        ],
    ),
    ("whatif leave", &[&["whatif", "leave", "SUBJECT"], &["whatif", "leave", "--team", "support"]]),
    ("whatif join", &[&["whatif", "join", "SUBJECT"], &["whatif", "join", "Basel AG"]]),
    ("whatif merge-teams", &[&["whatif", "merge-teams", "sales", "support"]]),
    ("orders", &[&["orders", "--examples", "1000"], &["orders", "--each", "OUT.csv"]]),
    ("seeds", &[&["seeds", "--budget", "1000", "--definition", "DEF"]]),
    ("ladder", &[&["ladder", "--period", "30d", "--limit", "1000"]]),
    ("r3", &[&["r3", "--draws", "39"]]),
    (
        "definition preview",
        &[&["definition", "preview", "FILE", "--against", "DEF", "--limit", "1000"]],
    ),
    ("consent", &[&["consent", "SUBJECT", "given", "--purpose", "another"]]),
    ("consent show", &[&["consent", "show", "SUBJECT"]]),
    ("consent list", &[&["consent", "list"], &["consent", "list", "--standing", "refused"]]),
    (
        "object",
        &[
            &["object", "SUBJECT", "--purpose", "another"],
            &["object", "SUBJECT", "--purpose", "another", "--lift"],
        ],
    ),
    (
        "access",
        &[
            &["access", "SUBJECT"],
            &["access", "SUBJECT", "--to", "OUT.json"],
            &["access", "SUBJECT", "--to", "OUT.html"],
        ],
    ),
    (
        "notice",
        &[
            &["notice", "--limit", "1000"],
            &["notice", "--letter", "SUBJECT"],
            &["notice", "--told", "TOLD"],
        ],
    ),
    ("record", &[&["record"]]),
    ("assessment", &[&["assessment"]]),
    (
        "correct",
        &[
            &["correct", "SUBJECT", "not-praise", "discourse:d238"],
            &["correct", "SUBJECT", "not-praise", "forum:m1"],
        ],
    ),
    ("correct list", &[&["correct", "list", "--all"]]),
    ("correct decide", &[&["correct", "decide", "1", "decline", "--why", "A test"]]),
    ("people suggestions", &[&["people", "suggestions"]]),
    ("score", &[&["score"], &["score", "DEF", "--since", "2026-10-30"]]),
    ("verify", &[&["verify"]]),
    // Whom it is asked about it names, for that is the only way to be sure; nobody else.
    ("forget", &[&["forget", "SUBJECT", "--dry-run"], &["forget", "--list"]]),
    ("backup", &[&["backup", "OUT-copy"]]),
    ("restore", &[&["restore", "OUT-copy"]]),
    ("key create", &[&["key", "create", "reader"]]),
    ("key list", &[&["key", "list"]]),
    ("key rotate", &[&["key", "rotate", "reader"]]),
    ("key revoke", &[&["key", "revoke", "reader"]]),
    ("webhook add", &[]),
    ("webhook list", &[&["webhook", "list"]]),
    ("webhook dead", &[&["webhook", "dead"]]),
    ("webhook retry", &[]),
    ("webhook remove", &[]),
    // Those that want a password are held by the tests of operators.
    ("operator add", &[]),
    ("operator list", &[&["operator", "list"]]),
    ("operator remove", &[]),
    ("operator password", &[]),
    ("operator audit", &[&["operator", "audit"]]),
    // What is served is held by the tests of crate `server`.
    ("serve", &[]),
    ("secrets list", &[&["secrets", "list"]]),
    ("secrets rotate", &[&["secrets", "rotate", "erasure"]]),
    ("retain", &[&["retain", "36500d", "--dry-run"]]),
    // What these print comes from the program or from the caller's own files.
    ("definitions", &[&["definitions"]]),
    ("connectors", &[&["connectors"]]),
    ("signals", &[&["signals"]]),
    ("definition new", &[]),
    ("definition check", &[]),
    ("definition publish", &[&["definition", "publish", "FILE"]]),
    ("firm check", &[]),
    ("firm show", &[]),
    ("firm use", &[]),
    ("people import", &[]),
    ("people merge", &[]),
    ("people split", &[]),
    ("ingest", &[]),
    ("completions", &[]),
    ("demo", &[]),
    ("help", &[]),
];

/// What lists everybody, whoever they are tied to, as the subjects that they are: for the operator alone. Whatever is not
/// named here must not show a tie that is known from private data alone.
const LISTS_EVERYBODY: &[&str] =
    &["export", "rank", "notice --limit", "definition preview", "compare"];

/// Everything that every surface prints and writes, in every format.
fn everything(world: &World, subject: &str, definition: &str) -> Vec<(String, String)> {
    let mut shown = Vec::new();
    // A definition that moves everybody, so that a preview has everybody to show.
    let file = world.file(
        "next.toml",
        "name = \"next\"\nversion = 1\nquestion = \"Who is next?\"\npurpose = \"test\"\nevidence = { min_engagers = 1 }\n\
         [[signal]]\nname = \"reach.engagers\"\ndirection = \"low\"\nwhy = \"A test.\"\n",
    );
    let told = world.file("told.txt", format!("{subject}\n"));
    for (_, calls) in SURFACES {
        for call in *calls {
            for format in ["table", "json", "csv"] {
                let out = world.path("shown");
                let fill = |word: &&str| {
                    word.replace("DEF", definition)
                        .replace("SUBJECT", subject)
                        .replace("FILE", &file)
                        .replace("TOLD", &told)
                        .replace("OUT", &out.display().to_string())
                };
                let call: Vec<String> = call.iter().map(fill).collect();
                let mut args: Vec<&str> = call.iter().map(String::as_str).collect();
                args.extend(["--format", format]);
                let ran = world.run(&args);
                let mut text = ran.out + &ran.err;
                for ending in ["csv", "graphml", "csv-metadata.json", "json", "html"] {
                    let file = world.path(&format!("shown.{ending}"));
                    text += &std::fs::read_to_string(&file).unwrap_or_default();
                    let _ = std::fs::remove_file(file);
                }
                shown.push((args.join(" "), text));
            }
        }
    }
    shown
}

#[test]
fn whoever_refuses_or_is_under_age_is_on_no_surface() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    // Before the roster they are there, or the test would show nothing.
    world.ok(&["score"]);
    let export = world.path("before.csv").display().to_string();
    world.ok(&["export", "people", "--to", &export]);
    let before = std::fs::read_to_string(&export).unwrap();
    assert!(before.contains("discourse:hugo") && before.contains("mastodon:gil@garden.example"));
    world.ok(&["people", "import", &fernhill("people.csv")]);
    // First on the scores that were stored before they refused; then they are scored again.
    let before = everything(&world, "discourse:mara", "general");
    world.ok(&["score"]);
    for (surface, text) in before.iter().chain(&everything(&world, "discourse:mara", "general")) {
        // Ids of objects may hold any word, so whole accounts and names are looked for.
        for hidden in [
            "discourse:hugo",
            "Hugo Weiss",
            "mastodon:gil@garden.example",
            "gil@garden.example",
            "Gil Novak",
        ] {
            assert!(!text.contains(hidden), "{surface} shows {hidden}");
        }
    }
    for account in ["discourse:hugo", "mastodon:gil@garden.example"] {
        for call in [vec!["who", account], vec!["explain", account, "general"]] {
            let ran = world.run(&call);
            assert!(
                ran.code == 1 && ran.out.is_empty() && ran.err.contains("refusal"),
                "{call:?}: {}",
                ran.err
            );
        }
    }
}

#[test]
fn asked_about_somebody_who_refuses_only_what_is_for_them_answers() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    world.ok(&["people", "import", &fernhill("people.csv")]);
    world.ok(&["score"]);
    // What is held about somebody goes to them; the operator makes the file and may not read it out elsewhere.
    for (surface, text) in everything(&world, "discourse:hugo", "general") {
        assert!(surface.starts_with("access") || !text.contains("Hugo Weiss"), "{surface}: {text}");
    }
}

#[test]
fn a_third_party_known_from_private_data_alone_is_counted_and_never_named() {
    let world = World::new();
    let mut rows = String::new();
    for i in 0..5 {
        rows += &row(
            &format!("p{i}"),
            "2026-01-01T00:00:00Z",
            "reshare",
            &format!("open{i}"),
            "subject",
            "public",
        );
        rows += &row(
            &format!("m{i}"),
            "2026-01-01T00:00:00Z",
            "message",
            &format!("whisperer{i}"),
            "subject",
            "private",
        );
        rows += &row(
            &format!("c{i}"),
            "2026-01-01T00:00:00Z",
            "reply",
            &format!("member{i}"),
            "subject",
            "community",
        );
    }
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let definition = world.file(
        "all.toml",
        "name = \"all\"\nversion = 1\nquestion = \"Who is talked to?\"\npurpose = \"test\"\n\
         visibility = [\"public\", \"community\", \"private\"]\n[[signal]]\nname = \"reach.engagers\"\nwhy = \"A test.\"\n\
         [[signal]]\nname = \"authority.engagers\"\nwhy = \"A test.\"\n[[signal]]\nname = \"brokerage.constraint\"\ndirection = \"low\"\nwhy = \"A test.\"\n",
    );
    world.ok(&["score", &definition, "general"]);
    let explained = world.ok(&["explain", "forum:subject", &definition, "--ties", "100"]);
    assert!(
        explained.out.contains("forum:open0") && explained.out.contains("private exchanges"),
        "{}",
        explained.out
    );
    world.ok(&["score", "helpers"]);
    let shown = everything(&world, "forum:subject", "all");
    let strict = shown
        .iter()
        .filter(|(surface, _)| !LISTS_EVERYBODY.iter().any(|lists| surface.starts_with(lists)));
    let mut surfaces = std::collections::BTreeSet::new();
    for (surface, text) in strict {
        surfaces.insert(surface.split(' ').next().unwrap());
        assert!(!text.contains("whisperer") && !text.contains("member"), "{surface}: {text}");
    }
    for told in ["access", "explain", "who", "introductions", "orders", "correct", "consent"] {
        assert!(surfaces.contains(told), "{told} was not looked at");
    }
    // What is computed and kept holds numbers, whoever they stand for.
    let mut files = 0;
    for dir in ["scorecards", "fits"] {
        for file in files_below(&world.path("workspace").join(dir)) {
            let bytes = std::fs::read(&file).unwrap();
            for name in ["whisperer0", "member0", "open0", "forum:subject"] {
                let found = bytes.windows(name.len()).any(|window| window == name.as_bytes());
                assert!(!found, "{} holds {name}", file.display());
            }
            files += 1;
        }
    }
    assert!(files >= 6, "{files}");
}

/// Every file below a folder.
fn files_below(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: std::path::PathBuf| match path.is_dir() {
        true => files_below(&path),
        false => vec![path],
    };
    entries.flat_map(below).collect()
}

#[test]
fn a_tie_is_spoken_of_as_its_public_interactions_alone_make_it() {
    let world = World::new();
    let at = "2026-01-01T00:00:00Z";
    let mut rows = String::new();
    for i in 0..3 {
        rows += &row(&format!("p{i}"), at, "reshare", &format!("open{i}"), "subject", "public");
        rows += &row(&format!("x{i}"), at, "message", "mixed", "subject", "private");
        rows += &row(&format!("h{i}"), at, "message", "halfopen", "subject", "private");
    }
    rows += &row("m", at, "reshare", "mixed", "subject", "public");
    // Public the other way: that does not open what was private.
    rows += &row("o", at, "reshare", "subject", "halfopen", "public");
    world.ok(&["ingest", &world.file("rows.ndjson", rows)]);
    let definition = world.file(
        "all.toml",
        "name = \"all\"\nversion = 1\nquestion = \"Who is talked to?\"\npurpose = \"test\"\n\
         visibility = [\"public\", \"private\"]\n[[signal]]\nname = \"reach.engagers\"\nwhy = \"A test.\"\n\
         [[signal]]\nname = \"authority.rank\"\nwhy = \"A test.\"\n[[signal]]\nname = \"brokerage.constraint\"\ndirection = \"low\"\nwhy = \"A test.\"\n",
    );
    world.ok(&["score", &definition]);
    let explained = world
        .ok(&["explain", "forum:subject", &definition, "--ties", "100", "--format", "table"])
        .out;
    assert!(!explained.contains("halfopen"), "{explained}");
    let mixed: Vec<&str> = explained.lines().filter(|line| line.contains("forum:mixed")).collect();
    assert_eq!(mixed.len(), 3, "{explained}");
    for line in mixed {
        assert!(
            line.contains("mixed: 1 interaction toward this person") && !line.contains('%'),
            "{line}"
        );
    }
    assert!(explained.contains("and 7 private exchanges"), "{explained}");
}

/// What names people and leaves another trace than a look: a case, or an erasure that was only planned.
const TRACED_OTHERWISE: &[&str] = &["correct", "forget"];

#[test]
fn every_answer_that_names_people_is_noted_for_them_to_see() {
    let world = World::new();
    world.ok(&["ingest", &fernhill("interactions.ndjson")]);
    world.ok(&["people", "import", &fernhill("people.csv")]);
    world.ok(&["score"]);
    let roster = std::fs::read_to_string(fernhill("people.csv")).unwrap();
    let names: Vec<&str> =
        roster.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    // Each question about looks is one itself.
    let looks = || world.json(&["access", "discourse:mara"])["looks"].as_array().unwrap().len();
    let mut naming = std::collections::BTreeSet::new();
    for (command, calls) in SURFACES {
        for call in *calls {
            let out = world.path("shown");
            let fill = |word: &&str| {
                word.replace("DEF", "general")
                    .replace("SUBJECT", "discourse:mara")
                    .replace("FILE", "missing.toml")
                    .replace("TOLD", "missing.txt")
                    .replace("OUT", &out.display().to_string())
            };
            let call: Vec<String> = call.iter().map(fill).collect();
            let before = looks();
            let ran = world.run(&call.iter().map(String::as_str).collect::<Vec<_>>());
            let mut text = ran.out;
            for ending in ["csv", "graphml", "json", "html"] {
                let file = world.path(&format!("shown.{ending}"));
                text += &std::fs::read_to_string(&file).unwrap_or_default();
                let _ = std::fs::remove_file(file);
            }
            let noted = looks() - before - 1;
            if names.iter().any(|name| text.contains(name)) {
                naming.insert(*command);
                let otherwise = TRACED_OTHERWISE.iter().any(|traced| command.starts_with(traced));
                assert!(noted > 0 || otherwise, "{call:?} names people and leaves no note");
            }
        }
    }
    for command in ["rank", "who", "explain", "export", "access", "notice", "compare"] {
        assert!(naming.contains(command), "{command} named nobody");
    }
}

/// The commands under `path` that do something, each with its whole path: those without commands under them, and those
/// that take arguments themselves.
fn commands(world: &World, path: &[&str]) -> Vec<String> {
    let help = world.run(&[path, &["--help"]].concat()).out;
    let Some(list) = help.split("\nCommands:\n").nth(1) else {
        return vec![path.join(" ")];
    };
    // A line of a command is indented by two; longer ones go on with more.
    let lines = list.split("\n\n").next().unwrap().lines();
    let name = |line: &str| line.strip_prefix("  ")?.split(' ').next().map(str::to_owned);
    let names = lines.filter_map(name).filter(|name| !name.is_empty());
    let below = names
        .filter(|name| path.is_empty() || name != "help")
        .flat_map(|name| commands(world, &[path, &[name.as_str()]].concat()));
    let itself = help.contains("\nArguments:\n").then(|| path.join(" "));
    itself.into_iter().chain(below).collect()
}

#[test]
fn every_command_is_in_the_table_of_surfaces() {
    let commands = commands(&World::new(), &[]);
    for known in ["rank", "definition preview", "people import", "consent", "consent list"] {
        assert!(commands.iter().any(|name| name == known), "{known} is not in {commands:?}");
    }
    for name in commands {
        assert!(
            SURFACES.iter().any(|(known, _)| *known == name),
            "{name} is not in the table of surfaces"
        );
    }
}
