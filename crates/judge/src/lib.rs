//! What scores are worth where the truth is known: definitions on worlds of crate `simulate`.
//!
//! Only benchmarks and tests use it; no part of the program does. A [`Stage`] is a world as a definition sees it: rows, who is
//! one person, and roles, without files and a workspace between, so that a window can be drawn and scored hundreds of times.

pub mod coverage;
mod stage;

pub use coverage::{Covered, Trial, coverage};
pub use stage::Stage;
