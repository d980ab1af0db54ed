//! Tertius' own form: one row an interaction, as NDJSON, CSV or Parquet with the same columns.
//!
//! Which of the three it is, is told by content. [`ABOUT`] says what the columns hold; `fields.rs` how values are read.

mod csv;
mod flat;
mod ndjson;
mod parquet;

use crate::about::{About, Connector, NETWORK, TIMEZONE, VerbUse, shared};
use crate::deliver::Deliver;
use crate::fields::{
    ACTOR, AT, COLUMNS, ID, IN_REPLY_TO, LANG, NETWORK as NETWORK_COLUMN, OBJECT, TARGET, TEXT,
    URL, VERB, missing,
};
use crate::sample::Sample;
use crate::source::{Body, Source};
use crate::{Error, Kind, Options, pipeline, table};
use model::{Batch, Fault, Interaction, Rules, Time, Visibility};

/// Reads native interactions.
pub struct Native;

/// Its description.
pub const ABOUT: About = About {
    name: "native",
    category: "files",
    doc: "Interactions in Tertius' own columns, as NDJSON, CSV or Parquet.",
    input: "One JSON object a line, or CSV with a header, or Parquet, with the columns id, at, network, verb, actor, target, \
        object, in_reply_to, text, lang, url, weight, visibility; at, verb and actor are needed, and network here or as an \
        option. at is RFC 3339, or a number: seconds since 1970. Ids are text or whole numbers. weight is 1 and \
        visibility public where absent. Fields of other names are ignored, and counted. An \
        apostrophe before a CSV cell that a spreadsheet would compute is taken away.",
    verbs: &[
        shared("post", 0.0),
        shared("reshare", 1.0),
        shared("quote", 0.25),
        shared("reply", 0.2),
        shared("answer", 1.0),
        shared("mention", 0.15),
        shared("like", 0.05),
        shared("follow", 0.0),
        shared("unfollow", 0.0),
        shared("endorse", 1.0),
        shared("review", 0.4),
        shared("invite", 0.8),
        shared("refer", 1.0),
        shared("attend", 0.4),
        shared("share_list", 0.5),
        shared("contribute", 0.6),
        shared("message", 0.2),
        shared("meet", 0.5),
        shared("undo", 0.0),
        shared("delete", 0.0),
    ] as &[VerbUse],
    visibility: Visibility::Public,
    network: None,
    options: &[NETWORK, TIMEZONE],
};

enum Form {
    Ndjson,
    Csv(table::Opening),
    Parquet,
}

/// What the content is, by its looks alone.
fn form(sample: &Sample) -> Option<Form> {
    if sample.head.starts_with(b"PAR1") {
        return Some(Form::Parquet);
    }
    if sample.lines().any(|(_, line)| line.trim_ascii_start().starts_with(b"{")) {
        return Some(Form::Ndjson);
    }
    // One long line may be all that the sample holds.
    if sample.head.trim_ascii_start().starts_with(b"{") {
        return Some(Form::Ndjson);
    }
    let opening = table::opening(sample)?;
    let known = opening.first.iter().filter(|name| csv::column(name).is_some());
    (opening.delimiter != b' ' && known.count() >= 2).then_some(Form::Csv(opening))
}

impl Connector for Native {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn fits(&self, sample: &Sample, _: &Options) -> bool {
        const NEEDED: [usize; 3] = [AT, VERB, ACTOR];
        match form(sample) {
            // Other Parquet files are refused by their columns, which says more than that nobody knows them.
            Some(Form::Parquet) => true,
            Some(Form::Ndjson) => sample
                .lines()
                .any(|(_, line)| ndjson::has_fields(line, NEEDED.map(|field| COLUMNS[field]))),
            Some(Form::Csv(opening)) => NEEDED
                .iter()
                .all(|needed| opening.first.iter().any(|name| csv::column(name) == Some(*needed))),
            None => false,
        }
    }

    fn read(
        &self,
        source: Source,
        options: &Options,
        deliver: &mut Deliver<'_>,
    ) -> Result<(), Error> {
        let name = source.sample.name.clone();
        if let Body::Directory(_) = source.body {
            let message = "it is a directory; `native` reads files, so name one in it";
            return Err(Error::new(Kind::Format, &name, message));
        }
        match form(&source.sample) {
            Some(Form::Ndjson) => {
                let parser = ndjson::Ndjson::new(options);
                pipeline::run(source, &parser, options, deliver)
            }
            Some(Form::Csv(opening)) => {
                let parser = csv::Csv::new(&name, &opening, options)?;
                pipeline::run(source, &parser, options, deliver)
            }
            Some(Form::Parquet) => parquet::read(source, options, deliver),
            None => Err(Error::new(
                Kind::Format,
                &name,
                format!(
                    "`native` reads NDJSON, CSV whose header names its columns, and Parquet; {}",
                    source.sample.describe()
                ),
            )),
        }
    }
}

/// A row as its file gives it, before it is checked.
#[derive(Default)]
struct Given<'a> {
    /// By number of the column in [`COLUMNS`]; those with a type of their own follow.
    text: [Option<&'a str>; 13],
    at: Option<Time>,
    weight: Option<f64>,
    visibility: Option<Visibility>,
}

impl Given<'_> {
    /// Adds the row to `batch`; what is missing comes from the options or is a fault.
    fn push(self, network: Option<&str>, rules: &Rules, batch: &mut Batch) -> Result<(), Fault> {
        let present = |column: usize| self.text[column].filter(|text| !text.is_empty());
        let needed = |column: usize| present(column).ok_or_else(|| missing(COLUMNS[column]));
        let row = Interaction {
            id: self.text[ID],
            at: self.at.ok_or_else(|| missing(COLUMNS[AT]))?,
            network: present(NETWORK_COLUMN).or(network).ok_or_else(|| missing("network"))?,
            verb: needed(VERB)?,
            actor: needed(ACTOR)?,
            target: self.text[TARGET],
            object: self.text[OBJECT],
            in_reply_to: self.text[IN_REPLY_TO],
            text: self.text[TEXT],
            lang: self.text[LANG],
            url: self.text[URL],
            weight: self.weight.unwrap_or(1.0),
            visibility: self.visibility.unwrap_or(ABOUT.visibility),
        };
        batch.push(&row, rules)
    }
}
