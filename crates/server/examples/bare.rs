//! The peer of `cargo xtask bench lookups`: axum alone, with one answer of a given size for everything.
//!
//! `bare PORT BYTES`; port 0 takes a free one. Ends when it is killed.

use axum::Router;
use axum::http::header;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, bytes] = &arguments[..] else { return Err("give PORT BYTES".into()) };
    let body: &'static str = "x".repeat(bytes.parse()?).leak();
    let answer = async move || ([(header::CONTENT_TYPE, "application/json")], body);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, Router::new().fallback(answer)).await?;
    Ok(())
}
