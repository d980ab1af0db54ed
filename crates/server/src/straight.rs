//! Requests that go straight to their handlers: what is asked for most is told by its path, and the way through the router costs more than finding what is asked for.

use crate::Served;
use axum::extract::{FromRequestParts, Request};
use axum::handler::Handler;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;
use percent_encoding::percent_decode_str;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;

/// An answer that is under way, as handlers that are functions have it.
pub type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A route that nearly all requests are for.
pub struct Straight {
    before: &'static str,
    after: &'static str,
    answer: Box<dyn Fn(Request, Arc<Served>) -> Answering + Send + Sync>,
}

impl Straight {
    /// A `GET` of a path with one segment in braces, which no other route has. The handler is not told what the router would tell it: it has [`Segment`] for that.
    pub fn to<H, T>(path: &'static str, handler: H) -> Straight
    where
        H: Handler<T, Arc<Served>, Future = Answering> + Sync,
    {
        let (before, rest) = path.split_once('{').unwrap_or((path, ""));
        let (_, after) = rest.split_once('}').unwrap_or_default();
        let answer = move |request, served| handler.clone().call(request, served);
        Straight { before, after, answer: Box::new(answer) }
    }

    /// Whether the request is for this one.
    pub fn takes(&self, request: &Request) -> bool {
        let path = request.uri().path();
        let segment = path.strip_prefix(self.before).and_then(|rest| rest.strip_suffix(self.after));
        segment.is_some_and(|segment| !segment.is_empty() && !segment.contains('/'))
            && *request.method() == Method::GET
    }

    /// What the handler answers.
    pub fn answer(&self, request: Request, served: Arc<Served>) -> Answering {
        (self.answer)(request, served)
    }
}

/// A segment of the path, counted from 0 and decoded, whoever found the route; nothing where it is no UTF-8.
pub struct Segment<const PLACE: usize>(pub Option<String>);

impl<const PLACE: usize, S: Sync> FromRequestParts<S> for Segment<PLACE> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let segment = parts.uri.path().split('/').nth(1 + PLACE).unwrap_or_default();
        let decoded = percent_decode_str(segment).decode_utf8();
        Ok(Segment(decoded.ok().map(|text| text.into_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::{Segment, Straight};
    use axum::body::Body;
    use axum::extract::{FromRequestParts, Request};
    use axum::http::Method;

    fn asked(method: Method, uri: &str) -> Request {
        Request::builder().method(method).uri(uri).body(Body::empty()).unwrap()
    }

    #[test]
    fn it_takes_what_the_path_says_and_nothing_else() {
        let straight = Straight::to("/people/{account}/scores", async || "");
        for uri in [
            "/people/a:b/scores",
            "/people/a%2Fb/scores?x=/",
            "/people/scores/scores",
            "http://host/people/%ff/scores",
        ] {
            assert!(straight.takes(&asked(Method::GET, uri)), "{uri}");
            assert!(!straight.takes(&asked(Method::HEAD, uri)), "{uri}");
            assert!(!straight.takes(&asked(Method::POST, uri)), "{uri}");
        }
        for uri in [
            "/people//scores",
            "/people/scores",
            "/people/a/b/scores",
            "/people/a/scores/",
            "/people/a/scoresx",
            "//people/a/scores",
            "/People/a/scores",
        ] {
            assert!(!straight.takes(&asked(Method::GET, uri)), "{uri}");
        }
    }

    #[tokio::test]
    async fn a_segment_is_decoded_once() {
        for (uri, text) in [
            ("/a/b:c/d", Some("b:c")),
            ("/a/%64%253A/d?/x", Some("d%3A")),
            ("/a/%ff/d", None),
            ("/a", Some("")),
        ] {
            let (mut parts, _) = asked(Method::GET, uri).into_parts();
            let Ok(Segment(found)) = Segment::<1>::from_request_parts(&mut parts, &()).await;
            assert_eq!(found.as_deref(), text, "{uri}");
        }
    }
}
