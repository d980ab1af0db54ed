//! Edge lists: one tie a line, with a mapping of columns.
//!
//! CSV, TSV, semicolons, or fields parted by spaces as SNAP and networkx write them; `#` and `%` begin comments. Which column means what
//! comes from `--columns` (its language stands in `edges/mapping.rs`), else from a header with well-known names, else the first two are source and target.
//! There are no ids in most edge lists: equal rows are one interaction, so that reading a file twice adds nothing.

mod mapping;

use crate::about::{About, Connector, OptionUse, TIMEZONE, shared};
use crate::deliver::Deliver;
use crate::pipeline::{self, Block, Parsed, Parser, lines};
use crate::sample::Sample;
use crate::source::{Body, Source};
use crate::split::Framing;
use crate::{Error, Kind, Options, fields, table};
use mapping::{Direction, Mapping, Place};
use model::{Fault, Interaction, Rules, Time, Visibility};
use std::cell::RefCell;

/// Reads edge lists.
pub struct Edges;

const ABOUT: About = About {
    name: "edges",
    category: "files",
    doc: "Edge lists: who is tied to whom, as CSV, TSV or fields parted by spaces.",
    input: "One edge a line: source, target, and maybe a time, weight, verb and id. The source acted toward the target, who is \
        credited, unless direction says otherwise. The verb is endorse unless a column or as=VERB says otherwise, and \
        every edge is public unless visibility says otherwise.",
    verbs: &[shared(VERB, 1.0)],
    visibility: Visibility::Public,
    network: None,
    options: &[
        OptionUse {
            name: "--columns",
            meaning: "Which column means what, by header name or number from 1: source=from,target=to,at=when,weight=4,verb=kind,id=1. \
                Without source and target both are found as without this option. as=VERB gives every edge that verb; it is the way \
                to tell lists apart that have neither ids nor times, such as as=advice for one and as=friendship for the other: \
                their equal edges are one interaction otherwise. visibility=public|community|private says who was meant to see \
                every edge (mail and chat are private), and visibility=COLUMN that a column says so edge by edge. \
                direction=directed|reversed|both says who acted (reversed: the target acted toward the source); header=yes|no \
                settles whether the first line is a header.",
        },
        OptionUse { name: "--network", meaning: "The network of all accounts; needed." },
        OptionUse {
            name: "--at",
            meaning: "The time of every edge; needed where no column has it.",
        },
        TIMEZONE,
    ],
};

/// The verb where neither a column nor `as` has one.
const VERB: &str = "endorse";

impl Connector for Edges {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    /// With a mapping, any delimited text. Without one, a header that names both ends, or two columns of whole numbers.
    fn fits(&self, sample: &Sample, options: &Options) -> bool {
        let Some(opening) = table::opening(sample) else {
            return false;
        };
        if options.columns.is_some() {
            return opening.first.len() >= 2;
        }
        if Mapping::from_header(&opening.first).is_some() {
            // The native columns have a target too, and say more.
            return !["actor", "verb"]
                .iter()
                .any(|name| mapping::named(&opening.first, name).is_some());
        }
        let mut rows = 0;
        for (_, line) in sample.data_lines() {
            let cells = line.split(|b| match opening.delimiter {
                b' ' => b.is_ascii_whitespace(),
                delimiter => *b == delimiter,
            });
            let cells: Vec<&[u8]> = cells.filter(|cell| !cell.is_empty()).collect();
            let [source, target] = cells[..] else {
                return false;
            };
            if ![source, target].iter().all(|id| id.trim_ascii().iter().all(u8::is_ascii_digit)) {
                return false;
            }
            rows += 1;
        }
        rows > 0
    }

    fn read(
        &self,
        source: Source,
        options: &Options,
        deliver: &mut Deliver<'_>,
    ) -> Result<(), Error> {
        let name = source.sample.name.clone();
        let wrong = |kind, message: String| Error::new(kind, &name, message);
        if let Body::Directory(_) = source.body {
            let message = "it is a directory; `edges` reads files, so name one in it";
            return Err(wrong(Kind::Format, message.to_owned()));
        }
        let Some(opening) = table::opening(&source.sample) else {
            let seen = source.sample.describe();
            return Err(wrong(Kind::Format, format!("`edges` reads lines of text; {seen}")));
        };
        let mapping = Mapping::resolve(options.columns.as_deref(), &opening.first)
            .map_err(|message| wrong(Kind::Usage, message))?;
        let Some(network) = options.network.clone().or(ABOUT.network.map(str::to_owned)) else {
            let message = "an edge list names no network; say --network NAME";
            return Err(wrong(Kind::Usage, message.to_owned()));
        };
        if mapping.at.is_none() && options.at.is_none() {
            return Err(wrong(
                Kind::Usage,
                format!(
                    "no column holds a time; name one (--columns at=COLUMN), or say --at TIME for all edges; the first line is {:?}",
                    model::time::shorten(&opening.first.join(" "))
                ),
            ));
        }
        let places = [&mapping.id, &mapping.at, &mapping.verb];
        if places.iter().all(|place| place.is_none()) && mapping.verb_of_all.is_none() {
            deliver.summary.notes.push(
                "rows without a time are told apart by verb alone; use --columns as=VERB for each list of the same accounts."
                    .to_owned(),
            );
        }
        let header = if mapping.header { opening.line } else { 0 };
        let parser = Table {
            delimiter: opening.delimiter,
            header,
            mapping,
            network,
            at: options.at,
            timezone: options.timezone.clone(),
            rules: options.rules,
        };
        pipeline::run(source, &parser, options, deliver)
    }
}

