//! Native Parquet: types that are taken, files that are refused, and faults with their record.

mod common;

use common::{good, options, read, refused};
use connect::{Kind, Options};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::sync::Arc;

/// A column's values, none for null.
enum Column {
    Text(Vec<Option<&'static str>>),
    Bytes(Vec<Vec<u8>>),
    Int64(Vec<i64>),
    Double(Vec<f64>),
}

use Column::{Bytes, Double, Int64, Text};

/// A file with these columns, in row groups of the same content.
fn file(schema: &str, columns: &[Column], groups: usize) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(&format!("message native {{ {schema} }}")).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut out = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut out, schema, properties).unwrap();
    for _ in 0..groups {
        let mut group = writer.next_row_group().unwrap();
        for values in columns {
            let mut column = group.next_column().unwrap().unwrap();
            match values {
                Text(values) => {
                    let present: Vec<i16> = values.iter().map(|v| i16::from(v.is_some())).collect();
                    let values: Vec<ByteArray> =
                        values.iter().flatten().map(|v| (*v).into()).collect();
                    column
                        .typed::<ByteArrayType>()
                        .write_batch(&values, Some(&present), None)
                        .map(drop)
                }
                Bytes(values) => {
                    let values: Vec<ByteArray> = values.iter().map(|v| v.clone().into()).collect();
                    column.typed::<ByteArrayType>().write_batch(&values, None, None).map(drop)
                }
                Int64(values) => {
                    column.typed::<Int64Type>().write_batch(values, None, None).map(drop)
                }
                Double(values) => {
                    column.typed::<DoubleType>().write_batch(values, None, None).map(drop)
                }
            }
            .unwrap();
            column.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
    out
}

fn text(value: &'static str) -> Column {
    Text(vec![Some(value)])
}

const REST: &str = "optional binary network (UTF8); optional binary verb (UTF8);";

/// One row whose `at` and `actor` are given.
fn one(at: &str, value: Column, actor: &str, id: Column) -> Vec<u8> {
    file(&format!("{at} {REST} {actor}"), &[value, text("n"), text("like"), id], 1)
}

const ACTOR: &str = "optional binary actor (UTF8);";

#[test]
fn times_have_any_usual_type() {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(1));
    for (at, value, expected) in [
        (
            "required int64 at (TIMESTAMP(MICROS,true));",
            Int64(vec![1_700_000_000_000_001]),
            "2023-11-14T22:13:20.000001Z",
        ),
        (
            "required int64 at (TIMESTAMP(NANOS,true));",
            Int64(vec![1_700_000_000_000_001_999]),
            "2023-11-14T22:13:20.000001Z",
        ),
        (
            "required int64 at (TIMESTAMP_MILLIS);",
            Int64(vec![1_700_000_000_001]),
            "2023-11-14T22:13:20.001Z",
        ),
        (
            "required int64 at (TIMESTAMP(MICROS,false));",
            Int64(vec![1_700_000_000_000_000]),
            "2023-11-14T21:13:20Z",
        ),
        ("required int64 at;", Int64(vec![1_700_000_000]), "2023-11-14T22:13:20Z"),
        ("required double at;", Double(vec![1_700_000_000.5]), "2023-11-14T22:13:20.5Z"),
        ("optional binary at (UTF8);", text("2023-11-14T22:13:20Z"), "2023-11-14T22:13:20Z"),
    ] {
        let options = Options { timezone: Some(zone.clone()), ..options() };
        let got = good(one(at, value, ACTOR, text("a")), &options);
        assert_eq!(got.column(1), [expected], "{at}");
    }
}

#[test]
fn ids_may_be_integers() {
    let at = "required int64 at;";
    let actor = |actor: &str| good(one(at, Int64(vec![1]), actor, Int64(vec![-1])), &options());
    assert_eq!(actor("required int64 actor;").column(4), ["-1"]);
    assert_eq!(
        actor("required int64 actor (INTEGER(64,false));").column(4),
        ["18446744073709551615"]
    );
}

