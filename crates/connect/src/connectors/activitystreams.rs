//! ActivityStreams 2.0 (W3C Recommendation, 2017), as ActivityPub servers send and archive it: one activity a line, as JSON.
//!
//! | activity | rows |
//! |---|---|
//! | `Create` of a post | `post`; `reply` toward whom it answers, `quote` toward whom it quotes; `mention` toward each who is tagged |
//! | `Announce`, `Like` | `reshare`, `like`, toward the author of the object |
//! | `Follow` | `follow` |
//! | `Join` | `attend`, toward who made the event |
//! | `Undo` | `undo` of the activity, or `unfollow` where it has no id |
//! | `Delete` | `delete` of all rows of the post, as far as [`TAGS`] |
//!
//! An account is its URI. Who wrote an object stands in its `attributedTo`; where it is only linked, the author is read from the link if it
//! has the form `AUTHOR/statuses/ID`, as most servers write it. `preferredUsername` and `name` of actors that are embedded become handle and
//! name. Visibility follows the addressing: public, else community. Other activities are rejects.

use crate::about::{About, Connector, NETWORK, TIMEZONE, shared};
use crate::deliver::Deliver;
use crate::pipeline::{self, Block, Parsed, Parser, each_line};
use crate::sample::Sample;
use crate::source::Source;
use crate::split::Framing;
use crate::{Error, Options, fields};
use model::{Fault, Interaction, ProfileField, Rules, Time, Visibility};
use serde_json::Value;
use std::borrow::Cow;

/// Reads activities.
pub struct ActivityStreams;

const ABOUT: About = About {
    name: "activitystreams",
    category: "files",
    doc: "Activities in ActivityStreams 2.0, as ActivityPub servers send and archive them.",
    input: "One JSON object a line, with type, id, actor, object and published: Create, Announce, Like, Follow, Join, Undo or \
        Delete. Objects may be embedded or links; of a link the author must be told by its form, AUTHOR/statuses/ID.",
    verbs: &[
        shared("post", 0.0),
        shared("reshare", 1.0),
        shared("quote", 0.25),
        shared("reply", 0.2),
        shared("mention", 0.15),
        shared("like", 0.05),
        shared("follow", 0.0),
        shared("unfollow", 0.0),
        shared("attend", 0.4),
        shared("undo", 0.0),
        shared("delete", 0.0),
    ],
    visibility: Visibility::Community,
    network: Some("activitypub"),
    options: &[NETWORK, TIMEZONE],
};

/// Tagged people of one post, at most: a deletion names the post alone, and takes back as many rows.
pub const TAGS: usize = 8;
/// Characters of a name or handle that are kept.
const NAME: usize = 200;

impl Connector for ActivityStreams {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn fits(&self, sample: &Sample, _: &Options) -> bool {
        sample.lines().any(|(_, line)| {
            serde_json::from_slice::<Value>(line).is_ok_and(|activity| {
                activity["actor"] != Value::Null
                    && activity["object"] != Value::Null
                    && activity["type"].is_string()
                    && activity["verb"] == Value::Null
            })
        })
    }

    fn read(
        &self,
        source: Source,
        options: &Options,
        deliver: &mut Deliver<'_>,
    ) -> Result<(), Error> {
        let network = options.network.as_deref().or(ABOUT.network).unwrap_or_default();
        let parser = Activities {
            network: network.to_owned(),
            timezone: options.timezone.clone(),
            rules: options.rules,
        };
        pipeline::run(source, &parser, options, deliver)
    }
}

struct Activities {
    network: String,
    timezone: Option<jiff::tz::TimeZone>,
    rules: Rules,
}

impl Parser for Activities {
    fn framing(&self) -> Framing {
        Framing::Lines
    }

    fn parse(&self, block: &Block, out: &mut Parsed) {
        each_line(block, out, |number, line, out| self.activity(number, line, out));
    }
}

