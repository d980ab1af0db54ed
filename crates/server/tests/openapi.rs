//! The description of the API: held by a golden file, whole, and true of what is answered.

mod common;

use axum::http::StatusCode;
use common::World;
use serde_json::Value;
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_the_one_in_the_repository() {
    let world = World::new();
    let answer = world.get("/api/openapi.json", None).await;
    assert_eq!(answer.status, StatusCode::OK);
    let found = format!("{}\n", serde_json::to_string_pretty(&answer.json()).unwrap());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::env::var_os("TERTIUS_BLESS").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert!(
        golden == found,
        "docs/openapi.json differs; if that is meant: TERTIUS_BLESS=1 cargo test -p server --test openapi"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reference_leads_somewhere_and_every_route_is_there() {
    let world = World::new();
    let document = world.get("/api/openapi.json", None).await.json();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 50);
    for reference in references {
        assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
    }
    for (path, methods) in document["paths"].as_object().unwrap() {
        let concrete = path.replace("{account}", "discourse:mara").replace("{name}", "general");
        for method in methods.as_object().unwrap().keys() {
            let request =
                axum::http::Request::builder().method(&*method.to_uppercase()).uri(&concrete);
            let status = world.send(request.body(axum::body::Body::empty()).unwrap()).await.status;
            assert_ne!(status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            let told = &methods[method]["responses"][status.as_str()];
            assert!(!told.is_null(), "{method} {path}: {status} is not described");
        }
    }
    let page = String::from_utf8(world.get("/api", None).await.body).unwrap();
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(page.contains(path), "{path}");
    }
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|one| collect(one, references));
        }
        Value::Array(items) => items.iter().for_each(|one| collect(one, references)),
        _ => {}
    }
}
