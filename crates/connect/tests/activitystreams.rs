//! Activities become interactions, and say what is wrong with those that make none.

mod common;

use common::{good, options};
use serde_json::{Value, json};

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

fn lines(activities: &[Value]) -> String {
    activities.iter().map(|one| format!("{one}\n")).collect()
}

fn activity(kind: &str, object: Value) -> Value {
    json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "type": kind,
        "id": format!("https://a.example/{kind}/1"),
        "actor": "https://a.example/users/ana",
        "published": "2026-05-04T16:00:00Z",
        "to": [PUBLIC],
        "object": object,
    })
}

#[test]
fn a_post_is_a_row_and_so_is_each_who_is_answered_or_named() {
    let note = json!({
        "type": "Note",
        "id": "https://a.example/users/ana/statuses/7",
        "inReplyTo": "https://b.example/users/bo/statuses/3",
        "content": "<p>yes</p>",
        "contentMap": {"en": "<p>yes</p>"},
        "tag": [
            {"type": "Mention", "href": "https://b.example/users/bo"},
            {"type": "Hashtag", "href": "https://a.example/tags/x"},
            {"type": "Mention", "href": "https://a.example/users/ana"},
        ],
    });
    let got = good(lines(&[activity("Create", note)]), &options());
    assert!(got.rejects.is_empty(), "{:?}", got.rejects);
    assert_eq!(got.column(3), ["post", "reply", "mention"]);
    let id = "https://a.example/users/ana/statuses/7";
    assert_eq!(got.column(0), [id, &format!("{id}#reply"), &format!("{id}#mention-1")]);
    assert_eq!(got.column(2), ["activitypub"; 3]);
    assert_eq!(got.column(4), ["https://a.example/users/ana"; 3]);
    assert_eq!(got.column(5), ["-", "https://b.example/users/bo", "https://b.example/users/bo"]);
    assert_eq!(got.column(7)[1], "https://b.example/users/bo/statuses/3");
    assert_eq!(got.column(8)[0], "<p>yes</p>");
    assert_eq!(got.column(9)[0], "en");
    assert_eq!(got.column(12), ["public"; 3]);
}

#[test]
fn other_activities_go_toward_the_author_of_their_object() {
    let post = "https://b.example/users/bo/statuses/3";
    let embedded = json!({"type": "Article", "id": "https://b.example/x", "attributedTo": {"id": "https://b.example/bo"}});
    let event = json!({"type": "Event", "id": "https://b.example/e", "attributedTo": ["https://b.example/bo"]});
    let follow = json!({"type": "Follow", "actor": "https://a.example/users/ana", "object": "https://b.example/bo"});
    let got = good(
        lines(&[
            activity("Announce", json!(post)),
            activity("Like", embedded),
            activity("Follow", json!("https://b.example/users/bo")),
            activity("Join", event),
            activity("Undo", follow),
            activity("Undo", json!("https://a.example/Like/1")),
        ]),
        &options(),
    );
    assert!(got.rejects.is_empty(), "{:?}", got.rejects);
    assert_eq!(got.column(3), ["reshare", "like", "follow", "attend", "unfollow", "undo"]);
    let bo = ["https://b.example/users/bo", "https://b.example/bo"];
    assert_eq!(got.column(5), [bo[0], bo[1], bo[0], bo[1], bo[1], "-"]);
    assert_eq!(got.column(6)[0], post);
    assert_eq!(got.column(6)[5], "https://a.example/Like/1");
}

#[test]
fn a_deletion_takes_back_every_row_that_the_post_made() {
    let mention =
        |number: u32| json!({"type": "Mention", "href": format!("https://b.example/{number}")});
    let note = json!({
        "type": "Note", "id": "https://a.example/7", "inReplyTo": "https://b.example/users/bo/statuses/3",
        "quoteUrl": "https://b.example/users/cy/statuses/9",
        "tag": (0..20).map(mention).collect::<Vec<_>>(),
    });
    let made = good(lines(&[activity("Create", note)]), &options());
    let gone = json!({"type": "Tombstone", "id": "https://a.example/7"});
    let deleted = good(lines(&[activity("Delete", gone)]), &options());
    assert_eq!(deleted.column(3), vec!["delete"; deleted.rows.len()]);
    assert_eq!(made.column(0), deleted.column(6));
}

#[test]
fn whoever_is_addressed_decides_who_may_see_it() {
    let follow = json!("https://b.example/bo");
    let to = |to: Value| {
        let mut one = activity("Follow", follow.clone());
        one["to"] = to;
        one
    };
    let got = good(
        lines(&[
            to(json!("as:Public")),
            to(json!(["https://a.example/users/ana/followers"])),
            to(json!(["https://b.example/bo"])),
            to(Value::Null),
        ]),
        &options(),
    );
    assert_eq!(got.column(12), ["public", "community", "private", "community"]);
}

#[test]
fn what_makes_no_interaction_says_why_and_costs_no_other() {
    let mut late = activity("Follow", json!("https://b.example/bo"));
    late["published"] = Value::Null;
    let mut nobody = activity("Follow", json!("https://b.example/bo"));
    nobody["actor"] = Value::Null;
    let got = good(
        lines(&[
            activity("Follow", json!("https://b.example/bo")),
            activity("Block", json!("https://b.example/bo")),
            activity("Like", json!("https://b.example/unknown")),
            late,
            nobody,
            activity("Delete", json!("https://a.example/users/ana")),
            json!(7),
            activity("Create", json!({"type": "Note"})),
            activity("Undo", json!({"type": "Like"})),
        ]),
        &options(),
    );
    assert_eq!(got.rows.len(), 1);
    assert_eq!(
        got.faults(),
        [
            (2, "type"),
            (3, "object"),
            (4, "published"),
            (5, "actor"),
            (6, "object"),
            (7, "type"),
            (8, "object.id"),
            (9, "object.id")
        ]
    );
}
