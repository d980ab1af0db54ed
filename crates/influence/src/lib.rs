//! From ties to scores: signals, definitions, plans, scorecards and explanations.
//!
//! The path of a number: a [`definition`] names signals; each signal is a column over the people of one snapshot;
//! [`normalise`] brings a column into 0..1, [`combine`] makes one value of many, [`scale`] turns that value into a
//! score. What these steps learn from the people scored first is the [`fit`]. A definition bound to a snapshot's
//! columns is a [`plan`]; what it computes is an immutable [`scorecard`], from which [`explain`] takes each score apart.
//!
//! This crate does no I/O and knows the name of no network.

pub mod actions;
pub mod agreement;
pub mod bm25;
mod cascades;
mod clusters;
pub mod combine;
pub mod communities;
pub mod definition;
pub mod draws;
pub mod error;
pub mod events;
pub mod explain;
pub mod firm;
pub mod fit;
mod fold;
pub mod hawkes;
pub mod moved;
pub mod near;
mod nearest;
pub mod normal;
pub mod normalise;
pub mod orders;
pub mod past;
pub mod people;
pub mod plan;
pub mod projection;
pub mod projector;
mod reader;
pub mod reference;
pub mod scale;
pub mod scorecard;
mod sections;
mod sieve;
pub mod signals;
pub mod snapshot;
pub mod spread;
mod stakes;

pub use actions::Actions;
pub use agreement::Agreement;
pub use communities::Communities;
pub use definition::Definition;
pub use error::{Error, Kind};
pub use explain::Explanation;
pub use firm::Firm;
pub use fit::Fit;
pub use past::Past;
pub use people::Membership;
pub use plan::Plan;
pub use projection::Projection;
pub use projector::Projector;
pub use scorecard::{Scorecard, ScorecardRef};
pub use snapshot::{Snapshot, Tie};
