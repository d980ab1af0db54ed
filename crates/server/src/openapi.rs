//! The description of the native API, OpenAPI 3.1, and the page that shows it: both made of the routes' own descriptions.
//!
//! What answers look like is written here; a test asks every route and holds the answer against it.

use crate::family::{Kind, Operation, Parameter};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use tertius::disclosure::Surface;

/// The document.
pub fn document(operations: &[Operation]) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = described(operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tertius",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Signals of influence that a business defines for itself. Errors are problem documents (RFC 9457).",
            "license": {"name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "responses": {"Problem": {
                "description": "Why there is no answer, and what to do.",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }},
        },
    })
}

fn described(operation: &Operation) -> Value {
    let (media, schema) = operation.gives;
    let mut responses = json!({"200": {
        "description": "The answer.",
        "content": {media: {"schema": {"$ref": format!("#/components/schemas/{schema}")}}},
    }});
    let mut problems: Vec<u16> = operation.problems.to_vec();
    problems.extend([429, 500]);
    // Whoever sends a key that is none is told so, also where none is needed.
    problems.push(401);
    if matches!(operation.surface, Surface::Firm | Surface::Store) {
        problems.push(403);
    }
    if !operation.query.is_empty() || !operation.takes.is_empty() || operation.path.contains('{') {
        problems.push(400);
    }
    problems.sort_unstable();
    problems.dedup();
    for status in problems {
        let reference = match status {
            304 => json!({"description": "Nothing has changed."}),
            _ => json!({"$ref": "#/components/responses/Problem"}),
        };
        responses[status.to_string()] = reference;
    }
    let in_path = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')));
    let in_path = in_path.map(|name| {
        let about = match name {
            "account" => "`network:id`, `network:handle`, or a person's number.",
            _ => "The definition's name.",
        };
        json!({"name": name, "in": "path", "required": true, "description": about, "schema": {"type": "string", "minLength": 1}})
    });
    let in_query = operation.query.iter().map(|one| {
        json!({"name": one.name, "in": "query", "required": one.needed, "description": one.about, "schema": kind(one)})
    });
    let mut told = json!({
        "operationId": name_of(operation),
        "summary": operation.about,
        "parameters": in_path.chain(in_query).collect::<Vec<_>>(),
        "security": match operation.surface {
            Surface::Open | Surface::People => json!([{}, {"key": []}]),
            Surface::Programs | Surface::Firm | Surface::Store | Surface::Trail => json!([{"key": []}]),
        },
        "responses": responses,
    });
    if !operation.takes.is_empty() {
        let content: Map<String, Value> = operation
            .takes
            .iter()
            .map(|(media, schema)| {
                let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
                ((*media).to_owned(), json!({"schema": schema}))
            })
            .collect();
        told["requestBody"] = json!({"required": true, "content": content});
    }
    told
}

/// `get /api/v1/people/{account}/scores` is `get_people_account_scores`.
fn name_of(operation: &Operation) -> String {
    let path = operation.path.trim_start_matches("/api/v1/").replace(['{', '}'], "");
    format!("{}_{}", operation.method, path.replace(['/', '-', '.'], "_"))
}

fn kind(parameter: &Parameter) -> Value {
    match parameter.kind {
        Kind::Text => json!({"type": "string"}),
        Kind::Words => json!({"type": "string", "pattern": "[^\\W_]"}),
        Kind::Account => {
            json!({"type": "string", "pattern": "^([a-z0-9._-]{1,64}:[^ ]+|[0-9]{1,19})$"})
        }
        Kind::Time => json!({"type": "string", "format": "date-time"}),
        Kind::Span => {
            json!({"type": "string", "pattern": "^([1-9][0-9]{0,3}[hd]|[1-9][0-9]{0,2}w)$"})
        }
        Kind::Event => json!({"type": "integer", "minimum": 0, "maximum": i64::MAX}),
        Kind::Number(from, to) => json!({"type": "integer", "minimum": from, "maximum": to}),
        Kind::Amount(to) => json!({"type": "number", "exclusiveMinimum": 0, "maximum": to}),
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Several(least) => json!({
            "type": "array", "items": {"type": "string", "pattern": "[^\\W_]"},
            "minItems": least, "uniqueItems": true,
        }),
    }
}

