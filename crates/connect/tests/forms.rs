//! Every form of input gives the rows it should, the same for any chunking and number of threads.

mod common;

use common::{Got, add, good, options, read, real, refused};
use connect::{Kind, Options, Progress};
use model::Time;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

#[test]
fn ndjson_takes_text_numbers_and_null() {
    let got = good(
        r#"{"id":7,"at":1700000000,"network":"n","verb":"reply","actor":123456789012345678901234567890,"target":18446744073709551615,"object":null,"in_reply_to":"p","text":"hi","lang":"en","url":"https://x.example","weight":"0.5","visibility":"private"}
{"at":1700000000.25,"network":"n","verb":"post","actor":-5,"weight":2}"#,
        &options(),
    );
    assert!(got.rejects.is_empty(), "{:?}", got.rejects);
    let dash = |row: &common::Row| -> Vec<String> {
        row.iter().map(|cell| cell.clone().unwrap_or("-".into())).collect()
    };
    assert_eq!(
        dash(&got.rows[0]).join("|"),
        "7|2023-11-14T22:13:20Z|n|reply|123456789012345678901234567890|18446744073709551615|-|p|hi|en|https://x.example|0.5|private"
    );
    assert_eq!(
        dash(&got.rows[1]).join("|"),
        "-|2023-11-14T22:13:20.25Z|n|post|-5|-|-|-|-|-|-|2|public"
    );
}

