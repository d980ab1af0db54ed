//! Interactions as rows, each network in its own form, in order of delivery.
//!
//! Of twitter one row in a hundred comes up to five days late, and one in two hundred a second time, up to two days
//! later: as archives and live streams overlap. Everything else comes when it happened.

use super::{Source, create, file_of};
use crate::chance::Chance;
use crate::error::Error;
use crate::event::{AccountRef, Event, Network, Verb};
use crate::names::{write_hex, write_post};
use crate::purpose;
use crate::words::{language, write_words};
use crate::world::World;
use model::Time;
use model::time::{DAY, SECOND};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufWriter, Write};

/// Column of the files of follows, after those of the networks.
const FOLLOWS: usize = 5;

pub(super) fn write(world: &World, sources: &mut [Source]) -> Result<(), Error> {
    let mut out = Vec::new();
    for source in sources.iter() {
        out.push(create(&source.path)?);
    }
    let mut rows =
        Rows { world, out, counts: vec![0; sources.len()], text: String::new(), fault: None };
    rows.header(2, "id,at,network,verb,actor,target,object,in_reply_to,text,lang,visibility\n");
    rows.header(3, "from,to,sent,kind,id\n");
    rows.header(FOLLOWS, "follower,followed,since\n");
    world.follow_events(&mut |event: &Event| rows.follow(event));
    // Rows under way: by time of delivery, then in order of sending.
    let mut late: BinaryHeap<Reverse<(i64, u64)>> = BinaryHeap::new();
    let mut held: std::collections::BTreeMap<u64, Event> = std::collections::BTreeMap::new();
    let mut sent = 0u64;
    world.play_in_order(0, &mut |event: &Event| {
        while let Some(&Reverse((at, number))) = late.peek()
            && at <= event.at
        {
            late.pop();
            if let Some(event) = held.remove(&number) {
                rows.row(&event);
            }
        }
        let mut chance = Chance::of(event.id, purpose::DELIVERY, 0);
        let (delayed, again) = match event.network {
            Network::Twitter => (chance.is(0.01), chance.is(0.005)),
            _ => (false, false),
        };
        if !delayed {
            rows.row(event);
        }
        for (_, days) in [(delayed, 5), (again, 2)].into_iter().filter(|(when, _)| *when) {
            sent += 1;
            late.push(Reverse((event.at + chance.between(SECOND, days * DAY), sent)));
            held.insert(sent, *event);
        }
    });
    while let Some(Reverse((_, number))) = late.pop() {
        if let Some(event) = held.remove(&number) {
            rows.row(&event);
        }
    }
    rows.finish(sources)
}

struct Rows<'w> {
    world: &'w World,
    out: Vec<BufWriter<File>>,
    counts: Vec<u64>,
    text: String,
    /// The first failure; nothing is written after it.
    fault: Option<(usize, std::io::Error)>,
}

