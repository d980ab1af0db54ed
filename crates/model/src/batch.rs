//! Rows in bulk: checked, keyed and laid out by column, ready to be stored.
//!
//! Every connector fills batches through [`Batch::push`], so every rule about what a row may hold stands here once.

use crate::keys::{self, Identity};
use crate::time::DAY;
use crate::{Fault, Interaction, Strings, Symbols, Time, account, verb};

/// What a row must obey, beyond its form.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Rows later than this are rejected: the time of reading plus a day.
    pub latest: Time,
    /// Hash of an account. Tests pass a weak one to meet collisions; everybody else [`keys::account`].
    pub account_hash: fn(&str, &str) -> u128,
}

impl Rules {
    /// The rules when reading at `now`.
    pub fn at(now: Time) -> Rules {
        Rules { latest: Time(now.0.saturating_add(DAY)), account_hash: keys::account }
    }
}

/// What an account was called, and since when.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// [`keys::account`] of the account.
    pub account: u128,
    /// Network of the account.
    pub network: String,
    /// Id of the account.
    pub id: String,
    /// Which attribute.
    pub field: ProfileField,
    /// Its value.
    pub value: String,
    /// When the network said so.
    pub at: Time,
}

/// The dated attributes that a network gives an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProfileField {
    /// The name by which the network addresses it; it may change hands.
    Handle,
    /// The name shown to people.
    Name,
}

impl ProfileField {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            ProfileField::Handle => "handle",
            ProfileField::Name => "name",
        }
    }
}

/// A row that could not be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Reject {
    /// Line, row or record, counted from 1.
    pub line: u64,
    /// What is wrong.
    pub fault: Fault,
    /// The row as it came, cut at [`Reject::RAW`] bytes.
    pub raw: Vec<u8>,
}

impl Reject {
    /// As much of a row as a rejects file repeats.
    pub const RAW: usize = 4096;

    /// A reject that keeps the beginning of the raw row.
    pub fn new(line: u64, fault: Fault, raw: &[u8]) -> Reject {
        Reject { line, fault, raw: raw[..raw.len().min(Reject::RAW)].to_vec() }
    }
}

/// Rows by column. All columns have [`Batch::len`] entries.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// 128-bit identity.
    pub identity: Vec<Identity>,
    /// Hash of everything but the id.
    pub content: Vec<u64>,
    /// Microseconds since 1970.
    pub at: Vec<i64>,
    /// [`keys::account`] of the actor.
    pub actor: Vec<u128>,
    /// The same of the target; 0 for nobody.
    pub target: Vec<u128>,
    /// [`keys::post`] of the post concerned; 0 for none.
    pub object_key: Vec<u64>,
    /// [`keys::post`] of the post replied to; 0 for none.
    pub parent_key: Vec<u64>,
    /// Weights.
    pub weight: Vec<f64>,
    /// Codes of [`crate::Visibility`].
    pub visibility: Vec<u8>,
    /// Networks.
    pub network: Symbols,
    /// Verbs.
    pub verb: Symbols,
    /// Language tags.
    pub lang: Symbols,
    /// Ids, absent where derived.
    pub id: Strings,
    /// Ids of actors within the network.
    pub actor_id: Strings,
    /// Ids of targets within the network.
    pub target_id: Strings,
    /// Posts concerned.
    pub object: Strings,
    /// Posts replied to.
    pub in_reply_to: Strings,
    /// Words.
    pub text: Strings,
    /// Links.
    pub url: Strings,
    /// What accounts were called.
    pub profiles: Vec<Profile>,
    /// Rows that could not be used.
    pub rejects: Vec<Reject>,
    scratch: Vec<u8>,
}

/// Longest id, object or link, in bytes.
pub const LONGEST_ID: usize = 4096;
/// Longest text, in bytes.
pub const LONGEST_TEXT: usize = 1 << 20;

impl Batch {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// Bytes of text held: what bounds a batch in memory.
    pub fn text_bytes(&self) -> usize {
        [
            &self.id,
            &self.actor_id,
            &self.target_id,
            &self.object,
            &self.in_reply_to,
            &self.text,
            &self.url,
        ]
        .iter()
        .map(|column| column.bytes().len())
        .sum()
    }

    /// Makes room for so many more rows, so that columns need not grow step by step.
    pub fn reserve(&mut self, rows: usize) {
        self.identity.reserve(rows);
        self.content.reserve(rows);
        self.at.reserve(rows);
        self.actor.reserve(rows);
        self.target.reserve(rows);
        self.object_key.reserve(rows);
        self.parent_key.reserve(rows);
        self.weight.reserve(rows);
        self.visibility.reserve(rows);
        for column in [&mut self.network, &mut self.verb, &mut self.lang] {
            column.reserve(rows);
        }
        for column in [
            &mut self.id,
            &mut self.actor_id,
            &mut self.target_id,
            &mut self.object,
            &mut self.in_reply_to,
            &mut self.text,
            &mut self.url,
        ] {
            column.reserve(rows);
        }
    }

