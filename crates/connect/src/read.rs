//! From a path to chunks: the entry for everybody outside.

use crate::deliver::{Chunk, Deliver, Summary};
use crate::registry;
use crate::source::Source;
use crate::{Error, Options};
use std::ops::ControlFlow;
use std::path::Path;

/// Reads `path` (`-` is standard input) and hands its rows to `each` in the order of the input, a few MiB of input a time.
///
/// `each` may stop the reading; then [`Summary::stopped`] is set, once a read under way on a slow stream returns. Every chunk
/// that was handed on is whole, also where an error follows: of a compressed file that ends in the middle ([`crate::Kind::Truncated`])
/// each whole row has been delivered.
///
/// # Errors
/// Of the input as a whole, by [`crate::Kind`]. A row that can't be used is a reject in its chunk.
pub fn read(
    path: &Path,
    options: &Options,
    each: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
) -> Result<Summary, Error> {
    let name = if path == Path::new("-") { "stdin".to_owned() } else { path.display().to_string() };
    registry::check_words(&name, options)?;
    read_source(Source::open(path, options)?, options, each)
}

/// Reads `bytes` as if they were the content of a file called `name`; compression is undone as for a file.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(
    name: &str,
    bytes: Vec<u8>,
    options: &Options,
    each: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
) -> Result<Summary, Error> {
    registry::check_words(name, options)?;
    let source = Source::bytes(name, bytes.into(), options)?;
    read_source(source, options, each)
}

pub(crate) fn read_source(
    source: Source,
    options: &Options,
    each: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
) -> Result<Summary, Error> {
    let mut deliver = Deliver::new(each);
    let sample = &source.sample;
    if sample.is_blank() {
        // Whoever shows it says of which file.
        deliver.summary.notes.push("it is empty; there was nothing to read.".to_owned());
        return Ok(deliver.finish());
    }
    let connector = registry::choose(sample, options)?;
    registry::check_options(connector, &sample.name, options)?;
    deliver.summary.connector = connector.about().name;
    connector.read(source, options, &mut deliver)?;
    Ok(deliver.finish())
}