fn schemas() -> Value {
    let text = json!({"type": "string"});
    let number = json!({"type": "number"});
    let count = json!({"type": "integer", "minimum": 0});
    let maybe = |kind: &str| json!({"type": [kind, "null"]});
    let list = |of: &str| json!({"type": "array", "items": {"$ref": format!("#/components/schemas/{of}")}});
    let interval = json!({
        "type": ["array", "null"], "items": {"type": "number"}, "minItems": 2, "maxItems": 2,
        "description": "The 90 % interval.",
    });
    let object = |properties: Value| {
        let required: Vec<String> =
            properties.as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default();
        json!({"type": "object", "required": required, "properties": properties})
    };
    let person = json!({"type": "string", "description": "A person's number."});
    let accounts = json!({"type": "array", "items": {"type": "string"}});
    let delta =
        object(json!({"day": maybe("number"), "week": maybe("number"), "month": maybe("number")}));
    let interaction = json!({
        "type": "object",
        "required": ["at", "network", "verb", "actor"],
        "properties": {
            "id": {"type": "string", "minLength": 1, "maxLength": 4096}, "at": {"type": "string", "format": "date-time"},
            "network": {"type": "string", "pattern": "^[a-z0-9._-]{1,64}$"},
            "verb": {"type": "string", "pattern": "^[a-z0-9_]{1,32}$"},
            "actor": {"type": "string", "minLength": 1}, "target": {"type": "string", "minLength": 1},
            "object": {"type": "string", "minLength": 1}, "in_reply_to": {"type": "string", "minLength": 1}, "text": text,
            "lang": text, "url": text, "weight": {"type": "number", "minimum": 0},
            "visibility": {"enum": ["public", "community", "private"]},
        },
    });
    json!({
        "Problem": object(json!({"type": text, "title": text, "status": count, "detail": text})),
        "Delta": delta,
        "Score": object(json!({
            "definition": text, "version": count, "question": text,
            "state": {"enum": ["scored", "not enough evidence", "not asked about", "refused"]},
            "score": maybe("number"), "interval": interval, "top_share": maybe("number"), "reference_people": count,
            "delta": {"$ref": "#/components/schemas/Delta"}, "as_of": text,
        })),
        "Scores": object(json!({"person": person, "scores": list("Score")})),
        "Person": object(json!({"person": person, "name": maybe("string"), "accounts": accounts, "scores": list("Score")})),
        "Lookup": {
            "type": "object", "required": ["accounts"],
            "properties": {
                "accounts": {"type": "array", "items": {"type": "string"}, "maxItems": 1000},
                "definition": maybe("string"),
            },
        },
        "Found": object(json!({"people": {"type": "array", "items": {"anyOf": [{"$ref": "#/components/schemas/Scores"}, {"type": "null"}]}}})),
        "Part": object(json!({
            "signal": text, "value": maybe("number"), "normalised": number, "weight": number, "share": number, "points": number,
            "without": maybe("number"), "why": text, "because": {"type": "array", "items": {"type": "object"}},
        })),
        "Explanation": object(json!({
            "person": person, "name": maybe("string"), "accounts": accounts, "definition": text, "version": count, "question": text,
            "as_of": text, "snapshot": text, "state": text, "score": maybe("number"), "interval": interval, "raw": maybe("number"),
            "top_share": maybe("number"), "reference_people": count, "parts": list("Part"), "discounts": {"type": "array"},
            "left_out": {"type": "array"}, "notes": {"type": "array"},
        })),
        "Definition": object(json!({
            "definition": text, "version": count, "question": text, "purpose": text, "as_of": text, "people": count, "scored": count,
        })),
        "Definitions": object(json!({"definitions": list("Definition")})),
        "Ranked": object(json!({
            "rank": count, "person": person, "name": maybe("string"), "accounts": accounts, "score": number, "interval": interval, "top_share": number,
        })),
        "Page": object(json!({
            "definition": text, "version": count, "question": text, "as_of": text, "scored": count, "people": list("Ranked"), "next": maybe("string"),
        })),
        "Interaction": interaction,
        "Interactions": {
            "type": ["array", "object"], "items": {"type": "object"},
            "description": "Interactions (see the schema of that name). One that does not fit is a reject, and costs no other.",
        },
        "Lines": {"type": "string", "description": "An interaction a line."},
        "Activities": {
            "type": ["array", "object"], "items": {"type": "object"},
            "description": "Activities, one activity, or a collection of activities, of ActivityStreams 2.0.",
        },
        "Stored": object(json!({
            "read": count, "accepted": count, "duplicates": count, "rejected": count, "not_kept": count,
            "rejects": {"type": "array", "items": object(json!({"row": count, "field": text, "reason": text}))},
        })),
        "Report": {"type": "object", "description": "What the command of that name gives as JSON."},
        "Document": {"type": "object"},
        "Events": {"type": "string", "description": "Server-sent events."},
    })
}

/// The page: every route, who may ask, and what can be said.
pub fn page(operations: &[Operation]) -> String {
    let mut html = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Tertius API</title></head>\n<body>\n<main>\n<h1>Tertius API</h1>\n<p>Send a key as <code>Authorization: Bearer KEY</code>. Errors are problem documents (RFC 9457). For programs: <a href=\"/api/openapi.json\">OpenAPI 3.1</a>.</p>\n",
    );
    // Writing to memory does not fail.
    for operation in operations {
        let method = operation.method.to_uppercase();
        let _ = writeln!(
            html,
            "<section>\n<h2><code>{method} {}</code></h2>\n<p>{}</p>",
            escaped(operation.path),
            escaped(operation.about)
        );
        let who = match operation.surface {
            Surface::Open => "anybody",
            Surface::People => "anybody; keys see more",
            Surface::Programs => "keys",
            Surface::Firm => "keys of the purpose firm, and operators of such a role",
            Surface::Store => "keys that may write",
            Surface::Trail => "operators of such a role",
        };
        let _ = writeln!(html, "<p>For {who}.</p>");
        if !operation.query.is_empty() {
            html.push_str("<dl>\n");
            for one in operation.query {
                let needed = if one.needed { " (needed)" } else { "" };
                let _ = writeln!(
                    html,
                    "<dt><code>{}</code>{needed}</dt><dd>{}</dd>",
                    escaped(one.name),
                    escaped(one.about)
                );
            }
            html.push_str("</dl>\n");
        }
        html.push_str("</section>\n");
    }
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
