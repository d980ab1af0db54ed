//! What was said and done, kept: an append-only, deduplicated, crash-safe store of interactions.

pub mod catalogue;
pub mod error;

pub use catalogue::Catalogue;
pub use error::{Error, Kind};