#[test]
fn ndjson_faults_name_the_field() {
    for (row, field, said) in [
        (r#"{"at":1,"network":"n","verb":"post"}"#, "actor", "missing"),
        (r#"{"network":"n","verb":"post","actor":"a"}"#, "at", "missing"),
        (r#"{"at":1,"verb":"post","actor":"a"}"#, "network", "--network"),
        (r#"{"at":1,"network":"n","verb":"post","actor":88.0}"#, "actor", "fraction"),
        (r#"{"at":1,"network":"n","verb":"post","actor":"a","weight":"x"}"#, "weight", "number"),
        (r#"{"at":1,"network":"n","verb":"post","actor":"a","weight":-1}"#, "weight", "1,000,000"),
        (
            r#"{"at":1,"network":"n","verb":"post","actor":"a","visibility":"all"}"#,
            "visibility",
            "community",
        ),
        (r#"{"at":1,"at":2,"network":"n","verb":"post","actor":"a"}"#, "", "`at` is given twice"),
        (r#"{"at":1,"network":"n","verb":"post","actor":["a"]}"#, "", "text, a number or null"),
        (r#"{"at":1,"network":"n","verb":"post","actor":"a"} x"#, "", "JSON"),
        (r#"["at"]"#, "", "object"),
        ("nonsense", "", "JSON"),
    ] {
        let native = Options { connector: Some("native".into()), ..options() };
        let text =
            format!("{{\"at\":1,\"network\":\"n\",\"verb\":\"post\",\"actor\":\"a\"}}\n{row}");
        let got = good(text, &native);
        assert_eq!(got.faults(), [(2, field)], "{row}");
        assert!(got.rejects[0].2.contains(said), "{row}: {}", got.rejects[0].2);
    }
}

#[test]
fn unknown_fields_are_counted_by_name() {
    let row = r#"{"at":1,"network":"n","verb":"post","actor":"a","wieght":2,"deep":{"x":[1,{"actor":"z"}]}}"#;
    let (_, result) = read(format!("{row}\n{row}\n"), &options());
    let expected = BTreeMap::from([("deep".to_owned(), 2), ("wieght".to_owned(), 2)]);
    assert_eq!(result.unwrap().unknown_fields, expected);
    let (_, result) = read("at,network,verb,actor,wieght\n1,n,post,a,2\n1,n,post,b,\n", &options());
    assert_eq!(result.unwrap().unknown_fields, BTreeMap::from([("wieght".to_owned(), 1)]));
}

#[test]
fn csv_has_any_order_case_and_delimiter() {
    let comma = good("at,network,verb,actor,target\n2026-01-31T09:30:00Z,n,like,a,b\n", &options());
    let other = good("Target;ACTOR;at;verb;network\nb;a;2026-01-31T09:30:00Z;like;n\n", &options());
    let tabs = good("verb\tactor\ttarget\tat\tnetwork\nlike\ta\tb\t1769851800\tn\n", &options());
    assert_eq!(comma.rows, other.rows);
    assert_eq!(comma.rows, tabs.rows);
}

#[test]
fn a_time_zone_gives_meaning_to_times_without_offset() {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(2));
    let options = Options { timezone: Some(zone), ..options() };
    let got = good("at,network,verb,actor\n2026-01-31 09:30:00,n,post,a\n", &options);
    assert_eq!(got.column(1), ["2026-01-31T07:30:00Z"]);
}

#[test]
fn snap_activity_acts_from_the_first_user_to_the_second() {
    let text = "# comment\n1 2 1341100972 RT\n\n3\t4\t1341100973\tMT\r\n5 6 1341100974 RE\n7 8 soon RT\n7 8 1341100974 XX\n7 8 1341100974\n";
    let got = good(text, &options());
    assert_eq!(got.column(3), ["reshare", "mention", "reply"]);
    assert_eq!(got.column(4), ["1", "3", "5"]);
    assert_eq!(got.column(5), ["2", "4", "6"]);
    assert_eq!(got.column(2), ["twitter"; 3]);
    assert_eq!(got.faults(), [(6, "unix"), (7, "verb"), (8, "")]);
    let named = Options { network: Some("x".into()), ..options() };
    assert_eq!(good("1 2 1341100972 RT\n", &named).column(2), ["x"]);
}

fn edges(columns: &str) -> Options {
    Options {
        network: Some("n".into()),
        columns: Some(columns.into()).filter(|columns: &String| !columns.is_empty()),
        at: Some(Time::from_unix(1_000_000_000)),
        ..options()
    }
}

#[test]
fn edges_come_in_many_forms() {
    for (columns, text) in [
        ("", "from,to\n1,2\n3,4\n"),
        ("", "1 2\n3   4\n"),
        ("", "# SNAP\n# From To\n1\t2\n3\t4\n"),
        ("", "\"Sender\";Recipient\n1;2\n3;4\n"),
        ("source=2,target=1", "2,1,x\n4,3,y\n"),
        ("source=1,target=2", "1 2 {'weight': 0.5}\n3 4 {'weight': 0.25}\n"),
        ("source=2,target=1,direction=reversed", "1,2\n3,4\n"),
    ] {
        let swapped = columns.contains("reversed");
        let got = good(text, &edges(columns));
        assert!(got.rejects.is_empty(), "{columns} {text}: {:?}", got.rejects);
        assert_eq!(got.column(4), ["1", "3"], "{columns} {text} {swapped}");
        assert_eq!(got.column(5), ["2", "4"], "{columns} {text}");
        assert_eq!(got.column(3), ["endorse"; 2]);
        assert_eq!(got.column(1), ["2001-09-09T01:46:40Z"; 2]);
    }
}

#[test]
fn edges_have_times_weights_verbs_and_ids_where_columns_say_so() {
    let got = good(
        "6,2,4,1289241911.72836,like,x1\n6,5,-2,1289241941.53378,like,x2\n",
        &edges("source=1,target=2,weight=3,at=4,verb=5,id=6"),
    );
    assert_eq!(got.column(1), ["2010-11-08T18:45:11.72836Z"]);
    assert_eq!(
        (got.column(11), got.column(3), got.column(0)),
        (vec!["4"], vec!["like"], vec!["x1"])
    );
    assert_eq!(got.faults(), [(2, "weight")]);
    let both = good("1,2,e\n", &edges("source=1,target=2,id=3,direction=both,as=reply"));
    assert_eq!(both.column(4), ["1", "2"]);
    assert_eq!(both.column(0), ["e", "e:reversed"]);
    assert_eq!(both.column(3), ["reply"; 2]);
}

#[test]
fn edges_without_network_or_time_are_refused_with_the_remedy() {
    let plain = Options { network: None, ..edges("") };
    let (kind, message) = refused("from,to\n1,2\n", &plain);
    assert!(kind == Kind::Usage && message.contains("--network"), "{message}");
    let plain = Options { at: None, ..edges("") };
    let (kind, message) = refused("from,to\n1,2\n", &plain);
    assert!(kind == Kind::Usage && message.contains("--at"), "{message}");
    let (kind, message) = refused("a,b\n", &edges("source=1,target=9"));
    assert_eq!(kind, Kind::Usage);
    assert!(message.contains("target=9"), "{message}");
}

#[test]
fn edges_are_as_visible_as_their_list_or_column_says() {
    let text = "from,to,who\n1,2,private\n3,4,community\n5,6,\n7,8,all\n";
    for (columns, visibility) in [
        ("", vec!["public"; 4]),
        ("visibility=private", vec!["private"; 4]),
        ("source=to,target=from,visibility=community", vec!["community"; 4]),
        ("visibility=who", vec!["private", "community"]),
        ("source=1,target=2,visibility=3", vec!["private", "community"]),
    ] {
        let got = good(text, &edges(columns));
        assert_eq!(got.column(12), visibility, "{columns}");
        if visibility.len() == 2 {
            // What is not said to be public is not made so.
            let faults: Vec<u64> = got.rejects.iter().map(|reject| reject.0).collect();
            assert_eq!(faults, [4, 5], "{columns}");
        }
    }
    let named = "from,to,visibility\n1,2,private\n";
    assert_eq!(good(named, &edges("")).column(12), ["private"]);
    assert_eq!(good(named, &edges("visibility=community")).column(12), ["community"]);
    let both = good("1,2\n", &edges("direction=both,visibility=private"));
    assert_eq!(both.column(12), ["private"; 2]);
    let (kind, message) = refused("1,2\n", &edges("visibility=mail"));
    assert_eq!(kind, Kind::Usage);
    assert!(message.contains("public, community or private"), "{message}");
}

fn notes(text: &str, options: &Options) -> Vec<String> {
    read(text, options).1.unwrap().notes
}

#[test]
fn edge_lists_without_ids_and_times_are_told_apart_by_the_verb_that_as_gives() {
    let text = "from,to\n1,2\n";
    let said = notes(text, &edges(""));
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("told apart by verb alone; use --columns as=VERB"), "{said:?}");
    for (columns, text) in [
        ("as=reply", text),
        ("source=1,target=2,id=3", "1,2,x\n"),
        ("source=1,target=2,at=3", "1,2,1700000000\n"),
        ("source=1,target=2,verb=3", "1,2,reply\n"),
    ] {
        assert_eq!(notes(text, &edges(columns)), [""; 0], "{columns}");
    }
    let identity = |columns: &str| {
        let mut seen = Vec::new();
        connect::read_bytes("input", text.into(), &edges(columns), &mut |chunk| {
            seen.extend(chunk.batch.identity);
            ControlFlow::Continue(())
        })
        .unwrap();
        seen
    };
    assert_eq!(identity("as=advice"), identity("as=advice"));
    assert_ne!(identity("as=advice"), identity("as=friendship"));
}

#[test]
fn verbs_that_are_not_shared_are_named_with_their_rows() {
    let row = |verb: &str| {
        format!("{{\"at\":1,\"network\":\"n\",\"verb\":\"{verb}\",\"actor\":\"a\"}}\n")
    };
    assert_eq!(notes(&row("post"), &options()), [""; 0]);
    let dance = row("dance").repeat(3) + &row("post");
    assert_eq!(
        notes(&dance, &options()),
        [
            "verb dance (3 rows) is not one of the shared verbs; a definition must name it in its layers to count it."
        ]
    );
    assert_eq!(
        notes(&(dance + &row("bow")), &options()),
        [
            "verbs bow (1 row), dance (3 rows) are not among the shared verbs; a definition must name them in its layers to count them."
        ]
    );
    // A verb that only refused rows had is not there.
    let lang = |n: usize, verb: &str| row(verb).replace('}', &format!(",\"lang\":\"l{n}\"}}"));
    let many: String = (0..1000).map(|n| lang(n, "post")).collect();
    let (got, result) = read(many + &lang(1000, "dance"), &options());
    assert_eq!(got.faults(), [(1001, "lang")]);
    assert_eq!(result.unwrap().notes, [""; 0]);
    // Bounded, and the same in any order and on any number of threads.
    let mut rows: Vec<String> = (0..200).map(|n| row(&format!("own{n:03}")).repeat(40)).collect();
    let first = notes(&rows.concat(), &options());
    assert!(first[0].contains("own000 (40 rows)") && first[0].contains("own007"), "{first:?}");
    assert!(first[0].contains(" and others ") && !first[0].contains("own008"), "{first:?}");
    rows.reverse();
    assert_eq!(notes(&rows.concat(), &Options { threads: 3, ..options() }), first);
}

#[test]
fn a_stop_ends_the_reading() {
    let text = "1 2 1341100972 RT\n".repeat(500_000);
    for threads in [1, 2] {
        let options = Options { threads, ..options() };
        let mut chunks = 0;
        let summary = connect::read_bytes("input", text.clone().into(), &options, &mut |_| {
            chunks += 1;
            ControlFlow::Break(())
        })
        .unwrap();
        assert!(summary.stopped && chunks == 1 && summary.rows < 500_000);
    }
}

#[test]
fn progress_counts_the_bytes_of_the_file() {
    let progress = Arc::new(Progress::default());
    let options = Options { progress: Some(progress.clone()), ..options() };
    let text = "1 2 1341100972 RT\n".repeat(1000);
    good(text.clone(), &options);
    assert_eq!(progress.total(), Some(text.len() as u64));
    assert_eq!(progress.read(), text.len() as u64);
    let packed = zstd::stream::encode_all(text.as_bytes(), 1).unwrap();
    good(packed.clone(), &options);
    assert_eq!(
        (progress.read(), progress.total()),
        (packed.len() as u64, Some(packed.len() as u64))
    );
}

fn read_file(path: &Path, options: &Options) -> (Got, connect::Summary) {
    let mut got = Got::default();
    let summary = connect::read(path, options, &mut |chunk| {
        add(&mut got, chunk);
        ControlFlow::Continue(())
    });
    (got, summary.unwrap())
}

fn verbs(got: &Got) -> BTreeMap<&str, usize> {
    let mut verbs = BTreeMap::new();
    for verb in got.column(3) {
        *verbs.entry(verb).or_default() += 1;
    }
    verbs
}

#[test]
fn the_higgs_activity_is_read_whole() {
    let Some(path) = real("higgs-twitter/higgs-activity_time.txt.gz") else { return };
    for threads in [1, 2] {
        let (got, summary) = read_file(&path, &Options { threads, ..options() });
        assert_eq!(
            (summary.connector, summary.rows, summary.rejected),
            ("snap-activity", 563_069, 0)
        );
        let expected =
            BTreeMap::from([("mention", 171_237), ("reply", 36_902), ("reshare", 354_930)]);
        assert_eq!(verbs(&got), expected);
        assert_eq!(got.column(2).iter().filter(|network| **network != "twitter").count(), 0);
    }
}

#[test]
fn real_edge_lists_are_read_whole() {
    let cases = [
        ("krackhardt-lazega/law_advice_edges.csv", "", 892, 0),
        // A tenth of these ratings are negative, and a weight is not.
        ("bitcoin-otc/soc-sign-bitcoinotc.csv", "source=1,target=2,weight=3,at=4", 32_029, 3_563),
        ("congress-twitter/congress.edgelist", "source=1,target=2,direction=reversed", 13_289, 0),
        (
            "manufacturing-email/communication.csv",
            "source=Sender,target=Recipient,at=EventDate,as=message",
            82_927,
            0,
        ),
    ];
    for (file, columns, rows, rejected) in cases {
        let Some(path) = real(file) else { return };
        let options = Options { timezone: Some(jiff::tz::TimeZone::UTC), ..edges(columns) };
        let (got, summary) = read_file(&path, &options);
        assert_eq!(
            (summary.connector, got.rows.len(), got.rejects.len()),
            ("edges", rows, rejected),
            "{file}"
        );
    }
}

fn field() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[ab\"\\\\,;\n\r\u{e9}\u{1F600}\0 ]{0,12}").unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn ndjson_and_csv_carry_any_text(rows in proptest::collection::vec((field(), field()), 1..20)) {
        let header = "at,network,verb,actor,target,text\n";
        let (mut json, mut csv) = (String::new(), header.to_owned());
        let quote = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        for (id, text) in &rows {
            let actor = format!("x{id}");
            let value = serde_json::json!({"at": 1, "network": "n", "verb": "post", "actor": actor, "text": text});
            json += &format!("{value}\n");
            csv += &format!("1,n,post,{},,{}\n", quote(&actor), quote(text));
        }
        let (json, csv) = (good(json, &options()), good(csv, &options()));
        prop_assert!(json.rejects.is_empty(), "{:?}", json.rejects);
        prop_assert_eq!(&json.rows, &csv.rows);
        for (row, (id, text)) in json.rows.iter().zip(&rows) {
            let actor = format!("x{id}");
            prop_assert_eq!(row[4].as_deref(), Some(actor.as_str()));
            prop_assert_eq!(row[8].as_deref().unwrap_or(""), text);
        }
    }

    #[test]
    fn threads_change_nothing(lines in proptest::collection::vec(0usize..6, 1..40)) {
        let line = |kind: &usize| match kind {
            0 => r#"{"at":1,"network":"n","verb":"post","actor":"a"}"#.to_owned(),
            1 => "nonsense".to_owned(),
            2 => String::new(),
            3 => "x".repeat(300_000),
            4 => format!(r#"{{"at":1,"network":"n","verb":"post","actor":"a","text":"{}"}}"#, "y".repeat(200_000)),
            _ => r#"{"at":1,"network":"n","verb":"post","actor":"a","odd":1}"#.to_owned(),
        };
        let text = lines.iter().map(line).collect::<Vec<_>>().join("\n");
        let options = Options { connector: Some("native".into()), ..options() };
        let text = format!("{{\"at\":1,\"network\":\"n\",\"verb\":\"post\",\"actor\":\"first\"}}\n{text}");
        let (one, first) = read(text.clone(), &options);
        let (four, second) = read(text, &Options { threads: 4, ..options });
        prop_assert_eq!(one, four);
        prop_assert_eq!(first.unwrap(), second.unwrap());
    }
}
