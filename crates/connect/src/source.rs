//! Opening an input: a file, standard input, bytes or a directory, decompressed as its first bytes say.
//!
//! Compression is told by magic numbers, never by the name. gzip may have several members, zstd several frames.
//! A stream that breaks hands out every byte before the break, then the error. What follows the last member of a gzip
//! file and is none is such a break, of a kind of its own.

use crate::sample::{SAMPLE, Sample};
use crate::{Error, Kind, Options, Progress};
use bytes::Bytes;
use flate2::bufread::GzDecoder;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An opened input.
pub struct Source {
    /// Its beginning.
    pub sample: Sample,
    pub(crate) body: Body,
    /// Whether data arrive as somebody writes them, so that a reader must not wait for a full block.
    pub(crate) live: bool,
    progress: Option<Arc<Progress>>,
}

/// Where the content is.
pub(crate) enum Body {
    Directory(PathBuf),
    /// An uncompressed file, at its beginning.
    File(File),
    Bytes(Bytes),
    Stream(Box<dyn Read + Send>),
}

impl Source {
    /// Opens `path`; `-` is standard input.
    pub(crate) fn open(path: &Path, options: &Options) -> Result<Source, Error> {
        let progress = options.progress.clone();
        if path == Path::new("-") {
            begin(&progress, 0);
            return Source::stream("stdin", Box::new(io::stdin()), true, progress);
        }
        let name = path.display().to_string();
        let wrong = |error: io::Error| Error::io(&name, &error);
        let about = std::fs::metadata(path).map_err(wrong)?;
        if about.is_dir() {
            // A directory that may not be listed would look like one that is no repository.
            std::fs::read_dir(path).map_err(wrong)?;
            begin(&progress, 0);
            return Ok(Source {
                sample: Sample { name, directory: Some(path.to_owned()), ..Sample::default() },
                body: Body::Directory(path.to_owned()),
                live: false,
                progress,
            });
        }
        let mut file = File::open(path).map_err(wrong)?;
        if !about.is_file() {
            begin(&progress, 0);
            return Source::stream(&name, Box::new(file), true, progress);
        }
        begin(&progress, about.len());
        let mut head = Vec::with_capacity(SAMPLE + 1);
        (&mut file).take(SAMPLE as u64 + 1).read_to_end(&mut head).map_err(wrong)?;
        file.rewind().map_err(wrong)?;
        if compression(&head) != Compression::None {
            return Source::stream(&name, Box::new(file), false, progress);
        }
        Ok(Source { sample: sample(&name, head), body: Body::File(file), live: false, progress })
    }

    /// Takes `bytes` as if they were a file's.
    pub(crate) fn bytes(name: &str, bytes: Bytes, options: &Options) -> Result<Source, Error> {
        let progress = options.progress.clone();
        begin(&progress, bytes.len() as u64);
        if compression(&bytes) != Compression::None {
            return Source::stream(name, Box::new(Cursor::new(bytes)), false, progress);
        }
        let head = bytes[..bytes.len().min(SAMPLE + 1)].to_vec();
        Ok(Source { sample: sample(name, head), body: Body::Bytes(bytes), live: false, progress })
    }

    /// Takes a stream that can't be rewound.
    pub(crate) fn stream(
        name: &str,
        reader: Box<dyn Read + Send>,
        live: bool,
        progress: Option<Arc<Progress>>,
    ) -> Result<Source, Error> {
        let counted: Box<dyn Read + Send> = match &progress {
            Some(progress) => Box::new(Counted(reader, progress.clone())),
            None => reader,
        };
        let mut raw = Peeked::new(counted);
        raw.fill(4, |_| false);
        let mut plain: Peeked = match compression(&raw.head) {
            Compression::None => raw,
            Compression::Gzip => Peeked::new(Box::new(Members::new(raw))),
            Compression::Zstd => {
                let decoder = zstd::stream::read::Decoder::new(raw)
                    .map_err(|error| Error::io(name, &error))?;
                Peeked::new(Box::new(decoder))
            }
        };
        let enough = |head: &[u8]| live && head.contains(&b'\n');
        plain.fill(SAMPLE + 1, enough);
        // Nothing at all before the failure: there is no row to save, so say it now.
        if plain.head.is_empty()
            && let Some(error) = &plain.broken
        {
            return Err(broken(name, error));
        }
        let mut seen = sample(name, plain.head.clone());
        seen.whole = plain.ended;
        Ok(Source {
            sample: seen,
            body: Body::Stream(Box::new(plain)),
            live,
            // Already counted where the bytes come in.
            progress: None,
        })
    }

