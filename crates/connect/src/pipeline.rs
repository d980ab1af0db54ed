//! Parses blocks of text on several threads and hands the batches on in the order of the input.
//!
//! One thread reads and splits, `threads` parse, the caller receives. At most `threads + 2` blocks are under way, so memory is
//! bounded by them whatever the size of the input. Results depend on no thread: each block is parsed by itself.

use crate::deliver::{Deliver, count};
use crate::source::{Source, broken};
use crate::split::{Framing, Splitter};
use crate::{Error, Kind, Options};
use model::{Batch, Fault, Reject};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

/// Whole records, as they stand in the input.
pub(crate) struct Block {
    pub bytes: Vec<u8>,
    /// Line of the first byte, or number of the first record, from 1.
    pub first: u64,
    /// How many lines or records begin in it, to make room for.
    pub count: usize,
    /// Where it ends; see [`crate::Chunk::offset`].
    pub offset: u64,
    /// Records that were too long to be kept, or never ended.
    pub rejects: Vec<Reject>,
}

/// What a block became.
#[derive(Default)]
pub(crate) struct Parsed {
    pub batch: Batch,
    pub unknown: BTreeMap<String, u64>,
}

impl Parsed {
    pub(crate) fn reject(&mut self, line: u64, fault: Fault, raw: &[u8]) {
        self.batch.rejects.push(Reject::new(line, fault, raw));
    }

    pub(crate) fn unknown(&mut self, name: &str) {
        count(&mut self.unknown, name, 1);
    }
}

/// Turns whole records into rows. Called from several threads.
pub(crate) trait Parser: Sync {
    fn framing(&self) -> Framing;
    fn parse(&self, block: &Block, out: &mut Parsed);
}

/// The lines of a block that are not blank, each with its number, without line ends.
///
/// A line is text where it is valid UTF-8, and bytes with the reason where it is not.
pub(crate) fn lines(block: &Block) -> impl Iterator<Item = (u64, Result<&str, (&[u8], Fault)>)> {
    // Checked once for the block, which is several times cheaper than by line.
    let text = std::str::from_utf8(&block.bytes).ok();
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', &block.bytes)
        .chain((block.bytes.last() != Some(&b'\n')).then_some(block.bytes.len()));
    (block.first..).zip(ends).filter_map(move |(number, end)| {
        let mut range = start..end;
        start = end + 1;
        let line = block.bytes.get(range.clone())?;
        if line.last() == Some(&b'\r') {
            range.end -= 1;
        }
        let line = block.bytes.get(range.clone())?;
        if line.first().is_none_or(|b| b.is_ascii_whitespace()) && line.trim_ascii().is_empty() {
            return None;
        }
        let line = match text {
            Some(text) => text.get(range).ok_or_else(|| (line, not_text(line))),
            None => std::str::from_utf8(line).map_err(|_| (line, not_text(line))),
        };
        Some((number, line))
    })
}

/// Makes rows of each line of a block; a line that can't be used is a reject and costs no other.
pub(crate) fn each_line(
    block: &Block,
    out: &mut Parsed,
    mut row: impl FnMut(u64, &str, &mut Parsed) -> Result<(), Fault>,
) {
    for (number, line) in lines(block) {
        let (raw, fault) = match line {
            Ok(line) => match row(number, line, out) {
                Ok(()) => continue,
                Err(fault) => (line.as_bytes(), fault),
            },
            Err(wrong) => wrong,
        };
        out.reject(number, fault, raw);
    }
}

/// The fault of bytes that are no UTF-8.
pub(crate) fn not_text(bytes: &[u8]) -> Fault {
    let at = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), |_| 0);
    Fault::new("", format!("is not valid UTF-8 at byte {}; write the file as UTF-8", at + 1))
}

/// Reads `source` with `parser`.
pub(crate) fn run(
    source: Source,
    parser: &dyn Parser,
    options: &Options,
    deliver: &mut Deliver<'_>,
) -> Result<(), Error> {
    let (name, live) = (source.sample.name.clone(), source.live);
    let reader = source.reader()?;
    run_on(reader, live, &name, parser, options.threads, deliver)
}

/// Reads a stream with `parser`.
pub(crate) fn run_on(
    reader: impl io::Read + Send,
    live: bool,
    name: &str,
    parser: &dyn Parser,
    threads: usize,
    deliver: &mut Deliver<'_>,
) -> Result<(), Error> {
    let mut splitter = Splitter::new(reader, parser.framing());
    if threads <= 1 {
        let mut spare = Vec::new();
        while let Some(block) = splitter
            .next(&|| live, std::mem::take(&mut spare))
            .map_err(|error| broken(name, &error))?
        {
            let (parsed, offset, buffer) = parse(parser, block);
            spare = buffer;
            deliver.unknown(parsed.unknown);
            if !deliver.chunk(parsed.batch, offset) {
                break;
            }
        }
        return Ok(());
    }
    run_threads(splitter, live, name, parser, threads, deliver)
}

fn parse(parser: &dyn Parser, mut block: Block) -> (Parsed, u64, Vec<u8>) {
    let mut parsed = Parsed::default();
    parsed.batch.reserve(block.count);
    parsed.batch.rejects = std::mem::take(&mut block.rejects);
    parser.parse(&block, &mut parsed);
    // Splitting and parsing each find rejects in order; a receiver reads one order.
    parsed.batch.rejects.sort_by_key(|reject| reject.line);
    (parsed, block.offset, block.bytes)
}

type Answer = (Parsed, u64);

fn run_threads(
    mut splitter: Splitter<impl io::Read + Send>,
    live: bool,
    name: &str,
    parser: &dyn Parser,
    threads: usize,
    deliver: &mut Deliver<'_>,
) -> Result<(), Error> {
    let spares: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
    let spares = &spares;
    let under_way = &AtomicUsize::new(0);
    // Each block goes to whichever worker is free, and the place of its answer goes into the line.
    let (work_in, work_out) = sync_channel::<(Block, SyncSender<Answer>)>(threads + 2);
    let (line_in, line_out) = sync_channel::<Receiver<Answer>>(threads + 2);
    let work_out = &Mutex::new(work_out);
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || -> Result<(), io::Error> {
            let hungry = || live && under_way.load(Ordering::Relaxed) == 0;
            loop {
                let spare = locked(spares).pop().unwrap_or_default();
                let Some(block) = splitter.next(&hungry, spare)? else {
                    return Ok(());
                };
                let (answer_in, answer_out) = sync_channel(1);
                under_way.fetch_add(1, Ordering::Relaxed);
                if line_in.send(answer_out).is_err() || work_in.send((block, answer_in)).is_err() {
                    return Ok(()); // the receiver wants no more
                }
            }
        });
        for _ in 0..threads {
            scope.spawn(move || {
                loop {
                    let Ok((block, answer)) = locked(work_out).recv() else {
                        return;
                    };
                    let (parsed, offset, buffer) = parse(parser, block);
                    locked(spares).push(buffer);
                    // An error means that nobody waits any more.
                    let _ = answer.send((parsed, offset));
                }
            });
        }
        for answer in line_out {
            let Ok((parsed, offset)) = answer.recv() else {
                break; // its worker panicked, and the scope passes that on
            };
            under_way.fetch_sub(1, Ordering::Relaxed);
            deliver.unknown(parsed.unknown);
            if !deliver.chunk(parsed.batch, offset) {
                break;
            }
        }
        match reading.join() {
            Ok(result) => result.map_err(|error| broken(name, &error)),
            Err(_) => Err(Error::new(
                Kind::Io,
                name,
                "the thread that reads it failed; please report this",
            )),
        }
    })
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
