//! The description of the API: held by a golden file, whole, and true of what is answered.

mod common;

use axum::http::StatusCode;
use common::World;
use serde_json::Value;
use std::collections::BTreeSet;
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

/// What whoever reads the document may rely on, a line each.
fn promises(document: &Value) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let route = format!("{method} {path}");
            for parameter in operation["parameters"].as_array().unwrap() {
                let needed = if parameter["required"] == true { "needs" } else { "takes" };
                lines.insert(format!("{route} {needed} {}", parameter["name"].as_str().unwrap()));
            }
            for (media, content) in
                operation["requestBody"]["content"].as_object().into_iter().flatten()
            {
                lines.insert(format!("{route} is sent {media} as {}", schema(content)));
            }
            let answer = operation["responses"]["200"]["content"].as_object().unwrap();
            for (media, content) in answer {
                lines.insert(format!("{route} gives {media} as {}", schema(content)));
            }
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (field, kind) in schema["properties"].as_object().into_iter().flatten() {
            lines.insert(format!("{name}.{field} is {}", kind["type"]));
        }
    }
    lines
}

fn schema(content: &Value) -> &str {
    content["schema"]["$ref"].as_str().unwrap().rsplit('/').next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_promised_of_the_api_only_grows() {
    let world = World::new();
    let now = promises(&world.get("/api/openapi.json", None).await.json());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/promised.txt");
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let kept: BTreeSet<String> = kept.lines().map(str::to_owned).collect();
    let broken: Vec<_> = kept.difference(&now).collect();
    assert!(broken.is_empty(), "docs/stability.md promises this for a year: {broken:#?}");
    let new: Vec<_> = now.difference(&kept).collect();
    for line in &new {
        // Whoever asks as before would be refused.
        let route = line.split_once(" needs ").map(|(route, _)| format!("{route} gives "));
        let was_there = |route: String| kept.iter().any(|line| line.starts_with(&route));
        assert!(!route.is_some_and(was_there), "{line}: it was not needed before");
    }
    if std::env::var_os("TERTIUS_BLESS").is_some() {
        let lines: Vec<&str> = now.iter().map(String::as_str).collect();
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    } else {
        assert!(
            new.is_empty(),
            "new promises; if they are meant: TERTIUS_BLESS=1 cargo test -p server --test openapi: {new:#?}"
        );
    }
}