    /// The content as a stream of bytes.
    pub(crate) fn reader(self) -> Result<Box<dyn Read + Send>, Error> {
        let reader: Box<dyn Read + Send> = match self.body {
            Body::File(file) => Box::new(file),
            Body::Bytes(bytes) => Box::new(Cursor::new(bytes)),
            Body::Stream(stream) => stream,
            Body::Directory(_) => {
                return Err(Error::new(
                    Kind::Format,
                    &self.sample.name,
                    "it is a directory; name a file in it",
                ));
            }
        };
        Ok(match self.progress {
            Some(progress) => Box::new(Counted(reader, progress)),
            None => reader,
        })
    }
}

/// The error for a stream that broke while it was read.
pub(crate) fn broken(name: &str, error: &io::Error) -> Error {
    if error.get_ref().is_some_and(|inner| inner.is::<Trailing>()) {
        return Error::new(
            Kind::Corrupt,
            name,
            format!(
                "{Trailing}; all rows before it were read, so cut it off, or fetch the file again if rows are missing"
            ),
        );
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::new(
            Kind::Truncated,
            name,
            "the compressed file ends in the middle; its whole rows were read, so fetch it again and read it again: what is known is not counted twice",
        ),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Other => {
            Error::new(
                Kind::Corrupt,
                name,
                format!(
                    "the compressed data are damaged ({error}); the rows before the damage were read, so fetch the file again"
                ),
            )
        }
        _ => Error::io(name, error),
    }
}

fn begin(progress: &Option<Arc<Progress>>, total: u64) {
    if let Some(progress) = progress {
        progress.begin(total);
    }
}

fn sample(name: &str, mut head: Vec<u8>) -> Sample {
    let whole = head.len() <= SAMPLE;
    head.truncate(SAMPLE);
    if head.starts_with(crate::split::BOM) {
        head.drain(..crate::split::BOM.len());
    }
    Sample { name: name.to_owned(), directory: None, head, whole }
}

#[derive(PartialEq)]
enum Compression {
    None,
    Gzip,
    Zstd,
}

fn compression(head: &[u8]) -> Compression {
    match head {
        [0x1F, 0x8B, ..] => Compression::Gzip,
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Compression::Zstd,
        // A skippable frame may come first.
        [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Compression::Zstd,
        _ => Compression::None,
    }
}

/// A stream whose beginning was looked at. A failure met while looking comes after the bytes before it.
struct Peeked {
    head: Vec<u8>,
    given: usize,
    broken: Option<io::Error>,
    ended: bool,
    rest: Box<dyn Read + Send>,
}

impl Peeked {
    fn new(rest: Box<dyn Read + Send>) -> Peeked {
        Peeked { head: Vec::new(), given: 0, broken: None, ended: false, rest }
    }

    fn fill(&mut self, most: usize, enough: impl Fn(&[u8]) -> bool) {
        let mut piece = vec![0; most];
        while self.head.len() < most && !enough(&self.head) {
            let wanted = most - self.head.len();
            match self.rest.read(&mut piece[..wanted]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(n) => self.head.extend_from_slice(&piece[..n.min(wanted)]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.broken = Some(error);
                    break;
                }
            }
        }
    }
}

impl Read for Peeked {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = &self.head[self.given..];
        if !left.is_empty() {
            let n = left.len().min(out.len());
            out[..n].copy_from_slice(&left[..n]);
            self.given += n;
            return Ok(n);
        }
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        if self.ended {
            return Ok(0);
        }
        self.rest.read(out)
    }
}

/// The members of a gzip file, one after the other, as one stream.
struct Members(Option<GzDecoder<BufReader<Peeked>>>);

impl Members {
    fn new(raw: Peeked) -> Members {
        Members(Some(GzDecoder::new(BufReader::new(raw))))
    }
}

impl Read for Members {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.0 {
            let n = member.read(out)?;
            if n > 0 || out.is_empty() {
                return Ok(n);
            }
            match member.get_mut().fill_buf()? {
                [] => break,
                // Of a buffer's last byte it can't be told yet; as a member's beginning it goes wrong where it is none.
                [0x1F] | [0x1F, 0x8B, ..] => {
                    self.0 = self.0.take().map(|member| GzDecoder::new(member.into_inner()));
                }
                _ => return Err(io::Error::new(io::ErrorKind::InvalidData, Trailing)),
            }
        }
        Ok(0)
    }
}

/// Something follows the last member of a gzip file.
#[derive(Debug)]
struct Trailing;

impl fmt::Display for Trailing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("trailing garbage follows the compressed data")
    }
}

impl std::error::Error for Trailing {}

struct Counted(Box<dyn Read + Send>, Arc<Progress>);

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.0.read(out)?;
        self.1.add(n as u64);
        Ok(n)
    }
}