/// A row of an activity, before the network stands before its accounts.
struct Row<'a> {
    id: Option<String>,
    verb: &'static str,
    target: Option<&'a str>,
    object: Option<Cow<'a, str>>,
    in_reply_to: Option<&'a str>,
    text: Option<&'a str>,
    lang: Option<&'a str>,
    url: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn new(id: Option<&str>, verb: &'static str) -> Row<'a> {
        Row {
            id: id.map(str::to_owned),
            verb,
            target: None,
            object: None,
            in_reply_to: None,
            text: None,
            lang: None,
            url: None,
        }
    }

    fn toward(self, target: &'a str) -> Row<'a> {
        Row { target: Some(target), ..self }
    }

    fn of(self, object: Option<&'a str>) -> Row<'a> {
        Row { object: object.map(Cow::Borrowed), ..self }
    }
}

impl Activities {
    fn activity(&self, number: u64, line: &str, out: &mut Parsed) -> Result<(), Fault> {
        let activity: Value = serde_json::from_str(line)
            .map_err(|error| Fault::new("", format!("is no JSON object: {error}")))?;
        let Some(kind) = activity["type"].as_str() else {
            return Err(Fault::new("type", "is missing; an activity says what it is"));
        };
        let actor = needed(&activity, "actor")?;
        let object = &activity["object"];
        let id = activity["id"].as_str();
        let rows = match kind {
            "Create" => created(object, actor)?,
            "Announce" => {
                vec![Row::new(id, "reshare").toward(author(object, "object")?).of(link(object))]
            }
            "Like" => vec![Row::new(id, "like").toward(author(object, "object")?).of(link(object))],
            "Follow" => vec![Row::new(id, "follow").toward(needed(&activity, "object")?)],
            "Join" => {
                vec![Row::new(id, "attend").toward(author(object, "object")?).of(link(object))]
            }
            "Undo" => vec![undone(&activity, id)?],
            "Delete" => deleted(needed(&activity, "object")?, actor)?,
            other => {
                let reason = format!(
                    "{:?} makes no interaction; Create, Announce, Like, Follow, Join, Undo and Delete do",
                    model::time::shorten(other)
                );
                return Err(Fault::new("type", reason));
            }
        };
        let at = self.at(&activity)?;
        let visibility = visibility(&activity, object);
        let whole = |uri: &str| format!("{}:{uri}", self.network);
        let before = out.batch.len();
        for row in &rows {
            let (who, whom) = (whole(actor), row.target.map(whole));
            let interaction = Interaction {
                id: row.id.as_deref(),
                target: whom.as_deref(),
                object: row.object.as_deref(),
                in_reply_to: row.in_reply_to,
                text: row.text,
                lang: row.lang,
                url: row.url,
                visibility,
                ..Interaction::new(at, &self.network, row.verb, &who, None)
            };
            match out.batch.push(&interaction, &self.rules) {
                Ok(()) => {}
                // Where the first row can't be used, nothing of the activity can.
                Err(fault) if out.batch.len() == before => return Err(fault),
                Err(fault) => out.reject(number, fault, line.as_bytes()),
            }
        }
        for end in [&activity["actor"], &object["attributedTo"]] {
            self.names(end, at, out);
        }
        Ok(())
    }

    fn at(&self, activity: &Value) -> Result<Time, Fault> {
        let text = activity["published"].as_str().or(activity["object"]["published"].as_str());
        let Some(text) = text else {
            return Err(Fault::new("published", "is missing; write it as 2026-01-31T09:30:00Z"));
        };
        fields::time(text, self.timezone.as_ref()).map_err(|reason| Fault::new("published", reason))
    }

    /// What an embedded actor is called.
    fn names(&self, actor: &Value, at: Time, out: &mut Parsed) {
        let Some(uri) = link(actor).filter(|uri| uri.len() <= model::batch::LONGEST_ID) else {
            return;
        };
        let fits = |text: &&str| !text.trim().is_empty() && text.chars().count() <= NAME;
        let host = uri.split_once("://").and_then(|(_, rest)| rest.split('/').next());
        let handle = actor["preferredUsername"].as_str().filter(fits).zip(host);
        let mut say = |field, value: &str| {
            out.batch.profile(&self.network, uri, field, value, at, &self.rules);
        };
        if let Some((name, host)) = handle {
            say(ProfileField::Handle, &format!("{name}@{host}"));
        }
        if let Some(name) = actor["name"].as_str().filter(fits) {
            say(ProfileField::Name, name);
        }
    }
}

/// The rows of a post that somebody published. They are called after the post, which is all that its deletion names.
fn created<'a>(object: &'a Value, actor: &str) -> Result<Vec<Row<'a>>, Fault> {
    let Some(id) = link(object) else {
        return Err(Fault::new("object.id", "is missing; a post has an id"));
    };
    let parent = link(&object["inReplyTo"]);
    let quoted =
        ["quoteUrl", "quoteUri", "_misskey_quote"].iter().find_map(|name| object[*name].as_str());
    let language = object["contentMap"].as_object().and_then(|map| map.keys().next());
    let post = Row {
        text: object["content"].as_str(),
        lang: language.map(String::as_str),
        url: object["url"].as_str(),
        in_reply_to: parent,
        ..Row::new(Some(id), "post").of(Some(id))
    };
    let mut rows = vec![post];
    let named = |what: &str| Some(format!("{id}#{what}"));
    if let Ok(target) = author(&object["inReplyTo"], "")
        && target != actor
    {
        let row = Row::new(None, "reply").toward(target).of(Some(id));
        rows.push(Row { id: named("reply"), in_reply_to: parent, ..row });
    }
    if let Some(target) = quoted.and_then(by_form)
        && target != actor
    {
        let row = Row::new(None, "quote").toward(target).of(Some(id));
        rows.push(Row { id: named("quote"), in_reply_to: quoted, ..row });
    }
    let tags = object["tag"].as_array().map_or(&[][..], Vec::as_slice);
    let mentioned = tags
        .iter()
        .filter(|tag| tag["type"] == "Mention")
        .filter_map(|tag| tag["href"].as_str())
        .filter(|href| *href != actor);
    for (number, href) in mentioned.take(TAGS).enumerate() {
        let row = Row::new(None, "mention").toward(href).of(Some(id));
        rows.push(Row { id: named(&format!("mention-{}", number + 1)), ..row });
    }
    Ok(rows)
}