impl Rows<'_> {
    fn header(&mut self, file: usize, text: &str) {
        self.text.clear();
        self.text.push_str(text);
        self.put(file);
        self.counts[file] = 0;
    }

    /// Writes what stands in `text`.
    fn put(&mut self, file: usize) {
        if self.fault.is_none()
            && let Err(error) = self.out[file].write_all(self.text.as_bytes())
        {
            self.fault = Some((file, error));
        }
        self.counts[file] += 1;
    }

    fn follow(&mut self, event: &Event) {
        self.text.clear();
        self.world.write_account(event.actor, &mut self.text);
        self.text.push(',');
        self.world.write_account(event.target, &mut self.text);
        self.text.push(',');
        write_time(event.at, &mut self.text);
        self.text.push('\n');
        self.put(FOLLOWS);
    }

    fn row(&mut self, event: &Event) {
        let file = file_of(event.network);
        self.text.clear();
        match event.network {
            Network::Twitter | Network::Slack => self.json(event),
            Network::Mastodon => {
                if !self.archive(event) {
                    return;
                }
            }
            Network::Discourse => self.csv(event),
            Network::Mail => self.edge(event),
        }
        self.put(file);
    }

    fn json(&mut self, event: &Event) {
        let (world, text) = (self.world, &mut self.text);
        text.push_str("{\"id\":\"");
        write_hex(event.id, text);
        text.push_str("\",\"at\":\"");
        write_time(event.at, text);
        text.push_str("\",\"network\":\"");
        text.push_str(event.network.name());
        text.push_str("\",\"verb\":\"");
        text.push_str(event.verb.name());
        text.push_str("\",\"actor\":\"");
        world.write_account(event.actor, text);
        if event.target != AccountRef::NOBODY {
            text.push_str("\",\"target\":\"");
            world.write_account(event.target, text);
        }
        for (name, post) in [("object", event.object), ("in_reply_to", event.parent)] {
            if post != 0 {
                text.push_str("\",\"");
                text.push_str(name);
                text.push_str("\":\"");
                write_post(event.network, post, text);
            }
        }
        let start = text.len();
        text.push_str("\",\"text\":\"");
        let words = text.len();
        // The words hold neither quotes nor backslashes.
        write_words(event, language_of(world, event), text);
        if text.len() == words {
            text.truncate(start);
        } else {
            text.push_str("\",\"lang\":\"");
            text.push_str(language(language_of(world, event)));
        }
        if event.network != Network::Twitter {
            text.push_str("\",\"visibility\":\"");
            text.push_str(event.network.visibility().name());
        }
        text.push_str("\"}\n");
    }

    fn csv(&mut self, event: &Event) {
        let (world, text) = (self.world, &mut self.text);
        write_hex(event.id, text);
        text.push(',');
        write_time(event.at, text);
        text.push(',');
        text.push_str(event.network.name());
        text.push(',');
        text.push_str(event.verb.name());
        text.push(',');
        world.write_account(event.actor, text);
        text.push(',');
        if event.target != AccountRef::NOBODY {
            world.write_account(event.target, text);
        }
        for post in [event.object, event.parent] {
            text.push(',');
            if post != 0 {
                write_post(event.network, post, text);
            }
        }
        text.push_str(",\"");
        // The words hold no quotes.
        write_words(event, language_of(world, event), text);
        text.push_str("\",");
        text.push_str(language(language_of(world, event)));
        text.push(',');
        text.push_str(event.network.visibility().name());
        text.push('\n');
    }

    fn edge(&mut self, event: &Event) {
        let (world, text) = (self.world, &mut self.text);
        world.write_account(event.actor, text);
        text.push(',');
        world.write_account(event.target, text);
        text.push(',');
        write_time(event.at, text);
        text.push(',');
        text.push_str(event.verb.name());
        text.push(',');
        write_hex(event.id, text);
        text.push('\n');
    }

    /// A line of the archive; false for what it does not hold.
    fn archive(&mut self, event: &Event) -> bool {
        let code = match event.verb {
            Verb::Reshare => "RT",
            Verb::Mention => "MT",
            Verb::Reply => "RE",
            _ => return false,
        };
        let (world, text) = (self.world, &mut self.text);
        world.write_account(event.actor, text);
        text.push(' ');
        world.write_account(event.target, text);
        // Writing to a string can't fail.
        let _ = std::fmt::Write::write_fmt(
            text,
            format_args!(" {} {code}\n", event.at.div_euclid(SECOND)),
        );
        true
    }

    fn finish(mut self, sources: &mut [Source]) -> Result<(), Error> {
        for (file, out) in self.out.iter_mut().enumerate() {
            if self.fault.is_none()
                && let Err(error) = out.flush()
            {
                self.fault = Some((file, error));
            }
        }
        if let Some((file, error)) = &self.fault {
            return Err(Error::write(&sources[*file].path, error));
        }
        for (source, count) in sources.iter_mut().zip(&self.counts) {
            source.rows = *count;
        }
        Ok(())
    }
}

fn language_of(world: &World, event: &Event) -> u8 {
    let group = world.people[event.actor.person() as usize].group as usize;
    world.groups.get(group).map_or(0, |group| group.language)
}

/// RFC 3339 in whole seconds: what networks give. Days are counted once, by [`Time`], and the clock is set in place.
fn write_time(at: i64, out: &mut String) {
    thread_local! {
        static DAY_TEXT: std::cell::RefCell<(i64, String)> = const { std::cell::RefCell::new((i64::MIN, String::new())) };
    }
    let (day, seconds) = (at.div_euclid(DAY), at.rem_euclid(DAY) / SECOND);
    DAY_TEXT.with_borrow_mut(|known| {
        if known.0 != day {
            let text = Time(day * DAY).to_string();
            *known = (day, text.chars().take(11).collect());
        }
        out.push_str(&known.1);
    });
    let two =
        |number: i64| [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8].map(char::from);
    let ([a, b], [c, d], [e, f]) =
        (two(seconds / 3_600), two(seconds / 60 % 60), two(seconds % 60));
    out.extend([a, b, ':', c, d, ':', e, f, 'Z']);
}