    /// Checks a row and adds it; a fault leaves the batch as it was.
    pub fn push(&mut self, row: &Interaction<'_>, rules: &Rules) -> Result<(), Fault> {
        let row = &canonical(row)?;
        check(row, rules)?;
        let rows = self.len();
        if !(self.network.push(Some(row.network))
            && self.verb.push(Some(row.verb))
            && self.lang.push(row.lang))
        {
            for column in [&mut self.network, &mut self.verb, &mut self.lang] {
                column.truncate(rows);
            }
            return Err(Fault::new(
                "lang",
                "more than 1,000 different networks, verbs or languages in one stretch of rows",
            ));
        }
        let content = self.hash_content(row);
        // An id that merely repeats the content's hash is an export read back: the same as no id.
        let derived = keys::derived_id_if(row.id, content);
        let id = if derived.is_some() { None } else { row.id };
        self.identity.push(match (id, &derived) {
            (Some(id), _) => keys::identity(row.network, id),
            (None, Some(id)) => keys::identity(row.network, id),
            (None, None) => keys::identity(row.network, &keys::derived_id(content)),
        });
        self.content.push(content as u64);
        self.at.push(row.at.0);
        self.actor.push((rules.account_hash)(row.network, row.actor));
        self.target.push(row.target.map_or(0, |target| (rules.account_hash)(row.network, target)));
        self.object_key.push(row.object.map_or(0, |object| keys::post(row.network, object)));
        self.parent_key.push(row.in_reply_to.map_or(0, |parent| keys::post(row.network, parent)));
        self.weight.push(row.weight);
        self.visibility.push(row.visibility as u8);
        self.id.push(id);
        self.actor_id.push(Some(row.actor));
        self.target_id.push(row.target);
        self.object.push(row.object);
        self.in_reply_to.push(row.in_reply_to);
        self.text.push(row.text);
        self.url.push(row.url);
        Ok(())
    }

    /// Notes what an account is called.
    pub fn profile(
        &mut self,
        network: &str,
        id: &str,
        field: ProfileField,
        value: &str,
        at: Time,
        rules: &Rules,
    ) {
        self.profiles.push(Profile {
            account: (rules.account_hash)(network, id),
            network: network.to_owned(),
            id: id.to_owned(),
            field,
            value: value.to_owned(),
            at,
        });
    }

    /// Hash of everything but the id of a row in the form in which it is stored; adds nothing to the batch.
    ///
    /// It is what [`keys::derived_id`] makes an id of.
    pub fn hash_content(&mut self, row: &Interaction<'_>) -> u128 {
        let out = &mut self.scratch;
        out.clear();
        out.extend_from_slice(&row.at.0.to_le_bytes());
        out.extend_from_slice(&row.weight.to_bits().to_le_bytes());
        out.push(row.visibility as u8);
        let required = [row.network, row.verb, row.actor].map(Some);
        let optional = [row.target, row.object, row.in_reply_to, row.text, row.lang, row.url];
        for value in required.into_iter().chain(optional) {
            // The length goes first, so that no two rows run together into the same bytes.
            out.extend_from_slice(&value.map_or(u32::MAX, |text| text.len() as u32).to_le_bytes());
            out.extend_from_slice(value.unwrap_or_default().as_bytes());
        }
        keys::content(out)
    }
}

/// The row in the one form under which equal rows are equal.
fn canonical<'a>(row: &Interaction<'a>) -> Result<Interaction<'a>, Fault> {
    let mut row = *row;
    let some = |value: Option<&'a str>| value.filter(|text| !text.is_empty());
    row.id = some(row.id);
    row.target = some(row.target);
    row.object = some(row.object);
    row.in_reply_to = some(row.in_reply_to);
    row.text = some(row.text);
    row.lang = some(row.lang);
    row.url = some(row.url);
    if row.verb == "post" {
        // A post without a post id of its own is known by its interaction's id.
        row.object = row.object.or(row.id);
    }
    let network = row.network;
    row.actor = bare(row.actor, network);
    row.target = row.target.map(|id| bare(id, network));
    row.weight += 0.0; // -0 and 0 are the same weight
    Ok(row)
}

/// An account's id without the network's name before it.
fn bare<'a>(id: &'a str, network: &str) -> &'a str {
    match id.strip_prefix(network).and_then(|rest| rest.strip_prefix(':')) {
        Some(rest) if !rest.is_empty() => rest,
        _ => id,
    }
}

