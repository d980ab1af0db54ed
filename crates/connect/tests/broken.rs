//! Input that is broken, each in its way: a clear message, and the good rows kept.

mod common;

use common::{good, options, read, refused};
use connect::{Kind, MAX_RECORD, Options};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

const ROW: &str =
    r#"{"at":"2026-01-31T09:30:00Z","network":"n","verb":"reshare","actor":"a","target":"b"}"#;

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 1).unwrap()
}

/// Rows that do not compress away.
fn many(rows: usize) -> String {
    (0..rows)
        .map(|n| {
            let n = (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            format!("{}\n", ROW.replace("\"a\"", &format!("\"{n:x}\"")))
        })
        .collect()
}

#[test]
fn compression_is_told_by_content_and_may_have_several_parts() {
    let (one, two) = (many(3), many(4));
    for pack in [gz, zst] {
        let packed = [pack(one.as_bytes()), pack(two.as_bytes())].concat();
        assert_eq!(good(packed, &options()).rows.len(), 7);
    }
}

#[test]
fn a_truncated_file_keeps_its_whole_rows() {
    let text = many(60_000);
    let whole = good(text.as_bytes(), &options());
    for pack in [gz, zst] {
        let packed = pack(text.as_bytes());
        for cut in [packed.len() - 3, packed.len() / 2, packed.len() / 3] {
            for threads in [1, 3] {
                let options = Options { threads, ..options() };
                let (got, result) = read(&packed[..cut], &options);
                assert_eq!(result.unwrap_err().kind(), Kind::Truncated);
                assert!(got.rejects.is_empty());
                assert!(got.rows.len() > 10_000, "{} rows", got.rows.len());
                assert_eq!(got.rows[..], whole.rows[..got.rows.len()]);
            }
        }
    }
}

#[test]
fn a_file_truncated_at_once_is_refused() {
    for packed in [gz(ROW.as_bytes()), zst(ROW.as_bytes())] {
        let (kind, message) = refused(&packed[..6], &options());
        assert_eq!(kind, Kind::Truncated, "{message}");
    }
}

#[test]
fn damaged_compression_keeps_the_rows_before_it() {
    let mut packed = gz(many(60_000).as_bytes());
    let middle = packed.len() / 2;
    packed[middle..middle + 64].fill(0xFF);
    let (got, result) = read(packed, &options());
    assert_eq!(result.unwrap_err().kind(), Kind::Corrupt);
    assert!(got.rows.len() > 10_000);
}

#[test]
fn garbage_after_a_gzip_file_is_called_that_and_every_row_is_kept() {
    let packed = gz(format!("{ROW}\n{ROW}\n").as_bytes());
    for garbage in
        [&b"x"[..], b"garb\n", &[0; 512], b"\x1fgarbage after the end", b"0123456789 and more"]
    {
        let (got, result) = read([&packed[..], garbage].concat(), &options());
        let error = result.unwrap_err();
        assert_eq!((error.kind(), got.rows.len()), (Kind::Corrupt, 2), "{error}");
        assert!(error.to_string().contains("trailing garbage"), "{error}");
    }
    // The beginning of a further part is no garbage.
    let (_, result) = read([&packed[..], &packed[..9]].concat(), &options());
    assert_eq!(result.unwrap_err().kind(), Kind::Truncated);
}

#[test]
fn a_weight_beyond_all_bounds_is_not_written_out_digit_by_digit() {
    let got = good(ROW.replace("\"verb\"", "\"weight\":1e308,\"verb\""), &options());
    assert_eq!(got.faults(), [(1, "weight")]);
    assert!(got.rejects[0].2.starts_with("1e308 is not between"), "{}", got.rejects[0].2);
    let at = format!("{ROW}\n{}", ROW.replace("\"2026-01-31T09:30:00Z\"", "1e308"));
    let got = good(at, &options());
    assert!(got.rejects[0].2.len() < 300, "{}", got.rejects[0].2);
}

#[test]
fn invalid_utf_8_costs_its_own_line() {
    let bytes = [ROW.as_bytes(), b"\n{\"at\":\"\xFF\"}\n", ROW.as_bytes()].concat();
    let got = good(bytes, &options());
    assert_eq!(got.rows.len(), 2);
    assert_eq!(got.rejects[0].0, 2);
    assert!(got.rejects[0].2.contains("byte 8"), "{}", got.rejects[0].2);
    assert_eq!(got.rejects[0].3, b"{\"at\":\"\xFF\"}");
}

#[test]
fn half_a_line_at_the_end_is_rejected_with_its_number() {
    let got = good(format!("{ROW}\n{}", &ROW[..50]), &options());
    assert_eq!(got.rows.len(), 1);
    assert_eq!(got.faults(), [(2, "")]);
    assert!(got.rejects[0].2.contains("cut off"), "{}", got.rejects[0].2);
}

#[test]
fn a_line_of_50_megabytes_is_rejected_and_the_next_lines_are_read() {
    let long = vec![b'x'; 50_000_000];
    let bytes = [ROW.as_bytes(), b"\n", &long, b"\n", ROW.as_bytes(), b"\n"].concat();
    for threads in [1, 2] {
        let options = Options { threads, ..options() };
        let got = good(bytes.clone(), &options);
        assert_eq!(got.rows.len(), 2);
        assert_eq!(got.faults(), [(2, "")]);
        assert!(got.rejects[0].2.contains("50000000 bytes"), "{}", got.rejects[0].2);
        assert_eq!(got.rejects[0].3.len(), model::Reject::RAW);
    }
    assert!(MAX_RECORD < long.len());
}

#[test]
fn impossible_times_are_rejected() {
    let row = |at: &str| ROW.replace("\"2026-01-31T09:30:00Z\"", at);
    let times = [
        "\"0000-01-01T00:00:00Z\"",
        "\"99999-01-01T00:00:00Z\"",
        "\"1969-12-31T23:59:59Z\"",
        "\"2026-01-31T09:30:00\"",
        "1769851800000",
        "-1",
        "true",
        "\"2027-01-01T00:00:00Z\"",
    ];
    let text: Vec<String> = times.iter().map(|at| row(at)).collect();
    let got = good(format!("{ROW}\n{}", text.join("\n")), &options());
    assert_eq!(got.rows.len(), 1);
    assert_eq!(got.rejects.len(), times.len(), "{:?}", got.rejects);
    for reject in &got.rejects {
        assert!(reject.1 == "at" || reject.2.contains("true"), "{reject:?}");
    }
    assert!(got.rejects[4].2.contains("milliseconds"), "{}", got.rejects[4].2);
}

#[test]
fn ids_with_quotes_line_breaks_and_nul_bytes_survive() {
    let json =
        ROW.replace("\"a\"", r#""x\"y\nz\u0000""#).replace("\"b\"", r#""\u00e9\ud83d\ude00""#);
    let got = good(json, &options());
    assert_eq!(got.column(4), ["x\"y\nz\0"]);
    assert_eq!(got.column(5), ["\u{e9}\u{1F600}"]);

    let csv = "at,network,verb,actor,target\n1700000000,n,reshare,\"x\"\"y\nz\",\"b,\0c\"\n1700000000,n,like,e,f\n";
    let got = good(csv, &options());
    assert_eq!(got.column(4), ["x\"y\nz", "e"]);
    assert_eq!(got.column(5), ["b,\0c", "f"]);
}

#[test]
fn blank_lines_byte_order_marks_and_windows_line_ends_mean_nothing() {
    let plain = good(format!("{ROW}\n{ROW}\n"), &options());
    let odd = good(format!("\u{FEFF}\r\n{ROW}\r\n  \r\n\r\n{ROW}"), &options());
    assert_eq!(odd.rows, plain.rows);
    assert!(odd.rejects.is_empty());

    let plain = good("at,network,verb,actor\n1,n,post,a\n2,n,post,b\n", &options());
    let odd =
        good("\u{FEFF}at,network,verb,actor\r\n\r\n1,n,post,a\r\n,,,\r\n2,n,post,b", &options());
    assert_eq!(odd.rows, plain.rows);
    assert!(odd.rejects.is_empty());
}

#[test]
fn rejects_name_the_line_also_after_blank_and_broken_ones() {
    let csv = "at,network,verb,actor\n\n1,n,post,a\nsoon,n,post,b\n\n\n2,n,post,\"c\nd\"\n3,n,post\n4,n,,e\n";
    let got = good(csv, &options());
    assert_eq!(got.rows.len(), 2);
    assert_eq!(got.faults(), [(4, "at"), (9, ""), (10, "verb")]);
    assert_eq!(got.rejects[0].3, b"soon,n,post,b");
}

#[test]
fn an_empty_file_is_no_failure_and_is_said() {
    for bytes in ["", "\u{FEFF}", "\n \n"] {
        let (got, result) = read(bytes, &options());
        assert!(got.rows.is_empty() && got.rejects.is_empty());
        assert_eq!(result.unwrap().notes, ["it is empty; there was nothing to read."]);
    }
}

#[test]
fn a_header_that_is_wrong_is_refused_by_column() {
    let (kind, message) = refused("at,network,verb,actor,Actor\n1,n,post,a,b\n", &options());
    assert_eq!(kind, Kind::Format);
    assert!(message.contains("`actor` (columns 4 and 5)"), "{message}");
    let (kind, message) = refused("at,verb,actor\n1,post,a\n", &options());
    assert_eq!(kind, Kind::Usage);
    assert!(message.contains("no column network") && message.contains("--network"), "{message}");
    let options = Options { network: Some("n".into()), ..options() };
    assert_eq!(good("at,verb,actor\n1,post,a\n", &options).column(2), ["n"]);
}

#[test]
fn content_that_nobody_knows_is_described() {
    for (bytes, said) in [
        (&b"PK\x03\x04zip"[..], "zip"),
        (b"\xFF\xFEa\0", "UTF-16"),
        (b"[{\"a\":1}]", "JSON array"),
        (b"\0\x01\x02\n", "binary"),
        (b"Dear all,\nthis is a letter.\n", "Dear all"),
        (b"name,email\nAnn,ann@example.org\n", "name,email"),
    ] {
        let (kind, message) = refused(bytes, &options());
        assert_eq!(kind, Kind::Unrecognised, "{message}");
        assert!(message.contains(said) && message.contains("snap-activity"), "{message}");
    }
}

#[test]
fn options_that_do_not_go_with_the_input_are_refused() {
    let named = |name: &str| Options { connector: Some(name.into()), ..options() };
    let (kind, message) = refused(ROW, &named("nativ"));
    assert_eq!(kind, Kind::Usage);
    assert!(message.contains("native, activitystreams, snap-activity, edges, git"), "{message}");
    let columns = Options { columns: Some("source=1,target=2".into()), ..named("native") };
    assert_eq!(refused(ROW, &columns).0, Kind::Usage);
    assert_eq!(refused(ROW, &named("git")).0, Kind::Format);
    assert_eq!(refused("Dear all,", &named("native")).0, Kind::Format);
}

#[test]
fn a_network_or_connector_that_cannot_be_is_refused_before_reading() {
    let network = Options { network: Some("Of Fice".into()), ..options() };
    let connector = Options { connector: Some("nativ".into()), ..options() };
    let columns = Options {
        connector: Some("snap-activity".into()),
        columns: Some("source=1,target=2".into()),
        ..options()
    };
    for (options, said) in
        [(network, "\"Of Fice\""), (connector, "\"nativ\""), (columns, "takes no --columns")]
    {
        // Neither an empty input nor one that is not there is looked at.
        for bytes in ["", ROW, "1 2 1341100972 RT\n", "from,to\n1,2\n"] {
            let (kind, message) = refused(bytes, &options);
            assert!(kind == Kind::Usage && message.contains(said), "{message}");
        }
        let read = connect::read(Path::new("not there"), &options, &mut |_| {
            panic!("nothing is read");
        });
        assert_eq!(read.unwrap_err().kind(), Kind::Usage);
    }
    for about in connect::registry::abouts() {
        let network =
            Options { network: Some("".into()), connector: Some(about.name.into()), ..options() };
        assert_eq!(refused(ROW, &network).0, Kind::Usage, "{}", about.name);
    }
}

fn read_path(path: &Path) -> (Kind, String) {
    let read = connect::read(path, &options(), &mut |_| ControlFlow::Continue(()));
    let error = read.unwrap_err();
    (error.kind(), error.to_string())
}

#[test]
fn paths_that_cannot_be_read_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let (kind, message) = read_path(&folder.path().join("nothing"));
    assert_eq!(kind, Kind::NotFound, "{message}");
    let (kind, message) = read_path(folder.path());
    assert_eq!(kind, Kind::Unrecognised);
    assert!(message.contains("directory without a git repository"), "{message}");
    assert!(message.contains(&folder.path().display().to_string()), "{message}");
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.ndjson");
    std::fs::write(&path, ROW).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        println!("not tested: this user may read everything");
        return;
    }
    assert_eq!(read_path(&path).0, Kind::Permission);
}