struct Table {
    delimiter: u8,
    /// The line of the header; 0 for none.
    header: u64,
    mapping: Mapping,
    network: String,
    at: Option<Time>,
    timezone: Option<jiff::tz::TimeZone>,
    rules: Rules,
}

impl Parser for Table {
    fn framing(&self) -> Framing {
        match self.delimiter {
            b' ' => Framing::Lines,
            delimiter => Framing::Quoted { delimiter },
        }
    }

    fn parse(&self, block: &Block, out: &mut Parsed) {
        if self.delimiter != b' ' {
            let out = RefCell::new(out);
            return table::records(
                block,
                self.delimiter,
                |line, record, raw| {
                    let cell = |place: usize| record.get(place).map(str::trim);
                    self.edge(line, &cell, raw, &mut out.borrow_mut());
                },
                |line, fault, raw| out.borrow_mut().reject(line, fault, raw),
            );
        }
        for (number, line) in lines(block) {
            match line {
                Ok(line) => {
                    let cells: Vec<&str> = line.split_ascii_whitespace().collect();
                    let cell = |place: usize| cells.get(place).copied();
                    self.edge(number, &cell, line.as_bytes(), out);
                }
                Err((raw, fault)) => out.reject(number, fault, raw),
            }
        }
    }
}

impl Table {
    fn edge<'a>(
        &self,
        line: u64,
        cell: &dyn Fn(usize) -> Option<&'a str>,
        raw: &[u8],
        out: &mut Parsed,
    ) {
        if line <= self.header || matches!(raw.first(), Some(b'#' | b'%')) {
            return;
        }
        if let Err(fault) = self.row(cell, out) {
            out.reject(line, fault, raw);
        }
    }

    fn row<'a>(
        &self,
        cell: &dyn Fn(usize) -> Option<&'a str>,
        out: &mut Parsed,
    ) -> Result<(), Fault> {
        let map = &self.mapping;
        let value = |place: &Place| cell(place.number).filter(|text| !text.is_empty());
        let optional = |place: &Option<Place>| place.as_ref().and_then(value);
        let needed = |place: &Place| {
            value(place).ok_or_else(|| {
                Fault::new(&place.name, "is empty or missing; every edge has two ends")
            })
        };
        let (source, target) = (needed(&map.source)?, needed(&map.target)?);
        let at = match (&map.at, optional(&map.at), self.at) {
            (Some(place), Some(text), _) => fields::time(text, self.timezone.as_ref())
                .map_err(|reason| Fault::new(&place.name, reason))?,
            (_, None, Some(at)) => at,
            _ => return Err(fields::missing("at")),
        };
        let weight = match (&map.weight, optional(&map.weight)) {
            (Some(place), Some(text)) => fields::weight(text)
                .map_err(|fault| Fault { field: place.name.clone(), ..fault })?,
            _ => 1.0,
        };
        let verb = match &map.verb {
            Some(_) => optional(&map.verb).ok_or_else(|| fields::missing("verb"))?,
            None => map.verb_of_all.as_deref().unwrap_or(VERB),
        };
        let visibility = match &map.visibility {
            Some(place) => visibility(place, value(place))?,
            None => map.visibility_of_all,
        };
        let edge = |actor, target| Interaction {
            id: optional(&map.id),
            weight,
            visibility,
            ..Interaction::new(at, &self.network, verb, actor, Some(target))
        };
        match map.direction {
            Direction::Directed => out.batch.push(&edge(source, target), &self.rules),
            Direction::Reversed => out.batch.push(&edge(target, source), &self.rules),
            Direction::Both => {
                out.batch.push(&edge(source, target), &self.rules)?;
                // The second row needs an id of its own where the edge has one.
                let id = optional(&map.id).map(|id| format!("{id}:reversed"));
                let back = Interaction { id: id.as_deref(), ..edge(target, source) };
                out.batch.push(&back, &self.rules)
            }
        }
    }
}

/// Who was meant to see an edge. An empty cell is a fault: what should have been private must not become public.
fn visibility(place: &Place, cell: Option<&str>) -> Result<Visibility, Fault> {
    match cell {
        Some(word) => {
            fields::visibility(word).map_err(|fault| Fault { field: place.name.clone(), ..fault })
        }
        None => {
            Err(Fault::new(&place.name, "is empty or missing; write public, community or private"))
        }
    }
}