fn check(row: &Interaction<'_>, rules: &Rules) -> Result<(), Fault> {
    if !account::is_network(row.network) {
        return Err(Fault::new(
            "network",
            format!(
                "{:?} is no network's name; use 1 to 64 of a-z 0-9 . - _",
                crate::time::shorten(row.network)
            ),
        ));
    }
    if !verb::is_verb(row.verb) {
        return Err(Fault::new(
            "verb",
            format!(
                "{:?} is no verb; use 1 to 32 of a-z 0-9 _, such as reshare",
                crate::time::shorten(row.verb)
            ),
        ));
    }
    if row.actor.is_empty() {
        return Err(Fault::new("actor", "is empty; name who acted"));
    }
    if row.at.0 < 0 {
        return Err(Fault::new(
            "at",
            format!("{} is before 1970; check the unit of the time", row.at),
        ));
    }
    if row.at > rules.latest {
        return Err(Fault::new(
            "at",
            format!("{} is more than a day in the future; check the clock that wrote it", row.at),
        ));
    }
    if !(row.weight.is_finite() && row.weight >= 0.0 && row.weight <= 1e6) {
        return Err(Fault::new(
            "weight",
            format!(
                "{:?} is not between 0 and 1,000,000; signed ratings need a verb of their own",
                row.weight
            ),
        ));
    }
    if matches!(row.verb, "undo" | "delete") && row.object.is_none() {
        return Err(Fault::new(
            "object",
            "is empty; an undo or delete names the id that it takes back",
        ));
    }
    let ids = [
        ("id", row.id),
        ("actor", Some(row.actor)),
        ("target", row.target),
        ("object", row.object),
        ("in_reply_to", row.in_reply_to),
        ("url", row.url),
    ];
    for (field, value) in ids {
        if value.is_some_and(|text| text.len() > LONGEST_ID) {
            return Err(Fault::new(field, format!("is longer than {LONGEST_ID} bytes")));
        }
    }
    if row.lang.is_some_and(|lang| lang.len() > 64) {
        return Err(Fault::new("lang", "is longer than 64 bytes; use a tag such as en or pt-BR"));
    }
    if row.text.is_some_and(|text| text.len() > LONGEST_TEXT) {
        return Err(Fault::new("text", format!("is longer than {LONGEST_TEXT} bytes")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Visibility;

    fn rules() -> Rules {
        Rules::at(Time::parse("2026-01-01T00:00:00Z", None).unwrap())
    }

    fn row() -> Interaction<'static> {
        Interaction::new(
            Time::from_unix(1_341_100_972),
            "twitter",
            "reshare",
            "223789",
            Some("213163"),
        )
    }

    fn fault(change: impl Fn(&mut Interaction<'static>)) -> String {
        let mut batch = Batch::default();
        let mut row = row();
        change(&mut row);
        let fault = batch.push(&row, &rules()).unwrap_err();
        assert_eq!(batch.len(), 0);
        fault.field
    }

    #[test]
    fn a_row_is_refused_by_the_field_that_is_wrong() {
        assert_eq!(fault(|r| r.at = Time(-1)), "at");
        assert_eq!(fault(|r| r.at = Time::from_unix(4_000_000_000)), "at");
        assert_eq!(fault(|r| r.weight = f64::NAN), "weight");
        assert_eq!(fault(|r| r.weight = -1.0), "weight");
        assert_eq!(fault(|r| r.verb = "Re-Share"), "verb");
        assert_eq!(fault(|r| r.network = ""), "network");
        assert_eq!(fault(|r| r.actor = ""), "actor");
        assert_eq!(fault(|r| r.verb = "undo"), "object");
    }

    #[test]
    fn a_derived_id_read_back_is_the_same_row() {
        let mut batch = Batch::default();
        batch.push(&row(), &rules()).unwrap();
        let id = keys::derived_id(keys_content(&row()));
        batch.push(&Interaction { id: Some(&id), ..row() }, &rules()).unwrap();
        assert_eq!(batch.identity[0], batch.identity[1]);
        assert_eq!(batch.content[0], batch.content[1]);
        assert_eq!(batch.id.get(1), None);
    }

    fn keys_content(row: &Interaction<'_>) -> u128 {
        Batch::default().hash_content(row)
    }

    #[test]
    fn the_networks_prefix_on_an_account_changes_nothing() {
        let mut batch = Batch::default();
        batch.push(&row(), &rules()).unwrap();
        batch.push(&Interaction { actor: "twitter:223789", ..row() }, &rules()).unwrap();
        assert_eq!(batch.identity[0], batch.identity[1]);
    }

    #[test]
    fn every_column_but_the_id_is_content() {
        let changes: [fn(&mut Interaction<'static>); 9] = [
            |r| r.at = Time(1),
            |r| r.verb = "mention",
            |r| r.target = None,
            |r| r.object = Some("o"),
            |r| r.in_reply_to = Some("o"),
            |r| r.text = Some("o"),
            |r| r.lang = Some("o"),
            |r| r.weight = 2.0,
            |r| r.visibility = Visibility::Private,
        ];
        let mut seen = vec![keys_content(&row())];
        for change in changes {
            let mut row = row();
            change(&mut row);
            let content = keys_content(&row);
            assert!(!seen.contains(&content));
            seen.push(content);
        }
    }
}
