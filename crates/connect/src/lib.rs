//! Outside to rows: files and repositories become [`model::Batch`]es.
//!
//! A *connector* knows one form of input: it declares what it reads as data ([`About`]), recognises its input by content,
//! and turns it into interactions. [`registry::CONNECTORS`] lists them, one line each. What can't be used becomes a
//! [`model::Reject`] with its line, field and a remedy; it never stops the rows around it.
//!
//! ```text
//! path --> source (decompress) --> split (whole records, bounded) --> parse on threads --> chunks in file order
//! ```
//!
//! Left to others: storing, removing doubles and counting conflicts (`ledger`), and writing rejects to a file (`tertius`).

pub mod about;
pub mod connectors;
pub mod error;
pub mod options;
pub mod registry;
pub mod sample;
pub mod source;

mod deliver;
mod fields;
mod pipeline;
mod read;
mod split;
mod table;

pub use about::{About, Connector, OptionUse, VerbUse};
pub use deliver::{Chunk, Summary};
pub use error::{Error, Kind};
pub use options::{Options, Progress};
pub use read::{read, read_bytes};
pub use split::MAX_RECORD;