/// What takes back every row that [`created`] makes.
fn deleted<'a>(post: &'a str, actor: &str) -> Result<Vec<Row<'a>>, Fault> {
    if post == actor {
        let reason = "is the actor's own account; erase it with tertius forget";
        return Err(Fault::new("object", reason));
    }
    let named = ["reply".to_owned(), "quote".to_owned()].into_iter();
    let parts = named.chain((1..=TAGS).map(|number| format!("mention-{number}")));
    let rows = std::iter::once(post.to_owned()).chain(parts.map(|part| format!("{post}#{part}")));
    let delete = |row: String| Row {
        id: Some(format!("{row}#delete")),
        object: Some(Cow::Owned(row)),
        ..Row::new(None, "delete")
    };
    Ok(rows.map(delete).collect())
}

fn undone<'a>(activity: &'a Value, id: Option<&str>) -> Result<Row<'a>, Fault> {
    let inner = &activity["object"];
    if let Some(known) = link(inner) {
        return Ok(Row::new(id, "undo").of(Some(known)));
    }
    match (inner["type"].as_str(), link(&inner["object"])) {
        (Some("Follow"), Some(whom)) => Ok(Row::new(id, "unfollow").toward(whom)),
        _ => Err(Fault::new("object.id", "is missing; say which activity is taken back")),
    }
}

/// The URI of an object that is embedded or linked.
fn link(value: &Value) -> Option<&str> {
    let text = match value {
        Value::Array(some) => return some.first().and_then(link),
        Value::Object(_) => value["id"].as_str(),
        _ => value.as_str(),
    };
    text.filter(|text| !text.trim().is_empty())
}

fn needed<'a>(activity: &'a Value, field: &str) -> Result<&'a str, Fault> {
    let missing = || Fault::new(field, "is missing; write the URI, or an object with its id");
    link(&activity[field]).ok_or_else(missing)
}

/// Who wrote an object.
fn author<'a>(object: &'a Value, field: &str) -> Result<&'a str, Fault> {
    let told = link(&object["attributedTo"]).or_else(|| link(object).and_then(by_form));
    told.ok_or_else(|| {
        let reason = "does not say who wrote it; embed the object with its attributedTo";
        Fault::new(field, reason)
    })
}

fn by_form(uri: &str) -> Option<&str> {
    let author = uri.split_once("/statuses/")?.0;
    author.contains("://").then_some(author)
}

fn visibility(activity: &Value, object: &Value) -> Visibility {
    const PUBLIC: [&str; 3] =
        ["https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"];
    let public = |value: &Value| match value {
        Value::Array(some) => {
            some.iter().any(|one| one.as_str().is_some_and(|uri| PUBLIC.contains(&uri)))
        }
        _ => value.as_str().is_some_and(|uri| PUBLIC.contains(&uri)),
    };
    let addressed = [activity, object].into_iter().flat_map(|one| [&one["to"], &one["cc"]]);
    match addressed.clone().any(public) {
        true => Visibility::Public,
        // To some people alone: a letter.
        false
            if addressed.clone().any(|one| !one.is_null())
                && !addressed.into_iter().any(of_followers) =>
        {
            Visibility::Private
        }
        false => ABOUT.visibility,
    }
}

fn of_followers(value: &Value) -> bool {
    let followers = |value: &Value| value.as_str().is_some_and(|uri| uri.ends_with("/followers"));
    value.as_array().map_or_else(|| followers(value), |some| some.iter().any(followers))
}