#[test]
fn wrong_columns_are_named_with_their_types() {
    for (bytes, said) in [
        (file("required int64 at;", &[Int64(vec![1])], 1), "no column network, verb, actor"),
        (
            one("required int64 at;", Int64(vec![1]), "required double actor;", Double(vec![1.0])),
            "`actor` has the type DOUBLE; wanted is text",
        ),
        (
            one("required int64 at (TIMESTAMP(MICROS,false));", Int64(vec![1]), ACTOR, text("a")),
            "--timezone",
        ),
        (
            one("required int64 at (TIME(MICROS,true));", Int64(vec![1]), ACTOR, text("a")),
            "wanted is a TIMESTAMP",
        ),
        (
            one(
                "required int64 at;",
                Int64(vec![1]),
                "required group actor { optional binary x (UTF8); }",
                text("a"),
            ),
            "nested",
        ),
    ] {
        let (kind, message) = refused(bytes, &options());
        assert_eq!(kind, Kind::Format, "{message}");
        assert!(message.contains(said), "{message}");
    }
}

#[test]
fn faults_have_their_record_and_row_groups_are_one_file() {
    let schema = format!(
        "required int64 at; {REST} required binary actor (UTF8); optional binary odd (UTF8);"
    );
    let columns = [
        Int64(vec![1, 2, -3]),
        Text(vec![Some("n"), None, Some("n")]),
        Text(vec![Some("like"); 3]),
        Bytes(vec![b"a".to_vec(), b"b".to_vec(), b"c".to_vec()]),
        Text(vec![None; 3]),
    ];
    let (got, result) = read(file(&schema, &columns, 2), &options());
    let summary = result.unwrap();
    assert_eq!(got.faults(), [(2, "network"), (3, "at"), (5, "network"), (6, "at")]);
    assert_eq!((got.rows.len(), got.offset), (2, 6));
    assert_eq!(got.rejects[1].3, br#"{"at":-3,"network":"n","verb":"like","actor":"c"}"#);
    assert_eq!(summary.unknown_fields["odd"], 6);
}

#[test]
fn text_that_is_no_text_costs_its_row() {
    let schema = format!("required int64 at; {REST} required binary actor (UTF8);");
    let columns = [
        Int64(vec![1, 2]),
        Text(vec![Some("n"); 2]),
        Text(vec![Some("like"); 2]),
        Bytes(vec![b"\xFF".to_vec(), b"b".to_vec()]),
    ];
    let got = good(file(&schema, &columns, 1), &options());
    assert_eq!((got.faults(), got.column(4)), (vec![(1, "actor")], vec!["b"]));
}

#[test]
fn many_rows_come_in_bounded_chunks_compressed_or_not() {
    let rows = 100_000;
    let schema = format!("required int64 at; {REST} required binary actor (UTF8);");
    let columns = [
        Int64((0..rows).collect()),
        Text(vec![Some("n"); rows as usize]),
        Text(vec![Some("like"); rows as usize]),
        Bytes((0..rows).map(|n| format!("user{n}").into_bytes()).collect()),
    ];
    let bytes = file(&schema, &columns, 1);
    let plain = good(bytes.clone(), &options());
    assert_eq!(plain.rows.len(), rows as usize);
    assert!(plain.chunks >= 3, "{} chunks", plain.chunks);
    assert_eq!(plain.rows[99_999][4].as_deref(), Some("user99999"));
    // A stream can't be read from its end, so it takes another way.
    let packed = zstd::stream::encode_all(&*bytes, 1).unwrap();
    assert_eq!(good(packed, &options()).rows, plain.rows);
}

#[test]
fn no_parquet_is_refused() {
    let bytes = one("required int64 at;", Int64(vec![1]), ACTOR, text("a"));
    for bytes in [
        b"PAR1".to_vec(),
        b"PAR1 and nothing else PAR1".to_vec(),
        bytes[..bytes.len() - 9].to_vec(),
    ] {
        let (kind, message) = refused(bytes, &options());
        assert_eq!(kind, Kind::Corrupt);
        assert!(message.contains("no sound Parquet file"), "{message}");
    }
}

#[test]
fn damage_anywhere_is_an_error_or_a_reject() {
    let sound = one("required int64 at;", Int64(vec![1]), ACTOR, text("a"));
    for at in 4..sound.len() {
        for value in [0x00, 0x0A, 0x7F, 0xFF] {
            let mut bytes = sound.clone();
            bytes[at] = value;
            let (got, result) = read(bytes, &options());
            assert!(got.rows.len() + got.rejects.len() <= 1, "byte {at}");
            if let Err(error) = result {
                assert!(error.to_string().starts_with("input: "), "{error}");
            }
        }
    }
}
