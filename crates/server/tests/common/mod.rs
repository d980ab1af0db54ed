//! A small real workspace that is served, asked as clients ask.

// Not every test file asks in every way.
#![allow(dead_code)]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use server::{Options, Served, router};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::channel;
use tertius::Workspace;
use tertius::api_keys::Terms;
use tertius::consent::{By, Said, Saying};
use tertius::operators::Role;
use tower::ServiceExt;

pub struct World {
    pub dir: tempfile::TempDir,
    pub workspace: Workspace,
    pub served: Arc<Served>,
    pub app: Router,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

pub fn fernhill(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/fernhill").join(name)
}

/// A workspace with these rows, scored.
pub fn filled(
    dir: &Path,
    rows: &[PathBuf],
    people: Option<&Path>,
    definitions: &[&str],
    settings: &str,
) -> Workspace {
    std::fs::create_dir(dir).unwrap();
    std::fs::write(dir.join("tertius.toml"), settings).unwrap();
    let workspace = Workspace::open(dir).unwrap();
    workspace.ingest(rows, &tertius::ingest::Options::default(), &mut |_| {}).unwrap();
    if let Some(people) = people {
        workspace.import_people(people, None, None).unwrap();
    }
    let definitions: Vec<String> = definitions.iter().map(|name| (*name).to_owned()).collect();
    workspace.score(&definitions, None).unwrap();
    workspace
}

impl World {
    pub fn new() -> World {
        World::with("")
    }

    pub fn with(settings: &str) -> World {
        let people = fernhill("people.csv");
        World::of(
            &[fernhill("interactions.ndjson")],
            Some(&people),
            &["general", "helpers"],
            settings,
        )
    }

    pub fn of(
        rows: &[PathBuf],
        people: Option<&Path>,
        definitions: &[&str],
        settings: &str,
    ) -> World {
        let dir = tempfile::tempdir().unwrap();
        let workspace = filled(&dir.path().join("workspace"), rows, people, definitions, settings);
        let served = Served::open(&workspace, &Options::default()).unwrap();
        World { dir, app: router(served.clone()), workspace, served }
    }

    pub fn key(&self, purpose: &str, per_second: u32, per_day: u64) -> String {
        self.key_of(Terms {
            name: format!("for {purpose}"),
            purpose: purpose.to_owned(),
            per_second,
            per_day,
            expires: None,
            writes: false,
            sandbox: false,
        })
    }

    /// Changes the catalogue behind everybody's back.
    pub fn in_catalogue(&self, sql: &str, values: impl rusqlite::Params) {
        let path = self.dir.path().join("workspace/catalogue.sqlite");
        let changed = rusqlite::Connection::open(path).unwrap().execute(sql, values).unwrap();
        assert!(changed > 0, "{sql}");
    }

    /// A key that may store interactions.
    pub fn writer(&self) -> String {
        self.key_of(Terms {
            name: "feed".to_owned(),
            purpose: "community".to_owned(),
            per_second: 10_000,
            per_day: 1_000_000,
            expires: None,
            writes: true,
            sandbox: false,
        })
    }

    pub fn key_of(&self, terms: Terms) -> String {
        let made = self.workspace.create_key(terms).unwrap();
        self.served.refresh().unwrap();
        made.key
    }

    /// Listens on a real socket until the tests end.
    pub fn listening(&self, limits: server::Limits) -> SocketAddr {
        let (ready, listens) = channel();
        let workspace = self.workspace.reopened().unwrap();
        std::thread::spawn(move || {
            let listen = SocketAddr::from(([127, 0, 0, 1], 0));
            let options = Options { listen, limits, ..Default::default() };
            server::serve(&workspace, &options, |address| ready.send(address).unwrap()).unwrap();
        });
        listens.recv().unwrap()
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), 1 << 24).await.unwrap().to_vec();
        Answer { status, headers, body }
    }

    pub async fn get(&self, path: &str, key: Option<&str>) -> Answer {
        let mut request = Request::get(path);
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn scores(&self, account: &str, key: Option<&str>) -> Answer {
        self.get(&format!("/api/v1/people/{account}/scores"), key).await
    }

    pub async fn lookup(&self, body: &str, key: &str) -> Answer {
        let request = Request::post("/api/v1/people/lookup")
            .header("authorization", format!("Bearer {key}"))
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.send(request).await
    }

    /// The cookie of a new operator's session.
    pub fn signed_in(&self, name: &str, role: Role) -> String {
        let operator = self.workspace.add_operator(name, role, "several words in a row").unwrap();
        self.workspace.operators().unwrap().begin(&operator, tertius::Time::now()).unwrap()
    }

    /// As a browser asks, which may be signed in.
    pub async fn browse(&self, path: &str, session: Option<&str>) -> Answer {
        let mut request = Request::get(path).header("accept", "text/html,*/*");
        if let Some(session) = session {
            request = request.header("cookie", format!("tertius={session}"));
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub fn say(&self, account: &str, said: Said) {
        let saying = Saying { said, purpose: None, at: None, by: By::Person, unknown: false };
        self.workspace.say(account, &saying).unwrap();
        // So late it may be seen.
        std::thread::sleep(std::time::Duration::from_millis(15));
    }
}
